"""Whom a case may use, and the steps many cases share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hub.simulate import hmd, hrss, mca, psb
from hub.simulate.days import Day
from hub.simulate.ledger import Filing
from hub.simulate.people import Pension, Person
from hub.simulate.town import NobodyLeftError, Town, Wanted

Case = Callable[[Town], None]
SETTLED = 430
"""Days somebody has been here, or drawn a pension, before a case begins."""
OLDEST = 78
"""Whom a case takes is younger than the old-age allowance, unless the case is about that."""
HOME = "90.00"
"""Square metres of an ordinary home: enough for any household."""
NON_POLICE = ("HRSS", "MCA", "HMD")


def grown_up(town: Town, low: int = 24, high: int = 53) -> Wanted:
    """Somebody local of working age without a pension."""
    return lambda person: low <= town.age(person) <= high and person.pension is None and _local(town, person)


def single(town: Town, sex: str) -> Wanted:
    """An unmarried grown-up of one sex."""
    wanted = grown_up(town)
    return lambda person: person.sex == sex and person.spouse is None and wanted(person)


def pensioner(town: Town, low: int = 61, high: int = OLDEST) -> Wanted:
    """Somebody local over sixty who has drawn a pension for a while."""
    return lambda person: low <= town.age(person) <= high and _draws(town, person) and _local(town, person)


def resident_pensioner(town: Town, low: int = 61, high: int = OLDEST) -> Wanted:
    """A pensioner of the residents' scheme: nobody claims a survivors' grant for them."""
    wanted = pensioner(town, low, high)
    return lambda person: wanted(person) and person.pension is not None and person.pension.kind == "RES"


def lonely_pensioner(town: Town) -> Wanted:
    """A pensioner who is nobody's spouse or parent here."""
    wanted = pensioner(town)
    return lambda person: len(person.household.members) == 1 and wanted(person)


def outsider(town: Town, low: int, high: int) -> Wanted:
    """Somebody who lives here without a hukou here."""
    return lambda person: person.outsider and low <= town.age(person) <= high


def _local(town: Town, person: Person) -> bool:
    arrived = person.household.arrived
    return not person.outsider and max(arrived, person.birth) < town.ago(SETTLED)


def _draws(town: Town, person: Person) -> bool:
    return person.pension is not None and person.pension.granted < town.ago(SETTLED) and town.age(person) >= 61


def take_pensioner(town: Town, low: int = 61, high: int = OLDEST) -> tuple[Person, Pension]:
    """A pensioner and the pension."""
    person = town.take(pensioner(town, low, high))
    if person.pension is None:
        raise NobodyLeftError
    return person, person.pension


def without_pension(town: Town, wanted: Wanted | None = None) -> Person:
    """Somebody over sixty who never drew a pension or worked as an employee."""
    person = town.take(wanted or pensioner(town))
    person.pension = person.retired = person.scheme = person.enrolled = None
    return person


def take_lodger(town: Town) -> Person:
    """A grown-up to live in a public rental: nobody else of the household has a part in any case, then or later."""
    wanted = grown_up(town)
    person = town.take(
        lambda person: (
            wanted(person)
            and not any(
                member.rents or (member.reserved and member is not person) for member in person.household.members
            )
        )
    )
    for member in person.household.members:
        member.rents = True
        member.spared = member is not person
    return person


def give_home(town: Town, person: Person, day: Day, *, area: str = HOME) -> Filing:
    """A dwelling of somebody's own."""
    unit = hmd.build_unit(town, person.region, day - 90)
    return hmd.transfer(town, person, unit, "FIRST", day, area=area)


def aid_household(
    town: Town,
    aid_class: str,
    members: list[Person],
    day: Day,
    *,
    owner: Person | None = None,
    capacity: str | None = None,
    consent_until: Day | None = None,
    late: bool = False,
) -> mca.AidUnit:
    """People on aid who lack nothing: they live in a home of `owner`'s, by default the first one's, since long ago."""
    give_home(town, owner or members[0], day - town.rng.randint(1000, 3000))
    return mca.grant_aid(town, aid_class, members, day, capacity=capacity, consent_until=consent_until, late=late)


def harmless_record(
    town: Town, agency: str, person: Person, day: Day, ref: dict[str, Any] | None = None, *, late: bool = False
) -> Filing:
    """A record on which nothing else depends, whether it links or not."""
    if agency == "PSB":
        old, new = person.household.address, f"{person.household.address}附1号"
        return psb.change_item(town, person, day, "ADDRESS", old, new, ref=ref, late=late)
    if agency == "MCA":
        return mca.start_allowance(town, person, "DISABLED_LIVING", day, ref=ref, late=late).started
    if agency == "HRSS":
        return hrss.enrol(town, person, town.pick(("INJURY", "UNEMP", "PENSION_RES")), day, ref=ref, late=late)
    unit = hmd.build_unit(town, person.region, day - 300)
    return hmd.let(town, unit, person, day, day + 365, scope="ROOM", ref=ref, late=late).filed


def mend(town: Town, filing: Filing, recorded: Day) -> Filing:
    """Correct a record to what the register says of its person, in place or under a new record number."""
    payload = dict(filing.event["payload"])
    if filing.person is not None and "tenant" in payload:
        payload["tenant"] = filing.person.ref(recorded)
    return town.ledger.correct(filing, recorded, payload=payload, new_record=town.chance(0.25), late=town.chance(0.2))


def bury(
    town: Town,
    person: Person,
    died: Day,
    *,
    funeral: bool = True,
    police: bool = True,
    stop: bool = True,
    late: bool = False,
) -> None:
    """A death as offices should handle it, each within its time; single steps may be left out."""
    person.died = died
    handled = died + town.rng.randint(1, 3)
    if funeral:
        mca.hold_funeral(town, person, died, handled, handled + town.rng.randint(0, 2), late=late)
    if police:
        psb.register_death(town, person, died, died + town.rng.randint(3, 20), late=late)
    if stop:
        hrss.stop_after_death(town, person, died + town.rng.randint(6, 30), late=late)
