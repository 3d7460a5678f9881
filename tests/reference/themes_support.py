"""Plots about what people get, do not get, or get twice: EN and EC rules.

Sometimes the rule finds something, sometimes something small keeps it silent.
"""

from __future__ import annotations

from tests.builders import person, ric
from tests.reference.cast import CHEN, FAMILY, LI, OLD, WANG, ZHANG, ZHAO, died, month, settle
from tests.reference.plot import ELSEWHERE, UNITS, Plot

# --- support ----------------------------------------------------------------------------------------------------------


def old_and_unpaid(p: Plot) -> None:
    """EN-01 and EN-05."""
    who = p.pick(WANG, LI, person(ric("19660110", 3), "周桂英"), OLD, person(ric("19460905", 4), "孙秀兰"))
    settle(p, who)
    for _ in range(p.random.randrange(3)):
        on = p.day(0, 390)
        match p.random.randrange(4):
            case 0:
                p.say("hrss.pension_granted", who, on, first_month=month(on, p.pick(0, 0, 3)))
            case 1:
                p.say("hrss.contribution_status_changed", who, on, to_month=month(on, p.pick(0, 2, 14)))
            case 2:
                p.say("mca.allowance_changed", who, on, action=p.pick("START", "STOP", "SUSPEND"))
            case 3:
                p.say("psb.migrated_out", who, on, to_region=p.pick(ELSEWHERE, "429802", None))
    if p.chance(0.1):
        died(p, who, p.day(200, 390))


def newborn(p: Plot) -> None:
    born = p.day(390, 560) if p.chance(0.8) else p.day(200, 390)
    child = person(ric(born.replace("-", ""), p.pick(3, 4)), "周小宝")
    certificate = p.pick(None, None, "Q420000123")
    known = {**child, "id_type": "BIRTH_CERT", "id_no": certificate} if certificate and p.chance(0.8) else child
    p.say("psb.birth_registered", child, p.after(born, 0, 40), mother=CHEN, birth_cert_no=certificate,
          hukou_region=p.pick("429801", "429801", "429802", ELSEWHERE))  # fmt: skip
    if p.chance(0.35):
        on = p.after(born, 10, 120)
        p.say(
            "hrss.medical_coverage_changed",
            p.pick(child, known),
            on,
            year=int(on[:4]),
            status=p.pick("ACTIVE", "ACTIVE", "ENDED"),
        )
    if p.chance(0.15):
        died(p, child, p.after(born, 1, 90))
    if p.chance(0.1):
        p.say(
            "psb.item_corrected",
            child,
            p.after(born, 20, 90),
            item="BIRTH_DATE",
            old_value=born,
            new_value=p.after(born, -9, 9),
        )


def aid_without_cover(p: Plot) -> None:
    members = list(FAMILY[: p.random.randint(1, 3)])
    p.aid(members[0], members, p.day(0, 390), aid_class=p.pick("DB", "TK_HOME", "TK_CENTRAL", "GX", "LS"))
    for member in members:
        if p.chance(0.5):
            p.say("hrss.medical_coverage_changed", member, p.day(100, 390), status=p.pick("ACTIVE", "ACTIVE", "ENDED"))
    if p.chance(0.2):
        p.say("mca.aid_changed", members[0], p.day(200, 390), action=p.pick("REMOVE_MEMBER", "ADD_MEMBER"), member=LI)
    if p.chance(0.1):
        died(p, p.pick(*members), p.day(200, 390))


def aid_without_home(p: Plot) -> None:
    members = list(FAMILY[: p.random.randint(1, 3)])
    who = p.pick(*members)
    p.aid(members[0], members, p.day(0, 300), aid_class=p.pick("DB", "TK_HOME", "DBBY", "GX", "LS"))
    for _ in range(p.random.randrange(3)):
        on = p.day(0, 390)
        match p.random.randrange(4):
            case 0:
                p.say("hmd.ownership_changed", who, on, action=p.pick("FIRST", "TRANSFER_OUT", "TRANSFER_IN"),
                      floor_area=p.pick("90.00", "10.00", None), share_denominator=p.pick(1, 1, 20),
                      use=p.pick("RESIDENTIAL", "RESIDENTIAL", "OTHER"))  # fmt: skip
            case 1:
                p.rental(who, [who], on, end_date=p.pick("2027-12-31", "2026-08-31"))
            case 2:
                p.say("hmd.public_rental_qualified", who, on, result=p.pick("APPROVED", "REJECTED", "EXPIRED"),
                      valid_until=p.pick(None, "2026-06-30", "2027-06-30"))  # fmt: skip
            case 3:
                p.say("hmd.rent_subsidy_changed", who, on, to_month=p.pick(None, None, "202607", "202707"),
                      action=p.pick("START", "START", "STOP"))  # fmt: skip
    for member in members:
        p.say("hrss.medical_coverage_changed", member, p.day(100, 390))
    if p.chance(0.15):
        p.say("mca.aid_changed", members[0], p.day(300, 390), action=p.pick("TERMINATE", "SUSPEND"))


