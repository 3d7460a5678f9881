"""Plots about who people are, where they live, and their families: ID, RE and LE rules.

Sometimes the rule finds something, sometimes something small keeps it silent.
"""

from __future__ import annotations

from tests.builders import person, ric
from tests.reference.cast import CHEN, LI, NEW_NUMBERS, OLD, WANG, ZHANG, ZHAO, died, later, settle
from tests.reference.plot import ADDRESS, ELSEWHERE, OTHER_STREET, UNITS, Person, Plot

# --- identity ---------------------------------------------------------------------------------------------------------


def carelessly_written(p: Plot) -> None:
    """ID-01, ID-02, ID-05, ID-06."""
    who = p.pick(ZHANG, WANG)
    if p.chance(0.8):
        p.say("psb.migrated_in", who, p.day(0, 300))
    for _ in range(p.pick(1, 2)):
        number = p.pick(who["id_no"], who["id_no"], who["id_no"][:-1] + "X", who["id_no"][:6] + who["id_no"][8:17])
        name = p.pick(who["name"], "张堃", "张□", "欧阳晓晓", "王偉", "张 坤")
        wrong = p.pick({}, {"sex": "2"}, {"birth_date": "1988-05-21"}, {"birth_date": None, "sex": None})
        file = p.say("hrss.pension_granted", {**who, "id_no": number, "name": name, **wrong}, p.day(0, 390))
        if p.chance(0.2):
            p.again(file, p.pick("CORRECT", "UPDATE"), who=who)
    if p.chance(0.2):
        p.say("psb.item_corrected", who, p.day(100, 390), item="NAME", old_value="张堃", new_value=who["name"])


def one_person_two_numbers(p: Plot) -> None:
    born = p.pick("19880512", "19900101")
    one, name = person(ric(born, 5), "张坤"), p.pick("张坤", "张坤", "张堃", "張坤")
    other = person(ric(p.pick(born, born, born, "19880513"), p.pick(7, 15, 6)), name)
    if p.chance(0.35):  # the same file moves from one number to the next
        event = p.say("hrss.insured_enrolled", one, p.day(0, 200))
        near = p.pick(ric(born, 15), ric("19880521", 5), ric(born[:4] + "0721", 5), ric("19710305", 77), ric(born, 50))
        p.again(event, p.pick("UPDATE", "UPDATE", "CORRECT"), who={**one, "id_no": near, "birth_date": None})
    else:
        kind = p.pick("household", "household", "parent")
        numbers = ("HK-1", p.pick("HK-1", "HK-1", "HK-2")) if kind == "household" else ("HK-1", p.pick("HK-1", "HK-3"))
        for who, number in zip((one, other), numbers, strict=True):
            if kind == "household":
                p.say("psb.migrated_in", who, p.day(0, 200), household_no=number)
            else:
                mother = p.pick(LI, LI, ZHAO)
                p.say("psb.birth_registered", who, p.day(0, 200), household_no=number, mother=mother, father=WANG)
        if p.chance(0.2):
            p.say("psb.household_restructured", other, p.day(200, 380),
                  members=[{"person": other, "relation": "02"}], to_household_no=p.pick("HK-2", "HK-1"))  # fmt: skip
    if p.chance(0.2):
        p.renumbered(one, other["id_no"], p.day(200, 390))
    if p.chance(0.15):
        died(p, one, p.day(200, 390))


def retired_number(p: Plot) -> None:
    who, on = WANG, p.day(100, 300)
    settle(p, who)
    files = (
        lambda w, d: p.say("hrss.pension_granted", w, d),
        lambda w, d: p.say("mca.allowance_changed", w, d, action=p.pick("START", "STOP")),
        lambda w, d: p.say("hrss.insured_enrolled", w, d, action=p.pick("ENROL", "TERMINATE")),
        lambda w, d: p.aid(w, [w], d),
        lambda w, d: p.lease(w, ZHAO, d, end_date=p.pick("2027-01-01", "2026-03-01")),
        lambda w, d: p.rental(w, [w], d),
        lambda w, d: p.say("hmd.ownership_changed", w, d),
        lambda w, d: p.say("mca.marriage_registered", w, d, spouse=LI),
        lambda w, d: p.say("hrss.eligibility_verified", w, d),
        lambda w, d: p.say("hrss.unemployment_benefit_changed", w, d),
    )
    for file in p.random.sample(files, p.random.randint(1, 3)):
        event = file(who, p.day(0, 390))
        if p.chance(0.3):
            p.again(event, p.pick("UPDATE", "CORRECT"), who={**who, "id_no": NEW_NUMBERS[0]})
    if p.chance(0.2):
        p.say("hrss.pension_status_changed", who, p.day(200, 390))
    if p.chance(0.2):
        p.say("mca.aid_changed", who, p.day(200, 390), action=p.pick("TERMINATE", "SUSPEND"))
    p.renumbered(who, NEW_NUMBERS[0], on)
    if p.chance(0.1):
        p.renumbered({**who, "id_no": NEW_NUMBERS[0]}, NEW_NUMBERS[2], p.day(200, 390))


