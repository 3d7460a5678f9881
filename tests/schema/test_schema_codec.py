"""The wire format: what is written can be read, and nothing that arrives can do harm."""

import copy
import io
import json
import random
import struct
import time
import tracemalloc
from contextlib import suppress
from shutil import copytree

import fastavro
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schema_samples import event, events

from hub.domain.allow_list import load_allow_list
from hub.domain.event import Code, Event
from hub.schema.catalogue import load_catalogue
from hub.schema.codec import Codec, Decoded, RecordError, event_to_json
from hub.schema.registry import LocalRegistry, RegistryDown

EVENT_TYPE = "mca.deceased_handled"


class Source:
    """A registry with just these schemas."""

    def __init__(self, schemas):
        self.schemas = schemas

    def schema_by_id(self, schema_id):
        return self.schemas.get(schema_id)


class DownSource:
    def schema_by_id(self, schema_id):
        raise RegistryDown("down")


def codes(found):
    assert isinstance(found, tuple), "the message was read"
    return {fault.code for fault in found}


def foreign(parsed, datum, schema_id=9001):
    """A message in somebody else's version of a schema."""
    out = io.BytesIO()
    out.write(struct.pack(">bI", 0, schema_id))
    fastavro.schemaless_writer(out, parsed, datum)
    return out.getvalue(), Source({schema_id: fastavro.parse_schema(parsed)})


def raw_schema(catalogue, event_type=EVENT_TYPE):
    return json.loads(catalogue.schema(event_type).text)


def payload_of(schema):
    return schema["fields"][-1]["type"]


@pytest.fixture
def message(codec, validator):
    return codec.encode_event(validator.check(event()))


@given(data=st.data())
@settings(max_examples=340, deadline=None, suppress_health_check=list(HealthCheck))
def test_random_events_survive_every_format(data, catalogue, validator, codec, local):
    """JSON -> Event -> Avro -> JSON -> Event and JSON -> Event -> JSON -> Event give the same event, for all types."""
    event_type = data.draw(st.sampled_from(catalogue.event_types))
    round_trip(data.draw(events(catalogue.schema(event_type))), validator, codec, local)


def test_every_event_type_survives_every_format(catalogue, validator, codec, local):
    """The same for each of the 34 types by name, so that none is left to chance."""
    assert len(catalogue.event_types) == 34
    for event_type in catalogue.event_types:

        @given(obj=events(catalogue.schema(event_type)))
        @settings(max_examples=8, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        def survives(obj):
            round_trip(obj, validator, codec, local)

        survives()


def round_trip(obj, validator, codec, local):
    first = validator.check(json.loads(json.dumps(obj)))
    assert isinstance(first, Event), first
    decoded = codec.decode(codec.encode_event(first), local)
    assert isinstance(decoded, Decoded), decoded
    assert decoded.obj == event_to_json(first)
    assert decoded.record_name == first.event_type
    assert validator.check(json.loads(json.dumps(decoded.obj, ensure_ascii=False))) == first


def test_json_shape_has_shanghai_times(validator):
    """Times come out with +08:00, and with milliseconds only where there are any."""
    obj = event_to_json(validator.check({**event(), "record_time": "2026-03-02T01:00:00.250Z"}))
    assert obj["record_time"] == "2026-03-02T09:00:00.250+08:00"
    assert obj["publish_time"] == "2026-03-02T09:00:05+08:00"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (None, Code.TOMBSTONE),
        (b"", Code.MAGIC_BYTE),
        (b"{}", Code.MAGIC_BYTE),
        (b"\x01\x00\x00\x00\xc9", Code.MAGIC_BYTE),
        (b"\x00\x00\x00", Code.TRUNCATED),
        (b"\x00\x00\x01\x00\x00", Code.UNKNOWN_SCHEMA_ID),
        (b"\x00\x00\x00\x00\xcb", Code.TRUNCATED),
        (b"\x00\x00\x00\x00\x04abc", Code.UNKNOWN_EVENT_TYPE),
    ],
)
def test_what_is_no_message_is_a_fault(codec, local, data, code):
    """Null, garbage, unknown ids and the hub's own records on an agency topic are each told apart."""
    assert codes(codec.decode(data, local)) == {code}


