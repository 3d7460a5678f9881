"""Cases of rules HO-03 and HO-04: leases that nobody had the right to file."""

from __future__ import annotations

from hub.simulate import guests, hmd, psb
from hub.simulate.casting import Case
from hub.simulate.days import Day
from hub.simulate.hmd import Lease
from hub.simulate.ledger import Filing
from hub.simulate.people import Person
from hub.simulate.town import Town, Unit

_TERM = 700


def _unit(town: Town) -> Unit:
    return hmd.build_unit(town, town.region(), town.start - 900)


# --- HO-03 ------------------------------------------------------------------------------------------------------------


def _owned(town: Town, *, since: Day | None = None, share: tuple[int, int] = (1, 1)) -> tuple[Unit, Person, Filing]:
    """A dwelling, its owner, and the title."""
    unit, owner = _unit(town), guests.local(town)
    title = hmd.transfer(town, owner, unit, "FIRST", since or town.some(430, 900), share=share)
    return unit, owner, title


def _let(town: Town, unit: Unit, lessor: Person, start: Day, right: str = "OWNER", *, end: Day | None = None) -> Lease:
    """A room, so that several leases stand side by side."""
    tenant = guests.local(town)
    return hmd.let(town, unit, tenant, start, end or town.today + _TERM, scope="ROOM", lessor=lessor, right=right)


def let_by_a_stranger(town: Town) -> None:
    unit, _, _ = _owned(town)
    lessor = guests.local(town)
    _let(town, unit, lessor, town.some(30, 400), town.pick(("OWNER", "ENTRUSTED", "OTHER", "SUBLET")))
    town.truth.must("HO-03", lessor, "HMD", "the lessor does not own the dwelling")


def sublet_without_a_head_lease(town: Town) -> None:
    """The tenant let a room on; the own lease was an error, or has ended since."""
    unit, owner, _ = _owned(town)
    head = _let(town, unit, owner, town.some(300, 400))
    _let(town, unit, head.tenant, town.some(200, 290), "SUBLET")
    if town.chance(0.5):
        town.ledger.cancel(head.filed, town.some(30, 190), new_record=town.chance(0.3), late=town.chance(0.3))
        why = "the lease of the tenant who let on was cancelled"
    else:
        day = town.some(30, 190)
        hmd.end_lease(town, head, day, day)
        why = "the tenant who let on has no lease any more"
    town.truth.must("HO-03", head.tenant, "HMD", why)


def title_was_anothers(town: Town) -> None:
    """The lessor's title was entered under a wrong number."""
    unit, lessor, title = _owned(town)
    _let(town, unit, lessor, town.some(200, 400))
    town.ledger.correct(title, town.some(30, 190), person=guests.local(town), new_record=town.chance(0.3))
    town.truth.must("HO-03", lessor, "HMD", "the title was corrected to be somebody else's")


def title_taken_back(town: Town) -> None:
    """Of two owners, the one who let had no title."""
    unit, _, _ = _owned(town, share=(1, 2))
    lessor = guests.local(town)
    title = hmd.transfer(town, lessor, unit, "FIRST", town.some(430, 900), share=(1, 2))
    _let(town, unit, lessor, town.some(200, 400))
    town.ledger.cancel(title, town.some(30, 190), new_record=town.chance(0.3), late=town.chance(0.3))
    town.truth.must("HO-03", lessor, "HMD", "the lessor's title was cancelled, another owner's stands")


def let_by_an_owner(town: Town) -> None:
    unit, owner, _ = _owned(town, share=(1, 2))
    other = guests.local(town)
    hmd.transfer(town, other, unit, "FIRST", town.some(430, 900), share=(1, 2), late=town.chance(0.3))
    lessor = town.rng.choice((owner, other))
    _let(town, unit, lessor, town.some(30, 400))
    town.truth.must_not("HO-03", lessor, "let by one of two owners")


def owner_unknown(town: Town) -> None:
    unit = _unit(town)
    lessor = guests.local(town)
    _let(town, unit, lessor, town.some(30, 400))
    town.truth.must_not("HO-03", lessor, "nobody's title is on record: an old house")


def let_by_an_enterprise(town: Town) -> None:
    unit, _, _ = _owned(town)
    tenant = guests.outsider(town)
    hmd.let(town, unit, tenant, town.some(30, 400), town.today + _TERM, scope="ROOM")
    town.truth.must_not("HO-03", tenant, "let by an enterprise the owner entrusted")


def sublet(town: Town) -> None:
    unit, owner, _ = _owned(town)
    head = _let(town, unit, owner, town.some(200, 400))
    _let(town, unit, head.tenant, town.some(30, 190), "SUBLET")
    town.truth.must_not("HO-03", head.tenant, "sublet by its tenant")


