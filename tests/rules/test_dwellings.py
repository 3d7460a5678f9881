"""RE and HO rules beyond the example book: who tells whom, what agencies leave out, and numbers that are wrong."""

from __future__ import annotations

import pytest

from hub import Hub
from hub.bootstrap import build_journey
from hub.domain.claim import SubjectState
from hub.local import LocalHub
from hub.rules import BY_ID
from hub.rules.examples import events_in

UNIT = "429801001002GB00001F00030501"
NEXT_DOOR = "429801001002GB00001F00030502"


def standing(story: str | list[dict], as_of: str, *rules: str) -> list[str]:
    """The rules among these that stand, told forwards; backwards must be the same."""
    events = events_in(story) if isinstance(story, str) else story
    found = [_standing(told, as_of, rules) for told in (events, events[::-1], events + events)]
    assert found[0] == found[1] == found[2]
    return found[0]


def _standing(events: list[dict], as_of: str, rules: tuple[str, ...]) -> list[str]:
    hub = Hub(as_of=as_of, enable=rules).feed(events)
    assert hub.quarantine == []
    return sorted(a["rule_id"] for a in hub.alerts if a["status"] != "CLOSED" and a["rule_id"] in rules)


# --- registrations ----------------------------------------------------------------------------------------------------


def test_a_renewal_that_leaves_the_unit_code_out_leaves_the_dwelling_as_it_was() -> None:
    """Optional fields may be left out: RE-05 must not look for an address that was never in doubt."""
    story = """
        2025-01-01 psb.residence_changed 张强
        2026-01-01 psb.residence_changed 张强 action=RENEW unit_code=- address=东山大道999号9栋909室
    """
    assert standing(story, "2026-06-30", "RE-05") == []


def test_a_move_without_a_unit_code_leaves_the_dwelling() -> None:
    """The lease that ended was at the old address; nobody knows of one at the new."""
    story = """
        2024-01-01 hmd.private_lease_filed 张强 end_date=2025-12-31
        2024-01-05 psb.residence_changed 张强
        2025-12-20 psb.residence_changed 张强 action=MOVE unit_code=- address=江北县白洋镇桃花村3组12号
    """
    assert standing(story, "2026-06-30", "RE-02") == []


def test_what_was_registered_after_the_lease_rests_on_something_else() -> None:
    """A registration that began after the last lease there had ended never had it as its basis (RE-02)."""
    story = """
        2020-01-01 hmd.private_lease_filed 张强 end_date=2020-12-31
        2024-01-05 psb.residence_changed 张强
    """
    assert standing(story, "2026-06-30", "RE-02") == []


def test_half_a_year_counts_from_the_first_day_of_the_stay() -> None:
    """A renewal with a start date of its own does not begin it anew (RE-06)."""
    story = """
        2025-06-01 psb.residence_changed 张强
        2025-12-01 psb.residence_changed 张强 action=RENEW
        2025-12-01 hmd.private_lease_filed 张强
    """
    assert standing(story, "2025-12-31", "RE-06") == ["RE-06"]


def test_reminders_to_tenants_never_reach_police() -> None:
    """RE-01, RE-02 and RE-06 go to the resident service and the community station, and to nobody else."""
    found = {rule: (BY_ID[rule].acts, BY_ID[rule].cc) for rule in ("RE-01", "RE-02", "RE-06")}
    assert found == {
        "RE-01": ("RESIDENT_SERVICE", ()),
        "RE-02": ("COMMUNITY_STATION", ()),
        "RE-06": ("RESIDENT_SERVICE", ()),
    }


# --- occupants --------------------------------------------------------------------------------------------------------

THREE = """
    2010-01-01 hmd.unit_changed - rooms=1 floor_area=45.00
    2025-01-01 psb.residence_changed 王芳
    2025-01-01 psb.residence_changed 张强 registration_no=JZ-2
    2025-01-01 psb.residence_changed 李强 registration_no=JZ-3
"""


