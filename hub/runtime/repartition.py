"""More partitions without losing a state: what is kept by key moves to the partition its key belongs to now.

Raising the number of partitions sends a subject's next claims to another partition than the one its state is in. Here
the states follow, and with them the shared records, the alerts and the claims nobody has taken in yet. Every step may
be done again, so a run that was interrupted is simply run again; workers refuse to start until one has finished.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

import msgspec
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from hub.errors import Retry
from hub.runtime import topics
from hub.runtime.partitioner import Partitioner
from hub.runtime.producer import BatchProducer
from hub.runtime.reading import lone_consumer
from hub.runtime.records import Out, term_in
from hub.runtime.security import KafkaSecurity

log = logging.getLogger(__name__)
TIED = topics.CO_PARTITIONED
_AT_ONCE = 2000
_STALLED = 60.0  # seconds without a record that is known to be there
_PAUSE = 0.2


class Placed(msgspec.Struct, frozen=True):
    """A record where it lies."""

    offset: int
    key: bytes
    value: bytes | None
    term: int


class Mover(Protocol):
    """Reads parts of partitions, and the group's offsets."""

    async def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """First offset, and the end."""

    def records(self, topic: str, partition: int, start: int, end: int) -> AsyncIterator[list[Placed]]:
        """Everything from `start` to `end`, in parts."""

    async def committed(self, topic: str, partition: int) -> int | None:
        """What the group has handled; None if nothing."""

    async def commit(self, topic: str, partition: int, offset: int) -> None:
        """The group has handled everything before that offset."""


class Moved(msgspec.Struct, frozen=True):
    """How many records of a topic went to another partition."""

    topic: str
    records: int


class Repartition:
    """One run, with `count` partitions as there are now."""

    def __init__(self, mover: Mover, producer: BatchProducer, count: int, subject_of: Callable[[bytes], bytes]) -> None:
        """`subject_of`: the key of the subject that an alert's record is about."""
        self._mover = mover
        self._producer = producer
        self._count = count
        self._subject_of = subject_of
        self._partitioner = Partitioner()

    async def run(self) -> list[Moved]:
        """Move everything. States come before the claims that will meet them."""
        moved = []
        for topic in (topics.SUBJECTS, topics.RESIDENTS, topics.ALERTS):
            parts = [await self._kept(topic, partition) for partition in range(self._count)]
            moved.append(Moved(topic, sum(parts)))
        return [*moved, Moved(topics.CLAIMS, await self._waiting())]

    async def _kept(self, topic: str, partition: int) -> int:
        """The newest record of every key that belongs elsewhere goes there, and is then erased here."""
        first, end = await self._mover.bounds(topic, partition)
        newest = await self._newest(topic, partition, first, end)
        moved = 0
        async for records in self._mover.records(topic, partition, first, end):
            leaving = [
                (record, self._place(topic, record))
                for record in records
                if record.value is not None and newest.get(record.key) == record.offset
            ]
            gone = [(record, place) for record, place in leaving if place != partition]
            await self._producer.send(Out(topic, record.key, record.value, place) for record, place in gone)
            await self._producer.send(Out(topic, record.key, None, partition) for record, _ in gone)
            moved += len(gone)
        return moved

    async def _newest(self, topic: str, partition: int, first: int, end: int) -> dict[bytes, int]:
        """Where the record is that stands, by key: not a late one of a writer whose time was over (ADR 0013)."""
        standing: dict[bytes, tuple[int, int]] = {}
        async for records in self._mover.records(topic, partition, first, end):
            for record in records:
                term, _ = standing.get(record.key, (0, 0))
                if record.term == 0 or record.term >= term:
                    standing[record.key] = (record.term, record.offset)
        return {key: offset for key, (_, offset) in standing.items()}

    def _place(self, topic: str, record: Placed) -> int:
        subject = self._subject_of(record.value or b"") if topic == topics.ALERTS else record.key
        return self._partitioner(subject, self._count)

    async def _waiting(self) -> int:
        """Claims nobody has taken in are sent again, each to where it belongs; the group skips the old ones."""
        sent = 0
        ends: dict[int, int] = {}
        starts: dict[int, int] = {}
        for partition in range(self._count):  # before the first is sent: what is sent here must not be skipped
            first, ends[partition] = await self._mover.bounds(topics.CLAIMS, partition)
            handled = await self._mover.committed(topics.CLAIMS, partition)
            starts[partition] = first if handled is None else max(first, handled)
        for partition, end in ends.items():
            async for records in self._mover.records(topics.CLAIMS, partition, starts[partition], end):
                await self._producer.send(self._again(records))
                sent += len(records)
        for partition, end in ends.items():
            await self._mover.commit(topics.CLAIMS, partition, end)
        return sent

    def _again(self, records: Iterable[Placed]) -> Iterable[Out]:
        return (
            Out(topics.CLAIMS, record.key, record.value, self._partitioner(record.key, self._count))
            for record in records
        )


