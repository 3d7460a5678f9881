"""Marriages, folded: a register entry of one certificate, its spouses, and what ended it."""

from __future__ import annotations

from dataclasses import dataclass

from hub.domain.claim import Claim
from hub.fold.person import Person

_NEVER_WAS = frozenset({"ANNULLED", "VOID"})


@dataclass(frozen=True)
class Marriage:
    """One marriage of one resident, as the register has it."""

    registered: Claim
    spouse: str | None  # the other's resident key
    ended: Claim | None  # divorce, judgment, annulment; a spouse's death is no act of this register

    @property
    def certificate_no(self) -> str:
        return str(self.registered.facts.get("certificate_no"))

    @property
    def start(self) -> str:
        return str(self.registered.facts.get("register_date") or self.registered.business_time)

    @property
    def end(self) -> str | None:
        return None if self.ended is None else str(self.ended.facts.get("effective_date") or self.ended.business_time)

    @property
    def never_was(self) -> bool:
        """Annulled or void: in law there has been no marriage (民法典 Art.1054)."""
        return self.ended is not None and self.ended.facts.get("kind") in _NEVER_WAS


def marriages(person: Person) -> tuple[Marriage, ...]:
    """Every registered marriage in the order of its registration."""
    acts = [act for entry_acts in person.acts("marriage/").values() for act in entry_acts]
    ends = [act for act in acts if act.event_type == "mca.marriage_ended"]
    begun = {act.entry: act for act in acts if act.event_type == "mca.marriage_registered"}
    found = (Marriage(act, _spouse(act), _end_of(act, ends)) for act in begun.values())
    return tuple(sorted(found, key=lambda marriage: marriage.registered.play_order))


def spouses(person: Person) -> frozenset[str]:
    """Resident keys of those this person is married to by the register, as far as it has no end."""
    return frozenset(m.spouse for m in marriages(person) if m.spouse and m.ended is None)


def _spouse(act: Claim) -> str | None:
    return next((link.key for link in act.links if link.role == "spouse"), None)


def _end_of(registered: Claim, ends: list[Claim]) -> Claim | None:
    """By certificate; a judgment that names none ends the marriage with the spouse it names."""
    by_certificate = [end for end in ends if end.entry == registered.entry]
    if by_certificate:
        return by_certificate[-1]
    spouse = _spouse(registered)
    unnamed = [
        end
        for end in ends
        if spouse
        and not end.facts.get("prior_certificate_no")
        and _spouse(end) == spouse
        and end.business_time >= registered.business_time
    ]
    return unnamed[0] if unnamed else None
