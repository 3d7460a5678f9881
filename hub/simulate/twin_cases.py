"""Cases of rule ID-03: one person under two numbers, and people who only look like it."""

from __future__ import annotations

from datetime import date

from hub.simulate import guests, hmd, hrss, mca, names, psb
from hub.simulate.casting import Case
from hub.simulate.days import Day
from hub.simulate.ledger import Filing
from hub.simulate.numbers import id_check
from hub.simulate.people import Household, Person
from hub.simulate.town import Town

_CROWD = 22
"""Members of a collective household: more than any family has."""


def _twice(
    town: Town, person: Person, home: Household, *, name: str | None = None, number: str | None = None
) -> Person:
    """The same person once more, under a second number: to the offices it is somebody else."""
    double = guests.stranger(
        town, home=home, sex=person.sex, relation="97", name=name or person.name, born=person.birth
    )
    double.pid = person.pid
    double.mother, double.father = person.mother, person.father
    if number:
        double.id_no = number
    return double


def _enter(town: Town, person: Person, day: Day, *, late: bool = False) -> Filing:
    """Enter somebody on a page of the register some day, wherever they were before."""
    payload = {
        "household_no": person.household.number,
        "hukou_address": person.household.address,
        "hukou_region": person.household.region,
        "move_type": "WITHIN_CITY",
        "certificate_no": None,
        "relation_to_head": person.relation,
    }
    return town.ledger.file("psb.migrated_in", person, payload, on=day, late=late)


def _doubled(town: Town, day: Day, *, name: str | None = None, late: bool = False) -> tuple[Person, Person, Filing]:
    """Somebody on a page of the register, entered there again under another number."""
    person = guests.local(town)
    double = _twice(town, person, person.household, name=name)
    return person, double, _enter(town, double, day, late=late)


# --- must -------------------------------------------------------------------------------------------------------------


def registered_twice(town: Town) -> None:
    person, _, _ = _doubled(town, town.some(30, 400), late=town.chance(0.2))
    town.truth.must("ID-03", person, "PSB", "on one page of the register under two numbers")


def registered_twice_in_other_characters(town: Town) -> None:
    person = guests.local(town, sex="1", name=_with_traditional(town))
    double = _twice(town, person, person.household, name=names.traditional(person.name))
    _enter(town, double, town.some(30, 400))
    town.truth.must("ID-03", person, "PSB", "on one page under two numbers, once in traditional characters")


def _with_traditional(town: Town) -> str:
    while True:
        name = town.names.draw("1")
        if names.traditional(name) != name and not names.is_dotted(name):
            return name


def child_on_both_pages(town: Town) -> None:
    """A birth registered by the mother's family and by the father's, each with a number of its own."""
    father, mother = guests.couple(town)
    child = _child_of(town, mother, father)
    double = _twice(town, child, father.household)
    psb.register(town, child)
    psb.register(town, double)
    town.truth.must("ID-03", child, "PSB", "one birth registered on the page of either parent")


def _child_of(town: Town, mother: Person, father: Person, name: str | None = None, born: Day | None = None) -> Person:
    sex = town.pick("12")
    named = name or town.names.draw_child(father.name, sex)
    child = guests.stranger(
        town, home=mother.household, sex=sex, relation="97", name=named, born=born or town.some(240, 340)
    )
    child.mother, child.father = mother, father
    return child


def agency_moved_the_file(town: Town) -> None:
    """An office took its file over to a number a slip away, and other offices use the one or the other."""
    person = guests.local(town)
    _file_under_both(town, person, town.some(60, 400))
    town.truth.must("ID-03", person, "PSB", "an agency moved its file to a number that differs by a slip")


def _file_under_both(town: Town, person: Person, day: Day, number: str | None = None, *, op: str = "UPDATE") -> Filing:
    other = _twice(town, person, person.household, number=number or _one_slip_away(town, person))
    if number is None:
        other.birth = _birth_in(other.id_no)
    hmd.let(town, hmd.build_unit(town, person.region, day - 400, rooms=1), person, day - 60, town.today + 200)
    mca.start_allowance(town, other, "DISABLED_CARE", day - 30)
    enrolment = hrss.enrol(town, person, "PENSION_RES", day - 40)
    if op == "CORRECT":
        return town.ledger.correct(enrolment, day, person=other, ref=other.ref(day))
    return hrss.enrol(town, other, "PENSION_RES", day, action="RESUME", record=enrolment)


