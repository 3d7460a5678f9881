"""Cases of rule HO-01: one dwelling, two leases."""

from __future__ import annotations

from hub.simulate import hmd
from hub.simulate.casting import Case
from hub.simulate.days import Day
from hub.simulate.homes import may_buy, may_rent
from hub.simulate.people import Person
from hub.simulate.town import Town, Unit

_TERM = 3 * 365


def _dwelling(town: Town, like: Unit | None = None) -> Unit:
    """A dwelling and its owner; `like`: in the county of another, and of the same owner."""
    unit = hmd.build_unit(town, like.region if like else town.region(), town.start - 400)
    owner = like.owner if like and like.owner else town.bystander(may_buy)
    hmd.transfer(town, owner, unit, "FIRST", town.start - 380)
    return unit


def _lodger(town: Town, unit: Unit) -> Person:
    """Somebody who lives in one public rental at most, and owns nothing."""
    return town.bystander(
        lambda person: (
            not (person.owns or person.outsider or any(member.rents for member in person.household.members))
            and may_rent(person, unit)
        )
    )


def _let(
    town: Town, unit: Unit, start: Day, *, scope: str = "WHOLE", end: Day | None = None, late: bool = False
) -> hmd.Lease:
    """A lease to some bystander from the owner, by default running years past the last day."""
    tenant = town.bystander(lambda person: person is not unit.owner and may_rent(person, unit))
    filed = min(start + town.rng.randint(0, 5), town.today)
    return hmd.let(
        town, unit, tenant, start, end or town.today + _TERM, recorded=filed, scope=scope, lessor=unit.owner, late=late
    )


def let_twice(town: Town) -> None:
    unit = _dwelling(town)
    _let(town, unit, town.some(200, 500))
    _let(town, unit, town.some(40, 190), late=town.chance(0.1))
    town.truth.must("HO-01", unit.code, "HMD", "two leases of the whole dwelling")


def let_whole_and_room(town: Town) -> None:
    unit = _dwelling(town)
    scopes = ["WHOLE", "ROOM"]
    town.rng.shuffle(scopes)
    _let(town, unit, town.some(200, 500), scope=scopes[0])
    _let(town, unit, town.some(40, 190), scope=scopes[1])
    town.truth.must("HO-01", unit.code, "HMD", "the whole dwelling and one of its rooms")


def public_rental_let_on(town: Town) -> None:
    unit = _dwelling(town)
    hmd.let_public(town, unit, [_lodger(town, unit)], town.some(200, 500))
    _let(town, unit, town.some(40, 190))
    town.truth.must("HO-01", unit.code, "HMD", "a public rental filed as privately let")


def extended_over_the_next(town: Town) -> None:
    unit = _dwelling(town)
    first = _let(town, unit, town.some(400, 500), end=town.ago(150))
    hmd.end_lease(town, first, town.ago(160), town.ago(160), extend_to=town.today + 300)
    _let(town, unit, town.some(40, 140))
    town.truth.must("HO-01", unit.code, "HMD", "the first lease was extended over the second")


def corrected_onto_another(town: Town) -> None:
    """A lease filed for the wrong dwelling; the right one was let already."""
    wrong = _dwelling(town)
    right = _dwelling(town, wrong)
    _let(town, right, town.some(300, 500))
    lease = _let(town, wrong, town.some(100, 250))
    _move(town, lease, right)
    town.truth.must("HO-01", right.code, "HMD", "a lease corrected onto a dwelling already let")
    town.truth.must_not("HO-01", wrong.code, "nothing is let there any more")


def _move(town: Town, lease: hmd.Lease, unit: Unit) -> None:
    payload = dict(lease.filed.event["payload"], unit_code=unit.code, address_text=unit.address)
    day = town.some(40, 90)
    town.ledger.correct(lease.filed, day, payload=payload, unit=unit.code, new_record=town.chance(0.2))


def termination_taken_back(town: Town) -> None:
    unit = _dwelling(town)
    first = _let(town, unit, town.some(300, 500))
    ended = hmd.end_lease(town, first, town.ago(160), town.ago(155))
    _let(town, unit, town.some(60, 150))
    town.ledger.cancel(ended, town.some(35, 55))
    town.truth.must("HO-01", unit.code, "HMD", "the end of the first lease was cancelled")


