"""The hub's topics (contract 2): their names, and how to make sure they exist."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError, TopicAlreadyExistsError

from hub.errors import RefuseToStart
from hub.runtime.broker import CLUSTER_ID
from hub.runtime.security import OPEN, KafkaSecurity

AGENCY_TOPICS: Mapping[str, str] = {
    "PSB": "agency.psb.changes.v1",
    "MCA": "agency.mca.changes.v1",
    "HRSS": "agency.hrss.changes.v1",
    "HMD": "agency.hmd.changes.v1",
}
CLAIMS = "hub.claims.v1"
SUBJECTS = "hub.subjects.v1"
RESIDENTS = "hub.residents.v1"
ALERTS = "hub.alerts.v1"
FEEDBACK = "hub.alert-feedback.v1"
QUARANTINE = "hub.quarantine.v1"


class TopicSpec(msgspec.Struct, frozen=True):
    """One topic of the contract. `restricted`: only the hub itself may read it."""

    name: str
    compacted: bool = False
    restricted: bool = False

    @property
    def config(self) -> dict[str, str]:
        """Broker-side topic configuration; everything else stays at the cluster's defaults."""
        return {"cleanup.policy": "compact" if self.compacted else "delete"}


TOPICS: tuple[TopicSpec, ...] = (
    *(TopicSpec(name) for name in AGENCY_TOPICS.values()),
    TopicSpec(CLAIMS, restricted=True),
    TopicSpec(SUBJECTS, compacted=True, restricted=True),
    TopicSpec(RESIDENTS, compacted=True),
    TopicSpec(ALERTS, compacted=True),
    TopicSpec(FEEDBACK),
    TopicSpec(QUARANTINE, restricted=True),
)
# Claims of a subject and its state meet in one task: their partitions must correspond.
CO_PARTITIONED = (CLAIMS, SUBJECTS)


class Ensured(msgspec.Struct, frozen=True):
    """What `ensure_topics` found and did. `partitions` holds the real counts, which need not be those asked for.

    `embedded`: it is the demo broker, whoever started it, and its ways must be minded.
    """

    created: list[str]
    partitions: dict[str, int]
    embedded: bool = False


def ensure_topics(
    bootstrap: str,
    partitions: int,
    security: KafkaSecurity = OPEN,
    *,
    specs: Sequence[TopicSpec] = TOPICS,
    replication_factor: int = -1,
    timeout: float = 30.0,
) -> Ensured:
    """Create the topics that are missing and wait until clients can see them. Blocking.

    Existing topics are left alone: fewer partitions would lose data, more would send a subject's key elsewhere.
    """
    try:
        admin = KafkaAdminClient(
            bootstrap_servers=bootstrap, bootstrap_timeout_ms=int(timeout * 1000), **security.for_kafka_python()
        )
    except KafkaError as exc:
        raise RefuseToStart([f"cannot reach Kafka at {bootstrap}: {type(exc).__name__}"]) from exc
    try:
        return _ensure(admin, specs, partitions, replication_factor, timeout)
    finally:
        admin.close()


def _ensure(
    admin: KafkaAdminClient, specs: Sequence[TopicSpec], partitions: int, replication_factor: int, timeout: float
) -> Ensured:
    existing = set(admin.list_topics())
    created = [
        spec.name
        for spec in specs
        if spec.name not in existing and _create(admin, spec, partitions, replication_factor)
    ]
    names = [spec.name for spec in specs]
    admin.wait_for_topics(names, timeout_ms=int(timeout * 1000))
    counts = {topic["name"]: len(topic["partitions"]) for topic in admin.describe_topics(names)}
    _check_co_partitioned(counts)
    return Ensured(created, counts, embedded=admin.describe_cluster()["cluster_id"] == CLUSTER_ID)


def _create(admin: KafkaAdminClient, spec: TopicSpec, partitions: int, replication_factor: int) -> bool:
    options = {"num_partitions": partitions, "replication_factor": replication_factor, "configs": spec.config}
    try:
        admin.create_topics({spec.name: options})
    except TopicAlreadyExistsError:  # another worker was faster
        return False
    return True


def _check_co_partitioned(counts: Mapping[str, int]) -> None:
    found = {name: counts[name] for name in CO_PARTITIONED if name in counts}
    if len(set(found.values())) > 1:
        listed = ", ".join(f"{name} has {count}" for name, count in found.items())
        raise RefuseToStart([f"these topics must have the same number of partitions: {listed}"])
