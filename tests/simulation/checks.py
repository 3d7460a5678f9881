"""What must hold when everything has come to rest: the promises of architecture 3, against LocalHub and each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from hub.domain.claim import LedgerState, State, SubjectState
from hub.runtime import topics
from hub.store.memory import MemoryStore
from tests.simulation.broker import PARTITIONS
from tests.simulation.histories import standing_alerts
from tests.simulation.store import now
from tests.simulation.world import World


def check(world: World) -> list[str]:
    """Everything that is wrong, a sentence each."""
    states = _states(world.store.real)
    read = [world.history.wire.read_state(value) for value in states.values()]
    return [
        *_as_expected(world, read),
        *_every_event_once(world, read),
        *_every_answer_once(world, read),
        *_topic_is_state(world, read),
        *_rebuilt(world, states),
    ]


def _states(store: MemoryStore) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    for partition in store._partitions.values():
        found.update(partition.states)
    return found


def _as_expected(world: World, states: list[State]) -> Iterator[str]:
    """Residents, memory and standing alerts are LocalHub's (I2, I3)."""
    found, expected = world.history.standing(states), world.answers.expected()
    told = world.answers.when == "any time"  # what is taken of answers given amid all this depends on when they come
    for name in ("residents", "memory") if told else ("residents", "memory", "alerts"):
        one, other = getattr(found, name), getattr(expected, name)
        if one != other:
            yield f"I3: {name} differ: {_differing(one, other)}"


def _every_event_once(world: World, states: list[State]) -> Iterator[str]:
    """Each event is in exactly one ledger, each unreadable message in quarantine, nothing else is there (I1)."""
    entered = Counter(
        event_id
        for state in states
        if isinstance(state, LedgerState) and state.kind == "record"
        for event_id in state.acts
    )
    sent = {message.event_id for message in world.history.messages}
    if sent != entered.keys():
        yield f"I1: {len(sent - entered.keys())} events in no ledger, {len(entered.keys() - sent)} unknown"
    if any(count > 1 for count in entered.values()):
        yield "I1: an event is in two ledgers"
    poison = sum(message.event_id is None for message in world.sent)
    refused = sum(key.startswith(b"agency.") for key in world.quarantined)
    if poison != refused:
        yield f"I1: {poison} unreadable messages, {refused} quarantined"
    crashed = [key for key in world.quarantined if not key.startswith((b"agency.", topics.FEEDBACK.encode()))]
    if crashed:
        yield f"{len(crashed)} rules crashed"


def _every_answer_once(world: World, states: list[State]) -> Iterator[str]:
    """Each answer is in the books of the subject whose alert it names, or in quarantine; and nothing else is (I1)."""
    held = Counter(identity for state in states if isinstance(state, SubjectState) for identity in state.answers)
    unknown = held.keys() - world.answers.given.keys()
    if unknown or any(count > 1 for count in held.values()):
        yield f"I1: {len(unknown)} answers that nobody gave, or one with two subjects"
    kept = [identity for identity in world.answers.given if identity not in held]
    lost = [
        identity for identity in kept if not any(key in world.quarantined for key in world.answers.places(identity))
    ]
    if lost:
        yield f"I1: {len(lost)} answers of {len(world.answers.given)} came to nothing"
    refused = {key for key in world.quarantined if key.startswith(topics.FEEDBACK.encode())}
    told = {key for identity in world.answers.given for key in world.answers.places(identity)}
    if not refused <= told:
        yield f"I1: {len(refused - told)} answers in quarantine that nobody gave"


def _topic_is_state(world: World, states: list[State]) -> Iterator[str]:
    """The newest record of every alert and resident says what the store says, and nothing is told that is not so."""
    history, told = world.history, world.broker.newest(topics.ALERTS)
    alerts = {alert["alert_id"]: alert for state in states for alert in history.published(state)}
    known = {alert_id.encode(): history.wire.alert(alert) for alert_id, alert in alerts.items()}
    withdrawn = {key for key in told.keys() - known.keys() if _is_withdrawn(world, told[key])}
    told = {key: value for key, value in told.items() if key not in withdrawn}
    if told != known:
        yield f"alerts on the topic are not those of the states: {_told_wrong(world, told, known)}"
    if "TWO STAND" in standing_alerts(alerts).values():
        yield "I2: two alerts stand for one fingerprint"
    residents = {
        state.key.encode(): history.journey.resident(state)
        for state in states
        if isinstance(state, SubjectState) and state.kind == "resident"
    }
    written = {key: history.wire.resident(document) for key, document in residents.items() if document}
    on_topic = {key: value for key, value in world.broker.newest(topics.RESIDENTS).items() if value is not None}
    for key in _unlooked(world):
        on_topic.pop(key, None), written.pop(key, None)
    if on_topic != written:
        yield f"residents on the topic are not those of the states: {_differing(on_topic, written)}"


def _unlooked(world: World) -> set[bytes]:
    """Residents whose newest record came late, before the store was lost: that is not promised (ADR 0013)."""
    newest = {
        record.key: (partition, record.offset)
        for partition in range(PARTITIONS[topics.RESIDENTS])
        for record in world.broker.logs[topics.RESIDENTS, partition].records
        if record.visible
    }
    return {key for key, place in newest.items() if key is not None and place in world.unlooked}


def _is_withdrawn(world: World, value: bytes | None) -> bool:
    """An alert of a case that never was, told before a crash and taken back since."""
    if value is None:
        return True
    alert = world.history.wire.read_alert(value)
    return alert["status"] == "CLOSED" and alert["close_reason"] == "RETRACTED"


def _told_wrong(world: World, told: dict[bytes, bytes | None], known: dict[bytes, bytes]) -> str:
    read = world.history.wire.read_alert

    def status(value: bytes | None) -> str:
        if value is None:
            return "nothing"
        alert = read(value)
        return f"{alert['rule_id']} {alert['status']}"

    wrong = sorted(key for key in told.keys() | known.keys() if told.get(key) != known.get(key))
    return ", ".join(f"told {status(told.get(key))}, is {status(known.get(key))}" for key in wrong[:3])


def _rebuilt(world: World, states: dict[bytes, bytes]) -> Iterator[str]:
    """A store rebuilt from the changelog alone is the same, wake-ups included (I7)."""
    rebuilt = {key: value for key, value in world.broker.newest(topics.SUBJECTS).items() if value is not None}
    if rebuilt != states:
        yield f"I7: the changelog is not the store: {_differing(rebuilt, states)}"
    wake_of = world.history.wire.wake_of
    for number in range(PARTITIONS[topics.SUBJECTS]):
        part = world.store.real._partitions.get(number)
        held = dict(part.states) if part else {}
        wakes = {key: wake for key, value in held.items() if (wake := wake_of(value)) is not None}
        if part is not None and part.due != wakes:
            yield f"I7: wake-ups of partition {number} are not those of its states"
        marker, end = now(world.store.real.marker(number)), world.broker.logs[topics.SUBJECTS, number].end
        if marker is not None and marker > end:
            yield f"I7: the marker of partition {number} is beyond the changelog's end"


def _differing(one: dict[Any, Any], other: dict[Any, Any]) -> str:
    keys = sorted(key for key in one.keys() | other.keys() if one.get(key) != other.get(key))
    told = [f"{key!r}{'' if key in one else ' missing'}{'' if key in other else ' too many'}" for key in keys[:3]]
    return f"{len(keys)}: {', '.join(told)}"
