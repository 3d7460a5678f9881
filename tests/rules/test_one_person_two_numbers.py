"""ID-03 and ID-04 beyond their examples: chains of corrections, every kind of file, households that prove nothing."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from hub import Hub
from hub.rules.examples import events_in
from tests.builders import ric

NEW, OLD, OTHER = "429801199005120042", "429801199005120026", "429801199005120069"
CORRECTED = f"2026-02-05 psb.item_corrected 王芳 item=ID_NO old_value={OLD} new_value={NEW}"


def found(rule: str, events: list[dict[str, Any]], as_of: str = "2026-05-31") -> list[dict[str, Any]]:
    """What the rule's standing alerts show; the same in whatever order the events come, and told twice."""
    shown = _shown(rule, events, as_of)
    for seed in range(4):
        shuffled = events * (1 + seed % 2)
        random.Random(seed).shuffle(shuffled)
        assert _shown(rule, shuffled, as_of) == shown
    return shown


def _shown(rule: str, events: list[dict[str, Any]], as_of: str) -> list[dict[str, Any]]:
    hub = Hub(as_of=as_of).feed(events)
    assert hub.quarantine == []
    standing = [a["show"] for a in hub.alerts if a["rule_id"] == rule and a["status"] != "CLOSED"]
    return sorted(standing, key=str)


def under_old_number(*lines: str) -> list[dict[str, Any]]:
    """A story in which 王芳 bears the old number wherever she is named, before police correct it."""
    story = events_in(lines)
    return [*json.loads(json.dumps(story).replace(NEW, OLD)), events_in([*lines, CORRECTED])[-1]]


# --- ID-04 ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "hrss.insured_enrolled 王芳 action=SUSPEND",
        "hrss.employment_changed 王芳",
        "hrss.unemployment_benefit_changed 王芳",
        "hrss.medical_coverage_changed 王芳",
        "mca.aid_granted 张强 household_size=2 members=张强,王芳/10",
        "mca.allowance_changed 王芳 action=SUSPEND",
        "mca.eldercare_changed 王芳",
        "hmd.ownership_changed 王芳",
        "hmd.public_rental_qualified 王芳",
        "hmd.public_rental_leased 张强 members=张强,王芳/10",
        "hmd.rent_subsidy_changed 王芳",
        "hmd.private_lease_filed 王芳",
        "hmd.private_lease_filed 张强 lessor=王芳",
        "hmd.private_lease_filed 张强 occupants=王芳",
    ],
)
def test_every_open_file_under_a_retired_number_is_asked_about(line: str) -> None:
    """Whatever an agency still works with, and in whatever role the person stands there."""
    (shown,) = found("ID-04", under_old_number(f"2026-01-01 {line}"))
    assert (shown["old_masked"], shown["new_masked"]) == ("429801********0026", "429801********0042")


