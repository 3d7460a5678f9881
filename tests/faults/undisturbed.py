"""The history of a run in which nothing happens, made in memory: ground for the checker's own tests."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from hub.bootstrap import catalogue
from hub.domain.claim import Parcel, State, SubjectState
from hub.pipeline.journey import Absorbed, Accepted, Refused
from hub.runtime import topics
from hub.runtime.feedback import FeedbackHop
from hub.runtime.hops import AGENCY_OF, Gear, Tally, refusal_out
from hub.runtime.partitioner import partition_of
from hub.runtime.records import Batch, Record
from hub.schema.registry import LocalRegistry
from tests.faults.answering import Content, Reply, replies
from tests.faults.city import CityBook, digest, journey, wire
from tests.faults.history import Entry, History
from tests.faults.plan import Plan
from tests.faults.stream import stream_of
from tests.faults.watch import ALL_TOPICS, INPUTS, Sample


@dataclass
class _Topics:
    partitions: int
    held: dict[str, dict[int, list[Entry]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.held = {topic: {number: [] for number in range(self.partitions)} for topic in ALL_TOPICS}

    def write(self, topic: str, key: bytes | None, value: bytes | None) -> tuple[int, int]:
        number = partition_of(key or b"", self.partitions)
        entries = self.held[topic][number]
        entries.append(Entry(len(entries), key, value))
        return number, len(entries) - 1


def undisturbed(book: CityBook, plan: Plan, logs: list[Path]) -> History:
    """Both hops over the stream of a plan, one record at a time, written as the hub writes it."""
    held, stream = _Topics(plan.partitions), stream_of(plan, book).records
    acknowledged = {
        (record.topic, *held.write(record.topic, record.key, record.value)): digest(record.value or b"")
        for record in stream
    }
    states: dict[str, State] = {}
    for topic in AGENCY_OF:
        for number, entries in held.held[topic].items():
            for entry in entries:
                _absorb(held, states, _intake(held, topic, number, entry))
    given = _answer(held, states, plan)
    acknowledged |= {
        (topics.FEEDBACK, number, entry.offset): digest(entry.value or b"")
        for number, entries in held.held[topics.FEEDBACK].items()
        for entry in entries
    }
    ends = {(topic, n): len(entries) for topic, parts in held.held.items() for n, entries in parts.items()}
    committed = {target: end for target, end in ends.items() if target[0] in INPUTS}
    store = _store(held, states)
    return History(
        plan=plan,
        book=book,
        stream=stream,
        acknowledged=acknowledged,
        topics=held.held,
        committed=committed,
        samples=[Sample(0.0, committed, ends)],
        store=store,
        rebuilt={name: dict(fields) for name, fields in store.items()},
        logs=logs,
        quiet=True,
        lag=0,
        given=given,
    )


def _intake(held: _Topics, topic: str, number: int, entry: Entry) -> tuple[Parcel, ...]:
    outcome = journey().intake_bytes(entry.value, LocalRegistry(catalogue()), AGENCY_OF[topic])
    if isinstance(outcome, Accepted) and entry.key:
        return outcome.parcels
    key = f"{topic}-{number}-{entry.offset}"
    value = wire().quarantine(
        key=key,
        topic=topic,
        partition=number,
        offset=entry.offset,
        received_at=0,
        faults=outcome.faults if isinstance(outcome, Refused) else (),
        payload=journey().parts.keyring.seal(entry.value or b""),
        size=len(entry.value or b""),
    )
    held.write(topics.QUARANTINE, key.encode(), value)
    return ()


def _answer(held: _Topics, states: dict[str, State], plan: Plan) -> dict[Content, Reply]:
    """Agencies answer what stands on the topic of alerts, all at once; the hop is the real one."""
    told = [entry.value for number in held.held[topics.ALERTS] for entry in held.held[topics.ALERTS][number]]
    newest = {alert["alert_id"]: alert for alert in (wire().read_alert(value) for value in told if value is not None)}
    now = time.time_ns() // 1_000_000
    said = [reply for alert in newest.values() for reply in replies(plan.seed, plan.answers, alert, now)]
    hop = FeedbackHop(Gear(journey(), wire(), cast(Tally, None), lambda: now), 1_000_000)
    for reply in said:
        number, offset = held.write(topics.FEEDBACK, reply.key, reply.value)
        record = Record(topics.FEEDBACK, number, offset, reply.key, reply.value, now)
        effects = asyncio.run(hop.handle(Batch(topics.FEEDBACK, number, 1, [record], offset, offset)))
        for out in effects.outs:
            if out.topic == topics.CLAIMS:
                _absorb(held, states, (wire().read_parcel(out.value or b""),))
            else:
                held.write(out.topic, out.key, out.value)
    return {(reply.key, reply.value): reply for reply in said}


def _absorb(held: _Topics, states: dict[str, State], parcels: tuple[Parcel, ...]) -> None:
    queue, now = deque(parcels), time.time_ns() // 1_000_000
    while queue:
        parcel = queue.popleft()
        held.write(topics.CLAIMS, parcel.subject.encode(), wire().parcel(parcel))
        absorbed = journey().absorb(states.get(parcel.subject), (parcel,), now)
        queue.extend(absorbed.outbox)
        for refused in absorbed.refusals:
            out = refusal_out(wire(), refused)
            held.write(out.topic, out.key, out.value)
        if absorbed.changed:
            states[parcel.subject] = absorbed.state
            _publish(held, absorbed)


def _publish(held: _Topics, absorbed: Absorbed) -> None:
    state = absorbed.state
    if isinstance(state, SubjectState):
        if absorbed.resident_changed:
            document = journey().resident(state)
            held.write(topics.RESIDENTS, state.key.encode(), wire().resident(document) if document else None)
        for alert in {alert.alert_id: alert for alert in absorbed.alerts}.values():
            held.write(topics.ALERTS, alert.alert_id.encode(), wire().alert(journey().alert(alert, state.key)))
    held.write(topics.SUBJECTS, state.key.encode(), wire().state(state))


def _store(held: _Topics, states: dict[str, State]) -> dict[str, dict[bytes, bytes | float]]:
    store: dict[str, dict[bytes, bytes | float]] = {}
    for number in range(held.partitions):
        store[f"hub:{{p{number}}}:meta"] = {b"marker": b"%d" % len(held.held[topics.SUBJECTS][number])}
    for key, state in states.items():
        number = partition_of(key.encode(), held.partitions)
        store.setdefault(f"hub:{{p{number}}}:state", {})[key.encode()] = wire().state(state)
        if isinstance(state, SubjectState) and state.wake is not None:
            store.setdefault(f"hub:{{p{number}}}:due", {})[key.encode()] = float(state.wake)
    return store
