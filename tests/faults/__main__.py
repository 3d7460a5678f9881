"""`python -m tests.faults --runs n --seed s`: the fault laboratory from the command line."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
from asyncio.subprocess import Process
from pathlib import Path

import msgspec

from tests.faults.draw import DRAWS, draw_plan, with_answers
from tests.faults.ground import missing
from tests.faults.job import Verdict
from tests.faults.measure import MEASURES, measure, percentiles
from tests.faults.plan import Plan, read_plan
from tests.faults.planted import BUGS, planted_plan
from tests.faults.points import ROUNDS, Walk, walk_plans
from tests.faults.run import Result
from tests.faults.summary import read_lines, tables

# For CI, and so in a few minutes: the faults most likely to find something, and bugs that no timing can hide.
SHORT = (
    ("kill_at", "kill_at_join", "wire_reset", "gap"),
    ("pause_at", "store_kill", "clock"),
    ("broker_kill", "store_flush", "kill"),
    ("store_roll_back", "roll", "rewind"),
)
SHORT_PLANTED = ("forget-parcels", "skip-the-tail")
OUT = Path("var/faults")


def main() -> int:
    options = _parser().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that services and mounts are taken down
    if options.table:
        print(tables(options.out))
        return 0
    for sentence in missing() if not options.show else ():
        print(f"*** {sentence}", flush=True)
    if options.measure:
        return _measure(options)
    if options.points:
        return _walk(options)
    plans = _plans(options)
    if options.show:
        for plan in plans:
            print(msgspec.json.encode(plan).decode())
        return 0
    if options.resume:
        done = {result.seed for result in read_lines(options.out / "results.jsonl", Result)}
        plans = [plan for plan in plans if plan.seed not in done]
    results = asyncio.run(run_all(plans, options.jobs, options.out))
    planted = [plan for plan in plans if plan.planted]
    code = _say_who_was_caught(planted, results) if planted else 0
    return max(code, _say_what_came(results, len(plans)))


def _walk(options: argparse.Namespace) -> int:
    """Until a worker has died at every point there is, or that is given up."""
    walk, results = Walk(), []
    if options.resume:
        results = read_lines(options.out / "results.jsonl", Result)
    for result in results:
        walk.take(result)
    for number in range(ROUNDS):
        plans = list(walk_plans(walk.missing, options.seed + 1000 * number))
        came = asyncio.run(run_all(plans, options.jobs, options.out)) if plans else []
        results += came
        for result in came:
            walk.take(result)
    print(walk.table())
    if walk.unknown:
        print(f"points on no list: {', '.join(sorted(walk.unknown))}")
    if walk.missing:
        print(f"{len(walk.missing)} points were never hit")
    return max(_say_what_came(results, len(results)), int(bool(walk.unknown or walk.missing)))


def _say_what_came(results: list[Result], wanted: int) -> int:
    bad = [result for result in results if result.anomalies and not result.planted]
    print(f"{len(results)} runs, {sum(sum(r.faults.values()) for r in results)} faults, "
          f"{sum(r.events for r in results)} events, {len(bad)} runs with anomalies")  # fmt: skip
    return 1 if bad or len(results) < wanted else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1, help="of the first run; the next ones count on")
    parser.add_argument("--jobs", type=int, default=1, help="runs side by side, each with broker and store of its own")
    parser.add_argument(
        "--fault", choices=[*sorted(DRAWS), "each"], default="", help="only this kind; each: one run a kind"
    )
    parser.add_argument("--nodes", type=int, choices=(1, 3), default=None)
    parser.add_argument("--plan", type=Path, help="a plan.json: exactly this run")
    parser.add_argument("--measure", choices=sorted(MEASURES), help="recovery instead of faults, --runs times")
    parser.add_argument("--rate", type=float, default=500.0, help="events a second while recovery is measured")
    parser.add_argument("--workers", type=int, default=2, help="while recovery is measured")
    parser.add_argument("--points", action="store_true", help="kill -9 at every point of every lane, until all are hit")
    parser.add_argument("--answers", action="store_true", help="agencies answer alerts; kills at that lane, too")
    parser.add_argument("--planted", help=f"bugs in the workers, which must be caught: all, or of {', '.join(BUGS)}")
    parser.add_argument("--short", action="store_true", help="a handful of runs for CI: most faults, two planted bugs")
    parser.add_argument("--table", action="store_true", help="print tables of what is in --out, run nothing")
    parser.add_argument("--resume", action="store_true", help="leave out seeds that --out has a result of")
    parser.add_argument("--show", action="store_true", help="print the plans, run nothing")
    parser.add_argument("--out", type=Path, default=OUT)
    return parser


def _measure(options: argparse.Namespace) -> int:
    logging.disable(logging.CRITICAL)
    rest = options.runs, options.seed, options.out, options.rate, options.workers
    found = asyncio.run(measure(options.measure, *rest))
    print(percentiles(found))
    return 0 if all(recovery.seconds is not None for recovery in found) else 1


def _plans(options: argparse.Namespace) -> list[Plan]:
    if options.plan:
        return [read_plan(options.plan)]
    if options.short:
        drawn = [with_answers(draw_plan(options.seed + place, names=names)) for place, names in enumerate(SHORT)]
        # One city for all: to make one takes as long as many a fault.
        return [
            *(msgspec.structs.replace(plan, city=1) for plan in drawn),
            *(planted_plan(name) for name in SHORT_PLANTED),
        ]
    if options.planted:
        return [planted_plan(name) for name in (BUGS if options.planted == "all" else options.planted.split(","))]
    return _drawn(options)


def _say_who_was_caught(plans: list[Plan], results: list[Result]) -> int:
    caught = {result.planted: result for result in results if result.anomalies}
    for plan in plans:
        result = caught.get(plan.planted)
        checks = ", ".join(sorted({anomaly.check for anomaly in result.anomalies})) if result else "NOT CAUGHT"
        print(f"{plan.planted}: {checks} (seed {plan.seed})")
    print(f"{len(caught)} of {len(plans)} planted bugs caught")
    return 0 if len(caught) == len(plans) else 1


def _drawn(options: argparse.Namespace) -> list[Plan]:
    if options.fault == "each":
        return [draw_plan(options.seed + place, only=name) for place, name in enumerate(sorted(DRAWS))]
    seeds = range(options.seed, options.seed + options.runs)
    drawn = [draw_plan(seed, only=options.fault, nodes=options.nodes) for seed in seeds]
    return [with_answers(plan) for plan in drawn] if options.answers else drawn


async def run_all(plans: list[Plan], jobs: int, out: Path) -> list[Result]:
    """Every plan once, `jobs` at a time; results are printed and appended to `results.jsonl` as they come."""
    out.mkdir(parents=True, exist_ok=True)
    # Those of one size of cluster in a row: a job has one cluster at a time.
    waiting = sorted(plans, key=lambda plan: plan.nodes)
    results: list[Result] = []
    async with asyncio.TaskGroup() as group:
        for _ in range(min(jobs, len(plans))):
            group.create_task(_job(waiting, results, out))
    return results


async def _job(waiting: list[Plan], results: list[Result], out: Path) -> None:
    job: Process | None = None
    try:
        while waiting:
            plan = waiting.pop(0)
            if job is None or job.returncode is not None:
                job = await _start_job(out)
            verdict = await _verdict(job, plan)
            if verdict.result is None:
                print(f"seed {plan.seed}: no verdict\n{verdict.why}", flush=True)
            else:
                results.append(verdict.result)
                _report(verdict.result, out)
    finally:
        if job is not None and job.returncode is None:
            job.terminate()
            await job.wait()


async def _start_job(out: Path) -> Process:
    pipe = asyncio.subprocess.PIPE
    command = [sys.executable, "-m", "tests.faults.job", str(out)]
    return await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, limit=2**24)


async def _verdict(job: Process, plan: Plan) -> Verdict:
    assert job.stdin is not None
    assert job.stdout is not None
    job.stdin.write(msgspec.json.encode(plan) + b"\n")
    line = await job.stdout.readline()
    if not line:
        return Verdict(plan.seed, why=f"the job ended with code {await job.wait()}")
    return msgspec.json.decode(line, type=Verdict)


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
