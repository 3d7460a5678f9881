"""Stories in the notation of the example book: which alerts stand when they end, and what is on record by then."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hub import Hub
from hub.rules.examples import events_in

Events = list[dict[str, Any]]
Story = str | Events


def standing(story: Story, as_of: str, *rules: str, policy: dict[str, int | str] | None = None) -> list[dict[str, Any]]:
    """Standing alerts of these rules, by rule and fingerprint; told backwards, the same stand and show the same."""
    found = [standing_once(told, as_of, rules, policy) for told in _both_ways(story)]
    forwards, backwards = ([(alert["fingerprint"], alert["show"]) for alert in alerts] for alerts in found)
    assert forwards == backwards
    return found[0]


def standing_once(
    events: Events, as_of: str, rules: Iterable[str], policy: dict[str, int | str] | None = None
) -> list[dict[str, Any]]:
    """The same of events told in this order alone. Nothing was refused."""
    hub = Hub(as_of=as_of, enable=tuple(rules), policy=policy).feed(events)
    assert hub.quarantine == []
    found = (alert for alert in hub.alerts if alert["status"] != "CLOSED" and alert["rule_id"] in rules)
    return sorted(found, key=lambda alert: (alert["rule_id"], alert["fingerprint"]))


def shown(story: Story, as_of: str, *rules: str, policy: dict[str, int | str] | None = None) -> list[dict[str, Any]]:
    """What the standing alerts of these rules show."""
    return [alert["show"] for alert in standing(story, as_of, *rules, policy=policy)]


def golden(story: Story, name: str = "王伟", as_of: str = "2026-06-30") -> dict[str, dict[str, Any]]:
    """One person's record, attribute by attribute; told backwards, the same."""
    forwards, backwards = (_golden(told, name, as_of) for told in _both_ways(story))
    assert forwards == backwards
    return forwards


def record(story: Story, name: str = "王伟") -> dict[str, Any]:
    """The values alone of one person's record."""
    return {attribute: found["value"] for attribute, found in golden(story, name).items()}


def _golden(events: Events, name: str, as_of: str) -> dict[str, dict[str, Any]]:
    hub = Hub(as_of=as_of).feed(events)
    assert hub.quarantine == []
    (found,) = [r["golden"] for r in hub.residents if r["golden"] and r["golden"]["name"]["value"] == name]
    return dict(found)


def _both_ways(story: Story) -> tuple[Events, Events]:
    events = events_in(story) if isinstance(story, str) else story
    return events, events[::-1]
