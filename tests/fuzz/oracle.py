"""What must hold of every input: a value or faults, never an exception; in time; and not a word of what it held."""

from __future__ import annotations

import contextlib
import logging
import signal
from collections.abc import Iterable, Iterator
from types import FrameType
from typing import Any

from hub.domain.event import Code, Fault
from tests.builders import ric

CODES = frozenset(value for name, value in vars(Code).items() if name.isupper())
MOST_TEXT = 400
_SECONDS = 5.0  # of processor time: a machine that is busy with others is no fault of ours

# Whoever appears in a seed is one of these. None of it may come back out in the clear.
NAMES = ("卡娜丽雅", "欧阳金丝", "卡㛃")
NUMBERS = (ric("19610203", 77), ric("19870809", 88), ric("20150607", 66))
ADDRESS = "金丝雀巷9173号6栋"
ACCOUNT = "6217009999888877776"
CANARIES = (*NAMES, ADDRESS, ACCOUNT, *NUMBERS)
# What is left of them where a cut or a changed character went through.
_TRACES = (
    "卡娜丽",
    "娜丽雅",
    "欧阳金",
    "阳金丝",
    "卡㛃",
    "金丝雀",
    "雀巷",
    "9173号",
    "88887777",
    *(n[6:14] for n in NUMBERS),
    *(n[8:16] for n in NUMBERS),
)


class Broken(AssertionError):  # noqa: N818 - what fuzzing is there to find
    """An input got something out of the hub that it must not."""


class TooLong(BaseException):
    """One input took more than its time."""


def leaks(text: str) -> bool:
    """Does the text tell anything of the people in the inputs?"""
    return any(trace in text for trace in _TRACES)


def check_faults(faults: Iterable[Fault]) -> tuple[str, ...]:
    """Every fault is one of the closed list, short, and silent about what it found. Returns the shape of them."""
    shape = []
    for fault in faults:
        if not isinstance(fault, Fault) or fault.code not in CODES:
            raise Broken("a fault that is none of the closed list")
        if len(fault.path) > MOST_TEXT or len(fault.detail) > MOST_TEXT:
            raise Broken(f"{fault.code}: a fault that is as long as its message")
        if leaks(fault.path) or leaks(fault.detail):
            raise Broken(f"{fault.code}: a fault that tells what it found")
        shape.append(f"{fault.code} {_general(fault.path)}")
    if not shape:
        raise Broken("refused without a reason")
    return tuple(sorted(set(shape)))


def check_sentences(sentences: Iterable[str]) -> tuple[str, ...]:
    """Faults of a connector folder: plain sentences."""
    found = tuple(sentences)
    if not all(isinstance(sentence, str) and sentence for sentence in found):
        raise Broken("a fault without words")
    if any(leaks(sentence) for sentence in found):
        raise Broken("a sentence that tells what it found")
    return tuple(sorted({sentence.split(":")[-1][:24] for sentence in found}))


def _general(path: str) -> str:
    return "".join("#" if letter.isdigit() else letter for letter in path)


class Listener(logging.Handler):
    """Hears everything that is logged while inputs are read."""

    def __init__(self) -> None:
        super().__init__(level=0)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())
        if record.exc_info and record.exc_info[1] is not None:
            self.said.append(repr(record.exc_info[1]))

    def check(self) -> None:
        said, self.said = self.said, []
        if any(leaks(text) for text in said):
            raise Broken("the log tells what the input held")


@contextlib.contextmanager
def listening() -> Iterator[Listener]:
    """Every logger speaks, and is heard."""
    listener, root = Listener(), logging.getLogger()
    level = root.level
    root.addHandler(listener)
    root.setLevel(1)
    try:
        yield listener
    finally:
        root.removeHandler(listener)
        root.setLevel(level)


@contextlib.contextmanager
def limited(seconds: float = _SECONDS) -> Iterator[None]:
    """A limit of processor time, for whoever is inside when the time is over."""

    def over(signum: int, frame: FrameType | None) -> None:
        raise TooLong

    before: Any = signal.signal(signal.SIGVTALRM, over)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
