"""The shared resident record: for every attribute the value of its source of truth, with who said it and when.

Source order per attribute is domain 3.6. A value that is not from its source is shown as UNVERIFIED, never silently.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hub.domain.claim import Claim
from hub.domain.code_tables import collapse_relation
from hub.domain.regions import RegionTable
from hub.fold.person import Person

# Register entries shown as attributes: entry prefix -> facts of the newest act that make the value. Adoption is never
# projected to the resident view (domain 3.6).
ENTRY_ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "allowance": ("allowance_type", "action", "effective_from"),
    "contribution": ("scheme", "from_month", "to_month", "status"),
    "eldercare": ("action", "care_kind", "date"),
    "eligibility": ("result", "method", "in_person", "verified_date", "valid_until"),
    "employment": ("kind", "start_date", "end_date"),
    "insured": ("scheme", "action", "effective_from"),
    "marriage": ("register_date", "kind", "effective_date"),
    "medical": ("cover", "year", "status", "effective_from"),
    "permit": ("action", "valid_until"),
    "residence": ("action", "start_date", "expected_until"),
    "subsidy": ("action", "from_month", "to_month"),
    "title": ("action", "share_numerator", "share_denominator", "use", "floor_area", "register_date"),
    "unemployment": ("action", "from_month", "to_month"),
}


@dataclass(frozen=True)
class Golden:
    """One value of the shared record with its provenance."""

    attribute: str
    value: Any
    claim: Claim
    status: str  # CONFIRMED by its source of truth; UNVERIFIED: only others say so; DERIVED; or a life state


def golden(person: Person, regions: RegionTable) -> Iterator[Golden]:
    """Every golden value of a resident."""
    if not person.linked:
        return
    yield from _identity(person)
    yield from _household(person)
    yield from _region_today(person, regions)
    yield from _life(person)
    for pension in person.pensions:
        start, status, act = list(pension.steps())[-1]
        paid = {"status": status, "from_month": start}
        yield Golden(f"pension.{pension.pension_type}.{pension.region}", paid, act, "CONFIRMED")
    for unit in person.aid_units:
        inside = bool(person.keys & set(unit.members))
        aid = {"aid_class": unit.aid_class, "status": unit.status if inside else "LEFT"}
        yield Golden(f"aid.{unit.decision_no}", aid, unit.acts[-1], "CONFIRMED")
    for lease in person.tenancies:
        let = {"start_date": lease.start, "end_date": lease.end, "ended": lease.ended}
        yield Golden(f"public_rental.{lease.lease_no}", let, lease.acts[-1], "CONFIRMED")
    yield from _entries(person)


def _identity(person: Person) -> Iterator[Golden]:
    reference = person.reference
    if reference is None:
        return
    status = "CONFIRMED" if reference.registered else "UNVERIFIED"
    named = (n for claim in reversed(person.standing.of_this_number) for n in claim.named)
    number = next((n.id_no for n in named if not _unsure(n.id_codes)), None)
    if number:
        yield Golden("id_no", number, reference.claim, status)
    yield Golden("name", reference.name, reference.claim, status)
    for attribute, found in (("sex", person.sex), ("birth_date", person.birth_date)):
        if found:
            value, claim = found
            yield Golden(attribute, value, claim, "CONFIRMED" if claim.agency == "PSB" else "UNVERIFIED")


def _unsure(codes: tuple[str, ...]) -> bool:
    warnings = {"AGE_GT_130", "SEQ_000", "REGION_LATE", "SEX_MISMATCH", "BIRTH_MISMATCH", "LEGACY15"}
    return any(code not in warnings for code in codes)


def _household(person: Person) -> Iterator[Golden]:
    hukou = person.hukou_region
    if hukou and hukou[0]:
        yield Golden("hukou_region", hukou[0], hukou[1], "CONFIRMED")
    for attribute in ("hukou_address", "household_no", "relation_to_head"):
        found = person.newest(attribute)
        corrected = _corrected(person, attribute)
        if corrected and (found is None or corrected[1].play_order > found[1].play_order):
            found = corrected
        if found:
            value = collapse_relation(str(found[0])) if attribute == "relation_to_head" else found[0]
            yield Golden(attribute, value, found[1], "CONFIRMED")


def _region_today(person: Person, regions: RegionTable) -> Iterator[Golden]:
    """Where an abolished region lies today, beside the stored code, which is never rewritten (domain 2.3)."""
    hukou = person.hukou_region
    current = regions.current(hukou[0]) if hukou else ()
    if hukou and current and current != (hukou[0],):
        yield Golden("region_code_current", list(current), hukou[1], "DERIVED")


_ITEM = {"hukou_address": "ADDRESS", "relation_to_head": "RELATION"}


def _corrected(person: Person, attribute: str) -> tuple[object, Claim] | None:
    for claim in reversed(person.of_type("psb.item_corrected")):
        if attribute in _ITEM and claim.facts.get("item") == _ITEM[attribute]:
            return claim.facts.get("new_value"), claim
    return None


def _life(person: Person) -> Iterator[Golden]:
    death = person.death
    if death is None:
        if person.reference:
            yield Golden("life_state", person.life_state, person.reference.claim, "DERIVED")
        return
    yield Golden("life_state", person.life_state, death.claim, person.life_state)
    yield Golden("death_date", death.latest, death.claim, person.life_state)


def _entries(person: Person) -> Iterator[Golden]:
    for entry, acts in person.entries.items():
        prefix, _, rest = entry.partition("/")
        if prefix in ENTRY_ATTRIBUTES:
            act = acts[-1]
            value = {name: act.facts[name] for name in ENTRY_ATTRIBUTES[prefix] if act.facts.get(name) is not None}
            name = f"{prefix}.{rest.replace('/', '.')}" if rest else prefix
            yield Golden(name, value, act, "CONFIRMED")
