"""One event, read: who is named, which register entry it is about, in which order it is played."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from hub.domain.identifiers import check_identifier, check_unit_code
from hub.domain.regions import load_regions
from hub.domain.times import day_of, is_date, parse_rfc3339

Ident = tuple[str, ...]  # ("RIC", canonical number), or ("?", agency, record, place) for a number that links nothing
Key = tuple[Any, ...]

NUMBER_FAULTS = {
    "LEN", "CHARS", "DATE", "FUTURE", "REGION_UNKNOWN", "CHECKSUM", "PRECISION_LOSS", "SCI_NOTATION", "LEGACY15",
}  # fmt: skip
REGIONS = load_regions(fictional=True)


@dataclass(frozen=True)
class Ref:
    """A person as one event names them."""

    ident: Ident
    role: str
    id_type: str
    id_no: str
    name: str
    sex: str | None
    birth_date: str | None
    codes: tuple[str, ...]
    about: bool  # the event is about this person
    work_capacity: str | None = None

    @property
    def valid(self) -> bool:
        return not set(self.codes) & NUMBER_FAULTS

    @property
    def birth_in_number(self) -> str | None:
        number = self.id_no
        if len(number) != 18 or self.id_type not in ("RIC", "RIC15", "HMT_RP", "FPR", "FPR_NEW"):
            return None
        born = f"{number[6:10]}-{number[10:12]}-{number[12:14]}"
        return born if is_date(born) else None

    @property
    def sex_in_number(self) -> str | None:
        number = self.id_no
        if len(number) != 18 or self.id_type not in ("RIC", "RIC15", "HMT_RP") or not number[16].isdigit():
            return None
        return "1" if int(number[16]) % 2 else "2"


@dataclass(frozen=True, eq=False)
class Act:
    """One event."""

    id: str
    type: str
    agency: str
    sub: str | None
    record: str
    seq: int
    op: str
    supersedes: str | None
    business: str
    recorded: int
    published: int
    region: str
    payload: Mapping[str, Any]
    refs: tuple[Ref, ...]

    @cached_property
    def order(self) -> tuple[Any, ...]:
        """In which order the acts of an entry are played."""
        return (self.business, self.recorded, self.seq, self.id)

    @cached_property
    def entry(self) -> Key:
        """The register entry the act is about (architecture 1)."""
        said, kind = self.payload, self.type.split(".")[1]
        if kind in ("pension_granted", "pension_status_changed"):
            return ("pension", said["pension_type"], said.get("pay_region") or self.region)
        by_number = {
            "residence_changed": ("residence", said.get("registration_no")),
            "permit_changed": ("permit", said.get("permit_no")),
            "household_restructured": ("household", said.get("to_household_no") or said.get("from_household_no")),
            "marriage_registered": ("marriage", said.get("certificate_no")),
            "marriage_ended": ("marriage", said.get("prior_certificate_no") or said.get("certificate_no")),
            "adoption_changed": ("adoption", said.get("certificate_no")),
            "aid_granted": ("aid", said.get("decision_no")),
            "aid_changed": ("aid", said.get("decision_no")),
            "allowance_changed": ("allowance", said.get("item_no")),
            "eldercare_changed": ("eldercare", said.get("institution_org")),
            "medical_coverage_changed": ("medical", said.get("cover"), said.get("year")),
            "insured_enrolled": ("insured", said.get("scheme")),
            "contribution_status_changed": ("contribution", said.get("scheme")),
            "eligibility_verified": ("eligibility",),
            "employment_changed": ("employment", self.record),
            "unemployment_benefit_changed": ("unemployment",),
            "insurance_transferred": ("transfer", said.get("scheme"), said.get("direction"), said.get("other_region")),
            "unit_changed": ("unit", unit_code(said.get("unit_code"))),
            "ownership_changed": ("title", unit_code(said.get("unit_code"))),  # and the owner: see Facts.titles
            "public_rental_qualified": ("qualification", said.get("decision_no")),
            "rent_subsidy_changed": ("subsidy", said.get("item_no")),
            "private_lease_filed": ("lease", said.get("lease_no")),
            "private_lease_ended": ("lease", said.get("lease_no")),
            "public_rental_leased": ("rental", said.get("lease_no")),
            "public_rental_ended": ("rental", said.get("lease_no")),
        }
        found = by_number.get(kind, (kind, self.agency, self.record))
        return (kind, self.agency, self.record) if found[-1] is None and len(found) == 2 else found


def read(event: Mapping[str, Any]) -> Act:
    people = []
    for role, place, person, about, work in _people(event):
        check = check_identifier(
            person["id_type"], person["id_no"], person.get("birth_date"), person.get("sex"),
            recorded_on=day_of(parse_rfc3339(event["record_time"])).isoformat(), regions=REGIONS,
        )  # fmt: skip
        people.append((role, place, person, about, work, check))
    refs: list[Ref] = []
    places: dict[tuple[Any, ...], str] = {}
    for role, place, person, about, work, check in people:
        canonical = check.canonical if check.linkable else None
        family = "RIC" if check.id_type == "RIC15" else check.id_type
        if family == "RIC" and canonical and canonical[:6] in ("810000", "820000", "830000"):
            family = "HMT_RP"
        who = (person["id_type"], person["id_no"], person["name"], person.get("sex"), person.get("birth_date"))
        first = places.setdefault(who, place)
        refs.append(
            Ref(
                (family, canonical) if canonical else ("?", event["source_agency"], event["source_record_id"], first),
                role, person["id_type"], canonical or person["id_no"], person["name"], person.get("sex"),
                person.get("birth_date"), check.codes, about, work,
            )
        )  # fmt: skip
    return Act(
        event["event_id"], event["event_type"], event["source_agency"], event.get("sub_source"),
        event["source_record_id"], event["source_seq"], event["op"], event.get("supersedes"), event["business_time"],
        parse_rfc3339(event["record_time"]), parse_rfc3339(event["publish_time"]), event["region_code"],
        event["payload"], tuple(refs),
    )  # fmt: skip


_ONE = {"spouse": "spouse", "applicant": "applicant", "claimant": "claimant", "tenant": "tenant", "lessor": "lessor",
        "mother": "mother", "father": "father", "member": "member"}  # fmt: skip
_MANY = {"members": "member", "occupants": "occupant", "adopter": "adopter"}


def _people(event: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any], bool, str | None]]:
    """(role, place in the event, person, is the event about them, work capacity), the subject first (contract 1)."""
    said = event["payload"]
    subject = event.get("subject")
    if subject:
        role = {"hmd.public_rental_leased": "tenant", "hmd.private_lease_filed": "tenant"}.get(event["event_type"], "")
        yield role or "subject", "", subject, True, None
    for name, role in _ONE.items():
        if isinstance(said.get(name), Mapping):
            yield role, name, said[name], False, None
    for name, role in _MANY.items():
        for number, item in enumerate(said.get(name) or ()):
            yield role, f"{name}/{number}", item.get("person", item), False, item.get("work_capacity")
    certificate = said.get("birth_cert_no")
    if event["event_type"] == "psb.birth_registered" and certificate and subject["id_type"] != "BIRTH_CERT":
        # Infants are known by the birth certificate first.
        yield (
            "renumbered_from",
            "renumbered_from",
            {**subject, "id_type": "BIRTH_CERT", "id_no": certificate},
            True,
            None,
        )
        yield "renumbered_to", "renumbered_to", subject, True, None
    if event["event_type"] == "psb.item_corrected" and said["item"] == "ID_NO" and subject:
        old = _numbered(said.get("id_no_old") or said["old_value"], subject)
        new = _numbered(said.get("id_no_new") or said["new_value"], subject)
        if check_identifier(new["id_type"], new["id_no"], regions=REGIONS).linkable:
            yield "renumbered_from", "renumbered_from", old, True, None
            yield "renumbered_to", "renumbered_to", new, True, None
        else:  # a number that fails its check moves nobody
            yield "wrong_number", "renumbered_to", new, False, None


def _numbered(number: str, subject: Mapping[str, Any]) -> Mapping[str, Any]:
    """The subject under another number, of the kind it looks like."""
    if number == subject["id_no"]:
        return subject
    kinds = (k for k in ("HMT_RP", "RIC", "FPR") if check_identifier(k, number, regions=REGIONS).linkable)
    return {
        "id_type": next(kinds, subject["id_type"]), "id_no": number, "name": subject["name"], "sex": subject.get("sex"),
    }  # fmt: skip


def unit_code(text: str | None) -> str | None:
    """A unit code as it is compared; None where there is none."""
    return check_unit_code(text, regions=REGIONS).canonical if text else None
