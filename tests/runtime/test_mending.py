"""What somebody else wrote about our subjects is found, and what should stand there is written again (ADR 0013)."""

from __future__ import annotations

import asyncio
import copy
from typing import Any

import msgspec
import pytest

from hub.errors import Fenced, Retry, RolledBack
from hub.runtime import topics
from hub.runtime.mending import WATCHED
from hub.runtime.records import Batch
from hub.store.memory import MemoryStore
from tests.builders import Desk, person, ric
from tests.integration.stage import wire
from tests.runtime.workers import Log, Worker, alerts_on, batches_of, claims, fallen_asleep, in_store

CLOSED = ("LE-01", "CLOSED")


@pytest.fixture
def story() -> list[Batch]:
    """A pension goes on after a funeral (LE-01 opens), then ends (LE-01 closes)."""
    desk = Desk()
    return batches_of(desk.pension(), desk.funeral(), desk.pension_status("STOPPED", "202604", on="2026-03-20"))


def test_what_a_replaced_worker_writes_when_it_wakes_up_is_undone(story):
    """Its old states, shared records and alerts are the newest of their keys for a moment only."""

    async def main() -> None:
        log, store = Log(), MemoryStore()
        claims(log, story)
        _, late = await fallen_asleep(log, store, story)
        owner = await Worker(log, store, 2, from_offset=story[1].first_offset).start()
        await owner.handle(story[1], story[2])
        right = {topic: log.newest(topic) for topic in WATCHED}
        assert CLOSED in alerts_on(log)
        with pytest.raises(Fenced):
            await late.guard()
        log.write(late.outs)  # it slept between asking and writing
        assert CLOSED not in alerts_on(log)
        with pytest.raises(Fenced):
            await late.commit({})
        await owner.tick()
        assert {topic: log.newest(topic) for topic in WATCHED} == right
        assert log.newest(topics.SUBJECTS) == await in_store(store)
        assert owner.ledger.counts["foreign"] > 0
        assert owner.ledger.counts["mended"] > 0
        size = len(log.topics[topics.SUBJECTS])
        await owner.tick()
        assert len(log.topics[topics.SUBJECTS]) == size  # once is enough

    asyncio.run(main())


def test_late_states_are_noticed_by_the_next_write_before_anybody_looks(story):
    """The owner's own states end where they should not: the next batch reads what lies between, and mends it."""

    async def main() -> None:
        log, store = Log(), MemoryStore()
        claims(log, story)
        _, late = await fallen_asleep(log, store, story)
        owner = await Worker(log, store, 2, from_offset=story[1].first_offset).start()
        await owner.handle(story[1])
        log.write(out for out in late.outs if out.topic == topics.SUBJECTS)
        assert owner.ledger.counts["foreign"] == 0
        effects = await owner.handle(story[2])  # no time has passed: only the offset tells
        again = await owner.handle(story[2])
        assert owner.ledger.counts["foreign"] == 1
        assert log.newest(topics.SUBJECTS) == await in_store(store)
        assert effects.outs
        assert not [out for out in again.outs if out.topic == topics.ALERTS]

    asyncio.run(main())


def test_late_states_do_not_survive_their_owners_death_either(story):
    """The owner dies before it mends; its successor takes the newer states, and writes them again."""

    async def main() -> None:
        log, store = Log(), MemoryStore()
        claims(log, story)
        _, late = await fallen_asleep(log, store, story)
        owner = await Worker(log, store, 2, from_offset=story[1].first_offset).start()
        await owner.handle(story[1], story[2])
        right, kept = {topic: log.newest(topic) for topic in WATCHED}, await in_store(store)
        log.write(late.outs)
        for lost in (False, True):
            next_store = MemoryStore() if lost else store
            heir = await Worker(log, next_store, 3 + lost, from_offset=story[2].last_offset + 1).start()
            assert await in_store(next_store) == kept
            await heir.tick()
            assert log.newest(topics.SUBJECTS) == right[topics.SUBJECTS]
            assert log.newest(topics.ALERTS) == right[topics.ALERTS]
            if not lost:
                assert log.newest(topics.RESIDENTS) == right[topics.RESIDENTS]

    asyncio.run(main())


