"""RE rules: residence registration, and the home behind it. Reminders and questions; no lists for police."""

from __future__ import annotations

from collections.abc import Iterator

from hub.domain.address_parts import parse_address
from hub.domain.claim import Claim
from hub.domain.regions import same_city
from hub.domain.times import add_days, month_of, month_start, parse_date
from hub.fold.caseload import aid_in_force, place_of_care, running_allowances
from hub.fold.groups import Tenancy
from hub.fold.holdings import titles_in
from hub.fold.homes import (
    Home,
    Registration,
    changes_of,
    home_of,
    is_gone,
    is_over,
    lapsed_stay,
    leases_lived_in,
    lives_in,
    newest_fact,
    newest_home,
    owned_units,
    registrations_of,
    resolve,
    runs,
)
from hub.fold.households import Member
from hub.fold.marriage import married_to
from hub.fold.person import Person
from hub.fold.today import Today
from hub.rules.base import Finding, Rule, Scene, Words

HOW_TO_REGISTER = "/guides/residence-registration"
"""Path of the guide on the city's service site; the front office puts its own address before it."""

_NO_HOMES = frozenset({"COMMERCIAL", "DORMITORY"})


# --- RE-01 ------------------------------------------------------------------------------------------------------------


def tenant_without_registration(scene: Scene) -> Iterator[Finding]:
    """A living resident from another city rents here by a filed lease that has begun, and there is no record in this
    city's data of a residence registration.

    外地户籍在世居民已按备案合同在本市租住，本市数据中没有其有效的居住登记。
    """
    person = scene.person
    hukou = person.hukou_region
    if hukou is None or not hukou[0] or same_city(hukou[0], scene.city) or not person.alive:
        return
    if registrations_of(person):
        return
    for lease in person.leases:
        if lives_in(lease, person.keys) and _is_for_living(lease, person) and runs(lease, scene.today):
            yield Finding(
                key=(lease.lease_no,),
                evidence=(hukou[1], *lease.acts),
                show={"lease_start": lease.start, "how_to_register_link": HOW_TO_REGISTER},
            )


def _is_for_living(lease: Tenancy, person: Person) -> bool:
    """Offices are no homes, and a dormitory registers its own; where nothing is known of the use, it is a home."""
    return all(
        newest_fact(changes_of(unit, person.unit_acts(unit)), "use") not in _NO_HOMES for unit in lease.unit_keys
    )


RE_01 = Rule(
    id="RE-01",
    version=1,
    kind="SERVICE",
    severity="S4",
    grace_days=10,
    subject="resident",
    acts="RESIDENT_SERVICE",
    cc=(),
    scope="CITY",
    needs=frozenset({"hmd.private_lease_filed"}),
    title=Words("来有登记-租住未办居住登记提醒", "Filed tenant without residence registration"),
    todo=Words(
        "请提醒承租人（和出租人）办理居住登记，并告知登记后可享的服务：满半年可申领居住证、入学、医疗卫生、就业服务。"
        "不得向公安提供人员名单；公安仅获知人数不少于10人的社区统计数。",
        "Reminder to the tenant (and landlord) with what registration opens: residence permit after half a year, "
        "school, health, employment service. No list of persons goes to police; "
        "police get only community counts with k>=10.",
    ),
    basis="户口登记条例 Art.15 (3 days); 居住证暂行条例 Art.2,7,12; 住房租赁条例 Art.30,37; "
    "seed 001 北京(十四) 来有登记",
    show=("lease_start", "how_to_register_link"),
    find=tenant_without_registration,
    default_on=False,
    expires_days=60,
)


# --- RE-02 ------------------------------------------------------------------------------------------------------------


