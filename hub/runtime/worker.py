"""The Faust worker: one agent per topic group, acks in order, own state, an exit code instead of silence.

What is switched off is switched off because it loses data: tables, `take`, automatic acks, the restarting
supervisor, Faust's producer. `docs/` tells the story; `hub.runtime.lane` has the order of things.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from signal import SIGINT, SIGTERM
from typing import Any, cast

import faust
from faust.app.base import BootStrategy
from faust.contrib.asgi import bind_to_running_loop
from faust.types import TP
from mode import CrashingSupervisor

from hub.errors import EXIT_BUG, HubError, Stop
from hub.runtime.delivery import Delivery, InOrder, Transactions
from hub.runtime.lane import Lane, LaneContext, Observer, Silent, TopicPartition
from hub.runtime.points import Probe, unwatched
from hub.runtime.producer import BatchProducer, ProducerSettings
from hub.runtime.records import BatchHandler
from hub.runtime.retry import RetryPolicy
from hub.runtime.security import OPEN, KafkaSecurity
from hub.runtime.topics import ALERTS, CLAIMS, SUBJECTS
from hub.runtime.transport import BatchSchema, Consumer, TransportHooks, TransportSettings

log = logging.getLogger(__name__)
Handlers = Mapping[str, tuple[Sequence[str], BatchHandler]]


def _wall_clock_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """One worker role. `group` is the consumer group: one per role, never shared with another role."""

    group: str
    bootstrap: str
    security: KafkaSecurity = OPEN
    client_id: str = "resident-hub"
    session_timeout: float = 6.0
    heartbeat: float = 1.2
    rebalance_timeout: float = 25.0
    request_timeout: float = 30.0
    commit_interval: float = 1.0
    drain_timeout: float = 10.0
    shutdown_timeout: float = 30.0
    tick_interval: float = 1.0
    queued_batches: int = 16
    changelogs: frozenset[str] = frozenset({SUBJECTS})
    answerable: frozenset[str] = frozenset({ALERTS})
    idempotent_producer: bool = True
    transactional: bool = False
    max_message_bytes: int = 1_048_576
    transport: TransportSettings = field(default_factory=TransportSettings)
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    observer: Observer = field(default_factory=Silent)
    clock: Callable[[], int] = _wall_clock_ms
    probe: Probe = unwatched

    def embedded(self) -> WorkerSettings:
        """The same role on the embedded broker, where a join takes half the session timeout."""
        return replace(
            self,
            session_timeout=6.0,
            heartbeat=1.0,
            rebalance_timeout=6.0,
            drain_timeout=4.0,
            idempotent_producer=False,
            transport=replace(self.transport, rereads=max(self.transport.rereads, 3)),
        )


class _Boot(BootStrategy):
    """The hub has its own producer and its own HTTP server."""

    enable_kafka_producer = False
    enable_web = False


class HubApp(faust.App):
    """A Faust app that carries its runtime and leaves no directories behind."""

    BootStrategy = _Boot
    transport_hooks: TransportHooks
    runtime: Runtime

    def _create_directories(self) -> None:
        pass


class Runtime:
    """The lanes of one worker, and how they follow the consumer group's life."""

    def __init__(self, app: HubApp, settings: WorkerSettings, handlers: Handlers, delivery: Delivery) -> None:
        self._app = app
        self._delivery = delivery
        self._settings = settings
        self._draining = False
        self._joined = False
        context = LaneContext(
            delivery=delivery,
            policy=settings.retry,
            observer=settings.observer,
            changelogs=settings.changelogs,
            answerable=settings.answerable,
            generation=lambda: app.consumer_generation_id,
            pause=lambda target: app.consumer.pause_partitions({TP(*target)}),
            resume=lambda target: app.consumer.resume_partitions({TP(*target)}),
            probe=settings.probe,
        )
        self.lanes = [Lane(name, topics, handler, context) for name, (topics, handler) in handlers.items()]

    @property
    def ready(self) -> bool:
        """Member of the group, every assigned partition restored, nothing being retried."""
        app = self._app
        steady = self._joined and not app.rebalancing and not self._draining and not app.should_stop
        return steady and all(lane.ready for lane in self.lanes)

    def started_fresh(self, topic: str, partition: int) -> bool:
        """The group had committed nothing there: pass it on to `SubjectStore.claim` as `fresh_group`."""
        return cast(Consumer, self._app.consumer).started_fresh(TP(topic, partition))

    def started_at(self, topic: str, partition: int) -> int:
        """From which offset the partition is read since it was assigned."""
        return cast(Consumer, self._app.consumer).started_at(TP(topic, partition))

    async def on_assigned(self, app: HubApp, assigned: Iterable[TP], **_: object) -> None:
        """Signal: these are our partitions now, all of them."""
        self._draining = False
        self._joined = True
        targets: list[TopicPartition] = [(tp.topic, tp.partition) for tp in assigned]
        await self._delivery.keep(targets, app.consumer_generation_id)
        for lane in self.lanes:
            lane.assign(targets, app.consumer_generation_id)

    async def on_revoked(self, app: HubApp, revoked: Iterable[TP], **_: object) -> None:
        """Signal: everything goes. `quiesce` and the last commit have happened."""
        await self._revoke_all()

    async def on_shutdown(self, app: HubApp, **_: object) -> None:
        """Signal: the consumer is about to leave the group."""
        await self._revoke_all()

    async def quiesce(self) -> None:
        """Finish or drop the batches in hand."""
        self._draining = True
        await asyncio.gather(*(lane.quiesce(self._settings.drain_timeout) for lane in self.lanes))

    async def consume(self, lane: Lane, stream: Any) -> None:  # noqa: ANN401 - Faust's streams are untyped
        """The agent: batches one after the other, acked by hand."""
        async for event in stream.noack().events():
            await lane.process(event.value, event.ack)

    async def keep(self, lane: Lane) -> None:
        """The clock of a lane: restores without waiting for a batch, and fires timers."""
        while not self._app.should_stop:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(lane.wake.wait(), self._settings.tick_interval)
            if self._app.rebalancing or self._draining:
                lane.wake.clear()
            else:
                await lane.beat(self._settings.clock())

    async def _revoke_all(self) -> None:
        for lane in self.lanes:
            await lane.revoke()


