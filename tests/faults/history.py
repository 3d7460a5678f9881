"""What a run left behind: all records of all topics, the group's offsets, the store before and after a rebuild."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from redis import Redis

from hub.domain.claim import State, SubjectState
from hub.runtime.records import term_in
from tests.faults.agencies import Position
from tests.faults.answering import Content, Reply
from tests.faults.city import CityBook, Message, journey, wire
from tests.faults.plan import Plan
from tests.faults.stream import Sendable
from tests.faults.watch import ALL_TOPICS, Sample, Target

Dump = Mapping[str, Mapping[bytes, bytes | float]]
"""By key of Redis: fields and values of a hash, members and scores of a sorted set."""


@dataclass(frozen=True)
class Entry:
    """One record as the broker holds it."""

    offset: int
    key: bytes | None
    value: bytes | None
    term: int = 0  # under which its writer owned the partition, where it says so


@dataclass
class History:
    """Everything the checker may look at. It never asks the hub what it thinks it did."""

    plan: Plan
    book: CityBook
    stream: list[Sendable]
    acknowledged: Mapping[Position, bytes]
    topics: dict[str, dict[int, list[Entry]]]
    committed: Mapping[Target, int]
    samples: list[Sample]
    store: Dump
    rebuilt: Dump
    logs: list[Path]
    quiet: bool
    lag: int
    ends: Mapping[int, int] = field(default_factory=dict)  # exit codes of workers -> how often
    given: Mapping[Content, Reply] = field(default_factory=dict)  # agencies' answers, by what was written
    memo: dict[bytes, State] = field(default_factory=dict)

    def state(self, value: bytes) -> State:
        """A state from its bytes; the same bytes are read once."""
        found = self.memo.get(value)
        if found is None:
            found = self.memo[value] = wire().read_state(value)
        return found

    def entries(self, topic: str) -> list[tuple[int, Entry]]:
        """Partition and record, partition by partition in order."""
        return [(number, entry) for number, entries in self.topics[topic].items() for entry in entries]

    def latest(self, topic: str) -> dict[bytes, bytes]:
        """The newest value of every key that has one."""
        newest = {entry.key: entry.value for _, entry in self.entries(topic) if entry.key is not None}
        return {key: value for key, value in newest.items() if value is not None}

    def meanings(self) -> dict[tuple[str, bytes | None, bytes | None], Message]:
        """What agencies meant by a record that they sent, however they put it; of rubbish nothing is known."""
        return {
            (sendable.topic, sendable.key, sendable.value): self.book.messages[sendable.event]
            for sendable in self.stream
            if sendable.event is not None
        }

    def stored_states(self) -> dict[bytes, bytes]:
        """Every subject's bytes in the store."""
        return {
            key: value
            for name, fields in self.store.items()
            if name.endswith(":state")
            for key, value in fields.items()
            if isinstance(value, bytes)
        }

    @cached_property
    def final_states(self) -> list[State]:
        """What the store held in the end."""
        return [self.state(value) for value in self.stored_states().values()]

    @cached_property
    def books(self) -> list[SubjectState]:
        """The subjects that agencies answered, with the answers in their books."""
        return [state for state in self.final_states if isinstance(state, SubjectState) and state.answers]

    @cached_property
    def residents(self) -> dict[str, dict[str, Any]]:
        """The shared record that follows from every resident's state, by id."""
        kept = (s for s in self.final_states if isinstance(s, SubjectState) and s.kind == "resident")
        documents = (journey().resident(state) for state in kept)
        return {document["resident_id"]: document for document in documents if document}


async def read_topics(bootstrap: str, partitions: int) -> dict[str, dict[int, list[Entry]]]:
    """All that committed readers see, from the beginning to the end."""
    targets = [TopicPartition(topic, number) for topic in ALL_TOPICS for number in range(partitions)]
    found: dict[str, dict[int, list[Entry]]] = {topic: {n: [] for n in range(partitions)} for topic in ALL_TOPICS}
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        isolation_level="read_committed",
        enable_auto_commit=False,
        max_partition_fetch_bytes=8 * 1024 * 1024,
        fetch_max_wait_ms=50,
    )
    await consumer.start()
    try:
        ends = await consumer.end_offsets(targets)
        open_ends = {tp for tp in targets if ends[tp]}
        consumer.assign(list(open_ends))
        await consumer.seek_to_beginning(*open_ends)
        while open_ends:
            for tp, records in (await consumer.getmany(timeout_ms=300)).items():
                found[tp.topic][tp.partition] += [Entry(r.offset, r.key, r.value, term_in(r.headers)) for r in records]
            open_ends = {tp for tp in open_ends if await consumer.position(tp) < ends[tp]}
    finally:
        await consumer.stop()
    return found


def dump_of(port: int) -> Dump:
    """Everything Redis holds of the hub."""
    found: dict[str, dict[bytes, bytes | float]] = {}
    with Redis(port=port) as redis:
        for key in redis.scan_iter(match="hub:*", count=1000):
            kind: Any = redis.type(key)
            if kind == b"hash":
                found[key.decode()] = redis.hgetall(key)
            elif kind == b"zset":
                found[key.decode()] = dict(redis.zrange(key, 0, -1, withscores=True))
            else:
                found[key.decode()] = {b"": redis.dump(key) or b""}
    return found


def due_now(port: int, now_ms: int) -> int:
    """How many wake-ups are due and not served."""
    with Redis(port=port) as redis:
        return sum(redis.zcount(key, "-inf", now_ms) for key in redis.scan_iter(match="hub:*:due"))
