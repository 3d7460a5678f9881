"""Edges of rules that mutation testing found unguarded: each story is a line that could be changed unseen."""

from __future__ import annotations

from typing import Any

import pytest

from hub import Hub
from hub.rules.examples import events_in


def alerts(story: str, as_of: str, *rules: str) -> list[dict[str, Any]]:
    """Standing alerts of these rules; told backwards the same stand."""
    events = events_in(story)
    found = [_alerts(told, as_of, rules) for told in (events, events[::-1])]
    assert [a["fingerprint"] for a in found[0]] == [a["fingerprint"] for a in found[1]]
    return found[0]


def _alerts(events: list[dict[str, Any]], as_of: str, rules: tuple[str, ...]) -> list[dict[str, Any]]:
    hub = Hub(as_of=as_of, enable=("all",)).feed(events)
    assert hub.quarantine == []
    standing = [a for a in hub.alerts if a["status"] != "CLOSED" and a["rule_id"] in rules]
    return sorted(standing, key=lambda alert: alert["fingerprint"])


# --- EC-05 ------------------------------------------------------------------------------------------------------------

TWO_PENSIONS = """
    2020-04-01 hrss.pension_granted 王伟
    2026-02-01 hrss.pension_granted 王伟 pension_type=RES decision_no=YL-2
"""


@pytest.mark.parametrize(
    ("then", "as_of", "overlap"),
    [
        ("", "2026-02-28", "202602-"),
        ("", "2026-06-30", "202602-"),
        (
            """2026-03-01 hrss.pension_status_changed 王伟 pension_type=RES status=SUSPENDED effective_month=202603
            2026-04-01 hrss.pension_status_changed 王伟 pension_type=RES status=PAYING effective_month=202604""",
            "2026-06-30",
            "202604-",
        ),
        (
            """2026-03-01 hrss.pension_status_changed 王伟 status=SUSPENDED effective_month=202603
            2026-05-01 hrss.pension_status_changed 王伟 status=PAYING effective_month=202605""",
            "2026-06-30",
            "202605-",
        ),
    ],
)
def test_two_pensions_overlap_since_the_last_month_that_only_one_paid(then: str, as_of: str, overlap: str) -> None:
    """A month without one of them, even a single one, begins the overlap anew (EC-05)."""
    (alert,) = alerts(TWO_PENSIONS + then, as_of, "EC-05")
    assert alert["show"]["overlap_months"] == overlap


# --- HO-01 ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("end", "stands"), [("2026-02-15", False), ("2026-02-16", True)])
def test_a_hand_over_lasts_fifteen_days(end: str, stands: bool) -> None:
    """Both leases running on the sixteenth day is more than a hand-over; the fifteenth is its last (HO-01)."""
    story = f"""
        2026-01-01 hmd.private_lease_filed 张强 end_date={end}
        2026-02-01 hmd.private_lease_filed 李强 lease_no=L-2 end_date=2026-12-31
    """
    assert bool(alerts(story, "2026-02-16", "HO-01")) is stands


def test_beds_do_not_hide_that_the_whole_is_let_twice() -> None:
    """A lease of a bed beside them clashes with neither, and leaves the clash of the other two (HO-01)."""
    (alert,) = alerts(
        """
        2025-12-01 hmd.private_lease_filed 赵敏 lease_no=L-0 scope=BED lessor=李娜
        2026-01-01 hmd.private_lease_filed 张强
        2026-02-01 hmd.private_lease_filed 李强 lease_no=L-2
        """,
        "2026-06-30",
        "HO-01",
    )
    assert alert["show"]["lease_nos"] == ["L-1", "L-2"]


# --- EC-01, EC-02 -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("story", "stands"),
    [
        ("2026-03-01 hmd.ownership_changed 王芳 {home}", True),
        ("2024-01-01 hmd.ownership_changed 王芳 {home}", True),  # on the first day of the lease
        ("2023-12-31 hmd.ownership_changed 王芳 {home}", False),
        ("2026-03-01 hmd.ownership_changed 王芳 {home} floor_area=20.00", False),  # ten a head
        ("2026-03-01 hmd.ownership_changed 王芳 {home}\n2026-03-02 hmd.public_rental_qualified 王芳", False),
        ("2026-03-01 hmd.ownership_changed 王芳 {home}\n2026-03-01 hmd.public_rental_qualified 王芳", True),
        (
            "2026-03-01 hmd.ownership_changed 王芳 {home}\n2026-03-02 hmd.public_rental_qualified 王芳 result=REJECTED",
            True,
        ),
    ],
)
def test_a_home_matters_that_was_not_there_when_they_were_approved(story: str, stands: bool) -> None:
    """From the first day of the lease, big enough for two, and of no approval later than itself (EC-01)."""
    lease = "2024-01-01 hmd.public_rental_leased 王芳 members=王芳,王小宝/20\n"
    home = "unit_code=429801001002GB00001F00030502"
    assert bool(alerts(lease + story.format(home=home), "2026-06-30", "EC-01")) is stands