def test_late_states_that_a_restore_found_are_mended_though_its_owner_died_before_it_could(story):
    """The store was lost, and whoever restored it died at once: the next owner looks at the topic itself."""

    async def main() -> None:
        log = Log()
        claims(log, story)
        _, late = await fallen_asleep(log, MemoryStore(), story)
        owner = await Worker(log, MemoryStore(), 2).start()
        await owner.handle(*story)
        right = log.newest(topics.SUBJECTS)
        log.write(late.outs)
        assert log.newest(topics.SUBJECTS) != right
        restored = MemoryStore()
        await Worker(log, restored, 3, from_offset=story[2].last_offset + 1).start()
        heir = await Worker(log, restored, 4, from_offset=story[2].last_offset + 1).start()
        await heir.tick()
        assert await in_store(restored) == right
        assert log.newest(topics.SUBJECTS) == right

    asyncio.run(main())


def test_an_owner_whose_store_was_lost_mends_without_waiting_for_another_batch(story):
    """What it handled before the loss it has handled: the late states wait for nothing."""

    async def main() -> None:
        log, store = Log(), MemoryStore()
        claims(log, story)
        _, late = await fallen_asleep(log, MemoryStore(), story)
        owner = await Worker(log, store, 2).start()
        await owner.handle(*story)
        right = log.newest(topics.SUBJECTS)
        log.write(out for out in late.outs if out.topic == topics.SUBJECTS)
        await store.wipe(0)
        with pytest.raises(RolledBack):
            await owner.tick()
        await owner.tick()
        assert await in_store(store) == right
        assert log.newest(topics.SUBJECTS) == right

    asyncio.run(main())


def test_an_alert_told_before_a_crash_that_does_not_hold_any_more_is_withdrawn(story):
    """The state was lost with the crash, and by the time the batch is read again nothing is to be found."""

    async def main() -> None:
        log, store = Log(), MemoryStore()
        claims(log, story)
        crashed = await Worker(log, store, 1).start()
        await crashed.handle(story[0])
        told = await crashed.hop.handle(story[1])
        log.write(out for out in told.outs if out.topic in (topics.RESIDENTS, topics.ALERTS))
        phantoms = [out for out in told.outs if out.topic == topics.ALERTS]
        assert phantoms
        # The successor comes to other conclusions: here, because what it reads at that place says something else.
        harmless = batches_of(Desk().pension())[0]
        other = Batch(topics.CLAIMS, 0, 0, harmless.records, story[1].first_offset, story[2].last_offset)
        heir = await Worker(log, store, 2, from_offset=story[1].first_offset).start()
        await heir.tick()
        assert ("LE-01", "OPEN") in alerts_on(log)  # not before what the crashed worker had in hand is done again
        await heir.handle(other)
        await heir.tick()
        assert {status for _, status in alerts_on(log)} == {"CLOSED"}
        withdrawn = wire().read_alert(log.newest(topics.ALERTS)[phantoms[0].key])
        assert (withdrawn["close_reason"], withdrawn["closed_at"] is not None) == ("RETRACTED", True)

    asyncio.run(main())


def test_an_alert_of_a_case_that_never_was_is_withdrawn_though_it_was_told_closed(story):
    """It opened and closed within one batch that died with its worker: nobody but the topic knows of it."""

    async def main() -> None:
        log, store = Log(), MemoryStore()
        claims(log, story)
        crashed = await Worker(log, store, 1).start()
        await crashed.handle(story[0])
        both = [*story[1].records, *story[2].records]
        at_once = Batch(topics.CLAIMS, 0, 0, both, story[1].first_offset, story[2].last_offset)
        told = [out for out in (await crashed.hop.handle(at_once)).outs if out.topic == topics.ALERTS]
        log.write(told)
        key, before = next((out.key, alert) for out in told if (alert := _alert(out.value))["rule_id"] == "LE-01")
        assert (before["status"], before["close_reason"]) == ("CLOSED", "RESOLVED")
        heir = await Worker(log, store, 2, from_offset=story[1].first_offset).start()
        harmless = batches_of(Desk().pension())[0]
        await heir.handle(msgspec.structs.replace(at_once, records=harmless.records))
        await heir.tick()
        assert _alert(log.newest(topics.ALERTS)[key]) == {**before, "close_reason": "RETRACTED"}
        size = len(log.topics[topics.ALERTS])
        await heir.tick()
        assert len(log.topics[topics.ALERTS]) == size  # once is enough

    asyncio.run(main())


def _alert(value: bytes | None) -> dict[str, Any]:
    assert value is not None
    return wire().read_alert(value)


