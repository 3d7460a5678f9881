"""Numbers that name persons: everything that is wrong with one, at once, and whether it may link records.

A check never answers with one boolean. A number may be well formed and still belong to somebody else; it may look wrong
and still be the legal one, until the police correct it. So the caller gets every code of domain 2.1 and two judgements:
`ok` (nothing wrong with the number itself) and `linkable` (records may be joined on it).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from operator import mul
from string import ascii_uppercase
from types import MappingProxyType
from typing import Final, NamedTuple

from hub.domain.regions import RegionTable, load_regions

WARNINGS: Final = frozenset({"AGE_GT_130", "SEQ_000", "REGION_LATE", "ORG_INNER"})
"""Worth a look, but genuine numbers carry them too."""

CONTRADICTIONS: Final = frozenset({"SEX_MISMATCH", "BIRTH_MISMATCH"})
"""The number disagrees with the record beside it: rule ID-05's matter, not a fault of the number."""

LATEST_PLAUSIBLE_BIRTH: Final = "2030-12-31"
"""The latest birth date believed when nobody says when the number was recorded.

The core reads no clock: who knows the record time passes it. Without it, only births beyond this version's useful life
are called FUTURE.
"""

EARLIEST_PLAUSIBLE_BIRTH: Final = "1900-01-01"
"""The earliest birth without AGE_GT_130 when the record time is unknown: 130 years before the year 2030 above."""

OLDEST_PLAUSIBLE_AGE: Final = 130
REGION_LATE_YEARS: Final = 3

# A birth date or sex read from such a number need not be the holder's.
_UNREADABLE = frozenset({"LEN", "CHARS", "SCI_NOTATION", "PRECISION_LOSS", "CHECKSUM", "DATE", "FUTURE"})

_GB_11643 = frozenset({"RIC", "RIC15", "HMT_RP"})
_WITH_BIRTH_DATE = _GB_11643 | {"FPR_NEW"}
_NEVER_LINKING = frozenset({"PASSPORT", "PERMIT_NO", "HUKOU_NO"})  # need their country, or have no national form

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_WEIGHT_OF_ASCII_ZEROS = ord("0") * sum(_WEIGHTS)
_CHECK_CHARACTERS = "10X98765432"

_HMT_PREFIXES = frozenset({"810000", "820000", "830000"})
# GB 11643-1999 kept these sequences for persons already over a hundred when the 15-digit numbers were given out.
_CENTENARIAN_SEQUENCES = frozenset({"996", "997", "998", "999"})

_DIGITS_AND_CHECK = re.compile(r"[0-9]*X?")
_SCI_NOTATION = re.compile(r"[0-9](?:\.[0-9]+E\+?|E\+)[0-9]{1,3}")
# Blanks, soft hyphen, zero-width and bidi marks, and every dash.
_IGNORED = re.compile(r"[\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\u2010-\u2015\u2043\u2212-]+")
_APOSTROPHES = "'`\u2018\u2019"  # spreadsheets put one before text that looks like a number
_LOOKS_LIKE_X = frozenset("ХΧ×*")  # Cyrillic, Greek, times, asterisk: NFKC leaves them alone