def right_on_record_by_now(town: Town) -> None:
    """The lessor bought the dwelling, the title was put right, or the filing was."""
    unit, owner, title = _owned(town)
    lessor = guests.local(town)
    lease = _let(town, unit, lessor, town.some(200, 400))
    day, what = town.some(12, 190), town.rng.randrange(3)
    if what == 0:
        hmd.transfer(town, lessor, unit, "TRANSFER_IN", day, share=(1, 2), late=town.chance(0.3))
        why = "the lessor bought a share"
    elif what == 1:
        town.ledger.correct(title, day, person=lessor, new_record=town.chance(0.3), late=town.chance(0.3))
        why = "the title was corrected to be the lessor's"
    else:
        payload = dict(lease.filed.event["payload"], lessor=owner.ref(day))
        town.ledger.correct(lease.filed, day, payload=payload, new_record=town.chance(0.3), late=town.chance(0.3))
        why = "the lessor was corrected to the owner"
    for one in (lessor, owner):
        town.truth.must_not("HO-03", one, why)


def wrong_lease_over(town: Town) -> None:
    unit, _, _ = _owned(town)
    lessor = guests.local(town)
    lease = _let(town, unit, lessor, town.some(200, 400))
    day = town.some(12, 190)
    if town.chance(0.5):
        hmd.end_lease(town, lease, day, day, late=town.chance(0.3))
        town.truth.must_not("HO-03", lessor, "the lease ended")
    else:
        town.ledger.cancel(lease.filed, day, new_record=town.chance(0.3), late=town.chance(0.3))
        town.truth.must_not("HO-03", lessor, "the lease was cancelled")


def just_let_by_a_stranger(town: Town) -> None:
    unit, _, _ = _owned(town)
    lessor = guests.local(town)
    _let(town, unit, lessor, town.some(1, 9))
    town.truth.must_not("HO-03", lessor, "grace of 15 days still running")


# --- HO-04 ------------------------------------------------------------------------------------------------------------


def _die(town: Town, person: Person, died: Day) -> Filing:
    person.died = died
    return psb.register_death(town, person, died, died + town.rng.randint(3, 9))


def let_by_the_dead(town: Town) -> None:
    unit, owner, _ = _owned(town)
    died = town.some(100, 400)
    _die(town, owner, died)
    _let(town, unit, owner, town.rng.randint(died + 15, town.ago(20)))
    town.truth.must("HO-04", owner, "HMD", "the lessor was dead when the lease was filed")


def let_to_the_dead(town: Town) -> None:
    unit, owner, _ = _owned(town)
    tenant, died = guests.local(town), town.some(100, 400)
    _die(town, tenant, died)
    start = town.rng.randint(died + 15, town.ago(20))
    hmd.let(town, unit, tenant, start, town.today + _TERM, lessor=owner, late=town.chance(0.2))
    town.truth.must("HO-04", tenant, "HMD", "the tenant was dead when the lease was filed")


def dwelling_gone(town: Town) -> None:
    unit, owner, _ = _owned(town)
    _let(town, unit, owner, town.some(200, 400))
    hmd.change_unit(town, unit, "DEMOLISH", town.some(20, 300), late=town.chance(0.2))
    town.truth.must("HO-04", unit.code, "HMD", "the dwelling was demolished, the lease runs on")


def sold_before(town: Town) -> None:
    """The former owner lets what was sold: neither an owner now nor one when the lease began."""
    unit, seller, _ = _owned(town)
    _sell(town, unit, seller, town.some(300, 400))
    _let(town, unit, seller, town.some(30, 290))
    town.truth.must("HO-04", seller, "HMD", "the lessor had sold the dwelling before the lease began")
    town.truth.must("HO-03", seller, "HMD", "the lessor had sold the dwelling")


def _sell(town: Town, unit: Unit, seller: Person, day: Day) -> tuple[Filing, Filing]:
    sold = hmd.transfer(town, seller, unit, "TRANSFER_OUT", day)
    return sold, hmd.transfer(town, guests.local(town), unit, "TRANSFER_IN", day)


def death_came_by_correction(town: Town) -> None:
    unit, owner, _ = _owned(town)
    wrong, died = guests.local(town), town.some(200, 400)
    told = _die(town, wrong, died)
    wrong.died, owner.died = None, died
    _let(town, unit, owner, died + town.rng.randint(15, 60))
    town.ledger.correct(told, town.some(20, 120), person=owner, new_record=town.chance(0.3), late=town.chance(0.3))
    town.truth.must("HO-04", owner, "HMD", "the death was corrected to be the lessor's")


