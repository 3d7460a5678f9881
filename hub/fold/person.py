"""A resident, folded: who they are and what their agencies say of them, as of a horizon."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from hub.domain.claim import Claim, Named, PlayOrder, SubjectState, play_order
from hub.domain.times import is_date, month_end, parse_date
from hub.fold.groups import AidUnit, Tenancy, aid_unit, tenancy
from hub.fold.naming import (
    Reference,
    birth_in,
    is_linked,
    name_class,
    reference_of,
    registered_names,
    sex_in,
    source_rank,
)
from hub.fold.standing import EVERYTHING, Horizon, Standing, heard_of, live, standing

_WORDS_ON_DEATH = frozenset({"psb.death_registered", "mca.deceased_handled", "hrss.eligibility_verified"})


@dataclass(frozen=True)
class Death:
    """One agency's word that this person died, between two dates (police may know only the month or the year)."""

    claim: Claim
    earliest: str
    latest: str

    @property
    def source(self) -> tuple[str, str | None]:
        return (self.claim.agency, self.claim.sub_source)

    @property
    def authoritative(self) -> bool:
        """A registration or a funeral; a pension office's DECEASED is only its own finding."""
        return self.claim.agency != "HRSS"


@dataclass(frozen=True)
class Pension:
    """One pension: kind and paying region, with the acts that shaped it in play order."""

    pension_type: str
    region: str
    acts: tuple[Claim, ...]

    def steps(self) -> Iterator[tuple[str, str, Claim]]:
        """(from month, status, act). A granted pension pays from its first month."""
        for act in self.acts:
            if act.event_type == "hrss.pension_granted":
                yield str(act.facts.get("first_month")), "PAYING", act
            else:
                yield str(act.facts.get("effective_month")), str(act.facts.get("status")), act

    def status_in(self, month: str) -> tuple[str, Claim] | None:
        """The status for a month (YYYYMM): the last act played that has taken effect by then."""
        found = None
        for start, status, act in self.steps():
            if start <= month:
                found = (status, act)
        return found

    def months_ahead(self, month: str) -> Iterator[str]:
        """Months later than this one in which something takes effect."""
        return (start for start, _, _ in self.steps() if start > month)


