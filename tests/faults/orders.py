"""Orders to whichever worker first reaches a point often enough: die here, stop here, be slow here.

An order is a file in a folder; a worker takes it by renaming it, so that exactly one does. The worker says who it is
before it obeys: afterwards it cannot.
"""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec

from hub.runtime.points import Partition, Point

READ = "read"
"""Not one of the hub's points: the consumer has been given records, and nobody has looked at them."""


_SEEN = "seen"  # a folder of its own: who looks for orders looks at the time of theirs


class Order(msgspec.Struct, frozen=True):
    """`act`: kill, stop (SIGSTOP; somebody else wakes the worker), slow (for `seconds` at this visit), skip."""

    name: str
    act: str
    point: str
    lane: str = ""
    nth: int = 1
    seconds: float = 0.0


class Orders:
    """The folder, as the laboratory sees it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / _SEEN).mkdir(parents=True, exist_ok=True)

    @property
    def visited(self) -> list[str]:
        """Every "lane.point" that any worker came by."""
        return sorted(path.name for path in (self._folder / _SEEN).iterdir())

    def give(self, order: Order) -> None:
        hidden = self._folder / f".{order.name}"
        hidden.write_bytes(msgspec.json.encode(order))
        hidden.rename(self._folder / f"{order.name}.order")

    def taken_by(self, name: str) -> int | None:
        """The pid of the worker that obeyed."""
        try:
            return int((self._folder / f"{name}.taken").read_text() or 0) or None
        except (FileNotFoundError, ValueError):
            return None

    def withdraw(self, name: str) -> bool:
        """False if somebody has taken it already."""
        try:
            (self._folder / f"{name}.order").unlink()
        except FileNotFoundError:
            return False
        return True


class Obedience:
    """The probe of a worker: counts visits from the moment an order was given."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen = 0
        self._orders: list[Order] = []
        self._visits: Counter[str] = Counter()
        self._been: set[tuple[Point, str]] = set()
        (folder / _SEEN).mkdir(exist_ok=True)

    def __call__(self, point: Point, lane: str, partition: Partition | None) -> None:
        if (point, lane) not in self._been:
            self._been.add((point, lane))
            (self._folder / _SEEN / f"{lane}.{point}").touch()
        for order in self._due(point, lane):
            self._obey(order)

    def skips(self) -> bool:
        """At `READ`: a record is to be lost now."""
        due = list(self._due(READ, "consumer"))  # all of them: looking is counted as a visit
        return any(order.act == "skip" for order in due)

    def _due(self, point: str, lane: str) -> Iterator[Order]:
        self._look()
        for order in self._orders:
            if order.point == point and order.lane in ("", lane):
                self._visits[order.name] += 1
                if self._visits[order.name] == order.nth and self._take(order):
                    yield order

    def _look(self) -> None:
        changed = os.stat(self._folder).st_mtime_ns
        if changed != self._seen:
            self._seen = changed
            self._orders = [
                msgspec.json.decode(path.read_bytes(), type=Order) for path in sorted(self._folder.glob("*.order"))
            ]

    def _take(self, order: Order) -> bool:
        mine = self._folder / f"{order.name}.{os.getpid()}"
        try:
            (self._folder / f"{order.name}.order").rename(mine)
        except FileNotFoundError:
            return False
        mine.write_text(str(os.getpid()))
        mine.rename(self._folder / f"{order.name}.taken")
        return True

    def _obey(self, order: Order) -> None:
        if order.act == "slow":
            time.sleep(order.seconds)
        else:
            os.kill(os.getpid(), signal.SIGKILL if order.act == "kill" else signal.SIGSTOP)
