"""What one subject tells another, as claims: no joins at read time (architecture 1).

A group tells its members and its dwelling what was decided about it; a resident tells their aid unit what its rules
must know. Only facts travel, never anything that depends on today's date. A relay replaces its predecessor by version.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from hub.domain.claim import Claim, Kind, Named, Notice, Parcel, Relay, SubjectState, play_order
from hub.fold.person import Person

# (from, to): event types that travel; None = every act of the group.
ROUTES: dict[tuple[Kind, Kind], frozenset[str] | None] = {
    ("resident", "aid"): frozenset({"psb.death_registered", "mca.deceased_handled", "hrss.medical_coverage_changed"}),
    ("aid", "resident"): None,
    ("rental", "resident"): None,
    ("rental", "unit"): None,
    ("lease", "unit"): None,
}


def relays(state: SubjectState, cause: str, at: int) -> Iterator[Parcel]:
    """Everything a subject has to tell its neighbours after its own claims have changed."""
    if state.kind == "unit":
        return
    if state.kind == "resident":
        yield from _resident_relays(state, cause, at)
        return
    for key, kind in _neighbours(state.kind, _ever_said(state)):
        yield _parcel(state, key, kind, _relevant(ROUTES[state.kind, kind], state.claims.values()), cause, at)


def _resident_relays(state: SubjectState, cause: str, at: int) -> Iterator[Parcel]:
    neighbours = _neighbours("resident", (*_ever_said(state), *_blocks(state)))
    numbers = sorted({link.key for c in _ever_said(state) for link in c.links if link.role == "renumbered_to"})
    if not neighbours and not numbers:
        return  # most people: nobody to tell, nothing to fold
    person = Person(state)
    onward = person.standing.renumbered_to
    for number in numbers:
        # Whoever was ever named as the next number must hear it, too, when the person goes on under another.
        yield Parcel(subject=number, kind="resident", cause=cause, at=at, relay=_block(state))
    for source in sorted(state.relays) if onward else ():
        # Everything heard under this number goes along: what former numbers and groups said.
        if source != onward:
            yield Parcel(subject=str(onward), kind="resident", cause=cause, at=at, relay=state.relays[source])
    pool = [*state.claims.values()]
    held = {(c.identity, c.event_id) for c in pool}
    pool += [c for s in person.standing.former for c in state.relays[s].claims if (c.identity, c.event_id) not in held]
    # A correction that is about somebody else still takes back what it names, and says nothing else here.
    about = [
        c if person.is_about(c) else msgspec.structs.replace(c, op="CANCEL")
        for c in pool
        if c.takes_back or person.is_about(c)
    ]
    accepted = {link.key for claim in person.linked for link in claim.links}
    # Whoever was ever told must be told again, also that the word was taken back: so neighbours come from everything.
    for key, kind in neighbours:
        claims = _relevant(ROUTES["resident", kind], about)
        yield _parcel(state, key, kind, claims, cause, at, onward=onward, stranger=not onward and key not in accepted)


def _ever_said(state: SubjectState) -> tuple[Claim, ...]:
    """Beaten contents, too: whoever they named was told, in some order of arrival, and must be told on."""
    return (*state.claims.values(), *state.beaten.values())


def _blocks(state: SubjectState) -> Iterator[Claim]:
    for relay in state.relays.values():
        if relay.source_kind == "resident":
            yield from relay.claims


def _block(state: SubjectState) -> Relay:
    """A resident's own claims, whole, name and all, for a subject that ever carried the person's next number: they
    tell where the person goes on by now, and when they went on there.

    Its version leaves blocks of other numbers out: numbers corrected in a circle must not chase each other for ever.
    """
    linked = {link.key for claim in state.claims.values() for link in claim.links}
    groups = sum(r.version for s, r in state.relays.items() if s in linked and r.source_kind != "resident")
    return Relay(
        source=state.key,
        source_kind="resident",
        version=len(state.claims) + len(state.beaten) + len(state.notices) + groups,
        claims=tuple(sorted(state.claims.values(), key=play_order)),
        notices=_notices(state),
    )


def _neighbours(kind: Kind, claims: Iterable[Claim]) -> list[tuple[str, Kind]]:
    found = {(link.key, link.kind) for claim in claims for link in claim.links if (kind, link.kind) in ROUTES}
    return sorted(found)


def _relevant(types: frozenset[str] | None, claims: Iterable[Claim]) -> tuple[Claim, ...]:
    chosen = [_without_identity(c) for c in claims if types is None or c.event_type in types]
    return tuple(sorted(chosen, key=play_order))


def _without_identity(claim: Claim) -> Claim:
    """A neighbour learns the fact, not how the person is named."""
    named = tuple(Named(role=n.role, id_type="", id_no="", name="", subject=n.subject) for n in claim.named)
    return msgspec.structs.replace(claim, named=named, golden={})


def _parcel(
    state: SubjectState,
    key: str,
    kind: Kind,
    claims: tuple[Claim, ...],
    cause: str,
    at: int,
    *,
    onward: str | None = None,
    stranger: bool = False,
) -> Parcel:
    relay = Relay(
        source=state.key,
        source_kind=state.kind,
        version=_version(state),
        claims=claims,
        notices=_notices(state),
        renamed_to=onward,
        stranger=stranger,
    )
    return Parcel(subject=key, kind=kind, cause=cause, at=at, relay=relay)


def _version(state: SubjectState) -> int:
    """The number of things ever taken in: it only grows, and ends equal in every order."""
    blocks = sum(r.version for r in state.relays.values() if state.kind == "resident" == r.source_kind)
    return len(state.claims) + len(state.beaten) + len(state.notices) + blocks


def _notices(state: SubjectState) -> tuple[Notice, ...]:
    return tuple(sorted(state.notices.values()))
