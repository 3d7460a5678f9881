"""The parts of a hub process, made from settings; nothing of it is started here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from prometheus_client import CollectorRegistry

from hub.bootstrap import build_journey, catalogue
from hub.config import Settings
from hub.domain.policy import load_policy
from hub.errors import RefuseToStart
from hub.node.clock import Clock, WallClock
from hub.node.layout import keep_layout
from hub.node.tally import Ledger
from hub.pipeline.journey import Journey
from hub.pipeline.scoreboard import Scoreboard
from hub.runtime import topics
from hub.runtime.absorbing import AbsorbHop, Restorer
from hub.runtime.feedback import FeedbackHop
from hub.runtime.hops import Gear, IntakeHop
from hub.runtime.mending import Mender
from hub.runtime.partitioner import Partitioner, partition_of
from hub.runtime.points import Point, Probe, unwatched
from hub.runtime.producer import BatchProducer, ProducerSettings
from hub.runtime.records import BatchHandler
from hub.runtime.restore import KeptChangelog, ReaderSettings, Restored, restore
from hub.runtime.retry import RetryPolicy
from hub.runtime.security import KafkaSecurity
from hub.runtime.succession import client_id
from hub.runtime.tail import KafkaTail
from hub.runtime.topics import Ensured
from hub.runtime.transport import TransportSettings
from hub.runtime.wire import Wire
from hub.runtime.worker import HubApp, WorkerSettings, build_app
from hub.schema.registry import LocalRegistry, RemoteRegistry, SchemaSource
from hub.store.memory import MemoryStore
from hub.store.ports import SubjectStore
from hub.store.reach import redis_faults
from hub.store.redis import RedisStore
from hub.telemetry.metrics import Metrics

GROUP = "resident-hub"


@dataclass
class Parts:
    """Everything a hub process may need. `embedded` knows the demo broker's ways."""

    settings: Settings
    journey: Journey
    wire: Wire
    metrics: Metrics
    ledger: Ledger
    scoreboard: Scoreboard
    clock: Clock
    store: SubjectStore
    source: SchemaSource
    producer: BatchProducer
    tail: KafkaTail
    kept: KeptChangelog
    bootstrap: str
    security: KafkaSecurity
    embedded: bool
    partitions: int

    @property
    def gear(self) -> Gear:
        """What the hops and the HTTP intake share."""
        return Gear(self.journey, self.wire, self.ledger, self.clock.now_ms, self.scoreboard.shadowed)

    def worker(self, probe: Probe = unwatched) -> HubApp:
        """The hops in one consumer group. A laboratory hands in a `probe`."""
        settings = WorkerSettings(
            group=GROUP,
            bootstrap=self.bootstrap,
            security=self.security,
            client_id=client_id(GROUP, self.settings.instance),
            session_timeout=self.settings.session_timeout_seconds,
            heartbeat=min(3.0, self.settings.session_timeout_seconds / 5),
            tick_interval=self.settings.tick_seconds,
            observer=self.ledger,
            clock=self.clock.now_ms,
            retry=RetryPolicy(),
            transactional=self.settings.delivery == "transactional",
            max_message_bytes=self.settings.max_message_bytes,
            probe=probe,
            transport=TransportSettings(
                max_records=self.settings.batch_records,
                partition_fetch_bytes=max(1024 * 1024, self.settings.max_message_bytes * 2),
                on_gap=self.ledger.gap,
            ),
        )
        handlers: Mapping[str, tuple[Sequence[str], BatchHandler]] = {
            "intake": (
                tuple(topics.AGENCY_TOPICS.values()),
                IntakeHop(self.gear, self.source, self.settings.max_message_bytes),
            ),
            "feedback": ((topics.FEEDBACK,), FeedbackHop(self.gear, self.settings.max_message_bytes)),
            "absorb": ((topics.CLAIMS,), self._absorb(lambda: app, probe)),
        }
        app = build_app(settings.embedded() if self.embedded else settings, handlers, self.producer)
        return app

    def _absorb(self, app: Callable[[], HubApp], probe: Probe) -> AbsorbHop:
        mender = None
        if not self.embedded and self.settings.delivery == "idempotent":
            mender = Mender(
                self.tail,
                self.journey,
                self.wire,
                self.ledger,
                started_at=lambda partition: app().runtime.started_at(topics.CLAIMS, partition),
            )
        return AbsorbHop(self.gear, self.store, self._restorer(app, probe), mender)

    def belongs(self, partition: int) -> Callable[[bytes], bool]:
        """Whether a subject's key belongs to a partition."""
        return lambda key: partition_of(key, self.partitions) == partition

    def changelog(self) -> ReaderSettings:
        """How to read `hub.subjects.v1` to its end."""
        return _reader(self.bootstrap, self.security, self.embedded)

    def _restorer(self, app: Callable[[], HubApp], probe: Probe) -> Restorer:
        async def bring_up(partition: int, generation: int) -> Restored:
            # A new, renamed or expired group counts its generations anew; that must not look like an old owner.
            fresh = app().runtime.started_fresh(topics.CLAIMS, partition)
            hold = await self.store.claim(partition, generation, fresh_group=fresh)
            await keep_layout(self.store, self.partitions)
            target = (topics.CLAIMS, partition)
            probe(Point.CLAIMED, "absorb", target)

            def on_part() -> None:
                probe(Point.RESTORING, "absorb", target)

            async with self.kept.borrow() as changelog:
                return await restore(
                    hold, changelog, self.store, self.wire.wake_of, on_part, belongs=self.belongs(partition)
                )

        return bring_up


