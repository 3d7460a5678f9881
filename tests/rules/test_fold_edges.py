"""Edges of what is folded before rules look: leases, dwellings, marriages, moves, deaths. Found by mutation testing."""

from __future__ import annotations

import pytest

from hub.fold.months import span
from hub.rules.examples import events_in
from tests.stories import shown as found

NEXT_DOOR = "429801001002GB00001F00030502"


# --- leases -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("then", "clash"),
    [
        ("", True),
        ("2026-03-01 hmd.private_lease_ended 张强", False),
        ("2026-02-01 hmd.private_lease_ended 张强 action=EXTEND new_end_date=2026-02-20", False),
        ("2026-02-01 hmd.private_lease_ended 张强 action=EXTEND", True),  # nothing said of when
        ("2026-02-01 hmd.private_lease_ended 张强 action=CHANGE_OCCUPANTS new_end_date=2026-02-10", True),
        ("2026-01-15 hmd.private_lease_ended 张强\n2026-02-01 hmd.private_lease_filed 张强 op=UPDATE of=#1", True),
        (f"2026-02-01 hmd.private_lease_filed 张强 op=UPDATE of=#1 unit_code={NEXT_DOOR}", False),
    ],
)
def test_a_lease_runs_until_what_was_said_of_it_last(then: str, clash: bool) -> None:
    """Ended, extended, filed anew, filed for another dwelling: only then it makes way for the next (HO-01)."""
    story = ["2026-01-01 hmd.private_lease_filed 张强", *then.splitlines()]
    after = "2026-03-05 hmd.private_lease_filed 李强 lease_no=L-2"
    assert bool(found("\n".join([*story, after]), "2026-06-30", "HO-01")) is clash


def test_a_public_rental_is_of_the_whole_dwelling_and_numbered_apart() -> None:
    """It clashes with every private lease of the whole; two leases of one number are told apart by their register."""
    shown = found(
        """
        2026-01-01 hmd.public_rental_leased 王芳 lease_no=L-1
        2026-01-01 hmd.private_lease_filed 张强
        2026-01-01 hmd.private_lease_filed 李强 lease_no=L-2
        """,
        "2026-06-30",
        "HO-01",
    )
    assert sorted(alert["lease_nos"] for alert in shown) == [["L-1", "L-1"], ["L-1", "L-2"], ["L-1", "L-2"]]


@pytest.mark.parametrize(("occupants", "stands"), [("李强,陈秀英", True), ("李强", False)])
def test_occupants_count_like_the_tenant(occupants: str, stands: bool) -> None:
    """One room is enough for two (HO-02)."""
    story = f"""
        2010-01-01 hmd.unit_changed - rooms=1 floor_area=45.00
        2026-01-01 hmd.private_lease_filed 张强 occupants={occupants}
    """
    assert bool(found(story, "2026-06-30", "HO-02")) is stands


# --- dwellings and registrations --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("merger", "gone"),
    [
        ("new_unit_codes=429801001002GB00001F00030501", False),  # it has taken in its neighbour
        (f"new_unit_codes={NEXT_DOOR}", True),
        ("new_unit_codes=-", True),
    ],
)
def test_a_dwelling_that_absorbs_another_is_still_there(merger: str, gone: bool) -> None:
    """Merged away is only what goes on under another code (RE-05)."""
    story = f"""
        2010-01-01 hmd.unit_changed -
        2024-01-01 psb.residence_changed 张强
        2025-01-01 hmd.unit_changed - action=MERGE {merger}
    """
    codes = [] if merger.endswith("-") else [NEXT_DOOR]
    assert [alert["candidate_unit_codes"] for alert in found(story, "2026-06-30", "RE-05")] == ([codes] if gone else [])


def test_an_address_does_not_mean_a_dwelling_that_was_pulled_down() -> None:
    """Nor the one beside it, which is written otherwise (RE-05)."""
    story = """
        2010-01-01 hmd.unit_changed -
        2024-01-01 psb.residence_changed 张强 unit_code=-
    """
    assert found(story, "2026-06-30", "RE-05") == []
    (alert,) = found(story + "2025-01-01 hmd.unit_changed - action=DEMOLISH", "2026-06-30", "RE-05")
    assert alert["candidate_unit_codes"] == []