@dataclass(frozen=True, slots=True)
class Check:
    """What was found out about one number.

    `raw` is the value as sent; `canonical` is the form to compare by, None when length or characters are wrong.
    """

    id_type: str
    raw: str
    canonical: str | None
    codes: tuple[str, ...]

    @property
    def errors(self) -> tuple[str, ...]:
        """Codes that spoil the number itself."""
        return tuple(code for code in self.codes if code not in WARNINGS and code not in CONTRADICTIONS)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Codes that genuine numbers carry too."""
        return tuple(code for code in self.codes if code in WARNINGS)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong with the number itself."""
        return not self.codes or not self.errors

    @property
    def linkable(self) -> bool:
        """Whether records may be joined on this number; an archive's 15 digits may if they upgrade cleanly."""
        return self.id_type in LINKING_TYPES and self.errors in ((), ("LEGACY15",))

    @property
    def birth_date(self) -> str | None:
        """The ISO birth date an 18-digit number carries, if it can be trusted that far."""
        if self.canonical is None or self.id_type not in _WITH_BIRTH_DATE or not _UNREADABLE.isdisjoint(self.codes):
            return None
        born = self.canonical[6:14]
        return f"{born[:4]}-{born[4:6]}-{born[6:]}"

    @property
    def sex(self) -> str | None:
        """Sex by GB/T 2261.1, '1' male or '2' female, if the number is of GB 11643 and can be trusted that far."""
        if self.canonical is None or self.id_type not in _GB_11643 or not _UNREADABLE.isdisjoint(self.codes):
            return None
        return _sex_of(self.canonical)


class _Record(NamedTuple):
    """What stands beside the number."""

    birth_date: str | None
    sex: str | None
    recorded_on: str | None
    regions: RegionTable


class _Finding(NamedTuple):
    canonical: str | None
    codes: list[str]


_Checker = Callable[[str, _Record], _Finding]


def check_identifier(
    id_type: str,
    value: str,
    birth_date: str | None = None,
    sex: str | None = None,
    *,
    recorded_on: str | None = None,
    regions: RegionTable | None = None,
) -> Check:
    """Check one person number by all rules of its type (domain 2.1).

    `id_type` is one of `ID_TYPES`, or FPR to tell the two foreigners' cards apart by shape. `birth_date` and `sex` are
    what the record says beside the number; `recorded_on` is the ISO date (or time) it was recorded. Without `regions`
    the fictional demo city counts as known: a production pipeline passes its own table.
    """
    text = _normalize(value)
    if id_type == "FPR":
        id_type = "FPR_OLD" if text[:3].isalpha() else "FPR_NEW"
    check = _CHECKS.get(id_type)
    if check is None:
        raise ValueError(f"unknown id_type, expected one of {', '.join(ID_TYPES)}")
    if _SCI_NOTATION.fullmatch(text):
        return Check(id_type, value, None, ("SCI_NOTATION",))
    table = load_regions(fictional=True) if regions is None else regions
    found = check(text, _Record(birth_date, sex, recorded_on, table))
    return Check(id_type, value, found.canonical, tuple(found.codes))


def mod_11_2(first_17: str) -> str:
    """The check character of GB 11643 (ISO 7064 MOD 11-2) for 17 digits."""
    return _CHECK_CHARACTERS[(sum(map(mul, _WEIGHTS, first_17.encode("ascii"))) - _WEIGHT_OF_ASCII_ZEROS) % 11]


def upgrade_15_digits(number: str) -> str:
    """The 18-digit number a 15-digit one became in 1999: century put in, check character added."""
    century = "18" if number[12:] in _CENTENARIAN_SEQUENCES else "19"
    first_17 = number[:6] + century + number[6:]
    return first_17 + mod_11_2(first_17)


def _normalize(value: str) -> str:
    if value.isascii() and value.isalnum():
        return value.upper()
    text = _IGNORED.sub("", unicodedata.normalize("NFKC", value)).lstrip(_APOSTROPHES).upper()
    if len(text) == 18 and text[17] in _LOOKS_LIKE_X:
        return text[:17] + "X"
    return text


def _all_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


# --- 18 digits: GB 11643 and the cards that borrowed its form ---------------------------------------------------------


def _check_citizen(text: str, record: _Record) -> _Finding:
    if len(text) == 15 and _all_digits(text):
        return _check_legacy(text, record)
    return _check_eighteen(text, record, _citizen_region_codes)