def test_cut_and_prolonged_bodies_are_truncated(codec, local, message):
    """A body that ends early anywhere, or has bytes left over, is refused."""
    for length in range(5, len(message)):
        assert codes(codec.decode(message[:length], local)) <= {Code.TRUNCATED}
    assert codes(codec.decode(message + b"\x00", local)) == {Code.TRUNCATED}


def test_a_registry_that_is_down_is_no_fault_of_the_message(codec, message):
    """RegistryDown passes through: the message is read again later."""
    with pytest.raises(RegistryDown):
        codec.decode(message, DownSource())


def test_days_and_times_beyond_the_calendar_reach_the_validator(catalogue, codec, local, validator, message):
    """Dates and times no calendar knows become ordinary format faults at their paths."""
    schema = raw_schema(catalogue)
    plain = json.loads(json.dumps(schema).replace('"logicalType"', '"was"'))
    datum = fastavro.schemaless_reader(io.BytesIO(message[5:]), fastavro.parse_schema(plain))
    datum |= {"record_time": 2**62, "publish_time": -(2**62), "business_time": 2**31 - 1}
    data, _ = foreign(plain, datum, catalogue.schema(EVENT_TYPE).schema_id)
    found = validator.check(codec.decode(data, local).obj)
    assert {(fault.path, fault.code) for fault in found} == {
        ("record_time", Code.FORMAT),
        ("publish_time", Code.FORMAT),
        ("business_time", Code.FORMAT),
    }


def test_the_event_type_must_be_the_record_name(catalogue, codec, local, message):
    """A body that calls itself another type than its schema is refused."""
    lying = message.replace(b"mca.deceased_handled", b"mca.marriage_endedxx")
    assert codes(codec.decode(lying, local)) == {Code.UNKNOWN_EVENT_TYPE}


def test_a_newer_writer_is_read_as_our_version(catalogue, codec, validator):
    """A field added by a later version is dropped, and the event is of our version (forward compatibility)."""
    schema = raw_schema(catalogue)
    payload_of(schema)["fields"].append({"name": "urn_no", "type": ["null", "string"], "default": None})
    datum = avro_datum(event())
    data, source = foreign(schema, {**datum, "schema_version": 2, "payload": {**datum["payload"], "urn_no": "U-1"}})
    assert validator.check(codec.decode(data, source).obj) == validator.check(event())


def test_an_older_writer_is_read_as_our_version(schemas_root, regions, tmp_path, codec, validator):
    """With a second version in the catalogue, messages of the first are read with the new field empty."""
    newer = with_second_version(schemas_root, tmp_path)
    old_message = codec.encode_event(validator.check(event()))
    found = Codec(newer).decode(old_message, LocalRegistry(newer))
    assert found.obj["payload"]["urn_no"] is None
    assert found.obj["schema_version"] == 1


def test_a_writer_that_cannot_be_resolved_is_a_fault(catalogue, codec):
    """A writer's schema with another type for a field, or a symbol we do not know, is refused without an exception."""
    schema = raw_schema(catalogue)
    payload_of(schema)["fields"][0]["type"]["symbols"].append("SPACE")
    datum = avro_datum(event())
    data, source = foreign(schema, {**datum, "payload": {**datum["payload"], "handled_kind": "SPACE"}})
    assert codes(codec.decode(data, source)) == {Code.UNKNOWN_SCHEMA_VERSION}


def test_a_denied_field_in_a_writers_schema_is_refused(catalogue, codec):
    """A deny-listed field is not silently dropped by schema resolution: the message is refused."""
    schema = raw_schema(catalogue)
    payload_of(schema)["fields"].append({"name": "religion", "type": ["null", "string"], "default": None})
    data, source = foreign(schema, avro_datum(event()))
    (fault,) = codec.decode(data, source)
    assert (fault.code, fault.path) == (Code.DENIED_FIELD, "payload.religion")


