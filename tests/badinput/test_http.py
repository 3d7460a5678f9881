"""Bad events over HTTP: the sender hears every reason, and what was refused lies sealed in quarantine."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry

from hub.bootstrap import build_journey
from hub.domain.event import Code
from hub.domain.keys import Keyring
from hub.errors import Retry
from hub.node.access import TopicIntake
from hub.node.tally import Ledger
from hub.runtime import topics
from hub.runtime.hops import Gear
from hub.runtime.records import Out
from hub.runtime.wire import Wire
from hub.telemetry.metrics import Metrics
from tests.api.fakes import NOW, Api
from tests.builders import WANG, Desk, person

LIMIT = 128 * 1024
CANARIES = ("王伟", WANG, "19600315", "佛教")


class Topics:
    """A producer that keeps what it is given."""

    def __init__(self) -> None:
        self.outs: list[Out] = []
        self.down = False

    async def send(self, outs: list[Out]) -> None:
        if self.down:
            raise Retry("kafka")
        assert all(len(out.key) + len(out.value or b"") + 100 <= LIMIT for out in outs)
        self.outs += outs


class Edge:
    """The API over the real HTTP intake."""

    def __init__(self) -> None:
        self.journey = build_journey()
        self.wire = Wire(self.journey.parts.codec)
        self.topics = Topics()
        self.ledger = Ledger(Metrics(CollectorRegistry()))
        gear = Gear(self.journey, self.wire, self.ledger, lambda: NOW)
        self.api = Api(intake=TopicIntake(gear, self.topics, LIMIT))

    def post(self, content: bytes, **options: Any) -> httpx.Response:
        return asyncio.run(self.api.call("POST", "/v1/events", content=content, **options))

    def quarantine(self) -> list[dict[str, Any]]:
        """Every record, opened, and with nothing personal outside of the payload."""
        records = []
        for out in self.topics.outs:
            if out.topic == topics.QUARANTINE:
                record = self.wire.read_quarantine(out.value or b"")
                sealed = record.pop("payload")
                assert not [canary for canary in CANARIES if canary in repr(record)]
                records.append({**record, "opened": Keyring().unseal(sealed)})
        return records


@pytest.fixture
def edge() -> Edge:
    return Edge()


@pytest.fixture
def d() -> Desk:
    return Desk()


def line(event: object) -> bytes:
    return json.dumps(event, ensure_ascii=False).encode()


def heard(answer: httpx.Response) -> list[list[tuple[str, str]]]:
    """The faults of every event in an answer, which repeats nothing that was sent."""
    assert answer.status_code == 200, answer.text
    assert not [canary for canary in CANARIES if canary in answer.text]
    return [[(f["code"], f["path"]) for f in result["faults"]] for result in answer.json()["results"]]


@pytest.mark.parametrize("form", ["list", "lines", "crlf lines", "indented"])
def test_good_and_bad_events_of_one_request(edge: Edge, d: Desk, form: str) -> None:
    """Each event has its own end: the good go to their agencies' topics, the bad to quarantine, to the byte."""
    bad = {**d.funeral(), "op": "DELETE", "source_seq": -1, "religion": "佛教", WANG: 1}
    raws = [line(d.funeral()), line(bad), b'"\xe7\x8e\x8b\xe4\xbc\x9f"', line(d.pension())]
    if form == "indented":
        raws[1] = json.dumps(bad, indent=2).encode()
    body = {
        "list": b"[" + b" , ".join(raws) + b"]",
        "indented": b"[\n" + b",\n".join(raws) + b"\n]",
        "lines": b"\n".join(raws),
        "crlf lines": b"\r\n".join(raws) + b"\r\n",
    }[form]
    found = heard(edge.post(body))
    assert found[0] == found[3] == []
    assert sorted(found[1]) == [
        (Code.DENIED_FIELD, "religion"),
        (Code.RANGE, "source_seq"),
        (Code.UNKNOWN_CODE, "op"),
        (Code.UNKNOWN_FIELD, "?"),
    ]
    assert found[2] == [(Code.TYPE, "")]
    assert [record["opened"] for record in edge.quarantine()] == raws[1:3]
    assert [out.topic for out in edge.topics.outs if out.topic != topics.QUARANTINE] == [
        topics.AGENCY_TOPICS["MCA"],
        topics.AGENCY_TOPICS["HRSS"],
    ]
    assert (edge.ledger.counts["received"], edge.ledger.counts["quarantined"]) == (2, 2)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"source_agency": "PSB"}, [(Code.WRONG_AGENCY, "source_agency")]),
        ({"op": "CORRECT"}, [(Code.SUPERSEDES_REQUIRED, "supersedes")]),
        ({"event_type": "mca.nothing"}, [(Code.UNKNOWN_EVENT_TYPE, "event_type")]),
        ({"business_time": "2026-02-30"}, [(Code.FORMAT, "business_time")]),
        ({"source_seq": 10**25}, [(Code.RANGE, "source_seq")]),
        ({"subject": None}, [(Code.SUBJECT_REQUIRED, "subject")]),
        ({"event_id": WANG * 2, "op": "X"}, [(Code.UNKNOWN_CODE, "op")]),
        ({"id_4298_0119_6003_1500_17": 1}, [(Code.UNKNOWN_FIELD, "?")]),
        ({"x": {"y": [{"bank_account": 1}]}}, [(Code.UNKNOWN_FIELD, "x"), (Code.DENIED_FIELD, "x.y[0].bank_account")]),
    ],
    ids=str,
)
def test_one_fault(edge: Edge, d: Desk, change: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    """The answer and the quarantine say the same, and an id that is a person is in neither."""
    raw = line({**d.funeral(), **change})
    answer = edge.post(raw)
    (record,) = edge.quarantine()
    assert heard(answer) == [expected] == [[(fault["code"], fault["path"]) for fault in record["faults"]]]
    assert record["opened"] == raw
    assert record["event_id"] == answer.json()["results"][0]["event_id"]


def test_duplicate_keys_are_kept_as_they_came(edge: Edge, d: Desk) -> None:
    """What was refused is what was sent, not what a parser made of it."""
    raw = b'{"religion":"\xe4\xbd\x9b\xe6\x95\x99","religion":1,' + line(d.funeral())[1:]
    assert heard(edge.post(raw)) == [[(Code.DENIED_FIELD, "religion")]]
    assert edge.quarantine()[0]["opened"] == raw


def test_a_refused_event_larger_than_a_message(edge: Edge, d: Desk) -> None:
    """It is still a value: its beginning is kept, its size told, and the event beside it goes on."""
    raw = line({**d.funeral(), "x": "y" * 400_000})
    found = heard(edge.post(b"[" + raw + b"," + line(d.pension()) + b"]"))
    assert found == [[(Code.UNKNOWN_FIELD, "x")], []]
    (record,) = edge.quarantine()
    assert raw.startswith(record["opened"])
    assert (record["payload_size"], len(record["opened"]) > LIMIT - 2048) == (len(raw), True)


def test_a_good_event_larger_than_a_message(edge: Edge, d: Desk) -> None:
    """What the broker does not take is refused as too big; the answer is no 500."""
    members = [{"person": person(name="王" * 500), "relation": "10"}] * 150
    event = d.public_rental()
    event["payload"]["members"] = members
    raw = line(event)
    assert heard(edge.post(raw)) == [[(Code.TOO_BIG, "")]]
    (record,) = edge.quarantine()
    assert (record["event_id"], record["payload_size"]) == (event["event_id"], len(raw))


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": 1e999}',
        b'{"a": "\\ud800"}',
        b"\xff\xfe{}",
        "{'name': '王伟'}".encode("gb18030"),
        b"[" * 300_000,
        b'{"a":' * 300_000,
        b"[1, 2",
        b'[{"a": 1}, {"a": \xe7\x8e\x8b}]',
    ],
    ids=range(11),
)
def test_what_is_no_json_is_refused_whole(edge: Edge, body: bytes) -> None:
    """A request that cannot be read takes nothing in and repeats nothing."""
    answer = edge.post(body)
    assert (answer.status_code, edge.topics.outs) == (400, [])
    assert not [canary for canary in CANARIES if canary in answer.text]


