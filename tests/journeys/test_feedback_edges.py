"""Edges of an alert's life: disputes and refusals; opening, freezing, ending and opening again, to the moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from hub.bootstrap import build_journey
from hub.domain.claim import AlertState, Answer, PointerState, SubjectState
from hub.domain.event import Code
from hub.domain.policy import Policy, PolicyRow, load_policy
from hub.domain.times import parse_rfc3339
from hub.local import LocalHub
from hub.pipeline.answers import refusals, taken_in
from hub.rules import BY_ID
from hub.rules.base import Finding, Scene
from tests.builders import Desk, person, ric
from tests.journeys.office import Office

WEEK = replace(BY_ID["LE-01"], grace_days=7)  # a rule that waits before it speaks


def _opened() -> Office:
    """A pension goes on after a death: LE-01 to HRSS, open since 3 March 2026."""
    desk = Desk()
    return Office(desk.pension(), desk.funeral())


def test_a_dispute_calls_the_authority_in_and_shows_who_disputes() -> None:
    """Disputed again, it is still one copy to the authority, and the newest answer that is shown."""
    office = _opened()
    for day in ("2026-03-10", "2026-03-12"):
        assert office.say("DISPUTED", on=day) == []
        alert = office.alert()
        assert (alert["status"], alert["cc"].count("AUTHORITY")) == ("DISPUTED", 1)
        assert alert["answer"] == {
            "result": "DISPUTED",
            "agency": "HRSS",
            "owner": None,
            "given_at": f"{day}T12:00:00+08:00",
        }


def test_a_case_nobody_owns_goes_to_the_authority_with_the_last_refusal() -> None:
    """Passed on to civil affairs and back again: the authority reads who said last that it is not theirs."""
    office = _opened()
    assert office.say("NOT_MINE", owner="MCA") == []
    assert office.say("NOT_MINE", owner="HRSS", agency="MCA", on="2026-03-12") == []
    alert = office.alert()
    assert (alert["status"], alert["cc"]) == ("DISPUTED", ["AUTHORITY"])
    assert (alert["answer"]["agency"], alert["answer"]["owner"]) == ("MCA", "HRSS")


def _refused(office: Office, **changes: object) -> list[tuple[str, str]]:
    """Code and place of everything that is wrong with an answer of the pension office to its alert."""
    message = {
        "alert_id": office.alert()["alert_id"],
        "agency": "HRSS",
        "result": "ACKED",
        "given_at": parse_rfc3339("2026-03-15T12:00:00+08:00"),
        **changes,
    }
    return [(fault.code, fault.path) for fault in office.hub.answer(message, at="desk-refused")]


def test_a_refusal_names_the_field_that_is_to_blame() -> None:
    """Another agency's alert: the agency; one that is closed: the alert; both: both."""
    assert _refused(_opened(), agency="MCA") == [(Code.NOT_ACTING, "agency")]
    closed = _opened()
    assert closed.say("CONFIRMED_OK") == []
    assert _refused(closed) == [(Code.ALERT_CLOSED, "alert_id")]
    closed = _opened()
    assert closed.say("CONFIRMED_OK") == []
    assert _refused(closed, agency="MCA") == [(Code.ALERT_CLOSED, "alert_id"), (Code.NOT_ACTING, "agency")]


def test_an_answer_of_the_very_moment_it_opened_counts() -> None:
    """Nobody can be faster, but clocks may say so."""
    office = _opened()
    opened = parse_rfc3339(office.alert()["opened_at"])
    assert _refused(office, given_at=opened) == []
    assert office.alert()["status"] == "ACKED"


def test_time_alone_lets_an_alert_lapse() -> None:
    """A pension that is stopped for a month to come: when it has come the alert is over, and no event closed it."""
    desk = Desk()
    office = Office(desk.pension(), desk.funeral(), desk.pension_status("STOPPED", "202606", on="2026-03-10"))
    office.until("2026-05-31")
    assert office.alert()["status"] == "OPEN"
    office.until("2026-06-01")
    alert = office.alert()
    assert (alert["status"], alert["close_reason"], alert["closing_event_id"]) == ("CLOSED", "LAPSED", None)


# --- whether it may be answered ---------------------------------------------------------------------------------------

TOO_EARLY = Answer(alert_id="al-1", agency="HRSS", result="FIXED", given_at=1)
WAITING = AlertState("f-1", "LE-01", 0, "al-1", "PENDING", opened_at=2, acting_agency="HRSS")


@pytest.mark.parametrize("alerts", [{}, {"f-1": WAITING}])
def test_a_subject_knows_nothing_of_an_alert_it_never_published(alerts: dict[str, AlertState]) -> None:
    """Even if an answer came all the way to where the alert waits: refused, and kept only to be refused once."""
    state = SubjectState("r-1", "resident", alerts=alerts)
    faults = refusals(state, TOO_EARLY)
    assert [(fault.code, fault.path) for fault in faults] == [(Code.UNKNOWN_ALERT, "alert_id")]
    (kept,) = taken_in(state, TOO_EARLY, faults).answers.values()
    assert kept == Answer("al-1", "HRSS", "FIXED", 1, refused=("UNKNOWN_ALERT",))


