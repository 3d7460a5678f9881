"""A connector against the schemas of its events: every path exists, every field is used or ignored for a reason."""

from __future__ import annotations

from collections.abc import Iterator

from hub.domain.deny_list import without_persons
from hub.mapping.apply import PLACEHOLDER, placeholders
from hub.mapping.shape import Shape, Shapes
from hub.mapping.spec import ENVELOPE_FIELDS, Connector, EventMapping

ALWAYS_GIVEN = frozenset({"source_record_id", "region_code"})


def check_template(mapping: EventMapping) -> Iterator[str]:
    """Faults of an entry template that need no schema to be seen."""
    return map(without_persons, _faults_of_template(mapping))


def _faults_of_template(mapping: EventMapping) -> Iterator[str]:
    where = f"{mapping.feed}: {mapping.event_type}: entry"
    if "{" in PLACEHOLDER.sub("", mapping.entry) or "}" in PLACEHOLDER.sub("", mapping.entry):
        yield f"{where} has a brace without its partner."
    for name in (name for alternatives in placeholders(mapping.entry) for name in alternatives):
        if not name.lstrip("@"):
            yield f"{where} has an empty placeholder."
        elif name.startswith("@") and name[1:] not in ENVELOPE_FIELDS:
            yield f"{where} names '{name}', which is no envelope field."


def check_connector(connector: Connector, shapes: Shapes) -> Iterator[str]:
    """Everything in which a connector and the schemas of its events disagree."""
    return map(without_persons, _disagreements(connector, shapes))


def _disagreements(connector: Connector, shapes: Shapes) -> Iterator[str]:
    known = [shapes[event_type] for event_type in connector.events if event_type in shapes]
    for event_type, mapping in connector.events.items():
        if event_type in shapes:
            yield from _check_event(mapping, shapes[event_type])
        else:
            yield f"{connector.feed}: {event_type} has no schema."
    if known:
        yield from _check_source(connector, known)


def _check_event(mapping: EventMapping, shape: Shape) -> Iterator[str]:
    where = f"{mapping.feed}: {mapping.event_type}"
    payload = shape.fields["payload"]
    has_subject = shape.fields["subject"].required
    if has_subject and mapping.subject_role is None:
        yield f"{where}: 'subject_role' is missing; say what the subject is to the act."
    if not has_subject and mapping.subject_role is not None:
        yield f"{where}: subject_role is given, but the event carries no subject."
    yield from _check_entry(mapping, payload, where)
    yield from _check_persons(mapping, payload, where)
    yield from _check_fields(mapping, payload, where)


def _check_entry(mapping: EventMapping, payload: Shape, where: str) -> Iterator[str]:
    for alternatives in placeholders(mapping.entry):
        for name in alternatives:
            if not name.startswith("@") and name not in payload.fields:
                yield f"{where}: entry names '{name}', which the payload does not have."
        last = alternatives[-1]
        sure = last[1:] in ALWAYS_GIVEN if last.startswith("@") else _is_required(payload, last)
        if not sure:
            yield f"{where}: entry may stay empty: '{last}' is optional; add '|@source_record_id'."


def _check_persons(mapping: EventMapping, payload: Shape, where: str) -> Iterator[str]:
    for person in mapping.persons:
        target = payload.at(person.path)
        if target is None:
            yield f"{where}: persons names '{person.path}', which the payload does not have."
        elif not target.is_person:
            yield f"{where}: persons names '{person.path}', where no person stands."
        holder = payload.at(person.path.rpartition(".")[0]) if "." in person.path else payload
        for name in person.keep:
            if holder is None or name not in holder.fields:
                yield f"{where}: persons keeps '{name}', which does not stand beside '{person.path}'."
    for name, field in payload.fields.items():
        for path in _person_paths(name, field):
            if path not in {person.path for person in mapping.persons}:
                yield f"{where}: a person stands at '{path}', but persons does not name it."


def _check_fields(mapping: EventMapping, payload: Shape, where: str) -> Iterator[str]:
    places = {
        "groups": [name for group in mapping.groups for name in (group.key, group.unless) if name],
        "units": mapping.units,
        "facts": mapping.facts,
        "golden": mapping.golden.values(),
        "ignore": mapping.ignore,
    }
    for place, names in places.items():
        for name in names:
            if name not in payload.fields:
                yield f"{where}: {place} names '{name}', which the payload does not have."
    used = _used(mapping) | {name for place, names in places.items() for name in names if place != "ignore"}
    for name in payload.fields:
        if name in used and name in mapping.ignore:
            yield f"{where}: '{name}' is both used and ignored."
        elif name not in used and name not in mapping.ignore:
            yield f"{where}: payload field '{name}' is neither used nor ignored."
    yield from _check_members(mapping, payload, where)


def _check_members(mapping: EventMapping, payload: Shape, where: str) -> Iterator[str]:
    """What stands beside a person inside a list (relation, work capacity) must be kept or ignored as well."""
    for person in mapping.persons:
        holder_path, _, person_field = person.path.rpartition(".")
        holder = payload.at(holder_path) if holder_path else None
        for name in holder.fields if holder is not None else ():
            ignored = f"{holder_path}.{name}" in mapping.ignore
            if name != person_field and name not in person.keep and not ignored:
                yield f"{where}: '{holder_path}.{name}' is neither kept nor ignored."


def _used(mapping: EventMapping) -> set[str]:
    """Payload fields used by the entry or as the way to a person."""
    in_entry = {name for alternatives in placeholders(mapping.entry) for name in alternatives}
    ways = {person.path.partition(".")[0].removesuffix("[]") for person in mapping.persons}
    kept = {name for person in mapping.persons if "." not in person.path for name in person.keep}
    return in_entry | ways | kept


def _person_paths(path: str, shape: Shape) -> Iterator[str]:
    if shape.is_person:
        yield path
    elif shape.item is not None:
        yield from _person_paths(f"{path}[]", shape.item)
    else:
        for name, field in shape.fields.items():
            yield from _person_paths(f"{path}.{name}", field)


def _is_required(payload: Shape, name: str) -> bool:
    return name in payload.fields and payload.fields[name].required


def _check_source(connector: Connector, shapes: list[Shape]) -> Iterator[str]:
    where, source = f"{connector.feed}: source", connector.source
    for place, names in (("columns", source.columns.values()), ("constants", source.constants)):
        for name in names:
            if all(shape.at(name) is None for shape in shapes):
                yield f"{where}.{place} fills '{name}', which no event of the feed has."
    for target, table in source.codes.items():
        symbols = frozenset[str]().union(*(found.symbols for shape in shapes if (found := shape.at(target))))
        for ours in table.values():
            if symbols and ours not in symbols:
                yield f"{where}.codes: '{ours}' is not a code of '{target}'."
