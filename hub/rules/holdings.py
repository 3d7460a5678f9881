"""EC rules: homes and jobs of households on aid or in public rental. A lead to look again, never a cut by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hub.domain.claim import Claim
from hub.domain.times import month_of, month_start, next_month, parse_date
from hub.fold.caseload import aid_in_force
from hub.fold.groups import tenancy
from hub.fold.holdings import Holding, known_area_of
from hub.fold.homes import runs
from hub.fold.households import Member, consents, members_of, renting_household, reviewed_on
from hub.fold.months import runs_of
from hub.fold.work import PAID_OR_BACKDATED, contributed, contributions, open_registrations
from hub.rules.base import Finding, Rule, Scene, Words

# --- EC-01 ------------------------------------------------------------------------------------------------------------


def tenant_with_home(scene: Scene) -> Iterator[Finding]:
    """The tenant of a running public rental, the tenant's spouse or a listed member has had a home registered since
    the lease began, and with it the household owns the city's threshold of floor area a head.

    在租公租房的承租人、其配偶或登记的共同居住成员在租赁开始后登记取得住房，家庭人均住房面积达到本市标准。
    """
    lease = tenancy(scene.group.acts)
    if lease is None or not runs(lease, scene.today):
        return
    household = renting_household(scene.group, lease)
    homes = _homes_of(household)
    heads = len({(scene.group.heard_from(key) or (key,))[0] for key in lease.household})
    owned = known_area_of(home for _, home in homes)
    if not heads or owned / heads < scene.policy.number("housing.area_per_head"):
        return
    confirmed = max((act.business_time for member in household for act in _approvals(member)), default="")
    for owner, home in homes:
        if home.registered >= lease.start and confirmed <= home.registered:
            yield Finding(
                key=(home.unit_code,),
                about=owner.key,
                evidence=(*lease.acts, home.title),
                show={
                    "unit_code": home.unit_code,
                    "share": f"{home.share.numerator}/{home.share.denominator}",
                    "registered_date": home.registered,
                    "lease_no": lease.lease_no,
                },
            )


def _homes_of(household: Iterable[Member]) -> list[tuple[Member, Holding]]:
    """Every title once: a spouse who is listed, too, owns it once."""
    found: dict[str, tuple[Member, Holding]] = {}
    for member in household:
        for home in member.homes:
            found.setdefault(home.title.event_id, (member, home))
    return list(found.values())


def _approvals(member: Member) -> Iterator[Claim]:
    return (act for acts in member.qualifications for act in acts if act.facts.get("result") == "APPROVED")


EC_01 = Rule(
    id="EC-01",
    version=1,
    kind="VERIFY",
    severity="S2",
    grace_days=15,
    subject="rental",
    acts="HMD",
    cc=(),
    scope="CITY",
    needs=frozenset({"hmd.ownership_changed"}),
    title=Words("公租房家庭取得住房", "Public-rental household acquired a home"),
    todo=Words(
        "请复核是否仍符合条件；不再符合的，给予合理搬迁期，逾期按市场租金计租。",
        "Check continued eligibility; if lost, give a reasonable moving-out period, then market rent.",
    ),
    basis="公共租赁住房管理办法 (令11号,2012) Art.7, 27-31",
    show=("unit_code", "share", "registered_date", "lease_no"),
    find=tenant_with_home,
    policy_keys=("housing.area_per_head",),
)


# --- EC-02 ------------------------------------------------------------------------------------------------------------


def aid_with_new_home(scene: Scene) -> Iterator[Finding]:
    """A household on aid that consented to checks owns more residential units than the city's limit, the last of them
    acquired after the last review.

    已授权核对的受助家庭，名下住宅套数超过本市上限，且最近一套在上次复核之后取得。
    """
    unit = scene.group.aid()
    if unit is None or not unit.active or not consents(unit, scene.today):
        return
    homes = [(member, home) for member in members_of(scene.group, unit.members).values() for home in member.homes]
    count = len({home.unit for _, home in homes})
    if count <= scene.policy.number("EC-02.unit_limit"):
        return
    owner, newest = max(homes, key=lambda found: (found[1].registered, found[1].unit, found[0].key))
    if newest.registered > reviewed_on(unit):
        yield Finding(
            key=(),
            about=owner.key,
            evidence=(*unit.acts, *(home.title for _, home in homes)),
            show={"unit_count": count, "change_month": month_of(parse_date(newest.registered))},
        )


EC_02 = Rule(
    id="EC-02",
    version=1,
    kind="VERIFY",
    severity="S3",
    grace_days=30,
    subject="aid",
    acts="MCA",
    cc=(),
    scope="CITY",
    needs=frozenset({"hmd.ownership_changed"}),
    title=Words("救助家庭新增房产", "Aid household acquired property"),
    todo=Words(
        "请动态复核；减发或终止前须听取家庭意见并书面说明理由。",
        "Dynamic re-check; hear the household before reduction or termination, written reasons.",
    ),
    basis="社会救助法 Art.40 (consent),41,46-48; 社会救助暂行办法 Art.58",
    show=("unit_count", "change_month"),
    find=aid_with_new_home,
    policy_keys=("EC-02.unit_limit",),
)


# --- EC-03 ------------------------------------------------------------------------------------------------------------

_EMPLOYEE_SCHEMES = ("PENSION_EMP", "UNEMP", "MED_EMP", "INJURY")
_PUBLIC_POST = frozenset({"PUBLIC_POST_START"})


def aid_with_new_job(scene: Scene) -> Iterator[Finding]:
    """A member of a household on aid that consented to checks has paid in as an employee for several months in
    a row, starting after the last review.

    已授权核对的受助家庭成员，在上次复核之后开始连续数月以职工身份缴费。
    """
    person = scene.person
    units = aid_in_force(person)
    if open_registrations(person, _PUBLIC_POST, scene.today):
        return
    wanted = scene.policy.number("EC-03.months")
    for unit in units:
        reviewed = month_of(parse_date(reviewed_on(unit)))
        steady = [run for run in _worked_since(reviewed, scene) if len(run) >= wanted]
        if steady and consents(unit, scene.today):
            yield Finding(
                key=(unit.decision_no,),
                evidence=(*unit.acts, *(steady[0].values())),
                show={"employed_yes": True, "since_month": next(iter(steady[0]))},
            )


def _worked_since(reviewed: str, scene: Scene) -> list[dict[str, Claim]]:
    """Unbroken runs of contributed months that began after the month of the review, each month with its act."""
    this_month = month_of(scene.today.date)
    ahead = (act for scheme in _EMPLOYEE_SCHEMES for act in contributions(scene.person, scheme))
    if any(str(act.facts["to_month"]) > this_month for act in ahead):
        scene.today.reached(month_start(next_month(this_month)))
    paid = contributed(scene.person, _EMPLOYEE_SCHEMES, PAID_OR_BACKDATED, reviewed, this_month)
    return [{month: paid[month] for month in run} for run in runs_of(paid) if run[0] > reviewed]


EC_03 = Rule(
    id="EC-03",
    version=1,
    kind="VERIFY",
    severity="S3",
    grace_days=30,
    subject="resident",
    acts="MCA",
    cc=(),
    scope="CITY",
    needs=frozenset({"hrss.contribution_status_changed"}),
    title=Words("救助对象新增稳定就业", "Aid recipient newly in steady employment"),
    todo=Words(
        "请扣除就业成本并考虑渐退期后重新核算收入；减发前须听取意见。不显示工资和单位。",
        "Re-check income with deductions for work costs and the gradual-exit period; hear before reducing. "
        "No wage or employer is shown.",
    ),
    basis="社会救助法 Art.27,40,41,46-48; 渐退期 民发〔2021〕57号",
    show=("employed_yes", "since_month"),
    find=aid_with_new_job,
    policy_keys=("EC-03.months",),
)

RULES: tuple[Rule, ...] = (EC_01, EC_02, EC_03)
