"""Moves, deaths, leases and benefits of one person, as far as a record or an alert depends on them."""

from __future__ import annotations

from typing import Any

import pytest

from hub import Hub
from hub.domain.claim import Claim, Kind, Link, Named, SubjectState
from hub.domain.times import parse_date, start_of
from hub.fold.months import MonthlyBenefit
from hub.fold.person import Person
from hub.fold.today import Today
from hub.rules.examples import events_in
from tests.stories import record, standing, standing_once

AS_OF = "2026-06-30"
POLICE = "1985-06-01 psb.migrated_in 王伟\n"


def claim(event_type: str, seq: int = 1, **over: Any) -> Claim:
    """An act about 王伟 as it first reaches him."""
    agency, moment = event_type.partition(".")[0].upper(), start_of(parse_date("2026-01-01"))
    named = Named("subject", "RIC", "429801196003150017", "王伟", subject=True)
    said = {"op": "CREATE", "business_time": "2026-01-01", "record_time": moment, "publish_time": moment}
    rest = {"region": "429801", "entry": "", "named": (named,), **said, **over}
    return Claim(agency=agency, record_id="R-1", seq=seq, event_id=f"E-{seq}", event_type=event_type, **rest)


# --- where they are registered ----------------------------------------------------------------------------------------


def test_a_restructured_household_says_it_of_each_member() -> None:
    """Its number and each one's relation to its head are on their records; the address stays as it was said last."""
    story = POLICE + "1990-06-01 psb.household_restructured 李娜 to_household_no=HK-9 members=李娜/01,王伟/37"
    found = record(story)
    assert (found["household_no"], found["relation_to_head"]) == ("HK-9", "30")
    assert found["hukou_address"] == record(POLICE)["hukou_address"]


def test_who_applies_for_a_household_need_not_be_of_it() -> None:
    """The household is theirs by the register, but they keep the relation that was said of them before."""
    found = record(POLICE + "1990-06-01 psb.household_restructured 王伟 to_household_no=HK-9 members=李娜/01")
    assert (found["household_no"], found["relation_to_head"]) == ("HK-9", "02")


@pytest.mark.parametrize(
    ("then", "region"),
    [
        ("2000-06-01 psb.household_restructured 王伟 region_code=429802", "429802"),
        ("2000-06-01 psb.household_restructured 李娜 region_code=429802 members=王伟", "429802"),
        ("2000-06-01 psb.item_corrected 王伟 region_code=429802 item=MARITAL new_value=20", "420502"),
        ("2000-06-01 psb.residence_changed 王伟 hukou_region=429802", "420502"),
    ],
)
def test_a_household_of_this_register_is_where_its_office_is(then: str, region: str) -> None:
    """After a move away only a new registration settles somebody; what merely repeats or corrects moves nobody."""
    assert record(f"{POLICE}1990-06-01 psb.migrated_out 王伟\n{then}")["hukou_region"] == region


# --- deaths -----------------------------------------------------------------------------------------------------------

DIED = "2026-01-20 psb.death_registered 王伟 death_date=2025-03-07"


@pytest.mark.parametrize(
    ("precision", "day"), [("DAY", "2025-03-07"), ("MONTH", "2025-03-31"), ("YEAR", "2025-12-31"), ("-", "2025-03-07")]
)
def test_of_a_month_or_a_year_its_last_day_is_shown(precision: str, day: str) -> None:
    """That is when a death has happened for certain, as exactly as police know it."""
    assert record(f"{POLICE}{DIED} death_date_precision={precision}")["death_date"] == day


@pytest.mark.parametrize(
    ("precision", "remarried", "overlap"),
    [
        ("DAY", "2025-03-06", True),
        ("DAY", "2025-03-07", False),
        ("MONTH", "2025-02-28", True),
        ("MONTH", "2025-03-01", False),
        ("YEAR", "2024-12-31", True),
        ("YEAR", "2025-01-01", False),
    ],
)
def test_a_widow_is_believed_from_the_first_day_possible(precision: str, remarried: str, overlap: bool) -> None:
    """Who marries again may have done so once the death can have happened (LE-06)."""
    story = f"""
        2000-05-01 mca.marriage_registered 李娜 spouse=王伟
        {remarried} mca.marriage_registered 李娜 spouse=张强 certificate_no=J-2
        {DIED} death_date_precision={precision}
    """
    assert bool(standing(story.strip(), AS_OF, "LE-06")) is overlap


@pytest.mark.parametrize(
    ("precision", "left", "due"),
    [
        ("DAY", "2025-02-28", False),
        ("DAY", "2025-03-01", True),
        ("MONTH", "2025-02-28", False),
        ("MONTH", "2025-03-01", True),
        ("YEAR", "2024-12-31", False),
        ("YEAR", "2025-01-01", True),
    ],
)
def test_who_left_a_scheme_in_a_month_of_which_they_may_have_died_was_insured(
    precision: str, left: str, due: bool
) -> None:
    """The grant is due where the insurance can have ended because of the death (EN-06)."""
    story = f"""
        2010-01-01 hrss.insured_enrolled 王伟
        {left} hrss.insured_enrolled 王伟 action=TERMINATE
        {DIED} death_date_precision={precision}
    """
    assert bool(standing(story.strip(), AS_OF, "EN-06")) is due


def test_a_funeral_without_a_date_of_death_has_its_own() -> None:
    """Nobody is buried alive: the day of the funeral is the latest it can have been."""
    assert record(POLICE + "2026-03-02 mca.deceased_handled 王伟 handled_date=2026-03-01")["death_date"] == "2026-03-01"


def test_who_arranges_a_funeral_lives() -> None:
    """The applicant is named in it, and is not the dead."""
    found = record(POLICE + "2026-03-02 mca.deceased_handled 李娜 applicant=王伟")
    assert found["life_state"] == "ALIVE"
    assert "death_date" not in found


