"""Cases of rule RE-05: registered addresses that lead to no dwelling, to several, or to one that is gone."""

from __future__ import annotations

from collections.abc import Callable

from hub.simulate import guests, hmd, residence
from hub.simulate.casting import Case
from hub.simulate.days import Day
from hub.simulate.numbers import COUNTIES
from hub.simulate.people import Person
from hub.simulate.residence import Registration
from hub.simulate.town import STREETS, Town, Unit

_WHY = "the registered address leads to no dwelling"


def _place(town: Town) -> tuple[str, str]:
    """A county, and a house number of a road there that nothing else stands at."""
    region = town.region()
    road = town.pick(("滨湖路", "新华路", "建设路", "文化路"))
    number = 1000 + len(town.guests) * 7 + town.rng.randrange(7)
    return region, f"示例市{COUNTIES[region]}{STREETS[region]}{road}{number}号"


def _flat(town: Town, region: str, address: str) -> Unit:
    return hmd.build_unit(town, region, town.start - 300, address=address)


def _registered(
    town: Town, unit: Unit, since: Day, *, address: str | None = None, coded: bool = False
) -> tuple[Person, Registration]:
    person = guests.outsider(town)
    return person, residence.register(town, person, unit, since, address=address, coded=coded)


def _since(town: Town) -> Day:
    """Registered for weeks, and not for half a year."""
    return town.some(30, 170)


def _merged(town: Town, day: Day) -> tuple[Unit, Unit]:
    """Two dwellings made one some day: one of the two, and the new one."""
    region, place = _place(town)
    one, other = (_flat(town, region, f"{place}1栋1单元{room}室") for room in (101, 102))
    made = hmd.build_unit(town, region, day, address=f"{place}1栋1单元103室")
    for unit in (one, other):
        hmd.change_unit(town, unit, "MERGE", day, new=[made])
    return one, made


# --- must -------------------------------------------------------------------------------------------------------------


def address_of_no_dwelling(town: Town) -> None:
    region, place = _place(town)
    near = _flat(town, region, f"{place}1栋1单元101室")
    person, _ = _registered(town, near, _since(town), address=f"{place}1栋1单元909室")
    town.truth.must("RE-05", person, "PSB", _WHY)


def address_of_two_dwellings(town: Town) -> None:
    region, place = _place(town)
    one, _ = (_flat(town, region, f"{place}3栋{stair}单元501室") for stair in (1, 2))
    person, _ = _registered(town, one, _since(town), address=f"{place}3栋501室")
    town.truth.must("RE-05", person, "PSB", "the registered address fits two dwellings")


def dwelling_demolished(town: Town) -> None:
    unit = hmd.build_unit(town, town.region(), town.start - 300)
    person, _ = _registered(town, unit, _since(town), coded=True)
    hmd.change_unit(town, unit, "DEMOLISH", town.some(20, 300), late=town.chance(0.2))
    town.truth.must("RE-05", person, "PSB", "the dwelling was demolished")


def dwelling_merged(town: Town) -> None:
    one, made = _merged(town, town.some(20, 120))
    person, _ = _registered(town, one, town.some(130, 170), coded=True)
    settled, _ = _registered(town, made, town.some(15, 19), coded=True)
    town.truth.must("RE-05", person, "PSB", "the dwelling was merged into another")
    town.truth.must_not("RE-05", settled, "registered at the dwelling made of the two")


def address_corrected_for_the_worse(town: Town) -> None:
    region, place = _place(town)
    unit = _flat(town, region, f"{place}2栋1单元201室")
    person, registration = _registered(town, unit, town.some(100, 170))
    payload = dict(registration.opened.event["payload"], address=f"{place}8栋1单元201室")
    town.ledger.correct(
        registration.opened, town.some(24, 90), payload=payload, new_record=town.chance(0.3), late=town.chance(0.2)
    )
    town.truth.must("RE-05", person, "PSB", "the address was corrected to one of no dwelling")


def dwelling_was_an_error(town: Town) -> None:
    """The house file took back the dwelling the address led to."""
    region, place = _place(town)
    unit, _ = _flat(town, region, f"{place}5栋1单元301室"), _flat(town, region, f"{place}5栋1单元302室")
    person, _ = _registered(town, unit, town.some(60, 170))
    if unit.created is not None:
        town.ledger.cancel(unit.created, town.some(24, 50), new_record=town.chance(0.3))
    town.truth.must("RE-05", person, "PSB", "the only dwelling of that address was an error of the house file")


# --- must not ---------------------------------------------------------------------------------------------------------


def dwelling_known(town: Town) -> None:
    """By its code, or by an address written in another way."""
    region, place = _place(town)
    unit = _flat(town, region, f"{place}3栋2单元501室")
    spellings = (
        f"{place}3幢2单元501",
        f"{place}三栋二单元五〇一室",
        f"{place}3号楼2门501房",
        f"{place}03栋2单元0501室",
    )
    address = None if town.chance(0.3) else town.pick(spellings)
    person, _ = _registered(town, unit, _since(town), address=address, coded=address is None)
    town.truth.must_not("RE-05", person, "the address leads to one dwelling")


