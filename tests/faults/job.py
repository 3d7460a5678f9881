"""One job of the laboratory, in a process of its own: plans in, a line each; results out, a line each.

A process of its own, because judging a run takes seconds of processor time, and a proxy that shares them stands still.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import sys
import traceback
from pathlib import Path

import msgspec

from tests.faults.bench import Bench
from tests.faults.city import today
from tests.faults.plan import Plan
from tests.faults.run import Result, Run

_LONGEST = 1200.0  # seconds for one run, all in


class Verdict(msgspec.Struct):
    """What came of a plan: a result, or why there is none."""

    seed: int
    result: Result | None = None
    why: str = ""


def main(out: Path) -> None:
    folder = out / f"bench-{os.getpid()}"

    def leave(*_: object) -> None:
        # At once, whatever waits for whom: services and workers die with their parent, and disks can go before them.
        for disk in ("kafka", "redis"):
            subprocess.run(["umount", "-l", str(folder / disk)], check=False, capture_output=True)
        os._exit(143)

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    logging.disable(logging.CRITICAL)  # what clients say of brokers that are down is no news here
    asyncio.run(_work(out, folder))


async def _work(out: Path, folder: Path) -> None:
    bench: Bench | None = None
    try:
        while line := await asyncio.to_thread(sys.stdin.readline):
            plan = msgspec.json.decode(line, type=Plan)
            if bench is not None and bench.nodes != plan.nodes:
                await bench.__aexit__()
                bench = None
            if bench is None:
                bench = await Bench(folder, plan.nodes).__aenter__()
            print(msgspec.json.encode(await _judge(plan, bench, out)).decode(), flush=True)
    finally:
        if bench is not None:
            await bench.__aexit__()


async def _judge(plan: Plan, bench: Bench, out: Path) -> Verdict:
    name = f"seed-{plan.seed}{'-' + plan.planted if plan.planted else ''}"
    try:
        while True:
            async with asyncio.timeout(_LONGEST):
                run = Run(plan, bench, out / "runs" / name, out / "cache")
                result = await run.play()
            if run.book.as_of == today().isoformat():
                return Verdict(plan.seed, result)
            # Midnight in the city: what was expected was expected of yesterday.
    except Exception:  # noqa: BLE001 - a run that cannot be judged must not end the others; it counts as missing
        return Verdict(plan.seed, why=traceback.format_exc())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
