"""Events as tests speak them: `birth(...)`, `funeral(...)`, `pension(...)`. Everybody here is fictional (4298xx)."""

from __future__ import annotations

import itertools
from typing import Any

ORG = {
    "PSB": "11429801000000115C",
    "MCA": "12429801MB00000195",
    "HRSS": "11429801000000115C",
    "HMD": "12429801MB00000195",
}
UNIT = "429801001002GB00001F00030501"


def ric(birth: str = "19600315", sequence: int = 1, region: str = "429801") -> str:
    """A well-formed fictional citizen number: GB 11643 check digit, odd sequence = man."""
    body = f"{region}{birth}{sequence:03d}"
    total = sum(int(d) * w for d, w in zip(body, (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), strict=True))
    return body + "10X98765432"[total % 11]


WANG = ric()


def person(id_no: str = WANG, name: str = "王伟", *, bare: bool = False, **over: Any) -> dict[str, Any]:
    """A PersonRef; sex and birth date follow the number unless told otherwise."""
    ref: dict[str, Any] = {"id_type": "RIC", "id_no": id_no, "name": name}
    if not bare and len(id_no) == 18 and id_no[6:14].isdigit():
        ref["birth_date"] = f"{id_no[6:10]}-{id_no[10:12]}-{id_no[12:14]}"
        ref["sex"] = "1" if id_no[16].isdigit() and int(id_no[16]) % 2 else "2"
    return {**ref, **over}


