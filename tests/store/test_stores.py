"""One behavioural suite over every twin of the store."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from hub.errors import Fenced, RolledBack, StoreUnavailable
from hub.runtime.partitioner import partition_of
from hub.store.ports import Hold, SubjectStore
from hub.store.redis import RedisStore
from tests.store.machines import PARTITIONS, MemoryMachine, RedisMachine

Scenario = Callable[[SubjectStore], Awaitable[None]]


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.redis)])
def on_machine(request):
    """Run a scenario on an empty store of each kind, with its machine."""

    async def on_memory(scenario) -> None:
        await scenario(MemoryMachine())

    async def on_redis(scenario) -> None:
        machine = RedisMachine(request.getfixturevalue("redis_url"))
        await machine.lose()
        try:
            await scenario(machine)
        finally:
            await machine.close()

    kind = on_memory if request.param == "memory" else on_redis
    return lambda scenario: asyncio.run(kind(scenario))


@pytest.fixture
def run(on_machine):
    """Run a scenario on an empty store of each kind."""

    def on_store(scenario: Scenario) -> None:
        async def main(machine) -> None:
            await scenario(machine.store)

        on_machine(main)

    return on_store


def keys_of(partition: int, count: int) -> list[bytes]:
    candidates = (f"r:{n:06d}".encode() for n in range(count * PARTITIONS * 3))
    return [key for key in candidates if partition_of(key, PARTITIONS) == partition][:count]


async def every_call_is_refused(store: SubjectStore, hold: Hold, key: bytes, why: type[Exception]) -> None:
    calls = (
        lambda: store.load_many(hold, [key]),
        lambda: store.due(hold, 10**13, 10),
        lambda: store.check(hold),
        lambda: store.save(hold, {key: b"wrong"}, 10**6, {key: 1}),
        lambda: store.save(hold, {}, None, {}),
    )
    for call in calls:
        with pytest.raises(why):
            await call()


def test_what_was_saved_is_loaded_and_only_that(run):
    """A state comes back as its bytes, from its own partition only."""

    async def scenario(store):
        a, b, c = keys_of(1, 3)
        hold = await store.save(await store.claim(1, 1), {a: b"A", b: b"\x00\xff"}, 10, {})
        assert await store.load_many(hold, [a, b, c]) == {a: b"A", b: b"\x00\xff"}
        assert await store.load_many(hold, []) == {}
        assert await store.load_many(await store.claim(2, 1), [a]) == {}
        assert await store.count(1) == 2

    run(scenario)


def test_a_later_save_replaces_and_none_deletes_state_and_wake_up(run):
    """The last write stands; a state deleted wakes nobody."""

    async def scenario(store):
        a, b = keys_of(0, 2)
        hold = await store.save(await store.claim(0, 1), {a: b"1", b: b"1"}, 1, {a: 100, b: 100})
        hold = await store.save(hold, {a: b"2", b: None}, 2, {b: 50})
        assert await store.load_many(hold, [a, b]) == {a: b"2"}
        assert await store.due(hold, 1000, 10) == [a]

    run(scenario)


def test_the_marker_moves_only_when_given(run):
    """And an owner finds what the one before left: marker, ends of topics, whether it was whole."""

    async def scenario(store):
        (a,) = keys_of(0, 1)
        assert await store.marker(0) is None
        hold = await store.save(await store.claim(0, 1), {}, 0, {}, ends={"x": 3, "y": 1})
        assert await store.marker(0) == 0
        hold = await store.save(hold, {a: b"1"}, 7, {}, ends={"x": 5}, whole=True)
        hold = await store.save(hold, {}, None, {a: 5})
        assert await store.marker(0) == 7
        assert await store.marker(1) is None
        assert (hold.marker, hold.whole, hold.ends) == (7, hold.term, {"x": 5, "y": 1})
        found = await store.claim(0, 2)
        assert (found.marker, found.whole, found.ends) == (hold.marker, hold.whole, hold.ends)
        assert found.term > hold.term
        assert found.generation == 2

    run(scenario)


def test_an_older_owner_is_fenced_reads_nothing_and_writes_nothing(run):
    """From the moment somebody newer owns the partition, before its first write."""

    async def scenario(store):
        (a,) = keys_of(2, 1)
        old = await store.save(await store.claim(2, 4), {a: b"new"}, 9, {a: 1})
        hold = await store.claim(2, 5)
        await every_call_is_refused(store, old, a, Fenced)
        with pytest.raises(Fenced):
            await store.claim(2, 3)
        assert await store.load_many(hold, [a]) == {a: b"new"}
        assert hold.marker == 9
        assert await store.due(hold, 1, 1) == [a]
        await store.save(hold, {a: b"again"}, 10, {})
        await store.save(await store.claim(3, 1), {}, 1, {})  # the fence is the partition's own

    run(scenario)


def test_owning_again_under_the_same_generation_changes_nothing(run):
    """A restore in place begins with it."""

    async def scenario(store):
        (a,) = keys_of(0, 1)
        hold = await store.save(await store.claim(0, 4), {a: b"1"}, 1, {})
        assert await store.claim(0, 4) == hold
        await store.save(hold, {a: b"2"}, 2, {})

    run(scenario)


def test_a_fresh_group_counts_generations_anew_and_outranks_the_life_before(run):
    """A sleeper of the old life has the higher generation, and is fenced all the same."""

    async def scenario(store):
        (a,) = keys_of(0, 1)
        old = await store.save(await store.claim(0, 30), {}, 5, {})
        hold = await store.claim(0, 0, fresh_group=True)
        assert hold.term > old.term
        await every_call_is_refused(store, old, a, Fenced)
        hold = await store.save(hold, {}, 6, {})
        later = await store.claim(0, 1)
        assert later.term > hold.term
        with pytest.raises(Fenced):
            await store.claim(0, 0)

    run(scenario)


def test_a_term_seen_elsewhere_is_not_undercut(run):
    """A store that was lost does not know how high terms had come; the topic does."""

    async def scenario(store):
        high = (await store.claim(1, 7, beyond=3 * 2**32 + 9)).term
        assert high == 4 * 2**32 + 7
        assert (await store.claim(2, 9, beyond=high)).term == 4 * 2**32 + 9
        assert (await store.claim(2, 9, beyond=5)).term == 4 * 2**32 + 9

    run(scenario)


def test_a_store_that_was_lost_answers_its_owner_nothing(on_machine):
    """Not one old or missing state is read or written after a FLUSHALL."""

    async def scenario(machine):
        store, (a,) = machine.store, keys_of(0, 1)
        hold = await store.save(await store.claim(0, 4), {a: b"1"}, 1, {a: 5})
        await machine.lose()
        await every_call_is_refused(store, hold, a, RolledBack)
        assert await store.count(0) == 0
        again = await store.claim(0, 4)
        assert (again.term, again.marker, again.whole) == (hold.term, None, None)
        await store.save(again, {a: b"1"}, 1, {})

    on_machine(scenario)


def test_a_store_that_was_put_back_to_an_older_copy_answers_its_owner_nothing(on_machine):
    """Also when the copy is of the same owner; what the owner then restores from is the copy's own marker."""

    async def scenario(machine):
        store, (a,) = machine.store, keys_of(0, 1)
        hold = await store.save(await store.claim(0, 4), {a: b"1"}, 1, {a: 5}, ends={"x": 1}, whole=True)
        await machine.copy()
        hold = await store.save(hold, {a: b"2"}, 2, {a: 6}, ends={"x": 2})
        await machine.put_back()
        await every_call_is_refused(store, hold, a, RolledBack)
        again = await store.claim(0, 4)
        assert (again.marker, again.ends) == (1, {"x": 1})
        assert await store.load_many(again, [a]) == {a: b"1"}

    on_machine(scenario)


