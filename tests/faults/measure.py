"""How long it takes to come back: `python -m tests.faults --measure kill-recovery|broker-heal --runs 50`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from hub.node.ending import ended
from hub.pipeline.journey import Accepted
from hub.runtime.topics import AGENCY_TOPICS
from hub.simulate import simulate
from tests.faults.agencies import Agencies
from tests.faults.bench import ROOMY, Bench
from tests.faults.city import DAYS, journey
from tests.faults.plan import Plan
from tests.faults.stream import Sendable
from tests.faults.team import Team
from tests.faults.watch import INPUTS, Watcher

_SETTLE = 4.0  # seconds of steady work before anything is broken
_BEHIND = 2.0  # seconds: who is no further behind what arrives has caught up
_LONGEST = 90.0
_EACH = 5  # times that something is broken on one bench, one after the other
_PERSONS = 6000  # of the city whose events go on coming: 55,000 events, half of them the load of two first days


class Recovery(msgspec.Struct, frozen=True):
    """One measurement, in seconds. `rate`: events a second that went on coming; None if it took longer than we wait."""

    what: str
    seed: int
    rate: float
    workers: int
    seconds: float | None
    backlog: int = 0


class Setup:
    """Workers at steady work on an empty bench, and what to watch them with."""

    def __init__(self, bench: Bench, plan: Plan, folder: Path, records: list[Sendable], rate: float) -> None:
        self.bench, self.plan, self.rate = bench, plan, rate
        self.records = records
        self._folder = folder

    @property
    def lasts(self) -> bool:
        """Whether events will go on coming for a whole measurement."""
        return (len(self.records) - self.agencies.sent) / self.rate > 20.0

    @asynccontextmanager
    async def working(self) -> AsyncIterator[Setup]:
        """Workers ready, events coming at the rate."""
        await self.bench.fresh(self.plan)
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / "orders").mkdir(exist_ok=True)
        self.team = Team(self.plan, self.bench, self.bench.nursery, self._folder)
        self.watcher = Watcher(self.bench.cluster.internal_bootstrap, self.plan.partitions)
        self.agencies = Agencies(self.bench.cluster.bootstrap, self.plan.partitions, self.records)
        tasks = [asyncio.create_task(self.watcher.watch())]
        try:
            self.team.begin(self.plan.workers)
            for slot in self.team.slots[: self.plan.workers]:
                await self.team.ready(slot)
            tasks.append(asyncio.create_task(self.agencies.send_steadily(self.rate)))
            await asyncio.sleep(_SETTLE)
            yield self
        finally:
            for task in tasks:
                await ended(task)
            await self.team.close()

    @property
    def backlog(self) -> int:
        """Records on the topics that are not done, of agencies and of the hub's own."""
        return self.watcher.last.lag

    async def steady(self) -> bool:
        """Work on for a while before the next one; False where too few events are left for it."""
        await asyncio.sleep(_SETTLE)
        return self.lasts

    async def caught_up(self, since: float) -> float | None:
        """Seconds until everything was committed that had arrived `_BEHIND` earlier, and after `since`."""
        while time.monotonic() - since < _LONGEST:
            now = self.watcher.last
            before = [s for s in self.watcher.samples if since + 0.5 < s.moment <= now.moment - _BEHIND]
            if before and all(now.committed.get(t, 0) >= end for t, end in before[-1].ends.items() if t[0] in INPUTS):
                return round(now.moment - since, 2)
            await asyncio.sleep(0.05)
        return None


async def kill_recovery(setup: Setup, number: int) -> tuple[float | None, int]:
    """kill -9 of a worker while events go on coming, until the hub is no more than two seconds behind."""
    slot = setup.team.pick(number)
    assert slot is not None
    assert slot.child is not None
    await slot.child.kill()
    since = time.monotonic()
    seconds = await setup.caught_up(since)
    return seconds, max((sample.lag for sample in setup.watcher.samples if sample.moment > since), default=0)


async def broker_heal(setup: Setup, number: int) -> tuple[float | None, int]:
    """kill -9 of the broker, 5 s without one; then from when it serves again until every worker says it is ready."""
    node = setup.bench.cluster.node(0)
    await asyncio.to_thread(node.kill)
    await asyncio.sleep(5.0)
    await asyncio.to_thread(node.start)
    since = time.monotonic()
    done = setup.watcher.last.done
    slots = [slot for slot in setup.team.slots if slot.wanted]
    while time.monotonic() - since < _LONGEST:
        ready = [await setup.team.ready(slot, 0.2) for slot in slots]
        # Ready, and at work: something was committed since.
        if all(ready) and setup.watcher.last.done > done:
            return round(time.monotonic() - since, 2), setup.backlog
    return None, setup.backlog


MEASURES = {"kill-recovery": kill_recovery, "broker-heal": broker_heal}


async def measure(what: str, runs: int, seed: int, out: Path, rate: float, workers: int) -> list[Recovery]:
    """One after the other, a few on one bench; each is printed and appended to `recovery.jsonl`."""
    out.mkdir(parents=True, exist_ok=True)
    found: list[Recovery] = []
    async with Bench(out / "bench-measure", disks=ROOMY) as bench:
        while len(found) < runs:
            plan = Plan(seed + len(found), workers=workers, batch_records=500, partitions=4, named=True)
            folder = out / "runs" / f"{what}-{plan.seed}"
            async with Setup(bench, plan, folder, events_of(plan.seed), rate).working() as setup:
                for number in range(min(_EACH, runs - len(found))):
                    if number and not await setup.steady():
                        break
                    seconds, backlog = await MEASURES[what](setup, number)
                    found.append(Recovery(what, plan.seed + number, rate, workers, seconds, backlog))
                    _note(found[-1], out)
    return found


def events_of(seed: int) -> list[Sendable]:
    """A city's events in the order of their publication, as its agencies would write them."""
    codec, found = journey().parts.codec, []
    for obj in simulate(_PERSONS, DAYS, seed).events:
        accepted = journey().intake(obj)
        assert isinstance(accepted, Accepted)
        event = accepted.event
        topic = AGENCY_TOPICS[event.source_agency]
        found.append(Sendable(topic, event.source_record_id.encode(), codec.encode_event(event)))
    return found


def _note(recovery: Recovery, out: Path) -> None:
    with (out / "recovery.jsonl").open("ab") as file:
        file.write(msgspec.json.encode(recovery) + b"\n")
    print(f"{recovery.what} {recovery.seed}: {recovery.seconds} s, backlog up to {recovery.backlog}", flush=True)


def percentiles(found: list[Recovery]) -> str:
    """p50, p95 and the worst; what never came back counts as the worst."""
    seconds = sorted(r.seconds if r.seconds is not None else float("inf") for r in found)
    at = {
        name: seconds[min(len(seconds) - 1, int(len(seconds) * share))] for name, share in (("p50", 0.5), ("p95", 0.95))
    }
    return f"{len(seconds)} runs: p50 {at['p50']:.1f} s, p95 {at['p95']:.1f} s, worst {seconds[-1]:.1f} s"
