"""A broker in memory: logs, a consumer group with generations, and what brokers do to records over time."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from aiokafka import TopicPartition
from aiokafka.errors import InvalidProducerEpoch

from hub.runtime import topics
from hub.runtime.producer import ProducerSettings
from hub.runtime.records import Out, headers_of

PARTITIONS = {
    **dict.fromkeys(topics.AGENCY_TOPICS.values(), 1),
    topics.CLAIMS: 2,
    topics.SUBJECTS: 2,
    topics.RESIDENTS: 2,
    topics.ALERTS: 2,
    topics.FEEDBACK: 1,
    topics.QUARANTINE: 1,
}
COMPACTED = frozenset({topics.SUBJECTS, topics.RESIDENTS, topics.ALERTS})


@dataclass(eq=False)
class Transaction:
    """Everything one producer writes between begin and end; visible to readers when it is committed."""

    name: str
    epoch: int
    state: str = "open"
    parts: list[tuple[str, int, list[Out]]] = field(default_factory=list)
    offsets: dict[TopicPartition, int] = field(default_factory=dict)
    seen_open: float | None = None  # since when the broker has an eye on it


class Kept(NamedTuple):
    """One record of a log, with what aiokafka's records have and the runtime reads."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp: int
    writer: str
    headers: tuple[tuple[str, bytes], ...] = ()
    transaction: Transaction | None = None

    @property
    def serialized_key_size(self) -> int:
        return len(self.key or b"")

    @property
    def serialized_value_size(self) -> int:
        return len(self.value or b"")

    @property
    def visible(self) -> bool:
        return self.transaction is None or self.transaction.state == "committed"


class Log:
    """One partition. Offsets are never used twice; compaction takes older records of a key away."""

    def __init__(self, topic: str, partition: int) -> None:
        self.topic, self.partition = topic, partition
        self.records: list[Kept] = []
        self.end = 0
        self.late: set[int] = set()  # offsets of what was written by who may not any more
        self.open: list[tuple[int, Transaction]] = []  # where each open transaction begins here

    @property
    def stable(self) -> int:
        """Up to where a reader of what is committed may read."""
        return min(at for at, _ in self.open) if self.open else self.end

    def append(self, out: Out, timestamp: int, writer: str, transaction: Transaction | None = None) -> None:
        if transaction is not None and all(known is not transaction for _, known in self.open):
            self.open.append((self.end, transaction))
        where = (self.topic, self.partition, self.end)
        self.records.append(Kept(*where, out.key, out.value, timestamp, writer, tuple(headers_of(out)), transaction))
        self.end += 1

    def mark_end(self, transaction: Transaction) -> None:
        """The record that ends a transaction takes an offset, too."""
        self.open = [(at, known) for at, known in self.open if known is not transaction]
        self.end += 1

    def read(self, start: int, most: int) -> tuple[list[Kept], int]:
        """Committed records from `start` on, and the offset to read on at."""
        stable, found = self.stable, []
        for record in self.records[bisect_left(self.records, start, key=lambda record: record.offset) :]:
            if record.offset >= stable or len(found) == most:
                return found, min(record.offset, stable)
            if record.visible:
                found.append(record)
        return found, stable

    def between(self, start: int, end: int) -> list[Kept]:
        """Committed records with offsets in this range."""
        at = bisect_left(self.records, start, key=lambda record: record.offset)
        to = bisect_left(self.records, end, key=lambda record: record.offset)
        return [record for record in self.records[at:to] if record.visible]

    def compact(self, upto: int) -> int:
        """Keep of every key only the newest record below `upto`; returns how many records went.

        What somebody wrote late, and nobody has written over yet, is too young to be compacted: topics wait for three
        days (`min.compaction.lag.ms`), mending for seconds.
        """
        standing = {record.key: record.offset for record in self.records if record.visible}
        upto = min(upto, self.stable, *(self.late & {*standing.values()}))
        newest = {record.key: record.offset for record in self.records if record.offset < upto and record.visible}
        before = len(self.records)
        self.records = [r for r in self.records if r.offset >= upto or newest.get(r.key) == r.offset]
        return before - len(self.records)