def test_an_alert_that_waits_is_introduced_to_nobody() -> None:
    """No answer can find its way to it, whatever else arrives meanwhile; and one case is counted that waits."""
    desk = Desk()
    office = Office(desk.pension(), desk.funeral(), rules=[WEEK])
    assert office.hub.pending() == 1
    office.feed([desk.enrolled(on="2026-03-05")])
    assert office.hub.pending() == 1
    assert not [state for state in office.hub.states() if isinstance(state, PointerState)]
    office.until("2026-03-10")
    assert office.hub.pending() == 0
    assert [type(state) for state in office.hub.states()].count(PointerState) == 1


# --- opening ----------------------------------------------------------------------------------------------------------


def test_an_alert_has_one_id_whether_its_grace_was_watched_or_not() -> None:
    """A hub that hears of everything late tells the same alert, since the same day."""
    desk = Desk()
    events = [desk.pension(), desk.funeral()]
    watched = Office(*events, rules=[WEEK], as_of="2026-04-01").alert()
    late = Office(rules=[WEEK], as_of="2026-04-01")
    late.feed(events)
    assert late.alert() == watched
    assert watched["opened_at"] == "2026-03-10T09:00:00+08:00"


def test_an_alert_says_who_must_know_until_when_and_by_which_numbers() -> None:
    """A wrong death record is corrected within the days for corrections; its source gets no copy of its own alert."""
    desk = Desk()
    numbers = {"alert.correction_workdays": 1, "LE-04.days_after_death": 3}
    office = Office(desk.pension(), desk.funeral(), desk.verified(on="2026-03-20"), policy=numbers)
    alert = office.alert("LE-04")
    assert (alert["acting_agency"], alert["cc"]) == ("MCA", ["PSB", "HRSS"])
    assert (alert["opened_at"][:10], alert["due_at"]) == ("2026-03-20", "2026-03-23T23:59:59+08:00")
    assert alert["policy"] == {"LE-04.days_after_death": 3}


def test_nothing_is_told_twice() -> None:
    """An alert that a further look finds as it was is not published again."""
    office = _opened()
    (state,) = (s for s in office.hub.states() if isinstance(s, SubjectState) and s.alerts)
    assert office.hub.journey.tick(state, office.hub.now + 1).alerts == []


def test_a_city_has_numbers_of_its_own() -> None:
    """Rows of the policy table for one region: how long to close, how long an answer rests."""
    desk = Desk()
    rows = [
        PolicyRow(key, 1, "4298", date(1900, 1, 1), None, "") for key in ("alert.close_workdays.S1", "alert.mute_days")
    ]
    office = Office()
    office.hub = LocalHub(build_journey(policy=Policy((*load_policy().rows, *rows))))
    office.feed([desk.pension(), desk.funeral()])
    assert office.alert()["due_at"] == "2026-03-04T23:59:59+08:00"
    assert office.say("CONFIRMED_OK", on="2026-03-10") == []
    assert office.alert()["muted_until"] == "2026-03-11T12:00:00+08:00"


# --- freezing ---------------------------------------------------------------------------------------------------------


def test_a_frozen_alert_names_what_froze_it_until_it_is_closed() -> None:
    """By an event or by an answer: what is over is frozen by nothing."""
    for how in ("event", "answer"):
        desk = Desk()
        office = Office(desk.pension(), desk.funeral(), desk.verified(on="2026-03-20"))
        frozen = office.alert()
        assert (frozen["status"], frozen["frozen_by"]) == ("FROZEN", office.alert("LE-04")["alert_id"])
        if how == "event":
            office.feed([desk.pension_status("STOPPED", "202603", on="2026-03-21", record="R-1", seq=2)])
        else:
            assert office.say("CONFIRMED_OK", on="2026-03-21") == []
        assert (office.alert()["status"], office.alert()["frozen_by"]) == ("CLOSED", None)
        assert office.alert("LE-04")["status"] == "OPEN"


# --- deadlines and ends -----------------------------------------------------------------------------------------------


def test_the_last_second_of_the_last_day_is_in_time() -> None:
    """Whatever else makes the hub look just then."""
    desk = Desk()
    office = Office(desk.pension(), desk.funeral())
    assert office.alert()["due_at"] == "2026-03-17T23:59:59+08:00"
    for moment, overdue in (("2026-03-17T23:59:59+08:00", False), ("2026-03-18T00:00:00+08:00", True)):
        office.feed([desk.enrolled(on="2026-03-17", recorded=moment, published=moment)])
        assert office.alert()["overdue"] is overdue


