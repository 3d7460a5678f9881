"""Bringing a partition's store up to date with `hub.subjects.v1`, which is the truth (I7).

The store's marker says up to where it is whole; everything after is read and written again. Applying a state twice
changes nothing, so a restore that is interrupted is simply done again.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

import msgspec
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from hub.errors import Misplaced, Retry, RolledBack
from hub.runtime import topics
from hub.runtime.reading import KeptConsumer, lone_consumer
from hub.runtime.records import term_in
from hub.runtime.security import OPEN, KafkaSecurity
from hub.store.ports import Hold, SubjectStore

DueOf = Callable[[bytes], int | None]
"""Next wake-up (ms) of a subject, from its state bytes."""


class Restored(msgspec.Struct, frozen=True):
    """What a restore did. `wiped`: the store belonged to another life of the topic and was emptied first.

    `overruled`: keys whose newest record on the topic was written by somebody whose time was over. What they should
    read is in the store, and has to be written to the topic again.
    """

    hold: Hold
    records: int = 0
    seconds: float = 0.0
    wiped: bool = False
    overruled: frozenset[bytes] = frozenset()


Entry = tuple[bytes, bytes | None, int]
"""Key, state, and the term it was written under; 0 where the record tells none: then it is in its right place."""


class Changes(msgspec.Struct, frozen=True):
    """Consecutive records of the topic, and the offset up to which nothing more is to come before the next ones."""

    entries: Sequence[Entry]
    next_offset: int


class ChangelogReader(Protocol):
    """Reads one partition of the changelog to its end."""

    async def bounds(self, partition: int) -> tuple[int, int | None]:
        """First offset, and the end if the broker can be trusted to know it."""

    def read(self, partition: int, start: int) -> AsyncIterator[Changes]:
        """Everything from `start` to the end."""


def _unheard() -> None:
    """Nobody wants to know that a part is restored."""


def _anywhere(key: bytes) -> bool:
    return True


_SAMPLE = 100


async def restore(
    hold: Hold,
    reader: ChangelogReader,
    store: SubjectStore,
    due_of: DueOf,
    on_part: Callable[[], None] = _unheard,
    *,
    belongs: Callable[[bytes], bool] = _anywhere,
) -> Restored:
    """Replay the tail the store has not seen, with the hold that `store.claim` gave; before the first batch.

    `belongs`: this is the partition for a key. A sample is asked for: it takes long, and a wrong number of partitions
    misplaces nearly all. Raises Misplaced.
    """
    started = time.monotonic()
    first, end = await reader.bounds(hold.partition)
    wiped = hold.marker is not None and end is not None and hold.marker > end
    if wiped:
        hold = await _begin_anew(hold, store)
    try:
        done = await _replay(hold, first, reader, store, due_of, on_part, belongs)
    except _Ambiguous:
        hold = await _begin_anew(hold, store)
        done = await _replay(hold, first, reader, store, due_of, on_part, belongs)
    return msgspec.structs.replace(done, wiped=wiped, seconds=time.monotonic() - started)


async def _begin_anew(hold: Hold, store: SubjectStore) -> Hold:
    await store.wipe(hold.partition)
    return await store.claim(hold.partition, hold.generation, beyond=hold.term)


class _Ambiguous(Exception):  # noqa: N818 - not an error: the replay has to begin at the beginning
    """A restore that did not finish has seen more than is known now."""


async def _replay(
    hold: Hold,
    first: int,
    reader: ChangelogReader,
    store: SubjectStore,
    due_of: DueOf,
    on_part: Callable[[], None],
    belongs: Callable[[bytes], bool],
) -> Restored:
    sieve = _Sieve(hold)
    begin = position = first if hold.marker is None else max(first, hold.marker)
    looked_at, records = hold.ends.get(topics.SUBJECTS, begin), 0
    async for changes in reader.read(hold.partition, position):
        states = sieve.latest(changes.entries)
        due = {key: None if state is None else due_of(state) for key, state in states.items()}
        position = changes.next_offset
        ends = {_PEAK: sieve.peak}
        if sieve.overruled:  # whoever comes after us must look there again, should we die before it is put right
            ends[topics.SUBJECTS] = looked_at
        hold = await store.save(hold, states, position, due, ends=ends)
        records += len(changes.entries)
        on_part()
    if not all(belongs(key) for key in sieve.sample()):
        raise Misplaced(hold.partition)
    if sieve.peak > hold.term:
        # The store was lost, and with it how often the group began to count anew: outrank whoever wrote here before.
        again = await store.claim(hold.partition, hold.generation, beyond=sieve.peak)
        if again.marker != hold.marker:
            raise RolledBack(hold.partition)
        hold = again
    hold = await store.save(hold, {}, position, {}, whole=True)
    return Restored(hold, records, overruled=frozenset(sieve.overruled))


# How far the terms went that an unfinished restore has seen: a name among the hold's ends.
_PEAK = "peak"


class _Sieve:
    """Tells whose records count. A worker that slept through its own replacement may write when it wakes up: what it
    writes is older than it looks, and may lack claims. Its term gives it away (ADR 0013).
    """

    def __init__(self, hold: Hold) -> None:
        self._whole = hold.whole or 0
        self._seen_before = hold.ends.get(_PEAK, 0) if hold.marker is not None else 0
        self._terms: dict[bytes, int] = {}
        self.peak = self._seen_before
        self.overruled: set[bytes] = set()
        self._gone: set[bytes] = set()

    def sample(self) -> Iterable[bytes]:
        """Some of the keys that have a state."""
        return itertools.islice((key for key in self._terms if key not in self._gone), _SAMPLE)

    def latest(self, entries: Sequence[Entry]) -> dict[bytes, bytes | None]:
        """The states that stand, of those told here."""
        states: dict[bytes, bytes | None] = {}
        for key, state, term in entries:
            if term and (term < self._whole or term < self._terms.get(key, 0)):
                self.overruled.add(key)
                continue
            if self._whole < self._seen_before and 0 < term < self._seen_before:
                raise _Ambiguous
            self._terms[key] = term
            self.peak = max(self.peak, term)
            self.overruled.discard(key)
            self._gone.add(key) if state is None else self._gone.discard(key)
            states[key] = state
        return states


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
            # The position moves over what compaction and transactions left out, too.
            reached = int(await self._consumer.position(tp))
            if reached > position:
                position, quiet_since = reached, time.monotonic()
                yield Changes([_entry(record) for record in polled.get(tp, ())], reached)
            elif self._is_over(time.monotonic() - quiet_since):
                return

    def _is_over(self, quiet: float) -> bool:
        if self._settings.idle_end is not None:
            return quiet >= self._settings.idle_end
        if quiet >= self._settings.stall_timeout:
            raise Retry(f"{self._settings.topic}: no data before the end the broker reports")
        return False


class KeptChangelog:
    """A reader that stays connected between restores: a rebalance asks for one partition after the other."""

    def __init__(self, settings: ReaderSettings) -> None:
        self._settings = settings
        self._kept = KeptConsumer(lambda: _consumer(settings))

    @asynccontextmanager
    async def borrow(self) -> AsyncIterator[KafkaChangelog]:
        """The reader, for one partition."""
        async with self._kept.borrow() as consumer:
            yield KafkaChangelog(consumer, self._settings)
            consumer.pause(*consumer.assignment())  # or it would go on reading ahead

    async def stop(self) -> None:
        """Disconnect."""
        await self._kept.stop()


@asynccontextmanager
async def open_changelog(settings: ReaderSettings) -> AsyncIterator[KafkaChangelog]:
    """A connected reader; use it for one partition at a time."""
    consumer = _consumer(settings)
    try:
        await consumer.start()
        yield KafkaChangelog(consumer, settings)
    finally:
        await consumer.stop()


def _consumer(settings: ReaderSettings) -> AIOKafkaConsumer:
    return lone_consumer(settings.bootstrap, settings.security, max_partition_fetch_bytes=8 * 1024 * 1024)


def _entry(record: ConsumerRecord) -> Entry:
    return record.key, record.value, term_in(record.headers)
