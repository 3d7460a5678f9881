"""What the hub never collects, by the names such data goes under (domain 5.1; PIPL Art. 6 and 28).

An unknown field is refused anyway. The deny-list is the second lock: it keeps a well-meant schema change from bringing
in ethnicity, health or money, and tells the agency why its field was refused and not only that it was.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_CHINESE = re.compile("[\u3400-\u9fff]")
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z_0-9]{0,63}")
_MOST_DIGITS: Final = 4  # in a field's name; more may be a number of somebody's, in one piece or in several
_PERSONAL = re.compile("\\d{6,}[Xx]?|[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")
_LONGEST_ENTRY: Final = 5
"""No entry has more words than this; longer runs of a field's words need no look-up."""


@lru_cache(maxsize=4_096)
def denied(field_name: str) -> str | None:
    """The category under which a field of this name is never collected; None when the name is not on the list.

    Case, camelCase, blanks and the separators `_ - .` make no difference; only whole words count.
    """
    text = unicodedata.normalize("NFKC", field_name)
    entries = _deny_list()
    words = [word.lower() for word in _WORD.findall(text)]
    whole = entries.names.get("".join(words))
    if whole is not None:
        return whole
    for start in range(len(words)):
        for end in range(start + 1, min(start + _LONGEST_ENTRY, len(words)) + 1):
            category = entries.words.get("".join(words[start:end]))
            if category is not None:
                return category
    if not _CHINESE.search(text):
        return None
    return next((category for part, category in entries.chinese.items() if part in text), None)


def is_entry(field_name: str) -> bool:
    """Is this a Chinese entry of the list itself, and nothing more? Then naming it tells nothing about anybody."""
    return field_name in _deny_list().chinese


def shown(field_name: object) -> str:
    """How an unknown field is named in a fault: `?` where the name itself may be somebody's data."""
    return field_name if isinstance(field_name, str) and _is_harmless(field_name) else "?"


def without_persons(sentence: str) -> str:
    """An English sentence that quotes what somebody wrote into a file: long numbers and Chinese may be a person's."""
    return _PERSONAL.sub("…", sentence)


def _is_harmless(field_name: str) -> bool:
    if sum(map(str.isdigit, field_name)) > _MOST_DIGITS:
        return False
    return _PLAIN.fullmatch(field_name) is not None or is_entry(field_name)


@dataclass(frozen=True, slots=True)
class _DenyList:
    """Entry to category. Words are joined, so that `phone_number`, `phoneNumber` and `phonenumber` are one."""

    words: Mapping[str, str]
    names: Mapping[str, str]
    chinese: Mapping[str, str]


@cache
def _deny_list() -> _DenyList:
    data = tomllib.loads(files("hub").joinpath("data", "deny_list.toml").read_text(encoding="utf-8"))
    words: dict[str, str] = {}
    names: dict[str, str] = {}
    chinese: dict[str, str] = {}
    for category, lists in data.items():
        for entry in lists["words"]:
            table = chinese if _CHINESE.search(entry) else words
            table["".join(entry.split())] = category
        names |= dict.fromkeys(lists.get("names", ()), category)
    return _DenyList(words, names, chinese)
