"""Groups and units, folded: aid units, public-rental tenancies, private leases, and the dwelling they meet in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from hub.domain.claim import Claim, SubjectState, play_order
from hub.fold.standing import EVERYTHING, Horizon, Standing, resolved, standing, told_of

_GRANTS = frozenset({"mca.aid_granted"})
_FILINGS = frozenset({"hmd.public_rental_leased", "hmd.private_lease_filed"})
_ENDS_AID = frozenset({"SUSPEND", "TERMINATE", "HAND_OVER"})


@dataclass
class AidUnit:
    """The people one aid decision supports together (共同生活家庭成员): not a hukou household, not a family."""

    decision_no: str
    aid_class: str
    status: str  # ACTIVE, SUSPENDED, ENDED
    members: dict[str, dict[str, Any]]  # resident key -> relation, work capacity
    everyone: frozenset[str]
    granted: Claim
    acts: tuple[Claim, ...]

    @property
    def active(self) -> bool:
        return self.status == "ACTIVE"


def aid_unit(acts: tuple[Claim, ...]) -> AidUnit | None:
    """Play an aid decision's acts. None while no grant is known: a change to an unknown decision says too little."""
    at = _newest(acts, _GRANTS)
    if at is None:
        return None
    granted = acts[at]
    status, members = "ACTIVE", _first_members(granted)
    for act in acts[at + 1 :]:  # a change that took effect before the decision is overtaken by it
        named = _members_in(act)
        action = str(act.facts.get("action"))
        if action == "ADD_MEMBER":
            members = {**members, **named}
        elif action == "REMOVE_MEMBER":
            members = {key: kept for key, kept in members.items() if key not in named}
        elif action in _ENDS_AID:
            status = "SUSPENDED" if action == "SUSPEND" else "ENDED"
        elif action == "RESUME":
            status = "ACTIVE"
    everyone = frozenset(key for act in acts for _, key, _ in _people_in(act))
    decision = granted.entry.removeprefix("aid/")
    return AidUnit(decision, str(granted.facts.get("aid_class")), status, members, everyone, granted, acts)


def _newest(acts: tuple[Claim, ...], event_types: frozenset[str]) -> int | None:
    """Where the last act of these types stands."""
    return max((at for at, act in enumerate(acts) if act.event_type in event_types), default=None)


def _first_members(granted: Claim) -> dict[str, dict[str, Any]]:
    """The members listed; the applicant too where the head count says the list leaves them out."""
    members = _members_in(granted)
    if not members or int(granted.facts["household_size"]) > len(members):
        for _, key, kept in _people_in(granted):
            members.setdefault(key, kept)
    return members


def _members_in(act: Claim) -> dict[str, dict[str, Any]]:
    return {key: kept for role, key, kept in _people_in(act) if role == "member"}


def _people_in(claim: Claim) -> list[tuple[str, str, dict[str, Any]]]:
    return [(link.role, link.key, link.kept) for link in claim.links if link.kind == "resident"]


@dataclass(frozen=True)
class Tenancy:
    """One lease of a dwelling, public or private, with the days it runs (both inclusive)."""

    lease_no: str
    public: bool
    scope: str  # WHOLE, ROOM, BED
    start: str
    end: str
    tenants: frozenset[str]
    occupants: frozenset[str]
    lessors: frozenset[str]
    sublet: bool
    ended: bool  # a public rental that was given back; a private lease just ends on another day
    unit_keys: frozenset[str]
    filed: Claim
    acts: tuple[Claim, ...] = field(compare=False)

    @property
    def household(self) -> frozenset[str]:
        return self.tenants | self.occupants


