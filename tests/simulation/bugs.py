"""Planted bugs: what the simulation must catch, or it proves nothing. Each breaks one promise in the real code."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import msgspec
from faust.types import TP

from hub.errors import Fenced, Retry
from hub.pipeline import absorb, ledger
from hub.runtime import mending, topics
from hub.runtime import restore as restoring
from hub.runtime.absorbing import AbsorbHop
from hub.runtime.continuity import Continuity, Ledger
from hub.runtime.delivery import Transactions
from hub.runtime.lane import Lane
from hub.runtime.mending import Mender
from hub.runtime.transport import Consumer, as_message, make_batch, size_of, split_by_size
from hub.store import memory
from hub.store.memory import MemoryStore
from tests.simulation import worker
from tests.simulation.broker import Broker
from tests.simulation.client import SimProducer
from tests.simulation.histories import history_of

Plant = Callable[[], Any]


def _commits_early() -> Any:
    """The batch is acked before anything of it is done."""
    real = Lane.process

    async def process(self: Lane, batch: Any, ack: Any) -> bool:
        ack()
        return await real(self, batch, lambda: None)

    return patch.object(Lane, "process", process)


def _acks_what_it_drops() -> Any:
    """A batch dropped because its partition goes is acked all the same."""
    real = Lane.process

    async def process(self: Lane, batch: Any, ack: Any) -> bool:
        if not await real(self, batch, ack):
            ack()
        return True

    return patch.object(Lane, "process", process)


def _commits_what_was_read() -> Any:
    """Offsets are committed as far as batches were handed out."""

    def committable(self: Ledger, topic: str, partition: int) -> int | None:
        handed_out = self._handed_out.get((topic, partition))
        return max(handed_out) if handed_out else self._committable.get((topic, partition))

    return patch.object(Ledger, "committable", committable)


def _states_first(order: Callable[[Any, list[Any]], int]) -> Any:
    real = Lane._stages

    def stages(self: Lane, outs: Any) -> Any:
        return sorted(real(self, outs), key=lambda stage: order(self._context, stage[1]))

    return patch.object(Lane, "_stages", stages)


def _states_before_alerts() -> Any:
    """New states are durable before the alerts they speak of."""
    return _states_first(lambda context, outs: 1 if outs and outs[0].topic in context.answerable else 0)


def _states_before_parcels() -> Any:
    """New states are durable before the parcels that follow from them."""
    return _states_first(lambda context, outs: 0 if outs and outs[0].topic in context.changelogs else 1)


def _no_waiting_for_acknowledgements() -> Any:
    """Whatever the broker says of a list, it counts as written."""
    real = SimProducer.send

    async def send(self: SimProducer, outs: Any, *more: Any) -> Any:
        try:
            return await real(self, outs, *more)
        except Exception:  # noqa: BLE001 - that is the bug
            return {}

    return patch.object(SimProducer, "send", send)


def _store_errors_ignored() -> Any:
    """The store did not answer, and the lane goes on."""
    real = AbsorbHop._save

    async def save(self: Any, *args: Any) -> None:
        try:
            await real(self, *args)
        except Retry:
            return

    return patch.object(AbsorbHop, "_save", save)


def _no_restore() -> Any:
    """A partition is worked on with the store as it is."""

    async def restore(hold: Any, *args: Any, **kwargs: Any) -> Any:
        return restoring.Restored(hold)

    return patch.object(worker, "restore", restore)


def _restored_once() -> Any:
    """What was restored under an earlier assignment is not restored again."""
    real = Lane.assign

    def assign(self: Lane, partitions: Any, generation: int) -> None:
        known = {target for target in self._restored if self._assigned.get(target) is not None}
        seen = getattr(self, "_ever", set()) | known
        self._ever = seen  # type: ignore[attr-defined]
        real(self, partitions, generation)
        self._restored = {target: generation for target in self._assigned if target in seen}

    async def revoke(self: Lane) -> None:
        self._ever = getattr(self, "_ever", set()) | set(self._restored)  # type: ignore[attr-defined]
        self._restored, self._assigned = {}, {}

    return _both(patch.object(Lane, "assign", assign), patch.object(Lane, "revoke", revoke))


def _holes_ignored() -> Any:
    """Records that did not come are not asked for again."""

    def split(self: Continuity, topic: str, partition: int, records: Any) -> Any:
        return records, None

    return patch.object(Continuity, "split", split)


def _old_polls() -> Any:
    """A poll from before a rebalance is looked at, though not handed out: what it brought seems to be known."""

    async def getmany(self: Consumer, timeout: float) -> AsyncIterator[Any]:
        epoch, generation, polled = await self._poll(timeout)
        for raw_tp, records in polled.items():
            tp = TP(raw_tp.topic, raw_tp.partition)
            whole, seek_back = self._continuity.split(tp.topic, tp.partition, records)
            for part in split_by_size(whole, self._hooks.settings.max_bytes):
                if epoch != self._epoch or not self.flow_active or self.should_stop:
                    return
                batch = make_batch(tp, generation, part)
                self._ledger.hand_out(tp.topic, tp.partition, batch.next_offset, sum(map(size_of, part)))
                yield tp, as_message(tp, batch)
            if seek_back is not None:
                await self._read_again(tp, seek_back, epoch)

    return patch.object(Consumer, "getmany", getmany)


def _repeated_events_count() -> Any:
    """An event that was entered before is entered again: no de-duplication."""
    real = ledger._enter

    def enter(booked: Any, parcel: Any) -> None:
        if parcel.act is not None and parcel.act.digest in booked.state.digests:
            booked.state.digests.append(parcel.act.digest)
            booked.applied.append(parcel.act)
            booked.changed = True
            return
        real(booked, parcel)

    return patch.object(ledger, "_enter", enter)


def _last_word_wins() -> Any:
    """Of what a neighbour tells, the last to arrive stands, whatever its version."""

    def take(grown: Any, relay: Any) -> None:
        if grown.state.relays.get(relay.source) == relay or relay.source == grown.state.key:
            return
        grown.state.relays[relay.source] = relay
        grown.changed = True
        grown.own_changed |= grown.state.kind == "resident"

    return patch.object(absorb, "_take_relay", take)


def _wakes_forgotten() -> Any:
    """States are saved without their wake-ups."""
    real = MemoryStore.save

    async def save(self: MemoryStore, *args: Any, **kwargs: Any) -> Any:
        *before, due = args
        return await real(self, *before, dict.fromkeys(due), **kwargs)

    return patch.object(MemoryStore, "save", save)


def _ticks_not_saved() -> Any:
    """What time brought is told and forgotten."""
    real = AbsorbHop.tick

    async def tick(self: Any, *args: Any) -> Any:
        effects = await real(self, *args)
        keys = [out for out in effects.outs if out.topic != topics.SUBJECTS]
        return msgspec.structs.replace(effects, outs=keys, commit=None)

    return patch.object(AbsorbHop, "tick", tick)


def _alerts_told_once() -> Any:
    """An alert that was told in a batch which failed is not told of again."""
    real = AbsorbHop._published
    told: set[tuple[str, str]] = set()

    def published(self: Any, state: Any, absorbed: Any, *more: Any) -> Iterator[Any]:
        for out in real(self, state, absorbed, *more):
            key = (out.topic, str(hash((out.key, out.value))))
            if out.topic != topics.ALERTS or key not in told:
                told.add(key)
                yield out

    return patch.object(AbsorbHop, "_published", published)


def _fence_ignored() -> Any:
    """Whoever comes may write to the store, whoever owns the partition."""
    return patch.object(memory._Partition, "check", lambda self, hold, *markers: None)


def _rollback_unnoticed() -> Any:
    """A store that was lost or put back is worked on as it is; only newer owners are respected."""

    def check(self: memory._Partition, hold: Any, *markers: Any) -> None:
        if self.term is not None and self.term > hold.term:
            raise Fenced(hold.partition, hold.term, self.term)

    return patch.object(memory._Partition, "check", check)


def _marker_ahead() -> Any:
    """The store says that it is whole up to one record more than it holds."""
    real = restoring._replay

    async def replay(hold: Any, first: int, reader: Any, *more: Any) -> Any:
        ahead = None if hold.marker is None else hold.marker + 1
        return await real(msgspec.structs.replace(hold, marker=ahead) if ahead else hold, first, reader, *more)

    return patch.object(restoring, "_replay", replay)


def _foreign_writes_unnoticed() -> Any:
    """What a worker that slept through its replacement writes is left where it is."""

    async def look(self: Mender, hold: Any, marker: int = 0) -> None:
        return None

    return _both(patch.object(Mender, "look", look), patch.object(Mender, "look_before", look))


def _saved_over_a_successor() -> Any:
    """Whoever finds a newer owner's states before its own saves all the same."""
    return patch.object(mending, "_succeeded", lambda hold, records: None)


