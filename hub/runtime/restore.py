"""Bringing a partition's store up to date with `hub.subjects.v1`, which is the truth (I7).

The store's marker says up to where it is whole; everything after is read and written again. Applying a state twice
changes nothing, so a restore that is interrupted is simply done again.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

from hub.errors import Retry
from hub.runtime.security import OPEN, KafkaSecurity
from hub.store.ports import SubjectStore

DueOf = Callable[[bytes], int | None]
"""Next wake-up (ms) of a subject, from its state bytes."""


class Restored(msgspec.Struct, frozen=True):
    """What a restore did. `wiped`: the store belonged to another life of the topic and was emptied first."""

    partition: int
    records: int
    marker: int
    seconds: float
    wiped: bool = False


class Changes(msgspec.Struct, frozen=True):
    """Consecutive states read from the topic: the latest per key, and the offset after the last."""

    states: dict[bytes, bytes | None]
    records: int
    next_offset: int


class ChangelogReader(Protocol):
    """Reads one partition of the changelog to its end."""

    async def bounds(self, partition: int) -> tuple[int, int | None]:
        """First offset, and the end if the broker can be trusted to know it."""

    def read(self, partition: int, start: int) -> AsyncIterator[Changes]:
        """Everything from `start` to the end."""


def _unheard() -> None:
    """Nobody wants to know that a part is restored."""


async def restore(
    partition: int,
    generation: int,
    reader: ChangelogReader,
    store: SubjectStore,
    due_of: DueOf,
    on_part: Callable[[], None] = _unheard,
) -> Restored:
    """Replay the tail the store has not seen. Call after `store.claim`, before the first batch."""
    started = time.monotonic()
    marker = await store.marker(partition)
    first, end = await reader.bounds(partition)
    wiped = marker is not None and end is not None and marker > end
    if wiped:
        await store.wipe(partition)
        await store.claim(partition, generation)
        marker = None
    position = first if marker is None else max(first, marker)
    records = 0
    async for changes in reader.read(partition, position):
        due = {key: None if state is None else due_of(state) for key, state in changes.states.items()}
        await store.save(partition, generation, changes.states, changes.next_offset, due)
        position = changes.next_offset
        records += changes.records
        on_part()
    if records == 0 and marker is None:
        await store.save(partition, generation, {}, position, {})
    return Restored(partition, records, position, time.monotonic() - started, wiped)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderSettings:
    """`idle_end`: on the embedded broker, which reports a wrong end, stop after that many seconds without data."""

    bootstrap: str
    topic: str
    security: KafkaSecurity = OPEN
    idle_end: float | None = None
    chunk: int = 5000
    stall_timeout: float = 30.0

    def embedded(self) -> ReaderSettings:
        """The same on the embedded broker."""
        return ReaderSettings(
            bootstrap=self.bootstrap, topic=self.topic, idle_end=0.5, chunk=self.chunk, stall_timeout=self.stall_timeout
        )


class KafkaChangelog:
    """A `ChangelogReader` on Kafka: one consumer outside of any group."""

    def __init__(self, consumer: AIOKafkaConsumer, settings: ReaderSettings) -> None:
        self._consumer = consumer
        self._settings = settings

    async def bounds(self, partition: int) -> tuple[int, int | None]:
        """See `ChangelogReader.bounds`."""
        tp = TopicPartition(self._settings.topic, partition)
        first = int((await self._consumer.beginning_offsets([tp]))[tp])
        if self._settings.idle_end is not None:
            return first, None
        return first, int((await self._consumer.end_offsets([tp]))[tp])

    async def read(self, partition: int, start: int) -> AsyncIterator[Changes]:
        """See `ChangelogReader.read`."""
        tp = TopicPartition(self._settings.topic, partition)
        _, end = await self.bounds(partition)
        self._consumer.assign([tp])
        self._consumer.seek(tp, start)
        position = start
        quiet_since = time.monotonic()
        while end is None or position < end:
            polled = await self._consumer.getmany(tp, timeout_ms=100, max_records=self._settings.chunk)
            records: Sequence[object] = polled.get(tp, ())
            if records:
                changes = _latest(records)
                yield changes
            # The position moves over what compaction and transactions left out, too.
            reached = int(await self._consumer.position(tp))
            if reached > position:
                position, quiet_since = reached, time.monotonic()
            elif self._is_over(time.monotonic() - quiet_since):
                return

    def _is_over(self, quiet: float) -> bool:
        if self._settings.idle_end is not None:
            return quiet >= self._settings.idle_end
        if quiet >= self._settings.stall_timeout:
            raise Retry(f"{self._settings.topic}: no data before the end the broker reports")
        return False


@asynccontextmanager
async def open_changelog(settings: ReaderSettings) -> AsyncIterator[KafkaChangelog]:
    """A connected reader; use it for one partition at a time."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.bootstrap,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        max_partition_fetch_bytes=8 * 1024 * 1024,
        fetch_max_wait_ms=100,
        **settings.security.for_aiokafka(),
    )
    try:
        await consumer.start()
        yield KafkaChangelog(consumer, settings)
    finally:
        await consumer.stop()


def _latest(records: Sequence[object]) -> Changes:
    states: dict[bytes, bytes | None] = {}
    for record in records:
        states[record.key] = record.value  # type: ignore[attr-defined]
    return Changes(states, len(records), int(records[-1].offset) + 1)  # type: ignore[attr-defined]
