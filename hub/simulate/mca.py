"""What civil affairs files: funerals, aid, allowances, marriages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hub.simulate.days import Day, iso
from hub.simulate.ledger import Filing
from hub.simulate.numbers import credit_code
from hub.simulate.people import Person
from hub.simulate.town import Town


@dataclass
class AidUnit:
    """People who live together on one aid decision."""

    decision: str
    applicant: Person
    granted: Filing
    members: list[Person] = field(default_factory=list)
    active: bool = True


@dataclass
class Allowance:
    """One running allowance."""

    kind: str
    item: str
    started: Filing


def hold_funeral(
    town: Town,
    person: Person,
    died: Day,
    handled: Day,
    recorded: Day,
    *,
    ref: dict[str, Any] | None = None,
    late: bool = False,
) -> Filing:
    """Record a cremation or burial; `ref` when the form names the dead otherwise than the register."""
    payload = {
        "handled_kind": "CREMATION" if town.chance(0.8) else "BURIAL",
        "handled_date": iso(handled),
        "death_date": iso(died),
        "death_cert_no": f"SZ{town.rng.randrange(10**8):08d}",
        "facility_org": credit_code("12", person.region, 200),
        "applicant": None,
        "applicant_relation": None,
    }
    return town.ledger.file("mca.deceased_handled", person, payload, on=died, recorded=recorded, ref=ref, late=late)


def grant_aid(
    town: Town,
    aid_class: str,
    members: list[Person],
    day: Day,
    *,
    capacity: str | None = None,
    able: Person | None = None,
    consent_until: Day | None = None,
    late: bool = False,
) -> AidUnit:
    """Grant aid to people living together; the first is the applicant.

    `capacity` is every member's to work, `able` a member who is able to whatever the others are.
    """
    applicant = members[0]
    decision = town.ledger.serial("DBZ", day)
    payload = {
        "aid_class": aid_class,
        "decision_no": decision,
        "decided_date": iso(day),
        "effective_from": iso(day),
        "household_size": len(members),
        "members": [
            {
                "person": member.ref(day),
                "relation": "01" if member is applicant else _relation_to(applicant, member),
                "work_capacity": capacity or ("ABLE" if member is able else _capacity(town, member)),
            }
            for member in members
        ],
        "consent_no": f"SQ{town.rng.randrange(10**7):07d}",
        "consent_until": iso(consent_until or town.today + 365),
        "last_review_date": iso(day),
    }
    granted = town.ledger.file("mca.aid_granted", applicant, payload, on=day, late=late)
    for member in members:
        member.on_aid = True
    return AidUnit(decision, applicant, granted, list(members))


def review_aid(town: Town, unit: AidUnit, day: Day, *, late: bool = False) -> Filing:
    """A newer version of the decision, after a review."""
    payload = dict(unit.granted.event["payload"], last_review_date=iso(day))
    return town.ledger.file(
        "mca.aid_granted",
        unit.applicant,
        payload,
        on=day,
        record=unit.granted.record_id,
        late=late,
    )


def change_aid(
    town: Town,
    unit: AidUnit,
    action: str,
    day: Day,
    *,
    member: Person | None = None,
    reason: str = "REVIEW",
    effective: Day | None = None,
    late: bool = False,
) -> Filing:
    """Change an aid decision; reducing or ending it follows a hearing (社会救助法 48)."""
    since = day if effective is None else effective
    payload = {
        "decision_no": unit.decision,
        "action": action,
        "effective_from": iso(since),
        "member": member.ref(day) if member else None,
        "reason_code": reason,
        "heard_date": iso(day) if action in ("REMOVE_MEMBER", "SUSPEND", "TERMINATE") else None,
    }
    filing = town.ledger.file("mca.aid_changed", unit.applicant, payload, on=since, recorded=day, late=late)
    if action == "ADD_MEMBER" and member:
        unit.members.append(member)
        member.on_aid = True
    if action == "REMOVE_MEMBER" and member:
        unit.members.remove(member)
    if action in ("SUSPEND", "TERMINATE", "HAND_OVER", "RESUME"):
        unit.active = action == "RESUME"
    return filing


def start_allowance(
    town: Town, person: Person, kind: str, day: Day, *, ref: dict[str, Any] | None = None, late: bool = False
) -> Allowance:
    """Start an allowance."""
    item = town.ledger.serial("JTX", day)
    payload = {"allowance_type": kind, "action": "START", "effective_from": iso(day), "item_no": item}
    filing = town.ledger.file("mca.allowance_changed", person, payload, on=day, ref=ref, late=late)
    return Allowance(kind, item, filing)


def change_allowance(
    town: Town,
    person: Person,
    allowance: Allowance,
    action: str,
    day: Day,
    effective: Day | None = None,
    *,
    late: bool = False,
) -> Filing:
    """Stop, suspend or resume an allowance, in its own record."""
    since = day if effective is None else effective
    payload = {
        "allowance_type": allowance.kind,
        "action": action,
        "effective_from": iso(since),
        "item_no": allowance.item,
    }
    record = allowance.started.record_id
    return town.ledger.file("mca.allowance_changed", person, payload, on=since, recorded=day, record=record, late=late)


def register_marriage(
    town: Town, one: Person, other: Person, day: Day, *, kind: str = "FIRST_OR_RE", late: bool = False
) -> Filing:
    """Register a marriage of two people who both came to the desk."""
    payload = {
        "certificate_no": town.ledger.serial("J429801", day),
        "register_date": iso(day),
        "registry_org": credit_code("11", one.region, 300),
        "spouse": other.ref(day),
        "kind": kind,
    }
    return town.ledger.file("mca.marriage_registered", one, payload, on=day, late=late)


def end_marriage(
    town: Town,
    marriage: Filing,
    one: Person,
    other: Person,
    day: Day,
    *,
    kind: str = "DIVORCE_REGISTERED",
    recorded: Day | None = None,
    late: bool = False,
) -> Filing:
    """End a marriage at the registry, or by a court's judgment that comes back to it."""
    registered = kind == "DIVORCE_REGISTERED"
    payload = {
        "kind": kind,
        "certificate_no": town.ledger.serial("L429801", day) if registered else None,
        "judgment_no": None if registered else town.ledger.serial("PJ", day),
        "effective_date": iso(day),
        "prior_certificate_no": marriage.event["payload"]["certificate_no"],
        "spouse": other.ref(day),
    }
    return town.ledger.file("mca.marriage_ended", one, payload, on=day, recorded=recorded, late=late)


