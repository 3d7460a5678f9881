"""The port of the state store, and what the twins promise (proved for all of them by `tests/store`)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Protocol

import msgspec

_GENERATIONS = 1 << 32


class Hold(msgspec.Struct, frozen=True):
    """What the owner of a partition knows the store to hold. Every read and write of the owner is checked against it.

    `term`: under which the partition is owned; a later owner's is higher. `marker`: the offset in `hub.subjects.v1` up
    to which the store is whole; None if it was never written. `whole`: the term of the last owner that had restored
    everything. `ends`: how far other topics were written when the marker was.
    """

    partition: int
    term: int
    marker: int | None = None
    whole: int | None = None
    ends: Mapping[str, int] = {}

    @property
    def generation(self) -> int:
        """The assignment the term belongs to."""
        return self.term % _GENERATIONS


def next_term(stored: int | None, generation: int, *, fresh_group: bool = False, beyond: int = 0) -> int:
    """The term of an assignment: (life of the consumer group, generation), so that it grows with both.

    A new, renamed or expired group counts its generations anew; that must not look like an old owner, and must outrank
    owners of the life before. `beyond`: a term seen elsewhere that must not be undercut.
    """
    life = 0 if stored is None else stored // _GENERATIONS
    if fresh_group and stored is not None and stored % _GENERATIONS > generation:
        life += 1
    least = beyond // _GENERATIONS + (beyond % _GENERATIONS > generation)
    return max(life, least) * _GENERATIONS + generation


class SubjectStore(Protocol):
    """State of subjects, kept per partition of `hub.subjects.v1`, written by the partition's one owner.

    The owner's calls take its `Hold`, and compare it with what is stored in the same atomic step: a higher term there
    raises `hub.errors.Fenced` (somebody newer owns the partition), anything else that differs `hub.errors.RolledBack`
    (the store was lost, or put back to an older copy): nothing is read or written then. A store that does not answer
    raises `hub.errors.StoreUnavailable`, and the call may be repeated: every write is idempotent.
    """

    async def claim(self, partition: int, generation: int, *, fresh_group: bool = False, beyond: int = 0) -> Hold:
        """Own the partition from now on: older owners are fenced at once, not only after our first write.

        `fresh_group` says that the consumer group has no committed offset: its generations were counted anew, and
        the number stored may be higher than ours without anybody being newer. See `next_term`.
        """

    async def load_many(self, hold: Hold, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """States of those keys that have one."""

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
        """All or nothing: write states (None deletes), next wake-ups in ms (None clears), the marker and the ends.

        The marker is the offset in `hub.subjects.v1` after the last state written here; None leaves it as it is. It
        must move whenever a state changes. A state deleted loses its wake-up too. `whole`: nothing is missing before
        the marker. Repeating a save whose answer was lost is no rollback. Returns what the owner knows from now on.
        """

    async def due(self, hold: Hold, now_ms: int, limit: int) -> list[bytes]:
        """Keys whose wake-up is at or before `now_ms`, earliest first, ties by key."""

    async def check(self, hold: Hold) -> None:
        """Is it still ours, and as we know it? Raises what every other call of the owner would."""

    async def marker(self, partition: int) -> int | None:
        """Up to which offset the partition is whole; None if it was never written."""

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

    async def layout(self) -> int | None:
        """For how many partitions the store is kept; None if nobody has said."""

    async def set_layout(self, partitions: int) -> None:
        """From now on it is kept for so many."""

    async def close(self) -> None:
        """Release connections."""


def after_save(hold: Hold, marker: int | None, ends: Mapping[str, int] | None, whole: bool) -> Hold:
    """The hold after a save that was taken."""
    return Hold(
        hold.partition,
        hold.term,
        hold.marker if marker is None else marker,
        hold.term if whole else hold.whole,
        {**hold.ends, **(ends or {})},
    )