@pytest.mark.parametrize(
    "field",
    [
        {"name": "bomb", "type": {"type": "array", "items": "null"}, "default": []},
        {"name": "bomb", "type": {"type": "array", "items": {"type": "record", "name": "void", "fields": []}}},
        {"name": "bomb", "type": ["null", "mca.deceased_handled"], "default": None},
    ],
)
def test_writers_schemas_made_to_harm_are_not_used(catalogue, codec, field):
    """Types without width and recursive types in a foreign schema are refused before a byte is read."""
    schema = raw_schema(catalogue)
    schema["fields"].append(field)
    source = Source({9001: fastavro.parse_schema(schema)})
    start = time.perf_counter()
    found = codec.decode(struct.pack(">bI", 0, 9001) + b"\xfe\xff\xff\xff\xff\xff\xff\xff\x7f" * 20, source)
    assert codes(found) == {Code.UNKNOWN_SCHEMA_ID}
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize(
    "schema", [{}, {"type": "record"}, {"type": "string"}, {"type": "record", "name": "x", "fields": 3}]
)
def test_a_source_that_hands_out_nonsense_is_survived(codec, schema):
    """A schema that is no Avro record schema makes the message unreadable, not the hub."""
    assert codes(codec.decode(struct.pack(">bI", 0, 1) + b"x", Source({1: schema}))) <= {
        Code.UNKNOWN_SCHEMA_ID,
        Code.UNKNOWN_EVENT_TYPE,
    }


def test_two_sources_may_use_one_id(catalogue, codec, local, message):
    """What was learned of an id from one registry is not believed of another."""
    assert isinstance(codec.decode(message, local), Decoded)
    schema_id = catalogue.schema(EVENT_TYPE).schema_id
    other = Source({schema_id: catalogue.schema("mca.aid_granted").parsed})
    assert isinstance(codec.decode(message, other), tuple)
    assert isinstance(codec.decode(message, local), Decoded)


HUGE = (
    b"\xfe" + b"\xff" * 8 + b"\x01",  # the largest length there is
    b"\xff" * 9 + b"\x01",  # the most negative one
    b"\xff" * 10,
    b"\xff" * 200,  # a number that does not end
    b"\x80\x80\x80\x80\x80\x80\x80\x80\x40",
    b"\xfe\xff\xff\xff\x0f",  # 2 GB
)


