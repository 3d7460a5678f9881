"""The loop: take an input, change it, read it, judge what came out; keep whatever came out in a new shape."""

from __future__ import annotations

import hashlib
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from tests.fuzz.oracle import Listener, TooLong, leaks, limited, listening
from tests.fuzz.targets import Shape, Target

MOST_KEPT = 3000
_SLOW = 1.0  # seconds of processor time: told, though within the limit


@dataclass
class Found:
    """What a run of inputs came to."""

    inputs: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    shapes: Counter[Shape] = field(default_factory=Counter)
    accepted: int = 0
    broken: list[str] = field(default_factory=list)


class Engine:
    """Feeds one target. The same seed makes the same inputs."""

    def __init__(self, target: Target, seed: int, folder: Path | None = None, most_broken: int = 10) -> None:
        self._target, self._random, self._folder, self._most_broken = (
            target,
            Random(f"{target.name} {seed}"),
            folder,
            most_broken,
        )
        self._good = target.seeds()
        self._kept: list[Any] = []
        self.found = Found()

    def run(self, inputs: int) -> Found:
        """So many inputs, or fewer if too much breaks."""
        began = time.process_time()
        with listening() as listener:
            for _ in range(inputs):
                self._one(listener)
                if len(self.found.broken) >= self._most_broken:
                    break
        self.found.seconds += time.process_time() - began
        return self.found

    def _one(self, listener: Listener) -> None:
        given = self._made()
        self.found.inputs += 1
        began = time.process_time()
        try:
            with limited():
                shape = self._target.read(given)
            listener.check()
        except TooLong:
            self._broken(given, "takes too long")
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what we look for
            self._broken(given, _told(error))
        else:
            self._note(given, shape)
        took = time.process_time() - began
        self.found.slowest = max(self.found.slowest, took)
        if took > _SLOW:
            self._broken(given, f"takes {took:.1f} s")

    def _made(self) -> Any:
        random = self._random
        other = self._good[int(random.random() * len(self._good))]
        if self._kept and random.random() < 0.3:
            given = self._kept[int(random.random() * len(self._kept))]
            try:
                return self._target.change(given, random, other)
            except RecursionError:  # it was changed so often that it has become too deep for us to copy
                self._kept.remove(given)
        return self._target.change(self._good[int(random.random() * len(self._good))], random, other)

    def _note(self, given: Any, shape: Shape) -> None:
        known = shape in self.found.shapes
        self.found.shapes[shape] += 1
        self.found.accepted += "ok" in shape
        if not known and len(shape) <= 4:
            if len(self._kept) < MOST_KEPT:
                self._kept.append(given)
            else:
                self._kept[int(self._random.random() * MOST_KEPT)] = given

    def _broken(self, given: Any, why: str) -> None:
        self.found.broken.append(why)
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
            saved = self._target.saved(given)
            name = f"{self._target.name}-{hashlib.sha256(saved).hexdigest()[:12]}"
            (self._folder / name).write_bytes(saved)
            (self._folder / f"{name}.why").write_text(why, "utf-8", "backslashreplace")


def _told(error: Exception) -> str:
    """Where it broke, without what it said, unless what it said is harmless."""
    frames = traceback.extract_tb(error.__traceback__)
    where = next(
        (
            f"{frame.filename.split('/wt/')[-1]}:{frame.lineno}"
            for frame in reversed(frames)
            if "/hub/" in frame.filename
        ),
        "",
    )
    text = str(error)
    return f"{type(error).__name__} at {where}: {'(tells a canary)' if leaks(text) else text[:200]}"
