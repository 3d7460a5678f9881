"""EC rules: two benefits that exclude each other."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from hub.domain.times import add_months, month_of, month_start
from hub.fold.person import Pension
from hub.rules.base import Finding, Rule, Scene, Words


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

RULES: tuple[Rule, ...] = (EC_05,)
