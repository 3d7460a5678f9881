"""Agencies answer alerts: what each answer does, which are refused, and what time does afterwards."""

from __future__ import annotations

import base64
from dataclasses import replace
from itertools import permutations
from random import Random
from typing import Any

import msgspec
import pytest

from hub import Hub
from hub.domain.keys import Keyring
from hub.rules import BY_ID
from tests.builders import Desk
from tests.journeys.office import Office

MUTED = "2027-03-10T12:00:00+08:00"  # 365 days after an answer of 2026-03-10


@pytest.fixture
def d() -> Desk:
    return Desk()


@pytest.fixture
def office(d: Desk) -> Office:
    """A pension goes on after a death: LE-01 to HRSS, open since 3 March 2026."""
    office = Office(d.pension(), d.funeral())
    assert office.alert()["status"] == "OPEN"
    return office


# --- what an answer does ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("result", "status"),
    [("NOTIFIED", "NOTIFIED"), ("ACKED", "ACKED"), ("NEED_INFO", "NEED_INFO"), ("FIXED", "CORRECTED")],
)
def test_words_of_the_work_flow_leave_it_standing(office: Office, result: str, status: str) -> None:
    """The status follows the answer, the answer is shown, and nothing else moves."""
    before = office.alert()
    assert office.say(result) == []
    after = office.alert()
    answer = {"result": result, "agency": "HRSS", "owner": None, "given_at": "2026-03-10T12:00:00+08:00"}
    assert after == {**before, "status": status, "answer": answer}


@pytest.mark.parametrize("result", ["CONFIRMED_OK", "DECLINED", "ELSEWHERE", "NOT_ELIGIBLE", "NOT_SAME", "DUPLICATE"])
def test_an_answer_that_ends_the_case_mutes_the_finding(office: Office, result: str) -> None:
    """Closed for that reason; silent for twelve months; and a new case when they are over and nothing has changed."""
    assert office.say(result) == []
    (closed,) = office.alerts()
    assert (closed["status"], closed["close_reason"], closed["closing_event_id"]) == ("CLOSED", result, None)
    assert (closed["closed_at"], closed["muted_until"]) == ("2026-03-10T12:00:00+08:00", MUTED)
    office.until("2027-03-09")
    assert office.alerts() == [closed]
    office.until("2027-03-10")
    first, again = office.alerts()
    assert first == closed
    assert (again["status"], again["opened_at"], again["answer"], again["muted_until"]) == ("OPEN", MUTED, None, None)
    assert again["fingerprint"] == first["fingerprint"]
    assert again["alert_id"] != first["alert_id"]


def test_a_muted_finding_that_went_away_does_not_wake_up(office: Office, d: Desk) -> None:
    """The pension stops during the mute; when the mute ends there is nothing to open."""
    office.say("CONFIRMED_OK")
    office.feed([d.pension_status("STOPPED", "202604", on="2026-04-20", record="R-1", seq=2)])
    office.until("2027-06-01")
    assert [alert["status"] for alert in office.alerts()] == ["CLOSED"]


def test_another_fingerprint_is_not_muted(d: Desk) -> None:
    """The same rule about another decision is another finding."""
    other = d.allowance(item="IT-2")
    office = Office(d.allowance(), d.death(), as_of="2026-03-09")
    office.say("CONFIRMED_OK", rule="LE-03", agency="MCA")
    office.feed([{**other, "record_time": "2026-03-11T09:00:00+08:00", "publish_time": "2026-03-11T09:00:00+08:00"}])
    office.until("2026-03-20")
    assert sorted(alert["status"] for alert in office.alerts("LE-03")) == ["CLOSED", "OPEN"]


def test_fixed_closes_when_the_finding_goes_away(office: Office, d: Desk) -> None:
    """FIXED is a word; the event is the proof. Until it comes the alert stands, and gets overdue like any other."""
    office.say("FIXED")
    office.until("2026-04-10")
    assert (office.alert()["status"], office.alert()["overdue"]) == ("CORRECTED", True)
    stopped = d.pension_status("STOPPED", "202603", on="2026-04-12", record="R-1", seq=2)
    office.feed([stopped])
    closed = office.alert()
    assert (closed["status"], closed["close_reason"]) == ("CLOSED", "RESOLVED")
    assert (closed["closing_event_id"], closed["answer"]["result"]) == (stopped["event_id"], "FIXED")
    assert not closed["muted_until"]


def test_what_was_said_before_it_closed_is_past_when_it_opens_again(office: Office, d: Desk) -> None:
    """FIXED, gone, and back within thirty days: the same case, open, and nobody has said anything of it yet."""
    first = office.alert()
    office.say("FIXED")
    stopped = d.pension_status("STOPPED", "202603", on="2026-03-12", record="R-1", seq=2)
    office.feed([stopped, d.again(stopped, "CANCEL", on="2026-03-20")])
    again = office.alert()
    assert (again["alert_id"], again["status"], again["answer"]) == (first["alert_id"], "OPEN", None)


