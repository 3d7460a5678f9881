"""The shared record of one resident: what each agency's register adds to it, from whom, and how sure it is."""

from __future__ import annotations

from typing import Any

import pytest

from hub.domain.person_ids import mod_11_2
from hub.rules.examples import events_in
from tests.stories import Story, golden

HOME = "示例市城中区东山大道12号3栋2单元501室"
UNIT = "429801001002GB00001F00030501"
POLICE = "1985-06-01 psb.migrated_in 王伟\n"


def record(story: Story, name: str = "王伟", as_of: str = "2026-06-30") -> dict[str, tuple[Any, str, str]]:
    """The golden values of one person: value, source and status; the same in whatever order the story is told."""
    found = golden(story, name, as_of)
    return {attribute: (g["value"], g["source"], g["status"]) for attribute, g in found.items()}


def test_police_say_who_somebody_is() -> None:
    """Name, number, birth date, sex and hukou are confirmed by police; that somebody lives is derived."""
    assert record(POLICE) == {
        "id_no": ("429801196003150017", "PSB", "CONFIRMED"),
        "name": ("王伟", "PSB", "CONFIRMED"),
        "sex": ("1", "PSB", "CONFIRMED"),
        "birth_date": ("1960-03-15", "PSB", "CONFIRMED"),
        "hukou_region": ("429801", "PSB", "CONFIRMED"),
        "hukou_address": (HOME, "PSB", "CONFIRMED"),
        "household_no": ("HK-1", "PSB", "CONFIRMED"),
        "relation_to_head": ("02", "PSB", "CONFIRMED"),
        "life_state": ("ALIVE", "PSB", "DERIVED"),
    }


def test_others_only_say_it() -> None:
    """What is not from its source of truth is shown as unverified."""
    assert record("2020-04-01 hrss.eligibility_verified 王伟") == {
        "id_no": ("429801196003150017", "HRSS", "UNVERIFIED"),
        "name": ("王伟", "HRSS", "UNVERIFIED"),
        "sex": ("1", "HRSS", "UNVERIFIED"),
        "birth_date": ("1960-03-15", "HRSS", "UNVERIFIED"),
        "life_state": ("ALIVE", "HRSS", "DERIVED"),
        "eligibility": (
            {"result": "CONFIRMED", "method": "COUNTER", "in_person": True, "verified_date": "2020-04-01"},
            "HRSS",
            "CONFIRMED",
        ),
    }


