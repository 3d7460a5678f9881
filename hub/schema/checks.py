"""Schemas compiled into checks: one closure per field, built once, run for every event.

A check takes a JSON value, the path of the object it stands in, and the list that faults are added to; it returns the
value as the hub keeps it. Paths are put together only when there is a fault to report.
Source: contract 1 (forms), domain 2.5 (code tables), 3.1 to 3.5 (fields).

Attributes in our .avsc files that Avro passes over and this module reads. On a type: `codes` (which code table),
`format` (`month`; `decimal` with `precision` and `scale`), `min`, `max`, `max_length`, `max_items`. On a record:
`any_of` (groups of optional fields of which one must be there). On an event: `subject` (`required` or `none`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from hub.domain.deny_list import denied, shown
from hub.domain.event import Code, Fault
from hub.domain.times import parse_rfc3339
from hub.schema import avro

Faults = list[Fault]
Check = Callable[[Any, str, Faults], Any]
# A code table turns a text into its canonical form, or None where it does not know it; beside it the fault code.
CodeTables = Mapping[str, tuple[Callable[[str], str | None], str]]

MAX_LENGTH = 500
# Everybody on a list hears of everybody else on it, so its length counts squared.
MAX_ITEMS = 200
_MAX_DEPTH = 64
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH = re.compile(r"[0-9]{4}(?:0[1-9]|1[0-2])")
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"
)
# No agency recorded anything before 1900, and arithmetic on times near year 1 or 9999 overflows.
_EARLIEST, _LATEST = parse_rfc3339("1900-01-01T00:00:00+08:00"), parse_rfc3339("2200-01-01T00:00:00+08:00")
_INT_BITS = {"int": 31, "long": 63}


def compile_record(
    node: avro.Record, name: str, names: Mapping[str, avro.Record], tables: CodeTables, given: Mapping[str, Check]
) -> Check:
    """The check of a record: all its fields, and no others. `given` replaces the checks of some fields."""
    fields = [
        (
            field["name"],
            not avro.without_null(field["type"])[1],
            given.get(field["name"]) or _field(field, names, tables),
        )
        for field in node["fields"]
    ]
    known = frozenset(field for field, _, _ in fields)
    any_of = [tuple(group) for group in node.get("any_of", ())]

    def check(value: object, parent: str, faults: Faults) -> object:
        if not isinstance(value, dict):
            wrong_type(value, parent + name, "an object", faults)
            return None
        prefix = f"{parent}{name}." if parent or name else ""
        kept: dict[str, Any] = {}
        seen = 0
        for field, required, inner in fields:
            content = value.get(field)
            if content is not None:
                seen += 1
                kept[field] = inner(content, prefix, faults)
                continue
            kept[field] = None
            if field in value:
                seen += 1
            if required:
                faults.append(Fault(Code.MISSING, prefix + field))
        if seen != len(value):
            _unknown_fields(value, known, prefix, faults)
        for group in any_of:
            if all(value.get(field) in (None, "") for field in group):
                faults.append(Fault(Code.MISSING, prefix + group[0], f"one of {', '.join(group)} is required"))
        return kept

    return check


def opaque(name: str) -> Check:
    """The check of an object whose type is unknown: only what must never be there can be told."""

    def check(value: object, parent: str, faults: Faults) -> object:
        if not isinstance(value, dict):
            wrong_type(value, parent + name, "an object", faults)
            return None
        scan_denied(value, parent + name, faults)
        return value

    return check


def wrong_type(value: object, path: str, expected: str, faults: Faults) -> None:
    """Report a value of the wrong type, and what it hides."""
    faults.append(Fault(Code.TYPE, path, f"{expected} is expected"))
    scan_denied(value, path, faults)


def scan_denied(value: object, path: str, faults: Faults) -> None:
    """Report deny-listed field names at any depth of a value that no schema describes."""
    stack = [(value, path, 0)]
    while stack:
        node, at, depth = stack.pop()
        if depth > _MAX_DEPTH:
            continue
        if isinstance(node, dict):
            for key, inner in node.items():
                if _denied(key) is not None:
                    faults.append(_denied_fault(key, at))
                if isinstance(inner, (dict, list)):
                    stack.append((inner, _join(at, key), depth + 1))
        elif isinstance(node, list):
            stack.extend(
                (inner, f"{at}[{i}]", depth + 1) for i, inner in enumerate(node) if isinstance(inner, (dict, list))
            )


def _unknown_fields(value: dict[Any, Any], known: frozenset[str], prefix: str, faults: Faults) -> None:
    parent = prefix.removesuffix(".")
    for key, inner in value.items():
        if key in known:
            continue
        if _denied(key) is not None:
            faults.append(_denied_fault(key, parent))
        else:
            faults.append(Fault(Code.UNKNOWN_FIELD, _join(parent, key)))
        scan_denied(inner, _join(parent, key), faults)


def _denied(key: object) -> str | None:
    return denied(key) if isinstance(key, str) and len(key) <= MAX_LENGTH else None


def _denied_fault(key: object, parent: str) -> Fault:
    return Fault(Code.DENIED_FIELD, _join(parent, key), f"never collected: {_denied(key)}")


def _join(parent: str, key: object) -> str:
    """A path that names an unknown field, unless the name itself may be somebody's data."""
    return f"{parent}.{shown(key)}" if parent else shown(key)


