"""Cases of rules LE-03 and LE-04: support that outlives its holder, and people who outlive their death record."""

from __future__ import annotations

from hub.simulate import hmd, hrss, mca, psb
from hub.simulate.casting import (
    Case,
    aid_household,
    bury,
    grown_up,
    pensioner,
    resident_pensioner,
    single,
    take_lodger,
    take_pensioner,
)
from hub.simulate.days import iso
from hub.simulate.people import Person
from hub.simulate.town import Town

_LASTING = ("DB", "DBBY", "GX")

# --- LE-03 ------------------------------------------------------------------------------------------------------------


def aid_goes_on(town: Town) -> None:
    """A member of an aid household died and was never taken off the decision."""
    dead, other = town.take(grown_up(town)), town.take(grown_up(town))
    members = [dead, other] if town.chance(0.5) else [other, dead]
    aid_household(town, town.pick(_LASTING), members, town.some(450, 900), owner=other)
    bury(town, dead, town.some(50, 400), late=town.chance(0.1))
    town.truth.must("LE-03", dead, "MCA", "still a member of an aid household")


def lonely_aid_goes_on(town: Town) -> None:
    person = town.take(pensioner(town))
    aid_household(town, town.pick(("TK_HOME", "TK_CENTRAL")), [person], town.some(450, 900))
    bury(town, person, town.some(50, 400))
    town.truth.must("LE-03", person, "MCA", "aid of a person alone never ended")


def allowance_goes_on(town: Town) -> None:
    person = town.take(grown_up(town))
    died = town.some(50, 300)
    allowance = mca.start_allowance(town, person, "DISABLED_CARE", died - 300)
    if town.chance(0.4):
        mca.change_allowance(town, person, allowance, "SUSPEND", died - 100)
        mca.change_allowance(town, person, allowance, "RESUME", died - 60)
    bury(town, person, died)
    town.truth.must("LE-03", person, "MCA", "allowance never stopped")


def tenancy_goes_on(town: Town) -> None:
    person = take_lodger(town)
    died = town.some(50, 300)
    hmd.let_public(town, hmd.build_unit(town, person.region, died - 900, rooms=1), [person], died - 400)
    bury(town, person, died)
    town.truth.must("LE-03", person, "MCA", "the only tenant of a public rental")


def aid_ended(town: Town) -> None:
    """The unit was ended, suspended or handed over, or the member taken off."""
    dead, other = town.take(grown_up(town)), town.take(grown_up(town))
    unit = aid_household(town, town.pick(_LASTING), [dead, other], town.some(450, 900), owner=other)
    died = town.some(60, 400)
    bury(town, dead, died)
    action = town.pick(("TERMINATE", "SUSPEND", "HAND_OVER", "REMOVE_MEMBER"))
    settled = died + town.rng.randint(6, 45)
    if action == "REMOVE_MEMBER":
        mca.change_aid(town, unit, action, settled, member=dead, reason="DEATH", late=town.chance(0.2))
    else:
        mca.change_aid(town, unit, action, settled, reason="DEATH", late=town.chance(0.2))
    town.truth.must_not("LE-03", dead, f"aid settled: {action.lower()}")


def allowance_stopped(town: Town) -> None:
    person = town.take(grown_up(town))
    died = town.some(60, 300)
    allowance = mca.start_allowance(town, person, "DISABLED_LIVING", died - 200)
    bury(town, person, died)
    if town.chance(0.5):
        mca.change_allowance(town, person, allowance, "STOP", died + 30, died + 1)
        town.truth.must_not("LE-03", person, "allowance stopped after death")
    else:
        town.ledger.cancel(allowance.started, died + 30)
        town.truth.must_not("LE-03", person, "the allowance was cancelled")


