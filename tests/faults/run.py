"""One run: a city is sent while faults happen; they end; the hub comes to rest; the checker looks at what is left."""

from __future__ import annotations

import asyncio
import gc
import shutil
import time
from collections import Counter
from pathlib import Path

import msgspec

from hub.node.ending import ended
from tests.faults.agencies import Agencies
from tests.faults.anomaly import Anomaly
from tests.faults.answering import Desk
from tests.faults.bench import Bench
from tests.faults.checker import check
from tests.faults.city import CityBook, city_book
from tests.faults.havoc import Havoc
from tests.faults.history import History, due_now, dump_of, read_topics
from tests.faults.orders import Orders
from tests.faults.plan import Plan, write_plan
from tests.faults.stream import stream_of
from tests.faults.team import Team
from tests.faults.watch import Watcher

_STILL = 6.5  # seconds without a change that count as rest: longer than an owner takes to look for what others wrote
_LONGEST = 500.0  # seconds for the stream, and again for coming to rest, however busy the machine is


class Result(msgspec.Struct, frozen=True):
    """One line of the results. `faults` counts what happened, by kind; what never had its moment is not counted."""

    seed: int
    faults: dict[str, int]
    events: int
    records: int
    acknowledged: int
    duplicates: int
    poison: int
    uncertain: int
    hit: list[str]
    workers: int
    exits: dict[str, int]
    samples: int
    seconds: float
    rest_seconds: float | None  # from the end of the last fault, and of the stream
    planted: str
    anomalies: list[Anomaly]
    plan: Plan
    answers: int = 0  # acknowledged to agencies, copies included
    answers_taken_in: int = 0
    visited: list[str] = []  # "lane.point" that a worker came by


