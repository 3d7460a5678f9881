"""HO rules: dwellings and who may live in them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations

from hub.domain.claim import Claim, play_order
from hub.domain.times import parse_date
from hub.fold.groups import Tenancy, Unit
from hub.fold.homes import (
    Registration,
    changes_of,
    is_owned,
    lapsed_stay,
    lives_in,
    newest_fact,
    registrations,
    runs,
    titles_by_owner,
)
from hub.fold.person import deaths_in
from hub.fold.today import Today
from hub.rules.base import Finding, Rule, Scene, Words


def let_twice(scene: Scene) -> Iterator[Finding]:
    """Two running leases give the same whole dwelling to two households for more than a hand-over's time.

    同一套住房有两份整租合同同时有效，重叠时间超过交接期。
    """
    limit = scene.policy.number("HO-01.overlap_days")
    running = [lease for lease in scene.unit.tenancies() if runs(lease, scene.today)]
    for one, other in combinations(running, 2):
        if not _both_claim_the_whole(one, other) or _head_and_sub(one, other) or _head_and_sub(other, one):
            continue
        start, end = max(one.start, other.start), min(one.end, other.end)
        if (parse_date(end) - parse_date(start)).days + 1 > limit:
            leases = sorted((one, other), key=lambda lease: lease.lease_no)
            yield Finding(
                key=tuple(f"{lease.public}/{lease.lease_no}" for lease in leases),
                evidence=tuple(lease.filed for lease in leases),
                show={"lease_nos": [lease.lease_no for lease in leases], "period": f"{start}/{end}"},
            )


def _both_claim_the_whole(one: Tenancy, other: Tenancy) -> bool:
    return "WHOLE" in (one.scope, other.scope) and {one.scope, other.scope} <= {"WHOLE", "ROOM"}


def _head_and_sub(head: Tenancy, sub: Tenancy) -> bool:
    """The tenant of one lets as lessor of the other; a company that sub-lets has its head lease elsewhere on file."""
    return sub.sublet and (not sub.lessors or bool(sub.lessors & head.tenants))


HO_01 = Rule(
    id="HO-01",
    version=1,
    kind="CORRECTION",
    severity="S2",
    grace_days=15,
    subject="unit",
    acts="HMD",
    cc=(),
    scope="CLOSED",
    needs=frozenset({"hmd.private_lease_filed", "hmd.public_rental_leased"}),
    title=Words("一房两租", "Two full-unit leases overlap"),
    todo=Words(
        "请出租人注销失效备案；提醒承租人防范租赁欺诈。",
        "Ask lessors to end the stale filing; warn tenants of possible fraud.",
    ),
    basis="住房租赁条例 Art.8,30",
    show=("lease_nos", "period"),
    find=let_twice,
    policy_keys=("HO-01.overlap_days",),
)


def too_many_occupants(scene: Scene) -> Iterator[Finding]:
    """More people rent or are registered at a dwelling than its rooms or its floor area allow, and there is no record
    in this city's data of their leaving.

    房屋的在租人数或居住登记人数超过按房间数或人均面积核定的上限，本市数据中没有其搬离的记录。
    """
    unit, today = scene.unit, scene.today
    changes = changes_of(unit.key, unit.standing.own)
    limit = _most_occupants(changes, scene)
    if limit is None or newest_fact(changes, "use") == "DORMITORY":
        return
    people = _living_people(unit)
    registered = _registered_here(unit, people)
    if any(_is_stale(registration, unit, people[person], today) for person, registration in registered):
        return  # first the station asks whether they have left (RE-02)
    leases = [lease for lease in unit.tenancies() if runs(lease, today)]
    tenants = [person for person, keys in people.items() if any(lives_in(lease, keys) for lease in leases)]
    occupants = max(len(tenants), len({person for person, _ in registered}))
    if occupants > limit:
        acts = [registration.newest for _, registration in registered]
        yield Finding(
            key=(),
            evidence=(*changes, *(lease.filed for lease in leases), *acts),
            show={"unit_code": str(changes[-1].facts["unit_code"]), "occupant_count": occupants, "limit": limit},
        )


def _most_occupants(changes: Sequence[Claim], scene: Scene) -> int | None:
    """The smaller of the limits by rooms and by floor area (square metres); None where neither is on file."""
    rooms = newest_fact(changes, "rooms")
    hundredths = round(100 * float(str(newest_fact(changes, "floor_area") or 0)))  # sent with two decimals at most
    per_room, per_head = scene.policy.number("HO-02.persons_per_room"), scene.policy.number("HO-02.min_area")
    # Nothing has no rooms, or no area: a zero stands for a figure that nobody took.
    by_rooms = [rooms * per_room] if isinstance(rooms, int) and rooms > 0 else []
    by_area = [hundredths // (100 * per_head)] if hundredths > 0 and per_head > 0 else []
    return min((*by_rooms, *by_area), default=None)


def _living_people(unit: Unit) -> dict[str, frozenset[str]]:
    """Everybody ever named at a dwelling and not known to be dead: present key -> every key they are named by."""
    named = {link.key for claim in unit.standing.own for link in claim.links if link.kind == "resident"}
    named |= {key for lease in unit.tenancies() for key in lease.household}
    found: dict[str, frozenset[str]] = {}
    for key in sorted(named):
        present, claims = unit.known_of(key)
        if not deaths_in(claims):
            found[present] = found.get(present, frozenset()) | {key, present}
    return found


def _registered_here(unit: Unit, people: Mapping[str, Collection[str]]) -> list[tuple[str, Registration]]:
    """Registrations in force at a dwelling with their holders, by what it was told, and what they passed on since."""
    entries: dict[str, dict[str, Claim]] = {}
    holders: dict[str, str] = {}  # of each act: a record may go on under another number
    for person, keys in people.items():
        own = (c for c in unit.standing.own if any(n.role == "subject" and n.key in keys for n in c.links))
        for claim in (*own, *(claim for key in sorted(keys) for claim in unit.known_of(key)[1])):
            if claim.event_type == "psb.residence_changed":
                entries.setdefault(claim.entry, {})[claim.event_id] = claim
                holders[claim.event_id] = person
    played = {entry: tuple(sorted(acts.values(), key=play_order)) for entry, acts in entries.items()}
    found = registrations(played, unit.standing.moved)
    return [(holders[r.newest.event_id], r) for r in found if r.unit is not None and r.unit[0] == unit.key]


def _is_stale(registration: Registration, unit: Unit, keys: Collection[str], today: Today) -> bool:
    """Has the lease behind a registration ended, and nothing taken its place (RE-02)?"""
    titles = titles_by_owner(unit.standing.own)
    if any(is_owned(titles.get(key, ())) for key in keys):
        return False
    return lapsed_stay(registration, unit.tenancies(), keys, today) is not None


HO_02 = Rule(
    id="HO-02",
    version=1,
    kind="VERIFY",
    severity="S3",
    grace_days=10,
    subject="unit",
    acts="HMD",
    cc=(),
    scope="CITY",
    needs=frozenset({"psb.residence_changed", "hmd.private_lease_filed", "hmd.public_rental_leased"}),
    title=Words("超人数/人均面积不足", "Over-occupied rented unit"),
    todo=Words(
        "请房管现场核查，责令出租人改正；预警不列承租人姓名。",
        "Housing inspects the unit and orders the LESSOR to correct; no names of tenants in the alert.",
    ),
    basis="住房租赁条例 Art.7,39; limits set by the city government",
    show=("unit_code", "occupant_count", "limit"),
    find=too_many_occupants,
    default_on=False,
    policy_keys=("HO-02.persons_per_room", "HO-02.min_area"),
)

RULES: tuple[Rule, ...] = (HO_01, HO_02)
