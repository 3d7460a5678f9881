"""EN-01, EN-04 to EN-07 at their edges: support that ended, insurance that ended, ages, unknown birth dates."""

from __future__ import annotations

import pytest

from hub import Hub
from hub.rules.examples import events_in
from tests.stories import shown, standing

AS_OF = "2026-08-31"


# --- EN-01 ------------------------------------------------------------------------------------------------------------


def test_old_people_of_another_city_ask_for_their_pension_there() -> None:
    """Whoever is registered elsewhere is no case here, whatever their age (EN-01, EN-05)."""
    assert standing("2015-01-10 psb.migrated_in 陈秀英 hukou_region=420502", AS_OF, "EN-01", "EN-05") == []
    here = standing("2015-01-10 psb.migrated_in 陈秀英", AS_OF, "EN-01", "EN-05")
    assert sorted(alert["rule_id"] for alert in here) == ["EN-01", "EN-05"]


def test_every_pension_scheme_is_shown_with_what_was_said_of_it_last() -> None:
    """The office sees from which scheme to invite them to claim (EN-01)."""
    story = """
        2015-01-10 psb.migrated_in 李强
        2012-04-01 hrss.insured_enrolled 李强
        2014-04-01 hrss.insured_enrolled 李强 action=SUSPEND
        2016-04-01 hrss.insured_enrolled 李强 action=TERMINATE
        2017-04-01 hrss.insured_enrolled 李强 scheme=PENSION_RES
        2017-05-01 hrss.insured_enrolled 李强 scheme=MED_RES
    """
    (show,) = shown(story, AS_OF, "EN-01")
    assert show["enrolment_status"] == "PENSION_EMP:TERMINATE,PENSION_RES:ENROL"


@pytest.mark.parametrize(("as_of", "stands"), [("2026-07-30", False), ("2026-07-31", True)])
def test_a_job_that_paid_lapses_after_three_months(as_of: str, stands: bool) -> None:
    """The last month paid is March: from July on there is no job, and thirty days later the letter goes out (EN-01)."""
    story = """
        2015-01-10 psb.migrated_in 李强
        2026-03-10 hrss.contribution_status_changed 李强 from_month=202501
    """
    assert bool(standing(story, as_of, "EN-01")) is stands


# --- EN-04 ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("aid", "stands"),
    [
        ("2026-01-10 mca.aid_granted 王芳", True),
        ("2026-01-10 mca.aid_granted 王芳 aid_class=LS", False),  # help in an emergency does not last
        ("2026-01-10 mca.aid_granted 王芳\n2026-03-10 mca.aid_changed 王芳", False),
        ("2026-01-10 mca.aid_granted 王芳\n2026-03-10 mca.aid_changed 王芳 action=SUSPEND", False),
    ],
)
def test_housing_goes_with_lasting_aid_that_runs(aid: str, stands: bool) -> None:
    """Neither of another class, nor after its end (EN-04)."""
    story = f"2010-03-01 hrss.medical_coverage_changed 王芳\n{aid}"
    assert bool(standing(story, AS_OF, "EN-04")) is stands


@pytest.mark.parametrize(
    ("applicant", "dead", "invited"),
    [("李娜", "", "李娜"), ("王芳", "", "王芳"), ("李娜", "李娜", "王芳"), ("王芳", "王芳", "李娜")],
)
def test_the_applicant_is_invited_or_who_is_left(applicant: str, dead: str, invited: str) -> None:
    """The letter goes to the applicant while they live (EN-04)."""
    hub = Hub(as_of=AS_OF).feed(
        events_in(f"""
        2010-03-01 hrss.medical_coverage_changed 王芳
        2010-03-01 hrss.medical_coverage_changed 李娜
        2026-01-10 mca.aid_granted {applicant} members=李娜,王芳/30 household_size=2
        {f"2026-03-10 psb.death_registered {dead}" if dead else ""}
    """)
    )
    names = {resident["resident_id"]: resident["golden"]["name"]["value"] for resident in hub.residents}
    told = [a for a in hub.alerts if a["rule_id"] == "EN-04" and a["status"] != "CLOSED"]
    assert [names[alert["resident_id"]] for alert in told] == [invited]


# --- EN-05 ------------------------------------------------------------------------------------------------------------


def test_an_allowance_that_was_stopped_is_the_evidence() -> None:
    """Of each allowance the last act, beside the birth date and the registration, and nothing before it (EN-05)."""
    story = events_in("""
        2015-01-10 psb.migrated_in 陈秀英
        2021-01-01 mca.allowance_changed 陈秀英
        2022-01-01 mca.allowance_changed 陈秀英 action=SUSPEND
        2023-01-01 mca.allowance_changed 陈秀英 action=STOP
    """)
    (alert,) = standing(story, AS_OF, "EN-05")
    assert sorted(alert["evidence"]) == [story[0]["event_id"], story[3]["event_id"]]


# --- EN-06 ------------------------------------------------------------------------------------------------------------

DEATH = "2026-03-16 psb.death_registered 王伟 death_date=2026-03-15"


def schemes(story: str) -> list[str]:
    """Of the alerts on a grant that was not claimed."""
    return [show["scheme"] for show in shown(story, AS_OF, "EN-06")]


