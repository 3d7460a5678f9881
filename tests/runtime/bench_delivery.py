"""What a transaction per batch costs, as a ratio to stage after stage, on a real Kafka. Not a test.

Run: `python -m tests.runtime.bench_delivery [events]`. The job of `bench_throughput` with a second output, and offsets
committed; one process per measurement, kinds by turns.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from hub.runtime.records import Batch, Effects, Out
from hub.runtime.topic_settings import TopicSpec
from hub.runtime.topics import ensure_topics
from hub.runtime.transport import TransportSettings
from hub.runtime.worker import WorkerSettings, build_app, running
from tests.runtime.bench_throughput import Toy, clock, feed

KINDS = ("idempotent", "transactional")
ROUNDS = 3


class TwoStages(Toy):
    """Also writes what is not a state: two stages, as the real thing has three."""

    async def handle(self, batch: Batch) -> Effects:
        effects = await super().handle(batch)
        also = [Out("bench.also", out.key, out.value, out.partition) for out in effects.outs[::4]]
        return Effects([*effects.outs, *also])


async def measure(bootstrap: str, kind: str, batch: int, total: int, turn: str) -> tuple[float, float]:
    toy = TwoStages(full=True)
    settings = WorkerSettings(
        group=f"{kind}-{batch}-{turn}",
        bootstrap=bootstrap,
        session_timeout=6.0,
        heartbeat=1.0,
        changelogs=frozenset({"bench.out"}),
        transactional=kind == "transactional",
        transport=TransportSettings(max_records=batch),
    )
    async with running(build_app(settings, {"toy": (["bench.in"], toy)})):
        return await clock(lambda: toy.count, total)


def main() -> None:
    if len(sys.argv) == 6:
        bootstrap, kind, batch, total, turn = sys.argv[1:]
        per_cpu, per_wall = asyncio.run(measure(bootstrap, kind, int(batch), int(total), turn))
        print(per_cpu, per_wall, flush=True)
        return
    from tools.services.kafka import KafkaCluster  # not needed in the processes that measure

    total = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with KafkaCluster(Path(tempfile.mkdtemp())) as cluster:
        ensure_topics(cluster.bootstrap, 4, specs=[TopicSpec(f"bench.{name}") for name in ("in", "out", "also")])
        asyncio.run(feed(cluster.bootstrap, total))
        for batch in (1000, 100):
            found: dict[str, list[tuple[float, float]]] = {kind: [] for kind in KINDS}
            for turn in range(ROUNDS):
                for kind in KINDS:
                    told = [cluster.bootstrap, kind, str(batch), str(total // (1 if batch == 1000 else 5)), str(turn)]
                    done = subprocess.run(
                        [sys.executable, "-m", "tests.runtime.bench_delivery", *told],
                        check=True,
                        capture_output=True,
                        text=True,
                    )
                    per_cpu, per_wall = map(float, done.stdout.split())
                    found[kind].append((per_cpu, per_wall))
            for kind in KINDS:
                cpu, wall = (median(values) for values in zip(*found[kind], strict=True))
                print(f"batches of {batch:4} {kind:14} {cpu:>8,.0f} events/CPU s {wall:>8,.0f} events/s", flush=True)


if __name__ == "__main__":
    main()
