"""Whose name counts, and which claims are really about this person (domain 3.6, 6.1).

The same number alone does not make two records one person: a record whose name is another name stays unlinked until
its agency has answered ID-02; a name that only sounds the same links when birth date and sex agree.
"""

from __future__ import annotations

from dataclasses import dataclass

from hub.domain.claim import Claim, Named
from hub.domain.names import compare_names
from hub.domain.times import is_date

# The source of truth first (domain 3.6): PSB > MCA > HRSS > HMD. A person merely mentioned in another's event ranks
# behind one the event is about, within the same agency.
_RANK = {"PSB": 0, "MCA": -2, "HRSS": -4, "HMD": -6}
_SAME = ("EXACT", "VARIANT", "PLACEHOLDER")


@dataclass(frozen=True)
class Reference:
    """The name the hub holds for a person, and the claim it comes from."""

    name: str
    birth_date: str | None
    sex: str | None
    claim: Claim
    registered: bool  # said by police, the source of truth


def _new_name(claim: Claim) -> str | None:
    """The name a registered change of name gives."""
    if claim.event_type == "psb.item_corrected" and claim.facts.get("item") == "NAME":
        return claim.facts.get("new_value")
    return None


def names_in(claim: Claim) -> tuple[str, ...]:
    """Every name a claim gives its resident, former ones of a registered change included."""
    old = claim.facts.get("old_value") if _new_name(claim) else None
    return tuple(name for name in (*(n.name for n in claim.named), _new_name(claim), old) if name)


def source_rank(claim: Claim) -> int:
    """The higher, the nearer to the source of truth for who somebody is."""
    return _RANK[claim.agency] - (not any(named.subject for named in claim.named))


def reference_of(claims: list[Claim]) -> Reference | None:
    """The golden name: the best source, then the newest statement."""
    chosen: Claim | None = None
    highest = 0
    for claim in claims:
        rank = source_rank(claim) if claim.named else None
        if rank is None or (chosen is not None and rank < highest):
            continue
        if chosen is None or rank > highest or claim.play_order >= chosen.play_order:
            chosen, highest = claim, rank
    if chosen is None:
        return None
    named = next((n for n in chosen.named if n.subject), chosen.named[0])
    return Reference(
        name=_new_name(chosen) or named.name,
        birth_date=named.birth_date or birth_in(named),
        sex=named.sex or sex_in(named),
        claim=chosen,
        registered=chosen.agency == "PSB",
    )


def registered_names(claims: list[Claim]) -> frozenset[str]:
    """Every name police ever gave for this number, old ones included."""
    return frozenset(name for claim in claims if claim.agency == "PSB" for name in names_in(claim))


def name_class(name: str, reference: Reference, history: frozenset[str]) -> str:
    """How a name fits: against the reference, or EXACT-like against a name police registered earlier."""
    against = compare_names(name, reference.name)
    if against in ("DIFFERENT", "POSSIBLE") and any(compare_names(name, old) in _SAME for old in history):
        return "HISTORIC"
    return against


def is_linked(claim: Claim, reference: Reference, history: frozenset[str]) -> bool:
    """The decision matrix of domain 6.1, column 'same valid number'."""
    if claim.agency == "PSB":
        return True
    for named in claim.named:
        found = name_class(named.name, reference, history)
        if found in _SAME or found == "HISTORIC":
            return True
        if found == "POSSIBLE" and _birth_and_sex_agree(named, reference):
            return True
    return False


def _birth_and_sex_agree(named: Named, reference: Reference) -> bool:
    return (
        named.birth_date is not None
        and named.sex is not None
        and named.birth_date == reference.birth_date
        and named.sex == reference.sex
    )


def birth_in(named: Named) -> str | None:
    """The birth date inside an 18-digit number (GB 11643, and the 2023 foreign permanent residents' number)."""
    number = named.id_no
    born = f"{number[6:10]}-{number[10:12]}-{number[12:14]}"
    fits = len(number) == 18 and named.id_type in ("RIC", "RIC15", "HMT_RP", "FPR", "FPR_NEW")
    # A number that fails its check stays as it was sent, and may hold a day that never was.
    return born if fits and is_date(born) else None


def sex_in(named: Named) -> str | None:
    """The sex inside a GB 11643 number: the 17th digit is odd for men."""
    number = named.id_no
    if len(number) == 18 and number[16] in "0123456789" and named.id_type in ("RIC", "RIC15", "HMT_RP"):
        return "1" if int(number[16]) % 2 else "2"
    return None
