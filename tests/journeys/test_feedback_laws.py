"""Laws of answers over random histories: whatever agencies say of whatever alert, in whatever state the hub is."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

import msgspec
import pytest

from hub.bootstrap import build_journey
from hub.domain.feedback import CLOSING, RESULTS, WORKFLOW
from hub.domain.times import DAY_MS, end_of, parse_date, parse_rfc3339
from hub.local import LocalHub
from hub.pipeline.journey import Journey
from tests.journeys.histories import history

AGENCIES = ("PSB", "MCA", "HRSS", "HMD", "AUTHORITY")
END = end_of(parse_date("2028-06-30"))


@pytest.fixture(scope="module")
def journey() -> Journey:
    return build_journey()


class Told:
    """One random life of a hub: what was fed and answered, in order, so that it can be told again."""

    def __init__(self, journey: Journey, seed: int) -> None:
        self.random = Random(seed)
        self.hub = LocalHub(journey)
        self.answers: list[dict[str, Any]] = []
        self.script: list[tuple[str, dict[str, Any]]] = []
        for event in sorted(history(self.random, 30), key=lambda e: parse_rfc3339(e["publish_time"])):
            self.hub.feed(event)
            self.script.append(("event", event))
            self.say_something(self.random.randrange(3))
        for _ in range(12):
            self.hub.advance_to(self.hub.now + self.random.randrange(90) * DAY_MS)
            self.say_something(2)
        self.hub.advance_to(END)

    def say_something(self, times: int) -> None:
        """To an alert that stands, mostly by the agency it is addressed to."""
        for _ in range(times):
            alerts = list(self.hub.alerts())
            if not alerts:
                return
            alert = self.random.choice([a for a in alerts if a["status"] != "CLOSED"] or alerts)
            agency = alert["acting_agency"] if self.random.random() < 0.8 else self.random.choice(AGENCIES)
            result = self.random.choice([*RESULTS, *WORKFLOW, *WORKFLOW, "NONSENSE"])
            others = [other for other in AGENCIES[:4] if other != agency]
            owner = self.random.choice(others) if result == "NOT_MINE" else None
            answer = {
                "alert_id": alert["alert_id"], "agency": agency, "result": result, "owner": owner,
                "given_at": self.hub.now + self.random.randrange(DAY_MS),
            }  # fmt: skip
            self.script.append(("answer", answer))
            self.hub.answer(answer, at=str(len(self.script)))


def told_again(journey: Journey, told: Told, *, twice: bool) -> LocalHub:
    """The same story to another hub; every answer delivered a second time, if wanted."""
    hub = LocalHub(journey)
    for number, (kind, message) in enumerate(told.script, 1):
        if kind == "event":
            hub.feed(message)
            continue
        hub.answer(message, at=str(number))
        if twice and message["result"] != "NONSENSE":
            hub.answer(message, at=f"again {number}")
    hub.advance_to(END)
    return hub


def outcome(hub: LocalHub) -> bytes:
    return msgspec.json.encode([*hub.alerts(), *hub.residents()])


@pytest.mark.parametrize("seed", range(8))
def test_random_answers_keep_the_laws(journey: Journey, seed: int) -> None:
    """One alert a fingerprint; what an answer ended stays ended; every answer ends as one thing; told again, the same
    bytes; delivered twice, the same alerts and no second refusal."""
    told = Told(journey, seed)
    hub, alerts = told.hub, list(told.hub.alerts())
    standing = Counter(alert["fingerprint"] for alert in alerts if alert["status"] != "CLOSED")
    assert set(standing.values()) <= {1}
    for alert in alerts:
        ended = alert["close_reason"] in CLOSING
        assert ended == (alert["muted_until"] is not None)
        assert not ended or alert["answer"]["result"] == alert["close_reason"]
        rests = max((a["muted_until"] or "" for a in alerts if a["fingerprint"] == alert["fingerprint"]), default="")
        assert alert["status"] == "CLOSED" or alert["opened_at"] >= rests
        late = alert["due_at"] is not None and parse_rfc3339(alert["due_at"]) + 1000 <= END
        assert alert["status"] in ("CLOSED", "FROZEN") or alert["overdue"] == late
    given = sum(kind == "answer" for kind, _ in told.script)
    assert given == hub.counts["answers"] + hub.counts["answers_refused"] + hub.counts["answers_repeated"]
    assert hub.counts["rule_errors"] == 0
    assert outcome(told_again(journey, told, twice=False)) == outcome(hub)
    twice = told_again(journey, told, twice=True)
    assert outcome(twice) == outcome(hub)
    assert len(twice.quarantine()) == len(hub.quarantine())
