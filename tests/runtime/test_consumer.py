"""The batching consumer with a fake fetcher instead of a broker: what it seeks, drops, yields and commits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiokafka import ConsumerRecord
from faust.types import TP

from hub.runtime.continuity import Gap
from hub.runtime.lane import Lane
from hub.runtime.records import Effects
from hub.runtime.transport import Consumer, TransportSettings
from hub.runtime.worker import WorkerSettings, build_app

TP0 = TP("in", 0)


class Nothing:
    async def assigned(self, topic, partition, generation): ...
    async def revoked(self, topic, partition, generation): ...
    async def handle(self, batch):
        return Effects()

    async def tick(self, topic, partition, now_ms):
        return Effects()


class FakeThread:
    """A partition log with records that hide for a number of polls."""

    def __init__(self, count: int, hidden: dict[int, int]) -> None:
        self.log = range(count)
        self.hidden = hidden
        self.position = 0
        self.committed: dict[TP, int] = {}
        self.seeks: list[int] = []
        self.on_poll: Callable[[], Awaitable[None]] | None = None

    async def getmany(self, active, timeout):
        if self.on_poll is not None:
            await self.on_poll()
        seen = [n for n in self.log if n >= self.position and self.hidden.get(n, 0) <= 0][:10]
        for n in list(self.hidden):
            if n >= self.position:
                self.hidden[n] -= 1
        if not seen:
            return {}
        self.position = seen[-1] + 1
        return {TP0: [ConsumerRecord("in", 0, n, n, 0, b"k", b"v", None, 1, 1, ()) for n in seen]}

    async def seek_to(self, tp, offset):
        self.seeks.append(offset)
        self.position = offset

    async def rewind(self):
        self.position = self.committed.get(TP0, 0)
        return {TP0: (self.position, TP0 in self.committed)}

    async def commit(self, offsets):
        self.committed.update(offsets)
        return True

    def assignment(self):
        return {TP0}


def scenario(check, *, count=30, hidden=None, exempt=frozenset(), rereads=1):
    async def main() -> None:
        gaps: list[Gap] = []
        transport = TransportSettings(on_gap=gaps.append, exempt=exempt, rereads=rereads, reread_delay=0.0)
        settings = WorkerSettings(group="g", bootstrap="127.0.0.1:1", transport=transport)
        app = build_app(settings, {"lane": (["in"], Nothing())})
        app.finalize()
        app.topics._acking_topics.add("in")
        consumer: Consumer = app.consumer
        consumer._thread = thread = FakeThread(count, hidden or {})
        consumer._active_partitions = {TP0}
        app.consumer_generation_id = 3
        consumer.resume_flow()
        await consumer.perform_seek()
        await check(app, consumer, thread, gaps)

    asyncio.run(main())


async def read(consumer, polls: int) -> list:
    return [message async for _ in _times(polls) async for _, message in consumer.getmany(0.01)]


async def _times(count: int):
    for n in range(count):
        yield n


def seen(messages) -> list[int]:
    return [record.offset for message in messages for record in message.value.records]


def test_a_poll_becomes_one_message_per_partition():
    async def check(app, consumer, thread, gaps):
        messages = await read(consumer, 2)
        assert [(m.value.first_offset, m.value.last_offset, m.offset) for m in messages] == [(0, 9, 9), (10, 19, 19)]
        assert {m.generation_id for m in messages} == {m.value.generation for m in messages} == {3}

    scenario(check)


def test_records_the_broker_hid_once_are_found_by_reading_again():
    async def check(app, consumer, thread, gaps):
        assert seen(await read(consumer, 6)) == list(range(30))
        assert thread.seeks == [4]
        assert gaps == [Gap("in", 0, 4, 6, lost=False)]

    scenario(check, hidden={4: 1, 5: 1})


def test_records_that_stay_away_are_counted_lost_and_reading_goes_on():
    async def check(app, consumer, thread, gaps):
        assert seen(await read(consumer, 6)) == [n for n in range(30) if n != 4]
        assert thread.seeks == [4]
        assert [gap.lost for gap in gaps] == [False, True]

    scenario(check, hidden={4: 99})


def test_an_exempt_topic_is_not_read_again():
    async def check(app, consumer, thread, gaps):
        assert seen(await read(consumer, 3)) == [n for n in range(30) if n != 4]
        assert thread.seeks == []
        assert gaps == []

    scenario(check, hidden={4: 99}, exempt=frozenset({"in"}))


def test_the_commit_ends_before_the_first_batch_not_acked():
    async def check(app, consumer, thread, gaps):
        first, second, third = await read(consumer, 3)
        second.ack(consumer)
        await consumer.commit()
        assert thread.committed == {}
        first.ack(consumer)
        await consumer.commit()
        assert thread.committed == {TP0: 20}
        third.ack(consumer)
        await consumer.wait_empty()
        assert thread.committed == {TP0: 30}

    scenario(check)


def test_a_commit_that_fails_is_tried_again():
    async def check(app, consumer, thread, gaps):
        (batch,) = await read(consumer, 1)
        batch.ack(consumer)
        working, thread.commit = thread.commit, refuse
        assert not await consumer.commit()
        thread.commit = working
        assert await consumer.commit()
        assert thread.committed == {TP0: 10}

    async def refuse(offsets):
        return False

    scenario(check)


def test_what_was_read_while_the_partitions_went_is_dropped_and_read_again():
    async def check(app, consumer, thread, gaps):
        (first,) = await read(consumer, 1)

        async def revoke() -> None:
            thread.on_poll = None
            consumer._epoch += 1
            consumer.stop_flow()

        thread.on_poll = revoke
        assert await read(consumer, 1) == []
        app.consumer_generation_id = 4
        await consumer.perform_seek()
        consumer.resume_flow()
        first.ack(consumer)  # too late: another generation
        await consumer.commit()
        assert thread.committed == {}
        assert seen(await read(consumer, 3)) == list(range(30))
        assert gaps == []

    scenario(check)


def test_seek_moves_without_a_false_gap():
    async def check(app, consumer, thread, gaps):
        await read(consumer, 1)
        await consumer.seek(TP0, 25)
        assert seen(await read(consumer, 1)) == [25, 26, 27, 28, 29]
        await consumer.seek(TP0, 2)
        (again,) = await read(consumer, 1)
        assert again.value.first_offset == 2
        again.ack(consumer)
        await consumer.commit()
        assert thread.committed == {TP0: 12}
        assert gaps == []

    scenario(check)


def test_who_gives_up_waiting_for_a_commit_is_let_go_and_stops_nobody_else():
    """Partitions that go wait a while for the commit under way: not for a second one, and the first goes on."""

    async def check(app, consumer, thread, gaps):
        answered, asked = asyncio.Event(), 0

        async def commit(offsets):
            nonlocal asked
            asked += 1
            await answered.wait()
            thread.committed.update(offsets)
            return True

        thread.commit = commit
        (batch,) = await read(consumer, 1)
        batch.ack(consumer)
        first, patient = asyncio.ensure_future(consumer.commit()), asyncio.ensure_future(consumer.commit())
        for _ in range(2):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(consumer.commit(), 0.01)
        answered.set()
        assert (await first, await patient) == (True, False)
        assert (thread.committed, asked) == ({TP0: 10}, 1)

    scenario(check)


def test_a_partition_is_not_read_while_paused_or_buffered():
    async def check(app, consumer, thread, gaps):
        consumer.pause_partitions({TP0})
        assert await read(consumer, 1) == []
        consumer.on_buffer_full(TP0)
        consumer.resume_partitions({TP0})
        assert await read(consumer, 1) == []
        consumer.on_buffer_drop(TP0)
        assert len(await read(consumer, 1)) == 1

    scenario(check)


def test_a_lane_knows_which_topics_are_its_own():
    async def check(app, consumer, thread, gaps):
        lane: Lane = app.runtime.lanes[0]
        lane.assign([("in", 0), ("other", 0)], 3)
        assert not lane.ready
        await lane.beat(0)
        assert lane.ready
        assert not app.runtime.ready  # not a member of any group yet

    scenario(check)
