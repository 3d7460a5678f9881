"""Edges of ID-03 that mutation testing found unguarded: which two numbers may be one person's, and which never."""

from __future__ import annotations

from typing import Any

import pytest

from hub.rules.examples import events_in
from tests.builders import ric
from tests.stories import Story, standing

NEW, OLD, OTHER = "429801199005120042", "429801199005120026", "429801199005120069"
ONE_HOUSEHOLD = f"""
    2003-06-01 psb.migrated_in 王芳
    2003-06-02 psb.migrated_in 王芳 subject.id_no={OTHER}
"""
# Entered twice, in two households, of one mother.
ONE_MOTHER = f"""
    2003-06-01 psb.birth_registered 王芳 mother=李娜
    2003-06-02 psb.birth_registered 王芳 subject.id_no={OTHER} mother=李娜 household_no=HK-2
"""


def told(story: str) -> list[dict[str, Any]]:
    """The events of a story put together of others."""
    return events_in([line for line in story.splitlines() if line.strip()])


def alerts(story: Story) -> list[dict[str, Any]]:
    """Standing alerts of ID-03."""
    return standing(told(story) if isinstance(story, str) else story, "2026-06-30", "ID-03")


def codes(story: str) -> list[str]:
    """What the alerts rest on."""
    return sorted(code for alert in alerts(story) for code in alert["show"]["evidence_codes"])


def numbers(alert: dict[str, Any]) -> list[str]:
    """The ends of the two numbers shown."""
    return [masked[-4:] for masked in alert["show"]["masked_ids"]]


def evidence(alert: dict[str, Any]) -> list[int]:
    """Which lines of the story."""
    return sorted(int(event_id[-2:]) for event_id in alert["evidence"])


# --- who they are -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("second", "is_asked"),
    [
        (OTHER, True),
        (ric("19900513", 4), False),  # another birth date
        (ric("19900512", 5), False),  # a man
        (OTHER[:-1] + "0", False),  # a wrong check digit: ID-01 asks for the number first
        ("429801900512006 subject.id_type=RIC15", True),  # an archive's form of the other number
    ],
)
def test_one_name_in_one_household_needs_two_sound_numbers_of_one_birth(second: str, is_asked: bool) -> None:
    """Birth date and sex must agree, and both numbers hold (ID-03)."""
    story = f"""
        2003-06-01 psb.migrated_in 王芳
        2003-06-02 psb.migrated_in 王芳 subject.birth_date=- subject.sex=- subject.id_no={second}
    """
    assert bool(alerts(story)) is is_asked


def test_a_number_that_holds_no_sex_hides_nobody() -> None:
    """A foreigner in the household of the two, sex not stated, is no third and no obstacle (ID-03)."""
    foreigner = f"subject.id_type=FPR_NEW subject.id_no={ric('19850512', 4, region='911840')} subject.sex=-"
    (alert,) = alerts(f"{ONE_HOUSEHOLD} 2003-06-03 psb.migrated_in 李强 {foreigner} subject.birth_date=-")
    assert numbers(alert) == ["0042", "0069"]


def test_the_number_shown_is_the_present_one() -> None:
    """A move registered under the old number, years after the correction, does not bring it back (ID-03)."""
    (alert,) = alerts(
        f"""
        2003-06-01 psb.migrated_in 王芳 subject.id_no={OLD}
        2010-06-01 psb.item_corrected 王芳 item=ID_NO old_value={OLD} new_value={NEW}
        2015-06-01 psb.migrated_in 王芳 subject.id_no={OLD}
        2015-06-02 psb.migrated_in 王芳 subject.id_no={OTHER}
        """
    )
    assert numbers(alert) == ["0042", "0069"]


# --- their household, their parents -----------------------------------------------------------------------------------


def test_a_mother_lives_where_she_is_registered() -> None:
    """Her child's birth in the father's household moves the child there, not her (ID-03)."""
    story = f"{ONE_HOUSEHOLD}\n2026-01-20 psb.birth_registered 李小雨 mother=王芳 household_no=HK-2"
    assert codes(story) == ["SAME_HOUSEHOLD"]


@pytest.mark.parametrize(
    "move",
    [
        "psb.migrated_out 王芳",
        "psb.household_restructured 王芳 kind=SPLIT from_household_no=- to_household_no=-",
    ],
)
def test_who_left_for_no_known_household_has_the_same_mother(move: str) -> None:
    """The case goes on as the mother's; of a household there is nothing to show (ID-03)."""
    (alert,) = alerts(f"{ONE_MOTHER}\n2020-06-01 {move}")
    assert alert["show"]["evidence_codes"] == ["SAME_PARENT"]


def test_who_moved_out_is_in_no_household_to_be_shown() -> None:
    """The births are evidence, and the newest word on who she is; where she went is none (ID-03)."""
    (alert,) = alerts(
        f"""{ONE_MOTHER}
        2020-06-01 psb.migrated_out 王芳
        2021-06-01 psb.item_corrected 王芳 item=MARITAL new_value=20
        """
    )
    assert evidence(alert) == [1, 2, 4]


