"""Cases of rule EN-04: households on aid with too little room to live in, and those that only look so."""

from __future__ import annotations

from hub.simulate import hmd, mca, public_housing
from hub.simulate.casting import Case, aid_household, give_home
from hub.simulate.days import Day, month_of
from hub.simulate.guest_lives import idle
from hub.simulate.people import Person
from hub.simulate.town import Town

_CLASSES = ("TK_HOME", "DB", "DBBY", "GX")


def _unhoused(town: Town, granted: Day, aid_class: str | None = None) -> tuple[Person, mca.AidUnit]:
    """Somebody on aid without any home."""
    person = idle(town)
    return person, mca.grant_aid(town, aid_class or town.pick(_CLASSES), [person], granted)


def no_home(town: Town) -> None:
    person, _ = _unhoused(town, town.some(35, 700))
    town.truth.must("EN-04", person, "HMD", "no home, no public housing, no subsidy")


def cramped(town: Town) -> None:
    """A small dwelling, or a small share of one."""
    person = idle(town)
    granted = town.some(35, 700)
    if town.chance(0.5):
        others = [idle(town) for _ in range(2)]
        give_home(town, person, granted - 900, area="44.90")
        mca.grant_aid(town, "DB", [person, *others], granted)
        town.truth.must("EN-04", person, "HMD", "three people on less than 45 square metres")
    else:
        unit = hmd.build_unit(town, person.region, granted - 900)
        hmd.transfer(town, person, unit, "FIRST", granted - 800, share=(1, 8), area="90.00")
        mca.grant_aid(town, "DB", [person], granted)
        town.truth.must("EN-04", person, "HMD", "no more than an eighth of a dwelling")


def cramped_by_one_more(town: Town) -> None:
    """Room enough for two, and a third joined the household on aid."""
    person, other, third = idle(town), idle(town), idle(town)
    granted = town.some(450, 700)
    give_home(town, person, granted - 900, area="32.00")
    unit = mca.grant_aid(town, "DB", [person, other], granted)
    mca.change_aid(town, unit, "ADD_MEMBER", town.some(35, 300), member=third, reason="OTHER")
    town.truth.must("EN-04", person, "HMD", "one member more on 32 square metres")


def only_a_shop(town: Town) -> None:
    person, unit = _unhoused(town, town.some(35, 700))
    shop = hmd.build_unit(town, person.region, unit.granted.day - 500)
    hmd.transfer(town, person, shop, "FIRST", unit.granted.day - 400, use="COMMERCIAL")
    town.truth.must("EN-04", person, "HMD", "owns a shop, no dwelling")


def home_lost(town: Town) -> None:
    """The home was sold, or never theirs."""
    person = idle(town)
    granted = town.some(450, 700)
    title = give_home(town, person, granted - 900)
    mca.grant_aid(town, town.pick(_CLASSES), [person], granted)
    day = town.some(35, 200)
    if town.chance(0.4):
        town.ledger.cancel(title, day, new_record=town.chance(0.2), late=town.chance(0.2))
        town.truth.must("EN-04", person, "HMD", "the title to the home was cancelled")
    elif town.chance(0.5):
        owner = idle(town)
        town.ledger.correct(title, day, person=owner, new_record=town.chance(0.3))
        town.truth.must("EN-04", person, "HMD", "the title to the home was corrected to be somebody else's")
    else:
        hmd.transfer(town, person, town.units[-1], "TRANSFER_OUT", day)
        town.truth.must("EN-04", person, "HMD", "the home was sold")


def support_over(town: Town) -> None:
    """A tenancy, a subsidy or a place in the queue that has ended."""
    person, unit = _unhoused(town, town.some(450, 700))
    since, ended = unit.granted.day + 10, town.some(100, 200)
    what = town.pick(("tenancy", "subsidy", "place in the queue"))
    if what == "tenancy":
        lease = hmd.let_public(town, hmd.build_unit(town, person.region, since - 400, rooms=1), [person], since)
        hmd.end_public(town, lease, ended)
    elif what == "subsidy":
        subsidy = public_housing.start_subsidy(town, person, month_of(since), since)
        public_housing.stop_subsidy(town, subsidy, month_of(ended), ended)
    else:
        public_housing.qualify(town, person, since, valid_until=ended)
    town.truth.must("EN-04", person, "HMD", f"the {what} ended, no application since")


