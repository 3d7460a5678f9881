"""XJ rules: people between two cities. To hand over, not to cut: nobody loses support between two offices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hub.domain.claim import Claim
from hub.domain.regions import same_city
from hub.domain.times import add_days, parse_date
from hub.fold.caseload import running_allowances
from hub.fold.households import members_of
from hub.fold.moves import REGISTERED, holds_permit, moved_out, region_in, registration_acts
from hub.fold.person import Person
from hub.fold.work import enrolment, is_enrolled
from hub.rules.base import Finding, Rule, Scene, Words

# --- XJ-01 ------------------------------------------------------------------------------------------------------------


def not_registered_again(scene: Scene) -> Iterator[Finding]:
    """A living resident has moved out, and there is no record in this city's data of a registration anywhere since.

    在世居民已迁出，本市数据中没有其之后在任何地方落户的记录。
    """
    person = scene.person
    if not person.alive:
        return
    acts = registration_acts(person.linked)
    validity = scene.policy.number("XJ-01.validity_days")
    for out in {act.entry: act for act in acts if act.event_type == "psb.migrated_out"}.values():
        if not _is_settled(out, acts):
            until, issued = out.facts.get("valid_until"), str(out.facts["issue_date"])
            last_day = parse_date(str(until)) if until else add_days(parse_date(issued), validity)
            yield Finding(
                key=(str(out.facts["certificate_no"]),),
                evidence=(out,),
                show={"certificate_no": str(out.facts["certificate_no"]), "issue_date": issued},
                not_before=add_days(last_day, scene.policy.number("XJ-01.days_after_validity")),
            )


def _is_settled(out: Claim, acts: list[Claim]) -> bool:
    """Registered again since, here or by a receipt from there; by its certificate, even if dated before the move.

    Who moves out of one office and into another on one day may be written down at the second first.
    """
    since = (act for act in acts if act.event_type in REGISTERED)
    return any(
        act.business_time >= out.business_time or act.facts.get("certificate_no") == out.facts["certificate_no"]
        for act in since
    )


XJ_01 = Rule(
    id="XJ-01",
    version=1,
    kind="VERIFY",
    severity="S3",
    grace_days=45,
    subject="resident",
    acts="PSB",
    cc=(),
    scope="CITY",
    needs=frozenset({"psb.migrated_out"}),
    title=Words("迁出未落户", "Moved out, not registered anywhere"),
    todo=Words(
        "请告知本人尽快办理落户或恢复户口，以免影响其享受各项待遇。",
        "Tell the person to complete registration or restore the old one - protects access to benefits.",
    ),
    basis="户口登记条例 Art.10,13 (3 days city / 10 days countryside after arrival); "
    "migration certificate valid 30 days",
    show=("certificate_no", "issue_date"),
    find=not_registered_again,
    policy_keys=("XJ-01.validity_days", "XJ-01.days_after_validity"),
)


# --- XJ-02 ------------------------------------------------------------------------------------------------------------

_FOR_LOCALS = frozenset({"OLD_AGE", "DISABLED_LIVING", "DISABLED_CARE"})


def support_after_moving_out(scene: Scene) -> Iterator[Finding]:
    """Everybody living in a household on aid, or the holder of an allowance, has moved their registration out of this
    city, without a residence permit to stay on, and the support goes on.

    受助家庭全部在世成员或津贴领取人的户口已迁出本市且未持本市居住证，待遇仍在本市发放。
    """
    if isinstance(scene.fold, Person):
        yield from _allowances_after_moving(scene)
    else:
        yield from _aid_after_moving(scene)


def _allowances_after_moving(scene: Scene) -> Iterator[Finding]:
    person = scene.person
    move = _left_the_city(registration_acts(person.linked), scene.city)
    if move is None or not person.alive or holds_permit(person.linked):
        return
    for item_no, act in running_allowances(person).items():
        if act.facts.get("allowance_type") in _FOR_LOCALS:
            yield Finding(
                key=("ALLOWANCE", item_no),
                evidence=(*move.acts, act),
                show=move.shown(str(act.facts["allowance_type"])),
            )


def _aid_after_moving(scene: Scene) -> Iterator[Finding]:
    unit = scene.group.aid()
    if unit is None or not unit.active or any(scene.group.heard_from(key) is None for key in unit.members):
        return  # where one of them is registered is not known
    living = [member for member in members_of(scene.group, unit.members).values() if member.alive]
    if any(holds_permit(member.claims) for member in living):
        return  # who lives here on a permit may apply here (社会救助法 Art.37)
    moves = {member.key: _left_the_city(registration_acts(member.claims), scene.city) for member in living}
    gone = {key: move for key, move in moves.items() if move is not None}
    if gone and len(gone) == len(living):
        last = max(gone, key=lambda key: (gone[key].out.play_order, key))
        yield Finding(
            key=("AID",),
            about=last,
            evidence=(*unit.acts, *(act for move in gone.values() for act in move.acts)),
            show=gone[last].shown(unit.aid_class),
        )


@dataclass(frozen=True)
class _Move:
    """Somebody's move out of this city: the act by which they left, and the newest word on where they are."""

    out: Claim
    newest: Claim

    @property
    def acts(self) -> tuple[Claim, ...]:
        return (self.out, self.newest)

    def shown(self, benefit: str) -> dict[str, str]:
        return {
            "benefit_type": benefit,
            "moved_out_date": self.out.business_time,
            "destination_region_code": region_in(self.newest),
        }