def test_not_mine_moves_the_alert(office: Office) -> None:
    """It stands open for the presumed owner; from now on only they can answer."""
    assert office.say("NOT_MINE", owner="MCA") == []
    moved = office.alert()
    assert (moved["status"], moved["acting_agency"], moved["answer"]["owner"]) == ("OPEN", "MCA", "MCA")
    assert office.say("ACKED", on="2026-03-11") == ["NOT_ACTING"]
    assert office.say("ACKED", on="2026-03-11", agency="MCA") == []
    assert (office.alert()["status"], office.alert()["acting_agency"]) == ("ACKED", "MCA")


def test_not_mine_there_and_back_goes_to_mediation(office: Office) -> None:
    """Two agencies that send an alert to each other do not agree: the authority is called in and decides."""
    office.say("NOT_MINE", owner="MCA")
    assert office.say("NOT_MINE", on="2026-03-11", agency="MCA", owner="HRSS") == []
    disputed = office.alert()
    assert (disputed["status"], disputed["acting_agency"], disputed["cc"]) == ("DISPUTED", "MCA", ["AUTHORITY"])
    assert office.say("NOT_MINE", on="2026-03-12", agency="AUTHORITY", owner="HRSS") == []
    assert (office.alert()["status"], office.alert()["acting_agency"]) == ("OPEN", "HRSS")


def test_a_dispute_is_for_the_authority(office: Office) -> None:
    """Before it the authority has no say; in it the authority's answer counts like the agency's own."""
    assert office.say("CONFIRMED_OK", agency="AUTHORITY") == ["NOT_ACTING"]
    assert office.say("DISPUTED") == []
    assert (office.alert()["status"], office.alert()["cc"]) == ("DISPUTED", ["AUTHORITY"])
    assert office.say("CONFIRMED_OK", on="2026-03-11", agency="AUTHORITY") == []
    assert (office.alert()["status"], office.alert()["close_reason"]) == ("CLOSED", "CONFIRMED_OK")


def test_the_post_does_not_undo_an_acknowledgement(office: Office) -> None:
    """NOTIFIED after ACKED says nothing new."""
    office.say("ACKED")
    office.say("NOTIFIED", on="2026-03-11")
    assert (office.alert()["status"], office.alert()["answer"]["result"]) == ("ACKED", "ACKED")


def test_a_frozen_alert_can_be_answered(d: Desk) -> None:
    """It stays frozen, and thaws as what was said of it."""
    seen = d.verified(on="2026-03-20")
    office = Office(d.pension(), d.funeral(), seen)
    assert office.say("ACKED", on="2026-03-21") == []
    assert office.alert()["status"] == "FROZEN"
    office.feed([d.again(seen, "CANCEL", on="2026-03-23")])
    assert office.alert()["status"] == "ACKED"


def test_the_freezer_answered_lets_the_others_go(d: Desk) -> None:
    """LE-04 found to be no mistake: LE-01 stands again."""
    office = Office(d.pension(), d.funeral(), d.verified(on="2026-03-20"))
    assert office.alert()["status"] == "FROZEN"
    office.say("CONFIRMED_OK", rule="LE-04", agency="MCA", on="2026-03-21")
    assert (office.alert()["status"], office.alert()["frozen_by"]) == ("OPEN", None)


