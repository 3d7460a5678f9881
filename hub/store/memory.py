"""The store of the embedded hub and of tests: dictionaries."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from hub.errors import Fenced

V = TypeVar("V")


@dataclass(slots=True)
class _Partition:
    states: dict[bytes, bytes] = field(default_factory=dict)
    due: dict[bytes, int] = field(default_factory=dict)
    marker: int | None = None
    generation: int | None = None

    def check_fence(self, partition: int, generation: int) -> None:
        if self.generation is not None and generation < self.generation:
            raise Fenced(partition, generation, self.generation)
        self.generation = generation


class MemoryStore:
    """A `SubjectStore` that dies with the process."""

    def __init__(self) -> None:
        self._partitions: dict[int, _Partition] = {}

    def _of(self, partition: int) -> _Partition:
        return self._partitions.setdefault(partition, _Partition())

    async def claim(self, partition: int, generation: int, *, fresh_group: bool = False) -> None:
        """See `SubjectStore.claim`."""
        state = self._of(partition)
        if fresh_group:
            state.generation = None
        state.check_fence(partition, generation)

    async def load_many(self, partition: int, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """See `SubjectStore.load_many`."""
        states = self._of(partition).states
        return {key: states[key] for key in keys if key in states}

    async def save(
        self,
        partition: int,
        generation: int,
        states: Mapping[bytes, bytes | None],
        marker: int | None,
        due: Mapping[bytes, int | None],
    ) -> None:
        """See `SubjectStore.save`."""
        mine = self._of(partition)
        mine.check_fence(partition, generation)
        for key, when in due.items():
            _put(mine.due, key, when)
        for key, value in states.items():
            _put(mine.states, key, value)
            if value is None:
                mine.due.pop(key, None)
        if marker is not None:
            mine.marker = marker

    async def marker(self, partition: int) -> int | None:
        """See `SubjectStore.marker`."""
        return self._of(partition).marker

    async def due(self, partition: int, now_ms: int, limit: int) -> list[bytes]:
        """See `SubjectStore.due`."""
        ripe = sorted((when, key) for key, when in self._of(partition).due.items() if when <= now_ms)
        return [key for _, key in ripe[:limit]]

    async def next_due(self, partition: int) -> int | None:
        """See `SubjectStore.next_due`."""
        return min(self._of(partition).due.values(), default=None)

    async def wipe(self, partition: int) -> None:
        """See `SubjectStore.wipe`."""
        self._partitions.pop(partition, None)

    async def get(self, key: bytes) -> bytes | None:
        """See `SubjectStore.get`."""
        return next((p.states[key] for p in self._partitions.values() if key in p.states), None)

    async def scan(self, prefix: bytes = b"") -> AsyncIterator[tuple[bytes, bytes]]:
        """See `SubjectStore.scan`."""
        for partition in list(self._partitions.values()):
            for key, value in list(partition.states.items()):
                if key.startswith(prefix):
                    yield key, value

    async def count(self, partition: int) -> int:
        """See `SubjectStore.count`."""
        return len(self._of(partition).states)

    async def close(self) -> None:
        """See `SubjectStore.close`."""


def _put(into: dict[bytes, V], key: bytes, value: V | None) -> None:
    if value is None:
        into.pop(key, None)
    else:
        into[key] = value
