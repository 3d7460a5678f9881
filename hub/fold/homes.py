"""Where people live, read off registrations, leases, titles and the house file: what the RE and HO rules share.

A residence registration says that somebody lives at an address; a lease or a title gives them a right to. None of them
proves a home, and an address typed by hand need not lead to a dwelling: unknown stays unknown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from hub.domain.address_parts import Address, parse_address
from hub.domain.addresses import DIFFERENT, POSSIBLE, SAME, compare_addresses
from hub.domain.claim import Claim, Link
from hub.domain.times import parse_date
from hub.fold.groups import Tenancy
from hub.fold.person import Person
from hub.fold.today import Today

ENDS_TITLE = frozenset({"TRANSFER_OUT", "CANCEL"})
_SETTLES = frozenset({"REGISTER", "MOVE"})


# --- dwellings --------------------------------------------------------------------------------------------------------


def unit_links(claim: Claim) -> list[Link]:
    """The dwellings an act names; a change of a dwelling names that one first, then those that follow it."""
    return [link for link in claim.links if link.kind == "unit"]


def changes_of(unit: str, claims: Iterable[Claim]) -> list[Claim]:
    """What the house file says of this very dwelling, in the order given; not where it only follows another."""
    changes = (claim for claim in claims if claim.event_type == "hmd.unit_changed")
    return [claim for claim in changes if (named := unit_links(claim)) and named[0].key == unit]


def is_gone(changes: Sequence[Claim]) -> bool:
    """Was it pulled down, or absorbed by a merger, by the last word on it? Changes come in play order."""
    if not changes:
        return False
    last = changes[-1].facts
    followers = last.get("new_unit_codes", ())
    return last.get("action") == "DEMOLISH" or (last.get("action") == "MERGE" and last["unit_code"] not in followers)


def newest_fact(claims: Sequence[Claim], name: str) -> object:
    """The last value given; what an act leaves out it leaves as it was. Claims come in play order."""
    return next((claim.facts[name] for claim in reversed(claims) if name in claim.facts), None)


# --- titles and leases ------------------------------------------------------------------------------------------------


def titles_by_owner(claims: Iterable[Claim]) -> dict[str, list[Claim]]:
    """Acts on the title of one dwelling by the owner they name, each in play order."""
    found: dict[str, list[Claim]] = {}
    for claim in claims:
        for link in claim.links if claim.event_type == "hmd.ownership_changed" else ():
            if link.role == "owner":
                found.setdefault(link.key, []).append(claim)
    return found


def is_owned(acts: Sequence[Claim]) -> bool:
    """Does one owner's title to a dwelling stand? Acts come in play order."""
    return bool(acts) and acts[-1].facts.get("action") not in ENDS_TITLE


def owned_units(person: Person) -> Iterator[tuple[Link, Claim]]:
    """Dwellings to which a resident's title stands, with the act that says so."""
    for acts in person.acts("title/").values():
        if is_owned(acts):
            yield from ((link, acts[-1]) for link in unit_links(acts[-1]))


def runs(lease: Tenancy, today: Today) -> bool:
    """Has the lease begun, and is it not over?"""
    return today.reached(parse_date(lease.start)) and not is_over(lease, today)


def is_over(lease: Tenancy, today: Today) -> bool:
    return today.passed(parse_date(lease.end))


def lives_in(lease: Tenancy, keys: Collection[str]) -> bool:
    """Does a lease name the resident as one who lives there, rather than as the lessor?"""
    return not lease.household.isdisjoint(keys)


def leases_lived_in(person: Person) -> list[Tenancy]:
    """Leases, public and private, under which a resident lives or lived."""
    return [lease for lease in (*person.tenancies, *person.leases) if lives_in(lease, person.keys)]


# --- registrations ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Registration:
    """A residence registration in force: its acts since it was last cancelled, in play order."""

    number: str
    acts: tuple[Claim, ...]

    @property
    def newest(self) -> Claim:
        return self.acts[-1]

    @property
    def since(self) -> str:
        """The first day of the stay; moves within the city go on with it."""
        return str(self.acts[0].facts["start_date"])

    @property
    def here(self) -> tuple[Claim, ...]:
        """Acts at the present address: the last that settled the person there, and what came after."""
        settled = [at for at, act in enumerate(self.acts) if act.facts.get("action") in _SETTLES]
        return self.acts[settled[-1] :] if settled else self.acts

    @property
    def since_here(self) -> str:
        return str(self.here[0].facts["start_date"])

    @property
    def address(self) -> str:
        return str(self.newest.facts["address"])

    @property
    def place(self) -> str | None:
        """Where addresses like this one meet; None if it names no dwelling (rural houses, sheds)."""
        return next((link.key for link in self.newest.links if link.kind == "address"), None)

    @property
    def unit(self) -> tuple[str, str] | None:
        """Key and code of the dwelling that the registration itself names."""
        for act in reversed(self.here):
            for link in unit_links(act):
                return link.key, str(act.facts["unit_code"])
        return None