def test_a_rule_that_crashes_leaves_its_alerts_as_they_were() -> None:
    """Our bug is no reason to believe that a case is over."""

    def crashing(scene: Scene) -> Iterator[Finding]:
        if scene.person.of_type("hrss.insured_enrolled"):
            raise ZeroDivisionError
        yield from BY_ID["LE-01"].find(scene)

    desk = Desk()
    office = Office(desk.pension(), desk.funeral(), rules=[replace(BY_ID["LE-01"], find=crashing)])
    before = office.alert()
    office.feed([desk.enrolled(on="2026-03-05")])
    assert office.hub.counts["rule_errors"] == 1
    assert office.alert() == before


def test_an_event_that_shows_a_reminder_to_be_long_over_did_not_close_it() -> None:
    """A death of January is heard of in March, after the funeral: the reminder of January expired by itself."""
    desk = Desk()
    death = desk.death(on="2026-01-20")
    office = Office(desk.pension(), desk.funeral(), rules=[replace(BY_ID["LE-01"], expires_days=10)])
    assert office.alert()["status"] == "OPEN"
    office.feed([death])
    alert = office.alert()
    assert (alert["status"], alert["close_reason"], alert["closing_event_id"]) == ("CLOSED", "EXPIRED", None)


# --- opening again ----------------------------------------------------------------------------------------------------


def test_a_case_whose_grace_runs_anew_is_closed_until_it_is_over() -> None:
    """A funeral is reported anew; only then it comes out that the first report had been cancelled ten days before."""
    desk = Desk()
    wrong = desk.funeral()
    cancelled = desk.again(wrong, "CANCEL", on="2026-03-12")
    office = Office(desk.pension(), wrong, desk.funeral(on="2026-03-22"), rules=[WEEK])
    first = office.alert()
    assert first["status"] == "OPEN"
    office.feed([cancelled])
    closed = office.alert()
    assert (closed["status"], closed["close_reason"]) == ("CLOSED", "RETRACTED")
    assert closed["closing_event_id"] == cancelled["event_id"]
    office.until("2026-03-29")
    (again,) = office.alerts()
    assert (again["alert_id"], again["status"]) == (first["alert_id"], "OPEN")
    assert again["opened_at"] == "2026-03-29T09:00:00+08:00"


@pytest.mark.parametrize(("day", "cases"), [("2026-04-11", 1), ("2026-04-12", 2)])
def test_thirty_days_after_its_end_a_case_opens_again_as_itself(day: str, cases: int) -> None:
    """To the very moment; a day later it is a case of its own."""
    desk = Desk()
    stopped = desk.pension_status("STOPPED", "202603", on="2026-03-12", record="R-1", seq=2)
    office = Office(desk.pension(), desk.funeral(), stopped)
    assert office.alert()["closed_at"] == "2026-03-12T09:00:05+08:00"
    office.feed([desk.again(stopped, "CANCEL", on=day)])
    assert office.alert()["opened_at"] == f"{day}T09:00:05+08:00"
    assert len(office.alerts()) == cases


def test_every_case_of_a_finding_has_an_id_of_its_own() -> None:
    """Answered year after year, it opens as a third case, which takes its answer like the others."""
    office = _opened()
    for day in ("2026-12-01", "2027-12-02", "2028-12-03"):
        office.until(day)
        assert office.say("CONFIRMED_OK", on=day) == []
    assert len({alert["alert_id"] for alert in office.alerts()}) == len(office.alerts()) == 3


def test_what_opens_while_its_rule_is_on_trial_is_marked() -> None:
    """An alert whose grace ran when the trial began, and one that was closed before and opens again."""
    desk = Desk()
    wang, li, zhao = (person(ric("19480611", n), "周建国") for n in (1, 3, 5))
    stopped = desk.pension_status("STOPPED", "202603", wang, on="2026-03-12", record="R-1", seq=2)
    office = Office(
        desk.pension(wang), desk.funeral(wang), desk.pension(li), desk.funeral(li), stopped, rules=[WEEK],
        policy={"alert.shadow_over_cases": 1, "alert.shadow_below_percent": 50},
    )  # fmt: skip
    assert sorted(alert["status"] for alert in office.alerts()) == ["CLOSED", "OPEN"]
    office.feed([desk.pension(zhao), desk.funeral(zhao, on="2026-03-13")])
    wrong = next(alert["alert_id"] for alert in office.alerts() if alert["status"] == "OPEN")
    assert office.say("CONFIRMED_OK", alert=wrong, on="2026-03-14") == []
    office.feed([desk.again(stopped, "CANCEL", on="2026-03-15")])
    office.until("2026-04-01")
    marked = {alert["opened_at"][:10]: alert["shadow"] for alert in office.alerts() if alert["status"] == "OPEN"}
    assert marked == {"2026-03-20": True, "2026-03-22": True}
