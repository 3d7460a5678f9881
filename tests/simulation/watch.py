"""What must hold at every moment: offsets never ahead of effects (I4), and memory that only grows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from hub.domain.claim import LedgerState, Parcel, PointerState, State, SubjectState
from hub.pipeline.journey import Accepted
from hub.runtime import topics
from hub.runtime.hops import AGENCY_OF
from tests.simulation.histories import registry

if TYPE_CHECKING:
    from aiokafka import TopicPartition

    from hub.runtime.records import Out
    from tests.simulation.broker import Kept
    from tests.simulation.world import World

_Written = tuple[bytes, bytes | None]  # a state under its key


class Watch:
    """Looks at commits and saves; what it finds wrong is a divergence."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._written: dict[_Written, list[tuple[int, bool]]] = {}  # at which offsets, and whether late
        self._of_sleepers: set[_Written] = set()

    def written(self, outs: Sequence[Out], end: int, *, late: bool) -> None:
        """These states went to the changelog, up to that offset; `late`: from somebody who may write no more."""
        for offset, out in enumerate(outs, end - len(outs)):
            self._written.setdefault((out.key, out.value), []).append((offset, late))

    def _came_late(self, written: _Written, marker: int | None) -> bool:
        """Was it a sleeper's when it was read last? The same state may have been written in time, too."""
        offsets = self._written.get(written, ())
        return next((late for offset, late in reversed(offsets) if marker is not None and offset < marker), False)

    def committing(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Everything that the records below these offsets cause must be durable by now."""
        broker = self._world.broker
        for tp, offset in offsets.items():
            log = broker.logs[tp]
            if offset > log.end:
                self._world.diverged(f"I4: {tp.topic}/{tp.partition} committed at {offset}, beyond its end {log.end}")
            start = broker.group.committed.get(tp, 0)
            for record in log.between(start, offset):
                missing = self._missing(record)
                if missing:
                    self._world.diverged(f"I4: {tp.topic}/{tp.partition}@{record.offset} committed, but {missing}")

    def saved(
        self,
        before: Mapping[bytes, bytes],
        states: Mapping[bytes, bytes | None],
        marker: int | None,
        *,
        out_of_date: bool = False,
    ) -> None:
        """A state taken into the store forgets nothing that the store knew, but what came from a sleeper.

        That was never acked; and whoever replays the changelog may come by it before what its successor wrote.
        """
        read = self._world.history.wire.read_state
        self._of_sleepers |= {each for each in states.items() if out_of_date or self._came_late(each, marker)}
        for key, value in states.items():
            old = before.get(key)
            if (
                old is not None
                and (key, old) not in self._of_sleepers
                and old != value
                and (value is None or not grows(read(old), read(value)))
            ):
                self._world.diverged(f"a state of kind {read(old).kind} forgot something it knew")

    def _missing(self, record: Kept) -> str | None:
        if record.value is None and record.topic == topics.CLAIMS:
            return None
        if record.topic == topics.CLAIMS:
            return self._missing_absorbed(record)
        if record.topic == topics.FEEDBACK:
            return self._missing_answer(record)
        return self._missing_parcels(record)

    def _missing_parcels(self, record: Kept) -> str | None:
        history = self._world.history
        outcome = history.journey.intake_bytes(record.value, registry(), AGENCY_OF[record.topic])
        if not record.key or not isinstance(outcome, Accepted):
            return None if self._quarantined(record) else "no quarantine record"
        written = self._world.written
        wanted = {(parcel.subject.encode(), history.wire.parcel(parcel)) for parcel in outcome.parcels}
        return None if wanted <= written else "its parcels are not written"

    def _missing_answer(self, record: Kept) -> str | None:
        key = f"{record.topic}-{record.partition}-{record.offset}"
        if self._quarantined(record) or any(
            parcel.slip is not None and parcel.slip.key == key for parcel in self._world.slips
        ):
            return None
        return "the answer was neither sent on nor refused"

    def _quarantined(self, record: Kept) -> bool:
        return f"{record.topic}-{record.partition}-{record.offset}".encode() in self._world.quarantined

    def _missing_absorbed(self, record: Kept) -> str | None:
        read = self._world.history.wire
        parcel = read.read_parcel(record.value or b"")
        log = self._world.broker.logs[topics.SUBJECTS, record.partition]
        states = (
            entry.value for entry in reversed(log.records) if entry.key == record.key and entry.value and entry.visible
        )
        if any(holds(read.read_state(value), parcel) for value in states):
            return None
        if parcel.slip is not None and parcel.slip.key.encode() in self._world.quarantined:
            return None  # an answer to an alert that nobody knows leaves no trace but this
        if parcel.slip is not None and record.key and record.key.startswith(b"a-"):
            return None if self._forwarded(parcel) else "the answer was not sent on"
        if parcel.relay is not None and parcel.relay.source == parcel.subject:
            return None
        return f"no state on the changelog holds the parcel ({_content(parcel)})"

    def _forwarded(self, parcel: Parcel) -> bool:
        return any(other.slip == parcel.slip and other.subject != parcel.subject for other in self._world.slips)


def holds(state: State, parcel: Parcel) -> bool:
    """Was the parcel taken in?"""
    if isinstance(state, PointerState):
        return parcel.home is None or state.home == parcel.home
    if isinstance(state, LedgerState):
        taken = parcel.taken_back_by is None or parcel.taken_back_by.event_id in state.taken_back.get(
            parcel.taken_back or "", {}
        )
        return taken and (parcel.act is None or parcel.act.digest in state.digests)
    if parcel.claim is not None:
        held, beaten = state.claims.get(parcel.claim.identity), state.beaten.get(parcel.claim.event_id)
        return held is not None and (held.event_id == parcel.claim.event_id or beaten is not None)
    if parcel.notice is not None:
        return f"{parcel.notice.event_id}|{parcel.notice.by}|{parcel.notice.how}" in state.notices
    if parcel.relay is not None:
        told = state.relays.get(parcel.relay.source)
        return state.crowded or (told is not None and told.version >= parcel.relay.version)
    return parcel.slip is None or parcel.slip.answer.identity in state.answers


def grows(old: State, new: State) -> bool:
    """Does `new` know everything that `old` knew?"""
    if isinstance(old, SubjectState) and isinstance(new, SubjectState):
        relays = all(
            source in new.relays and new.relays[source].version >= relay.version for source, relay in old.relays.items()
        )
        return (
            old.claims.keys() <= new.claims.keys()
            and old.beaten.keys() <= new.beaten.keys()
            and old.notices.keys() <= new.notices.keys()
            and old.answers.keys() <= new.answers.keys()
            and (relays or new.crowded)
            and old.now <= new.now
        )
    if isinstance(old, LedgerState) and isinstance(new, LedgerState):
        return set(old.digests) <= set(new.digests) and all(
            event in new.taken_back and by.keys() <= new.taken_back[event].keys()
            for event, by in old.taken_back.items()
        )
    return (
        isinstance(old, PointerState) and isinstance(new, PointerState) and (old.home is None or new.home is not None)
    )


def _content(parcel: Parcel) -> str:
    names = ("claim", "relay", "notice", "act", "taken_back_by", "home", "slip")
    return next((name for name in names if getattr(parcel, name) is not None), "empty")
