"""The whole hub in memory: the same pipeline with a dictionary for a store and a queue for a broker.

What `hub replay`, the façade and most tests use. Not a simulation of the hub: the same two hops, run one message at a
time.
"""

from __future__ import annotations

import base64
import heapq
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from hub.domain.claim import Answer, Parcel, Slip, State, SubjectState
from hub.domain.event import Fault
from hub.domain.feedback import read_feedback
from hub.domain.keys import Keyring
from hub.domain.times import end_of, parse_rfc3339
from hub.pipeline.journey import Absorbed, Accepted, Journey, Refused, rule_fault
from hub.pipeline.pointer import RefusedAnswer, answer_parcel
from hub.pipeline.scoreboard import Scoreboard

_PUBLISHED = (
    "OPEN",
    "NOTIFIED",
    "ACKED",
    "CORRECTED",
    "CONFIRMED_OK",
    "NOT_MINE",
    "NEED_INFO",
    "DISPUTED",
    "FROZEN",
    "CLOSED",
)


class LocalHub:
    """Feed events, let time pass, read residents, alerts and quarantine."""

    def __init__(self, journey: Journey) -> None:
        bench = journey.parts.bench
        self.journey = journey
        self.scoreboard = Scoreboard(bench.policy, bench.region)
        self.now = 0
        self.counts: Counter[str] = Counter()
        self._states: dict[str, State] = {}
        self._wakes: list[tuple[int, str]] = []
        self._quarantine: list[dict[str, Any]] = []

    # --- in -------------------------------------------------------------------------------------------------------

    def feed(self, obj: object, *, at: str = "", raw: bytes | None = None) -> None:
        """Take one event in the contract's JSON shape. `at` says where it stood, for the quarantine."""
        self.take(self.journey.intake(obj), at=at, raw=_as_bytes(obj) if raw is None else raw)

    def take(self, outcome: Accepted | Refused, *, at: str, raw: bytes) -> None:
        """Go on with a message after intake: deliver its parcels, or quarantine it with its content sealed."""
        self.counts["events"] += 1
        if isinstance(outcome, Refused):
            self.counts["quarantined"] += 1
            keyring = self.journey.parts.keyring
            self._quarantine.append(quarantine_document(keyring, outcome.faults, at, raw, outcome.event_id))
            return
        self._run_timers(outcome.event.publish_time)
        self.now = max(self.now, outcome.event.publish_time)
        self._deliver(outcome.parcels)

    def answer(self, message: Mapping[str, object], *, at: str, raw: bytes | None = None) -> tuple[Fault, ...]:
        """Take an agency's answer to an alert, `given_at` in ms; returns why it was refused, empty where it was not."""
        given_at = message.get("given_at")
        if isinstance(given_at, int) and not isinstance(given_at, bool):
            self.advance_to(given_at)
        read = read_feedback(message, self.now)
        text, keyring = _as_bytes(message) if raw is None else raw, self.journey.parts.keyring
        sealed, size = keyring.seal(text), len(text)
        if not isinstance(read, Answer):
            self._refuse_answer(read, at, sealed, size)
            return read
        slip = Slip(read, key=at, topic="", partition=-1, offset=-1, received_at=self.now, sealed=sealed, size=size)
        refused = self._deliver((answer_parcel(slip, keyring),))
        return tuple(fault for refusal in refused for fault in refusal.faults)

    def advance(self, day: date) -> None:
        """Let time run to the end of an Asia/Shanghai day."""
        self.advance_to(end_of(day))

    def advance_to(self, moment: int) -> None:
        self._run_timers(moment)
        self.now = max(self.now, moment)

    # --- out ------------------------------------------------------------------------------------------------------

    def residents(self) -> Iterator[dict[str, Any]]:
        """The shared records, by resident id."""
        for key in sorted(self._states):
            state = self._states[key]
            if isinstance(state, SubjectState) and state.kind == "resident":
                document = self.journey.resident(state)
                if document:
                    yield document

    def alerts(self) -> Iterator[dict[str, Any]]:
        """Every alert ever published in its present state, by alert id; a running grace is nobody's business yet."""
        found = [
            self.journey.alert(alert, state.key)
            for state in self._states.values()
            if isinstance(state, SubjectState)
            for alert in (*state.closed, *state.alerts.values())
            if alert.status in _PUBLISHED
        ]
        yield from sorted(found, key=lambda document: str(document["alert_id"]))

    def quarantine(self) -> list[dict[str, Any]]:
        return list(self._quarantine)

    def states(self) -> Iterator[State]:
        """Everything remembered, by key."""
        return (self._states[key] for key in sorted(self._states))

    def pending(self) -> int:
        """Alerts whose grace is running."""
        subjects = (s for s in self._states.values() if isinstance(s, SubjectState))
        return sum(alert.status == "PENDING" for s in subjects for alert in s.alerts.values())

    # --- the loop -------------------------------------------------------------------------------------------------

    def _deliver(self, parcels: Iterable[Parcel]) -> list[RefusedAnswer]:
        """Deliver parcels and what follows from them; returns the answers among them that were refused."""
        queue, refused = deque(parcels), []
        while queue:
            parcel = queue.popleft()
            absorbed = self.journey.absorb(
                self._states.get(parcel.subject), (parcel,), self.now, self.scoreboard.shadowed()
            )
            self._keep(absorbed)
            queue.extend(absorbed.outbox)
            refused += absorbed.refusals
        return refused

    def _run_timers(self, until: int) -> None:
        """Fire wake-ups in the order of time, each at its own moment."""
        while self._wakes and self._wakes[0][0] <= until:
            moment, key = heapq.heappop(self._wakes)
            state = self._states.get(key)
            if isinstance(state, SubjectState) and state.wake == moment:
                self.now = max(self.now, moment)
                absorbed = self.journey.tick(state, moment, self.scoreboard.shadowed())
                self._keep(absorbed)
                self._deliver(absorbed.outbox)

    def _refuse_answer(self, faults: Sequence[Fault], at: str, sealed: bytes, size: int) -> None:
        self.counts["answers_refused"] += 1
        self._quarantine.append(_quarantined(faults, at, sealed, size, None))

    def _keep(self, absorbed: Absorbed) -> None:
        self.counts["answers"] += len(absorbed.answers)
        self.counts["answers_repeated"] += len(absorbed.repeated)
        for refused in absorbed.refusals:
            self._refuse_answer(refused.faults, refused.slip.key, refused.slip.sealed, refused.slip.size)
        self.counts["applied"] += len(absorbed.applied)
        self.counts["duplicate"] += len(absorbed.duplicates)
        self.counts["conflicts"] += absorbed.conflicts
        for fault in absorbed.faults:
            self.counts["rule_errors"] += 1
            document = quarantine_document(
                self.journey.parts.keyring, (rule_fault(fault),), f"{fault.subject}:{fault.rule_id}", b"", None
            )
            if document not in self._quarantine:
                self._quarantine.append(document)
        if not absorbed.changed:
            return
        state = absorbed.state
        self._states[state.key] = state
        for alert in absorbed.alerts:
            self.scoreboard.apply(self.journey.alert(alert, state.key))
        if isinstance(state, SubjectState) and state.wake is not None:
            heapq.heappush(self._wakes, (state.wake, state.key))


