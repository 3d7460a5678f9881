"""Cases of rules RE-03 and RE-06: residence permits that run out, and people who could have one."""

from __future__ import annotations

from hub.simulate import guests, hmd, hrss, psb, residence
from hub.simulate.casting import Case
from hub.simulate.days import Day, iso, month_of, month_plus
from hub.simulate.people import Person
from hub.simulate.residence import YEAR, Permit
from hub.simulate.town import Town, Unit

_SERVICE = "RESIDENT_SERVICE"


def _home(town: Town) -> Unit:
    return hmd.build_unit(town, town.region(), town.start - 300)


# --- RE-03 ------------------------------------------------------------------------------------------------------------


def _holder(town: Town, valid_until: Day) -> tuple[Person, Permit]:
    """Somebody from elsewhere, registered here for long, with a permit that was issued a year before it runs out."""
    person = guests.outsider(town)
    issued = valid_until - YEAR
    residence.register(town, person, _home(town), issued - town.rng.randint(190, 400))
    return person, residence.issue_permit(town, person, issued, valid_until)


def endorsement_due(town: Town) -> None:
    person, _ = _holder(town, town.today + town.rng.randint(1, 27))
    town.truth.must("RE-03", person, _SERVICE, "the permit runs out within a month")


def endorsement_overdue(town: Town) -> None:
    until = town.some(2, 300)
    person, permit = _holder(town, until)
    if until < town.ago(20) and town.chance(0.4):
        residence.change_permit(town, permit, "SUSPEND", until + 5, until)
    town.truth.must("RE-03", person, _SERVICE, "the permit has run out")


def endorsement_taken_back(town: Town) -> None:
    until = town.some(40, 200)
    person, permit = _holder(town, until)
    endorsed = residence.change_permit(town, permit, "ENDORSE", until - 10, until + YEAR)
    town.ledger.cancel(endorsed, town.some(12, 35), new_record=town.chance(0.3), late=town.chance(0.3))
    town.truth.must("RE-03", person, _SERVICE, "the endorsement was cancelled")


def endorsement_was_anothers(town: Town) -> None:
    """The endorsement was written on a wrong permit."""
    until, other_until = town.some(60, 200), town.some(60, 200)
    (person, permit), (other, others) = _holder(town, until), _holder(town, other_until)
    day = town.some(40, 55)
    endorsed = residence.change_permit(town, permit, "ENDORSE", day, day + YEAR, own_record=True)
    payload = dict(endorsed.event["payload"], permit_no=others.number)
    town.ledger.correct(endorsed, town.some(12, 35), person=other, payload=payload, new_record=town.chance(0.3))
    town.truth.must("RE-03", person, _SERVICE, "the endorsement was of another permit")
    town.truth.must_not("RE-03", other, "the endorsement came by correction")


def valid_until_corrected_down(town: Town) -> None:
    """The clerk typed the year after."""
    until = town.today + town.rng.randint(3, 25)
    person = _resident(town, until - YEAR - 200)
    permit = residence.issue_permit(town, person, until - YEAR, until + YEAR)
    payload = dict(permit.issued.event["payload"], valid_until=iso(until))
    town.ledger.correct(permit.issued, town.some(12, 100), payload=payload, new_record=town.chance(0.3))
    town.truth.must("RE-03", person, _SERVICE, "the day the permit runs out was corrected")


def endorsed(town: Town) -> None:
    """In time, or late: both put it in force again."""
    until = town.today + town.rng.randint(5, 27) if town.chance(0.3) else town.some(20, 250)
    person, permit = _holder(town, until)
    if until >= town.today:
        residence.change_permit(town, permit, "ENDORSE", town.some(0, 3), until + YEAR)
        town.truth.must_not("RE-03", person, "just endorsed")
    elif town.chance(0.5):
        residence.change_permit(town, permit, "ENDORSE", until - town.rng.randint(1, 28), until + YEAR)
        town.truth.must_not("RE-03", person, "endorsed in time")
    else:
        day = until + town.rng.randint(4, 10)
        residence.change_permit(town, permit, town.pick(("ENDORSE", "RESUME")), day, day + YEAR, late=town.chance(0.3))
        town.truth.must_not("RE-03", person, "endorsed late")


