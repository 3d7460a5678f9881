"""Confluent wire format: magic byte 0, four bytes of schema id, an Avro body without header.

Source: contract 2. Agency messages may be written with any version of a schema by anybody, so reading them yields
faults, never exceptions, and never more memory than the message accounts for. Only a registry that is down is an
exception (RegistryDown): that is no fault of the message (architecture 4).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from io import BytesIO
from typing import Any

import fastavro
import msgspec
from fastavro.read import SchemaResolutionError
from fastavro.schema import SchemaParseException, UnknownType, to_parsing_canonical_form

from hub.domain.deny_list import denied
from hub.domain.event import Code, Event, Fault
from hub.domain.times import rfc3339
from hub.schema import avro
from hub.schema.catalogue import Catalogue, Schema
from hub.schema.registry import SchemaSource

_HEADER = struct.Struct(">bI")
_EPOCH = date(1970, 1, 1).toordinal()
# For days and times that Python has no calendar for. No field of the contract accepts it, so the validator reports it.
_BEYOND = "beyond the calendar"
_END_OF_DATA = (EOFError, StopIteration, struct.error)
# What fastavro raises on bytes that are not what the schema says: bad branch numbers, bad UTF-8, absurd sizes.
_NOT_AVRO = (IndexError, KeyError, ValueError, OverflowError, TypeError, AttributeError, RecursionError, MemoryError)
_UNUSABLE = (SchemaParseException, UnknownType, ValueError, KeyError, TypeError, AttributeError, RecursionError)


class RecordError(ValueError):
    """Bytes on one of the hub's own topics that are not one of its records."""


class Decoded(msgspec.Struct, frozen=True):
    """An agency message in the contract's JSON shape, not yet validated."""

    obj: dict[str, Any]
    record_name: str
    schema_id: int


class _Plan(msgspec.Struct, frozen=True):
    """How to read bodies written with one schema: or why not."""

    source_schema: avro.Record
    record_name: str = ""
    writer: avro.Record | None = None
    reader: avro.Record | None = None
    to_json: avro.Convert | None = None
    newest: int | None = None  # set where the writer's schema is none of ours
    faults: tuple[Fault, ...] = ()


class Codec:
    """Reads and writes everything on the hub's topics with one catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._plain = {
            schema.schema_id: avro.plain(schema.parsed)
            for subject in catalogue.subjects()
            for schema in catalogue.versions(subject)
        }
        self._canonical = {
            to_parsing_canonical_form(self._plain[schema.schema_id]): schema.version
            for event_type in catalogue.event_types
            for schema in catalogue.versions(event_type)
        }
        self._from_event = {
            event_type: self._converter(event_type, {"date": _day_number}) for event_type in catalogue.event_types
        }
        # By source and id, for two registries may give one id to different schemas.
        self._plans: dict[tuple[int, int], tuple[SchemaSource, _Plan]] = {}

    def encode_event(self, event: Event) -> bytes:
        """The message of a validated event, in the newest schema of its type."""
        datum = msgspec.structs.asdict(event)
        if event.subject is not None:
            datum["subject"] = msgspec.structs.asdict(event.subject)
        convert = self._from_event[event.event_type]
        return self._write(self._catalogue.schema(event.event_type).schema_id, convert(datum) if convert else datum)

    def encode_record(self, subject: str, obj: Mapping[str, Any]) -> bytes:
        """A record of the hub's own topics, such as `hub.alert`. Times are milliseconds since the epoch."""
        return self._write(self._catalogue.schema(subject).schema_id, obj)

    def decode_record(self, data: bytes) -> dict[str, Any]:
        """A record of the hub's own topics, in its newest schema. Raises RecordError."""
        schema = self._catalogue.by_id(_HEADER.unpack_from(data)[1]) if _framed(data) else None
        if schema is None:
            raise RecordError("no known schema id")
        found = self._read_ours(schema, data)
        if isinstance(found, Fault):
            raise RecordError(f"{schema.subject}: {found.code}")
        return found

    def decode_answer(self, data: bytes | None, subject: str) -> dict[str, Any] | tuple[Fault, ...]:
        """A record of the hub's own schemas that others write, such as `hub.alert_feedback`, or its faults."""
        frame = _frame(data)
        if isinstance(frame, Fault):
            return (frame,)
        schema_id, data = frame
        schema = self._catalogue.by_id(schema_id)
        if schema is None or schema.subject != subject:
            return (Fault(Code.UNKNOWN_SCHEMA_ID, ""),)
        found = self._read_ours(schema, data)
        return (found,) if isinstance(found, Fault) else found

    def _read_ours(self, schema: Schema, data: bytes) -> dict[str, Any] | Fault:
        """A record of one of the hub's own schemas, in its newest version."""
        newest = self._catalogue.schema(schema.subject).schema_id
        reader = None if newest == schema.schema_id else self._plain[newest]
        return _read(data, self._plain[schema.schema_id], reader)

    def decode(self, data: bytes | None, source: SchemaSource) -> Decoded | tuple[Fault, ...]:
        """An agency message, or its faults. Raises RegistryDown where the writer's schema cannot be asked for."""
        frame = _frame(data)
        if isinstance(frame, Fault):
            return (frame,)
        schema_id, data = frame
        writer = source.schema_by_id(schema_id)
        if writer is None:
            return (Fault(Code.UNKNOWN_SCHEMA_ID, ""),)
        plan = self._plan(source, schema_id, writer)
        if plan.writer is None:
            return plan.faults
        found = _read(data, plan.writer, plan.reader)
        if isinstance(found, Fault):
            return (found,)
        obj = plan.to_json(found) if plan.to_json else found
        return _checked(obj, plan, schema_id)

    def _plan(self, source: SchemaSource, schema_id: int, writer: avro.Record) -> _Plan:
        key = (id(source), schema_id)
        known = self._plans.get(key)
        if known is not None and known[0] is source and known[1].source_schema is writer:
            return known[1]
        try:
            plan = self._make_plan(writer)
        except _UNUSABLE:
            plan = _refusal(writer, [Fault(Code.UNKNOWN_SCHEMA_ID, "", "not a usable Avro record schema")])
        self._plans[key] = (source, plan)
        return plan

    def _make_plan(self, writer: avro.Record) -> _Plan:
        plain = avro.plain(writer)
        name = avro.full_name(plain)
        if name not in self._catalogue.event_types:
            return _refusal(writer, [Fault(Code.UNKNOWN_EVENT_TYPE, "", "the schema is no agency event's")])
        forbidden = [
            Fault(Code.DENIED_FIELD, path, f"never collected: {category}")
            for path, field in avro.fields_of(plain)
            if (category := denied(field["name"])) is not None
        ]
        danger = avro.hazard(plain)
        if danger is not None:
            forbidden.append(Fault(Code.UNKNOWN_SCHEMA_ID, "", f"the schema holds {danger}"))
        if forbidden:
            return _refusal(writer, forbidden)
        newest = self._catalogue.schema(name)
        version = self._canonical.get(to_parsing_canonical_form(plain))
        return _Plan(
            source_schema=writer,
            record_name=name,
            writer=plain,
            reader=None if version == newest.version else self._plain[newest.schema_id],
            to_json=self._converter(name, {"date": _date_text, "timestamp-millis": _time_text}),
            newest=newest.version if version is None else None,
        )

    def _converter(self, event_type: str, leaves: Mapping[str, avro.Convert]) -> avro.Convert | None:
        parsed = self._catalogue.schema(event_type).parsed
        return avro.converter(parsed, leaves, avro.named_types(parsed))

    def _write(self, schema_id: int, datum: Mapping[str, Any]) -> bytes:
        out = BytesIO()
        out.write(_HEADER.pack(0, schema_id))
        fastavro.schemaless_writer(out, self._plain[schema_id], datum)
        return out.getvalue()


