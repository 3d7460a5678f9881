"""Finding what others wrote about our subjects, and writing again what should stand there (ADR 0013).

Without transactions the broker lets a worker that slept through its replacement write when it wakes up: old states, old
shared records, old alerts. And a worker that crashed between an alert and the state it follows from has told something
that may not be true any more when its batch is read again. Only the owner of partition p writes partition p of the
topics watched here, so whatever it did not write itself shows: an end that is not where its own last write ended.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec

from hub.domain.claim import AlertState, State, SubjectState
from hub.domain.times import rfc3339
from hub.errors import Fenced, Retry
from hub.pipeline.journey import Journey
from hub.runtime import topics
from hub.runtime.records import Offsets, Out
from hub.runtime.wire import ALERT_TIMES, Wire
from hub.store.ports import Hold

WATCHED = (topics.SUBJECTS, topics.RESIDENTS, topics.ALERTS)
_READ_AT_ONCE = 2000
_MEND_AT_ONCE = 500
_NEVER = -1e9  # seconds: longer ago than any process runs
Load = Callable[[list[bytes]], Awaitable[Mapping[bytes, bytes]]]


class Written(msgspec.Struct, frozen=True):
    """A record of a topic, and the term its writer told."""

    key: bytes
    value: bytes | None
    term: int


class Tail(Protocol):
    """Reads the newest part of a partition of any topic."""

    async def ends(self, partition: int, names: Sequence[str]) -> Mapping[str, int]:
        """Where the partition ends in each of these topics."""

    async def read(self, topic: str, partition: int, start: int, most: int) -> tuple[list[Written], int]:
        """At most so many records from `start` on, and the offset after them."""


class Told(Protocol):
    """What mending counts."""

    def foreign(self, topic: str, records: int) -> None: ...
    def mended(self, topic: str, records: int) -> None: ...


Foreign = tuple[str, bytes]


@dataclass(slots=True)
class _Watch:
    """What is known of one partition."""

    looked_at: float
    # Up to where everything is ours, or was looked at. Own writes move it on only where nothing foreign lies between.
    ends: dict[str, int]
    # The owner before us may have had a batch in hand that ends before here: judge its writes when we have done it too.
    settled_at: int
    handled: int
    foreign: dict[Foreign, bytes | None] = field(default_factory=dict)
    # Where the ends were before what is foreign now was found: whoever comes after us must look from there.
    settled: dict[str, int] = field(default_factory=dict)


class Mender:
    """Watches the partitions of one worker. All calls about a partition come from its lane, one after the other."""

    def __init__(
        self,
        tail: Tail,
        journey: Journey,
        wire: Wire,
        told: Told,
        *,
        started_at: Callable[[int], int],
        interval: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tail = tail
        self._journey = journey
        self._wire = wire
        self._told = told
        self._started_at = started_at
        self._interval = interval
        self._clock = clock
        self._watches: dict[int, _Watch] = {}

    async def begin(self, hold: Hold, overruled: Iterable[bytes]) -> None:
        """The partition was taken over, and restored up to the hold's marker."""
        partition = hold.partition
        found = await self._tail.ends(partition, (*WATCHED, topics.CLAIMS))
        before = self._watches.get(partition)
        watch = _Watch(
            _NEVER,
            ends={
                topics.SUBJECTS: min(hold.ends.get(topics.SUBJECTS, 0), hold.marker or 0),
                # Shared records say nothing by the day's date: what a crash left half done, the batch read again mends.
                topics.RESIDENTS: hold.ends.get(topics.RESIDENTS, found[topics.RESIDENTS]),
                topics.ALERTS: hold.ends.get(topics.ALERTS, 0),
            },
            settled_at=found[topics.CLAIMS],
            # Restored in place, because the store was lost under us: what we handled before stays handled.
            handled=max(self._started_at(partition), before.handled if before else 0),
        )
        if topics.SUBJECTS not in hold.ends:  # the restore has just read all of it
            watch.ends[topics.SUBJECTS] = hold.marker or 0
        watch.foreign = {(topics.SUBJECTS, key): None for key in overruled}
        watch.settled = dict(watch.ends)
        self._watches[partition] = watch

    def forget(self, partition: int) -> None:
        """The partition is somebody else's."""
        self._watches.pop(partition, None)

    def note(self, partition: int, outs: Iterable[Out], written: Offsets, handled: int | None = None) -> None:
        """These were written, and that is where their partitions end now. `handled`: the batch they follow from ends
        before it.
        """
        watch = self._watches.get(partition)
        if watch is None:
            return
        counts = dict.fromkeys(WATCHED, 0)
        for out in outs:
            if out.topic in counts and out.partition == partition:
                counts[out.topic] += 1
        for topic, count in counts.items():
            end = written.get((topic, partition))
            if end is not None and end - count == watch.ends[topic]:
                watch.ends[topic] = end
            elif end is not None:
                watch.looked_at = _NEVER  # somebody else wrote before or between: look at once
        watch.handled = max(watch.handled, handled or 0)

    def ends(self, partition: int) -> Mapping[str, int]:
        """What the store is to remember for the next owner: up to where nothing foreign can be."""
        watch = self._watches.get(partition)
        if watch is None:
            return {}
        return dict(watch.settled if watch.foreign else watch.ends)

    async def look(self, hold: Hold) -> None:
        """Read what was written since, if it is time to or something is known to be there."""
        watch = self._watches.get(hold.partition)
        if watch is None or self._clock() - watch.looked_at < self._interval:
            return
        found = await self._tail.ends(hold.partition, WATCHED)
        behind = False
        for topic in WATCHED:
            if watch.ends[topic] < found[topic]:
                await self._scan(hold, watch, topic)
                behind = behind or watch.ends[topic] < found[topic]
        watch.looked_at = _NEVER if behind else self._clock()

    async def look_before(self, hold: Hold, marker: int) -> None:
        """The store is to be told that it is whole up to there: did anybody newer write in between?

        Costs nothing where all of it is our own. A store that was put back to what we had left there, when we slept
        through our replacement, lets us save; our successor's states before ours would never come to the store.
        """
        watch = self._watches.get(hold.partition)
        while watch is not None and (start := watch.ends[topics.SUBJECTS]) < marker:
            await self._scan(hold, watch, topics.SUBJECTS)
            if watch.ends[topics.SUBJECTS] == start:
                raise Retry(f"{topics.SUBJECTS}: no data before what was written there")

    async def _scan(self, hold: Hold, watch: _Watch, topic: str) -> None:
        records, reached = await self._tail.read(topic, hold.partition, watch.ends[topic], _READ_AT_ONCE)
        if topic == topics.SUBJECTS:
            _succeeded(hold, records)
        if not watch.foreign:
            watch.settled = dict(watch.ends)
        watch.ends[topic] = reached
        foreign = 0
        for record in records:
            if record.term == hold.term:
                watch.foreign.pop((topic, record.key), None)
            else:
                foreign += 1
                watch.foreign[topic, record.key] = record.value
        if foreign:
            self._told.foreign(topic, foreign)

    async def mend(self, hold: Hold, load: Load) -> list[Out]:
        """What has to be written again. It counts as mended only when it is seen on the topic."""
        watch = self._watches.get(hold.partition)
        if watch is None or not watch.foreign or watch.handled < watch.settled_at:
            return []
        taken = dict(list(watch.foreign.items())[:_MEND_AT_ONCE])
        subjects = {found: self._subject_of(*found, value) for found, value in taken.items()}
        held = await load(list({key for key in subjects.values() if key is not None}))
        states = {key: self._wire.read_state(value) for key, value in held.items()}
        outs = []
        for (topic, key), value in taken.items():
            subject = subjects[topic, key]
            if subject is None or subject not in held:
                continue
            out = self._put_right(topic, key, value, states[subject], held[subject])
            if out is not None:
                outs.append(msgspec.structs.replace(out, partition=hold.partition, term=hold.term))
                self._told.mended(topic, 1)
        for found in taken:
            del watch.foreign[found]
        return outs

    def _subject_of(self, topic: str, key: bytes, value: bytes | None) -> bytes | None:
        if topic != topics.ALERTS:
            return key
        return None if value is None else self._wire.read_alert(value)["subject_key"].encode()

    def _put_right(self, topic: str, key: bytes, value: bytes | None, state: State, stored: bytes) -> Out | None:
        """The record that should be the newest under that key, unless it is."""
        if topic == topics.SUBJECTS:
            return None if value == stored else Out(topic, key, stored)
        if not isinstance(state, SubjectState):
            return None
        if topic == topics.RESIDENTS:
            document = self._journey.resident(state)
            right = self._wire.resident(document) if document else None
        else:
            right = self._alert(key.decode(), value, state)
        return None if value == right else Out(topic, key, right)

    def _alert(self, alert_id: str, value: bytes | None, state: SubjectState) -> bytes | None:
        alert = next((alert for alert in _published(state) if alert.alert_id == alert_id), None)
        if alert is not None:
            return self._wire.alert(self._journey.alert(alert, state.key))
        return value if value is None else self._withdrawn(value, state.now)

    def _withdrawn(self, value: bytes, now: int) -> bytes:
        """An alert that somebody told and that its subject knows nothing of: it must not stand for ever."""
        document: dict[str, Any] = self._wire.read_alert(value)
        if document["close_reason"] == "RETRACTED":
            return value
        # One that was told closed for another reason still tells of a case that never was.
        closed_at = document["closed_at"] or now
        ended = {**document, "status": "CLOSED", "closed_at": closed_at, "close_reason": "RETRACTED"}
        for name in ALERT_TIMES:
            ended[name] = None if ended[name] is None else rfc3339(ended[name])
        if ended["answer"] is not None:
            ended["answer"] = {**ended["answer"], "given_at": rfc3339(ended["answer"]["given_at"])}
        return self._wire.alert(ended)


def _succeeded(hold: Hold, records: Iterable[Written]) -> None:
    """Only a later owner's term is higher than ours."""
    newest = max((record.term for record in records), default=0)
    if newest > hold.term:
        raise Fenced(hold.partition, hold.term, newest)


def _published(state: SubjectState) -> Iterable[AlertState]:
    return (alert for alert in (*state.alerts.values(), *state.closed) if alert.status != "PENDING")