def _check_legacy(text: str, record: _Record) -> _Finding:
    if len(text) != 15:
        return _Finding(None, ["LEN"] if _DIGITS_AND_CHECK.fullmatch(text) else ["LEN", "CHARS"])
    if not _all_digits(text):
        return _Finding(None, ["CHARS"])
    number = upgrade_15_digits(text)
    codes = _check_eighteen(number, record, _citizen_region_codes).codes
    contradictions = [code for code in codes if code in CONTRADICTIONS]
    return _Finding(number, [*(code for code in codes if code not in CONTRADICTIONS), "LEGACY15", *contradictions])


def _check_hmt_resident(text: str, record: _Record) -> _Finding:
    # The prefix is not a GB/T 2260 code: 83 stands for Taiwan here, which is 71 there.
    return _check_eighteen(text, record, lambda text, _: [] if text[:6] in _HMT_PREFIXES else ["REGION_UNKNOWN"])


def _check_foreigner(text: str, record: _Record) -> _Finding:
    # Digits 2-6 (province of application, ISO country) are left unchecked: no official table of them was seen.
    found = _check_eighteen(text, record._replace(sex=None), lambda _text, _record: [])
    if found.canonical is None or text[0] == "9":
        return found
    return _Finding(None, ["CHARS", *found.codes])


def _check_eighteen(text: str, record: _Record, region_codes: Callable[[str, _Record], list[str]]) -> _Finding:
    if len(text) != 18:
        return _Finding(None, ["LEN"] if _DIGITS_AND_CHECK.fullmatch(text) else ["LEN", "CHARS"])
    well_formed = _all_digits(text[:17]) and text[17] in "0123456789X"
    codes = [] if well_formed else ["CHARS"]
    # Parts that are whole are judged even when others are not: the agency learns all faults in one answer.
    dated = _all_digits(text[6:14])
    if dated:
        codes += _birth_codes(text[6:14], record.recorded_on)
    rounded = False
    if well_formed:
        wrong_check = mod_11_2(text[:17]) != text[17]
        # A spreadsheet keeps 15 significant digits. A row of one digit is a filler, not a rounded number.
        rounded = wrong_check and text.endswith("000") and len(set(text)) > 1
        if text[14:17] == "000" and not rounded:
            codes.append("SEQ_000")
        if wrong_check and not rounded:
            codes.append("CHECKSUM")
    if _all_digits(text[:6]):
        codes += region_codes(text, record)
    if rounded:
        codes.append("PRECISION_LOSS")
    elif record.sex in ("1", "2") and _all_digits(text[14:17]) and record.sex != _sex_of(text):
        codes.append("SEX_MISMATCH")
    if record.birth_date and dated and "DATE" not in codes and record.birth_date.replace("-", "") != text[6:14]:
        codes.append("BIRTH_MISMATCH")
    return _Finding(text if well_formed else None, codes)


def _birth_codes(born: str, recorded_on: str | None) -> list[str]:
    if not _is_date(born):
        return ["DATE"]
    earliest, latest = _plausible_births(recorded_on)
    if born > latest:
        return ["FUTURE"]
    return ["AGE_GT_130"] if born < earliest else []


def _citizen_region_codes(text: str, record: _Record) -> list[str]:
    """A typing check only: the region is where the number was given out, often under a code younger than its holder."""
    region = text[:6]
    if not record.regions.known(region):
        return ["REGION_UNKNOWN"]
    abolished = record.regions.abolished_year(region)
    if abolished is not None and _all_digits(text[6:10]) and int(text[6:10]) - abolished > REGION_LATE_YEARS:
        return ["REGION_LATE"]
    return []


def _sex_of(number: str) -> str:
    return "1" if number[16] in "13579" else "2"


@lru_cache(maxsize=65_536)
def _is_date(compact: str) -> bool:
    try:
        date(int(compact[:4]), int(compact[4:6]), int(compact[6:8]))
    except ValueError:
        return False
    return True


