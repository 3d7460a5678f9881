"""Bad files, as `hub replay` and `hub ingest` read them: a row is refused with every reason, the next one is read."""

from __future__ import annotations

import base64
import copy
import csv
import io
import json
import time
import tracemalloc
from collections.abc import Callable
from datetime import date
from functools import reduce
from pathlib import Path
from typing import Any

import pytest

from hub import Hub
from hub.bootstrap import build_journey
from hub.cli.operators import row_out
from hub.domain.event import Code
from hub.local import LocalHub
from hub.mapping.lines import KEPT_OF_TOO_BIG, MAX_LINE
from hub.mapping.source import read_source
from hub.replay import replay, write_results
from hub.runtime import topics
from hub.runtime.wire import Wire
from tests.builders import WANG, Desk, person

JOURNEY = build_journey()
AS_OF = date(2026, 6, 30)
CANARIES = ("王伟", "敏", WANG, "19600315", "东山大道", "佛教")


@pytest.fixture
def d() -> Desk:
    return Desk()


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., tuple[LocalHub, list[dict[str, Any]]]]:
    """Replay bytes as a file; the hub, and its quarantine with every payload opened."""

    def go(content: bytes | list[bytes], name: str = "x.jsonl") -> tuple[LocalHub, list[dict[str, Any]]]:
        whole = content if isinstance(content, bytes) else b"\n".join(content) + b"\n"
        (tmp_path / name).write_bytes(whole)
        hub = replay(JOURNEY, [tmp_path / name], AS_OF)
        write_results(hub, tmp_path / "out", AS_OF)
        summary = json.loads((tmp_path / "out" / "summary.json").read_text("utf-8"))
        events = summary["events"]
        assert events["events"] == events["applied"] + events["duplicate"] + events["quarantined"]
        records = [json.loads(line) for line in (tmp_path / "out" / "quarantine.jsonl").read_text("utf-8").splitlines()]
        for record in records:
            sealed = base64.b64decode(record.pop("payload"))
            clear = json.dumps(record, ensure_ascii=False)
            assert not [canary for canary in CANARIES if canary in clear]
            record["opened"] = JOURNEY.parts.keyring.unseal(sealed)
            assert record["payload_size"] == len(record["opened"])
        return hub, records

    return go


def line(event: object) -> bytes:
    return json.dumps(event, ensure_ascii=False).encode()


def faults(record: dict[str, Any]) -> list[tuple[str, str]]:
    return [(fault["code"], fault["path"]) for fault in record["faults"]]


# --- rows that are no events ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "bad",
    [
        b'{"event_id": "x"',
        b"[]",
        b"null",
        b"true",
        b"7",
        b'"text"',
        b'{"source_seq": NaN}',
        b'{"source_seq": -Infinity}',
        b'{"source_seq": 1e999}',
        b'{"source_seq": ' + b"9" * 5000 + b"}",
        b'{"name": "\\ud800"}',
        b'{"name": "\\udc00\\ud800"}',
        b"{'name': 1}",
        b'{"a": 1,}',
        b'{"a": 1} {"b": 2}',
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b"\x00" * 50,
        "姓名,证件号".encode("gb18030"),
        "王伟".encode("utf-16"),
        b"\xff\xfe",
        b"PK\x03\x04 a spreadsheet",
    ],
    ids=range(22),
)
def test_a_row_that_is_no_event(run, d: Desk, bad: bytes) -> None:
    """Broken, binary, bottomless or not an object: unreadable, kept to the byte, and the rows around it are applied."""
    hub, (record,) = run([line(d.funeral()), bad, line(d.pension())])
    assert (record["key"], record["event_id"], faults(record)) == ("x.jsonl:2", None, [(Code.UNREADABLE, "")])
    assert record["opened"] == bad + b"\n"
    assert hub.counts["applied"] == 2


def test_a_file_in_gb18030_is_unreadable_line_by_line(run, d: Desk) -> None:
    """Without a connector that declares it, GB 18030 is refused, never guessed; plain ASCII lines are read."""
    ascii_only = d.verified(person(name="LI LEI"), on="2026-01-01", legal_basis="art 8")
    content = json.dumps(d.funeral(), ensure_ascii=False).encode("gb18030") + b"\n" + line(ascii_only)
    hub, (record,) = run(content)
    assert (faults(record), record["opened"].decode("gb18030")[:1]) == ([(Code.UNREADABLE, "")], "{")
    assert hub.counts["applied"] == 1