@pytest.mark.parametrize(
    ("pension", "found"),
    [
        ("2020-04-01 hrss.pension_granted 王伟 pension_type=GOV", ["PENSION_GOV"]),
        (
            """2020-04-01 hrss.pension_granted 王伟
            2025-06-01 hrss.pension_status_changed 王伟 status=SUSPENDED""",
            ["PENSION_EMP"],  # held back, but theirs
        ),
        (
            """2020-04-01 hrss.pension_granted 王伟
            2026-03-01 hrss.pension_status_changed 王伟""",
            ["PENSION_EMP"],  # stopped with the very month of death
        ),
        (
            """2020-04-01 hrss.pension_granted 王伟
            2026-02-01 hrss.pension_status_changed 王伟""",
            [],  # the month before they had none any more
        ),
    ],
)
def test_a_pension_drawn_to_the_end_leaves_a_grant(pension: str, found: list[str]) -> None:
    """In the scheme of employees or of officials, paid or held back, in the month of death or before it (EN-06)."""
    assert schemes(f"{pension}\n{DEATH}") == found


ENTERED, LEFT = "hrss.insured_enrolled 王伟", "hrss.insured_enrolled 王伟 action=TERMINATE"


@pytest.mark.parametrize(
    ("insured", "stands"),
    [
        (f"2012-04-01 {ENTERED}", True),
        (f"2012-04-01 {ENTERED}\n2014-04-01 {LEFT}", False),
        (f"2012-04-01 {ENTERED}\n2014-04-01 {LEFT}\n2016-04-01 {ENTERED}", True),
        (f"2012-04-01 {ENTERED}\n2014-04-01 {LEFT}\n2016-04-01 {ENTERED}\n2018-04-01 {LEFT}", False),
        (f"2012-04-01 {ENTERED}\n2026-02-28 {LEFT}", False),
        (f"2012-04-01 {ENTERED}\n2026-03-01 {LEFT}", True),  # with the month of death, because of it
        (f"2012-04-01 {ENTERED}\n2026-04-01 {LEFT}", True),
        (f"2026-03-15 {ENTERED}", True),
        (f"2026-03-16 {ENTERED}", False),  # nobody begins to work after their death
    ],
)
def test_whoever_was_insured_when_they_died_leaves_a_grant(insured: str, stands: bool) -> None:
    """Between entering, on the day of death at the latest, and leaving, before the month of death (EN-06)."""
    assert schemes(f"{insured}\n{DEATH}") == (["PENSION_EMP"] if stands else [])


def test_who_may_have_died_before_they_left_was_insured() -> None:
    """Police know the year of the death alone: what ended in June may have ended because of it (EN-06)."""
    story = f"""
        2012-04-01 {ENTERED}
        2025-06-01 {LEFT}
        2026-01-16 psb.death_registered 王伟 death_date=2025-01-01 death_date_precision=YEAR
    """
    assert schemes(story) == ["PENSION_EMP"]
    assert schemes(story.replace("2025-06-01", "2024-12-31")) == []


# --- EN-07 ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("then", "stands"),
    [
        ("", True),
        ("2026-05-10 psb.death_registered 王芳", False),
        ("2026-02-10 hrss.employment_changed 王芳 kind=UNEMPLOYED_REGISTERED", False),
        ("2026-02-10 hrss.employment_changed 王芳 kind=UNEMPLOYED_REGISTERED end_date=2026-08-31", False),
        ("2026-02-10 hrss.employment_changed 王芳 kind=UNEMPLOYED_REGISTERED end_date=2026-04-30", True),
    ],
)
def test_jobs_are_offered_to_the_living_whom_no_job_service_knows(then: str, stands: bool) -> None:
    """A registration as unemployed counts to its last day (EN-07)."""
    story = f"""
        2026-01-10 mca.aid_granted 王芳 members=王芳/01/ABLE
        {then}
    """
    assert bool(standing(story, AS_OF, "EN-07")) is stands


@pytest.mark.parametrize(
    ("who", "granted", "as_of", "stands"),
    [
        ("李强", "2025-01-10", "2025-12-31", True),  # 59 to the end of the year
        ("李强", "2025-01-10", "2026-01-01", False),
        ("王小宝", "2035-06-10", "2036-04-06", False),  # 16 on 8 January, ninety days before
        ("王小宝", "2035-06-10", "2036-04-07", True),
    ],
)
def test_working_age_is_from_sixteen_to_fifty_nine(who: str, granted: str, as_of: str, stands: bool) -> None:
    """From the sixteenth birthday to the day before the sixtieth (EN-07)."""
    assert bool(standing(f"{granted} mca.aid_granted {who} members={who}/01/ABLE", as_of, "EN-07")) is stands


def test_whose_age_nobody_knows_is_offered_no_job() -> None:
    """A foreigner's card of the old kind, on record without a birth date (EN-07)."""
    story = events_in("2026-01-10 mca.aid_granted 张强 members=张强/01/ABLE")
    for named in (story[0]["subject"], story[0]["payload"]["members"][0]["person"]):
        named |= {"id_type": "FPR_OLD", "id_no": "CAN110081080310", "birth_date": None}
    assert standing(story, AS_OF, "EN-07") == []
    for named in (story[0]["subject"], story[0]["payload"]["members"][0]["person"]):
        named["birth_date"] = "1988-04-18"
    assert len(standing(story, AS_OF, "EN-07")) == 1
