"""Events of every type, said shortly: `plot.say("psb.permit_changed", wang, on, action="ISSUE")`."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from tests.builders import ORG, UNIT, Desk

Person = dict[str, Any]
Event = dict[str, Any]

START = date(2025, 6, 1)
ADDRESS = "示例市城中区学院街道东山大道12号3栋2单元501室"
OTHER_STREET = "示例市城中区马祖街道五一路8号2栋1单元302室"
UNITS = (UNIT, UNIT[:-1] + "2", UNIT[:-1] + "3")
ELSEWHERE = "420502"

ON, MONTH = "{on}", "{month}"  # filled in with the day the event is about

DEFAULTS: dict[str, dict[str, Any]] = {
    "psb.birth_registered": {
        "household_no": "HK-1", "birth_cert_no": None, "mother": None, "father": None, "hukou_address": ADDRESS,
        "hukou_region": "429801", "registered_date": ON,
    },
    "psb.death_registered": {
        "death_date": ON, "death_date_precision": "DAY", "cancel_date": ON, "evidence_type": "MEDICAL_CERT",
        "evidence_no": "MC-1",
    },
    "psb.migrated_in": {
        "household_no": "HK-1", "hukou_address": ADDRESS, "hukou_region": "429801", "from_region": None,
        "move_type": "FROM_OTHER", "certificate_no": None, "relation_to_head": "02",
    },
    "psb.migrated_out": {
        "to_region": ELSEWHERE, "certificate_no": "MC-1", "issue_date": ON, "valid_until": None,
        "move_type": "FROM_OTHER",
    },
    "psb.item_corrected": {
        "item": "MARITAL", "old_value": "10", "new_value": "20", "id_no_old": None, "id_no_new": None,
        "nature": "CORRECTION", "document_no": "D-1", "effective_date": ON,
    },
    "psb.household_restructured": {
        "kind": "SPLIT", "from_household_no": "HK-1", "to_household_no": "HK-2", "members": [],
    },
    "psb.residence_changed": {
        "action": "REGISTER", "registration_no": "RR-1", "hukou_region": ELSEWHERE, "address": ADDRESS,
        "unit_code": None, "start_date": ON, "expected_until": None, "ground": "WORK",
    },
    "psb.permit_changed": {
        "action": "ISSUE", "permit_no": "PM-1", "issue_date": ON, "valid_until": "2027-12-31", "ground": "JOB",
        "issuer": "城中区公安分局",
    },
    "mca.deceased_handled": {
        "handled_kind": "CREMATION", "handled_date": ON, "death_date": ON, "death_cert_no": None,
        "facility_org": ORG["MCA"], "applicant": None, "applicant_relation": None,
    },
    "mca.marriage_registered": {
        "certificate_no": "J-1", "register_date": ON, "registry_org": ORG["MCA"], "spouse": None,
        "kind": "FIRST_OR_RE",
    },
    "mca.marriage_ended": {
        "kind": "DIVORCE_REGISTERED", "certificate_no": "E-1", "judgment_no": None, "effective_date": ON,
        "prior_certificate_no": "J-1", "spouse": None,
    },
    "mca.adoption_changed": {"action": "REGISTER", "certificate_no": "AD-1", "adopter": [], "register_date": ON},
    "mca.aid_granted": {
        "aid_class": "DB", "decision_no": "AID-1", "decided_date": ON, "effective_from": ON, "household_size": 1,
        "members": [], "consent_no": "C-1", "consent_until": None, "last_review_date": None, "next_review_date": None,
    },
    "mca.aid_changed": {
        "decision_no": "AID-1", "action": "TERMINATE", "effective_from": ON, "member": None, "reason_code": "OTHER",
        "heard_date": ON,
    },
    "mca.allowance_changed": {
        "allowance_type": "OLD_AGE", "action": "START", "effective_from": ON, "item_no": "IT-1",
    },
    "mca.eldercare_changed": {
        "action": "ADMIT", "care_kind": "INSTITUTION", "institution_org": ORG["MCA"], "funding": "SELF", "date": ON,
    },
    "hrss.insured_enrolled": {
        "scheme": "PENSION_EMP", "action": "ENROL", "effective_from": ON, "employer_org": None,
        "enrol_region": "429801", "prior_region": None,
    },
    "hrss.contribution_status_changed": {
        "scheme": "PENSION_EMP", "from_month": MONTH, "to_month": MONTH, "status": "PAID",
    },
    "hrss.pension_granted": {
        "pension_type": "EMP", "first_month": MONTH, "decision_no": "PD-1", "pay_region": "429801",
    },
    "hrss.pension_status_changed": {
        "pension_type": "EMP", "status": "STOPPED", "effective_month": MONTH, "reason": "DEATH",
    },
    "hrss.eligibility_verified": {
        "result": "CONFIRMED", "method": "COUNTER", "in_person": True, "verified_date": ON, "valid_until": None,
    },
    "hrss.employment_changed": {"kind": "EMPLOYED_START", "start_date": ON, "end_date": None},
    "hrss.unemployment_benefit_changed": {
        "action": "START", "from_month": MONTH, "to_month": None, "stop_ground": None,
    },
    "hrss.insurance_transferred": {
        "scheme": "PENSION_EMP", "direction": "IN", "other_region": ELSEWHERE, "status": "STARTED",
    },
    "hrss.survivor_grant_paid": {"scheme": "PENSION_EMP", "paid_date": ON, "claimant": None},
    "hrss.medical_coverage_changed": {
        "cover": "RES", "year": 2026, "status": "ACTIVE", "effective_from": ON, "subsidy_category": "NONE",
    },
    "hmd.ownership_changed": {
        "unit_code": UNIT, "action": "TRANSFER_IN", "share_numerator": 1, "share_denominator": 1,
        "use": "RESIDENTIAL", "floor_area": "90.00", "register_date": ON,
    },
    "hmd.unit_changed": {
        "action": "CREATE", "unit_code": UNIT, "new_unit_codes": None, "standard_address": ADDRESS, "rooms": 2,
        "floor_area": "90.00", "use": "RESIDENTIAL",
    },
    "hmd.public_rental_qualified": {
        "decision_no": "Q-1", "result": "APPROVED", "household_size": 1, "queue_date": ON, "valid_until": None,
    },
    "hmd.public_rental_leased": {
        "lease_no": "P-1", "unit_code": UNIT, "members": [], "start_date": ON, "end_date": "2027-12-31",
    },
    "hmd.public_rental_ended": {"lease_no": "P-1", "end_date": ON, "ground": "VOLUNTARY"},
    "hmd.rent_subsidy_changed": {"action": "START", "from_month": MONTH, "to_month": None, "item_no": "RS-1"},
    "hmd.private_lease_filed": {
        "lease_no": "L-1", "unit_code": UNIT, "address_text": ADDRESS, "scope": "WHOLE", "lessor": None,
        "lessor_org": None, "lessor_right": "OWNER", "tenant": None, "occupants": [], "start_date": ON,
        "end_date": "2027-06-30", "filed_by": "LESSOR",
    },
    "hmd.private_lease_ended": {
        "lease_no": "L-1", "action": "TERMINATE", "effective_date": ON, "new_end_date": None,
    },
}  # fmt: skip


class Plot:
    """A history being made up. Everything said may be recorded and published late."""

    def __init__(self, random: Random) -> None:
        self.random, self.desk = random, Desk()
        self.events: list[Event] = []

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def pick(self, *choices: Any) -> Any:
        return self.random.choice(choices)

    def day(self, first: int, last: int) -> str:
        """A day so many days after the beginning of all histories."""
        return (START + timedelta(days=self.random.randint(first, last))).isoformat()

    def after(self, day: str, first: int, last: int) -> str:
        return (date.fromisoformat(day) + timedelta(days=self.random.randint(first, last))).isoformat()

    def say(self, event_type: str, who: Person | None, on: str, **payload: Any) -> Event:
        """One event of that type about somebody (None for a dwelling), with what differs from the default."""
        envelope = {name: payload.pop(name) for name in _ENVELOPE if name in payload}
        if event_type in ("hmd.rent_subsidy_changed", "hmd.public_rental_qualified"):  # numbered by household
            name = "item_no" if "subsidy" in event_type else "decision_no"
            payload.setdefault(name, f"{name}-{who and who['id_no'][-4:]}")
        if event_type.startswith("hmd.public_rental_") and event_type != "hmd.public_rental_qualified":
            payload.setdefault("lease_no", f"P-{who and who['id_no'][-4:]}")
        fill = {ON: on, MONTH: on[:4] + on[5:7]}
        said = {name: fill.get(v, v) if isinstance(v, str) else v for name, v in DEFAULTS[event_type].items()}
        recorded = self.after(on, 0, 0) if self.chance(0.7) else self.after(on, 0, self.pick(3, 25, 70))
        published = recorded if self.chance(0.8) else self.after(recorded, 0, self.pick(1, 40))
        event = self.desk.event(
            event_type, {**said, **payload}, on=on, who=who, recorded=recorded, published=published, **envelope
        )
        self.events.append(event)
        return event

    def again(self, event: Event, op: str, on: str | None = None, **payload: Any) -> Event:
        """The next version of an event's record."""
        on = on or self.after(event["record_time"][:10], 1, 60)
        again = self.desk.again(event, op, on=on, **payload)
        if op == "UPDATE":
            again["business_time"] = on
        self.events.append(again)
        return again

    def renumbered(self, who: Person, new: str, on: str) -> Person:
        """Police correct somebody's number; the same person under the new one."""
        old = who["id_no"]
        numbers = {"old_value": old, "new_value": new, "id_no_old": old, "id_no_new": new}
        self.say("psb.item_corrected", who, on, item="ID_NO", **numbers)
        return {**who, "id_no": new}

    def aid(self, applicant: Person, members: list[Person], on: str, able: bool = False, **payload: Any) -> Event:
        work = "ABLE" if able else "NONE"
        listed = [
            {"person": m, "relation": "01" if m is applicant else "20", "work_capacity": work} for m in members
        ]  # fmt: skip
        payload.setdefault("household_size", len(members))
        return self.say("mca.aid_granted", applicant, on, members=listed, **payload)

    def rental(self, tenant: Person, members: list[Person], on: str, **payload: Any) -> Event:
        listed = [{"person": m, "relation": "01" if m is tenant else "10"} for m in members]
        return self.say("hmd.public_rental_leased", tenant, on, members=listed, **payload)

    def lease(self, tenant: Person, lessor: Person | None, on: str, **payload: Any) -> Event:
        return self.say("hmd.private_lease_filed", tenant, on, tenant=tenant, lessor=lessor, **payload)

    def unit(self, on: str, **payload: Any) -> Event:
        return self.say("hmd.unit_changed", None, on, **payload)


_ENVELOPE = ("record", "seq", "op", "region", "sub_source")
