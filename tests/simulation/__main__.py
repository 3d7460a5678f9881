"""`python -m tests.simulation`: many schedules with a summary, or one with its trace."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time

from tests.simulation.bugs import BUGS, SOON, planted
from tests.simulation.histories import PER_HISTORY
from tests.simulation.run import Result, many, one

_OF_EACH = 100  # schedules of one history, when hunting


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--schedules", type=int, default=1000)
    parser.add_argument("--seed", type=int, help="the first; the others follow")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--one", action="store_true", help="only the schedule of --seed")
    parser.add_argument("--trace", action="store_true", help="with --one: every step")
    parser.add_argument("--without", action="append", default=[], help="a kind of fault to leave out")
    parser.add_argument("--bug", choices=["all", *BUGS], help="plant a bug; how soon is it caught?")
    parser.add_argument("--stop-after", type=int, default=20, help="divergences")
    given = parser.parse_args()
    first = 1 if given.seed is None else given.seed
    if given.one:
        result = one(first, without=given.without, say=print if given.trace else None)
        return _summary(result)
    if given.bug:
        return _hunt_all(list(BUGS) if given.bug == "all" else [given.bug], given)
    total, began, told = Result(), time.perf_counter(), 0.0
    for part in many(first, given.schedules, given.jobs, given.without):
        total.add(part)
        for seed, wrong in part.diverged:
            print(f"DIVERGED seed {seed}: {wrong}", flush=True)
        passed = time.perf_counter() - began
        if passed - told > 30:
            told = passed
            print(
                f"{total.schedules} schedules in {passed:.0f} s ({total.schedules / passed * 60:.0f} a minute), "
                f"{len(total.diverged)} diverged",
                flush=True,
            )
        if len(total.diverged) >= given.stop_after:
            break
    print(f"in {time.perf_counter() - began:.0f} s, {total.seconds:.0f} s of them in schedules")
    return _summary(total)


def _hunt_all(bugs: list[str], given: argparse.Namespace) -> int:
    """0 if each planted bug is caught."""
    tasks = [(bug, given.seed or SOON.get(bug, 1), given.schedules, given.without) for bug in bugs]
    if given.jobs == 1:
        return max(_hunt(task) for task in tasks)
    with multiprocessing.get_context("fork").Pool(given.jobs, maxtasksperchild=1) as pool:
        return max(pool.imap_unordered(_hunt, tasks, chunksize=1))


def _hunt(task: tuple[str, int, int, list[str]]) -> int:
    """Schedules until the planted bug is caught: some of every history, for not every history shows every bug."""
    bug, first, most, without = task
    for count in range(0, most, _OF_EACH):
        start = first + count // _OF_EACH * PER_HISTORY
        with planted(bug, start // PER_HISTORY):
            for seed in range(start, start + min(_OF_EACH, most - count)):
                result = one(seed, without=without)
                if result.diverged:
                    told = result.diverged[0][1][:150]
                    print(f"{bug}: caught by seed {seed}, schedule {count + seed - start + 1}: {told}", flush=True)
                    return 0
    print(f"{bug}: NOT CAUGHT by {most} schedules", flush=True)
    return 1


def _summary(result: Result) -> int:
    faults = ", ".join(f"{kind} {count}" for kind, count in sorted(result.faults.items()))
    print(f"{result.schedules} schedules, {result.steps} steps; {faults or 'no faults'}")
    print(f"{len(result.diverged)} divergences")
    for seed, wrong in result.diverged:
        print(f"  seed {seed}: {wrong}")
    return 1 if result.diverged else 0


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != "0":  # sets are iterated over, in the product too: a seed must say it all
        os.execve(  # noqa: S606
            sys.executable,
            [sys.executable, "-m", "tests.simulation", *sys.argv[1:]],
            {**os.environ, "PYTHONHASHSEED": "0"},
        )
    sys.exit(main())
