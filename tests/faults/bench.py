"""What a laboratory job works on: broker and store of its own on small disks, a proxy before each, and a nursery."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import subprocess
import time
from contextlib import AsyncExitStack
from pathlib import Path

from kafka.admin import KafkaAdminClient
from kafka.errors import (
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    GroupIdNotFoundError,
    KafkaError,
    NonEmptyGroupError,
    NotCoordinatorError,
)

from hub.node.parts import GROUP
from hub.runtime.topics import ensure_topics
from tests.faults.breeding import Clock, Nursery
from tests.faults.ground import can_compile, mount_small
from tests.faults.plan import Plan
from tests.faults.proxy import Link
from tests.faults.registry import Registry
from tests.faults.watch import ALL_TOPICS
from tools.services.kafka import KafkaCluster
from tools.services.ports import free_port
from tools.services.redis import RedisServer

_PASSING = (CoordinatorNotAvailableError, CoordinatorLoadInProgressError, NotCoordinatorError, NonEmptyGroupError)
KAFKA_DISK, REDIS_DISK = "1200m", "200m"
ROOMY = ("6g", "3g")  # for what sends a large city
_BALLAST = "ballast"
_OVERRIDES = {
    "group.min.session.timeout.ms": "1000",
    "log.segment.delete.delay.ms": "1000",
    "group.initial.rebalance.delay.ms": "0",
}


class SmallDisk:
    """A tmpfs: fast, and soon full; where none may be mounted, a plain folder that never is."""

    def __init__(self, folder: Path, size: str) -> None:
        self.folder = folder
        self.is_small = False
        self._size = size

    def __enter__(self) -> SmallDisk:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.is_small = mount_small(self.folder, self._size)
        return self

    def __exit__(self, *_: object) -> None:
        if not self.is_small:
            shutil.rmtree(self.folder, ignore_errors=True)
            return
        for _attempt in range(20):
            if subprocess.run(["umount", str(self.folder)], check=False, capture_output=True).returncode == 0:
                return
            time.sleep(0.1)
        subprocess.run(["umount", "-l", str(self.folder)], check=False, capture_output=True)

    def fill(self) -> None:
        """No byte is left afterwards. Only where it is small: others live on what is not."""
        assert self.is_small
        with contextlib.suppress(OSError), (self.folder / _BALLAST).open("wb", buffering=0) as ballast:
            while True:
                ballast.write(bytes(256 * 1024))

    def relieve(self) -> None:
        (self.folder / _BALLAST).unlink(missing_ok=True)


class Bench:
    """`async with Bench(folder, nodes=1) as bench:` then `await bench.fresh(plan)` before every run."""

    def __init__(self, folder: Path, nodes: int = 1, disks: tuple[str, str] = (KAFKA_DISK, REDIS_DISK)) -> None:
        """`disks`: how large Kafka's and Redis' are."""
        self.folder = folder
        self._disks = disks
        self.nodes = nodes
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Bench:
        try:
            await self._open()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def _open(self) -> None:
        enter, links = self._stack.enter_context, self._stack.enter_async_context
        self.folder.mkdir(parents=True, exist_ok=True)
        self.kafka_disk = enter(SmallDisk(self.folder / "kafka", self._disks[0]))
        self.redis_disk = enter(SmallDisk(self.folder / "redis", self._disks[1]))
        fronts = {number: free_port() for number in range(self.nodes)}
        self.cluster = KafkaCluster(self.kafka_disk.folder, self.nodes, _OVERRIDES, advertised=fronts, heap="320m")
        self.redis = RedisServer(self.redis_disk.folder, persist=True)
        self._stack.callback(self.cluster.kill)
        self._stack.callback(self.redis.kill)
        await asyncio.to_thread(self.cluster.start)
        await asyncio.to_thread(self.redis.start)
        self.kafka_links = [await links(Link(port, self.cluster.node(number).port)) for number, port in fronts.items()]
        self.redis_link = await links(Link(free_port(), self.redis.port))
        self.registry = await links(Registry(free_port()))
        self.clock = Clock(self.folder)
        self.nursery = await links(Nursery())
        self._clocked: Nursery | None = None

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    @property
    def redis_url(self) -> str:
        """Through the proxy."""
        return f"redis://127.0.0.1:{self.redis_link.port}/0"

    async def nursery_for(self, plan: Plan) -> Nursery:
        """A nursery of its own where time is ours to set."""
        if not plan.clock or not can_compile():
            return self.nursery
        if self._clocked is None:
            self._clocked = await self._stack.enter_async_context(Nursery(self.clock))
        return self._clocked

    async def fresh(self, plan: Plan) -> None:
        """Empty topics, no group, an empty store."""
        self.heal()
        await asyncio.to_thread(self._renew_store)
        try:
            await asyncio.to_thread(self._renew_topics, plan)
        except (KafkaError, RuntimeError, TimeoutError, AssertionError):
            await asyncio.to_thread(self.cluster.reset)
            await asyncio.to_thread(self._renew_topics, plan)

    def heal(self) -> None:
        """End every fault of disks, links and processes."""
        for disk in (self.kafka_disk, self.redis_disk):
            disk.relieve()
        for link in (*self.kafka_links, self.redis_link):
            link.heal()
        self.registry.mood = "well"
        self.clock.set(0)
        for node in self.cluster.nodes:
            node.resume()
            if not node.alive:
                node.start()
        self.redis.resume()
        if not self.redis.alive:
            self.redis.start()

    def _renew_store(self) -> None:
        self.redis.kill()
        shutil.rmtree(self.redis.data, ignore_errors=True)
        shutil.rmtree(self.redis.folder / "snapshots", ignore_errors=True)
        self.redis.start()

    def _renew_topics(self, plan: Plan) -> None:
        with self.cluster.admin() as admin:
            there = sorted(set(admin.list_topics()) & set(ALL_TOPICS))
            if there:
                admin.delete_topics(there)
            forget_group(admin)
            deadline = time.monotonic() + 20
            while set(admin.list_topics()) & set(ALL_TOPICS):
                if time.monotonic() > deadline:
                    raise TimeoutError("topics do not go")
                time.sleep(0.05)
        ensure_topics(self.cluster.internal_bootstrap, plan.partitions)


def forget_group(admin: KafkaAdminClient, seconds: float = 30.0) -> None:
    """Delete the group with its offsets; members that died must first be missed by the broker."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            found = admin.delete_groups([GROUP])
        except GroupIdNotFoundError:
            return
        except _PASSING:
            if time.monotonic() > deadline:
                raise
        else:
            if all(answer in ("OK", None) or "NotFound" in str(answer) for answer in found.values()):
                return
            if time.monotonic() > deadline:
                raise TimeoutError(f"the group does not go: {found}")
        time.sleep(0.1)
