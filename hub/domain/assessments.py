"""Impact assessments (PIPL Art. 55, 56): what a city must have signed before a delicate rule may run (domain 4).

They stand in the city's policy file, beside the numbers of the rules they are about:

    [[assessment]]
    rule = "RE-01"
    number = "PIA-2026-001"
    valid_until = 2027-12-31
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

_FIELDS = ("rule", "number", "valid_until")
_RULE = re.compile(r"[A-Z]{2}-[0-9]{2}")
_LONGEST_NUMBER = 64


@dataclass(frozen=True)
class Assessment:
    """A signed assessment of one rule: its number in the city's files, and the last day it is good for."""

    rule: str
    number: str
    valid_until: date


def assessment_of(rule: str, signed: Iterable[Assessment]) -> Assessment | None:
    """The assessment under which a rule runs: of several the one that is good for longest."""
    own = (assessment for assessment in signed if assessment.rule == rule)
    return max(own, key=lambda assessment: (assessment.valid_until, assessment.number), default=None)


def missing_assessment(rule: str, signed: Iterable[Assessment], on: date) -> str | None:
    """Why a rule may not run on that day for want of an assessment; None when it may."""
    newest = assessment_of(rule, signed)
    if newest is None:
        return "no impact assessment is on file"
    if newest.valid_until < on:
        return f"its impact assessment {newest.number} ran out on {newest.valid_until}"
    return None


def read_assessments(listed: object) -> tuple[tuple[Assessment, ...], list[str]]:
    """The assessments of a policy file, and every fault of theirs."""
    if not isinstance(listed, list) or not all(isinstance(row, dict) for row in listed):
        return (), ["assessment must be a list of tables: [[assessment]]"]
    faults = [
        f"assessment {number}: {', '.join(wrong)}"
        for number, row in enumerate(listed, 1)
        if (wrong := list(_wrong(row)))
    ]
    if faults:
        return (), faults
    return tuple(Assessment(row["rule"], row["number"].strip(), row["valid_until"]) for row in listed), []


def _wrong(row: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"unknown field {name}" for name in sorted(set(row) - set(_FIELDS)))
    yield from (f"{name} missing" for name in _FIELDS if name not in row)
    rule, number = row.get("rule", "AA-00"), row.get("number", "-")
    if not isinstance(rule, str) or not _RULE.fullmatch(rule):
        yield "rule must be a rule id such as RE-01"
    if not isinstance(number, str) or not number.strip() or not number.isprintable() or len(number) > _LONGEST_NUMBER:
        yield f"number must be text of at most {_LONGEST_NUMBER} characters"
    # A TOML time is a date to Python, and cannot be compared with one.
    if "valid_until" in row and type(row["valid_until"]) is not date:
        yield "valid_until must be a date"
