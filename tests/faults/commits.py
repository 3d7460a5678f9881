"""I4: at every sampled moment, everything that records before the commit cause was on the topics already.

A sample holds what the group had committed, and then, read a little later, how far the topics reached. So for every
input partition: the highest output offset that the records before the commit need, against the end of that topic.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from hub.domain.claim import LedgerState, Parcel, PointerState, State, SubjectState
from hub.domain.keys import kind_of
from hub.runtime.topics import AGENCY_TOPICS, CLAIMS, FEEDBACK, QUARANTINE, SUBJECTS
from tests.faults.anomaly import Anomaly, told
from tests.faults.city import digest, wire
from tests.faults.history import History
from tests.faults.watch import Target

_Place = tuple[str, tuple[int, int] | None]
Needs = dict[Target, int]
"""Output partition -> how far it must reach."""
_NOWHERE: _Place = ("", None)


def check_commits(history: History) -> Iterator[Anomaly]:
    """Both hops, at every sample."""
    needs = {**_of_agencies(history), **_of_answers(history), **_of_claims(history)}
    wrong = []
    for number, sample in enumerate(history.samples):
        for target, offset in sample.committed.items():
            required = _required(needs.get(target, []), offset)
            if required is None or any(sample.ends.get(out, 0) < end for out, end in required.items()):
                wrong.append(f"sample {number}: {target[0]}-{target[1]} at {offset}")
    yield from told("I4", "commits ran ahead of what they stand for", wrong)


def _required(needs: list[tuple[int, Needs | None]], committed: int) -> Needs | None:
    """What everything before `committed` needs in all; None if something of it never came to the topics."""
    low, high = 0, len(needs)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if needs[middle][0] < committed else (low, middle)
    return needs[low - 1][1] if low else {}


def _accumulate(steps: Iterable[tuple[int, Needs | None]]) -> list[tuple[int, Needs | None]]:
    """Offset by offset: what this record and all before it need."""
    total: Needs | None = {}
    found = []
    for offset, needs in steps:
        if total is not None:
            total = None if needs is None else {**total, **{t: max(end, total.get(t, 0)) for t, end in needs.items()}}
        found.append((offset, total))
    return found


def _of_agencies(history: History) -> dict[Target, list[tuple[int, Needs | None]]]:
    """An event needs its parcels on hub.claims.v1; a bad message its record in quarantine."""
    parcels = _first_places(history, CLAIMS, lambda entry: (entry.key, digest(entry.value or b"")))
    refused = _first_places(history, QUARANTINE, lambda entry: entry.key)
    wanted = {
        content: [(CLAIMS, parcels.get((subject.encode(), digest_))) for subject, digest_ in message.parcels]
        for content, message in history.meanings().items()
    }
    found = {}
    for topic in AGENCY_TOPICS.values():
        for number, entries in history.topics[topic].items():
            steps = []
            for entry in entries:
                places = wanted.get((topic, entry.key, entry.value))
                if places is None:
                    places = [(QUARANTINE, refused.get(f"{topic}-{number}-{entry.offset}".encode()))]
                steps.append((entry.offset, _needs(places)))
            found[topic, number] = _accumulate(steps)
    return found


def _of_answers(history: History) -> dict[Target, list[tuple[int, Needs | None]]]:
    """An answer needs its parcel for the alert's pointer, or its record in quarantine."""
    found: dict[Target, list[tuple[int, Needs | None]]] = {}
    places = {**_quarantined(history), **_sent_on(history, to_pointers=True)}
    for number, entries in history.topics[FEEDBACK].items():
        keys = ((entry.offset, f"{FEEDBACK}-{number}-{entry.offset}") for entry in entries)
        steps = ((offset, _needs([places.get(key, _NOWHERE)])) for offset, key in keys)
        found[FEEDBACK, number] = _accumulate(steps)
    return found


def _quarantined(history: History) -> dict[str, _Place]:
    first = _first_places(history, QUARANTINE, lambda entry: (entry.key or b"").decode())
    return {str(key): (QUARANTINE, place) for key, place in first.items()}


def _sent_on(history: History, *, to_pointers: bool) -> dict[str, _Place]:
    """Slips on claims, by where the answer stood: on their way to the pointer of an alert, or from there on."""
    found: dict[str, _Place] = {}
    for number, entry in history.entries(CLAIMS):
        slip = wire().read_parcel(entry.value).slip if entry.value is not None else None
        if slip is not None and (kind_of((entry.key or b"").decode()) == "alert") == to_pointers:
            found.setdefault(slip.key, (CLAIMS, (number, entry.offset)))
    return found


