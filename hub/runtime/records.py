"""What crosses the edge between the runtime and the pipeline. Knows neither Faust nor Kafka clients."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

import msgspec

Offsets = Mapping[tuple[str, int], int]
"""(topic, partition) -> the offset after the last message written there."""


class Record(msgspec.Struct, frozen=True, gc=False):
    """One message as the broker holds it. `timestamp` is in milliseconds."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp: int


class Batch(msgspec.Struct, frozen=True):
    """Consecutive records of one partition, read under one assignment (`generation`)."""

    topic: str
    partition: int
    generation: int
    records: list[Record]
    first_offset: int
    last_offset: int

    @property
    def next_offset(self) -> int:
        """The offset to commit once everything this batch caused is durable."""
        return self.last_offset + 1


class Out(msgspec.Struct, frozen=True):
    """One message to write. Without `partition` the key decides; `value=None` is a tombstone.

    `term`: under which its writer owns the partition (`hub.store.ports.Hold`), told in a header; 0 tells nothing.
    """

    topic: str
    key: bytes
    value: bytes | None
    partition: int | None = None
    term: int = 0


_TERM = "term"


def headers_of(out: Out) -> list[tuple[str, bytes]]:
    """The headers of a message."""
    return [(_TERM, b"%d" % out.term)] if out.term else []


def term_in(headers: Sequence[tuple[str, bytes]]) -> int:
    """The term a message was written under; 0 where it tells none."""
    return next((int(value) for name, value in headers if name == _TERM and value.isdigit()), 0)


class Effects(msgspec.Struct, frozen=True):
    """What a batch or a tick causes: first `outs` are acknowledged by the broker, then `commit` is awaited.

    Whatever their order in `outs`, states (`hub.subjects.v1`) are written after everything else is acknowledged.

    `guard` is awaited before anything is sent, and raises if somebody newer owns what the effects follow from.

    `commit` is given the offsets after the last message written per partition, so that a store can remember up to
    where in `hub.subjects.v1` it is whole. It may be called again after an error and must be idempotent.
    """

    outs: list[Out] = msgspec.field(default_factory=list)
    commit: Callable[[Offsets], Awaitable[None]] | None = None
    guard: Callable[[], Awaitable[None]] | None = None


class BatchHandler(Protocol):
    """The pipeline as the runtime sees it. Calls for one topic group never overlap.

    Any method may raise `hub.errors.Retry`, a Kafka or a Redis error: it is called again later. Bad messages must
    become outputs (quarantine); any other exception ends the process.
    """

    async def assigned(self, topic: str, partition: int, generation: int) -> None:
        """The partition is ours from now on: claim it, restore its state. Called before its first batch."""

    async def revoked(self, topic: str, partition: int, generation: int) -> None:
        """The partition is no longer ours: forget what is cached. Must not write."""

    async def handle(self, batch: Batch) -> Effects:
        """Turn a batch into its effects. Writes nothing itself."""

    async def tick(self, topic: str, partition: int, now_ms: int) -> Effects:
        """Time has passed: fire what is due in a partition we own."""
