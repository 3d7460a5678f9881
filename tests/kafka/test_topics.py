"""`hub topics apply` on a real broker: every difference shown, mended once, and nothing ever made smaller."""

from __future__ import annotations

import json

import pytest
from kafka.admin import ConfigResource, ConfigResourceType

from hub.runtime import topics
from hub.runtime.admin import configs_of
from tests.integration.stage import until
from tests.kafka.conftest import PARTITIONS
from tests.kafka.inside import hub_inside

pytestmark = pytest.mark.kafka


def applied(site, *options: str, **settings: str) -> list[dict[str, str]]:
    """Lines that differ, as --json tells them."""
    told = json.loads(site.hub("topics", "apply", "--json", *options, **settings))
    differing = [line for line in told["lines"] if line["there"] != line["wanted"]]
    assert len(differing) == told["differences"]
    return differing


def set_on_broker(site, topic: str, **settings: str) -> None:
    named = {name.replace("_", "."): value for name, value in settings.items()}
    with site.cluster.admin() as admin:
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs=named)])
    until(lambda: named.items() <= config(site, topic).items(), 60)  # the controller has it before the broker tells it


def config(site, topic: str) -> dict[str, str]:
    with site.cluster.admin() as admin:
        return configs_of(admin, [topic])[topic]


def partitions(site) -> dict[str, int]:
    with site.cluster.admin() as admin:
        return {topic["name"]: len(topic["partitions"]) for topic in admin.describe_topics()}


def test_a_dry_run_shows_everything_and_changes_nothing(site):
    """On an empty broker: ten topics to create, none created."""
    lines = applied(site, "--dry-run")
    assert {line["topic"] for line in lines} == {spec.name for spec in topics.TOPICS}
    assert {line["action"] for line in lines} == {"create"}
    assert partitions(site) == {}


def test_the_first_time_creates_and_the_second_finds_nothing(site):
    """All topics of the contract, with their settings in force on the broker; then there is nothing to do."""
    assert applied(site)
    assert applied(site) == []
    assert partitions(site) == {spec.name: PARTITIONS for spec in topics.TOPICS}
    subjects, claims = config(site, topics.SUBJECTS), config(site, topics.CLAIMS)
    assert (subjects["cleanup.policy"], claims["cleanup.policy"]) == ("compact", "delete")
    assert int(claims["retention.ms"]) == 30 * 24 * 3600 * 1000
    assert int(subjects["max.message.bytes"]) > 1_048_576
    assert subjects["min.insync.replicas"] == "1"  # there is one node


def test_what_somebody_changed_is_shown_and_mended(site):
    """Retention cut to an hour is lengthened again; one made longer by an operator is left alone, and shown."""
    set_on_broker(site, topics.CLAIMS, retention_ms="3600000")
    set_on_broker(site, topics.QUARANTINE, retention_ms="-1")
    before = {(line["topic"], line["there"], line["action"]) for line in applied(site, "--dry-run")}
    assert before == {(topics.CLAIMS, "3600000", "change"), (topics.QUARANTINE, "-1", "keep")}
    assert len(applied(site)) == 2
    until(lambda: config(site, topics.CLAIMS)["retention.ms"] != "3600000", 60)
    assert config(site, topics.QUARANTINE)["retention.ms"] == "-1"
    assert [line["topic"] for line in applied(site)] == [topics.QUARANTINE]


def test_larger_messages_want_larger_limits_first(site):
    """A worker that may write 3 MB refuses to start on topics that take one; `hub topics apply` raises the limits."""
    larger = {"HUB_MAX_MESSAGE_BYTES": "3000000"}
    refused = hub_inside("worker", env=site.env(**larger))
    assert refused.returncode == 1
    assert refused.stderr.count("run: hub topics apply") == len(topics.TOPICS)
    assert {line["setting"] for line in applied(site, **larger)} >= {"max.message.bytes"}
    until(lambda: all(int(config(site, spec.name)["max.message.bytes"]) > 3_000_000 for spec in topics.TOPICS), 60)
    with site.worker(**larger) as worker:
        worker.ready()
    assert {line["setting"] for line in applied(site)} == {"max.message.bytes", "retention.ms"}  # kept, not lowered
    assert int(config(site, topics.SUBJECTS)["max.message.bytes"]) > 3_000_000


def test_more_partitions_where_keys_would_move_are_refused_whole(site):
    """HUB_PARTITIONS=8 on topics with 4: nothing changes, and every refusal names the procedure."""
    refused = hub_inside("topics", "apply", env=site.env(HUB_PARTITIONS="8"))
    assert refused.returncode == 1
    for name in (topics.CLAIMS, topics.SUBJECTS, topics.RESIDENTS, topics.ALERTS):
        assert f"refused: {name}" in refused.stderr
    assert refused.stderr.count("docs/operations.md") == 4
    assert set(partitions(site).values()) == {PARTITIONS}


def test_fewer_partitions_than_there_are_change_nothing(site):
    """HUB_PARTITIONS=2 on topics with 4: kept, and said."""
    lines = applied(site, HUB_PARTITIONS="2")
    kept = [line for line in lines if line["setting"] == "partitions"]
    assert {(line["action"], line["there"]) for line in kept} == {("keep", "4")}
    assert set(partitions(site).values()) == {PARTITIONS}


def test_partitions_of_an_agencys_topic_may_grow(site):
    """Raised by hand on one; the others follow no further than they may."""
    with site.cluster.admin() as admin:
        admin.create_partitions({topics.AGENCY_TOPICS["PSB"]: PARTITIONS + 2})
    until(lambda: partitions(site)[topics.AGENCY_TOPICS["PSB"]] == PARTITIONS + 2, 60)
    assert "keep" in {line["action"] for line in applied(site) if line["setting"] == "partitions"}
    assert partitions(site)[topics.AGENCY_TOPICS["PSB"]] == PARTITIONS + 2
