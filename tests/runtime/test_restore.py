"""Restoring a partition: the tail, other lives of the topic, interruptions, and writers whose time was over."""

from __future__ import annotations

import asyncio

import pytest

from hub.errors import Fenced
from hub.runtime.producer import BatchProducer, ProducerSettings
from hub.runtime.records import Out
from hub.runtime.restore import Changes, ReaderSettings, open_changelog, restore
from hub.runtime.topics import TopicSpec, ensure_topics
from hub.store.memory import MemoryStore


class FakeChangelog:
    """A topic partition: (key, state) or (key, state, term), three records a poll; may fail after some polls."""

    def __init__(self, log: list[tuple], first: int = 0, end: int | None = None, polls: int | None = None) -> None:
        self.log = [entry if len(entry) == 3 else (*entry, 0) for entry in log]
        self.first, self.end, self.polls = first, end, polls
        self.started_at: int | None = None

    async def bounds(self, partition: int) -> tuple[int, int | None]:
        return self.first, self.end

    async def read(self, partition: int, start: int):
        self.started_at = start
        for polls, at in enumerate(range(start, len(self.log), 3)):
            if polls == self.polls:
                raise ConnectionError
            part = self.log[at : at + 3]
            yield Changes(part, at + len(part))


def wake_up_of(state: bytes) -> int | None:
    return int(state) if state.isdigit() else None


async def contents(store: MemoryStore) -> dict[bytes, bytes]:
    return {key: state async for key, state in store.scan()}


def test_restore_replays_the_tail_with_deletions_and_wake_ups():
    """Only what the store has not seen is read; a restore again reads nothing."""
    log = [(b"a", b"1"), (b"b", b"x"), (b"a", b"5"), (b"c", b"9"), (b"b", None)]

    async def main() -> None:
        store = MemoryStore()
        hold = await store.claim(0, 1)
        await store.save(hold, {b"a": b"1", b"b": b"x"}, 2, {b"a": 1})
        reader = FakeChangelog(log)
        done = await restore(await store.claim(0, 2), reader, store, wake_up_of)
        assert reader.started_at == 2
        assert (done.records, done.hold.marker, done.hold.whole) == (3, 5, done.hold.term)
        assert await contents(store) == {b"a": b"5", b"c": b"9"}
        assert await store.due(done.hold, 100, 10) == [b"a", b"c"]
        assert (await restore(done.hold, reader, store, wake_up_of)).records == 0

    asyncio.run(main())


def test_restore_by_an_older_owner_is_fenced():
    """Whoever was replaced between owning and restoring writes nothing."""

    async def main() -> None:
        store = MemoryStore()
        old = await store.claim(0, 4)
        await store.claim(0, 5)
        with pytest.raises(Fenced):
            await restore(old, FakeChangelog([(b"a", b"1")]), store, wake_up_of)
        assert await contents(store) == {}

    asyncio.run(main())


def test_a_marker_beyond_the_end_means_another_life_of_the_topic():
    """The store is emptied, and owned by the same owner afterwards."""

    async def main() -> None:
        store = MemoryStore()
        hold = await store.save(await store.claim(0, 1), {b"stale": b"x"}, 100, {b"stale": 1})
        done = await restore(hold, FakeChangelog([(b"a", b"1")], end=1), store, wake_up_of)
        assert done.wiped
        assert done.hold.term == hold.term
        assert await contents(store) == {b"a": b"1"}
        await store.save(done.hold, {b"b": b"2"}, 2, {})

    asyncio.run(main())


def test_what_a_replaced_worker_wrote_late_does_not_undo_what_its_successor_wrote():
    """The newest record of a key is an older owner's: the state of the newer one stands, and the key is told."""
    log = [(b"k", b"old", 1), (b"k", b"new", 2), (b"other", b"1", 2), (b"k", b"late", 1), (b"only", b"late", 1)]

    async def main() -> None:
        store = MemoryStore()
        done = await restore(await store.claim(0, 3), FakeChangelog(log), store, wake_up_of)
        assert await contents(store) == {b"k": b"new", b"other": b"1", b"only": b"late"}
        assert done.overruled == {b"k"}

    asyncio.run(main())


