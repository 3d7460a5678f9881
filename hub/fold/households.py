"""Households that the city supports, on aid or in public rental: who they are, what they own and rent, last review."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hub.domain.claim import Claim
from hub.domain.times import parse_date
from hub.fold.groups import AidUnit, Group, Tenancy, aid_unit, tenancy
from hub.fold.holdings import Holding, homes_in
from hub.fold.months import MonthlyBenefit, benefit_in
from hub.fold.person import deaths_in
from hub.fold.today import Today

_REVIEWS = frozenset({"REVIEW", "PROPERTY"})


# --- the household ----------------------------------------------------------------------------------------------------


def size_of(unit: AidUnit) -> int:
    """Heads in the household: as the grant counts them, with who was added since and without who left."""
    counted = int(unit.granted.facts["household_size"])
    at_first = aid_unit((unit.granted,))
    since = len(unit.members) - len(at_first.members if at_first else unit.members)
    return max(1, counted + since)


def consents(unit: AidUnit, today: Today) -> bool:
    """Does the household's consent to be checked still hold (社会救助法 Art.40)? Without an end it does."""
    until = unit.granted.facts.get("consent_until")
    return until is None or not today.passed(parse_date(str(until)))


def reviewed_on(unit: AidUnit) -> str:
    """The day (ISO) civil affairs last looked at the household: at the decision, a review, or an adjustment since."""
    decision = unit.granted.facts
    day = str(decision.get("last_review_date") or decision["decided_date"])
    for act in unit.acts[unit.acts.index(unit.granted) :]:
        if act.facts.get("action") == "ADJUST" or act.facts.get("reason_code") in _REVIEWS:
            day = max(day, str(act.facts["effective_from"]))
    return day


# --- its members ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Member:
    """One member under their present number, with what they are known for, in play order."""

    key: str
    claims: Sequence[Claim]

    @property
    def alive(self) -> bool:
        return not deaths_in(self.claims)

    @property
    def homes(self) -> tuple[Holding, ...]:
        return homes_in(self.claims)

    @property
    def rentals(self) -> tuple[Tenancy, ...]:
        """Public rentals in which they live or lived."""
        found = (tenancy(acts) for acts in _entries(self.claims, "rental/").values())
        # An act that is their own names nobody else, so there it is they who rent; a group's copy names everybody.
        return tuple(lease for lease in found if lease and (not lease.household or self.key in lease.household))

    @property
    def subsidies(self) -> tuple[MonthlyBenefit, ...]:
        return tuple(benefit_in(entry, acts) for entry, acts in _entries(self.claims, "subsidy/").items())

    @property
    def rentals_as_tenant(self) -> tuple[Tenancy, ...]:
        """Public rentals that they themselves have signed."""
        return tuple(lease for lease in self.rentals if any(named.role == "tenant" for named in lease.filed.named))

    @property
    def qualifications(self) -> tuple[tuple[Claim, ...], ...]:
        """Each application for public rental with its acts in play order."""
        return tuple(_entries(self.claims, "qualification/").values())


def member_of(group: Group, key: str) -> Member | None:
    """A member of a group; None while nothing was heard of them, or where number and name do not agree."""
    heard = group.heard_from(key)
    return None if heard is None else Member(*heard)


def members_of(group: Group, keys: Iterable[str]) -> dict[str, Member]:
    """Those members of a group that were heard of, each person once, by their present key."""
    found = (member_of(group, key) for key in sorted(keys))
    return {member.key: member for member in found if member}


# --- those who rent from the city -------------------------------------------------------------------------------------


def renting_household(group: Group, lease: Tenancy) -> list[Member]:
    """Everybody listed who was heard of, and tenants' spouses."""
    tenants = members_of(group, lease.tenants)
    spouses = (spouse for key in tenants for spouse in spouses_of(group, key))
    return [*members_of(group, lease.household).values(), *spouses]


def spouses_of(group: Group, listed: str) -> list[Member]:
    """What is known of whom somebody listed is married to, under the key that the marriage register gives them."""
    told = group.spouse_of(listed)
    married = {link.key for claim in told for link in claim.links if link.role == "spouse"}
    return [Member(key, told) for key in sorted(married)[:1]]


def tenant_of(group: Group, lease: Tenancy) -> str | None:
    """The tenant's present key; None while nothing was heard of them."""
    tenants = (member_of(group, key) for key in sorted(lease.tenants))
    return next((tenant.key for tenant in tenants if tenant), None)


def _entries(claims: Iterable[Claim], prefix: str) -> dict[str, tuple[Claim, ...]]:
    entries: dict[str, list[Claim]] = {}
    for claim in claims:
        if claim.entry.startswith(prefix):
            entries.setdefault(claim.entry, []).append(claim)
    return {entry: tuple(acts) for entry, acts in sorted(entries.items())}
