"""What goes wrong in a schedule, how often, and in which mixtures."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.simulation.broker import Kept

# Each kind is drawn with its weight; a mixture takes some of them away, so that none hides another.
WEIGHTS = {
    "crash before an effect": 10,
    "crash after an effect": 14,
    "crash": 4,
    "error, done": 10,
    "error, not done": 8,
    "pause": 8,
    "resume": 6,
    "session timeout": 8,
    "zombie": 8,
    "late arrival": 6,
    "transaction timeout": 3,
    "drop": 6,
    "start": 10,
    "stop": 4,
    "rebalance": 4,
    "snapshot": 5,
    "store rolled back": 3,
    "store emptied": 2,
    "compaction": 5,
    "group forgotten": 1,
    "offsets rewound": 2,
    "clock": 6,
    "sent again": 5,
    "poison": 2,
}
# Trouble in several acts, one or two in many schedules (`plots.py`).
PLOTS = ("sleeper overwrites", "sleeper seals", "hole amid rebalance", "restore interrupted", "read again with more")


@dataclass
class Faults:
    """The mixture of one schedule. `rate`: how many of a hundred steps are faults."""

    random: Random
    without: frozenset[str] = frozenset()
    rate: float = 0.0
    kinds: list[str] = field(default_factory=list)
    weights: list[int] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    calm: bool = False
    pierces_often: bool = False
    _holes: bool = False
    _pierced: set[tuple[str, int, int]] = field(default_factory=set)

    def __post_init__(self) -> None:
        random = self.random
        self.rate = random.choice((0.0, 0.03, 0.06, 0.06, 0.1, 0.1, 0.2))
        kept = random.choice((1.0, 1.0, 0.5, 0.25))
        for kind, weight in WEIGHTS.items():
            if kind not in self.without and random.random() < kept:
                self.kinds.append(kind)
                self.weights.append(weight)
        self._holes = random.random() < 0.2 and "hole" not in self.without
        if not self.kinds:
            self.rate = 0.0

    def strikes(self) -> bool:
        return not self.calm and self.random.random() < self.rate

    def draw(self) -> str:
        return self.random.choices(self.kinds, self.weights)[0]

    def pierce(self, records: list[Kept]) -> None:
        """Take one record away from what was fetched: this once, and not the last, which nobody could miss yet."""
        if self.calm or not (self._holes or self.pierces_often) or self.random.random() > 0.3:
            return
        record = self.random.choice(records[:-1])
        place = (record.topic, record.partition, record.offset)
        if place not in self._pierced:
            self._pierced.add(place)
            records.remove(record)
            self.done["hole"] += 1

    def gap(self, gap: Any) -> None:
        """The runtime noticed one."""
        self.done["gap lost" if gap.lost else "gap noticed"] += 1
