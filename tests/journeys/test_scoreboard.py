"""A rule that is wrong too often goes on trial by itself, visibly; and only a new version starts anew."""

from __future__ import annotations

from datetime import date
from random import Random
from typing import Any

import pytest

from hub.domain.policy import Policy, PolicyRow, load_policy, policy_from
from hub.pipeline.scoreboard import Score, Scoreboard
from tests.builders import Desk, person, ric
from tests.journeys.office import Office

REGION = "429800"


def board(percent: int = 50, cases: int = 4) -> Scoreboard:
    return Scoreboard(policy_from({"alert.shadow_below_percent": percent, "alert.shadow_over_cases": cases}), REGION)


def closed(number: int, result: str | None, **over: Any) -> dict[str, Any]:
    """A closed alert as published; the higher its number, the later it closed."""
    answer = None if result is None else {"result": result, "agency": "HRSS", "owner": None, "given_at": "x"}
    return {
        "alert_id": f"al-{number:032x}", "rule_id": "LE-01", "rule_version": 1, "kind": "VERIFY", "status": "CLOSED",
        "closed_at": f"2026-{number // 28 + 1:02d}-{number % 28 + 1:02d}T09:00:00+08:00", "answer": answer, **over,
    }  # fmt: skip


def filled(scoreboard: Scoreboard, *results: str | None, **over: Any) -> Score:
    """The score of LE-01 after these answers, in this order of closing."""
    for number, result in enumerate(results):
        scoreboard.apply(closed(number, result, **over))
    (score,) = scoreboard.scores()
    return score


OK, FIXED = "CONFIRMED_OK", "FIXED"


@pytest.mark.parametrize(
    ("results", "precision", "shadow"),
    [
        ([FIXED, OK, OK, OK], 0.25, True),
        ([FIXED, FIXED, OK, "NOT_SAME"], 0.5, False),  # not below
        ([OK, OK, OK], 0.0, False),  # too few to say
        ([OK, OK, OK, "DECLINED", "DUPLICATE", "ACKED"], 0.0, False),  # these say nothing of the rule
        ([OK, OK, OK, OK, FIXED, FIXED], 0.5, False),  # the latest four count
        ([FIXED, FIXED, OK, OK, OK], 0.25, True),
    ],
)
def test_precision_and_trial(results: list[str], precision: float, shadow: bool) -> None:
    """FIXED / (FIXED + CONFIRMED_OK + NOT_SAME) over the latest four; below a half is too little."""
    scoreboard = board()
    score = filled(scoreboard, *results)
    assert (score.precision, score.shadow) == (precision, shadow)
    assert scoreboard.shadowed() == ({"LE-01"} if shadow else set())


@pytest.mark.parametrize("kind", ["CORRECTION", "SERVICE"])
def test_only_verify_rules_go_on_trial(kind: str) -> None:
    """Corrections are statutory, services are offers; their precision is told all the same."""
    assert filled(board(), OK, OK, OK, OK, kind=kind).shadow is False


def test_a_new_version_starts_anew() -> None:
    """Nothing said of the old version is held against the new one, nor do its stragglers count."""
    scoreboard = board()
    filled(scoreboard, OK, OK, OK, OK)
    assert scoreboard.shadowed() == {"LE-01"}
    scoreboard.apply(closed(10, OK, rule_version=2))
    assert scoreboard.shadowed() == set()
    scoreboard.apply(closed(11, OK))
    (score,) = scoreboard.scores()
    assert (score.rule_version, score.cases) == (2, 1)


def test_the_newest_document_of_an_alert_counts() -> None:
    """Opened again, forgotten or published twice: each alert counts once, and only while it is closed."""
    scoreboard = board()
    filled(scoreboard, OK, OK, OK, OK)
    scoreboard.apply(closed(0, OK))
    assert scoreboard.scores()[0].results == {OK: 4}
    scoreboard.apply(closed(0, None, status="OPEN"))
    scoreboard.erase(closed(1, OK)["alert_id"])
    assert (scoreboard.scores()[0].results, scoreboard.shadowed()) == ({OK: 2}, frozenset())


