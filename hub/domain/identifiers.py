"""All number checks in one place, and how numbers and names are shown to people who need not see them whole."""

from __future__ import annotations

import re

from hub.domain.names import normalize_name
from hub.domain.org_codes import check_uscc
from hub.domain.person_ids import (
    EARLIEST_PLAUSIBLE_BIRTH,
    ID_TYPES,
    LATEST_PLAUSIBLE_BIRTH,
    LINKING_TYPES,
    Check,
    check_identifier,
)
from hub.domain.unit_codes import check_unit_code

__all__ = [
    "EARLIEST_PLAUSIBLE_BIRTH",
    "ID_TYPES",
    "LATEST_PLAUSIBLE_BIRTH",
    "LINKING_TYPES",
    "Check",
    "check_identifier",
    "check_unit_code",
    "check_uscc",
    "mask_identifier",
    "mask_name",
]

_EIGHTEEN = re.compile(r"[0-9]{17}[0-9Xx]")


def mask_identifier(value: str) -> str:
    """A number as alerts show it (domain 5.3): an 18-digit one without birth date, others at most a third of it."""
    if _EIGHTEEN.fullmatch(value):
        return f"{value[:6]}{'*' * 8}{value[14:]}"
    shown = len(value) // 3
    tail = min(2, shown // 2)
    head = min(3, shown - tail)
    return value[:head] + "*" * (len(value) - head - tail) + value[len(value) - tail :]


def mask_name(name: str) -> str:
    """A name as alerts show it (domain 5.3): its first character and a star, whatever its length or parts.

    A name of one character would be shown whole, so only the star is left of it.
    """
    text = normalize_name(name)
    return f"{text[0]}*" if len(text) > 1 else "*"
