"""Aid units, leases, marriages and dwellings, played from their acts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tests.reference.acts import Act, Ident, Key, unit_code
from tests.reference.facts import OWNING, Facts
from tests.reference.world import World


@dataclass
class Aid:
    """An aid unit after its acts; not `known` while its grant is not."""

    decision: str = ""
    aid_class: str = ""
    active: bool = False
    known: bool = False
    members: dict[Ident, str | None] = field(default_factory=dict)  # -> work capacity
    granted: Act | None = None
    reviewed: str = ""  # the last day MCA looked at the household
    size: int = 0

    def consents(self, today: date) -> bool:
        assert self.granted
        until = self.granted.payload.get("consent_until")
        return until is None or until >= today.isoformat()

    def told(self, world: World) -> list[Facts]:
        """What its members are known for; who does not fit their number is not judged."""
        found = (world.told_by(member, ("aid", self.decision)) for member in self.members)
        return [facts for facts in found if facts]


def aid_unit(entry: Key, acts: list[Act]) -> Aid:
    unit = Aid(entry[1])
    for act in acts:
        said = act.payload
        people = {r.ident: r.work_capacity for r in act.refs if r.role == "member"}
        if act.type == "mca.aid_granted":
            unit.known, unit.active, unit.aid_class, unit.members = True, True, said["aid_class"], people
            unit.granted, unit.size = act, said["household_size"]
            unit.reviewed = said.get("last_review_date") or said["decided_date"]
            if not people or unit.size > len(people):  # the list leaves the applicant out
                unit.members = {r.ident: None for r in act.refs} | people
            continue
        action = said["action"]
        if action == "ADJUST" or said.get("reason_code") in ("REVIEW", "PROPERTY"):
            unit.reviewed = max(unit.reviewed, said["effective_from"])
        if action == "ADD_MEMBER":
            unit.members = unit.members | people
        elif action == "REMOVE_MEMBER":
            unit.members = {m: work for m, work in unit.members.items() if m not in people}
        elif action in ("SUSPEND", "TERMINATE", "HAND_OVER"):
            unit.active = False
        elif action == "RESUME":
            unit.active = True
    return unit


def active_aid(world: World) -> Iterator[Aid]:
    for entry, acts in world.entries.items():
        if entry[0] == "aid":
            unit = aid_unit(entry, acts)
            if unit.known and unit.active:
                yield unit


@dataclass
class Lease:
    """A lease after its acts; days inclusive."""

    number: str
    public: bool
    filed: Act | None = None
    end: str = ""
    ended: bool = False

    @property
    def filing(self) -> Act:
        assert self.filed
        return self.filed

    @property
    def entry(self) -> Key:
        return ("rental" if self.public else "lease", self.number)

    @property
    def start(self) -> str:
        return str(self.filing.payload["start_date"])

    @property
    def scope(self) -> str:
        return "WHOLE" if self.public else str(self.filing.payload["scope"])

    @property
    def unit(self) -> str | None:
        return unit_code(self.filing.payload.get("unit_code"))

    def people(self, *roles: str) -> set[Ident]:
        return {r.ident for r in self.filing.refs if r.role in roles}

    @property
    def living_there(self) -> set[Ident]:
        return self.people("tenant", "occupant", "member")

    def runs_on(self, day: date) -> bool:
        return self.start <= day.isoformat() <= self.end

    def over_on(self, day: date) -> bool:
        return self.end < day.isoformat()


def lease_of(entry: Key, acts: list[Act]) -> Lease | None:
    lease = Lease(entry[1], entry[0] == "rental")
    for act in acts:
        said = act.payload
        if act.type in ("hmd.private_lease_filed", "hmd.public_rental_leased"):
            lease.filed, lease.end, lease.ended = act, said["end_date"], False
        elif act.type == "hmd.public_rental_ended":
            lease.end, lease.ended = said["end_date"], True
        elif said["action"] == "TERMINATE":
            lease.end, lease.ended = said["effective_date"], True
        elif said["action"] == "EXTEND" and said.get("new_end_date"):
            lease.end, lease.ended = said["new_end_date"], False
    return lease if lease.filed else None


def leases(world: World, *kinds: str) -> list[Lease]:
    """Leases on file: of kind "lease" (private), "rental" (public), or both."""
    found = (
        lease_of(entry, acts)
        for entry, acts in sorted(world.entries.items(), key=lambda e: str(e[0]))
        if entry[0] in kinds
    )
    return [lease for lease in found if lease]


@dataclass
class Marriage:
    """One entry of the marriage register after its acts."""

    certificate: str
    acts: list[Act]

    @property
    def void(self) -> bool:
        """Annulled or void: it never was."""
        return any(act.payload["kind"] in ("ANNULLED", "VOID") for act in self.ends)

    @property
    def ends(self) -> list[Act]:
        return [act for act in self.acts if act.type == "mca.marriage_ended"]

    @property
    def open(self) -> bool:
        return not self.ends

    @property
    def registered(self) -> Act | None:
        return next((act for act in reversed(self.acts) if act.type == "mca.marriage_registered"), None)

    def spouses(self, world: World, one: Ident) -> set[Ident]:
        """Whom the newest registration names beside one; where none is on record, whom an end names."""
        acts = [self.registered] if self.registered else self.acts
        return {ident for act in acts for ident in _others(world, act, one)}


def _others(world: World, act: Act, one: Ident) -> set[Ident]:
    return {ref.ident for ref in act.refs if world.root(ref.ident) != one}


def marriages(world: World, person: Facts, root: Ident) -> list[Marriage]:
    """The marriages of somebody that count, the one with the newest act last.

    A record that by now is about two others was never about this person; nobody is married to themselves; an end that
    names no marriage on record ends the one with the spouse it names; what is made up (MAKEUP) is the same marriage.
    """
    found = []
    for entry, acts in sorted(person.entries("marriage").items(), key=lambda e: e[1][0].order):
        real = [act for act in acts if world.still_names(act, root) and _others(world, act, root)]
        marriage = Marriage(entry[-1], real)
        others = world.roots(marriage.spouses(world, root))
        same = [m for m in found if others & world.roots(m.spouses(world, root))]
        made_up = any(act.payload.get("kind") == "MAKEUP" for act in marriage.acts)
        if same and (made_up or not marriage.registered):
            same[-1].acts = sorted([*same[-1].acts, *marriage.acts], key=lambda act: act.order)
        elif others:
            found.append(marriage)
    return sorted((m for m in found if not m.void), key=lambda m: m.acts[-1].order)


def spouse_of(world: World, person: Facts, root: Ident) -> Iterator[tuple[Ident, Facts]]:
    """Whom somebody is married to by the newest event of the register, with what is known of them; at most one."""
    known = marriages(world, person, root)
    if known and known[-1].open:
        for spouse in known[-1].spouses(world, root):
            facts = world.told_by(spouse, ("marriage", known[-1].certificate), world.present.root(root))
            if facts:
                yield world.root(spouse), facts


def unit_acts(world: World, unit: str) -> list[Act]:
    """What the house file says of a dwelling, in play order."""
    return world.entries.get(("unit", unit), [])


def unit_file(world: World, unit: str) -> dict[str, Any]:
    """What the house file says of a dwelling now: what a change leaves out it leaves as it was."""
    file: dict[str, Any] = {}
    for act in unit_acts(world, unit):
        file |= {name: value for name, value in act.payload.items() if value is not None}
    return file


def owners(world: World, unit: str) -> set[Ident]:
    """Who owns a dwelling now, by number alone."""
    last = {world.root(ref.ident): act for act in world.entries.get(("title", unit), []) for ref in act.refs}
    return {owner for owner, act in last.items() if act.payload["action"] in OWNING}


def gone(world: World, unit: str) -> bool:
    """Demolished, or merged into another dwelling."""
    acts = unit_acts(world, unit)
    if not acts:
        return False
    said = acts[-1].payload
    others = {unit_code(code) for code in said.get("new_unit_codes") or ()}
    return said["action"] == "DEMOLISH" or (said["action"] == "MERGE" and unit not in others)
