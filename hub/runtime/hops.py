"""The two hops as the runtime runs them: bytes in, `Effects` out, the pipeline in between.

Nothing is written here. The lane writes the outputs, awaits every acknowledgement, then calls `commit`, then acks (I4).
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from hub.domain.claim import Parcel, State, SubjectState
from hub.domain.event import Code, Fault
from hub.errors import Retry
from hub.pipeline.journey import Absorbed, Accepted, Journey, Refused, rule_fault, safe_event_id
from hub.pipeline.pointer import RefusedAnswer
from hub.pipeline.reconcile import RuleFault
from hub.runtime import topics
from hub.runtime.records import Batch, Effects, Offsets, Out, Record
from hub.runtime.wire import Wire
from hub.schema.registry import RegistryDown, SchemaSource
from hub.store.ports import SubjectStore

_FRAME_BYTES = 128  # what the producer counts for a record beside key and value, and some
_TICK_LIMIT = 2000  # subjects woken per partition and tick: a New Year's wake-up of everybody must not starve batches


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


@dataclass(frozen=True)
class Gear:
    """What both hops share."""

    journey: Journey
    wire: Wire
    tally: Tally
    clock: Callable[[], int]
    shadowed: Callable[[], Collection[str]] = frozenset  # the rules on trial, as whoever keeps score knows them


AGENCY_OF: Mapping[str, str] = {topic: agency for agency, topic in topics.AGENCY_TOPICS.items()}


class IntakeHop:
    """Agency messages -> parcels for subjects, or one quarantine record each."""

    def __init__(self, gear: Gear, source: SchemaSource, max_message_bytes: int) -> None:
        self._gear = gear
        self._source = source
        self._max = max_message_bytes

    async def assigned(self, topic: str, partition: int, generation: int) -> None:
        """Nothing to restore: this hop has no state."""

    async def revoked(self, topic: str, partition: int, generation: int) -> None:
        """Nothing to forget."""

    async def tick(self, now_ms: int) -> Effects:
        """No timers here."""
        return Effects()

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
                outs.append(self._quarantine(record, parcels, agency))
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

    def _quarantine(self, record: Record, refused: Refused, agency: str) -> Out:
        def make(kept: bytes) -> Out:
            return self._quarantine_record(record, refused, agency, kept)

        return kept_to_fit(self._max, record.value or b"", make)

    def _quarantine_record(self, record: Record, refused: Refused, agency: str, kept: bytes) -> Out:
        key = f"{record.topic}-{record.partition}-{record.offset}"
        return Out(
            topics.QUARANTINE,
            key.encode(),
            self._gear.wire.quarantine(
                key=key,
                topic=record.topic,
                partition=record.partition,
                offset=record.offset,
                received_at=record.timestamp,
                faults=refused.faults,
                payload=self._gear.journey.parts.keyring.seal(kept),
                size=len(record.value or b""),
                event_id=refused.event_id,
                agency=agency,
            ),
        )


@dataclass
class _Harvest:
    """What a partition's subjects came to in one batch or tick."""

    absorbed: list[tuple[Absorbed, State | None]] = field(default_factory=list)
    outs: list[Out] = field(default_factory=list)
    states: dict[bytes, bytes | None] = field(default_factory=dict)
    due: dict[bytes, int | None] = field(default_factory=dict)


Restorer = Callable[[int, int], Awaitable[None]]