@pytest.mark.parametrize(
    ("line", "attribute", "value", "source"),
    [
        (
            "2019-03-01 mca.allowance_changed 王伟",
            "allowance.JT-1",
            {"allowance_type": "OLD_AGE", "action": "START", "effective_from": "2019-03-01"},
            "MCA",
        ),
        (
            "2010-03-01 hrss.contribution_status_changed 王伟",
            "contribution.PENSION_EMP",
            {"scheme": "PENSION_EMP", "from_month": "201003", "to_month": "201003", "status": "PAID"},
            "HRSS",
        ),
        (
            "2019-04-01 mca.eldercare_changed 王伟",
            "eldercare.12429801MB00000195",
            {"action": "ADMIT", "care_kind": "INSTITUTION", "date": "2019-04-01"},
            "MCA",
        ),
        (
            "2021-04-01 hrss.eligibility_verified 王伟 valid_until=2022-04-01",
            "eligibility",
            {
                "result": "CONFIRMED",
                "method": "COUNTER",
                "in_person": True,
                "verified_date": "2021-04-01",
                "valid_until": "2022-04-01",
            },
            "HRSS",
        ),
        (
            "2011-03-01 hrss.employment_changed 王伟 source_record_id=GZ-7 end_date=2011-12-31",
            "employment.GZ-7",
            {"kind": "EMPLOYED_START", "start_date": "2011-03-01", "end_date": "2011-12-31"},
            "HRSS",
        ),
        (
            "2010-02-01 hrss.insured_enrolled 王伟",
            "insured.PENSION_EMP",
            {"scheme": "PENSION_EMP", "action": "ENROL", "effective_from": "2010-02-01"},
            "HRSS",
        ),
        (
            "2000-05-01 mca.marriage_registered 王伟",
            "marriage.J-1",
            {"register_date": "2000-05-01", "kind": "FIRST_OR_RE"},
            "MCA",
        ),
        (
            "2021-05-01 hrss.medical_coverage_changed 王伟",
            "medical.RES.2021",
            {"cover": "RES", "year": 2021, "status": "ACTIVE", "effective_from": "2021-05-01"},
            "HRSS/MSI",
        ),
        (
            "2021-06-01 psb.permit_changed 王伟",
            "permit.JZZ-1",
            {"action": "ISSUE", "valid_until": "2099-12-31"},
            "PSB",
        ),
        (
            "2021-07-01 psb.residence_changed 王伟 expected_until=2030-01-01",
            "residence.JZ-1",
            {"action": "REGISTER", "start_date": "2021-07-01", "expected_until": "2030-01-01"},
            "PSB",
        ),
        (
            "2016-03-01 hmd.rent_subsidy_changed 王伟 to_month=201702",
            "subsidy.BT-1",
            {"action": "START", "from_month": "201603", "to_month": "201702"},
            "HMD",
        ),
        (
            "2015-03-01 hmd.ownership_changed 王伟",
            f"title.{UNIT}",
            {
                "action": "TRANSFER_IN",
                "share_numerator": 1,
                "share_denominator": 1,
                "use": "RESIDENTIAL",
                "floor_area": "88.00",
                "register_date": "2015-03-01",
            },
            "HMD/RER",
        ),
        (
            "2012-03-01 hrss.unemployment_benefit_changed 王伟 to_month=201206",
            "unemployment",
            {"action": "START", "from_month": "201203", "to_month": "201206"},
            "HRSS",
        ),
        (
            "2018-04-01 hrss.pension_granted 王伟",
            "pension.EMP.429801",
            {"status": "PAYING", "from_month": "201804"},
            "HRSS",
        ),
        ("2018-03-01 mca.aid_granted 王伟", "aid.AID-1", {"aid_class": "DB", "status": "ACTIVE"}, "MCA"),
        (
            "2017-03-01 hmd.public_rental_leased 王伟",
            "public_rental.P-1",
            {"start_date": "2017-03-01", "end_date": "2099-12-31", "ended": False},
            "HMD",
        ),
    ],
)
def test_every_register_adds_its_entry(line: str, attribute: str, value: object, source: str) -> None:
    """One attribute for one register entry, with the newest facts that make it; and nothing else appears."""
    found = record(POLICE + line)
    assert found[attribute] == (value, source, "CONFIRMED")
    assert set(found) - set(record(POLICE)) == {attribute}


def test_an_adoption_is_on_nobodys_record() -> None:
    """Domain 3.6: the shared record never tells that somebody was adopted."""
    assert record(POLICE + "2022-01-01 mca.adoption_changed 王伟") == record(POLICE)


def test_an_entry_says_what_was_said_of_it_last() -> None:
    """A pension that was suspended is suspended; a lease that was ended has ended on that day."""
    found = record("""
        2018-04-01 hrss.pension_granted 王伟
        2022-02-01 hrss.pension_status_changed 王伟 status=SUSPENDED
        2017-03-01 hmd.public_rental_leased 王伟
        2018-03-01 hmd.public_rental_ended 王伟
    """)
    assert found["pension.EMP.429801"][0] == {"status": "SUSPENDED", "from_month": "202202"}
    assert found["public_rental.P-1"][0] == {"start_date": "2017-03-01", "end_date": "2018-03-01", "ended": True}


@pytest.mark.parametrize(
    ("then", "status", "theirs"),
    [
        ("", "ACTIVE", "ACTIVE"),
        ("2020-03-01 mca.aid_changed 王伟 action=SUSPEND", "SUSPENDED", "SUSPENDED"),
        ("2020-03-01 mca.aid_changed 王伟 action=TERMINATE", "ENDED", "ENDED"),
        ("2020-03-01 mca.aid_changed 王伟 action=HAND_OVER", "ENDED", "ENDED"),
        ("2020-03-01 mca.aid_changed 王伟 action=ADJUST", "ACTIVE", "ACTIVE"),
        (
            "2020-03-01 mca.aid_changed 王伟 action=SUSPEND\n2020-06-01 mca.aid_changed 王伟 action=RESUME",
            "ACTIVE",
            "ACTIVE",
        ),
        ("2020-03-01 mca.aid_changed 王伟 action=REMOVE_MEMBER member=王芳", "ACTIVE", "LEFT"),
        (
            "2020-03-01 mca.aid_changed 王伟 action=REMOVE_MEMBER member=王芳\n"
            "2020-06-01 mca.aid_changed 王伟 action=ADD_MEMBER member=王芳",
            "ACTIVE",
            "ACTIVE",
        ),
        # A change that took effect before the decision it changes is overtaken by it.
        ("2018-01-01 mca.aid_changed 王伟 action=ADD_MEMBER member=李娜", "ACTIVE", "ACTIVE"),
        ("2018-01-01 mca.aid_changed 王伟 action=SUSPEND", "ACTIVE", "ACTIVE"),
    ],
)
def test_aid_is_on_the_record_of_every_member(then: str, status: str, theirs: str) -> None:
    """With the state of the decision, and for who has left the household that they did."""
    story = POLICE + "2008-06-01 psb.migrated_in 王芳\n2018-03-01 mca.aid_granted 王伟 members=王伟,王芳\n" + then
    assert record(story)["aid.AID-1"] == ({"aid_class": "DB", "status": status}, "MCA", "CONFIRMED")
    assert record(story, "王芳")["aid.AID-1"] == ({"aid_class": "DB", "status": theirs}, "MCA", "CONFIRMED")


