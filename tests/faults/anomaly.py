"""Something that must not be, and how it is told: which promise, how often, and a few keys to look for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

_SHOWN = 3


class Anomaly(msgspec.Struct, frozen=True):
    """A broken promise. `check` names the invariant of architecture 3, or L1 (the hub comes to rest) and B1 (bugs)."""

    check: str
    what: str


def told(check: str, what: str, found: Iterable[object]) -> Iterator[Anomaly]:
    """One anomaly for all of a kind, if there is any."""
    everything = [str(thing) for thing in found]
    if everything:
        shown = ", ".join(sorted(everything)[:_SHOWN])
        yield Anomaly(check, f"{len(everything)} {what}: {shown}")
