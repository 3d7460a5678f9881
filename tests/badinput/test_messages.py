"""Bad messages on the agencies' topics: each becomes one quarantine record with every reason, and the rest goes on."""

from __future__ import annotations

import copy
import json
import struct
import time
import tracemalloc
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from hub.bootstrap import build_journey, catalogue
from hub.domain.event import Code
from hub.domain.times import add_days, add_months, parse_rfc3339
from hub.errors import Retry
from hub.pipeline.journey import safe_event_id
from hub.rules import BY_ID
from hub.runtime import topics
from hub.schema import avro
from hub.schema.registry import RegistryDown
from hub.schema.validate import MAX_FAULTS, MAX_PATH
from tests.badinput.pipe import MAX_BYTES, Pipe, Refusal, Schemas, framed, with_rules
from tests.builders import UNIT, WANG, Desk, person, ric

CANARIES = ("王伟", WANG, "19600315", "MC-1", "东山大道")


@pytest.fixture
def d() -> Desk:
    return Desk()


@pytest.fixture
def pipe() -> Pipe:
    return Pipe()


def refused(pipe: Pipe, d: Desk, agency: str, key: bytes | None, value: bytes | None) -> Refusal:
    """Send a bad message between two good ones: one record, sealed whole, nothing in clear, the good ones applied."""
    good = [pipe.message(d.funeral()) for _ in range(2)]
    pipe.send("MCA", good[0])
    pipe.send(agency, (key, value))
    pipe.send("MCA", good[1])
    (found,) = pipe.quarantine()
    assert found.opened == (value or b"")
    assert found.record["payload_size"] == len(value or b"")
    assert found.record["source_topic"] == topics.AGENCY_TOPICS[agency]
    assert not [canary for canary in CANARIES if canary in found.clear]
    assert (pipe.tally.counts["applied"], pipe.tally.counts["quarantined"], pipe.tally.adds_up) == (2, 1, True)
    assert pipe.tally.codes.keys() == {code for code, _ in found.faults}
    return found


def bytes_of(pipe: Pipe, d: Desk) -> bytes:
    return pipe.message(d.death())[1] or b""


