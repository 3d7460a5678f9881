"""Every alert of the example book as it was published: an upgrade must not change one unseen.

A fingerprint that changes closes every standing alert of its rule and opens it anew; another deadline or another thing
shown is a change agencies must be told of. Where a change is meant, or a story was added or rewritten, write the file
anew and read its difference:

    python tests/rules/test_book_alerts.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hub import Hub
from hub.rules import RULES, Rule
from hub.rules.base import Example
from hub.rules.examples import events_in, examples_of

PUBLISHED = Path(__file__).parents[1] / "data" / "book_alerts.json"
STORIES = [(rule, example) for rule in RULES for example in examples_of(rule.id)]
FIELDS = ("rule_id", "status", "fingerprint", "acting_agency", "cc", "opened_at", "due_at", "show")


def alerts_of(rule: Rule, example: Example) -> list[dict[str, Any]]:
    """What agencies receive when the story ends; evidence as lines of the story, for the ids are made up."""
    events = events_in(example.events)
    hub = Hub(as_of=example.as_of, enable=() if rule.default_on else (rule.id,)).feed(events)
    lines = {event["event_id"]: number for number, event in enumerate(events, 1)}
    told = [
        {**{name: alert[name] for name in FIELDS}, "evidence": sorted(lines[event] for event in alert["evidence"])}
        for alert in hub.alerts
    ]
    return sorted(told, key=lambda alert: (alert["rule_id"], alert["opened_at"], alert["fingerprint"]))


def _name(value: object) -> str:
    return value.id if isinstance(value, Rule) else value.title.en if isinstance(value, Example) else str(value)


@pytest.mark.parametrize(("rule", "example"), STORIES, ids=_name)
def test_a_story_publishes_what_it_always_published(rule: Rule, example: Example) -> None:
    """Fingerprint, addressees, deadline, evidence and what is shown are those on file, where the story is."""
    published = json.loads(PUBLISHED.read_text("utf-8")).get(rule.id, {}).get(example.title.en)
    if published is not None:
        assert json.loads(json.dumps(alerts_of(rule, example))) == published


def test_every_rule_is_on_file() -> None:
    """At least one published alert of each."""
    published = json.loads(PUBLISHED.read_text("utf-8"))
    found = {a["rule_id"] for stories in published.values() for alerts in stories.values() for a in alerts}
    assert found >= {rule.id for rule in RULES}


def _write() -> None:
    book: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for rule, example in STORIES:
        book.setdefault(rule.id, {})[example.title.en] = alerts_of(rule, example)
    PUBLISHED.write_text(json.dumps(book, ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    _write()
