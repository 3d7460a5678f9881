"""The store of production: Redis, one hash of states and one sorted set of wake-ups per partition.

Keys are `hub:{p<partition>}:state|due|meta`; the braces keep a partition in one slot of a cluster, where one script
can write it atomically.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, cast

from redis.asyncio import Redis
from redis.asyncio.retry import Retry as ClientRetry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from hub.errors import Fenced, StoreUnavailable

# Answers the fence stored if it is newer than ours, and writes nothing then.
_CHECK_FENCE = """
local stored = redis.call('HGET', KEYS[3], 'generation')
if stored and tonumber(stored) > tonumber(ARGV[1]) then return tonumber(stored) end
redis.call('HSET', KEYS[3], 'generation', ARGV[1])
"""
_CLAIM = (
    """
if ARGV[2] == '1' then redis.call('HDEL', KEYS[3], 'generation') end
"""
    + _CHECK_FENCE
    + "return -1"
)
# ARGV: generation, marker or '', then four counts, then that many: key value (states), key (states deleted),
# milliseconds key (wake-ups), key (wake-ups cleared). Lua's stack holds some 8,000 values: 1,000 at a time.
_SAVE = (
    _CHECK_FENCE
    + """
local at = 6
local function each(command, key, count)
  local last = at + count - 1
  while at <= last do
    local upto = math.min(at + 999, last)
    redis.call(command, key, unpack(ARGV, at, upto))
    at = upto + 1
  end
end
each('HSET', KEYS[1], tonumber(ARGV[3]) * 2)
each('ZADD', KEYS[2], tonumber(ARGV[4]) * 2)
local deleted = at
local gone = tonumber(ARGV[5])
each('HDEL', KEYS[1], gone)
at = deleted
each('ZREM', KEYS[2], #ARGV - at + 1)
if ARGV[2] ~= '' then redis.call('HSET', KEYS[3], 'marker', ARGV[2]) end
return -1
"""
)


class RedisStore:
    """A `SubjectStore` in Redis. `partition_of` finds a key's partition for reads from outside the pipeline."""

    def __init__(self, client: Redis, *, partitions: int, partition_of: Callable[[bytes, int], int]) -> None:
        self._client = client
        self._partitions = partitions
        self._partition_of = partition_of
        self._claim = client.register_script(_CLAIM)
        self._save = client.register_script(_SAVE)

    @classmethod
    def from_url(
        cls, url: str, *, partitions: int, partition_of: Callable[[bytes, int], int], timeout: float = 5.0
    ) -> RedisStore:
        """Connects on first use. Retrying is the worker's business, so the client does not."""
        client = Redis.from_url(
            url, socket_timeout=timeout, socket_connect_timeout=timeout, retry=ClientRetry(NoBackoff(), 0)
        )
        return cls(client, partitions=partitions, partition_of=partition_of)

    async def claim(self, partition: int, generation: int, *, fresh_group: bool = False) -> None:
        """See `SubjectStore.claim`."""
        stored = await _answer(self._claim(keys=_keys(partition), args=[generation, int(fresh_group)]))
        _raise_if_fenced(partition, generation, stored)

    async def load_many(self, partition: int, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """See `SubjectStore.load_many`."""
        wanted = list(keys)
        if not wanted:
            return {}
        values: Sequence[bytes | None] = await _answer(self._client.hmget(_state(partition), cast(Any, wanted)))
        return {key: value for key, value in zip(wanted, values, strict=True) if value is not None}

    async def save(
        self,
        partition: int,
        generation: int,
        states: Mapping[bytes, bytes | None],
        marker: int | None,
        due: Mapping[bytes, int | None],
    ) -> None:
        """See `SubjectStore.save`."""
        kept = [part for key, value in states.items() if value is not None for part in (key, value)]
        deleted = [key for key, value in states.items() if value is None]
        gone = set(deleted)
        set_due = [part for key, when in due.items() if when is not None and key not in gone for part in (when, key)]
        cleared = [key for key, when in due.items() if when is None and key not in gone]
        counts = [len(kept) // 2, len(set_due) // 2, len(deleted)]
        args = [generation, "" if marker is None else marker, *counts, *kept, *set_due, *deleted, *cleared]
        stored = await _answer(self._save(keys=_keys(partition), args=cast(Any, args)))
        _raise_if_fenced(partition, generation, stored)

    async def marker(self, partition: int) -> int | None:
        """See `SubjectStore.marker`."""
        found = await _answer(self._client.hget(_meta(partition), "marker"))
        return None if found is None else int(found)

    async def due(self, partition: int, now_ms: int, limit: int) -> list[bytes]:
        """See `SubjectStore.due`."""
        found = await _answer(self._client.zrangebyscore(_due(partition), "-inf", now_ms, start=0, num=limit))
        return list(found)

    async def next_due(self, partition: int) -> int | None:
        """See `SubjectStore.next_due`."""
        found: Sequence[tuple[bytes, float]] = await _answer(
            self._client.zrange(_due(partition), 0, 0, withscores=True)
        )
        return int(found[0][1]) if found else None

    async def wipe(self, partition: int) -> None:
        """See `SubjectStore.wipe`."""
        await _answer(self._client.unlink(*_keys(partition)))

    async def get(self, key: bytes) -> bytes | None:
        """See `SubjectStore.get`."""
        partition = self._partition_of(key, self._partitions)
        state: bytes | None = await _answer(self._client.hget(_state(partition), cast(Any, key)))
        return state

    async def scan(self, prefix: bytes = b"") -> AsyncIterator[tuple[bytes, bytes]]:
        """See `SubjectStore.scan`."""
        for partition in range(self._partitions):
            async for item in self._scan_partition(partition, prefix):
                yield item

    async def count(self, partition: int) -> int:
        """See `SubjectStore.count`."""
        return int(await _answer(self._client.hlen(_state(partition))))

    async def close(self) -> None:
        """See `SubjectStore.close`."""
        await self._client.aclose()

    async def _scan_partition(self, partition: int, prefix: bytes) -> AsyncIterator[tuple[bytes, bytes]]:
        seen: set[bytes] = set()  # HSCAN may repeat a field while the hash is being resized
        cursor = 0
        while True:
            found: dict[bytes, bytes]
            cursor, found = await _answer(
                self._client.hscan(_state(partition), cursor, match=cast(Any, _starts_with(prefix)), count=500)
            )
            for key, value in found.items():
                if key not in seen:
                    seen.add(key)
                    yield key, value
            if cursor == 0:
                return


async def _answer(call: object) -> Any:  # noqa: ANN401 - redis-py's answers are unions nobody can check
    try:
        return await cast(Awaitable[Any], call)
    except (RedisError, ConnectionError, TimeoutError) as exc:
        # Redis quotes arguments in some of its errors: only the type's name may travel on.
        raise StoreUnavailable(f"redis: {type(exc).__name__}") from None


def _raise_if_fenced(partition: int, generation: int, stored: int) -> None:
    if stored >= 0:
        raise Fenced(partition, generation, stored)


def _keys(partition: int) -> list[str]:
    return [_state(partition), _due(partition), _meta(partition)]


def _state(partition: int) -> str:
    return f"hub:{{p{partition}}}:state"


def _due(partition: int) -> str:
    return f"hub:{{p{partition}}}:due"


def _meta(partition: int) -> str:
    return f"hub:{{p{partition}}}:meta"


def _starts_with(prefix: bytes) -> bytes:
    # A glob pattern: what is special in one must stand for itself.
    return b"".join(b"\\" + bytes([c]) if c in b"*?[]\\^" else bytes([c]) for c in prefix) + b"*"
