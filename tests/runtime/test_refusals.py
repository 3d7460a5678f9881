"""What a hub refuses to start with, because something would be lost or not be what was asked for."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka.errors import KafkaConnectionError

from hub.cli import main
from hub.config import load_settings
from hub.errors import EXIT_UNAVAILABLE, Misplaced, RefuseToStart, StoreUnavailable
from hub.node.layout import check_layout, keep_layout
from hub.node.parts import make_parts
from hub.node.run import starting
from hub.runtime.partitioner import partition_of
from hub.runtime.restore import Changes, restore
from hub.runtime.topics import SUBJECTS, TOPICS, Ensured
from hub.store.memory import MemoryStore

FOUND = dict.fromkeys((spec.name for spec in TOPICS), 4)


class Changelog:
    """A partition of the topic with these keys; those without a state were moved away."""

    def __init__(self, *entries: tuple[bytes, bytes | None]) -> None:
        self._entries = entries

    async def bounds(self, partition: int) -> tuple[int, int]:
        return 0, len(self._entries)

    async def read(self, partition: int, start: int):
        yield Changes([(key, state, 0) for key, state in self._entries[start:]], len(self._entries))


def test_transactions_are_refused_on_a_broker_that_has_none():
    """The embedded broker would take the setting and not keep it."""
    settings = load_settings({"HUB_DELIVERY": "transactional"}, fictional_default=True)
    with pytest.raises(RefuseToStart, match="HUB_DELIVERY: the embedded broker has no transactions"):
        make_parts(settings, "127.0.0.1:1", Ensured([], FOUND, embedded=True))


def test_another_number_of_partitions_is_refused_and_the_first_is_remembered():
    """A subject would be looked for where it is not; the sentence says what to run."""

    async def main() -> None:
        store = MemoryStore()
        await check_layout(store, 4, keeps=False)
        assert await store.layout() is None
        await check_layout(store, 4)
        await check_layout(store, 4)
        with pytest.raises(RefuseToStart, match=rf"{SUBJECTS} has 6 partitions, .* in 4: .*hub repartition --to 6"):
            await check_layout(store, 6)
        with pytest.raises(RefuseToStart):
            await check_layout(store, 6, keeps=False)

    asyncio.run(main())


def test_a_store_that_forgot_is_told_again_and_no_other_number():
    """Whoever restores a partition of a lost store says how it is kept; what it was kept for before stands."""

    async def main() -> None:
        store = MemoryStore()
        await keep_layout(store, 4)
        assert await store.layout() == 4
        await keep_layout(store, 6)
        assert await store.layout() == 4

    asyncio.run(main())


class Busy(MemoryStore):
    """Does not answer the first few times."""

    patience = 3

    async def layout(self) -> int | None:
        self._refuse()
        return await super().layout()

    async def set_layout(self, partitions: int) -> None:
        self._refuse()
        await super().set_layout(partitions)

    def _refuse(self) -> None:
        self.patience -= 1
        if self.patience in (0, 2):
            raise StoreUnavailable("redis: ConnectionError")


def test_a_store_that_goes_away_while_we_start_is_waited_for(caplog):
    """It answered a moment ago; a worker that ended with a traceback for it would be taken for broken."""

    async def main() -> None:
        store = Busy()
        await check_layout(store, 4)
        assert await store.layout() == 4

    asyncio.run(main())
    assert "the store does not answer yet (StoreUnavailable, attempt 1)" in caplog.text


@pytest.mark.parametrize("gone", [KafkaConnectionError(), StoreUnavailable("redis: ConnectionError")])
def test_a_service_that_goes_away_while_we_start_is_no_bug_of_ours(gone, monkeypatch, capsys):
    """`hub worker` says in one sentence what happened, and by its exit code that it wants to be started again."""

    async def hopeless(*_: object, **__: object) -> int:
        with starting():
            raise gone

    monkeypatch.setattr("hub.cli.live._run", hopeless)
    # Services that other tests have started live in threads of this process, which must go on all the same.
    monkeypatch.setattr("hub.cli.console.end_process", lambda code: code)
    monkeypatch.setattr("sys.argv", ["hub", "worker"])
    monkeypatch.setenv("HUB_CITY", "4298")
    monkeypatch.setenv("HUB_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    monkeypatch.setenv("HUB_REDIS_URL", "redis://127.0.0.1:1/0")
    with pytest.raises(SystemExit) as ended:
        main()
    told = capsys.readouterr().err
    assert ended.value.code == EXIT_UNAVAILABLE, told
    assert type(gone).__name__ in told
    assert "Traceback" not in told


def key_in(partition: int, count: int, nth: int = 0) -> bytes:
    return [key for n in range(1000) if partition_of(key := b"r-%d" % n, count) == partition][nth]


@pytest.mark.parametrize("moved_away", [False, True])
def test_states_of_keys_that_belong_elsewhere_end_the_worker(moved_away):
    """Where the store does not know the number any more, the keys tell; those that were moved away are no matter."""

    async def main() -> None:
        store, here, there = MemoryStore(), key_in(0, 6), key_in(3, 6)
        log = [(here, b"s"), (there, b"s"), *([(there, None)] if moved_away else [])]
        hold = await store.claim(0, 1)

        async def bring_up():
            belongs = lambda key: partition_of(key, 6) == 0  # noqa: E731
            return await restore(hold, Changelog(*log), store, lambda _: None, belongs=belongs)

        if not moved_away:
            with pytest.raises(Misplaced, match="hub repartition"):
                await bring_up()
            assert (await store.claim(0, 1)).whole is None
            return
        assert (await bring_up()).hold.whole is not None
        assert {key async for key, _ in store.scan()} == {here}

    asyncio.run(main())