def tenancy_ended(town: Town) -> None:
    person = take_lodger(town)
    died = town.some(60, 300)
    lease = hmd.let_public(town, hmd.build_unit(town, person.region, died - 900, rooms=1), [person], died - 400)
    bury(town, person, died)
    hmd.end_public(town, lease, died + 20, ground="DEATH")
    town.truth.must_not("LE-03", person, "the tenancy was ended")


def tenancy_shared(town: Town) -> None:
    dead, other = take_lodger(town), take_lodger(town)
    died = town.some(60, 300)
    hmd.let_public(town, hmd.build_unit(town, dead.region, died - 900, rooms=2), [dead, other], died - 400)
    bury(town, dead, died)
    town.truth.must_not("LE-03", dead, "others live in the public rental")


def just_died_with_allowance(town: Town) -> None:
    person = town.take(grown_up(town))
    mca.start_allowance(town, person, "DISABLED_CARE", town.some(100, 300))
    person.died = town.ago(4)
    psb.register_death(town, person, person.died, town.ago(town.rng.randint(0, 1)))
    town.truth.must_not("LE-03", person, "grace of 5 days still running")


def death_with_allowance_cancelled(town: Town) -> None:
    person = town.take(grown_up(town))
    mca.start_allowance(town, person, "DISABLED_CARE", town.some(400, 600))
    died = town.some(60, 300)
    wrong = psb.register_death(town, person, died, died + 4)
    town.ledger.cancel(wrong, died + 35, new_record=town.chance(0.3), late=town.chance(0.3))
    town.truth.must_not("LE-03", person, "the death was recorded in error and cancelled")


# --- LE-04 ------------------------------------------------------------------------------------------------------------


def alive_at_the_counter(town: Town) -> None:
    """The police registered the wrong death; the pensioner came to the counter."""
    person = town.take(resident_pensioner(town))
    died = town.some(40, 300)
    psb.register_death(town, person, died, died + 5, late=town.chance(0.1))
    hrss.verify(town, person, died + town.rng.randint(10, 28), town.pick(("COUNTER", "VISIT")))
    town.truth.must("LE-04", person, "PSB", "met in person after the registered death")
    town.truth.must("LE-01", person, "HRSS", "pension of a person wrongly registered dead", "FROZEN")


def alive_with_allowance(town: Town) -> None:
    person = town.take(resident_pensioner(town, 81, 95))
    died = town.some(60, 300)
    mca.start_allowance(town, person, "OLD_AGE", town.some(320, 420))
    psb.register_death(town, person, died, died + 5)
    hrss.verify(town, person, died + town.rng.randint(10, 45), "VISIT")
    town.truth.must("LE-04", person, "PSB", "visited after the registered death")
    town.truth.must("LE-01", person, "HRSS", "pension of a person wrongly registered dead", "FROZEN")
    town.truth.must("LE-03", person, "MCA", "allowance of a person wrongly registered dead", "FROZEN")


def alive_after_funeral(town: Town) -> None:
    """The funeral form carried a living pensioner's number and name."""
    person = town.take(resident_pensioner(town))
    died = town.some(110, 300)
    mca.hold_funeral(town, person, died, died + 2, died + 3)
    hrss.verify(town, person, died + town.rng.randint(50, 90), "COUNTER")
    town.truth.must("LE-04", person, "MCA", "met in person after the recorded funeral")
    town.truth.must("LE-01", person, "HRSS", "pension of a person wrongly recorded dead", "FROZEN")
    town.truth.must("LE-02", person, "PSB", "funeral of a person wrongly recorded dead", "FROZEN")


def _couple(town: Town) -> tuple[Person, Person]:
    sex = town.pick("12")
    return town.take(single(town, sex)), town.take(single(town, "2" if sex == "1" else "1"))


