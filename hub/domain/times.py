"""Civil time of the jurisdiction. No wall clock: every function takes the moment it speaks of (I9, I10)."""

from __future__ import annotations

import calendar
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache

# Mainland China keeps UTC+8 all year since 1992; a fixed offset is exact for every record the hub can receive.
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
DAY_MS = 86_400_000
_OFFSET_MS = 8 * 3_600_000
_EPOCH = date(1970, 1, 1)


@lru_cache(maxsize=65536)
def parse_date(text: str) -> date:
    return date.fromisoformat(text)


def is_date(text: str) -> bool:
    """Whether the text is a day of the calendar: what agencies write of a birth may be anything."""
    try:
        parse_date(text)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=8192)  # every rule asks it of the same moments
def day_of(moment_ms: int) -> date:
    """The Asia/Shanghai date of a moment."""
    return add_days(_EPOCH, (moment_ms + _OFFSET_MS) // DAY_MS)


def start_of(day: date) -> int:
    """The first millisecond of an Asia/Shanghai date."""
    return (day - _EPOCH).days * DAY_MS - _OFFSET_MS


def end_of(day: date) -> int:
    """The last millisecond of an Asia/Shanghai date."""
    return start_of(day) + DAY_MS - 1


def add_days(day: date, days: int) -> date:
    """The day `days` later. Like all arithmetic here it stops at the calendar's ends: agencies write 9999-12-31."""
    if days > (date.max - day).days:
        return date.max
    return date.min if days < (date.min - day).days else day + timedelta(days=days)


def add_months(day: date, months: int) -> date:
    """The same day `months` later; the last day of the month where there is no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    if not date.min.year <= year <= date.max.year:
        return date.max if months > 0 else date.min
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def month_of(day: date) -> str:
    return f"{day.year:04d}{day.month:02d}"


def month_start(month: str) -> date:
    return date(int(month[:4]), int(month[4:6]), 1)


def next_month(month: str) -> str:
    return month_of(add_months(month_start(month), 1))


def month_end(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


@lru_cache(maxsize=8192)  # a record says the time of one event beside every value that came with it
def rfc3339(moment_ms: int) -> str:
    """`2026-03-02T09:00:00+08:00`; milliseconds only where there are any."""
    seconds, millis = divmod(moment_ms, 1000)
    text = datetime.fromtimestamp(seconds, SHANGHAI).isoformat()
    return f"{text[:19]}.{millis:03d}+08:00" if millis else text


@lru_cache(maxsize=8192)
def parse_rfc3339(text: str) -> int:
    """Milliseconds since the epoch. Raises ValueError without an offset: a time without one is not a moment."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("time without offset")
    return round(moment.timestamp() * 1000)
