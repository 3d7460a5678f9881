"""The agencies: they send until the broker has acknowledged, and remember what it did, and what it may hold."""

from __future__ import annotations

import asyncio
import contextlib
import zlib
from collections import defaultdict
from collections.abc import Callable

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from tests.faults.city import digest
from tests.faults.stream import Sendable, chunks

_CHUNK = 40
_PATIENCE = 8.0  # seconds after which an agency no longer believes that an answer will come
_STALLED = 3.0  # seconds without progress of the hub after which agencies send on all the same

Position = tuple[str, int, int]


class Agencies:
    """One producer for all four: their records meet in no partition."""

    def __init__(self, bootstrap: str, partitions: int, sendables: list[Sendable]) -> None:
        self._bootstrap = bootstrap
        self._partitions = partitions
        self._sendables = sendables
        self._client: AIOKafkaProducer | None = None
        self.acknowledged: dict[Position, bytes] = {}
        self.uncertain = 0
        self.sent = 0

    @property
    def share(self) -> float:
        """How much of the stream is acknowledged."""
        return self.sent / len(self._sendables)

    async def send_all(self, read: Callable[[], int], window: int) -> None:
        """Send everything, `window` records ahead of what the hub has read."""
        try:
            for chunk in chunks(self._sendables, _CHUNK):
                await self._wait_for_room(read, window)
                await self._send_chunk(chunk)
        finally:
            await self._drop_client()

    async def send_steadily(self, rate: float, every: float = 0.1) -> None:
        """So many a second, whatever becomes of them; in the end there is nothing more to send."""
        loop = asyncio.get_running_loop()
        try:
            due = loop.time()
            for chunk in chunks(self._sendables, max(1, round(rate * every))):
                await self._send_chunk(chunk)
                due += every
                await asyncio.sleep(max(0.0, due - loop.time()))
        finally:
            await self._drop_client()

    async def _send_chunk(self, chunk: list[Sendable]) -> None:
        await self.send(chunk)
        self.sent += len(chunk)

    async def send(self, chunk: list[Sendable]) -> None:
        """Until the broker has acknowledged all of them."""
        groups: dict[tuple[str, int], list[Sendable]] = defaultdict(list)
        for sendable in chunk:
            groups[sendable.topic, self._partition(sendable)].append(sendable)
        await asyncio.gather(*(self._insist(*target, group) for target, group in groups.items()))

    async def leave(self) -> None:
        """Nothing more is to be sent."""
        await self._drop_client()

    def _partition(self, sendable: Sendable) -> int:
        # Not the hub's own hash: agencies partition as they like (runtime facts 2).
        return zlib.crc32(sendable.key or sendable.value or b"") % self._partitions

    async def _wait_for_room(self, read: Callable[[], int], window: int) -> None:
        before, since = read(), asyncio.get_running_loop().time()
        while self.sent - read() > window:
            await asyncio.sleep(0.05)
            if read() != before:
                before, since = read(), asyncio.get_running_loop().time()
            elif asyncio.get_running_loop().time() - since > _STALLED:
                return

    async def _insist(self, topic: str, partition: int, group: list[Sendable]) -> None:
        while True:
            try:
                first = await asyncio.wait_for(self._send(topic, partition, group), _PATIENCE)
            except (KafkaError, OSError, TimeoutError):
                self.uncertain += len(group)
                await self._drop_client()
                await asyncio.sleep(0.3)
            else:
                for place, sendable in enumerate(group):
                    self.acknowledged[topic, partition, first + place] = digest(sendable.value or b"")
                return

    async def _send(self, topic: str, partition: int, group: list[Sendable]) -> int:
        client = await self._connected()
        batch = client.create_batch()
        for sendable in group:
            if batch.append(key=sendable.key, value=sendable.value, timestamp=None) is None:
                raise RuntimeError("a chunk of the stream does not fit into one batch")
        batch.close()
        future = await client.send_batch(batch, topic, partition=partition)
        return int((await future).offset)

    async def _connected(self) -> AIOKafkaProducer:
        if self._client is None:
            client = AIOKafkaProducer(
                bootstrap_servers=self._bootstrap,
                acks="all",
                client_id="agencies",
                request_timeout_ms=5000,
                max_batch_size=1024 * 1024,
                retry_backoff_ms=100,
            )
            try:
                await client.start()
            except BaseException:
                await client.stop()
                raise
            if self._client is None:
                self._client = client
            else:  # another group was faster
                await client.stop()
        return self._client

    async def _drop_client(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(client.stop(), 2.0)
