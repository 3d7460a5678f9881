"""What one subject tells another, as claims: no joins at read time (architecture 1).

A group tells its members and its dwelling what was decided about it; a resident tells their groups what the rules of
those must know; a dwelling tells its leases and its residents what became of it. Only facts travel, never anything
that depends on today's date. A relay replaces its predecessor by version, and nothing is told twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import msgspec

from hub.domain.claim import Channel, Claim, Kind, Link, Named, Notice, Parcel, Relay, SubjectState, play_order
from hub.fold.marriage import married_to
from hub.fold.person import Person
from hub.fold.standing import merged, resolved

_DEATHS = frozenset({"psb.death_registered", "mca.deceased_handled"})
_MOVES = frozenset({"psb.birth_registered", "psb.migrated_in", "psb.migrated_out", "psb.household_restructured"})
_LEASES = frozenset({"hmd.private_lease_filed", "hmd.private_lease_ended"})
_RENTALS = frozenset({"hmd.public_rental_leased", "hmd.public_rental_ended"})
_HOMES = _RENTALS | {"hmd.ownership_changed", "hmd.public_rental_qualified", "hmd.rent_subsidy_changed"}


# Groups that tell their residents everything: only their versions end equal in every order of arrival.
WHOLE = frozenset({"aid", "rental", "lease"})


@dataclass(frozen=True)
class Route:
    """Which acts travel from one kind of subject to another."""

    types: frozenset[str] | None = None  # None: every act
    named: bool = False  # with the names and numbers police gave; else the fact alone
    quiet: bool = False  # where there is nothing to tell, nothing is told
    as_subject: bool = False  # only acts that are about the resident, not merely naming them


ROUTES: Mapping[tuple[Kind, Kind | Channel], Route] = {
    ("aid", "resident"): Route(),
    ("rental", "resident"): Route(),
    ("lease", "resident"): Route(),
    ("rental", "unit"): Route(),
    ("lease", "unit"): Route(),
    ("resident", "aid"): Route(_DEATHS | _MOVES | _HOMES | {"hrss.medical_coverage_changed", "psb.permit_changed"}),
    ("resident", "rental"): Route(_DEATHS | _HOMES),
    ("resident", "lease"): Route(_DEATHS | _LEASES | _RENTALS, quiet=True, as_subject=True),
    ("resident", "unit"): Route(_DEATHS | {"psb.residence_changed"}, quiet=True),
    ("resident", "household"): Route(_DEATHS | _MOVES | {"psb.item_corrected"}, named=True),
    ("resident", "children"): Route(_DEATHS | _MOVES | {"psb.item_corrected"}, named=True),
    ("resident", "spouse"): Route(_DEATHS | _HOMES),
    ("resident", "twin"): Route(named=True),
    ("unit", "resident"): Route(frozenset({"hmd.unit_changed"}), quiet=True),
    ("unit", "lease"): Route(frozenset({"hmd.unit_changed", "hmd.ownership_changed"}), quiet=True),
    ("address", "resident"): Route(frozenset({"hmd.unit_changed"}), quiet=True),
    ("address", "unit"): Route(frozenset({"hmd.private_lease_filed"}), quiet=True),
    ("unit", "address"): Route(frozenset({"hmd.unit_changed"}), quiet=True),
}
# Acts at a dwelling, or an address, whose people want to know what becomes of it.
_LIVING_AT: Mapping[Kind, frozenset[str]] = {
    "unit": frozenset({"psb.residence_changed", "hmd.private_lease_filed", "hmd.public_rental_leased"}),
    "address": frozenset({"psb.residence_changed"}),
}


def relays(state: SubjectState, cause: str, at: int, fold: Person | None = None) -> list[Parcel]:
    """What a subject has to tell its neighbours after something of its own has changed. Notes in the state what.

    `fold`: a resident's, if it is at hand.
    """
    # Kept while it is gone through: digests go by the identity of a relay.
    everything = [*(_of_resident(state, cause, at, fold) if state.kind == "resident" else _of_others(state, cause, at))]
    digests: dict[int, str] = {}
    return [parcel for parcel in everything if _is_news(state, parcel, digests)]


def _is_news(state: SubjectState, parcel: Parcel, digests: dict[int, str]) -> bool:
    """`digests`: of relays seen before, since many neighbours are told the same."""
    relay = parcel.relay
    if relay is None:
        return False
    told_to = f"{parcel.subject}|{relay.source}"
    route = _route(state, parcel.kind, relay)
    silent = not (relay.claims or relay.renamed_to or relay.stranger)
    if route.quiet and silent and told_to not in state.told:
        return False
    digest = digests.get(id(relay)) or digests.setdefault(id(relay), _digest(relay, route))
    if state.told.get(told_to) == digest:
        return False
    state.told[told_to] = digest
    return True


def _digest(relay: Relay, route: Route) -> str:
    # Of a route for some acts only, a version without any of them is no news. Who hears everything counts it, too.
    version = relay.version if route.types is None else 0
    content = (relay.claims, relay.notices, relay.renamed_to, relay.stranger, version)
    return hashlib.blake2b(msgspec.msgpack.encode(content), digest_size=12).hexdigest()


def _route(state: SubjectState, to: Kind, relay: Relay) -> Route:
    """The route a relay takes; blocks of a number, and what is only passed on, go whole."""
    if relay.source.partition("|")[0] != state.key:
        return Route()
    channel = relay.source_kind if state.kind == to == "resident" else to
    return ROUTES.get((state.kind, channel), Route())


# --- groups and dwellings ---------------------------------------------------------------------------------------------


def _of_others(state: SubjectState, cause: str, at: int) -> Iterator[Parcel]:
    """A group tells everybody it ever named: claims know whom. All of one kind are told the same."""
    made: dict[Kind, Relay] = {}
    # A dwelling is gone, or has another address, for those who know it by a former one, too.
    heard = [r for r in state.relays.values() if (state.kind, r.source_kind) == ("address", "unit")]
    said = {
        (c.identity, c.event_id): c for claims in (state.claims.values(), *(r.claims for r in heard)) for c in claims
    }
    introduced = [(key, kind) for key, kind in _neighbours(state.kind, _by_address(state)) if kind == "lease"]
    for key, kind in sorted({*_neighbours(state.kind, _ever_said(state)), *introduced}):
        if kind not in made:
            made[kind] = Relay(
                state.key,
                state.kind,
                _counted(state) + sum(relay.version for relay in heard),
                tuple(_relevant(ROUTES[state.kind, kind], said.values())),
                tuple(sorted({*state.notices.values(), *(n for relay in heard for n in relay.notices)})),
            )
        relay = made[kind]
        if kind == "address":  # it has at first hand what names it
            relay = msgspec.structs.replace(relay, claims=tuple(c for c in relay.claims if not _names(c, key)))
        yield Parcel(subject=key, kind=kind, cause=cause, at=at, relay=relay)


def _names(claim: Claim, key: str) -> bool:
    return any(link.key == key for link in claim.links)


def _neighbours(kind: Kind, claims: Iterable[Claim]) -> list[tuple[str, Kind]]:
    found = {
        (link.key, link.kind)
        for claim in claims
        for link in claim.links
        if (kind, link.kind) in ROUTES and _concerns(kind, link, claim)
    }
    return sorted(found)


def _concerns(kind: Kind, link: Link, claim: Claim) -> bool:
    """Is the link one to tell of? A dwelling's residents are those who live there; a parent is no child."""
    if link.kind == "resident" and kind in _LIVING_AT:
        return claim.event_type in _LIVING_AT[kind]
    if link.kind == "address":
        return claim.event_type == "hmd.unit_changed"
    if link.kind == "children":
        return any(named.subject for named in claim.named)
    return True