def test_a_line_of_ten_megabytes(run, d: Desk) -> None:
    """Only the beginning of a line too big is kept, nothing of it in clear, and memory stays bounded."""
    bad = line(d.funeral())[:-1] + b" " * (MAX_LINE + 1) + b"}"
    tracemalloc.start()
    hub, (record,) = run([line(d.pension()), bad, line(d.verified(on="2026-01-01"))])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert faults(record) == [(Code.TOO_BIG, "")]
    assert record["opened"] == bad[:KEPT_OF_TOO_BIG]
    assert (hub.counts["applied"], peak < 8 * MAX_LINE) == (2, True)


def test_a_list_of_a_hundred_thousand(run, d: Desk) -> None:
    """A list as long as a line allows is one fault of its field, in bounded time and memory."""
    event = d.aid()
    event["payload"]["members"] = [
        {"person": {"id_type": "RIC", "id_no": "1", "name": "a"}, "relation": "10"}
    ] * 100_000
    began = time.perf_counter()
    tracemalloc.start()
    hub, (record,) = run([line(event), line(d.pension())])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert faults(record) == [(Code.TOO_LONG, "payload.members")]
    assert record["opened"] == line(event) + b"\n"
    assert (hub.counts["applied"], peak < 400 * 1024 * 1024, time.perf_counter() - began < 15) == (1, True, True)


# --- rows with faults -------------------------------------------------------------------------------------------------


def test_every_fault_of_a_row_at_once(run, d: Desk) -> None:
    """Unknown and deny-listed fields, codes, dates, types, ranges, a missing supersedes: one record names them all."""
    bad: dict[str, Any] = d.funeral()
    bad |= {
        "source_seq": -1,
        "op": "CORRECT",
        "record_time": "2026-13-01T00:00:00+08:00",
        "business_time": "2026-02-30",
    }
    bad |= {
        "publish_time": "2026-03-02T09:00:05",
        "wechat": "x",
        "shelf": 1,
        "source_agency": "PSB",
        "event_id": WANG * 2,
    }
    bad |= {f"{WANG}": 1, "王伟": 1, "id_4298_0119_6003_1500_17": 1}
    bad["subject"] |= {"ethnicity": "佛教", "sex": 1, "nick": {"religion": 1}}
    bad["payload"] |= {"handled_kind": "SPACE", "facility_org": None, "死因": "x", "handled_date": "20260303"}
    _, (record,) = run([line(bad)])
    assert sorted(faults(record)) == sorted(
        [
            (Code.RANGE, "source_seq"),
            (Code.SUPERSEDES_REQUIRED, "supersedes"),
            (Code.FORMAT, "record_time"),
            (Code.FORMAT, "publish_time"),
            (Code.FORMAT, "business_time"),
            (Code.DENIED_FIELD, "wechat"),
            (Code.UNKNOWN_FIELD, "shelf"),
            *[(Code.UNKNOWN_FIELD, "?")] * 3,
            (Code.WRONG_AGENCY, "source_agency"),
            (Code.DENIED_FIELD, "subject.ethnicity"),
            (Code.TYPE, "subject.sex"),
            (Code.UNKNOWN_FIELD, "subject.nick"),
            (Code.DENIED_FIELD, "subject.nick.religion"),
            (Code.UNKNOWN_CODE, "payload.handled_kind"),
            (Code.MISSING, "payload.facility_org"),
            (Code.DENIED_FIELD, "payload.死因"),
            (Code.FORMAT, "payload.handled_date"),
        ]
    )
    assert record["event_id"] is None


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"business_time": ""}, (Code.FORMAT, "business_time")),
        ({"business_time": "0000-01-01"}, (Code.FORMAT, "business_time")),
        ({"business_time": "10000-01-01"}, (Code.FORMAT, "business_time")),
        ({"business_time": "２０２６-03-01"}, (Code.FORMAT, "business_time")),
        ({"record_time": "1899-12-31T00:00:00+08:00"}, (Code.RANGE, "record_time")),
        ({"record_time": "9999-12-31T23:59:59-23:59"}, (Code.RANGE, "record_time")),
        ({"record_time": "0001-01-01T00:00:00+23:59"}, (Code.RANGE, "record_time")),
        ({"record_time": "2026-03-02T24:00:00+08:00"}, (Code.FORMAT, "record_time")),
        ({"record_time": 1772413200000}, (Code.TYPE, "record_time")),
        ({"source_seq": 2**63}, (Code.RANGE, "source_seq")),
        ({"source_seq": 10**30}, (Code.RANGE, "source_seq")),
        ({"source_seq": 1.0}, (Code.TYPE, "source_seq")),
        ({"source_seq": True}, (Code.TYPE, "source_seq")),
        ({"source_seq": "1"}, (Code.TYPE, "source_seq")),
        ({"schema_version": 2}, (Code.UNKNOWN_SCHEMA_VERSION, "schema_version")),
        ({"event_type": "mca.unknown"}, (Code.UNKNOWN_EVENT_TYPE, "event_type")),
        ({"event_type": ["mca"]}, (Code.TYPE, "event_type")),
        ({"event_type": None}, (Code.MISSING, "event_type")),
        ({"payload": None}, (Code.MISSING, "payload")),
        ({"payload": []}, (Code.TYPE, "payload")),
        ({"subject": None}, (Code.SUBJECT_REQUIRED, "subject")),
        ({"subject": "王伟"}, (Code.TYPE, "subject")),
        ({"op": "CANCEL"}, (Code.SUPERSEDES_REQUIRED, "supersedes")),
        ({"source_record_id": "\u3000"}, (Code.MISSING, "source_record_id")),
        ({"legal_basis": "x" * 501}, (Code.TOO_LONG, "legal_basis")),
        ({"region_code": "429899"}, (Code.UNKNOWN_REGION, "region_code")),
    ],
    ids=str,
)
def test_one_fault_is_one_fault(run, d: Desk, change: dict[str, Any], expected: tuple[str, str]) -> None:
    """Each wrong value is told once, by code and field, and nothing else is."""
    bad = {**d.funeral(), **change}
    hub, (record,) = run([line(bad), line(d.pension())])
    assert faults(record) == [expected]
    assert (record["opened"], hub.counts["applied"]) == (line(bad) + b"\n", 1)


