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

`status`: **CONFIRMED** said by its source of truth; **UNVERIFIED** only others say so; **DERIVED** worked out from
several claims; for death, the life state. Adoption is never shown.
"""


def attributes_page() -> str:
    """The page."""
    worked_out = [(f"`{name}`", a.source, f"{a.zh} / {a.en}") for name, a in WORKED_OUT.items()]
    return page(
        (
            head("Attributes of a resident", "hub/fold/golden.py, schemas/ and connectors/") + _INTRO,
            "## Worked out\n",
            table(("attribute", "source of truth, in order", "meaning"), worked_out),
            "## Register entries\n",
            "The newest act on an entry, as its agency sent it; the entry's number follows the name.\n",
            table(("attribute", "source of truth", "from event", "value", "meaning"), _entries()),
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
