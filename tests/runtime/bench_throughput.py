"""How many events per CPU second: our transport, the full toy job, and stock Faust. Not a test.

Run: `python tests/runtime/bench_throughput.py [events]`. One process per measurement, as CPU time is the process's.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import faust
from faust.contrib.asgi import faust_app_running

from hub.runtime.broker import EmbeddedBroker
from hub.runtime.producer import BatchProducer, ProducerSettings
from hub.runtime.records import Batch, Effects, Out
from hub.runtime.topics import TopicSpec, ensure_topics
from hub.runtime.worker import HubApp, WorkerSettings, build_app, running

KINDS = ("hub-consume", "hub-full", "stock-consume", "stock-full")
VALUE = b"v" * 145


class Toy:
    """Merges each event into a per-key record of about 300 bytes; writes one record per key and batch."""

    def __init__(self, full: bool) -> None:
        self.full = full
        self.count = 0
        self.states: dict[bytes, int] = {}

    async def assigned(self, topic: str, partition: int, generation: int) -> None: ...

    async def revoked(self, topic: str, partition: int, generation: int) -> None: ...

    async def tick(self, topic: str, partition: int, now_ms: int) -> Effects:
        return Effects()

    async def handle(self, batch: Batch) -> Effects:
        self.count += len(batch.records)
        if not self.full:
            return Effects()
        outs = []
        for record in batch.records:
            key = record.key or b""
            self.states[key] = self.states.get(key, 0) + 1
            outs.append(Out("bench.out", key, VALUE + b"%010d" % self.states[key], batch.partition))
        return Effects(outs)


async def measure_hub(bootstrap: str, kind: str, total: int) -> tuple[float, float]:
    toy = Toy(kind == "hub-full")
    app: HubApp = build_app(WorkerSettings(group=kind, bootstrap=bootstrap).embedded(), {"toy": (["bench.in"], toy)})
    async with running(app):
        return await clock(lambda: toy.count, total)


async def measure_stock(bootstrap: str, kind: str, total: int) -> tuple[float, float]:
    app = faust.App(
        kind,
        broker=f"kafka://{bootstrap}",
        web_enabled=False,
        topic_disable_leader=True,
        broker_session_timeout=6,
        broker_heartbeat_interval=1,
        datadir=tempfile.mkdtemp(),
    )
    source = app.topic("bench.in", key_type=bytes, value_type=bytes, value_serializer="raw")
    target = app.topic("bench.out", key_type=bytes, value_type=bytes, value_serializer="raw")
    done = 0
    states: dict[bytes, int] = {}

    @app.agent(source)
    async def agent(stream: faust.StreamT) -> None:
        nonlocal done
        async for key, _ in stream.items():  # noqa: PERF102 - a stream, not a dict
            if kind == "stock-full":
                states[key] = states.get(key, 0) + 1
                await target.send(key=key, value=VALUE + b"%010d" % states[key])
            done += 1

    async with faust_app_running(app):
        return await clock(lambda: done, total)


async def clock(count, total: int) -> tuple[float, float]:
    """Events per second of CPU and of wall time, from the first event on."""
    while not count():
        await asyncio.sleep(0.001)
    first, cpu, wall = count(), time.process_time(), time.monotonic()
    while count() < total and time.monotonic() - wall < 60:
        await asyncio.sleep(0.01)
    counted = count() - first
    return counted / (time.process_time() - cpu), counted / (time.monotonic() - wall)


async def feed(bootstrap: str, total: int) -> None:
    producer = BatchProducer(ProducerSettings(bootstrap=bootstrap, idempotent=False))
    for start in range(0, total, 20_000):
        await producer.send(Out("bench.in", b"%032d" % (n % 20_000), VALUE) for n in range(start, start + 20_000))
    await producer.stop()


def main() -> None:
    if len(sys.argv) == 4:
        kind, bootstrap, total = sys.argv[1], sys.argv[2], int(sys.argv[3])
        measure = measure_hub if kind.startswith("hub") else measure_stock
        per_cpu, per_wall = asyncio.run(measure(bootstrap, kind, total))
        print(f"{kind:14} {per_cpu:>10,.0f} events/CPU s {per_wall:>10,.0f} events/s", flush=True)
        return
    total = int(sys.argv[1]) if len(sys.argv) > 1 else 400_000
    with EmbeddedBroker(Path(tempfile.mkdtemp())) as broker:
        ensure_topics(broker.bootstrap, 4, specs=[TopicSpec("bench.in"), TopicSpec("bench.out")])
        asyncio.run(feed(broker.bootstrap, total))
        for kind in KINDS:
            limit = total if kind.startswith("hub") else min(total, 40_000)
            subprocess.run([sys.executable, __file__, kind, broker.bootstrap, str(limit)], check=True)


if __name__ == "__main__":
    main()
