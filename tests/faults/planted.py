"""Bugs planted into real classes of a worker, to prove that the checker sees them: no other module is patched.

Each is a mistake somebody could make in an afternoon. With each goes the plan that is to catch it: most need a fault,
some show without any.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

import hub.pipeline.absorb
import hub.pipeline.ledger
import hub.pipeline.reconcile
import hub.runtime.lane
import hub.runtime.restore
import hub.store.redis
from hub.errors import RolledBack
from hub.runtime import topics
from hub.runtime.continuity import Continuity, Ledger
from hub.runtime.feedback import FeedbackHop
from hub.runtime.hops import IntakeHop
from hub.runtime.lane import Lane
from hub.runtime.mending import Mender
from hub.runtime.points import Point
from hub.runtime.producer import BatchProducer
from hub.runtime.records import Out
from hub.runtime.retry import TRANSIENT
from hub.store.redis import RedisStore
from tests.faults.orders import READ
from tests.faults.plan import Fault, Plan


@dataclass(frozen=True)
class Bug:
    """`plant` patches the classes of this process. `faults`: under which it must be caught, tried in this order."""

    plant: Callable[[], None]
    faults: tuple[Fault, ...] = ()
    workers: int = 1
    clock: bool = False
    answers: float = 0.0


def _commit_early() -> None:
    """Ack first, work later."""
    process = Lane.process

    async def early(self: Lane, batch: Any, ack: Callable[[], object]) -> bool:
        ack()
        return await process(self, batch, lambda: None)

    Lane.process = early  # type: ignore[method-assign]


def _commit_one_too_far() -> None:
    """The offset committed is one past what was done."""
    committable = Ledger.committable

    def further(self: Ledger, topic: str, partition: int) -> int | None:
        offset = committable(self, topic, partition)
        return None if offset is None else offset + 1

    Ledger.committable = further  # type: ignore[method-assign]


def _count_duplicates_again() -> None:
    """The same content is entered again every time it comes."""

    def enter(booked: Any, parcel: Any) -> None:
        if parcel.act is not None:
            booked.state.digests.append(parcel.act.digest)
            booked.state.acts[parcel.act.event_id] = parcel.act
            booked.applied.append(parcel.act)
            booked.changed = True
        else:
            entered(booked, parcel)

    entered = hub.pipeline.ledger._enter
    hub.pipeline.ledger._enter = enter


def _latest_arrival_wins() -> None:
    """Of two contents under one identity the one that came last stands."""
    arrivals = itertools.count()
    seen: dict[int, int] = {}

    def rank(claim: Any) -> tuple[Any, ...]:
        return (seen.setdefault(id(claim), next(arrivals)),)

    hub.pipeline.absorb._rank = rank


def _drop_on_retry() -> None:
    """What fails for a passing reason is not tried again."""

    async def once(step: str, action: Callable[[], Awaitable[Any]], **rest: Any) -> Any:
        if not step.endswith("produce"):
            return await patiently(step, action, **rest)
        try:
            return await action()
        except TRANSIENT:
            return {}

    patiently = hub.runtime.lane.persist
    hub.runtime.lane.persist = once  # type: ignore[assignment]


def _ack_on_error() -> None:
    """A batch that fails at any step is acked, and the next one taken."""

    async def once(step: str, action: Callable[[], Awaitable[Any]], **rest: Any) -> Any:
        return await (patiently(step, action, **rest) if step.endswith(("open", "assign")) else action())

    async def careless(self: Lane, *batch: Any) -> None:
        with contextlib.suppress(*TRANSIENT):
            await apply(self, *batch)

    patiently, apply = hub.runtime.lane.persist, Lane._apply
    hub.runtime.lane.persist = once  # type: ignore[assignment]
    Lane._apply = careless  # type: ignore[method-assign]


def _forget(topic: str, every: int) -> Callable[[], None]:
    """One record in so many never goes to a topic."""

    def plant() -> None:
        send = BatchProducer.send
        count = itertools.count()

        async def forgetful(self: BatchProducer, outs: Iterable[Out], *rest: Any) -> Any:
            kept = [out for out in outs if out.topic != topic or next(count) % every]
            return await send(self, kept, *rest) if kept else {}

        BatchProducer.send = forgetful  # type: ignore[method-assign]

    return plant


def _believe_the_producer() -> None:
    """Nobody waits for the broker's acknowledgement."""
    import asyncio

    send = BatchProducer._send_partition

    async def hopeful(self: BatchProducer, topic: str, partition: int, outs: Sequence[Out], *rest: Any) -> int:
        sending = asyncio.ensure_future(send(self, topic, partition, outs, *rest))
        sending.add_done_callback(lambda done: done.cancelled() or done.exception())
        if topic == topics.SUBJECTS:
            return await sending
        return 0

    BatchProducer._send_partition = hopeful  # type: ignore[method-assign]


