"""The second hop as the runtime runs it: parcels of subjects in, `Effects` out; and the ownership of partitions.

Nothing is written here but the store, in `commit`. What the store holds is compared with what this owner last left
there whenever it is asked; a store that was lost or put back is restored in place, before anything is judged by it.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from hub.domain.claim import Parcel, State, SubjectState
from hub.errors import RolledBack
from hub.pipeline.journey import Absorbed, rule_fault
from hub.pipeline.reconcile import RuleFault
from hub.runtime import topics
from hub.runtime.hops import Gear, Tally, claims_out, refusal_out
from hub.runtime.mending import Mender
from hub.runtime.records import Batch, Effects, Offsets, Out
from hub.runtime.restore import Restored
from hub.store.ports import Hold, SubjectStore

_TICK_LIMIT = 2000  # subjects woken per partition and tick: a New Year's wake-up of everybody must not starve batches


@dataclass
class _Harvest:
    """What a partition's subjects came to in one batch or tick."""

    term: int = 0  # what its records tell of their writer
    absorbed: list[tuple[Absorbed, State | None]] = field(default_factory=list)
    outs: list[Out] = field(default_factory=list)
    states: dict[bytes, bytes | None] = field(default_factory=dict)
    due: dict[bytes, int | None] = field(default_factory=dict)


Restorer = Callable[[int, int], Awaitable[Restored]]
"""Own a partition under a generation: fence older owners out, and bring the store up to the changelog's end."""


