"""May a new version of a schema stand beside the old ones? FULL_TRANSITIVE: each reads what each other wrote.

Source: contract 2. Every incompatibility is a sentence. Stricter than Avro in one way: what a value means (code table,
format, logical type, limits) must not change either, for readers would accept the bytes and misread them.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

from hub.schema import avro
from hub.schema.catalogue import Catalogue, load_catalogue

_MEANING = ("logicalType", "codes", "format", "precision", "scale", "min", "max", "max_length", "size")
_MEANING_OF_RECORD = ("subject", "any_of")


def check_all(root: Path) -> tuple[str, ...]:
    """Every incompatibility between any two versions of any subject under `root`. Raises CatalogueError."""
    return check_catalogue(load_catalogue(root))


def check_catalogue(catalogue: Catalogue) -> tuple[str, ...]:
    """Every incompatibility between any two versions of any subject, oldest first."""
    return tuple(
        f"{subject} v{old.version} -> v{new.version}: {sentence}"
        for subject in catalogue.subjects()
        for old, new in combinations(catalogue.versions(subject), 2)
        for sentence in incompatibilities(old.parsed, new.parsed)
    )


def incompatibilities(old: avro.Record, new: avro.Record) -> tuple[str, ...]:
    """Why readers with one of two parsed schemas cannot read what was written with the other."""
    return tuple(_Comparison(old, new).compare(old, new, ""))


class _Comparison:
    """Two schemas side by side, with the definitions behind their names."""

    def __init__(self, old: avro.Record, new: avro.Record) -> None:
        self._old = avro.named_types(old)
        self._new = avro.named_types(new)
        self._seen: set[tuple[str, str]] = set()

    def compare(self, old: avro.AvroType, new: avro.AvroType, path: str) -> Iterator[str]:
        if isinstance(old, list) or isinstance(new, list):
            yield from self._unions(old, new, path)
            return
        before, after = avro.resolve(old, self._old), avro.resolve(new, self._new)
        kind = before["type"]
        if kind != after["type"]:
            yield f"{_at(path)} changed type from {kind} to {after['type']}"
            return
        yield from _meaning(before, after, path)
        if kind in ("record", "enum", "fixed"):
            yield from self._named(before, after, path)
        elif kind in ("array", "map"):
            part = "items" if kind == "array" else "values"
            yield from self.compare(before[part], after[part], path + ("[]" if kind == "array" else "{}"))

    def _named(self, old: avro.Record, new: avro.Record, path: str) -> Iterator[str]:
        if old["name"] != new["name"]:
            yield f"{_at(path)} renamed from {old['name']} to {new['name']}"
            return
        # A type used in several places is compared once; this also ends recursion.
        if (old["name"], new["name"]) in self._seen:
            return
        self._seen.add((old["name"], new["name"]))
        if old["type"] == "record":
            yield from self._fields(old, new, path)
        elif old["type"] == "enum":
            yield from _symbols(old, new, path)

    def _fields(self, old: avro.Record, new: avro.Record, path: str) -> Iterator[str]:
        before = {field["name"]: field for field in old["fields"]}
        after = {field["name"]: field for field in new["fields"]}
        for name in sorted(before.keys() - after.keys()):
            if "default" not in before[name]:
                yield f"{_join(path, name)} removed, and it has no default for readers of the old version"
        for name in sorted(after.keys() - before.keys()):
            if "default" not in after[name]:
                yield f"{_join(path, name)} added without a default"
        for name, field in before.items():
            if name in after:
                yield from self.compare(field["type"], after[name]["type"], _join(path, name))

    def _unions(self, old: avro.AvroType, new: avro.AvroType, path: str) -> Iterator[str]:
        before = {_label(branch): branch for branch in (old if isinstance(old, list) else [old])}
        after = {_label(branch): branch for branch in (new if isinstance(new, list) else [new])}
        for label in sorted(before.keys() - after.keys()):
            yield f"{_at(path)} no longer takes {label}"
        for label in sorted(after.keys() - before.keys()):
            yield f"{_at(path)} newly takes {label}, which readers of the old version cannot"
        for label, branch in before.items():
            if label in after:
                yield from self.compare(branch, after[label], path)


def _symbols(old: avro.Record, new: avro.Record, path: str) -> Iterator[str]:
    # With a default on the reading side Avro maps unknown symbols to it; both sides read here, so both need one.
    if "default" in old and "default" in new:
        return
    for symbol in old["symbols"]:
        if symbol not in new["symbols"]:
            yield f"{_at(path)} lost the symbol {symbol}"
    for symbol in new["symbols"]:
        if symbol not in old["symbols"]:
            yield f"{_at(path)} gained the symbol {symbol}, which readers of the old version do not know"


def _meaning(old: avro.Record, new: avro.Record, path: str) -> Iterator[str]:
    names = (*_MEANING, *_MEANING_OF_RECORD) if old["type"] == "record" else _MEANING
    for name in names:
        if old.get(name) != new.get(name):
            yield f"{_at(path)} changed {name} from {old.get(name)} to {new.get(name)}"


def _label(branch: avro.AvroType) -> str:
    """What tells the branches of a union apart: the full name, or the type."""
    if isinstance(branch, str):
        return branch
    return str(branch.get("name", branch["type"]))


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _at(path: str) -> str:
    return path or "the record"
