"""Agencies' answers in a schedule: at any time and in any shape, or once everything rests, to be foretold."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from hub.domain.claim import Answer
from hub.domain.feedback import ACTORS, RESULTS, WORKFLOW
from hub.domain.times import parse_rfc3339
from hub.runtime import topics
from tests.simulation.histories import Message, Standing

if TYPE_CHECKING:
    from tests.simulation.world import World

_NOBODY = "al-" + "0" * 32


class Answers:
    """Who answers what. `given`: by identity, as the subject's books name them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.when = "" if "answers" in world.faults.without else world.random.choice(("", "", "", "any time", "last"))
        self.given: dict[str, dict[str, Any]] = {}
        self._sent: list[Message] = []
        self._last: list[dict[str, Any]] = []

    def standing(self) -> list[dict[str, Any]]:
        """Alerts that the topic says are not closed, as anybody reads them."""
        wire, broker = self._world.history.wire, self._world.broker
        told = [wire.read_alert(value) for _, value in sorted(broker.newest(topics.ALERTS).items()) if value]
        return [alert for alert in told if alert["status"] != "CLOSED"]

    def any(self) -> Message | None:
        """An answer to something, not always a right one, sometimes the same again."""
        random = self._world.random
        if self._sent and random.random() < 0.2:
            return random.choice(self._sent)
        alerts = self.standing()
        if not alerts:
            return None
        alert = random.choice(alerts)
        message = self._message(alert, self._world.clock)
        chance = random.random()
        if chance < 0.15:
            message["agency"] = random.choice(ACTORS)
        elif chance < 0.25:
            message["alert_id"] = _NOBODY
        return self._written(message)

    def proper(self, alert: dict[str, Any], moment: int) -> Message:
        """What the acting agency may say; remembered by the alert's fingerprint."""
        message = self._message(alert, moment)
        self._last.append({**message, "fingerprint": alert["fingerprint"]})
        return self._written(message)

    def places(self, identity: str) -> list[bytes]:
        """Where an answer stood, as quarantine names it."""
        log = self._world.broker.logs[topics.FEEDBACK, 0]
        if len(log.records) != self._indexed:
            self._index()
        return self._places[identity]

    _indexed = 0

    def _index(self) -> None:
        log, read = self._world.broker.logs[topics.FEEDBACK, 0], self._world.history.wire.read_feedback
        self._places: dict[str, list[bytes]] = defaultdict(list)
        for record in log.records:
            said: Any = read(record.value)
            self._places[_identity(said)].append(f"{record.topic}-{record.partition}-{record.offset}".encode())
        self._indexed = len(log.records)

    def expected(self) -> Standing:
        """What LocalHub makes of the history and of the last answers."""
        history = self._world.history
        if not self._last:
            return history.expected
        local = history.told_locally()
        by_fingerprint = {alert["fingerprint"]: alert for alert in local.alerts() if alert["status"] != "CLOSED"}
        for number, said in enumerate(self._last):
            alert = by_fingerprint.get(said["fingerprint"])
            message = {name: value for name, value in said.items() if name != "fingerprint"}
            if alert is not None:
                local.answer({**message, "alert_id": alert["alert_id"]}, at=str(number))
        return history.standing(list(local.states()))

    def _message(self, alert: dict[str, Any], moment: int) -> dict[str, Any]:
        random, acting = self._world.random, alert["acting_agency"]
        result = random.choice((*RESULTS, *WORKFLOW))
        owner = random.choice([name for name in ACTORS if name != acting]) if result == "NOT_MINE" else None
        given_at = max(moment, _ms(alert["opened_at"]))
        return {
            "alert_id": alert["alert_id"],
            "agency": acting,
            "result": result,
            "owner": owner,
            "note": None,
            "given_at": min(given_at, self._world.clock + 3_600_000),
        }

    def _written(self, message: dict[str, Any]) -> Message:
        self.given[_identity(message)] = message
        value = self._world.history.wire.feedback(message)
        found = Message(topics.FEEDBACK, message["alert_id"].encode(), value, f"answer {message['result']}", 0)
        self._sent.append(found)
        return found


def _identity(message: dict[str, Any]) -> str:
    return Answer(
        message["alert_id"], message["agency"], message["result"], message["given_at"], message.get("owner")
    ).identity


def _ms(moment: Any) -> int:
    return moment if isinstance(moment, int) else parse_rfc3339(moment)
