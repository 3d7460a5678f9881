"""One topic group of a worker: a lane in which batches, ticks and assignments follow one another, never side by side.

The order within a batch is the promise (I4): handle; write what follows from it and await every acknowledgement; then
the alerts, which somebody may answer at once; then the new states, likewise; commit them to the store; and only then
ack. Whatever fails is tried again at that very step. States come last because a restart restores them: had they arrived
without the alerts and parcels that follow from them, the batch read again would find nothing new, and those would never
be written.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from hub.errors import Stop
from hub.runtime.delivery import Delivery, Stage
from hub.runtime.points import Point, Probe, unwatched
from hub.runtime.records import Batch, BatchHandler, Effects, Offsets, Out
from hub.runtime.retry import Abandoned, RetryPolicy, persist

T = TypeVar("T")
log = logging.getLogger(__name__)
TopicPartition = tuple[str, int]


class Observer(Protocol):
    """Told what happens, for metrics. Must not raise."""

    def batch(self, lane: str, topic: str, partition: int, records: int) -> None:
        """A batch is durable and acked."""

    def retry(self, lane: str, step: str, cause: str, attempt: int) -> None:
        """A step failed and will be tried again. `cause` is the name of an exception type."""

    def drained(self, lane: str, seconds: float, finished: bool) -> None:
        """A partition or the process goes: the batch in hand was finished in that time, or dropped unacked."""

    def stopped(self, lane: str, cause: str) -> None:
        """The process ends because of this. `cause` is the name of an exception type."""


class Silent:
    """An observer that keeps nothing."""

    def batch(self, lane: str, topic: str, partition: int, records: int) -> None:
        """Ignore."""

    def retry(self, lane: str, step: str, cause: str, attempt: int) -> None:
        """Ignore."""

    def drained(self, lane: str, seconds: float, finished: bool) -> None:
        """Ignore."""

    def stopped(self, lane: str, cause: str) -> None:
        """Ignore."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneContext:
    """What all lanes of a worker share.

    Messages to `answerable` topics are written after those the hub needs to understand an answer, and messages to
    `changelogs` after all others. `pause` and `resume` stop and restart the reading of a
    partition.
    """

    delivery: Delivery
    policy: RetryPolicy
    observer: Observer
    changelogs: frozenset[str]
    answerable: frozenset[str] = frozenset()
    generation: Callable[[], int]
    pause: Callable[[TopicPartition], None]
    resume: Callable[[TopicPartition], None]
    probe: Probe = unwatched


