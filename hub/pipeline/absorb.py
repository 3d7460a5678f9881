"""Absorb: parcels grow a subject's set of claims. Union under a winner rule, so order and repetition do not matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from hub.domain.claim import Claim, Parcel, Relay, SubjectState


@dataclass
class Grown:
    """A subject's state with parcels taken in, and what kind of thing was new."""

    state: SubjectState
    own_changed: bool = False  # claims, notices or a former number's block: neighbours must hear
    changed: bool = False
    conflicts: int = 0  # second contents under one (agency, record, sequence number)


def grow(state: SubjectState, parcels: Sequence[Parcel]) -> Grown:
    """Take parcels in. The state given is copied, never edited: a failed batch leaves nothing half done."""
    grown = Grown(
        msgspec.structs.replace(
            state,
            claims=dict(state.claims),
            beaten=dict(state.beaten),
            notices=dict(state.notices),
            relays=dict(state.relays),
            alerts=dict(state.alerts),
            closed=list(state.closed),
        )
    )
    for parcel in parcels:
        if parcel.claim is not None:
            _take_claim(grown, parcel.claim)
        elif parcel.notice is not None:
            key = f"{parcel.notice.event_id}|{parcel.notice.by}|{parcel.notice.how}"
            if key not in grown.state.notices:
                grown.state.notices[key] = parcel.notice
                grown.changed = grown.own_changed = True
        elif parcel.relay is not None:
            _take_relay(grown, parcel.relay)
    return grown


def _take_claim(grown: Grown, claim: Claim) -> None:
    state = grown.state
    held = state.claims.get(claim.identity)
    if held is not None:
        if held == claim or claim.event_id in state.beaten:
            return
        grown.conflicts += 1
        if _rank(claim) < _rank(held):
            state.beaten[claim.event_id] = claim.identity
            grown.changed = grown.own_changed = True
            return
        if held.event_id != claim.event_id:
            state.beaten[held.event_id] = held.identity
    state.claims[claim.identity] = claim
    grown.changed = grown.own_changed = True


def _rank(claim: Claim) -> tuple[int, str, bytes]:
    """Later recorded, then the higher event id; one id with two contents is settled by the bytes."""
    return (*claim.precedence, msgspec.json.encode(claim, order="sorted"))


def _take_relay(grown: Grown, relay: Relay) -> None:
    held = grown.state.relays.get(relay.source)
    if relay.source == grown.state.key or (held is not None and held.version >= relay.version):
        return
    grown.state.relays[relay.source] = relay
    grown.changed = True
    if relay.source_kind == "resident" == grown.state.kind:
        grown.own_changed = True
