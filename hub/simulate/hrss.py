"""What human resources and medical insurance file: pensions, enrolment, contributions, coverage, entitlement checks."""

from __future__ import annotations

from typing import Any

from hub.simulate.days import Day, first_day, iso, month_of, month_plus
from hub.simulate.ledger import Filing
from hub.simulate.numbers import credit_code
from hub.simulate.people import Pension, Person
from hub.simulate.town import Town


def grant_pension(
    town: Town,
    person: Person,
    pension: Pension,
    *,
    record: str | None = None,
    ref: dict[str, Any] | None = None,
    late: bool = False,
) -> Filing:
    """Grant a pension, once."""
    if pension.filing is None:
        payload = {
            "pension_type": pension.kind,
            "first_month": pension.first_month,
            "decision_no": town.ledger.serial("HD", pension.granted),
            "pay_region": pension.region,
        }
        pension.filing = town.ledger.file(
            "hrss.pension_granted",
            person,
            payload,
            on=min(first_day(pension.first_month), pension.granted),
            recorded=pension.granted,
            region=pension.region,
            record=record,
            ref=ref,
            late=late,
        )
    return pension.filing


def change_pension(
    town: Town,
    person: Person,
    pension: Pension,
    status: str,
    month: str,
    recorded: Day,
    *,
    reason: str = "DEATH",
    own_record: bool | None = None,
    late: bool = False,
) -> Filing:
    """Change the payment status from a month on, in the grant's record or in one of its own."""
    granted = grant_pension(town, person, pension)
    payload = {"pension_type": pension.kind, "status": status, "effective_month": month, "reason": reason}
    separate = town.chance(0.3) if own_record is None else own_record
    return town.ledger.file(
        "hrss.pension_status_changed",
        person,
        payload,
        on=max(granted.on, min(first_day(month), recorded)),
        recorded=recorded,
        region=pension.region,
        record=None if separate else granted.record_id,
        late=late,
    )


def stop_after_death(town: Town, person: Person, recorded: Day, *, late: bool = False) -> Filing | None:
    """Stop the pension from the month after death, as the law has it."""
    if person.pension is None or person.died is None:
        return None
    month = month_plus(month_of(person.died), 1)
    return change_pension(town, person, person.pension, "STOPPED", month, recorded, late=late)


def verify(
    town: Town,
    person: Person,
    day: Day,
    method: str,
    *,
    recorded: Day | None = None,
    result: str = "CONFIRMED",
    late: bool = False,
) -> Filing:
    """Check that a pensioner is still entitled; at the counter and on a visit they are met in person."""
    payload = {
        "result": result,
        "method": method,
        "in_person": method in ("COUNTER", "VISIT"),
        "verified_date": iso(day),
        "valid_until": iso(day + 365),
    }
    return town.ledger.file("hrss.eligibility_verified", person, payload, on=day, recorded=recorded, late=late)


def enrol(
    town: Town,
    person: Person,
    scheme: str,
    day: Day,
    *,
    action: str = "ENROL",
    record: Filing | None = None,
    ref: dict[str, Any] | None = None,
    prior: str | None = None,
    late: bool = False,
) -> Filing:
    """Enrol in a scheme, or suspend, resume, terminate it in the same record. `prior`: insured there before."""
    employer = credit_code("91", person.region, 400 + person.birth % 97) if scheme.endswith(("EMP", "GOV")) else None
    payload = {
        "scheme": scheme,
        "action": action,
        "effective_from": iso(day),
        "employer_org": employer,
        "enrol_region": person.region,
        "prior_region": prior,
    }
    kept = record.record_id if record else None
    return town.ledger.file("hrss.insured_enrolled", person, payload, on=day, record=kept, ref=ref, late=late)


def contribute(
    town: Town,
    person: Person,
    scheme: str,
    from_month: str,
    to_month: str,
    recorded: Day,
    *,
    status: str = "PAID",
    late: bool = False,
) -> Filing:
    """State that months were paid (no amounts)."""
    payload = {"scheme": scheme, "from_month": from_month, "to_month": to_month, "status": status}
    on = min(first_day(from_month), recorded)
    return town.ledger.file("hrss.contribution_status_changed", person, payload, on=on, recorded=recorded, late=late)


def cover(
    town: Town,
    person: Person,
    kind: str,
    year: int,
    effective: Day,
    recorded: Day,
    *,
    status: str = "ACTIVE",
    record: Filing | None = None,
    ref: dict[str, Any] | None = None,
    late: bool = False,
) -> Filing:
    """Medical coverage of one kind for one year."""
    payload = {
        "cover": kind,
        "year": year,
        "status": status,
        "effective_from": iso(effective),
        "subsidy_category": "AID" if person.on_aid and kind == "RES" else "NONE",
    }
    kept = record.record_id if record else None
    on = min(effective, recorded)
    return town.ledger.file(
        "hrss.medical_coverage_changed", person, payload, on=on, recorded=recorded, record=kept, ref=ref, late=late
    )