def test_id_03_not_the_same_rests_for_five_years(d: Desk) -> None:
    """Two people found to be two are not asked about every year (domain 5.4)."""
    rule = replace(BY_ID["LE-01"], id="ID-03")
    office = Office(d.pension(), d.funeral(), rules=[rule])
    office.say("NOT_SAME", rule="ID-03")
    assert office.alert("ID-03")["muted_until"] == "2031-03-09T12:00:00+08:00"


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "codes"),
    [
        ({"result": "MAYBE"}, ["UNKNOWN_CODE"]),
        ({"result": "FIXED", "agency": "XYZ"}, ["UNKNOWN_CODE"]),
        ({"result": "FIXED", "agency": "MCA"}, ["NOT_ACTING"]),
        ({"result": "NOT_MINE"}, ["OWNER_REQUIRED"]),
        ({"result": "NOT_MINE", "owner": "HRSS"}, ["OWNER_NOT_ALLOWED"]),
        ({"result": "NOT_MINE", "owner": "AUTHORITY"}, ["UNKNOWN_CODE"]),
        ({"result": "FIXED", "owner": "MCA"}, ["OWNER_NOT_ALLOWED"]),
        ({"result": "FIXED", "alert": "al-" + "0" * 32}, ["UNKNOWN_ALERT"]),
        ({"result": "FIXED", "alert": "429801196003150017"}, ["FORMAT"]),
        ({"result": None}, ["MISSING"]),
        ({"result": 7}, ["TYPE"]),
        ({"result": "FIXED", "note": "x" * 1001}, ["TOO_LONG"]),
        ({"result": "FIXED", "colour": "red"}, ["UNKNOWN_FIELD"]),
        ({"result": "FIXED", "religion": "x"}, ["DENIED_FIELD"]),
        ({"result": "MAYBE", "agency": 7, "colour": 1}, ["UNKNOWN_FIELD", "TYPE", "UNKNOWN_CODE"]),
    ],
)
def test_a_wrong_answer_is_refused_with_every_reason(office: Office, answer: dict[str, Any], codes: list[str]) -> None:
    """Nothing of the alert moves, and the answer lies sealed in quarantine."""
    before = office.alert()
    assert office.say(**answer) == codes
    assert office.alert() == before
    (refused,) = office.hub.quarantine()
    assert [fault["code"] for fault in refused["faults"]] == codes
    said = msgspec.json.decode(Keyring().unseal(base64.b64decode(refused["payload"])))
    assert said["result"] == answer["result"]


def test_a_closed_alert_takes_no_answer(office: Office, d: Desk) -> None:
    """Neither one that an answer closed, nor one that an event did; both reasons are told at once."""
    office.say("CONFIRMED_OK")
    assert office.say("FIXED", on="2026-03-11") == ["ALERT_CLOSED"]
    assert office.say("FIXED", on="2026-03-11", agency="PSB") == ["ALERT_CLOSED", "NOT_ACTING"]
    assert office.alert()["answer"]["result"] == "CONFIRMED_OK"
    assert office.hub.counts["answers_refused"] == 2


def test_an_earlier_case_takes_no_answer(office: Office) -> None:
    """A case that went to the archive is closed, not unknown."""
    office.say("CONFIRMED_OK")
    old = office.alert()["alert_id"]
    office.until("2027-04-01")
    assert office.say("FIXED", on="2027-04-02", alert=old) == ["ALERT_CLOSED"]
    assert office.say("ACKED", on="2027-04-02") == []


def test_a_running_grace_cannot_be_answered(d: Desk) -> None:
    """What was never published is unknown, whoever guesses its id."""
    office = Office(d.moved_in(), d.funeral(), as_of="2026-03-10")
    state = next(state for state in office.hub.states() if getattr(state, "alerts", None))
    (pending,) = state.alerts.values()
    assert pending.status == "PENDING"
    assert office.say("ACKED", alert=pending.alert_id, agency="PSB") == ["UNKNOWN_ALERT"]


def test_the_note_stays_where_it_was_written(office: Office) -> None:
    """Neither state nor alert holds the free text."""
    office.say("ACKED", note="王伟家属来电")
    held = b"".join(msgspec.json.encode(state) for state in office.hub.states())
    assert "来电" not in held.decode()
    assert "来电" not in str(list(office.hub.alerts()))


# --- laws -------------------------------------------------------------------------------------------------------------

_WORDS = ("NOTIFIED", "ACKED", "NEED_INFO", "FIXED", "DISPUTED")


@pytest.mark.parametrize("seed", range(25))
def test_answers_taken_in_in_any_order_come_to_the_same(seed: int) -> None:
    """Words shuffled and repeated leave the same alert: the last given counts, not the last heard."""
    random = Random(seed)
    d = Desk()
    events = [d.pension(), d.funeral()]
    answers = [(random.choice(_WORDS), f"2026-03-{random.randrange(4, 28):02d}") for _ in range(random.randrange(2, 5))]
    outcomes = set()
    for order in list(permutations(answers))[:12]:
        office = Office(*events, as_of="2026-03-28")
        for result, on in (*order, *random.choices(order, k=2)):
            assert office.say(result, on=on) == []
        office.until("2026-04-01")
        outcomes.add(msgspec.json.encode(office.alerts()))
    assert len(outcomes) == 1


def test_the_same_answer_again_changes_nothing(office: Office) -> None:
    """Delivered twice: silent, though the alert it closed is closed by now; a refused one is refused once."""
    for _ in range(3):
        assert office.say("CONFIRMED_OK") == []
        assert office.say("FIXED", on="2026-03-11", key="same")[:1] in (["ALERT_CLOSED"], [])
    assert office.hub.counts["answers"] == 1
    assert office.hub.counts["answers_refused"] == 1
    assert len(office.hub.quarantine()) == 1


