"""Our consumer, consumer thread and producer as they are; Faust and aiokafka beneath them replaced by effects.

`Stub` classes stand, in the order of inheritance, exactly where Faust's own stand in production: everything that
`hub/runtime/transport.py` overrides is real here.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError, KafkaTimeoutError
from aiokafka.structs import OffsetAndMetadata
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from hub.errors import Retry
from hub.runtime.delivery import Transactions
from hub.runtime.mending import Written
from hub.runtime.producer import BatchProducer, ProducerSettings
from hub.runtime.records import Out, term_in
from hub.runtime.restore import Changes, _entry
from hub.runtime.transport import Consumer, ConsumerThread, hooks_of
from tests.simulation.broker import PARTITIONS

if TYPE_CHECKING:
    from tests.simulation.worker import SimWorker

_QUEUED = 3  # messages in a lane's queue before its partitions are read no more


class Client:
    """aiokafka's consumer: positions here, everything else at the broker."""

    def __init__(self, worker: SimWorker) -> None:
        self._worker = worker
        self._world = worker.world
        self.owned: set[TP] = set()
        self.positions: dict[TP, int] = {}
        self.generation = -1

    def assignment(self) -> set[TP]:
        return set(self.owned)

    async def committed(self, tp: TopicPartition) -> int | None:
        group = self._world.broker.group
        return await self._worker.effect(f"committed? {tp.topic}", lambda: group.committed.get(tp), quick=True)

    async def seek_to_beginning(self, *tps: TopicPartition) -> None:
        for tp in tps:
            self.positions[TP(*tp)] = 0

    async def position(self, tp: TopicPartition) -> int:
        return self.positions[TP(*tp)]

    def seek(self, tp: TopicPartition, offset: int) -> None:
        self.positions[TP(*tp)] = offset

    async def commit(self, wanted: Mapping[TopicPartition, OffsetAndMetadata]) -> None:
        offsets = {tp: meta.offset for tp, meta in wanted.items()}
        told = " ".join(f"{tp.topic}/{tp.partition}={offset}" for tp, offset in offsets.items())
        generation = self.generation  # the request tells of when it was sent, not of when it arrives
        await self._worker.effect(
            f"commit {told}",
            lambda: self._commit(offsets, generation),
            error=KafkaTimeoutError,
            queue="commit",
            writes=True,
        )

    def _commit(self, offsets: Mapping[TopicPartition, int], generation: int) -> None:
        group = self._world.broker.group
        if self._worker.name not in group.members or generation != group.generation:
            raise CommitFailedError
        self._world.watch.committing(offsets)
        group.committed.update(offsets)

    async def poll(self, active: Iterable[TP], give_up: Callable[[], bool]) -> dict[TP, list[Any]]:
        """Records of partitions that have some, once there are; nothing when reading is to stop."""
        logs, positions = [(tp, self._world.broker.logs[tp]) for tp in sorted(active)], self.positions

        def with_news() -> list[TP]:
            return [tp for tp, log in logs if log.stable > positions[tp]]

        def ready() -> bool:
            for tp, log in logs:
                if log.stable > positions[tp]:
                    return True
            return give_up()

        return await self._worker.effect("poll", lambda: {} if give_up() else self._fetched(with_news()), ready=ready)

    def _fetched(self, tps: Sequence[TP]) -> dict[TP, list[Any]]:
        random, found = self._world.random, {}
        for tp in tps:
            if len(tps) > 1 and random.random() < 0.4:
                continue
            log = self._world.broker.logs[tp]
            records, self.positions[tp] = log.read(self.positions[tp], random.choice((1, 3, 6, 20)))
            if not records:
                continue  # nothing there but ends of transactions
            if len(records) > 1 and tp.topic not in hooks_of(self._worker.app).settings.exempt:
                self._world.faults.pierce(records)
            found[tp] = records
            self._world.tell(f"  {tp.topic}/{tp.partition} @{','.join(str(record.offset) for record in records)}")
        return found


class _ThreadStub(driver.AIOKafkaConsumerThread):
    """Faust's consumer thread, without the thread."""

    def __init__(self, consumer: SimConsumer) -> None:
        self._consumer = consumer.worker.client
        self.log = logging.getLogger("hub.runtime.transport")

    def _ensure_consumer(self) -> Any:
        return self._consumer

    async def call_thread(self, fun: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any) -> Any:
        return await fun(*args, **kwargs)

    def assignment(self) -> set[TP]:
        return self._consumer.assignment()

    async def commit(self, offsets: Mapping[TP, int]) -> bool:
        return await self._commit(offsets)