def test_an_address_means_the_dwelling_that_is_written_alike() -> None:
    """Its neighbour upstairs is heard of, too, and is not meant: the lease that ended is the one below (RE-02)."""
    story = f"""
        2010-01-01 hmd.unit_changed -
        2010-01-01 hmd.unit_changed - unit_code={NEXT_DOOR} standard_address=示例市城中区东山大道12号3栋2单元502室
        2024-01-01 hmd.private_lease_filed 张强 end_date=2025-12-31
        2024-01-05 psb.residence_changed 张强 unit_code=-
    """
    assert len(found(story, "2026-06-30", "RE-02")) == 1


def test_a_number_that_was_cancelled_may_be_used_again() -> None:
    """The registration that began after it is in force by itself (RE-05)."""
    story = """
        2024-01-01 psb.residence_changed 张强
        2025-01-01 psb.residence_changed 张强 action=CANCEL
        2025-06-01 psb.residence_changed 张强 address=东山大道999号9栋909室 unit_code=-
    """
    assert len(found(story, "2026-06-30", "RE-05")) == 1


@pytest.mark.parametrize(
    ("leases", "stands"),
    [
        ("2024-01-05 hmd.private_lease_filed 张强 end_date=2024-01-05", True),  # let for a day
        ("2024-01-05 hmd.private_lease_filed 张强 end_date=2024-01-04", False),  # never ran
        (
            """2020-01-01 hmd.private_lease_filed 张强 end_date=2020-12-31
            2023-01-01 hmd.private_lease_filed 张强 lease_no=L-2 end_date=2024-12-31""",
            True,
        ),
        (
            """2020-01-01 hmd.private_lease_filed 张强 lease_no=L-2 end_date=2020-12-31
            2023-01-01 hmd.private_lease_filed 张强 lease_no=L-1 end_date=2024-12-31""",
            True,
        ),
    ],
)
def test_the_lease_that_ended_last_was_the_basis(leases: str, stands: bool) -> None:
    """If it had not ended before the registration began (RE-02)."""
    assert bool(found(leases + "\n2024-01-05 psb.residence_changed 张强", "2026-06-30", "RE-02")) is stands


def test_anothers_lease_is_nobodys_basis() -> None:
    """Where somebody's own lease has ended, it is asked first whether they have left, whoever rents there now."""
    story = """
        2010-01-01 hmd.unit_changed - rooms=1 floor_area=45.00
        2024-01-01 hmd.private_lease_filed 王芳 end_date=2025-12-31
        2024-01-05 psb.residence_changed 王芳
        2025-01-01 psb.residence_changed 张强 registration_no=JZ-2
        2025-01-01 psb.residence_changed 李强 registration_no=JZ-3
        2026-01-01 hmd.private_lease_filed 赵敏 lease_no=L-2 lessor=李娜
    """
    assert found(story, "2026-06-30", "HO-02") == []
    assert len(found(story.replace("end_date=2025-12-31", ""), "2025-12-31", "HO-02")) == 1


@pytest.mark.parametrize("share", ["share_denominator=-", "share_numerator=-", "share_numerator=- share_denominator=-"])
def test_a_share_of_which_only_half_is_said_is_the_whole(share: str) -> None:
    """A title without a fraction is one owner's (EC-01)."""
    story = f"""
        2024-01-01 hmd.public_rental_leased 王芳
        2026-03-01 hmd.ownership_changed 王芳 unit_code={NEXT_DOOR} floor_area=30.00 {share}
    """
    assert len(found(story, "2026-06-30", "EC-01")) == 1


# --- marriages --------------------------------------------------------------------------------------------------------

TWO_MARRIAGES = """
    2000-05-01 mca.marriage_registered 张强 spouse=李娜
    2003-05-01 mca.marriage_registered 张强 spouse=赵敏 certificate_no=J-2
"""


@pytest.mark.parametrize(
    ("ends", "overlap"),
    [
        ("", True),
        ("2005-05-01 mca.marriage_ended 张强 prior_certificate_no=J-1", True),
        ("2001-05-01 mca.marriage_ended 张强 prior_certificate_no=J-1", False),
        ("2001-05-01 mca.marriage_ended 张强 prior_certificate_no=J-1 effective_date=2004-01-01", True),
        # Void, whatever else is said of its end.
        (
            """2005-05-01 mca.marriage_ended 张强 prior_certificate_no=J-1
            2007-05-01 mca.marriage_ended 张强 prior_certificate_no=J-1 kind=VOID certificate_no=V-1""",
            False,
        ),
        # Of papers that name no marriage on record only the first is of this one.
        (
            """2005-05-01 mca.marriage_ended 张强 prior_certificate_no=J-98
            2007-05-01 mca.marriage_ended 张强 prior_certificate_no=J-99 kind=VOID certificate_no=V-1""",
            True,
        ),
        ("2000-05-01 mca.marriage_ended 张强 prior_certificate_no=J-99", False),  # on its very day
        ("1999-05-01 mca.marriage_ended 张强 prior_certificate_no=J-99", True),  # an earlier one with her
    ],
)
def test_what_ends_a_marriage(ends: str, overlap: bool) -> None:
    """By its certificate, or by the spouse it names; from the day on which it took effect (LE-06)."""
    assert bool(found(TWO_MARRIAGES + ends, "2026-06-30", "LE-06")) is overlap


