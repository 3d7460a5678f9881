"""Days, months and moments of the simulated city: whole days and whole seconds of Asia/Shanghai time, as integers."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

AS_OF = date(2026, 6, 30)
"""The last day of every simulated city."""

DAY_SECONDS = 86_400
EPOCH = date(1970, 1, 1).toordinal()
UTC_OFFSET_SECONDS = 8 * 3600

Day = int
"""Ordinal of a calendar day (`date.toordinal`)."""
Moment = int
"""A day times 86,400 plus the second of that day."""


@lru_cache(maxsize=65_536)
def iso(day: Day) -> str:
    """`YYYY-MM-DD` of a day."""
    return date.fromordinal(day).isoformat()


@lru_cache(maxsize=65_536)
def month_of(day: Day) -> str:
    """`YYYYMM` of a day."""
    return iso(day)[:7].replace("-", "")


def year_of(day: Day) -> int:
    """Calendar year of a day."""
    return int(iso(day)[:4])


def month_plus(month: str, months: int) -> str:
    """The month so many months later (earlier when negative)."""
    index = int(month[:4]) * 12 + int(month[4:]) - 1 + months
    return f"{index // 12:04d}{index % 12 + 1:02d}"


def first_day(month: str) -> Day:
    """First day of a month."""
    return date(int(month[:4]), int(month[4:]), 1).toordinal()


def on_day(year: int, month: int, day: int) -> Day:
    """Ordinal of a calendar date."""
    return date(year, month, day).toordinal()


def add_months(day: Day, months: int) -> Day:
    """The same day of the month so many months later; the month's last day where that day does not exist."""
    start = date.fromordinal(day)
    month = month_plus(month_of(day), months)
    last = first_day(month_plus(month, 1)) - 1
    return min(first_day(month) + start.day - 1, last)


def moment(day: Day, second: int) -> Moment:
    """The moment a second of a day is."""
    return day * DAY_SECONDS + second


def day_of(when: Moment) -> Day:
    """The day a moment lies in."""
    return when // DAY_SECONDS


def stamp(when: Moment) -> str:
    """RFC 3339 text of a moment, always at +08:00."""
    day, second = divmod(when, DAY_SECONDS)
    return f"{iso(day)}T{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}+08:00"


def unix_milliseconds(when: Moment) -> int:
    """Milliseconds since the Unix epoch."""
    return (when - EPOCH * DAY_SECONDS - UTC_OFFSET_SECONDS) * 1000