def registration_left_open(scene: Scene) -> Iterator[Finding]:
    """The lease at a registered address is over, the registration was not renewed since, and there is no record in
    this city's data of another right of the person or the spouse to live there.

    居住登记地址对应的租赁已结束，此后登记未续办，本市数据中也没有本人或其配偶在该房屋的其他居住依据。
    """
    person = scene.person
    for registration in registrations_of(person):
        home = home_of(person, registration)
        if home is None or any(link.key == home[0] for link, _ in owned_units(person)):
            continue
        leases = [lease for lease in leases_lived_in(person) if home[0] in lease.unit_keys]
        over = lapsed_stay(registration, leases, person.keys, scene.today)
        if over is not None and not _is_the_spouses(home[0], person, scene.today):
            yield Finding(
                key=(registration.number,),
                evidence=(registration.newest, *over.acts),
                show={"registration_no": registration.number, "reason_code": "STAY_BASIS_ENDED"},
            )


def _is_the_spouses(unit: str, person: Person, today: Today) -> bool:
    """Does the spouse own the dwelling, or rent it from the city? Nothing is told of a spouse's private leases."""
    married = married_to(person)
    news = person.spouse_news(married[0]) if married else None
    if not married or news is None:
        return False
    rentals = Member(married[0], news).rentals
    return any(title.unit == unit for title in titles_in(news)) or any(
        unit in rental.unit_keys and not is_over(rental, today) for rental in rentals
    )


RE_02 = Rule(
    id="RE-02",
    version=1,
    kind="VERIFY",
    severity="S3",
    grace_days=45,
    subject="resident",
    acts="COMMUNITY_STATION",
    cc=(),
    scope="CITY",
    needs=frozenset({"psb.residence_changed"}),
    title=Words("走有核销-居住登记待核销", "Residence registration left open after departure"),
    todo=Words(
        "请社区站点（受公安机关委托的社区服务机构）询问本人；公安按本人答复注销或变更登记。"
        "仅提供事由代码 STAY_BASIS_ENDED，不提供租赁信息；不得据此自行吊销居住证。",
        "Community station (受公安机关委托的社区服务机构) asks the person; "
        "police cancel or move the registration on the person's answer. "
        "reason_code=STAY_BASIS_ENDED only, no lease data. Never revokes a residence permit by itself.",
    ),
    basis="户口登记条例 Art.15 (cancel before leaving); seed 001 北京(十四) 走有核销",
    show=("registration_no", "reason_code"),
    find=registration_left_open,
    default_on=False,
)


# --- RE-04 ------------------------------------------------------------------------------------------------------------


def home_elsewhere_in_city(scene: Scene) -> Iterator[Finding]:
    """A living resident whom an agency looks after has for half a year had their home at another street of this city
    than their household registration, and there is no record in this city's data of a nearer one.

    由部门在管服务的在世居民，实际住处在本市另一街道（乡镇）已满半年，与户籍地址不一致，本市数据中没有更近的住处。
    """
    person = scene.person
    hukou, caseload = person.hukou_region, _caseload(scene)
    if hukou is None or not same_city(hukou[0] or "000000", scene.city) or caseload is None or not person.alive:
        return
    home = newest_home(person, scene.today)
    if home is None or not _is_elsewhere(home, person, hukou[0], scene.city):
        return
    days = scene.policy.number("RE-04.days_elsewhere")
    if scene.today.reached(add_days(parse_date(home.since), days)):
        yield Finding(
            key=(),
            evidence=(hukou[1], caseload[1], home.said),
            acting=caseload[0],
            show={"street_level_actual_region_code": home.street_code},
        )


def _caseload(scene: Scene) -> tuple[str, Claim] | None:
    """Which agency visits and writes to this resident, and the act that makes it: civil affairs before pensions."""
    person = scene.person
    aid = (unit.granted for unit in aid_in_force(person))
    for act in (*aid, *running_allowances(person).values(), place_of_care(person)):
        if act is not None:
            return "MCA", act
    month = month_of(scene.today.date)
    for pension in person.pensions:
        for ahead in pension.months_ahead(month):
            scene.today.reached(month_start(ahead))
        status = pension.status_in(month)
        if status is not None and status[0] == "PAYING":
            return "HRSS", status[1]
    return None


def _is_elsewhere(home: Home, person: Person, hukou_region: str, city: str) -> bool:
    """Is a home of this city in another county than the household registration, or at another street of it?

    Streets are compared as written; where one is not written, they are not known to differ.
    """
    if not same_city(home.county_code, city):
        return False
    hukou_street = _hukou_street(person, hukou_region)
    return home.county_code != hukou_region or bool(hukou_street and home.street and hukou_street != home.street)


