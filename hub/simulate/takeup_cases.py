"""Cases of rules EN-01, EN-02 and EC-05: pensions and coverage that are missing, and pensions too many."""

from __future__ import annotations

from hub.simulate import hrss, mca, psb
from hub.simulate.casting import (
    Case,
    aid_household,
    grown_up,
    lonely_pensioner,
    outsider,
    take_pensioner,
    without_pension,
)
from hub.simulate.days import Day, add_months, month_of, month_plus, on_day, year_of
from hub.simulate.numbers import COUNTIES
from hub.simulate.people import Pension, Person
from hub.simulate.town import Town

# --- EN-01 ------------------------------------------------------------------------------------------------------------


def never_claimed(town: Town) -> None:
    """Over sixty, enrolled as a resident at most, never a pension."""
    person = without_pension(town)
    if town.chance(0.5):
        hrss.enrol(town, person, "PENSION_RES", on_day(2012, 5, 1))
    town.truth.must("EN-01", person, "HRSS", "never granted a pension")


def stopped_working_unclaimed(town: Town) -> None:
    """An employee who left long ago: enrolment ended or suspended, last month paid more than a year back."""
    person = without_pension(town)
    enrolment = hrss.enrol(town, person, "PENSION_EMP", town.some(2500, 4000))
    hrss.enrol(
        town, person, "PENSION_EMP", town.some(240, 500), action=town.pick(("TERMINATE", "SUSPEND")), record=enrolment
    )
    last = month_of(town.some(510, 560))
    hrss.contribute(town, person, "PENSION_EMP", month_plus(last, -6), last, town.some(470, 480))
    town.truth.must("EN-01", person, "HRSS", "employee scheme left long ago, no pension")


def pension_withdrawn(town: Town) -> None:
    """The grant was cancelled, or stopped for another reason than death."""
    person, pension = take_pensioner(town)
    granted = hrss.grant_pension(town, person, pension)
    if town.chance(0.5):
        town.ledger.cancel(granted, town.some(50, 200), new_record=town.chance(0.2))
        town.truth.must("EN-01", person, "HRSS", "the only grant was cancelled")
    else:
        month = month_of(town.some(70, 200))
        hrss.change_pension(town, person, pension, "STOPPED", month, town.some(50, 65), reason="REQUEST")
        town.truth.must("EN-01", person, "HRSS", "the only pension was stopped on request")


def moved_in_without_pension(town: Town) -> None:
    person = without_pension(town, lonely_pensioner(town))
    person.household.arrived = town.some(45, 200)
    town.truth.must("EN-01", person, "HRSS", "moved in past sixty, no pension here")


def _turned_sixty(town: Town, days_ago: int, months: int) -> Person:
    """Somebody who reached sixty and so many months so many days ago, without a pension."""
    person = without_pension(town, lonely_pensioner(town))
    town.retype_birth(person, add_months(town.ago(days_ago), -(720 + months)))
    return person


def turned_sixty_unclaimed(town: Town) -> None:
    person = _turned_sixty(town, town.rng.randint(45, 120), 1)
    town.truth.must("EN-01", person, "HRSS", "sixty years and a month, grace over")


def turned_sixty_lately(town: Town) -> None:
    if town.chance(0.5):
        person = _turned_sixty(town, town.rng.randint(5, 18), 1)
        town.truth.must_not("EN-01", person, "grace of 30 days still running")
    else:
        person = _turned_sixty(town, town.rng.randint(3, 20), 0)
        town.truth.must_not("EN-01", person, "sixty, but not yet sixty and a month")


def claimed(town: Town) -> None:
    person, pension = take_pensioner(town)
    hrss.grant_pension(town, person, pension, late=town.chance(0.5))
    town.truth.must_not("EN-01", person, "draws a pension")


def pension_suspended(town: Town) -> None:
    person, pension = take_pensioner(town)
    month = month_of(town.some(70, 200))
    hrss.change_pension(town, person, pension, "SUSPENDED", month, town.some(30, 60), reason="NOT_CONFIRMED")
    town.truth.must_not("EN-01", person, "the pension is only suspended")


def still_working(town: Town) -> None:
    person = without_pension(town)
    if town.chance(0.5):
        enrolment = hrss.enrol(town, person, "PENSION_EMP", town.some(2500, 4000))
        hrss.enrol(town, person, "PENSION_EMP", town.some(400, 500), action="SUSPEND", record=enrolment)
        hrss.enrol(town, person, "PENSION_EMP", town.some(300, 399), action="RESUME", record=enrolment)
        town.truth.must_not("EN-01", person, "back in the employee scheme")
    else:
        last = month_of(town.ago(35))
        hrss.contribute(town, person, "PENSION_EMP", month_plus(last, -11), last, town.some(8, 15))
        town.truth.must_not("EN-01", person, "paid into the employee scheme last month")


def outsider_unclaimed(town: Town) -> None:
    person = town.take(outsider(town, 61, 99))
    person.scheme = person.retired = person.enrolled = None
    town.truth.must_not("EN-01", person, "no hukou here")


