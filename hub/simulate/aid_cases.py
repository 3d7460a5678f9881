"""Cases of rules EN-07, EC-02 and EC-03: what changes in the life of a household on aid, and what is made of it."""

from __future__ import annotations

from hub.simulate import hmd, hrss, jobs, mca
from hub.simulate.casting import Case, aid_household, give_home
from hub.simulate.days import Day, first_day, iso, month_of, month_plus
from hub.simulate.guest_lives import idle
from hub.simulate.ledger import Filing
from hub.simulate.people import Person
from hub.simulate.town import Town

_CLASSES = ("DB", "DBBY", "GX")

# --- EN-07 ------------------------------------------------------------------------------------------------------------


def _able(town: Town, granted: Day, capacity: str = "ABLE", aid_class: str | None = None) -> tuple[Person, mca.AidUnit]:
    """Somebody on aid without work, able to work by default."""
    person = idle(town)
    kind = aid_class or town.pick(_CLASSES)
    return person, aid_household(town, kind, [person], granted, capacity=capacity)


def jobless_on_aid(town: Town) -> None:
    person, _ = _able(town, town.some(95, 700))
    town.truth.must("EN-07", person, "HRSS", "able to work, no job, not looking for one")


def lost_the_job(town: Town) -> None:
    """At work when aid was granted, and never registered as looking for work afterwards."""
    person, unit = _able(town, town.some(450, 700))
    left = town.some(100, 200)
    if town.chance(0.5):
        job = hrss.enrol(town, person, "UNEMP", unit.granted.day - 100)
        hrss.enrol(town, person, "UNEMP", left, action="TERMINATE", record=job)
    else:
        kind = town.pick(("EMPLOYED", "FLEXIBLE", "PUBLIC_POST"))
        started = jobs.change_work(town, person, f"{kind}_START", unit.granted.day - 100)
        jobs.change_work(town, person, f"{kind}_END", left, record=started)
    town.truth.must("EN-07", person, "HRSS", "the job ended, no registration since")


def search_closed(town: Town) -> None:
    person, unit = _able(town, town.some(450, 700))
    search = jobs.change_work(town, person, "UNEMPLOYED_REGISTERED", unit.granted.day + 5)
    day = town.some(100, 200)
    if town.chance(0.5):
        jobs.change_work(town, person, "JOBSEEKER_CLOSED", day, record=search)
        town.truth.must("EN-07", person, "HRSS", "no longer registered as looking for work")
    else:
        town.ledger.cancel(search, day, new_record=town.chance(0.3))
        town.truth.must("EN-07", person, "HRSS", "the registration as looking for work was cancelled")


def at_work_or_looking(town: Town) -> None:
    person, unit = _able(town, town.some(95, 700))
    day = unit.granted.day + town.rng.randint(5, 80)
    what = town.pick(("UNEMPLOYED_REGISTERED", "EMPLOYED_START", "FLEXIBLE_START", "PUBLIC_POST_START", "enrolled"))
    if what == "enrolled":
        hrss.enrol(town, person, town.pick(("PENSION_EMP", "UNEMP", "INJURY")), day, late=town.chance(0.2))
    else:
        jobs.change_work(town, person, what, day, late=town.chance(0.2))
    town.truth.must_not("EN-07", person, f"work or the search for it is on record: {what.lower()}")


def not_able(town: Town) -> None:
    capacity = town.pick(("PARTLY", "NONE", "UNKNOWN"))
    person, _ = _able(town, town.some(95, 700), capacity)
    town.truth.must_not("EN-07", person, f"capacity to work: {capacity.lower()}")


def capacity_corrected(town: Town) -> None:
    """The decision said able by mistake, or not able by mistake."""
    wrong, right = ("ABLE", "NONE") if town.chance(0.5) else ("NONE", "ABLE")
    person, unit = _able(town, town.some(300, 700), wrong)
    payload = dict(unit.granted.event["payload"])
    payload["members"] = [{**member, "work_capacity": right} for member in payload["members"]]
    town.ledger.correct(unit.granted, town.some(95, 200), payload=payload, new_record=town.chance(0.3))
    if right == "ABLE":
        town.truth.must("EN-07", person, "HRSS", "able to work by a correction of the decision")
    else:
        town.truth.must_not("EN-07", person, "not able to work by a correction of the decision")