def support_taken_back(town: Town) -> None:
    person, unit = _unhoused(town, town.some(450, 700))
    since = unit.granted.day + 10
    if town.chance(0.5):
        wrong = public_housing.start_subsidy(town, person, month_of(since), since).started
    else:
        wrong = public_housing.qualify(town, person, since, result=town.pick(("APPROVED", "REJECTED")))
    town.ledger.cancel(wrong, town.some(35, 200), new_record=town.chance(0.3), late=town.chance(0.2))
    town.truth.must("EN-04", person, "HMD", "the support on record was entered in error and cancelled")


def roomy_enough(town: Town) -> None:
    person = idle(town)
    granted = town.some(35, 700)
    if town.chance(0.5):
        aid_household(town, town.pick(_CLASSES), [person], granted)
        town.truth.must_not("EN-04", person, "a home of their own")
    else:
        others = [idle(town) for _ in range(2)]
        give_home(town, others[0], granted - 900, area="45.00")
        mca.grant_aid(town, "DB", [person, *others], granted)
        town.truth.must_not("EN-04", person, "15 square metres a head, not less")


def supported(town: Town) -> None:
    """In a public rental, subsidised, in the queue, or turned down: all of it is an answer."""
    person, unit = _unhoused(town, town.some(60, 700))
    since = unit.granted.day + town.rng.randint(5, 50)
    what = town.pick(("in a public rental", "gets a rent subsidy", "in the queue", "application turned down"))
    if what == "in a public rental":
        hmd.let_public(town, hmd.build_unit(town, person.region, since - 400, rooms=1), [person], since)
    elif what == "gets a rent subsidy":
        public_housing.start_subsidy(town, person, month_of(since), since, late=town.chance(0.2))
    elif what == "in the queue":
        public_housing.qualify(town, person, since, valid_until=town.today + 200, late=town.chance(0.2))
    else:
        public_housing.qualify(town, person, since, result="REJECTED")
    town.truth.must_not("EN-04", person, what)


def home_by_correction(town: Town) -> None:
    """A title filed for somebody else by mistake is theirs."""
    (person, _), other = _unhoused(town, town.some(300, 700)), idle(town)
    title = give_home(town, other, town.some(250, 290))
    town.ledger.correct(title, town.some(10, 200), person=person, new_record=town.chance(0.3), late=town.chance(0.2))
    town.truth.must_not("EN-04", person, "the home came by correction")


def other_aid_unhoused(town: Town) -> None:
    if town.chance(0.4):
        person, _ = _unhoused(town, town.some(35, 700), town.pick(("TK_CENTRAL", "LS")))
        town.truth.must_not("EN-04", person, "this class of aid brings no housing")
    else:
        person, unit = _unhoused(town, town.some(300, 700))
        if town.chance(0.5):
            mca.change_aid(town, unit, town.pick(("TERMINATE", "SUSPEND", "HAND_OVER")), town.some(10, 200))
            town.truth.must_not("EN-04", person, "off aid")
        else:
            town.ledger.cancel(unit.granted, town.some(10, 200), new_record=town.chance(0.3))
            town.truth.must_not("EN-04", person, "the grant of aid was cancelled")


def unhoused_lately(town: Town) -> None:
    person, _ = _unhoused(town, town.some(3, 25))
    town.truth.must_not("EN-04", person, "grace of 30 days still running")


CASES: tuple[tuple[Case, float], ...] = (
    (no_home, 1),
    (supported, 1.5),
    (cramped, 1),
    (roomy_enough, 1),
    (home_lost, 1),
    (support_over, 1),
    (support_taken_back, 0.5),
    (only_a_shop, 0.5),
    (cramped_by_one_more, 0.5),
    (home_by_correction, 0.5),
    (other_aid_unhoused, 1),
    (unhoused_lately, 0.5),
)
"""Cases with how many of each a thousand people bring."""
