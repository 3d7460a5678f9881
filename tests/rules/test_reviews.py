"""Civil affairs have looked at a household on aid: whatever they call it, it settles what was there before."""

from __future__ import annotations

import pytest

from hub import Hub
from hub.rules.examples import events_in

SECOND_HOME = """
    2010-03-01 hmd.ownership_changed 李娜
    2026-01-10 mca.aid_granted 李娜 aid_class=GX
    2026-03-05 hmd.ownership_changed 李娜 unit_code=429801001002GB00001F00030502
"""
AT_WORK = """
    2026-01-10 mca.aid_granted 李娜 aid_class=GX
    2026-02-20 hrss.contribution_status_changed 李娜 from_month=202602 to_month=202602
    2026-03-20 hrss.contribution_status_changed 李娜 from_month=202603 to_month=202603
    2026-04-20 hrss.contribution_status_changed 李娜 from_month=202604 to_month=202604
"""


def standing(story: str, as_of: str = "2026-09-30") -> list[str]:
    """EC-02 and EC-03 that stand; told backwards it must be the same."""
    events = events_in(story)
    found = [_standing(told, as_of) for told in (events, events[::-1])]
    assert found[0] == found[1]
    return found[0]


def _standing(events: list[dict], as_of: str) -> list[str]:
    hub = Hub(as_of=as_of).feed(events)
    assert hub.quarantine == []
    return sorted(a["rule_id"] for a in hub.alerts if a["status"] != "CLOSED" and a["rule_id"] in ("EC-02", "EC-03"))


@pytest.mark.parametrize(
    ("then", "settled"),
    [
        ("", False),
        ("2026-06-01 mca.aid_changed 李娜 action=ADJUST reason_code=INCOME", True),
        ("2026-06-01 mca.aid_changed 李娜 action=RESUME reason_code=REVIEW", True),
        ("2026-06-01 mca.aid_changed 李娜 action=RESUME reason_code=PROPERTY", True),
        ("2026-06-01 mca.aid_changed 李娜 action=RESUME reason_code=REQUEST", False),
        ("2026-06-01 mca.aid_changed 李娜 action=RESUME", False),
        ("2026-06-01 mca.aid_changed 李娜 action=ADJUST effective_from=2026-02-01", False),  # of before the change
        ("2026-06-01 mca.aid_granted 李娜 aid_class=GX op=UPDATE of=#2 last_review_date=2026-05-20", True),
        ("2026-06-01 mca.aid_granted 李娜 aid_class=GX op=UPDATE of=#2 last_review_date=2026-02-20", False),
        ("2026-06-01 mca.aid_granted 李娜 aid_class=GX op=UPDATE of=#2 decided_date=2026-06-01", True),
        ("2026-06-01 mca.aid_granted 李娜 aid_class=GX op=UPDATE of=#2 effective_from=2026-07-01", False),
    ],
)
def test_a_review_settles_what_was_owned_before_it(then: str, settled: bool) -> None:
    """A second home stands until a review, an adjustment or a new decision of a later day (EC-02)."""
    assert standing(SECOND_HOME + then) == ([] if settled else ["EC-02"])


@pytest.mark.parametrize(
    ("then", "settled"),
    [
        ("", False),
        ("2026-06-01 mca.aid_changed 李娜 action=ADJUST", True),
        ("2026-01-20 mca.aid_changed 李娜 action=ADJUST", False),
        ("2026-06-01 mca.aid_changed 李娜 action=RESUME reason_code=REVIEW", True),
        ("2026-06-01 mca.aid_changed 李娜 action=RESUME reason_code=REQUEST", False),
    ],
)
def test_a_review_settles_work_taken_up_before_it(then: str, settled: bool) -> None:
    """The same for months in which a member was insured as an employee (EC-03)."""
    assert standing(AT_WORK + then) == ([] if settled else ["EC-03"])