def other_aid_jobless(town: Town) -> None:
    if town.chance(0.5):
        person, _ = _able(town, town.some(95, 700), aid_class=town.pick(("TK_HOME", "TK_CENTRAL", "LS")))
        town.truth.must_not("EN-07", person, "this class of aid brings no help with work")
    else:
        person, unit = _able(town, town.some(300, 700))
        mca.change_aid(town, unit, town.pick(("TERMINATE", "SUSPEND", "HAND_OVER")), town.some(20, 200))
        town.truth.must_not("EN-07", person, "off aid")


def jobless_lately(town: Town) -> None:
    person, _ = _able(town, town.some(5, 80))
    town.truth.must_not("EN-07", person, "grace of 90 days still running")


# --- EC-02 ------------------------------------------------------------------------------------------------------------


def _owners(town: Town, *, consent_until: Day | None = None) -> tuple[Person, mca.AidUnit]:
    """Somebody on aid who owns one home, and the decision."""
    person = idle(town)
    unit = aid_household(town, town.pick(_CLASSES), [person], town.some(450, 800), consent_until=consent_until)
    return person, unit


def second_home(town: Town) -> None:
    person, _ = _owners(town)
    _buys(town, person, town.some(35, 300), late=town.chance(0.1))
    town.truth.must("EC-02", person, "MCA", "a second home since the last review")


def _buys(town: Town, person: Person, day: Day, *, use: str = "RESIDENTIAL", late: bool = False) -> Filing:
    unit = hmd.build_unit(town, person.region, day - 200)
    return hmd.transfer(town, person, unit, town.pick(("FIRST", "TRANSFER_IN")), day, use=use, late=late)


def two_members_two_homes(town: Town) -> None:
    """Each member owns one home: the household has two."""
    person, other = idle(town), idle(town)
    aid_household(town, town.pick(_CLASSES), [person, other], town.some(450, 800))
    _buys(town, other, town.some(35, 300))
    town.truth.must("EC-02", other, "MCA", "the household's second home since the last review")


def second_home_by_correction(town: Town) -> None:
    (person, _), buyer = _owners(town), idle(town)
    wrong = _buys(town, buyer, town.some(100, 300))
    town.ledger.correct(wrong, town.some(35, 90), person=person, new_record=town.chance(0.3), late=town.chance(0.2))
    town.truth.must("EC-02", person, "MCA", "a title corrected onto somebody on aid")


def review_taken_back(town: Town) -> None:
    person, unit = _owners(town)
    _buys(town, person, town.some(200, 300))
    review = mca.change_aid(town, unit, "ADJUST", town.some(100, 150), reason="PROPERTY")
    town.ledger.cancel(review, town.some(35, 90), new_record=town.chance(0.2))
    town.truth.must("EC-02", person, "MCA", "the review of the second home was cancelled")


def second_home_reviewed(town: Town) -> None:
    person, unit = _owners(town)
    bought = town.some(60, 300)
    _buys(town, person, bought)
    reviewed = bought + town.rng.randint(5, 50)
    if town.chance(0.5):
        mca.review_aid(town, unit, reviewed, late=town.chance(0.2))
    else:
        mca.change_aid(town, unit, "ADJUST", reviewed, reason=town.pick(("REVIEW", "PROPERTY")))
    town.truth.must_not("EC-02", person, "civil affairs reviewed the second home")


def consent_corrected(town: Town) -> None:
    """The decision said by mistake that the consent had expired."""
    person, unit = _owners(town, consent_until=town.some(300, 400))
    _buys(town, person, town.some(150, 290))
    payload = dict(unit.granted.event["payload"], consent_until=iso(town.today + 200))
    town.ledger.correct(unit.granted, town.some(35, 140), payload=payload, new_record=town.chance(0.3))
    town.truth.must("EC-02", person, "MCA", "the consent was corrected to hold longer, a second home since the review")


def home_exchanged(town: Town) -> None:
    """The old home was given up for demolition, its title ended, and a new one came for it."""
    person = idle(town)
    granted = town.some(450, 800)
    give_home(town, person, granted - 900)
    old = town.units[-1]
    mca.grant_aid(town, town.pick(_CLASSES), [person], granted)
    day = town.some(35, 300)
    hmd.transfer(town, person, old, "CANCEL", day)
    _buys(town, person, day + town.rng.randint(0, 25))
    town.truth.must_not("EC-02", person, "one home in exchange for another")


