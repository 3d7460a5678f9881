"""Cases of rule EC-04: unemployment benefit beside a job, a pension, or a death."""

from __future__ import annotations

from hub.simulate import hrss, jobs
from hub.simulate.casting import Case, bury
from hub.simulate.days import Day, first_day, month_of, month_plus
from hub.simulate.guest_lives import idle, pensioner
from hub.simulate.ledger import Filing
from hub.simulate.people import Person
from hub.simulate.town import Town


def _out_of_work(town: Town) -> tuple[Person, Filing, str]:
    """Somebody who lost a job and draws the benefit since a month; that month."""
    person = idle(town)
    left = town.some(330, 420)
    job = hrss.enrol(town, person, "UNEMP", left - 900)
    hrss.enrol(town, person, "UNEMP", left, action="TERMINATE", record=job)
    jobs.change_work(town, person, "UNEMPLOYED_REGISTERED", left + 3)
    month = month_plus(month_of(left), 1)
    return person, jobs.change_benefit(town, person, "START", month, first_day(month) + 9), month


def _works_again(
    town: Town, person: Person, month: str, *, months: int = 4, status: str = "PAID", late: bool = False
) -> Filing:
    """A new job from a month on, and its first months as they were paid."""
    last = month_plus(month, months - 1)
    hrss.enrol(town, person, "PENSION_EMP", first_day(month))
    recorded = first_day(month_plus(last, 1)) + town.rng.randint(0, 9)
    return hrss.contribute(town, person, "PENSION_EMP", month, last, recorded, status=status, late=late)


def _stop(town: Town, person: Person, started: Filing, month: str, recorded: Day, ground: str) -> Filing:
    return jobs.change_benefit(town, person, "STOP", month, recorded, ground=ground, record=started)


def benefit_beside_job(town: Town) -> None:
    person, _, since = _out_of_work(town)
    _works_again(town, person, month_plus(since, town.rng.randint(1, 3)), late=town.chance(0.1))
    town.truth.must("EC-04", person, "HRSS", "paid months as an employee while drawing the benefit")


def benefit_beside_pension(town: Town) -> None:
    person, pension = pensioner(town, 61, 66)
    month = month_of(town.some(100, 300))
    jobs.change_benefit(town, person, "START", max(month, pension.first_month), first_day(month) + 40)
    town.truth.must("EC-04", person, "HRSS", "unemployment benefit and a pension for the same months")


def benefit_after_death(town: Town) -> None:
    person, _, _ = _out_of_work(town)
    bury(town, person, town.some(80, 200))
    town.truth.must("EC-04", person, "HRSS", "the benefit went on after the month of death")


def stop_taken_back(town: Town) -> None:
    person, started, since = _out_of_work(town)
    month = month_plus(since, 3)
    _works_again(town, person, month)
    stop = _stop(town, person, started, month, town.some(100, 110), "REEMPLOYED")
    town.ledger.cancel(stop, town.some(20, 90), new_record=town.chance(0.2), late=town.chance(0.2))
    town.truth.must("EC-04", person, "HRSS", "the stop of the benefit was cancelled")


def job_by_correction(town: Town) -> None:
    """Months recorded for somebody else by mistake."""
    (person, _, since), other = _out_of_work(town), idle(town)
    worked = _works_again(town, other, month_plus(since, 2))
    town.ledger.correct(worked, town.some(20, 90), person=person, new_record=town.chance(0.3))
    town.truth.must("EC-04", person, "HRSS", "paid months came by correction")


def benefit_stopped(town: Town) -> None:
    """Back at work, pensioned or dead, and the benefit stopped from the right month on, soon or late."""
    what = town.pick(("REEMPLOYED", "DEATH", "EXPIRED"))
    person, started, since = _out_of_work(town)
    month = month_plus(since, 3)
    if what == "REEMPLOYED":
        _works_again(town, person, month)
        _stop(town, person, started, month, first_day(month) + town.rng.randint(5, 190), what)
    elif what == "DEATH":
        died = town.some(80, 200)
        bury(town, person, died)
        _stop(town, person, started, month_plus(month_of(died), 1), died + town.rng.randint(10, 60), what)
    else:
        _stop(town, person, started, month, first_day(month) + 5, what)
        _works_again(town, person, month_plus(month, 1))
    town.truth.must_not("EC-04", person, f"the benefit was stopped: {what.lower()}")


