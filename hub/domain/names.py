"""Chinese names as agencies write them: one person, many spellings (domain 6.1).

A name is stored exactly as sent; everything here only derives keys from it, in layers ever further from the text.
N1 takes away what typing and encoding did, N2 what script did, N3 is the sound, and beyond stand the marks that systems
leave where they could not hold a character. How far two names must be folded before they agree is the answer of
`compare_names`.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final

EXACT: Final = "EXACT"
VARIANT: Final = "VARIANT"
PLACEHOLDER: Final = "PLACEHOLDER"
POSSIBLE: Final = "POSSIBLE"
DIFFERENT: Final = "DIFFERENT"

INTERPUNCT: Final = "·"
"""U+00B7, the one dot of minority names in IT systems (民委发〔2016〕33号)."""

_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_PRIVATE_USE = "\ue000-\uf8ff\U000f0000-\U0010ffff"
_PLAIN = re.compile("[\u4e00-\u9fff]+")
_IS_HAN = re.compile(f"[{_HAN}]")
# Soft hyphen, joiners, zero-width, bidi and tag characters, variation selectors, and controls other than blanks.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\U000e0000-\U000e0fff\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]"
)
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
_BESIDE_HAN = re.compile(rf"(?<=[{_HAN}{INTERPUNCT}]) | (?=[{_HAN}{INTERPUNCT}])")
_DECOMPOSED = f"[(\\[【〔]([{_HAN}]\\+?[{_HAN}](?:\\+?[{_HAN}])*)[)\\]】〕]"
_DESCRIBED = f"[\u2ff0-\u2ffb]([{_HAN}]{{2,3}})"  # an ideographic description sequence such as ⿰王民
_LATIN = "[A-Z\u00c0-\u024f]+"
_POSITION = re.compile(rf"{_DECOMPOSED}|{_DESCRIBED}|({_LATIN})|\S", re.DOTALL)
_IS_PRIVATE_USE = re.compile(f"[{_PRIVATE_USE}]")
_U_UMLAUT = re.compile("^([LN])(?:YU|V)")

# The parts people name when they describe a character, where the character itself shows a squeezed form of them.
_SQUEEZED_PARTS = str.maketrans(
    "氵亻扌钅釒讠訁纟糹忄犭灬礻衤饣飠刂草艹⺮罒辶⺼玉⻊⺙攵⺆牜",
    "水人手金金言言丝丝心犬火示衣食食刀卄卄竹网走肉王足文文冂牛",
)


def normalize_name(name: str) -> str:
    """N0 and N1: the name without traces of keyboards, encodings and databases. Names equal here are EXACT."""
    if _PLAIN.fullmatch(name):
        return name
    text = name
    # One pass can set up another (a removed mark lets letters compose), so repeat until nothing changes.
    for _ in range(4):
        before, text = text, _normalize_once(text)
        if text == before:
            break
    return text


@lru_cache(maxsize=65_536)
def fold_name(name: str) -> str:
    """N2: simplified characters without dots. A key only: it merges names that are legally different (乾/干, 昇/升)."""
    return fold_characters(normalize_name(name).replace(INTERPUNCT, ""))


def compare_names(a: str, b: str) -> str:
    """How alike two names are by text alone, best first: EXACT, VARIANT, PLACEHOLDER, POSSIBLE, DIFFERENT.

    Says nothing about persons: what a class is worth depends on the numbers beside the names (decision matrix, 6.1).
    """
    return _compare(a, b) if a <= b else _compare(b, a)


def fold_characters(text: str) -> str:
    """Text in simplified characters and common variants, one for one. A key only, like `fold_name`."""
    return "".join(map(_fold_character, text))


def name_codepoints(name: str) -> list[str]:
    """The code points of a name as `U+2CB4E`, to show which of two look-alike characters a record holds."""
    return [f"U+{ord(character):04X}" for character in name]


@lru_cache(maxsize=65_536)
def _compare(a: str, b: str) -> str:
    text_a, text_b = normalize_name(a), normalize_name(b)
    if text_a == text_b:
        return EXACT
    if fold_name(text_a) == fold_name(text_b):
        return VARIANT
    positions_a, positions_b = _positions(text_a), _positions(text_b)
    if len(positions_a) != len(positions_b):
        return DIFFERENT
    if _stand_in_for(positions_a, positions_b):
        return PLACEHOLDER
    if INTERPUNCT not in text_a + text_b and _sound_alike(fold_name(text_a), fold_name(text_b)):
        return POSSIBLE
    return DIFFERENT


def _normalize_once(text: str) -> str:
    tables = _tables()
    text = _INVISIBLE.sub("", text).translate(tables.dots)
    text = unicodedata.normalize("NFKC", text).translate(tables.characters).upper()
    text = tables.dots_between_han.sub(INTERPUNCT, " ".join(text.split()))
    return _BESIDE_HAN.sub("", text)


# --- what stands at one position of a name ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Position:
    """One character, or what was written in place of one: a mark, its sound, or its parts."""

    text: str
    is_mark: bool = False
    syllable: str = ""
    parts: str = ""

    @property
    def is_han(self) -> bool:
        return not (self.is_mark or self.syllable or self.parts)


def _positions(text: str) -> list[_Position]:
    return [_position(match) for match in _POSITION.finditer(text.replace(INTERPUNCT, ""))]


def _position(match: re.Match[str]) -> _Position:
    written, in_brackets, described, syllable = match[0], match[1], match[2], match[3]
    if in_brackets or described:
        return _Position(written, parts=(in_brackets or described).replace("+", ""))
    if syllable:
        return _Position(written, syllable=syllable)
    is_mark = written in _tables().stand_ins or _IS_PRIVATE_USE.match(written) is not None
    return _Position(_fold_character(written), is_mark=is_mark)


def _stand_in_for(a: list[_Position], b: list[_Position]) -> bool:
    """Whether the names agree but for stand-ins. At least one character must agree: marks alone prove nothing."""
    agreeing = 0
    for at, (one, other) in enumerate(zip(a, b, strict=True)):
        if one.text == other.text:
            agreeing += bool(_IS_HAN.match(one.text))
        elif not (_can_stand_for(one, other, at) or _can_stand_for(other, one, at)):
            return False
    return agreeing > 0


def _can_stand_for(stand_in: _Position, other: _Position, at: int) -> bool:
    if stand_in.is_mark:
        return True
    if not other.is_han or not _IS_HAN.match(other.text):
        return False
    if stand_in.syllable:
        return _sound_key(stand_in.syllable) in _possible_sounds(other.text, is_surname=at == 0)
    return bool(stand_in.parts) and _spell(stand_in.parts) == _spell(other.text)


def _spell(characters: str) -> str:
    """Characters broken down as far as the table of parts goes: 珉 and 王民 become the same, 章 and 立早 too."""
    parts = _parts()
    spelt = ""
    waiting = list(reversed(characters.translate(_SQUEEZED_PARTS)))
    while waiting:
        character = waiting.pop()
        inner = parts.get(character)
        if inner is None:
            spelt += character
        else:
            waiting.extend(reversed(inner.translate(_SQUEEZED_PARTS)))
    return spelt


# --- sound ------------------------------------------------------------------------------------------------------------


def _sound_alike(a: str, b: str) -> bool:
    """Same toneless pinyin at every position, surnames read as surnames: 张伟/张玮, 肖建/萧建."""
    if len(a) != len(b) or not all(map(_IS_HAN.match, a + b)) or _transliterated(a) or _transliterated(b):
        return False
    return _sounds(a) == _sounds(b)


def _transliterated(name: str) -> bool:
    """A minority name by its look. Offices spell those each their own way, so a like sound proves nothing."""
    tables = _tables()
    if name.startswith(tables.transliteration_starts):
        return True
    if len(name) < 4 or name[:2] in tables.compound_surnames:
        return len(name) > 4
    return len(name) > 4 or not (name[0] in tables.frequent_surnames and name[1] in tables.frequent_surnames)


def _sounds(name: str) -> list[str]:
    readings = _tables().surname_readings
    sounds = [_dictionary_sounds(character)[0] for character in name]
    surname = readings.get(name[:2]) or readings.get(name[:1]) or []
    return [_sound_key(sound) for sound in [*surname, *sounds[len(surname) :]]]


def _possible_sounds(character: str, *, is_surname: bool) -> set[str]:
    sounds = list(_dictionary_sounds(character))
    if is_surname:
        sounds += _tables().surname_readings.get(character, [])
    return {_sound_key(sound) for sound in sounds}


def _sound_key(syllable: str) -> str:
    """A syllable without tone mark; ü as passports (LYU), keyboards (LV) and forms (LU) write it becomes one."""
    bare = unicodedata.normalize("NFD", syllable.upper()).replace("U\u0308", "V")
    bare = "".join(letter for letter in bare if not unicodedata.combining(letter))
    return _U_UMLAUT.sub(r"\1U", bare)


@lru_cache(maxsize=32_768)
def _dictionary_sounds(character: str) -> tuple[str, ...]:
    # Imported on first use: loading its dictionaries takes a third of a second, which commands without names never pay.
    from pypinyin import Style, pinyin

    return tuple(pinyin(character, style=Style.NORMAL, heteronym=True)[0])


# --- tables -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Tables:
    """`data/names.toml`, made ready for use."""

    dots: dict[int, str]
    characters: dict[int, str]
    dots_between_han: re.Pattern[str]
    variants: dict[str, str]
    stand_ins: frozenset[str]
    surname_readings: dict[str, list[str]]
    compound_surnames: frozenset[str]
    frequent_surnames: frozenset[str]
    transliteration_starts: tuple[str, ...]


@cache
def _tables() -> _Tables:
    data: dict[str, Any] = tomllib.loads(files("hub").joinpath("data", "names.toml").read_text(encoding="utf-8"))
    dots = {ord(dot): INTERPUNCT for dot in data["dots"]}
    radicals = {ord(pair[0]): pair[1] for pair in data["radicals"].split()}
    start = data["private_use_from"]
    private_use = {
        start + at: radicals.get(ord(character), character) for at, character in enumerate(data["private_use"])
    }
    beside = f"{_HAN}{_PRIVATE_USE}□■{INTERPUNCT}"
    between = re.escape(data["dots_between"] + INTERPUNCT)
    return _Tables(
        dots=dots,
        characters=dots | radicals | private_use | {ord(dash): "-" for dash in _DASHES},
        dots_between_han=re.compile(rf"(?<=[{beside}])[ {between}]*[{between}] ?(?=[{beside}])"),
        variants={pair[0]: pair[1] for pair in data["variants"].split()},
        stand_ins=frozenset(data["stand_ins"]),
        surname_readings={
            surname: sounds.split(",")
            for surname, sounds in (entry.split("=") for entry in data["surname_readings"].split())
        },
        compound_surnames=frozenset(data["compound_surnames"].split()),
        frequent_surnames=frozenset(data["frequent_surnames"]),
        transliteration_starts=tuple(data["transliteration_starts"].split()),
    )


@cache
def _parts() -> Mapping[str, str]:
    """What characters are made of, for names with a description in place of a character. Loaded when first met.

    From cjk-decomp (Gavin Grover, MIT licence). No character is part of its own parts, however deep: a test sees to it.
    """
    lines = files("hub").joinpath("data", "name_parts.tsv").read_text(encoding="utf-8").splitlines()
    return {line[0]: line[2:] for line in lines if not line.startswith("#")}


@lru_cache(maxsize=32_768)
def _fold_character(character: str) -> str:
    variants = _tables().variants
    # Character by character: OpenCC's phrases would keep 乾 in 乾隆 and drop it in 王乾.
    simplified: str = _simplifier().convert(variants.get(character, character))
    return variants.get(simplified, simplified)


@cache
def _simplifier() -> Any:  # noqa: ANN401 - OpenCC is untyped
    from opencc import OpenCC

    return OpenCC("t2s")
