"""The worker in process, on the real embedded broker."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from hub.errors import Retry
from hub.runtime.continuity import Gap
from hub.runtime.lane import Silent
from hub.runtime.producer import BatchProducer, ProducerSettings
from hub.runtime.records import Batch, Effects, Out
from hub.runtime.retry import RetryPolicy
from hub.runtime.topics import TopicSpec, ensure_topics
from hub.runtime.transport import TransportSettings
from hub.runtime.worker import WorkerSettings, build_app, exit_code, running

pytestmark = pytest.mark.broker
PARTITIONS = 4


class Copy:
    """Copies every record to another topic, into the same partition; may fail on the way, may owe ticks."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.records = 0
        self.calls: list[tuple[str, int, int]] = []
        self.failures_left: dict[str, int] = {}
        self.ticks: list[int] = []
        self.busy = 0

    async def assigned(self, topic: str, partition: int, generation: int) -> None:
        self._maybe_fail("assigned")
        self.calls.append(("assigned", partition, generation))

    async def revoked(self, topic: str, partition: int, generation: int) -> None:
        self.calls.append(("revoked", partition, generation))

    async def handle(self, batch: Batch) -> Effects:
        self._enter()
        await asyncio.sleep(0)
        self._maybe_fail("handle")
        self.busy -= 1

        async def commit(written) -> None:
            self._maybe_fail("commit")
            self.records += len(batch.records)

        outs = [Out(self.target, r.key or b"", r.value, batch.partition) for r in batch.records]
        return Effects(outs, commit)

    async def tick(self, topic: str, partition: int, now_ms: int) -> Effects:
        self._enter()
        await asyncio.sleep(0)
        self.busy -= 1
        self.ticks.append(now_ms)
        return Effects([Out(self.target, b"tick", str(now_ms).encode(), 0)]) if len(self.ticks) == 1 else Effects()

    def _enter(self) -> None:
        assert self.busy == 0, "a tick and a batch at the same time"
        self.busy += 1

    def _maybe_fail(self, step: str) -> None:
        if self.failures_left.get(step, 0) > 0:
            self.failures_left[step] -= 1
            self.busy = 0
            raise Retry(step)


@pytest.fixture
def topics(bootstrap, request) -> tuple[str, str]:
    name = request.node.name
    ensure_topics(bootstrap, PARTITIONS, specs=[TopicSpec(f"{name}.in"), TopicSpec(f"{name}.out")])
    return f"{name}.in", f"{name}.out"


def settings_for(bootstrap: str, group: str, **changes) -> WorkerSettings:
    settings = WorkerSettings(group=group, bootstrap=bootstrap, commit_interval=0.1, tick_interval=0.2).embedded()
    return replace(settings, session_timeout=2.0, heartbeat=0.4, rebalance_timeout=2.0, **changes)


async def feed(bootstrap: str, topic: str, count: int, keys: int = 500) -> None:
    producer = BatchProducer(ProducerSettings(bootstrap=bootstrap, idempotent=False))
    await producer.send(Out(topic, f"k{n % keys}".encode(), f"{n:08d}".encode()) for n in range(count))
    await producer.stop()


async def until(condition: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        await asyncio.sleep(0.02)


async def read_all(bootstrap: str, topic: str) -> list[tuple[int, bytes, bytes]]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    partitions = [TopicPartition(topic, p) for p in range(PARTITIONS)]
    consumer.assign(partitions)
    found, quiet = [], 0
    while quiet < 3:
        polled = await consumer.getmany(timeout_ms=150, max_records=20_000)
        found += [(r.partition, r.key, r.value) for records in polled.values() for r in records]
        quiet = 0 if polled else quiet + 1
    await consumer.stop()
    return found


async def committed(bootstrap: str, group: str, topic: str) -> list[int | None]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False)
    await consumer.start()
    try:
        return [await consumer.committed(TopicPartition(topic, p)) for p in range(PARTITIONS)]
    finally:
        await consumer.stop()


