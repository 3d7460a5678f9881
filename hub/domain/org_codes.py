"""Unified social credit codes of organisations, GB 32100-2015."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from hub.domain.person_ids import Check

ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""Digits and capitals without I, O, S, V and Z, which are too easily misread."""

_SHAPE = re.compile(rf"[{ALPHABET}]{{2}}[0-9]{{6}}[{ALPHABET}]{{10}}")
_ALLOWED = re.compile(rf"[{ALPHABET}]*")
_BLANKS = re.compile(r"[\s\u200b-\u200f\ufeff]+")
_WEIGHTS = tuple(pow(3, at, 31) for at in range(17))
_INNER_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def check_uscc(value: str) -> Check:
    """Check a code: LEN, CHARS, CHECKSUM, and ORG_INNER as a warning.

    Characters 9-17 are the older organisation code of GB 11714 with a check of its own. It is only a warning, because
    codes given out with a wrong inner check are in lawful use.
    """
    text = _BLANKS.sub("", unicodedata.normalize("NFKC", value)).upper()
    codes = [] if len(text) == 18 else ["LEN"]
    if not (_ALLOWED if codes else _SHAPE).fullmatch(text):
        codes.append("CHARS")
    if codes:
        return Check("USCC", value, None, tuple(codes))
    if uscc_check_character(text[:17]) != text[17]:
        codes.append("CHECKSUM")
    if _organisation_check(text[8:16]) != text[16]:
        codes.append("ORG_INNER")
    return Check("USCC", value, text, tuple(codes))


def uscc_check_character(first_17: str) -> str:
    """The check character of GB 32100 for the 17 characters before it."""
    total = sum(ALPHABET.index(character) * weight for character, weight in zip(first_17, _WEIGHTS, strict=True))
    return ALPHABET[-total % 31]


def _organisation_check(first_8: str) -> str:
    total = sum(int(character, 36) * weight for character, weight in zip(first_8, _INNER_WEIGHTS, strict=True))
    return "0123456789X0"[11 - total % 11]
