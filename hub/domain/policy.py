"""The dated policy table: local numbers by region, with the document that sets them (domain 2.5).

No rule holds a number of its own. A rule reads the value in force on the business date, and the alert keeps what it
read.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any


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

    def __init__(self, rows: tuple[PolicyRow, ...]) -> None:
        self.rows = rows
        self.keys = frozenset(row.key for row in rows)

    def value(self, key: str, region: str, on: date) -> int | str:
        """Raises KeyError if the table says nothing for that key on that date."""
        best: PolicyRow | None = None
        for row in self.rows:
            fits = row.key == key and (row.region == "*" or region.startswith(row.region))
            if fits and row.valid_from <= on and (row.valid_to is None or on <= row.valid_to):
                rank = (0 if row.region == "*" else len(row.region), row.valid_from)
                if best is None or rank >= (0 if best.region == "*" else len(best.region), best.valid_from):
                    best = row
        if best is None:
            raise KeyError(key)
        return best.value


class PolicyView:
    """The table as one rule reads it on one date; remembers what was read."""

    def __init__(self, policy: Policy, region: str, on: date) -> None:
        self._policy, self._region, self._on = policy, region, on
        self.read: dict[str, int | str] = {}

    def number(self, key: str) -> int:
        value = self._policy.value(key, self._region, self._on)
        self.read[key] = value
        return int(value)


def load_policy(path: Path | None = None) -> Policy:
    """Read the packaged table, with the rows of `path` laid over it. Raises PolicyFault with every fault."""
    rows = _rows(tomllib.loads((files("hub") / "data" / "policy.toml").read_text("utf-8")))
    if path is not None:
        try:
            extra = _rows(tomllib.loads(path.read_text("utf-8")))
        except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise PolicyFault([f"policy file cannot be read: {type(error).__name__}"]) from error
        unknown = sorted({row.key for row in extra} - {row.key for row in rows})
        if unknown:
            raise PolicyFault([f"unknown policy key {key}" for key in unknown])
        rows = (*rows, *extra)
    return Policy(rows)


def policy_from(values: Mapping[str, int | str]) -> Policy:
    """The packaged table with values laid over it everywhere and always. Raises PolicyFault for unknown keys."""
    packaged = load_policy()
    unknown = sorted(set(values) - packaged.keys)
    if unknown:
        raise PolicyFault([f"unknown policy key {key}" for key in unknown])
    start = date(1900, 1, 1)
    return Policy((*packaged.rows, *(PolicyRow(k, v, "*", start, None, "given") for k, v in values.items())))


_FIELDS = {"key", "value", "region", "valid_from", "valid_to", "document"}


def _rows(table: Mapping[str, Any]) -> tuple[PolicyRow, ...]:
    faults = [f"unknown table {name}" for name in table if name != "policy"]
    rows = []
    for number, row in enumerate(table.get("policy", []), 1):
        wrong = sorted(set(row) - _FIELDS) + [f"{name} missing" for name in ("key", "value") if name not in row]
        if wrong:
            faults.append(f"policy row {number}: {', '.join(wrong)}")
            continue
        valid_from, valid_to = row.get("valid_from", date(1900, 1, 1)), row.get("valid_to")
        if not isinstance(valid_from, date) or not (valid_to is None or isinstance(valid_to, date)):
            faults.append(f"policy row {number}: valid_from and valid_to must be dates")
            continue
        rows.append(
            PolicyRow(
                row["key"], row["value"], str(row.get("region", "*")), valid_from, valid_to, row.get("document", "")
            )
        )
    if faults:
        raise PolicyFault(faults)
    return tuple(rows)