def _swallow_refusals() -> None:
    """A bad message is counted, and that is that."""
    handle = IntakeHop.handle

    async def silent(self: IntakeHop, batch: Any) -> Any:
        effects = await handle(self, batch)
        kept = [out for out in effects.outs if out.topic != topics.QUARANTINE]
        return msgspec.structs.replace(effects, outs=kept)

    IntakeHop.handle = silent  # type: ignore[method-assign]


def _mislay_answers() -> None:
    """One answer in eight goes nowhere, neither to its alert nor into quarantine."""
    handle = FeedbackHop.handle
    count = itertools.count(1)

    async def careless(self: FeedbackHop, batch: Any) -> Any:
        effects = await handle(self, batch)
        return msgspec.structs.replace(effects, outs=[out for out in effects.outs if next(count) % 8])

    FeedbackHop.handle = careless  # type: ignore[method-assign]


def _accept_gaps() -> None:
    """A hole in what was read is nobody's business."""

    def split(self: Continuity, topic: str, partition: int, records: Sequence[Any]) -> Any:
        self._expected[topic, partition] = records[-1].offset + 1
        return records, None

    Continuity.split = split  # type: ignore[method-assign]


def _share_a_partition() -> None:
    """The assignor gives all partitions of claims to everybody."""
    from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor as Assignor
    from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment as Assignment

    assign = Assignor.assign.__func__

    def generous(cls: Any, cluster: Any, members: Any) -> Any:
        found = {}
        for member, assignment in assign(cls, cluster, members).items():
            by_topic = {topic: set(numbers) for topic, numbers in assignment.assignment}
            by_topic[topics.CLAIMS] = set(cluster.partitions_for_topic(topics.CLAIMS))
            listed = [(topic, sorted(numbers)) for topic, numbers in by_topic.items()]
            found[member] = Assignment(cls.version, listed, b"")
        return found

    Assignor.assign = classmethod(generous)


def _lose_timers() -> None:
    """A restart restores states, and forgets when to look at them again."""
    from hub.runtime.wire import Wire

    Wire.wake_of = lambda self, value: None  # type: ignore[method-assign]


def _ignore_the_fence() -> None:
    """Nobody minds whose a partition is: neither the store, nor those who look for what others wrote."""

    async def blind(self: Mender, *_: Any) -> None:
        return None

    Mender.look = blind  # type: ignore[method-assign]
    hub.store.redis._SAVE = _without_check(hub.store.redis._SAVE, "")
    hub.store.redis._raise_if_not_as_left = lambda *_, **__: None


def _miss_a_rollback() -> None:
    """Newer owners are minded; that the store is older than what was written to it is not."""
    newer = "if term ~= '' and tonumber(term) > tonumber(ARGV[1]) then return {term, marker} end"
    hub.store.redis._SAVE = _without_check(hub.store.redis._SAVE, newer)
    check = hub.store.redis._raise_if_not_as_left

    def trusting(*args: Any, **named: Any) -> None:
        with contextlib.suppress(RolledBack):
            check(*args, **named)

    hub.store.redis._raise_if_not_as_left = trusting


def _without_check(script: str, instead: str) -> str:
    lines = script.splitlines()
    found = [number for number, line in enumerate(lines) if line.startswith("if term ~= ARGV[1]")]
    if len(found) != 1:
        raise RuntimeError("the store's script is not what this bug was made for")
    lines[found[0]] = instead
    return "\n".join(lines)


def _mark_too_far() -> None:
    """The marker says that the store has more than it has."""
    save = RedisStore.save

    async def bold(self: RedisStore, hold: Any, states: Any, marker: int | None, due: Any, **rest: Any) -> Any:
        return await save(self, hold, states, None if marker is None else marker + 2, due, **rest)

    RedisStore.save = bold  # type: ignore[method-assign]


def _skip_the_tail() -> None:
    """A restore leaves out the last states of what it reads."""
    read = hub.runtime.restore.KafkaChangelog.read

    async def short(self: Any, partition: int, start: int) -> Any:
        async for changes in read(self, partition, start):
            yield msgspec.structs.replace(changes, entries=changes.entries[:-3])

    hub.runtime.restore.KafkaChangelog.read = short  # type: ignore[method-assign]