def permit_replaced(town: Town) -> None:
    until = town.today + town.rng.randint(3, 25)
    person, permit = _holder(town, until)
    residence.change_permit(town, permit, "REPLACE", town.some(10, 60), until + YEAR, own_record=town.chance(0.5))
    town.truth.must_not("RE-03", person, "a new card for the next year")


def permit_given_back(town: Town) -> None:
    """The holder left, or has a hukou here by now."""
    until = town.some(10, 200)
    person, permit = _holder(town, until)
    if town.chance(0.5):
        residence.change_permit(town, permit, "CANCEL", until - 20, until)
        town.truth.must_not("RE-03", person, "the permit was given back")
    else:
        home = guests.local(town).household
        residence.move_in(town, person, home, town.some(20, 100), "FROM_OTHER", late=town.chance(0.3))
        town.truth.must_not("RE-03", person, "the hukou moved in")


def holder_died(town: Town) -> None:
    person, _ = _holder(town, town.today + town.rng.randint(2, 27))
    person.died = town.some(40, 200)
    psb.register_death(town, person, person.died, person.died + 8)
    town.truth.must_not("RE-03", person, "dead")


def permit_was_an_error(town: Town) -> None:
    person = guests.outsider(town)
    residence.register(town, person, _home(town), town.some(500, 700))
    permit = residence.issue_permit(town, person, town.some(380, 400), town.some(15, 30))
    town.ledger.cancel(permit.issued, town.some(50, 200), new_record=town.chance(0.3), late=town.chance(0.3))
    town.truth.must_not("RE-03", person, "the permit was cancelled as an error")


def permit_valid_for_long(town: Town) -> None:
    person, _ = _holder(town, town.today + town.rng.randint(34, 330))
    town.truth.must_not("RE-03", person, "the month before the full year has not begun")


# --- RE-06 ------------------------------------------------------------------------------------------------------------


def _resident(town: Town, since: Day) -> Person:
    """Somebody from elsewhere, registered here since a day, without a permit and with nothing else on record."""
    person = guests.outsider(town)
    residence.register(town, person, _home(town), since)
    return person


def _give_ground(town: Town, person: Person, since: Day, *, late: bool = False) -> str:
    """A stable home or a stable job: what makes a permit due."""
    what = town.rng.randrange(3)
    if what == 0:
        hmd.let(town, _home(town), person, since, town.today + YEAR, scope="ROOM", late=late)
        return "rents a filed home"
    if what == 1:
        hmd.transfer(town, person, _home(town), "FIRST", since, late=late)
        return "owns a home"
    hrss.enrol(town, person, "PENSION_EMP", since, late=late)
    last = month_of(town.ago(35))
    hrss.contribute(town, person, "PENSION_EMP", month_plus(last, -5), last, town.some(10, 20))
    return "is insured as an employee"


def could_have_a_permit(town: Town) -> None:
    since = town.some(215, 600)
    person = _resident(town, since)
    why = _give_ground(town, person, max(since, town.ago(400)), late=town.chance(0.1))
    town.truth.must("RE-06", person, _SERVICE, f"registered for half a year, {why}, no permit")


def permit_withdrawn(town: Town) -> None:
    since = town.some(420, 600)
    person = _resident(town, since)
    _give_ground(town, person, since)
    permit = residence.issue_permit(town, person, town.some(150, 200), town.today + 160)
    town.ledger.cancel(permit.issued, town.some(24, 100), new_record=town.chance(0.3), late=town.chance(0.3))
    town.truth.must("RE-06", person, _SERVICE, "the permit was cancelled as an error")


def permit_was_anothers(town: Town) -> None:
    since = town.some(420, 600)
    person, other = _resident(town, since), _resident(town, since)
    for one in (person, other):
        _give_ground(town, one, since)
    permit = residence.issue_permit(town, person, town.some(150, 200), town.today + 160)
    town.ledger.correct(permit.issued, town.some(24, 100), person=other, new_record=town.chance(0.3))
    town.truth.must("RE-06", person, _SERVICE, "the permit was corrected to be somebody else's")
    town.truth.must_not("RE-06", other, "the permit came by correction")


