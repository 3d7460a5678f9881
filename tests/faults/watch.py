"""Samples of what the group has committed, and of how far the topics reached right after (I4)."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from hub.node.parts import GROUP
from hub.runtime import topics

Target = tuple[str, int]
INPUTS = frozenset({*topics.AGENCY_TOPICS.values(), topics.FEEDBACK, topics.CLAIMS})
ALL_TOPICS = tuple(spec.name for spec in topics.TOPICS)
_EVERY = 0.25
_PATIENCE = 4.0


@dataclass(frozen=True)
class Sample:
    """At `moment` the group had committed so far; a little later the topics reached so far."""

    moment: float
    committed: Mapping[Target, int]
    ends: Mapping[Target, int]

    @property
    def lag(self) -> int:
        return sum(end - self.committed.get(target, 0) for target, end in self.ends.items() if target[0] in INPUTS)

    @property
    def read(self) -> int:
        """How many records of agencies were taken in."""
        return sum(offset for (topic, _), offset in self.committed.items() if topic in topics.AGENCY_TOPICS.values())

    @property
    def done(self) -> int:
        """How much was done at all: grows while the hub works."""
        return sum(self.committed.values())


class Watcher:
    """Looks every quarter of a second, past every proxy; while the broker is away there is nothing to see."""

    def __init__(self, bootstrap: str, partitions: int) -> None:
        self._bootstrap = bootstrap
        self._targets = [TopicPartition(topic, number) for topic in ALL_TOPICS for number in range(partitions)]
        self.samples: list[Sample] = [Sample(time.monotonic(), {}, {})]

    @property
    def last(self) -> Sample:
        return self.samples[-1]

    async def watch(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self._watch_while_it_lasts()
            except (KafkaError, OSError, TimeoutError, ConnectionError):
                await asyncio.sleep(0.2)

    async def _watch_while_it_lasts(self) -> None:
        consumer = AIOKafkaConsumer(bootstrap_servers=self._bootstrap, request_timeout_ms=3000)
        admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap, request_timeout_ms=3000)
        try:
            await asyncio.wait_for(consumer.start(), _PATIENCE)
            await asyncio.wait_for(admin.start(), _PATIENCE)
            while True:
                self.samples.append(await asyncio.wait_for(self._look(consumer, admin), _PATIENCE))
                await asyncio.sleep(_EVERY)
        finally:
            for client in (consumer.stop, admin.close):
                with contextlib.suppress(Exception):
                    await asyncio.wait_for(client(), 2.0)

    async def _look(self, consumer: AIOKafkaConsumer, admin: AIOKafkaAdminClient) -> Sample:
        found = await admin.list_consumer_group_offsets(GROUP)
        committed = {(tp.topic, tp.partition): meta.offset for tp, meta in found.items() if meta.offset >= 0}
        ends = await consumer.end_offsets(self._targets)
        return Sample(time.monotonic(), committed, {(tp.topic, tp.partition): end for tp, end in ends.items()})
