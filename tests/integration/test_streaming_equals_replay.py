"""The same city through a broker and through files: one pipeline, one result (contract 3, I2, I3)."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest

from hub.config import load_settings
from hub.demo import Progress, live, settle
from hub.domain.claim import State
from hub.node.clock import CityClock
from hub.node.run import node
from hub.runtime.broker import EmbeddedBroker
from hub.simulate import City
from tests.integration.stage import (
    alerts_of,
    city_of,
    differing,
    environment,
    memory_of,
    replay_city,
    residents_of,
    standing,
)

pytestmark = pytest.mark.broker
PERSONS, SEED = 400, 5


async def streamed(city: City, bootstrap: str, data_dir) -> tuple[list[State], list[dict]]:
    """The states a node holds after the whole city and its last day, and the alerts read back from the topic."""
    clock, progress = CityClock(), Progress(len(city.events))
    settings = load_settings(environment(data_dir))
    async with asyncio.timeout(90), node(settings, bootstrap, clock=clock) as running:
        while not running.ready():
            await asyncio.sleep(0.05)
        await live(running, city, clock, 0.0, progress)
        await settle(running, clock, date.fromisoformat(city.truth["as_of"]), progress)
        states = [running.parts.wire.read_state(value) async for _, value in running.parts.store.scan()]
        return states, list(running.feed.view.documents())


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """(the states replay ends with, the states the node ends with, the alerts on its topic)."""
    folder, city = tmp_path_factory.mktemp("city"), city_of(PERSONS, SEED)
    replayed = list(replay_city(city, folder, date.fromisoformat(city.truth["as_of"])).states())
    with EmbeddedBroker(folder) as broker:
        return replayed, *asyncio.run(streamed(city, broker.bootstrap, folder))


def test_the_node_holds_the_residents_that_replay_writes(both):
    """Every shared record is equal byte for byte: batches, hops and partitions leave no trace in it."""
    replayed, held, _ = both
    assert len(residents_of(held)) > PERSONS
    assert differing(residents_of(held), residents_of(replayed)) == []


def test_the_node_took_in_what_replay_took_in(both):
    """Claims, notices, relays and ledgers of every subject are equal: no message was lost or taken in twice."""
    replayed, held, _ = both
    assert differing(memory_of(held), memory_of(replayed)) == []


def test_the_same_alerts_stand_with_the_same_times(both):
    """Standing alerts are equal in all they say, opened_at and due_at included, in the store and on the topic."""
    replayed, held, told = both
    expected = standing(alerts_of(replayed).values())
    assert len(expected) > 50
    assert differing(standing(alerts_of(held).values()), expected) == []
    assert differing(standing(told), expected) == []


def test_the_topic_says_of_every_alert_what_the_store_holds(both):
    """No alert was published that the hub does not know, none is known that was not published, none is out of date."""
    _, held, told = both
    assert differing({alert["alert_id"]: alert for alert in told}, alerts_of(held)) == []
