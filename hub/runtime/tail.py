"""Reading the newest part of partitions, outside of any consumer group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiokafka import TopicPartition

from hub.runtime.mending import Written
from hub.runtime.reading import KeptConsumer, lone_consumer
from hub.runtime.records import term_in
from hub.runtime.security import KafkaSecurity

_POLL_SECONDS = 1.0


class KafkaTail:
    """A `Tail` on Kafka. Connects when it is first asked; connects anew after an error."""

    def __init__(self, bootstrap: str, security: KafkaSecurity) -> None:
        self._kept = KeptConsumer(lambda: lone_consumer(bootstrap, security))

    async def ends(self, partition: int, names: Sequence[str]) -> Mapping[str, int]:
        """See `Tail.ends`."""
        async with self._kept.borrow() as consumer:
            found = await consumer.end_offsets([TopicPartition(name, partition) for name in names])
            return {tp.topic: int(end) for tp, end in found.items()}

    async def read(self, topic: str, partition: int, start: int, most: int) -> tuple[list[Written], int]:
        """See `Tail.read`. May come back with less, or with nothing, if the broker is slow."""
        async with self._kept.borrow() as consumer:
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
        await self._kept.stop()