# --- residence --------------------------------------------------------------------------------------------------------


def _outsider(p: Plot, who: Person) -> None:
    if p.chance(0.9):
        p.say("psb.migrated_in", who, p.day(0, 30), hukou_region=p.pick(ELSEWHERE, ELSEWHERE, ELSEWHERE, "429802"))


def tenant_unregistered(p: Plot) -> None:
    _outsider(p, ZHANG)
    on = p.day(480, 570) if p.chance(0.85) else p.day(60, 480)
    with_them = p.pick([], [CHEN], [ZHANG])
    until = p.pick("2027-06-30", "2027-06-30", "2027-06-30", p.after(on, 20, 60))
    p.lease(p.pick(ZHANG, ZHANG, ZHANG, CHEN), ZHAO, on, occupants=with_them, end_date=until)
    if p.chance(0.1):
        p.unit(p.day(0, 390), use=p.pick("RESIDENTIAL", "COMMERCIAL", "DORMITORY"))
    if p.chance(0.3):
        p.say("psb.residence_changed", ZHANG, p.day(300, 560), action=p.pick("REGISTER", "REGISTER", "CANCEL"))
    if p.chance(0.2):
        p.say("hmd.private_lease_ended", ZHANG, p.day(480, 560), action=p.pick("TERMINATE", "CHANGE_OCCUPANTS"))


def registration_left_open(p: Plot) -> None:
    on = p.day(0, 150)
    _outsider(p, ZHANG)
    registered = p.say("psb.residence_changed", ZHANG, on, unit_code=p.pick(UNITS[0], UNITS[0], UNITS[1], None))
    if p.chance(0.3):
        p.unit(p.day(0, 390), standard_address=p.pick(ADDRESS, ADDRESS.replace("2单元", ""), OTHER_STREET))
    if p.chance(0.75):
        p.lease(ZHANG, ZHAO, on, end_date=p.after(on, 60, 300))
    else:
        p.rental(ZHANG, [ZHANG], on, end_date="2027-12-31")
        p.say("hmd.public_rental_ended", ZHANG, p.after(on, 60, 300))
    if p.chance(0.3):
        p.say(
            "hmd.private_lease_ended",
            ZHANG,
            p.day(150, 390),
            action=p.pick("TERMINATE", "TERMINATE", "EXTEND"),
            new_end_date=p.pick("2026-06-30", "2027-06-30"),
        )
    if p.chance(0.2):
        p.lease(p.pick(ZHANG, ZHANG, CHEN), ZHAO, p.day(200, 400), lease_no="L-2", unit_code=p.pick(*UNITS[:2]))
    if p.chance(0.15):
        p.say("hmd.ownership_changed", ZHANG, p.day(0, 390))
    if p.chance(0.3):
        _married_into(p, ZHANG, CHEN)
    if p.chance(0.25):
        action, renewed = p.pick("RENEW", "CANCEL", "MOVE"), p.day(200, 470)
        unit = UNITS[1] if action == "MOVE" else UNITS[0]
        start = registered["payload"]["start_date"]
        p.say("psb.residence_changed", ZHANG, renewed, action=action, unit_code=unit, start_date=start)


def _married_into(p: Plot, who: Person, spouse: Person) -> None:
    """Somebody whose spouse owns or rents the dwelling, or one beside it."""
    p.say("mca.marriage_registered", who, p.day(0, 300), spouse=spouse)
    unit = p.pick(UNITS[0], UNITS[0], UNITS[1])
    if p.chance(0.5):
        p.say("hmd.ownership_changed", spouse, p.day(0, 390), unit_code=unit)
        if p.chance(0.2):
            p.say("hmd.ownership_changed", spouse, p.day(200, 390), unit_code=unit, action="TRANSFER_OUT")
    else:
        p.rental(spouse, [spouse], p.day(0, 390), unit_code=unit, end_date=p.pick("2027-12-31", "2026-09-30"))
    if p.chance(0.25):
        p.say("mca.marriage_ended", who, p.day(200, 390), spouse=spouse)