@pytest.mark.parametrize(
    ("then", "stands"),
    [
        ("2025-06-01 psb.residence_changed 王芳 action=RENEW unit_code=-", True),
        ("2025-06-01 psb.residence_changed 王芳 action=CANCEL unit_code=-", False),
        (f"2025-06-01 psb.residence_changed 王芳 action=MOVE unit_code={NEXT_DOOR}", False),
        (f"2025-06-01 psb.residence_changed 王芳 op=UPDATE of=#2 action=MOVE unit_code={NEXT_DOOR}", False),
        ("2025-06-01 psb.residence_changed 陈秀英 op=UPDATE of=#2", True),
        ("2025-06-01 psb.death_registered 王芳", False),
        ("2025-06-01 psb.death_registered 陈秀英", True),
        ("2025-06-01 hmd.unit_changed - action=RENAME_ADDRESS rooms=- floor_area=- use=-", True),
        ("2025-06-01 hmd.unit_changed - action=RENAME_ADDRESS rooms=2 floor_area=-", False),
    ],
)
def test_a_dwelling_hears_of_those_who_leave(then: str, stands: bool) -> None:
    """By whatever record police say it, with or without the code of the dwelling that was left (HO-02)."""
    assert standing(THREE + then, "2025-12-31", "HO-02") == (["HO-02"] if stands else [])


# --- leases -----------------------------------------------------------------------------------------------------------

SUBLET = """
    2015-06-01 hmd.ownership_changed 赵敏 action=FIRST
    2025-01-01 hmd.private_lease_filed 张强 end_date=2025-12-31
    2025-02-01 hmd.private_lease_filed 李强 lease_no=L-2 lessor=张强 lessor_right=SUBLET
"""


@pytest.mark.parametrize(
    ("then", "stands"),
    [
        ("", True),  # the head lease has run out
        ("2025-12-31 hmd.private_lease_ended 张强 action=EXTEND new_end_date=2099-12-31", False),
        ("2025-03-01 hmd.private_lease_ended 张强", True),
        ("2025-03-01 hmd.private_lease_filed 张强 op=CANCEL of=#2", True),
        (f"2025-03-01 hmd.private_lease_filed 张强 lease_no=L-3 unit_code={NEXT_DOOR}", True),
        ("2025-03-01 hmd.private_lease_filed 王芳 lease_no=L-3 occupants=张强", True),
    ],
)
def test_a_sub_lease_stands_on_its_head_lease(then: str, stands: bool) -> None:
    """As long as that runs, by whatever was said of it since (HO-03)."""
    assert standing(SUBLET + then, "2026-06-30", "HO-03") == (["HO-03"] if stands else [])


def test_a_lease_without_a_unit_code_is_of_no_dwelling_that_is_gone() -> None:
    """An address may mean only what stands there: neither the owners nor the demolition concern it (HO-03, HO-04)."""
    story = """
        2015-06-01 hmd.ownership_changed 李娜 action=FIRST
        2016-06-01 hmd.unit_changed - action=DEMOLISH
        2026-01-01 hmd.private_lease_filed 张强 unit_code=-
    """
    assert standing(story, "2026-06-30", "HO-03", "HO-04") == []


def test_a_title_that_passes_on_the_day_the_lease_begins_had_not_ended_before() -> None:
    """The day before decides, and what was bought back by the first day is owned (HO-04)."""
    sold = """
        2015-06-01 hmd.ownership_changed 赵敏 action=FIRST
        2026-01-01 hmd.ownership_changed 赵敏 action=TRANSFER_OUT
        2026-01-01 hmd.private_lease_filed 张强
    """
    bought_back = """
        2015-06-01 hmd.ownership_changed 赵敏 action=TRANSFER_OUT
        2026-01-01 hmd.ownership_changed 赵敏 action=TRANSFER_IN
        2026-01-01 hmd.private_lease_filed 张强
    """
    assert standing(sold, "2026-06-30", "HO-04") == standing(bought_back, "2026-06-30", "HO-04") == []


@pytest.mark.parametrize("filed_as", ["subject", "applicant"])
def test_a_funeral_under_both_numbers_of_the_dead_is_heard_of(filed_as: str) -> None:
    """The applicant carries, by mistake, the number that the dead lessor is corrected to: dead all the same (HO-04)."""
    old, new = "429801197001010066", "429801197001010226"
    events = events_in(f"""
        2025-12-03 mca.deceased_handled 赵敏 death_date=2025-12-01 applicant=赵敏
        2026-01-01 hmd.private_lease_filed 张强
        2026-01-05 psb.item_corrected 赵敏 item=ID_NO old_value={old} new_value={new}
    """)
    funeral, lease = events[0]["payload"], events[1]["payload"]
    funeral["applicant"] = {**funeral["applicant"], "id_no": new}
    if filed_as == "applicant":
        lease["lessor"] = funeral["applicant"]
    assert standing(events, "2026-06-30", "HO-04") == ["HO-04"]