def build_app(settings: WorkerSettings, handlers: Handlers, producer: BatchProducer | None = None) -> HubApp:
    """A worker for these topic groups: `{"intake": (topics, handler), ...}`. Nothing starts yet.

    Several apps of one process share one `producer`, which the caller stops; otherwise the app has its own.
    """
    app = HubApp(
        settings.group,
        broker=f"hubkafka://{settings.bootstrap}",
        broker_client_id=settings.client_id,
        broker_session_timeout=settings.session_timeout,
        broker_heartbeat_interval=settings.heartbeat,
        broker_rebalance_timeout=settings.rebalance_timeout,
        broker_request_timeout=settings.request_timeout,
        broker_commit_interval=settings.commit_interval,
        broker_max_poll_interval=settings.retry.give_up * 2 + 60.0,
        consumer_auto_offset_reset="earliest",
        agent_supervisor=CrashingSupervisor,
        stream_buffer_maxsize=settings.queued_batches,
        stream_wait_empty=True,
        stream_recovery_delay=0.0,
        topic_disable_leader=True,
        topic_allow_declare=False,
        reply_create_topic=False,
        web_enabled=False,
        autodiscover=False,
    )
    written_by = ProducerSettings(
        bootstrap=settings.bootstrap,
        security=settings.security,
        idempotent=settings.idempotent_producer,
        max_message_bytes=settings.max_message_bytes,
        client_id=settings.group,
    )
    own = producer or BatchProducer(written_by)
    transactions = Transactions(written_by, settings.group)
    delivery: Delivery = transactions if settings.transactional else InOrder(own)
    runtime = app.runtime = Runtime(app, settings, handlers, delivery)
    transport = replace(
        settings.transport,
        security=settings.security,
        commits=not delivery.seals_offsets,
        # What the hub itself writes in transactions has a hole for every one of them.
        exempt=settings.transport.exempt | ({CLAIMS} if settings.transactional else set()),
    )
    app.transport_hooks = TransportHooks(settings=transport, quiesce=runtime.quiesce, probe=settings.probe)
    _connect(app.on_partitions_assigned, runtime.on_assigned)
    _connect(app.on_partitions_revoked, runtime.on_revoked)
    _connect(app.on_before_shutdown, runtime.on_shutdown)
    _connect(app.on_before_shutdown, _stopper(transactions))
    if producer is None:
        _connect(app.on_before_shutdown, _stopper(own))
    for lane in runtime.lanes:
        _add_lane(app, runtime, lane)
    return app


