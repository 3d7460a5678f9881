"""EN rules: what people are entitled to and do not get."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction

from hub.domain.times import add_months
from tests.reference.acts import Act, Key
from tests.reference.facts import PAID, Facts, Steps, first_death_day, here, month_of, months, status_in
from tests.reference.found import Find, Found, number, of_everybody
from tests.reference.groups import Aid, active_aid, leases
from tests.reference.rules_life import death_act
from tests.reference.world import Person, World


def _reached(person: Person, months: int, today: date) -> bool:
    return bool(person.birth_date) and today >= add_months(date.fromisoformat(str(person.birth_date)), months)


def _en_01(person: Person, today: date) -> Iterator[tuple[Key, str]]:
    if not here(person.hukou) or not person.alive or not _reached(person, number("EN-01.age_months", today), today):
        return
    for steps in person.pension_steps().values():
        ahead = [status for start, status in steps if start > month_of(today)]
        if {status_in(steps, month_of(today)), *ahead[-1:]} & {"PAYING", "SUSPENDED"}:
            return
    if not any(_pays_in(person, scheme, today) for scheme in ("PENSION_EMP", "PENSION_GOV")):
        yield (), "HRSS"


def _pays_in(person: Person, scheme: str, today: date) -> bool:
    """A paid month within the last three; where no months are sent at all, an open enrolment."""
    sent = person.entries("contribution").get(("contribution", scheme), [])
    paid = [act.payload["to_month"] for act in sent if act.payload["status"] in PAID]
    if sent:
        back = number("EN-01.contribution_months", today)
        return bool(paid) and max(paid) >= month_of(add_months(today.replace(day=1), -back))
    return person.insured(scheme)


def _en_02(world: World, today: date) -> Iterator[Found]:
    for unit in active_aid(world):
        if unit.aid_class not in ("TK_CENTRAL", "TK_HOME", "DB"):
            continue
        for member in sorted(unit.members):
            facts = world.told_by(member, ("aid", unit.decision))
            dead = facts and facts.registered_dead
            if facts and not dead and not facts.covered(today.year):
                yield Found(
                    "EN-02", ("aid", unit.decision), (member,), "MSI", world.present.root(member),
                )  # fmt: skip


def _en_03(person: Person, today: date) -> Iterator[tuple[Key, str]]:
    births = [act for act in person.about("psb.birth_registered") if here(act.payload["hukou_region"])]
    if not births or not person.alive or not person.birth_date:
        return
    born = date.fromisoformat(person.birth_date)
    first, last = (born + timedelta(days=number(f"EN-03.{key}_days", today)) for key in ("from", "until"))
    if first <= today <= last and not person.covered(today.year):
        yield (), "MSI"


def _en_04(world: World, today: date) -> Iterator[Found]:
    for unit in active_aid(world):
        if unit.aid_class not in ("TK_HOME", "DB", "DBBY", "GX"):
            continue
        told = unit.told(world)
        # Of whom nothing can be said, it cannot be said that they own no home.
        if len(told) < len(unit.members) or all(facts.registered_dead for facts in told):
            continue
        homes = [home for facts in told for home in facts.homes]
        area = sum((facts.living_space for facts in told), Fraction(0))
        unknown = any(home.area is None for home in homes)  # of whatever size: nothing is found
        if unknown or (homes and area / unit.size >= number("housing.area_per_head", today)):
            continue
        supported = any(_has_housing_support(facts, today) for facts in told)
        if not supported and not _rents(world, unit, today):
            yield Found("EN-04", ("aid", unit.decision), (), "HMD")


def _has_housing_support(facts: Facts, today: date) -> bool:
    """A rent subsidy, or an application that waits or was answered."""
    month = month_of(today)
    if any(month in paid for paid in facts.subsidy_months(month).values()):
        return True
    for acts in facts.entries("qualification").values():
        said = acts[-1].payload
        waits = said["result"] == "APPROVED" and (said.get("valid_until") or "9999") >= today.isoformat()
        if waits or any(act.payload["result"] == "REJECTED" for act in acts):
            return True
    return False


def _rents(world: World, unit: Aid, today: date) -> bool:
    """Does a member live in a public rental?"""
    for lease in leases(world, "rental"):
        for member in unit.members:
            facts = world.told_by(member, ("aid", unit.decision))
            lives = world.root(member) in world.roots(lease.people("tenant", "member"))
            if facts and facts.belongs_to(lease.entry) and lives and lease.runs_on(today):
                return True
    return False


def _en_05(person: Person, today: date) -> Iterator[tuple[Key, str]]:
    old = _reached(person, 12 * number("EN-05.min_age", today), today)
    if here(person.hukou) and person.alive and old and not person.allowances():
        yield (), "MCA"


def _en_06(person: Person, today: date) -> Iterator[tuple[Key, str]]:
    death = death_act(person)
    if death is None or person.about("hrss.survivor_grant_paid"):
        return
    act, died = death
    first = first_death_day(act, died)
    schemes = ["EMP", "GOV"] + ["RES"] * number("EN-06.residents_scheme", today)
    if any(
        _pensioner(steps, first, died) for entry, steps in person.pension_steps().items() if entry[1] in schemes
    ) or any(
        _insured_on(acts, first, died)
        for entry, acts in person.entries("insured").items()
        if entry[1] in [f"PENSION_{scheme}" for scheme in schemes]
    ):
        yield (), "HRSS"


def _pensioner(steps: Steps, first: str, last: str) -> bool:
    """Paid in the month of death or the one before: a stop for death may count from the month itself."""
    before = month_of(add_months(date.fromisoformat(first).replace(day=1), -1))
    return any(status_in(steps, month) in ("PAYING", "SUSPENDED") for month in months(before, month_of(last)))


def _insured_on(acts: list[Act], first: str, last: str) -> bool:
    """What ended with the month of death, or after it, ended because of it; what ended before is over."""
    steps = [(act.payload["effective_from"], act.payload["action"] == "TERMINATE") for act in acts]
    by_then = [ends for day, ends in steps if (day < first[:8] + "01" if ends else day <= last)]
    return bool(by_then) and not by_then[-1]


def _en_07(person: Person, today: date) -> Iterator[tuple[Key, str]]:
    of_age = _reached(person, 12 * number("EN-07.min_age", today), today)
    too_old = _reached(person, 12 * (number("EN-07.max_age", today) + 1), today)
    served = person.employed(today) or person.open_work(today, "UNEMPLOYED_REGISTERED")
    if not person.alive or not of_age or too_old or served:
        return
    for unit in active_aid(person.world):
        able = {person.world.root(m) for m, work in unit.members.items() if work == "ABLE"}
        mine = person.belongs_to(("aid", unit.decision)) and person.root in able
        if mine and unit.aid_class in ("DB", "DBBY", "GX"):
            yield (unit.decision,), "HRSS"


RULES: dict[str, Find] = {
    rule: of_everybody(rule, find)
    for rule, find in {"EN-01": _en_01, "EN-03": _en_03, "EN-05": _en_05, "EN-06": _en_06, "EN-07": _en_07}.items()
} | {"EN-02": _en_02, "EN-04": _en_04}
