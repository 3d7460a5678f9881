"""EC rules: two benefits that exclude each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from hub.domain.claim import Claim
from hub.domain.times import add_months, month_of, month_start, next_month, parse_date
from hub.fold.deaths import best_death, sure_deaths
from hub.fold.groups import Tenancy, tenancy
from hub.fold.homes import runs
from hub.fold.households import Member, members_of, renting_household, spouses_of, tenant_of
from hub.fold.months import open_spell, span
from hub.fold.person import Pension, Person
from hub.fold.today import Today
from hub.fold.work import PAID, contributed, unemployment_benefit
from hub.rules.base import Finding, Rule, Scene, Words

# --- EC-04 ------------------------------------------------------------------------------------------------------------

# Not medical insurance: the unemployment fund itself pays it for the jobless (社会保险法 Art.48).
_PAID_BY_EMPLOYERS = ("PENSION_EMP", "UNEMP", "INJURY")


def benefit_beside_job(scene: Scene) -> Iterator[Finding]:
    """Unemployment benefit is granted for a month for which an employer paid in, from which a pension is paid, or
    before which its holder had died.

    失业保险金发放月份内，本人已有单位缴费，或已领取养老金，或已死亡。
    """
    spell = open_spell(unemployment_benefit(scene.person))
    months = spell.months(scene.today)
    if not months:
        return
    for ground, overlap, proof in _grounds(scene.person, months):
        yield Finding(
            key=(ground,),
            evidence=(*spell.acts, *proof),
            show={"overlap_months": overlap, "ground": ground},
        )


def _grounds(person: Person, months: list[str]) -> Iterator[tuple[str, list[str], list[Claim]]]:
    """Each reason why some of the months are not due: the reason, those months, and what proves it."""
    worked = contributed(person, _PAID_BY_EMPLOYERS, PAID, months[0], months[-1])
    found: dict[str, dict[str, list[Claim]]] = {
        "EMPLOYED": {month: [worked[month]] for month in months if month in worked},
        "PENSION": {month: acts for month in months if (acts := _pension_acts(person, month))},
        "DEATH": {month: deaths for month in months if (deaths := _deaths_before(person, month))},
    }
    for ground, overlap in found.items():
        if overlap:
            yield ground, list(overlap), [act for acts in overlap.values() for act in acts]


def _pension_acts(person: Person, month: str) -> list[Claim]:
    statuses = (pension.status_in(month) for pension in person.pensions)
    return [status[1] for status in statuses if status is not None and status[0] == "PAYING"]


def _deaths_before(person: Person, month: str) -> list[Claim]:
    """Payment for the month of death is due; where police know only the month or year, its last day counts."""
    deaths = sure_deaths(person)
    died_before = deaths and month_of(parse_date(best_death(deaths).latest)) < month
    return [death.claim for death in deaths] if died_before else []


EC_04 = Rule(
    id="EC-04",
    version=1,
    kind="VERIFY",
    severity="S2",
    grace_days=15,
    subject="resident",
    acts="HRSS",
    cc=(),
    scope="CITY",
    needs=frozenset({"hrss.unemployment_benefit_changed"}),
    title=Words("领失业金又就业/退休", "Unemployment benefit with job or pension"),
    todo=Words(
        "请核实后停发；多发待遇予以追回，可分期退还。",
        "Verify and stop; recover overpayment, instalments possible.",
    ),
    basis="社会保险法 Art.51; 社会保险经办条例 Art.26,46",
    show=("overlap_months", "ground"),
    find=benefit_beside_job,
)


# --- EC-05 ------------------------------------------------------------------------------------------------------------


def two_pensions(scene: Scene) -> Iterator[Finding]:
    """One resident is paid two basic pensions, of two kinds or from two regions, for the same month.

    同一居民在同一月份领取两份不同种类或不同地区的基本养老待遇。
    """
    month = month_of(scene.today.date)
    pensions = scene.person.pensions
    for pension in pensions:
        for ahead in pension.months_ahead(month):
            scene.today.reached(month_start(ahead))
    paying = [pension for pension in pensions if _pays(pension, month)]
    for one, other in combinations(paying, 2):
        first = _first_overlap(one, other, month)
        yield Finding(
            key=(one.pension_type, one.region, other.pension_type, other.region),
            evidence=tuple(status[1] for p in (one, other) if (status := p.status_in(month))),
            show={
                "pension_types": [one.pension_type, other.pension_type],
                "regions": [one.region, other.region],
                "overlap_months": f"{first}-",
            },
        )


def _pays(pension: Pension, month: str) -> bool:
    status = pension.status_in(month)
    return status is not None and status[0] == "PAYING"


def _first_overlap(one: Pension, other: Pension, month: str) -> str:
    """The first month of the unbroken run of months, up to this one, in which both pay."""
    starts = sorted({start for p in (one, other) for start, _, _ in p.steps() if start <= month}, reverse=True)
    first = month
    for start in starts:
        before = month_of(add_months(month_start(start), -1))
        first = start
        if not (_pays(one, before) and _pays(other, before)):
            break
    return first


EC_05 = Rule(
    id="EC-05",
    version=1,
    kind="VERIFY",
    severity="S2",
    grace_days=15,
    subject="resident",
    acts="HRSS",
    cc=(),
    scope="CITY",
    needs=frozenset({"hrss.pension_granted", "hrss.pension_status_changed"}),
    title=Words("重复领取养老待遇", "Two basic pensions at once"),
    todo=Words(
        "请按衔接办法保留一份待遇，退还居民养老个人账户余额，追回重复领取的基础养老金。",
        "Keep one by the transfer rules, refund personal account of the residents' scheme, "
        "recover duplicated base pension.",
    ),
    basis="城乡养老保险制度衔接暂行办法 人社部发〔2014〕17号; 经办条例 Art.46",
    show=("pension_types", "regions", "overlap_months"),
    find=two_pensions,
)


# --- EC-06 ------------------------------------------------------------------------------------------------------------


def housed_twice(scene: Scene) -> Iterator[Finding]:
    """The household of a running public rental, or a tenant's spouse, has another public rental or a rent subsidy for
    more than the one month of a hand-over.

    公租房在租家庭或承租人配偶同时另有公租房或租赁补贴，重叠超过交接当月。
    """
    lease = tenancy(scene.group.acts)
    if lease is None or not runs(lease, scene.today):
        return
    people = renting_household(scene.group, lease)
    rentals = [rental for person in people for rental in person.rentals]
    # Whoever is listed here while their spouse has signed elsewhere is housed there as that tenant's spouse.
    listed = members_of(scene.group, lease.household)
    rentals += [
        rental for key in listed for other in spouses_of(scene.group, key) for rental in other.rentals_as_tenant
    ]
    for also in (*_leases_beside(lease, rentals, scene.today), *_subsidies_beside(lease, people, scene.today)):
        if len(also.months) > 1:
            yield Finding(
                key=(also.number, also.subsidy_no or ""),
                about=tenant_of(scene.group, lease),
                evidence=(*lease.acts, *also.acts),
                show={
                    "lease_nos": sorted({lease.lease_no, also.number}),
                    "subsidy_no": also.subsidy_no,
                    "months": also.months,
                },
            )


@dataclass(frozen=True)
class _Beside:
    """Other housing support of the same people that runs now, and the months shared with the lease up to this one."""

    number: str  # of the lease
    subsidy_no: str | None
    months: list[str]
    acts: tuple[Claim, ...]


def _leases_beside(lease: Tenancy, rentals: list[Tenancy], today: Today) -> Iterator[_Beside]:
    """Public rentals that began before this one and go on: of two, the later speaks, so that there is one alert."""
    others = {rental.lease_no: rental for rental in rentals}
    for number, other in sorted(others.items()):
        if (other.start, number) < (lease.start, lease.lease_no) and runs(other, today):
            today.reached(month_start(next_month(month_of(today.date))))
            yield _Beside(number, None, _months_since(lease, today), other.acts)


def _subsidies_beside(lease: Tenancy, people: list[Member], today: Today) -> Iterator[_Beside]:
    subsidies = {subsidy.number: subsidy for person in people for subsidy in person.subsidies}
    for number, subsidy in sorted(subsidies.items()):
        paid = subsidy.months(today)
        if month_of(today.date) in paid:
            shared = [month for month in _months_since(lease, today) if month in paid]
            yield _Beside(lease.lease_no, number, shared, subsidy.acts)


def _months_since(lease: Tenancy, today: Today) -> list[str]:
    return span(month_of(parse_date(lease.start)), month_of(today.date))


EC_06 = Rule(
    id="EC-06",
    version=1,
    kind="VERIFY",
    severity="S2",
    grace_days=15,
    subject="rental",
    acts="HMD",
    cc=(),
    scope="CLOSED",
    needs=frozenset({"hmd.public_rental_leased"}),
    title=Words("重复享受住房保障", "Double housing support"),
    todo=Words("请取消其中一项并追回。", "Cancel one; recover."),
    basis="公共租赁住房管理办法 Art.31(3)",
    show=("lease_nos", "subsidy_no", "months"),
    find=housed_twice,
)

RULES: tuple[Rule, ...] = (EC_04, EC_05, EC_06)