def _field(field: avro.Record, names: Mapping[str, avro.Record], tables: CodeTables) -> Check:
    type_, nullable = avro.without_null(field["type"])
    # An empty number is content that the identity rules judge (domain 2.1), not a broken message.
    empty_ok = field["name"] == "id_no"
    return _compile(type_, field["name"], names, tables, required=not nullable and not empty_ok, optional=nullable)


def _compile(
    type_: avro.AvroType,
    name: str,
    names: Mapping[str, avro.Record],
    tables: CodeTables,
    *,
    required: bool = False,
    optional: bool = False,
) -> Check:
    node = avro.resolve(type_, names)
    kind = node["type"]
    if kind == "record":
        return compile_record(node, name, names, tables, {})
    if kind == "array":
        item = _compile(node["items"], "", names, tables, required=True)
        return _array(name, item, node.get("max_items", MAX_ITEMS))
    if kind == "enum":
        return _enum(name, frozenset(node["symbols"]))
    if kind == "boolean":
        return _boolean(name)
    if node.get("logicalType") == "date":
        return _formatted(name, _is_date, "YYYY-MM-DD")
    if node.get("logicalType") == "timestamp-millis":
        return _time(name)
    if kind in _INT_BITS:
        limit = 2 ** _INT_BITS[kind]
        return _integer(name, node.get("min", -limit), node.get("max", limit - 1))
    if kind != "string":
        raise ValueError(f"{name}: the contract has no JSON form for {kind}")
    if "codes" in node:
        return _coded(name, *tables[node["codes"]])
    if node.get("format") == "month":
        return _formatted(name, _is_month, "YYYYMM")
    if node.get("format") == "decimal":
        return _formatted(name, _decimal(node["precision"], node["scale"]), "a decimal number as text")
    return _text(name, node.get("max_length", MAX_LENGTH), required=required, optional=optional)


def _array(name: str, item: Check, most: int) -> Check:
    def check(value: object, parent: str, faults: Faults) -> object:
        if not isinstance(value, list):
            wrong_type(value, parent + name, "a list", faults)
            return None
        if len(value) > most:
            faults.append(Fault(Code.TOO_LONG, parent + name, f"more than {most} items"))
        kept = []
        for index, content in enumerate(value[:most]):
            if content is None:
                faults.append(Fault(Code.MISSING, f"{parent}{name}[{index}]"))
            else:
                kept.append(item(content, f"{parent}{name}[{index}]", faults))
        return kept

    return check


