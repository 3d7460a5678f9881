"""The law of the design: any order and any duplication of the same events end in the same place."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from hub import Hub
from hub.rules.examples import events_in
from tests.journeys.histories import history

AS_OF = "2026-12-31"
# What an alert went through depends on what arrived when; what stands, and since when, does not.
_HISTORY = {"closed_at", "close_reason", "closing_event_id", "alert_id", "frozen_by"}


def outcome(events: list[dict[str, Any]]) -> tuple[Any, Any, Any]:
    hub = Hub(as_of=AS_OF).feed(events)
    alerts = sorted(
        (
            {k: v for k, v in alert.items() if k not in _HISTORY}
            for alert in hub.alerts
            if alert["status"] not in ("CLOSED",)
        ),
        key=lambda alert: alert["fingerprint"],
    )
    counts = hub.counts
    assert counts["events"] == counts["applied"] + counts["duplicate"] + counts.get("quarantined", 0)
    return hub.residents, alerts, counts["applied"]


@pytest.mark.parametrize("seed", range(36))
def test_every_order_ends_in_the_same_place(seed: int) -> None:
    """Shuffled, duplicated, in two halves: same residents byte for byte, same standing alerts with the same times."""
    random = Random(seed)
    events = history(random, random.randrange(4, 40))
    expected = outcome(events)
    for _ in range(4):
        shuffled = events + random.choices(events, k=len(events) // 4)
        random.shuffle(shuffled)
        assert outcome(shuffled) == expected


@pytest.mark.parametrize(
    ("event_type", "otherwise"),
    [
        ("hrss.eligibility_verified", "subject.name=王玮"),
        ("mca.aid_granted", "aid_class=GX"),
        ("psb.migrated_in", "household_no=HK-2"),
    ],
)
def test_one_event_id_on_two_records_ends_in_the_same_place(event_type: str, otherwise: str) -> None:
    """A connector that gives an id twice is wrong, and even then no worker may hold what another does not."""
    day = "2020-04-01"
    events = events_in(f"{day} {event_type} 王伟\n{day} {event_type} 王伟 {otherwise}")
    events[1]["event_id"] = events[0]["event_id"]
    expected = outcome(events)
    assert expected[2] == 2
    assert outcome(events[::-1]) == expected
