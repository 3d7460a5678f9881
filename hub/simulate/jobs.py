"""What human resources file beside pensions and enrolment: work, unemployment, transfers, survivors' grants."""

from __future__ import annotations

from hub.simulate.days import Day, iso
from hub.simulate.ledger import Filing
from hub.simulate.people import Person
from hub.simulate.town import Town


def change_work(
    town: Town, person: Person, kind: str, day: Day, *, record: Filing | None = None, late: bool = False
) -> Filing:
    """Enter the start of a job, a post or a search for one, and its end in the same record."""
    payload = {
        "kind": kind,
        "start_date": record.event["payload"]["start_date"] if record else iso(day),
        "end_date": iso(day) if record else None,
    }
    kept = record.record_id if record else None
    return town.ledger.file("hrss.employment_changed", person, payload, on=day, record=kept, late=late)


def change_benefit(
    town: Town,
    person: Person,
    action: str,
    month: str,
    recorded: Day,
    *,
    to_month: str | None = None,
    ground: str | None = None,
    record: Filing | None = None,
) -> Filing:
    """Start, suspend, resume or stop the unemployment benefit from a month on."""
    payload = {"action": action, "from_month": month, "to_month": to_month, "stop_ground": ground}
    kept = record.record_id if record else None
    return town.ledger.file("hrss.unemployment_benefit_changed", person, payload, on=recorded, record=kept)


def transfer_insurance(
    town: Town, person: Person, scheme: str, other: str, status: str, day: Day, *, late: bool = False
) -> Filing:
    """One act on moving somebody's insurance relation from another place to this one."""
    payload = {"scheme": scheme, "direction": "IN", "other_region": other, "status": status}
    return town.ledger.file("hrss.insurance_transferred", person, payload, on=day, late=late)


def pay_survivors(town: Town, dead: Person, scheme: str, day: Day, *, late: bool = False) -> Filing:
    """Pay the funeral and survivors' grant of the dead (社会保险法 17, 49)."""
    claimant = dead.spouse.ref(day) if dead.spouse is not None and dead.spouse.alive(day) else None
    payload = {"scheme": scheme, "paid_date": iso(day), "claimant": claimant}
    return town.ledger.file("hrss.survivor_grant_paid", dead, payload, on=day, late=late)
