"""Cases of rules EN-05 and EN-06: allowances of the very old, and survivors' grants."""

from __future__ import annotations

from hub.simulate import guests, hrss, jobs, mca, psb
from hub.simulate.casting import Case, bury
from hub.simulate.days import add_months
from hub.simulate.guest_lives import idle, pensioner
from hub.simulate.people import Person
from hub.simulate.town import Town

# --- EN-05 ------------------------------------------------------------------------------------------------------------


def _very_old(town: Town) -> Person:
    """Somebody long past eighty."""
    return pensioner(town, 82, 95)[0]


def no_allowance(town: Town) -> None:
    town.truth.must("EN-05", _very_old(town), "MCA", "over eighty, no allowance")


def allowance_interrupted(town: Town) -> None:
    """Suspended or stopped; or it never was."""
    person = _very_old(town)
    allowance = mca.start_allowance(town, person, "OLD_AGE", town.some(300, 700))
    day = town.some(35, 200)
    what = town.pick(("SUSPEND", "STOP", "cancelled"))
    if what == "cancelled":
        town.ledger.cancel(allowance.started, day, new_record=town.chance(0.2), late=town.chance(0.2))
    else:
        mca.change_allowance(town, person, allowance, what, day)
    town.truth.must("EN-05", person, "MCA", f"the allowance came to an end: {what.lower()}")


def _turned_eighty(town: Town, days_ago: int) -> Person:
    """Somebody who turned eighty so many days ago."""
    return pensioner(town, born=add_months(town.ago(days_ago), -960))[0]


def turned_eighty(town: Town) -> None:
    person = _turned_eighty(town, town.rng.randint(35, 120))
    town.truth.must("EN-05", person, "MCA", "eighty, grace over, no allowance")


def turned_eighty_lately(town: Town) -> None:
    person = _turned_eighty(town, town.rng.randint(2, 25))
    town.truth.must_not("EN-05", person, "grace of 30 days still running")


def allowance_drawn(town: Town) -> None:
    """The old-age allowance or another one; one at a time."""
    person = _very_old(town)
    kind = town.pick(("OLD_AGE", "OLD_AGE", "DISABLED_CARE"))
    allowance = mca.start_allowance(town, person, kind, town.some(100, 700), late=town.chance(0.2))
    if town.chance(0.3):
        mca.change_allowance(town, person, allowance, "SUSPEND", town.some(60, 90))
        mca.change_allowance(town, person, allowance, "RESUME", town.some(10, 50))
    town.truth.must_not("EN-05", person, f"draws an allowance: {kind.lower()}")


def allowance_by_correction(town: Town) -> None:
    person, wrong = _very_old(town), idle(town)
    allowance = mca.start_allowance(town, wrong, "OLD_AGE", town.some(200, 400))
    town.ledger.correct(allowance.started, town.some(10, 150), person=person, new_record=town.chance(0.3))
    town.truth.must_not("EN-05", person, "the allowance came by correction")


def old_outsider(town: Town) -> None:
    """Over eighty, and the hukou is elsewhere."""
    person = guests.outsider(town, age=(82, 95))
    hrss.enrol(town, person, "PENSION_RES", town.some(30, 300))
    town.truth.must_not("EN-05", person, "no hukou here")


def died_without_allowance(town: Town) -> None:
    person = _very_old(town)
    bury(town, person, town.some(60, 300))
    town.truth.must_not("EN-05", person, "dead")


# --- EN-06 ------------------------------------------------------------------------------------------------------------


def _insured(town: Town) -> tuple[Person, str]:
    """A pensioner or worker of the employees' schemes, and the scheme that will owe a grant."""
    kind = town.pick(("EMP", "EMP", "GOV"))
    if town.chance(0.6):
        return pensioner(town, 63, kind=kind)[0], f"PENSION_{kind}"  # old enough to have drawn it before dying
    person = idle(town)
    hrss.enrol(town, person, f"PENSION_{kind}", town.some(800, 3000))
    return person, f"PENSION_{kind}"


def grant_unclaimed(town: Town) -> None:
    person, _ = _insured(town)
    bury(town, person, town.some(90, 400))
    town.truth.must("EN-06", person, "HRSS", "nobody claimed the survivors' grant")


def grant_unclaimed_after_funeral(town: Town) -> None:
    """Only the funeral home told."""
    person, _ = _insured(town)
    bury(town, person, town.some(70, 300), police=False)
    town.truth.must("EN-06", person, "HRSS", "funeral held, nobody claimed the grant")
    town.truth.must("LE-02", person, "PSB", "funeral held, death never registered")


def grant_taken_back(town: Town) -> None:
    """The grant was paid in error, or for somebody else."""
    person, scheme = _insured(town)
    died = town.some(200, 400)
    bury(town, person, died)
    grant = jobs.pay_survivors(town, person, scheme, died + 40)
    later = town.some(65, 150)
    if town.chance(0.5):
        town.ledger.cancel(grant, later, new_record=town.chance(0.2), late=town.chance(0.2))
        town.truth.must("EN-06", person, "HRSS", "the grant was cancelled")
    else:
        other, _ = _insured(town)
        bury(town, other, town.some(200, 400))
        town.ledger.correct(grant, later, person=other, new_record=town.chance(0.3))
        town.truth.must("EN-06", person, "HRSS", "the grant was corrected to be for somebody else")
        town.truth.must_not("EN-06", other, "the grant came by correction")


def grant_paid(town: Town) -> None:
    person, scheme = _insured(town)
    died = town.some(140, 400)
    bury(town, person, died)
    paid = died + town.rng.randint(20, 120)
    jobs.pay_survivors(town, person, scheme, paid, late=town.chance(0.2))
    town.truth.must_not("EN-06", person, "the grant was paid")


def resident_died(town: Town) -> None:
    """Only ever in the residents' scheme, which pays no grant here."""
    person, _ = pensioner(town)
    bury(town, person, town.some(90, 400))
    town.truth.must_not("EN-06", person, "the residents' scheme pays no grant here")


def death_cancelled(town: Town) -> None:
    person, _ = _insured(town)
    died = town.some(100, 300)
    wrong = psb.register_death(town, person, died, died + 5)
    town.ledger.cancel(wrong, died + town.rng.randint(10, 90), new_record=town.chance(0.2), late=town.chance(0.2))
    town.truth.must_not("EN-06", person, "the death was recorded in error and cancelled")


def just_died(town: Town) -> None:
    person, _ = _insured(town)
    bury(town, person, town.some(32, 50))
    town.truth.must_not("EN-06", person, "grace of 60 days still running")


CASES: tuple[tuple[Case, float], ...] = (
    (no_allowance, 0.5),
    (allowance_drawn, 1),
    (grant_unclaimed, 1),
    (grant_paid, 1),
    (allowance_interrupted, 1),
    (turned_eighty_lately, 0.5),
    (turned_eighty, 0.5),
    (grant_taken_back, 1),
    (resident_died, 0.5),
    (grant_unclaimed_after_funeral, 0.5),
    (allowance_by_correction, 0.5),
    (old_outsider, 0.5),
    (died_without_allowance, 0.5),
    (death_cancelled, 0.5),
    (just_died, 0.5),
)
"""Cases with how many of each a thousand people bring."""
