"""RE rules: residence permits. Reminders to their holders, and to those who might like one; nobody must have one."""

from __future__ import annotations

from collections.abc import Iterator

from hub.domain.claim import Claim
from hub.domain.identifiers import mask_identifier
from hub.domain.regions import same_city
from hub.domain.times import add_days, add_months, month_start, parse_date
from hub.fold.homes import leases_lived_in, owned_units, registrations_of, runs
from hub.fold.person import Person
from hub.rules.base import Finding, Rule, Scene, Words

# What an employer pays into for everybody who works there: pensions, unemployment and work-injury insurance.
_OF_WORKERS = ("PENSION_EMP", "UNEMP", "INJURY")


# --- RE-03 ------------------------------------------------------------------------------------------------------------


def endorsement_due(scene: Scene) -> Iterator[Finding]:
    """The residence permit of a living resident from elsewhere falls due for endorsement within a month, or is overdue.

    外地户籍在世居民的居住证将在一个月内到期签注，或已逾期未签注。
    """
    person = scene.person
    hukou = person.hukou_region
    if not person.alive or (hukou is not None and same_city(hukou[0] or "000000", scene.city)):
        return
    days = scene.policy.number("RE-03.days_before")
    for number, newest in _permits(person):
        valid_until = str(newest.facts["valid_until"])
        last_day = parse_date(valid_until)
        if not scene.today.reached(add_days(last_day, -days)):
            continue
        stage = "OVERDUE" if scene.today.passed(last_day) else "DUE"
        yield Finding(
            key=(number, valid_until, stage),
            evidence=(newest,),
            show={"permit_no_masked": mask_identifier(number), "valid_until": valid_until},
        )


def _permits(person: Person) -> Iterator[tuple[str, Claim]]:
    """Permits that were not cancelled, with the last act on each. A suspended one is still a permit."""
    for entry, acts in person.acts("permit/").items():
        if acts[-1].facts.get("action") != "CANCEL":
            yield entry.removeprefix("permit/"), acts[-1]


RE_03 = Rule(
    id="RE-03",
    version=1,
    kind="SERVICE",
    severity="S4",
    grace_days=0,
    subject="resident",
    acts="RESIDENT_SERVICE",
    cc=("PSB",),
    scope="CLOSED",
    needs=frozenset({"psb.permit_changed"}),
    title=Words("居住证签注到期提醒", "Residence-permit endorsement due"),
    todo=Words(
        "请提醒持证人：在居住每满一年之日前一个月内签注；逾期仅中止使用功能，补办签注后恢复，年限自补签之日起连续计算。",
        "Remind the holder: endorse in the month before each full year; overdue only suspends use, "
        "late endorsement restores it, years count again from the late endorsement.",
    ),
    basis="居住证暂行条例 Art.10",
    show=("permit_no_masked", "valid_until"),
    find=endorsement_due,
    policy_keys=("RE-03.days_before",),
)


# --- RE-06 ------------------------------------------------------------------------------------------------------------


def could_have_a_permit(scene: Scene) -> Iterator[Finding]:
    """A living resident from another city has been registered here for half a year and works or has a home here, and
    there is no record in this city's data of a residence permit.

    外地户籍在世居民在本市居住登记已满半年，且有稳定就业或合法稳定住所，本市数据中没有其居住证。
    """
    person = scene.person
    hukou = person.hukou_region
    if hukou is None or not hukou[0] or same_city(hukou[0], scene.city) or not person.alive:
        return
    registered = min(registrations_of(person), key=lambda registration: registration.since, default=None)
    if registered is None or any(_permits(person)):
        return
    days = scene.policy.number("RE-06.days_registered")
    if not scene.today.reached(add_days(parse_date(registered.since), days)):
        return
    grounds = {code: act for code, act in (("JOB", _job(scene)), ("HOME", _home(scene))) if act is not None}
    if grounds:
        yield Finding(
            key=(),
            evidence=(hukou[1], *registered.acts, *grounds.values()),
            show={"eligibility_ground_codes": list(grounds)},
        )


def _job(scene: Scene) -> Claim | None:
    """The act by which somebody is insured as a worker of this city: an open enrolment, or a month paid of late."""
    window = scene.policy.number("EN-01.contribution_months")
    for scheme in _OF_WORKERS:
        enrolled = scene.person.acts(f"insured/{scheme}").get(f"insured/{scheme}", ())
        if enrolled and _is_open_here(enrolled[-1], scene.city):
            return enrolled[-1]
        months = scene.person.acts(f"contribution/{scheme}").get(f"contribution/{scheme}", ())
        paid = [act for act in months if act.facts.get("status") == "PAID"]
        if paid:
            newest = max(paid, key=lambda act: str(act.facts["to_month"]))
            lapses = add_months(month_start(str(newest.facts["to_month"])), window + 1)
            if not scene.today.reached(lapses):
                return newest
    return None


def _is_open_here(enrolment: Claim, city: str) -> bool:
    is_open = enrolment.facts.get("action") in ("ENROL", "RESUME")
    return is_open and same_city(str(enrolment.facts.get("enrol_region")), city)


def _home(scene: Scene) -> Claim | None:
    """The act by which somebody has a home of their own here: a title to live by, or a running lease."""
    person = scene.person
    titles = [act for _, act in owned_units(person) if act.facts.get("use") == "RESIDENTIAL"]
    running = [lease.filed for lease in leases_lived_in(person) if runs(lease, scene.today)]
    return next(iter((*titles, *running)), None)


RE_06 = Rule(
    id="RE-06",
    version=1,
    kind="SERVICE",
    severity="S4",
    grace_days=15,
    subject="resident",
    acts="RESIDENT_SERVICE",
    cc=(),
    scope="CITY",
    needs=frozenset({"psb.residence_changed"}),
    title=Words("可申领居住证未申领", "Eligible for a residence permit but none"),
    todo=Words(
        "请告知本人如何申领；首次申领免费，十五日内作出决定。",
        "Tell the resident how to apply; first issue is free, decision in 15 days.",
    ),
    basis="居住证暂行条例 Art.2,9,21; seeds 002 大渡口/西安 居住证一证通, 001 昔阳19",
    show=("eligibility_ground_codes",),
    find=could_have_a_permit,
    policy_keys=("RE-06.days_registered", "EN-01.contribution_months"),
)

RULES: tuple[Rule, ...] = (RE_03, RE_06)
