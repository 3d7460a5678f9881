"""Ordinary aid units and public tenancies: granted, changed, and settled after deaths as they should be."""

from __future__ import annotations

from hub.simulate import hmd, mca
from hub.simulate.days import Day
from hub.simulate.people import Household, Person
from hub.simulate.town import Town

_AID_SHARE, _RENTAL_SHARE = 0.035, 0.02
_AID_CLASSES, _AID_WEIGHTS = ("DB", "TK_HOME", "DBBY", "GX"), (6, 2, 2, 1)


def give_support(town: Town, household: Household) -> None:
    """Aid or a public tenancy for some households. Members used in cases are left out."""
    if household.arrived > town.ago(150) or any(member.outsider for member in household.members):
        return
    if town.chance(_AID_SHARE):
        _aid(town, household)
    if town.chance(_RENTAL_SHARE):
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
    unit = mca.grant_aid(town, aid_class, members, granted)
    ends = town.rng.randint(granted + 40, town.ago(20)) if town.chance(0.12) else None
    for day, step in sorted(_plan(town, household, unit, granted), key=lambda item: item[0]):
        if ends is None or day < ends:
            step(day)
    if ends is not None and unit.active:
        mca.change_aid(town, unit, "TERMINATE", ends, reason=town.pick(("INCOME", "REQUEST")))


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
    unit = hmd.build_unit(town, household.region, start - 400, rooms=2)
    lease = hmd.let_public(town, unit, members, start)
    deaths = [member.died for member in members if member.died is not None]
    if len(deaths) == len(members):
        hmd.end_public(town, lease, max(deaths) + town.rng.randint(5, 40), ground="DEATH")
    elif town.chance(0.15) and not deaths:
        hmd.end_public(town, lease, town.rng.randint(start + 60, town.ago(9)))
