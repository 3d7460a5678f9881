"""Edges of homes that mutation testing found unguarded: rights to stay, addresses, and where somebody lives by now."""

from __future__ import annotations

import msgspec
import pytest

from hub.bootstrap import build_journey
from hub.domain.claim import SubjectState
from hub.fold.groups import Unit
from hub.local import LocalHub
from hub.rules.examples import events_in
from tests.stories import shown as found

NEXT_DOOR = "429801001002GB00001F00030502"
OTHER_STREET = "429801005001GB00012F00010203"
OTHER_CITY = "420502005001GB00012F00010203"


# --- RE-01 ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("to_region", "reminded"), [("420502", True), ("-", False)])
def test_who_left_for_nobody_knows_where_is_not_from_another_city(to_region: str, reminded: bool) -> None:
    """A household registration at an unknown place may be back in this city: no reminder to register (RE-01)."""
    story = f"""
        2025-01-01 psb.migrated_out 张强 to_region={to_region}
        2026-01-01 hmd.private_lease_filed 张强
    """
    assert bool(found(story, "2026-02-28", "RE-01")) is reminded


# --- RE-02 ------------------------------------------------------------------------------------------------------------

LEFT_OPEN = """2024-01-01 hmd.private_lease_filed 张强 end_date=2025-12-31
    2024-01-05 psb.residence_changed 张强"""


@pytest.mark.parametrize("number", ["JZ-0", "JZ-2"])
def test_a_second_registration_is_asked_about_beside_one_at_an_own_home(number: str) -> None:
    """Whichever of the two numbers comes first: the home they own says nothing of the one they rented (RE-02)."""
    story = f"""{LEFT_OPEN}
        2025-06-01 hmd.ownership_changed 张强 unit_code={NEXT_DOOR}
        2025-06-01 psb.residence_changed 张强 registration_no={number} unit_code={NEXT_DOOR}
    """
    assert [alert["registration_no"] for alert in found(story, "2026-06-30", "RE-02")] == ["JZ-1"]


@pytest.mark.parametrize(
    ("wives", "stands"),
    [
        ("2026-01-10 hmd.public_rental_leased 王芳", False),
        ("2024-01-10 hmd.public_rental_leased 王芳 end_date=2025-12-31", True),  # over as well
        (f"2026-01-10 hmd.public_rental_leased 王芳 unit_code={NEXT_DOOR}", True),
        (f"2025-12-20 hmd.ownership_changed 王芳 unit_code={NEXT_DOOR}", True),
    ],
)
def test_only_a_right_of_the_spouse_to_this_very_home_lets_them_stay(wives: str, stands: bool) -> None:
    """A rental that still runs, a title, of the dwelling that they are registered at (RE-02)."""
    story = f"""{LEFT_OPEN}
        2020-05-01 mca.marriage_registered 张强 spouse=王芳
        {wives}
    """
    assert bool(found(story, "2026-06-30", "RE-02")) is stands


def test_a_spouse_named_by_a_strangers_number_gives_no_right_to_stay() -> None:
    """The number in the marriage register is somebody else's: that one's home is not theirs (RE-02)."""
    story = events_in(f"""{LEFT_OPEN}
        2020-05-01 mca.marriage_registered 张强 spouse=王芳
        2015-01-10 psb.migrated_in 王芳
        2025-12-20 hmd.ownership_changed 王芳
    """)
    assert found(story, "2026-06-30", "RE-02") == []
    story[2]["payload"]["spouse"]["name"] = "诸葛亮"
    assert len(found(story, "2026-06-30", "RE-02")) == 1


def test_a_wife_whose_name_is_miswritten_in_the_newer_lease_still_rents_the_home() -> None:
    """Housing filed her lease anew under her number, with a slip in the name: her husband may stay (RE-02)."""
    story = events_in(f"""{LEFT_OPEN}
        2020-05-01 mca.marriage_registered 张强 spouse=王芳
        2026-01-10 hmd.public_rental_leased 李娜 members=李娜,王芳/30
        2026-02-10 hmd.public_rental_leased 李娜 members=李娜,王芳/30 op=UPDATE of=#4
    """)
    story[4]["payload"]["members"][1]["person"]["name"] = "王方圆"
    assert found(story, "2026-06-30", "RE-02") == []


def test_an_address_means_the_dwelling_of_its_own_staircase() -> None:
    """The same door of the next staircase is heard of as well, and is another home (RE-02)."""
    story = f"""
        2010-01-01 hmd.unit_changed -
        2010-01-01 hmd.unit_changed - unit_code={NEXT_DOOR} standard_address=示例市城中区东山大道12号3栋1单元501室
        2024-01-01 hmd.private_lease_filed 张强 end_date=2025-12-31
        2024-01-05 psb.residence_changed 张强 unit_code=-
    """
    assert len(found(story, "2026-06-30", "RE-02")) == 1


# --- RE-04 ------------------------------------------------------------------------------------------------------------

AT_HUKOU = "1985-06-01 psb.migrated_in 王伟 hukou_address=示例市城中区西陵街道东山大道12号3栋2单元501室"
WRITTEN = "示例市城中区学院街道桃花苑3栋2单元203室"
RENTS = f"2026-01-01 hmd.private_lease_filed 王伟 unit_code={OTHER_STREET} address_text={WRITTEN}"


def test_a_registration_that_names_its_dwelling_tells_where_somebody_lives() -> None:
    """Down to the street, by the code that police wrote (RE-04)."""
    story = f"""
        {AT_HUKOU}
        2020-04-01 hrss.pension_granted 王伟
        2026-01-01 psb.residence_changed 王伟 hukou_region=429801 unit_code={OTHER_STREET} address={WRITTEN}
    """
    (alert,) = found(story.strip(), "2026-12-31", "RE-04")
    assert alert["street_level_actual_region_code"] == "429801005"


