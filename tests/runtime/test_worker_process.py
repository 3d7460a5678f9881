"""Workers as processes: killed at the worst moments, asked to stop, or stopping by themselves."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from toy import PARTITIONS, Toy

from hub.errors import EXIT_BUG, EXIT_UNAVAILABLE
from hub.runtime.partitioner import partition_of
from hub.runtime.producer import BatchProducer, ProducerSettings
from hub.runtime.records import Out
from hub.runtime.restore import ReaderSettings, open_changelog, restore
from hub.runtime.topics import TopicSpec, ensure_topics
from hub.store.memory import MemoryStore
from hub.store.redis import RedisStore

pytestmark = [pytest.mark.broker, pytest.mark.redis]
KEYS = 50


@pytest.fixture
def toy(bootstrap, redis_url, tmp_path, request):
    """Topics, group and journal of this test alone; partitions of the Redis store wiped."""
    name = request.node.name.replace("[", "-").replace("]", "")
    ensure_topics(bootstrap, PARTITIONS, specs=[TopicSpec(f"{name}.in"), TopicSpec(f"{name}.states")])
    toy = Toy(bootstrap, redis_url, name, f"{name}.in", f"{name}.states", str(tmp_path / "journal"))
    asyncio.run(wipe(toy))
    return toy


def store_of(toy: Toy) -> RedisStore:
    return RedisStore.from_url(toy.redis_url, partitions=PARTITIONS, partition_of=partition_of)


async def wipe(toy: Toy) -> None:
    store = store_of(toy)
    for partition in range(PARTITIONS):
        await store.wipe(partition)
    await store.close()


async def feed(toy: Toy, count: int) -> dict[bytes, bytes]:
    """Send events; return the final state they must lead to. Every tenth event is sent twice."""
    events = [(f"k{n % KEYS:03d}".encode(), f"{n:06d}".encode()) for n in range(count)]
    producer = BatchProducer(ProducerSettings(bootstrap=toy.bootstrap, idempotent=False))
    await producer.send([Out(toy.source, key, value) for key, value in events + events[::10]])
    await producer.stop()
    expected: dict[bytes, list[bytes]] = {}
    for key, value in events:
        expected.setdefault(key, []).append(value)
    return {key: b",".join(sorted(values)) for key, values in expected.items()}


def start(toy: Toy, **changes: object) -> subprocess.Popen[str]:
    told = msgspec.json.encode(msgspec.structs.replace(toy, **changes)).decode()
    worker = [sys.executable, str(Path(__file__).with_name("toy.py")), told]
    return subprocess.Popen(worker, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


async def states(toy: Toy) -> dict[bytes, bytes]:
    store = store_of(toy)
    try:
        return {key: value async for key, value in store.scan()}
    finally:
        await store.close()


def wait_for(worker: subprocess.Popen[str], toy: Toy, expected: dict[bytes, bytes], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and worker.poll() is None:
        if asyncio.run(states(toy)) == expected:
            return
        time.sleep(0.1)
    worker.kill()
    pytest.fail(f"not finished in {seconds} s: {worker.communicate()[0][-3000:]}")


def end(worker: subprocess.Popen[str], signum: int = signal.SIGTERM) -> tuple[int, str]:
    worker.send_signal(signum)
    output = worker.communicate(timeout=20)[0]
    return worker.returncode, output


def journal(toy: Toy) -> list[tuple[int, ...]]:
    """Batches whose state was saved, as (partition, first offset, last offset, process id)."""
    path = Path(toy.journal)
    lines = path.read_text().splitlines() if path.exists() else []
    return [tuple(map(int, line.split())) for line in lines]


async def committed(toy: Toy) -> dict[int, int]:
    consumer = AIOKafkaConsumer(bootstrap_servers=toy.bootstrap, group_id=toy.group, enable_auto_commit=False)
    await consumer.start()
    try:
        found = {p: await consumer.committed(TopicPartition(toy.source, p)) for p in range(PARTITIONS)}
        return {partition: offset for partition, offset in found.items() if offset is not None}
    finally:
        await consumer.stop()


async def rebuilt(toy: Toy) -> dict[bytes, bytes]:
    """What a store holds that knows nothing but the changelog (I7)."""
    store = MemoryStore()
    async with open_changelog(ReaderSettings(bootstrap=toy.bootstrap, topic=toy.states, idle_end=0.25)) as changelog:
        for partition in range(PARTITIONS):
            await restore(await store.claim(partition, 0), changelog, store, lambda _: None)
    return {key: value async for key, value in store.scan()}


def test_kill_9_at_the_worst_moments_loses_nothing_and_counts_nothing_twice(toy):
    expected = asyncio.run(feed(toy, 5000))
    for moment in ("handle:3", "produced:4", "committed:5"):
        worker = start(toy, die_at=moment)
        worker.communicate(timeout=25)
        assert worker.returncode == -signal.SIGKILL, moment
        if moment.startswith("produced"):
            asyncio.run(wipe(toy))  # the store may be lost, too
    worker = start(toy)
    wait_for(worker, toy, expected, 25)
    code, output = end(worker)
    assert code == 0, output
    assert asyncio.run(rebuilt(toy)) == expected


def test_sigterm_finishes_the_batch_in_hand_commits_and_leaves(toy):
    expected = asyncio.run(feed(toy, 3000))
    worker = start(toy, delay=0.4)
    deadline = time.monotonic() + 15
    while len(journal(toy)) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.1)  # in the middle of the next batch
    code, output = end(worker)
    assert code == 0, output
    done: Counter[int] = Counter()
    for partition, _, last, _ in journal(toy):
        done[partition] = max(done[partition], last + 1)
    assert 3 <= len(journal(toy)) < 10
    assert asyncio.run(committed(toy)) == dict(done)
    started = time.monotonic()
    worker = start(toy)
    wait_for(worker, toy, expected, 15)
    assert time.monotonic() - started < 8, "the first worker did not leave the group"
    assert end(worker)[0] == 0
    starts = [(partition, first) for partition, first, _, _ in journal(toy)]
    assert len(starts) == len(set(starts)), "a batch was done twice"


def test_a_second_worker_takes_over_and_gives_back(toy):
    expected = asyncio.run(feed(toy, 8000))
    first = start(toy, delay=0.25, max_records=100)
    second = start(toy, delay=0.25, max_records=100)
    deadline = time.monotonic() + 40
    while {pid for *_, pid in journal(toy)} != {first.pid, second.pid} and time.monotonic() < deadline:
        time.sleep(0.1)
    code, output = end(second)
    assert code == 0, output
    wait_for(first, toy, expected, 60)
    assert end(first)[0] == 0
    assert {pid for *_, pid in journal(toy)} == {first.pid, second.pid}
    assert asyncio.run(rebuilt(toy)) == expected


@pytest.mark.parametrize(("fault", "code"), [("down", EXIT_UNAVAILABLE), ("bug", EXIT_BUG)])
def test_what_cannot_be_retried_away_ends_the_process_with_nothing_committed(toy, fault, code):
    asyncio.run(feed(toy, 100))
    worker = start(toy, fault=fault, retry_limit=1.0)
    output = worker.communicate(timeout=25)[0]
    assert worker.returncode == code, output
    assert "ends: " in output
    assert "secret" not in output
    assert asyncio.run(committed(toy)) == {}
