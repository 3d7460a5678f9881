"""LE rules: life and death. A lead to verify, never a stop; and the living recorded dead come before everything."""

from __future__ import annotations

from collections.abc import Iterator

from hub.domain.claim import Claim
from hub.domain.regions import same_city
from hub.domain.times import add_days, month_of, next_month, parse_date
from hub.fold.caseload import aid_in_force, place_of_care, running_allowances
from hub.fold.deaths import best_death, sure_deaths
from hub.fold.person import Person
from hub.rules.base import Finding, Rule, Scene, Words

_DEATH_EVENTS = frozenset({"psb.death_registered", "mca.deceased_handled"})


def _document_no(claim: Claim) -> str:
    facts = claim.facts
    return str(facts.get("evidence_no") or facts.get("death_cert_no") or claim.record_id)


def pension_after_death(scene: Scene) -> Iterator[Finding]:
    """A death is recorded, and a pension is still paid beyond the month after it.

    已登记或已殡葬死亡的人，其养老金在死亡次月之后仍在发放。
    """
    deaths = sure_deaths(scene.person)
    if not deaths:
        return
    death = best_death(deaths)
    this_month = month_of(scene.today.date)
    # Payment for the month of death is due; the stop counts from the month after.
    judged = max(next_month(month_of(parse_date(death.latest))), this_month)
    for pension in scene.person.pensions:
        for month in pension.months_ahead(this_month):
            scene.today.reached(parse_date(f"{month[:4]}-{month[4:6]}-01"))
        status = pension.status_in(judged)
        if status is not None and status[0] == "PAYING":
            yield Finding(
                key=(pension.pension_type, pension.region),
                evidence=(*(d.claim for d in deaths), status[1]),
                show={
                    "death_date": death.latest,
                    "source_agency": death.claim.agency,
                    "document_no": _document_no(death.claim),
                },
            )


LE_01 = Rule(
    id="LE-01",
    version=1,
    kind="VERIFY",
    severity="S1",
    grace_days=0,
    subject="resident",
    acts="HRSS",
    cc=(),
    scope="CLOSED",
    needs=_DEATH_EVENTS,
    title=Words("死亡仍领养老金", "Death recorded but pension still paid"),
    todo=Words(
        "请先核实（联系家属或社区），再自死亡次月起停发、结算账户并追回多发待遇；不得仅凭比对结果停发。",
        "Verify (call family/community), then stop from the month after death, settle account and recover overpayment; "
        "never stop on the match alone.",
    ),
    basis="社会保险经办条例 Art.8,25 (20 WD to report),26,46; 社会保险法 Art.57",
    show=("death_date", "source_agency", "document_no"),
    find=pension_after_death,
)


def funeral_without_registration(scene: Scene) -> Iterator[Finding]:
    """A funeral was held for a person registered in this city, and police have registered no death.

    本市户籍人员已办理殡葬，而公安尚无其死亡登记。
    """
    person = scene.person
    funerals = [death for death in sure_deaths(person) if death.claim.event_type == "mca.deceased_handled"]
    if not funerals or any(death.claim.agency == "PSB" for death in person.deaths):
        return
    hukou = person.hukou_region
    if hukou is None or not hukou[0] or not same_city(hukou[0], scene.city):
        return
    first = funerals[0].claim
    yield Finding(
        key=(),
        evidence=(hukou[1], *(f.claim for f in funerals)),
        show={
            "handled_date": first.facts.get("handled_date"),
            "document_no": _document_no(first),
            "applicant_relation": first.facts.get("applicant_relation"),
        },
    )


LE_02 = Rule(
    id="LE-02",
    version=1,
    kind="VERIFY",
    severity="S2",
    grace_days=30,
    subject="resident",
    acts="PSB",
    cc=(),
    scope="CLOSED",
    needs=frozenset({"mca.deceased_handled"}),
    title=Words("已殡葬未注销户口", "Funeral done but household registration alive"),
    todo=Words(
        "请联系户主或亲属申报死亡登记；核实后注销户口。",
        "Ask household head/relatives to register the death; after verification cancel the household entry.",
    ),
    basis="户口登记条例 Art.8 (city: before burial; countryside: within 1 month)",
    show=("handled_date", "document_no", "applicant_relation"),
    find=funeral_without_registration,
)


def benefit_after_death(scene: Scene) -> Iterator[Finding]:
    """A death is recorded, and aid, an allowance, an institution place or a sole public tenancy is still open.

    已记录死亡的人，其救助、津贴、机构入住或单独承租的公租房仍未了结。
    """
    person = scene.person
    deaths = sure_deaths(person)
    if not deaths:
        return
    death = best_death(deaths)
    for item_type, item_no, cc, acts in _open_items(person, scene):
        yield Finding(
            key=(item_type, item_no),
            evidence=(*(d.claim for d in deaths), *acts),
            cc=cc,
            show={"death_date": death.latest, "item_type": item_type, "item_no": item_no},
        )