class Desk:
    """Issues events with running numbers, so that a test only says what matters to it."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def event(
        self,
        event_type: str,
        payload: dict[str, Any],
        *,
        on: str,
        who: dict[str, Any] | None,
        record: str | None = None,
        seq: int = 1,
        op: str = "CREATE",
        supersedes: dict[str, Any] | None = None,
        recorded: str | None = None,
        published: str | None = None,
        region: str = "429801",
        **over: Any,
    ) -> dict[str, Any]:
        number = next(self._numbers)
        agency = event_type.split(".")[0].upper()
        record_time = recorded or f"{on}T09:00:00+08:00"
        if len(record_time) == 10:
            record_time += "T09:00:00+08:00"
        publish_time = published or record_time.replace("T09:00:00", "T09:00:05")
        if len(publish_time) == 10:
            publish_time += "T09:00:05+08:00"
        return {
            "event_id": f"019a8c1e-7f00-7000-8000-{number:012d}",
            "event_type": event_type,
            "schema_version": 1,
            "source_agency": agency,
            "sub_source": None,
            "source_org": ORG[agency],
            "catalogue_item": f"{agency}-TST-001",
            "source_record_id": record or f"R-{number}",
            "source_seq": seq,
            "op": op,
            "supersedes": supersedes["event_id"] if supersedes else None,
            "business_time": on,
            "record_time": record_time,
            "publish_time": publish_time,
            "region_code": region,
            "legal_basis": "社会保险经办条例 第8条",
            "subject": who,
            "payload": payload,
            **over,
        }

    def again(
        self, event: dict[str, Any], op: str, *, on: str, who: dict[str, Any] | None = None, **payload: Any
    ) -> dict:
        """The next version of an event's record: CORRECT or CANCEL name it, UPDATE does not."""
        return self.event(
            event["event_type"],
            {**event["payload"], **payload},
            on=event["business_time"],
            who=event["subject"] if who is None else who,
            record=event["source_record_id"],
            seq=event["source_seq"] + 1,
            op=op,
            supersedes=event if op in ("CORRECT", "CANCEL") else None,
            recorded=on,
            region=event["region_code"],
        )

    def moved_in(self, who=None, *, on="1985-06-01", region="429801", **over):
        payload = {
            "household_no": "HK-1",
            "hukou_address": "示例市城中区东山大道12号3栋2单元501室",
            "hukou_region": region,
            "from_region": None,
            "move_type": "FROM_OTHER",
            "certificate_no": None,
            "relation_to_head": "02",
        }
        return self.event("psb.migrated_in", payload, on=on, who=who or person(), **over)

    def death(self, who=None, *, on="2026-03-01", **over):
        payload = {
            "death_date": on,
            "death_date_precision": "DAY",
            "cancel_date": on,
            "evidence_type": "MEDICAL_CERT",
            "evidence_no": "MC-1",
        }
        return self.event("psb.death_registered", payload, on=on, who=who or person(), **over)

    def funeral(self, who=None, *, on="2026-03-03", died="2026-03-01", **over):
        payload = {
            "handled_kind": "CREMATION",
            "handled_date": on,
            "death_date": died,
            "death_cert_no": None,
            "facility_org": ORG["MCA"],
            "applicant": None,
            "applicant_relation": None,
        }
        return self.event("mca.deceased_handled", payload, on=on, who=who or person(), **over)

    def pension(self, who=None, *, on="2020-04-01", kind="EMP", region="429801", first=None, **over):
        payload = {
            "pension_type": kind,
            "first_month": first or on[:4] + on[5:7],
            "decision_no": "PD-1",
            "pay_region": region,
        }
        return self.event("hrss.pension_granted", payload, on=on, who=who or person(), region=region, **over)

    def pension_status(self, status, month, who=None, *, on, kind="EMP", reason="DEATH", **over):
        payload = {"pension_type": kind, "status": status, "effective_month": month, "reason": reason}
        return self.event("hrss.pension_status_changed", payload, on=on, who=who or person(), **over)

    def verified(self, who=None, *, on, result="CONFIRMED", in_person=True, **over):
        payload = {
            "result": result,
            "method": "COUNTER",
            "in_person": in_person,
            "verified_date": on,
            "valid_until": None,
        }
        return self.event("hrss.eligibility_verified", payload, on=on, who=who or person(), **over)

    def cover(self, who=None, *, year=2026, on=None, status="ACTIVE", kind="RES", **over):
        on = on or f"{year}-01-02"
        payload = {"cover": kind, "year": year, "status": status, "effective_from": on, "subsidy_category": "NONE"}
        return self.event(
            "hrss.medical_coverage_changed", payload, on=on, who=who or person(), sub_source="MSI", **over
        )

    def aid(self, who=None, members=None, *, on="2026-01-10", aid_class="DB", decision="AID-1", size=None, **over):
        who = who or person()
        listed = members if members is not None else [who]
        payload = {
            "aid_class": aid_class,
            "decision_no": decision,
            "decided_date": on,
            "effective_from": on,
            "household_size": size or len(listed),
            "members": [{"person": m, "relation": "01" if m == who else "20", "work_capacity": "NONE"} for m in listed],
            "consent_no": "C-1",
            "consent_until": None,
            "last_review_date": None,
            "next_review_date": None,
        }
        return self.event("mca.aid_granted", payload, on=on, who=who, **over)

    def aid_changed(self, action, who=None, *, on, decision="AID-1", member=None, reason="DEATH", **over):
        payload = {
            "decision_no": decision,
            "action": action,
            "effective_from": on,
            "member": member,
            "reason_code": reason,
            "heard_date": on,
        }
        return self.event("mca.aid_changed", payload, on=on, who=who or person(), **over)

    def allowance(self, action="START", who=None, *, on="2026-01-05", item="IT-1", kind="OLD_AGE", **over):
        payload = {"allowance_type": kind, "action": action, "effective_from": on, "item_no": item}
        return self.event("mca.allowance_changed", payload, on=on, who=who or person(), **over)

    def married(self, who=None, spouse=None, *, on="2026-02-14", certificate="J-1", **over):
        payload = {
            "certificate_no": certificate,
            "register_date": on,
            "registry_org": ORG["MCA"],
            "spouse": spouse,
            "kind": "FIRST_OR_RE",
        }
        return self.event("mca.marriage_registered", payload, on=on, who=who or person(), **over)

    def enrolled(self, who=None, *, scheme="PENSION_EMP", on="2010-01-01", action="ENROL", **over):
        payload = {
            "scheme": scheme,
            "action": action,
            "effective_from": on,
            "employer_org": None,
            "enrol_region": "429801",
            "prior_region": None,
        }
        return self.event("hrss.insured_enrolled", payload, on=on, who=who or person(), **over)

    def renamed(self, item, old, new, who=None, *, on, nature="CORRECTION", **over):
        payload = {
            "item": item,
            "old_value": old,
            "new_value": new,
            "id_no_old": old if item == "ID_NO" else None,
            "id_no_new": new if item == "ID_NO" else None,
            "nature": nature,
            "document_no": "D-1",
            "effective_date": on,
        }
        return self.event("psb.item_corrected", payload, on=on, who=who or person(), **over)

    def lease(
        self,
        lease_no="L-1",
        who=None,
        *,
        start="2026-01-01",
        end="2026-12-31",
        unit=UNIT,
        scope="WHOLE",
        lessor=None,
        right="OWNER",
        on=None,
        **over,
    ):
        tenant = who or person()
        payload = {
            "lease_no": lease_no,
            "unit_code": unit,
            "address_text": "示例市城中区东山大道12号3栋2单元501室",
            "scope": scope,
            "lessor": lessor or person(ric("19700101", 9), "赵敏"),
            "lessor_org": None,
            "lessor_right": right,
            "tenant": tenant,
            "occupants": [],
            "start_date": start,
            "end_date": end,
            "filed_by": "LESSOR",
        }
        return self.event("hmd.private_lease_filed", payload, on=on or start, who=tenant, **over)

    def lease_ended(self, lease_no, *, on, who=None, action="TERMINATE", new_end=None, **over):
        payload = {"lease_no": lease_no, "action": action, "effective_date": on, "new_end_date": new_end}
        return self.event("hmd.private_lease_ended", payload, on=on, who=who or person(), **over)

    def public_rental(
        self, lease_no="P-1", who=None, members=None, *, start="2025-01-01", end="2027-12-31", unit=UNIT, **over
    ):
        who = who or person()
        listed = members if members is not None else [who]
        payload = {
            "lease_no": lease_no,
            "unit_code": unit,
            "members": [{"person": m, "relation": "01" if m == who else "10"} for m in listed],
            "start_date": start,
            "end_date": end,
        }
        return self.event("hmd.public_rental_leased", payload, on=start, who=who, **over)

    def public_rental_ended(self, lease_no, *, on, who=None, ground="DEATH", **over):
        payload = {"lease_no": lease_no, "end_date": on, "ground": ground}
        return self.event("hmd.public_rental_ended", payload, on=on, who=who or person(), **over)
