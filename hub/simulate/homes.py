"""Ordinary homes: titles, sales, and private leases that follow one another without overlapping."""

from __future__ import annotations

from hub.simulate import hmd
from hub.simulate.days import Day
from hub.simulate.people import Household, Person
from hub.simulate.town import Town, Unit

_OWNER_SHARE, _SALE_SHARE, _LET_SHARE = 0.6, 0.03, 0.07
_GAP = 20
"""Days a dwelling is empty between two tenancies."""


def own_home(town: Town, household: Household) -> None:
    """Most households own the dwelling they live in; some sell it. Those on aid were settled with their aid."""
    head = household.head
    cared_for = any(member.rents or member.on_aid for member in household.members)
    if head.outsider or head.reserved or cared_for or town.age(head) < 20 or not town.chance(_OWNER_SHARE):
        return
    since = town.some(60, 9000)
    unit = hmd.build_unit(town, household.region, since - 90)
    spouse = head.spouse if head.spouse in household.members and town.chance(0.3) else None
    share = (1, 2) if spouse else (1, 1)
    if head.alive(since):
        hmd.transfer(town, head, unit, "FIRST", since, share=share)
    if spouse and spouse.alive(since):
        hmd.transfer(town, spouse, unit, "FIRST", since, share=share)
    if not spouse and head.died is None and town.chance(_SALE_SHARE) and since < town.ago(200):
        _sell(town, head, unit, town.some(10, 190))


def _sell(town: Town, seller: Person, unit: Unit, day: Day) -> None:
    buyer = town.bystander(lambda person: person is not seller and may_buy(person))
    hmd.transfer(town, seller, unit, "TRANSFER_OUT", day)
    hmd.transfer(town, buyer, unit, "TRANSFER_IN", day)


def may_buy(person: Person) -> bool:
    """Whether a dwelling more is nobody's concern: nor the city's that rents to the wife, or to the husband (EC-01)."""
    rents = person.rents or (person.spouse is not None and person.spouse.rents)
    return not (person.outsider or rents or person.on_aid)


def may_rent(person: Person, unit: Unit) -> bool:
    """Whether it is nobody's concern that somebody lives there: in their own county, registered nowhere else."""
    couple = (person, person.spouse) if person.spouse else (person,)
    return person.origin is None and all(one.region == unit.region for one in couple)


def let_homes(town: Town) -> None:
    """Dwellings to let: whole ones, one tenancy after another, and shared ones, room by room."""
    for _ in range(round(len(town.people) * _LET_SHARE)):
        owner = town.bystander(may_buy)
        unit = hmd.build_unit(town, owner.region, town.start - 500)
        hmd.transfer(town, owner, unit, "FIRST", town.start - 450)
        if town.chance(0.2):
            for _ in range(3):
                _tenancies(town, unit, owner, "ROOM")
        else:
            _tenancies(town, unit, owner, "WHOLE")


def _tenancies(town: Town, unit: Unit, owner: Person, scope: str) -> None:
    day = town.start - town.rng.randrange(300)
    while day < town.ago(5):
        tenant = town.bystander(lambda person: person is not owner and may_rent(person, unit))
        end = day + town.pick_days(180, 365, 730)
        recorded = max(day, day + town.rng.randint(-3, 10))
        lease = hmd.let(town, unit, tenant, day, end, recorded=min(recorded, town.today), scope=scope, lessor=owner)
        leaves = day + town.rng.randint(60, 170)
        if town.chance(0.25) and leaves < town.ago(8):
            hmd.end_lease(town, lease, leaves, leaves + town.rng.randint(0, 5))
            end = leaves
        elif town.chance(0.1) and end < town.ago(8):
            hmd.end_lease(town, lease, end - 10, end - 10, extend_to=end + 180)
            end += 180
        day = end + _GAP + town.rng.randrange(60)