class Person:
    """Everything rules and golden values may ask of one resident."""

    def __init__(self, state: SubjectState, horizon: Horizon = EVERYTHING) -> None:
        self.key = state.key
        self.standing: Standing = standing(state, horizon)
        self.keys = frozenset({state.key, *self.standing.former})

    @cached_property
    def reference(self) -> Reference | None:
        return reference_of(self.standing.own)

    @cached_property
    def history(self) -> frozenset[str]:
        """Names police registered for this number, present and former."""
        return registered_names(self.standing.own)

    @cached_property
    def linked(self) -> list[Claim]:
        """Own claims that count and are about this person: name and number agree (domain 6.1)."""
        return [claim for claim in self.standing.own if self.is_about(claim)]

    def is_about(self, claim: Claim) -> bool:
        """Does this claim's name fit the person its number belongs to?"""
        reference = self.reference
        return reference is not None and bool(claim.named) and is_linked(claim, reference, self.history)

    @cached_property
    def live_records(self) -> list[Claim]:
        """The newest version of each record that carries this person's number, linked or not."""
        return live(self.standing.own, self.standing.moved)

    def name_class(self, name: str) -> str:
        """EXACT, VARIANT, PLACEHOLDER, POSSIBLE, HISTORIC (a former registered name) or DIFFERENT."""
        return "EXACT" if self.reference is None else name_class(name, self.reference, self.history)

    @cached_property
    def entries(self) -> dict[str, tuple[Claim, ...]]:
        """Acts by register entry, in play order. A group's copy of an act replaces one's own: it knows all members."""
        found: dict[str, dict[str, Claim]] = {}
        for claim in (*self.linked, *self._relayed_acts()):
            found.setdefault(claim.entry, {})[claim.event_id] = claim
        return {entry: tuple(sorted(acts.values(), key=play_order)) for entry, acts in sorted(found.items())}

    def _relayed_acts(self) -> Iterator[Claim]:
        """What a group relays concerns this person only while a linked claim of their own puts them in it."""
        mine = {link.key for claim in self.linked for link in claim.links}
        for source, claims in self.standing.relayed.items():
            if source in mine and self.standing.relays[source].source_kind in ("aid", "rental", "lease"):
                yield from claims

    def acts(self, prefix: str) -> dict[str, tuple[Claim, ...]]:
        """The entries of a register, or those of them that begin so."""
        register = self._registers.get(prefix.partition("/")[0], {})
        return {entry: acts for entry, acts in register.items() if entry.startswith(prefix)}

    @cached_property
    def _registers(self) -> dict[str, dict[str, tuple[Claim, ...]]]:
        """Entries by the register that their name begins with."""
        found: dict[str, dict[str, tuple[Claim, ...]]] = {}
        for entry, acts in self.entries.items():
            found.setdefault(entry.partition("/")[0], {})[entry] = acts
        return found

    def of_type(self, *event_types: str) -> list[Claim]:
        return [claim for claim in self.linked if claim.event_type in event_types]

    # --- identity -------------------------------------------------------------------------------------------------

    @cached_property
    def birth_date(self) -> tuple[str, Claim] | None:
        return self._registered("BIRTH_DATE", birth_in)

    @cached_property
    def sex(self) -> tuple[str, Claim] | None:
        return self._registered("SEX", sex_in)

    def _registered(self, item: str, in_number: Callable[[Named], str | None]) -> tuple[str, Claim] | None:
        """A value police registered by correction, else the best source's own, stated or in the number; the newest."""
        for claim in reversed(self.of_type("psb.item_corrected")):
            value = str(claim.facts.get("new_value") or "")
            # The new value of a correction is free text; what is no date cannot be a birth date.
            if claim.facts.get("item") == item and value and (item != "BIRTH_DATE" or is_date(value)):
                return value, claim
        best: tuple[tuple[int, bool, PlayOrder, bool, bool], str, Claim] | None = None
        for rank, claim in self._ranked:
            if best is not None and rank < best[0][0]:
                continue  # most that is said of a person comes from agencies that are not the source of this
            for named in claim.named:
                for stated, value in _values_in(named, item, in_number(named)):
                    order = (rank, stated, claim.play_order, named.role == "renumbered_to", named.subject)
                    if best is None or order > best[0]:
                        best = (order, value, claim)
        return None if best is None else best[1:]

    @cached_property
    def _ranked(self) -> list[tuple[int, Claim]]:
        return [(source_rank(claim), claim) for claim in self.linked]

    def newest(self, attribute: str) -> tuple[object, Claim] | None:
        """The newest golden value police gave this person for an attribute, with the claim that says it."""
        for claim in reversed(self.linked):
            value = _said_of(claim, attribute)
            if value is not None:
                return value, claim
        return None

    @cached_property
    def hukou_region(self) -> tuple[str, Claim] | None:
        """Where the household registration is; the empty string after moving out to an unknown place.

        A residence registration only repeats what an outsider's card says: it counts where nothing better is known.
        """
        said = [(region, claim) for claim in self.linked if (region := _hukou_region_in(claim)) is not None]
        registered = [found for found in said if found[1].event_type != "psb.residence_changed"]
        best = registered or said
        return best[-1] if best else None

    # --- life -----------------------------------------------------------------------------------------------------

    @cached_property
    def deaths(self) -> tuple[Death, ...]:
        return deaths_in(self.linked)

    @cached_property
    def death(self) -> Death | None:
        """The best word on the death date: police, then a health certificate, then the funeral (domain 3.6)."""
        rank = {"PSB": 0, "MCA": 2, "HRSS": 3}
        best = sorted(self.deaths, key=lambda d: 1 if d.claim.sub_source == "HEALTH" else rank[d.claim.agency])
        return best[0] if best else None

    @property
    def life_state(self) -> str:
        """ALIVE; REPORTED by one source; CONFIRMED by police or two sources; RETRACTED: a death was taken back."""
        sources = {death.source for death in self.deaths}
        if any(agency == "PSB" for agency, _ in sources) or len(sources) > 1:
            return "CONFIRMED"
        if sources:
            return "REPORTED"
        taken_back = any(_is_word_on_death(c) and _death_in(c) and self.is_about(c) for c in self.standing.retracted)
        return "RETRACTED" if taken_back else "ALIVE"

    @property
    def alive(self) -> bool:
        """No source's death stands."""
        return not self.deaths

    # --- what agencies give them ----------------------------------------------------------------------------------

    @cached_property
    def pensions(self) -> tuple[Pension, ...]:
        found = []
        for entry, acts in self.acts("pension/").items():
            _, pension_type, region = entry.split("/", 2)
            found.append(Pension(pension_type, region, acts))
        return tuple(found)

    @cached_property
    def aid_units(self) -> tuple[AidUnit, ...]:
        """Aid units this person ever belonged to."""
        units = (aid_unit(acts) for acts in self.acts("aid/").values())
        return tuple(unit for unit in units if unit and self.keys & unit.everyone)

    @cached_property
    def tenancies(self) -> tuple[Tenancy, ...]:
        """Public-rental leases that name this person."""
        return tuple(found for acts in self.acts("rental/").values() if (found := tenancy(acts)))

    @cached_property
    def leases(self) -> tuple[Tenancy, ...]:
        """Filed private leases that name this person as tenant, occupant or lessor."""
        found = (tenancy(acts) for acts in self.acts("lease/").values())
        return tuple(lease for lease in found if lease and self.keys & (lease.household | lease.lessors))

    # --- what others say ------------------------------------------------------------------------------------------

    def spouse_news(self, spouse: str) -> list[Claim] | None:
        """What the resident with that key, named as a spouse, is known for: deaths and homes.

        None while nothing was heard, or where their number and name do not agree.
        """
        return heard_of(self.standing, spouse, "|spouse")

    def twins(self) -> list[tuple[str, list[Claim]]]:
        """Other numbers that an agency's record of this person bore before, and what is said under each."""
        told = (source.removesuffix("|twin") for source, r in self.standing.relays.items() if r.source_kind == "twin")
        heard = ((key, self.standing.relays[f"{key}|twin"]) for key in sorted(told) if key not in self.keys)
        return [
            (key, self.standing.relayed[f"{key}|twin"])
            for key, relay in heard
            if not relay.stranger and relay.renamed_to is None
        ]

    def unit_acts(self, unit: str) -> list[Claim]:
        """What the house file says of a dwelling where this person is registered or rents, in play order."""
        return self.standing.relayed.get(unit, [])

    def address_units(self, place: str) -> list[Claim]:
        """What the house file says of dwellings whose address meets that of a registration, in play order."""
        return self.standing.relayed.get(place, [])

    def covered_in(self, year: int) -> bool:
        """Any basic medical cover, employees' or residents', whose last word for the year is ACTIVE."""
        return covered_in(year, self.linked)


