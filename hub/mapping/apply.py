"""What a mapping makes of one event: the entry it acts on, the people, groups and units it names, its facts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from hub.domain.claim import Kind
from hub.domain.event import Event, PersonRef
from hub.mapping.spec import PERSON_FIELDS, EventMapping

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")

Person = tuple[str, str, PersonRef, dict[str, Any]]
"""Role, concrete path (`payload.members[1].person`), the reference as sent, the fields kept from beside it."""


def placeholders(template: str) -> tuple[tuple[str, ...], ...]:
    """The alternatives of each placeholder of an entry template, in order."""
    return tuple(tuple(inside.split("|")) for inside in PLACEHOLDER.findall(template))


def entry_of(mapping: EventMapping, event: Event) -> str:
    """The register entry the act is about (architecture 1), such as `pension/RES/429801`.

    Should no alternative of a placeholder hold a value, the entry is the source record itself.
    """
    pieces, choices = _compiled(mapping.entry)
    filled = [pieces[0]]
    for alternatives, piece in zip(choices, pieces[1:], strict=True):
        filled += [_first_value(alternatives, event), piece]
    return "".join(filled)


def persons_of(mapping: EventMapping, event: Event) -> list[Person]:
    """Everyone the event names, the subject first (path `subject`), then in the order of the mapping's paths.

    The same person may stand there twice (the subject of a lease is its tenant too); who is who is settled later.
    """
    found: list[Person] = []
    if event.subject is not None and mapping.subject_role is not None:
        found.append((mapping.subject_role, "subject", event.subject, {}))
    for person in mapping.persons:
        for path, node, beside in _walk(event.payload, "payload", tuple(person.path.split(".")), event.payload):
            kept = {name: beside[name] for name in person.keep if _is_given(beside.get(name))}
            found.append((person.role, path, _person_ref(node), kept))
    return found


def groups_of(mapping: EventMapping, event: Event) -> list[tuple[Kind, str]]:
    """The groups the event is about, as (kind, number)."""
    wanted = (group for group in mapping.groups if not _is_given(event.payload.get(group.unless)))
    named = ((group.kind, event.payload.get(group.key)) for group in wanted)
    return [(kind, str(number)) for kind, number in named if _is_given(number)]


def units_of(mapping: EventMapping, event: Event) -> list[str]:
    """The codes of the dwellings the event names, each once; validation took the blanks of the printed form out."""
    found: dict[str, None] = {}
    for name in mapping.units:
        value = event.payload.get(name)
        codes = value if isinstance(value, list | tuple) else [value]
        found.update((code, None) for code in codes if code is not None and code != "")
    return list(found)


def facts_of(mapping: EventMapping, event: Event) -> dict[str, Any]:
    """The payload fields that rules and golden values read, as sent; absent ones stay absent."""
    return {name: event.payload[name] for name in mapping.facts if _is_given(event.payload.get(name))}


def golden_of(mapping: EventMapping, event: Event) -> dict[str, Any]:
    """What the event says of the subject's simple golden attributes (domain 3.6)."""
    return {
        attribute: event.payload[name]
        for attribute, name in mapping.golden.items()
        if _is_given(event.payload.get(name))
    }


def summary_of(mapping: EventMapping, event: Event) -> dict[str, Any]:
    """Everything the mapping makes of an event, as plain data: what a sample's `expect` says. Empty parts left out."""
    parts = {
        "groups": [f"{kind}/{number}" for kind, number in groups_of(mapping, event)],
        "units": units_of(mapping, event),
        "golden": golden_of(mapping, event),
    }
    return {
        "entry": entry_of(mapping, event),
        "roles": [role for role, _, _, _ in persons_of(mapping, event)],
        **{name: part for name, part in parts.items() if part},
        "facts": facts_of(mapping, event),
    }


@lru_cache(maxsize=256)
def _compiled(template: str) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    return tuple(PLACEHOLDER.split(template)[::2]), placeholders(template)


def _first_value(alternatives: tuple[str, ...], event: Event) -> str:
    for name in alternatives:
        value = getattr(event, name[1:]) if name.startswith("@") else event.payload.get(name)
        if _is_given(value):
            return str(value)
    return event.source_record_id


def _walk(
    node: Mapping[str, Any], path: str, steps: tuple[str, ...], beside: Mapping[str, Any]
) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    """Every record at `steps` below `node`, with its concrete path and the record that holds it."""
    if not steps:
        yield path, node, beside
        return
    name, is_list = steps[0].removesuffix("[]"), steps[0].endswith("[]")
    value = node.get(name)
    if value is None:
        return
    items = [(f"[{index}]", item) for index, item in enumerate(value)] if is_list else [("", value)]
    for suffix, item in items:
        if item is not None:
            yield from _walk(item, f"{path}.{name}{suffix}", steps[1:], node)


def _person_ref(node: Mapping[str, Any]) -> PersonRef:
    return PersonRef(*(node.get(name) for name in PERSON_FIELDS))  # type: ignore[arg-type]  # validated before


def _is_given(value: object) -> bool:
    """An empty text or list says as little as a missing one."""
    return value is not None and value != "" and value != []
