"""RE-03 and RE-06 at their edges: several permits, several registrations, work that goes on and work that lapses."""

from __future__ import annotations

import pytest

from tests.stories import shown, standing

AS_OF = "2026-06-30"


def test_every_permit_is_looked_at() -> None:
    """One that is valid for long does not hide another that falls due (RE-03)."""
    story = """
        2025-01-10 psb.permit_changed 张强
        2025-01-10 psb.permit_changed 张强 permit_no=JZZ-2 valid_until=2026-07-15
    """
    assert [show["valid_until"] for show in shown(story, AS_OF, "RE-03")] == ["2026-07-15"]


HERE = "2025-06-01 psb.residence_changed 张强"
AT_WORK = "2025-06-01 hrss.insured_enrolled 张强"


@pytest.mark.parametrize(
    ("story", "stands"),
    [
        (f"{HERE}\n{AT_WORK}", True),
        (f"2015-01-10 psb.migrated_in 张强\n{HERE}\n{AT_WORK}", False),  # registered in this city
        (f"2015-01-10 psb.migrated_out 张强 to_region=-\n{HERE}\n{AT_WORK}", False),  # who knows where
        (f"{HERE}\n{AT_WORK}\n2026-01-10 psb.death_registered 张强", False),
        (f"{HERE}\n2025-06-02 psb.residence_changed 张强 op=CANCEL of=#1\n{AT_WORK}", False),
    ],
)
def test_a_permit_is_for_the_living_from_another_known_city(story: str, stands: bool) -> None:
    """Not for locals, nor for whom nobody knows where they are registered, nor once they were never here (RE-06)."""
    assert bool(standing(story, AS_OF, "RE-06")) is stands


@pytest.mark.parametrize(
    "story",
    [
        f"{HERE}\n2026-05-01 psb.residence_changed 张强 registration_no=JZ-2\n{AT_WORK}",
        f"2026-05-01 psb.residence_changed 张强\n{HERE} registration_no=JZ-2\n{AT_WORK}",
    ],
)
def test_half_a_year_counts_from_the_first_registration_in_force(story: str) -> None:
    """Whatever numbers the registrations bear (RE-06)."""
    (alert,) = standing(story, AS_OF, "RE-06")
    assert alert["show"] == {"eligibility_ground_codes": ["JOB"]}


PAID = "hrss.contribution_status_changed 张强"


@pytest.mark.parametrize(
    ("work", "as_of", "stands"),
    [
        # The last month paid is March: three months later the work has lapsed.
        (f"2025-07-10 {PAID}\n2026-03-10 {PAID}", "2026-06-30", True),
        (f"2025-07-10 {PAID}\n2026-03-10 {PAID}", "2026-07-01", False),
        (f"2026-03-10 {PAID}\n2026-05-10 {PAID} from_month=202505 to_month=202505", "2026-06-30", True),
        (AT_WORK, "2026-06-30", True),
        (f"{AT_WORK}\n2025-09-01 hrss.insured_enrolled 张强 action=SUSPEND", "2026-06-30", False),
        (
            f"""{AT_WORK}
            2025-09-01 hrss.insured_enrolled 张强 action=SUSPEND
            2025-12-01 hrss.insured_enrolled 张强 action=RESUME""",
            "2026-06-30",
            True,
        ),
    ],
)
def test_work_is_an_open_enrolment_or_a_month_paid_of_late(work: str, as_of: str, stands: bool) -> None:
    """By the newest month paid, in whatever order the months were told; resumed, an enrolment is open again (RE-06)."""
    assert bool(standing(f"{HERE}\n{work}", as_of, "RE-06")) is stands
