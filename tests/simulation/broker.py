"""A broker in memory: logs, a consumer group with generations, and what brokers do to records over time."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from aiokafka import TopicPartition

from hub.runtime import topics
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
READ = (*topics.AGENCY_TOPICS.values(), topics.FEEDBACK, topics.CLAIMS)
COMPACTED = frozenset({topics.SUBJECTS, topics.RESIDENTS, topics.ALERTS})


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

    @property
    def serialized_key_size(self) -> int:
        return len(self.key or b"")

    @property
    def serialized_value_size(self) -> int:
        return len(self.value or b"")


class Log:
    """One partition. Offsets are never used twice; compaction takes older records of a key away."""

    def __init__(self, topic: str, partition: int) -> None:
        self.topic, self.partition = topic, partition
        self.records: list[Kept] = []
        self.end = 0

    def append(self, out: Out, timestamp: int, writer: str) -> None:
        headers = tuple(headers_of(out))
        self.records.append(Kept(self.topic, self.partition, self.end, out.key, out.value, timestamp, writer, headers))
        self.end += 1

    def read(self, start: int, most: int) -> list[Kept]:
        at = bisect_left(self.records, start, key=lambda record: record.offset)
        return self.records[at : at + most]

    def compact(self, upto: int) -> int:
        """Keep of every key only the newest record below `upto`; returns how many records went."""
        newest = {record.key: record.offset for record in self.records if record.offset < upto}
        before = len(self.records)
        self.records = [r for r in self.records if r.offset >= upto or newest[r.key] == r.offset]
        return before - len(self.records)


@dataclass
class Group:
    """The consumer group: eager rebalance, one generation after the other."""

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
        places = [TopicPartition(topic, number) for topic in READ for number in range(PARTITIONS[topic])]
        self.assignment = {member: places[at :: len(self.members)] for at, member in enumerate(sorted(self.members))}


class Broker:
    """Topics and the group. Every write is one atomic append of a list to one partition."""

    def __init__(self) -> None:
        self.logs = {
            (topic, number): Log(topic, number) for topic, count in PARTITIONS.items() for number in range(count)
        }
        self.group = Group()

    def append(self, topic: str, partition: int, outs: Iterable[Out], timestamp: int, writer: str) -> int:
        """The offset after the last record written."""
        log = self.logs[topic, partition]
        for out in outs:
            log.append(out, timestamp, writer)
        return log.end

    def newest(self, topic: str) -> dict[bytes, bytes | None]:
        """What a reader of a compacted topic ends with."""
        found: dict[bytes, bytes | None] = {}
        for (name, _), log in self.logs.items():
            if name == topic:
                found.update((record.key or b"", record.value) for record in log.records)
        return found

    def lag(self) -> int:
        """Records of the topics read that are not committed."""
        return sum(
            log.end - self.group.committed.get(TopicPartition(*target), 0)
            for target, log in self.logs.items()
            if target[0] in READ
        )
