"""Edges of the ID rules that mutation testing found unguarded: who is asked about a number, and who is left alone."""

from __future__ import annotations

from typing import Any

from hub.rules.examples import events_in
from tests.stories import Story, standing

NEW, OLD = "429801199005120042", "429801199005120026"
IN_AN_ARCHIVE = "429801900512004"  # the new number, as it was before 1999
CORRECTED = f"psb.item_corrected 王芳 item=ID_NO old_value={OLD} new_value={NEW}"


def alerts(story: Story, rule: str) -> list[dict[str, Any]]:
    """Standing alerts of a rule."""
    return standing(story, "2026-06-30", rule)


# --- ID-01, ID-02 -----------------------------------------------------------------------------------------------------


def test_a_correction_names_the_old_form_on_purpose_and_an_archive_does_not() -> None:
    """Police replace fifteen digits and are not asked; an agency that sends them afterwards is (ID-01)."""
    (alert,) = alerts(
        f"""
        2019-06-01 psb.item_corrected 王芳 item=ID_NO old_value={IN_AN_ARCHIVE} new_value={NEW}
        2020-06-01 hrss.insured_enrolled 王芳 subject.id_type=RIC15 subject.id_no={IN_AN_ARCHIVE}
        """,
        "ID-01",
    )
    assert (alert["acting_agency"], alert["show"]["error_code"]) == ("HRSS", "LEGACY15")


def test_two_names_in_one_record_are_no_two_records() -> None:
    """A funeral's applicant filed under the number of the dead: nothing else says whose it is (ID-02)."""
    events = events_in("2026-03-03 mca.deceased_handled 王芳 applicant=赵敏")
    events[0]["payload"]["applicant"]["id_no"] = NEW
    assert alerts(events, "ID-02") == []


# --- ID-04 ------------------------------------------------------------------------------------------------------------


def test_a_retired_number_is_found_behind_a_birth_certificate() -> None:
    """Who was known by a certificate first, and by another number later, has retired that number only (ID-04)."""
    (alert,) = alerts(
        f"""
        2010-01-20 psb.birth_registered 王芳 birth_cert_no=Z429801201000001
        2010-02-01 mca.allowance_changed 王芳 subject.id_type=BIRTH_CERT subject.id_no=Z429801201000001
        2020-01-20 hrss.pension_granted 王芳 subject.id_no={OLD}
        2026-01-22 {CORRECTED}
        """,
        "ID-04",
    )
    assert (alert["acting_agency"], alert["show"]["old_masked"]) == ("HRSS", "429801********0026")


def test_an_infant_goes_on_under_the_number_that_the_registration_gave() -> None:
    """The certificate was corrected before: its file is to be re-keyed to the registered number, and shown it (ID-04).

    No correction ever named that number.
    """
    certificate, corrected = "Z429801202600001", "Z429801202600002"
    infant = "李小雨 subject.id_type=BIRTH_CERT subject.id_no"
    (alert,) = alerts(
        f"""
        2026-01-20 hrss.medical_coverage_changed {infant}={certificate}
        2026-01-22 psb.item_corrected {infant}={corrected} item=ID_NO old_value={certificate} new_value={corrected}
        2026-01-25 psb.birth_registered 李小雨 birth_cert_no={corrected}
        """,
        "ID-04",
    )
    assert alert["show"]["new_masked"] == "429801********0085"


def test_a_file_under_the_new_number_is_not_asked_about_for_its_neighbour() -> None:
    """Two records of one enrolment, one under each number: the one under the old number alone is (ID-04)."""
    (alert,) = alerts(
        f"""
        2020-01-19 hrss.insured_enrolled 王芳
        2020-01-20 hrss.insured_enrolled 王芳 subject.id_no={OLD}
        2026-01-22 {CORRECTED}
        """,
        "ID-04",
    )
    assert [event_id[-1] for event_id in alert["evidence"]] == ["2", "3"]


# --- ID-05 ------------------------------------------------------------------------------------------------------------


def test_an_archives_fifteen_digits_hide_nobody_elses_mistake() -> None:
    """The next record says a man under the same woman's number (ID-05)."""
    (alert,) = alerts(
        f"""
        2020-06-01 hrss.insured_enrolled 王芳 subject.id_type=RIC15 subject.id_no={IN_AN_ARCHIVE}
        2020-06-02 mca.allowance_changed 王芳 subject.sex=1
        """,
        "ID-05",
    )
    assert alert["acting_agency"] == "MCA"
