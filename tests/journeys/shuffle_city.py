"""A whole city in any order: `python -m tests.journeys.shuffle_city --persons 2000 --shuffles 20`.

Every run feeds the same events shuffled with 5 % of them twice, and must end in the same residents, byte for byte, and
the same standing alerts with the same times, as the run in order of publication.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from datetime import date
from random import Random
from typing import Any

from hub.bootstrap import build_journey
from hub.local import LocalHub
from hub.simulate import simulate

# What an alert went through depends on what arrived when; what stands, and since when, does not.
HISTORY = ("closed_at", "close_reason", "closing_event_id", "alert_id", "frozen_by")


def outcome(events: list[dict[str, Any]], as_of: date) -> str:
    """A digest of everything that must not depend on the order."""
    hub = LocalHub(build_journey())
    for number, event in enumerate(events):
        hub.feed(event, at=str(number))
    hub.advance(as_of)
    if hub.counts["events"] != hub.counts["applied"] + hub.counts["duplicate"] or hub.counts["rule_errors"]:
        raise AssertionError(f"events not accounted for: {dict(hub.counts)}")
    standing = sorted(
        json.dumps({k: v for k, v in alert.items() if k not in HISTORY}, ensure_ascii=False, sort_keys=True)
        for alert in hub.alerts()
        if alert["status"] != "CLOSED"
    )
    residents = [json.dumps(resident, ensure_ascii=False) for resident in hub.residents()]
    return hashlib.sha256("\n".join([*residents, *standing]).encode()).hexdigest()


def shuffled(events: list[dict[str, Any]], random: Random) -> list[dict[str, Any]]:
    """The events in any order, one in twenty of them twice."""
    mixed = events + random.choices(events, k=len(events) // 20)
    random.shuffle(mixed)
    return mixed


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--persons", type=int, default=2000)
    parser.add_argument("--days", type=int, default=730)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--shuffles", type=int, default=20)
    chosen = parser.parse_args()
    city = simulate(chosen.persons, chosen.days, chosen.seed)
    as_of = date.fromisoformat(city.truth["as_of"])
    began = time.monotonic()
    expected = outcome(city.events, as_of)
    same = 0
    for number in range(chosen.shuffles):
        same += outcome(shuffled(city.events, Random(number)), as_of) == expected
        print(f"{number + 1} shuffles, {same} the same, {time.monotonic() - began:.0f} s", flush=True)
    return 0 if same == chosen.shuffles else 1


if __name__ == "__main__":
    sys.exit(main())
