"""LE-05 to LE-07 at their edges: annulled marriages, one source's word on a death, things of one day."""

from __future__ import annotations

import pytest

from tests.stories import shown, standing

AS_OF = "2026-12-31"
COUPLE = "1985-05-01 mca.marriage_registered 王伟 spouse=李娜"


@pytest.mark.parametrize(
    ("end", "groups"),
    [("kind=ANNULLED", []), ("kind=VOID", []), ("kind=DIVORCE_REGISTERED", ["40"])],
)
def test_a_marriage_that_never_was_ends_nothing(end: str, groups: list[str]) -> None:
    """Annulled or void, a second marriage leaves the first; dissolved, it leaves them divorced (LE-05)."""
    story = f"""{COUPLE}
        2010-03-01 psb.item_corrected 王伟 item=MARITAL new_value=20
        2020-01-05 mca.marriage_registered 王伟 spouse=赵敏 certificate_no=J-2
        2021-01-05 mca.marriage_ended 王伟 spouse=赵敏 {end} prior_certificate_no=J-2
    """
    assert [show["derived_status_group"] for show in shown(story, AS_OF, "LE-05")] == groups


@pytest.mark.parametrize(("item", "groups"), [("30", []), ("20", []), ("10", ["20"])])
def test_police_may_know_of_a_death_that_only_one_source_tells(item: str, groups: list[str]) -> None:
    """A funeral alone makes no widower, but whom police hold to be one they are not asked about (LE-05)."""
    story = f"""{COUPLE}
        2010-03-01 psb.item_corrected 王伟 item=MARITAL new_value={item}
        2025-01-05 mca.deceased_handled 李娜
    """
    assert [show["derived_status_group"] for show in shown(story, AS_OF, "LE-05")] == groups


def test_a_widower_is_one_since_the_day_police_registered() -> None:
    """The funeral came first and has another day of death: the day of police is shown (LE-05)."""
    story = f"""{COUPLE}
        2010-03-01 psb.item_corrected 王伟 item=MARITAL new_value=20
        2025-01-03 mca.deceased_handled 李娜 death_date=2025-01-01
        2025-01-05 psb.death_registered 李娜 death_date=2025-01-02
    """
    (show,) = shown(story, AS_OF, "LE-05")
    assert (show["derived_status_group"], show["event_date"]) == ("30", "2025-01-02")


def overlaps(story: str) -> list[list[str]]:
    return sorted(show["certificate_nos"] for show in shown(story, AS_OF, "LE-06"))


@pytest.mark.parametrize(
    ("second", "found"),
    [
        ("spouse=王芳", [["J-1", "J-2"]] * 2),  # of either spouse
        ("spouse=王芳 kind=MAKEUP", []),
        ("spouse=赵敏 kind=MAKEUP", [["J-1", "J-2"]]),
    ],
)
def test_only_the_same_couples_marriage_is_registered_again(second: str, found: list[list[str]]) -> None:
    """A certificate made up for is of the marriage there was: with another spouse it is another marriage (LE-06)."""
    story = f"""
        2000-05-01 mca.marriage_registered 张强 spouse=王芳
        2005-05-01 mca.marriage_registered 张强 {second} certificate_no=J-2
    """
    assert overlaps(story) == found


@pytest.mark.parametrize(("died", "found"), [("2010-05-01", []), ("2010-05-02", [["J-1", "J-2"]])])
def test_who_died_on_the_day_of_the_wedding_had_left_them_free(died: str, found: list[list[str]]) -> None:
    """The first spouse's death ends the marriage with its day; one day later both stood for a day (LE-06)."""
    story = f"""
        2000-05-01 mca.marriage_registered 张强 spouse=王芳
        2010-05-01 mca.marriage_registered 张强 spouse=赵敏 certificate_no=J-2
        {died} psb.death_registered 王芳
    """
    assert overlaps(story) == found


def test_a_spouse_written_with_ones_own_number_is_nobody() -> None:
    """Such a marriage is open to nobody's news, and the others are compared all the same (LE-05, LE-06)."""
    story = """
        1995-05-01 mca.marriage_registered 张强 spouse=张强 certificate_no=J-0
        2000-05-01 mca.marriage_registered 张强 spouse=王芳
        2005-05-01 mca.marriage_registered 张强 spouse=赵敏 certificate_no=J-2
    """
    assert overlaps(story) == [["J-1", "J-2"]]


@pytest.mark.parametrize(
    ("change", "stands"),
    [
        ("2026-01-05 psb.item_corrected 王小宝 item=RELATION new_value=20", False),  # on the very day
        ("2026-01-04 psb.item_corrected 王小宝 item=RELATION new_value=20", True),
        ("2026-02-01 psb.item_corrected 王小宝 item=NAME new_value=李小宝", True),
        ("2026-01-05 psb.migrated_in 王小宝", False),
        ("2026-01-04 psb.migrated_in 王小宝", True),
    ],
)
def test_an_adopted_childs_household_changes_from_the_day_of_the_adoption(change: str, stands: bool) -> None:
    """By a move or a new relation, on that day or later; another item says nothing of the household (LE-07)."""
    story = f"""
        2021-06-01 psb.migrated_in 王小宝
        2026-01-05 mca.adoption_changed 王小宝
        {change}
    """
    assert bool(standing(story, AS_OF, "LE-07")) is stands