def test_ten_megabytes_and_a_hundred_thousand_members(edge: Edge, d: Desk) -> None:
    """A body over the limit is not read; a list over the limit is one fault, at once."""
    assert edge.post(b"[" + b" " * 10 * 1024 * 1024 + b"]").status_code == 413
    event = d.aid()
    event["payload"]["members"] = [
        {"person": {"id_type": "RIC", "id_no": "1", "name": "a"}, "relation": "10"}
    ] * 100_000
    began = time.perf_counter()
    assert heard(edge.post(line(event))) == [[(Code.TOO_LONG, "payload.members")]]
    assert time.perf_counter() - began < 5


def test_the_same_refusal_twice_is_one_record(edge: Edge, d: Desk) -> None:
    """Who sends a bad event again finds it under the same key."""
    raw = line({**d.funeral(), "op": "X"})
    edge.post(raw)
    edge.post(raw)
    first, second = [out for out in edge.topics.outs if out.topic == topics.QUARANTINE]
    assert first == second


def test_while_the_broker_is_down_nothing_is_taken(edge: Edge, d: Desk) -> None:
    """No acknowledgement, no count: the sender tries again."""
    edge.topics.down = True
    assert edge.post(line({**d.funeral(), "op": "X"})).status_code == 503
    assert edge.ledger.counts == {}