@lru_cache(maxsize=4_096)
def _plausible_births(recorded_on: str | None) -> tuple[str, str]:
    """Earliest and latest birth (YYYYMMDD) that raise no question; a day of grace for clocks and time zones."""
    if recorded_on is None:
        return EARLIEST_PLAUSIBLE_BIRTH.replace("-", ""), LATEST_PLAUSIBLE_BIRTH.replace("-", "")
    day = date.fromisoformat(recorded_on[:10])
    return f"{day.year - OLDEST_PLAUSIBLE_AGE:04d}{day:%m%d}", f"{day + timedelta(days=1):%Y%m%d}"


# --- other numbers ----------------------------------------------------------------------------------------------------


def _check_old_foreigner(text: str, record: _Record) -> _Finding:
    """The 2004 and 2017 card: country 3, region 4, YYMMDD, sequence 1, check 1 by ICAO 9303 (weights 7-3-1)."""
    found = _shape_of_old_foreigner(text, record)
    if found.canonical is None:
        return found
    codes = []
    born = text[7:13]
    if not _is_date("20" + born):  # of either century: no day of 19YY is missing in 20YY
        codes.append("DATE")
    if sum(int(character, 36) * (7, 3, 1)[at % 3] for at, character in enumerate(text[:14])) % 10 != int(text[14]):
        codes.append("CHECKSUM")
    if record.birth_date and not codes and record.birth_date.replace("-", "")[2:] != born:
        codes.append("BIRTH_MISMATCH")
    return _Finding(text, codes)


def _check_opaque(text: str, _: _Record) -> _Finding:
    return _Finding(text, []) if text else _Finding(None, ["LEN"])


def _matching(shape: str, alphabet: str, lengths: set[int] | range, kept: int | None = None) -> _Checker:
    """A check by pattern; only the first `kept` characters name the person, what follows counts reissues."""
    whole, allowed = re.compile(shape), re.compile(alphabet)

    def check(text: str, _: _Record) -> _Finding:
        codes = [] if len(text) in lengths else ["LEN"]
        if not (allowed if codes else whole).fullmatch(text):
            codes.append("CHARS")
        return _Finding(None if codes else text[:kept], codes)

    return check


def _no_filler(check: _Checker) -> _Checker:
    """Refuse `00000000`, `无`, `待补` where no check digit would: strangers must not be linked by a filler."""

    def guarded(text: str, record: _Record) -> _Finding:
        found = check(text, record)
        if found.canonical is not None and len(set(text.lstrip(ascii_uppercase))) < 2:
            return _Finding(None, ["CHARS"])
        return found

    return guarded


_shape_of_old_foreigner = _matching(r"[A-Z]{3}[0-9]{12}", r"[A-Z0-9]*", {15})

_CHECKS: Mapping[str, _Checker] = MappingProxyType(
    {
        "RIC": _check_citizen,
        "RIC15": _check_legacy,
        "HMT_RP": _check_hmt_resident,
        "FPR_NEW": _check_foreigner,
        "FPR_OLD": _check_old_foreigner,
        "HK_MO_PERMIT": _no_filler(_matching(r"[HM][0-9]{8}(?:[0-9]{2})?", r"[HM0-9]*", {9, 11}, kept=9)),
        "TW_PERMIT": _no_filler(_matching(r"[0-9]*", r"[0-9]*", {8, 10})),
        "PASSPORT": _matching(r"[A-Z0-9]*", r"[A-Z0-9]*", range(5, 18)),
        "BIRTH_CERT": _no_filler(_matching(r".*[0-9].*", r".*", range(1, 21))),
        "SSN_FOREIGN": _no_filler(_matching(r"[A-Z]{3}[A-Z0-9]{15}", r"[A-Z0-9]*", {18})),
        "PERMIT_NO": _check_opaque,
        "HUKOU_NO": _check_opaque,
    }
)

ID_TYPES: Final = tuple(_CHECKS)
LINKING_TYPES: Final = frozenset(ID_TYPES) - _NEVER_LINKING