class AbsorbHop:
    """Parcels of subjects -> new states, shared records, alerts, and parcels for their neighbours."""

    def __init__(self, gear: Gear, store: SubjectStore, restore: Restorer) -> None:
        self._gear = gear
        self._store = store
        self._restore = restore
        self._owned: dict[int, int] = {}

    async def assigned(self, topic: str, partition: int, generation: int) -> None:
        """Fence older owners out, bring the store up to the changelog's end, then own the partition."""
        await self._restore(partition, generation)
        self._owned[partition] = generation

    async def revoked(self, topic: str, partition: int, generation: int) -> None:
        self._owned.pop(partition, None)

    async def handle(self, batch: Batch) -> Effects:
        began, now = time.perf_counter(), self._gear.clock()
        by_subject: dict[str, list[Parcel]] = {}
        for record in batch.records:
            if record.value is not None:
                parcel = self._gear.wire.read_parcel(record.value)
                by_subject.setdefault(parcel.subject, []).append(parcel)
        held = await self._store.load_many(batch.partition, [key.encode() for key in by_subject])
        harvest = _Harvest()
        for key, parcels in by_subject.items():
            before = self._read(held.get(key.encode()))
            absorbed = self._gear.journey.absorb(before, parcels, now, self._gear.shadowed())
            self._reap(harvest, before, absorbed, batch.partition)

        async def commit(written: Offsets) -> None:
            await self._save(batch.partition, batch.generation, harvest, written)
            self._count(harvest, by_subject, batch.records[0].timestamp)
            self._gear.tally.batch_done("absorb", time.perf_counter() - began)

        return Effects(outs=harvest.outs, commit=commit)

    async def tick(self, now_ms: int) -> Effects:
        """Wake every subject of our partitions whose time has come."""
        now = self._gear.clock()
        harvests: dict[int, tuple[int, _Harvest]] = {}
        for partition, generation in self._owned.items():
            keys = await self._store.due(partition, now, _TICK_LIMIT)
            if not keys:
                continue
            held = await self._store.load_many(partition, keys)
            harvest = _Harvest()
            for key in keys:
                before = self._read(held.get(key))
                if isinstance(before, SubjectState):
                    absorbed = self._gear.journey.tick(before, now, self._gear.shadowed())
                    self._reap(harvest, before, absorbed, partition)
            harvests[partition] = (generation, harvest)

        async def commit(written: Offsets) -> None:
            for partition, (generation, harvest) in harvests.items():
                await self._save(partition, generation, harvest, written)
                self._count(harvest, {})

        outs = [out for _, harvest in harvests.values() for out in harvest.outs]
        return Effects(outs=outs, commit=commit if harvests else None)

    def _read(self, value: bytes | None) -> State | None:
        return None if value is None else self._gear.wire.read_state(value)

    def _reap(self, harvest: _Harvest, before: State | None, absorbed: Absorbed, partition: int) -> None:
        harvest.absorbed.append((absorbed, before))
        harvest.outs += [claims_out(self._gear.wire, parcel) for parcel in absorbed.outbox]
        harvest.outs += [self._fault_out(fault, partition) for fault in absorbed.faults]
        harvest.outs += [refusal_out(self._gear.wire, refused) for refused in absorbed.refusals]
        if not absorbed.changed:
            return
        state = absorbed.state
        key, value = state.key.encode(), self._gear.wire.state(state)
        harvest.states[key] = value
        harvest.due[key] = state.wake if isinstance(state, SubjectState) else None
        harvest.outs.append(Out(topics.SUBJECTS, key, value, partition))
        if isinstance(state, SubjectState):
            harvest.outs += self._published(state, absorbed)

    def _published(self, state: SubjectState, absorbed: Absorbed) -> Iterable[Out]:
        journey, wire = self._gear.journey, self._gear.wire
        if absorbed.resident_changed:
            document = journey.resident(state)
            yield Out(topics.RESIDENTS, state.key.encode(), wire.resident(document) if document else None)
        # Of several turns within one batch the last is what stands.
        for alert in {alert.alert_id: alert for alert in absorbed.alerts}.values():
            yield Out(topics.ALERTS, alert.alert_id.encode(), wire.alert(journey.alert(alert, state.key)))

    def _fault_out(self, fault: RuleFault, partition: int) -> Out:
        key = f"{fault.subject}:{fault.rule_id}"
        value = self._gear.wire.quarantine(
            key=key,
            topic=topics.CLAIMS,
            partition=partition,
            offset=-1,
            received_at=self._gear.clock(),
            faults=(rule_fault(fault),),
            payload=b"",
            size=0,
        )
        return Out(topics.QUARANTINE, key.encode(), value)

    async def _save(self, partition: int, generation: int, harvest: _Harvest, written: Offsets) -> None:
        marker = written.get((topics.SUBJECTS, partition))
        await self._store.save(partition, generation, harvest.states, marker, harvest.due)

    def _count(self, harvest: _Harvest, by_subject: Mapping[str, list[Parcel]], arrived: int | None = None) -> None:
        tally = self._gear.tally
        # From intake's writing of the batch's first parcel: on the wall clock, whatever time the pipeline lives in.
        waited = None if arrived is None else max(0, time.time_ns() // 1_000_000 - arrived)
        for parcels in by_subject.values():
            tally.parcels(parcels[0].kind, len(parcels))
        for absorbed, before in harvest.absorbed:
            tally.parcels_sent(len(absorbed.outbox))
            for act in absorbed.applied:
                tally.outcome(act.agency, act.event_type, "applied")
            for act in absorbed.duplicates:
                tally.outcome(act.agency, act.event_type, "duplicate")
            if absorbed.conflicts:
                tally.conflicts(absorbed.conflicts)
            for fault in absorbed.faults:
                tally.rule_error(fault.rule_id)
            _count_answers(tally, absorbed)
            _count_alerts(tally, absorbed, before, waited)


def _count_answers(tally: Tally, absorbed: Absorbed) -> None:
    for answer in absorbed.answers:
        tally.answer(answer.result, "accepted")
    for answer in absorbed.repeated:
        tally.answer(answer.result, "duplicate")
    for refused in absorbed.refusals:
        tally.answer(refused.slip.answer.result, "refused", refused.faults)
    for rule_id, waited_ms in absorbed.retracted:
        tally.retracted(rule_id, waited_ms)


def _count_alerts(tally: Tally, absorbed: Absorbed, before: State | None, waited: int | None) -> None:
    known = {a.alert_id: a for a in before.alerts.values()} if isinstance(before, SubjectState) else {}
    for alert in {alert.alert_id: alert for alert in absorbed.alerts}.values():
        was = known.get(alert.alert_id)
        opened = alert.status == "OPEN" and (was is None or was.status != "OPEN")
        tally.alert(alert.rule_id, was.status if was else None, alert.status, waited if opened else None)


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
