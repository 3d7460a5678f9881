"""I8 from end to end: canaries go in by every way, the failing ones too, and come out nowhere they must not."""

from __future__ import annotations

import ast
import asyncio
import base64
import json
import logging
import os
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from prometheus_client import CollectorRegistry, generate_latest

from hub.bootstrap import build_journey, catalogue
from hub.errors import HandlerBug
from hub.node.tally import Ledger
from hub.rules import BY_ID
from hub.schema.codec import RecordError
from hub.telemetry.logs import places
from hub.telemetry.metrics import Metrics
from tests.badinput.pipe import MAX_BYTES, Pipe, Schemas, with_rules
from tests.badinput.test_http import Edge
from tests.badinput.test_messages import forced
from tests.builders import Desk, person, ric
from tests.telemetry.capture import captured_logs

ROOT = Path(__file__).parents[2]
NAME, NUMBER, PLACE, CERT = "欧阳金丝雀", ric("19610707", 55), "幸福路77号金丝雀苑", "金丝雀证字第77号"
OTHER = person(ric("19700505", 2), "司马金丝雀")
WHO = person(NUMBER, NAME)
SPLIT = "id_" + "_".join((NUMBER[:4], NUMBER[4:8], NUMBER[8:12], NUMBER[12:16], NUMBER[16:17]))
CANARIES = ("金丝雀", NUMBER, NUMBER[6:14], "19700505", "幸福路", SPLIT, NUMBER[6:18])


def leaks(text: str) -> list[str]:
    """The canaries in a text."""
    return [canary for canary in CANARIES if canary in text]


@pytest.fixture
def log() -> Iterator[Any]:
    """Everything any library logs at its most talkative, as the hub writes it."""
    with captured_logs("text") as stream:
        yield stream


def good_events(d: Desk) -> list[dict[str, Any]]:
    """A life that opens alerts of most rules, canaries in every field that takes text."""
    wrong = person(NUMBER[:-1] + ("1" if NUMBER[-1] != "1" else "2"), NAME)
    moved = d.moved_in(WHO)
    moved["payload"] |= {"hukou_address": PLACE, "certificate_no": CERT}
    death = d.funeral(WHO)
    death["payload"] |= {"death_cert_no": CERT, "applicant": OTHER, "applicant_relation": "10"}
    return [
        moved,
        d.pension(WHO),
        d.pension(WHO, kind="RES", on="2025-01-01"),
        d.aid(WHO, [WHO, OTHER], decision=CERT),
        d.allowance(who=WHO, item=CERT),
        d.lease(CERT, WHO, lessor=OTHER),
        d.lease("L-2", OTHER, lessor=WHO),
        d.public_rental(CERT, WHO),
        d.married(WHO, OTHER, certificate=CERT),
        d.verified({**WHO, "name": "张三"}, on="2026-01-01"),
        d.enrolled(who=wrong),
        d.cover({**WHO, "sex": "2"}),
        death,
        d.verified(WHO, on="2026-04-01"),
    ]


def bad_events(d: Desk) -> list[Any]:
    """Every way of being refused, with somebody in it."""
    event = d.funeral(WHO)
    return [
        {**event, "event_id": NUMBER * 2, "op": NAME, "region_code": PLACE, "source_agency": NUMBER},
        {**event, "event_id": f"{NAME} {NUMBER}", NAME: 1, NUMBER: 1, SPLIT: 1, f"{NAME}的病历": PLACE},
        {**event, "subject": {**WHO, "sex": NAME, "birth_date": NUMBER, PLACE: {NAME: [{NUMBER: {"religion": 1}}]}}},
        {**event, "event_type": f"mca.{NAME}", "schema_version": NUMBER, "record_time": PLACE, "source_seq": NUMBER},
        {**event, "subject": f"{NAME} {NUMBER}", "payload": [PLACE, {NAME: NUMBER}], "supersedes": {NAME: 1}},
        {**event, "payload": {**event["payload"], "handled_kind": NAME, "religion": NAME, "death_cert_no": CERT * 90}},
        {**event, "op": "CORRECT", "legal_basis": CERT * 200, "source_org": NAME * 200},
        {NAME: {NAME: NUMBER}},
        [NAME, NUMBER],
        f"{NAME} {NUMBER} {PLACE}",
    ]


