"""What housing files: units, titles, public rental, private leases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hub.simulate.days import Day, iso
from hub.simulate.ledger import Filing
from hub.simulate.numbers import COUNTIES, credit_code
from hub.simulate.people import Person
from hub.simulate.town import STREETS, Town, Unit

_ROADS = ("东山大道", "学院路", "沿江路", "桃花路", "解放路", "西湖路", "发展大道", "五一路")


@dataclass
class Lease:
    """A filed lease."""

    number: str
    tenant: Person
    unit: Unit
    filed: Filing
    end: Day


def build_unit(
    town: Town,
    region: str,
    day: Day,
    rooms: int = 3,
    *,
    address: str | None = None,
    area: int | None = None,
    use: str = "RESIDENTIAL",
) -> Unit:
    """Enter a dwelling in the house file. `area` in whole square metres, by default what so many rooms take."""
    code = town.numbers.unit_code(region)
    serial = int(code[14:19])
    address = address or (
        f"示例市{COUNTIES[region]}{STREETS[region]}{_ROADS[serial % len(_ROADS)]}{serial}号"
        f"{int(code[20:24])}栋{int(code[24:26])}0{int(code[26:28])}室"
    )
    payload = {
        "action": "CREATE",
        "unit_code": code,
        "standard_address": address,
        "rooms": rooms,
        "floor_area": f"{24 + 22 * rooms if area is None else area}.{town.rng.randrange(100):02d}",
        "use": use,
    }
    created = town.ledger.file("hmd.unit_changed", None, payload, on=day, region=region, unit=code)
    unit = Unit(code, region, address, created=created)
    town.units.append(unit)
    return unit


def change_unit(
    town: Town, unit: Unit, action: str, day: Day, *, new: list[Unit] | None = None, late: bool = False
) -> Filing:
    """Demolish, merge, split or rename a dwelling, in its own record of the house file."""
    payload = {
        "action": action,
        "unit_code": unit.code,
        "new_unit_codes": [other.code for other in new] if new else None,
        "standard_address": unit.address,
    }
    record = unit.created.record_id if unit.created else None
    return town.ledger.file(
        "hmd.unit_changed", None, payload, on=day, region=unit.region, unit=unit.code, record=record, late=late
    )


def transfer(
    town: Town,
    person: Person,
    unit: Unit,
    action: str,
    day: Day,
    *,
    share: tuple[int, int] = (1, 1),
    use: str = "RESIDENTIAL",
    area: str = "90.00",
    late: bool = False,
) -> Filing:
    """Register a title or its end. `area`: of the whole dwelling, in square metres."""
    if action not in ("TRANSFER_OUT", "CANCEL"):
        unit.owner = person
        person.owns = True
    payload = {
        "unit_code": unit.code,
        "action": action,
        "share_numerator": share[0],
        "share_denominator": share[1],
        "use": use,
        "floor_area": area,
        "register_date": iso(day),
    }
    return town.ledger.file(
        "hmd.ownership_changed", person, payload, on=day, region=unit.region, unit=unit.code, late=late
    )


def let_public(town: Town, unit: Unit, members: list[Person], start: Day, *, recorded: Day | None = None) -> Lease:
    """Let a public-rental unit for five years; the first member is the tenant."""
    tenant, day = members[0], start if recorded is None else recorded
    number, end = town.ledger.serial("GZF", day), start + 5 * 365
    for member in members:
        member.rents = True
    payload = {
        "lease_no": number,
        "unit_code": unit.code,
        "members": [{"person": member.ref(day), "relation": "01" if member is tenant else "97"} for member in members],
        "start_date": iso(start),
        "end_date": iso(end),
    }
    filing = town.ledger.file(
        "hmd.public_rental_leased",
        tenant,
        payload,
        on=start,
        recorded=day,
        region=unit.region,
        unit=unit.code,
    )
    return Lease(number, tenant, unit, filing, end)


def end_public(town: Town, lease: Lease, day: Day, *, recorded: Day | None = None, ground: str = "VOLUNTARY") -> Filing:
    """End a public tenancy."""
    payload = {"lease_no": lease.number, "end_date": iso(day), "ground": ground}
    return town.ledger.file(
        "hmd.public_rental_ended",
        lease.tenant,
        payload,
        on=day,
        recorded=recorded,
        region=lease.unit.region,
        unit=lease.unit.code,
    )


def let(
    town: Town,
    unit: Unit,
    tenant: Person,
    start: Day,
    end: Day,
    *,
    recorded: Day | None = None,
    scope: str = "WHOLE",
    lessor: Person | None = None,
    right: str = "OWNER",
    occupants: Sequence[Person] = (),
    ref: dict[str, Any] | None = None,
    late: bool = False,
    prompt: bool = False,
) -> Lease:
    """File a private lease; without a person as lessor a rental enterprise lets."""
    day = start if recorded is None else recorded
    number = town.ledger.serial("BA", day)
    payload: dict[str, Any] = {
        "lease_no": number,
        "unit_code": unit.code,
        "address_text": unit.address,
        "scope": scope,
        "lessor": lessor.ref(day) if lessor else None,
        "lessor_org": None if lessor else credit_code("91", unit.region, 399),
        "lessor_right": right if lessor else "ENTRUSTED",
        "tenant": ref or tenant.ref(day),
        "occupants": [other.ref(day) for other in occupants],
        "start_date": iso(start),
        "end_date": iso(end),
        "filed_by": town.pick(("LESSOR", "TENANT", "AGENT")),
    }
    filing = town.ledger.file(
        "hmd.private_lease_filed",
        tenant,
        payload,
        on=min(start, day),
        recorded=day,
        region=unit.region,
        unit=unit.code,
        ref=ref,
        late=late,
        prompt=prompt,
    )
    return Lease(number, tenant, unit, filing, end)


def end_lease(
    town: Town, lease: Lease, effective: Day, recorded: Day, *, extend_to: Day | None = None, late: bool = False
) -> Filing:
    """End a lease early, or extend it, in its own record."""
    payload = {
        "lease_no": lease.number,
        "action": "EXTEND" if extend_to else "TERMINATE",
        "effective_date": iso(effective),
        "new_end_date": iso(extend_to) if extend_to else None,
    }
    return town.ledger.file(
        "hmd.private_lease_ended",
        lease.tenant,
        payload,
        on=min(effective, recorded),
        recorded=recorded,
        region=lease.unit.region,
        record=lease.filed.record_id,
        unit=lease.unit.code,
        late=late,
    )
