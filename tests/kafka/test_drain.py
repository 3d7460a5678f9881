"""SIGTERM amid a city: what was read is finished, committed, and never read again."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator

import httpx
import pytest
from kafka import KafkaConsumer, TopicPartition
from prometheus_client.parser import text_string_to_metric_families

from hub.runtime import topics
from tests.integration.clients import case
from tests.integration.kills import entered, states_in, stored, until_quiet
from tests.integration.stage import HubProcess, until, wire
from tests.kafka.conftest import PARTITIONS

pytestmark = pytest.mark.kafka
CASES = 1500
GROUP = "resident-hub"


def ledgered(site) -> list[str]:
    """Ids of the events that the store has taken in, each as often as it is in a book."""
    return entered(states_in(stored(site.redis.url)))


def committed(site, *names: str) -> dict[TopicPartition, int]:
    """Where the group would read on."""
    with site.cluster.admin() as admin:
        found = admin.list_group_offsets([GROUP])[GROUP]
    return {partition: entry.offset for partition, entry in found.items() if partition.topic in names}


def booked_claims(site, below: dict[TopicPartition, int] | None = None) -> int:
    """How many events' entries into a record's book stand on hub.claims.v1, below these offsets."""
    return sum(
        1
        for tp, offset, value in everything(site, topics.CLAIMS)
        if wire().read_parcel(value).kind == "record" and (below is None or offset < below.get(tp, 0))
    )


def everything(site, topic: str) -> Iterator[tuple[TopicPartition, int, bytes]]:
    consumer = KafkaConsumer(bootstrap_servers=site.cluster.bootstrap, enable_auto_commit=False)
    partitions = [TopicPartition(topic, number) for number in range(PARTITIONS)]
    ends = consumer.end_offsets(partitions)
    consumer.assign(partitions)
    consumer.seek_to_beginning(*partitions)
    while any(consumer.position(tp) < ends[tp] for tp in partitions):
        for tp, records in consumer.poll(timeout_ms=200).items():
            yield from ((tp, record.offset, record.value) for record in records)
    consumer.close()


def outcomes(process: HubProcess) -> dict[str, float]:
    """hub_events_total by outcome, of this process since its start."""
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(httpx.get(f"{process.url}/metrics").raise_for_status().text):
        for sample in family.samples:
            if sample.name == "hub_events_total":
                found[sample.labels["outcome"]] = found.get(sample.labels["outcome"], 0) + sample.value
    return found


def test_a_clean_stop_reads_nothing_twice(site, tmp_path):
    """Exit code 0 amid work; what is committed is what is in the store; the next life meets no duplicate (I4)."""
    site.hub("topics", "apply")
    file = tmp_path / "city.jsonl"
    events = [event for sequence in range(1, CASES // 2) for event in case(sequence)]
    file.write_text("".join(f"{json.dumps(event)}\n" for event in events))
    site.hub("ingest", str(file))
    with site.worker(HUB_BATCH_RECORDS="50") as first:
        until(lambda: len(ledgered(site)) > 0, 60, first.told)
        assert first.end(signal.SIGTERM, 60) == 0, first.told()
    done = ledgered(site)
    assert 0 < len(done) < len(events)
    assert len(done) == len(set(done))
    assert sum(committed(site, *topics.AGENCY_TOPICS.values()).values()) == booked_claims(site)
    assert len(done) == booked_claims(site, committed(site, topics.CLAIMS))
    with site.worker("second") as second:
        second.ready()
        until(lambda: len(ledgered(site)) == len(events), 120, second.told)
        until_quiet(site.redis.url, still=1.0)
        assert outcomes(second) == {"applied": len(events) - len(done)}
        assert second.end(signal.SIGTERM) == 0, second.told()
    assert sorted(ledgered(site)) == sorted(event["event_id"] for event in events)