def alive_at_the_wedding(town: Town) -> None:
    person, other = _couple(town)
    person.scheme = person.enrolled = person.retired = None
    died = town.some(60, 300)
    psb.register_death(town, person, died, died + 5)
    pair = (person, other) if town.chance(0.5) else (other, person)
    mca.register_marriage(town, *pair, died + town.rng.randint(10, 45))
    town.truth.must("LE-04", person, "PSB", "married after the registered death")
    town.truth.must_not("LE-04", other, "the spouse was never recorded dead")


def alive_again_on_record(town: Town) -> None:
    person = town.take(pensioner(town))
    died = town.some(90, 300)
    wrong = psb.register_death(town, person, died, died + 5)
    hrss.verify(town, person, died + 20, "COUNTER")
    town.ledger.cancel(wrong, died + town.rng.randint(30, 70), new_record=town.chance(0.3), late=town.chance(0.2))
    town.truth.must_not("LE-04", person, "the wrong death was cancelled")
    town.truth.must_not("LE-01", person, "the wrong death was cancelled")


def visit_taken_back(town: Town) -> None:
    person = town.take(pensioner(town))
    died = town.some(90, 300)
    bury(town, person, died)
    wrong = hrss.verify(town, person, died + 35, "COUNTER")
    town.ledger.cancel(wrong, died + 50)
    town.truth.must_not("LE-04", person, "the check at the counter was of somebody else and cancelled")


def not_met_in_person(town: Town) -> None:
    person = town.take(pensioner(town))
    died = town.some(90, 300)
    bury(town, person, died)
    if town.chance(0.5):
        hrss.verify(town, person, died + 30, town.pick(("DATA_MATCH", "SELF_APP", "THIRD_PARTY")))
        town.truth.must_not("LE-04", person, "confirmed by data only")
    else:
        hrss.verify(town, person, died + 30, "VISIT", result="NOT_CONFIRMED")
        town.truth.must_not("LE-04", person, "the visit met nobody")


def met_just_before(town: Town) -> None:
    person = town.take(pensioner(town))
    died = town.some(90, 300)
    bury(town, person, died)
    if town.chance(0.5):
        hrss.verify(town, person, died - town.rng.randint(2, 9), "VISIT", recorded=died + 20, late=True)
        town.truth.must_not("LE-04", person, "met before death, recorded after it")
    else:
        hrss.verify(town, person, died + 1, "COUNTER")
        town.truth.must_not("LE-04", person, "no more than a day after the death")


def death_day_corrected(town: Town) -> None:
    """The day of death was typed months too early; the pensioner had been seen in between."""
    person, _ = take_pensioner(town)
    died = town.some(80, 250)
    typed = died - town.rng.randint(80, 150)
    wrong = psb.register_death(town, person, typed, died + 6)
    hrss.verify(town, person, died - 40, "COUNTER")
    person.died = died
    right = dict(wrong.event["payload"], death_date=iso(died))
    town.ledger.correct(wrong, died + 25, payload=right, on=died, new_record=town.chance(0.3))
    hrss.stop_after_death(town, person, died + 30)
    town.truth.must_not("LE-04", person, "the day of death was corrected to after the visit")
    town.truth.must_not("LE-01", person, "stopped from the month after the true death on")


CASES: tuple[tuple[Case, float], ...] = (
    (aid_goes_on, 1),
    (aid_ended, 1.5),
    (alive_at_the_counter, 1),
    (alive_again_on_record, 1),
    (lonely_aid_goes_on, 0.5),
    (allowance_goes_on, 1),
    (tenancy_goes_on, 0.5),
    (allowance_stopped, 1),
    (tenancy_ended, 0.5),
    (tenancy_shared, 0.5),
    (just_died_with_allowance, 0.5),
    (death_with_allowance_cancelled, 0.5),
    (alive_with_allowance, 0.5),
    (alive_after_funeral, 1),
    (alive_at_the_wedding, 0.5),
    (visit_taken_back, 0.5),
    (not_met_in_person, 1),
    (met_just_before, 1),
    (death_day_corrected, 0.5),
)
"""Cases with how many of each a thousand people bring."""