def test_a_sleeper_cannot_tell_a_store_that_was_put_back_that_it_is_whole(story):
    """The copy holds what the sleeper left there, so its save would be taken, and its successor's states never read."""

    async def main() -> None:
        log, store = Log(), MemoryStore()
        claims(log, story)
        sleeper, late = await fallen_asleep(log, store, story)
        copied = copy.deepcopy(store.__dict__)
        owner = await Worker(log, store, 2, from_offset=story[1].first_offset).start()
        await owner.handle(*story[1:])
        right = await in_store(store)
        store.__dict__ = copied
        with pytest.raises(Fenced):
            await sleeper.deliver(late)
        with pytest.raises(RolledBack):
            await owner.tick()
        await owner.tick()
        assert await in_store(store) == right == log.newest(topics.SUBJECTS)

    asyncio.run(main())


def test_an_owner_saves_over_what_a_sleeper_wrote_before(story):
    """Only a newer owner's states stand in the way: an older one's late states do not count, and are written over."""

    async def main() -> None:
        log, store = Log(), MemoryStore()
        claims(log, story)
        _, late = await fallen_asleep(log, store, story)
        owner = await Worker(log, store, 2, from_offset=story[1].first_offset).start()
        for _ in range(3):
            log.write(late.outs)
        await owner.handle(*story[1:])
        assert await store.marker(0) is not None
        await owner.tick()
        assert await in_store(store) == log.newest(topics.SUBJECTS)

    asyncio.run(main())


def test_what_an_owner_found_and_could_not_mend_its_successor_finds_too(story):
    """The store never knew up to where anybody had looked, and the marker goes past the late state: it says where."""

    async def main() -> None:
        log, store = Log(), MemoryStore()
        two = batches_of(Desk().pension(), Desk().pension(person(ric(sequence=3), "李芳")))
        records = [record for batch in two for record in batch.records]
        both = Batch(topics.CLAIMS, 0, 0, records, 0, len(records) - 1)
        claims(log, [both, *story])  # more than the owner will come to: it waits with mending
        sleeper = await Worker(log, MemoryStore(), 1).start()
        late = [out for out in (await sleeper.hop.handle(story[1])).outs if out.topic == topics.SUBJECTS]
        owner = await Worker(log, store, 2).start()
        effects = await owner.hop.handle(both)
        states = [out for out in effects.outs if out.topic == topics.SUBJECTS]
        assert {out.key for out in late} < {out.key for out in states}
        log.write(out for out in states if out.key == late[0].key)
        log.write(late)  # amid a list that goes out in two requests
        written = log.write(out for out in states if out.key != late[0].key)
        assert effects.commit is not None
        await effects.commit(written)
        assert log.newest(topics.SUBJECTS) != await in_store(store)
        heir = await Worker(log, store, 3, from_offset=100).start()
        await heir.tick()
        assert log.newest(topics.SUBJECTS) == await in_store(store)

    asyncio.run(main())


def test_a_save_waits_until_what_lies_before_can_be_read(story):
    """A broker that shows nothing yet is asked again; nothing is saved on trust."""

    async def main() -> None:
        log, store = Log(), MemoryStore()
        claims(log, story)
        sleeper = await Worker(log, store, 1).start()
        late = await sleeper.hop.handle(story[0])
        owner = await Worker(log, store, 2).start()
        effects = await owner.hop.handle(story[0])
        log.write(late.outs)
        written, before = log.write(effects.outs), await store.marker(0)
        log.silent = True
        with pytest.raises(Retry):
            await effects.commit(written)
        assert await store.marker(0) == before
        log.silent = False
        await effects.commit(written)
        assert await store.marker(0) == written[topics.SUBJECTS, 0]

    asyncio.run(main())


def test_a_list_written_twice_is_nobody_elses(story):
    """A send that was tried again shows as an end too far on; there is nothing to mend."""

    async def main() -> None:
        log, store = Log(), MemoryStore()
        claims(log, story)
        owner = await Worker(log, store, 1).start()
        effects = await owner.hop.handle(story[0])
        log.write(effects.outs)
        await owner.deliver(effects)
        size = {topic: len(log.topics[topic]) for topic in WATCHED}
        await owner.tick()
        await owner.tick()
        assert {topic: len(log.topics[topic]) for topic in WATCHED} == size
        assert owner.ledger.counts["foreign"] == 0
        heir = await Worker(log, store, 2, from_offset=story[0].last_offset + 1).start()
        await heir.tick()
        assert heir.ledger.counts["mended"] == 0

    asyncio.run(main())