def rooms_let(town: Town) -> None:
    unit = _dwelling(town)
    for _ in range(3):
        _let(town, unit, town.some(40, 400), scope="ROOM")
    town.truth.must_not("HO-01", unit.code, "rooms let one by one")


def let_in_turn(town: Town) -> None:
    unit = _dwelling(town)
    first = _let(town, unit, town.some(300, 500))
    left = town.some(100, 250)
    if town.chance(0.5):
        hmd.end_lease(town, first, left, left + 3)
        town.truth.must_not("HO-01", unit.code, "the first lease ended before the second")
    else:
        hmd.end_lease(town, first, left, town.some(10, 60), late=town.chance(0.3))
        town.truth.must_not("HO-01", unit.code, "the end of the first lease was filed months late")
    _let(town, unit, left + 10)


def ended_meanwhile(town: Town) -> None:
    unit = _dwelling(town)
    first = _let(town, unit, town.some(300, 500))
    _let(town, unit, town.some(100, 290))
    left = town.some(12, 60)
    hmd.end_lease(town, first, left, left + 2)
    town.truth.must_not("HO-01", unit.code, "the stale filing was ended")


def public_rental_given_back(town: Town) -> None:
    unit = _dwelling(town)
    lease = hmd.let_public(town, unit, [_lodger(town, unit)], town.some(300, 500))
    left = town.some(60, 250)
    hmd.end_public(town, lease, left)
    _let(town, unit, left + 25)
    town.truth.must_not("HO-01", unit.code, "the public tenancy had ended")


def sublet(town: Town) -> None:
    unit = _dwelling(town)
    head = _let(town, unit, town.some(200, 500))
    tenant = town.bystander(lambda person: person not in (head.tenant, unit.owner) and may_rent(person, unit))
    scope = town.pick(("WHOLE", "ROOM"))
    start = town.some(40, 190)
    hmd.let(town, unit, tenant, start, town.today + 200, scope=scope, lessor=head.tenant, right="SUBLET")
    town.truth.must_not("HO-01", unit.code, "a lease and its sub-lease")


def second_filing_cancelled(town: Town) -> None:
    unit = _dwelling(town)
    _let(town, unit, town.some(200, 500))
    second = _let(town, unit, town.some(60, 190))
    town.ledger.cancel(second.filed, town.some(10, 50), new_record=town.chance(0.2), late=town.chance(0.2))
    town.truth.must_not("HO-01", unit.code, "the second filing was cancelled")


def corrected_to_another(town: Town) -> None:
    wrong = _dwelling(town)
    right = _dwelling(town, wrong)
    _let(town, wrong, town.some(300, 500))
    _move(town, _let(town, wrong, town.some(100, 250)), right)
    town.truth.must_not("HO-01", wrong.code, "the second lease was corrected to another dwelling")
    town.truth.must_not("HO-01", right.code, "let once")


def short_overlap(town: Town) -> None:
    unit = _dwelling(town)
    _let(town, unit, town.some(300, 500), end=town.today + town.rng.randint(3, 6))
    _let(town, unit, town.some(3, 6))
    town.truth.must_not("HO-01", unit.code, "the overlap is no more than 15 days")


def just_let_twice(town: Town) -> None:
    unit = _dwelling(town)
    _let(town, unit, town.some(200, 500))
    _let(town, unit, town.some(2, 8))
    town.truth.must_not("HO-01", unit.code, "grace of 15 days still running")


CASES: tuple[tuple[Case, float], ...] = (
    (let_twice, 2),
    (let_in_turn, 1),
    (let_whole_and_room, 1),
    (public_rental_let_on, 1),
    (extended_over_the_next, 0.5),
    (corrected_onto_another, 0.5),
    (termination_taken_back, 0.5),
    (rooms_let, 1),
    (ended_meanwhile, 0.5),
    (public_rental_given_back, 0.5),
    (sublet, 1),
    (second_filing_cancelled, 0.5),
    (corrected_to_another, 0.5),
    (short_overlap, 0.5),
    (just_let_twice, 0.5),
)
"""Cases with how many of each a thousand people bring."""
