"""A whole simulated city: what stands is what was injected, in any order, and the same bytes twice."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from random import Random

import pytest

from hub.bootstrap import build_journey
from hub.local import LocalHub
from hub.replay import replay, write_results
from hub.simulate import City, simulate, write_city
from hub.truth import compare
from tests.journeys.shuffle_city import outcome, shuffled

AS_OF = date(2026, 6, 30)


@pytest.fixture(scope="module")
def city() -> City:
    return simulate(persons=400, days=730, seed=11)


@pytest.mark.parametrize("enable", [(), ("RE-02", "LE-06"), ("all",)], ids=["defaults", "two more", "all"])
def test_what_stands_is_what_the_city_injected(city: City, tmp_path: Path, enable: tuple[str, ...]) -> None:
    """Replaying a city's file finds every alert that must stand and no other, and accounts for every event."""
    write_city(city, tmp_path)
    hub = replay(build_journey(enable=enable), [tmp_path / "events.jsonl"], AS_OF)
    found = compare(city.truth, city.events, hub.residents(), hub.alerts(), enable=enable)
    assert (found.missing, found.wrong, found.forbidden) == ((), (), 0)
    assert found.expected > 100
    assert hub.counts["events"] == hub.counts["applied"] + hub.counts["duplicate"] == len(city.events)


def test_a_lost_event_is_noticed(city: City) -> None:
    """The comparison can fail: without the pension stops, dead pensioners stand that must not."""
    kept = [e for e in city.events if e["event_type"] != "hrss.pension_status_changed"]
    hub = replay_events(kept)
    assert not compare(city.truth, kept, hub.residents(), hub.alerts()).right


def test_the_same_file_gives_the_same_bytes(city: City, tmp_path: Path) -> None:
    """Two runs write four equal files."""
    write_city(city, tmp_path)
    for run in ("one", "two"):
        write_results(replay(build_journey(), [tmp_path / "events.jsonl"], AS_OF), tmp_path / run, AS_OF)
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert names == [
        "alerts.jsonl",
        "evidence.jsonl",
        "notes.jsonl",
        "quarantine.jsonl",
        "residents.jsonl",
        "summary.json",
    ]
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_the_city_in_any_order_ends_the_same(city: City) -> None:
    """Three shuffles with duplicates: same residents byte for byte, same standing alerts."""
    expected = outcome(city.events, AS_OF)
    for seed in range(3):
        assert outcome(shuffled(city.events, Random(seed)), AS_OF) == expected


def replay_events(events):
    hub = LocalHub(build_journey())
    for event in events:
        hub.feed(event)
    hub.advance(AS_OF)
    return hub
