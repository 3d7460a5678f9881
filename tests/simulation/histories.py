"""What agencies tell, ready to be sent, and what must come of it whatever happens on the way."""

from __future__ import annotations

import copy
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from random import Random
from typing import Any

import msgspec

from hub.bootstrap import build_journey, catalogue
from hub.domain.claim import PointerState, State, SubjectState
from hub.domain.event import Event
from hub.domain.times import end_of
from hub.local import LocalHub
from hub.pipeline.journey import Journey
from hub.runtime import topics
from hub.schema.registry import LocalRegistry
from tests.integration.stage import _HISTORY, _taken_in
from tests.reference.histories import AS_OF, any_history
from tests.simulation.pure import Memory, RememberingJourney, RememberingWire

SHORTEST, LONGEST, MOST_SUBJECTS = 3, 7, 20
PER_HISTORY = 1000  # consecutive seeds share a history: most of what the pipeline has to answer is then known
END = end_of(date.fromisoformat(AS_OF))
_POISON = (None, b"", b"{}", b"\x00\x00", b"\x00\xff\xff\xff\xff1")


@lru_cache(maxsize=1)
def journey() -> Journey:
    """The pipeline of the fictional city, every rule on."""
    return build_journey(enable=("all",))


@lru_cache(maxsize=1)
def registry() -> LocalRegistry:
    return LocalRegistry(catalogue())


@dataclass(frozen=True)
class Message:
    """One message of an agency. `event_id` is None for what nobody can read."""

    topic: str
    key: bytes | None
    value: bytes | None
    event_id: str | None
    at: int


@dataclass(frozen=True)
class Standing:
    """What a set of states comes to, in a form that can be compared."""

    residents: dict[str, bytes]
    memory: dict[str, bytes]
    alerts: dict[str, Any]


@dataclass
class History:
    """A few events about a few residents, with what LocalHub makes of them; everything derived is remembered."""

    number: int
    events: list[dict[str, Any]]
    messages: list[Message]
    poison: list[Message]
    memory: Memory = field(default_factory=Memory)

    def __post_init__(self) -> None:
        self.journey = RememberingJourney(journey(), self.memory)
        self.wire = RememberingWire(journey(), self.memory)
        self._local = self._told_locally()
        self.expected = self.standing(list(self._local.states()))
        self.subjects = len(self.expected.memory)

    def told_locally(self) -> LocalHub:
        """A LocalHub that was told the same, up to the end of time. Everybody gets their own."""
        mine = copy.copy(self._local)
        mine.__dict__ = {
            name: copy.deepcopy(value) if name == "scoreboard" else copy.copy(value)
            for name, value in vars(self._local).items()
        }
        return mine

    def _told_locally(self) -> LocalHub:
        local = LocalHub(journey())
        for event in self.events:
            local.feed(event)
        local.advance_to(END)
        return local

    @property
    def event_ids(self) -> Counter[str]:
        return Counter(message.event_id for message in self.messages if message.event_id)

    @property
    def read(self) -> tuple[str, ...]:
        """The topics that are read: of agencies' those that say anything, for every other one costs time."""
        return (*sorted({message.topic for message in self.messages}), topics.FEEDBACK, topics.CLAIMS)

    def moments(self) -> list[int]:
        """When something happens: the times the clock is sent to."""
        return sorted({message.at for message in self.messages} | {END})

    def standing(self, states: list[State]) -> Standing:
        parts = [
            self.memory.ask(("stands", id(state)), state, lambda s=state: self._of(s), _nothing) for state in states
        ]
        known = {alert["alert_id"]: alert for part in parts for alert in part[2]}
        return Standing(
            residents={part[0][0]: part[0][1] for part in parts if part[0]},
            memory={state.key: part[1] for state, part in zip(states, parts, strict=True) if part[1] is not None},
            alerts=standing_alerts(known),
        )

    def published(self, state: State) -> list[dict[str, Any]]:
        """The alerts of a state that the topic must know."""
        return self.memory.ask(("stands", id(state)), state, lambda: self._of(state), _nothing)[2]

    def _of(self, state: State) -> tuple[tuple[str, bytes] | None, bytes | None, list[dict[str, Any]]]:
        memory = (
            None
            if isinstance(state, PointerState)
            else msgspec.json.encode(_taken_in(_silent(state)), order="deterministic")
        )
        if not isinstance(state, SubjectState):
            return None, memory, []
        document = journey().resident(state) if state.kind == "resident" else None
        alerts = [
            journey().alert(alert, state.key)
            for alert in (*state.closed, *state.alerts.values())
            if alert.status != "PENDING"
        ]
        return document and (document["resident_id"], msgspec.json.encode(document)), memory, alerts


def _silent(state: Any) -> Any:
    """Answers are looked at apart."""
    return msgspec.structs.replace(state, answers={}) if isinstance(state, SubjectState) else state


def standing_alerts(known: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Alerts not closed by fingerprint, without their history. Two for one fingerprint are marked as such."""
    found: dict[str, Any] = {}
    for alert in known.values():
        if alert["status"] == "CLOSED":
            continue
        freezer = known.get(alert["frozen_by"]) if alert["frozen_by"] else None
        rest = {name: value for name, value in alert.items() if name not in _HISTORY}
        twice = alert["fingerprint"] in found
        found[alert["fingerprint"]] = (
            "TWO STAND" if twice else {**rest, "frozen_by": freezer["fingerprint"] if freezer else None}
        )
    return found


@lru_cache(maxsize=4)
def history_of(number: int) -> History:
    """The history of that number: long enough to be interesting, short enough to be told ten thousand times."""
    random = Random(f"history {number}")
    while True:
        events = any_history(random)
        if not SHORTEST <= len(events) <= LONGEST:
            continue
        found = _prepared(number, events, random)
        if found is None or found.subjects > MOST_SUBJECTS:
            continue
        if found.expected.alerts or random.random() < 0.1:
            return found


def _prepared(number: int, events: list[dict[str, Any]], random: Random) -> History | None:
    checked = [journey().parts.validator.check(event) for event in events]
    read = [event for event in checked if isinstance(event, Event)]
    if len(read) < len(events):
        return None
    encode = journey().parts.codec.encode_event
    messages = [
        Message(
            topics.AGENCY_TOPICS[event.source_agency],
            event.source_record_id.encode(),
            encode(event),
            event.event_id,
            event.publish_time,
        )
        for event in read
    ]
    poison = [_poisoned(random.choice(messages), random) for _ in range(3)]
    return History(number, events, messages, poison)


def _poisoned(message: Message, random: Random) -> Message:
    value = random.choice((*_POISON, (message.value or b"")[:-1], (message.value or b"") + b"x"))
    return Message(message.topic, message.key, value, None, message.at)


def _nothing(value: object) -> object:
    return None
