"""The same events in schemas that agencies changed on their own: forward, backward, and not compatible at all."""

from __future__ import annotations

import copy
import json
import struct
from collections.abc import Callable
from io import BytesIO
from typing import Any

import fastavro

from hub.bootstrap import catalogue

Schema = dict[str, Any]
_FIRST_ID = 8_000_000
_SPAN = 100_000


def _forward(schema: Schema, datum: dict[str, Any]) -> bool:
    """A newer schema with a field that the hub does not know; readers that do not know it skip it."""
    schema["fields"].append({"name": "batch_remark", "type": ["null", "string"], "default": None})
    return True


def _backward(schema: Schema, datum: dict[str, Any]) -> bool:
    """An older schema that did not have an optional field yet; this event does not use it."""
    for field in schema["fields"]:
        if "default" in field and field["default"] is None and datum.get(field["name"]) is None:
            schema["fields"].remove(field)
            datum.pop(field["name"], None)
            return True
    return False


def _incompatible(schema: Schema, datum: dict[str, Any]) -> bool:
    """A field of another type: nobody can tell what it means."""
    for field in schema["fields"]:
        if field["name"] == "source_seq":
            field["type"] = "string"
            datum["source_seq"] = str(datum["source_seq"])
            return True
    return False


def _forbidden(schema: Schema, datum: dict[str, Any]) -> bool:
    """A field that may never be collected."""
    schema["fields"].append({"name": "religion", "type": ["null", "string"], "default": None})
    return True


WAYS: dict[str, Callable[[Schema, dict[str, Any]], bool]] = {
    "forward": _forward,
    "backward": _backward,
    "incompatible": _incompatible,
    "forbidden": _forbidden,
}
READABLE = ("forward", "backward")


class Evolution:
    """Messages in changed schemas, and the schemas for the registry, by id."""

    def __init__(self) -> None:
        self.schemas: dict[int, str] = {}

    def change(self, value: bytes, way: str) -> bytes | None:
        """The message in a changed schema; None if this event does not lend itself to it."""
        (schema_id,) = struct.unpack_from(">I", value, 1)
        known = catalogue().by_id(schema_id)
        assert known is not None
        schema = json.loads(known.text)
        datum: Any = fastavro.schemaless_reader(BytesIO(value[5:]), fastavro.parse_schema(_plain(schema)))
        changed, content = copy.deepcopy(schema), dict(datum)
        if not WAYS[way](changed, content):
            return None
        text = json.dumps(changed)
        # One id per schema, whichever event brought it up first.
        number = next((n for n, t in self.schemas.items() if t == text), None)
        if number is None:
            number = _FIRST_ID + _SPAN * list(WAYS).index(way) + len(self.schemas)
            self.schemas[number] = text
        out = BytesIO(struct.pack(">bI", 0, number))
        out.seek(5)
        fastavro.schemaless_writer(out, fastavro.parse_schema(_plain(changed)), content)
        return out.getvalue()


def _plain(schema: Any) -> Any:
    """Without logical types: dates and times stay the numbers they are on the wire."""
    if isinstance(schema, dict):
        return {key: _plain(value) for key, value in schema.items() if key != "logicalType"}
    return [_plain(item) for item in schema] if isinstance(schema, list) else schema
