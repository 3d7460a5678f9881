"""The hub's topics (contract 2): their names, and how to make sure they exist."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

import msgspec
from kafka.admin import KafkaAdminClient
from kafka.errors import TopicAlreadyExistsError

from hub.errors import RefuseToStart
from hub.runtime.admin import admin_of, configs_of
from hub.runtime.broker import CLUSTER_ID
from hub.runtime.security import OPEN, KafkaSecurity
from hub.runtime.topic_settings import QUARANTINE_DAYS, TopicSpec

log = logging.getLogger(__name__)
MESSAGE_BYTES = 1_048_576  # HUB_MAX_MESSAGE_BYTES where nobody set it
_LIMIT = "max.message.bytes"

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

TOPICS: tuple[TopicSpec, ...] = (
    *(TopicSpec(name) for name in AGENCY_TOPICS.values()),
    TopicSpec(CLAIMS, restricted=True),
    TopicSpec(SUBJECTS, compacted=True, restricted=True),
    TopicSpec(RESIDENTS, compacted=True),
    TopicSpec(ALERTS, compacted=True),
    TopicSpec(FEEDBACK),
    TopicSpec(QUARANTINE, restricted=True, kept_days=QUARANTINE_DAYS),
)
# Claims of a subject, its state, and what is published of it meet in one task: their partitions must correspond.
CO_PARTITIONED = (CLAIMS, SUBJECTS, RESIDENTS, ALERTS)


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
    max_message_bytes: int = MESSAGE_BYTES,
    timeout: float = 30.0,
) -> Ensured:
    """Create the topics that are missing and wait until clients can see them. Blocking.

    Existing topics are left alone (`hub topics apply` changes them); those that would not take our largest message, or
    whose partitions do not correspond, refuse to start.
    """
    with admin_of(bootstrap, security, timeout) as admin:
        existing = set(admin.list_topics())
        missing = [spec for spec in specs if spec.name not in existing]
        created = [spec.name for spec in missing if _create(admin, spec, partitions, max_message_bytes)]
        names = [spec.name for spec in specs]
        admin.wait_for_topics(names, timeout_ms=int(timeout * 1000))
        counts = {topic["name"]: len(topic["partitions"]) for topic in admin.describe_topics(names)}
        _check_co_partitioned(counts)
        embedded = admin.describe_cluster()["cluster_id"] == CLUSTER_ID
        if not embedded:  # it tells nobody its configuration, and has no limit
            _check_sizes(admin, names, max_message_bytes)
        return Ensured(created, counts, embedded)


def _create(admin: KafkaAdminClient, spec: TopicSpec, partitions: int, max_message_bytes: int) -> bool:
    options = {"num_partitions": partitions, "configs": spec.config(max_message_bytes)}
    try:
        admin.create_topics({spec.name: options})
    except TopicAlreadyExistsError:  # another worker was faster
        return False
    return True


def _check_sizes(admin: KafkaAdminClient, names: Sequence[str], max_message_bytes: int) -> None:
    limits = {name: int(config[_LIMIT]) for name, config in configs_of(admin, names).items() if _LIMIT in config}
    for name in set(names) - set(limits):
        log.warning("topic %s: we may not see its %s, and trust that it takes our messages", name, _LIMIT)
    small = [
        f"{name}: takes messages of {limit} bytes, HUB_MAX_MESSAGE_BYTES is {max_message_bytes}; run: hub topics apply"
        for name, limit in limits.items()
        if limit < max_message_bytes
    ]
    if small:
        raise RefuseToStart(small)


def _check_co_partitioned(counts: Mapping[str, int]) -> None:
    found = {name: counts[name] for name in CO_PARTITIONED if name in counts}
    if len(set(found.values())) > 1:
        listed = ", ".join(f"{name} has {count}" for name, count in found.items())
        raise RefuseToStart([f"these topics must have the same number of partitions: {listed}"])
