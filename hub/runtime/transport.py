# ruff: noqa: ANN401 - these are overrides of methods whose arguments Faust leaves untyped
"""Faust's Kafka transport with batches: one message through Faust's machinery per (partition, poll).

Membership, assignment, rebalance and life cycle stay Faust's. What is ours: reading, the arithmetic of offsets, and
what happens to records read at the wrong moment. Faust's own (one task per message, `_add_gap`, `_new_offset`, and
dropping by read offset) is slow and can commit what was never processed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import faust
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import CommitFailedError, ConsumerStoppedError, IllegalStateError, KafkaError
from aiokafka.structs import OffsetAndMetadata
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage

from hub.runtime.continuity import Continuity, Gap, Ledger
from hub.runtime.points import Point, Probe, unwatched
from hub.runtime.records import Batch, Record
from hub.runtime.security import OPEN, KafkaSecurity

Records = Sequence[ConsumerRecord]


def _ignore_gap(gap: Gap) -> None:
    """Nobody listens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportSettings:
    """How to read. `exempt`: compacted or transactional topics, whose offsets have holes by design. `commits`: offsets
    are committed here, not with the effects they stand for. `held_bytes`: a partition that has so much in memory, not
    yet acked, is not read; what one poll brings may come on top.
    """

    security: KafkaSecurity = OPEN
    max_records: int = 1000
    max_bytes: int = 4 * 1024 * 1024
    held_bytes: int = 8 * 1024 * 1024
    partition_fetch_bytes: int = 1024 * 1024
    poll_timeout: float = 0.5
    fetch_wait: float = 0.2
    shutdown_commit_timeout: float = 5.0
    exempt: frozenset[str] = frozenset()
    commits: bool = True
    rereads: int = 1
    reread_delay: float = 0.05
    on_gap: Callable[[Gap], None] = _ignore_gap


@dataclass(slots=True)
class TransportHooks:
    """What the transport needs of the worker. `quiesce` finishes or drops the batch in hand, in bounded time."""

    settings: TransportSettings = field(default_factory=TransportSettings)
    quiesce: Callable[[], Awaitable[None]] | None = None
    probe: Probe = unwatched


class BatchSchema(faust.Schema[Any, Any]):
    """Passes the batch through: decoding is the pipeline's, where a bad message is a value."""

    def compile(self, app: Any, **_: Any) -> Any:
        """Return the function Faust calls per message, that is per batch."""

        async def decode(message: Any, *, propagate: bool = False) -> Any:
            return app.create_event(None, message.value, message.headers, message)

        return decode


class ConsumerThread(driver.AIOKafkaConsumerThread):
    """The thread that owns the aiokafka consumer. Seeks happen in it, as aiokafka is not thread safe."""

    def _create_worker_consumer(self, transport: Any) -> AIOKafkaConsumer:
        conf = self.app.conf
        settings = hooks_of(self.app).settings
        self._assignor = RoundRobinPartitionAssignor
        return AIOKafkaConsumer(
            client_id=conf.broker_client_id,
            group_id=conf.id,
            group_instance_id=conf.consumer_group_instance_id,
            bootstrap_servers=driver.server_list(transport.url, transport.default_port),
            partition_assignment_strategy=[RoundRobinPartitionAssignor],
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            max_poll_records=settings.max_records,
            max_poll_interval_ms=int((conf.broker_max_poll_interval or 0) * 1000),
            max_partition_fetch_bytes=settings.partition_fetch_bytes,
            fetch_max_wait_ms=int(settings.fetch_wait * 1000),
            request_timeout_ms=int(conf.broker_request_timeout * 1000),
            session_timeout_ms=int(conf.broker_session_timeout * 1000),
            rebalance_timeout_ms=int(conf.broker_rebalance_timeout * 1000),
            heartbeat_interval_ms=int(conf.broker_heartbeat_interval * 1000),
            metadata_max_age_ms=conf.consumer_metadata_max_age_ms,
            **settings.security.for_aiokafka(),
        )

    async def seek_to(self, tp: TP, offset: int) -> None:
        """Read on at this offset."""
        await self.call_thread(self._seek_to, tp, offset)

    async def rewind(self) -> dict[TP, tuple[int, bool]]:
        """Read all assigned partitions on from their commits: the positions, and whether there was a commit."""
        return cast(dict[TP, tuple[int, bool]], await self.call_thread(self._rewind))

    async def _seek_to(self, tp: TP, offset: int) -> None:
        self._ensure_consumer().seek(TopicPartition(*tp), offset)

    async def _rewind(self) -> dict[TP, tuple[int, bool]]:
        consumer = self._ensure_consumer()
        committed = {tp: await consumer.committed(tp) for tp in consumer.assignment()}
        fresh = [tp for tp, offset in committed.items() if offset is None]
        if fresh:
            # aiokafka's own seek_to_committed leaves these wherever they stand. All at once: a seek waits for a fetch.
            await consumer.seek_to_beginning(*fresh)
        positions: dict[TP, tuple[int, bool]] = {}
        for tp, offset in committed.items():
            if offset is None:
                positions[TP(*tp)] = (await consumer.position(tp), False)
            else:
                consumer.seek(tp, offset)
                positions[TP(*tp)] = (offset, True)
        return positions

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        wanted = {TopicPartition(*tp): OffsetAndMetadata(offset, "") for tp, offset in offsets.items()}
        try:
            await self._ensure_consumer().commit(wanted)
        except (CommitFailedError, IllegalStateError):
            return False  # rebalanced meanwhile: whoever has the partition now reads these batches again
        except KafkaError as exc:
            self.log.warning("offset commit failed (%s), will be tried again", type(exc).__name__)
            return False
        return True


