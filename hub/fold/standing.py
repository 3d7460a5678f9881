"""Which claims count, as far as was known at some moment of record time or of publication."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import msgspec

from hub.domain.claim import Claim, Notice, Relay, SubjectState, play_order


class _Timed(Protocol):
    @property
    def record_time(self) -> int: ...
    @property
    def publish_time(self) -> int: ...


_Thing = TypeVar("_Thing", bound=_Timed)


@dataclass(frozen=True)
class Horizon:
    """How far one looks: what agencies had recorded, or what the hub had been told, by a moment (inclusive, ms)."""

    record: int | None = None
    publish: int | None = None

    def sees(self, thing: _Timed) -> bool:
        return (self.record is None or thing.record_time <= self.record) and (
            self.publish is None or thing.publish_time <= self.publish
        )

    def seen(self, things: Iterable[_Thing]) -> list[_Thing]:
        """Those of them that were known by then."""
        if self.record is None and self.publish is None:
            return list(things)
        return [thing for thing in things if self.sees(thing)]


EVERYTHING = Horizon()


@dataclass
class Standing:
    """The claims that count for one subject, its own and those its neighbours relayed."""

    own: list[Claim]
    of_this_number: list[Claim]  # own without those that came over from former numbers
    relayed: dict[str, list[Claim]]  # by source subject
    relays: dict[str, Relay]
    moved: frozenset[str]  # event ids whose record lives on under another subject
    retracted: list[Claim]  # what was said and never counted, of this person's own
    renumbered_to: str | None = None
    former: tuple[str, ...] = field(default=())  # subjects whose claims came over by a number correction


def standing(state: SubjectState, horizon: Horizon = EVERYTHING) -> Standing:
    """Separate what counts from what was wrong from the start (CORRECT, CANCEL, beaten content)."""
    own = horizon.seen(state.claims.values())
    relays = state.relays
    told = {source: horizon.seen(relay.claims) for source, relay in relays.items()}
    notices = [n for n in _notices(state) if n.how == "BEATEN" or horizon.sees(n)]
    beaten = frozenset((n.agency, n.event_id) for n in notices if n.how == "BEATEN")
    taken_back = beaten | _superseded(own, told.values(), notices, beaten)
    of_this_number = _counting(own, taken_back)
    relayed = {source: _counting(claims, taken_back) for source, claims in told.items()}
    renumbered_to, former = _numbers(state, horizon, of_this_number, relayed)
    counting, superseded = of_this_number, taken_back - beaten
    if former:
        own = merged(own, (claim for source in former for claim in told[source]))
        counting = _counting(own, taken_back)
    return Standing(
        own=counting,
        of_this_number=of_this_number,
        relayed=relayed,
        relays=relays,
        moved=frozenset(n.event_id for n in notices if n.how == "MOVED" and (n.agency, n.by) not in taken_back),
        retracted=[c for c in own if c.op != "CANCEL" and (c.agency, c.event_id) in superseded],
        renumbered_to=renumbered_to,
        former=former,
    )


def merged(own: Iterable[Claim], came_over: Iterable[Claim]) -> list[Claim]:
    """One copy of each event. One that names the person under two numbers says both names."""
    # By both: of two contents under one identity, each number may hold another, and one of them is beaten.
    copies = {(claim.identity, claim.event_id): claim for claim in own}
    for claim in came_over:
        key = (claim.identity, claim.event_id)
        held = copies.setdefault(key, claim)
        if _names_former(held):
            copies[key] = claim  # a correction is told by the number that is
        elif held is not claim and not _names_former(claim):
            both = (*held.named, *claim.named)
            copies[key] = msgspec.structs.replace(held, named=both, golden=held.golden or claim.golden)
    return list(copies.values())


def _names_former(claim: Claim) -> bool:
    return any(named.role == "renumbered_from" for named in claim.named)


def _numbers(
    state: SubjectState, horizon: Horizon, own: list[Claim], relayed: dict[str, list[Claim]]
) -> tuple[str | None, tuple[str, ...]]:
    """Where the person goes on, and under which numbers they were before.

    Looking back, a correction of a number that is undone by now joined nobody then either: a case does not begin anew
    because police mistook a number in between.
    """
    said = {key: _number_corrections(claims) for key, claims in relayed.items()} if state.kind == "resident" else {}
    mine = _number_corrections(own) if state.kind == "resident" else []
    if not mine and not any(said.values()):
        return None, ()
    if horizon != EVERYTHING:
        present = standing(state)
        kept = {claim.event_id for claims in (present.of_this_number, *present.relayed.values()) for claim in claims}
        mine = [claim for claim in mine if claim.event_id in kept]
        said = {key: [claim for claim in claims if claim.event_id in kept] for key, claims in said.items()}
    return _present_number(state.key, mine, said), _former(state.key, mine, said)


def _number_corrections(claims: Iterable[Claim]) -> list[Claim]:
    """Claims that say under which number a person goes on, in play order: corrections, births with certificates."""
    return [c for c in claims if _gives_number(c)]


def _gives_number(claim: Claim) -> bool:
    if claim.event_type == "psb.birth_registered":
        return bool(claim.facts.get("birth_cert_no"))
    return claim.event_type == "psb.item_corrected" and claim.facts.get("item") == "ID_NO"


def _renumberings(claims: Iterable[Claim]) -> dict[str, tuple[bool, Claim]]:
    """The last word on each other number: does this subject go on there, or did it come from there?

    Claims come in play order.
    """
    last: dict[str, tuple[bool, Claim]] = {}
    for claim in claims:
        here = {named.role for named in claim.named}
        for link in claim.links:
            onward = link.role == "renumbered_to" and "renumbered_from" in here
            if onward or (link.role == "renumbered_from" and "renumbered_to" in here):
                last.pop(link.key, None)
                last[link.key] = onward, claim
    return last


def _goes_on(claims: Iterable[Claim]) -> tuple[str, Claim] | None:
    """Where the person goes on, by a subject's own claims, and the act that says so: a former number's say nothing."""
    found = [(key, claim) for key, (onward, claim) in _renumberings(claims).items() if onward]
    return found[-1] if found else None


def _renumbered_to(own: Iterable[Claim]) -> str | None:
    found = _goes_on(own)
    return found[0] if found else None


def _present_number(own_key: str, own: list[Claim], counting_there: Mapping[str, list[Claim]]) -> str | None:
    """Where the person goes on. A circle of corrections ends at the number given last, or nobody would be left.

    Only that number must hear of all the others, and does: each passes on what it has heard.
    """
    said = {**counting_there, own_key: own}
    steps: dict[str, tuple[str, Claim]] = {}
    number = own_key
    while number not in steps and (step := _goes_on(said.get(number, []))):
        steps[number] = step
        number = step[0]
    given_last = max(steps.values(), key=lambda step: step[1].play_order, default=None)
    if given_last is None or number == own_key == given_last[0]:
        return None
    return steps[own_key][0]


def _former(own_key: str, own: list[Claim], counting_there: Mapping[str, list[Claim]]) -> tuple[str, ...]:
    """Former numbers of this person whose claims came over, through any chain of corrections."""
    found: list[str] = []
    waiting = [own]
    while waiting:
        for key, (onward, _) in _renumberings(waiting.pop()).items():
            if not onward and key not in found and _leads_to(own_key, key, counting_there):
                found.append(key)
                waiting.append(counting_there[key])
    return tuple(found)


def _leads_to(target: str, number: str, counting_there: Mapping[str, list[Claim]]) -> bool:
    """Does whoever had that number go on under the target's, in one step or more?"""
    seen = {target}
    while number not in seen:
        seen.add(number)
        number = _renumbered_to(counting_there.get(number, [])) or ""
    return number == target and len(seen) > 1


