"""Every named point of every lane, walked one after the other: a worker dies at each, under either delivery.

`python -m tests.faults --points`. Which points there are is written down here; that it is all of them is read off what
workers came by in these runs, and a point that nobody wrote down fails the walk.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from hub.runtime.points import Point
from tests.faults.plan import Fault, Plan
from tests.faults.run import Result

_PER_RUN = 6
_APART = 0.13  # of the stream, from one kill to the next
_ANSWERS = 0.7
ROUNDS = 4  # a point that could not be reached in one run is tried again in another

_ROUND_TRIP = (Point.HANDLED, Point.SENDING, Point.WRITTEN, Point.STORED, Point.ACKED)
_ABSORBED = (Point.HANDLED, Point.SENDING, Point.WRITTEN, Point.TOLD, Point.CHANGED, Point.STORED, Point.ACKED)
_TRANSACTION = (
    Point.HANDLED,
    Point.BEGUN,
    Point.SENDING,
    Point.WRITTEN,
    Point.OFFERED,
    Point.SEALED,
    Point.STORED,
    Point.ACKED,
)
_JOIN = (Point.OPENED, Point.RESTORED)
_OWN = (Point.OPENED, Point.CLAIMED, Point.RESTORING, Point.RESTORED)

# By delivery and lane.
POINTS: Mapping[str, Mapping[str, Sequence[Point]]] = {
    "idempotent": {
        "intake": (*_JOIN, *_ROUND_TRIP, Point.DRAINED),
        "feedback": (*_JOIN, *_ROUND_TRIP, Point.DRAINED),
        "absorb": (*_OWN, *_ABSORBED, Point.DRAINED),
        "consumer": (Point.COMMITTING, Point.COMMITTED),
    },
    "transactional": {
        "intake": (*_JOIN, *_TRANSACTION, Point.DRAINED),
        "feedback": (*_JOIN, *_TRANSACTION, Point.DRAINED),
        "absorb": (*_OWN, *_TRANSACTION, Point.DRAINED),
    },
}


class Stop(NamedTuple):
    """One stop of the walk."""

    delivery: str
    lane: str
    point: Point

    @property
    def hit(self) -> str:
        """As a result tells it."""
        return f"kill {self.lane}.{self.point}"


def every_stop() -> list[Stop]:
    """All of them, those of one delivery in a row."""
    return [
        Stop(delivery, lane, point)
        for delivery, lanes in POINTS.items()
        for lane, points in lanes.items()
        for point in points
    ]


def walk_plans(stops: Iterable[Stop], seed: int) -> Iterator[Plan]:
    """A run for every few stops of a delivery; neighbours meet different faults before them in every round."""
    by_delivery: defaultdict[str, list[Stop]] = defaultdict(list)
    for stop in stops:
        by_delivery[stop.delivery].append(stop)
    number = seed
    for delivery, these in by_delivery.items():
        for start in range(0, len(these), _PER_RUN):
            yield _plan(number, delivery, these[start : start + _PER_RUN])
            number += 1


def _plan(seed: int, delivery: str, stops: Sequence[Stop]) -> Plan:
    # Around the middle: at first there is nobody to kill, and little to restore or to answer; at last little to come.
    first = 0.5 - _APART * (len(stops) - 1) / 2
    faults = [fault for place, stop in enumerate(stops) for fault in _faults(stop, round(first + place * _APART, 3))]
    return Plan(
        seed=seed,
        faults=tuple(faults),
        city=1 + seed % 12,
        workers=1 + seed % 2,
        delivery=delivery,
        answers=_ANSWERS,
    )


def _faults(stop: Stop, at: float) -> list[Fault]:
    """The kill, and what brings a worker to the point if work alone does not."""
    kill = Fault("kill_at", at, point=stop.point, lane=stop.lane)
    if stop.point in (*_JOIN, Point.CLAIMED):
        return [kill, Fault("kill", at + 0.001)]
    if stop.point == Point.RESTORING:
        return [Fault("store_flush", at), kill, Fault("kill", at + 0.001)]
    if stop.point == Point.DRAINED:
        return [kill, Fault("roll", at + 0.001)]
    return [kill]


class Walk:
    """What the runs so far have come to."""

    def __init__(self) -> None:
        self.kills: dict[Stop, list[int]] = {stop: [] for stop in every_stop()}  # the seeds of the runs
        self.unknown: set[str] = set()

    @property
    def missing(self) -> list[Stop]:
        return [stop for stop, seeds in self.kills.items() if not seeds]

    def take(self, result: Result) -> None:
        """Count what really happened, and look for points that are on no list."""
        delivery = result.plan.delivery
        for stop, seeds in self.kills.items():
            if stop.delivery == delivery and stop.hit in result.hit:
                seeds += [result.seed] * result.hit.count(stop.hit)
        known = {f"{lane}.{point}" for lane, points in POINTS[delivery].items() for point in points}
        self.unknown |= {f"{delivery} {where}" for where in set(result.visited) - known}

    def table(self) -> str:
        """How often a worker died where, and the seeds of those runs."""
        rows = []
        for stop, seeds in self.kills.items():
            told = ", ".join(map(str, sorted(set(seeds))))
            rows.append(f"| {stop.delivery} | `{stop.lane}.{stop.point}` | {len(seeds)} | {told} |")
        return "\n".join(("| delivery | point | kill -9 | seeds |", "| --- | --- | --- | --- |", *rows))
