"""LE-05 to LE-07 and EN-03 beyond their examples: numbers corrected in between, papers that name nothing."""

from __future__ import annotations

import random
from typing import Any

import pytest

from hub import Hub
from hub.rules.examples import events_in

RULES = ["LE-05", "LE-06", "LE-07", "EN-03"]
WANG, LI, LI_NEW = "429801196003150017", "429801196207200020", "429801196207200047"
LI_CORRECTED = f"psb.item_corrected 李娜 subject.id_no={LI_NEW} item=ID_NO old_value={LI} new_value={LI_NEW}"


def found(story: str | list[dict[str, Any]], as_of: str = "2026-12-31") -> list[tuple[str, ...]]:
    """Standing alerts of these rules: rule, and what it shows; the same in every order, and told twice."""
    events = events_in(story) if isinstance(story, str) else story
    shown = _shown(events, as_of)
    for seed in range(4):
        shuffled = events * (1 + seed % 2)
        random.Random(seed).shuffle(shuffled)
        assert _shown(shuffled, as_of) == shown
    return shown


def _shown(events: list[dict[str, Any]], as_of: str) -> list[tuple[str, ...]]:
    hub = Hub(as_of=as_of, enable=RULES).feed(events)
    assert hub.quarantine == []
    standing = [a for a in hub.alerts if a["rule_id"] in RULES and a["status"] != "CLOSED"]
    return sorted((a["rule_id"], *(str(value) for value in a["show"].values())) for a in standing)


# --- LE-05 ------------------------------------------------------------------------------------------------------------


def test_a_widower_is_known_by_his_wifes_present_number() -> None:
    """The wife's number was corrected after the wedding; her death under the new number makes him a widower."""
    story = f"""
        1985-05-01 mca.marriage_registered 王伟 spouse=李娜
        2010-03-01 psb.item_corrected 王伟 item=MARITAL old_value=90 new_value=20
        2012-03-01 {LI_CORRECTED}
        2025-01-05 psb.death_registered 李娜 subject.id_no={LI_NEW}
    """
    assert found(story) == [("LE-05", "30", "J-1", "2025-01-05")]


@pytest.mark.parametrize("divorce", ["", "2020-09-01 mca.marriage_ended 李娜 spouse=王伟 prior_certificate_no=J-1"])
def test_nobody_is_married_to_themselves(divorce: str) -> None:
    """Husband and wife were both corrected onto one number, one of them wrongly: their marriage says nothing of it."""
    story = f"""
        1985-05-01 mca.marriage_registered 王伟 spouse=李娜
        2010-03-01 psb.item_corrected 王伟 item=MARITAL old_value=90 new_value=10
        2012-03-01 {LI_CORRECTED}
        2013-03-01 psb.item_corrected 王伟 item=ID_NO old_value={WANG} new_value={LI_NEW}
        {divorce}
    """
    assert found(story) == []


def test_who_died_first_is_no_widower() -> None:
    """Of a couple both of whom are dead nobody's item is asked about."""
    story = """
        1985-05-01 mca.marriage_registered 王伟 spouse=李娜
        2010-03-01 psb.item_corrected 王伟 item=MARITAL old_value=90 new_value=20
        2010-03-01 psb.item_corrected 李娜 item=MARITAL old_value=90 new_value=20
        2025-01-05 psb.death_registered 王伟
        2025-06-05 psb.death_registered 李娜
    """
    assert found(story) == []


@pytest.mark.parametrize(("second", "groups"), [("sub_source=HEALTH", ["30"]), ("op=UPDATE of=#3", [])])
def test_two_sources_confirm_a_death(second: str, groups: list[str]) -> None:
    """A funeral and a health certificate make a widower; one funeral told twice is one source."""
    story = f"""
        1985-05-01 mca.marriage_registered 王伟 spouse=李娜
        2010-03-01 psb.item_corrected 王伟 item=MARITAL old_value=90 new_value=20
        2025-01-05 mca.deceased_handled 李娜
        2025-01-06 mca.deceased_handled 李娜 {second}
    """
    assert [shown[1] for shown in found(story)] == groups


def test_nobody_is_judged_by_anothers_number() -> None:
    """A spouse filed under a number that is registered to somebody else: who that is, is asked first (ID-02)."""
    story = events_in("""
        2001-05-01 psb.migrated_in 王芳
        2005-05-01 mca.marriage_registered 张强 spouse=王芳
        2010-03-01 psb.item_corrected 张强 item=MARITAL old_value=90 new_value=30
        2020-03-01 mca.marriage_registered 张强 spouse=赵敏 certificate_no=J-2
    """)
    assert [shown[0] for shown in found(story)] == ["LE-05", "LE-06"]
    story[1]["payload"]["spouse"]["name"] = "李雪梅"
    assert found(story[:3]) == []
    assert [shown[0] for shown in found(story)] == ["LE-05"]


