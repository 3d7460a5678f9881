"""Intake over HTTP: an answer for each event, in order, and limits that hold."""

from __future__ import annotations

import asyncio
import json

import pytest

from hub.api.body import MAX_EVENTS
from hub.api.documents import EVENT_EXAMPLE
from hub.api.intake import safe_event_id, safe_path
from hub.errors import Retry
from tests.api.fakes import Api

BAD = {**EVENT_EXAMPLE, "op": "DELETE"}


def test_documented_example_is_accepted(post) -> None:
    """The event in the documentation is one that the hub takes."""
    answer = post(json=EVENT_EXAMPLE)
    assert answer.status_code == 200
    assert answer.json() == {
        "results": [{"status": "accepted", "event_id": EVENT_EXAMPLE["event_id"], "faults": []}],
        "accepted": 1,
        "quarantined": 0,
    }


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (json.dumps([EVENT_EXAMPLE, BAD, 7]), "application/json"),
        ("\n".join(map(json.dumps, [EVENT_EXAMPLE, BAD, 7])), "application/x-ndjson"),
        ("\r\n\r\n".join(map(json.dumps, [EVENT_EXAMPLE, BAD, 7])) + "\n", "application/json"),
        ("\ufeff" + json.dumps([EVENT_EXAMPLE, BAD, 7]), None),
    ],
)
def test_batch_is_answered_in_order(content, content_type, post) -> None:
    """A list and lines mean the same; a bad event among them spoils nothing."""
    answer = post(content=content.encode(), headers={"content-type": content_type} if content_type else {})
    results = answer.json()["results"]
    assert [result["status"] for result in results] == ["accepted", "quarantined", "quarantined"]
    assert [fault["path"] for fault in results[1]["faults"]] == ["op"]
    assert (answer.json()["accepted"], answer.json()["quarantined"]) == (1, 2)


def test_empty_list_is_an_answer_too(post) -> None:
    """Nothing sent, nothing done."""
    assert post(json=[]).json() == {"results": [], "accepted": 0, "quarantined": 0}


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (b"", "the body is not JSON"),
        (b"\n \n", "the body is not JSON"),
        (b"event_id=1", "the body is not JSON"),
        (b'{"a": NaN}', "the body is not JSON"),
        (b"\xff\xfe{}", "the body is not JSON"),
        (b"[" * 100_000, "the body is not JSON"),
        (b'{}\n{"name": \xe7\x8e\x8b}\n', "line 2 is not JSON"),
    ],
)
def test_not_json(content, detail, post) -> None:
    """What cannot be read is refused whole, with the line and without its content."""
    answer = post(content=content)
    assert (answer.status_code, answer.json()["detail"]) == (400, detail)


def test_too_many_events(post) -> None:
    """At most 1000 events, in either form."""
    assert post(json=[{}] * MAX_EVENTS).status_code == 200
    assert post(json=[{}] * (MAX_EVENTS + 1)).status_code == 413
    assert post(content=b"{}\n" * (MAX_EVENTS + 1)).status_code == 413


def test_body_over_the_limit() -> None:
    """The limit holds for what is declared and for what comes without saying."""
    api = Api(max_body_bytes=100)

    async def drip():
        for _ in range(20):
            yield b" " * 10

    assert asyncio.run(api.call("POST", "/v1/events", content=b" " * 101)).status_code == 413
    assert asyncio.run(api.call("POST", "/v1/events", content=drip())).status_code == 413
    assert asyncio.run(api.call("POST", "/v1/events", content=b"[]" + b" " * 98)).status_code == 200


def test_intake_away(api, post) -> None:
    """What cannot be made durable is not acknowledged."""
    api.intake.error = Retry("kafka at 10.0.0.1")
    answer = post(json=EVENT_EXAMPLE)
    assert answer.status_code == 503
    assert "10.0.0.1" not in answer.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": "http://hub.test"}, 200),
        ({}, 200),
    ],
)
def test_pages_of_other_sites_cannot_submit(headers, status, post) -> None:
    """A page open in an official's browser cannot feed the hub behind his back."""
    assert post(json=[], headers=headers).status_code == status


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("", ""),
        ("payload.members[12].person.id_no", "payload.members[12].person.id_no"),
        ("王伟", "?"),
        ("subject.王伟的宗教信仰", "subject.?"),
        ("payload.x429801", "payload.?"),
        ("payload.a1b2c3d4e5f6", "payload.?"),
        ("payload.line_12345", "payload.line_12345"),
        ("payload." + "x" * 65, "payload.?"),
        ("a b.c", "?.c"),
        ("payload.x[123456]", "payload.?"),
    ],
)
def test_safe_path(path, shown) -> None:
    """A field name that may be somebody's data is not told back."""
    assert safe_path(path) == shown


def test_event_id_is_told_back_only_as_a_uuid() -> None:
    """The schema takes any text for an id; the answer does not."""
    assert safe_event_id("019a8c1e-7f00-7000-8000-000000000001") is not None
    assert safe_event_id("王伟 429801196003150017") is None
    assert safe_event_id(None) is None