@pytest.mark.parametrize(
    ("members", "size", "status"),
    [
        ("王芳", 1, "LEFT"),  # the applicant applied for the daughter
        ("王芳", 2, "ACTIVE"),  # the head count says that the list leaves the applicant out
        ("王伟,王芳", 3, "ACTIVE"),
        ("-", 1, "ACTIVE"),
    ],
)
def test_the_applicant_is_a_member_where_the_head_count_says_so(members: str, size: int, status: str) -> None:
    """Some offices list the applicant among the members, some do not, some list nobody."""
    line = f"2018-03-01 mca.aid_granted 王伟 members={members} household_size={size}"
    assert record(POLICE + line)["aid.AID-1"] == ({"aid_class": "DB", "status": status}, "MCA", "CONFIRMED")


@pytest.mark.parametrize(
    ("then", "attribute", "value"),
    [
        ("1990-06-01 psb.migrated_in 王伟 household_no=37", "household_no", "37"),  # the code of a relation, by chance
        ("1990-06-01 psb.item_corrected 王伟 item=SEX new_value=2", "sex", "2"),
        ("1990-06-01 psb.item_corrected 王伟 item=BIRTH_DATE new_value=1960-03-16", "birth_date", "1960-03-16"),
        ("1990-06-01 psb.item_corrected 王伟 item=BIRTH_DATE new_value=六〇年三月", "birth_date", "1960-03-15"),
        ("1990-06-01 psb.item_corrected 王伟 item=MARITAL new_value=20", "sex", "1"),
        ("1990-06-01 psb.item_corrected 王伟 item=MARITAL new_value=20", "birth_date", "1960-03-15"),
        (
            """1990-06-01 psb.item_corrected 王伟 item=BIRTH_DATE new_value=1960-03-16
            1991-06-01 psb.item_corrected 王伟 item=BIRTH_DATE new_value=1960-03-17
            1992-06-01 psb.migrated_in 王伟""",
            "birth_date",
            "1960-03-17",
        ),
        (
            """1986-06-01 hrss.insured_enrolled 王伟 subject.birth_date=1960-03-18
            1990-06-01 psb.migrated_in 王伟 subject.birth_date=1960-03-16""",
            "birth_date",
            "1960-03-16",
        ),
        (
            """1986-06-01 hrss.insured_enrolled 王伟 subject.birth_date=1960-03-18
            1990-06-01 psb.migrated_in 王伟 subject.sex=2 subject.birth_date=-
            1992-06-01 mca.allowance_changed 王伟 subject.sex=1 subject.birth_date=1960-03-19""",
            "sex",
            "2",
        ),
        ("1990-06-01 psb.item_corrected 王伟 item=ADDRESS new_value=马祖街道1号", "hukou_address", "马祖街道1号"),
        ("1980-06-01 psb.item_corrected 王伟 item=ADDRESS new_value=马祖街道1号", "hukou_address", HOME),
        ("1990-06-01 psb.item_corrected 王伟 item=RELATION new_value=21", "relation_to_head", "21"),
        ("1990-06-01 psb.item_corrected 王伟 item=RELATION new_value=37", "relation_to_head", "30"),
        ("1990-06-01 psb.migrated_in 王伟 relation_to_head=27", "relation_to_head", "20"),
        ("1990-06-01 psb.item_corrected 王伟 item=MARITAL new_value=20", "hukou_address", HOME),
        ("1990-06-01 psb.migrated_in 王伟 household_no=HK-2", "household_no", "HK-2"),
        ("1990-06-01 psb.migrated_out 王伟", "hukou_region", "420502"),
    ],
)
def test_police_correct_and_move(then: str, attribute: str, value: str) -> None:
    """The last word of police stands; of a relation, never that it is by adoption (domain 2.5)."""
    assert record(POLICE + then)[attribute] == (value, "PSB", "CONFIRMED")