def _one_slip_away(town: Town, person: Person) -> str:
    """A valid number of nobody that differs by one digit of the sequence, or by the day of birth."""
    body, day = person.id_no[:17], date.fromordinal(person.birth).day
    others = [f"{body[:12]}{other:02d}{body[14:]}" for other in range(1, 29) if other != day and town.chance(0.5)]
    others += [f"{body[:15]}{digit}{body[16]}" for digit in "123456789" if digit != body[15]]
    start = 0 if town.chance(0.5) else len(others) - 8
    found = (number for other in others[start:] if town.numbers.claim(number := other + id_check(other), person.sex))
    return next(found)


def _birth_in(number: str) -> Day:
    return date(int(number[6:10]), int(number[10:12]), int(number[12:14])).toordinal()


def cancellation_of_the_double_taken_back(town: Town) -> None:
    """The second entry was cancelled by the police; it had been the right page, and was entered again."""
    person, double, entry = _doubled(town, town.some(300, 400))
    town.ledger.cancel(entry, town.some(150, 250))
    _enter(town, double, town.some(30, 120), late=town.chance(0.2))
    town.truth.must("ID-03", person, "PSB", "the second entry was cancelled and made again")


def correction_of_the_number_taken_back(town: Town) -> None:
    person, double, _ = _doubled(town, town.some(300, 400))
    day = town.some(150, 250)
    told = psb.change_item(town, person, day, "ID_NO", double.id_no, person.id_no, nature="CORRECTION")
    town.ledger.cancel(told, day + town.rng.randint(20, 90), new_record=town.chance(0.3), late=town.chance(0.3))
    town.truth.must("ID-03", person, "PSB", "the correction that joined the two numbers was cancelled")


def double_by_correction(town: Town) -> None:
    """An entry made under a wrong name turns out to be of somebody who stands on the page already."""
    person = guests.local(town)
    double = _twice(town, person, person.household)
    real, double.name = double.name, town.names.draw_unlike(person.name, person.sex)
    entry = _enter(town, double, town.some(200, 400))
    double.name = real
    town.ledger.correct(entry, town.some(30, 190), new_record=town.chance(0.3), late=town.chance(0.3))
    town.truth.must("ID-03", person, "PSB", "the second entry was corrected to this person's name")


# --- must not ---------------------------------------------------------------------------------------------------------


def twins(town: Town) -> None:
    """Two children of one birth, with names of their own: sometimes they even sound alike."""
    father, mother = guests.couple(town)
    born = town.some(240, 340)
    first = _child_of(town, mother, father, born=born)
    name = names.homophone(first.name)
    if name == first.name or town.chance(0.5):
        name = town.names.rename(first.name, first.sex) if not names.is_dotted(first.name) else first.name[:-1] + "某"
    second = guests.stranger(town, home=mother.household, sex=first.sex, relation="97", name=name, born=born)
    second.mother, second.father = mother, father
    for child in (first, second):
        psb.register(town, child)
        town.truth.must_not("ID-03", child, "twins")


def namesakes(town: Town) -> None:
    """A common name and the same day of birth, on two pages of the register."""
    person = guests.local(town)
    other = guests.local(town, sex=person.sex, name=person.name, born=person.birth)
    for one in (person, other):
        town.truth.must_not("ID-03", one, "same name and birth date, and nothing else in common")


def named_after_the_father(town: Town) -> None:
    father = guests.local(town, age=(40, 55), sex="1")
    son = guests.local(town, age=(12, 17), sex="1", home=father.household, relation="20", name=father.name)
    town.truth.must_not("ID-03", father, "father and son of one name")
    town.truth.must_not("ID-03", son, "father and son of one name")


def number_joined(town: Town) -> None:
    """The police joined the two numbers: the second is the first one's successor."""
    person, double, _ = _doubled(town, town.some(200, 400))
    day = town.some(12, 150)
    psb.change_item(town, person, day, "ID_NO", double.id_no, person.id_no, nature="CORRECTION", late=town.chance(0.3))
    town.truth.must_not("ID-03", person, "the police published that both numbers are one person's")


