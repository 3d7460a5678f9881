"""An address taken apart: where it is, what it stands at, and which door (domain 6.3, steps A1 to A8).

The parser is written by hand and knows no places: it reads the words that mark parts (路, 号, 栋, 单元, 室). What it
cannot place stays in the name of the estate, so an odd address fails to match instead of matching something else.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Final

from hub.domain.names import fold_characters
from hub.domain.regions import load_regions

_NUMERALS: Final[Mapping[str, int]] = {
    "〇": 0, "零": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9,
}  # fmt: skip
_POWERS: Final[Mapping[str, int]] = {"十": 10, "百": 100, "千": 1000}
_NUMERAL = "[〇零一二两三四五六七八九十百千]"

_ROAD_END = "大道|国道|省道|胡同|路|街|道|巷|里|弄"
# Words that follow a number inside a name: 一号路, 三门路, 三房巷, 五楼村.
_NAME_GOES_ON = "(?!路|街|大道|道|巷|胡同|桥|村|镇|乡|庄|店|湾|坡|峡|口)"

_NOTE = re.compile(r"[(\[【〔「『<《]([^)\]】〕」』>》]*)[)\]】〕」』>》]")
_NOTE_LEAD = re.compile("^(?:原名?|曾用名|又名|别名|旧称|旧名|俗称|现名?)[::]?")
_DASHES = re.compile("[\u2010-\u2015\u2043\u2212\ufe58~/\\\\_－—]|(?<=[0-9A-Z])之(?=[0-9])")
_GAP_IN_NUMBERS = re.compile(r"(?<=[0-9])[\s,.;、，。;·]+(?=[0-9])")
_NOISE = re.compile("[^0-9A-Z#\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff-]")

_BEFORE_MARK = re.compile(
    f"({_NUMERAL}+)(?=(?:号楼|号|栋|幢|座|单元|门|室|房|层|楼|村民小组|生产队|组|队|弄|#){_NAME_GOES_ON})"
)
_ORDINAL = re.compile("第(?=[0-9]+(?:号|栋|幢|座|单元|门|室|房|层|楼|村民小组|生产队|组|队))")

_SPELLINGS: Final = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        ("街道办事处|街道办|街办|办事处", "街道"),
        ("社区(?:居民委员会|居委会)|(?:居民委员会|居委会)", "社区"),
        ("村?(?:村民委员会|村委会)", "村"),
        ("(?<=[0-9])(?:村民小组|生产队|小组|队)", "组"),
        ("(?:首|底)层", "1层"),
        ("(?:负|地下|(?<![0-9A-Z])B)(?=[0-9]+(?:层|楼))", "负"),
        ("(?<![0-9A-Z])-(?=[0-9]+(?:层|楼|室|房))", "负"),
        # A3: every word for a building is 栋. 楼 is one only before a unit, else a floor.
        ("(?<=[0-9A-Z甲乙丙丁])(?:号楼|#楼|栋楼|幢楼|幢|座|#)", "栋"),
        ("(?<=[0-9A-Z])楼(?=[0-9A-Z甲乙丙丁]{1,3}(?:单元|门))", "栋"),
        # A4: 门 is a unit after a building or a number.
        ("(?<=[栋号])([0-9A-Z]{1,3}|[甲乙丙丁])门", r"\1单元"),
    )
)

_LABEL = "[A-Z]?-?[0-9]+[A-Z]?|[A-Z]|[甲乙丙丁]"
_ELEMENT = re.compile(
    rf"""
      (?P<building> {_LABEL} )栋
    | (?P<unit> {_LABEL} )单元
    | (?P<floor> 负?[0-9]+ )[层楼]
    | (?P<group> [0-9]+ )组
    | (?P<lane> [0-9]+ )弄
    | (?P<room> 负?[A-Z]?[0-9]+[A-Z]? )(?:号?[室房])
    | (?P<number> (?P<before>[甲乙丙丁])?[0-9]+[A-Z]?(?P<inside>[甲乙丙丁])? )(?:-(?P<dashed>[0-9]+))?
      号院?(?P<after>[甲乙丙丁](?!栋|单元))?(?:附(?P<annex>[0-9]+)号?|-(?P<trailing>[0-9]+)号)?
    | (?P<bare> [A-Z]?[0-9]+[A-Z]?(?:-[0-9]+[A-Z]?)* )(?:号?[室房]|号)?(?![0-9A-Z\u4e00-\u9fff])
    | (?P<tail> [0-9]+[A-Z]?(?:-[0-9]+[A-Z]?)+ )(?:[室房]|号)?
    """,
    re.VERBOSE,
)
_STREET = re.compile("(.{1,8}?街道|[^0-9]{2,8}?(?<!小)(?<!水)(?:镇|乡)(?=[^0-9A-Z]{2}))")
_COMMUNITY = re.compile("([^0-9]{1,10}?社区)")
_ROAD = re.compile(f"(?P<road>.{{1,12}}?(?:{_ROAD_END}))(?P<rest>.*)")
_ESTATE_SUFFIX = re.compile("(?<=.{2})小区$")


@dataclass(slots=True)
class Address:
    """The parts of an address; an empty string is a part that was not written.

    `pair` is a two-part tail such as 3-501, whose first part may be the building or the unit.
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
    pair: str = ""
    aliases: list[str] = field(default_factory=list)
