"""Edges of LE-03, LE-04 and EN-03 that mutation testing found unguarded: what is open, and what shows a life."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories import Story, standing


def alerts(story: Story, rule: str, as_of: str = "2026-06-30") -> list[dict[str, Any]]:
    """Standing alerts of a rule."""
    return standing(story, as_of, rule)


# --- LE-03 ------------------------------------------------------------------------------------------------------------

SHE_DIED = "2026-03-02 psb.death_registered 陈秀英 death_date=2026-03-01"


@pytest.mark.parametrize(
    ("line", "item"),
    [
        ("mca.aid_granted 陈秀英", ("AID", "AID-1")),
        ("mca.allowance_changed 陈秀英 item_no=JT-8", ("ALLOWANCE", "JT-8")),
        ("mca.eldercare_changed 陈秀英", ("INSTITUTION", "12429801MB00000195")),
        ("hmd.public_rental_leased 陈秀英", ("PUBLIC_RENTAL", "P-1")),
    ],
)
def test_what_is_still_open_is_named_by_kind_and_number(line: str, item: tuple[str, str]) -> None:
    """Staff find the file of a dead person by what the alert shows (LE-03)."""
    (alert,) = alerts(f"2025-05-01 {line}\n{SHE_DIED}", "LE-03")
    assert (alert["show"]["item_type"], alert["show"]["item_no"]) == item


def test_a_tenancy_given_back_hides_no_later_one() -> None:
    """Two public rentals one after the other: the first is over, the second still hers alone (LE-03)."""
    (alert,) = alerts(
        f"""
        2020-05-01 hmd.public_rental_leased 陈秀英 lease_no=P-1
        2024-12-31 hmd.public_rental_ended 陈秀英 lease_no=P-1
        2025-05-01 hmd.public_rental_leased 陈秀英 lease_no=P-2
        {SHE_DIED}
        """,
        "LE-03",
    )
    assert alert["show"]["item_no"] == "P-2"


@pytest.mark.parametrize(
    ("days", "stands"),
    [
        ("end_date=2026-06-29", False),  # ran out by itself
        ("end_date=2026-06-30", True),  # its last day
        ("start_date=2026-06-25", True),  # begun, and the five days of grace are over
        ("start_date=2026-06-26", False),  # begun a day later
    ],
)
def test_a_tenancy_is_open_on_the_days_it_runs(days: str, stands: bool) -> None:
    """From its first day to its last, both of them included (LE-03)."""
    assert bool(alerts(f"2025-05-01 hmd.public_rental_leased 陈秀英 {days}\n{SHE_DIED}", "LE-03")) is stands


# --- LE-04 ------------------------------------------------------------------------------------------------------------

HE_DIED = "2026-03-03 mca.deceased_handled 王伟 death_date=2026-03-01"


@pytest.mark.parametrize(
    ("line", "was_there"),
    [
        ("hrss.employment_changed 王伟 kind=EMPLOYED_START", True),
        ("hrss.employment_changed 王伟 kind=FLEXIBLE_START", True),
        ("hrss.employment_changed 王伟 kind=PUBLIC_POST_START", True),
        ("hrss.employment_changed 王伟 kind=EMPLOYED_END", False),  # the employer files it, for the dead too
        ("hrss.employment_changed 王伟 kind=JOBSEEKER_CLOSED", False),
        ("psb.permit_changed 王伟 action=ISSUE", True),
        ("psb.permit_changed 王伟 action=REPLACE", True),
        ("psb.permit_changed 王伟 action=ENDORSE", True),
        ("psb.permit_changed 王伟 action=CANCEL", False),
        ("psb.permit_changed 王伟 action=SUSPEND", False),
        ("mca.marriage_registered 王伟", True),
        ("mca.marriage_ended 王伟", False),
        ("hrss.contribution_status_changed 王伟", False),
    ],
)
def test_only_what_is_done_in_person_shows_a_life(line: str, was_there: bool) -> None:
    """New work, a residence permit handed over, a wedding; not what others file about somebody (LE-04)."""
    found = alerts(f"{HE_DIED}\n2026-03-15 {line}", "LE-04")
    assert [alert["show"]["live_event_type"] for alert in found] == [line.split()[0]] * was_there


def test_a_pension_offices_own_finding_hides_no_funeral() -> None:
    """It took him for dead first, by itself; the funeral's record is what is to be corrected (LE-04)."""
    (alert,) = alerts(
        f"""
        2026-02-20 hrss.eligibility_verified 王伟 result=DECEASED in_person=false
        {HE_DIED}
        2026-03-15 psb.permit_changed 王伟
        """,
        "LE-04",
    )
    assert alert["acting_agency"] == "MCA"


# --- EN-03 ------------------------------------------------------------------------------------------------------------


def test_last_years_cover_of_an_infant_ends_with_the_year() -> None:
    """More than two months old by then, the child is asked about from New Year's Day, not from later (EN-03)."""
    (alert,) = alerts(
        """
        2025-10-20 psb.birth_registered 李小雨 subject.id_no=429801202510150087 subject.birth_date=2025-10-15
        2025-10-21 hrss.medical_coverage_changed 李小雨 subject.id_no=429801202510150087 subject.birth_date=2025-10-15
        """,
        "EN-03",
        as_of="2026-03-01",
    )
    assert alert["opened_at"][:10] == "2026-01-01"
