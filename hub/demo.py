"""`hub demo`: a simulated city through a real broker, everything running, and what it found against the truth."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from hub.domain.claim import SubjectState
from hub.domain.times import end_of
from hub.node.clock import CityClock
from hub.node.run import Node
from hub.pipeline.journey import Accepted
from hub.runtime import topics
from hub.runtime.records import Out
from hub.simulate import City
from hub.truth import Verdict, compare

_SLICE_SECONDS = 0.05
_FULL_SPEED_SLICE = 500
# Events on their way at most: enough to keep both hops busy, few enough that no topic runs far ahead of another.
_IN_FLIGHT = 4000
_SETTLE_POLL_SECONDS = 0.1


@dataclass
class Progress:
    """What a console shows while the city lives."""

    total: int
    sent: int = 0
    day: str = ""
    phase: str = "starting"
    started: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started


async def live(node: Node, city: City, clock: CityClock, rate: float, progress: Progress) -> None:
    """Publish the city's events in their order, as its agencies would; time goes where they are."""
    progress.phase = "the city lives"
    slice_size = max(1, round(rate * _SLICE_SECONDS)) if rate > 0 else _FULL_SPEED_SLICE
    for start in range(0, len(city.events), slice_size):
        began = time.monotonic()
        portion = city.events[start : start + slice_size]
        outs, moment = _messages(node, portion)
        clock.advance(moment)
        await node.parts.producer.send(outs)
        progress.sent += len(portion)
        progress.day = portion[-1]["publish_time"][:10]
        while progress.sent - _accounted(node) > _IN_FLIGHT:
            await asyncio.sleep(0.01)
        if rate > 0:
            await asyncio.sleep(max(0.0, len(portion) / rate - (time.monotonic() - began)))


def _messages(node: Node, events: list[dict[str, Any]]) -> tuple[list[Out], int]:
    """Events in Avro on their agencies' topics. The city only sends valid ones; anything else is a bug of ours."""
    outs, moment = [], 0
    for obj in events:
        outcome = node.parts.journey.intake(obj)
        if not isinstance(outcome, Accepted):
            raise TypeError("the simulated city sent an event that its own hub refuses")
        event = outcome.event
        value = node.parts.journey.parts.codec.encode_event(event)
        outs.append(Out(topics.AGENCY_TOPICS[event.source_agency], event.source_record_id.encode(), value))
        moment = max(moment, event.publish_time)
    return outs, moment


def _accounted(node: Node) -> int:
    counts = node.parts.ledger.counts
    return counts["applied"] + counts["duplicate"] + counts["quarantined"]


async def settle(node: Node, clock: CityClock, as_of: date, progress: Progress) -> None:
    """Let everything arrive, then let the city's time run to the end of `as_of` and the timers with it."""
    progress.phase = "the last events arrive"
    await _until(lambda: _accounted(node) >= progress.sent and _quiet(node))
    progress.phase = f"time runs on to {as_of.isoformat()}"
    clock.advance(end_of(as_of))
    while not await _timers_done(node, end_of(as_of)):
        await asyncio.sleep(_SETTLE_POLL_SECONDS)
    await _until(lambda: _quiet(node))


def _quiet(node: Node) -> bool:
    """No parcel is under way, and every alert published has come back from the topic."""
    counts, feed = node.parts.ledger.counts, node.feed
    return counts["parcels"] >= counts["parcels_sent"] and feed.applied >= counts["alerts"]


async def _until(condition: Callable[[], bool]) -> None:
    """Three looks in a row, so that what is between two hops just now is not overlooked."""
    seen = 0
    while seen < 3:
        seen = seen + 1 if condition() else 0
        await asyncio.sleep(_SETTLE_POLL_SECONDS)


async def _timers_done(node: Node, moment: int) -> bool:
    partitions = node.parts.settings.partitions
    due = [await node.parts.store.next_due(partition) for partition in range(partitions)]
    return all(when is None or when > moment for when in due)


async def verdict(node: Node, city: City) -> tuple[Verdict, int]:
    """What the running hub holds against what the city injected; and how many residents it knows."""
    residents = [document async for document in _residents(node)]
    view = node.feed.view
    alerts = [] if view is None else list(view.documents())
    found = compare(city.truth, city.events, residents, alerts, enable=node.parts.settings.enable_rules)
    return found, len(residents)


async def _residents(node: Node) -> AsyncIterator[dict[str, Any]]:
    async for _, value in node.parts.store.scan(b"r-"):
        state = node.parts.wire.read_state(value)
        if isinstance(state, SubjectState):
            document = node.parts.journey.resident(state)
            if document:
                yield document
