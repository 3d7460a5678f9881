"""Walking Avro schemas: the few questions the other modules of this package ask of one.

A schema is what `json.loads` gives for an .avsc file: strings, lists (unions) and dicts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import fastavro

AvroType = Any  # str | list[AvroType] | dict[str, Any]: recursive, and fastavro is untyped
Record = dict[str, Any]
Convert = Callable[[Any], Any]

_NAMED = ("record", "enum", "fixed")


def parse(schema: AvroType) -> Record:
    """A schema as fastavro wants it: names made full and checked. Other attributes stay."""
    parsed = fastavro.parse_schema(schema)
    if not isinstance(parsed, dict) or parsed.get("type") != "record":
        raise ValueError("not a record schema")
    return parsed


def full_name(parsed: Record) -> str:
    return str(parsed["name"])


def fields_of(type_: AvroType, path: str = "") -> Iterator[tuple[str, Record]]:
    """Every field declared anywhere inside a schema, with its path."""
    if isinstance(type_, list):
        for branch in type_:
            yield from fields_of(branch, path)
    elif isinstance(type_, dict):
        if type_["type"] == "record":
            for field in type_["fields"]:
                inner = f"{path}.{field['name']}" if path else str(field["name"])
                yield inner, field
                yield from fields_of(field["type"], inner)
        elif type_["type"] == "array":
            yield from fields_of(type_["items"], path + "[]")
        elif type_["type"] == "map":
            yield from fields_of(type_["values"], path + "{}")


def named_types(type_: AvroType) -> dict[str, Record]:
    """Full name to definition, of every named type declared inside a parsed schema."""
    found: dict[str, Record] = {}
    stack = [type_]
    while stack:
        node = stack.pop()
        if isinstance(node, list):
            stack.extend(node)
        elif isinstance(node, dict):
            if node["type"] in _NAMED:
                found[node["name"]] = node
            stack.extend(field["type"] for field in node.get("fields", ()))
            stack.extend(node[key] for key in ("items", "values") if key in node)
    return found


def without_null(type_: AvroType) -> tuple[AvroType, bool]:
    """The type behind `["null", X]`, and whether null is allowed."""
    if isinstance(type_, list):
        rest = [branch for branch in type_ if branch != "null"]
        return (rest[0] if len(rest) == 1 else rest), len(rest) < len(type_)
    return type_, False


def resolve(type_: AvroType, names: Mapping[str, Record]) -> Record:
    """A type as a dict, wherever it is written as a bare name."""
    if isinstance(type_, str):
        return names.get(type_) or {"type": type_}
    if isinstance(type_, dict):
        return type_
    raise ValueError("a union of several types has no single meaning")


def plain(parsed: Record) -> Record:
    """The same schema without logical types: dates as day numbers, times as milliseconds.

    fastavro turns logical types into Python objects and raises on those outside Python's calendar; the hub wants
    neither, it keeps text and integers.
    """
    return parse(_strip(parsed))


def _strip(type_: AvroType) -> AvroType:
    if isinstance(type_, list):
        return [_strip(branch) for branch in type_]
    if not isinstance(type_, dict):
        return type_
    kept = {key: value for key, value in type_.items() if key != "logicalType" and not key.startswith("__")}
    if "fields" in kept:
        kept["fields"] = [{**field, "type": _strip(field["type"])} for field in kept["fields"]]
    for key in ("items", "values"):
        if key in kept:
            kept[key] = _strip(kept[key])
    return kept


def converter(type_: AvroType, leaves: Mapping[str, Convert], names: Mapping[str, Record]) -> Convert | None:
    """A function that copies a value and converts its logical-type leaves; None where there is nothing to convert."""
    type_, nullable = without_null(type_)
    node = resolve(type_, names)
    convert = _convert_node(node, leaves, names)
    if convert is None or not nullable:
        return convert
    return lambda value: None if value is None else convert(value)


def _convert_node(node: Record, leaves: Mapping[str, Convert], names: Mapping[str, Record]) -> Convert | None:
    if "logicalType" in node:
        return leaves.get(node["logicalType"])
    if node["type"] == "record":
        return _convert_record(node, leaves, names)
    if node["type"] == "array":
        item = converter(node["items"], leaves, names)
        return item and (lambda values: [item(value) for value in values])
    if node["type"] == "map":
        entry = converter(node["values"], leaves, names)
        return entry and (lambda values: {key: entry(value) for key, value in values.items()})
    return None


def _convert_record(node: Record, leaves: Mapping[str, Convert], names: Mapping[str, Record]) -> Convert | None:
    found = [(field["name"], converter(field["type"], leaves, names)) for field in node["fields"]]
    work = [(name, convert) for name, convert in found if convert is not None]
    if not work:
        return None

    def convert_record(value: Mapping[str, Any]) -> dict[str, Any]:
        copy = dict(value)
        for name, convert in work:
            if copy.get(name) is not None:
                copy[name] = convert(copy[name])
        return copy

    return convert_record


def hazard(parsed: Record) -> str | None:
    """Why a foreign schema must not be used to read untrusted bytes, or None.

    A recursive type lets a small message nest until the C stack ends; values of no width let it claim 2**62 of them.
    """
    names = named_types(parsed)
    safe: set[str] = set()

    def look(type_: AvroType, inside: tuple[str, ...]) -> str | None:
        if isinstance(type_, list):
            return _first(look(branch, inside) for branch in type_ if branch != "null")
        node = resolve(type_, names)
        kind = node["type"]
        if kind in ("array", "map"):
            return look(node["items" if kind == "array" else "values"], inside)
        if kind == "null" or (kind == "fixed" and node["size"] == 0) or (kind == "record" and not node["fields"]):
            return "a type of no width"
        if kind != "record" or node["name"] in safe:
            return None
        if node["name"] in inside:
            return "a recursive type"
        found = _first(look(field["type"], (*inside, node["name"])) for field in node["fields"])
        if found is None:
            safe.add(node["name"])
        return found

    return look(parsed, ())


def _first(found: Iterable[str | None]) -> str | None:
    return next((one for one in found if one is not None), None)