def test_lengths_larger_than_the_data_allocate_nothing(catalogue, codec, local, message):
    """A huge or negative length at any place of a message of any type costs no memory to speak of."""
    tracemalloc.start()
    try:
        for event_type in catalogue.event_types[::6]:
            body = struct.pack(">bI", 0, catalogue.schema(event_type).schema_id) + message[5:]
            for i in range(5, len(body)):
                for huge in HUGE:
                    codec.decode(body[:i] + huge + body[i + 1 :], local)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_any_bytes_give_a_message_or_faults(catalogue, codec, local, validator, message):
    """Random, cut and mutated bytes never raise on agency topics, and only RecordError on the hub's own."""
    rng = random.Random(20260301)
    ids = [catalogue.schema(subject).schema_id for subject in catalogue.subjects()]
    until = time.monotonic() + 4
    for _ in range(100_000):
        body = message[5:] if rng.random() < 0.5 else rng.randbytes(rng.randrange(300))
        data = bytearray(struct.pack(">bI", 0, rng.choice(ids)) + body)
        for _ in range(rng.randrange(6)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        data = bytes(data[: rng.randrange(len(data) + 1)] if rng.random() < 0.2 else data)
        found = codec.decode(data, local)
        assert isinstance(found, (Decoded, tuple))
        if isinstance(found, Decoded):
            validator.check(found.obj, topic_agency="MCA")
        with suppress(RecordError):
            codec.decode_record(data)
        if time.monotonic() > until:
            break


ALERT = {
    "alert_id": "al-1",
    "rule_id": "LE-01",
    "rule_version": 1,
    "kind": "VERIFY",
    "severity": "S1",
    "status": "OPEN",
    "acting_agency": "HRSS",
    "cc": ["MCA"],
    "subject_key": "r-1",
    "resident_id": None,
    "fingerprint": "f",
    "opened_at": 1772413200000,
    "due_at": None,
    "closed_at": None,
    "close_reason": None,
    "closing_event_id": None,
    "frozen_by": None,
    "shadow": False,
    "show": {"death_date": '"2026-03-01"'},
    "evidence": ["e-1"],
    "policy": {},
    "title": {"zh": "死亡仍领养老金", "en": "x"},
    "todo": {"zh": "核实", "en": "y"},
    "basis": "社会保险经办条例 第26条",
    "overdue": False,
    "answer": {"result": "NOT_MINE", "agency": "HRSS", "owner": "MCA", "given_at": 1772413200000},
    "muted_until": None,
}
RESIDENT = {
    "resident_id": "r-1",
    "version": 3,
    "identifiers": [{"id_type": "RIC", "id_no": "1", "valid_from": None, "valid_to": None, "source": "PSB"}],
    "golden": {
        "name": {
            "value": '"王伟"',
            "source": "PSB",
            "business_time": "2026-03-01",
            "record_time": 1772413200250,
            "event_id": "e-1",
            "status": "CONFIRMED",
        }
    },
    "records": [{"agency": "PSB", "source_record_id": "x", "event_type": "psb.migrated_in", "source_seq": 1}],
}
QUARANTINE = {
    "key": "agency.mca.changes.v1-0-7",
    "source_topic": "agency.mca.changes.v1",
    "partition": 0,
    "offset": 7,
    "event_id": None,
    "agency": None,
    "faults": [{"code": "TRUNCATED", "path": "", "detail": "bytes left over"}],
    "received_at": 1772413200000,
    "payload": b"\x00\xff",
    "payload_size": 2,
    "read_as": None,
}
FEEDBACK = {
    "alert_id": "al-1",
    "agency": "HRSS",
    "result": "FIXED",
    "note": None,
    "owner": None,
    "given_at": 1772413200000,
}


@pytest.mark.parametrize(
    ("subject", "obj"),
    [
        ("hub.alert", ALERT),
        ("hub.resident", RESIDENT),
        ("hub.quarantine", QUARANTINE),
        ("hub.alert_feedback", FEEDBACK),
        ("hub.claim", {"subject_key": "r-1", "kind": "resident", "parcel": b"\x01"}),
        ("hub.subject", {"subject_key": "r-1", "kind": "resident", "version": 9, "state": b""}),
    ],
)
def test_the_hubs_own_records_round_trip(codec, subject, obj):
    """Each record of the hub's own topics is read back as it was written, times as milliseconds."""
    assert codec.decode_record(codec.encode_record(subject, copy.deepcopy(obj))) == obj


@pytest.mark.parametrize("data", [b"", b"\x00", b"\x00\x00\x00\x00\x04", b"\x00\x00\x00\xff\xff", b"{}"])
def test_bad_bytes_on_the_hubs_own_topics_are_named_so(codec, data):
    """What is no record of the hub raises RecordError."""
    with pytest.raises(RecordError):
        codec.decode_record(data)


def avro_datum(obj):
    """The contract's example as stock fastavro takes it."""
    moment = {"record_time": 1772413200000, "publish_time": 1772413205000}
    return copy.deepcopy({**obj, **moment})


def with_second_version(schemas_root, tmp_path):
    """The project's catalogue with a second version of one event."""
    root = tmp_path / "schemas"
    copytree(schemas_root, root)
    first = root / "agency/mca/deceased_handled.v1.avsc"
    schema = json.loads(first.read_text(encoding="utf-8"))
    payload_of(schema)["fields"].append(
        {"name": "urn_no", "type": ["null", "string"], "default": None, "doc": "编号 / number", "pii": "C0"}
    )
    first.with_name("deceased_handled.v2.avsc").write_text(json.dumps(schema), encoding="utf-8")
    ids = root / "ids.toml"
    ids.write_text(ids.read_text(encoding="utf-8") + '"mca.deceased_handled".v2 = 9002\n', encoding="utf-8")
    return load_catalogue(root, load_allow_list().extended("mca.deceased_handled", ["urn_no"]))