def _connect(signal: Any, receiver: Callable[..., Any]) -> None:  # noqa: ANN401 - mode types its signals too narrowly
    signal.connect(receiver)


def _add_lane(app: HubApp, runtime: Runtime, lane: Lane) -> None:
    topic = app.topic(*sorted(lane.topics), schema=BatchSchema(), internal=False, acks=True)

    async def agent(stream: Any) -> None:  # noqa: ANN401 - Faust's streams are untyped
        await runtime.consume(lane, stream)

    async def keeper() -> None:
        await runtime.keep(lane)

    app.agent(topic, name=f"{lane.name}")(agent)
    app.task(keeper, traced=False)


def _stopper(producer: BatchProducer | Transactions) -> Callable[..., Any]:
    async def stop(app: HubApp, **_: object) -> None:
        await producer.stop()

    return stop


@asynccontextmanager
async def running(app: HubApp, *, stop_timeout: float = 30.0) -> AsyncIterator[HubApp]:
    """Run the worker in the current event loop, next to an API or other workers; drains on exit.

    Leaving is also how a crash is noticed: `await app.wait_until_stopped()` returns, then see `exit_code(app)`.
    """
    bind_to_running_loop(app)
    app.finalize()
    await app.maybe_start()
    try:
        yield app
    finally:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(app.stop(), stop_timeout)


def exit_code(app: HubApp) -> int:
    """0 unless the worker crashed; then the code of its `Stop`."""
    reason = app.crash_reason
    if reason is None:
        return 0
    return reason.exit_code if isinstance(reason, Stop) else EXIT_BUG


async def run(app: HubApp, stop: asyncio.Event, *, stop_timeout: float = 30.0) -> int:
    """Run until `stop` is set or the worker crashes; returns the exit code."""
    async with running(app, stop_timeout=stop_timeout):
        waits = [asyncio.ensure_future(stop.wait()), asyncio.ensure_future(app.wait_until_stopped())]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
    if (reason := app.crash_reason) is not None:
        # The hub's own texts hold no values; of other exceptions only the type may be told.
        told = f"{type(reason).__name__}: {reason}" if isinstance(reason, HubError) else type(reason).__name__
        log.error("worker %s ends: %s", app.conf.id, told)
    return exit_code(app)


def run_forever(make_app: Callable[[], HubApp], *, stop_timeout: float = 30.0) -> int:
    """`hub worker`: run in this process until SIGTERM, SIGINT or a crash; returns the exit code."""

    async def main() -> int:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for name in (SIGTERM, SIGINT):
            loop.add_signal_handler(name, stop.set)
        return await run(make_app(), stop, stop_timeout=stop_timeout)

    return end_process(asyncio.run(main()))


def end_process(code: int) -> int:
    """The exit code to end with; where threads would keep the process alive, it ends here and now.

    A consumer thread that crashed, or still waits for a broker, may never end. The state is safe, and a worker that
    hangs is not: nobody starts another.
    """
    if any(not thread.daemon for thread in threading.enumerate() if thread is not threading.main_thread()):
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return code