def test_police_are_asked_again_after_a_newer_marriage_event() -> None:
    """A wedding after the divorce is another case, with a grace of its own."""
    story = events_in("""
        2010-03-01 psb.item_corrected 王伟 item=MARITAL old_value=90 new_value=10
        2024-01-05 mca.marriage_ended 王伟 spouse=李娜 prior_certificate_no=J-0
        2026-01-05 mca.marriage_registered 王伟 spouse=赵敏
    """)
    assert found(story[:2]) == [("LE-05", "40", "L-1", "2024-01-05")]
    assert found(story, "2026-04-04") == []
    assert found(story, "2026-04-05") == [("LE-05", "20", "J-1", "2026-01-05")]


# --- LE-06 ------------------------------------------------------------------------------------------------------------


def test_every_pair_of_overlapping_marriages_is_a_case() -> None:
    """Of three marriages the second was ended by a judgment that names a certificate not on record."""
    story = """
        2000-05-01 mca.marriage_registered 张强 spouse=王芳
        2005-05-01 mca.marriage_registered 张强 spouse=李娜 certificate_no=J-2
        2007-05-01 mca.marriage_ended 张强 spouse=李娜 prior_certificate_no=J-99
        2010-05-01 mca.marriage_registered 张强 spouse=赵敏 certificate_no=J-3
    """
    assert found(story) == [("LE-06", "['J-1', 'J-2']"), ("LE-06", "['J-1', 'J-3']")]


def test_a_divorce_under_a_corrected_number_ends_the_marriage() -> None:
    """The wife's number was corrected between wedding and divorce, and the judgment names no certificate."""
    story = f"""
        2000-05-01 mca.marriage_registered 王伟 spouse=李娜
        2004-05-01 {LI_CORRECTED}
        2005-05-01 mca.marriage_ended 李娜 subject.id_no={LI_NEW} spouse=王伟
        2010-05-01 mca.marriage_registered 王伟 spouse=赵敏 certificate_no=J-2
    """
    assert found(story) == []


def test_a_void_second_registration_of_a_couple_leaves_the_first() -> None:
    """Declared void is the one whose certificate is named, though both are of the same two people."""
    story = """
        2000-05-01 mca.marriage_registered 张强 spouse=王芳
        2005-05-01 mca.marriage_registered 张强 spouse=王芳 certificate_no=J-2
        2006-05-01 mca.marriage_ended 张强 spouse=王芳 kind=VOID certificate_no=J-2
        2010-05-01 mca.marriage_registered 张强 spouse=赵敏 certificate_no=J-3
    """
    assert found(story) == [("LE-06", "['J-1', 'J-3']")]


def test_a_marriage_filed_under_another_number_by_update_is_theirs() -> None:
    """The record goes on under another number: it was never this one's marriage."""
    story = events_in("""
        2005-05-01 mca.marriage_registered 张强 spouse=王芳
        2020-05-01 mca.marriage_registered 张强 spouse=赵敏 certificate_no=J-2
        2026-03-01 mca.marriage_registered 李强 op=UPDATE of=#2
    """)
    assert found(story[:2]) == [("LE-06", "['J-1', 'J-2']")]
    assert found(story) == []


# --- LE-07 and EN-03 --------------------------------------------------------------------------------------------------


def test_an_adopters_own_household_says_nothing_of_the_child() -> None:
    """The adopter moved, the child did not; and the adopter's own record holds no case of an adoption."""
    story = """
        2021-06-01 psb.migrated_in 王小宝 relation_to_head=97
        2026-01-05 mca.adoption_changed 王小宝 adopter=王芳
        2026-02-05 psb.migrated_in 王芳
    """
    assert found(story) == [("LE-07", "SY-1")]


def test_an_adoption_dissolved_by_another_paper_is_over() -> None:
    """The paper that dissolves it has a number of its own."""
    story = """
        2021-06-01 psb.migrated_in 王小宝 relation_to_head=97
        2026-01-05 mca.adoption_changed 王小宝 adopter=王芳
        2026-02-05 mca.adoption_changed 王小宝 adopter=王芳 action=DISSOLVE certificate_no=JC-1
    """
    assert found(story) == []


def test_a_birth_certificate_told_later_joins_the_cover() -> None:
    """The registration is corrected to name the certificate under which the child was insured all the time."""
    story = events_in("""
        2026-01-15 hrss.medical_coverage_changed 李小雨 subject.id_type=BIRTH_CERT subject.id_no=Z429801202600001
        2026-01-20 psb.birth_registered 李小雨 mother=王芳
        2026-04-20 psb.birth_registered 李小雨 op=CORRECT of=#2 birth_cert_no=Z429801202600001
    """)
    assert found(story[:2], "2026-04-19") == [("EN-03", "2026-01-10")]
    assert found(story, "2026-06-30") == []


def test_a_child_registered_without_a_number_is_a_newborn_too() -> None:
    """Under the number of the birth certificate alone."""
    story = "2026-01-20 psb.birth_registered 李小雨 subject.id_type=BIRTH_CERT subject.id_no=Z429801202600001"
    assert found(story, "2026-06-30") == [("EN-03", "2026-01-10")]