def test_a_store_that_was_put_back_behind_a_change_of_owner_answers_the_new_owner_nothing(on_machine):
    """The copy may even let the old owner in: the new one notices at its next step."""

    async def scenario(machine):
        store, (a,) = machine.store, keys_of(0, 1)
        old = await store.save(await store.claim(0, 4), {a: b"1"}, 1, {})
        await machine.copy()
        hold = await store.claim(0, 5)
        await machine.put_back()
        await every_call_is_refused(store, hold, a, RolledBack)
        await store.save(old, {a: b"late"}, 2, {})
        again = await store.claim(0, 5)
        assert (again.term, again.marker) == (hold.term, 2)
        await every_call_is_refused(store, old, a, Fenced)

    on_machine(scenario)


def test_a_save_whose_answer_was_lost_may_be_repeated(run):
    """The owner knows the marker before it, and the store has the one after it: the same save is no rollback."""

    async def scenario(store):
        (a,) = keys_of(0, 1)
        before = await store.save(await store.claim(0, 4), {a: b"1"}, 1, {})
        once = await store.save(before, {a: b"2"}, 2, {a: 7}, ends={"x": 1})
        assert await store.save(before, {a: b"2"}, 2, {a: 7}, ends={"x": 1}) == once
        assert await store.load_many(once, [a]) == {a: b"2"}
        with pytest.raises(RolledBack):
            await store.save(before, {a: b"3"}, 3, {})

    run(scenario)