def has_a_permit(town: Town) -> None:
    since = town.some(215, 600)
    person = _resident(town, since)
    _give_ground(town, person, since)
    residence.issue_permit(town, person, town.some(12, 200), town.today + 160, late=town.chance(0.3))
    town.truth.must_not("RE-06", person, "has a permit")


def not_half_a_year(town: Town) -> None:
    if town.chance(0.5):
        since = town.some(60, 178)
        person = _resident(town, since)
        town.truth.must_not("RE-06", person, "registered for less than half a year")
    else:
        since = town.some(185, 194)
        person = _resident(town, since)
        town.truth.must_not("RE-06", person, "grace of 15 days still running")
    _give_ground(town, person, since)


def start_corrected(town: Town) -> None:
    """Registered for half a year, until the day it began was put right."""
    person = guests.outsider(town)
    since = town.some(230, 400)
    registration = residence.register(town, person, _home(town), since)
    _give_ground(town, person, since)
    begins = town.some(60, 150)
    payload = dict(registration.opened.event["payload"], start_date=iso(begins))
    recorded = town.rng.randint(begins, town.ago(12))
    town.ledger.correct(registration.opened, recorded, payload=payload, on=begins, new_record=town.chance(0.3))
    town.truth.must_not("RE-06", person, "the first day was corrected: no half a year yet")


def without_ground(town: Town) -> None:
    """Neither home nor job on record, or no more."""
    since = town.some(215, 600)
    person = _resident(town, since)
    why = "neither home nor job on record"
    what = town.rng.randrange(4)
    if what == 1:
        hmd.let(town, _home(town), person, since, town.some(20, 150), scope="ROOM")
        why = "the lease ran out"
    elif what == 2:
        enrolment = hrss.enrol(town, person, "PENSION_EMP", since)
        ended = town.some(110, 200)
        hrss.enrol(town, person, "PENSION_EMP", ended, action="TERMINATE", record=enrolment, late=town.chance(0.2))
        why = "the job ended"
    elif what == 3:
        lease = hmd.let(town, _home(town), person, since, town.today + YEAR, scope="ROOM")
        town.ledger.cancel(lease.filed, town.some(12, 100), new_record=town.chance(0.3), late=town.chance(0.3))
        why = "the lease was cancelled"
    town.truth.must_not("RE-06", person, why)


def gone_or_settled(town: Town) -> None:
    since = town.some(215, 600)
    person = guests.outsider(town)
    registration = residence.register(town, person, _home(town), since)
    what = town.rng.randrange(4)
    if what == 1:
        hmd.let(town, _home(town), person, since, town.today + YEAR, scope="ROOM")
    elif what == 3:
        hrss.enrol(town, person, "PENSION_EMP", since)
    else:
        _give_ground(town, person, since)
    if what == 0:
        home = guests.local(town).household
        residence.move_in(town, person, home, town.some(20, 150), "FROM_OTHER", late=town.chance(0.3))
        town.truth.must_not("RE-06", person, "the hukou moved in")
    elif what == 1:
        person.died = town.some(40, 150)
        psb.register_death(town, person, person.died, person.died + 8)
        town.truth.must_not("RE-06", person, "dead")
    elif what == 2:
        town.ledger.cancel(registration.opened, town.some(12, 100), new_record=town.chance(0.3))
        town.truth.must_not("RE-06", person, "the registration was cancelled as an error")
    else:
        residence.change(town, registration, "CANCEL", town.some(12, 100), late=town.chance(0.3))
        town.truth.must_not("RE-06", person, "signed off")


CASES: tuple[tuple[Case, float], ...] = (
    (endorsement_due, 1),
    (endorsed, 1),
    (could_have_a_permit, 1.5),
    (has_a_permit, 1),
    (endorsement_overdue, 1),
    (permit_valid_for_long, 0.5),
    (without_ground, 1),
    (endorsement_taken_back, 0.5),
    (permit_given_back, 0.5),
    (permit_withdrawn, 0.5),
    (not_half_a_year, 0.5),
    (permit_was_anothers, 0.5),
    (endorsement_was_anothers, 0.5),
    (permit_replaced, 0.5),
    (valid_until_corrected_down, 0.5),
    (permit_was_an_error, 0.5),
    (gone_or_settled, 1),
    (start_corrected, 0.5),
    (holder_died, 0.3),
)
"""Cases with how many of each a thousand people bring."""
