"""Founds the city: households with people of plausible ages, their work and their pensions. Nothing is filed here."""

from __future__ import annotations

from hub.simulate.days import Day, add_months, month_of, month_plus, on_day
from hub.simulate.numbers import COUNTIES
from hub.simulate.people import Household, Pension, Person
from hub.simulate.town import STREETS, Town

# Share of households of each kind; 23 in 100 people come out at sixty or more.
_HOUSEHOLDS = (
    ("old couple", 16),
    ("old alone", 9),
    ("couple", 14),
    ("family", 31),
    ("three generations", 12),
    ("alone", 13),
    ("outsider", 4),
    ("old outsider", 1),
)
_FIRST_DELAYED_BIRTH = {"1": 1965, "2": 1970}
PUBLIC_SERVICE_SHARE, EMPLOYED_SHARE = 0.15, 0.6


def found(town: Town, persons: int) -> None:
    """Fill the town with so many people."""
    kinds, weights = zip(*_HOUSEHOLDS, strict=True)
    while len(town.people) < persons:
        household = _new_household(town)
        _FOUNDERS[town.rng.choices(kinds, weights)[0]](town, household)
        room = persons - len(town.people)
        del household.members[room:]
        town.people.extend(household.members)
        town.households.append(household)
    for number, person in enumerate(town.people, 1):
        person.pid = f"P{number:06d}"
        _forget_absent(person)
        _give_work(town, person)


def _forget_absent(person: Person) -> None:
    """Drop relatives whom the head count cut off."""
    here = person.household.members
    person.spouse = person.spouse if person.spouse in here else None
    person.mother = person.mother if person.mother in here else None
    person.father = person.father if person.father in here else None


def retirement_day(person: Person) -> Day:
    """Statutory pension age of employees: men 60, women 55, later by a month for every four of birth from a year on."""
    years = 60 if person.sex == "1" else 55
    return add_months(person.birth, 12 * years + _delay(person, _FIRST_DELAYED_BIRTH[person.sex]))


def _delay(person: Person, first_year: int) -> int:
    month = month_of(person.birth)
    passed = (int(month[:4]) - first_year) * 12 + int(month[4:]) - 1
    return 0 if passed < 0 else min(36, passed // 4 + 1)


def _new_household(town: Town) -> Household:
    number = len(town.households) + 1
    region = town.region()
    newcomer = town.chance(0.05)
    arrived = town.some(10, town.today - town.start) if newcomer else on_day(1985, 1, 1) + town.rng.randrange(37 * 365)
    address = f"示例市{COUNTIES[region]}{STREETS[region]}{number % 40 + 1}社区{number}号"
    return Household(f"H{region}{number:07d}", region, address, min(arrived, town.ago(10)))


def _add(
    town: Town, household: Household, sex: str, age: tuple[float, float], relation: str, name: str | None = None
) -> Person:
    low, high = (int(years * 365.25) for years in age)
    birth = town.today - town.rng.randint(low, high)
    region = household.region if town.chance(0.8) else town.region()
    person = Person(
        pid="",
        sex=sex,
        birth=birth,
        id_no=town.numbers.citizen_number(region, birth, sex),
        name=name or town.names.draw(sex),
        household=household,
        relation=relation,
    )
    household.members.append(person)
    return person


def _couple(town: Town, household: Household, age: tuple[float, float]) -> tuple[Person, Person]:
    husband = _add(town, household, "1", age, "02")
    years = (town.today - husband.birth) / 365.25
    wife = _add(town, household, "2", (max(age[0], years - 5), max(age[0], years + 1)), "10")
    husband.spouse, wife.spouse = wife, husband
    return husband, wife


def _children(town: Town, household: Household, father: Person, mother: Person) -> None:
    oldest = min(21.0, (town.today - max(father.birth, mother.birth)) / 365.25 - 21)
    for _ in range(1 if town.chance(0.55) else 2):
        if oldest <= 0.2:
            return
        sex = town.pick("12")
        child = _add(
            town, household, sex, (0.1, oldest), "20" if sex == "1" else "30", town.names.draw_child(father.name, sex)
        )
        child.father, child.mother = father, mother


def _old_couple(town: Town, household: Household) -> None:
    _couple(town, household, (61, 88))


def _old_alone(town: Town, household: Household) -> None:
    _add(town, household, town.pick("122"), (62, 93), "02")


def _young_couple(town: Town, household: Household) -> None:
    _couple(town, household, (24, 59))


def _family(town: Town, household: Household) -> None:
    father, mother = _couple(town, household, (24, 50))
    _children(town, household, father, mother)


def _three_generations(town: Town, household: Household) -> None:
    father, mother = _couple(town, household, (26, 46))
    _children(town, household, father, mother)
    sex = town.pick("12")
    years = (town.today - father.birth) / 365.25
    elder = _add(town, household, sex, (years + 22, years + 32), "51" if sex == "1" else "52")
    if sex == "1":
        father.father = elder
    else:
        father.mother = elder


def _alone(town: Town, household: Household) -> None:
    _add(town, household, town.pick("12"), (20, 59), "02")


def _outsider(town: Town, household: Household) -> None:
    _add(town, household, town.pick("12"), (20, 55), "02").outsider = True


def _old_outsider(town: Town, household: Household) -> None:
    _add(town, household, town.pick("12"), (62, 78), "02").outsider = True


_FOUNDERS = {
    "old couple": _old_couple,
    "old alone": _old_alone,
    "couple": _young_couple,
    "family": _family,
    "three generations": _three_generations,
    "alone": _alone,
    "outsider": _outsider,
    "old outsider": _old_outsider,
}


def _give_work(town: Town, person: Person) -> None:
    """Work life and pension: employees' from the statutory age, everybody else's from the month after sixty."""
    age = town.age(person)
    employee = age >= 20 and town.chance(EMPLOYED_SHARE if age < 58 else 0.4)
    kind = "GOV" if town.chance(PUBLIC_SERVICE_SHARE) else "EMP"
    if employee:
        person.enrolled = add_months(person.birth, 12 * 19 + town.rng.randrange(12))
        leaves = retirement_day(person)
        if leaves > town.ago(20):
            person.scheme = f"PENSION_{kind}"
            return
        person.retired = leaves
    if person.outsider:
        return
    due = person.retired or add_months(person.birth, 60 * 12)
    granted = due + town.rng.randrange(-5, 20)
    if granted > town.today or (not employee and age < 60):
        return
    person.pension = Pension(kind if employee else "RES", person.region, month_plus(month_of(due), 1), granted)