def died_unclaimed(town: Town) -> None:
    person = without_pension(town)
    person.died = town.some(60, 300)
    psb.register_death(town, person, person.died, person.died + 9)
    town.truth.must_not("EN-01", person, "dead")


def pension_was_anothers(town: Town) -> None:
    """A pension granted to a pensioner by mistake, moved to the old person it belongs to."""
    (wrong, first), right = take_pensioner(town), without_pension(town)
    granted = town.some(60, 300)
    second = Pension("EMP" if first.kind == "RES" else "RES", right.region, month_of(granted), granted)
    filing = hrss.grant_pension(town, wrong, second)
    town.ledger.correct(filing, granted + town.rng.randint(20, 50), person=right, new_record=town.chance(0.3))
    town.truth.must_not("EC-05", wrong, "the second pension was corrected to be somebody else's")
    town.truth.must_not("EN-01", right, "the pension came by correction")


# --- EC-05 ------------------------------------------------------------------------------------------------------------


def _second_pension(town: Town, first: Pension, granted: Day) -> Pension:
    """Another entry: another type, or the same type paid by another county."""
    if town.chance(0.7):
        kind = town.pick([kind for kind in ("EMP", "GOV", "RES") if kind != first.kind])
        return Pension(kind, first.region, month_of(granted), granted)
    region = town.pick([region for region in COUNTIES if region != first.region])
    return Pension(first.kind, region, month_of(granted), granted)


def two_pensions(town: Town) -> None:
    person, first = take_pensioner(town)
    second = _second_pension(town, first, town.some(40, 400))
    hrss.grant_pension(town, person, second, late=town.chance(0.1))
    if town.chance(0.3):
        month = month_plus(second.first_month, -1)
        stop = hrss.change_pension(town, person, first, "STOPPED", month, town.some(30, 38), reason="DUPLICATE")
        town.ledger.cancel(stop, town.some(22, 28))
    town.truth.must("EC-05", person, "HRSS", "two pensions paid at once")


def second_pension_by_correction(town: Town) -> None:
    """A grant filed for a younger person by mistake belongs to somebody who draws one already."""
    wrong, (right, first) = town.take(grown_up(town)), take_pensioner(town)
    granted = town.some(80, 300)
    filing = hrss.grant_pension(town, wrong, _second_pension(town, first, granted))
    town.ledger.correct(filing, granted + town.rng.randint(10, 40), person=right, new_record=town.chance(0.3))
    town.truth.must("EC-05", right, "HRSS", "the second pension came by correction")


def first_pension_ended(town: Town) -> None:
    person, first = take_pensioner(town)
    granted = town.some(60, 400)
    second = _second_pension(town, first, granted)
    status = town.pick(("STOPPED", "SETTLED", "SUSPENDED"))
    hrss.grant_pension(town, person, second)
    told = granted + town.rng.randint(0, 25)
    hrss.change_pension(town, person, first, status, second.first_month, told, reason="DUPLICATE")
    town.truth.must_not("EC-05", person, f"the first pension was {status.lower()} as the second began")


def second_pension_cancelled(town: Town) -> None:
    person, first = take_pensioner(town)
    second = _second_pension(town, first, town.some(60, 400))
    filing = hrss.grant_pension(town, person, second)
    town.ledger.cancel(
        filing, second.granted + town.rng.randint(5, 45), new_record=town.chance(0.2), late=town.chance(0.2)
    )
    town.truth.must_not("EC-05", person, "the second grant was cancelled")


def granted_anew(town: Town) -> None:
    person, first = take_pensioner(town)
    hrss.grant_pension(town, person, first)
    again = Pension(first.kind, first.region, first.first_month, town.some(30, 300))
    hrss.grant_pension(town, person, again)
    town.truth.must_not("EC-05", person, "the same pension on a second record")


def second_pension_just_granted(town: Town) -> None:
    person, first = take_pensioner(town)
    hrss.grant_pension(town, person, _second_pension(town, first, town.some(1, 8)))
    town.truth.must_not("EC-05", person, "grace of 15 days still running")


# --- EN-02 ------------------------------------------------------------------------------------------------------------

_INSURED_CLASSES, _OTHER_CLASSES = ("DB", "TK_HOME", "TK_CENTRAL"), ("DBBY", "GX")


def _uninsured(town: Town) -> Person:
    person = town.take(grown_up(town))
    person.uncovered.add(year_of(town.today))
    person.scheme = person.enrolled = None
    return person


def _aid_for(town: Town, person: Person, day: Day, classes: tuple[str, ...] = _INSURED_CLASSES) -> mca.AidUnit:
    """An aid unit with this person in it, alone or beside another who is insured."""
    aid_class = town.pick(classes)
    if aid_class.startswith("TK"):
        return aid_household(town, aid_class, [person], day)
    other = town.take(grown_up(town))
    members = [person, other] if town.chance(0.5) else [other, person]
    return aid_household(town, aid_class, members, day, owner=other)


