"""The store is lost or put back while a worker owns a partition: it is restored in place before anything is judged."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from hub.runtime import topics
from hub.runtime.delivery import InOrder
from hub.runtime.lane import Lane, LaneContext, Silent
from hub.runtime.points import Point, unwatched
from hub.runtime.records import Batch
from hub.runtime.retry import RetryPolicy
from tests.builders import Desk
from tests.runtime.workers import Log, Worker, batches_of, claims, in_store
from tests.store.machines import MemoryMachine


class Producer:
    """Writes to the log."""

    def __init__(self, log: Log) -> None:
        self._log = log

    async def send(self, outs, on_part=lambda: None):
        written = self._log.write(outs)
        on_part()
        return written


@pytest.fixture
def story() -> list[Batch]:
    """A pension, a funeral, and the end of the pension."""
    desk = Desk()
    return batches_of(desk.pension(), desk.funeral(), desk.pension_status("STOPPED", "202604", on="2026-03-20"))


def lane_of(worker: Worker, probe=unwatched) -> Lane:
    context = LaneContext(
        delivery=InOrder(Producer(worker.log)),
        policy=RetryPolicy(first=0.001),
        observer=Silent(),
        changelogs=frozenset({topics.SUBJECTS}),
        answerable=frozenset({topics.ALERTS}),
        generation=lambda: 0,
        pause=lambda _: None,
        resume=lambda _: None,
        probe=probe,
    )
    lane = Lane("absorb", [topics.CLAIMS], worker.hop, context)
    lane.assign([(topics.CLAIMS, 0)], 0)
    return lane


async def undisturbed(story: list[Batch]) -> dict[bytes, bytes]:
    machine, log = MemoryMachine(), Log()
    claims(log, story)
    lane = lane_of(Worker(log, machine.store, 0))
    for batch in story:
        assert await lane.process(batch, lambda: None)
    return await in_store(machine.store)


Mishap = Callable[[MemoryMachine], Awaitable[None]]


@pytest.mark.parametrize("mishap", [MemoryMachine.lose, MemoryMachine.put_back], ids=["lost", "put back"])
def test_claims_taken_in_before_the_mishap_are_in_what_is_written_after(story, mishap: Mishap):
    """Between two batches: the second finds what the first left, in the store and on the topic."""

    async def main() -> None:
        machine, log = MemoryMachine(), Log()
        claims(log, story)
        worker = Worker(log, machine.store, 0)
        lane = lane_of(worker)
        await lane.process(story[0], lambda: None)
        await machine.copy()
        await lane.process(story[1], lambda: None)
        await mishap(machine)
        acked: list[bool] = []
        assert await lane.process(story[2], lambda: acked.append(True))
        assert acked == [True]
        assert await in_store(machine.store) == await undisturbed(story) == log.newest(topics.SUBJECTS)
        assert worker.ledger.counts["restored_rolled_back"] == 1

    asyncio.run(main())


@pytest.mark.parametrize("point", [Point.HANDLED, Point.WRITTEN, Point.TOLD, Point.CHANGED, Point.STORED])
@pytest.mark.parametrize("mishap", ["lose", "put_back"])
def test_a_mishap_amid_a_batch_loses_nothing_either(story, point, mishap):
    """Whatever of the batch was written, its states are in the store in the end, and it is acked once."""

    async def main() -> None:
        machine, log, left = MemoryMachine(), Log(), [1]
        claims(log, story)
        await machine.copy()

        def probe(reached: Point, lane: str, target: object) -> None:
            if reached == point and log.topics[topics.SUBJECTS] and left:
                left.clear()
                memory = machine._memory
                if mishap == "lose":
                    memory._partitions.clear()
                else:
                    memory._partitions = dict(machine._copy)

        lane = lane_of(Worker(log, machine.store, 0), probe)
        for batch in story:
            assert await lane.process(batch, lambda: None)
        await lane.beat(0)
        assert left == []
        assert await in_store(machine.store) == await undisturbed(story) == log.newest(topics.SUBJECTS)

    asyncio.run(main())


def test_an_idle_partition_notices_on_a_tick(story):
    """No batch comes, and the store is whole again all the same; wake-ups would be lost otherwise."""

    async def main() -> None:
        machine, log = MemoryMachine(), Log()
        claims(log, story)
        worker = Worker(log, machine.store, 0)
        lane = lane_of(worker)
        for batch in story:
            await lane.process(batch, lambda: None)
        before, due = await in_store(machine.store), await machine.store.next_due(0)
        await machine.lose()
        await lane.beat(0)
        assert await in_store(machine.store) == before
        assert await machine.store.next_due(0) == due
        assert worker.ledger.counts["restored_rolled_back"] == 1

    asyncio.run(main())
