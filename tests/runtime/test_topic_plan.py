"""What `hub topics apply` makes of topics as they are; the real broker's part is in tests/kafka/test_topics.py."""

from __future__ import annotations

import pytest

from hub.runtime.topic_plan import Action, Found, Wishes, make_plan
from hub.runtime.topic_settings import Bound, Setting, TopicSpec
from hub.runtime.topics import CLAIMS, CO_PARTITIONED, SUBJECTS

WISHES = Wishes(4, 1_048_576)
PLAIN, STATES = TopicSpec("plain"), TopicSpec("states", compacted=True)
PAIR = [TopicSpec(CLAIMS), TopicSpec(SUBJECTS, compacted=True)]


def as_asked(spec: TopicSpec, partitions: int = 4, replicas: int = 3, **changes: str) -> Found:
    config = spec.config(WISHES.max_message_bytes, replicas)
    return Found(partitions, replicas, {**config, **{name.replace("_", "."): value for name, value in changes.items()}})


def plan_for(spec: TopicSpec, found: Found, wishes: Wishes = WISHES):
    return make_plan([spec], {spec.name: found}, wishes, CO_PARTITIONED)


@pytest.mark.parametrize("spec", [PLAIN, STATES])
def test_topics_as_they_should_be_differ_in_nothing(spec):
    """Applied twice, the second time finds nothing to do."""
    assert plan_for(spec, as_asked(spec)).differences == []


def test_what_is_missing_is_created_with_every_setting():
    """Partitions, replicas and all configuration of a new topic are on the plan."""
    plan = make_plan([STATES], {}, Wishes(6, 2_000_000, 3), CO_PARTITIONED)
    wanted = {line.setting: line.wanted for line in plan.of(Action.CREATE)}
    assert (wanted["partitions"], wanted["replicas"], wanted["min.insync.replicas"]) == ("6", "3", "2")
    assert (wanted["cleanup.policy"], int(wanted["max.message.bytes"]) > 2_000_000) == ("compact", True)


@pytest.mark.parametrize(
    ("name", "there", "action"),
    [
        ("retention_ms", "1000", Action.CHANGE),
        ("retention_ms", "99999999999", Action.KEEP),
        ("retention_ms", "-1", Action.KEEP),
        ("retention_bytes", "1000000", Action.CHANGE),
        ("max_message_bytes", "1000", Action.CHANGE),
        ("max_message_bytes", "9999999", Action.KEEP),
        ("min_insync_replicas", "1", Action.CHANGE),
        ("min_insync_replicas", "3", Action.KEEP),
        ("cleanup_policy", "compact", Action.CHANGE),
        ("message_timestamp_type", "CreateTime", Action.CHANGE),
        ("unclean_leader_election_enable", "true", Action.CHANGE),
    ],
)
def test_a_setting_is_raised_but_never_lowered(name, there, action):
    """Less than asked for is changed; more is an operator's decision, and stays."""
    [line] = plan_for(PLAIN, as_asked(PLAIN, **{name: there})).differences
    assert (line.setting, line.there, line.action) == (name.replace("_", "."), there, action)


def test_old_values_may_not_be_kept_longer_than_a_week():
    """What was erased must leave the disk: the longest wait for compaction is lowered, a shorter one stays."""
    unending, day = "9223372036854775807", str(24 * 3600 * 1000)
    assert plan_for(STATES, as_asked(STATES, max_compaction_lag_ms=unending)).of(Action.CHANGE)
    assert not plan_for(STATES, as_asked(STATES, max_compaction_lag_ms=day)).of(Action.CHANGE)


def test_the_order_of_cleanup_policies_does_not_matter():
    """compact,delete is delete,compact."""
    assert Setting("cleanup.policy", "compact,delete").met_by("delete,compact")
    assert not Setting("retention.ms", "-1", Bound.AT_LEAST).met_by("5")


def test_partitions_are_added_where_no_key_moves_by_it_and_refused_elsewhere():
    """An agency's topic grows; the pair that must correspond, and every compacted topic, wants the procedure."""
    more = Wishes(8, WISHES.max_message_bytes)
    assert [line.setting for line in plan_for(PLAIN, as_asked(PLAIN), more).of(Action.CHANGE)] == ["partitions"]
    for spec in (*PAIR, STATES):
        [refusal] = plan_for(spec, as_asked(spec), more).refused
        assert "docs/operations.md" in refusal


def test_partitions_and_replicas_never_shrink():
    """More partitions than HUB_PARTITIONS and more replicas than --replication are kept, and said."""
    plan = plan_for(PLAIN, as_asked(PLAIN, partitions=9), Wishes(4, WISHES.max_message_bytes, 2))
    assert {line.action for line in plan.differences} == {Action.KEEP}
    assert {line.setting for line in plan.differences} == {"partitions", "replicas"}


def test_too_few_replicas_are_refused():
    """The hub cannot move replicas; a topic with fewer than asked for is not called in order."""
    [refusal] = plan_for(PLAIN, as_asked(PLAIN, replicas=1), Wishes(4, WISHES.max_message_bytes, 3)).refused
    assert "kafka-reassign-partitions" in refusal


def test_the_lost_half_of_a_pair_is_made_like_the_other():
    """Claims made anew take the number of partitions that subjects have, not HUB_PARTITIONS."""
    plan = make_plan(PAIR, {SUBJECTS: as_asked(PAIR[1], partitions=6)}, WISHES, CO_PARTITIONED)
    assert [n.wanted for n in plan.of(Action.CREATE) if n.setting == "partitions"] == ["6"]


def test_a_pair_that_does_not_correspond_is_refused():
    """Somebody raised one of the two by hand."""
    found = {CLAIMS: as_asked(PAIR[0], partitions=6), SUBJECTS: as_asked(PAIR[1])}
    assert any("hub.claims.v1 has 6" in reason for reason in make_plan(PAIR, found, WISHES, CO_PARTITIONED).refused)
