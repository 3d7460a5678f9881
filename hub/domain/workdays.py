"""Working days, in which the law counts deadlines (Decree 809 Art. 26: ten of them).

Holidays and make-up weekends follow a notice the State Council publishes each year, so they are data. A year without a
notice yet is counted Monday to Friday and reported by `covers`, because an estimated deadline is better than none.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Final

_SATURDAY: Final = 5
LONGEST_DEADLINE: Final = 30
"""Working days: what severity S3 has to close a case (domain 4)."""


class WorkCalendar:
    """Which days are working days."""

    def __init__(self, off: Iterable[date], on: Iterable[date], years: Iterable[int]) -> None:
        self._off = frozenset(off)
        self._on = frozenset(on)
        self._years = frozenset(years)

    @property
    def years(self) -> frozenset[int]:
        """The years whose holidays are known."""
        return self._years

    def covers(self, year: int) -> bool:
        """Whether the year's holidays are known; if not, its days are counted Monday to Friday."""
        return year in self._years

    def missing_years(self, first: date, last: date) -> set[int]:
        """The years of a span whose holidays are not known, to warn of deadlines that may move."""
        return set(range(first.year, last.year + 1)) - self._years

    def missing_ahead(self, today: date) -> set[int]:
        """The years without a notice that a deadline set today may reach into: time to enter the next one."""
        return self.missing_years(today, self.add_workdays(today, LONGEST_DEADLINE))

    def is_workday(self, day: date) -> bool:
        """Whether offices work on that day."""
        return day in self._on or (day.weekday() < _SATURDAY and day not in self._off)

    def add_workdays(self, day: date, count: int) -> date:
        """The `count`-th working day after `day`. The day itself does not count, whether worked or not.

        The calendar's last day is as far as it goes.
        """
        if count < 0:
            raise ValueError("working days are counted forward only")
        while count and day < date.max:
            day += timedelta(days=1)
            count -= self.is_workday(day)
        return day


def estimate_warning(years: Iterable[int]) -> str | None:
    """The sentence for whoever relies on deadlines in years without a holiday notice; None if there are none."""
    named = ", ".join(map(str, sorted(years)))
    if not named:
        return None
    return (
        f"working days of {named} are estimated Monday to Friday: hub/data/workdays.toml has no holiday notice for it"
    )


@cache
def load_workdays() -> WorkCalendar:
    """The calendar of `data/workdays.toml`."""
    data: Mapping[str, Mapping[str, list[str]]] = tomllib.loads(
        files("hub").joinpath("data", "workdays.toml").read_text(encoding="utf-8")
    )

    def days(kind: str) -> list[date]:
        return [date.fromisoformat(f"{year}-{day}") for year, kinds in data.items() for day in kinds[kind]]

    return WorkCalendar(days("off"), days("on"), map(int, data))
