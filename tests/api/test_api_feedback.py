"""POST /v1/alerts/{id}/feedback, and what the answers of agencies make visible: overdue, shadow, scores."""

from __future__ import annotations

import httpx
import pytest

from hub.domain.times import rfc3339
from hub.errors import Retry
from hub.runtime import topics
from tests.api.conftest import Call
from tests.api.fakes import NOW, Api, alert

ALERT = f"al-{1:032x}"
CLOSED = f"al-{2:032x}"
CANARY = "42980119600315001X 王伟"


@pytest.fixture
def answered(api: Api, post: Call):
    """A function that answers an alert of HRSS; two more alerts: one closed, one in mediation."""
    api.alerts.apply(alert(1))
    api.alerts.apply(alert(2, status="CLOSED"))
    api.alerts.apply(alert(3, status="DISPUTED", cc=["AUTHORITY"]))

    def send(alert_id: str = ALERT, **message: object) -> httpx.Response:
        return post(f"/v1/alerts/{alert_id}/feedback", json={"agency": "HRSS", **message})

    return send


def codes(response: httpx.Response) -> list[str]:
    assert response.headers["content-type"] == "application/problem+json"
    return [fault["code"] for fault in response.json()["faults"]]


def test_an_answer_is_durable_before_it_is_accepted(api: Api, answered) -> None:
    """202 with the answer as written, without its note; on the topic under the alert's id, with it."""
    response = answered(result="NOT_MINE", owner="MCA", note=CANARY)
    assert response.status_code == 202
    document = {"alert_id": ALERT, "agency": "HRSS", "result": "NOT_MINE", "owner": "MCA"}
    assert response.json() == {**document, "given_at": rfc3339(NOW)}
    (out,) = api.feedback.sent
    assert (out.topic, out.key) == (topics.FEEDBACK, ALERT.encode())
    written = api.feedback.wire.read_feedback(out.value)
    assert written == {**document, "given_at": NOW, "note": CANARY}


@pytest.mark.parametrize(
    ("alert_id", "message", "status", "expected"),
    [
        (f"al-{9:032x}", {"result": "FIXED"}, 404, ["UNKNOWN_ALERT"]),
        (CLOSED, {"result": "FIXED"}, 409, ["ALERT_CLOSED"]),
        (ALERT, {"result": "FIXED", "agency": "PSB"}, 403, ["NOT_ACTING"]),
        (CLOSED, {"result": "FIXED", "agency": "PSB"}, 403, ["ALERT_CLOSED", "NOT_ACTING"]),
        (ALERT, {"result": "PERHAPS"}, 422, ["UNKNOWN_CODE"]),
        (ALERT, {"result": "NOT_MINE"}, 422, ["OWNER_REQUIRED"]),
        (ALERT, {"result": "NOT_MINE", "owner": "HRSS"}, 422, ["OWNER_NOT_ALLOWED"]),
        (ALERT, {}, 422, ["MISSING"]),
        (ALERT, {"result": "FIXED", "colour": "red"}, 422, ["UNKNOWN_FIELD"]),
        (ALERT, {"result": "FIXED", "given_at": 0}, 422, ["UNKNOWN_FIELD"]),
        (ALERT, {"result": "FIXED", "note": 7}, 422, ["TYPE"]),
        (CLOSED, {"result": "PERHAPS", "agency": "PSB"}, 422, ["UNKNOWN_CODE", "ALERT_CLOSED", "NOT_ACTING"]),
    ],
)
def test_a_wrong_answer_is_refused_with_every_reason(
    api: Api, answered, alert_id: str, message: dict[str, object], status: int, expected: list[str]
) -> None:
    """The status says what kind of wrong, the faults say everything; nothing is written."""
    response = answered(alert_id, **message)
    assert response.status_code == status
    assert codes(response) == expected
    assert api.feedback.sent == []


@pytest.mark.parametrize(("body", "status"), [(b"{", 400), (b"[]", 422), (b"x" * 20_000, 413)])
def test_a_body_that_is_no_answer(answered, post: Call, body: bytes, status: int) -> None:
    """Not JSON, no object, too long."""
    assert post(f"/v1/alerts/{ALERT}/feedback", content=body).status_code == status


def test_a_path_that_is_no_alert_id(post: Call) -> None:
    """Nothing of it is told back."""
    response = post("/v1/alerts/429801196003150017/feedback", json={"agency": "HRSS", "result": "FIXED"})
    assert response.status_code == 404
    assert "4298" not in response.text


def test_refusals_repeat_nothing(answered) -> None:
    """Whatever stands where a code should be, the problem holds none of it."""
    response = answered(result=CANARY, owner=CANARY, agency=CANARY, note=CANARY, **{CANARY: CANARY})
    assert response.status_code == 422
    assert "王伟" not in response.text
    assert "4298" not in response.text


def test_the_authority_answers_in_mediation(answered) -> None:
    """An alert in dispute takes the authority's word."""
    disputed = f"al-{3:032x}"
    assert answered(disputed, agency="AUTHORITY", result="CONFIRMED_OK").status_code == 202
    assert answered(agency="AUTHORITY", result="CONFIRMED_OK").status_code == 403


def test_a_broker_that_is_down_is_no_acceptance(api: Api, answered) -> None:
    """503, to be tried again."""
    api.feedback.error = Retry("broker")
    assert answered(result="ACKED").status_code == 503


# --- what answers make visible ----------------------------------------------------------------------------------------


def listed(get: Call, query: str) -> list[str]:
    return [item["alert_id"] for item in get(f"/v1/alerts?{query}").json()["items"]]


def test_alerts_of_a_rule_on_trial_are_shown_where_asked_for(api: Api, get: Call) -> None:
    """Left out of lists; there with shadow=true; and by id always."""
    api.alerts.apply(alert(1))
    api.alerts.apply(alert(2, shadow=True))
    assert listed(get, "") == [ALERT]
    assert listed(get, "shadow=true") == [ALERT, CLOSED]
    assert get(f"/v1/alerts/{CLOSED}").json()["shadow"] is True


def test_overdue_alerts_can_be_listed(api: Api, get: Call) -> None:
    """Those that stand late, or the others; one that was late and is closed is late no more."""
    api.alerts.apply(alert(1, overdue=True))
    api.alerts.apply(alert(2, overdue=True, status="CLOSED"))
    assert listed(get, "overdue=true") == [ALERT]
    assert listed(get, "overdue=false") == [CLOSED]
    assert api.alerts.overdue() == {"LE-01": 1}


def test_scores_tell_no_persons(api: Api, get: Call) -> None:
    """GET /v1/rules gives the scores as they are kept."""
    api.scores.append({"rule_id": "LE-01", "precision": 0.25, "shadow": True})
    assert get("/v1/rules").json() == {"items": api.scores}
