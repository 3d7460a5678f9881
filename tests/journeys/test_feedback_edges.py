"""Disputes: the authority is called in once, and what was answered last is shown."""

from __future__ import annotations

from hub.domain.event import Code
from hub.domain.times import parse_rfc3339
from tests.builders import Desk
from tests.journeys.office import Office


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
