"""Moves of the household registration, read off a resident's own acts or off what a group was told of a member."""

from __future__ import annotations

from collections.abc import Iterable

from hub.domain.claim import Claim

# Acts that say where somebody is registered. A residence registration only repeats what an outsider's card says.
_OF_THE_PERSON = frozenset({"psb.birth_registered", "psb.migrated_in"})
REGISTERED = _OF_THE_PERSON | {"psb.household_restructured"}


def registration_acts(claims: Iterable[Claim]) -> list[Claim]:
    """Acts that move this person's household registration, in the order given; of a birth, not those of the parents."""
    found = []
    for claim in claims:
        moves = claim.event_type in ("psb.migrated_out", "psb.household_restructured")
        if moves or (claim.event_type in _OF_THE_PERSON and any(named.subject for named in claim.named)):
            found.append(claim)
    return found


def region_in(act: Claim) -> str:
    """Where an act puts the registration (GB/T 2260); empty where somebody moved out to an unknown place."""
    if act.event_type == "psb.migrated_out":
        return str(act.facts.get("to_region") or "")
    if act.event_type == "psb.household_restructured":
        return act.region  # a household of this register is where the office is
    return str(act.facts["hukou_region"])


def moved_out(acts: Iterable[Claim]) -> Claim | None:
    """The last act by which somebody left. Registration acts come in play order."""
    return next((act for act in reversed(list(acts)) if act.event_type == "psb.migrated_out"), None)


def holds_permit(claims: Iterable[Claim]) -> bool:
    """Is some residence permit not cancelled? A suspended one comes back with its endorsement. Claims in play order."""
    last = {claim.entry: claim for claim in claims if claim.event_type == "psb.permit_changed"}
    return any(claim.facts.get("action") != "CANCEL" for claim in last.values())
