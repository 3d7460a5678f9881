"""Cases of rule HO-02: homes too full."""

from __future__ import annotations

from hub.simulate import guests, hmd, residence
from hub.simulate.casting import Case
from hub.simulate.days import Day
from hub.simulate.hmd import Lease
from hub.simulate.people import Person
from hub.simulate.town import Town, Unit

_TERM = 700


def _unit(town: Town, rooms: int = 1, *, area: int | None = None, use: str = "RESIDENTIAL") -> Unit:
    return hmd.build_unit(town, town.region(), town.start - 900, rooms, area=area, use=use)


def _people(town: Town, count: int) -> list[Person]:
    """So many people of whom nobody here knows anything but their names."""
    return [guests.outsider(town) for _ in range(count)]


def _crowd(town: Town, unit: Unit, count: int, start: Day, *, end: Day | None = None) -> Lease:
    """A lease with so many people in it."""
    tenant, *others = _people(town, count)
    return hmd.let(town, unit, tenant, start, end or town.today + _TERM, occupants=others)


def too_many_tenants(town: Town) -> None:
    unit = _unit(town, rooms=1)
    _crowd(town, unit, town.rng.randint(3, 4), town.some(24, 300))
    town.truth.must("HO-02", unit.code, "HMD", "three or more people rent one room")


def too_many_registered(town: Town) -> None:
    unit = _unit(town, rooms=1)
    for person in _people(town, 3):
        residence.register(town, person, unit, town.some(24, 170))
    town.truth.must("HO-02", unit.code, "HMD", "three people are registered in one room")


def too_small(town: Town) -> None:
    unit = _unit(town, rooms=3, area=18)
    _crowd(town, unit, 4, town.some(24, 300))
    town.truth.must("HO-02", unit.code, "HMD", "less than five square metres for each")


def rooms_corrected(town: Town) -> None:
    """The house file had a room too many."""
    unit = _unit(town, rooms=2)
    _crowd(town, unit, 3, town.some(60, 300))
    if unit.created is not None:
        payload = dict(unit.created.event["payload"], rooms=1)
        town.ledger.correct(unit.created, town.some(24, 55), payload=payload, new_record=town.chance(0.3))
    town.truth.must("HO-02", unit.code, "HMD", "the house file was corrected to one room")


def end_of_full_lease_taken_back(town: Town) -> None:
    unit = _unit(town, rooms=1)
    lease = _crowd(town, unit, 3, town.some(200, 300))
    ended = hmd.end_lease(town, lease, town.ago(100), town.ago(99))
    town.ledger.cancel(ended, town.some(24, 90), new_record=town.chance(0.3), late=town.chance(0.3))
    town.truth.must("HO-02", unit.code, "HMD", "the end of a lease of three in one room was cancelled")


def room_enough(town: Town) -> None:
    unit = _unit(town, rooms=2)
    _crowd(town, unit, 4, town.some(24, 300))
    town.truth.must_not("HO-02", unit.code, "two to a room")


def dormitory(town: Town) -> None:
    unit = _unit(town, rooms=1, use="DORMITORY")
    _crowd(town, unit, 4, town.some(24, 300))
    town.truth.must_not("HO-02", unit.code, "a dormitory")


def one_after_the_other(town: Town) -> None:
    unit = _unit(town, rooms=1)
    left = town.some(60, 200)
    _crowd(town, unit, 2, left - 200, end=left)
    _crowd(town, unit, 2, left + 5)
    town.truth.must_not("HO-02", unit.code, "the first tenants had left")


def registration_is_stale(town: Town) -> None:
    """Three are registered, and one of them moved out without signing off: first that has to be settled."""
    unit = _unit(town, rooms=1)
    left = town.some(60, 100)
    gone, *others = _people(town, 3)
    hmd.let(town, unit, gone, left - 60, left, scope="ROOM")
    residence.register(town, gone, unit, left - 58)
    for person in others:
        residence.register(town, person, unit, town.some(12, 50))
    town.truth.must("RE-02", gone, "COMMUNITY_STATION", "the tenancy ended, the registration is still open")
    town.truth.must_not("HO-02", unit.code, "one of the registrations is stale")


def fewer_by_now(town: Town) -> None:
    """The lease ended, was an error, or names fewer than it did."""
    unit = _unit(town, rooms=1)
    lease = _crowd(town, unit, 3, town.some(60, 300))
    day, what = town.some(12, 55), town.rng.randrange(3)
    if what == 0:
        hmd.end_lease(town, lease, day, day, late=town.chance(0.3))
        why = "the lease ended"
    elif what == 1:
        town.ledger.cancel(lease.filed, day, new_record=town.chance(0.3), late=town.chance(0.3))
        why = "the lease was cancelled"
    else:
        payload = dict(lease.filed.event["payload"])
        payload["occupants"] = payload["occupants"][:1]
        town.ledger.correct(lease.filed, day, payload=payload, new_record=town.chance(0.3), late=town.chance(0.3))
        why = "one of the occupants was a slip"
    town.truth.must_not("HO-02", unit.code, why)


def just_overcrowded(town: Town) -> None:
    unit = _unit(town, rooms=1)
    _crowd(town, unit, 3, town.some(1, 7))
    town.truth.must_not("HO-02", unit.code, "grace of 10 days still running")


CASES: tuple[tuple[Case, float], ...] = (
    (too_many_tenants, 1),
    (room_enough, 0.5),
    (too_many_registered, 0.5),
    (fewer_by_now, 0.5),
    (too_small, 0.3),
    (dormitory, 0.3),
    (rooms_corrected, 0.3),
    (end_of_full_lease_taken_back, 0.3),
    (one_after_the_other, 0.3),
    (registration_is_stale, 0.5),
    (just_overcrowded, 0.3),
)
"""Cases with how many of each a thousand people bring."""
