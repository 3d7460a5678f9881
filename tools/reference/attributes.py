"""`docs/attributes.md`: what the shared resident record holds, from whom, and what it means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hub.bootstrap import catalogue, connectors
from hub.fold.golden import ENTRY_ATTRIBUTES
from tools.reference.markdown import head, listed, page, table


@dataclass(frozen=True)
class Attribute:
    """An attribute that the fold works out, rather than one taken from a register entry as it stands."""

    source: str
    zh: str
    en: str


WORKED_OUT = {
    "id_no": Attribute(
        "PSB, then MCA, HRSS, HMD", "现用号码", "the number in use; after a correction by police, the new one"
    ),
    "name": Attribute(
        "PSB, then MCA, HRSS, HMD", "姓名", "name as registered; a name police registered by correction wins"
    ),
    "sex": Attribute("PSB, then others", "性别", "as registered, or read from the number (GB/T 2261.1)"),
    "birth_date": Attribute("PSB, then others", "出生日期", "as registered, or read from the number"),
    "hukou_region": Attribute("PSB", "户籍地区划", "where the household registration is; absent after moving out"),
    "region_code_current": Attribute(
        "GB/T 2260",
        "户籍地现行区划",
        "only where the code in `hukou_region` is abolished: the codes in force today that took it over, one or "
        "several; the stored code is never rewritten",
    ),
    "hukou_address": Attribute("PSB", "户籍地址", "address of the household registration, as written"),
    "household_no": Attribute("PSB", "户号", "number of the household"),
    "relation_to_head": Attribute(
        "PSB", "与户主关系", "GB/T 4761; adoptive and step codes are not told apart from the others"
    ),
    "life_state": Attribute(
        "PSB, MCA, HRSS",
        "生存状态",
        "`ALIVE`; `REPORTED` by one source; `CONFIRMED` by police or two sources; `RETRACTED`: a death was taken back",
    ),
    "death_date": Attribute("PSB, then a health certificate, then MCA", "死亡日期", "the latest day it can have been"),
    "pension": Attribute("HRSS", "养老待遇", "`pension.<type>.<region>`: newest status, and the month it holds from"),
    "aid": Attribute(
        "MCA", "社会救助", "`aid.<decision>`: class, and `ACTIVE`, `SUSPENDED`, `ENDED`, or `LEFT` the unit"
    ),
    "public_rental": Attribute(
        "HMD", "公租房", "`public_rental.<lease>`: first and last day, and whether it was ended"
    ),
}

_INTRO = """
The shared record is a fold over claims: nothing in it is stored or edited, and every value carries `source`,
`business_time`, `record_time`, `event_id` and `status`. It is published on `hub.residents.v1` and at
`GET /v1/residents/{id}`.

共享记录是各部门登记的推导结果，不存储、不修改；每个值都带来源、业务发生日、登记时间、事件编号和状态，
发布于 `hub.residents.v1` 和 `GET /v1/residents/{id}`。状态：**CONFIRMED** 数源部门所述；**UNVERIFIED** 仅其他部门所述；
**DERIVED** 由多项登记推导；死亡另用生存状态。收养信息从不展示。

`status`: **CONFIRMED** said by its source of truth; **UNVERIFIED** only others say so; **DERIVED** worked out from
several claims; for death, the life state. Adoption is never shown.
"""


def attributes_page() -> str:
    """The page."""
    worked_out = [(f"`{name}`", a.source, f"{a.zh} / {a.en}") for name, a in WORKED_OUT.items()]
    return page(
        (
            head("Attributes of a resident", "hub/fold/golden.py, schemas/ and connectors/") + _INTRO,
            "## 推导的属性 / Worked out\n",
            table(("属性 / attribute", "数源 / source of truth, in order", "含义 / meaning"), worked_out),
            "## 登记项 / Register entries\n",
            "各登记项最近一次办理，与部门所报一致；属性名后为登记项编号。"
            "The newest act on an entry, as its agency sent it; the entry's number follows the name.\n",
            table(
                ("属性 / attribute", "数源 / source of truth", "事件 / from event", "值 / value", "含义 / meaning"),
                _entries(),
            ),
        )
    )


def _entries() -> Iterator[tuple[str, ...]]:
    for prefix, facts in sorted(ENTRY_ATTRIBUTES.items()):
        schemas = [catalogue().schema(event_type) for event_type in _events_of(prefix)]
        agency = ", ".join(sorted({schema.subject.partition(".")[0].upper() for schema in schemas}))
        events = "<br>".join(f"[{schema.subject}](events.md#{_anchor(schema.subject)})" for schema in schemas)
        yield f"`{prefix}`", agency, events, listed(facts), "<br>".join(str(schema.parsed["doc"]) for schema in schemas)


def _events_of(prefix: str) -> list[str]:
    """Event types whose register entry has this prefix."""
    found = connectors()
    return [t for t in found.event_types if found.mapping(t).entry.partition("/")[0].partition("{")[0] == prefix]


def _anchor(subject: str) -> str:
    return subject.replace(".", "")


def documented() -> frozenset[str]:
    """First part of every attribute name on the page."""
    return frozenset(WORKED_OUT) | frozenset(ENTRY_ATTRIBUTES)