class SimThread(ConsumerThread, _ThreadStub):
    """Our consumer thread."""


class _FaustStub(driver.Consumer):
    """What Faust's consumer does around ours, in its order."""

    should_stop = False
    crashed = False

    def __init__(self, worker: SimWorker) -> None:
        self.worker = worker
        self.app = worker.app
        self.log = logging.getLogger("hub.runtime.transport")
        self.flow_active = False
        self.can_resume_flow = asyncio.Event()
        self._active_partitions: set[TP] = set()
        self._paused_partitions: set[TP] = set()
        self._buffered_partitions: set[TP] = set()
        self._unacked_messages: set[Any] = set()
        self._committed_offset: dict[TP, int | None] = {}
        self._commit_fut: asyncio.Future[None] | None = None
        self._thread = self._new_consumer_thread()

    async def wait(self, event: asyncio.Event) -> None:
        await event.wait()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(seconds, 1.0))

    async def _getmany(self, active: set[TP], timeout: float) -> Mapping[TP, list[Any]]:
        epoch, asked = self._epoch, set(active)

        def is_over() -> bool:
            # In production a poll ends by itself after half a second.
            if not self.flow_active or epoch != self._epoch:
                return True
            return self._active_partitions - self._buffered_partitions != asked

        return await self.worker.client.poll(asked, is_over)

    def _should_commit(self, tp: TP, offset: int) -> bool:
        committed = self._committed_offset.get(tp)
        return committed is None or (bool(offset) and offset > committed)

    async def commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:
        """One commit at a time: whoever comes second waits for the first and leaves it at that."""
        if await self.maybe_wait_for_commit_to_finish():
            return False
        done = self._commit_fut = asyncio.get_running_loop().create_future()
        try:
            offsets = self._filter_committable_offsets(self._filter_tps_with_pending_acks(topics))
            return bool(offsets) and await self._commit_offsets(offsets, start_new_transaction)
        finally:
            self._commit_fut = None
            done.set_result(None)

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """`Consumer.on_partitions_revoked`, then `App._on_partitions_revoked`."""
        self._active_partitions -= revoked
        self._paused_partitions -= revoked
        for tp in revoked:
            self._committed_offset.pop(tp, None)
        if self.assignment():
            self.stop_flow()
            self.pause_partitions(self.assignment())
            self.worker.clear_queues()
            await self.wait_empty()
        await self.worker.runtime.on_revoked(self.app, revoked)

    def stop_flow(self) -> None:
        self.flow_active = False
        self.can_resume_flow.clear()

    def resume_flow(self) -> None:
        self.flow_active = True
        self.can_resume_flow.set()

    def pause_partitions(self, tps: Iterable[TP]) -> None:
        self._paused_partitions |= set(tps)
        self._active_partitions -= set(tps)

    def resume_partitions(self, tps: Iterable[TP]) -> None:
        self._paused_partitions -= set(tps)
        self._active_partitions |= set(tps) & self.worker.client.owned


class SimConsumer(Consumer, _FaustStub):
    """Our consumer."""

    def _new_consumer_thread(self) -> Any:
        return SimThread(self)

    async def fetch(self) -> None:
        """`_drain_messages`: whatever is read goes to the lanes' queues."""
        while True:
            async for tp, message in self.getmany(hooks_of(self.app).settings.poll_timeout):
                if self.worker.deliver(message) >= _QUEUED:
                    self.on_buffer_full(tp)


class SimProducer(BatchProducer):
    """Our producer down to the list of one partition, which is one request."""

    def __init__(self, worker: SimWorker) -> None:
        super().__init__(ProducerSettings(bootstrap=""))
        self._worker = worker
        self._counts = dict(PARTITIONS)

    async def _send_partition(
        self, topic: str, partition: int, outs: Sequence[Out], on_part: Callable[[], None] = lambda: None
    ) -> int:
        world, end = self._worker.world, 0
        # A list may go out in several requests: what follows a crash then is the first part alone.
        cut = world.random.randrange(1, len(outs)) if len(outs) > 1 and world.random.random() < 0.15 else len(outs)
        for part in (outs[:cut], outs[cut:]):
            if part:
                end = await self._worker.effect(
                    f"produce {topic}/{partition} x{len(part)}",
                    lambda part=part: self._append(topic, partition, part),
                    error=KafkaTimeoutError,
                    queue=self._queue(topic, partition),
                    writes=True,
                )
        on_part()
        return end

    def _append(self, topic: str, partition: int, outs: Sequence[Out]) -> int:
        return self._worker.world.append(topic, partition, outs, self._worker.name)

    def _queue(self, topic: str, partition: int) -> object:
        return ("produce", topic, partition)