@dataclass
class Group:
    """The consumer group: eager rebalance, one generation after the other."""

    read: Sequence[str]
    generation: int = 0
    committed: dict[TopicPartition, int] = field(default_factory=dict)
    members: list[str] = field(default_factory=list)
    joined: set[str] = field(default_factory=set)
    assignment: dict[str, list[TopicPartition]] = field(default_factory=dict)
    stable: bool = True

    def unsettle(self) -> None:
        """Somebody came or went: everybody joins anew."""
        self.stable = False
        self.joined.clear()

    def join(self, member: str) -> None:
        if self.stable or member not in self.members:
            self.unsettle()
        if member not in self.members:
            self.members.append(member)
        self.joined.add(member)
        self._complete()

    def leave(self, member: str) -> None:
        """It said so, or its session timed out."""
        if member in self.members:
            joined = self.joined - {member}
            was_stable = self.stable
            self.members.remove(member)
            self.assignment.pop(member, None)
            if was_stable:
                self.unsettle()
            else:
                self.joined = joined
            self._complete()

    def wants(self, member: str) -> bool:
        """Must this member give its partitions back and join?"""
        return member not in self.members or (not self.stable and member not in self.joined)

    def has_place(self, member: str) -> bool:
        return self.stable and member in self.assignment

    def _complete(self) -> None:
        if not self.members or not set(self.members) <= self.joined:
            return
        self.stable = True
        self.generation += 1
        places = [TopicPartition(topic, number) for topic in self.read for number in range(PARTITIONS[topic])]
        self.assignment = {member: places[at :: len(self.members)] for at, member in enumerate(sorted(self.members))}


class Broker:
    """Topics, the group and transactions. Every write is one atomic append of a list to one partition."""

    patience = ProducerSettings(bootstrap="").transaction_timeout  # seconds

    def __init__(self, read: Sequence[str]) -> None:
        self.logs = {
            (topic, number): Log(topic, number) for topic, count in PARTITIONS.items() for number in range(count)
        }
        self.group = Group(read)
        self.epochs: dict[str, int] = {}
        self.running: dict[str, Transaction] = {}

    def append(
        self,
        topic: str,
        partition: int,
        outs: Sequence[Out],
        timestamp: int,
        writer: str,
        transaction: Transaction | None = None,
    ) -> int:
        """The offset after the last record written."""
        log = self.logs[topic, partition]
        for out in outs:
            log.append(out, timestamp, writer, transaction)
        if transaction is not None:
            transaction.parts.append((topic, partition, list(outs)))
        return log.end

    def newest(self, topic: str) -> dict[bytes, bytes | None]:
        """What a reader of a compacted topic ends with."""
        found: dict[bytes, bytes | None] = {}
        for (name, _), log in self.logs.items():
            if name == topic:
                found.update((record.key or b"", record.value) for record in log.records if record.visible)
        return found

    def lag(self) -> int:
        """Records of the topics read that are not committed, and transactions nobody has ended."""
        committed = self.group.committed
        return len(self.running) + sum(
            len(log.between(committed.get(TopicPartition(*target), 0), log.end))
            for target, log in self.logs.items()
            if target[0] in self.group.read and log.end > committed.get(TopicPartition(*target), 0)
        )

    def forget_group(self) -> None:
        """It is deleted: offsets and the count of its generations are gone."""
        self.group = Group(self.group.read)

    # --- transactions -------------------------------------------------------------------------------------------------

    def init(self, name: str) -> int:
        """InitProducerId: whoever had the name before is fenced, and what they had begun is aborted."""
        self.abort(name)
        self.epochs[name] = self.epochs.get(name, -1) + 1
        return self.epochs[name]

    def abort(self, name: str) -> bool:
        """End the open transaction of that name without effect."""
        transaction = self.running.pop(name, None)
        if transaction is not None:
            self._end(transaction, "aborted")
        return transaction is not None

    def time_out(self, now: float) -> None:
        """What stays open for too long is aborted, and whoever opened it fenced: no reader is held up for ever."""
        for name, transaction in list(self.running.items()):
            if transaction.seen_open is None:
                transaction.seen_open = now
            elif now - transaction.seen_open > self.patience:
                self.abort(name)
                self.epochs[name] += 1

    def transaction(self, name: str, epoch: int) -> Transaction:
        """The open transaction of a producer; its first write opens it. Raises ProducerFenced."""
        if self.epochs.get(name) != epoch:
            raise InvalidProducerEpoch
        return self.running.setdefault(name, Transaction(name, epoch))

    def commit(self, name: str, epoch: int) -> Transaction | None:
        """Everything of the open transaction becomes visible, offsets included."""
        if self.epochs.get(name) != epoch:
            raise InvalidProducerEpoch
        transaction = self.running.pop(name, None)
        if transaction is not None:
            self._end(transaction, "committed")
        return transaction

    def _end(self, transaction: Transaction, state: str) -> None:
        transaction.state = state
        for target in dict.fromkeys((topic, partition) for topic, partition, _ in transaction.parts):
            self.logs[target].mark_end(transaction)