class KafkaMover:
    """A `Mover` on Kafka. Reading is one consumer's, of no group; keeping the group's offsets another's.

    aiokafka's coordinator of a group falls over an assignment that changes while it looks for its broker, and every
    poll fails from then on: the keeper is assigned all its partitions at once, and for good.
    """

    def __init__(self, reader: AIOKafkaConsumer, keeper: AIOKafkaConsumer) -> None:
        self._reader = reader
        self._keeper = keeper

    async def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """See `Mover.bounds`."""
        tp = TopicPartition(topic, partition)
        first = await self._reader.beginning_offsets([tp])
        return int(first[tp]), int((await self._reader.end_offsets([tp]))[tp])

    async def records(self, topic: str, partition: int, start: int, end: int) -> AsyncIterator[list[Placed]]:
        """See `Mover.records`."""
        tp = TopicPartition(topic, partition)
        self._reader.assign([tp])
        self._reader.seek(tp, start)
        position, quiet_since = start, time.monotonic()
        while position < end:
            polled = await self._polled(tp)
            reached = int(await self._reader.position(tp))
            if reached > position:
                position, quiet_since = reached, time.monotonic()
            elif time.monotonic() - quiet_since > _STALLED:
                raise Retry(f"{topic}: no data before the end the broker reports")
            found = [Placed(r.offset, r.key, r.value, term_in(r.headers)) for r in polled.get(tp, ())]
            yield [record for record in found if record.offset < end]

    async def _polled(self, tp: TopicPartition) -> Mapping[TopicPartition, Sequence[ConsumerRecord]]:
        """What came; nothing where the broker could not answer. It may not know a partition yet that was just added."""
        try:
            polled: Mapping[TopicPartition, Sequence[ConsumerRecord]]
            polled = await self._reader.getmany(tp, timeout_ms=200, max_records=_AT_ONCE)
        except KafkaError as error:
            log.warning("%s-%d: %s, reading again", tp.topic, tp.partition, type(error).__name__)
            await asyncio.sleep(_PAUSE)
            return {}
        return polled

    async def committed(self, topic: str, partition: int) -> int | None:
        """See `Mover.committed`."""
        found = await self._keeper.committed(TopicPartition(topic, partition))
        return None if found is None else int(found)

    async def commit(self, topic: str, partition: int, offset: int) -> None:
        """See `Mover.commit`."""
        await self._keeper.commit({TopicPartition(topic, partition): offset})


@asynccontextmanager
async def open_mover(bootstrap: str, group: str, security: KafkaSecurity, count: int) -> AsyncIterator[KafkaMover]:
    """A connected mover for `count` partitions of claims. The group must have no members."""
    reader = lone_consumer(bootstrap, security, max_partition_fetch_bytes=8 * 1024 * 1024)
    keeper = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False, **security.for_aiokafka()
    )
    try:
        await reader.start()
        await keeper.start()
        keeper.assign([TopicPartition(topics.CLAIMS, partition) for partition in range(count)])
        yield KafkaMover(reader, keeper)
    finally:
        await keeper.stop()
        await reader.stop()
