"""More partitions on a real broker: refused without the procedure, and with it nothing is lost (I2, I3)."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest
from kafka.admin import KafkaAdminClient

from hub.runtime import topics
from tests.integration.kills import split, until_quiet
from tests.integration.stage import (
    alerts_of,
    city_of,
    differing,
    hub_process,
    latest,
    memory_of,
    replay_city,
    residents_of,
    run_hub,
    standing,
    until,
    wire,
)
from tests.kafka.conftest import PARTITIONS, Site

pytestmark = pytest.mark.kafka
PERSONS, SEED, MORE = 120, 5, 7
SHANGHAI = timezone(timedelta(hours=8))


def alter(site: Site, count: int) -> None:
    """What somebody does who has not read the manual."""
    admin = KafkaAdminClient(bootstrap_servers=site.cluster.bootstrap)
    admin.create_partitions(dict.fromkeys(topics.CO_PARTITIONED, count))
    admin.close()


def count_of(site: Site) -> int:
    admin = KafkaAdminClient(bootstrap_servers=site.cluster.bootstrap)
    try:
        return len(admin.describe_topics([topics.SUBJECTS])[0]["partitions"])
    finally:
        admin.close()


def told_by(site: Site, command: str, log: str) -> str:
    """What a worker says that ends by itself."""
    with hub_process(command, env=site.env(), log=site.folder / log) as refused:
        until(lambda: refused._process.poll() is not None, 90, refused.told)
        return " ".join(refused.told().split())


def test_a_raised_partition_count_is_refused_until_the_states_have_moved(site):
    """A city goes on after the procedure as if there had always been that many partitions, its backlog included."""
    expected = replay_city(city_of(PERSONS, SEED), site.folder, datetime.now(SHANGHAI).date())
    first, backlog, last = split(site.folder / "events.jsonl", 3)
    site.hub("topics", "apply")
    with site.worker("before") as worker:
        worker.ready()
        site.hub("ingest", str(first))
        until_quiet(site.redis.url, seconds=120.0)
        busy = run_hub("repartition", "--to", str(MORE), env=site.env())
        assert busy.returncode == 1
        assert "stop all workers" in " ".join(busy.stderr.split())
        assert count_of(site) == PARTITIONS
        site.hub("ingest", str(backlog))  # nobody has absorbed all of it when the worker goes
        assert worker.end() == 0
    alter(site, MORE)
    assert f"hub repartition --to {MORE}" in told_by(site, "worker", "refused.log")
    site.redis.flush()  # a store that was lost does not know either; the states themselves tell
    assert "belong to another partition" in told_by(site, "worker", "misplaced.log")
    moved = json.loads(site.hub("repartition", "--to", str(MORE), "--json"))
    assert all(moved[topic] for topic in (topics.SUBJECTS, topics.RESIDENTS, topics.ALERTS))
    again = json.loads(site.hub("repartition", "--to", str(MORE), "--json"))
    assert not any(again[topic] for topic in (topics.SUBJECTS, topics.RESIDENTS, topics.ALERTS))
    with site.worker("after") as worker:
        worker.ready(90)
        site.hub("ingest", str(last))
        found = until_quiet(site.redis.url, seconds=180.0, still=5.0, partitions=MORE)
    states, wanted = [wire().read_state(value) for value in found.states.values()], list(expected.states())
    assert differing(memory_of(states), memory_of(wanted)) == []
    assert differing(residents_of(states), residents_of(wanted)) == []
    stands = standing(alerts_of(states).values())
    assert len(stands) > 10
    assert differing(stands, standing(alerts_of(wanted).values())) == []
    on_alerts, on_subjects = latest(site.cluster.bootstrap, topics.ALERTS, topics.SUBJECTS)
    assert differing({k: v for k, v in on_subjects.items() if v}, found.states) == []
    told = {wire().read_alert(value)["fingerprint"] for value in on_alerts.values() if value and is_open(value)}
    assert told == stands.keys()


def is_open(value: bytes) -> bool:
    return bool(wire().read_alert(value)["status"] != "CLOSED")
