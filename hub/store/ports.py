"""The port of the state store, and what the twins promise (proved for all of them by `tests/store`)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Protocol


class SubjectStore(Protocol):
    """State of subjects, kept per partition of `hub.subjects.v1`, written by the partition's one owner.

    The fence is the generation of the owner's assignment. Writers of a lower generation than the store has seen get
    `hub.errors.Fenced`. A store that does not answer raises `hub.errors.StoreUnavailable`, and the call may be
    repeated: every write is idempotent.
    """

    async def claim(self, partition: int, generation: int, *, fresh_group: bool = False) -> None:
        """Own the partition from now on: older writers are fenced at once, not only after our first write.

        `fresh_group` says that the consumer group has no committed offset: its generations were counted anew, and
        the number stored may be higher than ours without anybody being newer.
        """

    async def load_many(self, partition: int, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """States of those keys that have one."""

    async def save(
        self,
        partition: int,
        generation: int,
        states: Mapping[bytes, bytes | None],
        marker: int | None,
        due: Mapping[bytes, int | None],
    ) -> None:
        """All or nothing: write states (None deletes), next wake-ups in ms (None clears), and the marker.

        The marker is the offset in `hub.subjects.v1` after the last state written here; None leaves it as it is.
        A state deleted loses its wake-up too.
        """

    async def marker(self, partition: int) -> int | None:
        """Up to which offset the partition is whole; None if it was never written."""

    async def due(self, partition: int, now_ms: int, limit: int) -> list[bytes]:
        """Keys whose wake-up is at or before `now_ms`, earliest first, ties by key."""

    async def next_due(self, partition: int) -> int | None:
        """When the partition's earliest wake-up is."""

    async def wipe(self, partition: int) -> None:
        """Forget everything of the partition, the fence included."""

    async def get(self, key: bytes) -> bytes | None:
        """One state, whichever partition it is in. For reads from outside the pipeline."""

    def scan(self, prefix: bytes = b"") -> AsyncIterator[tuple[bytes, bytes]]:
        """All states whose key starts with `prefix`, each once, in no particular order."""

    async def count(self, partition: int) -> int:
        """How many subjects the partition has."""

    async def close(self) -> None:
        """Release connections."""