def test_what_is_said_of_the_living_leaves_a_death_as_it_is() -> None:
    """Acts of other registers are no word on it, whenever they come."""
    found = record(POLICE + "2026-03-02 mca.deceased_handled 王伟\n2026-04-02 mca.allowance_changed 王伟")
    assert found["life_state"] == "REPORTED"


# --- leases and decisions ---------------------------------------------------------------------------------------------


def test_the_end_of_a_lease_that_nobody_filed_is_no_lease() -> None:
    """Nothing is known of what has ended (RE-01)."""
    story = "2026-01-01 psb.migrated_out 张强\n2026-02-01 hmd.private_lease_ended 张强 effective_date=2099-01-01"
    assert standing(story, AS_OF, "RE-01") == []


def test_what_a_unit_has_not_said_itself_puts_nobody_into_it() -> None:
    """One's own copy of a decision or a lease names nobody; until the others' copy comes, nothing is known of it."""
    assert _first_heard("mca.aid_granted", "aid", aid_class="DB", household_size=1).aid_units == ()
    assert _first_heard("hmd.private_lease_filed", "lease", start_date="2026-01-01", end_date="2099-12-31").leases == ()


def _first_heard(event_type: str, kind: Kind, **facts: object) -> Person:
    act = claim(event_type, entry=f"{kind}/1", facts=facts, links=(Link(kind, f"{kind}:1", kind),))
    return Person(SubjectState("resident:1", "resident", claims={act.identity: act}))


def test_who_only_hands_in_a_notice_does_not_live_there() -> None:
    """A tenancy is of those whom its lease names, not of whoever ends it for them (EC-06)."""
    story = """
        2024-01-01 hmd.public_rental_leased 张强
        2025-01-01 hmd.public_rental_leased 李娜 lease_no=P-2
        2026-01-01 hmd.public_rental_ended 李娜 lease_no=P-1 end_date=2027-12-31
    """
    assert standing(story.strip(), AS_OF, "EC-06") == []
    story = story.replace("lease_no=P-2", "lease_no=P-2 members=李娜,张强").strip()
    assert [a["show"]["lease_nos"] for a in standing(story, AS_OF, "EC-06")] == [["P-1", "P-2"]]


@pytest.mark.parametrize(("signs", "stands"), [("李强", True), ("陈秀英", False)])
def test_only_who_has_signed_houses_a_spouse_elsewhere(signs: str, stands: bool) -> None:
    """Listed here, and married to one who is only listed there, nobody is housed twice (EC-06)."""
    story = f"""
        2010-05-01 mca.marriage_registered 王芳 spouse=李强
        2010-05-01 psb.migrated_in 李强
        2024-01-01 hmd.public_rental_leased {signs} lease_no=P-1 members=陈秀英,李强
        2025-01-01 hmd.public_rental_leased 张强 lease_no=P-2 members=张强,王芳
    """
    assert bool(standing(story.strip(), AS_OF, "EC-06")) is stands


def test_a_tenant_whose_name_is_not_that_of_the_number_is_nobody_known() -> None:
    """The household is housed twice all the same, but the case is about no resident (EC-06)."""
    story = events_in("""
        1985-06-01 psb.migrated_in 王伟
        2024-01-01 hmd.rent_subsidy_changed 李娜
        2024-01-01 hmd.public_rental_leased 王伟 members=李娜
    """)
    assert len({alert["resident_id"] for alert in standing_once(story, AS_OF, ("EC-06",))} - {None}) == 1
    story[2]["subject"]["name"] = "张强"
    assert [alert["resident_id"] for alert in standing_once(story, AS_OF, ("EC-06",))] == [None]


def test_a_home_of_a_tenants_spouse_is_a_case_of_the_spouse() -> None:
    """Who is on no list, but owns: the alert is about them (EC-01)."""
    story = """
        2000-05-01 mca.marriage_registered 王伟 spouse=李娜
        2024-01-01 hmd.public_rental_leased 王伟
        2026-03-01 hmd.ownership_changed 李娜 unit_code=429801001002GB00001F00030502
    """
    (alert,) = standing(story.strip(), AS_OF, "EC-01")
    hub = Hub(as_of="2026-06-30").feed(events_in(story.strip()))
    names = {r["resident_id"]: r["golden"]["name"]["value"] for r in hub.residents if r["golden"]}
    assert names[alert["resident_id"]] == "李娜"


# --- benefits by the month --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "acts",
    [
        [],
        [{"action": "START", "from_month": "202001"}, {"action": "STOP", "from_month": "202006"}],
        [{"action": "START", "from_month": "202001", "to_month": "202005"}],
    ],
)
def test_a_benefit_that_is_over_wakes_nobody(acts: list[dict[str, str]]) -> None:
    """Nor one that never was: no month to come brings anything that need be looked at."""
    played = (claim("hrss.unemployment_benefit_changed", seq, facts=facts) for seq, facts in enumerate(acts))
    today = Today(start_of(parse_date("2026-06-30")))
    paid = MonthlyBenefit("", tuple(played)).months(today)
    assert (paid, today.wake) == (["202001", "202002", "202003", "202004", "202005"] if acts else [], None)


def test_a_subsidy_whose_number_has_parts_keeps_them() -> None:
    """Slashes in it are its own (EC-06)."""
    story = """
        2025-01-01 hmd.public_rental_leased 王伟
        2025-01-01 hmd.rent_subsidy_changed 王伟 item_no=BT/1/2
    """
    assert [a["show"]["subsidy_no"] for a in standing(story.strip(), AS_OF, "EC-06")] == ["BT/1/2"]
