"""`hub worker` processes killed in the middle of a city: nothing lost, nothing twice, everything rebuildable.

The same run and the same proofs on the embedded broker (`test_kill`) and on a real Kafka (`tests/kafka/test_kill`).
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from random import Random

from redis import Redis

from hub.domain.claim import LedgerState, State
from hub.local import LocalHub
from hub.runtime import topics
from hub.runtime.partitioner import partition_of
from hub.store.redis import RedisStore
from tests.integration.stage import (
    HubProcess,
    alerts_of,
    city_of,
    differing,
    environment,
    hub_process,
    latest,
    memory_of,
    replay_city,
    residents_of,
    run_hub,
    standing,
    until,
    wire,
)

PERSONS, SEED, PARTITIONS = 300, 11, 4
KILLS = 3
SHANGHAI = timezone(timedelta(hours=8))


@dataclass(frozen=True)
class Stored:
    """Everything the store holds: states as bytes, wake-ups, and up to where each partition is whole."""

    states: dict[bytes, bytes]
    wakes: dict[int, int | None]
    markers: dict[int, int | None]


@dataclass(frozen=True)
class Aftermath:
    """What a run with its kills left behind, and what it must equal."""

    event_ids: frozenset[str]
    expected: LocalHub
    states: list[State]
    on_alerts: dict[bytes, bytes | None]
    on_subjects: dict[bytes, bytes | None]
    before: Stored
    rebuilt: Stored
    killed_at: list[float]  # share of all subjects that were in the store


async def _stored(redis_url: str, partitions: int) -> Stored:
    store = RedisStore.from_url(redis_url, partitions=partitions, partition_of=partition_of)
    try:
        return Stored(
            {key: value async for key, value in store.scan()},
            {number: await store.next_due(number) for number in range(partitions)},
            {number: await store.marker(number) for number in range(partitions)},
        )
    finally:
        await store.close()


def stored(redis_url: str, partitions: int = PARTITIONS) -> Stored:
    return asyncio.run(_stored(redis_url, partitions))


def subjects_in(redis: Redis) -> int:
    return sum(int(redis.hlen(f"hub:{{p{number}}}:state")) for number in range(PARTITIONS))


def until_quiet(redis_url: str, seconds: float = 240.0, still: float = 2.0, partitions: int = PARTITIONS) -> Stored:
    """Wait until the store holds subjects and has not changed for a while."""
    deadline, found, since = time.monotonic() + seconds, stored(redis_url, partitions), time.monotonic()
    while time.monotonic() - since < still:
        assert time.monotonic() < deadline, "the store never came to rest"
        time.sleep(0.25)
        again = stored(redis_url, partitions)
        if again != found or not again.states:
            found, since = again, time.monotonic()
    return found


def entered(states: Iterable[State]) -> list[str]:
    """Ids of the events in the books of source records, each as often as it is in one."""
    books = (state for state in states if isinstance(state, LedgerState) and state.kind == "record")
    return [event_id for book in books for event_id in book.acts]


def states_in(found: Stored) -> list[State]:
    """What the store holds, read."""
    return [wire().read_state(value) for value in found.states.values()]


def until_worked_off(redis_url: str, event_ids: frozenset[str], seconds: float = 240.0) -> Stored:
    """Wait until every event is in some ledger, then until what follows from them is done.

    On a crowded machine one batch takes longer than any pause that could be called rest. What is never worked off ends
    the waiting, and is for the tests to find.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if event_ids <= {*entered(states_in(stored(redis_url)))}:
            break
        time.sleep(2.0)
    return until_quiet(redis_url, still=6.0)