def _terms_ignored() -> Any:
    """When a partition is restored, the last record of a key stands, whoever wrote it."""

    def latest(self: Any, entries: Any) -> Any:
        for key, _, term in entries:
            self._terms[key] = term
            self.peak = max(self.peak, term)
        return {key: state for key, state, _ in entries}

    return patch.object(restoring._Sieve, "latest", latest)


def _opened_late() -> Any:
    """In transactions: the one before us is fenced when we first write, not when the partition becomes ours.

    What is left of its harm is that readers wait for the broker to lose its patience; so here it has no end.
    """

    async def open_nothing(self: Any, target: Any, generation: int) -> None:
        await self._discard(target)

    return _both(patch.object(Transactions, "open", open_nothing), patch.object(Broker, "patience", math.inf))


def _offsets_on_their_own() -> Any:
    """In transactions: the offset is committed first, and the effects after it."""
    real = Transactions._transact

    async def transact(self: Any, target: Any, outs: Any, next_offset: Any, *more: Any) -> Any:
        if next_offset is not None:
            await real(self, target, [], next_offset, *more)
        return await real(self, target, outs, None, *more)

    return patch.object(Transactions, "_transact", transact)


@contextmanager
def _both(*patches: Any) -> Iterator[None]:
    with ExitStack() as stack:
        for each in patches:
            stack.enter_context(each)
        yield


