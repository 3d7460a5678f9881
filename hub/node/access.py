"""What the HTTP edge reads and writes, over the running parts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from hub.api.ports import SubmitResult, Submitted
from hub.domain.claim import SubjectState
from hub.explain import explain
from hub.pipeline.journey import Accepted, Journey, Refused
from hub.runtime import topics
from hub.runtime.hops import Gear, excess, kept_to_fit, too_big
from hub.runtime.producer import BatchProducer
from hub.runtime.records import Out
from hub.runtime.wire import Wire
from hub.store.ports import SubjectStore


class StoredResidents:
    """Shared resident records, made from the stored state at the moment of asking."""

    def __init__(self, store: SubjectStore, journey: Journey, wire: Wire) -> None:
        self._store, self._journey, self._wire = store, journey, wire

    async def get(self, resident_id: str) -> dict[str, Any] | None:
        value = await self._store.get(resident_id.encode())
        state = None if value is None else self._wire.read_state(value)
        return self._journey.resident(state) if isinstance(state, SubjectState) else None


class StoredExplanations:
    """Why alerts stand, worked out from the stored state at the moment of asking."""

    def __init__(self, store: SubjectStore, journey: Journey, wire: Wire) -> None:
        self._store, self._journey, self._wire = store, journey, wire

    async def get(self, alert: dict[str, Any]) -> dict[str, Any] | None:
        value = await self._store.get(alert["subject_key"].encode())
        state = None if value is None else self._wire.read_state(value)
        return explain(self._journey, state, alert) if isinstance(state, SubjectState) else None


class TopicIntake:
    """Events by HTTP: checked here, so that the sender hears every fault, then written to the agency's own topic."""

    def __init__(self, gear: Gear, producer: BatchProducer, max_message_bytes: int) -> None:
        self._journey, self._wire, self._producer = gear.journey, gear.wire, producer
        self._tally, self._clock, self._max = gear.tally, gear.clock, max_message_bytes

    async def submit(self, events: list[Submitted]) -> list[SubmitResult]:
        outs: list[Out] = []
        results: list[SubmitResult] = []
        for event in events:
            outcome, out = self._outcome(event)
            outs.append(out)
            results.append(_result(outcome))
        await self._producer.send(outs)
        for result in results:
            if result.status == "quarantined":
                # What was accepted is counted where it is read from its agency's topic.
                self._tally.received("other", 1)
                self._tally.refused("other", result.faults)
        return results

    def _outcome(self, event: Submitted) -> tuple[Accepted | Refused, Out]:
        outcome = self._journey.intake(event.obj)
        if isinstance(outcome, Accepted):
            out = self._accepted(outcome)
            if not excess(out, self._max):
                return outcome, out
            outcome = too_big(outcome, self._max)
        return outcome, self._refused(event.raw, outcome)

    def _accepted(self, outcome: Accepted) -> Out:
        event = outcome.event
        topic = topics.AGENCY_TOPICS[event.source_agency]
        return Out(topic, event.source_record_id.encode(), self._journey.parts.codec.encode_event(event))

    def _refused(self, raw: bytes, refused: Refused) -> Out:
        # The same refused message again is the same record of the quarantine.
        seal = self._journey.parts.keyring.seal
        key = f"http-{hashlib.blake2b(seal(raw), digest_size=12).hexdigest()}"

        def make(kept: bytes) -> Out:
            value = self._wire.quarantine(
                key=key,
                topic="http",
                partition=-1,
                offset=-1,
                received_at=self._clock(),
                faults=refused.faults,
                payload=seal(kept),
                size=len(raw),
                event_id=refused.event_id,
            )
            return Out(topics.QUARANTINE, key.encode(), value)

        return kept_to_fit(self._max, raw, make)


def _result(outcome: Accepted | Refused) -> SubmitResult:
    if isinstance(outcome, Accepted):
        return SubmitResult("accepted", outcome.event.event_id)
    return SubmitResult("quarantined", outcome.event_id, outcome.faults)


class Health:
    """Ready when every part says so."""

    def __init__(self, parts: Mapping[str, Callable[[], bool]]) -> None:
        self._parts = dict(parts)

    def state(self) -> tuple[bool, Mapping[str, Any]]:
        states = {name: "ready" if ready() else "not ready" for name, ready in self._parts.items()}
        return all(state == "ready" for state in states.values()), states
