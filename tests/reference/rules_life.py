"""LE rules: death, marriage, adoption."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import combinations

from hub.domain.regions import same_city
from hub.domain.times import add_months
from tests.reference.acts import Act, Key
from tests.reference.facts import CITY, first_death_day, month_of, status_in
from tests.reference.found import Find, of_everybody
from tests.reference.groups import Marriage, active_aid, leases, marriages
from tests.reference.world import Person


def death_act(person: Person) -> tuple[Act, str] | None:
    """The word on the death to go by, and the last day it says: police first."""
    return min(person.sure_deaths, key=lambda d: (d[0].agency != "PSB", d[0].order), default=None)


def death_told(person: Person) -> str | None:
    """The day of death to go by."""
    death = death_act(person)
    return death[1] if death else None


def _le_01(person: Person, today: date) -> Iterator[tuple[Key, str]]:
    died = death_told(person)
    if died is None:
        return
    after = month_of(add_months(date.fromisoformat(died).replace(day=1), 1))
    for entry, steps in person.pension_steps().items():
        if status_in(steps, max(after, month_of(today))) == "PAYING":
            yield entry[1:], "HRSS"


def _le_02(person: Person, _: date) -> Iterator[tuple[Key, str]]:
    funeral = any(act.type == "mca.deceased_handled" for act, _ in person.sure_deaths)
    registered = any(act.agency == "PSB" for act, _ in person.deaths)
    if funeral and not registered and person.hukou and same_city(person.hukou, CITY):
        yield (), "PSB"


def _le_03(person: Person, today: date) -> Iterator[tuple[Key, str]]:
    if death_told(person) is None:
        return
    world = person.world
    for unit in active_aid(world):
        if person.belongs_to(("aid", unit.decision)) and person.root in world.roots(unit.members):
            yield ("AID", unit.decision), "MCA"
    for lease in leases(world, "rental"):
        alone = world.roots(lease.people("tenant", "member")) == {person.root}
        if alone and person.belongs_to(lease.entry) and lease.runs_on(today) and not lease.ended:
            yield ("PUBLIC_RENTAL", lease.number), "MCA"
    for act in person.allowances():
        yield ("ALLOWANCE", act.payload["item_no"]), "MCA"
    places = person.of_type("mca.eldercare_changed")
    if places and places[-1].payload["action"] in ("ADMIT", "TRANSFER"):
        yield ("INSTITUTION", places[-1].payload["institution_org"]), "MCA"


def _le_04(person: Person, _: date) -> Iterator[tuple[Key, str]]:
    for act, day in person.deaths:
        if act.agency == "HRSS":
            continue
        proof = (date.fromisoformat(day) + timedelta(days=1)).isoformat()
        if any(_in_person(other) and other.business > proof for other in person.acts):
            yield (act.agency, act.record), act.agency


def _in_person(act: Act) -> bool:
    said = act.payload
    return (
        act.type == "mca.marriage_registered"
        or (act.type == "hrss.eligibility_verified" and said["result"] == "CONFIRMED" and said["in_person"])
        or (act.type == "hrss.employment_changed" and said["kind"].endswith("_START"))
        or (act.type == "psb.permit_changed" and said["action"] in ("ISSUE", "REPLACE", "ENDORSE"))
    )


def _le_05(person: Person, _: date) -> Iterator[tuple[Key, str]]:
    """The newest word of the marriage register against the newest word of police, by group."""
    known = marriages(person.world, person, person.root)
    items = [a for a in person.of_type("psb.item_corrected") if a.payload["item"] == "MARITAL"]
    if not known or not items or not person.alive:
        return
    registered = items[-1].payload["new_value"]
    groups = {"10": "10", "20": "20", "21": "20", "22": "20", "23": "20", "30": "30", "40": "40"}
    derived = _marital_groups(person, known[-1])
    if registered in groups and groups[registered] not in derived:
        yield (derived[0], known[-1].certificate), "PSB"


def _marital_groups(person: Person, marriage: Marriage) -> tuple[str, ...]:
    """What may stand in the household register; while the spouse's death has one source, it may be either."""
    if not marriage.open:
        return ("40",)
    told = [
        person.world.told_by(spouse, ("marriage", marriage.certificate), person.world.present.root(person.root))
        for spouse in marriage.spouses(person.world, person.root)
    ]
    if any(facts and facts.surely_dead for facts in told):
        return ("30",)
    return ("20", "30") if any(facts and not facts.alive for facts in told) else ("20",)


def _le_06(person: Person, _: date) -> Iterator[tuple[Key, str]]:
    known = [(act.payload["register_date"], act.order, m)
             for m in marriages(person.world, person, person.root) if (act := m.registered)]  # fmt: skip
    for (_, _, first), (second_start, _, second) in combinations(sorted(known, key=lambda k: k[:2]), 2):
        if not _over_by(person, first, second_start):
            yield (first.certificate, second.certificate), "MCA"


def _over_by(person: Person, marriage: Marriage, day: str) -> bool:
    """Had it ended by that day: by an act, or by the death of the spouse?"""
    if any(act.payload["effective_date"] <= day for act in marriage.ends):
        return True
    for spouse in marriage.spouses(person.world, person.root):
        facts = person.world.told_by(spouse, ("marriage", marriage.certificate), person.world.present.root(person.root))
        if facts is None:
            return True  # who is not known for what they are, may have died
        if any(act.agency != "HRSS" and first_death_day(act, died) <= day for act, died in facts.deaths):
            return True
    return False


def _le_07(person: Person, _: date) -> Iterator[tuple[Key, str]]:
    if not person.alive:
        return
    for entry, acts in person.entries("adoption").items():
        adopted = acts[-1].payload["action"] == "REGISTER" and acts[-1] in person.about("mca.adoption_changed")
        if adopted and not any(act.business >= acts[-1].business for act in _household_changes(person)):
            yield entry[1:], "MCA"


def _household_changes(person: Person) -> list[Act]:
    moved = person.of_type("psb.migrated_in", "psb.household_restructured")
    return moved + [a for a in person.of_type("psb.item_corrected") if a.payload["item"] == "RELATION"]


RULES: dict[str, Find] = {
    rule: of_everybody(rule, find)
    for rule, find in {
        "LE-01": _le_01, "LE-02": _le_02, "LE-03": _le_03, "LE-04": _le_04, "LE-05": _le_05, "LE-06": _le_06,
        "LE-07": _le_07,
    }.items()
}  # fmt: skip
