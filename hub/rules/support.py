"""EN rules: housing, allowance, grant and job service that people are entitled to.

Open world: nothing on record here may exist elsewhere. What is unknown never counts against, nor for, anybody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from hub.domain.claim import Claim
from hub.domain.regions import same_city
from hub.domain.times import add_months, month_of, month_start, parse_date
from hub.fold.caseload import running_allowances
from hub.fold.deaths import best_death, sure_deaths
from hub.fold.groups import AidUnit
from hub.fold.holdings import area_of
from hub.fold.homes import runs
from hub.fold.households import Member, members_of, size_of
from hub.fold.months import span
from hub.fold.person import Death, Person
from hub.fold.today import Today
from hub.fold.work import age_on, enrolment, in_insured_work, open_registrations
from hub.rules.base import Finding, Rule, Scene, Words

# --- EN-04 ------------------------------------------------------------------------------------------------------------

_HOUSED_BY_NOBODY = frozenset({"TK_HOME", "DB", "DBBY", "GX"})


def aid_without_housing(scene: Scene) -> Iterator[Finding]:
    """A household on lasting aid owns less floor area a head than the city's threshold, and there is no record in this
    city's data of a public rental, a rent subsidy or an application for them.

    持续受助家庭名下住房人均面积低于本市标准，本市数据中没有其公租房、租赁补贴或申请记录。
    """
    unit = scene.group.aid()
    if unit is None or not unit.active or unit.aid_class not in _HOUSED_BY_NOBODY:
        return
    members = members_of(scene.group, unit.members)
    if any(scene.group.heard_from(key) is None for key in unit.members) or not any(m.alive for m in members.values()):
        return  # what one of them owns is not known, or nobody is left to be housed
    size = size_of(unit)
    homes = [home for member in members.values() for home in member.homes]
    owned = area_of(homes)
    if owned is None or (homes and owned / size >= scene.policy.number("housing.area_per_head")):
        return
    if any(_is_helped(member, scene.today) for member in members.values()):
        return
    yield Finding(
        key=(),
        about=_applicant(unit, members),
        evidence=(*unit.acts, *(home.title for home in homes)),
        show={"aid_category": unit.aid_class, "household_size": size},
    )


def _is_helped(member: Member, today: Today) -> bool:
    """A public rental or a rent subsidy runs, or an application was approved and still holds, or was answered no."""
    month = month_of(today.date)
    housed = [lease for lease in member.rentals if runs(lease, today)]
    subsidised = [subsidy for subsidy in member.subsidies if month in subsidy.months(today)]
    return bool(housed or subsidised or any(_is_answered(acts, today) for acts in member.qualifications))


def _is_answered(acts: Sequence[Claim], today: Today) -> bool:
    until = acts[-1].facts.get("valid_until")
    holds = until is None or not today.passed(parse_date(str(until)))
    rejected = any(act.facts.get("result") == "REJECTED" for act in acts)
    return rejected or (acts[-1].facts.get("result") == "APPROVED" and holds)


def _applicant(unit: AidUnit, members: Mapping[str, Member]) -> str | None:
    """Whom to invite: the applicant if a living member of the household, else the next that the grant names."""
    living = [key for key, member in sorted(members.items()) if member.alive]
    named = [link.key for link in unit.granted.links if link.kind == "resident"]
    return next((key for key in (*named, *living) if key in living), None)


EN_04 = Rule(
    id="EN-04",
    version=1,
    kind="SERVICE",
    severity="S3",
    grace_days=30,
    subject="aid",
    acts="HMD",
    cc=("MCA",),
    scope="CITY",
    needs=frozenset({"mca.aid_granted"}),
    title=Words("救助家庭住房困难未保障", "Aid household, housing need, no housing support"),
    todo=Words(
        "请邀请其申请住房保障；救助认定结果互认，不再重复核查收入。",
        "Invite application; aid result is mutually recognised, do not re-check income.",
    ),
    basis="社会救助法 Art.26,42",
    show=("aid_category", "household_size"),
    find=aid_without_housing,
    policy_keys=("housing.area_per_head",),
)


# --- EN-05 ------------------------------------------------------------------------------------------------------------


def old_without_allowance(scene: Scene) -> Iterator[Finding]:
    """A living resident registered here has reached the age of the old-age allowance, and no allowance is paid.

    本市户籍在世居民已达到高龄津贴年龄，没有正在发放的津贴。
    """
    person = scene.person
    hukou, birth = person.hukou_region, person.birth_date
    if hukou is None or birth is None or not same_city(hukou[0] or "000000", scene.city) or not person.alive:
        return
    born = parse_date(birth[0])
    if not scene.today.reached(add_months(born, 12 * scene.policy.number("EN-05.min_age"))):
        return
    if running_allowances(person):
        return
    last = [acts[-1] for acts in person.acts("allowance/").values()]
    yield Finding(key=(), evidence=(hukou[1], birth[1], *last), show={"age": age_on(born, scene.today)})


EN_05 = Rule(
    id="EN-05",
    version=1,
    kind="SERVICE",
    severity="S4",
    grace_days=30,
    subject="resident",
    acts="MCA",
    cc=(),
    scope="CLOSED",
    needs=frozenset(
        {
            "psb.birth_registered",
            "psb.migrated_in",
            "psb.migrated_out",
            "psb.household_restructured",
            "psb.residence_changed",
        }
    ),
    title=Words("高龄津贴应享未享", "80+ without old-age allowance"),
    todo=Words("请社区协助本人申请。", "Community helps to apply."),
    basis="老年人权益保障法 (80+ low-income allowance)",
    show=("age",),
    find=old_without_allowance,
    policy_keys=("EN-05.min_age",),
)


# --- EN-06 ------------------------------------------------------------------------------------------------------------

_GRANT = "hrss.survivor_grant_paid"
_SCHEME_OF = {"EMP": "PENSION_EMP", "GOV": "PENSION_GOV", "RES": "PENSION_RES"}


def grant_not_claimed(scene: Scene) -> Iterator[Finding]:
    """A dead resident was insured or a pensioner in a scheme that pays a survivors' grant, and there is no record in
    this city's data of the grant.

    已故居民生前参加或领取会支付丧葬抚恤待遇的养老保险，本市数据中没有丧葬抚恤发放记录。
    """
    person = scene.person
    deaths = sure_deaths(person)
    if not deaths or any(_is_of(act) for act in person.of_type(_GRANT)):
        return
    death = best_death(deaths)
    schemes = ["PENSION_EMP", "PENSION_GOV"]
    if scene.policy.number("EN-06.residents_scheme"):
        schemes.append("PENSION_RES")
    for scheme in schemes:
        proof = _pension_at(person, death, scheme) or _enrolment_at(person, death, scheme)
        if proof is not None:
            yield Finding(
                key=(),
                evidence=(*(d.claim for d in deaths), proof),
                show={"death_date": death.latest, "scheme": scheme},
            )
            return  # where several grants would be due, one may be chosen


def _is_of(grant: Claim) -> bool:
    """Was the grant paid for this person's death? Whoever claimed it for another's is named in it, too."""
    return any(named.subject for named in grant.named)


def _pension_at(person: Person, death: Death, scheme: str) -> Claim | None:
    """The act by which a pension was drawn in the month of death, or before it: some stop it with that very month."""
    first, last = _months_of_death(death)
    before = month_of(add_months(month_start(first), -1))
    for pension in person.pensions:
        if _SCHEME_OF.get(pension.pension_type) == scheme:
            for month in reversed(span(before, last)):
                status = pension.status_in(month)
                if status is not None and status[0] in ("PAYING", "SUSPENDED"):
                    return status[1]
    return None


def _enrolment_at(person: Person, death: Death, scheme: str) -> Claim | None:
    """The act by which somebody was in a scheme when they died; one who pays in no more is still insured.

    Insurance goes by the month: an enrolment that ends with the month of death, or after it, ends because of it.
    """
    month_began = month_start(_months_of_death(death)[0]).isoformat()
    acts = enrolment(person, scheme)
    left = [act for act in acts if _ends(act) and str(act.facts["effective_from"]) < month_began]
    entered = [act for act in acts if not _ends(act) and str(act.facts["effective_from"]) <= death.latest]
    if not entered or (left and left[-1].play_order > entered[-1].play_order):
        return None
    return entered[-1]


def _months_of_death(death: Death) -> tuple[str, str]:
    """The first and last month (YYYYMM) the death can have been in: police may know the year alone."""
    return month_of(parse_date(death.earliest)), month_of(parse_date(death.latest))


def _ends(act: Claim) -> bool:
    return act.facts.get("action") == "TERMINATE"


EN_06 = Rule(
    id="EN-06",
    version=1,
    kind="SERVICE",
    severity="S4",
    grace_days=60,
    subject="resident",
    acts="HRSS",
    cc=(),
    scope="CITY",
    needs=frozenset({"psb.death_registered", "mca.deceased_handled"}),
    title=Words("丧葬补助/抚恤金未申领", "Survivors' grant not claimed"),
    todo=Words(
        "请致函办理丧事的申请人；平台不查找亲属关系。",
        "Letter to the claimant who handled the funeral; no exploration of kinship by the hub.",
    ),
    basis="社会保险法 Art.17,49; 社会保险经办条例 Art.19",
    show=("death_date", "scheme"),
    find=grant_not_claimed,
    policy_keys=("EN-06.residents_scheme",),
)


# --- EN-07 ------------------------------------------------------------------------------------------------------------

_JOB_HELP = frozenset({"DB", "DBBY", "GX"})
_SEEKS_WORK = frozenset({"UNEMPLOYED_REGISTERED"})


def able_without_job_service(scene: Scene) -> Iterator[Finding]:
    """A living member of a household on aid is of working age and able to work, and there is no record in this city's
    data of insured work or of a registration as unemployed.

    受助家庭在世成员处于劳动年龄且有劳动能力，本市数据中没有其参保就业或失业登记记录。
    """
    person = scene.person
    units = [
        unit for unit in person.aid_units if unit.active and unit.aid_class in _JOB_HELP and _is_able(person, unit)
    ]
    if not units or not person.alive or not _of_working_age(person, scene):
        return
    if in_insured_work(person, scene.today) or open_registrations(person, _SEEKS_WORK, scene.today):
        return
    for unit in units:
        yield Finding(
            key=(unit.decision_no,),
            evidence=unit.acts,
            show={"job_assistance_category": "AID_HOUSEHOLD_ABLE"},
        )


def _is_able(person: Person, unit: AidUnit) -> bool:
    return any(unit.members.get(key, {}).get("work_capacity") == "ABLE" for key in person.keys)


def _of_working_age(person: Person, scene: Scene) -> bool:
    """From the first birthday of working age to the day before the first one past it; False while nobody knows."""
    if person.birth_date is None:
        return False
    born = parse_date(person.birth_date[0])
    first, last = scene.policy.number("EN-07.min_age"), scene.policy.number("EN-07.max_age")
    grown_up = scene.today.reached(add_months(born, 12 * first))
    return grown_up and not scene.today.reached(add_months(born, 12 * (last + 1)))


EN_07 = Rule(
    id="EN-07",
    version=1,
    kind="SERVICE",
    severity="S4",
    grace_days=90,
    subject="resident",
    acts="HRSS",
    cc=(),
    scope="CITY",
    needs=frozenset({"mca.aid_granted"}),
    title=Words("救助家庭失业成员未获就业服务", "Aid household, jobless able member, no job service"),
    todo=Words(
        "请公共就业服务机构提供求职登记、培训或公益性岗位。",
        "Public employment service offers registration, training, public-welfare post.",
    ),
    basis="社会救助法 Art.27",
    show=("job_assistance_category",),
    find=able_without_job_service,
    policy_keys=("EN-07.min_age", "EN-07.max_age"),
)

RULES: tuple[Rule, ...] = (EN_04, EN_05, EN_06, EN_07)
