"""Reading the newest part of partitions, outside of any consumer group."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, TopicPartition

from hub.runtime.mending import Written
from hub.runtime.records import term_in
from hub.runtime.security import KafkaSecurity

_POLL_SECONDS = 1.0


class KafkaTail:
    """A `Tail` on Kafka. Connects when it is first asked; connects anew after an error."""

    def __init__(self, bootstrap: str, security: KafkaSecurity) -> None:
        self._bootstrap, self._security = bootstrap, security
        self._consumer: AIOKafkaConsumer | None = None
        self._turn = asyncio.Lock()

    async def ends(self, partition: int, names: Sequence[str]) -> Mapping[str, int]:
        """See `Tail.ends`."""
        async with self._connected() as consumer:
            found = await consumer.end_offsets([TopicPartition(name, partition) for name in names])
            return {tp.topic: int(end) for tp, end in found.items()}

    async def read(self, topic: str, partition: int, start: int, most: int) -> tuple[list[Written], int]:
        """See `Tail.read`. May come back with less, or with nothing, if the broker is slow."""
        async with self._connected() as consumer:
            tp = TopicPartition(topic, partition)
            consumer.assign([tp])
            consumer.seek(tp, start)
            polled = await consumer.getmany(tp, timeout_ms=int(_POLL_SECONDS * 1000), max_records=most)
            records = [Written(r.key, r.value, term_in(r.headers)) for r in polled.get(tp, ())]
            reached = int(await consumer.position(tp))
            consumer.pause(tp)  # or it would go on asking for more
            return records, reached

    async def stop(self) -> None:
        """Disconnect."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await consumer.stop()

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[AIOKafkaConsumer]:
        async with self._turn:
            try:
                if self._consumer is None:
                    self._consumer = self._new()
                    await self._consumer.start()
                yield self._consumer
            except BaseException:
                with contextlib.suppress(Exception):
                    await self.stop()
                raise

    def _new(self) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            fetch_max_wait_ms=100,
            **self._security.for_aiokafka(),
        )
