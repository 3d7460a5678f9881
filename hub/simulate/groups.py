"""Ordinary aid units and public tenancies: granted, changed, and settled after deaths as they should be."""

from __future__ import annotations

from hub.simulate import hmd, jobs, mca, public_housing
from hub.simulate.casting import give_home
from hub.simulate.days import Day, month_of
from hub.simulate.people import Household, Person
from hub.simulate.town import Town

_AID_SHARE, _RENTAL_SHARE = 0.045, 0.025
_UNHOUSED_SHARE, _SUBSIDY_SHARE, _ABLE_SHARE = 0.1, 0.15, 0.4
_SURE_DAYS = 120
"""Days since a grant after which what it lacks is surely an alert."""
_AID_CLASSES, _AID_WEIGHTS = ("DB", "TK_HOME", "DBBY", "GX"), (6, 2, 2, 1)


def give_support(town: Town, household: Household) -> None:
    """Aid or a public tenancy for some households. Those that own something already, or have a case, are left out."""
    unfit = any(
        member.outsider or member.reserved or member.gone or member.owns or member.rents for member in household.members
    )
    if household.arrived > town.ago(150) or unfit:
        return
    if town.chance(_AID_SHARE):
        _aid(town, household)
    if town.chance(_RENTAL_SHARE) and not any(member.rents for member in household.members):
        _public_rental(town, household)


def _living(household: Household, day: Day) -> list[Person]:
    return [
        member
        for member in household.members
        if not member.reserved and member.registered < day and member.alive(day + 40)
    ]


def _aid(town: Town, household: Household) -> None:
    granted = town.some(100, 1500)
    members = _living(household, granted) if granted > household.arrived else []
    if not members or (members[0].relation in ("20", "30") and town.age(members[0]) < 18):
        return
    aid_class = town.rng.choices(_AID_CLASSES, _AID_WEIGHTS)[0]
    if aid_class == "TK_HOME":
        members = members[:1]
    keeper = _keeper(town, members)
    if keeper is None or any(_starts_work(member, granted) for member in members):
        return
    ends = town.rng.randint(granted + 40, town.ago(20)) if town.chance(0.12) else None
    lasts = ends is None and keeper.died is None
    unit = mca.grant_aid(town, aid_class, members, granted, able=_able(town, aid_class, members, granted, lasts))
    _house(town, unit, keeper, granted, lasts)
    for day, step in sorted(_plan(town, household, unit, granted), key=lambda item: item[0]):
        if ends is None or day < ends:
            step(day)
    if ends is not None and unit.active:
        mca.change_aid(town, unit, "TERMINATE", ends, reason=town.pick(("INCOME", "REQUEST")))


def _keeper(town: Town, members: list[Person]) -> Person | None:
    """Who owns the home: an adult who outlives the others' deaths. None where children would be left without one."""
    adults = [member for member in members if town.age(member) >= 26]
    staying = [member for member in adults if member.died is None]
    orphans = any(member.died is None for member in members) and not staying
    return None if orphans else next(iter((*staying, *adults)), None)


def _starts_work(member: Person, granted: Day) -> bool:
    """Whether somebody's work as an employee begins after the grant: aid would have to be reviewed."""
    return member.scheme is not None and (member.enrolled or granted) > granted - 60


def _able(town: Town, aid_class: str, members: list[Person], granted: Day, lasts: bool) -> Person | None:
    """A member able to work and without work; most of them register as looking for some."""
    if aid_class not in ("DB", "DBBY", "GX") or not town.chance(_ABLE_SHARE):
        return None
    idle = [m for m in members if 20 <= town.age(m) <= 55 and m.scheme is None and m.pension is None and m.died is None]
    if not idle or not (lasts and granted < town.ago(_SURE_DAYS)):
        return None
    if town.chance(0.75):
        jobs.change_work(town, idle[0], "UNEMPLOYED_REGISTERED", granted + town.rng.randint(-60, 80))
    else:
        town.truth.must("EN-07", idle[0], "HRSS", "able to work, neither at work nor looking for it")
    return idle[0]


def _house(town: Town, unit: mca.AidUnit, keeper: Person, granted: Day, lasts: bool) -> None:
    """A home from long before any aid, a rent subsidy since the grant, or neither."""
    # Whom the invitation is for when the applicant has died is nothing the city could know.
    invited = unit.applicant.died is None
    if lasts and granted < town.ago(_SURE_DAYS) and invited and town.chance(_UNHOUSED_SHARE):
        for member in keeper.household.members:
            member.rents = True  # no tenancy of another kind, and no dwelling of their own, comes in between
        if unit.granted.event["payload"]["aid_class"] != "TK_CENTRAL":
            town.truth.must("EN-04", unit.applicant, "HMD", "no home, no public housing, no subsidy")
    elif town.chance(_SUBSIDY_SHARE):
        for member in keeper.household.members:
            member.rents = True
        public_housing.start_subsidy(town, keeper, month_of(granted), granted + town.rng.randint(0, 20))
    else:
        give_home(town, keeper, town.some(1800, 9000))


def _plan(town: Town, household: Household, unit: mca.AidUnit, granted: Day) -> list[tuple[Day, _Step]]:
    steps: list[tuple[Day, _Step]] = []
    steps.extend(
        (member.died + town.rng.randint(5, 40), _Step(town, unit, member, "leaves"))
        for member in unit.members
        if member.died is not None
    )
    for child in household.members:
        arrives = child.registered + town.rng.randint(5, 20)
        if child.registered > granted and arrives < town.ago(30) and len(unit.members) > 1 and not child.reserved:
            steps.append((arrives, _Step(town, unit, child, "joins")))
    if town.chance(0.4):
        steps.append((town.rng.randint(granted + 30, town.ago(10)), _Step(town, unit, None, "reviewed")))
    return steps


class _Step:
    """One change of an aid unit, done when its day comes."""

    def __init__(self, town: Town, unit: mca.AidUnit, member: Person | None, what: str) -> None:
        self._town, self._unit, self._member, self._what = town, unit, member, what

    def __call__(self, day: Day) -> None:
        town, unit, member = self._town, self._unit, self._member
        if not unit.active:
            return
        if self._what == "reviewed":
            mca.change_aid(town, unit, "ADJUST", day)
        elif self._what == "joins":
            mca.change_aid(town, unit, "ADD_MEMBER", day, member=member, reason="OTHER")
        elif len(unit.members) > 1:
            mca.change_aid(town, unit, "REMOVE_MEMBER", day, member=member, reason="DEATH")
        else:
            mca.change_aid(town, unit, "TERMINATE", day, reason="DEATH")


def _public_rental(town: Town, household: Household) -> None:
    start = town.some(90, 1000)
    members = _living(household, start) if start > household.arrived else []
    if not members or town.age(members[0], start) < 18:
        return
    unit = hmd.build_unit(town, household.region, start - 400, rooms=max(2, (len(members) + 1) // 2))
    lease = hmd.let_public(town, unit, members, start)
    deaths = [member.died for member in members if member.died is not None]
    if len(deaths) == len(members):
        hmd.end_public(town, lease, max(deaths) + town.rng.randint(5, 40), ground="DEATH")
    elif town.chance(0.15) and not deaths:
        hmd.end_public(town, lease, town.rng.randint(start + 60, town.ago(9)))
