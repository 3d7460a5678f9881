"""Open files: does an agency still work with a register entry of a person, or is it closed, spent or over?

A closed or archived file need not be re-keyed when police correct a number (ID-04). Acts that are done once, such as a
funeral, a certificate or a contributed month, never make a file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from hub.domain.claim import Claim
from hub.domain.times import month_of, month_start, next_month, parse_date
from hub.fold.caseload import last_word_on_care
from hub.fold.groups import tenancy
from hub.fold.homes import is_over, is_owned
from hub.fold.person import Pension, Person
from hub.fold.today import Today
from hub.fold.work import open_registrations

Acts = tuple[Claim, ...]
Check = Callable[[Person, Acts, Today], bool]


def is_open(person: Person, entry: str, today: Today) -> bool:
    """Whether the entry is a file that is still worked with today; False for one-time acts and unknown entries."""
    acts = person.entries.get(entry)
    check = _CHECKS.get(entry.partition("/")[0])
    return acts is not None and check is not None and check(person, acts, today)


def _enrolment(_person: Person, acts: Acts, _today: Today) -> bool:
    return acts[-1].facts.get("action") != "TERMINATE"


def _allowance(_person: Person, acts: Acts, _today: Today) -> bool:
    return acts[-1].facts.get("action") != "STOP"


def _title(_person: Person, acts: Acts, _today: Today) -> bool:
    return is_owned(acts)


def _pension(_person: Person, acts: Acts, today: Today) -> bool:
    """Until it is stopped or settled, from the month in which that takes effect."""
    pension = Pension("", "", acts)
    month = month_of(today.date)
    for ahead in pension.months_ahead(month):
        today.reached(month_start(ahead))
    status = pension.status_in(month)
    return status is None or status[0] not in ("STOPPED", "SETTLED")


def _aid(person: Person, acts: Acts, _today: Today) -> bool:
    """A suspended decision is an open file; one that this person has left is not theirs any more."""
    units = [unit for unit in person.aid_units if unit.granted.entry == acts[-1].entry]
    return any(unit.status != "ENDED" and person.keys & set(unit.members) for unit in units)


def _institution(person: Person, acts: Acts, _today: Today) -> bool:
    """A person lives in one institution at a time: only the last word on any of them tells."""
    return last_word_on_care(person) is acts[-1] and acts[-1].facts.get("action") != "DISCHARGE"


def _benefit(_person: Person, acts: Acts, today: Today) -> bool:
    """Unemployment benefit and rent subsidy: until stopped, or to the last month granted."""
    until = acts[-1].facts.get("to_month")
    return acts[-1].facts.get("action") != "STOP" and not (until and today.reached(_after(str(until))))


def _cover(_person: Person, acts: Acts, today: Today) -> bool:
    """Medical cover is a file for its insurance year."""
    year = int(acts[-1].facts["year"])
    return acts[-1].facts.get("status") == "ACTIVE" and not today.passed(date(year, 12, 31))


def _tenancy(_person: Person, acts: Acts, today: Today) -> bool:
    lease = tenancy(acts)
    return lease is not None and not is_over(lease, today)


def _qualification(_person: Person, acts: Acts, today: Today) -> bool:
    until = acts[-1].facts.get("valid_until")
    return acts[-1].facts.get("result") == "APPROVED" and not (until and today.passed(parse_date(str(until))))


def _employment(person: Person, acts: Acts, today: Today) -> bool:
    return acts[-1] in open_registrations(person, frozenset({str(acts[-1].facts.get("kind"))}), today)


def _after(month: str) -> date:
    return month_start(next_month(month))


_CHECKS: Mapping[str, Check] = {
    "pension": _pension,
    "insured": _enrolment,
    "unemployment": _benefit,
    "employment": _employment,
    "medical": _cover,
    "aid": _aid,
    "allowance": _allowance,
    "eldercare": _institution,
    "title": _title,
    "qualification": _qualification,
    "rental": _tenancy,
    "lease": _tenancy,
    "subsidy": _benefit,
}