def consent_over(town: Town) -> None:
    person, _ = _owners(town, consent_until=town.some(5, 200))
    _buys(town, person, town.some(35, 300))
    town.truth.must_not("EC-02", person, "the consent to checks has expired")


def second_home_gone(town: Town) -> None:
    person, _ = _owners(town)
    title = _buys(town, person, town.some(100, 300))
    later = town.some(10, 90)
    if town.chance(0.4):
        town.ledger.cancel(title, later, new_record=town.chance(0.2), late=town.chance(0.2))
        town.truth.must_not("EC-02", person, "the second title was cancelled")
    elif town.chance(0.5):
        heir = idle(town)
        town.ledger.correct(title, later, person=heir, new_record=town.chance(0.3))
        town.truth.must_not("EC-02", person, "the second title was corrected to be somebody else's")
    else:
        unit = next(unit for unit in town.units if unit.code == title.unit)
        hmd.transfer(town, person, unit, "TRANSFER_OUT", later)
        town.truth.must_not("EC-02", person, "sold the second home again")


def no_second_home(town: Town) -> None:
    """Nearly: a shop, or another home from before the last review."""
    if town.chance(0.5):
        person, _ = _owners(town)
        _buys(town, person, town.some(35, 300), use=town.pick(("COMMERCIAL", "OTHER")))
        town.truth.must_not("EC-02", person, "the second unit is no dwelling")
    else:
        person, unit = _owners(town)
        _buys(town, person, unit.granted.day - 100)
        town.truth.must_not("EC-02", person, "the second home was known when aid was granted")


def owner_off_aid(town: Town) -> None:
    person, other = idle(town), idle(town)
    unit = aid_household(town, town.pick(_CLASSES), [person, other], town.some(450, 800))
    bought = town.some(100, 300)
    _buys(town, other, bought)
    if town.chance(0.5):
        mca.change_aid(town, unit, "REMOVE_MEMBER", bought + 50, member=other, reason="MOVED")
        town.truth.must_not("EC-02", other, "whoever bought is no longer in the household on aid")
    else:
        mca.change_aid(town, unit, town.pick(("TERMINATE", "SUSPEND", "HAND_OVER")), bought + 50, reason="PROPERTY")
        town.truth.must_not("EC-02", person, "off aid")


def second_home_just_bought(town: Town) -> None:
    person, _ = _owners(town)
    _buys(town, person, town.some(3, 25))
    town.truth.must_not("EC-02", person, "grace of 30 days still running")


# --- EC-03 ------------------------------------------------------------------------------------------------------------


def _works(
    town: Town, person: Person, months: int, recorded: Day, *, status: str = "PAID", scheme: str = "PENSION_EMP"
) -> Filing:
    """So many months in a row as an employee, up to the month before they were recorded."""
    last = month_plus(month_of(recorded), -1)
    first = month_plus(last, 1 - months)
    hrss.enrol(town, person, scheme, first_day(first))
    return hrss.contribute(town, person, scheme, first, last, recorded, status=status)


def newly_employed(town: Town) -> None:
    person, _ = _owners(town)
    months = town.rng.randint(3, 8)
    _works(town, person, months, town.some(35, 120), status=town.pick(("PAID", "PAID", "BACKDATED")))
    town.truth.must("EC-03", person, "MCA", "three months or more as an employee since the last review")


def employed_by_correction(town: Town) -> None:
    (person, _), other = _owners(town), idle(town)
    wrong = _works(town, other, 5, town.some(100, 120))
    town.ledger.correct(wrong, town.some(35, 90), person=person, new_record=town.chance(0.3))
    town.truth.must("EC-03", person, "MCA", "contributions corrected to be of somebody on aid")


def employment_review_taken_back(town: Town) -> None:
    person, unit = _owners(town)
    _works(town, person, 4, town.some(150, 180))
    review = mca.change_aid(town, unit, "ADJUST", town.some(100, 140), reason="REVIEW")
    town.ledger.cancel(review, town.some(35, 90), new_record=town.chance(0.2), late=town.chance(0.2))
    town.truth.must("EC-03", person, "MCA", "the review of the new work was cancelled")