BUGS: Mapping[str, Plant] = {
    "commits early": _commits_early,
    "acks what it drops": _acks_what_it_drops,
    "commits what was read": _commits_what_was_read,
    "states before alerts": _states_before_alerts,
    "states before parcels": _states_before_parcels,
    "no waiting for acknowledgements": _no_waiting_for_acknowledgements,
    "store errors ignored": _store_errors_ignored,
    "no restore": _no_restore,
    "restored once": _restored_once,
    "holes ignored": _holes_ignored,
    "old polls": _old_polls,
    "repeated events count": _repeated_events_count,
    "last word wins": _last_word_wins,
    "wakes forgotten": _wakes_forgotten,
    "ticks not saved": _ticks_not_saved,
    "alerts told once": _alerts_told_once,
    "fence ignored": _fence_ignored,
    "rollback unnoticed": _rollback_unnoticed,
    "marker ahead": _marker_ahead,
    "foreign writes unnoticed": _foreign_writes_unnoticed,
    "offsets on their own": _offsets_on_their_own,
    "saved over a successor": _saved_over_a_successor,
    "terms ignored": _terms_ignored,
    "opened late": _opened_late,
}

# A seed that caught it soon, so that `make test` need not hunt for long. Any other place to begin will do, too.
SOON: Mapping[str, int] = {
    "states before alerts": 1051,
    "no waiting for acknowledgements": 12,
    "store errors ignored": 79,
    "restored once": 13,
    "holes ignored": 52,
    "old polls": 2058,
    "foreign writes unnoticed": 6024,
    "saved over a successor": 1_001_773,
    "opened late": 3013,
}


@contextmanager
def planted(name: str, history: int) -> Iterator[None]:
    """The bug is there; what must come of this history was worked out before it was."""
    history_of.cache_clear()
    history_of(history)
    try:
        with BUGS[name]():
            yield
    finally:
        history_of.cache_clear()