def _open_at_arrival() -> None:
    """An alert opens when the hub happens to look, not when it was true and told."""
    past = hub.pipeline.reconcile._Past
    past.since = lambda self, rule, key: (self.now, self.now)  # type: ignore[method-assign]


_ZOMBIE = tuple(
    Fault("pause_at", at, 18.0, point=point, lane="absorb")
    for at, point in ((0.2, Point.WRITTEN), (0.5, Point.CHANGED), (0.75, Point.HANDLED))
)
_SLOW_THEN_KILL = (
    Fault("slow", 0.3, 1.5, point=Point.HANDLED, lane="absorb"),
    Fault("kill_at", 0.35, point=Point.SENDING, lane="absorb", nth=3),
    Fault("kill_at", 0.6, point=Point.WRITTEN, lane="intake", nth=2),
)


def _gap(at: float) -> Fault:
    return Fault("gap", at, point=READ, lane="consumer")


_STORE_LOST = (Fault("store_flush", 0.4), Fault("kill", 0.401), Fault("store_flush", 0.97), Fault("kill", 0.971))
# Longer than the producer's own patience, so that a write fails in the end.
_BROKER_AWAY = (Fault("broker_kill", 0.4, 22.0),)
# aiokafka's idempotent producer repeats by itself what the broker did not take, for ever. What does fail is the look at
# the store before the write; so the store goes while a worker dawdles between the two.
_STORE_GOES_BEFORE_A_WRITE = tuple(
    fault
    for at in (0.3, 0.6)
    for fault in (
        Fault("slow", at, 1.5, point=Point.HANDLED, lane="absorb"),
        Fault("store_kill", at + 0.05, 3.0),
    )
)
# For longer than a worker may be busy with one batch: otherwise it may not notice.
_STORE_AWAY = (Fault("store_kill", 0.3, 8.0), Fault("store_kill", 0.6, 8.0))
# The store lets only one of two owners go on; what shows is what the other wrote before it was told.
_SLOW_IN_BETWEEN = tuple(Fault("slow", at, 0.5, point=Point.SENDING, lane="absorb") for at in (0.2, 0.4, 0.6, 0.8))

BUGS: dict[str, Bug] = {
    "commit-early": Bug(_commit_early, _SLOW_THEN_KILL),
    "commit-one-too-far": Bug(_commit_one_too_far, (Fault("roll", 0.3), Fault("roll", 0.6))),
    "count-duplicates-again": Bug(_count_duplicates_again),
    "latest-arrival-wins": Bug(_latest_arrival_wins),
    "drop-on-retry": Bug(_drop_on_retry, _STORE_GOES_BEFORE_A_WRITE),
    "ack-on-error": Bug(_ack_on_error, _STORE_AWAY),
    "forget-the-changelog": Bug(_forget(topics.SUBJECTS, 50)),
    "forget-residents": Bug(_forget(topics.RESIDENTS, 50)),
    "forget-alerts": Bug(_forget(topics.ALERTS, 5)),
    "forget-parcels": Bug(_forget(topics.CLAIMS, 400)),
    "believe-the-producer": Bug(_believe_the_producer, _BROKER_AWAY),
    "swallow-refusals": Bug(_swallow_refusals),
    "accept-gaps": Bug(_accept_gaps, (_gap(0.3), _gap(0.5))),
    "share-a-partition": Bug(_share_a_partition, _SLOW_IN_BETWEEN, workers=2),
    "lose-timers": Bug(_lose_timers, _STORE_LOST),
    "ignore-the-fence": Bug(_ignore_the_fence, _ZOMBIE, workers=2),
    "miss-a-rollback": Bug(_miss_a_rollback, (Fault("store_roll_back", 0.3, amount=0.2),)),
    "mark-too-far": Bug(_mark_too_far),
    "skip-the-tail": Bug(_skip_the_tail, _STORE_LOST),
    "open-at-arrival": Bug(_open_at_arrival),
    "mislay-answers": Bug(_mislay_answers, answers=0.7),
}


def planted_plan(name: str) -> Plan:
    """The run that must catch a bug."""
    bug, seed = BUGS[name], 9001 + list(BUGS).index(name)
    return Plan(seed, bug.faults, workers=bug.workers, clock=bug.clock, answers=bug.answers, planted=name)
