"""Starting and stopping a hub process: topics, producer, worker, alert feed, HTTP, in this order and back."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from platform import python_version

from aiokafka.errors import KafkaError
from fastapi import FastAPI

from hub.api.app import ApiDeps, build_api
from hub.api.audit import JsonlAudit
from hub.api.server import ApiServer
from hub.api.system import health_routes
from hub.api.views import AlertView
from hub.bootstrap import catalogue
from hub.config import Settings
from hub.domain.times import day_of
from hub.errors import Retry, StoreUnavailable, WentAway
from hub.node.access import Health, StoredExplanations, StoredResidents, TopicIntake
from hub.node.alert_feed import AlertFeed
from hub.node.answering import TopicFeedback
from hub.node.clock import Clock
from hub.node.ending import ended
from hub.node.layout import check_layout
from hub.node.parts import GROUP, Parts, check_store, make_parts
from hub.node.reminders import Reminders
from hub.runtime import topics
from hub.runtime.broker import EmbeddedBroker
from hub.runtime.points import Probe, unwatched
from hub.runtime.security import KafkaSecurity
from hub.runtime.succession import succeed
from hub.runtime.topics import ensure_topics
from hub.runtime.worker import HubApp, exit_code, running
from hub.schema.registry import registry_response

_WATCH_SECONDS = 1.0
_SCORES_SECONDS = 60.0  # a very long topic of alerts must not keep the worker from its work


@dataclass
class Node:
    """A running hub process."""

    parts: Parts
    worker: HubApp | None
    feed: AlertFeed
    server: ApiServer

    def ready(self) -> bool:
        worker_ready = self.worker is None or self.worker.runtime.ready
        return worker_ready and self.feed.caught_up


@asynccontextmanager
async def node(
    settings: Settings,
    bootstrap: str,
    *,
    worker: bool = True,
    api: bool = True,
    clock: Clock | None = None,
    probe: Probe = unwatched,
) -> AsyncIterator[Node]:
    """Run the parts asked for until the block ends; then stop them in reverse. Raises RefuseToStart and WentAway."""
    security = KafkaSecurity(**vars(settings.kafka_access))
    size = settings.max_message_bytes
    ensured = await asyncio.to_thread(ensure_topics, bootstrap, settings.partitions, security, max_message_bytes=size)
    await check_store(settings)
    parts = make_parts(settings, bootstrap, ensured, clock=clock)
    parts.metrics.process()
    parts.metrics.build(version("resident-hub"), python_version())
    async with AsyncExitStack() as stack:
        stack.push_async_callback(parts.store.close)
        stack.push_async_callback(parts.producer.stop)
        stack.push_async_callback(parts.tail.stop)
        stack.push_async_callback(parts.kept.stop)
        with starting():
            await check_layout(parts.store, ensured.partitions[topics.SUBJECTS], keeps=worker)
            await parts.producer.start()
            # First the scores: a restart must not let alerts of a rule on trial out as if nothing had been said of it.
            feed = await _feed(parts, AlertView() if api else None, ensured.partitions[topics.ALERTS], stack)
            await feed.until_caught_up(_SCORES_SECONDS)
            if worker and settings.instance is not None and not ensured.embedded:
                await asyncio.to_thread(succeed, bootstrap, security, GROUP, settings.instance)
            app = await stack.enter_async_context(running(parts.worker(probe))) if worker else None
            server = ApiServer(_http(parts, app, feed), settings.http_host, settings.http_port)
            await server.start()
            stack.push_async_callback(server.stop)
            running_node = Node(parts, app, feed, server)
            watch = asyncio.create_task(_watch(running_node, ensured.partitions[topics.SUBJECTS]), name="gauges")
            stack.push_async_callback(ended, watch)
        yield running_node


@contextlib.contextmanager
def starting() -> Iterator[None]:
    """Whatever supervises us starts us again where a service goes away just now; it must not look like a bug."""
    try:
        yield
    except (KafkaError, StoreUnavailable, ConnectionError) as error:
        raise WentAway(type(error).__name__) from None


async def _feed(parts: Parts, view: AlertView | None, partitions: int, stack: AsyncExitStack) -> AlertFeed:
    feed = AlertFeed(view, parts.scoreboard, parts.wire, parts.metrics, parts.bootstrap, parts.security, partitions)
    await feed.start()
    stack.push_async_callback(feed.stop)
    return feed


def _http(parts: Parts, app: HubApp | None, feed: AlertFeed) -> FastAPI:
    checks: dict[str, Callable[[], bool]] = {"alerts": lambda: feed.caught_up}
    if app is not None:
        checks["worker"] = lambda: app.runtime.ready
    view = feed.view
    if view is None:
        # A worker for a cluster: nobody asks it for residents, only Prometheus and the orchestrator come by.
        bare = FastAPI(openapi_url=None)
        bare.include_router(health_routes(Health(checks), parts.metrics))
        return bare
    known = catalogue()
    return build_api(
        ApiDeps(
            alerts=view,
            residents=StoredResidents(parts.store, parts.journey, parts.wire),
            explanations=StoredExplanations(parts.store, parts.journey, parts.wire),
            intake=TopicIntake(parts.gear, parts.producer, parts.settings.max_message_bytes),
            feedback=TopicFeedback(view, parts.gear, parts.producer),
            scores=lambda: [score.document() for score in parts.scoreboard.scores()],
            readiness=Health(checks),
            audit=JsonlAudit(parts.settings.data_dir),
            registry=lambda path: registry_response(known, path),
            metrics=parts.metrics,
        )
    )


async def _watch(running_node: Node, partitions: int) -> None:
    """Keep the gauges that nobody else touches up to date."""
    parts = running_node.parts
    reminders = Reminders(parts.journey.parts.bench, parts.journey.parts.calendar, parts.metrics)
    while True:
        parts.metrics.ready.set(1 if running_node.ready() else 0)
        reminders.look(day_of(parts.clock.now_ms()))
        with contextlib.suppress(Retry):
            parts.metrics.store_subjects.set(sum([await parts.store.count(number) for number in range(partitions)]))
        await asyncio.sleep(_WATCH_SECONDS)


async def until_stopped(running_node: Node, stop: asyncio.Event) -> int:
    """Wait for a signal, or for the worker to end by itself; returns the exit code."""
    waits: list[asyncio.Future[object]] = [asyncio.ensure_future(stop.wait())]
    if running_node.worker is not None:
        waits.append(asyncio.ensure_future(running_node.worker.wait_until_stopped()))
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
    return 0 if running_node.worker is None or stop.is_set() else exit_code(running_node.worker)


def stop_on_signals() -> asyncio.Event:
    """An event that Ctrl-C and SIGTERM set."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    return stop


@contextlib.contextmanager
def broker_for(settings: Settings, embedded: bool) -> Iterator[str]:
    """The bootstrap address: of the broker started here, or of the one configured."""
    if not embedded:
        settings.require("kafka_bootstrap")
        yield str(settings.kafka_bootstrap)
        return
    with EmbeddedBroker(settings.data_dir) as broker:
        yield broker.bootstrap