def test_duplicate_keys_of_an_object(run, d: Desk) -> None:
    """The last one counts, as in every JSON reader; what the first one said is nowhere."""
    good = line(d.funeral())
    hub, records = run([b'{"legal_basis":"\xe4\xbd\x9b\xe6\x95\x99",' + good[1:]])
    assert (records, hub.counts["applied"]) == ([], 1)
    assert "佛教" not in "".join(map(repr, hub.states()))
    _, (record,) = run([good[:-1] + b',"op":"DELETE"}'])
    assert faults(record) == [(Code.UNKNOWN_CODE, "op")]


def test_the_same_bad_row_twice_is_counted_twice(run, d: Desk) -> None:
    """Two refusals are two records under their own places, with the same sealed bytes."""
    bad = line({**d.funeral(), "op": "X"})
    hub, records = run([bad, bad])
    assert [record["key"] for record in records] == ["x.jsonl:1", "x.jsonl:2"]
    assert hub.counts["quarantined"] == 2


def test_empty_files_and_blank_lines_are_nothing(run) -> None:
    """No rows, no counts, no crash."""
    for content in (b"", b"\n\n", b" \r\n\t\n"):
        hub, records = run(content)
        assert (records, hub.counts["events"]) == ([], 0)


# --- CSV --------------------------------------------------------------------------------------------------------------


def flat(event: dict[str, Any], prefix: str = "") -> dict[str, str]:
    cells: dict[str, str] = {}
    for name, value in event.items():
        if isinstance(value, dict):
            cells |= flat(value, f"{prefix}{name}.")
        elif value is not None:
            cells[prefix + name] = str(value)
    return cells


def table(*events: dict[str, Any], **more: str) -> list[bytes]:
    """Events of one type as CSV lines, header first."""
    rows = [flat(event) | more for event in events]
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode().splitlines(keepends=True)


def test_a_broken_row_of_a_csv_file(run, d: Desk) -> None:
    """Too many cells, an open quote, bytes of another encoding: that row is refused and its neighbours are applied."""
    header, one, two, three, four = table(*(d.funeral() for _ in range(4)))
    for bad in (
        b"a,b\r\n",
        three[:-2] + b",x\r\n",
        three.replace("王".encode(), b'"\xe7\x8e\x8b'),
        b"\xd0\xd5,\xff\r\n",
    ):
        hub, (record,) = run(header + one + bad + two + four, "x.csv")
        assert (record["key"], faults(record)) == ("x.csv:3", [(Code.UNREADABLE, "")])
        assert record["opened"] == bad
        assert hub.counts["applied"] == 3


