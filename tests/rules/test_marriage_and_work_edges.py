"""Edges of marriages, work and age that mutation testing found unguarded."""

from __future__ import annotations

import pytest

from tests.stories import standing

NEXT_DOOR = "429801001002GB00001F00030502"


# --- marriages --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("then", "may_stay"),
    [
        ("", True),
        ("2020-06-01 mca.marriage_registered 张强 spouse=李娜 certificate_no=J-2", False),
        (
            """2020-06-01 mca.marriage_registered 张强 spouse=李娜 certificate_no=J-2
            2021-06-01 mca.marriage_ended 张强 spouse=李娜 prior_certificate_no=J-2""",
            False,
        ),
        (
            """2020-06-01 mca.marriage_registered 张强 spouse=李娜 certificate_no=J-2
            2021-06-01 mca.marriage_ended 张强 spouse=李娜 prior_certificate_no=J-2 kind=VOID""",
            True,
        ),
        (
            """2020-06-01 mca.marriage_registered 张强 spouse=李娜 certificate_no=J-2
            2021-06-01 mca.marriage_ended 张强 spouse=李娜 prior_certificate_no=J-2 kind=ANNULLED""",
            True,
        ),
    ],
)
def test_a_marriage_that_never_was_leaves_the_one_before(then: str, may_stay: bool) -> None:
    """One that was is the last word on the first, even where it is over; a void one is none (RE-02)."""
    story = f"""
        2018-05-01 mca.marriage_registered 张强 spouse=王芳
        2024-01-01 hmd.private_lease_filed 张强 end_date=2025-12-31
        2024-01-05 psb.residence_changed 张强
        2025-12-20 hmd.ownership_changed 王芳
        {then}
    """
    assert bool(standing(story.rstrip(), "2026-06-30", "RE-02")) is not may_stay


def test_a_couple_that_married_again_is_one_household_from_then_on() -> None:
    """The home that she was given in between is asked about after the second wedding, not the first (EC-01)."""
    story = f"""
        2010-06-01 mca.marriage_registered 王伟 spouse=李娜
        2015-06-01 mca.marriage_ended 王伟 spouse=李娜 prior_certificate_no=J-1
        2020-06-01 hmd.public_rental_leased 王伟
        2025-06-01 hmd.ownership_changed 李娜 unit_code={NEXT_DOOR}
        2026-03-01 mca.marriage_registered 王伟 spouse=李娜 certificate_no=J-2
    """
    (alert,) = standing(story, "2026-06-30", "EC-01")
    assert alert["opened_at"][:10] == "2026-03-16"


def test_a_marriage_filed_with_one_number_twice_hides_no_others() -> None:
    """Nobody is married to themselves: the register is asked about the other two (LE-06)."""
    story = """
        2000-05-01 mca.marriage_registered 张强 spouse=张强 certificate_no=J-0
        2001-05-01 mca.marriage_registered 张强 spouse=李娜
        2003-05-01 mca.marriage_registered 张强 spouse=赵敏 certificate_no=J-2
    """
    shown = [alert["show"]["certificate_nos"] for alert in standing(story, "2026-06-30", "LE-06")]
    assert shown == [["J-1", "J-2"]]


# --- work and pensions ------------------------------------------------------------------------------------------------

SIXTY = "1990-01-01 psb.migrated_in 李强"  # on 2026-01-01


@pytest.mark.parametrize(("as_of", "asked"), [("2026-07-30", False), ("2026-07-31", True)])
def test_three_months_without_a_contribution_are_the_end_of_paying_in(as_of: str, asked: bool) -> None:
    """Paid up to March, so until June of late; thirty days into July they are asked (EN-01)."""
    story = f"{SIXTY}\n2010-01-20 hrss.contribution_status_changed 李强 to_month=202603"
    assert bool(standing(story, as_of, "EN-01")) is asked


def test_a_pension_stopped_before_it_began_is_none() -> None:
    """Granted for this month, and taken back since for the month before: they are asked all the same (EN-01)."""
    story = f"""{SIXTY}
        2026-01-10 hrss.pension_granted 李强 first_month=202603
        2026-02-10 hrss.pension_status_changed 李强 effective_month=202602
    """
    assert len(standing(story, "2026-03-31", "EN-01")) == 1


def test_a_benefit_that_was_never_granted_overlaps_with_nothing() -> None:
    """The only act on it was filed by mistake and is taken back: the alert goes with it (EC-04)."""
    granted = """
        2020-04-01 hrss.pension_granted 李强
        2026-01-10 hrss.unemployment_benefit_changed 李强
    """
    assert len(standing(granted, "2026-06-30", "EC-04")) == 1
    assert (
        standing(f"{granted}2026-03-10 hrss.unemployment_benefit_changed 李强 op=CANCEL of=#2", "2026-06-30", "EC-04")
        == []
    )


def test_before_the_birthday_one_is_as_old_as_the_year_before() -> None:
    """Something is heard in February of whoever was born in March (EN-05)."""
    story = """
        2020-01-01 psb.migrated_in 陈秀英
        2026-02-10 hrss.eligibility_verified 陈秀英
    """
    assert [alert["show"]["age"] for alert in standing(story, "2026-02-28", "EN-05")] == [85]
