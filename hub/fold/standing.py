"""Which claims count, as far as was known at some moment of record time or of publication."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from hub.domain.claim import Claim, Notice, Relay, SubjectState, play_order


class _Timed(Protocol):
    @property
    def record_time(self) -> int: ...
    @property
    def publish_time(self) -> int: ...


@dataclass(frozen=True)
class Horizon:
    """How far one looks: what agencies had recorded, or what the hub had been told, by a moment (inclusive, ms)."""

    record: int | None = None
    publish: int | None = None

    def sees(self, thing: _Timed) -> bool:
        return (self.record is None or thing.record_time <= self.record) and (
            self.publish is None or thing.publish_time <= self.publish
        )


EVERYTHING = Horizon()


@dataclass
class Standing:
    """The claims that count for one subject, its own and those its neighbours relayed."""

    own: list[Claim]
    relayed: dict[str, list[Claim]]  # by source subject
    relays: dict[str, Relay]
    moved: frozenset[str]  # event ids whose record lives on under another subject
    taken_back: frozenset[tuple[str, str]]  # (agency, event id) that never counted
    renumbered_to: str | None = None
    former: tuple[str, ...] = field(default=())  # subjects whose claims came over by a number correction


def standing(state: SubjectState, horizon: Horizon = EVERYTHING) -> Standing:
    """Separate what counts from what was wrong from the start (CORRECT, CANCEL, beaten content)."""
    own = [claim for claim in state.claims.values() if horizon.sees(claim)]
    relays = state.relays
    relayed = {source: [c for c in relay.claims if horizon.sees(c)] for source, relay in relays.items()}
    notices = [n for n in _notices(state) if horizon.sees(n)]
    taken_back = _taken_back(own, relayed.values(), notices)
    counting = [claim for claim in own if _counts(claim, taken_back)]
    former = _former(state, counting, relayed, taken_back) if state.kind == "resident" else ()
    held = {claim.identity for claim in own}
    for source in former:
        # The event that corrected the number names both; its own copy is here already.
        counting += [c for c in relayed[source] if _counts(c, taken_back) and c.identity not in held]
        held |= {c.identity for c in relayed[source]}
    counting.sort(key=play_order)
    return Standing(
        own=counting,
        relayed={s: sorted((c for c in cs if _counts(c, taken_back)), key=play_order) for s, cs in relayed.items()},
        relays=relays,
        moved=frozenset(n.event_id for n in notices if n.how == "MOVED"),
        taken_back=taken_back,
        renumbered_to=_renumbered_to(counting, state.key) if state.kind == "resident" else None,
        former=former,
    )


def _renumberings(claims: Iterable[Claim]) -> dict[str, bool]:
    """The last word on each other number: True if this subject goes on there, False if it came from there."""
    last: dict[str, bool] = {}
    for claim in sorted(claims, key=play_order):
        for link in claim.links:
            if link.role in ("renumbered_to", "renumbered_from"):
                last.pop(link.key, None)
                last[link.key] = link.role == "renumbered_to"
    return last


def _renumbered_to(counting: list[Claim], own_key: str) -> str | None:
    own = [c for c in counting if any(n.role == "renumbered_from" for n in c.named)]
    targets = [key for key, onward in _renumberings(own).items() if onward and key != own_key]
    return targets[-1] if targets else None


def _former(
    state: SubjectState, own: list[Claim], relayed: dict[str, list[Claim]], taken_back: frozenset[tuple[str, str]]
) -> tuple[str, ...]:
    """Former numbers of this person whose claims came over, through any chain of corrections."""
    found: list[str] = []
    claims = own
    waiting: list[list[Claim]] = [claims]
    while waiting:
        for key, onward in _renumberings(waiting.pop()).items():
            if not onward and key in relayed and key != state.key and key not in found:
                found.append(key)
                waiting.append([c for c in relayed[key] if _counts(c, taken_back)])
    return tuple(found)


def _notices(state: SubjectState) -> Iterable[Notice]:
    yield from state.notices.values()
    for relay in state.relays.values():
        yield from relay.notices


def _taken_back(own: list[Claim], relayed: Iterable[list[Claim]], notices: list[Notice]) -> frozenset[tuple[str, str]]:
    """An agency takes back its own word only: the key carries the agency."""
    gone = {(c.agency, c.supersedes) for c in own if c.takes_back and c.supersedes}
    for claims in relayed:
        gone |= {(c.agency, c.supersedes) for c in claims if c.takes_back and c.supersedes}
    return frozenset(gone | {(n.agency, n.event_id) for n in notices if n.how != "MOVED"})


def _counts(claim: Claim, taken_back: frozenset[tuple[str, str]]) -> bool:
    return claim.op != "CANCEL" and (claim.agency, claim.event_id) not in taken_back


def live(claims: Iterable[Claim], moved: frozenset[str]) -> list[Claim]:
    """The newest version of each source record: what the agency's file says today."""
    newest: dict[tuple[str, str], Claim] = {}
    for claim in claims:
        record = (claim.agency, claim.record_id)
        if record not in newest or claim.seq > newest[record].seq:
            newest[record] = claim
    return [claim for claim in newest.values() if claim.event_id not in moved]
