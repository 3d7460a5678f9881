"""The one Kafka producer of a process. `send` returns when the broker has acknowledged every message.

One producer, because the embedded broker loses sight of records when two producers write one partition at full
speed, and because batches built per partition cost a tenth of sending message by message.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.structs import OffsetAndMetadata, TopicPartition

from hub.errors import OutTooLarge, Retry
from hub.runtime.partitioner import Partitioner
from hub.runtime.records import Offsets, Out, headers_of
from hub.runtime.security import OPEN, KafkaSecurity

# A record's length, timestamp, offset, attributes and header, and the batch's header, at their largest.
_OVERHEAD = 130
_LEAVE_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProducerSettings:
    """How to write. `idempotent` must be off on the embedded broker, which does not know the request."""

    bootstrap: str
    security: KafkaSecurity = OPEN
    idempotent: bool = True
    batch_bytes: int = 256 * 1024
    max_message_bytes: int = 1_000_000
    compression: str | None = None
    request_timeout: float = 15.0
    transactional_id: str | None = None
    transaction_timeout: float = 120.0
    client_id: str = "resident-hub"


def _unheard() -> None:
    """Nobody wants to know that a part is written."""


class BatchProducer:
    """Writes lists of `Out`, batched per partition, in order per partition."""

    def __init__(self, settings: ProducerSettings) -> None:
        self._settings = settings
        self._partitioner = Partitioner()
        self._counts: dict[str, int] = {}
        self._starting = asyncio.Lock()
        self._leaving: set[asyncio.Task[None]] = set()
        self._client: AIOKafkaProducer | None = None

    async def start(self) -> None:
        """Connect. Optional: the first `send` does it."""
        await self._connected()

    async def stop(self) -> None:
        """Disconnect. Nothing is pending: every `send` waited for its acknowledgements."""
        client, self._client = self._client, None
        if client is not None:
            await _leave(client)

    def abandon(self) -> None:
        """Disconnect in the background: what is pending there is of no more use."""
        client, self._client = self._client, None
        if client is not None:
            task = asyncio.create_task(_leave(client))
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)

    async def begin(self) -> None:
        """Begin a transaction (with a `transactional_id`)."""
        await (await self._connected()).begin_transaction()

    async def add_offsets(self, offsets: Mapping[TopicPartition, OffsetAndMetadata], group: str) -> None:
        """What the group will have committed if the transaction is."""
        await self._begun().send_offsets_to_transaction(offsets, group)

    async def seal(self) -> None:
        """Commit the transaction."""
        await self._begun().commit_transaction()

    def _begun(self) -> AIOKafkaProducer:
        if self._client is None:
            raise Retry("the transaction was given up")
        return self._client

    async def partitions(self, topic: str) -> int:
        """How many partitions a topic has."""
        client = await self._connected()
        count = self._counts.get(topic)
        if count is None:
            found = await client.partitions_for(topic)
            if not found:
                raise Retry(f"topic {topic} has no partitions yet")
            count = self._counts[topic] = len(found)
        return count

    async def send(self, outs: Iterable[Out], on_part: Callable[[], None] = _unheard) -> Offsets:
        """Write all of `outs`; returns the offsets after the last message per partition.

        On an error some may have been written. Sending the whole list again keeps the last write per key right,
        which sending only the missing ones would not. `on_part` is called when a partition's share is acknowledged.
        """
        groups = await self._by_partition(outs)
        results = await asyncio.gather(
            *(self._send_partition(topic, partition, group, on_part) for (topic, partition), group in groups.items()),
            return_exceptions=True,
        )
        self._replace_if_broken(results)
        _raise_first(results)
        return {target: end for target, end in zip(groups, results, strict=True) if isinstance(end, int)}

    def _replace_if_broken(self, results: Iterable[object]) -> None:
        # A list that failed for good leaves a hole in an idempotent producer's sequence, which the broker never
        # forgives that producer. A transaction is given up as a whole by whoever began it.
        failed = [result for result in results if isinstance(result, KafkaError) and not result.retriable]
        if failed and self._settings.transactional_id is None:
            self.abandon()

    async def _by_partition(self, outs: Iterable[Out]) -> dict[tuple[str, int], list[Out]]:
        groups: defaultdict[tuple[str, int], list[Out]] = defaultdict(list)
        for out in outs:
            partition = out.partition
            if partition is None:
                count = self._counts.get(out.topic) or await self.partitions(out.topic)
                partition = self._partitioner(out.key, count)
            groups[out.topic, partition].append(out)
        return groups

    async def _send_partition(
        self, topic: str, partition: int, outs: Sequence[Out], on_part: Callable[[], None]
    ) -> int:
        client = await self._connected()
        futures: list[asyncio.Future[Any]] = []
        sizes: list[int] = []
        position = 0
        while position < len(outs):
            batch = client.create_batch()
            taken = _fill(batch, outs, position)
            position += taken
            if taken == 1 and _size(outs[position - 1]) > self._settings.batch_bytes:
                futures.append(await self._send_alone(client, outs[position - 1], partition))
            else:
                batch.close()
                futures.append(await client.send_batch(batch, topic, partition=partition))
            sizes.append(taken)
        await asyncio.wait(futures)  # all of them, so that no error is left unread
        end = max(_end(future, size) for future, size in zip(futures, sizes, strict=True))
        on_part()
        return end

    async def _send_alone(self, client: AIOKafkaProducer, out: Out, partition: int) -> asyncio.Future[Any]:
        size, limit = _size(out), self._settings.max_message_bytes
        if size > limit:
            raise OutTooLarge(out.topic, size, limit)
        try:
            sent: asyncio.Future[Any] = await client.send(
                out.topic, out.value, out.key, partition, headers=headers_of(out)
            )
        except MessageSizeTooLargeError:
            raise OutTooLarge(out.topic, size, limit) from None
        return sent

    async def _connected(self) -> AIOKafkaProducer:
        if self._client is not None and not _is_dead(self._client):
            return self._client
        async with self._starting:
            if self._client is not None and _is_dead(self._client):
                self.abandon()
            if self._client is None:
                client = self._new_client()
                try:
                    await client.start()
                except BaseException:
                    await _leave(client)
                    raise
                self._client = client
        return self._client

    def _new_client(self) -> AIOKafkaProducer:
        settings = self._settings
        return AIOKafkaProducer(
            bootstrap_servers=settings.bootstrap,
            client_id=settings.client_id,
            acks="all",
            enable_idempotence=settings.idempotent,
            compression_type=settings.compression,
            max_batch_size=settings.batch_bytes,
            max_request_size=settings.max_message_bytes + _OVERHEAD,
            request_timeout_ms=int(settings.request_timeout * 1000),
            transactional_id=settings.transactional_id,
            transaction_timeout_ms=int(settings.transaction_timeout * 1000),
            **settings.security.for_aiokafka(),
        )


def _is_dead(client: AIOKafkaProducer) -> bool:
    # After a fatal error (a lost sequence of an idempotent producer) the client refuses everything, for ever.
    task = client._sender.sender_task
    return task is not None and task.done()


async def _leave(client: AIOKafkaProducer) -> None:
    # It waits for what is pending, and a broker that is down may keep it waiting for ever.
    with contextlib.suppress(TimeoutError, KafkaError):
        await asyncio.wait_for(client.stop(), _LEAVE_SECONDS)


def _end(written: asyncio.Future[Any], size: int) -> int:
    offset = int(written.result().offset)
    if offset < 0:  # sent again after a lost answer, and too old for the broker to remember where it put it
        raise Retry("the broker did not tell where it wrote")
    return offset + size


def _fill(batch: BatchBuilder, outs: Sequence[Out], position: int) -> int:
    taken = 0
    for out in outs[position:]:
        if batch.append(key=out.key, value=out.value, timestamp=None, headers=headers_of(out)) is None:
            break
        taken += 1
    return taken


def _size(out: Out) -> int:
    return len(out.key) + len(out.value or b"") + _OVERHEAD


def _raise_first(results: Iterable[object]) -> None:
    for result in results:
        if isinstance(result, BaseException):
            raise result
