"""READ FIRST: the journey of one event, from an agency's message to alerts, on one screen.

    agency topic/file/HTTP ─▶ decode ─▶ validate ─▶ identify ─▶ hub.claims ─▶ absorb ─▶ reconcile ─▶ publish

`Journey.intake` is the first hop: stateless, one message in, parcels or one quarantine out.
`Journey.absorb` is the second: one subject's state and its parcels in, the new state and everything it causes out.
Both are pure. The same object runs under Faust, in `hub replay`, in tests and in the benchmark; time is an argument.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from hub.domain.claim import (
    Act,
    AlertState,
    Answer,
    LedgerState,
    Parcel,
    PointerState,
    Slip,
    State,
    SubjectState,
)
from hub.domain.event import Code, Event, Fault
from hub.domain.keys import Keyring, kind_of
from hub.domain.regions import RegionTable
from hub.domain.workdays import WorkCalendar
from hub.fold.person import Person
from hub.mapping.load import Connectors
from hub.pipeline.absorb import grow
from hub.pipeline.answers import refusals, taken_in
from hub.pipeline.identify import identify
from hub.pipeline.ledger import book
from hub.pipeline.lifecycle import Cause, Machine
from hub.pipeline.pointer import RefusedAnswer, forward, introductions
from hub.pipeline.publish import alert_document, resident_document
from hub.pipeline.reconcile import Bench, RuleFault, judge
from hub.pipeline.relay import relays
from hub.rules import BY_ID
from hub.rules.base import Fold, Rule, fold_of
from hub.schema.codec import Codec
from hub.schema.registry import SchemaSource
from hub.schema.validate import Validator

# Two identity numbers in a row are 36 hexadecimal digits too: only the hyphens in their places make an id.
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


@dataclass(frozen=True)
class Accepted:
    """A message that became parcels."""

    event: Event
    parcels: tuple[Parcel, ...]


@dataclass(frozen=True)
class Refused:
    """A message that goes to quarantine, with every reason at once."""

    faults: tuple[Fault, ...]
    event_id: str | None = None


@dataclass
class Absorbed:
    """What a subject's parcels came to."""

    state: State
    changed: bool = False
    resident_changed: bool = False
    person: Person | None = None  # the state's fold, where it is a resident's and at hand: its shared record needs it
    outbox: list[Parcel] = field(default_factory=list)
    alerts: list[AlertState] = field(default_factory=list)  # to be told, in the order they changed
    applied: list[Act] = field(default_factory=list)
    duplicates: list[Act] = field(default_factory=list)
    faults: list[RuleFault] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)  # taken in
    repeated: list[Answer] = field(default_factory=list)  # answers that were taken in or refused before
    refusals: list[RefusedAnswer] = field(default_factory=list)
    retracted: list[tuple[str, int]] = field(default_factory=list)  # rule, ms from publication of the event to the end
    conflicts: int = 0


@dataclass(frozen=True)
class Parts:
    """What a journey is made of. Loaded once by the composition root; everything in it is immutable."""

    validator: Validator
    codec: Codec
    connectors: Connectors
    keyring: Keyring
    regions: RegionTable
    calendar: WorkCalendar
    bench: Bench