def test_a_csv_file_whose_header_is_a_person(run, d: Desk) -> None:
    """Rows without a header: the first row is not taken for field names, and none of it is told."""
    _, one, two = table(d.funeral(), d.funeral())
    hub, records = run(one + two, "x.csv")
    assert len(records) == 2
    assert {code for record in records for code, _ in faults(record)} == {Code.UNREADABLE}
    assert hub.counts["applied"] == 0


@pytest.mark.parametrize("columns", [{"王伟": "1"}, {WANG: "1"}, {"王伟": "1", "王伟.姓名": "2"}, {"religion": "佛教"}])
def test_a_csv_column_named_after_a_person(run, d: Desk, columns: dict[str, str]) -> None:
    """The name of a column that nobody declared is not told, whatever is wrong with it; a deny-listed one is."""
    hub, (record,) = run(b"".join(table(d.funeral(), **columns)), "x.csv")
    expected = {"religion": (Code.DENIED_FIELD, "religion")}.get(next(iter(columns)))
    assert [expected] == faults(record) if expected else {path for _, path in faults(record)} == {"?"}
    assert hub.counts["applied"] == 0


def test_csv_columns_with_absurd_indexes(run, d: Desk) -> None:
    """An index of five thousand digits, negative or huge, is a field that does not exist: refused, not a crash."""
    for index in ("9" * 5000, "-1", "1e9", "²", "00"):
        _, (record,) = run(b"".join(table(d.aid(), **{f"payload.members.{index}.relation": "10"})), "x.csv")
        assert {code for code, _ in faults(record)} <= {Code.TYPE, Code.UNKNOWN_FIELD, Code.MISSING, Code.UNREADABLE}


# --- the way of `hub ingest` ------------------------------------------------------------------------------------------


def test_a_row_on_its_way_to_the_topics(d: Desk) -> None:
    """A bad row becomes a quarantine record no larger than the broker takes; a good one its agency's message."""
    wire, limit = Wire(JOURNEY.parts.codec), 128 * 1024
    good, bad, huge = line(d.funeral()), line({**d.funeral(), "religion": "佛教"}), b"{" + b" " * 500_000
    rows = list(read_source([good, bad, huge], shapes=JOURNEY.parts.connectors.shapes))
    outs = [row_out(JOURNEY, wire, row, f"file:x.jsonl:{row.line_no}", limit) for row in rows]
    assert [out.topic for out in outs] == [topics.AGENCY_TOPICS["MCA"], topics.QUARANTINE, topics.QUARANTINE]
    for out, raw in zip(outs[1:], (bad, huge), strict=True):
        record = wire.read_quarantine(out.value)
        opened = JOURNEY.parts.keyring.unseal(record.pop("payload"))
        assert raw.startswith(opened)
        assert (record["payload_size"], record["source_topic"]) == (len(raw), "file")
        assert not [canary for canary in CANARIES if canary in repr(record)]
        assert len(out.value or b"") + len(out.key) + 100 <= limit
    assert JOURNEY.parts.keyring.unseal(wire.read_quarantine(outs[1].value)["payload"]) == bad


# --- the façade: whatever Python holds --------------------------------------------------------------------------------


def test_whatever_a_caller_feeds_is_a_value(d: Desk) -> None:
    """Objects that no JSON can spell are quarantined like any other, and the next event goes on."""
    good = d.funeral()
    loop: dict[str, Any] = copy.deepcopy(good)
    loop["payload"]["self"] = loop
    odd: list[Any] = [
        {**good, "legal_basis": "\ud800"},
        {**good, "source_seq": float("nan")},
        {**good, "source_seq": 10**400},
        {**good, "event_id": b"x"},
        {**good, "when": date(2026, 1, 1)},
        {**good, 1: 2},
        {**good, (1, 2): 2},
        {**good, "extra": reduce(lambda inner, _: [inner], range(100_000), 1)},
        loop,
        None,
        7,
        "王伟",
        [good],
        {"王伟", WANG},
        object(),
    ]
    hub = Hub(as_of="2026-06-30").feed([*odd, good])
    assert len(hub.quarantine) == len(odd)
    assert (hub.counts["events"], hub.counts["applied"], hub.counts["quarantined"]) == (len(odd) + 1, 1, len(odd))
    clear = repr([{k: v for k, v in record.items() if k != "payload"} for record in hub.quarantine])
    assert not [canary for canary in CANARIES if canary in clear]
