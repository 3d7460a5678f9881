"""The window no kill can be aimed at: alerts acknowledged by the broker, the states they follow from not yet."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from hub.domain.claim import Answer, Parcel, Slip
from hub.node.tally import Ledger
from hub.pipeline.journey import Accepted
from hub.runtime import topics
from hub.runtime.absorbing import AbsorbHop
from hub.runtime.hops import Gear
from hub.runtime.records import Batch, Record
from hub.runtime.restore import Restored
from hub.store.memory import MemoryStore
from hub.telemetry.metrics import Metrics
from tests.builders import Desk
from tests.integration.stage import journey, wire


class Clock:
    """The wall clock, until a test moves it."""

    def __init__(self) -> None:
        self.now = time.time_ns() // 1_000_000

    def now_ms(self) -> int:
        return self.now


def hop_at(clock: Clock, store: MemoryStore) -> AbsorbHop:
    async def own(partition: int, generation: int) -> Restored:
        return Restored(await store.claim(partition, generation))

    return AbsorbHop(Gear(journey(), wire(), Ledger(Metrics(CollectorRegistry())), clock.now_ms), store, own)


def resident_parcels(*events: dict[str, Any]) -> list[Parcel]:
    found = [journey().intake(event) for event in events]
    assert all(isinstance(outcome, Accepted) for outcome in found)
    return [parcel for outcome in found for parcel in outcome.parcels if parcel.kind == "resident"]


def batch_of(parcels: list[Parcel]) -> Batch:
    encode = wire().parcel
    records = [Record(topics.CLAIMS, 0, n, p.subject.encode(), encode(p), 0) for n, p in enumerate(parcels)]
    return Batch(topics.CLAIMS, 0, 0, records, 0, len(records) - 1)


def told(effects: Any) -> list[tuple[str, str]]:
    """(rule, status) of the alerts that go to the topic, in order."""
    alerts = [wire().read_alert(out.value) for out in effects.outs if out.topic == topics.ALERTS]
    return [(alert["rule_id"], alert["status"]) for alert in alerts]


@pytest.mark.parametrize("lost_at", [1, 2, 3])
def test_an_alert_told_before_a_crash_is_told_of_again_in_whatever_batch_comes_next(lost_at):
    """The batch read again may be longer: an alert it opened and now also ends must not stand on the topic for ever."""
    desk = Desk()
    events = [desk.pension(), desk.funeral(), desk.pension_status("STOPPED", "202604", on="2026-03-20")]

    async def main() -> None:
        hop = hop_at(Clock(), MemoryStore())
        await hop.assigned(topics.CLAIMS, 0, 0)
        # Never committed: the worker died after the broker acknowledged these, before their states were written.
        before = told(await hop.handle(batch_of(resident_parcels(*events[:lost_at]))))
        after = told(await hop.handle(batch_of(resident_parcels(*events))))
        assert {rule for rule, _ in before} <= {rule for rule, _ in after}
        assert ("LE-01", "OPEN") not in after

    asyncio.run(main())


def test_an_alert_a_timer_told_before_a_crash_is_told_of_again_when_a_batch_comes_first():
    """After the restart a batch may end the case before the timers are looked at; the topic must hear of that, too."""
    desk, clock, store = Desk(), Clock(), MemoryStore()
    waiting, ending = [desk.moved_in(), desk.funeral()], desk.death(on="2026-04-10")

    async def main() -> None:
        hop = hop_at(clock, store)
        await hop.assigned(topics.CLAIMS, 0, 0)
        clock.now = journey().intake(waiting[-1]).event.publish_time
        effects = await hop.handle(batch_of(resident_parcels(*waiting)))
        await effects.commit({})
        clock.now = await store.next_due(0)
        assert ("LE-02", "OPEN") in told(await hop.tick(topics.CLAIMS, 0, clock.now))  # never committed, as above
        assert ("LE-02", "CLOSED") in told(await hop.handle(batch_of(resident_parcels(ending))))

    asyncio.run(main())


def test_answers_heard_before_a_crash_are_heard_the_same_again():
    """The state was lost, the messages come again: the same end is told, and the same refusal under the same key."""
    desk = Desk()
    events = [desk.pension(), desk.funeral()]

    async def main() -> None:
        store = MemoryStore()
        hop = hop_at(Clock(), store)
        await hop.assigned(topics.CLAIMS, 0, 0)
        opened = await hop.handle(batch_of(resident_parcels(*events)))
        await opened.commit({})
        alerts = [wire().read_alert(out.value) for out in opened.outs if out.topic == topics.ALERTS]
        alert = next(alert for alert in alerts if alert["rule_id"] == "LE-01")
        batch = batch_of([slip_for(alert, result, n) for n, result in enumerate(("CONFIRMED_OK", "FIXED"))])
        lost, again = await hop.handle(batch), await hop.handle(batch)
        assert told(lost) == told(again) == [("LE-01", "CLOSED")]
        assert refused(lost) == refused(again) == [b"feedback-0-1"]
        await again.commit({})
        silent = await hop.handle(batch)
        assert (told(silent), refused(silent)) == ([], [])

    asyncio.run(main())


def slip_for(alert: dict[str, Any], result: str, offset: int) -> Parcel:
    """An answer that the alert's pointer has sent on."""
    answer = Answer(alert["alert_id"], "HRSS", result, given_at=alert["opened_at"] + 1000 * offset)
    slip = Slip(answer, f"feedback-0-{offset}", topics.FEEDBACK, 0, offset, received_at=0)
    return Parcel(alert["subject_key"], "resident", alert["alert_id"], answer.given_at, slip=slip)


def refused(effects: Any) -> list[bytes]:
    """Keys of the quarantine records, in order."""
    return [out.key for out in effects.outs if out.topic == topics.QUARANTINE]