def test_a_spouse_without_a_number_is_nobody_known() -> None:
    """An end that says whom only by name ends no other marriage, and nobody's household hears of them (LE-06)."""
    story = events_in(TWO_MARRIAGES + "2001-05-01 mca.marriage_ended 张强 prior_certificate_no=J-99")
    assert found(story, "2026-06-30", "LE-06") == []
    story[2]["payload"]["spouse"]["id_no"] = ""
    assert len(found(story, "2026-06-30", "LE-06")) == 1
    story[0]["payload"]["spouse"]["id_no"] = ""
    assert len(found(story, "2026-06-30", "LE-06")) == 1


# --- moves ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("then", "stands"),
    [
        ("", True),
        ("2025-06-01 psb.household_restructured 王芳", False),
        ("2025-06-01 psb.migrated_in 王芳", False),
        ("2025-06-01 psb.birth_registered 李小雨 mother=王芳", True),  # it is the child that is registered
        ("2025-06-01 psb.residence_changed 王芳", True),  # and this one only says that she lives here
        ("2025-06-01 hrss.insured_enrolled 王芳", True),
    ],
)
def test_only_a_registration_of_their_own_settles_a_move(then: str, stands: bool) -> None:
    """A household's as well, not a child's (XJ-01)."""
    assert bool(found("2025-01-01 psb.migrated_out 王芳\n" + then, "2026-06-30", "XJ-01")) is stands


ON_ALLOWANCE = """
    2020-01-01 psb.migrated_in 陈秀英
    2021-01-01 mca.allowance_changed 陈秀英
    2026-01-11 psb.migrated_out 陈秀英
"""


@pytest.mark.parametrize(
    ("then", "destinations"),
    [
        ("", ["420502"]),
        ("2026-02-01 psb.household_restructured 陈秀英 region_code=420503", ["420503"]),
        ("2026-02-01 psb.household_restructured 陈秀英", []),
        ("2026-02-01 psb.permit_changed 陈秀英", []),
        ("2026-02-01 psb.permit_changed 陈秀英 action=SUSPEND", []),
        ("2026-02-01 psb.permit_changed 陈秀英 action=CANCEL", ["420502"]),
        (
            """2026-02-01 psb.permit_changed 陈秀英
            2026-03-01 psb.permit_changed 陈秀英 permit_no=JZZ-2
            2026-04-01 psb.permit_changed 陈秀英 action=CANCEL""",
            [],
        ),
        (
            """2026-02-01 psb.permit_changed 陈秀英
            2026-03-01 psb.permit_changed 陈秀英 action=CANCEL
            2026-04-01 hrss.eligibility_verified 陈秀英""",
            ["420502"],
        ),
        ("2026-02-01 psb.death_registered 陈秀英", []),
    ],
)
def test_who_moved_away_is_asked_about_unless_a_permit_keeps_them_here(then: str, destinations: list[str]) -> None:
    """By where they are registered last, and by the last word on each permit (XJ-02)."""
    shown = found(ON_ALLOWANCE + then, "2026-06-30", "XJ-02")
    assert [alert["destination_region_code"] for alert in shown] == destinations


# --- deaths -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("care", "open_places"),
    [
        ("", ["12429801MB00000195"]),
        ("2025-01-01 mca.eldercare_changed 王伟 action=DISCHARGE", []),
        ("2025-01-01 mca.eldercare_changed 王伟 action=TRANSFER", ["12429801MB00000195"]),
    ],
)
def test_a_place_that_was_left_is_not_open(care: str, open_places: list[str]) -> None:
    """After a death an institution is asked about those who were still with it (LE-03)."""
    story = f"""
        2024-01-01 mca.eldercare_changed 王伟
        {care or "2025-01-01 psb.migrated_in 王伟"}
        2026-03-02 psb.death_registered 王伟
    """
    assert [alert["item_no"] for alert in found(story, "2026-06-30", "LE-03")] == open_places


