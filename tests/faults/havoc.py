"""The faults. Each begins, lasts, and ends by itself; afterwards everything that was broken works again.

A method is the kind of fault of its name. It returns how many faults it was: none if its moment never came.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Protocol

from hub.node.parts import GROUP
from hub.runtime.topics import CLAIMS
from tests.faults.agencies import Agencies
from tests.faults.bench import Bench, forget_group
from tests.faults.city import within_today
from tests.faults.ground import can_compile
from tests.faults.orders import Order, Orders
from tests.faults.plan import Fault, Plan
from tests.faults.proxy import Link
from tests.faults.team import Team
from tests.faults.watch import Watcher

_PATIENCE = 12.0  # seconds after the stream's end for which an order waits to be taken
_VICTIMS = {
    **dict.fromkeys(("broker_kill", "broker_pause", "broker_full", "leader_kill"), "broker"),
    **dict.fromkeys(("store_kill", "store_pause", "store_flush", "store_roll_back", "store_full"), "store"),
    **dict.fromkeys(("roll", "scale", "rewind", "forget_group"), "team"),
    "clock": "clock",
    "registry_down": "registry",
}


class Scene(Protocol):
    """What a fault may lay hands on."""

    plan: Plan
    bench: Bench
    team: Team
    orders: Orders
    agencies: Agencies
    watcher: Watcher
    hit: list[str]


class Havoc:
    """`await Havoc(scene).wreak(fault, name)`."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._bench = scene.bench
        self._team = scene.team
        # One thing is broken in one way at a time: nobody starts a broker that another fault keeps down.
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def wreak(self, fault: Fault, name: str) -> int:
        """Wait for the fault's moment, let it happen, wait for its end."""
        while self._scene.agencies.share < fault.at:
            await asyncio.sleep(0.02)
        kind: Callable[[Fault, str], Awaitable[int]] = getattr(self, fault.kind)
        what = _VICTIMS.get(fault.kind) or (f"wire {fault.target}" if fault.kind.startswith("wire") else name)
        async with self._locks[what]:
            return await kind(fault, name)

    # --- workers ----------------------------------------------------------------------------------------------------

    async def kill(self, fault: Fault, name: str) -> int:
        """kill -9, wherever the worker is."""
        slot = self._team.pick(fault.target)
        if slot is None or slot.child is None:
            return 0
        await slot.child.kill()
        return 1

    async def kill_at(self, fault: Fault, name: str) -> int:
        """kill -9 at a named point: the worker does it itself."""
        pid = await self._order(fault, name, "kill")
        if pid is None:
            return 0
        if (child := self._team.by_pid(pid)) is not None:
            await child.gone(20.0)
        return 1

    async def pause(self, fault: Fault, name: str) -> int:
        """SIGSTOP for a while. Longer than the session: a zombie wakes."""
        slot = self._team.pick(fault.target)
        if slot is None or slot.child is None:
            return 0
        child = slot.child
        child.signal(signal.SIGSTOP)
        await asyncio.sleep(fault.seconds)
        child.signal(signal.SIGCONT)
        return 1

    async def pause_at(self, fault: Fault, name: str) -> int:
        """SIGSTOP at a named point: the zombie wakes amid its effects."""
        pid = await self._order(fault, name, "stop")
        if pid is None:
            return 0
        await asyncio.sleep(fault.seconds)
        if (child := self._team.by_pid(pid)) is not None:
            child.signal(signal.SIGCONT)
        return 1

    async def slow(self, fault: Fault, name: str) -> int:
        """A worker that takes long over each of a few batches."""
        taken = 0
        for number in range(4):
            order = Fault(fault.kind, fault.at, fault.seconds, fault.point, fault.lane, fault.nth)
            taken += await self._order(order, f"{name}-{number}", "slow", fault.seconds) is not None
        return min(1, taken)

    async def roll(self, fault: Fault, name: str) -> int:
        """Every worker in turn: SIGTERM, and the next when its successor is ready."""
        for slot in [slot for slot in self._team.slots if slot.wanted]:
            await self._team.end(slot)
            slot.wanted = True
            await self._team.ready(slot)
        return 1

    async def scale(self, fault: Fault, name: str) -> int:
        """One worker becomes three, then one again; who stays is not who was first."""
        await self._grow(3)
        await asyncio.sleep(fault.seconds)
        await asyncio.gather(*(self._team.end(slot) for slot in self._team.slots[:2]))
        return 1

    async def _grow(self, workers: int) -> None:
        for slot in self._team.slots[:workers]:
            slot.wanted = True
        await asyncio.gather(*(self._team.ready(slot) for slot in self._team.slots[:workers]))

    async def _order(self, fault: Fault, name: str, act: str, seconds: float = 0.0) -> int | None:
        scene = self._scene
        scene.orders.give(Order(name, act, fault.point, fault.lane, fault.nth, seconds))
        over = None
        while (pid := scene.orders.taken_by(name)) is None:
            if scene.agencies.share >= 1:
                now = asyncio.get_running_loop().time()
                over = over or now + _PATIENCE
                if (now > over or scene.watcher.last.lag == 0) and scene.orders.withdraw(name):
                    return None
            await asyncio.sleep(0.05)
        scene.hit.append(f"{act} {fault.lane or 'any'}.{fault.point}")
        return pid

    # --- the broker -------------------------------------------------------------------------------------------------

    async def broker_kill(self, fault: Fault, name: str) -> int:
        """kill -9 of a broker, and its return after a while."""
        node = self._bench.cluster.node(fault.target % self._bench.nodes)
        await asyncio.to_thread(node.kill)
        await asyncio.sleep(fault.seconds)
        await asyncio.to_thread(node.start)
        return 1

    async def broker_pause(self, fault: Fault, name: str) -> int:
        """A broker that says nothing for a while."""
        node = self._bench.cluster.node(fault.target % self._bench.nodes)
        node.pause()
        await asyncio.sleep(fault.seconds)
        node.resume()
        return 1

    async def leader_kill(self, fault: Fault, name: str) -> int:
        """kill -9 of the leader of a partition of claims, one of three nodes."""
        partition = fault.target % self._scene.plan.partitions
        leader = await asyncio.to_thread(self._bench.cluster.leader_of, CLAIMS, partition)
        node = self._bench.cluster.node(leader)
        await asyncio.to_thread(node.kill)
        await asyncio.sleep(fault.seconds)
        await asyncio.to_thread(node.start)
        return 1

    async def broker_full(self, fault: Fault, name: str) -> int:
        """The broker's disk is full: it ends. Room is made, and it is started again."""
        if not self._bench.kafka_disk.is_small:
            return 0
        self._bench.kafka_disk.fill()
        await asyncio.sleep(fault.seconds)
        self._bench.kafka_disk.relieve()
        node = self._bench.cluster.node(0)
        if not node.alive:
            await asyncio.to_thread(node.start)
        return 1

    async def rewind(self, fault: Fault, name: str) -> int:
        """The group's offsets are set back by a share, while nobody works."""
        return await self._tamper(lambda: self._rewind(fault.amount))

    async def forget_group(self, fault: Fault, name: str) -> int:
        """The group is deleted: everything is read again, and generations are counted anew."""
        return await self._tamper(self._forget)

    async def _tamper(self, with_group: Callable[[], None]) -> int:
        working = [slot for slot in self._team.slots if slot.wanted]
        await asyncio.gather(*(self._team.end(slot) for slot in working))
        await asyncio.to_thread(with_group)
        for slot in working:
            slot.wanted = True
        return 1

    def _rewind(self, share: float, seconds: float = 30.0) -> None:
        """Dead members must be missed by the broker first; so it is done until it is seen to be done."""
        deadline = time.monotonic() + seconds
        with self._bench.cluster.admin() as admin:
            found = admin.list_group_offsets(GROUP)[GROUP]
            wanted = {tp: at._replace(offset=int(at.offset * (1 - share))) for tp, at in found.items()}
            while {tp: at.offset for tp, at in found.items()} != {tp: at.offset for tp, at in wanted.items()}:
                if time.monotonic() > deadline:
                    raise TimeoutError("the group's offsets cannot be set back")
                admin.alter_group_offsets(GROUP, wanted)
                time.sleep(0.1)
                found = admin.list_group_offsets(GROUP)[GROUP]

    def _forget(self) -> None:
        with self._bench.cluster.admin() as admin:
            forget_group(admin)

    # --- the store --------------------------------------------------------------------------------------------------

    async def store_kill(self, fault: Fault, name: str) -> int:
        """kill -9 of Redis; its files stay."""
        await asyncio.to_thread(self._bench.redis.kill)
        await asyncio.sleep(fault.seconds)
        await asyncio.to_thread(self._bench.redis.start)
        return 1

    async def store_pause(self, fault: Fault, name: str) -> int:
        """A store that says nothing for a while."""
        self._bench.redis.pause()
        await asyncio.sleep(fault.seconds)
        self._bench.redis.resume()
        return 1

    async def store_flush(self, fault: Fault, name: str) -> int:
        """FLUSHALL, while workers work."""
        await asyncio.to_thread(self._bench.redis.flush)
        return 1

    async def store_roll_back(self, fault: Fault, name: str) -> int:
        """A snapshot now; a share of the stream later Redis is back at it."""
        await asyncio.to_thread(self._bench.redis.snapshot, name)
        done, since = self._scene.agencies, asyncio.get_running_loop().time()
        while done.share < min(1.0, fault.at + fault.amount) and asyncio.get_running_loop().time() < since + 30:
            await asyncio.sleep(0.05)
        await asyncio.to_thread(self._bench.redis.roll_back, name)
        return 1

    async def store_full(self, fault: Fault, name: str) -> int:
        """The store's disk is full. Room is made; it is started again if it ended."""
        if not self._bench.redis_disk.is_small:
            return 0
        self._bench.redis_disk.fill()
        await asyncio.sleep(fault.seconds)
        self._bench.redis_disk.relieve()
        if not self._bench.redis.alive:
            await asyncio.to_thread(self._bench.redis.start)
        return 1

    # --- the wires --------------------------------------------------------------------------------------------------

    async def wire_drop(self, fault: Fault, name: str) -> int:
        """Everything is swallowed."""
        for link in self._links(fault):
            link.silent = True
        return await self._heal_after(fault)

    async def wire_delay(self, fault: Fault, name: str) -> int:
        """Everything comes late, `amount` milliseconds each way."""
        for link in self._links(fault):
            link.delay = fault.amount / 1000
        return await self._heal_after(fault)

    async def wire_reset(self, fault: Fault, name: str) -> int:
        """Every connection is reset, and again, for as long as it lasts."""
        for _ in range(max(1, int(fault.seconds / 0.4))):
            for link in self._links(fault):
                link.reset()
            await asyncio.sleep(0.4)
        return 1

    async def wire_half_close(self, fault: Fault, name: str) -> int:
        """Every connection is closed on one side."""
        for link in self._links(fault):
            link.half_close()
        return 1

    async def wire_closed(self, fault: Fault, name: str) -> int:
        """Nobody gets through, old connections included."""
        for link in self._links(fault):
            link.closed = True
            link.reset()
        return await self._heal_after(fault)

    def _links(self, fault: Fault) -> list[Link]:
        return [self._bench.redis_link] if fault.target else list(self._bench.kafka_links)

    async def _heal_after(self, fault: Fault) -> int:
        await asyncio.sleep(fault.seconds)
        for link in self._links(fault):
            link.heal()
        return 1

    # --- the world --------------------------------------------------------------------------------------------------

    async def clock(self, fault: Fault, name: str) -> int:
        """The workers' clocks jump by `amount` seconds, and stay so for a while; then they jump back."""
        if not can_compile():
            return 0
        self._bench.clock.set(within_today(fault.amount))
        await asyncio.sleep(fault.seconds)
        self._bench.clock.set(0)
        return 1

    async def registry_down(self, fault: Fault, name: str) -> int:
        """The schema registry is away, ill or silent; whoever starts meanwhile knows no schema."""
        self._bench.registry.mood = ("away", "ill", "silent")[fault.target % 3]
        await asyncio.sleep(fault.seconds)
        self._bench.registry.mood = "well"
        return 1

    async def gap(self, fault: Fault, name: str) -> int:
        """A record is missing from what the consumer reads, though the topic has it (I5)."""
        return int(await self._order(fault, name, "skip") is not None)


def kinds() -> list[str]:
    """Every kind of fault there is."""
    return [name for name in vars(Havoc) if not name.startswith("_") and name != "wreak"]