def double_cancelled(town: Town) -> None:
    """On one page, or a birth on the page of either parent."""
    if town.chance(0.5):
        person, _, entry = _doubled(town, town.some(100, 400))
    else:
        father, mother = guests.couple(town)
        person = _child_of(town, mother, father)
        psb.register(town, person)
        entry = psb.register(town, _twice(town, person, father.household))
    town.ledger.cancel(entry, town.some(12, 90), new_record=town.chance(0.3), late=town.chance(0.3))
    town.truth.must_not("ID-03", person, "the second entry was cancelled")


def double_was_anothers(town: Town) -> None:
    """The second entry was typed with a name that stood above it; it is a sister's or a brother's."""
    person = guests.local(town)
    other = guests.stranger(
        town, home=person.household, sex=person.sex, relation="97", name=person.name, born=person.birth
    )
    entry = _enter(town, other, town.some(100, 400))
    other.name = town.names.draw_unlike(person.name, person.sex)
    town.ledger.correct(entry, town.some(12, 90), new_record=town.chance(0.3), late=town.chance(0.3))
    town.truth.must_not("ID-03", person, "the second entry was corrected to another name")


def just_registered_twice(town: Town) -> None:
    person, _, _ = _doubled(town, town.some(1, 4))
    town.truth.must_not("ID-03", person, "grace of 7 days still running")


def slip_of_the_pen(town: Town) -> None:
    """The office corrected a number it had typed wrongly: the record never was of that number."""
    person = guests.local(town)
    day = town.some(60, 300)
    wrong = person.ref(day, id_no=_one_slip_away(town, person))
    wrong["birth_date"] = date.fromordinal(_birth_in(str(wrong["id_no"]))).isoformat()
    enrolment = hrss.enrol(town, person, "PENSION_RES", day, ref=wrong)
    town.ledger.correct(enrolment, town.some(12, 50), new_record=town.chance(0.3))
    town.truth.must_not("ID-03", person, "a typing slip, corrected in the record")


def file_handed_on(town: Town) -> None:
    """A file goes over to somebody with quite another number, or another name."""
    person = guests.local(town)
    day = town.some(60, 300)
    heir = guests.local(town, sex=person.sex, name=town.names.draw_unlike(person.name, person.sex))
    enrolment = hrss.enrol(town, person, "PENSION_RES", day - 40)
    hrss.enrol(town, heir, "PENSION_RES", day, action="RESUME", record=enrolment)
    for one in (person, heir):
        town.truth.must_not("ID-03", one, "the two numbers have nothing to do with each other")


def file_moved_and_back(town: Town) -> None:
    person = guests.local(town)
    moved = _file_under_both(town, person, town.some(100, 400))
    town.ledger.cancel(moved, town.some(12, 90), new_record=town.chance(0.3), late=town.chance(0.3))
    town.truth.must_not("ID-03", person, "the agency took back that it moved its file")


def in_a_crowd(town: Town) -> None:
    """Two namesakes of one day on the page of a collective household."""
    home = guests.local(town).household
    for _ in range(_CROWD - 3):
        guests.local(town, home=home, relation="99")
    person = guests.local(town, home=home, relation="99")
    other = guests.local(town, home=home, relation="99", sex=person.sex, name=person.name, born=person.birth)
    for one in (person, other):
        town.truth.must_not("ID-03", one, "a collective household is no evidence")


CASES: tuple[tuple[Case, float], ...] = (
    (registered_twice, 1),
    (twins, 1),
    (agency_moved_the_file, 0.5),
    (number_joined, 0.5),
    (child_on_both_pages, 0.5),
    (double_cancelled, 0.5),
    (registered_twice_in_other_characters, 0.5),
    (namesakes, 0.5),
    (slip_of_the_pen, 0.5),
    (double_by_correction, 0.5),
    (double_was_anothers, 0.5),
    (correction_of_the_number_taken_back, 0.5),
    (cancellation_of_the_double_taken_back, 0.3),
    (just_registered_twice, 0.5),
    (named_after_the_father, 0.3),
    (file_handed_on, 0.3),
    (file_moved_and_back, 0.3),
    (in_a_crowd, 0.1),
)
"""Cases with how many of each a thousand people bring."""
