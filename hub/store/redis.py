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

from hub.errors import Fenced, RolledBack, StoreUnavailable
from hub.store.ports import Hold, after_save

_CLAIM = """
local unit = 4294967296
local stored = tonumber(redis.call('HGET', KEYS[3], 'term') or '-1')
local generation, fresh, beyond = tonumber(ARGV[1]), ARGV[2] == '1', tonumber(ARGV[3])
local life = stored < 0 and 0 or math.floor(stored / unit)
if fresh and stored >= 0 and stored % unit > generation then life = life + 1 end
local least = math.floor(beyond / unit)
if beyond % unit > generation then least = least + 1 end
local term = math.max(life, least) * unit + generation
if stored > term then return {string.format('%.0f', term), string.format('%.0f', stored)} end
redis.call('HSET', KEYS[3], 'term', string.format('%.0f', term))
return {string.format('%.0f', term), false, redis.call('HGETALL', KEYS[3])}
"""
# ARGV: term, expected marker, new marker (either may be ''), '1' if whole, the count of ends and three counts, then
# that many: name offset (ends), key value (states), milliseconds key (wake-ups), key (states deleted), key (wake-ups
# cleared). Lua's stack holds some 8,000 values: 1,000 at a time. Answers what is stored if it is not what is expected.
_SAVE = """
local found = redis.call('HMGET', KEYS[3], 'term', 'marker')
local term, marker = found[1] or '', found[2] or ''
if term ~= ARGV[1] or (marker ~= ARGV[2] and (ARGV[3] == '' or marker ~= ARGV[3])) then return {term, marker} end
local at = 9
local function each(command, key, count)
  local last = at + count - 1
  while at <= last do
    local upto = math.min(at + 999, last)
    redis.call(command, key, unpack(ARGV, at, upto))
    at = upto + 1
  end
end
each('HSET', KEYS[3], tonumber(ARGV[5]) * 2)
each('HSET', KEYS[1], tonumber(ARGV[6]) * 2)
each('ZADD', KEYS[2], tonumber(ARGV[7]) * 2)
local deleted = at
each('HDEL', KEYS[1], tonumber(ARGV[8]))
at = deleted
each('ZREM', KEYS[2], #ARGV - at + 1)
if ARGV[3] ~= '' then redis.call('HSET', KEYS[3], 'marker', ARGV[3]) end
if ARGV[4] == '1' then redis.call('HSET', KEYS[3], 'whole', ARGV[1]) end
return false
"""
_END = b"end:"
_LAYOUT = "hub:partitions"


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
        cls,
        url: str,
        *,
        partitions: int,
        partition_of: Callable[[bytes, int], int],
        timeout: float = 5.0,
        username: str | None = None,
        password: str | None = None,
        ca_file: str | None = None,
    ) -> RedisStore:
        """Connects on first use. Retrying is the worker's business, so the client does not."""
        client = redis_client(url, timeout, username=username, password=password, ca_file=ca_file)
        return cls(client, partitions=partitions, partition_of=partition_of)

    async def claim(self, partition: int, generation: int, *, fresh_group: bool = False, beyond: int = 0) -> Hold:
        """See `SubjectStore.claim`."""
        args = [generation, int(fresh_group), beyond]
        term, stored, *rest = await _answer(self._claim(keys=_keys(partition), args=args))
        if stored is not None:
            raise Fenced(partition, int(term), int(stored))
        pairs = iter(rest[0])
        found = dict(zip(pairs, pairs, strict=True))
        return Hold(
            partition,
            int(term),
            _number(found.get(b"marker")),
            _number(found.get(b"whole")),
            {name.removeprefix(_END).decode(): int(end) for name, end in found.items() if name.startswith(_END)},
        )

    async def load_many(self, hold: Hold, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """See `SubjectStore.load_many`."""
        wanted = list(keys)
        if not wanted:
            return {}
        values = await self._as_owner(hold, lambda pipe: pipe.hmget(_state(hold.partition), cast(Any, wanted)))
        return {key: value for key, value in zip(wanted, values, strict=True) if value is not None}

    async def save(
        self,
        hold: Hold,
        states: Mapping[bytes, bytes | None],
        marker: int | None,
        due: Mapping[bytes, int | None],
        *,
        ends: Mapping[str, int] | None = None,
        whole: bool = False,
    ) -> Hold:
        """See `SubjectStore.save`."""
        kept = [part for key, value in states.items() if value is not None for part in (key, value)]
        deleted = [key for key, value in states.items() if value is None]
        gone = set(deleted)
        set_due = [part for key, when in due.items() if when is not None and key not in gone for part in (when, key)]
        cleared = [key for key, when in due.items() if when is None and key not in gone]
        told = [part for name, end in (ends or {}).items() for part in (_END + name.encode(), end)]
        fence = [hold.term, _text(hold.marker), _text(marker), int(whole)]
        counts = [len(told) // 2, len(kept) // 2, len(set_due) // 2, len(deleted)]
        args = [*fence, *counts, *told, *kept, *set_due, *deleted, *cleared]
        stored = await _answer(self._save(keys=_keys(hold.partition), args=cast(Any, args)))
        if stored is not None:
            _raise_if_not_as_left(hold, stored, differs=True)
        return after_save(hold, marker, ends, whole)

    async def due(self, hold: Hold, now_ms: int, limit: int) -> list[bytes]:
        """See `SubjectStore.due`."""
        at = _due(hold.partition)
        found = await self._as_owner(hold, lambda pipe: pipe.zrangebyscore(at, "-inf", now_ms, start=0, num=limit))
        return list(found)

    async def check(self, hold: Hold) -> None:
        """See `SubjectStore.check`."""
        _raise_if_not_as_left(hold, await _answer(self._client.hmget(_meta(hold.partition), ["term", "marker"])))

    async def _as_owner(self, hold: Hold, read: Callable[[Any], object]) -> Any:  # noqa: ANN401 - redis-py's answers
        """Read something, and in the same atomic step what the hold is compared with."""
        async with self._client.pipeline(transaction=True) as pipe:
            pipe.hmget(_meta(hold.partition), ["term", "marker"])
            read(pipe)
            stored, found = await _answer(pipe.execute())
        _raise_if_not_as_left(hold, stored)
        return found

    async def marker(self, partition: int) -> int | None:
        """See `SubjectStore.marker`."""
        found = await _answer(self._client.hget(_meta(partition), "marker"))
        return None if found is None else int(found)

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

    async def layout(self) -> int | None:
        """See `SubjectStore.layout`."""
        return _number(await _answer(self._client.get(_LAYOUT)))

    async def set_layout(self, partitions: int) -> None:
        """See `SubjectStore.set_layout`."""
        await _answer(self._client.set(_LAYOUT, partitions))

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


def redis_client(url: str, timeout: float, *, username: str | None, password: str | None, ca_file: str | None) -> Redis:
    """A client that does not retry. What stands in the URL wins; the password need not stand there."""
    given = {"username": username, "password": password, "ssl_ca_certs": ca_file}
    access = {name: value for name, value in given.items() if value is not None}
    return Redis.from_url(
        url,
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
        retry=ClientRetry(NoBackoff(), 0),
        **cast(Any, access),
    )


async def _answer(call: object) -> Any:  # noqa: ANN401 - redis-py's answers are unions nobody can check
    try:
        return await cast(Awaitable[Any], call)
    except (RedisError, ConnectionError, TimeoutError) as exc:
        # Redis quotes arguments in some of its errors: only the type's name may travel on.
        raise StoreUnavailable(f"redis: {type(exc).__name__}") from None


def _raise_if_not_as_left(hold: Hold, stored: Sequence[bytes | None], *, differs: bool = False) -> None:
    term, marker = _number(stored[0]), _number(stored[1])
    if term is not None and term > hold.term:
        raise Fenced(hold.partition, hold.term, term)
    if differs or term != hold.term or marker != hold.marker:
        raise RolledBack(hold.partition)


def _number(stored: bytes | None) -> int | None:
    return int(stored) if stored else None


def _text(marker: int | None) -> str:
    return "" if marker is None else str(marker)


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