class Run:
    """The scene of one run."""

    def __init__(self, plan: Plan, bench: Bench, folder: Path, cache: Path) -> None:
        self.plan = plan
        self.bench = bench
        self.folder = folder
        self.book: CityBook = city_book(plan.persons, plan.city, cache)
        made = stream_of(plan, self.book)
        self.stream, self._schemas = made.records, made.schemas
        self.hit: list[str] = []
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        write_plan(plan, folder / "plan.json")
        self.orders = Orders(folder / "orders")

    async def play(self) -> Result:
        """Everything, and the verdict."""
        began = time.monotonic()
        await self.bench.fresh(self.plan)
        self.bench.registry.extra = self._schemas
        nursery = await self.bench.nursery_for(self.plan)
        self.team = Team(self.plan, self.bench, nursery, self.folder)
        self.agencies = Agencies(self.bench.cluster.bootstrap, self.plan.partitions, self.stream)
        self.watcher = Watcher(self.bench.cluster.internal_bootstrap, self.plan.partitions)
        self.desk = self._desk()
        watching = asyncio.create_task(self.watcher.watch())
        try:
            self.team.begin(self.plan.workers)
            happened = await self._send_amid_faults()
            self.bench.heal()
            rest = await self._rest()
            history = await self._history(rest is not None)
        finally:
            await ended(watching)
            await self.team.close()
        gc.disable()  # hundreds of thousands of objects, none of them garbage
        anomalies = check(history)
        gc.enable()
        result = self._result(happened, anomalies, time.monotonic() - began, rest)
        taken = sum(not answer.refused for state in history.books for answer in state.answers.values())
        return msgspec.structs.replace(result, answers_taken_in=taken)

    def _desk(self) -> Desk:
        cluster, plan = self.bench.cluster, self.plan
        return Desk(cluster.internal_bootstrap, cluster.bootstrap, plan.partitions, plan.seed, plan.answers)

    async def _send_amid_faults(self) -> Counter[str]:
        havoc = Havoc(self)
        # A group: where one cannot go on, nobody goes on breaking things behind the next run's back.
        async with asyncio.timeout(_LONGEST), asyncio.TaskGroup() as group:
            sending = group.create_task(self.agencies.send_all(lambda: self.watcher.last.read, self.plan.window))
            faults = [
                group.create_task(havoc.wreak(fault, f"{number}-{fault.kind}"))
                for number, fault in enumerate(self.plan.faults)
            ]
            if self.plan.answers:
                under_way = (sending, *faults)
                group.create_task(
                    self.desk.answer_until(lambda: all(task.done() for task in under_way) and self._worked_off())
                )
        counts: Counter[str] = Counter()
        for fault, task in zip(self.plan.faults, faults, strict=True):
            counts[fault.kind] += task.result()
        return +counts

    async def _rest(self) -> float | None:
        """Wait until everything sent is committed and nothing moves; how long that took, None if it never came."""
        began = since = moved_at = time.monotonic()
        before = -1
        while time.monotonic() - moved_at < self.plan.rest_seconds and time.monotonic() - began < _LONGEST:
            await asyncio.sleep(0.1)
            sample = self.watcher.last
            moved = sum(sample.ends.values()) + sample.done
            if moved != before:
                before, moved_at = moved, time.monotonic()
            if moved_at > since or not self._all_done():
                since = time.monotonic()
            elif sample.moment - since > _STILL:
                return since - began
        return None

    def _worked_off(self) -> bool:
        """Everything that is on the topics has been read."""
        sample = self.watcher.last
        # With transactions the last offset of a partition may be a marker that nobody commits.
        slack = 9 * self.plan.partitions if self.plan.delivery == "transactional" else 0
        return sample.lag <= slack and sample.read + slack >= len(self.stream)

    def _all_done(self) -> bool:
        if not self._worked_off():
            return False
        return due_now(self.bench.redis.port, time.time_ns() // 1_000_000) == 0

    async def _history(self, quiet: bool) -> History:
        lag = self.watcher.last.lag
        await self.team.end_all()
        gone = time.monotonic()
        while self.watcher.last.moment < gone + 0.2:  # what they committed last; and how they ended is counted by then
            await asyncio.sleep(0.05)
        store = await asyncio.to_thread(dump_of, self.bench.redis.port)
        committed = self.watcher.last.committed
        rebuilt = await self._rebuild()
        topics = await read_topics(self.bench.cluster.internal_bootstrap, self.plan.partitions)
        return History(
            plan=self.plan,
            book=self.book,
            stream=self.stream,
            acknowledged={**self.agencies.acknowledged, **self.desk.acknowledged},
            topics=topics,
            committed=committed,
            samples=self.watcher.samples,
            store=store,
            rebuilt=rebuilt,
            logs=sorted(self.folder.glob("worker-*.log")),
            quiet=quiet,
            lag=lag,
            ends=self.team.ends,
            given=self.desk.given,
        )

    async def _rebuild(self):
        """Wipe the store, and let `hub rebuild` make it again."""
        await asyncio.to_thread(self.bench.redis.flush)
        nursery = await self.bench.nursery_for(self.plan)
        child = await nursery.bear("rebuild", self.team.environment(), self.folder / "rebuild.log")
        if not await child.gone(400.0):
            await child.kill()
        return await asyncio.to_thread(dump_of, self.bench.redis.port)

    def _result(self, happened: Counter[str], anomalies: list[Anomaly], seconds: float, rest: float | None) -> Result:
        events = len({sendable.event for sendable in self.stream if sendable.event is not None})
        poison = sum(sendable.event is None for sendable in self.stream)
        return Result(
            seed=self.plan.seed,
            faults=dict(happened),
            events=events,
            records=len(self.stream),
            acknowledged=len(self.agencies.acknowledged),
            duplicates=len(self.stream) - poison - events,
            poison=poison,
            uncertain=self.agencies.uncertain + self.desk.uncertain,
            hit=sorted(self.hit),
            workers=self.plan.workers,
            exits={str(code): times for code, times in sorted(self.team.ends.items())},
            samples=len(self.watcher.samples),
            seconds=round(seconds, 1),
            rest_seconds=None if rest is None else round(rest, 1),
            planted=self.plan.planted,
            anomalies=anomalies,
            plan=self.plan,
            answers=len(self.desk.acknowledged),
            visited=self.orders.visited,
        )