def test_a_key_that_was_written_again_is_not_told():
    """What the successor has already put right on the topic needs no mending."""
    log = [(b"k", b"new", 2), (b"k", b"late", 1), (b"k", b"new", 2)]

    async def main() -> None:
        store = MemoryStore()
        done = await restore(await store.claim(0, 3), FakeChangelog(log), store, wake_up_of)
        assert (await contents(store), done.overruled) == ({b"k": b"new"}, frozenset())

    asyncio.run(main())


def test_a_store_that_was_whole_under_a_newer_owner_takes_nothing_from_an_older_one():
    """The successor had everything and saved it; then only the replaced worker wrote, and all of it is told."""

    async def main() -> None:
        store = MemoryStore()
        hold = await store.claim(0, 2)
        await store.save(hold, {b"k": b"new"}, 1, {}, whole=True)
        log = [(b"k", b"new", 2), (b"k", b"late", 1), (b"x", b"late", 1)]
        done = await restore(await store.claim(0, 3), FakeChangelog(log), store, wake_up_of)
        assert await contents(store) == {b"k": b"new"}
        assert done.overruled == {b"k", b"x"}

    asyncio.run(main())


def test_a_restore_that_was_interrupted_knows_what_it_had_seen():
    """The first half had a newer owner's record; the late one of the older owner in the second half must not win."""
    log = [(b"k", b"new", 2), (b"a", b"1", 2), (b"b", b"1", 1), (b"k", b"late", 1)]

    async def main() -> None:
        store = MemoryStore()
        with pytest.raises(ConnectionError):
            await restore(await store.claim(0, 3), FakeChangelog(log, polls=1), store, wake_up_of)
        assert await store.marker(0) == 3
        done = await restore(await store.claim(0, 4), FakeChangelog(log), store, wake_up_of)
        assert (await contents(store))[b"k"] == b"new"
        assert done.overruled == {b"k"}

    asyncio.run(main())


def test_a_cold_restore_that_was_interrupted_takes_older_owners_records_from_the_rest():
    """Nobody was whole yet: records of earlier terms are not mistaken for a replaced worker's."""
    log = [(b"a", b"1", 1), (b"b", b"1", 1), (b"c", b"1", 1), (b"d", b"1", 1), (b"e", b"1", 2)]

    async def main() -> None:
        store = MemoryStore()
        with pytest.raises(ConnectionError):
            await restore(await store.claim(0, 3), FakeChangelog(log, polls=1), store, wake_up_of)
        done = await restore(await store.claim(0, 4), FakeChangelog(log), store, wake_up_of)
        assert set(await contents(store)) == {b"a", b"b", b"c", b"d", b"e"}
        assert not done.overruled

    asyncio.run(main())


def test_an_owner_outranks_whoever_wrote_before_even_if_the_store_and_the_group_were_lost():
    """The group counts from 1 again, and the store knows nothing: the topic tells how high terms had come."""

    async def main() -> None:
        store = MemoryStore()
        done = await restore(await store.claim(0, 1), FakeChangelog([(b"a", b"1", 30)]), store, wake_up_of)
        assert done.hold.term > 30
        assert done.hold.generation == 1
        later = await store.claim(0, 2)
        assert later.term > done.hold.term

    asyncio.run(main())


@pytest.mark.broker
def test_restore_from_the_broker_finds_the_end_the_broker_reports_wrongly(bootstrap):
    topic = "restore.states"
    ensure_topics(bootstrap, 2, specs=[TopicSpec(topic, compacted=True)])
    outs = [Out(topic, f"k{n % 300}".encode(), f"{n}".encode(), 1) for n in range(12_000)]

    async def main() -> None:
        producer = BatchProducer(ProducerSettings(bootstrap=bootstrap, idempotent=False))
        await producer.send(outs)
        await producer.stop()
        store = MemoryStore()
        async with open_changelog(ReaderSettings(bootstrap=bootstrap, topic=topic).embedded()) as changelog:
            done = await restore(await store.claim(1, 1), changelog, store, wake_up_of)
            empty = await restore(await store.claim(0, 1), changelog, store, wake_up_of)
        assert (done.records, done.hold.marker) == (12_000, 12_000)
        assert (empty.records, empty.hold.marker, await store.marker(0)) == (0, 0, 0)
        assert await store.count(1) == 300
        assert await store.get(b"k7") == b"11707"

    asyncio.run(main())
