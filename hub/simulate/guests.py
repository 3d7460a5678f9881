"""People who come to town with a case, so that it takes nobody from ordinary life and knows everything about them."""

from __future__ import annotations

from hub.simulate import psb
from hub.simulate.casting import SETTLED
from hub.simulate.days import Day
from hub.simulate.numbers import COUNTIES
from hub.simulate.people import Household, Person
from hub.simulate.town import STREETS, Town

ORIGINS = ("420503", "420606", "421002", "430102")
"""Where outsiders have their hukou: only the region is ever named, nobody's number comes from there."""


def outsider(town: Town, *, age: tuple[int, int] = (22, 50), sex: str | None = None) -> Person:
    """Somebody from elsewhere of whom no register here has heard yet."""
    person = _person(town, _home(town, town.region(), town.start), age, sex, "02")
    person.outsider, person.origin = True, town.pick(ORIGINS)
    return person


def local(
    town: Town,
    *,
    age: tuple[int, int] = (24, 50),
    sex: str | None = None,
    home: Household | None = None,
    relation: str = "02",
    region: str | None = None,
    name: str | None = None,
    born: Day | None = None,
    late: bool = False,
) -> Person:
    """Somebody with a hukou here, entered in the register; of nothing else anybody knows."""
    person = stranger(town, age=age, sex=sex, home=home, relation=relation, region=region, name=name, born=born)
    psb.register(town, person, late=late)
    return person


def stranger(
    town: Town,
    *,
    age: tuple[int, int] = (24, 50),
    sex: str | None = None,
    home: Household | None = None,
    relation: str = "02",
    region: str | None = None,
    name: str | None = None,
    born: Day | None = None,
) -> Person:
    """A person of whom nothing is filed: the case does it, or they are a name in somebody else's record."""
    where = home or _home(town, region or town.region(), town.start - SETTLED)
    return _person(town, where, age, sex, relation, name, born)


def couple(town: Town, *, age: tuple[int, int] = (27, 50)) -> tuple[Person, Person]:
    """A man and a woman of two households, both in the register."""
    return local(town, age=age, sex="1"), local(town, age=age, sex="2")


def _home(town: Town, region: str, arrived: Day) -> Household:
    number = len(town.guests) + 1
    address = f"示例市{COUNTIES[region]}{STREETS[region]}{number % 40 + 41}社区{number}号"
    return Household(f"H{region}8{number:06d}", region, address, arrived)


def _person(
    town: Town,
    home: Household,
    age: tuple[int, int],
    sex: str | None,
    relation: str,
    name: str | None = None,
    born: Day | None = None,
) -> Person:
    sex = sex or town.pick("12")
    birth = town.today - town.rng.randint(int(age[0] * 365.25), int(age[1] * 365.25)) if born is None else born
    person = Person(
        pid=f"G{len(town.guests) + 1:06d}",
        sex=sex,
        birth=birth,
        id_no=town.numbers.citizen_number(home.region, birth, sex),
        name=name or town.names.draw(sex),
        household=home,
        relation=relation,
        reserved=True,
    )
    town.guests.append(person)
    home.members.append(person)
    return person
