"""HO-01, HO-02, EC-01 and EC-03 at their edges: exact limits, figures nobody took, one person under several numbers."""

from __future__ import annotations

import pytest

from hub.rules.examples import events_in
from tests.stories import shown, standing

AS_OF = "2026-06-30"
NEXT_DOOR = "unit_code=429801001002GB00001F00030502"


# --- HO-01 ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("end", "stands"), [("2026-02-16", False), ("2026-02-17", True)])
def test_the_last_day_of_a_hand_over_is_the_citys_limit(end: str, stands: bool) -> None:
    """Where a city allows sixteen days, both ends counted, the seventeenth is too long (HO-01)."""
    story = f"""
        2026-01-01 hmd.private_lease_filed 张强 end_date={end}
        2026-02-01 hmd.private_lease_filed 李强 lease_no=L-2
    """
    assert bool(standing(story, end, "HO-01", policy={"HO-01.overlap_days": 16})) is stands


@pytest.mark.parametrize(
    ("lessor", "stands"),
    [
        ("lessor=张强 lessor_right=SUBLET", False),
        ("lessor=- lessor_org=12429801MB00000195 lessor_right=SUBLET", False),
        ("lessor=李娜 lessor_right=SUBLET", True),
        ("lessor=- lessor_org=12429801MB00000195", True),
    ],
)
def test_a_sub_lease_is_of_the_tenants_or_of_a_company(lessor: str, stands: bool) -> None:
    """A company's own head lease is filed elsewhere; a third person who sub-lets has none from this tenant (HO-01)."""
    story = f"""
        2026-01-01 hmd.private_lease_filed 张强
        2026-02-01 hmd.private_lease_filed 李强 lease_no=L-2 {lessor}
    """
    assert bool(standing(story, AS_OF, "HO-01")) is stands


# --- HO-02 ------------------------------------------------------------------------------------------------------------


def limits(dwelling: str, occupants: str, policy: dict[str, int | str] | None = None) -> list[int]:
    """The limit an alert shows of a dwelling with this tenant and these occupants; none without an alert."""
    story = f"""
        2010-01-01 hmd.unit_changed - {dwelling}
        2026-01-01 hmd.private_lease_filed 张强 occupants={occupants}
    """
    return [show["limit"] for show in shown(story, AS_OF, "HO-02", policy=policy)]


@pytest.mark.parametrize(
    ("dwelling", "found"),
    [
        ("rooms=- floor_area=15.00", []),
        ("rooms=- floor_area=14.99", [2]),
        ("rooms=- floor_area=14.95", [2]),
        ("rooms=- floor_area=0.01", [0]),  # however small, it was measured
        ("rooms=- floor_area=0.00", []),
        ("rooms=0 floor_area=15.00", []),
        ("rooms=0 floor_area=-", []),
        ("rooms=1 floor_area=15.00", [2]),
    ],
)
def test_three_people_need_fifteen_square_metres_or_two_rooms(dwelling: str, found: list[int]) -> None:
    """By exact hundredths of a square metre; a zero stands for a figure that nobody took (HO-02)."""
    assert limits(dwelling, "李强,陈秀英") == found


@pytest.mark.parametrize(("least", "found"), [(0, []), (1, [2]), (2, [1])])
def test_a_city_sets_the_least_area_or_none(least: int, found: list[int]) -> None:
    """One square metre a head is a limit, zero is none at all (HO-02)."""
    assert limits("rooms=- floor_area=2.00", "李强,陈秀英", {"HO-02.min_area": least}) == found


FIRST, SECOND, PRESENT = "429801198804180071", "429801198804180119", "429801198804180135"


