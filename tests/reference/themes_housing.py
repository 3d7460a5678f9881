"""Plots about letting dwellings and about moving away: HO and XJ rules.

Sometimes the rule finds something, sometimes something small keeps it silent.
"""

from __future__ import annotations

from tests.reference.cast import CHEN, LI, OLD, WANG, ZHANG, ZHAO, died, settle
from tests.reference.plot import ADDRESS, ELSEWHERE, OTHER_STREET, UNITS, Plot

# --- housing ----------------------------------------------------------------------------------------------------------


def let_twice(p: Plot) -> None:
    on = p.day(0, 300)
    p.lease(ZHANG, ZHAO, on, end_date=p.after(on, 100, 700))
    second = p.after(on, -20, 200)
    p.lease(CHEN, p.pick(ZHAO, ZHANG), second, lease_no="L-2", scope=p.pick("WHOLE", "WHOLE", "ROOM", "BED"),
            lessor_right=p.pick("OWNER", "SUBLET"), end_date=p.after(second, 5, 700))  # fmt: skip
    if p.chance(0.3):
        p.say("hmd.private_lease_ended", ZHANG, p.after(second, -10, 60))


def crowded(p: Plot) -> None:
    people = [ZHANG, CHEN, LI, WANG, OLD, ZHAO]
    p.random.shuffle(people)
    on = p.day(0, 300)
    count = p.random.randint(2, 5)
    p.unit(p.day(0, 300), rooms=p.pick(1, 1, 2, None), floor_area=p.pick("90.00", "12.00", None),
           use=p.pick("RESIDENTIAL", "RESIDENTIAL", "RESIDENTIAL", "DORMITORY"))  # fmt: skip
    p.lease(people[0], None, on, occupants=people[1:count], lessor_org="91429801MA0000015H",
            end_date=p.pick("2027-06-30", "2027-06-30", "2026-09-30"))  # fmt: skip
    for n, who in enumerate(people[: p.random.randrange(6)]):
        p.say("psb.residence_changed", who, p.day(0, 390), registration_no=f"RR-{n}", unit_code=UNITS[0],
              action=p.pick("REGISTER", "REGISTER", "REGISTER", "CANCEL"))  # fmt: skip
    if p.chance(0.25):
        p.say("hmd.private_lease_ended", people[0], p.day(200, 390))


def not_theirs_to_let(p: Plot) -> None:
    on, right = p.day(0, 390), p.pick("OWNER", "OWNER", "SUBLET", "ENTRUSTED", "OTHER", None)
    lessor = p.pick(ZHAO, ZHAO, LI, None)
    p.lease(
        ZHANG,
        lessor,
        on,
        lessor_right=right,
        lessor_org=None if lessor else "91429801MA0000015H",
        unit_code=p.pick(UNITS[0], None),
        address_text=p.pick(ADDRESS, ADDRESS, ADDRESS.replace("2单元", ""), "示例市城中区东山大道12号"),
        end_date=p.pick("2027-06-30", "2026-09-30"),
    )
    if p.chance(0.6):
        p.unit(p.day(0, 200), standard_address=p.pick(ADDRESS, ADDRESS.replace("2单元", ""), OTHER_STREET))
    if p.chance(0.2):
        p.unit(p.day(0, 300), unit_code=p.pick(*UNITS), standard_address=p.pick(ADDRESS, OTHER_STREET),
               action=p.pick("CREATE", "RENAME_ADDRESS", "DEMOLISH"))  # fmt: skip
    if p.chance(0.85):
        p.say("hmd.ownership_changed", p.pick(ZHAO, LI, WANG), p.day(0, 390), action=p.pick("FIRST", "TRANSFER_IN"))
    if p.chance(0.3):
        p.say("hmd.ownership_changed", p.pick(ZHAO, WANG), p.day(0, 390),
              action=p.pick("TRANSFER_OUT", "CANCEL", "SHARE_CHANGE"), share_denominator=2)  # fmt: skip
    if right == "SUBLET" and p.chance(0.6):
        p.lease(
            p.pick(LI, ZHAO), WANG, p.after(on, -60, 60), lease_no="L-2", end_date=p.pick("2027-06-30", "2026-10-31"),
            unit_code=p.pick(UNITS[0], None)
        )  # fmt: skip


