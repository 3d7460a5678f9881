"""Agencies' answers as the runtime takes them in: bytes in, parcels to the alerts' pointers out (contract 2).

Whether the answer may be given is settled where the alert is held; what is wrong with the message itself is said here.
Either way it ends as taken in or in quarantine, and nothing of its free text goes any further in the clear.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

from hub.domain.claim import Slip
from hub.domain.event import Code, Fault
from hub.domain.feedback import read_feedback
from hub.pipeline.pointer import answer_parcel
from hub.runtime.hops import Gear, Stateless, claims_out, message_key, message_out
from hub.runtime.records import Batch, Effects, Offsets, Out, Record


class FeedbackHop(Stateless):
    """Answers -> parcels for the pointers of the alerts they name, or one quarantine record each."""

    def __init__(self, gear: Gear, max_message_bytes: int) -> None:
        self._gear = gear
        self._max = max_message_bytes

    async def handle(self, batch: Batch) -> Effects:
        began = time.perf_counter()
        outs: list[Out] = []
        refused: list[tuple[Fault, ...]] = []
        for record in batch.records:
            slip = self._read(record)
            if isinstance(slip, Slip):
                outs.append(claims_out(self._gear.wire, answer_parcel(slip, self._gear.journey.parts.keyring)))
            else:
                refused.append(slip)
                outs.append(message_out(self._gear, record, slip, self._max))

        async def commit(_: Offsets) -> None:
            self._gear.tally.parcels_sent(len(outs) - len(refused))
            for faults in refused:
                self._gear.tally.answer("other", "refused", faults)
            self._gear.tally.batch_done("feedback", time.perf_counter() - began)

        return Effects(outs=outs, commit=commit)

    def _read(self, record: Record) -> Slip | tuple[Fault, ...]:
        """An answer ready to be sent on, or everything that is wrong with the message."""
        faults = tuple(self._wrong_frame(record))
        if any(fault.code == Code.TOO_BIG for fault in faults):
            return faults
        message = self._gear.wire.read_feedback(record.value)
        if isinstance(message, tuple):
            return (*faults, *message)
        if record.key and record.key != message["alert_id"].encode():
            faults = (*faults, Fault(Code.KEY_MISMATCH, "", "the key is the alert_id"))
        answer = read_feedback(message, self._gear.clock())
        if isinstance(answer, tuple):
            return (*faults, *answer)
        if faults:
            return faults
        raw = record.value or b""
        return Slip(
            answer=answer,
            key=message_key(record),
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            received_at=record.timestamp,
            sealed=self._gear.journey.parts.keyring.seal(raw),
            size=len(raw),
        )

    def _wrong_frame(self, record: Record) -> Iterable[Fault]:
        if not record.key:
            yield Fault(Code.NULL_KEY, "", "the key is the alert_id")
        if record.value is not None and len(record.value) > self._max:
            yield Fault(Code.TOO_BIG, "", f"more than {self._max} bytes")