def _text(name: str, limit: int, *, required: bool, optional: bool) -> Check:
    def check(value: object, parent: str, faults: Faults) -> object:
        if not isinstance(value, str):
            wrong_type(value, parent + name, "text", faults)
            return None
        if len(value) > limit:
            faults.append(Fault(Code.TOO_LONG, parent + name, f"more than {limit} characters"))
        elif required and (not value or value.isspace()):
            faults.append(Fault(Code.MISSING, parent + name, "empty"))
        elif not value and optional:
            return None
        elif not value.isascii() and not _is_unicode(value):
            faults.append(Fault(Code.FORMAT, parent + name, "half of a surrogate pair"))
        return value

    return check


def _enum(name: str, symbols: frozenset[str]) -> Check:
    def check(value: object, parent: str, faults: Faults) -> object:
        if not isinstance(value, str):
            wrong_type(value, parent + name, "a code as text", faults)
            return None
        if value not in symbols:
            faults.append(Fault(Code.UNKNOWN_CODE, parent + name))
        return value

    return check


def _coded(name: str, canonical: Callable[[str], str | None], code: str) -> Check:
    def check(value: object, parent: str, faults: Faults) -> object:
        if not isinstance(value, str):
            wrong_type(value, parent + name, "a code as text", faults)
            return None
        found = canonical(value) if len(value) <= MAX_LENGTH else None
        if found is None:
            faults.append(Fault(code, parent + name))
        return found

    return check


def _formatted(name: str, fits: Callable[[str], bool], form: str) -> Check:
    def check(value: object, parent: str, faults: Faults) -> object:
        if not isinstance(value, str):
            wrong_type(value, parent + name, form, faults)
            return None
        if not fits(value):
            faults.append(Fault(Code.FORMAT, parent + name, f"{form} is expected"))
        return value

    return check


def _boolean(name: str) -> Check:
    def check(value: object, parent: str, faults: Faults) -> object:
        if not isinstance(value, bool):
            wrong_type(value, parent + name, "true or false", faults)
            return None
        return value

    return check


def _integer(name: str, least: int, most: int) -> Check:
    def check(value: object, parent: str, faults: Faults) -> object:
        if not isinstance(value, int) or isinstance(value, bool):
            wrong_type(value, parent + name, "a whole number", faults)
            return None
        if not least <= value <= most:
            faults.append(Fault(Code.RANGE, parent + name, f"{least} to {most}"))
        return value

    return check


def _time(name: str) -> Check:
    def check(value: object, parent: str, faults: Faults) -> object:
        if not isinstance(value, str):
            wrong_type(value, parent + name, "an RFC 3339 time as text", faults)
            return None
        moment = _moment(value)
        if moment is None:
            faults.append(Fault(Code.FORMAT, parent + name, "an RFC 3339 time with an offset is expected"))
        elif not _EARLIEST <= moment < _LATEST:
            faults.append(Fault(Code.RANGE, parent + name, "1900 to 2199"))
        return moment

    return check


def _moment(text: str) -> int | None:
    """Milliseconds since the epoch, the precision of the contract; None for any other text."""
    if not _TIME.fullmatch(text):
        return None
    try:
        return parse_rfc3339(text.upper())
    except (ValueError, OverflowError):
        return None


def _is_date(text: str) -> bool:
    if not _DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_month(text: str) -> bool:
    return _MONTH.fullmatch(text) is not None and text[:4] != "0000"


def _decimal(precision: int, scale: int) -> Callable[[str], bool]:
    form = re.compile(rf"[0-9]{{1,{precision - scale}}}(?:\.[0-9]{{1,{scale}}})?")
    return lambda text: form.fullmatch(text) is not None


def _is_unicode(text: str) -> bool:
    """Whether the text has UTF-8 bytes; JSON can spell half a surrogate pair, which has none."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