class AbsorbHop:
    """Parcels of subjects -> new states, shared records, alerts, and parcels for their neighbours."""

    def __init__(self, gear: Gear, store: SubjectStore, restore: Restorer, mender: Mender | None = None) -> None:
        """`mender`: on a broker without transactions, which cannot keep others from writing what is ours to write."""
        self._gear = gear
        self._mender = mender
        self._store = store
        self._restore = restore
        self._generations: dict[int, int] = {}
        self._holds: dict[int, Hold] = {}

    async def assigned(self, topic: str, partition: int, generation: int) -> None:
        """Own the partition."""
        self._generations[partition] = generation
        await self._take(partition, "assigned")

    async def revoked(self, topic: str, partition: int, generation: int) -> None:
        self._generations.pop(partition, None)
        self._holds.pop(partition, None)
        if self._mender is not None:
            self._mender.forget(partition)

    async def _take(self, partition: int, why: str) -> Hold:
        self._holds.pop(partition, None)
        restored = await self._restore(partition, self._generations[partition])
        if self._mender is not None:
            await self._mender.begin(restored.hold, restored.overruled)
        self._holds[partition] = restored.hold
        self._gear.tally.restored(why, restored.records, restored.seconds)
        return restored.hold

    async def _held(self, partition: int) -> Hold:
        """What the store must hold. If it was found to hold something else, the partition is restored in place."""
        return self._holds.get(partition) or await self._take(partition, "rolled_back")

    @contextlib.contextmanager
    def _minding(self, partition: int) -> Iterator[None]:
        """A store that lost what we wrote must be restored before anything else is asked of it."""
        try:
            yield
        except RolledBack:
            self._holds.pop(partition, None)
            raise

    async def handle(self, batch: Batch) -> Effects:
        began, now = time.perf_counter(), self._gear.clock()
        by_subject: dict[str, list[Parcel]] = {}
        for record in batch.records:
            if record.value is not None:
                parcel = self._gear.wire.read_parcel(record.value)
                by_subject.setdefault(parcel.subject, []).append(parcel)
        harvest = _Harvest(term=await self._stamp(batch.partition))
        harvest.outs += await self._mended(batch.partition)
        held = await self._load(batch.partition, [key.encode() for key in by_subject])
        for key, parcels in by_subject.items():
            before = self._read(held.get(key.encode()))
            absorbed = self._gear.journey.absorb(before, parcels, now, self._gear.shadowed())
            self._reap(harvest, before, absorbed, batch.partition)

        async def commit(written: Offsets) -> None:
            await self._save(batch.partition, harvest, written, batch.next_offset)
            self._count(harvest, by_subject, batch.records[0].timestamp)
            self._gear.tally.batch_done("absorb", time.perf_counter() - began)

        return self._effects(batch.partition, harvest, commit)

    async def tick(self, topic: str, partition: int, now_ms: int) -> Effects:
        """Wake every subject of the partition whose time has come."""
        now = self._gear.clock()
        hold = await self._held(partition)
        with self._minding(partition):
            keys = await self._store.due(hold, now, _TICK_LIMIT)
        harvest = _Harvest(term=await self._stamp(partition))
        if not keys:  # whatever is due comes first: it may put right by itself what would be mended
            harvest.outs += await self._mended(partition)
            if not harvest.outs:
                return Effects()
        held = await self._load(partition, keys)
        for key in keys:
            before = self._read(held.get(key))
            if isinstance(before, SubjectState):
                absorbed = self._gear.journey.tick(before, now, self._gear.shadowed())
                self._reap(harvest, before, absorbed, partition)

        async def commit(written: Offsets) -> None:
            await self._save(partition, harvest, written)
            self._count(harvest, {})

        return self._effects(partition, harvest, commit)

    def _effects(self, partition: int, harvest: _Harvest, commit: Callable[[Offsets], Awaitable[None]]) -> Effects:
        hold = self._holds[partition]

        async def guard() -> None:
            # A store that was put back is no reason not to write: what is written follows from what was there before.
            with contextlib.suppress(RolledBack):
                await self._store.check(hold)

        return Effects(outs=harvest.outs, commit=commit, guard=guard)

    async def _stamp(self, partition: int) -> int:
        """What our records tell of us. Where the broker fences, they need not."""
        return 0 if self._mender is None else (await self._held(partition)).term

    async def _mended(self, partition: int) -> list[Out]:
        if self._mender is None:
            return []
        hold = await self._held(partition)
        await self._mender.look(hold)
        return await self._mender.mend(hold, lambda keys: self._load(partition, keys))

    async def _load(self, partition: int, keys: list[bytes]) -> dict[bytes, bytes]:
        hold = await self._held(partition)
        with self._minding(partition):
            return await self._store.load_many(hold, keys)

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
        harvest.outs.append(Out(topics.SUBJECTS, key, value, partition, harvest.term))
        if isinstance(state, SubjectState):
            harvest.outs += self._published(state, absorbed, partition, harvest.term)

    def _published(self, state: SubjectState, absorbed: Absorbed, partition: int, term: int) -> Iterable[Out]:
        """Shared record and alerts, in the partition of their subject, where nobody but its owner writes."""
        journey, wire = self._gear.journey, self._gear.wire
        if absorbed.resident_changed:
            document = journey.resident(state, absorbed.person)
            value = wire.resident(document) if document else None
            yield Out(topics.RESIDENTS, state.key.encode(), value, partition, term)
        # Of several turns within one batch the last is what stands.
        for alert in {alert.alert_id: alert for alert in absorbed.alerts}.values():
            value = wire.alert(journey.alert(alert, state.key))
            yield Out(topics.ALERTS, alert.alert_id.encode(), value, partition, term)

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

    async def _save(self, partition: int, harvest: _Harvest, written: Offsets, handled: int | None = None) -> None:
        if self._mender is not None:
            self._mender.note(partition, harvest.outs, written, handled)
        marker = written.get((topics.SUBJECTS, partition))
        hold = await self._held(partition)
        if marker is not None and hold.marker is not None and hold.marker >= marker:
            return  # restored meanwhile, from a changelog that has these states already
        ends: Mapping[str, int] = {}
        if self._mender is not None:
            await self._mender.look_before(hold, marker or 0)
            ends = self._mender.ends(partition)
        with self._minding(partition):
            self._holds[partition] = await self._store.save(hold, harvest.states, marker, harvest.due, ends=ends)

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
