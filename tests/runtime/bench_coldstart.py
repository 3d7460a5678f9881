"""How fast a lost store is rebuilt: subjects per second from a real Kafka into a real Redis. Not a test.

Run: `python -m tests.runtime.bench_coldstart [subjects] [partitions]`. States are those of a simulated city, of their
real sizes, written again and again under new keys; the restore is the worker's own. What is rebuilt is then compared
with what was written.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec

from hub.domain.claim import State
from hub.runtime import topics
from hub.runtime.partitioner import Partitioner, partition_of
from hub.runtime.producer import BatchProducer, ProducerSettings
from hub.runtime.records import Out
from hub.runtime.restore import KeptChangelog, ReaderSettings, restore
from hub.runtime.topics import ensure_topics
from hub.runtime.wire import Wire
from hub.store.redis import RedisStore
from tests.integration.stage import city_of, journey, replay_city
from tools.services.kafka import KafkaCluster
from tools.services.redis import RedisServer

PERSONS, SEED = 300, 11


def states() -> list[State]:
    """Everything the hub remembers of a small city: residents, groups, books, pointers."""
    with tempfile.TemporaryDirectory() as folder:
        return list(replay_city(city_of(PERSONS, SEED), Path(folder), date(2026, 6, 30)).states())


def copies(found: list[State], wire: Wire, count: int) -> Iterator[tuple[bytes, bytes]]:
    """As many states as asked for: the city's, over and over, each under a key of its own kind."""
    for number, state in zip(range(count), itertools.cycle(found), strict=False):
        prefix = state.key.split("-")[0]
        key = f"{prefix}-{hashlib.md5(b'%d' % number).hexdigest()}"  # noqa: S324 - a key that looks like one
        yield key.encode(), wire.state(msgspec.structs.replace(state, key=key))


async def fill(bootstrap: str, count: int, partitions: int, wire: Wire) -> tuple[int, bytes]:
    """Write the states; their bytes in all, and a digest of them."""
    producer = BatchProducer(ProducerSettings(bootstrap=bootstrap))
    written, digest = 0, 0
    pairs, place = copies(states(), wire, count), Partitioner()
    while chunk := list(itertools.islice(pairs, 2000)):
        await producer.send(Out(topics.SUBJECTS, k, v, place(k, partitions), 1) for k, v in chunk)
        written += sum(len(value) for _, value in chunk)
        digest ^= _digest(chunk)
    await producer.stop()
    return written, digest.to_bytes(16, "big")


def _digest(pairs: list[tuple[bytes, bytes]]) -> int:
    """The same for the same pairs in any order."""
    total = 0
    for key, value in pairs:
        total ^= int.from_bytes(hashlib.md5(key + value).digest(), "big")  # noqa: S324 - compares, guards nothing
    return total


async def rebuild(bootstrap: str, redis_url: str, partitions: int, wire: Wire) -> tuple[float, float, bytes]:
    """Restore every partition, one after the other; seconds, processor seconds, digest of what the store holds."""
    store = RedisStore.from_url(redis_url, partitions=partitions, partition_of=partition_of, timeout=30.0)
    began, cpu = time.monotonic(), time.process_time()
    kept = KeptChangelog(ReaderSettings(bootstrap=bootstrap, topic=topics.SUBJECTS))
    for partition in range(partitions):
        async with kept.borrow() as changelog:
            await restore(await store.claim(partition, 1), changelog, store, wire.wake_of)
    await kept.stop()
    took, used = time.monotonic() - began, time.process_time() - cpu
    digest = 0
    async for pair in store.scan():
        digest ^= _digest([pair])
    await store.close()
    return took, used, digest.to_bytes(16, "big")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    partitions = int(sys.argv[2]) if len(sys.argv) > 2 else 4
    wire, folder = Wire(journey().parts.codec), Path(tempfile.mkdtemp())
    with KafkaCluster(folder / "kafka") as cluster, RedisServer(folder / "redis", persist=False) as redis:
        ensure_topics(cluster.bootstrap, partitions)
        size, wanted = asyncio.run(fill(cluster.bootstrap, count, partitions, wire))
        took, used, found = asyncio.run(rebuild(cluster.bootstrap, redis.url, partitions, wire))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"{count:,} subjects in {partitions} partitions, {size / count:,.0f} bytes each: {took:.1f} s, "
        f"{count / took:,.0f} subjects/s, {count / used:,.0f} subjects/CPU s; peak {peak} MB; "
        f"rebuilt equals written: {'yes' if found == wanted else 'NO'}"
    )


if __name__ == "__main__":
    main()