def test_a_home_registered_on_the_day_of_the_review_was_seen_there() -> None:
    """Only a later day is news to civil affairs (EC-02)."""
    story = """
        2010-03-01 hmd.ownership_changed 李娜
        2026-01-10 mca.aid_granted 李娜 aid_class=GX last_review_date={day}
        2026-01-05 hmd.ownership_changed 李娜 unit_code=429801001002GB00001F00030502
    """
    assert alerts(story.format(day="2026-01-05"), "2026-06-30", "EC-02") == []
    assert len(alerts(story.format(day="2026-01-04"), "2026-06-30", "EC-02")) == 1


# --- deaths -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("deaths", "dates"),
    [
        ("2026-03-02 psb.death_registered 王伟 death_date=2026-03-01", ["2026-03-01"]),
        ("2026-03-02 mca.deceased_handled 王伟 death_date=2026-02-28", ["2026-02-28"]),
        (
            """2026-03-02 mca.deceased_handled 王伟 death_date=2026-02-28
            2026-03-05 psb.death_registered 王伟 death_date=2026-03-01""",
            ["2026-03-01"],
        ),
        (
            """2026-03-02 psb.death_registered 王伟 death_date=2026-03-01
            2026-03-05 mca.deceased_handled 王伟 death_date=2026-02-28""",
            ["2026-03-01"],
        ),
        ("2026-03-02 hrss.eligibility_verified 王伟 result=DECEASED", []),
    ],
)
def test_the_word_of_police_on_a_death_goes_before_that_of_others(deaths: str, dates: list[str]) -> None:
    """And a pension office's own finding is no death to pay a grant for (EN-06)."""
    story = """
        2020-04-01 hrss.pension_granted 王伟
        2026-03-20 hrss.pension_status_changed 王伟 effective_month=202604 reason=DEATH
    """
    assert [alert["show"]["death_date"] for alert in alerts(story + deaths, "2026-08-31", "EN-06")] == dates


# --- EC-03 ------------------------------------------------------------------------------------------------------------

AT_WORK = """
    2026-01-10 mca.aid_granted 李娜 aid_class=GX members=李娜,王芳/30 household_size=2
    2026-02-20 hrss.contribution_status_changed 王芳 from_month=202602 to_month=202605
"""


@pytest.mark.parametrize(
    ("then", "as_of", "stands"),
    [
        ("", "2026-06-30", True),  # months sent ahead count when they have come
        ("2026-03-10 mca.aid_changed 李娜 action=REMOVE_MEMBER member=王芳", "2026-06-30", False),
        ("2026-03-10 mca.aid_changed 李娜 action=TERMINATE", "2026-06-30", False),
        ("2026-03-10 hrss.employment_changed 王芳 kind=PUBLIC_POST_START", "2026-06-30", False),
        ("2026-03-10 hrss.employment_changed 王芳 kind=PUBLIC_POST_START end_date=2026-04-30", "2026-06-30", True),
    ],
)
def test_months_at_work_matter_to_a_household_that_is_on_aid(then: str, as_of: str, stands: bool) -> None:
    """As long as the household is on aid, its member is in it, and the work is not a public post (EC-03)."""
    assert bool(alerts(AT_WORK + then, as_of, "EC-03")) is stands