def _by_address(state: SubjectState) -> Iterator[Claim]:
    """Filings that name no dwelling, told by an address that meets the dwelling's: it answers the lease itself."""
    for relay in state.relays.values():
        if relay.source_kind == "address":
            yield from relay.claims


# --- residents --------------------------------------------------------------------------------------------------------


def _of_resident(state: SubjectState, cause: str, at: int, fold: Person | None) -> Iterator[Parcel]:
    neighbours = _neighbours("resident", (*_ever_said(state), *_blocks(state)))
    kin = sorted({link.key for c in (*_ever_said(state), *_blocks(state)) for link in c.links if link.role == "spouse"})
    twins = sorted({notice.to for notice in state.notices.values() if notice.to})
    numbers = sorted({link.key for c in _ever_said(state) for link in c.links if link.role == "renumbered_to"})
    if not (neighbours or kin or twins or numbers):
        return  # nobody to tell, nothing to fold
    person = fold or Person(state)
    onward = person.standing.renumbered_to
    for number in numbers:
        # Whoever was ever named as the next number must hear it, too, when the person goes on under another.
        yield Parcel(subject=number, kind="resident", cause=cause, at=at, relay=_block(state))
    for source in sorted(state.relays) if onward else ():
        # Everything heard under this number goes along: what former numbers and groups said.
        if source != onward:
            yield Parcel(subject=str(onward), kind="resident", cause=cause, at=at, relay=state.relays[source])
    teller = _Teller(state, person)
    for key, kind in neighbours:
        yield Parcel(subject=key, kind=kind, cause=cause, at=at, relay=teller.to_group(key, kind))
        if kind == "rental":
            yield Parcel(subject=key, kind=kind, cause=cause, at=at, relay=teller.of_spouse())
    for key in kin:
        yield Parcel(subject=key, kind="resident", cause=cause, at=at, relay=teller.to_resident(key, "spouse"))
    for key in twins:
        yield Parcel(subject=key, kind="resident", cause=cause, at=at, relay=teller.to_resident(key, "twin"))


