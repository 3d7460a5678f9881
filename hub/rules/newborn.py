"""EN-03: the newborn without medical cover."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from hub.domain.claim import Claim
from hub.domain.regions import same_city
from hub.domain.times import add_days, add_months, parse_date
from hub.fold.person import Person
from hub.rules.base import Finding, Rule, Scene, Words


def newborn_without_cover(scene: Scene) -> Iterator[Finding]:
    """A child whose birth is registered here is two months old, not yet six, and has no record of cover in this city.

    在本市登记出生的婴儿满两个月、未满六个月，本市数据中没有基本医疗保险参保记录。
    """
    person = scene.person
    birth, born = _registered_birth(person), person.birth_date
    # First of all: an infant who died is never asked about.
    if birth is None or born is None or not person.alive:
        return
    if not same_city(str(birth.facts["hukou_region"]), scene.city):
        return
    from_days, until_days = (scene.policy.number(f"EN-03.{name}_days") for name in ("from", "until"))
    if not scene.today.reached(add_days(parse_date(born[0]), from_days)):
        return
    if scene.today.passed(add_days(parse_date(born[0]), until_days)) or _is_covered(person, scene):
        return
    yield Finding(key=(), evidence=(birth,), show={"birth_date": born[0]})


def _registered_birth(person: Person) -> Claim | None:
    """The newest registration of this child's birth; a parent is named in it, too."""
    births = [claim for claim in person.of_type("psb.birth_registered") if any(named.subject for named in claim.named)]
    return births[-1] if births else None


def _is_covered(person: Person, scene: Scene) -> bool:
    """In the insurance year of today, under the number of now or the birth certificate's; a new year asks again."""
    year = scene.today.date.year
    scene.today.reached(add_months(date(year, 1, 1), 12))
    return person.covered_in(year)


EN_03 = Rule(
    id="EN-03",
    version=1,
    kind="SERVICE",
    severity="S3",
    grace_days=0,
    subject="resident",
    acts="MSI",
    cc=(),
    scope="CITY",
    needs=frozenset({"psb.birth_registered"}),
    title=Words("新生儿未参保", "Newborn without medical coverage"),
    todo=Words(
        "请向父母发送新生儿参保指引（在本地规定期限内参保的，自出生之日起享受待遇，通常为九十日内）。",
        "Send the parents the newborn enrolment guide (coverage from birth if enrolled in the local window, "
        "commonly 90 days).",
    ),
    basis="社会保险经办条例 Art.8; newborn window local policy; '出生一件事'",
    show=("birth_date",),
    find=newborn_without_cover,
    policy_keys=("EN-03.from_days", "EN-03.until_days"),
)

RULES: tuple[Rule, ...] = (EN_03,)
