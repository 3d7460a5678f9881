"""Whose record it is: what a number says of its bearer, and names that fit a number or do not (domain 3.6, 6.1)."""

from __future__ import annotations

from typing import Any

import pytest

from hub import Hub
from hub.domain.person_ids import mod_11_2
from hub.rules.examples import events_in
from tests.stories import record

WANG = "429801196003150017"
POLICE = "1985-06-01 psb.migrated_in 王伟"
# One name by its sound, another by its characters; and one that has nothing in common.
SOUNDS_ALIKE, ANOTHER = "王玮", "张强"


def told(*lines: str) -> list[dict[str, Any]]:
    return events_in(line.strip() for line in lines)


# --- numbers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("id_type", "number", "born", "sex"),
    [
        ("RIC", WANG, "1960-03-15", "1"),
        ("RIC", "429801196207200020", "1962-07-20", "2"),
        ("RIC", "42980120200108005X", "2020-01-08", "1"),
        ("RIC", "429801196003150012", "1960-03-15", "1"),  # its check character is wrong: shown as unsure as it is
        ("RIC15", "429801600315003", "1960-03-15", "1"),  # the number it became
        ("RIC15", WANG, "1960-03-15", "1"),  # 18 digits sent as 15
        ("HMT_RP", "810000196003150" + "02" + mod_11_2("81000019600315002"), "1960-03-15", "2"),
        ("HMT_RP", "810000196003150012", "1960-03-15", "1"),  # with a wrong check character, too
        ("FPR_NEW", "911840196003150" + "01" + mod_11_2("91184019600315001"), "1960-03-15", None),
        ("SSN_FOREIGN", "USA840196003150012", None, None),  # eighteen characters that mean something else
        ("RIC", "429801196013150010", None, "1"),  # no year has a thirteenth month
        ("RIC", "4298011960031500X7", "1960-03-15", None),
        ("RIC", "42980119600315001", None, None),  # a digit lost
        ("RIC", "4298011960031500170", None, None),  # a digit too many
        ("RIC", "", None, None),
    ],
)
def test_a_number_says_when_somebody_was_born_and_of_which_sex(
    id_type: str, number: str, born: str | None, sex: str | None
) -> None:
    """Where an agency sends the number alone, and only numbers that are made that way."""
    (event,) = told("2026-03-01 hrss.eligibility_verified 王伟")
    event["subject"] = {"id_type": id_type, "id_no": number, "name": "王伟", "sex": None, "birth_date": None}
    shown = record([event])
    assert (shown.get("birth_date"), shown.get("sex")) == (born, sex)


def test_somebody_listed_twice_was_born_as_the_first_line_says() -> None:
    """One event that names a person twice and differently is read from its beginning."""
    (event,) = told("2026-03-01 mca.aid_granted 张强 members=张强,王伟,王伟")
    event["payload"]["members"][2]["person"]["birth_date"] = "1960-03-16"
    assert record([event])["birth_date"] == "1960-03-15"


def test_a_number_alone_says_less_than_a_birth_date_that_was_stated() -> None:
    """Police stated another once, and later sent no more than the number: what was stated stands."""
    story = told(POLICE, "1990-06-01 psb.migrated_in 王伟")
    story[0]["subject"] |= {"birth_date": "1960-03-16", "sex": "2"}
    story[1]["subject"] |= {"birth_date": None, "sex": None}
    shown = record(story)
    assert (shown["birth_date"], shown["sex"]) == ("1960-03-16", "2")


def test_a_number_given_anew_states_when_somebody_was_born() -> None:
    """Police gave it because the old one was wrong: what was stated beside that is overtaken."""
    new = "429801196103150" + "01" + mod_11_2("42980119610315001")
    story = told(POLICE, f"1990-06-01 psb.item_corrected 王伟 item=ID_NO old_value={WANG} new_value={new}")
    shown = record(story)
    assert (shown["id_no"], shown["birth_date"]) == (new, "1961-03-15")


