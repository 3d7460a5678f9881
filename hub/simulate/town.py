"""The town: its people, its clock, its registers and its truth; cases and ordinary lives work on it."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

from hub.simulate.days import Day, add_months
from hub.simulate.ledger import Filing, Ledger
from hub.simulate.names import NameBook
from hub.simulate.numbers import COUNTIES, NumberOffice
from hub.simulate.people import Household, Person
from hub.simulate.truth import Truth

Wanted = Callable[[Person], bool]

STREETS = {"429801": "学院街道", "429802": "大桥街道", "429803": "马祖镇"}
"""The one street or town of each county where everything stands."""

_CIRCLE = 12


class NobodyLeftError(Exception):
    """The town is too small for one more of these cases."""


@dataclass
class Unit:
    """A dwelling."""

    code: str
    region: str
    address: str
    owner: Person | None = None
    created: Filing | None = None


@dataclass
class Town:
    """Everything a case or an ordinary life needs at hand."""

    start: Day
    today: Day
    rng: random.Random
    ledger: Ledger
    truth: Truth
    names: NameBook
    numbers: NumberOffice
    people: list[Person] = field(default_factory=list)
    households: list[Household] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)
    guests: list[Person] = field(default_factory=list)
    """People who come with a case: it keeps all their books, and ordinary life knows nothing of them."""
    _free: list[Person] = field(default_factory=list)
    _circle: list[Person] = field(default_factory=list)

    def open_pool(self) -> None:
        """Shuffle everybody; cases are taken from here."""
        self._free = list(self.people)
        self.rng.shuffle(self._free)

    def ago(self, days: int) -> Day:
        """The day so many days before the last."""
        return self.today - days

    def some(self, low: int, high: int) -> Day:
        """A random day between so many days ago, both included."""
        return self.today - self.rng.randint(min(low, high), max(low, high))

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def age(self, person: Person, day: Day | None = None) -> int:
        """Completed years on a day, on the last day by default."""
        born, now = date.fromordinal(person.birth), date.fromordinal(day or self.today)
        return now.year - born.year - ((now.month, now.day) < (born.month, born.day))

    def turned(self, person: Person, years: int, months: int = 0) -> Day:
        """The day somebody reaches an age."""
        return add_months(person.birth, 12 * years + months)

    def take(self, wanted: Wanted) -> Person:
        """Somebody nobody has used yet, from now on reserved. Raises NobodyLeftError."""
        for place in range(len(self._free) - 1, -1, -1):
            person = self._free[place]
            if not person.spared and wanted(person):
                del self._free[place]
                person.reserved = True
                return person
        raise NobodyLeftError

    def bystander(self, wanted: Wanted | None = None) -> Person:
        """A living grown-up who may appear in a case but stays an ordinary person.

        While cases are cast, a small circle serves all of them, so that enough people are left for the leading parts.
        """
        casting = len(self._free) > 0
        circle = self._circle if casting and len(self._circle) >= _CIRCLE + len(self.people) // 40 else self.people
        for _ in range(2_000):
            person = self.rng.choice(circle)
            if (
                person.died is None
                and not (person.reserved or person.gone)
                and self.age(person) >= 20
                and (not wanted or wanted(person))
            ):
                if not person.spared:
                    person.spared = True
                    self._circle.append(person)
                return person
        raise NobodyLeftError

    @property
    def crowded(self) -> bool:
        """Whether more people came with cases than live here by themselves: no more of them, then."""
        return len(self.guests) > len(self.people)

    def close_pool(self) -> None:
        """No more cases: from now on anybody may be a bystander."""
        self._free.clear()

    def retype_birth(self, person: Person, birth: Day) -> None:
        """Give a person of whom nothing has been filed yet another birth date, and the number that goes with it."""
        person.birth = birth
        person.id_no = self.numbers.citizen_number(person.id_no[:6], birth, person.sex)

    def pick(self, options: Sequence[str]) -> str:
        return self.rng.choice(options)

    def pick_days(self, *options: Day) -> Day:
        return self.rng.choice(options)

    def region(self) -> str:
        """A county: the old town is the biggest."""
        return self.rng.choices(list(COUNTIES), weights=(5, 3, 2))[0]
