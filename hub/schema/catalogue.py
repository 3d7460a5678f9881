"""Every schema the hub knows, read from `schemas/` once and checked as a whole.

Source: contract 2 (subjects, ids), domain 3.1 (PII classes) and 5.1 (what must never be collected).
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
from fastavro.schema import SchemaParseException, UnknownType

from hub.domain.allow_list import AllowList, load_allow_list
from hub.domain.deny_list import denied
from hub.schema import avro

PII_CLASSES = ("C0", "C1", "C2", "C3")
_FILE = re.compile(r"(?P<name>[a-z][a-z0-9_]*)\.v(?P<version>[1-9][0-9]*)\.avsc")
_VERSION = re.compile(r"v([1-9][0-9]*)")

Ids = dict[tuple[str, int], int]


class CatalogueError(ValueError):
    """The schemas cannot be used; `faults` lists every reason."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("schemas refused:\n" + "\n".join(self.faults))


class Schema(msgspec.Struct, frozen=True, eq=False):
    """One version of one subject. `text` is the file as it stands: what a registry serves."""

    subject: str
    version: int
    schema_id: int
    text: str
    parsed: avro.Record


class Catalogue:
    """The schemas by subject, version and id."""

    def __init__(self, schemas: Iterable[Schema]) -> None:
        ordered = sorted(schemas, key=lambda schema: (schema.subject, schema.version))
        self._by_id = {schema.schema_id: schema for schema in ordered}
        self._versions: dict[str, tuple[Schema, ...]] = {}
        for schema in ordered:
            self._versions[schema.subject] = (*self._versions.get(schema.subject, ()), schema)

    @property
    def event_types(self) -> tuple[str, ...]:
        """Every agency event type, sorted."""
        return tuple(subject for subject in self._versions if not subject.startswith("hub."))

    def subjects(self) -> tuple[str, ...]:
        return tuple(self._versions)

    def versions(self, subject: str) -> tuple[Schema, ...]:
        """All versions, oldest first; empty for an unknown subject."""
        return self._versions.get(subject, ())

    def schema(self, subject: str) -> Schema:
        """The newest version of a subject; for an agency event the subject is its type. KeyError if unknown."""
        return self._versions[subject][-1]

    def by_id(self, schema_id: int) -> Schema | None:
        return self._by_id.get(schema_id)

    def id_of(self, subject: str, version: int) -> int:
        """KeyError if there is no such version."""
        for schema in self._versions[subject]:
            if schema.version == version:
                return schema.schema_id
        raise KeyError(f"{subject} v{version}")


def load_catalogue(root: Path, allowed: AllowList | None = None) -> Catalogue:
    """Read all schemas under `root`. Raises CatalogueError with every fault at once.

    `allowed`: what agencies' events may hold, if not what the packaged list says.
    """
    faults: list[str] = []
    ids = _load_ids(root / "ids.toml", faults)
    listed = allowed or load_allow_list()
    schemas: list[Schema] = []
    for path in sorted(root.glob("**/*.avsc")):
        schema = _load_schema(path, path.relative_to(root), ids, listed, faults)
        if schema is not None:
            schemas.append(schema)
    if not schemas:
        faults.append(f"{root}: no usable schema")
    if faults:
        raise CatalogueError(faults)
    return Catalogue(schemas)


def _load_ids(path: Path, faults: list[str]) -> Ids:
    """The id of every (subject, version); each id must be used once, for ever."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get("ids", {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        faults.append(f"{path.name}: {error}")
        return {}
    ids: Ids = {}
    owner: dict[int, str] = {}
    for subject, versions in table.items():
        for key, value in versions.items() if isinstance(versions, dict) else [("", versions)]:
            version = _VERSION.fullmatch(key)
            if version is None or type(value) is not int or not 0 < value < 2**31:
                faults.append(f"{path.name}: {subject} {key}: wants v<number> = <positive id>")
            elif value in owner:
                faults.append(f"{path.name}: id {value} stands for {owner[value]} and for {subject} {key}")
            else:
                owner[value] = f"{subject} {key}"
                ids[subject, int(version[1])] = value
    return ids


def _load_schema(path: Path, relative: Path, ids: Ids, allowed: AllowList, faults: list[str]) -> Schema | None:
    match = _FILE.fullmatch(path.name)
    if match is None:
        faults.append(f"{relative}: the file name wants the form <name>.v<number>.avsc")
        return None
    try:
        text = path.read_text(encoding="utf-8")
        parsed = avro.parse(json.loads(text))
    except (OSError, ValueError, KeyError, TypeError, RecursionError, SchemaParseException, UnknownType) as error:
        faults.append(f"{relative}: {type(error).__name__}: {error}")
        return None
    subject, version = f"{path.parent.name}.{match['name']}", int(match["version"])
    faults.extend(f"{relative}: {fault}" for fault in _faults_of(parsed, subject, allowed))
    schema_id = ids.get((subject, version))
    if schema_id is None:
        faults.append(f"{relative}: ids.toml has no id for {subject} v{version}")
        return None
    return Schema(subject, version, schema_id, text, parsed)


def _faults_of(parsed: avro.Record, subject: str, allowed: AllowList) -> Iterator[str]:
    own = subject.startswith("hub.")
    if avro.full_name(parsed) != subject:
        yield f"the record's full name must be {subject}"
    for path, field in avro.fields_of(parsed):
        category = denied(field["name"])
        # The hub's own records may give a reason why such a name stands for something made here. Agencies may not.
        excused = own and str(field.get("not_collected", "")).strip()
        if category is not None and not excused:
            yield f"{path}: must never be collected ({category})"
        elif not own and not allowed.allows(subject, path):
            yield f"{path}: is not on the allow-list (hub/data/allow_list.toml)"
        if not str(field.get("doc", "")).strip():
            yield f"{path}: no doc"
        if field.get("pii") not in PII_CLASSES:
            yield f"{path}: pii must be one of {', '.join(PII_CLASSES)}"
