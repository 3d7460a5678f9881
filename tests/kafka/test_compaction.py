"""Kafka forgets superseded states of `hub.subjects.v1`, and a store rebuilt from what is left is the same (I7)."""

from __future__ import annotations

import msgspec
import pytest
from kafka import KafkaConsumer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType
from redis import Redis

from hub.runtime import topics
from tests.integration.kills import split, until_quiet
from tests.integration.stage import city_of, latest, until
from tests.kafka.conftest import PARTITIONS, Site
from tools.services.kafka import KafkaCluster
from tools.services.redis import RedisServer

pytestmark = pytest.mark.kafka
# Segments that are closed, and worth cleaning, at once; an operator's topics take days over it.
HASTY = {
    "segment.ms": "500",
    "min.cleanable.dirty.ratio": "0.01",
    "min.compaction.lag.ms": "0",
    "max.compaction.lag.ms": "500",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("compaction")
    cleaner = {"log.cleaner.backoff.ms": "500"}
    with KafkaCluster(folder / "kafka", overrides=cleaner) as cluster, RedisServer(folder / "redis") as redis:
        yield Site(folder, cluster, redis)


def held_and_written(site: Site) -> tuple[int, int]:
    """How many states the topic holds, and how many were ever written to it."""
    consumer = KafkaConsumer(bootstrap_servers=site.cluster.bootstrap, enable_auto_commit=False)
    partitions = [TopicPartition(topics.SUBJECTS, number) for number in range(PARTITIONS)]
    ends = consumer.end_offsets(partitions)
    consumer.assign(partitions)
    consumer.seek_to_beginning(*partitions)
    held = 0
    while any(consumer.position(tp) < ends[tp] for tp in partitions):
        held += sum(len(records) for records in consumer.poll(timeout_ms=200).values())
    consumer.close()
    return held, sum(ends.values())


def test_what_compaction_leaves_rebuilds_the_same_store(site, tmp_path):
    """A third of the states and more are gone from the topic; FLUSHALL, a new worker: same bytes, wake-ups, markers."""
    site.hub("topics", "apply")
    with site.cluster.admin() as admin:
        done = admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topics.SUBJECTS, configs=HASTY)])
        assert done["topic"] == {topics.SUBJECTS: "OK"}
    events = tmp_path / "events.jsonl"
    events.write_bytes(b"".join(line for line in city_lines(80)))
    with site.worker(HUB_BATCH_RECORDS="100") as worker:
        worker.ready()
        for part in split(events, 3):
            site.hub("ingest", str(part))
            until_quiet(site.redis.url, still=1.0)

        def compacted() -> bool:
            held, written = held_and_written(site)
            return held < written * 2 / 3

        until(compacted, 180, lambda: f"states held and written: {held_and_written(site)}")
        before = until_quiet(site.redis.url)
        assert worker.end() == 0, worker.told()
    held, written = held_and_written(site)
    print(f"{written} states written, {held} held after compaction, {len(before.states)} subjects")
    with Redis.from_url(site.redis.url) as redis:
        redis.flushall()
    with site.worker("again") as again:
        again.ready()
        assert until_quiet(site.redis.url) == before
        assert again.end() == 0, again.told()
    (on_topic,) = latest(site.cluster.bootstrap, topics.SUBJECTS)
    assert on_topic == before.states


def city_lines(persons: int) -> list[bytes]:
    """A city's events, one a line."""
    return [msgspec.json.encode(event) + b"\n" for event in city_of(persons, 5).events]
