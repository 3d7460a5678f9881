"""The two hops as the runtime runs them: bytes in, `Effects` out, the pipeline in between.

Nothing is written here. The lane writes the outputs, awaits every acknowledgement, then calls `commit`, then acks (I4).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from hub.domain.claim import Parcel
from hub.domain.event import Code, Fault
from hub.errors import Retry
from hub.pipeline.journey import Accepted, Journey, Refused, safe_event_id
from hub.pipeline.pointer import RefusedAnswer
from hub.runtime import topics
from hub.runtime.records import Batch, Effects, Offsets, Out, Record
from hub.runtime.wire import Wire
from hub.schema.registry import RegistryDown, SchemaSource

_FRAME_BYTES = 160  # what the producer counts for a record beside key and value, and some


class Tally(Protocol):
    """What the hops count. Called after the effects are durable."""

    def received(self, agency: str, messages: int) -> None: ...
    def refused(self, agency: str, faults: Sequence[Fault]) -> None: ...
    def outcome(self, agency: str, event_type: str, outcome: str) -> None: ...
    def parcels_sent(self, count: int) -> None: ...
    def parcels(self, kind: str, count: int) -> None: ...
    def alert(self, rule_id: str, before: str | None, after: str, waited_ms: int | None) -> None: ...
    def answer(self, result: str, outcome: str, faults: Sequence[Fault] = ()) -> None: ...
    def retracted(self, rule_id: str, waited_ms: int) -> None: ...
    def conflicts(self, count: int) -> None: ...
    def rule_error(self, rule_id: str) -> None: ...
    def batch_done(self, hop: str, seconds: float) -> None: ...
    def restored(self, why: str, records: int, seconds: float) -> None: ...
    def foreign(self, topic: str, records: int) -> None: ...
    def mended(self, topic: str, records: int) -> None: ...


@dataclass(frozen=True)
class Gear:
    """What both hops share."""

    journey: Journey
    wire: Wire
    tally: Tally
    clock: Callable[[], int]
    shadowed: Callable[[], Collection[str]] = frozenset  # the rules on trial, as whoever keeps score knows them


AGENCY_OF: Mapping[str, str] = {topic: agency for agency, topic in topics.AGENCY_TOPICS.items()}


class Stateless:
    """A hop that keeps nothing between batches."""

    async def assigned(self, topic: str, partition: int, generation: int) -> None:
        """Nothing to restore: this hop has no state."""

    async def revoked(self, topic: str, partition: int, generation: int) -> None:
        """Nothing to forget."""

    async def tick(self, topic: str, partition: int, now_ms: int) -> Effects:
        """No timers here."""
        return Effects()


class IntakeHop(Stateless):
    """Agency messages -> parcels for subjects, or one quarantine record each."""

    def __init__(self, gear: Gear, source: SchemaSource, max_message_bytes: int) -> None:
        self._gear = gear
        self._source = source
        self._max = max_message_bytes

    async def handle(self, batch: Batch) -> Effects:
        began = time.perf_counter()
        agency = AGENCY_OF[batch.topic]
        outs: list[Out] = []
        refusals: list[tuple[Fault, ...]] = []
        for record in batch.records:
            outcome = self._intake(record, agency)
            parcels = self._parcels(outcome)
            if isinstance(parcels, Refused):
                refusals.append(parcels.faults)
                outs.append(
                    message_out(self._gear, record, parcels.faults, self._max, event_id=parcels.event_id, agency=agency)
                )
            else:
                outs += parcels

        async def commit(_: Offsets) -> None:
            self._gear.tally.received(agency, len(batch.records))
            self._gear.tally.parcels_sent(len(outs) - len(refusals))
            for faults in refusals:
                self._gear.tally.refused(agency, faults)
            self._gear.tally.batch_done("intake", time.perf_counter() - began)

        return Effects(outs=outs, commit=commit)

    def _intake(self, record: Record, agency: str) -> Accepted | Refused:
        missing_key = (Fault(Code.NULL_KEY, "", "the key is the source_record_id"),) if not record.key else ()
        if record.value is not None and len(record.value) > self._max:
            return Refused((*missing_key, Fault(Code.TOO_BIG, "", f"more than {self._max} bytes")))
        try:
            outcome = self._gear.journey.intake_bytes(record.value, self._source, agency)
        except RegistryDown as error:
            raise Retry("schema registry") from error
        if missing_key:
            faults = outcome.faults if isinstance(outcome, Refused) else ()
            return Refused((*missing_key, *faults))
        return outcome

    def _parcels(self, outcome: Accepted | Refused) -> list[Out] | Refused:
        """What follows from a message; refused too where a part of it is more than the broker takes."""
        if isinstance(outcome, Refused):
            return outcome
        outs = [claims_out(self._gear.wire, parcel) for parcel in outcome.parcels]
        return too_big(outcome, self._max) if any(excess(out, self._max) for out in outs) else outs


def message_key(record: Record) -> str:
    """Where a message stood: its key in quarantine, so that the same one again is the same record there."""
    return f"{record.topic}-{record.partition}-{record.offset}"


def message_out(
    gear: Gear,
    record: Record,
    faults: tuple[Fault, ...],
    limit: int,
    *,
    event_id: str | None = None,
    agency: str | None = None,
) -> Out:
    """A message that is refused, on its way to quarantine: whole, or as much of it as the broker takes."""
    key, raw = message_key(record), record.value or b""

    def make(kept: bytes) -> Out:
        value = gear.wire.quarantine(
            key=key,
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            received_at=record.timestamp,
            faults=faults,
            payload=gear.journey.parts.keyring.seal(kept),
            size=len(raw),
            event_id=event_id,
            agency=agency,
        )
        return Out(topics.QUARANTINE, key.encode(), value)

    return kept_to_fit(limit, raw, make)


def excess(out: Out, limit: int) -> int:
    """By how many bytes a record is more than the broker takes."""
    return max(0, len(out.key) + len(out.value or b"") + _FRAME_BYTES - limit)


def too_big(accepted: Accepted, limit: int) -> Refused:
    """A good event from which more follows than the broker takes in one record."""
    fault = Fault(Code.TOO_BIG, "", f"what follows from it is more than {limit} bytes")
    return Refused((fault,), safe_event_id(accepted.event.event_id))


def kept_to_fit(limit: int, raw: bytes, make: Callable[[bytes], Out]) -> Out:
    """A quarantine record with the whole message, or with as much of its beginning as the broker takes."""
    out = make(raw)
    over = excess(out, limit)
    return make(raw[:-over]) if over else out


def claims_out(wire: Wire, parcel: Parcel) -> Out:
    """A parcel on its way to its subject."""
    return Out(topics.CLAIMS, parcel.subject.encode(), wire.parcel(parcel))


def refusal_out(wire: Wire, refused: RefusedAnswer) -> Out:
    """An answer that may not be given, on its way to quarantine. The same one again is the same record."""
    slip = refused.slip
    value = wire.quarantine(
        key=slip.key,
        topic=slip.topic,
        partition=slip.partition,
        offset=slip.offset,
        received_at=slip.received_at,
        faults=refused.faults,
        payload=slip.sealed,
        size=slip.size,
        agency=slip.answer.agency,
    )
    return Out(topics.QUARANTINE, slip.key.encode(), value)