# --- the frame --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("empty", Code.MAGIC_BYTE),
        ("json", Code.MAGIC_BYTE),
        ("magic 1", Code.MAGIC_BYTE),
        ("header only", Code.TRUNCATED),
        ("no id", Code.TRUNCATED),
        ("unknown id", Code.UNKNOWN_SCHEMA_ID),
        ("hub's own schema", Code.UNKNOWN_EVENT_TYPE),
        ("cut in the middle", Code.TRUNCATED),
        ("last byte missing", Code.TRUNCATED),
        ("trailing byte", Code.TRUNCATED),
        ("two messages in one", Code.TRUNCATED),
        ("negative length", Code.TRUNCATED),
        ("no UTF-8", Code.UNREADABLE),
        ("noise", Code.TRUNCATED),
    ],
)
def test_a_broken_frame_is_one_quarantine_record(pipe: Pipe, d: Desk, name: str, code: str) -> None:
    """Whatever the bytes are, the record says why, holds them sealed whole, and the partition moves on."""
    whole = bytes_of(pipe, d)
    value = {
        "empty": b"",
        "json": json.dumps(d.death(), ensure_ascii=False).encode(),
        "magic 1": b"\x01" + whole[1:],
        "header only": whole[:5],
        "no id": whole[:3],
        "unknown id": struct.pack(">bI", 0, 999_999) + whole[5:],
        "hub's own schema": struct.pack(">bI", 0, 4) + whole[5:],
        "cut in the middle": whole[: len(whole) // 2],
        "last byte missing": whole[:-1],
        "trailing byte": whole + b"\x00",
        "two messages in one": whole + whole,
        "negative length": whole[:5] + b"\x01" + whole[6:],
        "no UTF-8": whole.replace("王".encode(), b"\xff\xff\xff"),
        "noise": whole[:5] + b"\x8e" * 400,
    }[name]
    found = refused(pipe, d, "PSB", b"R-1", value)
    assert found.faults == [(code, "")]


def test_a_tombstone_cannot_erase(pipe: Pipe, d: Desk) -> None:
    """No agency can delete by sending nothing; key and all the rest of the record stay plain."""
    assert refused(pipe, d, "PSB", b"R-1", None).faults == [(Code.TOMBSTONE, "")]


@pytest.mark.parametrize("key", [None, b""])
def test_a_null_key_is_told_with_everything_else(pipe: Pipe, d: Desk, key: bytes | None) -> None:
    """The missing key and the faults of the content stand in one record."""
    bad = d.death()
    bad["source_agency"] = "PSB"
    value = pipe.message(bad)[1]
    assert refused(pipe, d, "PSB", key, value).faults == [(Code.NULL_KEY, "")]
    other = Pipe()
    found = refused(other, d, "HMD", key, value)
    assert {code for code, _ in found.faults} == {Code.NULL_KEY, Code.WRONG_AGENCY}


def test_ten_megabytes_are_refused_and_their_beginning_kept(pipe: Pipe, d: Desk) -> None:
    """What is larger than the broker takes is sealed as far as it fits; its true size is told, as is the null key."""
    value = bytes_of(pipe, d) + bytes(10 * 1024 * 1024)
    tracemalloc.start()
    pipe.send("PSB", (None, value), pipe.message(d.death()))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    (found,) = pipe.quarantine()
    assert [code for code, _ in found.faults] == [Code.NULL_KEY, Code.TOO_BIG]
    assert found.record["payload_size"] == len(value)
    assert value.startswith(found.opened)
    assert len(found.opened) > MAX_BYTES - 4096
    assert peak < 80 * 1024 * 1024
    assert all(len(out.value or b"") + len(out.key) + 100 <= MAX_BYTES for out in pipe.outs)
    assert pipe.tally.counts["applied"] == 1


def test_a_large_message_is_kept_whole(pipe: Pipe, d: Desk) -> None:
    """Anything that fits the broker together with its faults can be replayed: none of it is cut off."""
    value = bytes_of(pipe, d) + bytes(900 * 1024)
    pipe.send("PSB", (b"R-1", value))
    (found,) = pipe.quarantine()
    assert found.opened == value


def test_faults_of_a_malicious_message_fit_their_record(pipe: Pipe) -> None:
    """Hundreds of deny-listed names, each at the end of the longest path there can be, still fit one record."""
    deep: dict[str, Any] = {f"rent_{'a' * 50}_{n:02d}": 1 for n in range(5000 // 60)}
    deep |= {f"rent_{chr(97 + n % 26) * (n // 26 + 1)}": 1 for n in range(900)}
    for _ in range(60):
        deep = {"x" * 64: deep}
    outcome = pipe.journey.parts.validator.check({"event_type": "mca.deceased_handled", "extra": deep})
    assert isinstance(outcome, tuple)
    assert len(outcome) == MAX_FAULTS + 1
    assert outcome[-1].code == Code.MORE_FAULTS
    assert max(len(fault.path) for fault in outcome) == MAX_PATH + 1
    assert sum(len(fault.path) + len(fault.detail) + len(fault.code) for fault in outcome) < 100_000


def test_a_registry_that_is_down_is_no_fault_of_the_message(d: Desk) -> None:
    """The batch is tried again; nothing is quarantined and nothing counted."""

    class Down:
        def schema_by_id(self, schema_id: int) -> None:
            raise RegistryDown("no answer")

    pipe = Pipe(source=Down())
    with pytest.raises(Retry, match="schema registry"):
        pipe.send_events(d.death())
    assert (pipe.outs, pipe.tally.counts) == ([], {})


# --- the content ------------------------------------------------------------------------------------------------------


def forced(event: dict[str, Any]) -> bytes:
    """The bytes of an event that no validator saw, as a careless agency writes them."""
    known = catalogue().schema(event["event_type"])
    plain = avro.plain(known.parsed)

    def days(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: days(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [days(inner) for inner in value]
        if isinstance(value, str) and len(value) == 10 and value[4:5] == "-" == value[7:8]:
            return date.fromisoformat(value).toordinal() - date(1970, 1, 1).toordinal()
        return value

    datum = days(event)
    for name in ("record_time", "publish_time"):
        if isinstance(datum[name], str):
            datum[name] = parse_rfc3339(datum[name])
    return framed(known.schema_id, plain, datum)


def test_an_event_on_another_agencys_topic(pipe: Pipe, d: Desk) -> None:
    """Type and source are told, both: neither belongs here."""
    found = refused(pipe, d, "HMD", b"R-1", bytes_of(pipe, d))
    assert sorted(found.faults) == [(Code.WRONG_AGENCY, "event_type"), (Code.WRONG_AGENCY, "source_agency")]


def test_an_event_type_of_another_agency(pipe: Pipe, d: Desk) -> None:
    """MCA cannot register a death for police by writing its own name into a police event, on either topic."""
    value = forced({**d.death(), "source_agency": "MCA"})
    assert refused(pipe, d, "PSB", b"R-1", value).faults == [(Code.WRONG_AGENCY, "source_agency")] * 2


@pytest.mark.parametrize("op", ["CORRECT", "CANCEL"])
def test_a_correction_names_what_it_corrects(pipe: Pipe, d: Desk, op: str) -> None:
    """Without `supersedes` there is nothing to take back."""
    found = refused(pipe, d, "PSB", b"R-1", forced({**d.death(), "op": op}))
    assert found.faults == [(Code.SUPERSEDES_REQUIRED, "supersedes")]


def test_all_faults_of_a_message_at_once(pipe: Pipe, d: Desk) -> None:
    """Unknown codes, numbers out of range, times beyond the calendar, blanks: one record names every field."""
    bad = d.moved_in()
    bad |= {"source_seq": -1, "schema_version": 7, "region_code": "000000", "source_record_id": "  ", "op": "CORRECT"}
    bad |= {"record_time": 2**62, "publish_time": -(2**62), "event_id": WANG * 2}
    bad["payload"] |= {"relation_to_head": "xx", "hukou_region": "4298", "from_region": "999999"}
    bad["subject"] |= {"sex": "男", "name": "王" * 600}
    found = refused(pipe, d, "PSB", b"R-1", forced(bad))
    assert sorted(found.faults) == sorted(
        [
            (Code.RANGE, "source_seq"),
            (Code.UNKNOWN_SCHEMA_VERSION, "schema_version"),
            (Code.UNKNOWN_REGION, "region_code"),
            (Code.MISSING, "source_record_id"),
            (Code.SUPERSEDES_REQUIRED, "supersedes"),
            (Code.FORMAT, "record_time"),
            (Code.FORMAT, "publish_time"),
            (Code.UNKNOWN_CODE, "payload.relation_to_head"),
            (Code.UNKNOWN_REGION, "payload.hukou_region"),
            (Code.UNKNOWN_REGION, "payload.from_region"),
            (Code.UNKNOWN_CODE, "subject.sex"),
            (Code.TOO_LONG, "subject.name"),
        ]
    )
    assert found.record["event_id"] is None


@pytest.mark.parametrize(("days", "fits"), [(2**31 - 1, False), (-(2**31), False), (2932896, True), (-719162, True)])
def test_days_that_no_calendar_has(pipe: Pipe, d: Desk, days: int, fits: bool) -> None:
    """An Avro date may lie outside of year 1 to 9999: a fault, not a crash; the calendar's own ends are dates."""
    event = d.death()
    event["payload"]["death_date"] = days
    value = forced(event)
    if fits:
        pipe.send("PSB", (b"R-1", value))
        assert pipe.tally.counts["applied"] == 1
        assert pipe.quarantine() == []
    else:
        assert refused(pipe, d, "PSB", b"R-1", value).faults == [(Code.FORMAT, "payload.death_date")]


def test_only_an_id_is_taken_for_one() -> None:
    """A refused message's event id is told if it is a UUID; two identity numbers in a row are none."""
    assert safe_event_id("019A8C1E-7f00-7000-8000-000000000001") is not None
    assert [
        safe_event_id(x) for x in (WANG * 2, "王伟", None, 7, "-" * 36, "019a8c1e7f00-7000-8000-0000-00000001")
    ] == [None] * 6


@pytest.mark.parametrize("place", ["envelope", "payload", "subject", "list"])
def test_a_writer_schema_with_a_denied_field(d: Desk, place: str) -> None:
    """A schema that names what must never be collected is refused by name, wherever the field stands."""
    schema = json.loads(catalogue().schema("mca.aid_granted").text)
    event = d.aid()
    extra = {"name": "religion", "type": ["null", "string"], "default": None}
    fields = {field["name"]: field for field in schema["fields"]}
    payload = fields["payload"]["type"]["fields"]
    members = next(field for field in payload if field["name"] == "members")["type"]["items"]
    target, path, holder = {
        "envelope": (schema["fields"], "religion", event),
        "payload": (payload, "payload.religion", event["payload"]),
        "subject": (named(schema, "PersonRef")["fields"], "subject.religion", event["subject"]),
        "list": (members["fields"], "payload.members[].religion", event["payload"]["members"][0]),
    }[place]
    target.append(extra)
    holder["religion"] = "佛教"
    pipe = Pipe(source=Schemas({9001: schema, 203: json.loads(catalogue().schema("mca.deceased_handled").text)}))
    found = refused(pipe, d, "MCA", b"R-1", struct.pack(">bI", 0, 9001) + json.dumps(event).encode())
    assert {code for code, _ in found.faults} == {Code.DENIED_FIELD}
    assert path in {
        where.replace("payload.members.religion", "payload.members[].religion") for _, where in found.faults
    }
    assert "佛教" not in found.clear


def named(schema: Any, name: str) -> dict[str, Any]:
    """The definition of a named type within a schema."""
    if isinstance(schema, dict):
        if schema.get("name") in (name, f"hub.{name}") and "fields" in schema:
            return schema
        schema = list(schema.values())
    found = (
        [named(inner, name) for inner in schema if isinstance(inner, dict | list)] if isinstance(schema, list) else []
    )
    return next((one for one in found if one), {})


def test_a_writer_schema_with_an_unknown_field(d: Desk) -> None:
    """A newer schema may bring a field that the hub does not know: the message is read without it."""
    schema = json.loads(catalogue().schema("psb.death_registered").text)
    schema["fields"].append({"name": "shelf_mark", "type": "string", "default": ""})
    event = d.death()
    pipe = Pipe(source=Schemas({9001: schema}))
    whole = forced(event)
    pipe.send("PSB", (b"R-1", struct.pack(">bI", 0, 9001) + whole[5:] + b"\x04ab"))
    assert (pipe.quarantine(), pipe.tally.counts["applied"]) == ([], 1)
    pipe.send("PSB", (b"R-1", struct.pack(">bI", 0, 9001) + whole[5:]))
    assert [found.faults for found in pipe.quarantine()] == [[(Code.TRUNCATED, "")]]


def test_control_characters_and_markup_in_ids_are_only_text(pipe: Pipe, d: Desk) -> None:
    """Zeros, escapes, line ends and slashes in record numbers change neither keys nor anybody else's record."""
    odd = ["a\x00b", "a\nb", "\x1b[31m", "[/red]", "../../etc", "a/b", "\u202ex", "{@source_record_id}", "|", "a" * 500]
    for record in odd:
        pipe.send_events(d.allowance(item=record, record=record))
    assert (pipe.tally.counts["applied"], pipe.quarantine()) == (len(odd), [])
    residents = {out.key for out in pipe.outs if out.topic == topics.RESIDENTS}
    assert len(residents) == 1


# --- size -------------------------------------------------------------------------------------------------------------


def test_a_list_of_a_hundred_thousand_is_refused_at_once(pipe: Pipe, d: Desk) -> None:
    """A list longer than any household is a fault of its field, found in little time and memory."""
    event = d.aid()
    event["payload"]["members"] = event["payload"]["members"] * 100_000
    began = time.perf_counter()
    outcome = pipe.journey.intake(event)
    assert [(f.code, f.path) for f in outcome.faults] == [(Code.TOO_LONG, "payload.members")]
    assert time.perf_counter() - began < 2


def test_a_full_list_takes_time_in_proportion(d: Desk) -> None:
    """The longest list of an aid unit, and a collective household of two thousand, pass within seconds."""
    people = [person(ric(f"19{n % 90 + 10}0101", n % 997), f"王{chr(0x4E00 + n)}") for n in range(2000)]
    pipe = Pipe()
    began = time.perf_counter()
    pipe.send_events(d.aid(members=people[:50]))
    pipe.send_events(restructured(d, people))
    assert time.perf_counter() - began < 20
    assert (pipe.tally.counts["applied"], pipe.quarantine()) == (2, [])
    assert all(len(out.value or b"") < MAX_BYTES for out in pipe.outs)


def test_what_would_not_fit_the_broker_is_refused_before_it_is_written(d: Desk) -> None:
    """A good message of which a part would be larger than the broker takes is quarantined; no worker dies of it."""
    people = [person(ric(f"19{n % 90 + 10}0101", n % 997), "王") for n in range(3000)]
    event = restructured(d, people)
    pipe = Pipe(max_bytes=200 * 1024)
    key, value = pipe.message(event)
    assert value is not None
    assert len(value) < 200 * 1024 - 1000
    pipe.send("PSB", (key, value), pipe.message(d.moved_in()))
    (found,) = pipe.quarantine()
    assert (found.faults, found.opened) == ([(Code.TOO_BIG, "")], value)
    assert found.record["event_id"] == event["event_id"]
    assert (pipe.tally.counts["applied"], pipe.tally.adds_up) == (1, True)
    assert all(len(out.value or b"") + len(out.key) + 100 <= 200 * 1024 for out in pipe.outs)


def restructured(d: Desk, people: list[dict[str, Any]]) -> dict[str, Any]:
    """A collective household of these people."""
    payload = {
        "kind": "MERGE",
        "from_household_no": None,
        "to_household_no": "HK-9",
        "members": [{"person": one, "relation": "99"} for one in people],
    }
    return d.event("psb.household_restructured", payload, on="2026-01-01", who=people[0])


# --- dates at the edge of the calendar --------------------------------------------------------------------------------

EDGES = {"0001-01-01": "000101", "9999-12-31": "999912"}


def at_the_edge(d: Desk, edge: str) -> list[list[dict[str, Any]]]:
    """Stories in which one date field each lies at the edge, on top of a life with every kind of record."""
    month = EDGES[edge]
    li = person(ric("19700505", 2), "李娜")

    def put(event: dict[str, Any], **fields: Any) -> dict[str, Any]:
        event["payload"].update(fields)
        return event

    stories = [
        [put(d.death(), death_date=edge, death_date_precision=precision)]
        for precision in ("DAY", "MONTH", "YEAR", None)
    ]
    stories += [
        [put(d.death(), cancel_date=edge)],
        [put(d.funeral(), death_date=edge)],
        [put(d.funeral(), death_date=None, handled_date=edge)],
        [put(d.verified(on="2026-03-01", result="DECEASED"), verified_date=edge, valid_until=edge), d.death()],
        [d.pension(kind="RES", first=month), d.death()],
        [d.pension(kind="RES", first="000101"), d.pension(kind="GOV", first="000101")],
        [d.pension(kind="GOV"), d.pension_status("STOPPED", month, on="2026-03-10"), d.funeral()],
        [d.pension(kind="GOV"), d.pension_status("PAYING", month, on="2026-03-10", kind="GOV"), d.funeral()],
        [put(d.cover(), effective_from=edge)],
        [put(d.allowance(), effective_from=edge), d.death()],
        [put(d.enrolled(), effective_from=edge)],
        [put(d.lease_ended("L-1", on="2026-03-01"), effective_date=edge)],
        [put(d.lease_ended("L-1", on="2026-03-01", action="EXTEND"), new_end_date=edge), d.lease("L-2", li)],
        [put(d.public_rental_ended("P-1", on="2026-03-01"), end_date=edge), d.death()],
    ]
    for name in ("start_date", "end_date"):
        stories.append([put(d.lease("L-3", li), **{name: edge}), put(d.lease("L-4"), **{name: edge})])
        stories.append([put(d.public_rental("P-9"), **{name: edge}), d.death()])
    for name in ("decided_date", "effective_from", "consent_until", "last_review_date", "next_review_date"):
        stories.append([put(d.aid(decision="AID-2"), **{name: edge}), d.death()])
    for event in (d.death(), d.funeral(), d.pension(), d.aid(), d.lease(), d.moved_in(), d.allowance(), d.cover()):
        stories.append([{**event, "business_time": edge}, d.funeral()])
    stories.append([d.moved_in({**li, "birth_date": edge})])
    stories.append([d.renamed("BIRTH_DATE", "1960-03-15", edge, on="2026-02-01")])
    paid = {"scheme": "PENSION_EMP", "from_month": month, "to_month": month, "status": "PAID"}
    stories.append([d.event("hrss.contribution_status_changed", paid, on="2026-02-01", who=person())])
    return stories


@pytest.mark.parametrize("edge", EDGES)
def test_dates_at_the_edge_of_the_calendar(edge: str) -> None:
    """9999-12-31 and 0001-01-01 in any date field are dates: no crash, no RULE_ERROR, every event applied."""
    d = Desk()
    for story in at_the_edge(d, edge):
        pipe = Pipe()
        life = [d.moved_in(), d.pension(), d.cover(), d.aid(), d.allowance(), d.public_rental(), d.lease("L-1")]
        pipe.send_events(*life, *story)
        assert pipe.quarantine() == [], story
        assert pipe.tally.counts["applied"] == len(life) + len(story)


def test_arithmetic_stops_at_the_ends_of_the_calendar() -> None:
    """Dates saturate: the month after the last one, the day before the first one."""
    assert add_days(date(2026, 3, 1), -1) == date(2026, 2, 28)
    assert [add_days(date.max, 1), add_days(date.min, 10**9), add_months(date.max, 1)] == [date.max] * 3
    assert [add_days(date.min, -1), add_days(date.max, -(10**9)), add_months(date.min, -1)] == [date.min] * 3
    assert add_months(date(9999, 11, 30), 1) == date(9999, 12, 30)


@pytest.mark.parametrize(
    "born", ["1960年3月", "19600230", "not known", "0", "9999-12-31", "0001-01-01", "1960-W11-2", "1960-13-99"]
)
def test_a_birth_date_that_is_none(born: str) -> None:
    """A correction's new value is free text: what is no date is no birth date, and no rule falls over it."""
    d = Desk()
    pipe = Pipe()
    pipe.send_events(d.moved_in(), d.renamed("BIRTH_DATE", "1960-03-15", born, on="2026-02-01"))
    assert pipe.quarantine() == []


@pytest.mark.parametrize(
    "number", ["429801199913990017", "429801199902310011", "429801999912310011", "4298011960031500¹²"]
)
def test_a_day_that_never_was_inside_a_number(number: str) -> None:
    """A wrong number may hold an impossible birthday; it is told by ID-01 and breaks no other rule."""
    d = Desk()
    pipe = Pipe()
    pipe.send_events(d.moved_in(person(number, bare=True)))
    assert pipe.quarantine() == []
    assert "ID-01" in {alert["rule_id"] for alert in pipe.alerts().values()}


# --- our own bug ------------------------------------------------------------------------------------------------------


def test_a_rule_that_raises_spoils_nothing_else(d: Desk) -> None:
    """Its finding is quarantined with places and no values, its old alerts stay, other rules and the stream go on."""
    journey = build_journey()
    rules = journey.parts.bench.rules
    broken_from: list[int] = []

    def find(scene: Any) -> Any:
        """The sentence of the rule."""
        if broken_from:
            raise KeyError(f"{scene.person.reference.name} {WANG}")
        yield from BY_ID["LE-01"].find(scene)

    broken = replace(BY_ID["LE-01"], find=find)
    pipe = Pipe(with_rules(journey, *(broken if rule.id == "LE-01" else rule for rule in rules)))
    pipe.send_events(d.moved_in(), d.pension(), d.allowance(), d.funeral())
    (old,) = [alert for alert in pipe.alerts().values() if alert["rule_id"] == "LE-01"]
    assert pipe.quarantine() == []

    broken_from.append(1)
    pipe.send_events(d.pension_status("STOPPED", "202604", on="2026-03-10"), d.pension(kind="RES", on="2026-02-01"))
    pipe.send_events(d.death(person(ric("19700505", 2), "李娜")))
    records = pipe.quarantine()
    assert f"{old['subject_key']}:LE-01" in {found.record["key"] for found in records}
    assert all(found.record["key"].endswith(":LE-01") for found in records)
    for found in records:
        assert found.faults == [(Code.RULE_ERROR, "LE-01")]
        assert "KeyError at " in found.record["faults"][0]["detail"]
        assert found.opened == b""
        assert not [canary for canary in (*CANARIES, "李娜") if canary in found.clear]
    now = pipe.alerts()
    assert now[old["alert_id"]]["status"] == "OPEN"
    assert {"LE-02", "LE-03"} <= {alert["rule_id"] for alert in now.values()}
    assert pipe.tally.counts["applied"] == 7
    assert pipe.tally.counts["rule_error LE-01"] >= 2
    assert pipe.tally.adds_up

    broken_from.clear()
    pipe.send_events(d.verified(on="2026-02-01"))
    assert pipe.alerts()[old["alert_id"]]["status"] == "CLOSED"


def test_the_first_record_is_not_changed_by_a_second_telling(pipe: Pipe, d: Desk) -> None:
    """Read again after a crash, a bad message is the same record under the same key (at least once, one effect)."""
    event = copy.deepcopy(d.death())
    value = forced({**event, "op": "CORRECT"})
    pipe.send("PSB", (b"R-1", value))
    pipe._offset = 0
    pipe.send("PSB", (b"R-1", value))
    first, second = [out for out in pipe.outs if out.topic == topics.QUARANTINE]
    assert first == second


def test_unit_codes_and_units_carry_no_person(pipe: Pipe, d: Desk) -> None:
    """A person in a unit event, and a unit code of no known form, are two faults of one message."""
    payload = {
        "action": "CREATE",
        "unit_code": UNIT[:-1],
        "new_unit_codes": None,
        "standard_address": "桃花苑3栋501室",
        "rooms": None,
        "floor_area": None,
        "use": None,
    }
    event = d.event("hmd.unit_changed", payload, on="2026-01-01", who=person())
    found = refused(pipe, d, "HMD", b"R-1", forced(event))
    assert sorted(found.faults) == [(Code.SUBJECT_NOT_ALLOWED, "subject"), (Code.UNIT_CODE, "payload.unit_code")]