def permit_runs_out(p: Plot) -> None:
    _outsider(p, CHEN)
    on = p.day(0, 300)
    until = p.day(300, 560) if p.chance(0.4) else p.day(560, 640)
    p.say("psb.permit_changed", CHEN, on, valid_until=until)
    if p.chance(0.3):
        action = p.pick("ENDORSE", "CANCEL", "SUSPEND", "RESUME")
        longer = later(until, 12) if action == "ENDORSE" else until
        p.say("psb.permit_changed", CHEN, p.day(300, 560), action=action, valid_until=longer)
    if p.chance(0.15):
        p.say("psb.migrated_in", CHEN, p.day(300, 560))
    if p.chance(0.1):
        died(p, CHEN, p.day(300, 560))


def lives_elsewhere(p: Plot) -> None:
    who = p.pick(WANG, OLD)
    here = ("429801", ADDRESS)
    region, address = p.pick(
        here, here, ("429802", "示例市城东区学院街道东山大道12号"), (ELSEWHERE, "西陵区东山大道12号")
    )
    p.say("psb.migrated_in", who, p.day(0, 60), hukou_region=region, hukou_address=address)
    on = p.day(60, 420)
    match p.random.randrange(3):
        case 0:
            p.say("psb.residence_changed", who, on, address=p.pick(OTHER_STREET, ADDRESS), hukou_region="429801",
                  unit_code=p.pick(UNITS[0], UNITS[0], UNITS[0], None))  # fmt: skip
        case 1:
            p.lease(who, ZHAO, on, address_text=p.pick(OTHER_STREET, OTHER_STREET, ADDRESS))
        case 2:
            p.rental(who, [who], on)
            p.unit(p.day(0, 60), standard_address=p.pick(OTHER_STREET, ADDRESS))
    if p.chance(0.15):
        p.say("psb.item_corrected", who, p.day(60, 390), item="ADDRESS", old_value=ADDRESS, new_value=OTHER_STREET)
    for _ in range(p.pick(1, 1, 2)):
        match p.random.randrange(4):
            case 0:
                p.say("hrss.pension_granted", who, p.day(0, 390))
            case 1:
                p.say("mca.allowance_changed", who, p.day(0, 390), action=p.pick("START", "START", "STOP"))
            case 2:
                p.aid(who, [who], p.day(0, 390))
            case 3:
                p.say("mca.eldercare_changed", who, p.day(0, 390), action=p.pick("ADMIT", "DISCHARGE"))
    if p.chance(0.1):
        p.say("hrss.pension_status_changed", who, p.day(200, 390), status=p.pick("STOPPED", "SUSPENDED"))


def address_without_dwelling(p: Plot) -> None:
    estate = "示例市城中区学院街道桃花苑"
    said = p.pick(f"{estate}3栋2单元501室", f"{estate}3栋501室", f"{estate}3栋2单元501室", f"{estate}", "马祖村5组")
    given = UNITS[0] if p.chance(0.35) else None
    for unit in UNITS[: p.random.randrange(4)]:
        where = p.pick(
            f"{estate}3栋2单元501室", f"{estate}3栋1单元501室", f"{estate}3栋501室", f"{estate}5栋1单元101室"
        )
        p.unit(p.day(0, 300), unit_code=unit, standard_address=where)
        if p.chance(0.35):
            action = p.pick("DEMOLISH", "MERGE", "RENAME_ADDRESS")
            onto = [UNITS[2]] if action == "MERGE" else None
            p.unit(p.day(200, 390), unit_code=unit, action=action, new_unit_codes=onto,
                   standard_address=p.pick(where, said))  # fmt: skip
    p.say("psb.residence_changed", ZHANG, p.day(0, 390), address=said, unit_code=given)
    if p.chance(0.25):
        p.say("psb.residence_changed", ZHANG, p.day(100, 390), action=p.pick("RENEW", "CANCEL"), address=said,
              unit_code=given)  # fmt: skip