class Journey:
    """Both hops of the pipeline."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        freezes = {rule.id: rule.freezes for rule in parts.bench.rules}
        self._machine = Machine(parts.calendar, parts.keyring, parts.bench.policy, parts.bench.region, freezes)

    # --- first hop: intake ----------------------------------------------------------------------------------------

    def intake_bytes(self, value: bytes | None, source: SchemaSource, topic_agency: str) -> Accepted | Refused:
        """A message of an agency topic. Raises RegistryDown if its schema cannot be asked for: no fault of its own."""
        decoded = self.parts.codec.decode(value, source)
        if isinstance(decoded, tuple):
            return Refused(decoded)
        return self.intake(decoded.obj, topic_agency=topic_agency)

    def intake(self, obj: object, *, topic_agency: str | None = None) -> Accepted | Refused:
        """An event in the JSON shape of contract 1, from a file, HTTP or a decoded message."""
        event = self.parts.validator.check(obj, topic_agency=topic_agency)
        if isinstance(event, tuple):
            return Refused(event, safe_event_id(obj.get("event_id") if isinstance(obj, dict) else None))
        mapping = self.parts.connectors.mapping(event.event_type)
        return Accepted(event, identify(event, mapping, self.parts.keyring, self.parts.regions))

    # --- second hop: absorb ---------------------------------------------------------------------------------------

    def absorb(
        self, state: State | None, parcels: Sequence[Parcel], now: int, shadowed: Collection[str] = ()
    ) -> Absorbed:
        """A subject's parcels of one batch: first what time alone has brought, then one parcel after the other.

        `shadowed`: the rules on trial now.

        Not all at once: after a crash the same messages come again in batches cut elsewhere, and an alert that was
        told of between two of them must be told of again, or nobody would ever hear of its end.
        """
        key, kind = parcels[0].subject, parcels[0].kind
        if kind in ("record", "event"):
            return _booked(state if isinstance(state, LedgerState) else LedgerState(key, kind), parcels)
        if kind == "alert":
            return _pointed(state if isinstance(state, PointerState) else PointerState(key, kind), parcels)
        subject = state if isinstance(state, SubjectState) else SubjectState(key, kind)
        waking = subject.wake is not None and subject.wake <= now
        absorbed = self.tick(subject, now, shadowed) if waking else Absorbed(subject)
        for parcel in parcels:
            if parcel.slip is not None:
                self._hear(absorbed, parcel.slip, now, shadowed)
            else:
                self._take_in(absorbed, parcel, now, shadowed)
        return absorbed

    def tick(self, state: SubjectState, now: int, shadowed: Collection[str] = ()) -> Absorbed:
        """Time has passed: judge a subject again whose wake-up has come."""
        absorbed = Absorbed(state)
        fresh = msgspec.structs.replace(state, alerts=dict(state.alerts), closed=list(state.closed))
        self._judge(absorbed, fresh, max(now, state.now), Cause(), shadowed)
        return absorbed

    def _take_in(self, absorbed: Absorbed, parcel: Parcel, now: int, shadowed: Collection[str]) -> None:
        grown = grow(_subject(absorbed.state), (parcel,))
        absorbed.conflicts += grown.conflicts
        if not grown.changed:
            return
        fold = fold_of(grown.state)
        absorbed.person = fold if isinstance(fold, Person) else None
        if grown.own_changed:
            absorbed.outbox += relays(grown.state, parcel.cause, parcel.at, absorbed.person)
        absorbed.resident_changed |= grown.state.kind == "resident"
        moment = max(now, grown.state.now, parcel.at)
        self._judge(absorbed, grown.state, moment, Cause(parcel.cause, _takes_back(parcel), parcel.at), shadowed, fold)

    def _hear(self, absorbed: Absorbed, slip: Slip, now: int, shadowed: Collection[str]) -> None:
        """An agency answers. Whether it may is settled once, when the answer comes; the same one again is silent."""
        state, answer = _subject(absorbed.state), slip.answer
        if answer.identity in state.answers:
            absorbed.repeated.append(answer)
            return
        faults = refusals(state, answer)
        absorbed.state, absorbed.changed = taken_in(state, answer, faults), True
        if faults:
            absorbed.refusals.append(RefusedAnswer(slip, faults))
            return
        absorbed.answers.append(answer)
        self._judge(absorbed, absorbed.state, max(now, state.now), Cause(), shadowed)

    def _judge(
        self,
        absorbed: Absorbed,
        state: SubjectState,
        now: int,
        cause: Cause,
        shadowed: Collection[str],
        fold: Fold | None = None,
    ) -> None:
        judged = judge(state, now, self.parts.bench, fold)
        turn = self._machine.turn(state, judged, now, cause, shadowed)
        absorbed.outbox += introductions(state, turn.changed, self.parts.keyring)
        absorbed.retracted += [(a.rule_id, now - cause.at) for a in turn.changed if a.close_reason == "RETRACTED"]
        wakes = [moment for moment in (judged.wake, turn.wake) if moment is not None]
        state.alerts, state.closed, state.wake, state.now = turn.alerts, turn.closed, min(wakes, default=None), now
        absorbed.state, absorbed.changed = state, True
        absorbed.alerts += turn.changed
        absorbed.faults += judged.faults

    # --- what leaves ----------------------------------------------------------------------------------------------

    def resident(self, state: SubjectState, person: Person | None = None) -> dict[str, Any] | None:
        """The shared record of a resident, or None where there is none (any more). `person`: their fold, if at hand."""
        return resident_document(state, self.parts.regions, person)

    def alert(self, alert: AlertState, subject: str) -> dict[str, Any]:
        """An alert as contract 4 has it."""
        # An alert may outlive the switching off of its rule; what it means does not change.
        return alert_document(alert, subject, BY_ID.get(alert.rule_id) or self._own_rule(alert.rule_id))

    def _own_rule(self, rule_id: str) -> Rule:
        return next(rule for rule in self.parts.bench.rules if rule.id == rule_id)


def _booked(state: LedgerState, parcels: Sequence[Parcel]) -> Absorbed:
    """Books have no rules. Only the record's ledger says what became of an event, so that it is said once (I1)."""
    booked = book(state, parcels)
    tells = state.kind == "record"
    return Absorbed(
        booked.state,
        booked.changed,
        outbox=booked.outbox,
        applied=booked.applied if tells else [],
        duplicates=booked.duplicates if tells else [],
    )


def _pointed(state: PointerState, parcels: Sequence[Parcel]) -> Absorbed:
    pointed = forward(state, parcels)
    return Absorbed(pointed.state, pointed.changed, outbox=pointed.outbox, refusals=pointed.refusals)


def _subject(state: State) -> SubjectState:
    if not isinstance(state, SubjectState):
        raise TypeError(f"{kind_of(state.key)} is not a subject")
    return state


def _takes_back(parcel: Parcel) -> bool:
    """Was the parcel's event a correction or cancellation?"""
    if parcel.notice is not None:
        return parcel.notice.how == "SUPERSEDED"
    claims = (parcel.claim,) if parcel.claim else parcel.relay.claims if parcel.relay else ()
    return any(claim.event_id == parcel.cause and claim.takes_back for claim in claims)


def safe_event_id(value: object) -> str | None:
    """The event id of a refused message, if it can only be an id: anything may stand in a broken message."""
    return value if isinstance(value, str) and _UUID.fullmatch(value) else None


def rule_fault(fault: RuleFault) -> Fault:
    """A rule's crash as a fault on the quarantine topic."""
    return Fault(Code.RULE_ERROR, fault.rule_id, fault.trace)