def test_a_correction_between_two_former_numbers_says_the_later_of_them() -> None:
    """Two numbers go on under a third, and then one under the other: the birth date is that of the number given."""
    wang, li, new = "429801196003150017", "429801196207200020", "429801196001010117"
    story = f"""
        2025-08-06 psb.item_corrected 李娜 item=ID_NO old_value={li} new_value={new}
        2025-12-09 psb.item_corrected 王伟 item=ID_NO old_value={wang} new_value={new}
        2026-06-18 psb.item_corrected 李娜 item=ID_NO old_value={li} new_value={wang}
    """
    assert record(story, "李娜")["birth_date"][0] == "1960-03-15"


def test_numbers_corrected_in_a_circle_leave_one_person() -> None:
    """Nobody is lost: all that is known stands under the number given last, and a fourth number may lead there."""
    numbers = ["429801196003150017", "429801196207200020", "429801197001010066"]
    before = "429801196001010117"
    circle = zip(("2024", "2026", "2025"), numbers, numbers[1:] + numbers[:1], strict=True)
    story = f"2023-06-18 psb.item_corrected 王伟 item=ID_NO old_value={before} new_value={numbers[2]}\n" + "\n".join(
        f"{year}-06-18 psb.item_corrected 王伟 subject.id_no={old} item=ID_NO old_value={old} new_value={new}"
        for year, old, new in circle
    )
    story += f"\n2020-01-01 hrss.pension_granted 王伟 subject.id_no={before}"
    found = record(story)
    assert found["id_no"][0] == numbers[2]
    assert any(attribute.startswith("pension") for attribute in found)


def test_whoever_moved_out_to_an_unknown_place_is_registered_nowhere_known() -> None:
    """Unknown stays unknown: the record has no region, and none that it is today."""
    found = record(POLICE + "1990-06-01 psb.migrated_out 王伟 to_region=-")
    assert "hukou_region" not in found
    assert "region_code_current" not in found


def test_an_abolished_region_is_kept_beside_what_lies_there_today() -> None:
    """The stored code is never rewritten (domain 2.3); one that still exists needs no companion."""
    found = record("1985-06-01 psb.migrated_in 王伟 hukou_region=440524")
    assert found["hukou_region"] == ("440524", "PSB", "CONFIRMED")
    assert found["region_code_current"] == (["440512", "440513", "440514"], "PSB", "DERIVED")
    assert "region_code_current" not in record(POLICE)


@pytest.mark.parametrize(
    ("deaths", "state", "day"),
    [
        ("2026-03-01 psb.death_registered 王伟", ("CONFIRMED", "PSB", "CONFIRMED"), "2026-03-01"),
        (
            "2026-03-01 psb.death_registered 王伟\n2026-02-27 mca.deceased_handled 王伟 death_date=2026-02-26",
            ("CONFIRMED", "PSB", "CONFIRMED"),
            "2026-03-01",
        ),
        (
            "2026-03-20 psb.death_registered 王伟 death_date=2026-03-01 death_date_precision=MONTH",
            ("CONFIRMED", "PSB", "CONFIRMED"),
            "2026-03-31",
        ),
    ],
)
def test_a_death_is_on_the_record_by_the_word_of_police(deaths: str, state: tuple, day: str) -> None:
    """Life state and date come from police where they have spoken; of a month only, its last day is certain."""
    found = record(POLICE + deaths)
    assert found["life_state"] == state
    assert found["death_date"] == (day, "PSB", "CONFIRMED")


def test_a_death_that_police_do_not_know_is_not_confirmed() -> None:
    """A funeral is one source."""
    found = record(POLICE + "2026-03-02 mca.deceased_handled 王伟 death_date=2026-03-01")
    assert found["life_state"] == ("REPORTED", "MCA", "REPORTED")
    assert found["death_date"] == ("2026-03-01", "MCA", "REPORTED")


