"""Hops on a log and a store in memory: everything of a worker but the processes, the broker and the clock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from hub.domain.claim import Parcel
from hub.node.tally import Ledger
from hub.pipeline.journey import Accepted
from hub.runtime import topics
from hub.runtime.absorbing import AbsorbHop
from hub.runtime.hops import Gear
from hub.runtime.mending import Mender, Written
from hub.runtime.records import Batch, Effects, Out, Record
from hub.runtime.restore import Changes, restore
from hub.store.ports import SubjectStore
from hub.telemetry.metrics import CollectorRegistry, Metrics
from tests.integration.stage import journey, wire

NOW = 1_780_000_000_000  # 2026-05-29


class Log:
    """Partition 0 of every topic, as the broker holds it."""

    def __init__(self) -> None:
        self.topics: defaultdict[str, list[Written]] = defaultdict(list)
        self.silent = False  # the broker is slow: whoever reads its newest part gets nothing yet

    def write(self, outs: Iterable[Out], *, without: str = topics.CLAIMS) -> dict[tuple[str, int], int]:
        """Append; the end of every partition written to. What goes to other subjects is another story."""
        touched = set()
        for out in outs:
            if out.topic == without:
                continue
            self.topics[out.topic].append(Written(out.key, out.value, out.term))
            touched.add(out.topic)
        return {(topic, 0): len(self.topics[topic]) for topic in touched}

    def newest(self, topic: str) -> dict[bytes, bytes | None]:
        return {record.key: record.value for record in self.topics[topic]}

    async def ends(self, partition, names):
        return {name: len(self.topics[name]) for name in names}

    async def read(self, topic, partition, start, most):
        records = [] if self.silent else self.topics[topic][start : start + most]
        return records, start + len(records)

    async def bounds(self, partition):
        return 0, len(self.topics[topics.SUBJECTS])

    async def changes(self, partition, start):
        records = self.topics[topics.SUBJECTS]
        if start < len(records):
            yield Changes([(r.key, r.value, r.term) for r in records[start:]], len(records))


class Reader:
    """The log as a changelog."""

    def __init__(self, log: Log) -> None:
        self.bounds, self.read = log.bounds, log.changes


class Worker:
    """A hop on a store and a log, with a watch over what it owns; does what a lane does, as far as it is told to."""

    def __init__(self, log: Log, store: SubjectStore, generation: int, *, from_offset: int = 0) -> None:
        self.log, self.generation, self.time = log, generation, 0.0
        self.ledger = Ledger(Metrics(CollectorRegistry()))
        mender = Mender(
            log,
            journey(),
            wire(),
            self.ledger,
            started_at=lambda _: from_offset,
            clock=lambda: self.time,
        )

        async def own(partition: int, generation: int):
            hold = await store.claim(partition, generation)
            return await restore(hold, Reader(log), store, wire().wake_of)

        self.hop = AbsorbHop(Gear(journey(), wire(), self.ledger, lambda: NOW), store, own, mender)

    async def start(self) -> Worker:
        await self.hop.assigned(topics.CLAIMS, 0, self.generation)
        return self

    async def handle(self, *batches: Batch) -> Effects:
        """Handle, and write everything."""
        for batch in batches:
            effects = await self.hop.handle(batch)
            await self.deliver(effects)
        return effects

    async def tick(self) -> Effects:
        """Time has passed."""
        self.time += 60
        effects = await self.hop.tick(topics.CLAIMS, 0, NOW)
        await self.deliver(effects)
        return effects

    async def deliver(self, effects: Effects) -> None:
        written = self.log.write(effects.outs)
        if effects.commit is not None:
            await effects.commit(written)


async def fallen_asleep(log: Log, store: SubjectStore, story: list[Batch]) -> tuple[Worker, Effects]:
    """A first owner that has done the story's first batch, and sleeps over what it made of the second."""
    sleeper = await Worker(log, store, 1).start()
    await sleeper.handle(story[0])
    return sleeper, await sleeper.hop.handle(story[1])


def batches_of(*events: dict[str, Any]) -> list[Batch]:
    """One batch for each event's parcels to residents, offset after offset."""
    found, offset = [], 0
    for event in events:
        outcome = journey().intake(event)
        assert isinstance(outcome, Accepted)
        parcels: list[Parcel] = [parcel for parcel in outcome.parcels if parcel.kind == "resident"]
        records = [
            Record(topics.CLAIMS, 0, offset + n, p.subject.encode(), wire().parcel(p), 0) for n, p in enumerate(parcels)
        ]
        found.append(Batch(topics.CLAIMS, 0, 0, records, offset, offset + len(records) - 1))
        offset += len(records)
    return found


def claims(log: Log, batches: list[Batch]) -> None:
    """Put the batches on the claims topic."""
    log.write((Out(topics.CLAIMS, r.key or b"", r.value) for batch in batches for r in batch.records), without="")


def alerts_on(log: Log) -> set[tuple[str, str]]:
    """(rule, status) of the newest of every alert."""
    found = (wire().read_alert(value) for value in log.newest(topics.ALERTS).values() if value)
    return {(alert["rule_id"], alert["status"]) for alert in found}


async def in_store(store: SubjectStore) -> dict[bytes, bytes]:
    return {key: value async for key, value in store.scan()}