def test_a_number_given_says_more_than_the_one_under_which_it_was_filed() -> None:
    """Three numbers go on under a fourth; the last act was filed under one of them, and gave another to the third."""
    first, filed, given, last = (
        number + mod_11_2(number)
        for number in ("42980119600315003", "42980119610315003", "42980119620315003", "42980119630315003")
    )
    story = told(
        f"2023-06-01 psb.item_corrected 王伟 subject.id_no={filed} item=ID_NO old_value={filed} new_value={last}",
        f"2024-06-01 psb.item_corrected 王伟 subject.id_no={given} item=ID_NO old_value={given} new_value={last}",
        f"2025-06-01 psb.item_corrected 王伟 subject.id_no={filed} item=ID_NO old_value={first} new_value={given}",
    )
    for event in story:
        number = event["subject"]["id_no"]
        event["subject"]["birth_date"] = f"{number[6:10]}-{number[10:12]}-{number[12:14]}"
    shown = record(story)
    assert (shown["id_no"], shown["birth_date"]) == (last, "1962-03-15")


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "is_theirs"),
    [
        ({"birth_date": "1960-03-15", "sex": "1"}, True),
        ({"birth_date": "1960-03-16", "sex": "1"}, False),
        ({"birth_date": "1960-03-15", "sex": "2"}, False),
        ({"birth_date": "1960-03-15", "sex": None}, False),
        ({"birth_date": None, "sex": "1"}, False),
        ({"birth_date": None, "sex": None}, False),
    ],
)
@pytest.mark.parametrize("police_say", ["everything", "the number alone"])
def test_a_name_that_sounds_alike_needs_birth_date_and_sex(
    said: dict[str, str | None], is_theirs: bool, police_say: str
) -> None:
    """Both, stated by the agency, as police state them or as the number has them (domain 6.1)."""
    story = told(POLICE, "2020-04-01 hrss.pension_granted 王伟")
    if police_say == "the number alone":
        story[0]["subject"] |= {"birth_date": None, "sex": None}
    story[1]["subject"] |= {"name": SOUNDS_ALIKE, **said}
    assert ("pension.EMP.429801" in record(story)) is is_theirs


def test_what_nobody_states_agrees_with_nothing() -> None:
    """A permit says no birth date: that the agency states none either makes a name that sounds alike no more theirs."""
    story = told(POLICE, "2020-04-01 hrss.pension_granted 王伟")
    for event in story:
        event["subject"] |= {"id_type": "HK_MO_PERMIT", "id_no": "H12345678", "birth_date": None, "sex": "1"}
    story[1]["subject"]["name"] = SOUNDS_ALIKE
    assert "pension.EMP.429801" not in record(story)


def test_police_state_who_somebody_is_against_the_number() -> None:
    """A name that sounds alike is measured by what they state, where the number says something else."""
    story = told(POLICE, "2020-04-01 hrss.pension_granted 王伟")
    story[0]["subject"] |= {"birth_date": "1960-03-16", "sex": "2"}
    story[1]["subject"] |= {"name": SOUNDS_ALIKE, "birth_date": "1960-03-16", "sex": "2"}
    assert "pension.EMP.429801" in record(story)


def test_a_former_name_is_theirs_though_it_sounds_like_the_present_one() -> None:
    """Police registered it: nothing else need agree."""
    story = told(
        POLICE,
        f"1990-06-01 psb.item_corrected 王伟 item=NAME old_value={SOUNDS_ALIKE} new_value=王伟 nature=CHANGE",
        "2020-04-01 hrss.pension_granted 王伟",
    )
    story[2]["subject"] |= {"name": SOUNDS_ALIKE, "birth_date": None, "sex": None}
    assert "pension.EMP.429801" in record(story)


def test_what_police_correct_is_a_former_name_only_where_it_was_the_name() -> None:
    """A village is called like a person: having lived there is no name of one's own (ID-02 asks)."""
    story = told(
        POLICE,
        "1990-06-01 psb.item_corrected 王伟 item=ADDRESS old_value=李庄 new_value=示例市城中区学院街道1号",
        "2020-04-01 hrss.pension_granted 王伟",
    )
    story[2]["subject"]["name"] = "李庄"
    assert "pension.EMP.429801" not in record(story)
    alerts = Hub(as_of="2026-06-30").feed(story).alerts
    assert [alert["show"]["own_name"] for alert in alerts if alert["rule_id"] == "ID-02"] == ["李庄"]


def test_a_death_that_police_took_back_was_registered_under_this_number_whatever_the_name() -> None:
    """What police said of a number is on its bearer's record, even with somebody else's name (domain 3.6)."""
    story = told(POLICE, "2026-03-01 psb.death_registered 王伟", "2026-04-01 psb.death_registered 王伟 op=CANCEL of=#2")
    story[1]["subject"]["name"] = story[2]["subject"]["name"] = ANOTHER
    assert record(story)["life_state"] == "RETRACTED"


def test_a_number_listed_under_anothers_name_brings_nobody_into_the_household() -> None:
    """What the household's file says concerns those whose name it has; of the other, nothing is known by it."""
    story = told(POLICE, "2018-03-01 mca.aid_granted 张强 members=张强,王伟", "2019-03-01 mca.aid_changed 张强")
    assert "aid.AID-1" in record(story)
    story[1]["payload"]["members"][1]["person"]["name"] = ANOTHER
    assert "aid.AID-1" not in record(story)