def _hukou_street(person: Person, region: str) -> str:
    """The street of the household registration; empty if not written, or known only from before a move."""
    for claim in reversed(person.linked):
        corrects = claim.event_type == "psb.item_corrected" and claim.facts.get("item") == "ADDRESS"
        address = claim.facts.get("new_value") if corrects else claim.golden.get("hukou_address")
        if address:
            is_present = corrects or claim.golden.get("hukou_region") == region
            return parse_address(str(address)).street if is_present else ""
    return ""


RE_04 = Rule(
    id="RE-04",
    version=1,
    kind="SERVICE",
    severity="S4",
    grace_days=30,
    subject="resident",
    acts="MCA_OR_HRSS_CASELOAD",
    cc=(),
    scope="CITY",
    needs=frozenset({"psb.residence_changed", "hmd.private_lease_filed", "hmd.public_rental_leased"}),
    title=Words("人户分离-服务地址待更新", "Hukou address differs from actual home"),
    todo=Words(
        "请按实际居住街道安排探访和通知，并请本人确认；仅显示街道级代码。",
        "Route visits and notices to the actual street; ask the person to confirm. Only street-level code is shown.",
    ),
    basis="社会救助法 Art.37 (application place), Art.39 (active discovery); seed 001 北京(十四) 人户分离",
    show=("street_level_actual_region_code",),
    find=home_elsewhere_in_city,
    default_on=False,
    policy_keys=("RE-04.days_elsewhere",),
)


# --- RE-05 ------------------------------------------------------------------------------------------------------------


def registration_without_dwelling(scene: Scene) -> Iterator[Finding]:
    """A residence registration is in force, and there is no record in this city's data of the one dwelling it is at:
    none fits the address, several do, or the dwelling was demolished or merged.

    有效居住登记的地址在本市数据中无法对应到唯一的现存房屋：查无此房、对应多处，或房屋已拆除、已合并。
    """
    for registration in registrations_of(scene.person):
        named = registration.unit
        candidates = (
            _successors(scene.person, named[0]) if named is not None else _candidates(scene.person, registration)
        )
        if candidates is not None:
            yield Finding(
                key=(registration.number,),
                evidence=(registration.newest,),
                show={"address_text": registration.address, "candidate_unit_codes": candidates},
            )


def _successors(person: Person, unit: str) -> list[str] | None:
    """The dwellings that follow one that is gone; None where nothing says that it is."""
    changes = changes_of(unit, person.unit_acts(unit))
    if not is_gone(changes):
        return None
    return sorted(map(str, changes[-1].facts.get("new_unit_codes", ())))


def _candidates(person: Person, registration: Registration) -> list[str] | None:
    """The dwellings an address may mean; None where it means exactly one, or is no address of a dwelling at all."""
    written = parse_address(registration.address)
    if registration.place is None or not written.room:
        return None  # a farmhouse, a shed: no dwelling of the house file
    codes = sorted(resolve(person, registration).values())
    return None if len(codes) == 1 else codes


RE_05 = Rule(
    id="RE-05",
    version=1,
    kind="CORRECTION",
    severity="S4",
    grace_days=14,
    subject="resident",
    acts="PSB",
    cc=("HMD",),
    scope="CITY",
    needs=frozenset({"psb.residence_changed"}),
    title=Words("人房对应-地址无法落到房屋", "Registered address has no housing unit"),
    todo=Words(
        "请选定正确的房屋单元，或将别名补入地址对照表；房管补录缺失的房屋。",
        "Pick the right unit or add the alias to the address table; housing adds missing unit.",
    ),
    basis="GB/T 37346-2019; seed 001 昔阳18(3) 人房对应 (only the person-unit part is adopted)",
    show=("address_text", "candidate_unit_codes"),
    find=registration_without_dwelling,
)

RULES: tuple[Rule, ...] = (RE_01, RE_02, RE_04, RE_05)
