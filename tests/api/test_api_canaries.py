"""I8 at the HTTP edge: canary values go in everywhere and come out nowhere."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Iterator

import pytest

from hub.api.documents import EVENT_EXAMPLE
from tests.api.fakes import RESIDENT, Api
from tests.telemetry.capture import captured_logs

NAME, NUMBER, PLACE = "欧阳金丝雀", "429801196003150017", "幸福路77号"
PINYIN = "ouyang_canary"  # a name that looks like a field name: only its value may not come back
CANARIES = (NAME, NUMBER, PLACE, "金丝雀", "19600315", "canary_value")


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything any library logs, as the hub would write it."""
    with captured_logs("text") as stream:
        yield stream


def bad_events() -> list[object]:
    """Every way in which an event may be bad, with somebody in it."""
    subject = {"id_type": "RIC", "id_no": NUMBER, "name": NAME, "sex": NAME, "birth_date": NUMBER}
    return [
        {**EVENT_EXAMPLE, "subject": subject, "event_id": f"{NAME}{NUMBER}", "op": NAME, "region_code": PLACE},
        {**EVENT_EXAMPLE, f"{NAME}{NUMBER}": 1, NAME: 1, f"a{NUMBER}": 1, f"{NAME}的宗教信仰": "canary_value"},
        {**EVENT_EXAMPLE, PINYIN: "canary_value", "subject": {**subject, PLACE: {NAME: [{NUMBER: 1}]}}},
        {**EVENT_EXAMPLE, "event_type": f"mca.{NAME}", "source_agency": NUMBER, "schema_version": NUMBER},
        {**EVENT_EXAMPLE, "subject": f"{NAME} {NUMBER}", "payload": [PLACE], "record_time": NAME},
        {**EVENT_EXAMPLE, "payload": {**EVENT_EXAMPLE["payload"], "handled_kind": NAME, "religion": NAME}},
        {NAME: {NAME: NUMBER}},
        f"{NAME} {NUMBER} {PLACE}",
        [NAME, NUMBER],
        None,
    ]


def everything(api: Api, requests: list[tuple[str, str, dict]]) -> str:
    """All bodies and headers that come back, and the metrics afterwards."""

    async def run() -> str:
        parts = []
        async with api.client() as client:
            for method, path, options in requests:
                answer = await client.request(method, path, **options)
                parts.append(f"{answer.status_code} {dict(answer.headers)} {answer.text}")
            parts.append((await client.get("/metrics")).text)
        return "\n".join(parts)

    return asyncio.run(run())


def test_bad_events_leave_no_trace(log) -> None:
    """No answer, header, metric or log line holds a value, or the name of an unknown field that may be one."""
    api = Api()
    events = bad_events()
    lines = "\n".join(json.dumps(event, ensure_ascii=False) for event in events).encode()
    told = everything(
        api,
        [
            ("POST", "/v1/events", {"json": events}),
            ("POST", "/v1/events", {"content": lines}),
            ("POST", "/v1/events", {"content": lines + f"\n{{{NAME}".encode()}),
            ("POST", "/v1/events", {"content": f"{NAME}={NUMBER}".encode()}),
        ],
    )
    assert told.count('"status":"quarantined"') == 2 * len(events)
    assert not [canary for canary in CANARIES if canary in told]
    assert not [canary for canary in CANARIES if canary in log.getvalue()]


def test_odd_event_id_is_not_told_back(log) -> None:
    """The schema takes any text for an id, so an accepted event may carry a person there."""
    told = everything(Api(), [("POST", "/v1/events", {"json": {**EVENT_EXAMPLE, "event_id": f"{NAME} {NUMBER}"}})])
    assert '"accepted":1' in told
    assert not [canary for canary in CANARIES if canary in told + log.getvalue()]


def test_addresses_and_headers_leave_no_trace(log) -> None:
    """Whatever somebody writes into a path, a query or a header stays with them."""
    api = Api()
    paths = [f"/{NAME}", f"/v1/residents/{NUMBER}", f"/v1/alerts/{NUMBER}", f"/registry/subjects/{NAME}/versions/1"]
    queries = [{"agency": NAME}, {NAME: "1"}, {"cursor": NUMBER}, {"limit": NUMBER}, {"status": PLACE}, {PINYIN: NAME}]
    told = everything(
        api,
        [("GET", path, {}) for path in paths]
        + [("GET", "/v1/alerts", {"params": query}) for query in queries]
        + [("GET", f"/v1/residents/{RESIDENT}", {"params": {"purpose": NAME}})]
        + [("GET", f"/v1/residents/{RESIDENT}", {"headers": {"X-Hub-Purpose": NUMBER, "X-Hub-Caller": NUMBER}})],
    )
    assert not [canary for canary in (*CANARIES, PINYIN) if canary in told]
    assert not [canary for canary in (*CANARIES, PINYIN) if canary in log.getvalue()]


@pytest.mark.parametrize("part", ["intake", "residents"])
def test_crash_leaves_no_trace(part, log) -> None:
    """An exception that quotes a person reaches neither the answer nor the log."""
    api = Api()
    getattr(api, part).error = ValueError(f"{NAME} {NUMBER} {PLACE}")
    told = everything(api, [("POST", "/v1/events", {"json": {}}), ("GET", f"/v1/residents/{RESIDENT}", {})])
    assert "500" in told
    assert "ValueError at" in log.getvalue()
    assert not [canary for canary in CANARIES if canary in told + log.getvalue()]
