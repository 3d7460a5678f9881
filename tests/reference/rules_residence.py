"""RE rules: where people live, and what they might be reminded of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from hub.domain.address_parts import parse_address
from hub.domain.addresses import compare_addresses
from hub.domain.regions import same_city
from tests.reference.acts import Act, Ident, Key, unit_code
from tests.reference.facts import away, here, month_of
from tests.reference.found import Find, Found, number, of_everybody
from tests.reference.groups import Lease, active_aid, gone, leases, owners, spouse_of, unit_acts, unit_file
from tests.reference.world import Person, World


def lives_in(person: Person, *kinds: str) -> list[Lease]:
    """Leases that name this person as tenant, occupant or member."""
    world = person.world
    found = (lease for lease in leases(world, *kinds) if person.belongs_to(lease.entry))
    return [lease for lease in found if person.root in world.roots(lease.living_there)]


def _registered_unit(acts: list[Act]) -> str | None:
    return unit_code(acts[-1].payload.get("unit_code"))


def _dwelling(world: World, registration: Act) -> str | None:
    """The dwelling of a registration: by its code, else the one that its address means."""
    code = unit_code(registration.payload.get("unit_code"))
    found = [] if code else units_at(world, registration.payload["address"])
    return found[0] if len(found) == 1 else code


def _re_01(person: Person, today: date) -> Iterator[tuple[Key, str]]:
    if not person.alive or not away(person.hukou) or person.registrations():
        return
    for lease in lives_in(person, "lease"):
        file = unit_file(person.world, lease.unit) if lease.unit else {}
        dwelling = file.get("use") not in ("COMMERCIAL", "DORMITORY")
        if lease.runs_on(today) and dwelling:
            yield (lease.number,), "RESIDENT_SERVICE"


def _re_02(world: World, today: date) -> Iterator[Found]:
    for person in world.people.values():
        for registration, acts in person.registrations().items():
            unit = _dwelling(world, acts[-1])
            if unit and stale(world, person.root, acts[-1], unit, today, person) and not _spouses(person, unit, today):
                yield Found("RE-02", person.root, (registration,), "COMMUNITY_STATION", person.root)


def _spouses(person: Person, unit: str, today: date) -> bool:
    """Does the spouse own the dwelling, or rent it from the city?"""
    world = person.world
    for spouse, facts in spouse_of(world, person, person.root):
        rentals = [lease for lease in leases(world, "rental") if lease.unit == unit and facts.belongs_to(lease.entry)]
        rented = any(spouse in world.roots(lease.living_there) and not lease.over_on(today) for lease in rentals)
        if rented or any(title.unit == unit for title in facts.titles):
            return True
    return False


def stale(world: World, holder: Ident, registration: Act, unit: str, today: date, person: Person | None = None) -> bool:
    """The lease that somebody lived by at their registered dwelling is over, and nothing else keeps them there.

    `person`: then only what fits their name as well as their number counts as theirs; a dwelling knows numbers alone.
    """
    there = [lease for lease in leases(world, "lease", "rental") if lease.unit == unit]
    mine = [lease for lease in there if holder in world.roots(lease.living_there)]
    mine = [lease for lease in mine if person is None or person.belongs_to(lease.entry)]
    if not mine:
        return False
    last = max(mine, key=lambda lease: lease.end)
    renewed = registration.business > last.end
    owned = any(title.unit == unit for title in person.titles) if person else holder in owners(world, unit)
    return last.over_on(today) and not renewed and not owned


def _re_03(person: Person, today: date) -> Iterator[tuple[Key, str]]:
    if not person.alive or here(person.hukou):
        return
    for entry, acts in person.entries("permit").items():
        until = date.fromisoformat(acts[-1].payload["valid_until"])
        if acts[-1].payload["action"] == "CANCEL":
            continue
        if today > until:
            yield (entry[1], until, "OVERDUE"), "RESIDENT_SERVICE"
        elif today >= until - timedelta(days=number("RE-03.days_before", today)):
            yield (entry[1], until, "DUE"), "RESIDENT_SERVICE"


def _re_04(person: Person, today: date) -> Iterator[tuple[Key, str]]:
    caseload, home = _caseload(person, today), _actual_home(person, today)
    if not person.alive or not here(person.hukou) or not caseload or not home:
        return
    since, county, street = home
    if not same_city(county, str(person.hukou)):
        return
    registered = _hukou_street(person)
    elsewhere = county != person.hukou or (street and registered and street != registered)
    if elsewhere and today >= date.fromisoformat(since) + timedelta(days=number("RE-04.days_elsewhere", today)):
        yield (), caseload


def _caseload(person: Person, today: date) -> str | None:
    aid = any(
        person.belongs_to(("aid", unit.decision)) and person.root in person.world.roots(unit.members)
        for unit in active_aid(person.world)
    )
    places = person.of_type("mca.eldercare_changed")
    cared_for = bool(places) and places[-1].payload["action"] in ("ADMIT", "TRANSFER")
    if aid or person.allowances() or cared_for:
        return "MCA"
    return "HRSS" if person.pensions_in(month_of(today), "PAYING") else None


def _actual_home(person: Person, today: date) -> tuple[str, str, str] | None:
    """(since, county, street): the newest of what says where somebody lives."""
    homes = []
    for acts in person.registrations().values():
        said = acts[-1].payload
        unit = _dwelling(person.world, acts[-1])
        if unit:
            homes.append((said["start_date"], unit[:6], _street(said["address"])))
    for lease in lives_in(person, "lease", "rental"):
        if lease.runs_on(today) and lease.unit:
            told = lease.filing.payload.get("address_text")
            file = unit_acts(person.world, lease.unit)
            address = told or (file[-1].payload["standard_address"] if file else "")
            homes.append((lease.start, lease.unit[:6], _street(address)))
    return max(homes, default=None)


def _street(address: str) -> str:
    return parse_address(address).street


def _hukou_street(person: Person) -> str:
    street = ""
    for act, refs in person.own:
        if act.type in ("psb.migrated_in", "psb.birth_registered") and any(ref.about for ref in refs):
            street = _street(act.payload["hukou_address"])
        elif act.type == "psb.item_corrected" and act.payload["item"] == "ADDRESS":
            street = _street(act.payload["new_value"])
    return street


def _re_05(person: Person, _: date) -> Iterator[tuple[Key, str]]:
    for registration, acts in person.registrations().items():
        unit = _registered_unit(acts)
        if gone(person.world, unit) if unit else _nowhere(person.world, acts[-1].payload["address"]):
            yield (registration,), "PSB"


def _nowhere(world: World, address: str) -> bool:
    """Does an address that says enough fit no dwelling, or several?"""
    parts = parse_address(address)
    if not parts.room or not (parts.estate or (parts.road and parts.number)):
        return False
    return len(units_at(world, address)) != 1


def units_at(world: World, address: str) -> list[str]:
    """Dwellings that may be meant: those that are surely, else those that may be. Former addresses count, too."""
    fits: dict[str, list[str]] = {"SAME": [], "POSSIBLE": [], "DIFFERENT": []}
    for entry, acts in world.entries.items():
        if entry[0] == "unit" and not gone(world, entry[1]):
            near = {act.payload["standard_address"] for act in acts if _one_place(act, address)}
            likeness = {compare_addresses(address, where) for where in near} | {"DIFFERENT"}
            fits[next(fit for fit in fits if fit in likeness)].append(entry[1])
    return fits["SAME"] or fits["POSSIBLE"]


def _one_place(act: Act, address: str) -> bool:
    """The same estate, or road and number; an estate is never looked for by its road."""
    one, other = parse_address(act.payload["standard_address"]), parse_address(address)
    if one.estate or other.estate:
        return one.estate == other.estate
    return (one.road, one.number) == (other.road, other.number)


def _re_06(person: Person, today: date) -> Iterator[tuple[Key, str]]:
    if not person.alive or not away(person.hukou) or person.has_permit:
        return
    days = timedelta(days=number("RE-06.days_registered", today))
    starts = [date.fromisoformat(_registered_since(acts)) for acts in person.registrations().values()]
    if not any(today >= start + days for start in starts):
        return
    housed = any(lease.runs_on(today) for lease in lives_in(person, "lease", "rental")) or bool(person.homes)
    if person.insured("PENSION_EMP", "UNEMP", "INJURY") or housed:
        yield (), "RESIDENT_SERVICE"


def _registered_since(acts: list[Act]) -> str:
    """The first day of a registration, through renewals, since it was last cancelled."""
    since: list[str] = []
    for act in acts:
        since = [] if act.payload["action"] == "CANCEL" else [*since, act.payload["start_date"]]
    return min(since)


RULES: dict[str, Find] = {
    rule: of_everybody(rule, find)
    for rule, find in {"RE-01": _re_01, "RE-03": _re_03, "RE-04": _re_04, "RE-05": _re_05, "RE-06": _re_06}.items()
} | {"RE-02": _re_02}