def test_wake_ups_come_earliest_first_and_limited(run):
    """Ties by key, and none before its time."""

    async def scenario(store):
        a, b, c, d = keys_of(1, 4)
        states = dict.fromkeys((a, b, c, d), b"x")
        hold = await store.save(await store.claim(1, 1), states, 4, {d: 20, a: 30, c: 20, b: 2_000_000_000_123})
        assert await store.due(hold, 19, 10) == []
        assert await store.due(hold, 20, 10) == sorted([c, d])
        assert await store.due(hold, 30, 10) == [*sorted([c, d]), a]
        assert await store.due(hold, 30, 1) == [min(c, d)]
        assert await store.next_due(1) == 20
        await store.save(hold, {}, None, {c: None, d: None, a: None})
        assert await store.next_due(1) == 2_000_000_000_123
        assert await store.next_due(0) is None

    run(scenario)


def test_wipe_forgets_one_partition_with_its_fence(run):
    """And nothing of its neighbours."""

    async def scenario(store):
        (a,), (b,) = keys_of(0, 1), keys_of(1, 1)
        await store.save(await store.claim(0, 9), {a: b"A"}, 3, {a: 1})
        other = await store.save(await store.claim(1, 9), {b: b"B"}, 3, {b: 1})
        await store.wipe(0)
        await store.wipe(0)
        assert await store.marker(0) is None
        assert await store.next_due(0) is None
        hold = await store.claim(0, 1)
        assert await store.load_many(hold, [a]) == {}
        await store.save(hold, {}, 1, {})
        assert await store.load_many(other, [b]) == {b: b"B"}

    run(scenario)


def test_reads_from_outside_find_a_key_and_list_by_prefix(run):
    """Whoever owns the partitions."""

    async def scenario(store):
        wanted, other = {}, {}
        for n in range(1500):
            key = f"r*[{n}".encode()
            wanted[key] = str(n).encode()
            other[f"u:{n}".encode()] = b"unit"
        for states in (wanted, other):
            for partition in range(PARTITIONS):
                mine = {k: v for k, v in states.items() if partition_of(k, PARTITIONS) == partition}
                await store.save(await store.claim(partition, 1), mine, None, {})
        assert await store.get(b"r*[7") == b"7"
        assert await store.get(b"nobody") is None
        found = [item async for item in store.scan(b"r*[")]
        assert len(found) == 1500
        assert dict(found) == wanted
        assert len([key async for key, _ in store.scan()]) == 3000

    run(scenario)


def test_a_large_save_is_one_write(run):
    """More than a script's stack holds at once."""

    async def scenario(store):
        keys, claimed = keys_of(3, 9000), await store.claim(3, 1)
        states, due = dict.fromkeys(keys, b"s"), {key: n for n, key in enumerate(keys)}
        hold = await store.save(claimed, states, 9000, due)
        assert await store.count(3) == len(keys) == 9000
        assert len(await store.due(hold, 10_000, 20_000)) == 9000
        await store.save(hold, dict.fromkeys(keys[:4500]), 9001, dict.fromkeys(keys[4500:]))
        assert await store.count(3) == 4500
        assert await store.next_due(3) is None

    run(scenario)


def test_a_store_that_does_not_answer_asks_for_a_retry():
    """And quotes nothing of what it was asked."""

    async def scenario() -> None:
        store = RedisStore.from_url("redis://127.0.0.1:1/0", partitions=1, partition_of=partition_of)
        hold = Hold(0, 1)
        calls = (store.load_many(hold, [b"secret"]), store.save(hold, {b"secret": b"v"}, 1, {}), store.claim(0, 1))
        for call in calls:
            with pytest.raises(StoreUnavailable) as failure:
                await call
            assert "secret" not in str(failure.value)
        await store.close()

    asyncio.run(scenario())