def _values_in(named: Named, item: str, in_number: str | None) -> Iterator[tuple[bool, str]]:
    """(was it stated?, value): the field, then what the number holds."""
    field = getattr(named, item.lower())
    # A number that police gave anew states what it says, as much as a field does.
    stated = field or (in_number if named.role == "renumbered_to" else None)
    if stated:
        yield True, stated
    if in_number:
        yield False, in_number


def covered_in(year: int, claims: Iterable[Claim]) -> bool:
    """Is the last word (in play order) on any medical cover of that insurance year ACTIVE?"""
    last: dict[str, Claim] = {}
    for claim in sorted(claims, key=play_order):
        if claim.entry.startswith("medical/") and claim.entry.endswith(f"/{year}"):
            last[claim.entry] = claim
    return any(claim.facts.get("status") == "ACTIVE" for claim in last.values())


def deaths_in(claims: Iterable[Claim]) -> tuple[Death, ...]:
    """What each entry on this person's death says last; claims come in play order."""
    last = {claim.entry: claim for claim in claims if _is_word_on_death(claim)}
    return tuple(death for claim in last.values() if (death := _death_in(claim)))


def _said_of(claim: Claim, attribute: str) -> object:
    """A simple golden value; a restructured household says it of each of its members."""
    if claim.event_type == "psb.household_restructured":
        member = next((named for named in claim.named if named.role == "member"), None)
        if attribute == "relation_to_head" and member is not None:
            return member.kept.get("relation")
        if attribute == "household_no":
            return claim.facts.get("to_household_no")
    return claim.golden.get(attribute)


def _hukou_region_in(claim: Claim) -> str | None:
    if claim.event_type == "psb.migrated_out":
        return str(claim.facts.get("to_region") or "")
    region = claim.golden.get("hukou_region")
    if region is None and claim.event_type == "psb.household_restructured":
        # A household of this register: the registration is where the office is.
        return claim.region
    return None if region is None else str(region)


def _death_in(claim: Claim) -> Death | None:
    facts = claim.facts
    if claim.event_type == "psb.death_registered":
        return _death_between(claim, str(facts["death_date"]), str(facts.get("death_date_precision") or "DAY"))
    if claim.event_type == "mca.deceased_handled":
        # Without a date of death the funeral's is the latest it can have been.
        return _death_between(claim, str(facts.get("death_date") or facts["handled_date"]), "DAY")
    if facts.get("result") == "DECEASED":
        day = str(facts.get("verified_date") or claim.business_time)
        return Death(claim, day, day)
    return None


def _is_word_on_death(claim: Claim) -> bool:
    """A death, a funeral or an entitlement check of this person; a funeral's applicant is named too, and lives."""
    return claim.event_type in _WORDS_ON_DEATH and any(named.subject for named in claim.named)


def _death_between(claim: Claim, day: str, precision: str) -> Death:
    known = parse_date(day)
    if precision == "YEAR":
        return Death(claim, f"{known.year:04d}-01-01", f"{known.year:04d}-12-31")
    if precision == "MONTH":
        return Death(claim, known.replace(day=1).isoformat(), month_end(known).isoformat())
    return Death(claim, day, day)
