"""EN-04..07, EC-01..06, XJ-01..03 beyond their example book: exact areas, policy values, second spells, strangers."""

from __future__ import annotations

from typing import Any

import pytest

from hub import Hub
from hub.rules.examples import events_in

AS_OF = "2026-06-30"
ELSEWHERE = "unit_code=429801001002GB00001F00030502"


def _standing(story: str, as_of: str = AS_OF, policy: dict[str, int | str] | None = None) -> list[dict[str, Any]]:
    hub = Hub(as_of=as_of, policy=policy).feed(events_in(story))
    assert hub.quarantine == []
    return [alert for alert in hub.alerts if alert["status"] != "CLOSED"]


def _rules(story: str, as_of: str = AS_OF, policy: dict[str, int | str] | None = None) -> list[str]:
    return [alert["rule_id"] for alert in _standing(story, as_of, policy)]


@pytest.mark.parametrize(("area", "found"), [("45.00", []), ("44.99", ["EN-04"])])
def test_a_third_of_a_home_is_exactly_a_third(area: str, found: list[str]) -> None:
    """A third of 45 square metres is 15, the threshold for one head, and not a rounding error less."""
    assert (
        _rules(f"""
        2020-03-01 hmd.ownership_changed 王芳 floor_area={area} share_denominator=3
        2026-01-10 mca.aid_granted 王芳 aid_class=GX
    """)
        == found
    )


def test_nothing_said_of_the_share_is_the_whole() -> None:
    """Old titles carry no share: the owner owns all of it."""
    story = """
        2024-01-01 hmd.public_rental_leased 王芳
        2026-03-01 hmd.ownership_changed 王芳 share_numerator=- share_denominator=-
    """
    (alert,) = _standing(story)
    assert (alert["rule_id"], alert["show"]["share"]) == ("EC-01", "1/1")


def test_a_household_counts_who_was_added_and_who_left() -> None:
    """Thirty square metres are enough for two, too little for three, and enough again when one has left."""
    joined = """
        2020-03-01 hmd.ownership_changed 李娜 floor_area=30.00
        2025-06-01 mca.aid_granted 李娜 aid_class=GX members=李娜,王伟/11 household_size=2
        2026-01-10 mca.aid_changed 李娜 action=ADD_MEMBER member=王芳
    """
    (alert,) = _standing(joined)
    assert (alert["rule_id"], alert["show"]["household_size"]) == ("EN-04", 3)
    assert _rules(joined + "2026-05-10 mca.aid_changed 李娜 action=REMOVE_MEMBER member=王芳\n") == []


def test_the_residents_scheme_pays_a_grant_where_the_city_says_so() -> None:
    """EN-06.residents_scheme decides whether a residents' pensioner's death is asked about."""
    story = """
        2020-04-01 hrss.pension_granted 王伟 pension_type=RES
        2026-03-01 hrss.pension_status_changed 王伟 pension_type=RES effective_month=202604 reason=DEATH
        2026-03-02 psb.death_registered 王伟 death_date=2026-03-01
    """
    assert _rules(story) == []
    assert _rules(story, policy={"EN-06.residents_scheme": 1}) == ["EN-06"]


def test_whoever_claimed_a_grant_for_another_has_not_had_their_own_paid() -> None:
    """A widow is named in the grant for her husband; when she dies, hers is still to be claimed."""
    assert _rules("""
        2015-04-01 hrss.survivor_grant_paid 王伟 claimant=李娜
        2012-04-01 hrss.insured_enrolled 李娜
        2026-03-02 psb.death_registered 李娜 death_date=2026-03-01
    """) == ["EN-06"]


def test_a_pension_stopped_for_the_very_month_of_death_was_drawn_until_then() -> None:
    """Some offices stop with the month of death, some with the month after: both were pensioners."""
    assert _rules("""
        2020-04-01 hrss.pension_granted 王伟
        2026-03-02 hrss.pension_status_changed 王伟 effective_month=202603 reason=DEATH
        2026-03-02 psb.death_registered 王伟 death_date=2026-03-01
    """) == ["EN-06"]


def test_a_new_spell_of_benefit_does_not_bring_back_the_old_one() -> None:
    """Months that overlapped in a spell that was stopped are settled with it."""
    assert (
        _rules("""
        2025-01-12 hrss.unemployment_benefit_changed 张强
        2025-03-25 hrss.contribution_status_changed 张强 from_month=202502 to_month=202503
        2025-04-12 hrss.unemployment_benefit_changed 张强 op=UPDATE of=#1 action=STOP from_month=202504
        2026-02-12 hrss.unemployment_benefit_changed 张强 op=UPDATE of=#3 action=START from_month=202602
    """)
        == []
    )


