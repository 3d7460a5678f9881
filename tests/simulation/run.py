"""Many schedules, one after the other or side by side, and what came of them."""

from __future__ import annotations

import gc
import multiprocessing
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from tests.simulation.checks import check
from tests.simulation.histories import PER_HISTORY
from tests.simulation.world import Diverged, World

_TIDY = 50


@dataclass
class Result:
    """What some schedules came to. `diverged`: seed and what was wrong."""

    schedules: int = 0
    steps: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    diverged: list[tuple[int, str]] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, other: Result) -> None:
        self.schedules += other.schedules
        self.steps += other.steps
        self.faults.update(other.faults)
        self.diverged += other.diverged
        self.seconds += other.seconds


def one(seed: int, *, without: Sequence[str] = (), say: Callable[[str], None] | None = None) -> Result:
    """The schedule of that seed."""
    world = World(seed, without=without, say=say)
    result = Result(schedules=1)
    try:
        world.run()
        wrong = check(world)
    except Diverged as found:
        wrong = [str(found)]
    except Exception as error:  # noqa: BLE001 - the seed must be told, and the others go on
        wrong = [f"the simulation fell over: {type(error).__name__}: {error}"]
    if wrong:
        result.diverged.append((seed, "; ".join(wrong)))
    result.steps, result.faults = world.steps, world.faults.done
    return result


def some(seeds: Sequence[int], without: Sequence[str] = ()) -> Result:
    """These schedules, in this process."""
    started, result = time.perf_counter(), Result()
    gc.disable()  # a schedule leaves much behind, all at once
    for count, seed in enumerate(seeds):
        result.add(one(seed, without=without))
        if count % _TIDY == 0:
            gc.collect(0)  # what histories remember is older, and stays
    gc.enable()
    result.seconds = time.perf_counter() - started
    return result


def many(first: int, count: int, jobs: int = 1, without: Sequence[str] = ()) -> Iterator[Result]:
    """Schedules of consecutive seeds, a history at a time, as they are done."""
    cuts = [first, *range(first - first % PER_HISTORY + PER_HISTORY, first + count, PER_HISTORY), first + count]
    portions = [range(start, stop) for start, stop in pairwise(cuts)]
    if jobs == 1:
        for portion in portions:
            yield some(portion, without)
        return
    with multiprocessing.get_context("fork").Pool(jobs, maxtasksperchild=20) as pool:
        tasks = [pool.apply_async(some, (portion, without)) for portion in portions]
        for task in tasks:
            yield task.get()
