"""A worker process: the real Runtime with its lanes and hops over a simulated Faust."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from faust.types import TP

from hub.runtime import topics
from hub.runtime.absorbing import AbsorbHop
from hub.runtime.delivery import InOrder
from hub.runtime.feedback import FeedbackHop
from hub.runtime.hops import Gear, IntakeHop
from hub.runtime.mending import Mender
from hub.runtime.partitioner import partition_of
from hub.runtime.restore import Restored, restore
from hub.runtime.retry import RetryPolicy
from hub.runtime.transport import TransportHooks, TransportSettings
from hub.runtime.worker import Runtime, WorkerSettings
from tests.simulation.broker import PARTITIONS
from tests.simulation.client import Client, SimChangelog, SimConsumer, SimProducer, SimTail, SimTransactions, event_of
from tests.simulation.histories import registry
from tests.simulation.steps import Effect
from tests.simulation.store import StoreClient

if TYPE_CHECKING:
    from tests.simulation.world import World

MAX_BYTES = 1024 * 1024
_COMMIT_INTERVAL = TICK_INTERVAL = 20.0
_AT_ONCE = 0.6  # of what only reads: nothing comes between, so that schedules are about writes


class SteadyPolicy(RetryPolicy):
    """Pauses without jitter: the scheduler alone draws lots."""

    def pause(self, attempt: int) -> float:
        return float(min(self.longest, self.first * 2 ** min(attempt - 1, 20)))


class Tally:
    """Counts nothing: what became of events is read from the books."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return _nothing


def _nothing(*args: Any, **kwargs: Any) -> None:
    return None


class App:
    """What the runtime uses of a Faust app."""

    def __init__(self) -> None:
        self.consumer_generation_id = 0
        self.rebalancing = True
        self.should_stop = False
        self.consumer: Any = None
        self.transport_hooks = TransportHooks()
        self.runtime: Any = None


@dataclass
class Stream:
    """A lane's queue, read by its agent."""

    worker: SimWorker
    queue: deque[Any]
    filled: asyncio.Event

    def noack(self) -> Stream:
        return self

    async def events(self) -> Any:
        while True:
            while not self.queue:
                self.filled.clear()
                await self.filled.wait()
            message = self.queue.popleft()
            if not self.queue:
                self.worker.relieve()
            yield event_of(message, self.worker.consumer.ack)


