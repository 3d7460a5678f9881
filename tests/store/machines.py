"""Stores of every kind, with what may happen to the machine they run on."""

from __future__ import annotations

import copy

from redis.asyncio import Redis

from hub.runtime.partitioner import partition_of
from hub.store.memory import MemoryStore
from hub.store.ports import SubjectStore
from hub.store.redis import RedisStore

PARTITIONS = 4


class MemoryMachine:
    """The store in memory; its loss is pretended."""

    def __init__(self) -> None:
        self._memory = MemoryStore()
        self.store: SubjectStore = self._memory
        self._copy: dict = {}

    async def lose(self) -> None:
        self._memory._partitions.clear()

    async def copy(self) -> None:
        self._copy = copy.deepcopy(self._memory._partitions)

    async def put_back(self) -> None:
        self._memory._partitions = copy.deepcopy(self._copy)


class RedisMachine:
    """The store in Redis, which is flushed, or whose keys are put back as they were."""

    def __init__(self, url: str) -> None:
        self.store: SubjectStore = RedisStore.from_url(url, partitions=PARTITIONS, partition_of=partition_of)
        self._client = Redis.from_url(url)
        self._copy: dict[bytes, bytes] = {}

    async def lose(self) -> None:
        await self._client.flushall()

    async def copy(self) -> None:
        self._copy = {key: await self._client.dump(key) for key in await self._client.keys("*")}

    async def put_back(self) -> None:
        await self._client.flushall()
        for key, value in self._copy.items():
            await self._client.restore(key, 0, value)

    async def close(self) -> None:
        await self.store.close()
        await self._client.aclose()
