"""What housing files of public support beside tenancies: the queue for a public rental, rent subsidies."""

from __future__ import annotations

from dataclasses import dataclass

from hub.simulate.days import Day, iso
from hub.simulate.ledger import Filing
from hub.simulate.people import Person
from hub.simulate.town import Town


@dataclass
class Subsidy:
    """A running rent subsidy."""

    item: str
    person: Person
    started: Filing


def qualify(
    town: Town,
    person: Person,
    day: Day,
    *,
    result: str = "APPROVED",
    valid_until: Day | None = None,
    late: bool = False,
) -> Filing:
    """Decide on somebody's application for a public rental."""
    payload = {
        "decision_no": town.ledger.serial("ZGJ", day),
        "result": result,
        "household_size": len(person.household.members),
        "queue_date": iso(day) if result == "APPROVED" else None,
        "valid_until": iso(valid_until) if valid_until else None,
    }
    return town.ledger.file("hmd.public_rental_qualified", person, payload, on=day, late=late)


def start_subsidy(town: Town, person: Person, month: str, day: Day, *, late: bool = False) -> Subsidy:
    """Pay towards somebody's rent from a month on."""
    item = town.ledger.serial("ZLBT", day)
    person.rents = True
    payload = {"action": "START", "from_month": month, "to_month": None, "item_no": item}
    filing = town.ledger.file("hmd.rent_subsidy_changed", person, payload, on=day, late=late)
    return Subsidy(item, person, filing)


def stop_subsidy(town: Town, subsidy: Subsidy, month: str, day: Day, *, late: bool = False) -> Filing:
    """Pay no more from a month on."""
    payload = {"action": "STOP", "from_month": month, "to_month": None, "item_no": subsidy.item}
    record = subsidy.started.record_id
    return town.ledger.file("hmd.rent_subsidy_changed", subsidy.person, payload, on=day, record=record, late=late)
