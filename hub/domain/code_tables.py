"""Small code tables of the national standards and of the hub (domain 2.5), with their Chinese labels."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from hub.domain.person_ids import ID_TYPES


def _table(text: str) -> Mapping[str, str]:
    words = text.split()
    return MappingProxyType(dict(zip(words[::2], words[1::2], strict=True)))


SEX: Final = _table("0 未知 1 男 2 女 9 未说明")
"""GB/T 2261.1."""

MARITAL: Final = _table("10 未婚 20 已婚 21 初婚 22 再婚 23 复婚 30 丧偶 40 离婚 90 未说明")
"""GB/T 2261.2-2003. Systems in the wild use other codes as well; connectors map them, none is guessed here."""

RELATION: Final = _table(
    """
    01 本人 02 户主
    10 配偶 11 夫 12 妻
    20 子 21 独生子 22 长子 23 次子 24 三子 25 四子 26 五子 27 养子或继子 28 女婿 29 其他儿子
    30 女 31 独生女 32 长女 33 二女 34 三女 35 四女 36 五女 37 养女或继女 38 儿媳 39 其他女儿
    40 孙辈 41 孙子 42 孙女 43 外孙子 44 外孙女 45 孙媳 46 孙女婿 47 曾孙 48 曾孙女 49 其他孙辈
    50 父母 51 父 52 母 53 公公 54 婆婆 55 岳父 56 岳母 57 继父或养父 58 继母或养母 59 其他父母
    60 祖辈 61 祖父 62 祖母 63 外祖父 64 外祖母 65 配偶的祖辈 66 曾祖父 67 曾祖母 68 配偶的曾祖辈 69 其他祖辈
    70 兄弟姐妹 71 兄 72 嫂 73 弟 74 弟媳 75 姐 76 姐夫 77 妹 78 妹夫 79 其他
    81 伯父 82 伯母 83 叔父 84 婶母 85 舅父 86 舅母 87 姨父 88 姨母 89 姑父
    90 姑母 91 堂亲 92 表亲 93 侄子 94 侄女 95 外甥 96 外甥女 97 其他亲属 99 非亲属
    """
)
"""Relation to the head of a household, GB/T 4761-2008."""

SCHEME: Final = _table(
    """
    PENSION_EMP 职工养老 PENSION_GOV 机关养老 PENSION_RES 居民养老 UNEMP 失业 INJURY 工伤
    MED_EMP 职工医保 MED_RES 居民医保 MATERNITY 生育
    """
)
"""Social insurance by the hub's names; `NATIONAL_INSURANCE` has the national codes."""

NATIONAL_INSURANCE: Final = _table(
    "PENSION_EMP 110 PENSION_GOV 120 PENSION_RES 170 UNEMP 210 INJURY 410 MED_EMP 310 MED_RES 390 MATERNITY 510"
)
"""Codes of AAE140. From memory of public systems, 75 % sure: to be confirmed before a connector relies on them."""

ID_TYPE: Final[Mapping[str, str]] = MappingProxyType(
    dict(
        zip(
            ID_TYPES,
            (
                "公民身份号码",
                "15位公民身份号码",
                "港澳台居民居住证",
                "外国人永久居留身份证",
                "外国人永久居留证（旧版）",
                "港澳居民来往内地通行证",
                "台湾居民来往大陆通行证",
                "护照",
                "出生医学证明",
                "外国人社会保障号",
                "居住证证件号",
                "户号",
            ),
            strict=True,
        )
    )
)
"""Kinds of numbers that name persons (domain 2.1)."""

# GB/T 4761 codes that tell an adopted or step relation apart from a birth relation.
_REVEALING = MappingProxyType({"27": "20", "37": "30", "57": "51", "58": "52"})


def marital_group(code: str) -> str:
    """The group in which marital statuses are compared: first marriage and remarriage are both 20, married."""
    if code not in MARITAL:
        raise ValueError("unknown marital status code")
    return f"{code[0]}0"


def collapse_relation(code: str) -> str:
    """The relation without adoption, which nobody outside the police domain learns (secrecy, 民法典 Art. 1110)."""
    return _REVEALING.get(code, code)
