"""A toy pipeline with the shape of the real one, and a worker process around it.

Every message is an event with an id; the state of a key is the set of its ids. Nothing lost and nothing twice can be
read off the final state; what was done twice in between can be read off the log of handled offsets.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec

from hub.runtime.partitioner import partition_of
from hub.runtime.records import Batch, Effects, Offsets, Out
from hub.runtime.restore import ReaderSettings, Restored, open_changelog, restore
from hub.runtime.transport import TransportSettings
from hub.runtime.worker import HubApp, WorkerSettings, build_app, run_forever
from hub.store.ports import Hold, SubjectStore
from hub.store.redis import RedisStore

PARTITIONS = 4


class Toy(msgspec.Struct, frozen=True):
    """What a worker process is told. `die_at`: kill -9 of itself at `<moment>:<nth batch>`."""

    bootstrap: str
    redis_url: str
    group: str
    source: str
    states: str
    journal: str
    die_at: str = ""
    delay: float = 0.0
    max_records: int = 200
    retry_limit: float = 60.0
    fault: str = ""

    def settings(self) -> WorkerSettings:
        settings = WorkerSettings(
            group=self.group,
            bootstrap=self.bootstrap,
            commit_interval=0.2,
            tick_interval=0.2,
            transport=TransportSettings(max_records=self.max_records),
        ).embedded()
        return replace(
            settings,
            session_timeout=2.0,
            heartbeat=0.4,
            rebalance_timeout=2.0,
            retry=replace(settings.retry, give_up=self.retry_limit),
        )


class Counting:
    """The handler: load, merge, write the new states, remember where in the changelog they end."""

    def __init__(self, toy: Toy, store: SubjectStore) -> None:
        self._toy = toy
        self._store = store
        self._batches = 0
        self.holds: dict[int, Hold] = {}
        self.restored: list[Restored] = []
        self.ticks = 0
        self.started_fresh: Callable[[str, int], bool] = lambda topic, partition: False

    async def assigned(self, topic: str, partition: int, generation: int) -> None:
        hold = await self._store.claim(partition, generation, fresh_group=self.started_fresh(topic, partition))
        settings = ReaderSettings(bootstrap=self._toy.bootstrap, topic=self._toy.states, idle_end=0.25)
        async with open_changelog(settings) as changelog:
            self.restored.append(await restore(hold, changelog, self._store, lambda _: None))
        self.holds[partition] = self.restored[-1].hold

    async def revoked(self, topic: str, partition: int, generation: int) -> None:
        self.holds.pop(partition, None)

    async def handle(self, batch: Batch) -> Effects:
        self._batches += 1
        if self._toy.fault == "bug":
            raise ValueError(bytes.fromhex("736563726574").decode())  # spelt so that the source line does not say it
        if self._toy.fault == "down":
            raise ConnectionError("redis is down")
        if self._toy.delay:
            await asyncio.sleep(self._toy.delay)
        self._die_at("handle")
        events: defaultdict[bytes, set[bytes]] = defaultdict(set)
        for record in batch.records:
            events[record.key or b""].add(record.value or b"")
        known = await self._store.load_many(self.holds[batch.partition], list(events))
        states: dict[bytes, bytes | None] = {}
        for key, ids in events.items():
            states[key] = b",".join(sorted(ids.union(known[key].split(b",") if key in known else ())))

        async def commit(written: Offsets) -> None:
            self._die_at("produced")
            marker = written[self._toy.states, batch.partition]
            hold = self.holds[batch.partition]
            self.holds[batch.partition] = await self._store.save(hold, states, marker, {})
            with Path(self._toy.journal).open("a") as journal:
                journal.write(f"{batch.partition} {batch.first_offset} {batch.last_offset} {os.getpid()}\n")
            self._die_at("committed")

        return Effects([Out(self._toy.states, k, v, batch.partition) for k, v in states.items()], commit)

    async def tick(self, topic: str, partition: int, now_ms: int) -> Effects:
        self.ticks += 1
        return Effects()

    def _die_at(self, moment: str) -> None:
        if self._toy.die_at == f"{moment}:{self._batches}":
            os.kill(os.getpid(), signal.SIGKILL)


def make_app(toy: Toy) -> HubApp:
    store = RedisStore.from_url(toy.redis_url, partitions=PARTITIONS, partition_of=partition_of)
    handler = Counting(toy, store)
    app = build_app(toy.settings(), {"toy": ([toy.source], handler)})
    handler.started_fresh = app.runtime.started_fresh
    return app


def main() -> int:
    logging.basicConfig(level=logging.INFO)  # so that tests see everything Faust says, too
    toy = msgspec.json.decode(sys.argv[1].encode(), type=Toy)
    return run_forever(lambda: make_app(toy), stop_timeout=15.0)


if __name__ == "__main__":
    sys.exit(main())
