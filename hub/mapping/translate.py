"""One raw row in an agency's own words into an object in the contract's words (contract 1).

Names, codes and constants as the connector says; numbers and lists as the event's schema says. Values the hub cannot
place stay as they are: validation refuses them, by name and with every other fault of the event.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from hub.domain.event import Code, Fault
from hub.mapping.shape import NO_SHAPES, Shape, Shapes
from hub.mapping.spec import SourceSpec

Object = dict[str, Any]

_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}")
_INDEX = re.compile(r"[0-9]{1,6}")
# What a flat file may hold as a number even if the schemas are not at hand.
_ENVELOPE_INTS = frozenset({"schema_version", "source_seq"})


class Translator:
    """Turns the rows of one feed into contract objects. `flat`: rows are cells of text, with dotted names."""

    def __init__(self, spec: SourceSpec, shapes: Shapes = NO_SHAPES, *, flat: bool) -> None:
        self._spec = spec
        self._shapes = shapes
        self._flat = flat
        self._as_is = not (flat or spec.columns or spec.constants)
        self._kinds: dict[tuple[str, str], str] = {}

    def translate(self, raw: Mapping[str, Any]) -> Object | tuple[Fault, ...]:
        """The object, or every reason why there is none. `raw` is left as it is."""
        if self._as_is:
            return dict(raw)
        faults: list[Fault] = []
        named = self._in_our_words(raw, faults)
        event_type = str(named.get("event_type", self._spec.constants.get("event_type", "")))
        tree: Object = {}
        for path, value in named.items():
            if not self._place(tree, path, self._typed(event_type, path, value)):
                shown = path if self._is_ours(event_type, path) else "?"
                faults.append(Fault(Code.UNREADABLE, shown, "two columns fill this field"))
        if faults:
            return tuple(faults)
        for path, constant in self._spec.constants.items():
            if _at(tree, path) is None:
                self._place(tree, path, constant)
        return {name: _with_lists(value) for name, value in tree.items()} if self._flat else tree

    def _is_ours(self, event_type: str, path: str) -> bool:
        """Whether we named the field; the name of any other column may be somebody's data."""
        shape = self._shapes.get(event_type)
        return path in self._spec.columns.values() or (shape is not None and shape.at(path) is not None)

    def _in_our_words(self, raw: Mapping[str, Any], faults: list[Fault]) -> Object:
        named: Object = {}
        for column, value in raw.items():
            target = self._spec.columns.get(column, column)
            if self._flat and value == "":
                continue
            if target in named:
                faults.append(Fault(Code.UNREADABLE, target, "two columns fill this field"))
            named[target] = self._decoded(column, target, value, faults)
        return named

    def _decoded(self, column: str, target: str, value: object, faults: list[Fault]) -> object:
        """A code of the source as our code. Only in columns the connector names: elsewhere ours are meant."""
        table = self._spec.codes.get(target)
        if table is None or column not in self._spec.columns or value is None:
            return value
        ours = table.get(str(value))
        if ours is None:
            # Not passed on: a code we know may mean another thing there (domain 2.5).
            faults.append(Fault(Code.UNKNOWN_CODE, target, "not in the connector's table of codes"))
        return ours

    def _typed(self, event_type: str, path: str, value: object) -> object:
        if not isinstance(value, str) or not (self._flat or path in self._spec.columns.values()):
            return value
        kind = self._kinds.get((event_type, path))
        if kind is None:
            kind = self._kinds[event_type, path] = self._kind(event_type, path)
        return _from_text(kind, value)

    def _kind(self, event_type: str, path: str) -> str:
        shape: Shape | None = self._shapes[event_type].at(path) if event_type in self._shapes else None
        if shape is not None:
            return shape.kind
        return "int" if path in _ENVELOPE_INTS else "text"

    def _place(self, tree: Object, path: str, value: object) -> bool:
        """Put a value at a dotted path; False if something stands there or in the way."""
        if not self._flat and path not in self._spec.columns.values() and path not in self._spec.constants:
            if path in tree:
                return False
            tree[path] = copy.deepcopy(value)
            return True
        *way, last = path.split(".")
        for step in way:
            below = tree.setdefault(step, {})
            if not isinstance(below, dict):
                return False
            tree = below
        if tree.get(last) is not None:
            return False
        tree[last] = value
        return True


def _from_text(kind: str, text: str) -> object:
    """A cell as the schema's kind, or the text itself if it is not of that kind: validation will say so."""
    if kind == "int" and _WHOLE_NUMBER.fullmatch(text):
        return int(text)
    if kind == "bool" and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if kind in ("list", "record"):
        try:
            return msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError):
            return text
    return text


def _at(tree: Object, path: str) -> object:
    here: object = tree
    for step in path.split("."):
        here = here.get(step) if isinstance(here, dict) else None
    return here


def _with_lists(node: object) -> object:
    """Nested tables whose names are all numbers are lists (`members.0.person.id_no`); absent items close up."""
    if not isinstance(node, dict):
        return node
    inner = {name: _with_lists(value) for name, value in node.items()}
    if inner and all(_INDEX.fullmatch(name) for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner
