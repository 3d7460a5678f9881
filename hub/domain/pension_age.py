"""The age from which a pension is due, by birth month.

渐进式延迟退休 (decision of the NPC Standing Committee, in force 2025-01-01): the old ages rise by a month for every few
months of birth, up to a limit. The residents' scheme stays at 60. Choosing to retire up to three years earlier or later
is a personal decision that shifts none of these ages.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

RESIDENTS_AGE: Final = (60, 0)

_MONTH = re.compile(r"([0-9]{4})-?(0[1-9]|1[0-2])")


class _Schedule(NamedTuple):
    """The old age in months, the first birth month touched, births per month of delay, and the longest delay."""

    old_age: int
    first_birth: int
    births_per_step: int
    longest_delay: int


def _birth(year: int, month: int) -> int:
    return year * 12 + month - 1


_SCHEDULES: Final = {
    "M60": _Schedule(60 * 12, _birth(1965, 1), 4, 36),
    "F55": _Schedule(55 * 12, _birth(1970, 1), 4, 36),
    "F50": _Schedule(50 * 12, _birth(1975, 1), 2, 60),
}

SCHEMES: Final = (*_SCHEDULES, "RES")
"""Men, women once retiring at 55 (posts of management and technique), women once retiring at 50, residents' scheme."""


def pension_age(scheme: str, birth_month: str) -> tuple[int, int]:
    """Years and months of age at which a pension of the scheme is due. `birth_month` is `YYYY-MM` or `YYYYMM`."""
    found = _MONTH.fullmatch(birth_month)
    if found is None:
        raise ValueError("birth_month must be YYYY-MM or YYYYMM")
    if scheme == "RES":
        return RESIDENTS_AGE
    schedule = _SCHEDULES.get(scheme)
    if schedule is None:
        raise ValueError(f"scheme must be one of {', '.join(SCHEMES)}")
    births_since = _birth(int(found[1]), int(found[2])) - schedule.first_birth
    delay = min(births_since // schedule.births_per_step + 1, schedule.longest_delay)
    return divmod(schedule.old_age + max(delay, 0), 12)