@pytest.mark.parametrize(
    "lines",
    [
        ["2020-01-01 hrss.pension_granted 王芳", "2021-01-01 hrss.pension_status_changed 王芳"],
        ["2020-01-01 hrss.employment_changed 王芳", "2021-01-01 hrss.employment_changed 王芳 kind=EMPLOYED_END"],
        ["2020-01-01 hrss.employment_changed 王芳 end_date=2021-01-01"],
        ["2020-01-01 hrss.unemployment_benefit_changed 王芳 to_month=202012"],
        ["2025-01-01 hrss.medical_coverage_changed 王芳"],
        ["2020-01-01 hrss.insurance_transferred 王芳", "2020-01-01 hrss.eligibility_verified 王芳"],
        ["2020-01-01 mca.aid_granted 张强 members=张强,王芳/10", "2021-01-01 mca.aid_changed 张强"],
        [
            "2020-01-01 mca.aid_granted 张强 household_size=2 members=张强,王芳/10",
            "2021-01-01 mca.aid_changed 张强 action=REMOVE_MEMBER member=王芳",
        ],
        ["2020-01-01 mca.eldercare_changed 王芳", "2021-01-01 mca.eldercare_changed 王芳 action=DISCHARGE"],
        [
            "2020-01-01 mca.deceased_handled 王伟 applicant=王芳",
            "2020-02-01 hrss.survivor_grant_paid 王伟",
        ],
        ["2020-01-01 hmd.ownership_changed 王芳", "2021-01-01 hmd.ownership_changed 王芳 action=TRANSFER_OUT"],
        ["2020-01-01 hmd.public_rental_qualified 王芳 valid_until=2021-01-01"],
        ["2020-01-01 hmd.public_rental_leased 张强 members=张强,王芳/10", "2021-01-01 hmd.public_rental_ended 张强"],
        ["2020-01-01 hmd.rent_subsidy_changed 王芳 action=STOP"],
        ["2020-01-01 hmd.private_lease_filed 张强 lessor=王芳", "2021-01-01 hmd.private_lease_ended 张强"],
        ["2020-01-01 hmd.private_lease_filed 王芳 end_date=2021-01-01"],
    ],
)
def test_a_file_that_is_closed_need_not_be_rekeyed(lines: list[str]) -> None:
    """Ended, left, spent or over: archives keep the number of their time."""
    assert found("ID-04", under_old_number(*lines)) == []


def test_a_file_that_runs_out_is_asked_about_no_longer() -> None:
    """The case of a year's medical cover ends with the year, by time alone."""
    story = under_old_number("2026-01-01 hrss.medical_coverage_changed 王芳")
    assert len(found("ID-04", story, "2026-12-31")) == 1
    assert found("ID-04", story, "2027-01-01") == []


def test_a_chain_of_corrections_names_the_one_that_retired_each_number() -> None:
    """Files under the first and the second of three numbers are both asked about, each with its own document."""
    shown = found(
        "ID-04",
        events_in(f"""
            2020-06-01 hrss.pension_granted 王芳 subject.id_no={OLD}
            2025-01-05 psb.item_corrected 王芳 subject.id_no={OTHER} item=ID_NO old_value={OLD} new_value={OTHER}
            2025-02-05 hrss.insured_enrolled 王芳 subject.id_no={OTHER}
            2026-01-05 psb.item_corrected 王芳 item=ID_NO old_value={OTHER} new_value={NEW} document_no=GZ-2
        """),
    )
    told = [(s["old_masked"][-4:], s["new_masked"][-4:], s["correction_doc_no"]) for s in shown]
    assert told == [("0026", "0042", "GZ-1"), ("0069", "0042", "GZ-2")]


def test_a_number_given_back_is_not_retired() -> None:
    """Corrected there and back again, the first number is the present one, and files under it are in order."""
    shown = found(
        "ID-04",
        events_in(f"""
            2020-06-01 hrss.pension_granted 王芳 subject.id_no={OLD}
            2025-01-05 psb.item_corrected 王芳 item=ID_NO old_value={OLD} new_value={NEW}
            2025-02-05 hrss.insured_enrolled 王芳
            2026-01-05 psb.item_corrected 王芳 subject.id_no={OLD} item=ID_NO old_value={NEW} new_value={OLD}
        """),
    )
    assert [(s["old_masked"][-4:], s["new_masked"][-4:]) for s in shown] == [("0042", "0026")]


# --- ID-03 ------------------------------------------------------------------------------------------------------------


def test_a_collective_household_is_no_evidence() -> None:
    """With more members than the policy says, two of one name and birth date are strangers."""
    lines = ["2025-06-01 psb.migrated_in 王芳", f"2025-06-01 psb.migrated_in 王芳 subject.id_no={OTHER}"]
    lines += [f"2025-06-01 psb.migrated_in 张强 subject.id_no={ric('19880418', 2 * n + 1)}" for n in range(40, 58)]
    story = events_in(lines)
    for number, event in enumerate(story[2:]):
        event["subject"]["name"] = f"张{chr(0x4E00 + 40 * number)}"
    assert len(found("ID-03", story)) == 1
    assert found("ID-03", [*story, events_in(["2025-06-01 psb.migrated_in 李强"] * 21)[-1]]) == []