def test_a_subsidy_that_runs_out_leaves_only_one_support() -> None:
    """The last month paid is over, and nobody has to say so."""
    story = """
        2025-01-01 hmd.public_rental_leased 王芳
        2026-02-10 hmd.rent_subsidy_changed 王芳 to_month=202604
    """
    assert _rules(story, "2026-04-30") == ["EC-06"]
    assert _rules(story, "2026-05-01") == []


def test_somebody_housed_as_a_member_whose_spouse_rents_elsewhere_is_housed_twice() -> None:
    """The later lease lists the wife, the earlier one is her husband's: one alert, on the later."""
    (alert,) = _standing(f"""
        2019-01-01 mca.marriage_registered 王伟 spouse=李娜
        2025-01-01 hmd.public_rental_leased 王伟
        2026-02-10 hmd.public_rental_leased 王芳 lease_no=P-2 {ELSEWHERE} members=王芳,李娜/52
    """)
    assert (alert["rule_id"], alert["show"]["lease_nos"]) == ("EC-06", ["P-1", "P-2"])


@pytest.mark.parametrize(("spouse", "rules"), [("赵敏", ["EC-06"]), ("李娜", [])])
def test_the_newest_marriage_tells_who_the_spouse_is(spouse: str, rules: list[str]) -> None:
    """The end of the first is not on record here: its subsidy is none of the present household's (EC-06)."""
    story = f"""
        2010-06-01 mca.marriage_registered 王伟 spouse=李娜
        2020-06-01 mca.marriage_registered 王伟 spouse=赵敏 certificate_no=J-2
        2025-06-01 hmd.public_rental_leased 王伟
        2026-01-05 hmd.rent_subsidy_changed {spouse} from_month=202601
    """
    assert _rules(story) == rules


def test_a_spouse_whose_number_went_to_another_person_is_not_judged() -> None:
    """Police correct the wife's number under another name: whose home it is, nobody knows (EC-01)."""
    story = """
        2020-06-01 mca.marriage_registered 张强 spouse=赵敏
        2025-06-01 hmd.public_rental_leased 张强
        2025-11-01 psb.item_corrected 赵敏 subject.name=李芳 item=ID_NO old_value=429801197001010066 new_value=NEW
        2026-01-05 hmd.ownership_changed 赵敏 subject.name=李芳 unit_code=429801001002GB00001F00030502
    """.replace("NEW", "429801197001010226")
    assert "EC-01" not in _rules(story)


def test_a_marriage_on_record_twice_was_known_from_the_first() -> None:
    """Registered anew under another number, the couple had two homes before that, too (EC-06)."""
    story = """
        2010-06-01 mca.marriage_registered 李娜 spouse=王伟
        2025-06-01 hmd.public_rental_leased 李娜
        2026-01-05 hmd.public_rental_leased 王伟 lease_no=P-2 unit_code=429801001002GB00001F00030502
        2026-03-10 mca.marriage_registered 李娜 spouse=王伟 certificate_no=J-2
    """
    (alert,) = _standing(story)
    assert (alert["rule_id"], alert["opened_at"][:10]) == ("EC-06", "2026-02-16")


def test_a_household_with_a_stranger_in_it_is_not_judged() -> None:
    """Where a member's number and name do not agree, nobody knows what they own (EN-04) or where they are (XJ-02)."""
    story = events_in("""
        2015-01-10 psb.migrated_in 王芳
        2026-01-10 mca.aid_granted 李娜 aid_class=GX members=李娜,王芳/30 household_size=2
        2026-01-11 psb.migrated_out 李娜
        2026-01-20 psb.migrated_in 李娜 hukou_region=420502 certificate_no=QY-1
    """)
    story[1]["payload"]["members"][1]["person"]["name"] = "诸葛亮"
    found = {alert["rule_id"] for alert in Hub(as_of=AS_OF).feed(story).alerts if alert["status"] != "CLOSED"}
    assert not found & {"EN-04", "XJ-02"}


def test_the_dead_have_moved_nowhere() -> None:
    """The living left with their registrations: who died here does not keep the household in this city."""
    assert "XJ-02" in _rules("""
        2010-03-01 hmd.ownership_changed 李娜
        2025-06-01 mca.aid_granted 李娜 aid_class=GX members=李娜,王伟/11 household_size=2
        2025-12-02 psb.death_registered 王伟
        2026-01-10 psb.migrated_out 李娜
        2026-01-20 psb.migrated_in 李娜 hukou_region=420502 certificate_no=QY-1
    """)
