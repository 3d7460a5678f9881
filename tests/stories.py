"""Stories in the notation of the example book (hub.rules.examples), and the alerts that stand when they end."""

from __future__ import annotations

from typing import Any

from hub import Hub
from hub.rules.examples import events_in

Story = str | list[dict[str, Any]]


def standing(story: Story, as_of: str, *rules: str, policy: dict[str, int | str] | None = None) -> list[dict[str, Any]]:
    """Standing alerts of these rules, by fingerprint. Nothing was refused, no rule failed; told backwards the same."""
    events = events_in(story) if isinstance(story, str) else story
    found = [_standing(told, as_of, rules, policy) for told in (events, events[::-1])]
    assert [alert["fingerprint"] for alert in found[0]] == [alert["fingerprint"] for alert in found[1]]
    return found[0]


def shown(story: Story, as_of: str, rule: str, policy: dict[str, int | str] | None = None) -> list[dict[str, Any]]:
    """What the standing alerts of one rule show."""
    return [alert["show"] for alert in standing(story, as_of, rule, policy=policy)]


def _standing(
    events: list[dict[str, Any]], as_of: str, rules: tuple[str, ...], policy: dict[str, int | str] | None
) -> list[dict[str, Any]]:
    hub = Hub(as_of=as_of, enable=rules, policy=policy).feed(events)
    assert hub.quarantine == []
    found = (alert for alert in hub.alerts if alert["status"] != "CLOSED" and alert["rule_id"] in rules)
    return sorted(found, key=lambda alert: alert["fingerprint"])
