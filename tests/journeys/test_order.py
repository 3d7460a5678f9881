"""The law of the design: any order and any duplication of the same events end in the same place."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from hub import Hub
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
