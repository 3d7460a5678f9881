"""The dated policy table: local numbers by region, with the document that sets them (domain 2.5).

No rule holds a number of its own. A rule reads the value in force on the business date, and the alert keeps what it
read. A city's own file also says which impact assessments are signed (hub.domain.assessments).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

from hub.domain.assessments import Assessment, read_assessments
from hub.domain.times import add_days


class PolicyFault(ValueError):  # noqa: N818 - it is the list of faults that is raised
    """A policy file that cannot be used; carries every fault."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


@dataclass(frozen=True)
class PolicyRow:
    """One value of one key for one region (`*` = everywhere) between two dates, inclusive."""

    key: str
    value: int | str
    region: str
    valid_from: date
    valid_to: date | None
    document: str


class Policy:
    """Rows of the table; the most local, then the newest row in force wins."""

    def __init__(self, rows: tuple[PolicyRow, ...], assessments: tuple[Assessment, ...] = ()) -> None:
        self.rows = rows
        self.assessments = assessments
        self._by_key: dict[str, list[PolicyRow]] = {}
        for row in rows:
            self._by_key.setdefault(row.key, []).append(row)
        self.keys = frozenset(self._by_key)

    def value(self, key: str, region: str, on: date) -> int | str:
        """Raises KeyError if the table says nothing for that key on that date."""
        row = self.row(key, region, on)
        if row is None:
            raise KeyError(key)
        return row.value

    def row(self, key: str, region: str, on: date) -> PolicyRow | None:
        """The row in force for that key on that date, with the document that sets it."""
        best: PolicyRow | None = None
        for row in self._by_key.get(key, ()):
            fits = row.region == "*" or region.startswith(row.region)
            if fits and row.valid_from <= on and (row.valid_to is None or on <= row.valid_to):
                rank = (0 if row.region == "*" else len(row.region), row.valid_from)
                if best is None or rank >= (0 if best.region == "*" else len(best.region), best.valid_from):
                    best = row
        return best

    def next_change(self, key: str, after: date) -> date | None:
        """The next date on which some row of that key comes into force or is over."""
        rows = self._by_key.get(key, ())
        ends = (add_days(row.valid_to, 1) for row in rows if row.valid_to is not None)
        begins = (row.valid_from for row in rows)
        return min((day for day in (*begins, *ends) if day > after), default=None)


class PolicyView:
    """The table as one rule reads it on one date; remembers what was read, and says until when it is good for."""

    def __init__(self, policy: Policy, region: str, on: date, good_until: Callable[[date], object]) -> None:
        self._policy, self._region, self._on, self._good_until = policy, region, on, good_until
        self.read: dict[str, int | str] = {}

    def number(self, key: str) -> int:
        change = self._policy.next_change(key, self._on)
        if change is not None:
            self._good_until(change)
        value = self._policy.value(key, self._region, self._on)
        self.read[key] = value
        return int(value)


def load_policy(path: Path | None = None) -> Policy:
    """Read the packaged table, with the rows of `path` laid over it. Raises PolicyFault with every fault."""
    rows, _ = _rows(tomllib.loads((files("hub") / "data" / "policy.toml").read_text("utf-8")))
    if path is None:
        return Policy(rows)
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PolicyFault([f"policy file cannot be read: {type(error).__name__}"]) from error
    own, faults = _rows(table, frozenset(row.key for row in rows))
    signed, unsigned = read_assessments(table.get("assessment", []))
    if faults or unsigned:
        raise PolicyFault([*faults, *unsigned])
    return Policy((*rows, *own), signed)


def policy_from(values: Mapping[str, int | str]) -> Policy:
    """The packaged table with values laid over it everywhere and always. Raises PolicyFault for unknown keys."""
    packaged = load_policy()
    faults = [f"unknown policy key {key}" for key in sorted(set(values) - packaged.keys)]
    faults += [f"policy key {key}: {_NUMBER}" for key, value in values.items() if not _is_number(value)]
    if faults:
        raise PolicyFault(faults)
    start = date(1900, 1, 1)
    return Policy((*packaged.rows, *(PolicyRow(k, v, "*", start, None, "given") for k, v in values.items())))


_FIELDS = {"key", "value", "region", "valid_from", "valid_to", "document"}
_NUMBER = "the value must be a whole number from 0 to 100000"
_REGION = re.compile(r"\*|[0-9]{2}|[0-9]{4}|[0-9]{6}")


def _rows(table: Mapping[str, Any], known: Collection[str] | None = None) -> tuple[tuple[PolicyRow, ...], list[str]]:
    """The rows of a file, or its faults. `known`: the keys there are, where the file only lays values over them."""
    faults = [f"unknown table {name}" for name in table if name not in ("policy", "assessment")]
    listed = table.get("policy", [])
    if not isinstance(listed, list) or not all(isinstance(row, dict) for row in listed):
        return (), [*faults, "policy must be a list of tables: [[policy]]"]
    for number, row in enumerate(listed, 1):
        wrong = [*_wrong_fields(row, known), *_wrong_dates(row)]
        if wrong:
            faults.append(f"policy row {number}: {', '.join(wrong)}")
    if faults:
        return (), faults
    rows = tuple(
        PolicyRow(
            row["key"],
            row["value"],
            row.get("region", "*"),
            row.get("valid_from", date(1900, 1, 1)),
            row.get("valid_to"),
            row.get("document", ""),
        )
        for row in listed
    )
    return rows, []


def _wrong_fields(row: Mapping[str, Any], known: Collection[str] | None) -> Iterator[str]:
    yield from (f"unknown field {name}" for name in sorted(set(row) - _FIELDS))
    yield from (f"{name} missing" for name in ("key", "value") if name not in row)
    key = row.get("key", "")
    if not isinstance(key, str):
        yield "key must be text"
    elif "key" in row and known is not None and key not in known:
        yield f"unknown policy key {key}"
    if "value" in row and not _is_number(row["value"]):
        yield _NUMBER
    region = row.get("region", "*")
    if not isinstance(region, str) or not _REGION.fullmatch(region):
        yield "region must be * or the first 2, 4 or 6 digits of a region code"
    if not isinstance(row.get("document", ""), str):
        yield "document must be text"


def _wrong_dates(row: Mapping[str, Any]) -> Iterator[str]:
    # A TOML time is a date to Python, and cannot be compared with one.
    given = {name: row[name] for name in ("valid_from", "valid_to") if name in row}
    if any(type(value) is not date for value in given.values()):
        yield "valid_from and valid_to must be dates"
    elif len(given) == 2 and given["valid_to"] < given["valid_from"]:
        yield "valid_to lies before valid_from"


def _is_number(value: object) -> bool:
    """Every key of the table holds a number of days, months or the like."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 100_000
