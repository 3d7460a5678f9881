"""One `connector.toml` into a `Connector`, with a plain sentence for everything in it that is not understood.

The list of keys is closed (model-codebases 4.9): a misspelt key would otherwise be a decision silently not taken.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

from hub.domain.claim import GROUP_KINDS, Kind
from hub.domain.deny_list import without_persons
from hub.domain.event import AGENCIES
from hub.mapping.spec import (
    ENCODINGS,
    FORMATS,
    GOLDEN_ATTRIBUTES,
    ROLES,
    Connector,
    EventMapping,
    GroupKey,
    PersonPath,
    SourceSpec,
)

Faults = list[str]
"""Sentences collected so far; every function here adds to the list it is given and goes on."""

_TOP = {"feed": str, "agency": str, "topic": str, "owner": str, "cadence": str, "source": dict, "events": dict}
_SOURCE = {"format": str, "encoding": str, "delimiter": str, "constants": dict, "columns": dict, "codes": dict}
_EVENT = {
    "entry": str,
    "subject_role": str,
    "persons": list,
    "groups": list,
    "units": list,
    "facts": list,
    "golden": dict,
    "ignore": dict,
}
_KINDS: dict[type, str] = {str: "text", dict: "a table", list: "a list"}


def parse_connector(folder: Path) -> tuple[Connector | None, tuple[str, ...]]:
    """The connector of a folder and the faults of its TOML; no connector only if the file cannot be read at all."""
    faults: Faults = []
    try:
        raw = tomllib.loads((folder / "connector.toml").read_text("utf-8"))
    except FileNotFoundError:
        return None, (f"{folder.name}: there is no connector.toml.",)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return None, (f"{folder.name}: connector.toml is not TOML: {error}.",)
    table = _typed(raw, _TOP, folder.name, faults)
    for name in ("feed", "agency", "topic", "owner", "cadence", "events"):
        if not table.get(name):
            faults.append(f"{folder.name}: '{name}' is missing or empty.")
    connector = _connector(folder, table, faults)
    _check_names(connector, faults)
    return connector, tuple(map(without_persons, faults))


def _connector(folder: Path, table: Mapping[str, Any], faults: Faults) -> Connector:
    events = {
        event_type: _event(folder.name, event_type, raw, faults) for event_type, raw in table.get("events", {}).items()
    }
    return Connector(
        feed=table.get("feed", folder.name),
        agency=table.get("agency", ""),
        topic=table.get("topic", ""),
        owner=table.get("owner", ""),
        cadence=table.get("cadence", ""),
        folder=folder,
        source=_source(folder.name, table.get("source", {}), faults),
        events=events,
    )


def _check_names(connector: Connector, faults: Faults) -> None:
    name, agency = connector.folder.name, connector.agency
    if connector.feed != name:
        faults.append(f"{name}: feed is '{connector.feed}'; it must be the folder's name.")
    if agency and agency not in AGENCIES:
        faults.append(f"{name}: agency '{agency}' is not one of {', '.join(AGENCIES)}.")
    if connector.topic and connector.topic != f"agency.{agency.lower()}.changes.v1":
        faults.append(f"{name}: topic '{connector.topic}' is not the topic of {agency} (contract 2).")
    for event_type in connector.events:
        if event_type.partition(".")[0] != agency.lower():
            faults.append(f"{name}: {event_type} is not an event of {agency}.")


def _event(feed: str, event_type: str, raw: object, faults: Faults) -> EventMapping:
    where = f"{feed}: {event_type}"
    table = _typed(raw, _EVENT, where, faults)
    if not table.get("entry"):
        faults.append(f"{where}: 'entry' is missing; say which register entry the act is about.")
    role = table.get("subject_role")
    if role is not None:
        _one_of(role, ROLES, f"{where}: subject_role", faults)
    return EventMapping(
        event_type=event_type,
        feed=feed,
        entry=table.get("entry", ""),
        subject_role=role,
        persons=tuple(_person(where, item, faults) for item in table.get("persons", [])),
        groups=tuple(_group(where, item, faults) for item in table.get("groups", [])),
        units=_names(table.get("units", []), f"{where}: units", faults),
        facts=_names(table.get("facts", []), f"{where}: facts", faults),
        golden=_golden(where, table.get("golden", {}), faults),
        ignore=_ignore(where, table.get("ignore", {}), faults),
    )


def _person(where: str, raw: object, faults: Faults) -> PersonPath:
    table = _typed(raw, {"path": str, "role": str, "keep": list}, f"{where}: persons", faults)
    path, role = table.get("path", ""), table.get("role", "")
    if not path:
        faults.append(f"{where}: persons has an item without 'path'.")
    _one_of(role, ROLES, f"{where}: persons, role of '{path}'", faults)
    return PersonPath(path, role, _names(table.get("keep", []), f"{where}: persons, keep of '{path}'", faults))


def _group(where: str, raw: object, faults: Faults) -> GroupKey:
    table = _typed(raw, {"kind": str, "key": str, "unless": str}, f"{where}: groups", faults)
    kind, key = table.get("kind", ""), table.get("key", "")
    if not key:
        faults.append(f"{where}: groups has an item without 'key'.")
    _one_of(kind, GROUP_KINDS, f"{where}: groups, kind of '{key}'", faults)
    return GroupKey(cast(Kind, kind), key, table.get("unless", ""))  # the kind was checked one line above


def _golden(where: str, raw: Mapping[str, Any], faults: Faults) -> dict[str, str]:
    for attribute in raw:
        _one_of(attribute, GOLDEN_ATTRIBUTES, f"{where}: golden attribute", faults)
    return _texts(raw, f"{where}: golden", faults)


def _ignore(where: str, raw: Mapping[str, Any], faults: Faults) -> dict[str, str]:
    for name, reason in raw.items():
        if not isinstance(reason, str) or not reason.strip():
            faults.append(f"{where}: '{name}' is ignored without a reason.")
    return {name: str(reason) for name, reason in raw.items()}


def _source(feed: str, raw: object, faults: Faults) -> SourceSpec:
    where = f"{feed}: source"
    table = _typed(raw, _SOURCE, where, faults)
    spec = SourceSpec(
        format=table.get("format", "jsonl"),
        encoding=table.get("encoding", "utf-8"),
        delimiter=table.get("delimiter", ","),
        constants=_constants(table.get("constants", {}), f"{where}.constants", faults),
        columns=_texts(table.get("columns", {}), f"{where}.columns", faults),
        codes=_codes(table.get("codes", {}), f"{where}.codes", faults),
    )
    _one_of(spec.format, FORMATS, f"{where}.format", faults)
    _one_of(spec.encoding, ENCODINGS, f"{where}.encoding", faults)
    if len(spec.delimiter) != 1 or spec.delimiter in '"\r\n':
        faults.append(f"{where}.delimiter must be one character, and no quote or line end.")
    _check_columns(where, spec, faults)
    return spec


def _check_columns(where: str, spec: SourceSpec, faults: Faults) -> None:
    fed = list(spec.columns.values())
    for target in sorted({target for target in fed if fed.count(target) > 1}):
        faults.append(f"{where}.columns fills '{target}' from two columns.")
    for target in spec.codes:
        if target not in fed:
            faults.append(f"{where}.codes has a table for '{target}', which no column fills.")


def _constants(raw: Mapping[str, Any], where: str, faults: Faults) -> dict[str, str | int | bool]:
    for name, value in raw.items():
        if not isinstance(value, str | int | bool):
            faults.append(f"{where}: '{name}' must be a text, a whole number or a boolean.")
    return {name: value for name, value in raw.items() if isinstance(value, str | int | bool)}


def _codes(raw: Mapping[str, Any], where: str, faults: Faults) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for target, table in raw.items():
        if isinstance(table, dict):
            found[target] = _texts(table, f"{where}.{target}", faults)
        else:
            faults.append(f"{where}: '{target}' must be a table of raw code = our code.")
    return found


def _typed(raw: object, known: Mapping[str, type], where: str, faults: Faults) -> dict[str, Any]:
    """The entries of a table that have a known key and the right type."""
    if not isinstance(raw, dict):
        faults.append(f"{where} must be a table.")
        return {}
    good: dict[str, Any] = {}
    for key, value in raw.items():
        if key not in known:
            faults.append(f"{where}: unknown key '{key}'.")
        elif not isinstance(value, known[key]):
            faults.append(f"{where}: '{key}' must be {_KINDS[known[key]]}.")
        else:
            good[key] = value
    return good


def _texts(raw: Mapping[str, Any], where: str, faults: Faults) -> dict[str, str]:
    for key, value in raw.items():
        if not isinstance(value, str) or not value:
            faults.append(f"{where}: '{key}' must be a text.")
    return {key: value for key, value in raw.items() if isinstance(value, str) and value}


def _names(raw: Iterable[object], where: str, faults: Faults) -> tuple[str, ...]:
    found: list[str] = []
    for name in raw:
        if not isinstance(name, str) or not name:
            faults.append(f"{where} must hold field names only.")
        elif name in found:
            faults.append(f"{where} names '{name}' twice.")
        else:
            found.append(name)
    return tuple(found)


def _one_of(value: str, known: Iterable[str], where: str, faults: Faults) -> None:
    if value not in known:
        faults.append(f"{where}: '{value}' is not one of {', '.join(sorted(known))}.")