def test_a_home_in_another_city_is_not_for_this_one_to_visit() -> None:
    """Their agencies here route visits within the city alone (RE-04)."""
    story = f"{AT_HUKOU}\n2020-04-01 hrss.pension_granted 王伟\n{RENTS}"
    assert len(found(story, "2026-12-31", "RE-04")) == 1
    assert found(story.replace(OTHER_STREET, OTHER_CITY), "2026-12-31", "RE-04") == []


def test_a_household_registration_without_an_address_is_at_no_other_street() -> None:
    """Only the county is known, from a residence registration: that the streets differ is not (RE-04)."""
    story = f"""
        2020-04-01 hrss.pension_granted 王伟
        2026-01-01 psb.residence_changed 王伟 hukou_region=HUKOU unit_code={OTHER_STREET} address={WRITTEN}
    """
    assert found(story.replace("HUKOU", "429801"), "2026-12-31", "RE-04") == []
    assert len(found(story.replace("HUKOU", "429802"), "2026-12-31", "RE-04")) == 1


AT_WORK = "429801006001GB00012F00010203"
WRITTEN_AT_WORK = WRITTEN.replace("学院", "马祖")


@pytest.mark.parametrize(("at_college", "at_work"), [("L-1", "L-2"), ("L-2", "L-1")])
@pytest.mark.parametrize(("began", "street"), [("2026-02-01", "429801005"), ("2025-12-01", "429801006")])
def test_of_two_homes_the_one_moved_to_last_is_visited(at_college: str, at_work: str, began: str, street: str) -> None:
    """Both are rented; neither the numbers of the leases nor those of the dwellings say which is newer (RE-04)."""
    story = f"""
        {AT_HUKOU}
        2020-04-01 hrss.pension_granted 王伟
        {began} hmd.private_lease_filed 王伟 lease_no={at_college} unit_code={OTHER_STREET} address_text={WRITTEN}
        2026-01-01 hmd.private_lease_filed 王伟 lease_no={at_work} unit_code={AT_WORK} address_text={WRITTEN_AT_WORK}
    """
    (alert,) = found(story.strip(), "2026-12-31", "RE-04")
    assert alert["street_level_actual_region_code"] == street


@pytest.mark.parametrize(("registered", "visited"), [("2026-02-01", 0), ("2025-12-01", 1)])
def test_a_home_registered_at_last_counts_before_one_rented_earlier(registered: str, visited: int) -> None:
    """Back at the street of the household registration nobody visits elsewhere, until a later lease (RE-04)."""
    back = AT_HUKOU.rpartition("=")[2]
    story = f"""
        {AT_HUKOU}
        2020-04-01 hrss.pension_granted 王伟
        {RENTS}
        {registered} psb.residence_changed 王伟 hukou_region=429801 address={back}
    """
    assert len(found(story.strip(), "2026-12-31", "RE-04")) == visited


@pytest.mark.parametrize(
    ("pension", "as_of", "visited"),
    [
        ("2026-01-10 hrss.pension_granted 王伟 first_month=202609", "2026-09-30", False),  # thirty days from then
        ("2026-01-10 hrss.pension_granted 王伟 first_month=202609", "2026-10-01", True),
        ("2020-04-01 hrss.pension_granted 王伟\n2026-02-01 hrss.pension_status_changed 王伟", "2026-12-31", False),
        (
            """2020-04-01 hrss.pension_granted 王伟
            2026-02-01 hrss.pension_status_changed 王伟 effective_month=202609""",
            "2026-08-31",
            True,
        ),
    ],
)
def test_the_pension_office_visits_those_it_pays(pension: str, as_of: str, visited: bool) -> None:
    """From the first month of the pension to the last, though nobody sends anything then (RE-04)."""
    assert bool(found(f"{AT_HUKOU}\n{RENTS}\n{pension}", as_of, "RE-04")) is visited


# --- groups -----------------------------------------------------------------------------------------------------------


def test_a_lease_number_with_slashes_is_shown_whole() -> None:
    """Housing numbers its filings by district and year (HO-04)."""
    story = """
        2015-06-01 hmd.ownership_changed 赵敏 action=FIRST
        2025-06-01 hmd.ownership_changed 赵敏 action=TRANSFER_OUT
        2026-01-01 hmd.private_lease_filed 张强 lease_no=城中/2026/0001
    """
    assert [alert["lease_no"] for alert in found(story, "2026-06-30", "HO-04")] == ["城中/2026/0001"]


@pytest.mark.parametrize(("heads", "invited"), [(1, 1), (2, 2)])
def test_who_applies_for_others_is_on_aid_only_where_the_count_says_so(heads: int, invited: int) -> None:
    """A head for each member listed leaves the applicant out; one more is the applicant (EN-02)."""
    story = f"2026-01-10 mca.aid_granted 李娜 members=王芳/30 household_size={heads}"
    assert len(found(story, "2026-06-30", "EN-02")) == invited


def test_a_dwelling_knows_its_leases_before_they_have_told_anything() -> None:
    """A filing that names it is its own word; what the lease tells comes later, from another partition."""
    hub = LocalHub(build_journey())
    for event in events_in("2026-01-01 hmd.private_lease_filed 张强\n2026-01-01 hmd.public_rental_leased 王芳"):
        hub.feed(event)
    (dwelling,) = (s for s in hub.states() if isinstance(s, SubjectState) and s.kind == "unit")
    assert {relay.source_kind for relay in dwelling.relays.values()} == {"lease", "rental"}
    told, untold = (Unit(state).tenancies() for state in (dwelling, msgspec.structs.replace(dwelling, relays={})))
    assert [lease.lease_no for lease in untold] == ["L-1", "P-1"]
    assert untold == told
