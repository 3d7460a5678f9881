"""The physical lines of a file, one at a time and never more of one than fits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

MAX_LINE = 10 * 1024 * 1024
"""Longer lines are refused, not read: no event of contract 1 comes near this."""

KEPT_OF_TOO_BIG = 64 * 1024
_CHUNK = 64 * 1024


class Line(NamedTuple):
    """A line with its end, counted from 1; of one too big only the beginning."""

    no: int
    raw: bytes
    too_big: bool = False


def lines_of(source: Path | Iterable[bytes]) -> Iterator[Line]:
    """Every line of a file, or of bytes already cut into lines.

    Cutting bytes at 0x0A is safe in UTF-8 and GB 18030: neither uses it inside a character.
    """
    if isinstance(source, Path):
        with source.open("rb") as file:
            yield from _read(file)
        return
    for no, raw in enumerate(source, start=1):
        yield Line(no, raw[:KEPT_OF_TOO_BIG], True) if len(raw) > MAX_LINE else Line(no, raw)


def _read(file: BinaryIO) -> Iterator[Line]:
    no = 0
    while raw := file.readline(MAX_LINE + 1):
        no += 1
        if len(raw) <= MAX_LINE:
            yield Line(no, raw)
            continue
        _skip_rest(file, raw)
        yield Line(no, raw[:KEPT_OF_TOO_BIG], True)


def _skip_rest(file: BinaryIO, read_last: bytes) -> None:
    while read_last and not read_last.endswith(b"\n"):
        read_last = file.readline(_CHUNK)
