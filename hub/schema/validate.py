"""From a JSON object to an Event, or to every reason why not.

Source: contract 1, domain 3.1. Nothing is repaired but blanks in unit codes; what is merely doubtful (a person number
with a wrong check digit, a strange name) passes and is judged later (architecture 4).
An Event always has the shape of the newest schema version: under FULL_TRANSITIVE evolution older ones fit into it.
"""

from __future__ import annotations

from typing import Any

from hub.domain.code_tables import RELATION, SEX
from hub.domain.event import AGENCIES, Code, Event, Fault, PersonRef
from hub.domain.identifiers import check_unit_code
from hub.domain.regions import RegionTable
from hub.schema import avro
from hub.schema.catalogue import Catalogue, Schema
from hub.schema.checks import Check, CodeTables, Faults, compile_record, opaque

MAX_FAULTS = 200
MAX_PATH = 300
_NEEDS_SUPERSEDES = ("CORRECT", "CANCEL")


class _EventType:
    """One event type, compiled."""

    def __init__(self, schema: Schema, versions: frozenset[int], tables: CodeTables) -> None:
        names = avro.named_types(schema.parsed)
        self.agency = schema.subject.partition(".")[0].upper()
        self.versions = versions
        self.wants_subject = schema.parsed.get("subject") != "none"
        self.check: Check = compile_record(schema.parsed, "", names, tables, {})


class Validator:
    """Checks events of every type of a catalogue. Immutable after construction."""

    def __init__(self, catalogue: Catalogue, regions: RegionTable) -> None:
        tables = _code_tables(regions)
        self._types: dict[str, _EventType] = {}
        for event_type in catalogue.event_types:
            versions = frozenset(schema.version for schema in catalogue.versions(event_type))
            self._types[event_type] = _EventType(catalogue.schema(event_type), versions, tables)
        any_type = catalogue.schema(catalogue.event_types[0]).parsed
        # The envelope is the same for all (domain 3.1), so an unknown type's envelope can still be checked in full.
        self._envelope = compile_record(
            any_type, "", avro.named_types(any_type), tables, {"payload": opaque("payload")}
        )

    def check(self, obj: object, *, topic_agency: str | None = None) -> Event | tuple[Fault, ...]:
        """The event, or all its faults. `topic_agency`: whose topic it arrived on, where there is one."""
        faults: Faults = []
        name = obj.get("event_type") if isinstance(obj, dict) else None
        known = self._types.get(name) if isinstance(name, str) else None
        kept = (known.check if known else self._envelope)(obj, "", faults)
        if isinstance(obj, dict):
            _check_envelope(obj, known, topic_agency, faults)
        if faults:
            return _bounded(faults)
        subject = kept["subject"]
        return Event(**{**kept, "subject": None if subject is None else PersonRef(**subject)})


def _check_envelope(obj: dict[str, Any], known: _EventType | None, topic_agency: str | None, faults: Faults) -> None:
    """What no single field can tell. Fields may still be of any type here; their own faults are reported already."""
    event_type, source, version = obj.get("event_type"), obj.get("source_agency"), obj.get("schema_version")
    if isinstance(event_type, str) and event_type.strip():
        if known is None:
            faults.append(Fault(Code.UNKNOWN_EVENT_TYPE, "event_type"))
        if known and source in AGENCIES and source != known.agency:
            faults.append(Fault(Code.WRONG_AGENCY, "source_agency", f"the event type is one of {known.agency}"))
        if topic_agency is not None and known and known.agency != topic_agency:
            faults.append(Fault(Code.WRONG_AGENCY, "event_type", f"arrived on the topic of {topic_agency}"))
    if topic_agency is not None and source in AGENCIES and source != topic_agency:
        faults.append(Fault(Code.WRONG_AGENCY, "source_agency", f"arrived on the topic of {topic_agency}"))
    if known and isinstance(version, int) and version > 0 and version not in known.versions:
        faults.append(Fault(Code.UNKNOWN_SCHEMA_VERSION, "schema_version"))
    if obj.get("op") in _NEEDS_SUPERSEDES and obj.get("supersedes") in (None, ""):
        faults.append(Fault(Code.SUPERSEDES_REQUIRED, "supersedes", "CORRECT and CANCEL name the event they concern"))
    if known and known.wants_subject and obj.get("subject") is None:
        faults.append(Fault(Code.SUBJECT_REQUIRED, "subject"))
    if known and not known.wants_subject and obj.get("subject") is not None:
        faults.append(Fault(Code.SUBJECT_NOT_ALLOWED, "subject", "no person event"))


def _bounded(faults: Faults) -> tuple[Fault, ...]:
    """All faults, up to a number and a length that a quarantine message can carry."""
    kept = tuple(fault if len(fault.path) <= MAX_PATH else _cut(fault) for fault in faults[:MAX_FAULTS])
    if len(faults) <= MAX_FAULTS:
        return kept
    return (*kept, Fault(Code.MORE_FAULTS, "", f"{len(faults) - MAX_FAULTS} more"))


def _cut(fault: Fault) -> Fault:
    """Unknown objects nest as deep as their sender likes, and every name on the way stands in the path."""
    return Fault(fault.code, fault.path[:MAX_PATH] + "…", fault.detail)


def _code_tables(regions: RegionTable) -> CodeTables:
    def unit_code(text: str) -> str | None:
        found = check_unit_code(text, regions=regions)
        return found.canonical if found.ok else None

    return {
        "sex": (lambda text: text if text in SEX else None, Code.UNKNOWN_CODE),
        "relation": (lambda text: text if text in RELATION else None, Code.UNKNOWN_CODE),
        "region": (lambda text: text if regions.known(text) else None, Code.UNKNOWN_REGION),
        "unit_code": (unit_code, Code.UNIT_CODE),
    }