class Consumer(driver.Consumer):
    """Yields whole batches and commits only what was acked in order."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._hooks = hooks_of(self.app)
        settings = self._hooks.settings
        self._continuity = Continuity(settings.on_gap, rereads=settings.rereads, exempt=settings.exempt)
        self._ledger = Ledger()
        # Counts seeks and revocations: records read under an older epoch are not handed out.
        self._epoch = 0
        self._fresh: set[TP] = set()
        self._begins: dict[TP, int] = {}
        # Held while reading, so that a rewind never overlaps a poll that already moved the position.
        self._reading = asyncio.Lock()

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, ConsumerMessage]]:
        """Poll once and yield one message per partition, or more where a batch would be too large."""
        epoch, generation, polled = await self._poll(timeout)
        for raw_tp, records in polled.items():
            if epoch != self._epoch:
                return  # while a hole was waited for, everything was sought anew: these would look like read already
            tp = TP(raw_tp.topic, raw_tp.partition)
            whole, seek_back = self._continuity.split(tp.topic, tp.partition, records)
            for part in split_by_size(whole, self._hooks.settings.max_bytes):
                if epoch != self._epoch or not self.flow_active or self.should_stop:
                    return  # a rewind follows before anything else is read
                batch = make_batch(tp, generation, part)
                self._ledger.hand_out(tp.topic, tp.partition, batch.next_offset, sum(map(size_of, part)))
                yield tp, as_message(tp, batch)
            if seek_back is not None:
                await self._read_again(tp, seek_back, epoch)

    async def _poll(self, timeout: float) -> tuple[int, int, Mapping[TP, Records]]:
        if not self.flow_active:
            await self.wait(self.can_resume_flow)  # type: ignore[arg-type]
        async with self._reading:
            epoch, generation = self._epoch, self.app.consumer_generation_id
            active = {tp for tp in self._active_partitions - self._buffered_partitions if not self._is_full(tp)}
            if active and self.flow_active and not self.should_stop:
                return epoch, generation, await self._getmany(active, timeout)
        await self.sleep(0.02)
        return epoch, generation, {}

    def _is_full(self, tp: TP) -> bool:
        return self._ledger.held(tp.topic, tp.partition) >= self._hooks.settings.held_bytes

    async def _read_again(self, tp: TP, offset: int, epoch: int) -> None:
        await self.sleep(self._hooks.settings.reread_delay)
        async with self._reading:
            if epoch == self._epoch:
                await cast(ConsumerThread, self._thread).seek_to(tp, offset)

    async def _drain_messages(self, fetcher: Any) -> None:
        poll_timeout = self._hooks.settings.poll_timeout
        try:
            while not (self.should_stop or fetcher.should_stop):
                async for _, message in self.getmany(poll_timeout):
                    await self.wait_first(self.callback(message), self.suspend_flow.wait())
        except (ConsumerStoppedError, asyncio.CancelledError):
            if not self.app.should_stop:
                raise

    async def perform_seek(self) -> None:
        """Read on from the commits; everything handed out before no longer counts."""
        async with self._reading:
            self._epoch += 1
            positions = await cast(ConsumerThread, self._thread).rewind()
            self._begins = {tp: offset for tp, (offset, _) in positions.items()}
            self._fresh = {tp for tp, (_, committed) in positions.items() if not committed}
            for tp, (offset, _) in positions.items():
                self._ledger.forget(tp.topic, tp.partition)
                self._continuity.expect(tp.topic, tp.partition, offset)
                self._committed_offset[tp] = offset

    def started_fresh(self, tp: TP) -> bool:
        """The group had committed nothing in this partition when it was assigned."""
        return tp in self._fresh

    def started_at(self, tp: TP) -> int:
        """From which offset the partition is read since it was assigned."""
        return self._begins.get(tp, 0)

    async def seek(self, partition: TP, offset: int) -> None:
        """Read on at an offset of the caller's choice, forward or back."""
        async with self._reading:
            self._epoch += 1
            await cast(ConsumerThread, self._thread).seek_to(partition, offset)
            self._ledger.forget(partition.topic, partition.partition)
            self._continuity.expect(partition.topic, partition.partition, offset)
            self._committed_offset[partition] = None

    def on_buffer_full(self, tp: TP) -> None:
        """The stream's queue is filling up: stop reading this partition."""
        self._buffered_partitions.add(tp)

    def on_buffer_drop(self, tp: TP) -> None:
        """The stream caught up."""
        self._buffered_partitions.discard(tp)

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Finish what is in hand (via `wait_empty`), then forget the partitions."""
        self._epoch += 1
        await super().on_partitions_revoked(revoked)
        for tp in revoked:
            self._ledger.forget(tp.topic, tp.partition)
            self._continuity.forget(tp.topic, tp.partition)
        self._buffered_partitions.clear()

    async def wait_empty(self) -> None:
        """Called by Faust before partitions go and before the process stops."""
        if self._hooks.quiesce is not None:
            await self._hooks.quiesce()
        if self.crashed:
            return  # the thread that would commit has crashed with us; unacked and uncommitted is read again
        try:
            await asyncio.wait_for(self.commit(), self._hooks.settings.shutdown_commit_timeout)
        except TimeoutError:
            self.log.warning("offset commit did not finish in time; these batches will be read again")

    async def maybe_wait_for_commit_to_finish(self) -> bool:
        """Wait for the commit under way, if there is one. Who gives up waiting is let go, and stops nobody else.

        Faust's own swallows the cancellation of whoever waits and lets them commit anew, and it fails all who wait.
        """
        if self._commit_fut is None:
            return False
        await asyncio.wait({self._commit_fut})
        return True

    def ack(self, message: Any) -> bool:
        """Everything this batch caused is durable."""
        self._unacked_messages.discard(message)
        message.acked = True
        if message.generation_id != self.app.consumer_generation_id:
            return False
        return self._ledger.ack(message.topic, message.partition, message.value.next_offset)

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Iterator[TP]:
        acked = (TP(*target) for target in self._ledger.partitions())
        return (tp for tp in acked if topics is None or tp in topics or tp.topic in topics)

    def _new_offset(self, tp: TP) -> int | None:
        return self._ledger.committable(tp.topic, tp.partition)

    async def _commit_offsets(self, offsets: Mapping[TP, int], start_new_transaction: bool = True) -> bool:
        mine = {tp: offset for tp, offset in offsets.items() if tp in self.assignment()}
        if not mine:
            return False
        if not self._hooks.settings.commits:
            self._committed_offset.update(mine)
            return True
        self._hooks.probe(Point.COMMITTING, "consumer", None)
        if not await self._commit(mine):
            return False
        self._hooks.probe(Point.COMMITTED, "consumer", None)
        self._committed_offset.update(mine)
        return True

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Faust's livelock detector counts single messages; readiness and lag are measured elsewhere."""