def split(events_file: Path, parts: int) -> list[Path]:
    """The file in consecutive portions, one per life of the worker."""
    lines = events_file.read_bytes().splitlines(keepends=True)
    cuts = [len(lines) * number // parts for number in range(parts + 1)]
    portions = [events_file.with_name(f"events-{number}.jsonl") for number in range(parts)]
    for path, (start, stop) in zip(portions, pairwise(cuts), strict=True):
        path.write_bytes(b"".join(lines[start:stop]))
    return portions


def kill_amid_a_city(folder: Path, bootstrap: str, redis_url: str, **more: str) -> Aftermath:
    """Feed a city in portions; kill -9 the worker amid each of the first ones; let the last worker finish.

    `more`: settings of the workers.
    """
    random = Random(SEED)
    city, today = city_of(PERSONS, SEED), datetime.now(SHANGHAI).date()
    expected = replay_city(city, folder, today)
    whole = sum(1 for _ in expected.states())
    killed_at = []
    with ExitStack() as stack:
        redis = stack.enter_context(Redis.from_url(redis_url))
        env = environment(
            folder,
            HUB_KAFKA_BOOTSTRAP=bootstrap,
            HUB_REDIS_URL=redis_url,
            HUB_PARTITIONS=str(PARTITIONS),
            HUB_SESSION_TIMEOUT_SECONDS="6",
            HUB_BATCH_RECORDS="200",
            **more,
        )

        def worker() -> HubProcess:
            return stack.enter_context(hub_process("worker", env=env, log=folder / "worker.log"))

        def until_it_works(process: HubProcess, held: int) -> None:
            until(lambda: subjects_in(redis) > held, 180, process.told)

        assert run_hub("topics", "apply", env=env).returncode == 0
        for portion in split(folder / "events.jsonl", KILLS):
            held, doomed = subjects_in(redis), worker()
            fed = run_hub("ingest", str(portion), env=env)
            assert fed.returncode == 0, fed.stderr
            until_it_works(doomed, held)
            time.sleep(random.uniform(0.0, 0.8))
            doomed.kill()
            killed_at.append(subjects_in(redis) / whole)
        held, survivor = subjects_in(redis), worker()
        until_it_works(survivor, held)
        before = until_worked_off(redis_url, frozenset(event["event_id"] for event in city.events))
        survivor.kill()
        on_alerts, on_subjects = latest(bootstrap, topics.ALERTS, topics.SUBJECTS)
        redis.flushall()
        last = worker().ready()
        rebuilt = until_quiet(redis_url, still=1.0)
        assert last.end() == 0, last.told()
    return Aftermath(
        frozenset(event["event_id"] for event in city.events),
        expected,
        states_in(before),
        on_alerts,
        on_subjects,
        before,
        rebuilt,
        killed_at,
    )


class Proofs:
    """What must be true of an `aftermath`; a test module inherits these and says on which services."""

    def test_the_kills_came_in_the_middle(self, aftermath):
        """Each kill met a worker with work done and work to do; otherwise the other tests prove nothing."""
        print(f"killed with {', '.join(f'{share:.0%}' for share in aftermath.killed_at)} of the subjects stored")
        assert 0 < aftermath.killed_at[0] < aftermath.killed_at[1] < aftermath.killed_at[-1]
        assert aftermath.killed_at[-2] < 1

    def test_every_event_is_in_exactly_one_ledger(self, aftermath):
        """Nothing is lost and nothing is counted twice: the books of the source records hold each event once (I1)."""
        times = Counter(entered(aftermath.states))
        assert aftermath.event_ids == times.keys()
        assert set(times.values()) == {1}

    def test_the_survivors_hold_what_replay_holds(self, aftermath):
        """Residents byte for byte, everything taken in, and standing alerts with their times: as `hub replay` (I3)."""
        expected = list(aftermath.expected.states())
        assert differing(memory_of(aftermath.states), memory_of(expected)) == []
        assert differing(residents_of(aftermath.states), residents_of(expected)) == []
        alerts = standing(alerts_of(expected).values())
        assert len(alerts) > 50
        assert differing(standing(alerts_of(aftermath.states).values()), alerts) == []

    def test_the_alert_topic_says_what_the_store_holds(self, aftermath):
        """The newest record of every alert id equals the store's; the topic knows no alert that the store does not."""
        reader, held = wire(), alerts_of(aftermath.states)
        told = {key.decode(): reader.read_alert(value) for key, value in aftermath.on_alerts.items() if value}
        stored_form = {alert_id: reader.read_alert(reader.alert(document)) for alert_id, document in held.items()}
        assert differing(told, stored_form) == []

    def test_the_changelog_is_the_store(self, aftermath):
        """The newest record of every subject on hub.subjects.v1 is, byte for byte, what Redis held."""
        assert differing(aftermath.on_subjects, aftermath.before.states) == []

    def test_a_wiped_store_is_rebuilt_byte_for_byte(self, aftermath):
        """After FLUSHALL and a new worker: same states, same wake-ups, whole up to the same offsets (I7)."""
        assert differing(aftermath.rebuilt.states, aftermath.before.states) == []
        assert aftermath.rebuilt.wakes == aftermath.before.wakes
        assert aftermath.rebuilt.markers == aftermath.before.markers