def briefly_employed(town: Town) -> None:
    person, _ = _owners(town)
    if town.chance(0.5):
        _works(town, person, 2, town.some(35, 120))
        town.truth.must_not("EC-03", person, "two months only")
    else:
        last = month_of(town.ago(70))
        hrss.contribute(town, person, "PENSION_EMP", month_plus(last, -4), month_plus(last, -3), town.some(130, 140))
        hrss.contribute(town, person, "PENSION_EMP", month_plus(last, -1), last, town.some(35, 39))
        town.truth.must_not("EC-03", person, "two months twice, with a month between")


def employment_reviewed(town: Town) -> None:
    person, unit = _owners(town)
    recorded = town.some(60, 120)
    _works(town, person, 5, recorded)
    reviewed = recorded + town.rng.randint(5, 50)
    if town.chance(0.5):
        mca.review_aid(town, unit, reviewed, late=town.chance(0.2))
    else:
        mca.change_aid(town, unit, "ADJUST", reviewed, reason="REVIEW")
    town.truth.must_not("EC-03", person, "civil affairs reviewed the new work")


def employed_without_consent(town: Town) -> None:
    person, _ = _owners(town, consent_until=town.some(5, 200))
    _works(town, person, 5, town.some(35, 120))
    town.truth.must_not("EC-03", person, "the consent to checks has expired")


def public_post(town: Town) -> None:
    person, _ = _owners(town)
    recorded = town.some(35, 120)
    contributed = _works(town, person, 5, recorded)
    jobs.change_work(town, person, "PUBLIC_POST_START", contributed.on)
    town.truth.must_not("EC-03", person, "a public-welfare post")


def employment_taken_back(town: Town) -> None:
    person, _ = _owners(town)
    contributed = _works(town, person, 5, town.some(100, 150))
    later = town.some(10, 90)
    if town.chance(0.5):
        town.ledger.cancel(contributed, later, new_record=town.chance(0.3), late=town.chance(0.2))
        town.truth.must_not("EC-03", person, "the contributions were cancelled")
    else:
        payload = dict(contributed.event["payload"], status="ARREARS")
        town.ledger.correct(contributed, later, payload=payload, new_record=town.chance(0.3))
        town.truth.must_not("EC-03", person, "corrected: the months were never paid")


def employed_before(town: Town) -> None:
    """At work when aid was granted: the review knew."""
    person, unit = _owners(town)
    first = month_of(unit.granted.day - 100)
    hrss.enrol(town, person, "PENSION_EMP", first_day(first))
    hrss.contribute(town, person, "PENSION_EMP", first, month_of(town.ago(70)), town.some(35, 39))
    town.truth.must_not("EC-03", person, "at work since before aid was granted")


def employed_off_aid(town: Town) -> None:
    person, unit = _owners(town)
    recorded = town.some(60, 120)
    _works(town, person, 5, recorded)
    mca.change_aid(
        town,
        unit,
        town.pick(("TERMINATE", "SUSPEND", "HAND_OVER")),
        recorded + town.rng.randint(20, 50),
        reason="INCOME",
    )
    town.truth.must_not("EC-03", person, "off aid")


def just_employed(town: Town) -> None:
    person, _ = _owners(town)
    _works(town, person, 4, town.some(3, 25))
    town.truth.must_not("EC-03", person, "grace of 30 days still running")


CASES: tuple[tuple[Case, float], ...] = (
    (jobless_on_aid, 1),
    (at_work_or_looking, 1),
    (second_home, 1),
    (second_home_reviewed, 0.5),
    (newly_employed, 1),
    (briefly_employed, 0.5),
    (consent_over, 0.5),
    (employment_reviewed, 0.5),
    (lost_the_job, 0.5),
    (search_closed, 0.5),
    (not_able, 0.5),
    (capacity_corrected, 0.5),
    (other_aid_jobless, 0.5),
    (jobless_lately, 0.5),
    (two_members_two_homes, 0.5),
    (second_home_by_correction, 0.5),
    (review_taken_back, 0.5),
    (second_home_gone, 1),
    (consent_corrected, 0.5),
    (home_exchanged, 0.5),
    (no_second_home, 0.5),
    (owner_off_aid, 0.5),
    (second_home_just_bought, 0.5),
    (employed_by_correction, 0.5),
    (employment_review_taken_back, 0.5),
    (employed_without_consent, 0.5),
    (public_post, 0.5),
    (employment_taken_back, 0.5),
    (employed_before, 0.5),
    (employed_off_aid, 0.5),
    (just_employed, 0.5),
)
"""Cases with how many of each a thousand people bring."""