def grant_not_claimed(p: Plot) -> None:
    who = p.pick(WANG, ZHANG)
    match p.random.randrange(3):
        case 0:
            p.say("hrss.pension_granted", who, p.day(0, 200), pension_type=p.pick("EMP", "GOV", "RES"))
        case 1:
            p.say(
                "hrss.insured_enrolled", who, p.day(0, 200), scheme=p.pick("PENSION_EMP", "PENSION_GOV", "PENSION_RES")
            )
        case 2:
            p.say("hrss.insured_enrolled", who, p.day(0, 200), scheme=p.pick("UNEMP", "PENSION_EMP"))
    on = p.day(200, 390)
    died(p, who, on)
    if p.chance(0.4):
        p.say("hrss.insured_enrolled", who, p.after(on, -70, 40), action="TERMINATE")
    if p.chance(0.3):
        p.say("hrss.survivor_grant_paid", p.pick(who, who, LI), p.after(on, 5, 150), claimant=p.pick(CHEN, who))
    if p.chance(0.3):
        p.say("hrss.pension_status_changed", who, p.after(on, -60, 60))


def jobless_on_aid(p: Plot) -> None:
    who = p.pick(ZHANG, CHEN, person(ric("19670201", 3), "周大勇"), person(ric("20101001", 5), "周小勇"))
    p.aid(ZHANG, [ZHANG] if who is ZHANG else [ZHANG, who], p.day(0, 300), able=p.chance(0.85),
          aid_class=p.pick("DB", "DBBY", "GX", "TK_HOME"))  # fmt: skip
    for _ in range(p.random.randrange(3)):
        on = p.day(0, 390)
        if p.chance(0.6):
            start = p.pick("EMPLOYED", "FLEXIBLE", "PUBLIC_POST", "UNEMPLOYED")
            kinds = ("UNEMPLOYED_REGISTERED", "JOBSEEKER_CLOSED") if start == "UNEMPLOYED" else (
                f"{start}_START", f"{start}_END")  # fmt: skip
            job = p.say(
                "hrss.employment_changed", who, on, kind=kinds[0], end_date=p.pick(None, None, p.after(on, 30, 90))
            )
            if p.chance(0.25):
                p.again(job, "UPDATE", kind=kinds[1])
            elif p.chance(0.25):
                p.say("hrss.employment_changed", who, p.after(on, 10, 150), kind=kinds[1])
        else:
            p.say("hrss.insured_enrolled", who, on, scheme=p.pick("PENSION_EMP", "UNEMP", "MED_EMP"),
                  action=p.pick("ENROL", "ENROL", "SUSPEND"))  # fmt: skip
    if p.chance(0.1):
        p.say("mca.aid_changed", ZHANG, p.day(300, 390), action="REMOVE_MEMBER", member=who)


# --- conflict ---------------------------------------------------------------------------------------------------------


def tenant_bought(p: Plot) -> None:
    on = p.day(0, 200)
    members = [ZHANG, *p.pick([], [CHEN], [CHEN, LI])]
    p.rental(ZHANG, members, on, end_date=p.pick("2027-12-31", "2027-12-31", "2026-10-31"))
    buyer = p.pick(*members, *members, ZHAO)
    if (buyer is ZHAO and p.chance(0.8)) or p.chance(0.1):
        p.say("mca.marriage_registered", ZHANG, p.day(0, 200), spouse=ZHAO)
    p.say(
        "hmd.ownership_changed",
        buyer,
        p.after(on, -30, 190),
        unit_code=UNITS[1],
        action=p.pick("FIRST", "TRANSFER_IN"),
        share_denominator=p.pick(1, 1, 2, 30),
        use=p.pick("RESIDENTIAL", "RESIDENTIAL", "RESIDENTIAL", "COMMERCIAL"),
    )
    if p.chance(0.2):
        p.say(
            "hmd.ownership_changed", buyer, p.day(200, 390), unit_code=UNITS[1], action=p.pick("TRANSFER_OUT", "CANCEL")
        )
    if p.chance(0.2):
        p.say(
            "hmd.public_rental_qualified",
            p.pick(*members),
            p.day(0, 390),
            result=p.pick("APPROVED", "APPROVED", "REJECTED"),
        )
    if p.chance(0.2):
        p.say("hmd.public_rental_ended", ZHANG, p.day(200, 390))