@pytest.mark.parametrize("seed", range(20))
def test_a_mute_does_not_depend_on_the_order_of_events(seed: int) -> None:
    """Events that arrive around an answer, in any order: the same stands in the end, since the same moment."""
    d = Desk()
    first = [d.pension(), d.funeral()]
    later = [d.death(), d.cover(), d.verified(on="2026-02-01"), d.moved_in()]
    Random(seed).shuffle(later)
    cut = seed % 5
    office = Office(*first, *later[:cut], as_of="2026-03-05")
    office.say("CONFIRMED_OK", alert=office.alerts()[0]["alert_id"])
    office.feed(later[cut:])
    office.until("2027-05-01")
    standing = [(a["status"], a["opened_at"]) for a in office.alerts() if a["status"] != "CLOSED"]
    assert (("OPEN", MUTED) in standing) or all(a["muted_until"] is None for a in office.alerts()[1:])


# --- time -------------------------------------------------------------------------------------------------------------


def test_overdue_is_told_when_the_deadline_passes(office: Office) -> None:
    """Ten working days for S1; the last second of the last one is in time."""
    due = office.alert()["due_at"]
    assert due == "2026-03-17T23:59:59+08:00"
    office.until("2026-03-17")
    assert not office.alert()["overdue"]
    office.until("2026-03-18")
    late = office.alert()
    assert (late["overdue"], late["status"], late["due_at"]) == (True, "OPEN", due)


def test_what_rests_is_not_overdue(d: Desk) -> None:
    """A frozen alert keeps its deadline, and nobody is late with it until it thaws."""
    seen = d.verified(on="2026-03-10")
    office = Office(d.pension(), d.funeral(), seen, as_of="2026-04-20")
    assert (office.alert()["status"], office.alert()["overdue"]) == ("FROZEN", False)
    assert office.alert("LE-04")["overdue"]
    office.feed([d.again(seen, "CANCEL", on="2026-04-21")])
    assert (office.alert()["status"], office.alert()["overdue"]) == ("OPEN", True)


def test_a_deadline_comes_from_the_policy_table(d: Desk) -> None:
    """No number of the life cycle is in the code."""
    office = Office(d.pension(), d.funeral(), policy={"alert.close_workdays.S1": 1})
    assert office.alert()["due_at"] == "2026-03-04T23:59:59+08:00"


def test_a_reminder_ends_by_itself_and_stays_away(d: Desk) -> None:
    """Expired after so many days; silent while the same finding goes on; the finding come anew is told anew."""
    rule = replace(BY_ID["LE-03"], expires_days=10)
    start = d.allowance("START", recorded="2026-01-05")
    office = Office(d.death(), start, rules=[rule], as_of="2026-03-15")
    assert office.alert("LE-03")["status"] == "OPEN"
    office.until("2026-03-16")
    gone = office.alert("LE-03")
    assert (gone["status"], gone["close_reason"], gone["closing_event_id"]) == ("CLOSED", "EXPIRED", None)
    office.until("2026-08-01")
    assert office.alerts("LE-03") == [gone]
    office.feed([d.allowance("STOP", on="2026-08-02", record=start["source_record_id"], seq=2)])
    office.feed([d.allowance("RESUME", on="2026-08-10", record=start["source_record_id"], seq=3)])
    office.until("2026-08-16")
    assert [alert["status"] for alert in office.alerts("LE-03")] == ["CLOSED", "OPEN"]


def test_what_expired_before_anybody_saw_it_is_not_told(d: Desk) -> None:
    """Records that come a year late open no reminder of last year."""
    rule = replace(BY_ID["LE-03"], expires_days=10)
    office = Office(d.cover(on="2026-12-01"), d.death(), d.allowance(recorded="2026-01-05"), rules=[rule])
    assert office.alerts("LE-03") == []


def test_the_facade_answers_and_keeps_score(d: Desk) -> None:
    """Hub.feedback takes the contract's JSON; scores tell how often a rule was right."""
    hub = Hub(as_of="2026-03-10").feed([d.pension(), d.funeral()])
    alert = next(a for a in hub.alerts if a["rule_id"] == "LE-01")
    given = {"alert_id": alert["alert_id"], "agency": "HRSS", "given_at": "2026-03-11T09:00:00+08:00"}
    hub.feedback([{**given, "result": "MAYBE"}, {**given, "result": "CONFIRMED_OK"}, {**given, "given_at": "now"}])
    assert next(a for a in hub.alerts if a["rule_id"] == "LE-01")["close_reason"] == "CONFIRMED_OK"
    assert [[f["code"] for f in refused["faults"]] for refused in hub.quarantine] == [
        ["UNKNOWN_CODE"],
        ["MISSING", "TYPE"],
    ]
    (score,) = hub.scores
    assert (score["rule_id"], score["results"], score["precision"]) == ("LE-01", {"CONFIRMED_OK": 1}, 0.0)
