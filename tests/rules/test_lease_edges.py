"""Edges of HO-03 and HO-04 that mutation testing found unguarded: who may let, and what there is to let."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories import Story, standing

NEXT_DOOR = "429801001002GB00001F00030502"
ZHAO, ZHAO_NEW = "429801197001010066", "429801197001010226"
ZHAO_CORRECTED = f"psb.item_corrected 赵敏 subject.id_no={ZHAO_NEW} item=ID_NO old_value={ZHAO} new_value={ZHAO_NEW}"


def alerts(story: Story, rule: str) -> list[dict[str, Any]]:
    """Standing alerts of a rule."""
    return standing(story, "2026-06-30", rule)


# --- HO-03 ------------------------------------------------------------------------------------------------------------


def test_an_enterprise_may_let_beside_a_person() -> None:
    """Both are filed as lessors: the enterprise has a right that no title shows (HO-03)."""
    story = """
        2015-06-01 hmd.ownership_changed 李娜 action=FIRST
        2026-01-01 hmd.private_lease_filed 张强 lessor=赵敏 lessor_org=12429801MB00000195 lessor_right=ENTRUSTED
    """
    assert alerts(story, "HO-03") == []


@pytest.mark.parametrize("number", [ZHAO, ZHAO_NEW])
def test_an_owner_is_known_by_both_numbers(number: str) -> None:
    """Police corrected the lessor's number since: the title may bear either (HO-03)."""
    story = f"""
        2015-06-01 hmd.ownership_changed 赵敏 action=FIRST subject.id_no={number}
        2026-01-01 hmd.private_lease_filed 张强
        2026-01-05 {ZHAO_CORRECTED}
    """
    assert alerts(story, "HO-03") == []


TITLE = "2015-06-01 hmd.ownership_changed 赵敏 action=FIRST"
SUBLET = "2026-02-01 hmd.private_lease_filed 李强 lease_no=L-2 lessor=张强 lessor_right=SUBLET"


@pytest.mark.parametrize(
    ("heads", "stands"),
    [
        ("2025-01-01 hmd.public_rental_leased 张强", False),
        (
            f"""2025-01-01 hmd.private_lease_filed 张强
            2025-06-01 hmd.private_lease_filed 张强 lease_no=L-3 unit_code={NEXT_DOOR}""",
            False,
        ),
        (
            """2025-01-01 hmd.private_lease_filed 王芳 lease_no=L-3 occupants=张强
            2025-01-02 hmd.private_lease_filed 王芳 op=CORRECT of=#3 end_date=2098-12-31""",
            True,
        ),
    ],
    ids=["public", "one of two", "lives there"],
)
def test_a_sub_lease_stands_on_any_head_lease_of_the_lessors_own(heads: str, stands: bool) -> None:
    """A public one, or one of several; not one under which the lessor only lives (HO-03)."""
    assert bool(alerts(f"{TITLE}\n{SUBLET}\n{heads}", "HO-03")) is stands


# --- HO-04 ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("died", "stands"), [("2025-12-31", True), ("2026-01-01", False)])
def test_who_died_on_the_day_of_the_filing_may_have_filed(died: str, stands: bool) -> None:
    """Only the day before is surely before (HO-04)."""
    story = f"2026-01-02 psb.death_registered 张强 death_date={died}\n2026-01-01 hmd.private_lease_filed 张强"
    assert bool(alerts(story, "HO-04")) is stands


@pytest.mark.parametrize(
    ("changes", "stands"),
    [
        ("2026-02-01 hmd.unit_changed - action=DEMOLISH", True),  # all the house file ever said of it
        ("2026-02-01 hmd.unit_changed - action=DEMOLISH\n2026-03-01 hmd.unit_changed -", False),
    ],
)
def test_the_last_word_of_the_house_file_says_whether_a_dwelling_is_there(changes: str, stands: bool) -> None:
    """Pulled down, or built again under the same code (HO-04)."""
    assert bool(alerts(f"2026-01-01 hmd.private_lease_filed 张强\n{changes}", "HO-04")) is stands


def test_a_title_of_which_only_the_end_is_known_had_ended() -> None:
    """The register was digitised later; the act that ended it is the evidence (HO-04)."""
    (alert,) = alerts(
        """
        2015-06-01 hmd.ownership_changed 赵敏 action=TRANSFER_OUT
        2026-01-01 hmd.private_lease_filed 张强
        """,
        "HO-04",
    )
    assert [event_id[-1] for event_id in alert["evidence"]] == ["1", "2"]