@pytest.mark.parametrize(("left", "lives"), [(FIRST, SECOND), (SECOND, FIRST)])
def test_a_tenant_is_known_by_every_number_they_had(left: str, lives: str) -> None:
    """Twice corrected, they have left one lease under a former number and live under another: three people (HO-02)."""
    story = events_in(f"""
        2010-01-01 hmd.unit_changed - rooms=1 floor_area=45.00
        2020-01-01 hmd.private_lease_filed 张强 end_date=2020-12-31
        2026-01-01 hmd.private_lease_filed 张强 lease_no=L-2 occupants=李强,陈秀英
        2021-01-01 psb.item_corrected 张强 subject.id_no={SECOND} item=ID_NO old_value={FIRST} new_value={SECOND}
        2022-01-01 psb.item_corrected 张强 subject.id_no={PRESENT} item=ID_NO old_value={SECOND} new_value={PRESENT}
    """)
    for lease, number in zip(story[1:3], (left, lives), strict=True):
        lease["payload"]["tenant"]["id_no"] = lease["subject"]["id_no"] = number
    (alert,) = standing(story, AS_OF, "HO-02")
    assert alert["show"]["occupant_count"] == 3


@pytest.mark.parametrize(
    ("goes_on", "stands"), [(f"2025-06-01 psb.residence_changed 陈秀英 op=UPDATE of=#2 {NEXT_DOOR}", False), ("", True)]
)
def test_a_registration_that_went_on_with_somebody_elsewhere_is_none_here(goes_on: str, stands: bool) -> None:
    """Police's record is by now of another person in another dwelling: two are left in this one (HO-02)."""
    story = f"""
        2010-01-01 hmd.unit_changed - rooms=1 floor_area=45.00
        2025-01-01 psb.residence_changed 王芳
        2025-01-01 psb.residence_changed 张强 registration_no=JZ-2
        2025-01-01 psb.residence_changed 李强 registration_no=JZ-3
        {goes_on}
    """
    assert bool(standing(story, AS_OF, "HO-02")) is stands


@pytest.mark.parametrize(
    ("title", "stands"),
    [
        ("2025-12-01 hmd.ownership_changed 王芳", True),
        ("2025-12-01 hmd.ownership_changed 李娜", False),
        (f"2025-12-01 hmd.ownership_changed 王芳 {NEXT_DOOR}", False),
        (
            """2025-12-01 hmd.ownership_changed 王芳
            2026-02-01 hmd.ownership_changed 王芳 action=TRANSFER_OUT""",
            False,
        ),
        ("", False),
    ],
)
def test_a_tenant_who_bought_the_dwelling_stays(title: str, stands: bool) -> None:
    """While the basis of somebody's stay is in question nobody is counted; a title of their own is a basis (HO-02)."""
    story = f"""
        2010-01-01 hmd.unit_changed - rooms=1 floor_area=45.00
        2025-01-01 hmd.private_lease_filed 王芳 end_date=2025-12-31
        2025-01-01 psb.residence_changed 王芳
        2025-01-01 psb.residence_changed 张强 registration_no=JZ-2
        2025-01-01 psb.residence_changed 李强 registration_no=JZ-3
        {title}
    """
    assert bool(standing(story, AS_OF, "HO-02")) is stands


# --- EC-01, EC-03 -----------------------------------------------------------------------------------------------------


def test_every_home_of_a_tenants_household_is_a_case() -> None:
    """Two homes registered since the lease began are two alerts, each with its own title (EC-01)."""
    story = f"""
        2024-01-01 hmd.public_rental_leased 王芳 members=王芳,李娜/52
        2026-02-01 hmd.ownership_changed 王芳 {NEXT_DOOR}
        2026-03-01 hmd.ownership_changed 李娜 unit_code=429801001002GB00001F00030503
    """
    found = {show["unit_code"][-4:]: show["registered_date"] for show in shown(story, AS_OF, "EC-01")}
    assert found == {"0502": "2026-02-01", "0503": "2026-03-01"}


@pytest.mark.parametrize(("until", "stands"), [("2026-06-30", True), ("2026-06-29", False)])
def test_a_new_job_is_looked_at_while_the_consent_holds(until: str, stands: bool) -> None:
    """To its last day; the day after, nobody has allowed it any more (EC-03)."""
    story = f"""
        2026-01-10 mca.aid_granted 李娜 members=李娜,王芳/30 household_size=2 consent_until={until}
        2026-04-20 hrss.contribution_status_changed 王芳 from_month=202602 to_month=202604
    """
    assert bool(standing(story, AS_OF, "EC-03")) is stands