def event_to_json(event: Event) -> dict[str, Any]:
    """An event in the contract's JSON shape: what the validator accepts, giving the same event again."""
    obj = msgspec.structs.asdict(event)
    obj["record_time"], obj["publish_time"] = rfc3339(event.record_time), rfc3339(event.publish_time)
    obj["payload"] = dict(event.payload)
    if event.subject is not None:
        obj["subject"] = msgspec.structs.asdict(event.subject)
    return obj


def _checked(obj: dict[str, Any], plan: _Plan, schema_id: int) -> Decoded | tuple[Fault, ...]:
    if obj["event_type"] != plan.record_name:
        return (Fault(Code.UNKNOWN_EVENT_TYPE, "event_type", "not the record name of the schema it is written in"),)
    if plan.newest is not None:
        # Written with a version newer than ours and read as ours: it is now of our version (forward compatibility).
        obj["schema_version"] = min(obj["schema_version"], plan.newest)
    return Decoded(obj, plan.record_name, schema_id)


def _refusal(writer: avro.Record, faults: Iterable[Fault]) -> _Plan:
    return _Plan(source_schema=writer, faults=tuple(faults))


def _frame(data: bytes | None) -> tuple[int, bytes] | Fault:
    """The schema id that a message names, and the message; or why there is none."""
    if data is None:
        return Fault(Code.TOMBSTONE, "")
    if not data or data[0] != 0:
        return Fault(Code.MAGIC_BYTE, "")
    if not _framed(data):
        return Fault(Code.TRUNCATED, "", "no whole schema id")
    return _HEADER.unpack_from(data)[1], data


def _framed(data: bytes) -> bool:
    return len(data) >= _HEADER.size and data[0] == 0


def _read(data: bytes, writer: avro.Record, reader: avro.Record | None) -> dict[str, Any] | Fault:
    body = BytesIO(data)
    body.seek(_HEADER.size)
    try:
        found = fastavro.schemaless_reader(body, writer, reader)
    except _END_OF_DATA:
        return Fault(Code.TRUNCATED, "", "the body ends early")
    except SchemaResolutionError:
        return Fault(Code.UNKNOWN_SCHEMA_VERSION, "", "the hub's version of the schema cannot take it")
    except _NOT_AVRO:
        # fastavro raises IndexError both for a number cut in its middle and for a branch that does not exist.
        if body.tell() == len(data):
            return Fault(Code.TRUNCATED, "", "the body ends early")
        return Fault(Code.UNREADABLE, "", "the body is not what its schema says")
    if body.tell() != len(data):
        return Fault(Code.TRUNCATED, "", "bytes left over")
    return found if isinstance(found, dict) else Fault(Code.UNREADABLE, "", "no record")


def _day_number(text: str) -> int:
    return date.fromisoformat(text).toordinal() - _EPOCH


@lru_cache(maxsize=65536)
def _date_text(days: int) -> str:
    try:
        return date.fromordinal(_EPOCH + days).isoformat()
    except (ValueError, OverflowError):
        return _BEYOND


def _time_text(moment_ms: int) -> str:
    try:
        return rfc3339(moment_ms)
    except (ValueError, OverflowError, OSError):
        return _BEYOND