@pytest.mark.parametrize("seed", range(20))
def test_the_order_of_reading_does_not_matter(seed: int) -> None:
    """Partitions are read in any order, some things twice: the same scores."""
    random = Random(seed)
    documents = [closed(n, random.choice([OK, FIXED, "NOT_SAME", "DECLINED"])) for n in range(random.randrange(1, 30))]
    first, second = board(cases=10), board(cases=10)
    for document in documents:
        first.apply(document)
    random.shuffle(documents)
    for document in documents + random.sample(documents, k=len(documents) // 2):
        second.apply(document)
    assert first.scores() == second.scores()
    assert first.shadowed() == second.shadowed()


def test_the_next_alert_of_a_rule_on_trial_is_marked() -> None:
    """Alerts that stand keep what they were told as; those that open later are published, and marked."""
    d = Desk()
    people = [person(ric("19480611", n), "周建国") for n in (1, 3, 5, 7)]
    story = [[d.pension(who), d.funeral(who)] for who in people]
    office = Office(
        *story[0], *story[1], *story[2], rules=["LE-01"],
        policy={"alert.shadow_over_cases": 2, "alert.shadow_below_percent": 50},
    )  # fmt: skip
    wrong = [alert["alert_id"] for alert in office.alerts()][:2]
    for alert_id in wrong:
        assert office.say(OK, alert=alert_id) == []
    late = [{**event, "publish_time": "2026-03-12T09:00:00+08:00"} for event in story[3]]
    office.feed(late)
    shadows = {alert["resident_id"]: alert["shadow"] for alert in office.alerts() if alert["status"] == "OPEN"}
    assert sorted(shadows.values()) == [False, True]
    (score,) = office.hub.scoreboard.scores()
    assert (score.precision, score.shadow) == (0.0, True)


def test_a_score_is_shown_with_all_that_makes_it() -> None:
    """Every field of it under its name."""
    assert filled(board(), FIXED, OK, OK, OK, "DECLINED").document() == {
        "rule_id": "LE-01",
        "rule_version": 1,
        "kind": "VERIFY",
        "results": {"CONFIRMED_OK": 3, "DECLINED": 1, "FIXED": 1},
        "cases": 4,
        "precision": 0.25,
        "shadow": True,
    }


def test_two_rules_can_be_on_trial() -> None:
    """The second does not take the first's place; and a percentage is exact."""
    scoreboard = board()
    filled(scoreboard, OK, OK, OK, OK)
    for number in range(10, 14):
        scoreboard.apply(closed(number, OK, rule_id="LE-02"))
    assert scoreboard.shadowed() == {"LE-01", "LE-02"}
    assert filled(board(50, 250), *[FIXED] * 124, *[OK] * 126).shadow
    assert not filled(board(50, 250), *[FIXED] * 125, *[OK] * 125).shadow
    assert filled(board(50, 1), OK).shadow


@pytest.mark.parametrize("number", [0, 9])
def test_a_case_of_an_older_version_takes_none_of_the_newer_away(number: int) -> None:
    """It counts no more, and is not there to be forgotten."""
    scoreboard = board()
    scoreboard.apply(closed(number, OK))
    scoreboard.apply(closed(5, FIXED, rule_version=2))
    scoreboard.erase(closed(number, OK)["alert_id"])
    (score,) = scoreboard.scores()
    assert (score.rule_version, score.results, score.cases) == (2, {"FIXED": 1}, 1)


def test_a_city_may_trust_its_rules_less() -> None:
    """Thresholds are read for the hub's own region; what another city has decided is none of its business."""
    here, there = "4298", "4202"
    own = [PolicyRow("alert.shadow_over_cases", 1, here, date(1900, 1, 1), None, "")]
    others = [PolicyRow("alert.shadow_below_percent", 0, there, date(1900, 1, 1), None, "")]
    assert filled(Scoreboard(Policy((*load_policy().rows, *own, *others)), REGION), OK).shadow
