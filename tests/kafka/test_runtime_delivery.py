"""Transactions and the tail of topics on a real broker: who was replaced writes nothing, what is written is seen."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from hub.errors import NoTransactions, Outpaced
from hub.runtime.delivery import Transactions
from hub.runtime.points import Point
from hub.runtime.producer import BatchProducer, ProducerSettings
from hub.runtime.records import Out
from hub.runtime.security import OPEN
from hub.runtime.tail import KafkaTail
from hub.runtime.topic_settings import TopicSpec
from hub.runtime.topics import ensure_topics
from tools.services.kafka import KafkaCluster

pytestmark = pytest.mark.kafka
SOURCE = ("in", 0)


@pytest.fixture(scope="module")
def bootstrap(tmp_path_factory) -> Iterator[str]:
    with KafkaCluster(tmp_path_factory.mktemp("delivery")) as cluster:
        ensure_topics(cluster.bootstrap, 2, specs=[TopicSpec(name) for name in ("in", "a", "b")])
        yield cluster.bootstrap


def transactions(bootstrap: str, group: str) -> Transactions:
    return Transactions(ProducerSettings(bootstrap=bootstrap), group)


async def deliver(delivery: Transactions, value: bytes, next_offset: int | None, reach=lambda point: None, guard=None):
    outs = [(Point.WRITTEN, [Out("a", b"k", value, 0)]), (Point.CHANGED, [Out("b", b"k", value, 1)])]

    async def unguarded() -> None:
        pass

    return await delivery.deliver(SOURCE, outs, next_offset, lambda action: action(), reach, guard or unguarded)


async def committed(bootstrap: str, group: str) -> int | None:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False)
    await consumer.start()
    try:
        return await consumer.committed(TopicPartition(*SOURCE))
    finally:
        await consumer.stop()


async def seen(bootstrap: str, topic: str, partition: int, start: int) -> list[bytes]:
    """Committed values from an offset on."""
    tail = KafkaTail(bootstrap, OPEN)
    try:
        end = (await tail.ends(partition, [topic]))[topic]
        values, at = [], start
        while at < end:
            records, at = await tail.read(topic, partition, at, 100)
            values += [record.value for record in records]
        return values
    finally:
        await tail.stop()


async def ends(bootstrap: str) -> tuple[int, int]:
    tail = KafkaTail(bootstrap, OPEN)
    try:
        return (await tail.ends(0, ["a"]))["a"], (await tail.ends(1, ["b"]))["b"]
    finally:
        await tail.stop()


def test_outputs_and_offset_appear_together_and_the_ends_are_true(bootstrap):
    """What `deliver` returns is where the next record will be, behind the transaction's own mark."""

    async def main() -> None:
        a, b = await ends(bootstrap)
        delivery, reached = transactions(bootstrap, "together"), []
        await delivery.open(SOURCE, 1)
        written = await deliver(delivery, b"1", 7, reached.append)
        assert written == {("a", 0): a + 2, ("b", 1): b + 2}
        assert (await ends(bootstrap)) == (a + 2, b + 2)
        assert await committed(bootstrap, "together") == 7
        assert [p for p in reached if p != Point.SENDING] == [Point.BEGUN, Point.WRITTEN, Point.OFFERED, Point.SEALED]
        assert await deliver(delivery, b"2", None) == {("a", 0): a + 4, ("b", 1): b + 4}  # a tick
        assert await seen(bootstrap, "a", 0, a) == [b"1", b"2"]
        assert await committed(bootstrap, "together") == 7
        await delivery.stop()

    asyncio.run(main())


@pytest.mark.parametrize("asleep_at", [Point.BEGUN, Point.WRITTEN, Point.OFFERED])
def test_whoever_slept_through_its_replacement_writes_nothing(bootstrap, asleep_at):
    """Not at any moment of its transaction: neither outputs nor offset, and it is told to end."""
    group = f"sleeper-{asleep_at}"

    async def main() -> None:
        a, _ = await ends(bootstrap)
        sleeper, owner = transactions(bootstrap, group), transactions(bootstrap, group)
        await sleeper.open(SOURCE, 1)
        await deliver(sleeper, b"before", 3)
        asleep, awake = asyncio.Event(), asyncio.Event()

        async def sleep(point: Point) -> None:
            asleep.set()
            await awake.wait()

        writer = sleeper._writers[SOURCE]
        step = {Point.BEGUN: "send", Point.WRITTEN: "add_offsets", Point.OFFERED: "seal"}[asleep_at]
        real = getattr(writer, step)

        async def slow(*args):
            await sleep(asleep_at)
            return await real(*args)

        setattr(writer, step, slow)
        late = asyncio.create_task(deliver(sleeper, b"late", 9))
        await asleep.wait()
        await owner.open(SOURCE, 2)
        await deliver(owner, b"after", 5)
        awake.set()
        with pytest.raises(Outpaced):
            await late
        assert await seen(bootstrap, "a", 0, a) == [b"before", b"after"]
        assert await committed(bootstrap, group) == 5
        await deliver(owner, b"on", 6)  # and the successor is not disturbed
        await owner.stop()
        await sleeper.stop()

    asyncio.run(main())


