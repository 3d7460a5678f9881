"""Answers on the feedback topic: good ones reach their alert, bad ones quarantine, whoever wrote what."""

from __future__ import annotations

import struct

import pytest

from hub.rules import BY_ID
from hub.runtime import topics
from tests.badinput.pipe import NOW, Pipe
from tests.builders import Desk
from tests.journeys.office import journey_of

CANARY = "王伟 429801196003150017"


@pytest.fixture
def pipe() -> Pipe:
    """A pipe in which LE-01 stands, addressed to HRSS."""
    desk = Desk()
    pipe = Pipe(journey_of((BY_ID["LE-01"],)))
    pipe.send_events(desk.pension(), desk.funeral())
    return pipe


def the_alert(pipe: Pipe) -> dict[str, object]:
    (alert,) = pipe.alerts().values()
    return alert


def test_an_answer_reaches_its_alert(pipe: Pipe) -> None:
    """By way of the pointer; what is published is the alert with the answer upon it."""
    pipe.answer(pipe.say(the_alert(pipe)["alert_id"], "NOT_MINE", owner="MCA", note=CANARY))
    alert = the_alert(pipe)
    assert (alert["status"], alert["acting_agency"]) == ("OPEN", "MCA")
    assert alert["answer"] == {"result": "NOT_MINE", "agency": "HRSS", "owner": "MCA", "given_at": NOW}
    assert pipe.tally.counts["answers accepted"] == 1
    assert pipe.quarantine() == []


def test_the_free_text_is_nowhere_in_the_clear(pipe: Pipe) -> None:
    """Not on claims, not in states, not in alerts, not in quarantine."""
    alert_id = the_alert(pipe)["alert_id"]
    pipe.answer(pipe.say(alert_id, "ACKED", note=CANARY), pipe.say(alert_id, "ACKED", "PSB", note=CANARY))
    assert all("王伟".encode() not in (out.value or b"") for out in pipe.outs if out.key.startswith(b"a"))
    (refused,) = pipe.quarantine()
    assert "王伟" not in refused.clear
    assert CANARY.encode() in refused.opened


def test_wrong_answers_lie_in_quarantine_under_their_own_place(pipe: Pipe) -> None:
    """Unknown alert, not the acting agency, closed: each refused with its code, and the stream goes on."""
    alert_id = the_alert(pipe)["alert_id"]
    closing = pipe.say(alert_id, "CONFIRMED_OK")
    pipe.answer(
        pipe.say("al-" + "0" * 32, "FIXED"),
        pipe.say(alert_id, "FIXED", "MCA"),
        pipe.say(alert_id, "PERHAPS"),
        closing,
        pipe.say(alert_id, "FIXED"),
    )
    assert sorted((r.record["offset"] - 2, *(code for code, _ in r.faults)) for r in pipe.quarantine()) == [
        (0, "UNKNOWN_ALERT"),
        (1, "NOT_ACTING"),
        (2, "UNKNOWN_CODE"),
        (4, "ALERT_CLOSED"),
    ]
    for refusal in pipe.quarantine():
        assert refusal.record["source_topic"] == topics.FEEDBACK
        assert refusal.record["key"] == f"{topics.FEEDBACK}-0-{refusal.record['offset']}"
    assert the_alert(pipe)["close_reason"] == "CONFIRMED_OK"
    assert pipe.tally.counts["answers refused"] == 4


def test_an_answer_delivered_again_is_silent(pipe: Pipe) -> None:
    """Though it closed its alert; and a refused one is refused once, wherever it stands the second time."""
    alert_id = the_alert(pipe)["alert_id"]
    wrong, closing = pipe.say(alert_id, "FIXED", "MCA"), pipe.say(alert_id, "CONFIRMED_OK")
    pipe.answer(wrong, closing)
    told = len(pipe.outs)
    pipe.answer(wrong, closing)
    # Parcels go their way; no alert, no state, no refusal follows from them.
    assert {out.topic for out in pipe.outs[told:]} == {topics.CLAIMS}
    outcomes = {name: count for name, count in pipe.tally.counts.items() if name.startswith("answers")}
    assert outcomes == {"answers accepted": 1, "answers refused": 1, "answers duplicate": 2}


@pytest.mark.parametrize(
    ("key", "value", "codes"),
    [
        (b"k", None, ["TOMBSTONE"]),
        (b"k", b"", ["MAGIC_BYTE"]),
        (b"k", b"{}", ["MAGIC_BYTE"]),
        (b"k", b"\x00\x00", ["TRUNCATED"]),
        (b"k", struct.pack(">bI", 0, 999_999) + b"x", ["UNKNOWN_SCHEMA_ID"]),
        (b"k", struct.pack(">bI", 0, 4) + b"x", ["UNKNOWN_SCHEMA_ID"]),
        (b"k", struct.pack(">bI", 0, 8) + b"\x10", ["TRUNCATED"]),
        (None, None, ["NULL_KEY", "TOMBSTONE"]),
    ],
)
def test_bytes_that_are_no_answer(pipe: Pipe, key: bytes | None, value: bytes | None, codes: list[str]) -> None:
    """Every reason at once; the partition moves on."""
    pipe.answer((key, value))
    (refused,) = pipe.quarantine()
    assert [code for code, _ in refused.faults] == codes
    pipe.answer(pipe.say(the_alert(pipe)["alert_id"], "ACKED"))
    assert the_alert(pipe)["status"] == "ACKED"


def test_the_key_is_the_alert(pipe: Pipe) -> None:
    """Under another key the order of an alert's answers would be lost."""
    _, value = pipe.say(the_alert(pipe)["alert_id"], "ACKED")
    pipe.answer((b"al-1", value), (b"", value))
    assert [[code for code, _ in refused.faults] for refused in pipe.quarantine()] == [["KEY_MISMATCH"], ["NULL_KEY"]]


def test_an_answer_from_the_future_is_a_mistake(pipe: Pipe) -> None:
    """A clock may be a little wrong; not by days."""
    alert_id = the_alert(pipe)["alert_id"]
    pipe.answer(pipe.say(alert_id, "ACKED", given_at=NOW + 2 * 86_400_000))
    assert [refused.faults for refused in pipe.quarantine()] == [[("RANGE", "given_at")]]


def test_an_answer_in_the_first_version_of_its_schema_is_read(pipe: Pipe) -> None:
    """Agencies may write with the schema they were given first."""
    alert_id = the_alert(pipe)["alert_id"]
    _, value = pipe.say(alert_id, "ACKED")
    pipe.answer((alert_id.encode(), struct.pack(">bI", 0, 5) + value[5:]))
    assert the_alert(pipe)["status"] == "ACKED"


def test_taking_back_is_timed(pipe: Pipe) -> None:
    """The cancelled event's alert ends, and how long that took is counted."""
    desk = Desk()
    funeral = desk.funeral(record="R-2")
    pipe.send_events(desk.again({**funeral, "event_id": the_alert(pipe)["evidence"][-1]}, "CANCEL", on="2026-03-20"))
    assert the_alert(pipe)["close_reason"] == "RETRACTED"
    assert pipe.tally.counts["retracted LE-01"] == 1
