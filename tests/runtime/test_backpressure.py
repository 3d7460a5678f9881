"""A sink that stands still: memory stays bounded, in batches and in bytes, and everything arrives in the end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest
from faust.types import TP

from hub.runtime.continuity import Ledger
from hub.runtime.producer import BatchProducer, ProducerSettings
from hub.runtime.records import Batch, Effects, Out
from hub.runtime.topic_settings import TopicSpec
from hub.runtime.topics import ensure_topics
from hub.runtime.transport import TransportSettings
from hub.runtime.worker import HubApp, WorkerSettings, build_app, running

PARTITIONS = 2
VALUE = b"v" * 10_000
COUNT = 4000  # 40 MB
HELD = 1_000_000
FETCH = 500_000


class Stuck:
    """Takes nothing until it is let go."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.records = 0
        self.largest = 0

    async def assigned(self, topic: str, partition: int, generation: int) -> None: ...

    async def revoked(self, topic: str, partition: int, generation: int) -> None: ...

    async def tick(self, topic: str, partition: int, now_ms: int) -> Effects:
        return Effects()

    async def handle(self, batch: Batch) -> Effects:
        await self.go.wait()
        self.records += len(batch.records)
        self.largest = max(self.largest, sum(len(record.value or b"") for record in batch.records))
        return Effects()


def held(app: HubApp, source: str) -> int:
    """The most that any partition has in memory."""
    return max(app.consumer._ledger.held(source, partition) for partition in range(PARTITIONS))


async def until(condition: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


@pytest.mark.broker
@pytest.mark.parametrize("queued_batches", [4, 1000])
def test_a_handler_that_stands_still_holds_a_bounded_amount(bootstrap, queued_batches):
    """With few large batches in the queue, or with so many that only the bytes can stop the reading."""
    source = f"stuck.{queued_batches}"
    ensure_topics(bootstrap, PARTITIONS, specs=[TopicSpec(source)])

    async def main() -> None:
        producer = BatchProducer(ProducerSettings(bootstrap=bootstrap, idempotent=False))
        await producer.send([Out(source, b"%d" % n, VALUE, n % PARTITIONS) for n in range(COUNT)])
        await producer.stop()
        handler = Stuck()
        transport = TransportSettings(
            max_records=20, max_bytes=100_000, held_bytes=HELD, partition_fetch_bytes=FETCH, poll_timeout=0.1
        )
        settings = WorkerSettings(group=source, bootstrap=bootstrap, queued_batches=queued_batches, transport=transport)
        async with running(build_app(settings.embedded(), {"stuck": ([source], handler)})) as app:
            await until(lambda: held(app, source) > 0, 60)
            if queued_batches > COUNT // 20:
                await until(lambda: held(app, source) >= HELD, 60)
            seen = []
            for _ in range(100):  # of 20 MB that each partition has to offer
                await asyncio.sleep(0.02)
                seen.append(held(app, source))
            assert max(seen) < HELD + FETCH
            assert held(app, source) > 0
            handler.go.set()
            await until(lambda: handler.records == COUNT, 120)
            assert handler.largest <= 100_000
            await until(lambda: held(app, source) == 0, 20)

    asyncio.run(main())


def test_what_is_acked_or_forgotten_is_not_held():
    """The books are by partition, and close."""
    ledger = Ledger()
    for next_offset, size in ((10, 100), (20, 50), (30, 25)):
        ledger.hand_out("t", 0, next_offset, size)
    ledger.hand_out("t", 1, 5, 7)
    assert ledger.ack("t", 0, 20)
    assert (ledger.held("t", 0), ledger.held("t", 1), ledger.held(*TP("t", 2))) == (125, 7, 0)
    ledger.forget("t", 0)
    assert ledger.held("t", 0) == 0
    assert not ledger.ack("t", 0, 10)