def _left_the_city(acts: list[Claim], city: str) -> _Move | None:
    """None unless somebody left and is by now registered in a known place outside this city."""
    out = moved_out(acts)
    if out is None or not region_in(acts[-1]) or same_city(region_in(acts[-1]), city):
        return None
    return _Move(out, acts[-1])


XJ_02 = Rule(
    id="XJ-02",
    version=1,
    kind="VERIFY",
    severity="S3",
    grace_days=60,
    subject="aid",
    also=("resident",),
    acts="MCA",
    cc=(),
    scope="CLOSED",
    needs=frozenset({"psb.migrated_out"}),
    title=Words("户口迁出仍享本地户籍待遇", "Moved out but locally-based benefit continues"),
    todo=Words(
        "请先与迁入地办理交接再停发，确保救助不断档；并听取家庭意见。",
        "Hand the case over to the new place before stopping - no gap in support; hear the household.",
    ),
    basis="社会救助法 Art.37,46-48",
    show=("benefit_type", "moved_out_date", "destination_region_code"),
    find=support_after_moving_out,
)


# --- XJ-03 ------------------------------------------------------------------------------------------------------------

_TRANSFERABLE = ("PENSION_EMP", "PENSION_GOV", "PENSION_RES", "MED_EMP", "MED_RES")
_OF_EMPLOYEES = ("PENSION_EMP", "PENSION_GOV", "UNEMP", "INJURY", "MED_EMP", "MATERNITY")
_FROM_ELSEWHERE = frozenset({"FROM_PROVINCE", "FROM_OTHER"})


def relation_left_behind(scene: Scene) -> Iterator[Finding]:
    """A living resident has moved here or is newly insured as an employee here and named an earlier insurance in
    another city, and there is no record in this city's data of its transfer.

    在世居民已迁入本市或新在本市参加职工保险，参保时登记了外地参保关系，本市数据中没有办理转移接续的记录。
    """
    person = scene.person
    if not person.alive or person.pensions:
        return
    arrival = _moved_here(person, scene.city) or _insured_here(person, scene.city)
    for scheme in _TRANSFERABLE if arrival is not None else ():
        acts = enrolment(person, scheme)
        elsewhere = [act for act in acts if act.facts.get("prior_region")][-1:]
        left = not acts or acts[-1].facts.get("action") == "TERMINATE"
        if not left and _names_another_city(elsewhere, scene.city) and not _moves(person, scheme):
            yield Finding(
                key=(scheme,),
                evidence=tuple(act for act in (arrival, *elsewhere) if act is not None),
                show={"scheme": scheme},
            )


def _moved_here(person: Person, city: str) -> Claim | None:
    """The act by which somebody came from another city, while they are still registered in this one."""
    moves = (act for act in registration_acts(person.linked) if act.facts.get("move_type") in _FROM_ELSEWHERE)
    came = [act for act in moves if act.event_type == "psb.migrated_in" and same_city(region_in(act), city)]
    hukou = person.hukou_region
    return came[-1] if came and hukou is not None and same_city(hukou[0] or "000000", city) else None


def _insured_here(person: Person, city: str) -> Claim | None:
    """The newest act of an open enrolment as an employee in this city."""
    open_now = [enrolment(person, scheme)[-1] for scheme in _OF_EMPLOYEES if is_enrolled(person, scheme)]
    here = [act for act in open_now if same_city(str(act.facts["enrol_region"]), city)]
    return max(here, key=lambda act: act.play_order, default=None)


def _names_another_city(forms: list[Claim], city: str) -> bool:
    return any(not same_city(str(form.facts["prior_region"]), city) for form in forms)


def _moves(person: Person, scheme: str) -> bool:
    """A transfer was started or completed; by the last word on it: one that was rejected has not begun."""
    last = (acts[-1] for acts in person.acts(f"transfer/{scheme}/").values())
    return any(act.facts.get("status") != "REJECTED" for act in last)


XJ_03 = Rule(
    id="XJ-03",
    version=1,
    kind="SERVICE",
    severity="S4",
    grace_days=90,
    subject="resident",
    acts="HRSS",
    cc=("MSI",),
    scope="CITY",
    needs=frozenset({"hrss.insured_enrolled"}),
    title=Words("跨地区养老医保关系未转移", "Insurance relation not transferred after move"),
    todo=Words(
        "请提供转移接续服务；职工养老关系随就业转移，居民保险可随户籍或居住证转移。",
        "Offer the transfer; employee pension follows the job, residents' schemes may follow hukou/permit.",
    ),
    basis="社会保险经办条例 Art.12-16",
    show=("scheme",),
    find=relation_left_behind,
)

RULES: tuple[Rule, ...] = (XJ_01, XJ_02, XJ_03)