def let_while_alive(town: Town) -> None:
    """The owner died during the lease, which may even have been prolonged since."""
    unit, owner, _ = _owned(town)
    lease = _let(town, unit, owner, town.some(200, 400))
    died = town.some(60, 190)
    _die(town, owner, died)
    if town.chance(0.5):
        day = town.rng.randint(died + 12, town.ago(12))
        hmd.end_lease(town, lease, day, day, extend_to=town.today + _TERM + 100)
    town.truth.must_not("HO-04", owner, "filed while the lessor was alive")


def lessor_lives(town: Town) -> None:
    unit, owner, _ = _owned(town)
    died = town.some(100, 300)
    wrong = _die(town, owner, died)
    owner.died = None
    _let(town, unit, owner, town.rng.randint(died + 15, town.ago(30)))
    town.ledger.cancel(wrong, town.some(12, 28), new_record=town.chance(0.3), late=town.chance(0.3))
    town.truth.must_not("HO-04", owner, "the lessor's death was cancelled")


def filed_anew(town: Town) -> None:
    """The filing of the dead was ended, an error, or put into the heir's name."""
    unit, owner, _ = _owned(town)
    heir, died = guests.local(town), town.some(150, 400)
    _die(town, owner, died)
    lease = _let(town, unit, owner, died + town.rng.randint(15, 60))
    day, what = town.some(12, 80), town.rng.randrange(3)
    if what == 0:
        hmd.end_lease(town, lease, day, day, late=town.chance(0.3))
        why = "the lease ended"
    elif what == 1:
        town.ledger.cancel(lease.filed, day, new_record=town.chance(0.3), late=town.chance(0.3))
        why = "the lease was cancelled"
    else:
        hmd.transfer(town, owner, unit, "TRANSFER_OUT", died + 12, late=False)
        hmd.transfer(town, heir, unit, "TRANSFER_IN", died + 12)
        payload = dict(lease.filed.event["payload"], lessor=heir.ref(day))
        town.ledger.correct(lease.filed, day, payload=payload, new_record=town.chance(0.3), late=town.chance(0.3))
        why = "the lease was corrected to be the heir's"
    for one in (owner, heir):
        town.truth.must_not("HO-04", one, why)


def dwelling_stands(town: Town) -> None:
    unit, owner, _ = _owned(town)
    end = town.some(60, 150) if town.chance(0.4) else None
    _let(town, unit, owner, town.some(200, 400), end=end)
    gone = hmd.change_unit(town, unit, "DEMOLISH", town.some(30, 55))
    if end is None:
        town.ledger.cancel(gone, town.some(12, 28), new_record=town.chance(0.3), late=town.chance(0.3))
        town.truth.must_not("HO-04", unit.code, "the demolition was cancelled")
    else:
        town.truth.must_not("HO-04", unit.code, "the lease was over when the dwelling was demolished")


def sale_taken_back(town: Town) -> None:
    unit, seller, _ = _owned(town)
    sold, bought = _sell(town, unit, seller, town.some(300, 400))
    _let(town, unit, seller, town.some(200, 290))
    for filing in (sold, bought):
        town.ledger.cancel(filing, town.some(12, 190), new_record=town.chance(0.3), late=town.chance(0.3))
    town.truth.must_not("HO-04", seller, "the sale was cancelled")
    town.truth.must_not("HO-03", seller, "the sale was cancelled")


def just_let_by_the_dead(town: Town) -> None:
    unit, owner, _ = _owned(town)
    _die(town, owner, town.some(60, 200))
    _let(town, unit, owner, town.some(1, 4))
    town.truth.must_not("HO-04", owner, "grace of 7 days still running")


CASES: tuple[tuple[Case, float], ...] = (
    (let_by_a_stranger, 1),
    (let_by_an_owner, 1),
    (let_by_the_dead, 1),
    (let_while_alive, 0.5),
    (sublet, 0.5),
    (owner_unknown, 0.5),
    (dwelling_gone, 0.5),
    (dwelling_stands, 0.5),
    (sold_before, 0.5),
    (sale_taken_back, 0.5),
    (sublet_without_a_head_lease, 0.5),
    (right_on_record_by_now, 0.5),
    (let_to_the_dead, 0.5),
    (lessor_lives, 0.5),
    (title_was_anothers, 0.5),
    (title_taken_back, 0.5),
    (wrong_lease_over, 0.5),
    (let_by_an_enterprise, 0.5),
    (death_came_by_correction, 0.5),
    (filed_anew, 0.5),
    (just_let_by_a_stranger, 0.5),
    (just_let_by_the_dead, 0.3),
)
"""Cases with how many of each a thousand people bring."""
