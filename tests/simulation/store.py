"""The real MemoryStore behind requests that can fail; and what happens to stores: emptied, put back to a copy."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hub.errors import StoreUnavailable
from hub.store.memory import MemoryStore
from hub.store.ports import Hold

if TYPE_CHECKING:
    from tests.simulation.worker import SimWorker


def now(coroutine: Any) -> Any:
    """The result of a coroutine that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("it waits for something")


def _unavailable() -> Exception:
    return StoreUnavailable("simulated")


class SharedStore:
    """The one store of all workers, with copies of earlier days."""

    def __init__(self, on_loss: Callable[[], None]) -> None:
        self.real = MemoryStore()
        self._on_loss = on_loss
        self._forgotten = False
        self.lost = False
        self._copies: list[_Copy] = []

    def snapshot(self) -> None:
        self._copies.append(_Copy(copy.deepcopy(self.real.__dict__)))

    def roll_back(self, at: float) -> bool:
        """Go on with an earlier copy; `at` between 0 and 1 says which."""
        copies = [each for each in self._copies if not (each.undone and self._forgotten)]
        if not copies:
            return False
        chosen = copies[int(at * len(copies))]
        self._undo(self._copies[self._copies.index(chosen) + 1 :])
        self.real.__dict__ = copy.deepcopy(chosen.content)
        self.lost = True
        self._on_loss()
        return True

    def empty(self) -> None:
        self.real.__dict__ = MemoryStore().__dict__
        self._undo(self._copies)
        self.lost = True
        self._on_loss()

    def group_forgotten(self) -> None:
        """The group counts its generations anew, and the store is what knows how often it did so.

        If the store forgets that as well, a copy from before may hold higher terms than the owners of today have: its
        last owner that was whole would overrule them all. That is not promised (docs/reliability.md).
        """
        self._forgotten = True

    @property
    def sound(self) -> bool:
        """Nothing happened to it, nor to what its terms are counted by."""
        return not self.lost and not self._forgotten

    def remembers(self, partition: int, topic: str) -> bool:
        """Does it say up to where its owners have looked at that topic?"""
        part = self.real._partitions.get(partition)
        return part is not None and topic in part.ends

    def _undo(self, copies: Sequence[_Copy]) -> None:
        for each in copies:
            each.undone = True


@dataclass(eq=False, slots=True)
class _Copy:
    """The store of an earlier day. `undone`: the store has gone back to before it since."""

    content: dict[str, Any]
    undone: bool = False


class StoreClient:
    """A worker's connection. What takes a turn at the store is a request; the rest is answered at once."""

    def __init__(self, worker: SimWorker) -> None:
        self._worker = worker

    @property
    def _real(self) -> MemoryStore:
        return self._worker.world.store.real

    async def _ask(self, name: str, act: Any, *, writes: bool = True) -> Any:
        return await self._worker.effect(f"store {name}", act, error=_unavailable, queue="store", writes=writes)

    async def claim(self, partition: int, generation: int, **how: Any) -> Hold:
        return await self._ask(
            f"claim {partition} g{generation} {how or ''}", lambda: now(self._real.claim(partition, generation, **how))
        )

    async def wipe(self, partition: int) -> None:
        await self._ask(f"wipe {partition}", lambda: now(self._real.wipe(partition)))

    async def load_many(self, hold: Hold, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        wanted = list(keys)
        return await self._ask(
            f"load {hold.partition} x{len(wanted)}", lambda: now(self._real.load_many(hold, wanted)), writes=False
        )

    async def save(
        self,
        hold: Hold,
        states: Mapping[bytes, bytes | None],
        marker: int | None,
        due: Mapping[bytes, int | None],
        **how: Any,
    ) -> Hold:
        def act() -> Hold:
            part = self._real._partitions.get(hold.partition)
            before = {key: part.states[key] for key in states if key in part.states} if part else {}
            answer = now(self._real.save(hold, states, marker, due, **how))
            world = self._worker.world
            # A store that was put back lets a sleeper of those days in; what it writes there was never acked.
            out_of_date = world.store.lost and not world.may_write(self._worker.name)
            world.watch.saved(before, states, marker, out_of_date=out_of_date)
            return answer

        term = f"{hold.term // 2**32}.{hold.generation}"
        return await self._ask(f"save {hold.partition} t{term} x{len(states)} marker {marker} {how or ''}", act)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)
