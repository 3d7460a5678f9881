"""EN rules: what people are entitled to and do not get. Open world: nothing on record here may exist elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from hub.domain.regions import same_city
from hub.domain.times import add_months, parse_date
from hub.fold.person import Person, covered_in, deaths_in
from hub.fold.work import age_on, contributes_of_late, has_pension
from hub.rules.base import Finding, Rule, Scene, Words

_EMPLOYEE_SCHEMES = ("PENSION_EMP", "PENSION_GOV")


def old_without_pension(scene: Scene) -> Iterator[Finding]:
    """A living resident registered here is 60 years and a month old and has no pension, nor a job that pays in.

    本市户籍在世居民年满六十周岁零一个月，没有养老待遇，也没有仍在缴费的工作。
    """
    person = scene.person
    hukou, birth = person.hukou_region, person.birth_date
    if hukou is None or birth is None or not same_city(hukou[0] or "000000", scene.city):
        return
    entitled = add_months(parse_date(birth[0]), scene.policy.number("EN-01.age_months"))
    if not person.alive or not scene.today.reached(entitled) or has_pension(person, scene.today):
        return
    window = scene.policy.number("EN-01.contribution_months")
    if contributes_of_late(person, _EMPLOYEE_SCHEMES, window, scene.today):
        return
    yield Finding(
        key=(),
        evidence=(hukou[1], birth[1]),
        show={"age": age_on(parse_date(birth[0]), scene.today), "enrolment_status": _enrolment(person)},
    )


def _enrolment(person: Person) -> str:
    found = [
        f"{entry.removeprefix('insured/')}:{acts[-1].facts.get('action')}"
        for entry, acts in person.acts("insured/PENSION").items()
    ]
    return ",".join(found) or "NONE"


EN_01 = Rule(
    id="EN-01",
    version=1,
    kind="SERVICE",
    severity="S3",
    grace_days=30,
    subject="resident",
    acts="HRSS",
    cc=(),
    scope="CITY",
    needs=frozenset(
        {
            "psb.birth_registered",
            "psb.migrated_in",
            "psb.migrated_out",
            "psb.household_restructured",
            "psb.residence_changed",
        }
    ),
    title=Words("满60周岁未领养老待遇", "Age 60+ without any pension"),
    todo=Words(
        "请邀请本人参保或申领；核对缴费记录、补缴政策和外地待遇。",
        "Invite to enrol/claim; check contributions, lump-sum back payment, other-city pension.",
    ),
    basis="社会保险法 Art.16,20-22; 国发〔2014〕8号; 渐进式延迟退休 2025-01-01",
    show=("age", "enrolment_status"),
    find=old_without_pension,
    policy_keys=("EN-01.age_months", "EN-01.contribution_months"),
)


_SUBSIDISED = {"TK_CENTRAL": "TK", "TK_HOME": "TK", "DB": "DB"}


def aid_without_medical_cover(scene: Scene) -> Iterator[Finding]:
    """A living member of a household on basic aid has no medical cover for the current insurance year.

    特困或低保家庭的在世成员，在当前参保年度没有基本医疗保险。
    """
    unit = scene.group.aid()
    if unit is None or not unit.active or unit.aid_class not in _SUBSIDISED:
        return
    year = scene.today.date.year
    scene.today.reached(add_months(date(year, 1, 1), 12))
    for member in sorted(unit.members):
        heard = scene.group.heard_from(member)
        if heard is None or deaths_in(heard[1]) or covered_in(year, heard[1]):
            continue
        yield Finding(
            key=(member,),
            about=heard[0],
            evidence=(unit.granted, *unit.acts),
            show={"aid_subsidy_category": _SUBSIDISED[unit.aid_class]},
        )


EN_02 = Rule(
    id="EN-02",
    version=1,
    kind="SERVICE",
    severity="S2",
    grace_days=15,
    subject="aid",
    acts="MSI",
    cc=("MCA",),
    scope="CITY",
    needs=frozenset({"mca.aid_granted"}),
    title=Words("救助对象未参加基本医保", "Aid recipient not in basic medical insurance"),
    todo=Words(
        "请按资助参保政策办理参保；医保部门仅获知是否属于资助类别，不获取救助档案。",
        "Enrol with subsidised contribution (资助参保); medical bureau gets a yes/no category, not the aid file.",
    ),
    basis="社会救助法 Art.24",
    show=("aid_subsidy_category",),
    find=aid_without_medical_cover,
)

RULES: tuple[Rule, ...] = (EN_01, EN_02)
