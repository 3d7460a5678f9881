"""An address taken apart: where it is, what it stands at, and which door (domain 6.3, steps A1 to A8).

Written by hand, and it knows no places but the regions of GB/T 2260: it reads the words that mark parts (路, 号, 栋,
单元, 室). What it cannot place stays in the name of the estate, so that an odd address matches nothing rather than
something else.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from hub.domain.names import fold_characters
from hub.domain.regions import load_regions

_DIGITS: Final = "〇一二三四五六七八九"
_POWERS: Final[Mapping[str, int]] = {"十": 10, "百": 100, "千": 1000}
_NUMERAL = f"[{_DIGITS}十百千]"
_LABEL = "(?:[A-Z]?[0-9]+[A-Z]?|[A-Z]|[甲乙丙丁戊])"

LONGEST_ADDRESS: Final = 300
"""Longer texts are not addresses and are not read: they would only cost time."""

_NOTE = re.compile(r"[(\[【〔「『《]([^)\]】〕」』》]*)[)\]】〕」』》]")
_NOTE_LEAD = re.compile("^(?:原名|原|曾用名|又名|别名|旧称|旧名|俗称|现名|现|即)[是为叫:]*")
_DASH = re.compile("[\u2010-\u2015\u2043\u2212~/\\\\_]|(?<=[0-9])之(?=[0-9])")
_GAP_IN_NUMBERS = re.compile(r"(?<=[0-9])[\s,.;、。·]+(?=[0-9])")
_NOISE = re.compile("[^0-9A-Z#\u3007\u3400-\u9fff\U00020000-\U0003ffff-]")

# A2. Words that may follow show a numeral to be part of a name: 一号路, 三门路, 三房巷, 五楼村.
_BEFORE_MARK = re.compile(
    f"({_NUMERAL}+)(?=(?:号|#|栋|幢|座|单元|门|室|房|层|楼|村民小组|生产队|小组|组|队|弄)"
    "(?!路|街|大道|道|巷|胡同|桥|村(?!民小组)|镇|乡|庄|店|湾|坡|峡|口))"
)
_AFTER_MARK = re.compile(f"(?:(?<=附)|(?<=号之))({_NUMERAL}+)|(?<=[栋幢座元门层楼号])({_NUMERAL}{{3,}})$")
_ORDINAL = re.compile("第(?=[0-9]+(?:号|#|栋|幢|座|单元|门|室|房|层|楼|村民小组|生产队|小组|组|队))")

_SPELLINGS: Final = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        ("街道办事处|街道办|街办|(?<=街道)办事处", "街道"),
        ("社区?(?:居民委员会|居委会)|(?:居民委员会|居委会)", "社区"),
        ("村?(?:村民委员会|村委会)", "村"),
        ("(?<=[0-9])(?:村民小组|生产队|小组|队)", "组"),
        ("(?<=组)组|(?<=村)村(?=[0-9])", ""),
        ("(?<=号)之(?=[0-9])", "附"),
        ("[首底](?=[层楼])", "1"),
        ("(?:负|地下)(?=[0-9]+[层楼室房])|(?<![0-9A-Z])(?:B|-)(?=[1-9][层楼])", "负"),
        # A3: all words for a building are 栋; 楼 is one only before a unit, elsewhere it is a floor.
        (f"(?<![0-9A-Z])({_LABEL})(?:号楼|#楼|栋楼|幢楼|幢|座|#)", r"\1栋"),
        (f"(?<![0-9A-Z])({_LABEL})楼(?={_LABEL}(?:单元|门))", r"\1栋"),
        # A4: 门 is a unit after a building or a street number.
        (f"(?<=[栋号])({_LABEL})门", r"\1单元"),
    )
)

_ELEMENT = re.compile(
    rf"""-?(?:
      (?P<building>{_LABEL}(?:-{_LABEL})?)栋
    | (?P<unit>{_LABEL})单元
    | (?P<floor>负?[0-9]+)[层楼]
    | (?P<group>[0-9]+)组
    | (?P<lane>[0-9]+)弄
    | (?P<room>负?[A-Z]?[0-9]+[A-Z]?)(?:号?[室房])
    | (?P<number>[甲乙丙丁]?[0-9]+[A-Z]?[甲乙丙丁]?(?:-[0-9]{{1,2}})?)号院?
      (?:(?P<annex>[甲乙丙丁](?!栋|单元)|附[0-9]+号?|-[0-9]+号))?
    | (?P<run>[A-Z]?[0-9]+[A-Z]?(?:-[0-9]+[A-Z]?)*|[A-Z]-[0-9]+)(?:号?[室房]|号)?(?=$|-?{_LABEL}(?:栋|单元))
    )""",
    re.VERBOSE,
)

_STREET = re.compile("[^0-9]{1,8}?街道|[^0-9]{2,8}?(?<!小)(?<!水)(?<!古)[镇乡](?=[^0-9A-Z]{2})")
_COMMUNITY = re.compile("[^0-9A-Z]{1,10}?社区")
_ROAD_ENDS = ("大道", "国道", "省道", "胡同", "路", "街", "道", "巷")
_ROAD = re.compile(f"(?P<road>[^村]{{1,12}}?(?:{'|'.join(_ROAD_ENDS)})(?:[东西南北中]段)?)(?P<rest>.*)")
_ESTATE_SUFFIX = re.compile("(?<=..)小区$")
_FILLING = frozenset({"", "内", "院", "院内"})
_LEADING_ZEROS = re.compile("(?<![0-9])0+(?=[0-9])")


@dataclass(slots=True)
class Address:
    """The parts of an address; an empty text is a part that was not written.

    `first_of_pair` belongs to a two-part tail such as 3-501: it is the building or the unit, nobody can tell which.
    """

    province: str = ""
    city: str = ""
    county: str = ""
    street: str = ""
    community: str = ""
    road: str = ""
    number: str = ""
    estate: str = ""
    group: str = ""
    building: str = ""
    unit: str = ""
    floor: str = ""
    room: str = ""
    first_of_pair: str = ""
    aliases: tuple[str, ...] = ()


@lru_cache(maxsize=32_768)
def parse_address(address: str) -> Address:
    """The parts of an address. Treat the result as read-only: it is shared."""
    if len(address) > LONGEST_ADDRESS:
        return Address(estate=address)
    text, notes = _take_notes(unicodedata.normalize("NFKC", address).upper())
    parsed = Address(aliases=tuple(_NOTE_LEAD.sub("", fold_characters(note)) for note in notes))
    rest = _take_regions(_normalize(text), parsed)
    rest = _take_subdistrict(rest, parsed)
    _take_elements(rest, parsed)
    _settle(parsed)
    return parsed


def _take_notes(text: str) -> tuple[str, list[str]]:
    """A8: bracketed notes are other names of the place, never part of the address."""
    notes = [note for note in _NOTE.findall(text) if note]
    return _NOTE.sub("", text), notes


def _normalize(text: str) -> str:
    """A1 to A4 as far as they are spelling: blanks, dashes, script, numerals, and one word for one thing."""
    text = _GAP_IN_NUMBERS.sub("-", _DASH.sub("-", text))
    text = fold_characters(_NOISE.sub("", text)).replace("零", "〇").replace("两", "二")
    text = _BEFORE_MARK.sub(lambda match: _read_numeral(match[1]), text)
    text = _AFTER_MARK.sub(lambda match: _read_numeral(match[0]), text)
    text = _ORDINAL.sub("", text)
    for pattern, replacement in _SPELLINGS:
        text = pattern.sub(replacement, text)
    return text


def _read_numeral(numeral: str) -> str:
    """五〇一 is read digit by digit, 二十三 and 一百〇二 by value."""
    if not any(character in _POWERS for character in numeral):
        return "".join(str(_DIGITS.index(character)) for character in numeral)
    total, digit = 0, 0
    for character in numeral:
        if character in _POWERS:
            total += (digit or 1) * _POWERS[character]
            digit = 0
        else:
            digit = _DIGITS.index(character)
    return str(total + digit)


# --- where ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _RegionNames:
    provinces: Mapping[str, str]
    cities: frozenset[str]
    counties: frozenset[str]


_REGION_ENDINGS = ("省", "市", "区", "县", "旗", "盟", "州", "域")


@cache
def _region_names() -> _RegionNames:
    """Every name a region ever had. The demo city counts: it is named nowhere else."""
    provinces: dict[str, str] = {}
    cities: set[str] = {"市辖区"}
    counties: set[str] = set()
    for span in load_regions(fictional=True).spans():
        provinces[span.province] = span.province
        provinces[re.sub("(?:维吾尔|壮族|回族)?自治区$|特别行政区$|[省市]$", "", span.province)] = span.province
        target = cities if span.code.endswith("00") else counties
        if span.name.endswith(_REGION_ENDINGS) and span.name != span.province:
            target.add(span.name)
    return _RegionNames(provinces, frozenset(cities), frozenset(counties))


def _take_regions(text: str, parsed: Address) -> str:
    names = _region_names()
    province, after_province = _longest_prefix(text, names.provinces)
    city, after_city = _longest_prefix(after_province, names.cities)
    county, after_county = _longest_prefix(after_city, names.counties)
    if province and not (city or county) and not province.endswith(_REGION_ENDINGS):
        return text  # 湖北路 and 北京花园 begin with a province's short name, but nothing of it follows
    parsed.province = names.provinces.get(province, "")
    parsed.city, parsed.county = city.replace("市辖区", ""), county
    return after_county


def _longest_prefix(text: str, names: frozenset[str] | Mapping[str, str]) -> tuple[str, str]:
    for length in range(min(len(text), 16), 1, -1):
        if text[:length] in names:
            return text[:length], text[length:]
    return "", text


def _take_subdistrict(text: str, parsed: Address) -> str:
    street = _STREET.match(text)
    if street:
        parsed.street, text = street[0], text[street.end() :]
    community = _COMMUNITY.match(text)
    if community:
        parsed.community, text = community[0], text[community.end() :]
    return text


# --- what and which door ----------------------------------------------------------------------------------------------


def _take_elements(text: str, parsed: Address) -> None:
    at = name_from = 0
    while at < len(text):
        element = None if _inside_word(text, at) else _ELEMENT.match(text, at)
        if element is None:
            at += 1
            continue
        _take_name(text[name_from:at], parsed)
        _TAKE["number" if element.lastgroup == "annex" else element.lastgroup or ""](parsed, element)
        at = name_from = element.end()
    _take_name(text[name_from:], parsed)


def _inside_word(text: str, at: int) -> bool:
    """Whether `at` is in the middle of a number or a Latin word, where no element begins: 51路, K11."""
    return at > 0 and text[at].isalnum() and text[at].isascii() and text[at - 1].isalnum() and text[at - 1].isascii()


def _take_name(name: str, parsed: Address) -> None:
    """Words between elements: a road, an estate or a village, or a road and what stands at it."""
    name = name.strip("-")
    if name in _FILLING:
        return
    road = None if parsed.road or parsed.number or parsed.estate else _ROAD.fullmatch(name)
    if road is None or road["rest"] == "小区":
        parsed.estate += name
    elif road["rest"].endswith(_ROAD_ENDS):
        parsed.road = name  # a lane off a road: 解放路三巷
    else:
        parsed.road, parsed.estate = road["road"], road["rest"]


def _take_building(parsed: Address, element: re.Match[str]) -> None:
    first, dash, last = element["building"].rpartition("-")
    if dash and parsed.road and not parsed.number and not parsed.estate:
        parsed.number, parsed.building = first, last
    else:
        parsed.building = element["building"]


def _take_number(parsed: Address, element: re.Match[str]) -> None:
    number, annex = element["number"], element["annex"] or ""
    if parsed.building or parsed.unit or parsed.floor:
        parsed.room = number  # A5: a trailing 号 after building or unit is the room
    elif parsed.number:
        # Behind a lane the 号 is a building (1200弄5号); behind another 号 it can only be a door.
        setattr(parsed, "building" if parsed.number.endswith("弄") else "room", number)
    else:
        parsed.number = _street_number(number, annex)


def _street_number(number: str, annex: str) -> str:
    """A7: 12号附1号, 12号附1 and 12-1号 are 12附1; 甲12号 and 12号甲 are 12甲."""
    stem = "".join(re.findall("[0-9A-Z-]+", number)).replace("-", "附")
    letter = "".join(re.findall("[甲乙丙丁]", number + annex))
    sub = "".join(re.findall("[0-9]+", annex))
    return stem + letter + (f"附{sub}" if sub else "")


def _take_room(parsed: Address, element: re.Match[str]) -> None:
    _put_room(parsed, element["room"])


def _put_room(parsed: Address, room: str) -> None:
    if room[0].isalpha() and room[0].isascii() and not (parsed.building or parsed.unit):
        parsed.first_of_pair, room = room[0], room[1:]  # A501 is building A or unit A, or the room's own name
    parsed.room = room


def _take_run(parsed: Address, element: re.Match[str]) -> None:
    """A5: numbers without words, read from the parts before them and, from the right, by how many there are."""
    parts = element["run"].split("-")
    following = element.string[element.end() :]
    if parsed.road and not (parsed.number or parsed.estate or parsed.building or parsed.unit):
        parsed.number = parts.pop(0)
    if not parts:
        return
    if following:  # only 栋 or 单元 can follow a run
        if len(parts) == 1 and not parsed.building and "单元" in following[:4]:
            parsed.building = parts[0]
        else:
            parsed.estate += "-".join(parts)
        return
    *before, room = parts
    _put_room(parsed, room)
    if parsed.unit:
        slots = ["floor"]
    elif parsed.building:
        slots = ["unit", "floor"][: len(before)]
    elif len(before) == 1:
        slots = ["first_of_pair"]
    else:
        slots = ["building", "unit", "floor"]
    for slot, part in zip(slots, before, strict=False):
        setattr(parsed, slot, part)
    parsed.estate += "-".join(before[len(slots) :])  # more numbers than there are parts: match nothing by them


def _plainly(part: str) -> Callable[[Address, re.Match[str]], None]:
    def take(parsed: Address, element: re.Match[str]) -> None:
        setattr(parsed, part, element[part])

    return take


def _take_lane(parsed: Address, element: re.Match[str]) -> None:
    parsed.number = element["lane"] + "弄"


_TAKE: Final[Mapping[str, Callable[[Address, re.Match[str]], None]]] = {
    "building": _take_building,
    "unit": _plainly("unit"),
    "floor": _plainly("floor"),
    "group": _plainly("group"),
    "lane": _take_lane,
    "room": _take_room,
    "number": _take_number,
    "run": _take_run,
}


def _settle(parsed: Address) -> None:
    """A6, and what can be said only with all parts at hand."""
    for part in ("number", "group", "building", "unit", "floor", "room", "first_of_pair"):
        setattr(parsed, part, _LEADING_ZEROS.sub("", getattr(parsed, part)))
    parsed.estate = _ESTATE_SUFFIX.sub("", parsed.estate)
    if parsed.road and not (parsed.number or parsed.estate):
        parsed.road, parsed.estate = "", parsed.road  # without a number the road's name is all there is
    floor = parsed.floor.removeprefix("负")
    if floor and parsed.room.startswith(floor) and len(parsed.room) == len(floor) + 2:
        parsed.room = parsed.floor.removesuffix(floor) + parsed.room
        parsed.floor = ""
