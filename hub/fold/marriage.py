"""Marriages, folded: a register entry of one certificate, its spouses, and what ended it."""

from __future__ import annotations

from dataclasses import dataclass

from hub.domain.claim import Claim, play_order
from hub.fold.person import Person
from hub.fold.standing import resolved

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
        return str(self.registered.facts["register_date"])

    @property
    def end(self) -> str | None:
        return None if self.ended is None else str(self.ended.facts["effective_date"])

    @property
    def never_was(self) -> bool:
        """Annulled or void: in law there has been no marriage (民法典 Art.1054)."""
        return self.ended is not None and self.ended.facts.get("kind") in _NEVER_WAS


def marriages(person: Person) -> tuple[Marriage, ...]:
    """Every registered marriage in the order of its registration."""
    acts = acts_with_another(person)
    ends = [act for act in acts if _ends(act)]
    begun = {act.entry: act for act in acts if act.event_type == "mca.marriage_registered"}
    found = (
        Marriage(act, _spouse(person, act), _end_of(person, act, ends, frozenset(begun))) for act in begun.values()
    )
    return tuple(sorted(found, key=lambda marriage: marriage.registered.play_order))


def acts_with_another(person: Person) -> list[Claim]:
    """What the marriage register says of this person and somebody else, in play order.

    Where two numbers were corrected into one, an act may name both; but nobody is married to themselves. A record that
    was moved to another number was never theirs.
    """
    acts = (act for entry_acts in person.acts("marriage/").values() for act in entry_acts)
    real = (act for act in acts if act.event_id not in person.standing.moved)
    return sorted((act for act in real if _spouse(person, act) not in person.keys), key=play_order)


def married_to(person: Person) -> tuple[str, list[Claim]] | None:
    """The spouse's resident key, with every registration that says so: a marriage may be on record twice.

    The newest event tells: a marriage that no end is on record of is over all the same once another has begun.
    """
    real = [marriage for marriage in marriages(person) if not marriage.never_was]
    ends = (act for act in acts_with_another(person) if _ends(act) and act.facts.get("kind") not in _NEVER_WAS)
    newest = max([*(marriage.registered for marriage in real), *ends], key=play_order, default=None)
    last = next((m for m in real if m.registered is newest and m.ended is None), None)
    if last is None or last.spouse is None:
        return None
    return last.spouse, [m.registered for m in real if m.spouse == last.spouse and m.ended is None]


def _ends(act: Claim) -> bool:
    return act.event_type == "mca.marriage_ended"


def _spouse(person: Person, act: Claim) -> str | None:
    """The other's key by now: their number may have been corrected between a marriage and its end."""
    named = next((link.key for link in act.links if link.role == "spouse"), None)
    return None if named is None else resolved(person.standing, named, "|spouse") or named


def _end_of(person: Person, registered: Claim, ends: list[Claim], known: frozenset[str]) -> Claim | None:
    """By certificate; one that names no marriage on record ends the marriage with the spouse it names.

    What was annulled or void never was, whatever else is said of its end.
    """
    found = [end for end in ends if end.entry == registered.entry] or _unnamed(person, registered, ends, known)[:1]
    return next((end for end in found if end.facts.get("kind") in _NEVER_WAS), found[0] if found else None)


def _unnamed(person: Person, registered: Claim, ends: list[Claim], known: frozenset[str]) -> list[Claim]:
    """A judgment often comes without the number of the marriage, or with one from paper that is not on record."""
    spouse = _spouse(person, registered)
    since = registered.business_time
    unnamed = [end for end in ends if end.entry not in known and end.business_time >= since]
    return [end for end in unnamed if spouse is not None and _spouse(person, end) == spouse]