def tenancy(acts: tuple[Claim, ...]) -> Tenancy | None:
    """Play a lease's acts. None while its filing is unknown."""
    at = _newest(acts, _FILINGS)
    if at is None:
        return None
    filed = acts[at]
    end, ended = str(filed.facts["end_date"]), False
    for act in acts[at + 1 :]:
        if act.event_type == "hmd.public_rental_ended":
            end, ended = str(act.facts["end_date"]), True
        elif act.facts.get("action") == "TERMINATE":
            end = str(act.facts["effective_date"])
        elif act.facts.get("action") == "EXTEND" and act.facts.get("new_end_date"):
            end = str(act.facts["new_end_date"])
    people = _people_in(filed)
    public = filed.event_type == "hmd.public_rental_leased"
    return Tenancy(
        lease_no=filed.entry.split("/", 1)[1],
        public=public,
        scope="WHOLE" if public else str(filed.facts.get("scope")),
        start=str(filed.facts["start_date"]),
        end=end,
        ended=ended,
        tenants=frozenset(key for role, key, _ in people if role == "tenant"),
        occupants=frozenset(key for role, key, _ in people if role in ("occupant", "member")),
        lessors=frozenset(key for role, key, _ in people if role == "lessor"),
        sublet=filed.facts.get("lessor_right") == "SUBLET",
        unit_keys=frozenset(link.key for link in filed.links if link.kind == "unit"),
        filed=filed,
        acts=acts,
    )


class Group:
    """An aid unit, a public-rental unit, a lease or a hukou household as its own subject."""

    def __init__(self, state: SubjectState, horizon: Horizon = EVERYTHING) -> None:
        self.key = state.key
        self.kind = state.kind
        self.standing: Standing = standing(state, horizon)

    @property
    def acts(self) -> tuple[Claim, ...]:
        return tuple(self.standing.own)

    def aid(self) -> AidUnit | None:
        return aid_unit(self.acts)

    def heard_from(self, member: str) -> tuple[str, list[Claim]] | None:
        """A member's own relayed facts and present key.

        None until they arrive, or where name and number disagree: nobody is judged unheard, or by another's number.
        """
        present = resolved(self.standing, member)
        return None if present is None else (present, self.standing.relayed[present])

    def spouse_of(self, member: str) -> list[Claim]:
        """What a member passed on of the person they are married to: the marriage, homes, rentals, subsidies.

        Nothing as far as the marriage itself was not known (looking back).
        """
        present = resolved(self.standing, member)
        heard = [] if present is None else self.standing.relayed.get(f"{present}|spouse", [])
        return heard if any(claim.event_type == "mca.marriage_registered" for claim in heard) else []

    def known_of(self, party: str) -> tuple[str, list[Claim]]:
        """The present key of a party to a lease, and their deaths: silence means alive."""
        return told_of(self.standing, party)

    def unit_acts(self, units: Iterable[str]) -> list[Claim]:
        """What the house file and the title register say of a lease's dwelling, in play order."""
        return sorted((c for unit in units for c in self.standing.relayed.get(unit, [])), key=play_order)

    def units_told(self) -> frozenset[str]:
        """Dwellings that a lease hears from: the one it names, else all that its address meets."""
        return frozenset(source for source, relay in self.standing.relays.items() if relay.source_kind == "unit")


class Unit:
    """A dwelling as its own subject."""

    def __init__(self, state: SubjectState, horizon: Horizon = EVERYTHING) -> None:
        self.key = state.key
        self.standing: Standing = standing(state, horizon)

    def tenancies(self) -> tuple[Tenancy, ...]:
        """Every lease that ever named this unit, with what was said of the lease since."""
        entries: dict[str, dict[str, Claim]] = {}
        # The dwelling's own copy of a filing comes last, so that it is the one that is played.
        for claim in chain(*self.standing.relayed.values(), self.standing.own):
            if claim.entry.startswith(("lease/", "rental/")):
                entries.setdefault(claim.entry, {})[claim.event_id] = claim
        ordered: Mapping[str, tuple[Claim, ...]] = {
            entry: tuple(sorted(acts.values(), key=lambda claim: claim.play_order)) for entry, acts in entries.items()
        }
        found = (tenancy(acts) for _, acts in sorted(ordered.items()))
        return tuple(t for t in found if t and self.key in t.unit_keys)

    def known_of(self, resident: str) -> tuple[str, list[Claim]]:
        """The present key of somebody named at this dwelling, and their deaths: silence means alive."""
        return told_of(self.standing, resident)