def aid_without_cover(town: Town) -> None:
    person = _uninsured(town)
    unit = _aid_for(town, person, town.some(450, 900) if town.chance(0.5) else town.some(35, 300))
    if town.chance(0.3) and unit.granted.day < town.ago(300):
        mca.change_aid(town, unit, "SUSPEND", town.some(200, 280))
        mca.change_aid(town, unit, "RESUME", town.some(30, 190))
    town.truth.must("EN-02", person, "MSI", "no coverage of this year, on aid")


def cover_ended(town: Town) -> None:
    person = _uninsured(town)
    year = year_of(town.today)
    _aid_for(town, person, town.some(450, 900))
    cover = hrss.cover(town, person, "RES", year, on_day(year, 1, 1), on_day(year - 1, 11, 3))
    if town.chance(0.5):
        hrss.cover(town, person, "RES", year, town.some(60, 100), town.some(35, 58), status="ENDED", record=cover)
    else:
        town.ledger.cancel(cover, town.some(35, 100))
    town.truth.must("EN-02", person, "MSI", "this year's coverage ended or was cancelled")


def joined_without_cover(town: Town) -> None:
    person, other = _uninsured(town), town.take(grown_up(town))
    unit = aid_household(town, "DB", [other], town.some(450, 900))
    mca.change_aid(town, unit, "ADD_MEMBER", town.some(35, 200), member=person, reason="OTHER")
    town.truth.must("EN-02", person, "MSI", "joined an aid household without coverage")
    town.truth.must_not("EN-02", other, "the applicant is covered")


def covered_otherwise(town: Town) -> None:
    person = _uninsured(town)
    year = year_of(town.today)
    _aid_for(town, person, town.some(100, 900))
    if town.chance(0.5):
        cover = hrss.cover(town, person, "RES", year, on_day(year, 1, 1), on_day(year - 1, 11, 3))
        hrss.cover(town, person, "RES", year, town.ago(60), town.ago(58), status="ENDED", record=cover)
        hrss.cover(town, person, "EMP", year, town.ago(59), town.ago(57))
        town.truth.must_not("EN-02", person, "changed to employees' coverage")
    else:
        hrss.cover(town, person, "RES", year, town.some(20, 90), town.some(8, 19), late=True)
        town.truth.must_not("EN-02", person, "covered late in the year")


def other_aid_without_cover(town: Town) -> None:
    person = _uninsured(town)
    _aid_for(town, person, town.some(60, 900), _OTHER_CLASSES)
    town.truth.must_not("EN-02", person, "this class of aid carries no insurance subsidy")


def aid_over_without_cover(town: Town) -> None:
    person = _uninsured(town)
    unit = _aid_for(town, person, town.some(450, 900))
    action = town.pick(
        ("TERMINATE", "SUSPEND", "HAND_OVER", "REMOVE_MEMBER") if len(unit.members) > 1 else ("TERMINATE",)
    )
    member = person if action == "REMOVE_MEMBER" else None
    mca.change_aid(town, unit, action, town.some(10, 300), member=member, reason="MOVED")
    town.truth.must_not("EN-02", person, f"off aid: {action.lower()}")


def died_without_cover(town: Town) -> None:
    person = _uninsured(town)
    other = town.take(grown_up(town))
    unit = aid_household(town, "DB", [person, other], town.some(450, 900), owner=other)
    person.died = town.some(60, 150)
    psb.register_death(town, person, person.died, person.died + 8)
    mca.change_aid(town, unit, "REMOVE_MEMBER", person.died + 20, member=person, reason="DEATH")
    town.truth.must_not("EN-02", person, "dead")


def aid_just_granted(town: Town) -> None:
    person = _uninsured(town)
    _aid_for(town, person, town.some(1, 8))
    town.truth.must_not("EN-02", person, "grace of 15 days still running")


CASES: tuple[tuple[Case, float], ...] = (
    (never_claimed, 2),
    (claimed, 1),
    (aid_without_cover, 2),
    (covered_otherwise, 1),
    (two_pensions, 2),
    (first_pension_ended, 1),
    (stopped_working_unclaimed, 0.5),
    (pension_withdrawn, 1),
    (moved_in_without_pension, 0.5),
    (turned_sixty_unclaimed, 0.5),
    (turned_sixty_lately, 1),
    (pension_suspended, 0.5),
    (still_working, 1),
    (outsider_unclaimed, 0.5),
    (died_unclaimed, 0.5),
    (pension_was_anothers, 0.5),
    (second_pension_by_correction, 0.5),
    (second_pension_cancelled, 0.5),
    (granted_anew, 0.5),
    (second_pension_just_granted, 0.5),
    (cover_ended, 1),
    (joined_without_cover, 0.5),
    (other_aid_without_cover, 0.5),
    (aid_over_without_cover, 1),
    (died_without_cover, 0.5),
    (aid_just_granted, 0.5),
)
"""Cases with how many of each a thousand people bring."""
