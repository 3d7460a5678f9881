"""What the police file: births, deaths, moves, corrections of the register, households."""

from __future__ import annotations

from hub.simulate.days import Day, iso
from hub.simulate.ledger import Filing
from hub.simulate.people import Household, Person
from hub.simulate.town import Town


def register(town: Town, person: Person, *, late: bool = False) -> Filing:
    """Enter somebody in the hukou register: born here, or moved in with the household."""
    household, day = person.household, person.registered
    page = {
        "household_no": household.number,
        "hukou_address": household.address,
        "hukou_region": household.region,
    }
    if person.birth > household.arrived:
        payload = {
            **page,
            "birth_cert_no": f"E{town.rng.randrange(10**9):09d}",
            "mother": person.mother.ref(day) if person.mother else None,
            "father": person.father.ref(day) if person.father else None,
            "registered_date": iso(day),
        }
        return town.ledger.file("psb.birth_registered", person, payload, on=person.birth, recorded=day, late=late)
    payload = {
        **page,
        "move_type": town.pick(("WITHIN_COUNTY", "WITHIN_CITY", "FROM_PROVINCE", "FROM_OTHER")),
        "certificate_no": f"QY{town.rng.randrange(10**7):07d}",
        "relation_to_head": "02" if person is household.head else person.relation,
    }
    return town.ledger.file("psb.migrated_in", person, payload, on=day, late=late)


def register_death(
    town: Town, person: Person, died: Day, recorded: Day, *, number: str | None = None, late: bool = False
) -> Filing:
    """Cancel a registration after a death; `number` is what the clerk typed instead of the right one."""
    payload = {
        "death_date": iso(died),
        "death_date_precision": "DAY",
        "cancel_date": iso(recorded),
        "evidence_type": town.pick(("MEDICAL_CERT", "FUNERAL_CERT", "VILLAGE_CERT")),
        "evidence_no": f"SZ{town.rng.randrange(10**8):08d}",
    }
    ref = person.ref(recorded, id_no=number) if number else None
    return town.ledger.file("psb.death_registered", person, payload, on=died, recorded=recorded, ref=ref, late=late)


def change_item(
    town: Town,
    person: Person,
    day: Day,
    item: str,
    old: str,
    new: str,
    *,
    nature: str = "CHANGE",
    ref: dict[str, str | None] | None = None,
    late: bool = False,
) -> Filing:
    """Change or correct one item of the register."""
    numbers = {"id_no_old": old, "id_no_new": new} if item == "ID_NO" else {}
    payload = {
        "item": item,
        "old_value": old,
        "new_value": new,
        **numbers,
        "nature": nature,
        "document_no": f"GZ{town.rng.randrange(10**6):06d}",
        "effective_date": iso(day),
    }
    return town.ledger.file("psb.item_corrected", person, payload, on=day, ref=ref, late=late)


def restructure(
    town: Town, household: Household, kind: str, members: list[Person], day: Day, source: str | None
) -> Filing:
    """Write a household page anew: the first member is its head."""
    head = members[0]
    payload = {
        "kind": kind,
        "from_household_no": source,
        "to_household_no": household.number,
        "members": [
            {"person": member.ref(day), "relation": "02" if member is head else member.relation} for member in members
        ],
    }
    return town.ledger.file("psb.household_restructured", head, payload, on=day)
