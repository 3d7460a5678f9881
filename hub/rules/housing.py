"""HO rules: dwellings and who may live in them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from hub.domain.times import parse_date
from hub.fold.groups import Tenancy
from hub.rules.base import Finding, Rule, Scene, Words


def let_twice(scene: Scene) -> Iterator[Finding]:
    """Two running leases give the same whole dwelling to two households for more than a hand-over's time.

    同一套住房有两份整租合同同时有效，重叠时间超过交接期。
    """
    limit = scene.policy.number("HO-01.overlap_days")
    running = [lease for lease in scene.unit.tenancies() if _running(lease, scene)]
    for one, other in combinations(running, 2):
        if not _both_claim_the_whole(one, other) or _head_and_sub(one, other) or _head_and_sub(other, one):
            continue
        start, end = max(one.start, other.start), min(one.end, other.end)
        if (parse_date(end) - parse_date(start)).days + 1 > limit:
            leases = sorted((one, other), key=lambda lease: lease.lease_no)
            yield Finding(
                key=tuple(f"{lease.public}/{lease.lease_no}" for lease in leases),
                evidence=tuple(lease.filed for lease in leases),
                show={"lease_nos": [lease.lease_no for lease in leases], "period": f"{start}/{end}"},
            )


def _running(lease: Tenancy, scene: Scene) -> bool:
    started = scene.today.reached(parse_date(lease.start))
    return started and not scene.today.passed(parse_date(lease.end))


def _both_claim_the_whole(one: Tenancy, other: Tenancy) -> bool:
    return "WHOLE" in (one.scope, other.scope) and {one.scope, other.scope} <= {"WHOLE", "ROOM"}


def _head_and_sub(head: Tenancy, sub: Tenancy) -> bool:
    """The tenant of one lets as lessor of the other; a company that sub-lets has its head lease elsewhere on file."""
    return sub.sublet and (not sub.lessors or bool(sub.lessors & head.tenants))


HO_01 = Rule(
    id="HO-01",
    version=1,
    kind="CORRECTION",
    severity="S2",
    grace_days=15,
    subject="unit",
    acts="HMD",
    cc=(),
    scope="CLOSED",
    needs=frozenset({"hmd.private_lease_filed", "hmd.public_rental_leased"}),
    title=Words("一房两租", "Two full-unit leases overlap"),
    todo=Words(
        "请出租人注销失效备案；提醒承租人防范租赁欺诈。",
        "Ask lessors to end the stale filing; warn tenants of possible fraud.",
    ),
    basis="住房租赁条例 Art.8,30",
    show=("lease_nos", "period"),
    find=let_twice,
    policy_keys=("HO-01.overlap_days",),
)

RULES: tuple[Rule, ...] = (HO_01,)