@dataclass
class _Teller:
    """A resident with something to say, folded once for all who must hear it."""

    state: SubjectState
    person: Person
    _by_route: dict[Route, tuple[Claim, ...]] = field(default_factory=dict)

    def to_group(self, key: str, kind: Kind) -> Relay:
        return self._relay(self.state.key, "resident", ROUTES["resident", kind], key)

    def to_resident(self, key: str, channel: Channel) -> Relay:
        """A spouse hears of deaths and homes; a number that a record moved to hears who this one is."""
        return self._relay(f"{self.state.key}|{channel}", channel, ROUTES["resident", channel], key)

    def of_spouse(self) -> Relay:
        """What the present spouse has told, passed on to the household that rents together."""
        married = married_to(self.person)
        known = resolved(self.person.standing, married[0], "|spouse") if married else None
        claims, notices = list[Claim](), {*self.state.notices.values()}
        if married and known:
            heard = self.state.relays[f"{known}|spouse"]
            # The marriage goes along: before it was known, nothing of the spouse concerned the household.
            claims = [*map(_without_identity, married[1]), *heard.claims]
            notices |= {*heard.notices}
        return Relay(
            f"{self.state.key}|spouse",
            "spouse",
            _version(self.state, "spouse"),
            tuple(sorted(claims, key=play_order)),
            tuple(sorted(notices)),
        )

    def _relay(self, source: str, source_kind: Kind | Channel, route: Route, to: str) -> Relay:
        onward = self.person.standing.renumbered_to
        return Relay(
            source=source,
            source_kind=source_kind,
            version=_version(self.state),
            claims=self._news_to(to, route),
            notices=self._notices,
            renamed_to=onward,
            stranger=not onward and to not in self._accepted,
        )

    def _news_to(self, to: str, route: Route) -> tuple[Claim, ...]:
        """A neighbour that an act names has it at first hand, and is not told again."""
        told = self._told(route)
        return tuple(c for c in told if not _names(c, to)) if route.quiet else told

    def _told(self, route: Route) -> tuple[Claim, ...]:
        """What goes by one route, put together once for all neighbours on it."""
        if route not in self._by_route:
            self._by_route[route] = tuple(_relevant(route, self._about))
        return self._by_route[route]

    @cached_property
    def _accepted(self) -> frozenset[str]:
        """Neighbours whom a claim that is about this person names."""
        moved_to = {notice.to for notice in self.state.notices.values() if notice.to}
        return frozenset({link.key for claim in self.person.linked for link in claim.links} | moved_to)

    @cached_property
    def _about(self) -> list[Claim]:
        """Own claims that are about this person, former numbers' too, and what public rentals have told of themselves.

        A correction that is about somebody else still takes back what it names, and says nothing else here.
        """
        state, person = self.state, self.person
        # A funeral may name the dead under one number and, by mistake, as its applicant under the other.
        pool = merged(
            state.claims.values(), (c for source in person.standing.former for c in state.relays[source].claims)
        )
        linked = {id(claim) for claim in person.linked}
        about = []
        for claim in pool:
            if id(claim) in linked or person.is_about(claim):
                about.append(claim)
            elif claim.takes_back:
                about.append(msgspec.structs.replace(claim, op="CANCEL"))
        held = {(c.identity, c.event_id) for c in about}
        heard = (c for relay in self._rentals for c in relay.claims)
        return about + [c for c in heard if (c.identity, c.event_id) not in held]

    @cached_property
    def _rentals(self) -> list[Relay]:
        """A tenancy's end names the tenant alone: the others know it from the group."""
        mine = {link.key for claim in self.person.linked for link in claim.links if link.kind == "rental"}
        return [relay for source, relay in sorted(self.state.relays.items()) if source in mine]

    @cached_property
    def _notices(self) -> tuple[Notice, ...]:
        heard = {notice for relay in self._rentals for notice in relay.notices}
        return tuple(sorted({*self.state.notices.values(), *heard}))


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
    groups = sum(r.version for s, r in state.relays.items() if s in linked and r.source_kind in WHOLE)
    claims = tuple(sorted(state.claims.values(), key=play_order))
    return Relay(state.key, "resident", _counted(state) + groups, claims, _notices(state))


def _relevant(route: Route, claims: Iterable[Claim]) -> list[Claim]:
    chosen = [c for c in claims if route.types is None or c.event_type in route.types]
    if route.as_subject:
        chosen = [c for c in chosen if c.takes_back or any(named.subject for named in c.named)]
    return sorted((c if route.named else _without_identity(c) for c in chosen), key=play_order)


def _without_identity(claim: Claim) -> Claim:
    """A neighbour learns the fact, not how the person is named."""
    named = tuple(Named(role=n.role, id_type="", id_no="", name="", subject=n.subject) for n in claim.named)
    return msgspec.structs.replace(claim, named=named, golden={})


def _counted(state: SubjectState) -> int:
    """The number of things ever taken in from agencies: it only grows, and ends equal in every order."""
    return len(state.claims) + len(state.beaten) + len(state.notices)


def _version(state: SubjectState, *heard: Kind | Channel) -> int:
    """... and what came with it from those it passes on: groups, blocks of former numbers, and `heard`.

    Never what the other end of a route says: two that count each other would double with every word.
    """
    kinds = (*WHOLE, "resident", *heard)
    return _counted(state) + sum(relay.version for relay in state.relays.values() if relay.source_kind in kinds)


def _notices(state: SubjectState) -> tuple[Notice, ...]:
    return tuple(sorted(state.notices.values()))
