"""Funeral and survivors' grants of the employees' schemes (社会保险法 17): most families claim, some never do."""

from __future__ import annotations

from hub.simulate import jobs
from hub.simulate.people import Person
from hub.simulate.town import Town

_UNCLAIMED_SHARE = 0.05
_LONG_DEAD = 110
"""Days since a death after which an unclaimed grant is surely an alert: registration, and 60 days of grace."""


def claim_grants(town: Town) -> None:
    """After every death of somebody insured as an employee, claim the grant within two months, or never."""
    for person in town.people:
        scheme = employee_scheme(person)
        if person.died is None or scheme is None:
            continue
        if not person.reserved and person.died < town.ago(_LONG_DEAD) and town.chance(_UNCLAIMED_SHARE):
            town.truth.must("EN-06", person, "HRSS", "nobody claimed the survivors' grant")
            continue
        paid = person.died + town.rng.randint(15, 55)
        if paid < town.today:
            jobs.pay_survivors(town, person, scheme, paid)


def employee_scheme(person: Person) -> str | None:
    """The employees' scheme somebody paid into or draws a pension from."""
    if person.scheme is not None:
        return person.scheme
    if person.pension is not None and person.pension.kind != "RES":
        return f"PENSION_{person.pension.kind}"
    return None