def test_a_death_under_a_name_that_only_sounds_the_same_is_not_sure() -> None:
    """It is one's record by number, birth date and sex; but no pension is asked about by it (LE-01)."""
    story = events_in("""
        1985-06-01 psb.migrated_in 王伟
        2020-04-01 hrss.pension_granted 王伟
        2026-03-02 mca.deceased_handled 王伟 death_date=2026-03-01
        2026-03-05 hrss.eligibility_verified 王伟 result=DECEASED
    """)
    assert len(found(story, "2026-06-30", "LE-01")) == 1
    story[2]["subject"]["name"] = "王玮"
    assert found(story, "2026-06-30", "LE-01") == []


# --- benefits by the month --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("as_of", "months"),
    [
        ("2026-04-30", []),
        ("2026-06-30", ["202605", "202606"]),
        ("2026-08-31", ["202605", "202606", "202607"]),
    ],
)
def test_a_benefit_granted_months_ahead_is_looked_at_when_it_begins(as_of: str, months: list[str]) -> None:
    """Nothing else happens in between; an earlier spell is over, and the pension goes on (EC-04)."""
    story = """
        2020-04-01 hrss.pension_granted 李强
        2019-01-10 hrss.unemployment_benefit_changed 李强 from_month=201901
        2019-03-10 hrss.unemployment_benefit_changed 李强 from_month=201903 action=STOP
        2026-01-10 hrss.unemployment_benefit_changed 李强 from_month=202605 to_month=202607
    """
    assert [alert["overlap_months"] for alert in found(story, as_of, "EC-04")] == ([months] if months else [])


# --- work and age -----------------------------------------------------------------------------------------------------

SIXTY = "1990-01-01 psb.migrated_in 李强\n"  # on 2026-01-01
EMPLOYED = "2010-01-01 hrss.insured_enrolled 李强"


@pytest.mark.parametrize(
    ("story", "shown"),
    [
        ("", [(60, "NONE")]),
        (f"{EMPLOYED}\n2020-01-01 hrss.insured_enrolled 李强 action=TERMINATE", [(60, "PENSION_EMP:TERMINATE")]),
        (
            f"""{EMPLOYED}
            2020-01-01 hrss.insured_enrolled 李强 action=TERMINATE
            2021-01-01 hrss.insured_enrolled 李强 scheme=PENSION_RES
            2022-01-01 hrss.insured_enrolled 李强 scheme=MED_RES""",
            [(60, "PENSION_EMP:TERMINATE,PENSION_RES:ENROL")],
        ),
        (EMPLOYED, []),  # no months are sent at all: the enrolment tells
        (
            f"""{EMPLOYED}
            2020-01-01 hrss.insured_enrolled 李强 action=SUSPEND
            2021-01-01 hrss.insured_enrolled 李强 action=RESUME""",
            [],
        ),
        (f"{EMPLOYED}\n2010-01-20 hrss.contribution_status_changed 李强 to_month=202001", [(60, "PENSION_EMP:ENROL")]),
        (f"{EMPLOYED}\n2010-01-20 hrss.contribution_status_changed 李强 to_month=202604", []),
        (f"{EMPLOYED}\n2010-01-20 hrss.contribution_status_changed 李强 to_month=202604 status=BACKDATED", []),
        (
            f"{EMPLOYED}\n2010-01-20 hrss.contribution_status_changed 李强 to_month=202604 status=ARREARS",
            [(60, "PENSION_EMP:ENROL")],
        ),
        ("2020-01-10 hrss.pension_granted 李强", []),
        (
            """2020-01-10 hrss.pension_granted 李强
            2021-01-10 hrss.pension_status_changed 李强""",
            [(60, "NONE")],
        ),
    ],
)
def test_who_is_sixty_is_asked_unless_work_or_a_pension_goes_on(story: str, shown: list[tuple[int, str]]) -> None:
    """Contributions of late count, and without any the open enrolment; the invitation says how they are insured."""
    alerts = found(SIXTY + story, "2026-06-30", "EN-01")
    assert [(alert["age"], alert["enrolment_status"]) for alert in alerts] == shown


