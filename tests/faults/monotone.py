"""I6 on the changelog: a later record of a subject never knows less than an earlier one."""

from __future__ import annotations

from collections.abc import Iterator

from hub.domain.claim import LedgerState, State, SubjectState
from hub.runtime.topics import SUBJECTS
from tests.faults.anomaly import Anomaly, told
from tests.faults.history import History


def check_monotone(history: History) -> Iterator[Anomaly]:
    """Record by record, key by key. A zombie's record says itself that it is out of date, by its term: nobody who reads
    the changelog as the hub does takes it in. That it is not the last word is for I7 to see.
    """
    lost: list[str] = []
    for number, entries in history.topics[SUBJECTS].items():
        known: dict[bytes, frozenset[str]] = {}
        highest = 0
        for entry in entries:
            if entry.key is None or entry.value is None:
                lost.append(f"partition {number} offset {entry.offset} has no key or no value")
                continue
            highest = max(highest, entry.term)
            if 0 < entry.term < highest:
                continue
            memory = remembered(history.state(entry.value))
            if not known.get(entry.key, frozenset()) <= memory:
                lost.append(f"partition {number} offset {entry.offset}")
            known[entry.key] = known.get(entry.key, frozenset()) | memory
    yield from told("I6", "states on the changelog forgot something", lost)


def remembered(state: State) -> frozenset[str]:
    """Everything a state has taken in, as one grow-only set."""
    if isinstance(state, LedgerState):
        taken = (f"{event}<{by}" for event, takers in state.taken_back.items() for by in takers)
        return frozenset((*state.digests, *taken))
    if isinstance(state, SubjectState):
        # A crowded household drops its relays by design; a relay of a higher version replaces a lower one.
        claims = (claim.event_id for claim in (*state.claims.values(), *state.beaten.values()))
        return frozenset((*claims, *state.notices, *(f"answer {key}" for key in state.answers)))
    return frozenset(("home",) if state.home is not None else ())