class Transport(driver.Transport):
    """`hubkafka://host:port`, registered under the entry points `faust.transports`."""

    Consumer = Consumer


def hooks_of(app: Any) -> TransportHooks:
    """The hooks an app carries, or defaults for an app that is not ours."""
    return cast(TransportHooks, getattr(app, "transport_hooks", None) or TransportHooks())


def make_batch(tp: TP, generation: int, records: Records) -> Batch:
    """Our own records, free of the client library."""
    return Batch(
        tp.topic,
        tp.partition,
        generation,
        [Record(tp.topic, tp.partition, r.offset, r.key, r.value, r.timestamp) for r in records],
        records[0].offset,
        records[-1].offset,
    )


def as_message(tp: TP, batch: Batch) -> ConsumerMessage:
    """The envelope Faust carries a batch in; its offset is the batch's last."""
    return ConsumerMessage(
        tp.topic,
        tp.partition,
        batch.last_offset,
        batch.records[-1].timestamp / 1000,
        0,
        None,
        None,
        cast(Any, batch),
        None,
        0,
        0,
        tp,
        generation_id=batch.generation,
    )


def size_of(record: ConsumerRecord) -> int:
    """Bytes of key and value."""
    return int(max(record.serialized_key_size, 0) + max(record.serialized_value_size, 0))


def split_by_size(records: Records, max_bytes: int) -> Iterator[Records]:
    """Cut before the record with which a part would grow beyond `max_bytes`. One record is never cut."""
    start = size = 0
    for index, record in enumerate(records):
        grown = size_of(record)
        if index > start and size + grown > max_bytes:
            yield records[start:index]
            start, size = index, 0
        size += grown
    if start < len(records):
        yield records[start:]
