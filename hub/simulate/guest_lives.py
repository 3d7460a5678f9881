"""Guests with what a case takes for granted about them: covered, without work, or drawing a pension."""

from __future__ import annotations

from hub.simulate import guests, hrss, mca
from hub.simulate.days import Day, add_months, month_of, month_plus, on_day, year_of
from hub.simulate.ledger import Filing
from hub.simulate.people import Pension, Person
from hub.simulate.town import Town


def idle(town: Town) -> Person:
    """A grown-up with a hukou and medical coverage here, who never worked as an employee and owns nothing."""
    person = guests.local(town, age=(24, 53))
    _cover(town, person)
    return person


def pensioner(
    town: Town, low: int = 61, high: int = 78, *, kind: str | None = None, born: Day | None = None
) -> tuple[Person, Pension]:
    """Somebody of an age from..to, or born on a day, who has drawn a pension since sixty; the residents' by default."""
    person = guests.local(town, age=(low, high), born=born)
    _cover(town, person)
    granted = min(add_months(person.birth, 60 * 12) + town.rng.randrange(20), town.ago(30))
    person.pension = Pension(kind or "RES", person.region, month_plus(month_of(granted), 1), granted)
    hrss.grant_pension(town, person, person.pension)
    return person, person.pension


def couple(town: Town) -> tuple[Person, Person, Filing]:
    """Two people who married years ago, and their marriage on record."""
    one, other = guests.couple(town)
    for person in (one, other):
        _cover(town, person)
    one.spouse, other.spouse = other, one
    return one, other, mca.register_marriage(town, one, other, town.some(900, 1500))


def _cover(town: Town, person: Person) -> None:
    year = year_of(town.today)
    hrss.cover(town, person, "RES", year, on_day(year, 1, 1), on_day(year - 1, 10, 1) + town.rng.randrange(60))