BY_ADDRESS = """2010-01-01 hmd.unit_changed -
        2015-06-01 hmd.ownership_changed 赵敏 action=FIRST"""


@pytest.mark.parametrize(
    ("head", "stands"),
    [
        ("unit_code=-", False),
        ("", False),
        (f"unit_code={NEXT_DOOR}", True),
        ("unit_code=- address_text=东山大道12号3栋2单元502室", True),
    ],
)
def test_a_sub_lease_known_by_its_address_stands_on_its_head_lease(head: str, stands: bool) -> None:
    """By the code of the one and the address of the other, or by both addresses (HO-03)."""
    story = f"""{BY_ADDRESS}
        2026-01-01 hmd.private_lease_filed 张强 {head}
        2026-02-01 hmd.private_lease_filed 李强 lease_no=L-2 lessor=张强 lessor_right=SUBLET unit_code=-
    """
    assert ("L-2" in _leases_found(story)) == stands


def _leases_found(story: str) -> set[str]:
    hub = Hub(as_of="2026-06-30").feed(events_in(story))
    return {a["show"]["lease_no"] for a in hub.alerts if a["rule_id"] == "HO-03" and a["status"] != "CLOSED"}


def test_a_title_of_a_dwelling_known_by_its_address_had_ended() -> None:
    """The lessor had sold before the lease began, of which the address alone is filed (HO-04)."""
    story = f"""{BY_ADDRESS}
        2025-06-01 hmd.ownership_changed 赵敏 action=TRANSFER_OUT
        2026-01-01 hmd.private_lease_filed 张强 unit_code=-
    """
    assert standing(story, "2026-06-30", "HO-04") == ["HO-04"]


def test_parties_to_a_lease_known_by_its_address_hear_nothing_of_the_dwelling() -> None:
    """The dwelling answers the lease; its tenants and lessor are told no more than before."""
    story = events_in(f"{BY_ADDRESS}\n2026-01-01 hmd.private_lease_filed 张强 unit_code=-")
    hub = LocalHub(build_journey())
    for event in story:
        hub.feed(event)
    told = {s.kind: [r.source_kind for r in s.relays.values()] for s in hub.states() if isinstance(s, SubjectState)}
    heard = [state for state in hub.states() if isinstance(state, SubjectState) and state.kind == "resident"]
    assert told["lease"] == ["unit"]
    assert [r.source_kind for state in heard for r in state.relays.values() if r.source_kind != "lease"] == []


@pytest.mark.parametrize(
    ("then", "found"),
    [("", []), ("2025-12-01 hmd.unit_changed - action=DEMOLISH standard_address=五一路8号2栋1单元302室", ["RE-05"])],
)
def test_who_knows_a_dwelling_by_its_former_address_hears_of_its_end(then: str, found: list[str]) -> None:
    """Renamed, the dwelling is still the one of a registration at the old address; pulled down since, it is not."""
    story = f"""
        2010-01-01 hmd.unit_changed -
        2024-01-05 psb.residence_changed 张强 unit_code=-
        2025-06-01 hmd.unit_changed - action=RENAME_ADDRESS standard_address=五一路8号2栋1单元302室
        {then}"""
    assert standing(story, "2026-06-30", "RE-05") == found


def test_the_end_of_a_dwelling_is_taken_back_for_its_former_address_too() -> None:
    """A demolition told under the new address and cancelled (RE-05)."""
    story = """
        2010-01-01 hmd.unit_changed -
        2024-01-05 psb.residence_changed 张强 unit_code=-
        2025-06-01 hmd.unit_changed - action=RENAME_ADDRESS standard_address=五一路8号2栋1单元302室
        2025-12-01 hmd.unit_changed - action=DEMOLISH standard_address=五一路8号2栋1单元302室
        2026-03-01 hmd.unit_changed - op=CANCEL of=#4
    """
    assert standing(story, "2026-06-30", "RE-05") == []