def test_a_child_who_died_has_no_live_number() -> None:
    """Neither with the same mother (ID-03)."""
    assert alerts(f"{ONE_MOTHER}\n2020-06-01 psb.death_registered 王芳") == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("mother=李娜 father=王伟", "mother=李娜 father=张强"),
        ("mother=李娜 father=王伟", "mother=赵敏 father=王伟"),
    ],
)
def test_one_common_parent_is_enough(first: str, second: str) -> None:
    """The other was entered differently for the two births: whoever they are, the common one has the case (ID-03)."""
    story = f"""
        2003-06-01 psb.birth_registered 王芳 {first}
        2003-06-02 psb.birth_registered 王芳 subject.id_no={OTHER} {second} household_no=HK-2
    """
    assert codes(story) == ["SAME_PARENT"]


# --- what an agency says ----------------------------------------------------------------------------------------------

MOVED = """
    2024-06-01 hrss.insured_enrolled 王芳 subject.id_no={}
    2026-01-05 hrss.insured_enrolled 王芳 op=UPDATE of=#1 subject.id_no={}
"""


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        (MOVED.format(OTHER, NEW) + ONE_HOUSEHOLD, ["SAME_HOUSEHOLD"]),
        (MOVED.format(OTHER, NEW) + ONE_MOTHER, ["SAME_PARENT"]),
        (MOVED.format(OTHER, NEW) + ONE_MOTHER.replace("李娜 household", "赵敏 household"), ["AGENCY_LINK"]),
    ],
    ids=["household", "mother", "two mothers"],
)
def test_a_link_is_told_where_household_and_parents_tell_nothing(story: str, expected: list[str]) -> None:
    """One case, and not the agency's as long as there is better evidence (ID-03)."""
    assert codes(story) == expected


@pytest.mark.parametrize(("at_home", "elsewhere"), [(OTHER, OLD), (OLD, OTHER)])
def test_the_households_case_hides_no_link(at_home: str, elsewhere: str) -> None:
    """Files came over from two numbers: one is in the household, the other is known by the agency alone (ID-03)."""
    story = f"""
        {MOVED.format(at_home, NEW)}
        2024-06-01 mca.allowance_changed 王芳 subject.id_no={elsewhere}
        2026-01-05 mca.allowance_changed 王芳 op=UPDATE of=#3 subject.id_no={NEW}
        2003-06-01 psb.migrated_in 王芳
        2003-06-02 psb.migrated_in 王芳 subject.id_no={at_home}
    """
    assert codes(story) == ["AGENCY_LINK", "SAME_HOUSEHOLD"]


def test_a_number_unlike_hides_no_link() -> None:
    """Files came over from five numbers, of which one can be taken for the present one (ID-03)."""
    unlike = [ric(birth, 2) for birth in ("19800101", "19810102", "19820203", "19830304")]
    lines = []
    for number in (*unlike, OLD):
        born = f"subject.id_no={number} subject.birth_date=- subject.sex=-"
        lines.append(f"2024-06-01 mca.allowance_changed 王芳 item_no=JT-{number[8:10]} {born}")
        lines.append(f"2026-01-05 mca.allowance_changed 王芳 op=UPDATE of=#{len(lines)} subject.id_no={NEW}")
    (alert,) = alerts("\n".join(lines))
    assert numbers(alert) == ["0026", "0042"]


@pytest.mark.parametrize(
    ("number", "is_asked"),
    [
        (ric("19910612", 4), True),  # several digits, all of the birth date
        (ric("19900512", 126), False),  # several digits, none of them
        (ric("19910512", 6), False),  # one of either
    ],
)
def test_numbers_are_mistaken_in_the_birth_date_or_in_one_place(number: str, is_asked: bool) -> None:
    """More than that is another person's number (ID-03)."""
    story = told(MOVED.format(NEW, NEW))
    story[1]["subject"] |= {"id_no": number, "birth_date": None}
    assert bool(alerts(story)) is is_asked


def test_only_a_file_that_went_over_is_evidence() -> None:
    """Not one updated under the present number, nor one that names both numbers at once (ID-03)."""
    story = told(
        f"""{MOVED.format(OLD, NEW)}
        2025-01-05 mca.allowance_changed 王芳
        2025-02-05 mca.allowance_changed 王芳 op=UPDATE of=#3
        2025-01-05 hmd.public_rental_leased 张强
        2025-02-05 hmd.public_rental_leased 张强 op=UPDATE of=#5 members=张强,王芳/10,王芳/10"""
    )
    story[-1]["payload"]["members"][-1]["person"]["id_no"] = OLD
    (alert,) = alerts(story)
    assert set(evidence(alert)) & {1, 2, 5, 6} == {1, 2}
