"""HO rules: dwellings, and who lets them to whom."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from itertools import combinations

from hub.domain.address_parts import parse_address
from hub.domain.addresses import compare_addresses
from tests.reference.acts import Act, Ident, Key, unit_code
from tests.reference.facts import OWNING, Facts
from tests.reference.found import Find, Found, number
from tests.reference.groups import Lease, leases, owners, unit_acts, unit_file
from tests.reference.rules_residence import stale, units_at
from tests.reference.world import World


def _ho_01(world: World, today: date) -> Iterator[Found]:
    running = [lease for lease in leases(world, "lease", "rental") if lease.unit and lease.runs_on(today)]
    for one, other in combinations(sorted(running, key=lambda lease: (lease.number, lease.public)), 2):
        scopes = {one.scope, other.scope}
        if one.unit != other.unit or "WHOLE" not in scopes or "BED" in scopes:
            continue
        if _sublet(world, one, other) or _sublet(world, other, one):
            continue
        first, last = max(one.start, other.start), min(one.end, other.end)
        if (date.fromisoformat(last) - date.fromisoformat(first)).days + 1 > number("HO-01.overlap_days", today):
            key = tuple((lease.public, lease.number) for lease in (one, other))
            yield Found("HO-01", ("unit", str(one.unit)), key, "HMD")


def _sublet(world: World, head: Lease, sub: Lease) -> bool:
    lessors = sub.people("lessor")
    right = sub.filing.payload.get("lessor_right")
    return right == "SUBLET" and (not lessors or bool(lessors & head.people("tenant")))


def _ho_02(world: World, today: date) -> Iterator[Found]:
    units = {lease.unit for lease in leases(world, "lease", "rental")} | {e[1] for e in world.entries if e[0] == "unit"}
    for unit in sorted(u for u in units if u):
        said, registered = unit_file(world, unit), _registered(world, unit)
        if said.get("use") == "DORMITORY" or any(stale(world, who, a, unit, today) for who, a in registered.items()):
            continue
        occupants = max(len(_living(world, unit, today)), len(registered))
        rooms, area = said.get("rooms"), said.get("floor_area")
        full = rooms is not None and occupants > rooms * number("HO-02.persons_per_room", today)
        narrow = area is not None and occupants and Fraction(area) / occupants < number("HO-02.min_area", today)
        if full or narrow:
            yield Found("HO-02", ("unit", unit), (), "HMD")


def _living(world: World, unit: str, today: date) -> set[Ident]:
    running = [lease for lease in leases(world, "lease", "rental") if lease.unit == unit and lease.runs_on(today)]
    return {world.root(i) for lease in running for i in lease.living_there if not _dead(world, i, lease.entry)}


def _dead(world: World, ident: Ident, entry: Key) -> bool:
    facts = world.told_by(ident, entry)
    return facts is not None and facts.registered_dead


def _registered(world: World, unit: str) -> dict[Ident, Act]:
    """Whose residence registration stands at this dwelling, by what act."""
    found: dict[Ident, Act] = {}
    for entry, acts in world.entries.items():
        said = acts[-1].payload
        if entry[0] == "residence" and said["action"] != "CANCEL" and unit_code(said.get("unit_code")) == unit:
            found |= {world.root(ref.ident): acts[-1] for ref in acts[-1].refs if not _dead(world, ref.ident, entry)}
    return found


def _ho_03(world: World, today: date) -> Iterator[Found]:
    for lease in leases(world, "lease"):
        lessors = world.roots(lease.people("lessor"))
        unit = _dwelling(world, lease)
        if not lessors or not unit or not lease.runs_on(today):
            continue
        known = world.roots(owners(world, unit))
        if known and not lessors & known and not _head_tenant(world, lease, unit, lessors, today):
            yield Found("HO-03", ("lease", lease.number), (), "HMD")


def _dwelling(world: World, lease: Lease) -> str | None:
    """The dwelling a private lease is of: by its code, else by its address, if that says which door."""
    address = str(lease.filing.payload.get("address_text"))
    parts = parse_address(address)
    if lease.unit or not (parts.room or (parts.group and parts.number)):
        return lease.unit
    found = units_at(world, address)
    return found[0] if len(found) == 1 else None


def _head_tenant(world: World, lease: Lease, unit: str, lessors: set[Ident], today: date) -> bool:
    """May the lessor sublet, as tenant of another running lease of that dwelling?"""
    if lease.filing.payload.get("lessor_right") != "SUBLET":
        return False
    others = [o for o in leases(world, "lease", "rental") if o.entry != lease.entry and _is_of(o, unit, lease)]
    return any(o.runs_on(today) and lessors & world.roots(o.people("tenant")) for o in others)


def _is_of(other: Lease, unit: str, lease: Lease) -> bool:
    """By its code; of two addresses as filed, by both."""
    one, two = (str(filed.filing.payload.get("address_text")) for filed in (other, lease))
    return other.unit == unit if other.unit else compare_addresses(one, two) == "SAME"


def _ho_04(world: World, today: date) -> Iterator[Found]:
    for lease in leases(world, "lease"):
        if lease.runs_on(today):
            for ground in _grounds(world, lease):
                yield Found("HO-04", ("lease", lease.number), (ground,), "HMD")


def _grounds(world: World, lease: Lease) -> Iterator[str]:
    for role, ground in (("lessor", "LESSOR_DEAD"), ("tenant", "TENANT_DEAD")):
        told = [world.told_by(party, lease.entry) for party in lease.people(role)]
        if any(facts and _dead_before(facts, lease.filing.business) for facts in told):
            yield ground
    file = unit_acts(world, lease.unit) if lease.unit else []
    if file and file[-1].payload["action"] == "DEMOLISH":
        yield "UNIT_DEMOLISHED"
    unit = _dwelling(world, lease)
    if unit and any(_title_ended(world, unit, who, lease.start) for who in lease.people("lessor")):
        yield "OWNERSHIP_ENDED"


def _dead_before(facts: Facts, day: str) -> bool:
    return any(act.agency != "HRSS" and died < day for act, died in facts.deaths)


def _title_ended(world: World, unit: str, owner: Ident, start: str) -> bool:
    """Was the owner's title over when the lease began?"""
    acts = [
        act for act in world.entries.get(("title", unit), [])
        if world.root(owner) in world.roots(ref.ident for ref in act.refs) and act.payload["register_date"] < start
    ]  # fmt: skip
    return bool(acts) and acts[-1].payload["action"] not in OWNING


RULES: dict[str, Find] = {"HO-01": _ho_01, "HO-02": _ho_02, "HO-03": _ho_03, "HO-04": _ho_04}