class SimWriter(SimProducer):
    """A producer with a transactional id: its requests go to the broker's transactions, one after the other."""

    def __init__(self, worker: SimWorker, name: str) -> None:
        super().__init__(worker)
        self._settings = replace(self._settings, transactional_id=name)
        self._name, self._epoch, self._left = name, -1, False

    async def start(self) -> None:
        broker = self._worker.world.broker
        self._epoch = await self._worker.effect(
            f"init {self._name}", lambda: broker.init(self._name), error=KafkaTimeoutError, queue=self, writes=True
        )

    async def stop(self) -> None:
        self._left = True

    def abandon(self) -> None:
        self._left = True

    async def begin(self) -> None:
        return None

    async def add_offsets(self, offsets: Mapping[TopicPartition, OffsetAndMetadata], group: str) -> None:
        wanted = {tp: meta.offset for tp, meta in offsets.items()}
        broker = self._worker.world.broker

        def act() -> None:
            broker.transaction(self._name, self._epoch).offsets.update(wanted)

        await self._ask(f"offer {wanted}", act)

    async def seal(self) -> None:
        await self._ask("seal", lambda: self._worker.world.sealed(self._name, self._epoch))

    async def _ask(self, what: str, act: Callable[[], Any]) -> Any:
        if self._left:
            raise Retry("the transaction was given up")
        return await self._worker.effect(f"{what} {self._name}", act, error=KafkaTimeoutError, queue=self, writes=True)

    def _append(self, topic: str, partition: int, outs: Sequence[Out]) -> int:
        world = self._worker.world
        transaction = world.broker.transaction(self._name, self._epoch)
        return world.append(topic, partition, outs, self._worker.name, transaction)

    def _queue(self, topic: str, partition: int) -> object:
        return self


class SimTransactions(Transactions):
    """Our transactions over simulated producers."""

    def __init__(self, worker: SimWorker) -> None:
        super().__init__(ProducerSettings(bootstrap=""), "sim")
        self._worker = worker

    async def _begin_epoch(self, target: tuple[str, int]) -> Any:
        writer = SimWriter(self._worker, f"sim.{target[0]}.{target[1]}")
        await writer.start()
        self._writers[target] = writer
        return writer


class SimChangelog:
    """A ChangelogReader on the logs of the broker."""

    def __init__(self, worker: SimWorker, topic: str) -> None:
        self._worker, self._topic = worker, topic

    async def bounds(self, partition: int) -> tuple[int, int | None]:
        log = self._worker.world.broker.logs[self._topic, partition]
        return await self._worker.effect(
            f"bounds {self._topic}/{partition}",
            lambda: (log.records[0].offset if log.records else log.end, log.stable),
            error=KafkaTimeoutError,
        )

    async def read(self, partition: int, start: int) -> AsyncIterator[Changes]:
        """As `KafkaChangelog.read`: up to the end as it was told at the beginning."""
        _, end = await self.bounds(partition)
        log, position = self._worker.world.broker.logs[self._topic, partition], start
        while end is None or position < end:
            # The position moves over what compaction and transactions left out, too.
            records, position = await self._worker.effect(
                f"read {self._topic}/{partition} from {position}",
                lambda at=position: log.read(at, self._worker.world.random.choice((1, 3, 50))),
                error=KafkaTimeoutError,
            )
            yield Changes([_entry(record) for record in records], position)


class SimTail:
    """A Tail on the logs of the broker."""

    def __init__(self, worker: SimWorker) -> None:
        self._worker = worker

    async def ends(self, partition: int, names: Sequence[str]) -> Mapping[str, int]:
        logs = self._worker.world.broker.logs
        return await self._worker.effect(
            f"ends of /{partition}",
            lambda: {name: logs[name, partition].stable for name in names},
            error=KafkaTimeoutError,
        )

    async def read(self, topic: str, partition: int, start: int, most: int) -> tuple[list[Written], int]:
        log = self._worker.world.broker.logs[topic, partition]

        def act() -> tuple[list[Written], int]:
            records, position = log.read(start, self._worker.world.random.choice((1, 4, most)))
            return [Written(record.key, record.value, term_in(record.headers)) for record in records], position

        return await self._worker.effect(f"look at {topic}/{partition} from {start}", act, error=KafkaTimeoutError)


def event_of(message: Any, ack: Callable[[Any], object]) -> Any:
    """What Faust's streams yield."""
    return SimpleNamespace(value=message.value, ack=lambda: ack(message))