def change_adoption(
    town: Town,
    child: Person,
    adopters: list[Person],
    day: Day,
    *,
    registered: Filing | None = None,
    late: bool = False,
) -> Filing:
    """Register an adoption, or dissolve the one that was registered."""
    payload = {
        "action": "DISSOLVE" if registered else "REGISTER",
        "certificate_no": registered.event["payload"]["certificate_no"]
        if registered
        else town.ledger.serial("SYZ", day),
        "adopter": [adopter.ref(day) for adopter in adopters],
        "register_date": iso(day),
    }
    record = registered.record_id if registered else None
    return town.ledger.file("mca.adoption_changed", child, payload, on=day, record=record, late=late)


def change_eldercare(town: Town, person: Person, action: str, day: Day, *, admitted: Filing | None = None) -> Filing:
    """Take somebody into a home for the old, or let them go."""
    payload = {
        "action": action,
        "institution_org": credit_code("52", person.region, 500),
        "care_kind": "HOME_CARE",
        "funding": "SELF",
        "date": iso(day),
    }
    record = admitted.record_id if admitted else None
    return town.ledger.file("mca.eldercare_changed", person, payload, on=day, record=record)


def _capacity(town: Town, member: Person) -> str:
    """Nobody of working age is able to work and without work: whoever is comes from a case, or is told in the truth."""
    idle = 16 <= town.age(member) < 60 and member.scheme != "PENSION_EMP"
    return town.pick(("PARTLY", "NONE", "UNKNOWN") if idle else ("ABLE", "PARTLY", "NONE", "UNKNOWN"))


def _relation_to(applicant: Person, member: Person) -> str:
    if member is applicant.spouse:
        return "10"
    if applicant in (member.mother, member.father):
        return "20" if member.sex == "1" else "30"
    if member in (applicant.mother, applicant.father):
        return "50"
    return "97"
