"""Numbers of the simulated city, right and wrong. Only the unassigned prefix 4298xx is used (domain 2.7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date

from hub.simulate.days import Day, iso

COUNTIES = {"429801": "城中区", "429802": "城东区", "429803": "江北县"}
UNKNOWN_COUNTY = "429899"

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_FULL_WIDTH = {ord(char): ord(char) + 0xFEE0 for char in "0123456789X"}


def id_check(body: str) -> str:
    """MOD 11-2 check character of the first 17 digits of a citizen number."""
    return _ID_CHECKS[sum(int(digit) * weight for digit, weight in zip(body, _ID_WEIGHTS, strict=True)) % 11]


def is_citizen_number(text: str) -> bool:
    """Whether a text is 17 digits and their check character. Region and date are not looked at."""
    return len(text) == 18 and text[:17].isdigit() and text[17] == id_check(text[:17])


def _org_check(body: str) -> str:
    total = sum(int(char, 36) * weight for char, weight in zip(body, _ORG_WEIGHTS, strict=True))
    return "0X987654321"[total % 11]


def credit_code(kind: str, region: str, serial: int) -> str:
    """Unified social credit code (GB 32100) of a made-up organisation: kind 2 characters, region, serial."""
    body = f"{serial:08d}"
    text = kind + region + body + _org_check(body)
    total = sum(_USCC_ALPHABET.index(char) * pow(3, place, 31) for place, char in enumerate(text))
    return text + _USCC_ALPHABET[(31 - total % 31) % 31]


class NumberOffice:
    """Hands out citizen numbers and unit codes, each once."""

    def __init__(self) -> None:
        self._sequences: Counter[tuple[str, Day, str]] = Counter()
        self._units: Counter[str] = Counter()

    def citizen_number(self, region: str, birth: Day, sex: str) -> str:
        """A fresh valid number: odd sequence for men ("1"), even for women ("2")."""
        key = (region, birth, sex)
        self._sequences[key] += 1
        sequence = self._sequences[key] * 2 - (1 if sex == "1" else 0)
        body = f"{region}{iso(birth).replace('-', '')}{sequence:03d}"
        return body + id_check(body)

    def claim(self, number: str, sex: str) -> bool:
        """Take a certain number out of the series, where nobody has it or will get it otherwise."""
        birth = date(int(number[6:10]), int(number[10:12]), int(number[12:14])).toordinal()
        key, sequence = (number[:6], birth, sex), (int(number[14:17]) + 1) // 2
        if self._sequences[key] >= sequence:
            return False
        self._sequences[key] = sequence
        return True

    def unit_code(self, region: str) -> str:
        """A fresh dwelling unit code (GB/T 37346, 28 characters)."""
        serial = self._units[region]
        self._units[region] += 1
        parcel, rest = divmod(serial, 120)
        building, dwelling = divmod(rest, 20)
        floor, door = divmod(dwelling, 4)
        return f"{region}001{parcel // 900 + 1:03d}GB{parcel + 1:05d}F{building + 1:04d}{floor + 1:02d}{door + 1:02d}"


def _wrong_check(number: str) -> str:
    return number[:17] + ("1" if number[17] != "1" else "2")


def _letter_o(number: str) -> str:
    place = number.rindex("0", 0, 17)
    return f"{number[:place]}O{number[place + 1 :]}"


def _one_digit_short(number: str) -> str:
    return number[:16] + number[17]


def _scientific(number: str) -> str:
    return f"{number[0]}.{number[1:6]}E+17"


def _spreadsheet_rounded(number: str) -> str:
    rounded = number[:15] + "000"
    return rounded if not is_citizen_number(rounded) else _wrong_check(number)


def _fifteen_digits(number: str) -> str:
    return number[:6] + number[8:17]


def _unknown_region(number: str) -> str:
    body = UNKNOWN_COUNTY + number[6:17]
    return body + id_check(body)


def _impossible_date(number: str) -> str:
    body = number[:10] + "0231" + number[14:17]
    return body + id_check(body)


NUMBER_FAULTS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("wrong check digit", _wrong_check),
    ("letter O for zero", _letter_o),
    ("17 characters", _one_digit_short),
    ("scientific notation", _scientific),
    ("15-digit number", _fifteen_digits),
    ("unknown region", _unknown_region),
    ("impossible date", _impossible_date),
    ("rounded by a spreadsheet", _spreadsheet_rounded),
)
"""Ways a number gets spoilt; each gives a text that fails validation."""


def full_width(number: str) -> str:
    """The number typed in full-width characters: odd to look at, valid after normalisation."""
    return number.translate(_FULL_WIDTH)
