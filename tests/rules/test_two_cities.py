"""XJ-01 to XJ-03 at their edges: the same day, the same certificate, a permit to stay, the newest form."""

from __future__ import annotations

import pytest

from tests.stories import shown, standing

AS_OF = "2026-08-31"


@pytest.mark.parametrize(
    ("registered", "stands"),
    [
        ("2026-01-11 psb.migrated_in 李娜 hukou_region=420502", False),
        ("2026-01-10 psb.migrated_in 李娜 hukou_region=420502", True),
        ("2026-01-10 psb.migrated_in 李娜 hukou_region=420502 certificate_no=QY-9", True),
        ("2026-01-10 psb.migrated_in 李娜 hukou_region=420502 certificate_no=QY-1", False),
    ],
)
def test_who_moved_out_has_arrived_on_the_same_day_or_by_their_certificate(registered: str, stands: bool) -> None:
    """A registration dated before the move out settles it only where it names the certificate of that move (XJ-01)."""
    story = f"""
        {registered}
        2026-01-11 psb.migrated_out 李娜
    """
    assert bool(standing(story, AS_OF, "XJ-01")) is stands


MOVED_AWAY = """
    2020-05-01 mca.allowance_changed 陈秀英
    2026-01-10 psb.migrated_out 陈秀英
    2026-01-20 psb.migrated_in 陈秀英 hukou_region=420502 certificate_no=QY-1
"""


@pytest.mark.parametrize(
    ("then", "shows"),
    [
        ("", ["OLD_AGE"]),
        ("2026-02-01 psb.permit_changed 陈秀英", []),
        ("2026-02-01 psb.death_registered 陈秀英", []),
    ],
)
def test_an_allowance_is_handed_over_unless_its_holder_stays_or_has_died(then: str, shows: list[str]) -> None:
    """It says which allowance; who lives on here by a residence permit keeps it (XJ-02)."""
    assert [show["benefit_type"] for show in shown(MOVED_AWAY + then, AS_OF, "XJ-02")] == shows


CAME_HERE = "2026-01-20 psb.migrated_in 王芳\n"


@pytest.mark.parametrize(
    ("enrolment", "schemes"),
    [
        ("2026-02-01 hrss.insured_enrolled 王芳 scheme=MED_RES prior_region=420502", ["MED_RES"]),
        (
            """2026-02-01 hrss.insured_enrolled 王芳 scheme=MED_RES prior_region=420502
            2026-03-01 hrss.insured_enrolled 王芳 scheme=MED_RES action=TERMINATE""",
            [],  # over: nothing is left to join the old relation to
        ),
        (
            """2026-02-01 hrss.insured_enrolled 王芳 scheme=MED_RES prior_region=420502
            2026-03-01 hrss.insured_enrolled 王芳 scheme=MED_RES action=RESUME prior_region=429802""",
            [],  # by the newest form the earlier insurance was in this very city
        ),
    ],
)
def test_the_newest_form_of_an_open_enrolment_names_what_was_left(enrolment: str, schemes: list[str]) -> None:
    """As long as the enrolment here goes on, and by what was said last of where they were insured before (XJ-03)."""
    assert [show["scheme"] for show in shown(CAME_HERE + enrolment, AS_OF, "XJ-03")] == schemes


def test_a_move_that_ended_in_another_city_brought_nobody_here() -> None:
    """Once moved to another city, by now in a household set up here: no record says that they came (XJ-03)."""
    story = """
        2015-01-20 psb.migrated_in 王芳 hukou_region=420502
        2020-06-01 psb.household_restructured 王芳
        2026-02-01 hrss.insured_enrolled 王芳 scheme=MED_RES prior_region=420502
    """
    assert standing(story, AS_OF, "XJ-03") == []