@pytest.mark.parametrize(("as_of", "age"), [("2026-02-28", 85), ("2026-03-01", 86), ("2027-03-01", 87)])
def test_an_age_that_is_shown_grows_with_its_birthday(as_of: str, age: int) -> None:
    """Nobody sends anything on that day (EN-05)."""
    assert [alert["age"] for alert in found("2020-01-01 psb.migrated_in 陈秀英", as_of, "EN-05")] == [age]


STARTS = "2026-01-20 hrss.employment_changed 王芳"


@pytest.mark.parametrize(
    ("story", "at_work"),
    [
        ("", False),
        (STARTS, True),
        (f"{STARTS}\n2026-02-01 hrss.employment_changed 王芳 kind=EMPLOYED_END", False),
        (f"{STARTS}\n2026-02-01 hrss.employment_changed 王芳 kind=FLEXIBLE_END", True),
        (f"{STARTS}\n{STARTS}\n2026-02-01 hrss.employment_changed 王芳 kind=EMPLOYED_END", True),
        (f"{STARTS}\n{STARTS}\n2026-02-01 hrss.employment_changed 王芳 op=UPDATE of=#4 kind=EMPLOYED_END", True),
        (
            f"""{STARTS}
            2026-02-01 hrss.employment_changed 王芳 op=UPDATE of=#3 kind=FLEXIBLE_START
            2026-02-10 hrss.employment_changed 王芳 kind=FLEXIBLE_END""",
            False,
        ),
        (f"{STARTS} end_date=2026-03-31", False),
        ("2026-01-20 hrss.insured_enrolled 王芳 scheme=UNEMP", True),
        ("2026-01-20 hrss.insured_enrolled 王芳 scheme=MED_RES", False),
    ],
)
def test_work_that_was_begun_goes_on_until_its_own_end(story: str, at_work: bool) -> None:
    """An end is of the record it is told in, else of the oldest of its kind (EN-07)."""
    able = """
        2010-01-01 psb.migrated_in 王芳
        2026-01-10 mca.aid_granted 王芳 members=王芳/01/ABLE
    """
    assert bool(found(able + story, "2026-06-30", "EN-07")) is not at_work


@pytest.mark.parametrize(
    ("then", "stands"),
    [
        ("", True),
        ("2021-01-01 psb.item_corrected 王伟 item=ADDRESS new_value=示例市城中区学院街道1号", False),
        ("2021-01-01 psb.item_corrected 王伟 item=ADDRESS new_value=示例市城中区马祖街道1号", True),
        ("2021-01-01 psb.item_corrected 王伟 item=MARITAL new_value=20", True),
        ("2021-01-01 psb.item_corrected 王伟 item=ADDRESS new_value=一号", False),  # no street is written
        ("2021-01-01 psb.migrated_in 王伟 hukou_address=示例市城中区学院街道1号", False),
        (
            """1990-01-01 psb.migrated_in 王伟 hukou_region=429802 hukou_address=示例市城东区学府街道1号
            2021-01-01 psb.migrated_out 王伟 to_region=429801""",
            False,  # the address is of before
        ),
    ],
)
def test_streets_are_compared_as_they_are_written_last(then: str, stands: bool) -> None:
    """A pensioner's home at another street than the household registration, as far as that is known (RE-04)."""
    home = "unit_code=429801005001GB00012F00010203 address_text=示例市城中区学院街道桃花苑3栋2单元203室"
    story = f"""
        1985-06-01 psb.migrated_in 王伟 hukou_address=示例市城中区西陵街道东山大道12号3栋2单元501室
        2020-04-01 hrss.pension_granted 王伟
        2026-01-01 hmd.private_lease_filed 王伟 {home}
        {then}
    """
    assert bool(found(story.strip(), "2026-12-31", "RE-04")) is stands


@pytest.mark.parametrize(
    ("aid", "stands"), [("aid_class=DB", True), ("aid_class=GX", False), ("aid_class=TK_HOME", True)]
)
def test_only_basic_aid_that_runs_brings_medical_cover(aid: str, stands: bool) -> None:
    """Of these classes, and as long as it goes on (EN-02)."""
    story = f"2026-01-10 mca.aid_granted 王芳 {aid}"
    assert bool(found(story, "2026-06-30", "EN-02")) is stands
    assert found(f"{story}\n2026-02-10 mca.aid_changed 王芳", "2026-06-30", "EN-02") == []


def test_months_end_with_the_calendar() -> None:
    """Registers write 9999-12-31 for ever: the span that reaches it ends there, instead of never."""
    assert span("999911", "999912") == ["999911", "999912"]
    assert span("999912", "999911") == []
