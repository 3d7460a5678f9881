"""The store of the embedded hub and of tests: dictionaries."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from hub.errors import Fenced, RolledBack
from hub.store.ports import Hold, after_save, next_term

V = TypeVar("V")


@dataclass(slots=True)
class _Partition:
    states: dict[bytes, bytes] = field(default_factory=dict)
    due: dict[bytes, int] = field(default_factory=dict)
    ends: dict[str, int] = field(default_factory=dict)
    marker: int | None = None
    term: int | None = None
    whole: int | None = None

    def check(self, hold: Hold, *markers: int | None) -> None:
        if self.term is not None and self.term > hold.term:
            raise Fenced(hold.partition, hold.term, self.term)
        if self.term != hold.term or self.marker not in (hold.marker, *markers):
            raise RolledBack(hold.partition)


class MemoryStore:
    """A `SubjectStore` that dies with the process."""

    def __init__(self) -> None:
        self._partitions: dict[int, _Partition] = {}
        self._layout: int | None = None

    def _of(self, partition: int) -> _Partition:
        return self._partitions.setdefault(partition, _Partition())

    async def claim(self, partition: int, generation: int, *, fresh_group: bool = False, beyond: int = 0) -> Hold:
        """See `SubjectStore.claim`."""
        mine = self._of(partition)
        term = next_term(mine.term, generation, fresh_group=fresh_group, beyond=beyond)
        if mine.term is not None and mine.term > term:
            raise Fenced(partition, term, mine.term)
        mine.term = term
        return Hold(partition, term, mine.marker, mine.whole, dict(mine.ends))

    async def load_many(self, hold: Hold, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """See `SubjectStore.load_many`."""
        mine = self._of(hold.partition)
        mine.check(hold)
        return {key: mine.states[key] for key in keys if key in mine.states}

    async def save(
        self,
        hold: Hold,
        states: Mapping[bytes, bytes | None],
        marker: int | None,
        due: Mapping[bytes, int | None],
        *,
        ends: Mapping[str, int] | None = None,
        whole: bool = False,
    ) -> Hold:
        """See `SubjectStore.save`."""
        mine = self._of(hold.partition)
        mine.check(hold, *([] if marker is None else [marker]))
        for key, when in due.items():
            _put(mine.due, key, when)
        for key, value in states.items():
            _put(mine.states, key, value)
            if value is None:
                mine.due.pop(key, None)
        saved = after_save(hold, marker, ends, whole)
        mine.marker, mine.whole, mine.ends = saved.marker, saved.whole, dict(saved.ends)
        return saved

    async def due(self, hold: Hold, now_ms: int, limit: int) -> list[bytes]:
        """See `SubjectStore.due`."""
        mine = self._of(hold.partition)
        mine.check(hold)
        ripe = sorted((when, key) for key, when in mine.due.items() if when <= now_ms)
        return [key for _, key in ripe[:limit]]

    async def check(self, hold: Hold) -> None:
        """See `SubjectStore.check`."""
        self._of(hold.partition).check(hold)

    async def marker(self, partition: int) -> int | None:
        """See `SubjectStore.marker`."""
        return self._of(partition).marker

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

    async def layout(self) -> int | None:
        """See `SubjectStore.layout`."""
        return self._layout

    async def set_layout(self, partitions: int) -> None:
        """See `SubjectStore.set_layout`."""
        self._layout = partitions

    async def close(self) -> None:
        """See `SubjectStore.close`."""


def _put(into: dict[bytes, V], key: bytes, value: V | None) -> None:
    if value is None:
        into.pop(key, None)
    else:
        into[key] = value
