"""Absorb: parcels grow a subject's set of claims. Union under a winner rule, so order and repetition do not matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from hub.domain.claim import Claim, Parcel, Relay, SubjectState

# A collective household (集体户) may hold thousands, and is no evidence of anything (domain 6.2): it is not heard one
# by one, or its state would outgrow what a broker takes. More than the members any policy takes for a family.
_CROWD = 60
_PASSED_ON = frozenset({"resident", "rental", "spouse"})


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
            told=dict(state.told),
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
    if held == claim:
        return
    winner = claim
    if held is not None:
        winner, loser = (claim, held) if _rank(claim) > _rank(held) else (held, claim)
        known = state.beaten.get(loser.event_id)
        if known is None or _rank(loser) > _rank(known):
            state.beaten[loser.event_id] = loser
            grown.conflicts += known is None
        elif loser is claim:
            return
    state.claims[claim.identity] = winner
    grown.changed = grown.own_changed = True


def _rank(claim: Claim) -> tuple[int, str, bytes]:
    """Later recorded, then the higher event id; one id with two contents is settled by the bytes."""
    return (*claim.precedence, msgspec.json.encode(claim, order="sorted"))


def _take_relay(grown: Grown, relay: Relay) -> None:
    held = grown.state.relays.get(relay.source)
    if relay.source == grown.state.key or (held is not None and held.version >= relay.version):
        return
    if grown.state.crowded:
        return
    grown.state.relays[relay.source] = relay
    grown.changed = True
    if grown.state.kind == "household" and len(grown.state.relays) > _CROWD:
        grown.state.relays, grown.state.crowded = {}, True
    # What came from a former number is this person's own; what rentals and spouses say is passed on to groups; and
    # whoever goes on under another number passes everything on.
    if grown.state.kind == "resident" and (relay.source_kind in _PASSED_ON or _was_renumbered(grown.state)):
        grown.own_changed = True
    # An address tells a dwelling of leases that may be of it, which must hear from the dwelling; and passes on what a
    # dwelling that has left it tells.
    if (grown.state.kind, relay.source_kind) in (("unit", "address"), ("address", "unit")):
        grown.own_changed = True


def _was_renumbered(state: SubjectState) -> bool:
    return any(link.role == "renumbered_to" for claim in state.claims.values() for link in claim.links)