def answer_time(text: object) -> object:
    """The `given_at` of an answer in ms; of what is no RFC 3339 time, something for the check to refuse."""
    try:
        return parse_rfc3339(text) if isinstance(text, str) else None
    except (ValueError, OverflowError):
        return text


def _as_bytes(obj: object) -> bytes:
    """The refused object as text, whatever a Python caller handed in: JSON if it can be."""
    try:
        return msgspec.json.encode(obj, enc_hook=repr)
    except (ValueError, TypeError, RecursionError):  # half a surrogate pair, odd keys, a list in itself
        pass
    try:
        return repr(obj).encode(errors="backslashreplace")
    except RecursionError:
        return type(obj).__name__.encode()


def quarantine_document(
    keyring: Keyring, faults: Iterable[Fault], at: str, raw: bytes, event_id: str | None
) -> dict[str, Any]:
    """One refused message: reasons, codes and field paths in the clear, the payload only for the secret's holder."""
    return _quarantined(faults, at, keyring.seal(raw), len(raw), event_id)


def _quarantined(faults: Iterable[Fault], at: str, sealed: bytes, size: int, event_id: str | None) -> dict[str, Any]:
    return {
        "key": at,
        "event_id": event_id,
        "faults": [{"code": f.code, "path": f.path, "detail": f.detail} for f in faults],
        "payload_size": size,
        "payload": base64.b64encode(sealed).decode(),
    }