def dwelling_without_a_staircase(town: Town) -> None:
    region, place = _place(town)
    unit = _flat(town, region, f"{place}3栋2单元501室")
    person, _ = _registered(town, unit, _since(town), address=f"{place}3栋501室")
    town.truth.must_not("RE-05", person, "the staircase is missing, and only one dwelling fits")


def house_in_the_countryside(town: Town) -> None:
    unit = hmd.build_unit(town, "429803", town.start - 300)
    address = town.pick(
        ("示例市江北县马祖镇马祖村5组12号", "示例市江北县马祖镇柳河村3组", "示例市江北县马祖镇工地工棚")
    )
    person, _ = _registered(town, unit, _since(town), address=address)
    town.truth.must_not("RE-05", person, "a house without a room number")


def _sign_off(town: Town, registration: Registration, day: Day) -> None:
    residence.change(town, registration, "CANCEL", day, late=town.chance(0.3))


def _move(town: Town, registration: Registration, day: Day) -> None:
    unit = hmd.build_unit(town, town.region(), town.start - 300)
    residence.change(town, registration, "MOVE", day, unit=unit, late=town.chance(0.3))


def _take_back(town: Town, registration: Registration, day: Day) -> None:
    town.ledger.cancel(registration.opened, day, new_record=town.chance(0.3), late=town.chance(0.3))


def _add_code(town: Town, registration: Registration, day: Day) -> None:
    payload = dict(registration.opened.event["payload"], unit_code=registration.unit.code)
    town.ledger.correct(registration.opened, day, payload=payload, new_record=town.chance(0.3), late=town.chance(0.3))


_SETTLED: tuple[tuple[str, Callable[[Town, Registration, Day], None]], ...] = (
    ("signed off", _sign_off),
    ("moved to a known dwelling", _move),
    ("the registration was cancelled as an error", _take_back),
    ("the police wrote down the dwelling", _add_code),
)


def address_settled(town: Town) -> None:
    """The police put it right: the registration ended, moved, was an error, or got its dwelling."""
    region, place = _place(town)
    unit = _flat(town, region, f"{place}1栋1单元101室")
    person, registration = _registered(town, unit, town.some(70, 170), address=f"{place}1栋1单元909室")
    why, settle = town.rng.choice(_SETTLED)
    settle(town, registration, town.some(12, 60))
    town.truth.must_not("RE-05", person, why)


def dwelling_added(town: Town) -> None:
    """Housing entered the missing dwelling, or gave the one there the address people use."""
    region, place = _place(town)
    there = _flat(town, region, f"{place}6栋1单元601室")
    person, _ = _registered(town, there, town.some(70, 170), address=f"{place}6栋1单元602室")
    if town.chance(0.5):
        hmd.build_unit(town, region, town.some(12, 60), address=f"{place}6栋1单元602室")
        town.truth.must_not("RE-05", person, "the missing dwelling was entered")
    else:
        there.address = f"{place}6栋1单元602室"
        hmd.change_unit(town, there, "RENAME_ADDRESS", town.some(12, 60), late=town.chance(0.3))
        town.truth.must_not("RE-05", person, "the dwelling got that address")


def end_of_dwelling_taken_back(town: Town) -> None:
    unit = hmd.build_unit(town, town.region(), town.start - 300)
    person, _ = _registered(town, unit, town.some(120, 170), coded=True)
    gone = hmd.change_unit(town, unit, "DEMOLISH", town.some(60, 110))
    town.ledger.cancel(gone, town.some(12, 50), new_record=town.chance(0.3), late=town.chance(0.3))
    town.truth.must_not("RE-05", person, "the demolition was cancelled")


def just_registered(town: Town) -> None:
    region, place = _place(town)
    unit = _flat(town, region, f"{place}1栋1单元101室")
    person, _ = _registered(town, unit, town.some(2, 10), address=f"{place}1栋1单元909室")
    town.truth.must_not("RE-05", person, "grace of 14 days still running")


CASES: tuple[tuple[Case, float], ...] = (
    (address_of_no_dwelling, 1),
    (dwelling_known, 1),
    (dwelling_demolished, 1),
    (address_settled, 1.5),
    (address_of_two_dwellings, 0.5),
    (dwelling_without_a_staircase, 0.5),
    (dwelling_merged, 0.5),
    (house_in_the_countryside, 0.5),
    (address_corrected_for_the_worse, 0.5),
    (dwelling_added, 0.5),
    (dwelling_was_an_error, 0.5),
    (end_of_dwelling_taken_back, 0.5),
    (just_registered, 0.5),
)
"""Cases with how many of each a thousand people bring."""
