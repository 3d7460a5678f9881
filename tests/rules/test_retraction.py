"""Everywhere: what is taken back takes its alerts with it (point 28 of the brief; PIPL 46)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from hub.rules import RULES, Rule
from hub.rules.base import Example
from hub.rules.examples import events_in, examples_of
from tests.journeys.office import Office


def _office(rule: Rule, example: Example) -> tuple[Office, list[dict[str, Any]]]:
    events = sorted(events_in(example.events), key=lambda event: event["publish_time"])
    return Office(*events, rules=[rule], as_of=example.as_of.isoformat()), events


def _standing(office: Office, rule: Rule) -> dict[str, dict[str, Any]]:
    return {a["alert_id"]: a for a in office.alerts(rule.id) if a["status"] != "CLOSED"}


def _cancelled(event: dict[str, Any], events: list[dict[str, Any]], day: str) -> dict[str, Any]:
    """The agency takes the event back on that day."""
    record = [e for e in events if e["source_record_id"] == event["source_record_id"]]
    moment = f"{day}T23:59:59.500+08:00"
    return {
        **event,
        "event_id": event["event_id"][:-6] + "ffffff",
        "source_seq": max(e["source_seq"] for e in record) + 1,
        "op": "CANCEL",
        "supersedes": event["event_id"],
        "record_time": moment,
        "publish_time": moment,
    }


def _retractions(rule: Rule) -> Iterator[tuple[str, str | None, bool]]:
    """(evidence taken back, why the alert closed or None, whether it names the cancellation), over a rule's stories."""
    for example in examples_of(rule.id):
        _, events = _office(rule, example)
        for alert in _standing(_office(rule, example)[0], rule).values():
            for event in (e for e in events if e["event_id"] in alert["evidence"]):
                office, _ = _office(rule, example)
                cancel = _cancelled(event, events, example.as_of.isoformat())
                office.feed([cancel])
                after = next(a for a in office.alerts(rule.id) if a["alert_id"] == alert["alert_id"])
                yield event["event_type"], after["close_reason"], after["closing_event_id"] == cancel["event_id"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_an_alert_goes_with_its_evidence(rule: Rule) -> None:
    """Each rule has stories whose alert ends when an event it stands on is cancelled: RETRACTED, by that event."""
    found = list(_retractions(rule))
    ended = [(event_type, reason, named) for event_type, reason, named in found if reason is not None]
    assert ended, f"no cancellation ends an alert: {found}"
    assert [told for told in ended if told[1:] != ("RETRACTED", True)] == []
