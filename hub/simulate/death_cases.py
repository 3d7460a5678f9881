"""Cases of rules LE-01 and LE-02: pensions and registers after a death."""

from __future__ import annotations

from hub.simulate import hrss, mca, psb
from hub.simulate.casting import Case, bury, grown_up, outsider, pensioner, take_pensioner
from hub.simulate.days import first_day, month_of, month_plus
from hub.simulate.people import Person
from hub.simulate.town import Town

# --- LE-01 ------------------------------------------------------------------------------------------------------------


def pension_goes_on(town: Town) -> None:
    """Registered dead, and the pension is still paid."""
    person = town.take(pensioner(town))
    bury(town, person, town.some(40, 400), funeral=town.chance(0.6), stop=False, late=town.chance(0.1))
    town.truth.must("LE-01", person, "HRSS", "death registered, pension never stopped")


def pension_stop_taken_back(town: Town) -> None:
    person = town.take(pensioner(town))
    bury(town, person, town.some(90, 300), stop=False)
    stop = hrss.stop_after_death(town, person, town.some(50, 60))
    if stop is not None:
        town.ledger.cancel(stop, town.some(10, 40))
    town.truth.must("LE-01", person, "HRSS", "the stop of the pension was cancelled")


def pension_goes_on_after_funeral(town: Town) -> None:
    """Only the funeral home told, and nobody acted on it."""
    person = town.take(pensioner(town))
    bury(town, person, town.some(70, 300), police=False, stop=False)
    town.truth.must("LE-01", person, "HRSS", "funeral held, pension never stopped")
    town.truth.must("LE-02", person, "PSB", "funeral held, death never registered")


def pension_stopped(town: Town) -> None:
    person = town.take(pensioner(town))
    bury(town, person, town.some(60, 400), late=town.chance(0.2))
    town.truth.must_not("LE-01", person, "stopped in time")
    town.truth.must_not("LE-02", person, "registered in time")


def pension_stopped_late(town: Town) -> None:
    person = town.take(pensioner(town))
    died = town.some(120, 400)
    bury(town, person, died, stop=False)
    hrss.stop_after_death(town, person, died + town.rng.randint(70, 105))
    town.truth.must_not("LE-01", person, "stopped late, from the month after death on")


def pension_stopped_before_the_word(town: Town) -> None:
    """HRSS heard of the death first; the registration was published months later."""
    person = town.take(pensioner(town))
    died = town.some(100, 400)
    person.died = died
    hrss.stop_after_death(town, person, died + 3)
    psb.register_death(town, person, died, died + 12, late=True)
    town.truth.must_not("LE-01", person, "stopped before the death was published")


def pension_suspended(town: Town) -> None:
    person, pension = take_pensioner(town)
    died = town.some(60, 400)
    bury(town, person, died, stop=False)
    status = town.pick(("SUSPENDED", "SETTLED"))
    hrss.change_pension(town, person, pension, status, month_plus(month_of(died), 1), died + 25)
    town.truth.must_not("LE-01", person, f"{status.lower()} from the month after death on")


def pension_stop_month_corrected(town: Town) -> None:
    person, pension = take_pensioner(town)
    died = town.some(150, 400)
    bury(town, person, died, stop=False)
    month, too_late = month_plus(month_of(died), 1), month_plus(month_of(died), 3)
    wrong = hrss.change_pension(town, person, pension, "STOPPED", too_late, died + 100)
    right = dict(wrong.event["payload"], effective_month=month)
    town.ledger.correct(wrong, died + 120, payload=right, on=first_day(month), new_record=town.chance(0.3))
    town.truth.must_not("LE-01", person, "the month of the stop was corrected to the one after death")


def death_cancelled(town: Town) -> None:
    person = town.take(pensioner(town))
    died = town.some(60, 300)
    if town.chance(0.5):
        wrong = psb.register_death(town, person, died, died + 5)
    else:
        wrong = mca.hold_funeral(town, person, died, died + 2, died + 3)
    town.ledger.cancel(wrong, died + town.rng.randint(10, 45), new_record=town.chance(0.2), late=town.chance(0.2))
    for rule in ("LE-01", "LE-02", "LE-04"):
        town.truth.must_not(rule, person, "the death was recorded in error and cancelled")


def death_was_anothers(town: Town) -> None:
    """The death was first recorded for a living pensioner, then moved to the one who died."""
    alive, dead = town.take(pensioner(town)), town.take(pensioner(town))
    died = town.some(80, 300)
    dead.died = died
    wrong = psb.register_death(town, alive, died, died + 5)
    if town.chance(0.4):
        hrss.verify(town, alive, died + 20, "COUNTER")
    town.ledger.correct(wrong, died + 40, person=dead, new_record=town.chance(0.3))
    hrss.stop_after_death(town, dead, died + 50)
    town.truth.must_not("LE-01", alive, "the death was corrected to be somebody else's")
    town.truth.must_not("LE-04", alive, "the death was corrected to be somebody else's")
    town.truth.must_not("LE-01", dead, "the death came by correction; the pension was stopped")


