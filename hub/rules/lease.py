"""HO rules: who may let a dwelling, and whether there is still somebody, or something, to let."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from hub.domain.addresses import SAME, compare_addresses
from hub.domain.claim import Claim, play_order
from hub.domain.times import parse_date
from hub.fold.groups import Group, Tenancy, tenancy
from hub.fold.homes import ENDS_TITLE, changes_of, is_owned, resolve_address, runs, titles_by_owner
from hub.fold.person import deaths_in
from hub.fold.today import Today
from hub.rules.base import Finding, Rule, Scene, Words

# --- HO-03 ------------------------------------------------------------------------------------------------------------


def lessor_without_right(scene: Scene) -> Iterator[Finding]:
    """A dwelling with known owners is let by a person who is none of them, and there is no record in this city's data
    of a lease under which they might sub-let it.

    房屋已有登记权利人，出租人不在其中，本市数据中也没有其可据以转租的租赁备案。
    """
    lease = tenancy(scene.group.acts)
    if lease is None or not lease.lessors or not runs(lease, scene.today):
        return
    if "lessor_org" in lease.filed.facts:
        return  # an enterprise lets for the person, on a right that no title shows
    dwelling = _dwelling(lease, scene.group)
    titles = titles_by_owner(scene.group.unit_acts(dwelling))
    owners = {owner: acts[-1] for owner, acts in titles.items() if is_owned(acts)}
    keys = _keys_of(lease.lessors, scene.group)
    if not owners or not keys.isdisjoint(owners):
        return  # nobody is known to own it, or the lessor does
    if lease.sublet and any(runs(head, scene.today) for head in _head_leases(lease, dwelling, scene.group)):
        return
    yield Finding(
        key=(),
        about=_present(lease.lessors, scene.group),
        evidence=(*lease.acts, *owners.values()),
        show={"lease_no": lease.lease_no, "unit_code": next(iter(dwelling.values()))},
    )


def _dwelling(lease: Tenancy, group: Group) -> Mapping[str, str]:
    """Key and code of the dwelling let: the one the filing names, else the only live one its address can mean."""
    if lease.unit_keys:
        return dict.fromkeys(lease.unit_keys, str(lease.filed.facts["unit_code"]))
    found = resolve_address(str(lease.filed.facts["address_text"]), group.unit_acts(group.units_told()))
    return found if len(found) == 1 else {}


def _keys_of(people: Collection[str], group: Group) -> frozenset[str]:
    """The keys by which people are named, and their present ones."""
    return frozenset(people) | {group.known_of(key)[0] for key in people}


def _present(people: Collection[str], group: Group) -> str:
    """Whom an alert is about, by the present number; a lease has one lessor."""
    return min(group.known_of(key)[0] for key in people)


def _head_leases(lease: Tenancy, dwelling: Mapping[str, str], group: Group) -> Iterator[Tenancy]:
    """Other leases of the same dwelling in which the lessor is the tenant, as far as the lessor tells of them."""
    heard = (group.known_of(lessor)[1] for lessor in sorted(lease.lessors))
    entries: dict[str, list[Claim]] = {}
    for claim in (claim for claims in heard for claim in claims):
        # The tenant is the subject of a filing, and of its end; who only lives there, or lets, is not.
        if claim.entry.startswith(("lease/", "rental/")) and any(named.role == "tenant" for named in claim.named):
            entries.setdefault(claim.entry, []).append(claim)
    for entry, acts in sorted(entries.items()):
        head = tenancy(tuple(acts)) if entry != lease.filed.entry else None
        if head is not None and _is_of(head, dwelling, lease):
            yield head


def _is_of(head: Tenancy, dwelling: Mapping[str, str], lease: Tenancy) -> bool:
    """Is another lease of the same dwelling? One that names none must be of the same address as filed."""
    if head.unit_keys:
        return not head.unit_keys.isdisjoint(dwelling)
    addresses = (str(filed.facts["address_text"]) for filed in (head.filed, lease.filed))
    return "address_text" in head.filed.facts and compare_addresses(*addresses) == SAME


HO_03 = Rule(
    id="HO-03",
    version=1,
    kind="CORRECTION",
    severity="S3",
    grace_days=15,
    subject="lease",
    acts="HMD",
    cc=(),
    scope="CITY",
    needs=frozenset({"hmd.private_lease_filed"}),
    title=Words("出租人非权利人", "Lessor has no recorded right to let"),
    todo=Words(
        "请出租人提供权利证明；告知承租人核验途径（保护承租人）。",
        "Ask the lessor for proof of right; tell the tenant how to verify (tenant protection).",
    ),
    basis="住房租赁条例 Art.9(1),14,23",
    show=("lease_no", "unit_code"),
    find=lessor_without_right,
)


# --- HO-04 ------------------------------------------------------------------------------------------------------------


def lease_without_ground(scene: Scene) -> Iterator[Finding]:
    """A running lease was filed after the death of a party, its dwelling was demolished, or the title of the lessor
    had ended before it began.

    正在履行的租赁在当事人死亡之后才备案，或房屋已拆除，或出租人的权利在起租前已灭失。
    """
    lease = tenancy(scene.group.acts)
    if lease is None or not runs(lease, scene.today):
        return
    grounds = (
        *_dead(lease.lessors, "LESSOR_DEAD", lease, scene.group),
        *_dead(lease.tenants, "TENANT_DEAD", lease, scene.group),
        *_demolished(lease, scene.group, scene.today),
        *_title_ended(lease, scene.group),
    )
    for ground, about, proof in grounds:
        yield Finding(
            key=(ground,),
            about=about,
            evidence=(*lease.acts, *proof),
            show={"lease_no": lease.lease_no, "ground": ground},
        )


_Ground = tuple[str, str | None, tuple[Claim, ...]]
"""The ground, the resident concerned, and what shows it."""


def _dead(people: Iterable[str], ground: str, lease: Tenancy, group: Group) -> Iterator[_Ground]:
    """Parties who had died before the filing, by a registration or a funeral. What they filed alive stays good."""
    for key in sorted(people):
        present, claims = group.known_of(key)
        deaths = [death for death in deaths_in(claims) if death.authoritative]
        # Of a month or year its last day: only what was surely filed afterwards is asked about.
        proof = tuple(death.claim for death in deaths if death.latest < lease.filed.business_time)
        if proof:
            yield ground, present, proof


def _demolished(lease: Tenancy, group: Group, today: Today) -> Iterator[_Ground]:
    for unit in sorted(lease.unit_keys):
        for last in changes_of(unit, group.unit_acts(lease.unit_keys))[-1:]:
            if last.facts.get("action") == "DEMOLISH" and today.reached(parse_date(last.business_time)):
                yield "UNIT_DEMOLISHED", None, (last,)


def _title_ended(lease: Tenancy, group: Group) -> Iterator[_Ground]:
    """The lessor's own title to the dwelling had ended before the lease began, and was not there again by then."""
    titles = titles_by_owner(group.unit_acts(_dwelling(lease, group)))
    held = [
        act for key in _keys_of(lease.lessors, group) for act in titles.get(key, ()) if _is_before(act, lease.start)
    ]
    held.sort(key=play_order)
    if held and not is_owned(held):
        yield "OWNERSHIP_ENDED", _present(lease.lessors, group), (held[-1],)


def _is_before(act: Claim, start: str) -> bool:
    """Did an act on a title decide who owned the dwelling on that day? One that ends it only afterwards did not."""
    day = str(act.facts["register_date"])
    return day < start or (day == start and act.facts.get("action") not in ENDS_TITLE)


HO_04 = Rule(
    id="HO-04",
    version=1,
    kind="CORRECTION",
    severity="S3",
    grace_days=7,
    subject="lease",
    acts="HMD",
    cc=(),
    scope="CLOSED",
    needs=frozenset({"hmd.private_lease_filed"}),
    title=Words("以死者名义租赁/权利已灭失", "Lease by a deceased person or on an extinct unit"),
    todo=Words(
        "请与现权利人重新备案或注销备案；平台不追查继承人。",
        "Re-file with the present right holder or end the filing; heirs are not traced by the hub.",
    ),
    basis="住房租赁条例 Art.8,9; Decree 809 Art.26",
    show=("lease_no", "ground"),
    find=lease_without_ground,
)

RULES: tuple[Rule, ...] = (HO_03, HO_04)