class Lane:
    """Runs one handler. All its entry points take the same lock."""

    def __init__(self, name: str, topics: Iterable[str], handler: BatchHandler, context: LaneContext) -> None:
        self.name = name
        self.topics = frozenset(topics)
        self.wake = asyncio.Event()
        self._handler = handler
        self._context = context
        self._lock = asyncio.Lock()
        self._abandon = asyncio.Event()
        self._assigned: dict[TopicPartition, int] = {}
        self._restored: dict[TopicPartition, int] = {}
        self._retrying = False
        self._step: asyncio.Future[Any] | None = None

    @property
    def ready(self) -> bool:
        """Every partition assigned is restored and nothing is being retried."""
        return not self._retrying and self._restored == self._assigned

    def assign(self, partitions: Iterable[TopicPartition], generation: int) -> None:
        """A new assignment. Restoring happens in the lane: while a rebalance waits for us, we must be quick."""
        self._assigned = {target: generation for target in partitions if target[0] in self.topics}
        self._restored = {}
        self._abandon.clear()
        self.wake.set()

    async def revoke(self) -> None:
        """Everything goes (eager rebalance, or the end)."""
        gone, self._restored, self._assigned = self._restored, {}, {}
        for (topic, partition), generation in gone.items():
            await self._handler.revoked(topic, partition, generation)

    async def quiesce(self, timeout: float) -> None:
        """Let the step in hand finish; a batch that is being retried, or takes longer, is dropped unacked."""
        self._abandon.set()
        began, finished = time.monotonic(), False
        try:
            await asyncio.wait_for(self._lock.acquire(), timeout)
        except TimeoutError:
            log.warning("lane %s: dropping the batch in hand after %.1f s", self.name, timeout)
            if self._step is not None:
                self._step.cancel()
        else:
            self._lock.release()
            finished = True
        self._context.observer.drained(self.name, time.monotonic() - began, finished)
        self._reach(Point.DRAINED, None)

    async def process(self, batch: Batch, ack: Callable[[], object]) -> bool:
        """Do everything a batch causes, then ack it. False if the batch is no longer ours."""
        target = (batch.topic, batch.partition)
        async with self._lock:
            try:
                await self._restore(target, batch.generation)
                await self._apply(target, lambda: self._handler.handle(batch), batch.next_offset)
            except Abandoned:
                return False
            ack()
            self._reach(Point.ACKED, target)
            self._context.observer.batch(self.name, batch.topic, batch.partition, len(batch.records))
            return True

    async def beat(self, now_ms: int) -> None:
        """Restore what was newly assigned, then let the handler fire what is due."""
        async with self._lock:
            self.wake.clear()
            try:
                for target, generation in list(self._assigned.items()):
                    await self._restore(target, generation)
                for topic, partition in list(self._assigned):
                    await self._fire(topic, partition, now_ms)
            except Abandoned:
                return

    async def _fire(self, topic: str, partition: int, now_ms: int) -> None:
        if self._abandon.is_set():
            raise Abandoned("the partition is going")
        await self._apply((topic, partition), lambda: self._handler.tick(topic, partition, now_ms))

    async def _restore(self, target: TopicPartition, generation: int) -> None:
        if self._abandon.is_set() or generation != self._assigned.get(target, -1):
            raise Abandoned("an older assignment")
        if self._restored.get(target) != generation:
            topic, partition = target
            await self._persist("open", target, lambda: self._context.delivery.open(target, generation))
            self._reach(Point.OPENED, target)
            await self._persist("assign", target, lambda: self._handler.assigned(topic, partition, generation))
            self._restored[target] = generation
            self._reach(Point.RESTORED, target)

    async def _apply(
        self,
        target: TopicPartition,
        produce_effects: Callable[[], Awaitable[Effects]],
        next_offset: int | None = None,
    ) -> None:
        effects = await self._persist("handle", target, produce_effects)
        commit = effects.commit
        sealing = next_offset is not None and self._context.delivery.seals_offsets
        if not effects.outs and commit is None and not sealing:
            return  # a tick with nothing to do
        self._reach(Point.HANDLED, target)
        written: Offsets = {}
        if effects.outs or sealing:
            written = await self._context.delivery.deliver(
                target,
                self._stages(effects.outs),
                next_offset,
                lambda action: self._persist("produce", target, action),
                lambda point: self._reach(point, target),
                effects.guard or _unguarded,
            )
        if commit is not None:
            await self._persist("commit", target, lambda: commit(written))
            self._reach(Point.STORED, target)

    def _stages(self, outs: Sequence[Out]) -> list[Stage]:
        """What must be durable before what: everything, then what others may answer to at once, then states."""
        answerable, changelogs = self._context.answerable, self._context.changelogs
        later = answerable | changelogs
        stages = [
            (Point.WRITTEN, [out for out in outs if out.topic not in later]),
            (Point.TOLD, [out for out in outs if out.topic in answerable]),
            (Point.CHANGED, [out for out in outs if out.topic in changelogs]),
        ]
        return [(reached, stage) for reached, stage in stages if stage]

    def _reach(self, point: Point, target: TopicPartition | None) -> None:
        self._context.probe(point, self.name, target)

    async def _persist(self, step: str, target: TopicPartition, action: Callable[[], Awaitable[T]]) -> T:
        def on_failure(cause: str, attempt: int) -> None:
            if attempt == 1:
                self._retrying = True
                self._context.pause(target)
                log.warning("lane %s: %s fails with %s, retrying", self.name, step, cause)
            self._context.observer.retry(self.name, step, cause, attempt)

        try:
            return await persist(
                f"{self.name}.{step}",
                lambda: self._cancellable(action),
                policy=self._context.policy,
                abandon=self._abandon,
                on_failure=on_failure,
            )
        except Stop as stop:
            self._context.observer.stopped(self.name, type(stop).__name__)
            raise
        finally:
            if self._retrying:
                self._retrying = False
                if self._assigned.get(target) == self._context.generation():
                    self._context.resume(target)

    async def _cancellable(self, action: Callable[[], Awaitable[T]]) -> T:
        step = asyncio.ensure_future(action())
        self._step = step
        try:
            return await step
        except asyncio.CancelledError:
            step.cancel()
            if self._abandon.is_set() and not _being_cancelled():
                raise Abandoned("took too long to finish") from None
            raise
        finally:
            self._step = None


async def _unguarded() -> None:
    """Nobody else can own what these effects follow from."""


def _being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
