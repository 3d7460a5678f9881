"""The workers of one run, and their supervisor: whoever ends while wanted is started again, as a cluster would."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from hub.node.ending import ended
from tests.faults.bench import Bench
from tests.faults.breeding import Child, Nursery
from tests.faults.plan import Plan
from tests.faults.worker import ORDERS, PLANTED

_URL = re.compile(r"HTTP http://127\.0\.0\.1:(\d+)")


@dataclass
class Slot:
    """A place for one worker."""

    number: int
    wanted: bool = False
    child: Child | None = None
    births: int = 0

    @property
    def alive(self) -> bool:
        return self.child is not None and self.child.alive


@dataclass
class Team:
    """Three places at most."""

    plan: Plan
    bench: Bench
    nursery: Nursery
    folder: Path
    slots: list[Slot] = field(default_factory=lambda: [Slot(number) for number in range(3)])
    ends: Counter[int] = field(default_factory=Counter)
    _supervising: asyncio.Task[None] | None = None

    def begin(self, workers: int) -> None:
        for slot in self.slots[:workers]:
            slot.wanted = True
        self._supervising = asyncio.create_task(self._supervise())

    @property
    def alive(self) -> list[Slot]:
        return [slot for slot in self.slots if slot.alive]

    def pick(self, target: int) -> Slot | None:
        """One of the living."""
        return self.alive[target % len(self.alive)] if self.alive else None

    def by_pid(self, pid: int) -> Child | None:
        return next((slot.child for slot in self.alive if slot.child and slot.child.pid == pid), None)

    async def end(self, slot: Slot, number: int = signal.SIGTERM, seconds: float = 40.0) -> None:
        """Ask a worker to go, and do not replace it."""
        slot.wanted = False
        if slot.child is not None:
            slot.child.signal(number)
            if not await slot.child.gone(seconds):
                await slot.child.kill()

    async def end_all(self, number: int = signal.SIGTERM) -> None:
        """Nobody works afterwards, nor will."""
        await asyncio.gather(*(self.end(slot, number) for slot in self.slots))

    async def close(self) -> None:
        if self._supervising is not None:
            await ended(self._supervising)
        for slot in self.slots:
            slot.wanted = False
            if slot.child is not None:
                await slot.child.kill()

    async def ready(self, slot: Slot, seconds: float = 60.0) -> bool:
        """Wait until a worker says that it is ready."""
        deadline = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < deadline:
            if slot.child is not None and slot.alive and await is_ready(slot.child.log):
                return True
            await asyncio.sleep(0.1)
        return False

    async def _supervise(self) -> None:
        while True:
            for slot in self.slots:
                if slot.child is not None and not slot.child.alive:
                    self.ends[slot.child.code or 0] += 1
                    slot.child = None
                if slot.wanted and slot.child is None:
                    await self._bear(slot)
            await asyncio.sleep(0.1)

    async def _bear(self, slot: Slot) -> None:
        slot.births += 1
        log = self.folder / f"worker-{slot.number}-{slot.births}.log"
        here = {"HUB_INSTANCE": f"slot-{slot.number}"} if self.plan.named else {}
        slot.child = await self.nursery.bear("worker", {**self.environment(), **here}, log)

    def environment(self) -> dict[str, str]:
        """Of a worker, and of `hub rebuild`."""
        plan, kept = self.plan, ("PATH", "HOME", "LANG")
        return {
            **{name: os.environ[name] for name in kept if name in os.environ},
            "PYTHONHASHSEED": "0",
            "HUB_CITY": "4298",
            "HUB_HTTP_PORT": "0",
            "HUB_DATA_DIR": str(self.folder),
            "HUB_KAFKA_BOOTSTRAP": self.bench.cluster.bootstrap,
            "HUB_REDIS_URL": self.bench.redis_url,
            "HUB_PARTITIONS": str(plan.partitions),
            "HUB_BATCH_RECORDS": str(plan.batch_records),
            "HUB_SESSION_TIMEOUT_SECONDS": f"{plan.session_seconds:g}",
            **({"HUB_DELIVERY": plan.delivery} if plan.delivery != "idempotent" else {}),
            **({"HUB_SCHEMA_REGISTRY_URL": self.bench.registry.url} if plan.registry else {}),
            ORDERS: str(self.folder / "orders"),
            **({PLANTED: plan.planted} if plan.planted else {}),
        }


async def is_ready(log: Path) -> bool:
    """What `/readyz` of the worker that writes this log says."""
    told = _URL.search(log.read_text(errors="replace")) if log.exists() else None
    if told is None:
        return False
    try:
        reader, writer = await asyncio.wait_for(asyncio.open_connection("127.0.0.1", int(told[1])), 2.0)
        writer.write(b"GET /readyz HTTP/1.0\r\nHost: localhost\r\n\r\n")
        answer = await asyncio.wait_for(reader.read(64), 2.0)
        writer.close()
    except (OSError, TimeoutError):
        return False
    return b" 200 " in answer