def aided_owner(p: Plot) -> None:
    members = list(FAMILY[: p.random.randint(1, 3)])
    p.aid(members[0], members, p.day(0, 200), aid_class=p.pick("DB", "TK_HOME", "LS"),
          consent_until=p.pick(None, None, None, "2026-09-30", "2027-09-30"))  # fmt: skip
    for unit in UNITS[: p.pick(1, 2, 2, 3)]:
        p.say(
            "hmd.ownership_changed",
            p.pick(*members),
            p.day(0, 390),
            unit_code=unit,
            action=p.pick("FIRST", "TRANSFER_IN"),
            use=p.pick("RESIDENTIAL", "RESIDENTIAL", "RESIDENTIAL", "COMMERCIAL"),
        )
    if p.chance(0.2):
        p.say("hmd.ownership_changed", members[0], p.day(200, 390), unit_code=UNITS[1], action="TRANSFER_OUT")
    if p.chance(0.2):
        p.say("mca.aid_changed", members[0], p.day(200, 390), action=p.pick("ADJUST", "SUSPEND", "REMOVE_MEMBER"),
              reason_code=p.pick("REVIEW", "PROPERTY", "OTHER"), member=members[-1])  # fmt: skip
    if p.chance(0.2):
        on = p.day(200, 390)
        p.aid(members[0], members, on, last_review_date=p.pick(None, on, p.after(on, -60, -1)))


def aided_worker(p: Plot) -> None:
    members = list(FAMILY[: p.random.randint(1, 2)])
    who = p.pick(*members)
    p.aid(members[0], members, p.day(0, 200), aid_class=p.pick("DB", "GX", "LS"),
          consent_until=p.pick(None, None, None, "2026-09-30", "2027-09-30"))  # fmt: skip
    for _ in range(p.random.randint(1, 3)):
        on = p.day(60, 300)
        p.say("hrss.contribution_status_changed", who, p.after(on, 60, 120), from_month=month(on),
              to_month=month(on, p.pick(0, 1, 2, 3, 5)), status=p.pick("PAID", "PAID", "BACKDATED", "ARREARS"),
              scheme=p.pick("PENSION_EMP", "PENSION_EMP", "UNEMP", "PENSION_RES"))  # fmt: skip
    if p.chance(0.15):
        p.say("hrss.employment_changed", who, p.day(0, 300), kind="PUBLIC_POST_START")
    if p.chance(0.2):
        p.say("mca.aid_changed", members[0], p.day(200, 390), action=p.pick("ADJUST", "RESUME"),
              reason_code=p.pick("REVIEW", "INCOME"))  # fmt: skip


def benefit_and_more(p: Plot) -> None:
    on = p.day(0, 250)
    p.say("hrss.unemployment_benefit_changed", ZHANG, on, to_month=p.pick(None, None, month(on, 3), month(on, 12)))
    for _ in range(p.pick(1, 1, 2)):
        what = p.after(on, -30, 190)
        match p.random.randrange(3):
            case 0:
                p.say(
                    "hrss.contribution_status_changed",
                    ZHANG,
                    what,
                    to_month=month(what, p.pick(0, 1, 3)),
                    status=p.pick("PAID", "PAID", "BACKDATED"),
                    scheme=p.pick("PENSION_EMP", "UNEMP", "MED_RES"),
                )
            case 1:
                p.say("hrss.pension_granted", ZHANG, what, first_month=month(what, p.pick(0, 0, 2)))
            case 2:
                died(p, ZHANG, what)
    if p.chance(0.3):
        stops = p.day(200, 390)
        p.say("hrss.unemployment_benefit_changed", ZHANG, stops, action=p.pick("STOP", "STOP", "SUSPEND"),
              from_month=p.pick(month(on), month(stops)))  # fmt: skip


def two_pensions(p: Plot) -> None:
    for kind in ("EMP", "RES"):
        p.say("hrss.pension_granted", WANG, p.day(0, 390), pension_type=kind)
    if p.chance(0.4):
        p.say("hrss.pension_status_changed", WANG, p.day(200, 390), pension_type=p.pick("EMP", "RES"),
              status=p.pick("STOPPED", "SUSPENDED", "SETTLED"))  # fmt: skip


def housed_twice(p: Plot) -> None:
    on, other = p.day(0, 250), p.pick(ZHANG, ZHANG, CHEN, LI)
    p.rental(
        ZHANG,
        [ZHANG, CHEN] if p.chance(0.5) else [ZHANG],
        on,
        lease_no="P-1",
        end_date=p.pick("2027-12-31", "2026-05-15"),
    )
    if p.chance(0.5):
        p.rental(other, [other], p.after(on, 10, 300), lease_no="P-2", unit_code=UNITS[1])
    if p.chance(0.6):
        start = p.after(on, -60, 200)
        p.say("hmd.rent_subsidy_changed", other, start, to_month=p.pick(None, None, month(start), month(start, 4)))
        if p.chance(0.25):
            p.say("hmd.rent_subsidy_changed", other, p.after(start, 30, 150), action="STOP")
    if p.chance(0.3):
        p.say("mca.marriage_registered", ZHANG, p.day(0, 200), spouse=p.pick(CHEN, LI))
    if p.chance(0.3):
        p.say("hmd.public_rental_ended", ZHANG, p.after(on, 30, 300), lease_no=p.pick("P-1", "P-1", "P-2"))
