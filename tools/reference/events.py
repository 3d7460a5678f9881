"""`docs/events.md`: every event an agency sends, field by field, off the Avro schemas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hub.bootstrap import catalogue, connectors
from hub.domain.code_tables import ID_TYPE, RELATION, SEX
from hub.domain.event import AGENCIES
from hub.mapping.spec import EventMapping
from hub.schema import avro
from hub.schema.catalogue import Schema
from tools.reference.markdown import head, listed, page, table

_COLUMNS = ("字段 / field", "必填 / required", "形式 / form", "PII", "含义 / meaning")
_CODES = {
    "region": "GB/T 2260 county, any year",
    "relation": "[relation](#code-tables)",
    "sex": "[sex](#code-tables)",
    "unit_code": "unit code, GB/T 37346, 28 characters",
}
_AGENCY = {
    "PSB": "公安 / public security",
    "MCA": "民政 / civil affairs",
    "HRSS": "人社 / human resources and social security",
    "HMD": "住建 / housing",
}
_INTRO = """
An event is one act on one entry of an agency's register. Avro on topics, JSON in files and over HTTP, flat columns with
dotted names in CSV (`subject.id_no`, `payload.members.0.person.name`). A field that is not listed is refused; so is a
code that is not in its table. Dates are `YYYY-MM-DD`, months `YYYYMM`, times RFC 3339 with an offset.

What may be a field at all stands in the [allow-list](../hub/data/allow_list.toml); a schema with any other is refused.

事件是部门登记簿中某一登记项的一次办理。主题上用 Avro，文件和 HTTP 用 JSON，CSV 用带点号的扁平列名。
未列出的字段、代码表以外的代码一律拒收并说明原因。日期 `YYYY-MM-DD`，月份 `YYYYMM`，时间为带时区的 RFC 3339。
可以采集的字段以[允许清单](../hub/data/allow_list.toml)为准。

个人信息分级 / PII classes: C0 none; C1 ordinary; C2 identifies a person (number, name, exact address); C3 sensitive
(PIPL Art. 28).
"""


def events_page() -> str:
    """The page."""
    known = catalogue()
    any_event = known.schema(known.event_types[0]).parsed
    envelope = [field for field in any_event["fields"] if field["name"] != "payload"]
    person = avro.named_types(any_event)["hub.PersonRef"]
    parts = [
        head("Events", "schemas/agency/ and connectors/") + _INTRO,
        "## Envelope\n\n信封：各类事件相同。The same for every event.\n",
        table(_COLUMNS, _rows(envelope, "", any_event)),
        "## PersonRef\n\n人员引用：与部门所报完全一致。How an agency names a person, exactly as sent.\n",
        table(_COLUMNS, _rows(person["fields"], "", any_event)),
    ]
    for agency in AGENCIES:
        parts.append(f"## {agency} {_AGENCY[agency]}\n")
        for event_type in known.event_types:
            if event_type.startswith(agency.lower() + "."):
                parts += _event(known.schema(event_type), connectors().mapping(event_type))
    return page((*parts, *_code_tables()))


def _event(schema: Schema, mapping: EventMapping) -> Iterator[str]:
    parsed = schema.parsed
    payload = next(field["type"] for field in parsed["fields"] if field["name"] == "payload")
    agency, _, name = schema.subject.partition(".")
    file = f"schemas/agency/{agency}/{name}.v{schema.version}.avsc"
    yield f"### {schema.subject}\n"
    yield f"{parsed['doc']}\n"
    told = f"[v{schema.version}](../{file}), schema id {schema.schema_id}"
    about = "no person" if mapping.subject_role is None else f"a person, as {mapping.subject_role}"
    told += f"; feed [{mapping.feed}](../connectors/{mapping.feed})"
    yield f"{told}; register entry `{mapping.entry}`; about {about}.\n"
    yield table(_COLUMNS, _rows(payload["fields"], "", parsed))
    for group in payload.get("any_of", ()):
        yield f"至少填写其一 / at least one of {listed(group)} is required.\n"


def _rows(fields: list[dict[str, Any]], path: str, parsed: avro.Record) -> Iterator[tuple[str, ...]]:
    names = avro.named_types(parsed)
    for field in fields:
        kind, optional = avro.without_null(field["type"])
        required = "no" if optional else "yes"
        if field["name"] == "subject" and not path:
            required = "by event"
        yield f"`{path}{field['name']}`", required, _form(avro.resolve(kind, names), names), field["pii"], field["doc"]
        inner = avro.resolve(kind, names)
        if inner["type"] == "array":
            item = avro.resolve(inner["items"], names)
            if item["type"] == "record" and not _is_person(item):
                yield from _rows(item["fields"], f"{path}{field['name']}[].", parsed)


def _form(node: avro.Record, names: Mapping[str, avro.Record]) -> str:
    kind = node["type"]
    if kind == "record":
        return "[PersonRef](#personref)" if _is_person(node) else "record"
    if kind == "array":
        return f"list of {_form(avro.resolve(node['items'], names), names)}"
    if kind == "enum":
        return listed(node["symbols"])
    if "codes" in node:
        return _CODES[node["codes"]]
    if node.get("format") == "decimal":
        return f"decimal as text, {node['precision']} digits, {node['scale']} of them behind the point"
    plain = {"date": "date", "timestamp-millis": "time"}.get(node.get("logicalType", ""))
    name = str(plain or node.get("format") or {"string": "text", "int": "number", "long": "number"}.get(kind, kind))
    limits = [f"{word} {node[key]}" for key, word in (("min", "from"), ("max", "to")) if key in node]
    return " ".join((name, *limits))


def _is_person(node: avro.Record) -> bool:
    return str(node.get("name")) == "hub.PersonRef"


def _code_tables() -> Iterator[str]:
    yield "## Code tables\n"
    for title, codes in (("sex, GB/T 2261.1", SEX), ("relation, GB/T 4761", RELATION), ("id_type", ID_TYPE)):
        yield f"**{title}**: " + ", ".join(f"`{code}` {label}" for code, label in codes.items()) + "\n"