def permit_not_asked_for(p: Plot) -> None:
    if p.chance(0.5):
        _outsider(p, ZHANG)
    on = p.day(0, 390)
    p.say("psb.residence_changed", ZHANG, on, hukou_region=p.pick(ELSEWHERE, ELSEWHERE, "429802"))
    match p.random.randrange(4):
        case 0:
            p.say("hrss.insured_enrolled", ZHANG, p.day(0, 390), scheme=p.pick("PENSION_EMP", "UNEMP", "PENSION_RES"),
                  action=p.pick("ENROL", "ENROL", "TERMINATE"))  # fmt: skip
        case 1:
            p.lease(ZHANG, ZHAO, p.day(0, 390), end_date=p.pick("2027-06-30", "2026-06-30"))
        case 2:
            p.say("hmd.ownership_changed", ZHANG, p.day(0, 390), use=p.pick("RESIDENTIAL", "RESIDENTIAL", "COMMERCIAL"))
        case 3:
            job = p.say("hrss.employment_changed", ZHANG, p.day(0, 390))
            if p.chance(0.3):
                p.again(job, "UPDATE", kind="EMPLOYED_END")
    if p.chance(0.25):
        p.say("psb.permit_changed", ZHANG, p.day(100, 390), action=p.pick("ISSUE", "CANCEL"))
    if p.chance(0.15):
        p.say("psb.residence_changed", ZHANG, p.day(300, 470), action=p.pick("CANCEL", "RENEW"), start_date=on)


# --- life -------------------------------------------------------------------------------------------------------------


def dead_on_the_books(p: Plot) -> None:
    """LE-01 to LE-04, EN-06, EC-04 by death."""
    who = p.pick(WANG, OLD)
    settle(p, who)
    kind = p.pick("EMP", "EMP", "GOV", "RES")
    p.say("hrss.pension_granted", who, p.day(0, 200), pension_type=kind)
    for _ in range(p.random.randrange(3)):
        match p.random.randrange(4):
            case 0:
                p.aid(who, [who], p.day(0, 200))
            case 1:
                p.say("mca.allowance_changed", who, p.day(0, 200))
            case 2:
                p.say("mca.eldercare_changed", who, p.day(0, 200))
            case 3:
                p.rental(who, [who], p.day(0, 200))
    on = p.day(200, 390)
    for _ in range(p.pick(1, 1, 2)):
        died(p, who, on)
    if p.chance(0.3):
        p.say("hrss.pension_status_changed", who, p.after(on, 1, 60), pension_type=kind)
    if p.chance(0.3):
        p.say("hrss.survivor_grant_paid", who, p.after(on, 10, 90), claimant=LI)
    if p.chance(0.25):
        p.say("hrss.eligibility_verified", who, p.after(on, -5, 90))


def marriage_and_household(p: Plot) -> None:
    """LE-05 and LE-06."""
    on = p.day(0, 200)
    p.say("mca.marriage_registered", ZHANG, on, spouse=CHEN)
    for _ in range(p.pick(0, 1, 1)):
        p.say("psb.item_corrected", ZHANG, p.day(0, 390), new_value=p.pick("10", "20", "21", "30", "40", "90"))
    if p.chance(0.4):
        kind = p.pick("DIVORCE_REGISTERED", "DIVORCE_COURT", "ANNULLED", "VOID")
        p.say("mca.marriage_ended", p.pick(ZHANG, CHEN), p.after(on, 10, 200), kind=kind, spouse=p.pick(CHEN, ZHANG))
    if p.chance(0.25):
        died(p, CHEN, p.after(on, 10, 200))
    if p.chance(0.5):
        p.say("mca.marriage_registered", ZHANG, p.after(on, 20, 220), spouse=LI, certificate_no="J-2")
        if p.chance(0.3):
            p.say("mca.marriage_ended", ZHANG, p.day(200, 390), kind=p.pick("DIVORCE_REGISTERED", "VOID"),
                  prior_certificate_no="J-2", spouse=LI)  # fmt: skip


def adopted(p: Plot) -> None:
    child = person(ric("20200601", 7), "周小宝")
    on = p.day(100, 390)
    if p.chance(0.4):
        p.say("psb.birth_registered", child, p.day(0, 100), mother=CHEN)
    event = p.say("mca.adoption_changed", child, on, adopter=[ZHANG, CHEN])
    if p.chance(0.25):
        p.say("psb.migrated_in", child, p.after(on, -60, 90))
    elif p.chance(0.25):
        p.say("psb.household_restructured", ZHANG, p.after(on, -60, 90),
              members=[{"person": p.pick(child, ZHANG), "relation": "20"}])  # fmt: skip
    elif p.chance(0.25):
        item = p.pick("RELATION", "RELATION", "MARITAL")
        p.say("psb.item_corrected", child, p.after(on, -60, 90), item=item, old_value="97", new_value="20")
    if p.chance(0.2):
        p.again(event, "UPDATE", action="DISSOLVE")
    if p.chance(0.1):
        died(p, child, p.after(on, 1, 60))
