"""EC rules: supports that exclude each other, or what has changed since they were given."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from itertools import combinations, product

from tests.reference.acts import Ident, Key
from tests.reference.facts import PAID, Facts, month_of, months, status_in
from tests.reference.found import Find, Found, number, of_everybody
from tests.reference.groups import Lease, active_aid, leases, spouse_of
from tests.reference.rules_life import death_told
from tests.reference.world import Person, World

EMPLOYEE_SCHEMES = ("PENSION_EMP", "UNEMP", "MED_EMP", "INJURY")


def _household(world: World, lease: Lease) -> dict[Ident, Facts]:
    """Tenant, members and the tenant's spouse, with what each is known for."""
    found = {}
    for ident in lease.people("tenant", "member"):
        facts = world.told_by(ident, lease.entry)
        if facts:
            found[world.root(ident)] = facts
    tenants = {tenant: facts for tenant in lease.people("tenant") if (facts := found.get(world.root(tenant)))}
    return found | {
        spouse: theirs
        for tenant, facts in tenants.items()
        for spouse, theirs in spouse_of(world, facts, world.root(tenant))
    }


def _ec_01(world: World, today: date) -> Iterator[Found]:
    for lease in leases(world, "rental"):
        if not lease.runs_on(today):
            continue
        household = _household(world, lease)
        area = sum((facts.living_space for facts in household.values()), Fraction(0))
        heads = len(world.roots(lease.people("tenant", "member")))
        if area / heads < number("housing.area_per_head", today):
            continue
        for root, facts in household.items():
            for home in facts.homes:
                if home.registered >= lease.start and not _confirmed(household, home.registered):
                    yield Found("EC-01", ("rental", lease.number), (home.unit,), "HMD", root)


def _confirmed(household: dict[Ident, Facts], since: str) -> bool:
    """Was anybody of the household found eligible after that day?"""
    told = [act for facts in household.values() for act in facts.of_type("hmd.public_rental_qualified")]
    return any(act.payload["result"] == "APPROVED" and act.business > since for act in told)


def _ec_02(world: World, today: date) -> Iterator[Found]:
    for unit in active_aid(world):
        homes = {home.unit: home for facts in unit.told(world) for home in facts.homes}
        newest = max((home.registered for facts in unit.told(world) for home in facts.homes), default="")
        if unit.consents(today) and len(homes) > number("EC-02.unit_limit", today) and newest > unit.reviewed:
            yield Found("EC-02", ("aid", unit.decision), (), "MCA")


def _ec_03(person: Person, today: date) -> Iterator[tuple[Key, str]]:
    if person.open_work(today, "PUBLIC_POST_START"):
        return
    for unit in active_aid(person.world):
        mine = person.belongs_to(("aid", unit.decision)) and person.root in person.world.roots(unit.members)
        if (
            mine
            and unit.consents(today)
            and any(
                len(run) >= number("EC-03.months", today) and f"{run[0][:4]}-{run[0][4:]}-01" > unit.reviewed
                for run in _runs(person, month_of(today))
            )
        ):
            yield (unit.decision,), "MCA"  # fmt: skip


def _contributions(person: Person, scheme: str) -> dict[str, str]:
    """Month -> what was said last of it."""
    said = {}
    for act in person.entries("contribution").get(("contribution", scheme), []):
        for month in months(act.payload["from_month"], act.payload["to_month"]):
            said[month] = act.payload["status"]
    return said


def _runs(person: Person, until: str) -> Iterator[list[str]]:
    """Consecutive months paid in as an employee, in whatever scheme, as long as they go."""
    paid = {m for s in EMPLOYEE_SCHEMES for m, status in _contributions(person, s).items() if status in PAID}
    run: list[str] = []
    for month in sorted(month for month in paid if month <= until):
        if run and months(run[-1], month) != [run[-1], month]:
            yield run
            run = []
        run.append(month)
    yield run


def _ec_04(person: Person, today: date) -> Iterator[tuple[Key, str]]:
    benefit = [act.payload for act in person.entries("unemployment").get(("unemployment",), [])]
    if not benefit or benefit[-1]["action"] == "STOP":
        return
    paid = _benefit_months(benefit, month_of(today))
    worked = {
        month for scheme in EMPLOYEE_SCHEMES
        for month, status in _contributions(person, scheme).items() if status == "PAID"
    }  # fmt: skip
    died = death_told(person)
    if worked & set(paid):
        yield ("EMPLOYED",), "HRSS"
    if any(status_in(steps, month) == "PAYING" for steps in person.pension_steps().values() for month in paid):
        yield ("PENSION",), "HRSS"
    if died and any(month > month_of(died) for month in paid):
        yield ("DEATH",), "HRSS"


def _benefit_months(benefit: list[dict[str, str]], until: str) -> list[str]:
    """Months up to `until` in which unemployment benefit is paid."""
    paid = []
    for month in months(min((said["from_month"] for said in benefit), default="9999"), until):
        last = [said for said in benefit if said["from_month"] <= month][-1]
        if last["action"] in ("START", "RESUME") and month <= (last.get("to_month") or "9999"):
            paid.append(month)
    return paid


def _ec_05(person: Person, today: date) -> Iterator[tuple[Key, str]]:
    paying = person.pensions_in(month_of(today), "PAYING")
    for one, other in combinations(paying, 2):
        yield (*one[1:], *other[1:]), "HRSS"


def _ec_06(world: World, today: date) -> Iterator[Found]:
    running = [lease for lease in leases(world, "rental") if lease.runs_on(today)]
    for later, earlier in product(running, running):
        if (later.start, later.number) <= (earlier.start, earlier.number):
            continue
        meet = world.same(_household(world, later), _household(world, earlier))
        if meet and len(months(month_of(later.start), month_of(today))) > 1:
            yield Found("EC-06", ("rental", later.number), ("LEASE", earlier.number), "HMD")
    for lease in running:
        shared = months(month_of(lease.start), month_of(today))
        for facts in _household(world, lease).values():
            for subsidy, paid in facts.subsidy_months(month_of(today)).items():
                if month_of(today) in paid and len(set(paid) & set(shared)) > 1:
                    yield Found("EC-06", ("rental", lease.number), ("SUBSIDY", subsidy), "HMD")


RULES: dict[str, Find] = {
    rule: of_everybody(rule, find) for rule, find in {"EC-03": _ec_03, "EC-04": _ec_04, "EC-05": _ec_05}.items()
} | {"EC-01": _ec_01, "EC-02": _ec_02, "EC-06": _ec_06}