def make_parts(settings: Settings, bootstrap: str, ensured: Ensured, *, clock: Clock | None = None) -> Parts:
    """Load schemas, connectors, policy and rules, and make clients. Raises RefuseToStart and the loaders' faults."""
    if ensured.embedded and settings.delivery == "transactional":
        raise RefuseToStart(["HUB_DELIVERY: the embedded broker has no transactions; use idempotent with it"])
    policy = load_policy(settings.policy_file)
    journey = build_journey(city=settings.city, secret=settings.secret, policy=policy, enable=settings.enable_rules)
    metrics = Metrics(CollectorRegistry())
    access = settings.kafka_access
    security = KafkaSecurity(
        protocol=access.protocol,
        sasl_mechanism=access.sasl_mechanism,
        username=access.username,
        password=access.password,
        ca_file=access.ca_file,
        cert_file=access.cert_file,
        key_file=access.key_file,
    )
    registry = settings.schema_registry_url
    return Parts(
        settings=settings,
        journey=journey,
        wire=Wire(journey.parts.codec),
        metrics=metrics,
        ledger=Ledger(metrics),
        scoreboard=Scoreboard(policy, journey.parts.bench.region),
        clock=clock or WallClock(),
        store=_store(settings, ensured.partitions[topics.SUBJECTS]),
        source=RemoteRegistry(registry) if registry else LocalRegistry(catalogue()),
        producer=BatchProducer(
            ProducerSettings(
                bootstrap=bootstrap,
                security=security,
                idempotent=not ensured.embedded,
                max_message_bytes=settings.max_message_bytes,
            )
        ),
        tail=KafkaTail(bootstrap, security),
        kept=KeptChangelog(_reader(bootstrap, security, ensured.embedded)),
        bootstrap=bootstrap,
        security=security,
        embedded=ensured.embedded,
        partitions=ensured.partitions[topics.SUBJECTS],
    )


async def check_store(settings: Settings) -> None:
    """Refuse to start where Redis refuses us; one that is not there yet is waited for like everything else."""
    if settings.redis_url is None:
        return
    if faults := await redis_faults(settings.redis_url, **vars(settings.redis_access)):
        raise RefuseToStart(faults)


def _reader(bootstrap: str, security: KafkaSecurity, embedded: bool) -> ReaderSettings:
    reader = ReaderSettings(bootstrap=bootstrap, topic=topics.SUBJECTS, security=security)
    return reader.embedded() if embedded else reader


def _store(settings: Settings, partitions: int) -> SubjectStore:
    """Redis where one is named; otherwise memory, rebuilt from `hub.subjects.v1` at every start."""
    if settings.redis_url is None:
        return MemoryStore()
    access = vars(settings.redis_access)
    return RedisStore.from_url(settings.redis_url, partitions=partitions, partition_of=Partitioner(), **access)
