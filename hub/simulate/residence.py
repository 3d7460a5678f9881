"""What the police file about those who live here without a hukou: residence registrations, permits; and moves."""

from __future__ import annotations

from dataclasses import dataclass

from hub.simulate.days import Day, iso
from hub.simulate.ledger import Filing
from hub.simulate.people import Household, Person
from hub.simulate.town import Town, Unit

YEAR = 365


@dataclass
class Registration:
    """A residence registration: one number, one person, one address at a time."""

    number: str
    person: Person
    unit: Unit
    address: str
    coded: bool
    """Whether the police wrote down the unit code beside the address."""
    start: Day
    opened: Filing


@dataclass
class Permit:
    """A residence permit."""

    number: str
    person: Person
    issued: Filing


def register(
    town: Town,
    person: Person,
    unit: Unit,
    start: Day,
    *,
    recorded: Day | None = None,
    address: str | None = None,
    coded: bool = True,
    late: bool = False,
    prompt: bool = False,
) -> Registration:
    """Register somebody where they live; `address` is what was written down, if not the unit's own."""
    day = start if recorded is None else recorded
    number, text = town.ledger.serial("JZD", day), address or unit.address
    payload = _page(town, person, number, "REGISTER", text, unit if coded else None, start)
    opened = town.ledger.file(
        "psb.residence_changed", person, payload, on=start, recorded=day, region=unit.region, late=late, prompt=prompt
    )
    return Registration(number, person, unit, text, coded, start, opened)


def change(
    town: Town,
    registration: Registration,
    action: str,
    day: Day,
    *,
    unit: Unit | None = None,
    recorded: Day | None = None,
    late: bool = False,
) -> Filing:
    """Renew, move or end a registration, in its own record."""
    if unit is not None:
        registration.unit, registration.address, registration.start = unit, unit.address, day
        registration.coded = True
    kept = registration.unit if registration.coded else None
    payload = _page(
        town, registration.person, registration.number, action, registration.address, kept, registration.start
    )
    return town.ledger.file(
        "psb.residence_changed",
        registration.person,
        payload,
        on=day,
        recorded=recorded,
        region=registration.unit.region,
        record=registration.opened.record_id,
        late=late,
    )


def _page(
    town: Town, person: Person, number: str, action: str, address: str, unit: Unit | None, start: Day
) -> dict[str, str | None]:
    return {
        "action": action,
        "registration_no": number,
        "hukou_region": person.origin or person.region,
        "address": address,
        "unit_code": unit.code if unit else None,
        "start_date": iso(start),
        "expected_until": iso(start + 2 * YEAR) if town.chance(0.5) else None,
        "ground": town.pick(("WORK", "STUDY", "FAMILY", "OTHER")),
    }


def issue_permit(
    town: Town, person: Person, day: Day, valid_until: Day, *, late: bool = False, prompt: bool = False
) -> Permit:
    """Issue a residence permit."""
    number = town.ledger.serial("JZZ", day)
    payload = _card(town, person, number, "ISSUE", day, valid_until)
    issued = town.ledger.file("psb.permit_changed", person, payload, on=day, late=late, prompt=prompt)
    return Permit(number, person, issued)


def change_permit(
    town: Town, permit: Permit, action: str, day: Day, valid_until: Day, *, own_record: bool = False, late: bool = False
) -> Filing:
    """Endorse, suspend, resume, replace or take back a permit."""
    payload = _card(town, permit.person, permit.number, action, day, valid_until)
    record = None if own_record else permit.issued.record_id
    return town.ledger.file("psb.permit_changed", permit.person, payload, on=day, record=record, late=late)


def _card(town: Town, person: Person, number: str, action: str, day: Day, valid_until: Day) -> dict[str, str]:
    return {
        "action": action,
        "permit_no": number,
        "issue_date": iso(day),
        "valid_until": iso(valid_until),
        "ground": town.pick(("JOB", "HOME", "STUDY")),
        "issuer": town.ledger.org("PSB", person.region),
    }


def move_in(town: Town, person: Person, home: Household, day: Day, kind: str, *, late: bool = False) -> Filing:
    """Take somebody into the register on another household's page."""
    payload = {
        "household_no": home.number,
        "hukou_address": home.address,
        "hukou_region": home.region,
        "from_region": person.origin or person.region,
        "move_type": kind,
        "certificate_no": f"QY{town.rng.randrange(10**7):07d}",
        "relation_to_head": "97",
    }
    return town.ledger.file("psb.migrated_in", person, payload, on=day, region=home.region, late=late)