def death_is_anothers_now(town: Town) -> None:
    """As before, but nobody stopped the pension of the one who died."""
    alive, dead = town.take(pensioner(town)), town.take(pensioner(town))
    died = town.some(80, 300)
    dead.died = died
    wrong = psb.register_death(town, alive, died, died + 5)
    town.ledger.correct(wrong, died + 30, person=dead, new_record=town.chance(0.3), late=town.chance(0.3))
    town.truth.must("LE-01", dead, "HRSS", "the death came by correction; the pension was never stopped")
    town.truth.must_not("LE-01", alive, "the death was corrected to be somebody else's")


# --- LE-02 ------------------------------------------------------------------------------------------------------------


def never_registered(town: Town) -> None:
    """A funeral, and no word from the police."""
    person = town.take(pensioner(town) if town.chance(0.6) else grown_up(town))
    bury(town, person, town.some(60, 400), police=False, late=town.chance(0.1))
    town.truth.must("LE-02", person, "PSB", "funeral held, death never registered")


def registration_taken_back(town: Town) -> None:
    """The registration was of somebody else and cancelled; the funeral stands."""
    person = town.take(pensioner(town))
    died = town.some(120, 400)
    bury(town, person, died, police=False)
    wrong = psb.register_death(town, person, died, died + 12)
    town.ledger.cancel(wrong, died + 40)
    town.truth.must("LE-02", person, "PSB", "the death registration was cancelled, the funeral stands")


def registered_late(town: Town) -> None:
    person = town.take(pensioner(town))
    died = town.some(90, 400)
    bury(town, person, died, police=False)
    psb.register_death(town, person, died, died + town.rng.randint(45, 75), late=town.chance(0.2))
    town.truth.must_not("LE-02", person, "registered late")


def just_buried(town: Town) -> None:
    person = town.take(grown_up(town))
    died = town.some(13, 20)
    person.died = died
    mca.hold_funeral(town, person, died, died + 2, died + 3)
    town.truth.must_not("LE-02", person, "grace of 30 days still running")


def outsider_buried(town: Town) -> None:
    person = town.take(outsider(town, 20, 58))
    died = town.some(60, 400)
    person.died = died
    mca.hold_funeral(town, person, died, died + 2, died + 3)
    town.truth.must_not("LE-02", person, "no hukou in the city")


def registered_first(town: Town) -> None:
    person = town.take(pensioner(town))
    died = town.some(60, 400)
    bury(town, person, died, funeral=False)
    mca.hold_funeral(town, person, died, died + 3, died + 30, late=True)
    town.truth.must_not("LE-02", person, "registered before the funeral was published")


def _bury_under(town: Town, owner: Person, dead: Person, died: int) -> None:
    """A funeral form that carries the living owner's number and name, moved to the dead later."""
    wrong = mca.hold_funeral(town, owner, died, died + 2, died + 3)
    town.ledger.correct(wrong, died + town.rng.randint(20, 60), person=dead, new_record=town.chance(0.3))


def funeral_was_anothers(town: Town) -> None:
    applicant, dead = town.take(grown_up(town)), town.take(pensioner(town))
    died = town.some(90, 300)
    dead.died = died
    _bury_under(town, applicant, dead, died)
    psb.register_death(town, dead, died, died + 9)
    hrss.stop_after_death(town, dead, died + 20)
    town.truth.must_not("LE-02", applicant, "the funeral form named its applicant; corrected")
    town.truth.must_not("LE-02", dead, "registered in time")


CASES: tuple[tuple[Case, float], ...] = (
    (pension_goes_on, 2),
    (pension_stopped, 1),
    (never_registered, 2),
    (registered_late, 1),
    (pension_goes_on_after_funeral, 1),
    (pension_stop_taken_back, 0.5),
    (pension_stopped_late, 0.5),
    (pension_stopped_before_the_word, 0.5),
    (pension_suspended, 0.5),
    (pension_stop_month_corrected, 0.5),
    (death_cancelled, 1),
    (death_was_anothers, 0.5),
    (death_is_anothers_now, 0.5),
    (registration_taken_back, 0.5),
    (just_buried, 0.5),
    (outsider_buried, 0.5),
    (registered_first, 0.5),
    (funeral_was_anothers, 0.5),
)
"""Cases with how many of each a thousand people bring."""