# --- XJ-02 ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("first", "last"), [("李娜", "王芳"), ("王芳", "李娜")])
def test_a_household_that_has_left_is_spoken_of_by_who_left_last(first: str, last: str) -> None:
    """The alert names the member who moved out last, with the day and the place (XJ-02)."""
    story = f"""
        2010-01-01 psb.migrated_in 李娜
        2010-01-01 psb.migrated_in 王芳
        2025-01-10 mca.aid_granted 李娜 aid_class=GX members=李娜,王芳/30 household_size=2
        2026-01-11 psb.migrated_out {first} to_region=420502
        2026-01-15 psb.migrated_out {last} to_region=420503
    """
    hub = Hub(as_of="2026-06-30").feed(events_in(story))
    names = {resident["resident_id"]: resident["golden"]["name"]["value"] for resident in hub.residents}
    (alert,) = [alert for alert in hub.alerts if alert["rule_id"] == "XJ-02"]
    assert names[alert["resident_id"]] == last
    assert alert["show"]["moved_out_date"] == "2026-01-15"
    assert alert["show"]["destination_region_code"] == "420503"


@pytest.mark.parametrize(("action", "stands"), [("START", True), ("RESUME", True), ("SUSPEND", False), ("STOP", False)])
def test_an_allowance_that_runs_again_runs(action: str, stands: bool) -> None:
    """Started or resumed, it is paid to somebody registered elsewhere (XJ-02)."""
    story = f"""
        2020-01-01 psb.migrated_in 陈秀英
        2021-01-01 mca.allowance_changed 陈秀英
        2025-06-01 mca.allowance_changed 陈秀英 op=UPDATE of=#2 action={action}
        2026-01-11 psb.migrated_out 陈秀英
    """
    assert bool(alerts(story, "2026-06-30", "XJ-02")) is stands


# --- LE-05 ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("numbers", "shown"),
    [
        ("certificate_no=L-7 judgment_no=PJ-1 prior_certificate_no=J-1", "L-7"),
        ("certificate_no=- judgment_no=PJ-1 prior_certificate_no=J-1", "PJ-1"),
        ("certificate_no=- prior_certificate_no=J-1", "J-1"),
    ],
)
def test_a_divorce_is_shown_by_the_paper_that_proves_it(numbers: str, shown: str) -> None:
    """Its own certificate, else the judgment, else the marriage it ended (LE-05)."""
    story = f"""
        2000-01-10 mca.marriage_registered 王伟
        2001-01-10 psb.item_corrected 王伟 item=MARITAL new_value=20
        2026-01-10 mca.marriage_ended 王伟 {numbers}
    """
    (alert,) = [alert for alert in alerts(story, "2026-06-30", "LE-05") if alert["resident_id"] is not None]
    assert alert["show"] == {
        "derived_status_group": "40",
        "certificate_no": shown,
        "event_date": "2026-01-10",
    }


# --- ID-01, ID-05 -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("story", "agencies"),
    [
        ("2026-01-05 hrss.insured_enrolled 王芳 subject.sex=1", ["HRSS"]),
        (
            "2015-01-05 psb.migrated_in 王芳 subject.sex=1\n2026-01-05 hrss.insured_enrolled 王芳 subject.sex=1",
            ["PSB"],  # what others copied from police, police correct
        ),
        (
            "2015-01-05 psb.migrated_in 王芳\n2026-01-05 hrss.insured_enrolled 王芳 subject.sex=1",
            ["HRSS"],
        ),
        (
            """2015-01-05 psb.migrated_in 王芳
            2025-01-05 psb.item_corrected 王芳 item=SEX old_value=2 new_value=1
            2026-01-05 hrss.insured_enrolled 王芳 subject.sex=1""",
            [],  # lawfully another sex under the number kept
        ),
        (
            """2026-01-05 hrss.insured_enrolled 王芳 subject.sex=1
            2026-01-06 mca.allowance_changed 王芳 subject.sex=1""",
            ["HRSS", "MCA"],
        ),
    ],
)
def test_whoever_wrote_what_contradicts_the_number_is_asked(story: str, agencies: list[str]) -> None:
    """Each agency for its own record, unless it only repeats what police hold (ID-05)."""
    assert sorted(alert["acting_agency"] for alert in alerts(story, "2026-03-31", "ID-05")) == agencies


def test_every_fault_of_a_number_is_named_and_the_number_is_not_shown() -> None:
    """A day that never was and a wrong check digit, of a number masked in the middle (ID-01)."""
    (alert,) = alerts("2026-01-05 hrss.insured_enrolled 王伟 subject.id_no=429801196013150013", "2026-03-31", "ID-01")
    assert alert["show"] == {"error_code": "DATE,CHECKSUM", "masked_id": "429801********0013"}
