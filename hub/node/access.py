"""What the HTTP edge reads and writes, over the running parts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from hub.api.ports import SubmitResult
from hub.domain.claim import SubjectState
from hub.pipeline.journey import Accepted, Journey, Refused
from hub.runtime import topics
from hub.runtime.hops import Tally
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


class TopicIntake:
    """Events by HTTP: checked here, so that the sender hears every fault, then written to the agency's own topic."""

    def __init__(
        self, journey: Journey, wire: Wire, producer: BatchProducer, tally: Tally, clock: Callable[[], int]
    ) -> None:
        self._journey, self._wire, self._producer = journey, wire, producer
        self._tally, self._clock = tally, clock

    async def submit(self, objs: list[object]) -> list[SubmitResult]:
        outs: list[Out] = []
        results: list[SubmitResult] = []
        for obj in objs:
            outcome = self._journey.intake(obj)
            outs.append(self._accepted(outcome) if isinstance(outcome, Accepted) else self._refused(obj, outcome))
            results.append(_result(outcome))
        await self._producer.send(outs)
        for result in results:
            if result.status == "quarantined":
                self._tally.refused("other", result.faults)
        return results

    def _accepted(self, outcome: Accepted) -> Out:
        event = outcome.event
        topic = topics.AGENCY_TOPICS[event.source_agency]
        return Out(topic, event.source_record_id.encode(), self._journey.parts.codec.encode_event(event))

    def _refused(self, obj: object, refused: Refused) -> Out:
        raw = msgspec.json.encode(obj, enc_hook=repr)
        # The same refused message again is the same record of the quarantine.
        key = f"http-{hashlib.blake2b(self._journey.parts.keyring.seal(raw), digest_size=12).hexdigest()}"
        value = self._wire.quarantine(
            key=key,
            topic="http",
            partition=-1,
            offset=-1,
            received_at=self._clock(),
            faults=refused.faults,
            payload=self._journey.parts.keyring.seal(raw),
            size=len(raw),
            event_id=refused.event_id,
        )
        return Out(topics.QUARANTINE, key.encode(), value)


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