def _notices(state: SubjectState) -> Iterable[Notice]:
    yield from state.notices.values()
    for relay in state.relays.values():
        yield from relay.notices


def _superseded(
    own: list[Claim], relayed: Iterable[list[Claim]], notices: list[Notice], beaten: frozenset[tuple[str, str]]
) -> frozenset[tuple[str, str]]:
    """An agency takes back its own word only: the key carries the agency. A beaten content takes nothing back."""
    found = {(n.agency, n.event_id) for n in notices if n.how == "SUPERSEDED" and (n.agency, n.by) not in beaten}
    for claim in (*own, *(c for claims in relayed for c in claims)):
        if claim.takes_back and claim.supersedes and (claim.agency, claim.event_id) not in beaten:
            found.add((claim.agency, claim.supersedes))
    return frozenset(found)


def _counting(claims: Iterable[Claim], taken_back: frozenset[tuple[str, str]]) -> list[Claim]:
    """Those that count, in play order."""
    counting = [c for c in claims if c.op != "CANCEL" and (c.agency, c.event_id) not in taken_back]
    return sorted(counting, key=play_order)


def former_states(state: SubjectState) -> list[SubjectState]:
    """The subjects of this person's former numbers, from what they sent: to ask what was true of them at the time."""
    found = []
    block = Relay(state.key, "resident", 0, tuple(state.claims.values()), tuple(state.notices.values()))
    everything = {**state.relays, state.key: block}
    for source in standing(state).former if state.kind == "resident" else ():
        block = state.relays[source]
        found.append(
            SubjectState(
                source,
                "resident",
                claims={claim.identity: claim for claim in block.claims},
                notices={f"{n.event_id}|{n.by}|{n.how}": n for n in block.notices},
                relays={key: relay for key, relay in everything.items() if key != source},
            )
        )
    return found


def live(claims: Iterable[Claim], moved: frozenset[str]) -> list[Claim]:
    """The newest version of each source record: what the agency's file says today."""
    newest: dict[tuple[str, str], Claim] = {}
    for claim in claims:
        record = (claim.agency, claim.record_id)
        if record not in newest or claim.seq > newest[record].seq:
            newest[record] = claim
    return [claim for claim in newest.values() if claim.event_id not in moved]


def resolved(standing: Standing, resident: str, channel: str = "") -> str | None:
    """The present key of a resident that a subject hears from, through any number corrections.

    None until something arrives, or where name and number disagree: nobody is judged unheard, or by another's number.
    """
    for _ in range(8):  # a number corrected more than a few times is a loop, and says nothing
        relay = standing.relays.get(resident + channel)
        if relay is None or relay.stranger:
            return None
        if relay.renamed_to is None:
            return resident
        resident = relay.renamed_to
    return None


def heard_of(standing: Standing, resident: str, channel: str = "") -> list[Claim] | None:
    """What a subject has heard of a resident under their present number; None as in `resolved`."""
    present = resolved(standing, resident, channel)
    return None if present is None else standing.relayed[present + channel]


def told_of(standing: Standing, resident: str) -> tuple[str, list[Claim]]:
    """The newest key known of a resident, and what was told: where only little is told of, silence is no news.

    Nothing where number and name disagree: that number's owner is somebody else, and may well be dead.
    """
    seen = set[str]()
    while resident not in seen:
        seen.add(resident)
        relay = standing.relays.get(resident)
        resident = relay.renamed_to if relay is not None and relay.renamed_to else resident
    relay = standing.relays.get(resident)
    return resident, [] if relay is not None and relay.stranger else standing.relayed.get(resident, [])