def test_the_dead_have_no_live_number() -> None:
    """Of three numbers in one household the one whose death is registered is left alone."""
    story = events_in(f"""
        2003-06-01 psb.migrated_in 王芳
        2003-06-02 psb.migrated_in 王芳 subject.id_no={OLD}
        2003-06-03 psb.migrated_in 王芳 subject.id_no={OTHER}
        2020-01-01 psb.death_registered 王芳 subject.id_no={OTHER}
    """)
    (shown,) = found("ID-03", story)
    assert [masked[-4:] for masked in shown["masked_ids"]] == ["0026", "0042"]


def test_two_numbers_are_one_case_whatever_brings_them_together() -> None:
    """In one household, of one mother, and linked by an agency: the household's case alone."""
    story = events_in(f"""
        2003-06-01 psb.birth_registered 王芳 mother=李娜
        2003-06-02 psb.birth_registered 王芳 subject.id_no={OLD} mother=李娜
        2024-06-01 hrss.insured_enrolled 王芳
        2026-01-05 hrss.insured_enrolled 王芳 op=UPDATE of=#3 subject.id_no={OLD}
    """)
    (shown,) = found("ID-03", story)
    assert shown["evidence_codes"] == ["SAME_HOUSEHOLD"]


def test_who_leaves_the_household_leaves_the_case() -> None:
    """A later move into another household ends it, a merger of the households begins it."""
    story = events_in(f"""
        2003-06-01 psb.migrated_in 王芳
        2003-06-02 psb.migrated_in 王芳 subject.id_no={OLD}
        2010-06-02 psb.migrated_in 王芳 subject.id_no={OLD} household_no=HK-7
        2015-06-02 psb.household_restructured 王芳 kind=MERGE from_household_no=HK-1 to_household_no=HK-7
    """)
    assert found("ID-03", story[:3]) == []
    assert len(found("ID-03", story)) == 1


@pytest.mark.parametrize(
    ("number", "is_asked"),
    [
        ("429801199005120026", True),  # one digit of the sequence, and the check digit with it
        ("429801199005210048", True),  # another birth date
        ("429801199005120405", True),  # two neighbouring digits turned round
        ("429801198804180071", False),  # another person's altogether
    ],
)
def test_an_agency_links_only_numbers_that_can_be_taken_for_each_other(number: str, is_asked: bool) -> None:
    """A file given to quite another number is the agency's own affair."""
    story = events_in(
        ["2024-06-01 hrss.insured_enrolled 王芳", "2026-01-05 hrss.insured_enrolled 王芳 op=UPDATE of=#1"]
    )
    story[1]["subject"] = {"id_type": "RIC", "id_no": number, "name": "王芳", "sex": "2", "birth_date": None}
    assert len(found("ID-03", story)) == is_asked


def test_a_link_that_was_taken_back_links_nothing() -> None:
    """The UPDATE that moved the file never happened, so nothing is asked."""
    story = events_in(f"""
        2024-06-01 hrss.insured_enrolled 王芳
        2026-01-05 hrss.insured_enrolled 王芳 op=UPDATE of=#1 subject.id_no={OLD}
        2026-02-05 hrss.insured_enrolled 王芳 op=CANCEL of=#2
    """)
    assert len(found("ID-03", story[:2])) == 1
    assert found("ID-03", story) == []


def test_a_number_that_was_retired_since_is_no_live_one() -> None:
    """The file went over to another number, and police then corrected the first into a third: that is known by now."""
    story = events_in(f"""
        2024-06-01 hrss.insured_enrolled 王芳
        2026-01-05 hrss.insured_enrolled 王芳 op=UPDATE of=#1 subject.id_no={OLD}
        2026-02-05 psb.item_corrected 王芳 item=ID_NO old_value={NEW} new_value={OTHER}
    """)
    assert len(found("ID-03", story[:2])) == 1
    assert found("ID-03", story) == []
