"""Edges of the ID rules that mutation testing found unguarded: who is asked about a number, and who is left alone."""

from __future__ import annotations

from typing import Any

from hub import Hub
from hub.rules.examples import events_in


def alerts(story: str, rule: str) -> list[dict[str, Any]]:
    """Standing alerts of a rule; told backwards the same stand."""
    events = events_in(story)
    found = [_alerts(told, rule) for told in (events, events[::-1])]
    assert [a["alert_id"] for a in found[0]] == [a["alert_id"] for a in found[1]]
    return found[0]


def _alerts(events: list[dict[str, Any]], rule: str) -> list[dict[str, Any]]:
    hub = Hub(as_of="2026-06-30").feed(events)
    assert hub.quarantine == []
    standing = [a for a in hub.alerts if a["status"] != "CLOSED" and a["rule_id"] == rule]
    return sorted(standing, key=lambda alert: alert["alert_id"])


def test_an_infant_goes_on_under_the_number_that_the_registration_gave() -> None:
    """The certificate was corrected before: its file is to be re-keyed to the registered number, and shown it (ID-04).

    No correction ever named that number.
    """
    certificate, corrected = "Z429801202600001", "Z429801202600002"
    infant = "李小雨 subject.id_type=BIRTH_CERT subject.id_no"
    (alert,) = alerts(
        f"""
        2026-01-20 hrss.medical_coverage_changed {infant}={certificate}
        2026-01-22 psb.item_corrected {infant}={corrected} item=ID_NO old_value={certificate} new_value={corrected}
        2026-01-25 psb.birth_registered 李小雨 birth_cert_no={corrected}
        """,
        "ID-04",
    )
    assert alert["show"]["new_masked"] == "429801********0085"