FUNERAL = "2026-03-02 mca.deceased_handled 王伟 death_date=2026-02-26"
AT_HEALTH = "2026-03-05 mca.deceased_handled 王伟 sub_source=HEALTH death_date=2026-02-27"
AT_PENSIONS = "2026-03-01 hrss.eligibility_verified 王伟 result=DECEASED verified_date=2026-02-28"
AT_POLICE = "2026-03-20 psb.death_registered 王伟 death_date=2026-02-25"


@pytest.mark.parametrize(
    ("words", "state", "day", "source"),
    [
        ([AT_PENSIONS], "REPORTED", "2026-02-28", "HRSS"),
        ([AT_PENSIONS, FUNERAL], "CONFIRMED", "2026-02-26", "MCA"),
        ([FUNERAL, AT_HEALTH], "CONFIRMED", "2026-02-27", "MCA/HEALTH"),
        ([AT_PENSIONS, FUNERAL, AT_HEALTH], "CONFIRMED", "2026-02-27", "MCA/HEALTH"),
        ([AT_HEALTH, AT_POLICE], "CONFIRMED", "2026-02-25", "PSB"),
        ([AT_PENSIONS, FUNERAL, AT_HEALTH, AT_POLICE], "CONFIRMED", "2026-02-25", "PSB"),
    ],
)
def test_the_best_word_on_a_death_is_shown(words: list[str], state: str, day: str, source: str) -> None:
    """Police before a health certificate, that before a funeral, that before a pension office; two confirm it."""
    found = record(POLICE + "\n".join(words))
    assert found["life_state"][0] == state
    assert found["death_date"] == (day, source, state)


@pytest.mark.parametrize(
    ("line", "state"),
    [
        (FUNERAL, "RETRACTED"),
        (AT_PENSIONS, "RETRACTED"),
        ("2026-03-02 hrss.eligibility_verified 王伟", "ALIVE"),
        ("2026-03-02 mca.allowance_changed 王伟", "ALIVE"),
    ],
)
def test_a_death_that_was_taken_back_is_on_the_record(line: str, state: str) -> None:
    """What else was taken back says nothing of a death."""
    event = line.split()[1]
    assert record(f"{POLICE}{line}\n2026-04-01 {event} 王伟 op=CANCEL of=#2")["life_state"][0] == state


def test_a_number_may_have_parts() -> None:
    """Slashes in the number of a lease or a decision are its own."""
    found = record(f"""{POLICE.strip()}
        2017-03-01 hmd.public_rental_leased 王伟 lease_no=P/1/2
        2018-03-01 mca.aid_granted 王伟 decision_no=A/1/2
    """)
    assert {"public_rental.P/1/2", "aid.A/1/2"} <= set(found)


def _with_check_digit(first_17: str) -> str:
    return first_17 + mod_11_2(first_17)


@pytest.mark.parametrize(
    ("number", "sex", "born", "shown"),
    [
        ("429801196003150017", "1", "1960-03-15", "429801196003150017"),
        ("429801196003150017", "2", "1960-03-15", "429801196003150017"),  # SEX_MISMATCH
        ("429801196003150017", "1", "1960-03-16", "429801196003150017"),  # BIRTH_MISMATCH
        (_with_check_digit("42980119600315000"), None, None, _with_check_digit("42980119600315000")),  # SEQ_000
        (_with_check_digit("42980118900315001"), None, None, _with_check_digit("42980118900315001")),  # AGE_GT_130
        (_with_check_digit("44052419970101001"), None, None, _with_check_digit("44052419970101001")),  # REGION_LATE
        ("429801600315001", None, None, "429801196003150017"),  # LEGACY15: the number it became
        ("429801196003150012", "1", "1960-03-15", None),  # CHECKSUM
        ("429801196013150010", "1", None, None),  # DATE
        ("", "1", "1960-03-15", None),
    ],
)
def test_a_number_is_shown_unless_it_may_be_somebody_elses(
    number: str, sex: str | None, born: str | None, shown: str | None
) -> None:
    """What genuine numbers carry too, or what disagrees beside it, spoils nothing; a wrong number is not shown."""
    (event,) = events_in("2026-03-01 hrss.eligibility_verified 王伟")
    event["subject"] = {"id_type": "RIC", "id_no": number, "name": "王伟", "sex": sex, "birth_date": born}
    assert record([event]).get("id_no") == (shown and (shown, "HRSS", "UNVERIFIED"))