class SimWorker:
    """One process: alive, paused (its requests and its code rest), or dead."""

    def __init__(self, world: World, name: str) -> None:
        self.world, self.name = world, name
        self.alive, self.paused, self.leaving = True, False, False
        self.app = App()
        self.client = Client(self)
        self.store = StoreClient(self)
        self.producer = SimProducer(self)
        gear: Any = Gear(world.history.journey, world.history.wire, Tally(), lambda: world.clock)
        handlers = {
            "intake": (tuple(topics.AGENCY_TOPICS.values()), IntakeHop(gear, registry(), MAX_BYTES)),
            "feedback": ((topics.FEEDBACK,), FeedbackHop(gear, MAX_BYTES)),
            "absorb": ((topics.CLAIMS,), AbsorbHop(gear, self.store, self._bring_up, self._mender())),
        }
        settings = WorkerSettings(
            group="sim",
            bootstrap="",
            tick_interval=TICK_INTERVAL,
            drain_timeout=10.0,
            retry=SteadyPolicy(),
            clock=lambda: world.clock,
            transactional=world.transactional,
            transport=TransportSettings(
                on_gap=world.faults.gap,
                commits=not world.transactional,
                exempt=frozenset({topics.CLAIMS}) if world.transactional else frozenset(),
            ),
        )
        delivery = SimTransactions(self) if world.transactional else InOrder(self.producer)
        self.runtime = self.app.runtime = Runtime(self.app, settings, handlers, delivery)
        self.app.transport_hooks = TransportHooks(settings=settings.transport, quiesce=self.runtime.quiesce)
        self.consumer = self.app.consumer = SimConsumer(self)
        self._streams = {lane.name: Stream(self, deque(), asyncio.Event()) for lane in self.runtime.lanes}
        self._tasks: list[asyncio.Task[Any]] = []

    def start(self) -> None:
        for lane in self.runtime.lanes:
            self._run(self.runtime.consume(lane, self._streams[lane.name]))
            self._run(self.runtime.keep(lane))
        for part in (self.consumer.fetch(), self._commit_now_and_then(), self._belong()):
            self._run(part)

    def die(self) -> None:
        """kill -9. Requests on their way may still arrive; nothing here ever runs again."""
        self.alive = False
        for task in self._tasks:
            task.remove_done_callback(self._ended)

    async def stop(self) -> None:
        """SIGTERM: `App.on_stop`."""
        self.leaving = True
        if self.client.assignment():
            self.consumer.stop_flow()
            self.consumer.pause_partitions(self.client.assignment())
            self.clear_queues()
            await self.consumer.wait_empty()
        self.app.should_stop = True
        await self.runtime.on_shutdown(self.app)
        await self.effect("leave", lambda: self.world.broker.group.leave(self.name), quick=True)
        self.world.gone(self)

    async def effect(
        self,
        name: str,
        act: Callable[[], Any],
        *,
        ready: Callable[[], bool] | None = None,
        error: Callable[[], Exception] | None = None,
        queue: object = None,
        writes: bool = False,
        quick: bool = False,
    ) -> Any:
        """Ask somebody outside, and wait until the scheduler lets it happen. `quick`: nothing can go wrong there."""
        awake = self.alive and not self.paused
        if awake and (quick or (error is not None and not writes and self.world.random.random() < _AT_ONCE)):
            return act()
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.world.effects.append(Effect(self.name, name, act, future, ready, error, queue, writes))
        return await future

    # --- queues ---------------------------------------------------------------------------------------------------

    def deliver(self, message: Any) -> int:
        """Put a batch in the queue of its lane; returns how many wait there."""
        stream = next(self._streams[lane.name] for lane in self.runtime.lanes if message.topic in lane.topics)
        stream.queue.append(message)
        stream.filled.set()
        return len(stream.queue)

    def relieve(self) -> None:
        for tp in list(self.consumer._buffered_partitions):
            self.consumer.on_buffer_drop(tp)

    def clear_queues(self) -> None:
        for stream in self._streams.values():
            stream.queue.clear()

    # --- membership -----------------------------------------------------------------------------------------------

    async def _belong(self) -> None:
        """Join, work, give back, join anew, as aiokafka's coordinator and Faust's rebalance callbacks do it."""
        group, me = self.world.broker.group, self.name
        await self.effect("join", lambda: group.join(me))
        while True:
            await self.effect("sync", lambda: None, ready=lambda: group.has_place(me) or group.wants(me))
            if group.has_place(me):
                await self._assigned(group.generation, [TP(*tp) for tp in group.assignment[me]])
                await self.effect("hear of a rebalance", lambda: None, ready=lambda: group.wants(me))
                if self.leaving:
                    return
                self.app.rebalancing = True
                await self.consumer.on_partitions_revoked(self.client.assignment())
                self.client.owned = set()
            await self.effect("join", lambda: group.join(me))

    async def _assigned(self, generation: int, owned: Iterable[TP]) -> None:
        self.app.consumer_generation_id = self.client.generation = generation
        self.client.owned = set(owned)
        self.client.positions = {}
        self.consumer._paused_partitions.clear()
        self.consumer._active_partitions = set(self.client.owned)
        await self.runtime.on_assigned(self.app, self.client.owned)
        await self.consumer.perform_seek()
        self.consumer.resume_flow()
        self.app.rebalancing = False

    async def _commit_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(_COMMIT_INTERVAL)
            await self.consumer.commit()

    def _mender(self) -> Mender | None:
        """As `Parts._absorb`."""
        if self.world.transactional:
            return None
        history: Any = self.world.history
        return Mender(
            SimTail(self),
            history.journey,
            history.wire,
            Tally(),
            started_at=lambda partition: self.runtime.started_at(topics.CLAIMS, partition),
            clock=lambda: self.world.loop.now,
        )

    async def _bring_up(self, partition: int, generation: int) -> Restored:
        """As `Parts._restorer`."""
        fresh = self.runtime.started_fresh(topics.CLAIMS, partition)
        hold = await self.store.claim(partition, generation, fresh_group=fresh)
        return await restore(
            hold,
            SimChangelog(self, topics.SUBJECTS),
            self.store,
            self.world.history.wire.wake_of,
            belongs=lambda key: partition_of(key, PARTITIONS[topics.SUBJECTS]) == partition,
        )

    def _run(self, part: Coroutine[Any, Any, Any]) -> None:
        task = self.world.loop.create_task(part)
        task.add_done_callback(self._ended)
        self._tasks.append(task)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        if error is not None and self.alive:
            self.world.crashed(self, error)