def test_replay_tells_nobody(tmp_path: Path) -> None:
    """Neither output, summary nor the clear part of the quarantine of a replay holds a person."""
    d = Desk()
    lines = [json.dumps(event, ensure_ascii=False) for event in (*good_events(d), *bad_events(d))]
    broken = [f'{{"{NAME}": {NUMBER}', f"{NAME},{NUMBER}", f'"{PLACE}']
    (tmp_path / "a.jsonl").write_text("\n".join([*lines, *broken]), "utf-8")
    (tmp_path / "b.jsonl").write_bytes(f'{{"name": "{NAME}"}}\n'.encode("gb18030"))
    (tmp_path / "c.csv").write_text(f"{NAME},{NUMBER}\n{NAME},{PLACE}\n", "utf-8")
    head = f"source_record_id,{NAME},{NAME}.x,{NUMBER}"
    (tmp_path / "d.csv").write_text(f'{head}\n1,{NAME},{PLACE},{NUMBER}\n2,{NAME}\n3,"{PLACE}\n', "utf-8")
    for extra in ([], ["--json"]):
        done = subprocess.run(
            [sys.executable, "-X", "dev", "-c", "from hub.cli import main; main()", "replay", "a.jsonl", "b.jsonl",
             "c.csv", "d.csv", "--as-of", "2026-06-30", "--out", "out", "--enable", "all", *extra],
            cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
            env={**os.environ, "PYTHONPATH": str(ROOT), "HUB_LOG_LEVEL": "DEBUG", "PYTHONWARNINGS": "ignore"},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert leaks(done.stdout + done.stderr) == []
    assert leaks((tmp_path / "out" / "summary.json").read_text("utf-8")) == []
    records = [json.loads(line) for line in (tmp_path / "out" / "quarantine.jsonl").read_text("utf-8").splitlines()]
    assert len(records) >= len(bad_events(d)) + len(broken) + 5
    for record in records:
        sealed = base64.b64decode(record.pop("payload"))
        assert leaks(json.dumps(record, ensure_ascii=False)) == []
        assert leaks(sealed.decode("latin-1")) == []


def test_topics_tell_nobody(log: Any) -> None:
    """Messages good, bad and broken through both hops: logs, metrics and the clear part of every quarantine record."""
    d = Desk()
    ledger = Ledger(Metrics(CollectorRegistry()))
    schema = json.loads(catalogue().schema("mca.deceased_handled").text)
    schema["fields"].append({"name": "religion", "type": "string", "default": ""})
    known = {s: json.loads(catalogue().schema(s).text) for s in catalogue().event_types}
    ids = {catalogue().schema(s).schema_id: text for s, text in known.items()}
    pipe = Pipe(source=Schemas({**ids, 9001: schema}), tally=ledger)
    pipe.send_events(*good_events(d))
    whole = forced(d.funeral(WHO))
    key = f"{NAME}{NUMBER}".encode()
    values = [
        None, b"", whole[1:], whole[:40], whole + PLACE.encode(), whole[:5] + NAME.encode() * 20,
        struct.pack(">bI", 0, 9001) + whole[5:], struct.pack(">bI", 0, 77) + whole[5:],
        json.dumps(good_events(d)[0], ensure_ascii=False).encode(), whole + NAME.encode() * (MAX_BYTES // 10),
        forced({**d.funeral(WHO), "event_id": NUMBER * 2, "source_agency": "PSB", "region_code": NUMBER}),
        forced({**d.funeral(WHO), "op": "CANCEL", "event_id": f"{NAME} {NUMBER}", "legal_basis": PLACE * 200}),
    ]  # fmt: skip
    for value in values:
        pipe.send("MCA", (key, value), (None, value))
    found = pipe.quarantine()
    assert len(found) == 2 * len(values)
    assert [leaks(refusal.clear) for refusal in found if leaks(refusal.clear)] == []
    assert leaks(generate_latest(ledger._metrics.registry).decode()) == []
    assert leaks(log.getvalue()) == []
    assert [out.key for out in pipe.outs if leaks(out.key.decode())] == []


def test_an_odd_id_is_nowhere_but_in_the_record(log: Any) -> None:
    """The schema takes any text for an event or record id: accepted, it is neither logged nor counted nor a key."""
    d = Desk()
    ledger = Ledger(Metrics(CollectorRegistry()))
    pipe = Pipe(tally=ledger)
    for n, event in enumerate(good_events(d)):
        pipe.send_events({**event, "event_id": f"{NAME} {NUMBER} {n}", "source_record_id": f"{NAME} {NUMBER} {n}"})
    assert pipe.quarantine() == []
    assert leaks(generate_latest(ledger._metrics.registry).decode()) == []
    assert leaks(log.getvalue()) == []
    assert [out.key for out in pipe.outs if leaks(out.key.decode())] == []


def test_a_crash_tells_nobody(log: Any) -> None:
    """A rule that raises with a person in its message, garbage on the internal topic: types and places, no messages."""
    d = Desk()
    journey = build_journey()

    def find(scene: Any) -> Iterator[Any]:
        """A broken rule."""
        raise ValueError(f"{NAME} {NUMBER} {PLACE}")
        yield

    crashed = [replace(rule, find=find) for rule in journey.parts.bench.rules]
    pipe = Pipe(with_rules(journey, *crashed))
    pipe.send_events(*good_events(d))
    records = pipe.quarantine()
    assert {found.faults[0][0] for found in records} == {"RULE_ERROR"}
    assert [found.clear for found in records if leaks(found.clear)] == []

    words = logging.getLogger("hub.runtime.lane")
    for value in garbage(pipe):
        with pytest.raises((RecordError, msgspec.MsgspecError)) as caught:
            pipe.garbage_on_claims(value)
        error = caught.value
        words.error("handle fails with %s", error, exc_info=error)
        told = [places(error), str(HandlerBug("absorb.handle", type(error).__name__))]
        assert leaks("".join([*told, str(error) if isinstance(error, RecordError) else ""])) == []
    assert "RecordError" in log.getvalue()
    assert leaks(log.getvalue()) == []


def garbage(pipe: Pipe) -> list[bytes]:
    """Bytes on hub.claims.v1 that the hub did not write, a person in each."""
    record = pipe.journey.parts.codec.encode_record
    parcels = [
        NAME.encode(),
        msgspec.msgpack.encode({"subject": NAME}),
        msgspec.msgpack.encode({"kind": NAME, "subject": "x"}),
    ]
    framed = [record("hub.claim", {"subject_key": NAME, "kind": NUMBER, "parcel": parcel}) for parcel in parcels]
    return [
        NAME.encode(),
        framed[0][:-3],
        struct.pack(">bI", 0, 1) + NAME.encode(),
        struct.pack(">bI", 0, 6) + PLACE.encode(),
        *framed,
    ]


def test_http_tells_nobody(log: Any) -> None:
    """Bodies, headers and statuses of every answer to a bad request, the metrics and the log afterwards."""
    d = Desk()
    edge = Edge()
    lines = [json.dumps(event, ensure_ascii=False).encode() for event in (*bad_events(d), *good_events(d))]
    paths = [NAME, f"v1/residents/{NUMBER}", f"v1/alerts/{NAME}", f"registry/subjects/{NAME}/versions/{NUMBER}",
             f"v1/alerts?agency={NAME}", f"v1/alerts?{NAME}={NUMBER}", f"v1/alerts?cursor={NUMBER}", f"docs/{PLACE}",
             f"metrics?name[]={NAME}", f"livez/{NUMBER}", f"v1/residents/r-{'a' * 32}?purpose={NAME}"]  # fmt: skip
    headers = dict.fromkeys(("X-Hub-Purpose", "X-Hub-Caller", "X-Hub-Legal-Basis", "Accept", "X-Request-Id"), NUMBER)

    async def run() -> str:
        told = []
        async with edge.api.client() as client:
            for method, path in [(m, f"/{path}") for path in paths for m in ("GET", "POST", "DELETE", "OPTIONS")]:
                told.append(await client.request(method, path, headers=headers))
            bodies = (b"[" + b",".join(lines) + b"]", b"\n".join(lines), lines[0][:-9], NAME.encode("gb18030"))
            odd = {**headers, "Content-Type": NUMBER}
            told += [await client.post("/v1/events", content=body, headers=odd) for body in bodies]
            told.append(await client.get("/metrics"))
        return "\n".join(f"{answer.status_code} {answer.headers!r} {answer.text}" for answer in told)

    said = asyncio.run(run())
    assert said.count('"status":"quarantined"') == 2 * len(bad_events(d))
    assert leaks(said) == []
    assert leaks(log.getvalue()) == []
    assert leaks(generate_latest(edge.ledger._metrics.registry).decode()) == []
    assert len(edge.quarantine()) == 2 * len(bad_events(d))


def test_process_threads_and_tasks_are_not_named_after_anybody() -> None:
    """What `ps` and `top` show of a process that handles people says nothing of them."""
    pipe = Pipe()
    pipe.send_events(*good_events(Desk()))
    shown = [
        (Path("/proc/self") / name).read_bytes().decode("utf-8", "replace") for name in ("cmdline", "comm", "status")
    ]
    shown += [thread.name for thread in threading.enumerate()]
    assert leaks("".join(shown)) == []


@pytest.mark.parametrize(
    "name",
    ["faust", "faust.app.base", "faust.agents.agent", "faust.transport", "mode.services", "aiokafka.consumer.fetcher",
     "aiokafka.producer.sender", "aiokafka.conn", "kafka.net.manager", "redis", "httpx", "httpcore", "asyncio",
     "uvicorn.error", "fastapi", "py.warnings"],
)  # fmt: skip
def test_libraries_tell_nobody(name: str, log: Any) -> None:
    """Whatever a library logs, and however: arguments, exceptions, stacks, extras, objects for a message."""
    words = logging.getLogger(name)
    try:
        raise ValueError(f"{NAME} {NUMBER}") from KeyError(PLACE)
    except ValueError as error:
        words.exception("record %r of %s at %d", {"name": NAME}, NUMBER, 7)
        words.error("crashed: %r", error, exc_info=error, stack_info=True, extra={"who": NAME})
        words.warning(error)
    words.error("%(a)s", {"a": NAME})
    words.critical("%d", NAME)
    words.error(["record", NAME])
    words.warning("first line\n%s", NAME)
    words.debug("fetched %s", NAME)
    words.log(5, NAME)
    assert log.getvalue()
    assert leaks(log.getvalue()) == []


def test_our_own_log_lines_are_constants() -> None:
    """A log call in the hub has a constant sentence: values go in as arguments, where the nets are."""
    found = []
    for path in sorted((ROOT / "hub").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            speaker = ast.unparse(node.func.value).lower()
            is_log = node.func.attr in _LEVELS and speaker.endswith(("log", "logger", "logging"))
            if is_log and not isinstance(node.args[0], ast.Constant):
                found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert found == []


_LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}


def test_alerts_show_what_their_rule_lists() -> None:
    """Of a life full of canaries only what a rule lists leaves in its alerts; and that where the rule says so."""
    pipe = Pipe()
    pipe.send_events(*good_events(Desk()))
    alerts = list(pipe.alerts().values())
    assert {"ID-01", "ID-02", "LE-01", "LE-02", "LE-03", "LE-04", "EC-05", "HO-01"} <= {a["rule_id"] for a in alerts}
    for alert in alerts:
        assert set(alert["show"]) <= set(BY_ID[alert["rule_id"]].show)
        beside = {name: value for name, value in alert.items() if name != "show"}
        assert leaks(json.dumps(beside, ensure_ascii=False, default=str)) == []
        # Numbers are masked wherever a rule shows one, and the only name shown is the agency's own.
        assert NUMBER not in str(alert["show"])
        assert "19700505" not in str(alert["show"])
