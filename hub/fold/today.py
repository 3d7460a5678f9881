"""The business date handed to rules, and what it will be good for: it notes the next date that may change an answer."""

from __future__ import annotations

from datetime import date

from hub.domain.times import DAY_MS, day_of, start_of


class Today:
    """A rule asks `reached(day)`; a day still ahead becomes the subject's next wake-up. Timers are state (I9)."""

    def __init__(self, now: int) -> None:
        self.now = now
        self.date: date = day_of(now)
        self.wake: int | None = None

    def reached(self, day: date) -> bool:
        """Has that Asia/Shanghai date begun?"""
        if self.date >= day:
            return True
        self.wake_at(start_of(day))
        return False

    def passed(self, day: date) -> bool:
        """Is that date over?"""
        if self.date > day:
            return True
        self.wake_at(start_of(day) + DAY_MS)
        return False

    def wake_at(self, moment: int) -> None:
        """Ask to be looked at again at this moment, if it lies ahead."""
        if moment > self.now and (self.wake is None or moment < self.wake):
            self.wake = moment
