"""Offsets read must be contiguous (I5): notice a hole, have it read again, and only then believe it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

import msgspec

TopicPartition = tuple[str, int]


class HasOffset(Protocol):
    """Anything with an offset: aiokafka's records, a test's."""

    @property
    def offset(self) -> int: ...


R = TypeVar("R", bound=HasOffset)


class Gap(msgspec.Struct, frozen=True):
    """Offsets `expected` to `found - 1` did not come. `lost`: nor did they when read again."""

    topic: str
    partition: int
    expected: int
    found: int
    lost: bool

    @property
    def missing(self) -> int:
        """How many offsets the hole has."""
        return self.found - self.expected


class Continuity:
    """The next offset expected of every partition, and how often a hole at it was read again."""

    def __init__(
        self, on_gap: Callable[[Gap], None], *, rereads: int = 1, exempt: frozenset[str] = frozenset()
    ) -> None:
        self._on_gap = on_gap
        self._rereads = rereads
        self._exempt = exempt
        self._expected: dict[TopicPartition, int] = {}
        self._tried: dict[TopicPartition, tuple[int, int]] = {}

    def expect(self, topic: str, partition: int, offset: int) -> None:
        """Reading goes on at this offset, because somebody sought it."""
        self._expected[topic, partition] = offset

    def forget(self, topic: str, partition: int) -> None:
        """The partition is no longer read here."""
        self._expected.pop((topic, partition), None)
        self._tried.pop((topic, partition), None)

    def split(self, topic: str, partition: int, records: Sequence[R]) -> tuple[Sequence[R], int | None]:
        """Return the records that may go on, and the offset to seek back to if a hole follows them."""
        target = (topic, partition)
        expected = self._expected.get(target, records[0].offset)
        whole = records[0].offset == expected and records[-1].offset - expected == len(records) - 1
        if not whole and topic not in self._exempt:
            return self._split_at_hole(target, expected, records)
        self._expected[target] = records[-1].offset + 1
        return (records if whole else [r for r in records if r.offset >= expected]), None

    def _split_at_hole(
        self, target: TopicPartition, expected: int, records: Sequence[R]
    ) -> tuple[Sequence[R], int | None]:
        accepted: list[R] = []
        for record in records:
            if record.offset < expected:  # read twice, after a seek
                continue
            if record.offset > expected and self._read_again(target, expected, record.offset):
                self._expected[target] = expected
                return accepted, expected
            accepted.append(record)
            expected = record.offset + 1
        self._expected[target] = expected
        return accepted, None

    def _read_again(self, target: TopicPartition, expected: int, found: int) -> bool:
        at, times = self._tried.get(target, (-1, 0))
        times = times if at == expected else 0
        lost = times >= self._rereads
        self._tried[target] = (expected, times + 1)
        self._on_gap(Gap(target[0], target[1], expected, found, lost))
        return not lost


class Ledger:
    """Which batches were handed out, in order, and up to where everything before is durable."""

    def __init__(self) -> None:
        self._handed_out: dict[TopicPartition, dict[int, bool]] = {}
        self._sizes: dict[TopicPartition, dict[int, int]] = {}
        self._committable: dict[TopicPartition, int] = {}

    def hand_out(self, topic: str, partition: int, next_offset: int, size: int = 0) -> None:
        """A batch of so many bytes that ends before `next_offset` goes to the stream."""
        self._handed_out.setdefault((topic, partition), {})[next_offset] = False
        self._sizes.setdefault((topic, partition), {})[next_offset] = size

    def held(self, topic: str, partition: int) -> int:
        """How many bytes are handed out there and not acked: what a slow handler keeps in memory."""
        return sum(self._sizes.get((topic, partition), {}).values())

    def ack(self, topic: str, partition: int, next_offset: int) -> bool:
        """Everything that batch caused is durable. False if it was not handed out here (any more)."""
        batches = self._handed_out.get((topic, partition), {})
        if next_offset not in batches:
            return False
        batches[next_offset] = True
        self._sizes[topic, partition].pop(next_offset, None)
        for offset, durable in list(batches.items()):
            if not durable:
                break
            del batches[offset]
            self._committable[topic, partition] = offset
        return True

    def committable(self, topic: str, partition: int) -> int | None:
        """The offset to commit: one past the last batch before which nothing is missing."""
        return self._committable.get((topic, partition))

    def partitions(self) -> list[TopicPartition]:
        """Partitions in which something was acked."""
        return list(self._committable)

    def forget(self, topic: str, partition: int) -> None:
        """Batches handed out before no longer count: the partition went, or is read again from its commit."""
        self._handed_out.pop((topic, partition), None)
        self._sizes.pop((topic, partition), None)
        self._committable.pop((topic, partition), None)
