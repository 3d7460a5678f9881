"""An agency's desk over the hub in memory: events go in, alerts are answered, time passes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any

from hub.bootstrap import build_journey
from hub.domain.policy import policy_from
from hub.domain.times import parse_rfc3339
from hub.local import LocalHub
from hub.pipeline.journey import Journey
from hub.rules import BY_ID, Rule

LIFE = ("LE-01", "LE-02", "LE-03", "LE-04")


@lru_cache(maxsize=8)
def journey_of(rules: tuple[Rule, ...], policy: tuple[tuple[str, int], ...] = ()) -> Journey:
    """The pipeline with these rules alone, so that a story stays free of all others."""
    parts = build_journey(policy=policy_from(dict(policy))).parts
    return Journey(replace(parts, bench=replace(parts.bench, rules=rules)))


class Office:
    """One hub in memory. Days are told as dates; an answer is given at noon."""

    def __init__(
        self,
        *events: Mapping[str, Any],
        rules: Sequence[str | Rule] = LIFE,
        policy: Mapping[str, int] | None = None,
        as_of: str | None = None,
    ) -> None:
        chosen = tuple(BY_ID[rule] if isinstance(rule, str) else rule for rule in rules)
        self.hub = LocalHub(journey_of(chosen, tuple(sorted((policy or {}).items()))))
        self.told = 0
        self.feed(events)
        if as_of:
            self.until(as_of)

    def feed(self, events: Iterable[Mapping[str, Any]]) -> None:
        for event in events:
            self.hub.feed(event)
        assert self.hub.counts["quarantined"] == 0

    def until(self, day: str) -> None:
        self.hub.advance(date.fromisoformat(day))

    def say(
        self,
        result: object,
        *,
        on: str = "2026-03-10",
        agency: object = "HRSS",
        alert: str | None = None,
        rule: str = "LE-01",
        key: str | None = None,
        **more: object,
    ) -> list[str]:
        """Answer the newest alert of a rule; returns the fault codes, none where the answer was taken in."""
        self.told += 1
        alert_id = alert or self.alert(rule)["alert_id"]
        given_at = parse_rfc3339(f"{on}T12:00:00+08:00")
        message = {"alert_id": alert_id, "agency": agency, "result": result, "given_at": given_at, **more}
        return [fault.code for fault in self.hub.answer(message, at=key or f"desk-{self.told}")]

    def alert(self, rule: str = "LE-01") -> dict[str, Any]:
        """The newest alert of a rule."""
        return self.alerts(rule)[-1]

    def alerts(self, rule: str = "LE-01") -> list[dict[str, Any]]:
        """Every alert of a rule, oldest first."""
        found = (alert for alert in self.hub.alerts() if alert["rule_id"] == rule)
        return sorted(found, key=lambda alert: alert["opened_at"])
