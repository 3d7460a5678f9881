"""What may stand where in an event, read off its Avro schema: enough to check a mapping and to read a flat file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from hub.schema.catalogue import Catalogue

Avro: TypeAlias = "str | list[Avro] | dict[str, Any]"

_SCALARS = {"string": "text", "int": "int", "long": "int", "boolean": "bool", "enum": "text", "bytes": "text"}


@dataclass(frozen=True, slots=True)
class Shape:
    """One place of an event: `text`, `int`, `bool`, `record` (with fields) or `list` (of one item shape)."""

    kind: str
    required: bool = True
    symbols: frozenset[str] = frozenset()
    fields: Mapping[str, Shape] = field(default_factory=dict)
    item: Shape | None = None

    @property
    def is_person(self) -> bool:
        """Whether a PersonRef stands here (domain 3.1)."""
        return self.kind == "record" and {"id_type", "id_no", "name"} <= self.fields.keys()

    def at(self, path: str) -> Shape | None:
        """The shape at a dotted path, None if nothing can stand there; `[]` and a number both mean a list item."""
        here: Shape | None = self
        for step in path.replace("[]", ".[]").split("."):
            if here is None:
                return None
            here = here.item if step == "[]" or step.isdigit() else here.fields.get(step)
        return here


Shapes = Mapping[str, Shape]
"""The shape of every event, by event type."""

NO_SHAPES: Shapes = MappingProxyType({})


def shapes_of(catalogue: Catalogue) -> Shapes:
    """The shape of every agency event in its newest version."""
    return {event_type: event_shape(catalogue.schema(event_type).text) for event_type in catalogue.event_types}


def event_shape(avsc: str) -> Shape:
    """The shape of one event. Avro lets every subject be null; whether one must stand there the schema says apart."""
    schema = json.loads(avsc)
    whole = _shape(schema, True, {})
    subject = replace(whole.fields["subject"], required=schema.get("subject") != "none")
    return replace(whole, fields={**whole.fields, "subject": subject})


def _shape(schema: Avro, required: bool, named: dict[str, Any]) -> Shape:
    if isinstance(schema, list):
        branches = [branch for branch in schema if branch != "null"]
        return _shape(branches[0], required and len(branches) == len(schema), named)
    if isinstance(schema, str):
        return _named(schema, required, named)
    if "logicalType" in schema:  # dates, times and decimals are text in every file format (contract 1)
        return Shape("text", required)
    return _complex(schema, required, named)


def _named(name: str, required: bool, named: dict[str, Any]) -> Shape:
    if name in _SCALARS:
        return Shape(_SCALARS[name], required)
    found = named.get(name) or named.get(name.rpartition(".")[2])
    return Shape("text", required) if found is None else _complex(found, required, named)


def _complex(schema: Mapping[str, Any], required: bool, named: dict[str, Any]) -> Shape:
    kind = schema["type"]
    if "name" in schema:
        named[schema["name"].rpartition(".")[2]] = schema
    if kind in ("record", "error"):
        return Shape("record", required, fields={f["name"]: _field(f, named) for f in schema["fields"]})
    if kind == "array":
        return Shape("list", required, item=_shape(schema["items"], True, named))
    if kind == "enum":
        return Shape("text", required, symbols=frozenset(schema["symbols"]))
    return _shape(kind, required, named)


def _field(declared: Mapping[str, Any], named: dict[str, Any]) -> Shape:
    return _shape(declared["type"], "default" not in declared, named)
