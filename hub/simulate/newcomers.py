"""Ordinary newcomers: they register where they rent, get a permit after half a year and have it endorsed every year."""

from __future__ import annotations

from hub.simulate import hmd, residence
from hub.simulate.days import Day
from hub.simulate.guests import ORIGINS
from hub.simulate.people import Person
from hub.simulate.residence import YEAR
from hub.simulate.town import Town

_REGISTERED_SHARE, _PERMIT_SHARE, _ENDORSED_SHARE, _LEFT_SHARE = 0.7, 0.75, 0.85, 0.1
_HALF_YEAR, _SURELY_DUE = 183, 215
"""Days until a permit may be had, and days after which who has none is surely told so."""
_MONTH = 30


def settle(town: Town, person: Person) -> None:
    """What the police know of somebody from elsewhere: in most cases something, if no case knows them already."""
    used = person.reserved or person.spared or person.died is not None
    if not person.outsider or used or not town.chance(_REGISTERED_SHARE):
        return
    person.origin = town.pick(ORIGINS)
    since = town.some(12, 165) if town.chance(0.3) else town.some(_SURELY_DUE + 5, 1200)
    unit = hmd.build_unit(town, person.region, since - 400)
    leaves = town.some(15, 150) if since < town.ago(_SURELY_DUE + 90) and town.chance(_LEFT_SHARE) else None
    hmd.let(town, unit, person, since, leaves or town.today + YEAR, recorded=since + town.rng.randint(0, 3))
    registration = residence.register(town, person, unit, since, recorded=since + town.rng.randint(0, 9))
    if leaves is not None:
        residence.change(town, registration, "CANCEL", leaves - town.rng.randint(0, 3))
    elif since < town.ago(_SURELY_DUE):
        _hold_permit(town, person, since)


def _hold_permit(town: Town, person: Person, since: Day) -> None:
    """A permit, and one endorsement after the other in the month before each full year; or none."""
    if not town.chance(_PERMIT_SHARE):
        town.truth.must("RE-06", person, "RESIDENT_SERVICE", "half a year and a home here, no permit")
        return
    issued = since + _HALF_YEAR + town.rng.randint(3, 30)
    until = issued + YEAR
    permit = residence.issue_permit(town, person, min(issued, town.ago(1)), until)
    while until - _MONTH <= town.today:
        endorsed = until - town.rng.randint(1, _MONTH - 2)
        if endorsed > town.ago(1) or not town.chance(_ENDORSED_SHARE):
            town.truth.must("RE-03", person, "RESIDENT_SERVICE", "the permit was not endorsed yet")
            return
        until += YEAR
        residence.change_permit(town, permit, "ENDORSE", endorsed, until)
