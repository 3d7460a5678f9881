"""What runs out while a hub runs is told in time, once, and as a number that an alarm can stand on."""

from __future__ import annotations

import logging
from datetime import date
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from hub.bootstrap import build_journey
from hub.domain.policy import load_policy
from hub.node.reminders import Reminders
from hub.telemetry.metrics import Metrics


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(CollectorRegistry())


def reminders(tmp_path: Path, metrics: Metrics) -> Reminders:
    file = tmp_path / "policy.toml"
    file.write_text('[[assessment]]\nrule = "RE-02"\nnumber = "PIA-7"\nvalid_until = 2026-06-30\n', "utf-8")
    parts = build_journey(policy=load_policy(file), enable=["RE-02"]).parts
    return Reminders(parts.bench, parts.calendar, metrics)


def test_nothing_is_said_in_good_time(tmp_path: Path, metrics: Metrics, caplog: pytest.LogCaptureFixture) -> None:
    """Half a year before anything runs out there is nothing to do; nor before a simulated city has begun."""
    looked = reminders(tmp_path, metrics)
    with caplog.at_level(logging.WARNING):
        looked.look(date(1970, 1, 1))
        looked.look(date(2026, 1, 5))
    assert caplog.messages == []
    assert metrics.registry.get_sample_value("hub_calendar_missing_years") == 0
    assert metrics.registry.get_sample_value("hub_assessment_days_left", {"rule": "RE-02"}) == 176


def test_what_runs_out_is_said_once(tmp_path: Path, metrics: Metrics, caplog: pytest.LogCaptureFixture) -> None:
    """The assessment within a month of its end, the calendar when deadlines reach a year that is not in it."""
    looked = reminders(tmp_path, metrics)
    with caplog.at_level(logging.WARNING):
        for day in (date(2026, 6, 1), date(2026, 6, 2), date(2026, 12, 1), date(2026, 12, 2)):
            looked.look(day)
    assert [message.partition(":")[0].partition(" of")[0] for message in caplog.messages] == ["RE-02", "working days"]
    assert "PIA-7 is valid until 2026-06-30" in caplog.messages[0]
    assert metrics.registry.get_sample_value("hub_calendar_missing_years") == 1
    assert metrics.registry.get_sample_value("hub_assessment_days_left", {"rule": "RE-02"}) == -155
