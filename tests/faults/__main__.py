"""`python -m tests.faults --runs n --seed s`: the fault laboratory from the command line."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import traceback
from pathlib import Path

import msgspec

from tests.faults.bench import Bench
from tests.faults.draw import DRAWS, draw_plan
from tests.faults.plan import Plan, read_plan
from tests.faults.run import Result, Run

OUT = Path(os.environ.get("FAULTS_OUT", "/tmp/faults"))


def main() -> int:
    options = _parser().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that services and mounts are taken down
    plans = [read_plan(options.plan)] if options.plan else _drawn(options)
    if options.show:
        for plan in plans:
            print(msgspec.json.encode(plan).decode())
        return 0
    results = asyncio.run(run_all(plans, options.jobs, options.out))
    bad = [result for result in results if result.anomalies]
    print(f"{len(results)} runs, {sum(sum(r.faults.values()) for r in results)} faults, "
          f"{sum(r.events for r in results)} events, {len(bad)} runs with anomalies")  # fmt: skip
    return 1 if bad or len(results) < len(plans) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1, help="of the first run; the next ones count on")
    parser.add_argument("--jobs", type=int, default=1, help="runs side by side, each with broker and store of its own")
    parser.add_argument("--fault", choices=sorted(DRAWS), default="", help="only this kind")
    parser.add_argument("--nodes", type=int, choices=(1, 3), default=None)
    parser.add_argument("--plan", type=Path, help="a plan.json: exactly this run")
    parser.add_argument("--show", action="store_true", help="print the plans, run nothing")
    parser.add_argument("--out", type=Path, default=OUT)
    return parser


def _drawn(options: argparse.Namespace) -> list[Plan]:
    seeds = range(options.seed, options.seed + options.runs)
    return [draw_plan(seed, only=options.fault, nodes=options.nodes) for seed in seeds]


async def run_all(plans: list[Plan], jobs: int, out: Path) -> list[Result]:
    """Every plan once, `jobs` at a time; results are printed and appended to `results.jsonl` as they come."""
    out.mkdir(parents=True, exist_ok=True)
    # Those of one size of cluster in a row: a job has one cluster at a time.
    waiting = sorted(plans, key=lambda plan: plan.nodes)
    results: list[Result] = []
    async with asyncio.TaskGroup() as group:
        for job in range(min(jobs, len(plans))):
            group.create_task(_job(job, waiting, results, out))
    return results


async def _job(job: int, waiting: list[Plan], results: list[Result], out: Path) -> None:
    while waiting:
        nodes = waiting[0].nodes
        async with Bench(out / f"bench-{os.getpid()}-{job}", nodes) as bench:
            while waiting and waiting[0].nodes == nodes:
                plan = waiting.pop(0)
                result = await _one(plan, bench, out)
                if result is not None:
                    results.append(result)
                    _report(result, out)


async def _one(plan: Plan, bench: Bench, out: Path) -> Result | None:
    name = f"seed-{plan.seed}{'-' + plan.planted if plan.planted else ''}"
    try:
        return await Run(plan, bench, out / "runs" / name, out / "cache").play()
    except Exception:  # noqa: BLE001 - one run that cannot be judged must not end the others; it counts as missing
        print(f"seed {plan.seed}: no verdict\n{traceback.format_exc()}", flush=True)
        (out / "failed.txt").open("a").write(f"seed {plan.seed}\n{traceback.format_exc()}\n")
        return None


def _report(result: Result, out: Path) -> None:
    with (out / "results.jsonl").open("ab") as file:
        file.write(msgspec.json.encode(result) + b"\n")
    faults = ", ".join(f"{kind} x{times}" if times > 1 else kind for kind, times in result.faults.items())
    verdict = "no anomaly" if not result.anomalies else "; ".join(f"{a.check} {a.what}" for a in result.anomalies)
    planted = f" [{result.planted}]" if result.planted else ""
    print(
        f"seed {result.seed}{planted}: {result.events} events, {sum(result.faults.values())} faults ({faults}), "
        f"{result.seconds:.0f} s: {verdict}",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
