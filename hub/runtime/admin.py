"""Kafka's administration: a client that says what is wrong when it cannot connect, and what topics are like."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from kafka.errors import KafkaError, TopicAlreadyExistsError

from hub.errors import RefuseToStart
from hub.runtime.broker import CLUSTER_ID
from hub.runtime.reach import faults_of, refusal
from hub.runtime.security import KafkaSecurity
from hub.runtime.topic_plan import Action, Found, Line, Plan
from hub.runtime.topic_settings import TopicSpec

_SETTINGS = frozenset({"partitions", "replicas"})  # lines of a plan that are no configuration


@contextmanager
def admin_of(bootstrap: str, security: KafkaSecurity, timeout: float = 30.0) -> Iterator[KafkaAdminClient]:
    """A connected client; what the broker refuses us is a refusal to start, naming what we may not do."""
    faults = faults_of(bootstrap, security)
    if faults:
        raise RefuseToStart(faults)
    try:
        admin = KafkaAdminClient(
            bootstrap_servers=bootstrap, bootstrap_timeout_ms=int(timeout * 1000), **security.for_kafka_python()
        )
    except KafkaError as exc:
        raise RefuseToStart([f"cannot reach Kafka at {bootstrap}: {refusal(exc, security)}"]) from exc
    try:
        yield admin
    except KafkaError as exc:
        raise RefuseToStart([f"Kafka at {bootstrap} refused: {refusal(exc, security)}"]) from exc
    finally:
        admin.close()


def configs_of(admin: KafkaAdminClient, names: Iterable[str]) -> dict[str, dict[str, str]]:
    """The effective configuration of topics; nothing of those whose configuration we may not see."""
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    if not resources:
        return {}
    found: Mapping[str, Mapping[str, Mapping[str, str]]]
    found = admin.describe_configs(resources, config_filter="all").get("topic", {})
    return {name: {key: entry["value"] for key, entry in config.items()} for name, config in found.items()}


def find_topics(admin: KafkaAdminClient, specs: Sequence[TopicSpec]) -> dict[str, Found]:
    """Those of the topics that exist, as they are."""
    existing = set(admin.list_topics())
    names = [spec.name for spec in specs if spec.name in existing]
    if not names:
        return {}
    embedded = admin.describe_cluster()["cluster_id"] == CLUSTER_ID
    configs = {} if embedded else configs_of(admin, names)
    return {
        topic["name"]: Found(
            len(topic["partitions"]),
            min(len(partition["replica_nodes"]) for partition in topic["partitions"]),
            None if embedded else configs.get(topic["name"], {}),
        )
        for topic in admin.describe_topics(names)
    }


def apply_plan(admin: KafkaAdminClient, plan: Plan, timeout: float = 30.0) -> None:
    """Carry a plan out. Raises RefuseToStart, with nothing changed, if it holds a refusal."""
    if plan.refused:
        raise RefuseToStart(plan.refused)
    fresh = _by_topic(plan.of(Action.CREATE))
    for name, lines in fresh.items():
        with suppress(TopicAlreadyExistsError):  # a worker that starts makes topics, too
            admin.create_topics({name: _creation(lines)})
    if fresh:
        admin.wait_for_topics(list(fresh), timeout_ms=int(timeout * 1000))
    for name, lines in _by_topic(plan.of(Action.CHANGE)).items():
        _change(admin, name, {line.setting: line.wanted for line in lines})


def _by_topic(lines: Iterable[Line]) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = {}
    for line in lines:
        found.setdefault(line.topic, []).append(line)
    return found


def _creation(lines: Iterable[Line]) -> dict[str, object]:
    wanted = {line.setting: line.wanted for line in lines}
    replicas = wanted.pop("replicas")
    return {
        "num_partitions": int(wanted.pop("partitions")),
        "replication_factor": int(replicas) if replicas.isdigit() else -1,
        "configs": wanted,
    }


def _change(admin: KafkaAdminClient, name: str, wanted: dict[str, str]) -> None:
    configs = {setting: value for setting, value in wanted.items() if setting not in _SETTINGS}
    if configs:
        answer = admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, configs=configs)])
        result = answer["topic"][name]
        if result != "OK":
            raise RefuseToStart([f"{name}: {result}"])
    if "partitions" in wanted:
        admin.create_partitions({name: int(wanted["partitions"])})