def let_by_the_dead(p: Plot) -> None:
    """HO-04: by the dead, to the dead, of what is gone, of what was sold."""
    on = p.day(100, 300)
    p.lease(ZHANG, LI, on, end_date=p.pick("2027-06-30", "2027-06-30", "2026-09-30"))
    match p.random.randrange(3):
        case 0:
            died(p, p.pick(ZHANG, LI), p.after(on, -60, 30))
        case 1:
            p.unit(p.day(0, 100))
            p.unit(p.after(on, -60, 90), action=p.pick("DEMOLISH", "DEMOLISH", "RENAME_ADDRESS"))
        case 2:
            p.say("hmd.ownership_changed", LI, p.day(0, 50))
            p.say("hmd.ownership_changed", LI, p.after(on, -60, 30), action=p.pick("TRANSFER_OUT", "CANCEL"))
            if p.chance(0.2):
                p.say("hmd.ownership_changed", LI, p.after(on, -60, 60))
    if p.chance(0.2):
        p.say("hmd.private_lease_ended", ZHANG, p.after(on, 30, 90), action=p.pick("TERMINATE", "EXTEND"),
              new_end_date="2027-01-31")  # fmt: skip


# --- cross ------------------------------------------------------------------------------------------------------------


def moved_nowhere(p: Plot) -> None:
    settle(p, ZHANG)
    on = p.day(60, 460)
    p.say("psb.migrated_out", ZHANG, on, to_region=p.pick(ELSEWHERE, None, "429802"), issue_date=on,
          valid_until=p.pick(None, None, p.after(on, 10, 90)))  # fmt: skip
    if p.chance(0.35):
        p.say("psb.migrated_in", ZHANG, p.after(on, -30, 150), hukou_region=p.pick("429801", ELSEWHERE))


def moved_with_benefits(p: Plot) -> None:
    members = [WANG, *p.pick([], [LI], [LI])]
    for member in members:
        settle(p, member)
    kind = p.pick("aid", "allowance")
    if kind == "aid":
        p.aid(WANG, members, p.day(0, 300), aid_class=p.pick("DB", "TK_HOME", "LS"))
    else:
        p.say("mca.allowance_changed", WANG, p.day(0, 300),
              allowance_type=p.pick("OLD_AGE", "DISABLED_LIVING", "DISABLED_CARE", "ORPHAN"))  # fmt: skip
    for member in members:
        if p.chance(0.85):
            p.say("psb.migrated_out", member, p.day(100, 390), to_region=p.pick(ELSEWHERE, ELSEWHERE, "429802", None))
        elif p.chance(0.6):
            died(p, member, p.day(100, 390))
    if p.chance(0.2):
        p.say("mca.aid_changed", WANG, p.day(300, 390), action=p.pick("HAND_OVER", "SUSPEND"))
    if p.chance(0.15):
        p.say("mca.allowance_changed", WANG, p.day(300, 390), action=p.pick("STOP", "SUSPEND"))
    if p.chance(0.15):
        p.say("psb.migrated_in", WANG, p.day(200, 390))
    if p.chance(0.15):
        p.say("psb.permit_changed", p.pick(*members), p.day(0, 390), action=p.pick("ISSUE", "ISSUE", "CANCEL"))


def insured_elsewhere(p: Plot) -> None:
    p.say("psb.migrated_in", ZHANG, p.day(0, 300), hukou_region=p.pick("429801", "429801", ELSEWHERE),
          move_type=p.pick("FROM_OTHER", "FROM_PROVINCE", "WITHIN_CITY"))  # fmt: skip
    scheme = p.pick("PENSION_EMP", "PENSION_RES", "MED_EMP")
    p.say(
        "hrss.insured_enrolled",
        ZHANG,
        p.day(0, 350),
        scheme=scheme,
        prior_region=p.pick(ELSEWHERE, ELSEWHERE, "429802", None),
    )
    if p.chance(0.3):
        p.say("hrss.insurance_transferred", ZHANG, p.day(100, 390), scheme=p.pick(scheme, scheme, "UNEMP"),
              status=p.pick("STARTED", "COMPLETED", "REJECTED"))  # fmt: skip
    if p.chance(0.15):
        p.say("hrss.pension_granted", ZHANG, p.day(100, 390))
    if p.chance(0.15):
        p.say("hrss.insured_enrolled", ZHANG, p.day(200, 390), scheme=scheme, action=p.pick("TERMINATE", "SUSPEND"))
