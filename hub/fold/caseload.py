"""What civil affairs give somebody now: allowances that run, the place of care, aid decisions they are covered by."""

from __future__ import annotations

from hub.domain.claim import Claim, play_order
from hub.fold.groups import AidUnit
from hub.fold.person import Person

_GOES_ON = frozenset({"START", "RESUME"})
_IN_CARE = frozenset({"ADMIT", "TRANSFER"})


def aid_in_force(person: Person) -> list[AidUnit]:
    """Active aid decisions of which the person is a member by now."""
    return [unit for unit in person.aid_units if unit.active and not person.keys.isdisjoint(unit.members)]


def running_allowances(person: Person) -> dict[str, Claim]:
    """Allowances that run, by item number, with the act that says so."""
    last = {entry.removeprefix("allowance/"): acts[-1] for entry, acts in person.acts("allowance/").items()}
    return {item: act for item, act in last.items() if act.facts.get("action") in _GOES_ON}


def last_word_on_care(person: Person) -> Claim | None:
    """A person is in one institution's care at a time: only the last word on any of them tells."""
    acts = (act for place in person.acts("eldercare/").values() for act in place)
    return max(acts, key=play_order, default=None)


def place_of_care(person: Person) -> Claim | None:
    """The act by which somebody came into the care they are in; None for nobody's."""
    last = last_word_on_care(person)
    return last if last is not None and last.facts.get("action") in _IN_CARE else None
