"""Where a running hub gets its time from. The core only ever sees the number (I9)."""

from __future__ import annotations

import time


class WallClock:
    """The time it is."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000


class CityClock:
    """The time of a simulated city: it goes where the city's events are, and later joins the wall clock.

    Without it a city's years would all arrive "today", and every grace would be over before its event was read.
    """

    def __init__(self, start_ms: int = 0) -> None:
        self._now = start_ms
        self._live = False

    def now_ms(self) -> int:
        return max(self._now, time.time_ns() // 1_000_000) if self._live else self._now

    def advance(self, to_ms: int) -> None:
        """Time never goes back: late events are late."""
        self._now = max(self._now, to_ms)

    def go_live(self) -> None:
        """From now on the city lives at the pace of everybody else."""
        self._live = True


Clock = WallClock | CityClock