def test_a_transaction_left_open_by_a_crash_does_not_hold_readers_up(bootstrap):
    """Whoever takes the partition over aborts it at once; nobody waits for a time-out."""

    async def main() -> None:
        a, _ = await ends(bootstrap)
        crashed, owner = transactions(bootstrap, "crash"), transactions(bootstrap, "crash")
        await crashed.open(SOURCE, 1)

        async def crash() -> None:
            raise ConnectionError

        with pytest.raises(ConnectionError):
            await deliver(crashed, b"half", 4, guard=crash)
        await owner.open(SOURCE, 2)
        await deliver(owner, b"whole", 4)
        assert await seen(bootstrap, "a", 0, a) == [b"whole"]
        assert await committed(bootstrap, "crash") == 4
        await owner.stop()
        await crashed.stop()

    asyncio.run(main())


def test_a_partition_that_never_left_keeps_its_writer(bootstrap):
    """A rebalance that gives a partition back to the same worker costs no new epoch; one in between does."""

    async def main() -> None:
        delivery = transactions(bootstrap, "kept")
        await delivery.open(SOURCE, 1)
        writer = delivery._writers[SOURCE]
        await delivery.open(SOURCE, 1)
        await delivery.open(SOURCE, 2)
        assert delivery._writers[SOURCE] is writer
        await delivery.open(SOURCE, 4)
        assert delivery._writers[SOURCE] is not writer
        await deliver(delivery, b"x", 1)
        await delivery.keep([], 4)
        assert delivery._writers == {}

    asyncio.run(main())


def test_many_partitions_are_opened_side_by_side_and_each_is_fenced(bootstrap):
    """What `keep` begins, `open` waits for; a worker that had one of them before is told so."""

    async def main() -> None:
        targets = [("in", number) for number in range(2)]
        before, after = transactions(bootstrap, "many"), transactions(bootstrap, "many")
        await before.open(SOURCE, 1)
        await after.keep(targets, 2)
        for target in targets:
            await after.open(target, 2)
        assert set(after._writers) == set(targets)
        with pytest.raises(Outpaced):
            await deliver(before, b"late", 1)
        await deliver(after, b"on time", 1)
        await after.keep([], 3)
        assert after._writers == after._opening == {}
        await before.stop()

    asyncio.run(main())


def test_a_broker_that_ends_transactions_sooner_is_no_place_for_ours(bootstrap):
    """A sentence that says which setting, and the end; not two minutes of trying."""

    async def main() -> None:
        impatient = Transactions(ProducerSettings(bootstrap=bootstrap, transaction_timeout=3600.0), "impatient")
        with pytest.raises(NoTransactions, match=r"transaction\.max\.timeout\.ms"):
            await impatient.open(SOURCE, 1)

    asyncio.run(main())


def test_the_tail_tells_terms_and_ends(bootstrap):
    """Records come back with what their writer told of itself, a part at a time."""

    async def main() -> None:
        a, _ = await ends(bootstrap)
        producer = BatchProducer(ProducerSettings(bootstrap=bootstrap))
        await producer.send([Out("a", b"k%d" % n, b"v", 0, term=n) for n in range(5)])
        tail = KafkaTail(bootstrap, OPEN)
        first, at = await tail.read("a", 0, a, 3)
        rest, at = await tail.read("a", 0, at, 100)
        assert [(r.key, r.term) for r in first + rest] == [(b"k%d" % n, n) for n in range(5)]
        assert at == (await tail.ends(0, ["a", "b"]))["a"] == a + 5
        assert await tail.read("a", 0, at, 100) == ([], at)
        await tail.stop()
        await producer.stop()

    asyncio.run(main())