def benefit_for_a_term(town: Town) -> None:
    """Granted until a month, and the new job began after it."""
    person = idle(town)
    month = month_of(town.some(300, 400))
    last = month_plus(month, 4)
    jobs.change_benefit(town, person, "START", month, first_day(month) + 9, to_month=last)
    _works_again(town, person, month_plus(last, 1))
    town.truth.must_not("EC-04", person, "the job began the month after the benefit ended")


def benefit_suspended(town: Town) -> None:
    """Suspended for the months of a short job, resumed after it."""
    person, started, since = _out_of_work(town)
    month = month_plus(since, 2)
    worked = _works_again(town, person, month, months=2)
    jobs.change_benefit(town, person, "SUSPEND", month, first_day(month) + 5, record=started)
    jobs.change_benefit(town, person, "RESUME", month_plus(month, 2), worked.day + 3, record=started)
    town.truth.must_not("EC-04", person, "suspended for the months at work")


def back_dated(town: Town) -> None:
    person, _, since = _out_of_work(town)
    _works_again(town, person, month_plus(since, 1), status="BACKDATED")
    town.truth.must_not("EC-04", person, "the months were paid back later for other times")


def job_taken_back(town: Town) -> None:
    person, _, since = _out_of_work(town)
    worked = _works_again(town, person, month_plus(since, 1))
    later = town.some(10, 120)
    if town.chance(0.5):
        town.ledger.cancel(worked, later, new_record=town.chance(0.2), late=town.chance(0.2))
        town.truth.must_not("EC-04", person, "the months at work were cancelled")
    else:
        payload = dict(worked.event["payload"], from_month=month_plus(since, -9), to_month=month_plus(since, -7))
        on = first_day(payload["from_month"])
        town.ledger.correct(worked, later, payload=payload, on=on, new_record=town.chance(0.3))
        town.truth.must_not("EC-04", person, "the months at work were corrected to before the benefit")


def benefit_taken_back(town: Town) -> None:
    person, started, since = _out_of_work(town)
    _works_again(town, person, month_plus(since, 1))
    town.ledger.cancel(started, town.some(10, 120), new_record=town.chance(0.2), late=town.chance(0.2))
    town.truth.must_not("EC-04", person, "the benefit was granted in error and cancelled")


def died_in_the_last_month(town: Town) -> None:
    """Death in the last month of the benefit: that month is due."""
    person, started, _ = _out_of_work(town)
    died = town.some(80, 200)
    _stop(town, person, started, month_plus(month_of(died), 1), died, "EXPIRED")
    bury(town, person, died)
    town.truth.must_not("EC-04", person, "the month of death is the last one paid")


def just_at_work(town: Town) -> None:
    person, _, _ = _out_of_work(town)
    last = month_of(town.ago(35))
    recorded = town.some(2, 10)
    hrss.contribute(town, person, "PENSION_EMP", last, last, recorded)
    town.truth.must_not("EC-04", person, "grace of 15 days still running")


CASES: tuple[tuple[Case, float], ...] = (
    (benefit_beside_job, 1),
    (benefit_stopped, 1.5),
    (benefit_beside_pension, 0.5),
    (benefit_after_death, 0.5),
    (stop_taken_back, 0.5),
    (job_by_correction, 0.5),
    (benefit_for_a_term, 0.5),
    (back_dated, 0.5),
    (benefit_suspended, 0.5),
    (job_taken_back, 1),
    (benefit_taken_back, 0.5),
    (died_in_the_last_month, 0.5),
    (just_at_work, 0.5),
)
"""Cases with how many of each a thousand people bring."""
