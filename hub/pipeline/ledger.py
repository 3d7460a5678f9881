"""The books: a ledger per source record and a pointer per event.

A correction may name another person than the act it corrects (a wrong number put right), and then the person who was
wrongly named never sees the correcting event. The ledger knows whom each act of a record named, so it can tell them.
The pointer finds the ledger when a correction is filed under a record number of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from hub.domain.claim import Act, Kind, LedgerState, Notice, Parcel


@dataclass
class Booked:
    """What came of a ledger's parcels."""

    state: LedgerState
    changed: bool = False
    outbox: list[Parcel] = field(default_factory=list)
    applied: list[Act] = field(default_factory=list)
    duplicates: list[Act] = field(default_factory=list)


def book(state: LedgerState, parcels: Sequence[Parcel]) -> Booked:
    """Enter parcels into a ledger or pointer. The state is copied, never edited."""
    after = msgspec.structs.replace(
        state,
        acts=dict(state.acts),
        digests=list(state.digests),
        taken_back={event: dict(by) for event, by in state.taken_back.items()},
    )
    booked = Booked(after)
    for parcel in parcels:
        _enter(booked, parcel)
    if booked.changed:
        tell = _pointer_outbox if after.kind == "event" else _ledger_outbox
        known = set(tell(state))
        booked.outbox = [parcel for parcel in tell(after) if parcel not in known]
    return booked


def _enter(booked: Booked, parcel: Parcel) -> None:
    state = booked.state
    if parcel.taken_back_by is not None and parcel.taken_back is not None:
        by = state.taken_back.setdefault(parcel.taken_back, {})
        known = by.get(parcel.taken_back_by.event_id)
        if known is None or (parcel.taken_back_by.beaten and not known.beaten):
            by[parcel.taken_back_by.event_id] = parcel.taken_back_by
            booked.changed = True
    if parcel.act is not None:
        act = parcel.act
        if act.digest in state.digests:
            booked.duplicates.append(act)
            return
        state.digests.append(act.digest)
        state.digests.sort()
        known = state.acts.get(act.event_id)
        if known is None or (act.record_time, act.digest) > (known.record_time, known.digest):
            state.acts[act.event_id] = act
        booked.applied.append(act)
        booked.changed = True


def _pointer_outbox(state: LedgerState) -> tuple[Parcel, ...]:
    """A pointer that knows both its event's home and who took the event back tells the home ledger."""
    return tuple(
        Parcel(
            subject=home.record_key,
            kind="record",
            cause=by.event_id,
            at=max(by.publish_time, home.publish_time),
            taken_back_by=by,
            taken_back=event_id,
        )
        for home in sorted(state.acts.values(), key=lambda act: act.digest)
        for event_id, takers in sorted(state.taken_back.items())
        for by in sorted(takers.values(), key=lambda act: act.event_id)
        if home.event_id == event_id
    )


def _ledger_outbox(state: LedgerState) -> tuple[Parcel, ...]:
    """What a record's acts came to, for those who cannot see it from their own claims."""
    return (*_notices(state), *_void_corrections(state))


def _notices(state: LedgerState) -> Iterator[Parcel]:
    """To every subject that an act named and its successor did not."""
    for act, by, how in _successions(state):
        for key, kind in _concerned(state, act, by, how):
            yield _notice(key, kind, act, by, how)
    for event_id, takers in sorted(state.taken_back.items()):
        for _, by in sorted(takers.items()):
            for key, kind in state.acts[event_id].subjects if by.beaten and event_id in state.acts else ():
                yield _notice(key, kind, by, by, "BEATEN")


def _void_corrections(state: LedgerState) -> Iterator[Parcel]:
    """To the pointer of an event that a beaten act took back: it took nothing back after all."""
    for act, by, how in _successions(state):
        if how == "BEATEN" and act.pointer:
            yield Parcel(
                subject=act.pointer,
                kind="event",
                cause=by.event_id,
                at=by.publish_time,
                taken_back_by=msgspec.structs.replace(act, beaten=True),
                taken_back=act.supersedes,
            )


def _notice(key: str, kind: Kind, act: Act, by: Act, how: str) -> Parcel:
    return Parcel(
        subject=key,
        kind=kind,
        cause=by.event_id,
        at=by.publish_time,
        notice=Notice(
            agency=act.agency,
            event_id=act.event_id,
            by=by.event_id,
            how=how,
            record_time=by.record_time,
            publish_time=by.publish_time,
            to=_instead(act, by, key) if how == "MOVED" else "",
        ),
    )


def _instead(act: Act, by: Act, left: str) -> str:
    """Whom a record names in this resident's place, if it is one person for one."""
    before, after = ({key for key, kind in a.subjects if kind == "resident"} for a in (act, by))
    return next(iter(after - before)) if before - after == {left} and len(after - before) == 1 else ""


def _concerned(state: LedgerState, act: Act, by: Act, how: str) -> Iterator[tuple[str, Kind]]:
    """Whom an act named and its successor did not; and whom earlier acts named, if this one never counted: they were
    told that their record had moved on to it."""
    earlier = [other for other in state.acts.values() if other.seq < act.seq] if how != "MOVED" else []
    told = {subject for other in earlier for subject in other.subjects}
    named = frozenset(by.subjects)
    yield from sorted(told)
    yield from (subject for subject in act.subjects if subject not in named and subject not in told)


def _successions(state: LedgerState) -> Iterator[tuple[Act, Act, str]]:
    """(act, an act that came over it, how), for every pair there is.

    Every pair, not only neighbours: a version that arrives late between two others must not make what was said of
    them before superfluous, or the notices would depend on the order of arrival.
    """
    acts = sorted(state.acts.values(), key=lambda act: (act.seq, act.precedence))
    for number, act in enumerate(acts):
        for _, by in sorted(state.taken_back.get(act.event_id, {}).items()):
            yield act, by, "SUPERSEDED"
        for later in acts[number + 1 :]:
            if later.seq == act.seq:
                yield act, later, "BEATEN"
            elif later.op == "CORRECT" and later.supersedes == act.event_id:
                yield act, later, "SUPERSEDED"  # known here, without the way round by the pointer
            elif later.op != "CANCEL":  # a cancellation is no version of the record
                yield act, later, "MOVED"
