"""LE rules about marriage and adoption: register against register, never an allegation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from hub.domain.claim import Claim, play_order
from hub.domain.code_tables import MARITAL, marital_group
from hub.domain.regions import same_city
from hub.fold.marriage import Marriage, acts_with_another, marriages
from hub.fold.person import Death, Person, deaths_in
from hub.rules.base import Finding, Rule, Scene, Words

# Groups of GB/T 2261.2 in which marital statuses are compared.
_MARRIED: Final = "20"
_WIDOWED: Final = "30"
_DIVORCED: Final = "40"
_NOT_STATED: Final = "90"
_NEVER_WAS = frozenset({"ANNULLED", "VOID"})


def _marriages(person: Person) -> list[Marriage]:
    """Marriages that were, by the day they began."""
    real = [marriage for marriage in marriages(person) if not marriage.never_was]
    return sorted(real, key=lambda marriage: (marriage.start, marriage.registered.play_order))


# --- LE-05 ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Status:
    """A marital status group, with what it follows from, newest event first."""

    group: str
    certificate_no: str | None
    since: str
    because: tuple[Claim, ...]


def marital_item_differs(scene: Scene) -> Iterator[Finding]:
    """The marital status that police hold is not the one that follows from the newest marriage event on record here.

    公安户籍登记的婚姻状况，与本市数据中最新婚姻登记事项所得的状况不一致。
    """
    person = scene.person
    declared = _declared_group(person)
    # Nobody updates the item of the dead; and a spouse who died after them did not leave them widowed.
    if declared is None or not person.alive:
        return
    group, statement = declared
    status = _status(person, group)
    if status is not None and status.group != group:
        yield Finding(
            key=(status.group, status.because[0].entry),
            evidence=(statement, *status.because),
            show={
                "derived_status_group": status.group,
                "certificate_no": status.certificate_no,
                "event_date": status.since,
            },
        )


def _declared_group(person: Person) -> tuple[str, Claim] | None:
    """The group of the newest marital status police recorded; None where they recorded none, or nothing definite."""
    items = [claim for claim in person.of_type("psb.item_corrected") if claim.facts.get("item") == "MARITAL"]
    code = str(items[-1].facts.get("new_value")) if items else ""
    if code not in MARITAL or marital_group(code) == _NOT_STATED:
        return None
    return marital_group(code), items[-1]


def _status(person: Person, declared: str) -> _Status | None:
    """What the newest marriage event makes of them; None where nothing is known, or the spouse was not heard of."""
    begun = _marriages(person)
    acts = (act for act in acts_with_another(person) if act.event_type == "mca.marriage_ended")
    ends = [end for end in acts if end.facts.get("kind") not in _NEVER_WAS]
    newest = max([*(marriage.registered for marriage in begun), *ends], key=play_order, default=None)
    if newest is None:
        return None
    marriage = next((marriage for marriage in begun if marriage.registered is newest), None)
    ended = newest if marriage is None else marriage.ended
    if ended is not None:
        facts = ended.facts
        number = facts.get("certificate_no") or facts.get("judgment_no") or facts.get("prior_certificate_no")
        return _Status(_DIVORCED, number, str(facts.get("effective_date")), (ended,))
    return _with_spouse(person, marriage, declared) if marriage else None


def _with_spouse(person: Person, marriage: Marriage, declared: str) -> _Status | None:
    """Married, or widowed by a confirmed death. One source alone confirms none, but excuses police who know of it."""
    deaths = _deaths_of_spouse(person, marriage)
    if deaths is None:
        return None
    death = next((d for d in deaths if d.claim.agency == "PSB"), deaths[0] if deaths else None)
    if death is None or not _confirmed(deaths):
        excused = death is not None and declared == _WIDOWED
        return None if excused else _Status(_MARRIED, marriage.certificate_no, marriage.start, (marriage.registered,))
    because = (marriage.registered, *(d.claim for d in deaths))
    return _Status(_WIDOWED, marriage.certificate_no, death.latest, because)


def _deaths_of_spouse(person: Person, marriage: Marriage) -> tuple[Death, ...] | None:
    """None while the spouse was not heard of, or where their number and name do not agree."""
    news = None if marriage.spouse is None else person.spouse_news(marriage.spouse)
    return None if news is None else deaths_in(news)


def _confirmed(deaths: tuple[Death, ...]) -> bool:
    """By police or by two sources, as `Person.life_state` has it."""
    sources = {death.source for death in deaths}
    return len(sources) > 1 or any(agency == "PSB" for agency, _ in sources)


LE_05 = Rule(
    id="LE-05",
    version=1,
    kind="CORRECTION",
    severity="S4",
    grace_days=90,
    subject="resident",
    acts="PSB",
    cc=(),
    scope="CITY",
    needs=frozenset({"mca.marriage_registered", "mca.marriage_ended"}),
    title=Words("婚姻状况与婚姻登记不一致", "Household marital status differs from marriage register"),
    todo=Words(
        "请在居民下次办理业务时，或应本人申请，更新户籍婚姻状况；不得为此传唤居民。",
        "Update the household item when the resident next visits, or on the resident's own request; no summons.",
    ),
    basis="户口登记条例 Art.19; 婚姻登记条例 Art.4,10,20",
    show=("derived_status_group", "certificate_no", "event_date"),
    find=marital_item_differs,
)


# --- LE-06 ------------------------------------------------------------------------------------------------------------


def marriages_overlap(scene: Scene) -> Iterator[Finding]:
    """Two marriages are registered under one number, and there is no record in this city's data that ended the first.

    同一号码下有两条婚姻登记，本市数据中没有前一段婚姻在后一段开始之前终止的记录。
    """
    person = scene.person
    for first, second in combinations(_marriages(person), 2):
        if _open_at(person, first, second):
            yield Finding(
                key=(first.certificate_no, second.certificate_no),
                evidence=(first.registered, second.registered),
                show={"certificate_nos": [first.certificate_no, second.certificate_no]},
            )


def _open_at(person: Person, first: Marriage, second: Marriage) -> bool:
    """Had nothing ended the first marriage by the day the second began?"""
    if first.end is not None and first.end <= second.start:
        return False
    # 补办: the same couple's marriage registered again is the same marriage.
    if second.spouse == first.spouse and second.registered.facts.get("kind") == "MAKEUP":
        return False
    deaths = _deaths_of_spouse(person, first)
    return deaths is not None and not any(death.earliest <= second.start for death in deaths)


LE_06 = Rule(
    id="LE-06",
    version=1,
    kind="CORRECTION",
    severity="S2",
    grace_days=7,
    subject="resident",
    acts="MCA",
    cc=(),
    scope="CITY",
    needs=frozenset({"mca.marriage_registered"}),
    title=Words("婚姻登记数据重叠", "Two open marriages in the register for one ID"),
    todo=Words(
        "请婚姻登记机关查阅档案：是否缺少法院判决离婚、撤销婚姻记录，或号码有误。"
        "仅为数据质量问题：不转送任何其他部门，不含任何指控。",
        "Registry checks its archive for a missing court divorce, annulment or wrong number. "
        "Data-quality case only: goes to no other agency and carries no allegation.",
    ),
    basis="婚姻登记条例 Art.9(3),10,19,20",
    show=("certificate_nos",),
    find=marriages_overlap,
    default_on=False,
)


# --- LE-07 ------------------------------------------------------------------------------------------------------------

_HOUSEHOLD_CHANGES = frozenset({"psb.migrated_in", "psb.household_restructured"})


def adopted_child_still_elsewhere(scene: Scene) -> Iterator[Finding]:
    """An adoption is registered, and there is no record in this city's data of a household change of the child since.

    收养已登记，此后本市数据中没有该子女的户口迁移或家庭关系变更记录。
    """
    person = scene.person
    hukou = person.hukou_region
    # Registered in another city, or gone to one: what happens in that household is not on record here.
    if not person.alive or (hukou is not None and not same_city(hukou[0] or "000000", scene.city)):
        return
    for adoption in _adoptions(person):
        since = str(adoption.facts["register_date"])
        if not any(_changes_household(claim, since) for claim in person.linked):
            yield Finding(
                key=(adoption.entry,),
                # The adoption alone: nothing else of the child's may be read together with it (民法典 Art.1110).
                evidence=(adoption,),
                show={"adoption_certificate_no": adoption.facts.get("certificate_no")},
            )


def _adoptions(person: Person) -> list[Claim]:
    """The newest registration of each adoption of this child; one dissolved since, by whatever paper, is over."""
    acts = [act for act in person.of_type("mca.adoption_changed") if any(named.subject for named in act.named)]
    last = {act.entry: act for act in acts if act.facts.get("action") == "REGISTER"}
    dissolved = [play_order(act) for act in acts if act.facts.get("action") == "DISSOLVE"]
    return [act for act in last.values() if not any(order > play_order(act) for order in dissolved)]


def _changes_household(claim: Claim, since: str) -> bool:
    """A move in, a household set up anew or changed, or a changed relation, since the adoption."""
    if claim.event_type == "psb.item_corrected":
        return claim.facts.get("item") == "RELATION" and claim.business_time >= since
    return claim.event_type in _HOUSEHOLD_CHANGES and claim.business_time >= since


LE_07 = Rule(
    id="LE-07",
    version=1,
    kind="SERVICE",
    severity="S4",
    grace_days=60,
    subject="resident",
    acts="MCA",
    cc=(),
    scope="CITY",
    needs=frozenset({"mca.adoption_changed"}),
    title=Words("收养登记后户口未变更", "Adoption registered, household not updated"),
    todo=Words(
        "请仅向收养人提供户口迁移协助。限制性主题，不供其他部门使用，不作分发。",
        "MCA offers help with household transfer to the adopter only. Restricted topic, no other consumer, no fan-out.",
    ),
    basis="中国公民收养子女登记办法 Art.9; 民法典 1110 adoption secrecy",
    show=("adoption_certificate_no",),
    find=adopted_child_still_elsewhere,
    default_on=False,
)

RULES: tuple[Rule, ...] = (LE_05, LE_06, LE_07)