def registrations(
    entries: Mapping[str, tuple[Claim, ...]], moved: Collection[str] = frozenset()
) -> tuple[Registration, ...]:
    """Registrations in force among register entries. `moved`: acts whose record goes on elsewhere."""
    found = []
    for entry, acts in sorted(entries.items()):
        cancelled = [at for at, act in enumerate(acts) if act.facts.get("action") == "CANCEL"]
        running = acts[cancelled[-1] + 1 :] if cancelled else acts
        if running and running[-1].event_id not in moved:
            found.append(Registration(entry.removeprefix("residence/"), tuple(running)))
    return tuple(found)


def registrations_of(person: Person) -> tuple[Registration, ...]:
    """A resident's registrations in force."""
    return registrations(person.acts("residence/"))


def resolve(person: Person, registration: Registration) -> dict[str, str]:
    """Live dwellings (key -> code) that an address may mean, among those heard of at its place.

    Those written alike, else those that only might be: one of these that stands alone is as good (domain 6.3, A10). A
    dwelling's former addresses lead to it, too.
    """
    return resolve_address(registration.address, person.address_units(registration.place) if registration.place else [])


def resolve_address(address: str, heard: Sequence[Claim]) -> dict[str, str]:
    """The same of any address. `heard`: what the house file says of the dwellings there, in play order."""
    found: dict[str, dict[str, str]] = {SAME: {}, POSSIBLE: {}, DIFFERENT: {}}
    for unit in dict.fromkeys(links[0].key for claim in heard if (links := unit_links(claim))):
        changes = changes_of(unit, heard)
        if changes and not is_gone(changes):
            likeness = {compare_addresses(address, str(c.facts["standard_address"])) for c in changes}
            best = next(grade for grade in found if grade in likeness)
            found[best][unit] = str(changes[-1].facts["unit_code"])
    return found[SAME] or found[POSSIBLE]


def home_of(person: Person, registration: Registration) -> tuple[str, str] | None:
    """Key and code of the dwelling a registration is at: the one it names, or the only one its address can mean."""
    if registration.unit is not None:
        return registration.unit
    found = resolve(person, registration)
    return next(iter(found.items())) if len(found) == 1 else None


def lapsed_stay(
    registration: Registration, leases: Iterable[Tenancy], keys: Collection[str], today: Today
) -> Tenancy | None:
    """The lease whose end left a registration without a basis, or None if there is another, or never was one.

    `leases` are those of the dwelling. Whatever was registered after the lease's end rests on something else.
    """
    lived_in = [lease for lease in leases if lives_in(lease, keys) and lease.start <= lease.end]
    if not lived_in or any(not is_over(lease, today) for lease in lived_in):
        return None
    last = max(lived_in, key=lambda lease: (lease.end, lease.lease_no))
    return None if any(act.business_time > last.end for act in registration.acts) else last


# --- homes ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Home:
    """A dwelling where somebody says they live: since when, its code, and how its address is written."""

    since: str
    unit_code: str
    addresses: tuple[Address, ...]
    said: Claim

    @property
    def street(self) -> str:
        """The street or township as written; empty if nobody wrote it."""
        return next((address.street for address in self.addresses if address.street), "")

    @property
    def county_code(self) -> str:
        return self.unit_code[:6]

    @property
    def street_code(self) -> str:
        """County and cadastral district (地籍区), which follows the street: the nine digits that say no more."""
        return self.unit_code[:9]


def newest_home(person: Person, today: Today) -> Home | None:
    """The dwelling a resident moved to last, of those they are registered at or rent now."""
    homes = []
    for registration in registrations_of(person):
        unit = home_of(person, registration)
        if unit is not None:
            at = registration.here[0]
            homes.append(_home(person, unit, registration.since_here, registration.address, at))
    for lease in leases_lived_in(person):
        for key in sorted(lease.unit_keys) if runs(lease, today) else ():
            unit = key, str(lease.filed.facts["unit_code"])
            homes.append(_home(person, unit, lease.start, lease.filed.facts.get("address_text"), lease.filed))
    return max(homes, key=lambda home: (home.since, home.said.play_order), default=None)


def _home(person: Person, unit: tuple[str, str], since: str, written: object, said: Claim) -> Home:
    standard = newest_fact(changes_of(unit[0], person.unit_acts(unit[0])), "standard_address")
    addresses = (parse_address(str(address)) for address in (written, standard) if address)
    return Home(since, unit[1], tuple(addresses), said)