def _needs(places: Iterable[tuple[str, tuple[int, int] | None]]) -> Needs | None:
    needs: Needs = {}
    for topic, place in places:
        if place is None:
            return None
        needs[topic, place[0]] = max(needs.get((topic, place[0]), 0), place[1] + 1)
    return needs


def _first_places(history: History, topic: str, key_of) -> Mapping[object, tuple[int, int]]:
    places: dict[object, tuple[int, int]] = {}
    for number, entry in history.entries(topic):
        places.setdefault(key_of(entry), (number, entry.offset))
    return places


def _of_claims(history: History) -> dict[Target, list[tuple[int, Needs | None]]]:
    """A parcel needs a state of its subject, on the same partition, that has taken it in.

    An answer at a pointer leaves no state: it goes on to the alert's home, or into quarantine.
    """
    found: dict[Target, list[tuple[int, Needs | None]]] = {}
    onward = {**_quarantined(history), **_sent_on(history, to_pointers=False)}
    for number, entries in history.topics[CLAIMS].items():
        changes = _Changes(history, number)
        steps = []
        for entry in entries:
            if entry.value is None:
                continue
            parcel = wire().read_parcel(entry.value)
            if parcel.slip is not None and parcel.kind == "alert":
                steps.append((entry.offset, _needs([onward.get(parcel.slip.key, _NOWHERE)])))
                continue
            place = changes.first_with(parcel)
            steps.append((entry.offset, None if place is None else {(SUBJECTS, number): place + 1}))
        found[CLAIMS, number] = _accumulate(steps)
    return found


class _Changes:
    """Where on the changelog each thing a subject takes in is seen first."""

    def __init__(self, history: History, number: int) -> None:
        self._first: dict[tuple[str, str], int] = {}
        self._versions: dict[tuple[str, str], list[tuple[int, int]]] = {}
        self._crowded: dict[str, int] = {}
        for entry in history.topics[SUBJECTS][number]:
            if entry.value is not None:
                self._note(history.state(entry.value), entry.offset)

    def first_with(self, parcel: Parcel) -> int | None:
        """The offset of the first state that knows what the parcel says."""
        if parcel.relay is not None and parcel.claim is None:
            return self._first_relay(parcel)
        return self._first.get((parcel.subject, _name(parcel)))

    def _first_relay(self, parcel: Parcel) -> int | None:
        assert parcel.relay is not None
        if parcel.relay.source == parcel.subject:
            return 0  # never kept: nobody hears of themselves
        found = [
            offset
            for offset, version in self._versions.get((parcel.subject, parcel.relay.source), [])
            if version >= parcel.relay.version
        ]
        crowded = self._crowded.get(parcel.subject)
        return min([*found, *([] if crowded is None else [crowded])], default=None)

    def _note(self, state: State, offset: int) -> None:
        for name in _names(state):
            self._first.setdefault((state.key, name), offset)
        if isinstance(state, SubjectState):
            for source, relay in state.relays.items():
                versions = self._versions.setdefault((state.key, source), [])
                if not versions or versions[-1][1] != relay.version:
                    versions.append((offset, relay.version))
            if state.crowded:
                self._crowded.setdefault(state.key, offset)


def _name(parcel: Parcel) -> str:
    if parcel.claim is not None:
        return f"claim {parcel.claim.event_id}"
    if parcel.notice is not None:
        return f"notice {parcel.notice.event_id}|{parcel.notice.by}|{parcel.notice.how}"
    if parcel.act is not None:
        return f"act {parcel.act.digest}"
    if parcel.slip is not None:
        return f"answer {parcel.slip.answer.identity}"
    if parcel.taken_back_by is not None:
        return f"taken {parcel.taken_back}<{parcel.taken_back_by.event_id}"
    return "home"


def _names(state: State) -> Iterator[str]:
    if isinstance(state, LedgerState):
        yield from (f"act {digest_}" for digest_ in state.digests)
        yield from (f"taken {event}<{by}" for event, takers in state.taken_back.items() for by in takers)
    elif isinstance(state, PointerState):
        yield from ("home",) if state.home is not None else ()
    else:
        yield from (f"claim {claim.event_id}" for claim in (*state.claims.values(), *state.beaten.values()))
        yield from (f"notice {key}" for key in state.notices)
        yield from (f"answer {identity}" for identity in state.answers)