def test_twenty_thousand_messages_arrive_complete_and_in_order_per_key(bootstrap, topics):
    source, target = topics
    total = 20_000
    gaps: list[Gap] = []

    async def main() -> None:
        handler = Copy(target)
        settings = settings_for(bootstrap, source, transport=TransportSettings(on_gap=gaps.append, max_bytes=4096))
        app = build_app(settings, {"copy": ([source], handler)})
        await feed(bootstrap, source, total // 2)
        async with running(app):
            await feed(bootstrap, source, total // 2)  # while the worker joins and reads
            await until(lambda: handler.records == total and app.runtime.ready, 20)
            await until(lambda: bool(handler.ticks), 2)
        assert exit_code(app) == 0
        events = [call for call, *_ in handler.calls]
        assert events == ["assigned"] * PARTITIONS + ["revoked"] * PARTITIONS
        copies = [item for item in await read_all(bootstrap, target) if item[1] != b"tick"]
        assert len(copies) == total
        by_key = defaultdict(list)
        for partition, key, value in copies:
            by_key[key, partition].append(value)
        assert len(by_key) == 500
        originals = await read_all(bootstrap, source)
        wanted = defaultdict(list)
        for partition, key, value in originals:
            wanted[key, partition].append(value)
        assert by_key == wanted
        assert sum(offset or 0 for offset in await committed(bootstrap, source, source)) == total

    asyncio.run(main())
    assert not [gap for gap in gaps if gap.lost]


def test_retries_lose_nothing_and_commit_nothing_meanwhile(bootstrap, topics):
    source, target = topics
    seen: list[tuple[str, str, int]] = []

    class Watch(Silent):
        def batch(self, lane, topic, partition, records): ...
        def retry(self, lane, step, cause, attempt):
            seen.append((step, cause, attempt))

    async def main() -> None:
        handler = Copy(target)
        handler.failures_left = {"assigned": 2, "handle": 6, "commit": 2}
        policy = RetryPolicy(first=0.2, longest=0.3, give_up=30)
        app = build_app(settings_for(bootstrap, source, retry=policy, observer=Watch()), {"copy": ([source], handler)})
        await feed(bootstrap, source, 2000)
        async with running(app):
            await until(lambda: handler.failures_left["handle"] == 1, 15)
            assert handler.records == 0
            assert not app.runtime.ready
            assert app.consumer._paused_partitions
            assert await committed(bootstrap, source, source) == [None] * PARTITIONS
            assert all(app.runtime.started_fresh(source, partition) for partition in range(PARTITIONS))
            await until(lambda: handler.records == 2000 and app.runtime.ready, 15)
            assert not app.consumer._paused_partitions
        assert handler.failures_left == {"assigned": 0, "handle": 0, "commit": 0}
        copies = [value for _, key, value in await read_all(bootstrap, target) if key != b"tick"]
        assert sorted(copies) == [f"{n:08d}".encode() for n in range(2000)]  # a commit retried writes nothing twice
        assert sum(offset or 0 for offset in await committed(bootstrap, source, source)) == 2000

    asyncio.run(main())
    assert {(step, cause) for step, cause, _ in seen} == {("assign", "Retry"), ("handle", "Retry"), ("commit", "Retry")}


def test_two_workers_share_one_process_and_one_producer(bootstrap, topics):
    source, target = topics
    ensure_topics(bootstrap, PARTITIONS, specs=[TopicSpec(f"{target}.2")])

    async def main() -> None:
        producer = BatchProducer(ProducerSettings(bootstrap=bootstrap, idempotent=False))
        one, two = Copy(target), Copy(f"{target}.2")
        first = build_app(settings_for(bootstrap, "one"), {"copy": ([source], one)}, producer)
        second = build_app(settings_for(bootstrap, "two"), {"copy": ([target], two)}, producer)
        await feed(bootstrap, source, 3000)
        async with running(first), running(second):
            await until(lambda: one.records == 3000 and two.records >= 3000, 20)
        await producer.stop()

    asyncio.run(main())


def test_two_topic_groups_in_one_worker_do_not_wait_for_each_other(bootstrap, topics):
    source, target = topics
    other = f"{source}.other"
    ensure_topics(bootstrap, PARTITIONS, specs=[TopicSpec(other)])

    async def main() -> None:
        stuck, going = Copy(target), Copy(target)
        stuck.failures_left = {"handle": 10**6}
        settings = settings_for(bootstrap, source, transport=TransportSettings(max_records=50))
        app = build_app(settings, {"stuck": ([source], stuck), "going": ([other], going)})
        await feed(bootstrap, source, 5000)
        await feed(bootstrap, other, 5000)
        async with running(app):
            await until(lambda: going.records == 5000, 15)
            assert stuck.records == 0
            stuck.failures_left = {}
            await until(lambda: stuck.records == 5000, 15)
        assert sum(offset or 0 for offset in await committed(bootstrap, source, other)) == 5000

    asyncio.run(main())
