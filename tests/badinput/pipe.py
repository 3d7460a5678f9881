"""Both hops over dictionaries and lists: a whole hub without a broker, and what it said while it ran."""

from __future__ import annotations

import asyncio
import io
import struct
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import fastavro

from hub.bootstrap import build_journey, catalogue
from hub.domain.event import Event, Fault
from hub.domain.times import parse_rfc3339
from hub.pipeline.journey import Journey
from hub.rules.base import Rule
from hub.runtime import topics
from hub.runtime.absorbing import AbsorbHop
from hub.runtime.feedback import FeedbackHop
from hub.runtime.hops import Gear, IntakeHop
from hub.runtime.records import Batch, Effects, Out, Record
from hub.runtime.restore import Restored
from hub.runtime.wire import Wire
from hub.schema.registry import LocalRegistry, SchemaSource
from hub.store.memory import MemoryStore

MAX_BYTES = 1024 * 1024
NOW = parse_rfc3339("2026-06-30T12:00:00+08:00")
Message = tuple[bytes | None, bytes | None]


class Count:
    """A tally of plain numbers."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.codes: Counter[str] = Counter()

    def received(self, agency: str, messages: int) -> None:
        self.counts["received"] += messages

    def refused(self, agency: str, faults: Sequence[Fault]) -> None:
        self.counts["quarantined"] += 1
        self.codes.update(fault.code for fault in faults)

    def outcome(self, agency: str, event_type: str, outcome: str) -> None:
        self.counts[outcome] += 1

    def answer(self, result: str, outcome: str, faults: Sequence[Fault] = ()) -> None:
        self.counts[f"answers {outcome}"] += 1

    def retracted(self, rule_id: str, waited_ms: int) -> None:
        self.counts[f"retracted {rule_id}"] += 1

    def rule_error(self, rule_id: str) -> None:
        self.counts[f"rule_error {rule_id}"] += 1

    def __getattr__(self, name: str) -> Any:
        return lambda *args, **kwargs: None

    @property
    def adds_up(self) -> bool:
        """Every message ended as exactly one of applied, duplicate, quarantined (I1)."""
        return self.counts["received"] == sum(self.counts[n] for n in ("applied", "duplicate", "quarantined"))


@dataclass(frozen=True)
class Refusal:
    """A quarantine record as its reader sees it, and what the secret's holder finds in it."""

    record: dict[str, Any]
    opened: bytes

    @property
    def faults(self) -> list[tuple[str, str]]:
        return [(fault["code"], fault["path"]) for fault in self.record["faults"]]

    @property
    def clear(self) -> str:
        """Everything that can be read without the secret."""
        return repr({name: value for name, value in self.record.items() if name != "payload"})


class Pipe:
    """Messages in at the agencies' topics; quarantine, alerts and shared records out."""

    def __init__(
        self,
        journey: Journey | None = None,
        *,
        source: SchemaSource | None = None,
        tally: Any = None,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self.journey = journey or build_journey()
        self.wire = Wire(self.journey.parts.codec)
        self.tally = tally or Count()
        self.now = NOW
        self.outs: list[Out] = []
        self._store = MemoryStore()
        gear = Gear(self.journey, self.wire, self.tally, lambda: self.now)
        self._intake = IntakeHop(gear, source or LocalRegistry(catalogue()), max_bytes)
        self._absorb = AbsorbHop(gear, self._store, self._claim)
        self._feedback = FeedbackHop(gear, max_bytes)
        self._offset = 0

    def send(self, agency: str, *messages: Message) -> None:
        """Messages of one batch, and everything that follows from them."""
        asyncio.run(self._send(topics.AGENCY_TOPICS[agency], messages))

    def send_events(self, *events: dict[str, Any]) -> None:
        """Events in the contract's JSON shape, each on its own agency's topic."""
        for event in events:
            self.send(event["source_agency"], self.message(event))

    def message(self, event: dict[str, Any]) -> Message:
        """An event as an agency writes it."""
        found = self.journey.parts.validator.check(event)
        assert isinstance(found, Event), found
        return found.source_record_id.encode(), self.journey.parts.codec.encode_event(found)

    def answer(self, *messages: Message) -> None:
        """Agencies' answers on the feedback topic, one batch, and everything that follows from them."""
        asyncio.run(self._send(topics.FEEDBACK, messages))

    def say(self, alert_id: str, result: str, agency: str = "HRSS", **more: Any) -> Message:
        """An answer as an agency writes it; now, unless told otherwise."""
        said = {"alert_id": alert_id, "agency": agency, "result": result, "given_at": self.now, **more}
        return alert_id.encode(), self.wire.feedback(said)

    def garbage_on_claims(self, value: bytes) -> None:
        """A record on the internal topic that the hub did not write."""
        asyncio.run(self._absorbed([Record(topics.CLAIMS, 0, 0, b"k", value, NOW)]))

    def quarantine(self) -> list[Refusal]:
        found = []
        for value in self.of(topics.QUARANTINE):
            record = self.wire.read_quarantine(value)
            found.append(Refusal(record, self.journey.parts.keyring.unseal(record["payload"])))
        return found

    def alerts(self) -> dict[str, dict[str, Any]]:
        """The newest state of every alert."""
        return {found["alert_id"]: found for found in map(self.wire.read_alert, self.of(topics.ALERTS))}

    def of(self, topic: str) -> list[bytes]:
        return [out.value for out in self.outs if out.topic == topic and out.value is not None]

    async def _send(self, topic: str, messages: Iterable[Message]) -> None:
        records = []
        for key, value in messages:
            records.append(Record(topic, 0, self._offset, key, value, NOW))
            self._offset += 1
        hop = self._feedback if topic == topics.FEEDBACK else self._intake
        waiting = await self._done(await hop.handle(_batch(topic, records)))
        while waiting:
            waiting = await self._absorbed([Record(topics.CLAIMS, 0, 0, out.key, out.value, NOW) for out in waiting])

    async def _absorbed(self, records: list[Record]) -> list[Out]:
        await self._absorb.assigned(topics.CLAIMS, 0, 1)
        return await self._done(await self._absorb.handle(_batch(topics.CLAIMS, records)))

    async def _done(self, effects: Effects) -> list[Out]:
        """What a lane does: write, then commit. Parcels go on."""
        self.outs += effects.outs
        if effects.commit is not None:
            await effects.commit({})
        return [out for out in effects.outs if out.topic == topics.CLAIMS]

    async def _claim(self, partition: int, generation: int) -> Restored:
        return Restored(await self._store.claim(partition, generation, fresh_group=True))


def _batch(topic: str, records: list[Record]) -> Batch:
    return Batch(topic, 0, 1, records, records[0].offset, records[-1].offset)


def with_rules(journey: Journey, *rules: Rule) -> Journey:
    """The same journey with other rules on its bench."""
    return Journey(replace(journey.parts, bench=replace(journey.parts.bench, rules=rules)))


class Schemas:
    """A registry with just these schemas."""

    def __init__(self, schemas: dict[int, Any]) -> None:
        self._schemas = {number: fastavro.parse_schema(schema) for number, schema in schemas.items()}

    def schema_by_id(self, schema_id: int) -> Any:
        return self._schemas.get(schema_id)


def framed(schema_id: int, schema: Any, datum: Any) -> bytes:
    """A message in any schema."""
    out = io.BytesIO()
    out.write(struct.pack(">bI", 0, schema_id))
    fastavro.schemaless_writer(out, fastavro.parse_schema(schema), datum)
    return out.getvalue()
