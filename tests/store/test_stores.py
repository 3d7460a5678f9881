"""One behavioural suite over every twin of the store."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from redis.asyncio import Redis

from hub.errors import Fenced, StoreUnavailable
from hub.runtime.partitioner import partition_of
from hub.store.memory import MemoryStore
from hub.store.ports import SubjectStore
from hub.store.redis import RedisStore

PARTITIONS = 4
Scenario = Callable[[SubjectStore], Awaitable[None]]


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.redis)])
def run(request):
    """Run a scenario on an empty store of each kind."""

    async def on_memory(scenario: Scenario) -> None:
        await scenario(MemoryStore())

    async def on_redis(scenario: Scenario) -> None:
        url = request.getfixturevalue("redis_url")
        async with Redis.from_url(url) as client:
            await client.flushall()
        store = RedisStore.from_url(url, partitions=PARTITIONS, partition_of=partition_of)
        try:
            await scenario(store)
        finally:
            await store.close()

    kind = on_memory if request.param == "memory" else on_redis
    return lambda scenario: asyncio.run(kind(scenario))


def keys_of(partition: int, count: int) -> list[bytes]:
    candidates = (f"r:{n:06d}".encode() for n in range(count * PARTITIONS * 3))
    return [key for key in candidates if partition_of(key, PARTITIONS) == partition][:count]


def test_what_was_saved_is_loaded_and_only_that(run):
    async def scenario(store):
        a, b, c = keys_of(1, 3)
        await store.save(1, 1, {a: b"A", b: b"\x00\xff"}, 10, {})
        assert await store.load_many(1, [a, b, c]) == {a: b"A", b: b"\x00\xff"}
        assert await store.load_many(1, []) == {}
        assert await store.load_many(2, [a]) == {}
        assert await store.count(1) == 2

    run(scenario)


def test_a_later_save_replaces_and_none_deletes_state_and_wake_up(run):
    async def scenario(store):
        a, b = keys_of(0, 2)
        await store.save(0, 1, {a: b"1", b: b"1"}, 1, {a: 100, b: 100})
        await store.save(0, 1, {a: b"2", b: None}, 2, {b: 50})
        assert await store.load_many(0, [a, b]) == {a: b"2"}
        assert await store.due(0, 1000, 10) == [a]

    run(scenario)


def test_the_marker_moves_only_when_given(run):
    async def scenario(store):
        (a,) = keys_of(0, 1)
        assert await store.marker(0) is None
        await store.save(0, 1, {}, 0, {})
        assert await store.marker(0) == 0
        await store.save(0, 1, {a: b"1"}, 7, {})
        await store.save(0, 1, {}, None, {a: 5})
        assert await store.marker(0) == 7
        assert await store.marker(1) is None

    run(scenario)


def test_an_older_generation_is_fenced_and_writes_nothing(run):
    async def scenario(store):
        (a,) = keys_of(2, 1)
        await store.save(2, 5, {a: b"new"}, 9, {a: 1})
        with pytest.raises(Fenced):
            await store.save(2, 4, {a: b"old"}, 8, {a: None})
        assert await store.load_many(2, [a]) == {a: b"new"}
        assert await store.marker(2) == 9
        assert await store.due(2, 1, 1) == [a]
        await store.save(2, 5, {a: b"again"}, 10, {})
        await store.save(2, 6, {a: b"newer"}, 11, {})
        await store.save(3, 1, {}, 1, {})  # the fence is the partition's own

    run(scenario)


def test_a_claim_fences_older_writers_before_the_first_write(run):
    async def scenario(store):
        await store.save(0, 3, {}, 1, {})
        await store.claim(0, 4)
        await store.claim(0, 4)
        with pytest.raises(Fenced):
            await store.save(0, 3, {}, 2, {})
        with pytest.raises(Fenced):
            await store.claim(0, 3)
        assert await store.marker(0) == 1

    run(scenario)


def test_a_fresh_group_counts_generations_anew(run):
    async def scenario(store):
        await store.save(0, 30, {}, 5, {})
        await store.claim(0, 0, fresh_group=True)
        await store.save(0, 0, {}, 6, {})
        assert await store.marker(0) == 6

    run(scenario)


def test_wake_ups_come_earliest_first_and_limited(run):
    async def scenario(store):
        a, b, c, d = keys_of(1, 4)
        await store.save(1, 1, dict.fromkeys((a, b, c, d), b"x"), 4, {d: 20, a: 30, c: 20, b: 2_000_000_000_123})
        assert await store.due(1, 19, 10) == []
        assert await store.due(1, 20, 10) == sorted([c, d])
        assert await store.due(1, 30, 10) == [*sorted([c, d]), a]
        assert await store.due(1, 30, 1) == [min(c, d)]
        assert await store.next_due(1) == 20
        await store.save(1, 1, {}, None, {c: None, d: None, a: None})
        assert await store.next_due(1) == 2_000_000_000_123
        assert await store.next_due(0) is None

    run(scenario)


def test_wipe_forgets_one_partition_with_its_fence(run):
    async def scenario(store):
        (a,), (b,) = keys_of(0, 1), keys_of(1, 1)
        await store.save(0, 9, {a: b"A"}, 3, {a: 1})
        await store.save(1, 9, {b: b"B"}, 3, {b: 1})
        await store.wipe(0)
        await store.wipe(0)
        assert await store.load_many(0, [a]) == {}
        assert await store.marker(0) is None
        assert await store.next_due(0) is None
        await store.save(0, 1, {}, 1, {})
        assert await store.load_many(1, [b]) == {b: b"B"}

    run(scenario)


def test_reads_from_outside_find_a_key_and_list_by_prefix(run):
    async def scenario(store):
        wanted, other = {}, {}
        for n in range(1500):
            key = f"r*[{n}".encode()
            wanted[key] = str(n).encode()
            other[f"u:{n}".encode()] = b"unit"
        for states in (wanted, other):
            for partition in range(PARTITIONS):
                mine = {k: v for k, v in states.items() if partition_of(k, PARTITIONS) == partition}
                await store.save(partition, 1, mine, None, {})
        assert await store.get(b"r*[7") == b"7"
        assert await store.get(b"nobody") is None
        found = [item async for item in store.scan(b"r*[")]
        assert len(found) == 1500
        assert dict(found) == wanted
        assert len([key async for key, _ in store.scan()]) == 3000

    run(scenario)


def test_a_large_save_is_one_write(run):
    async def scenario(store):
        keys = keys_of(3, 9000)
        await store.save(3, 1, dict.fromkeys(keys, b"s"), 9000, {key: n for n, key in enumerate(keys)})
        assert await store.count(3) == len(keys) == 9000
        assert len(await store.due(3, 10_000, 20_000)) == 9000
        await store.save(3, 1, dict.fromkeys(keys[:4500]), 9001, dict.fromkeys(keys[4500:]))
        assert await store.count(3) == 4500
        assert await store.next_due(3) is None

    run(scenario)


def test_a_store_that_does_not_answer_asks_for_a_retry():
    async def scenario() -> None:
        store = RedisStore.from_url("redis://127.0.0.1:1/0", partitions=1, partition_of=partition_of)
        for call in (store.load_many(0, [b"secret"]), store.save(0, 1, {b"secret": b"v"}, 1, {}), store.claim(0, 1)):
            with pytest.raises(StoreUnavailable) as failure:
                await call
            assert "secret" not in str(failure.value)
        await store.close()

    asyncio.run(scenario())