def _open_items(person: Person, scene: Scene) -> Iterator[tuple[str, str, tuple[str, ...], tuple[Claim, ...]]]:
    for unit in aid_in_force(person):
        yield "AID", unit.decision_no, (), (unit.granted,)
    for item_no, act in running_allowances(person).items():
        yield "ALLOWANCE", item_no, (), (act,)
    care = place_of_care(person)
    if care is not None:
        yield "INSTITUTION", care.entry.removeprefix("eldercare/"), (), (care,)
    for lease in person.tenancies:
        if lease.ended or not lease.household <= person.keys:
            continue
        if scene.today.reached(parse_date(lease.start)) and not scene.today.passed(parse_date(lease.end)):
            yield "PUBLIC_RENTAL", lease.lease_no, ("HMD",), (lease.filed,)


LE_03 = Rule(
    id="LE-03",
    version=1,
    kind="VERIFY",
    severity="S1",
    grace_days=5,
    subject="resident",
    acts="MCA",
    cc=(),
    scope="CLOSED",
    needs=_DEATH_EVENTS,
    title=Words("死亡仍享救助/津贴/入住", "Death recorded but aid, allowance or institution place still open"),
    todo=Words(
        "请调整家庭人数和金额、停发个人津贴、办理退住；减发前须听取家庭意见，共同居住人的承租由房管办理变更。",
        "Adjust household size and amount, stop personal allowance, close place; "
        "hear the household before reducing aid; "
        "housing handles tenancy succession for co-residents.",
    ),
    basis="社会救助法 Art.46-48; 公共租赁住房管理办法",
    show=("death_date", "item_type", "item_no"),
    find=benefit_after_death,
)


def alive_after_death(scene: Scene) -> Iterator[Finding]:
    """A recorded dead person did something in person more than a day after the date of death.

    被记录死亡的人，在死亡日期一天之后仍有本人到场的业务。
    """
    days = scene.policy.number("LE-04.days_after_death")
    for death in scene.person.deaths:
        if not death.authoritative:
            continue
        # Police may know only the month or year: then its last day is the date of death.
        after = add_days(parse_date(death.latest), days).isoformat()
        seen = [claim for claim in scene.person.linked if _in_person(claim) and claim.business_time > after]
        if seen:
            yield Finding(
                key=(death.claim.agency, death.claim.record_id),
                evidence=(death.claim, *seen),
                acting=death.claim.agency,
                cc=tuple(agency for agency in LE_04.cc if agency != death.claim.agency),
                show={
                    "death_document_no": _document_no(death.claim),
                    "live_event_type": seen[0].event_type,
                    "live_event_date": seen[0].business_time,
                },
            )


def _in_person(claim: Claim) -> bool:
    """Did the resident themselves have to be there? Employers' filings and applications by others do not count."""
    facts = claim.facts
    if claim.event_type == "hrss.eligibility_verified":
        return facts.get("result") == "CONFIRMED" and facts.get("in_person") is True
    if claim.event_type == "hrss.employment_changed":
        return str(facts.get("kind")).endswith("_START")
    if claim.event_type == "psb.permit_changed":
        return facts.get("action") in ("ISSUE", "REPLACE", "ENDORSE")
    return claim.event_type == "mca.marriage_registered"


LE_04 = Rule(
    id="LE-04",
    version=1,
    kind="CORRECTION",
    severity="S1",
    grace_days=0,
    subject="resident",
    acts="DEATH_SOURCE_AGENCY",
    cc=("PSB", "HRSS", "MCA"),
    scope="CLOSED",
    needs=_DEATH_EVENTS,
    title=Words("疑似误登死亡", "Recorded dead but later live activity"),
    todo=Words(
        "请立即冻结此人的 LE-01/02/03 案件、继续发放待遇，更正错误的死亡记录并恢复户口。",
        "Freeze every LE-01/02/03 case of this person at once, keep paying, correct the wrong death record, "
        "restore household entry.",
    ),
    basis="PIPL Art.8,46; Decree 809 Art.26",
    show=("death_document_no", "live_event_type", "live_event_date"),
    find=alive_after_death,
    freezes=("LE-01", "LE-02", "LE-03", "EN-06"),  # nor does anybody write to the heirs of the living
    policy_keys=("LE-04.days_after_death",),
)

RULES: tuple[Rule, ...] = (LE_01, LE_02, LE_03, LE_04)
