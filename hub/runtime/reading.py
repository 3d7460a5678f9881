"""Consumers outside of any group: they read what they are told to, and see only what is committed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer

from hub.runtime.security import KafkaSecurity


def lone_consumer(bootstrap: str, security: KafkaSecurity, **options: Any) -> AIOKafkaConsumer:  # noqa: ANN401 - aiokafka's
    """Not connected yet. `options` are aiokafka's."""
    return AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        fetch_max_wait_ms=100,
        **security.for_aiokafka(),
        **options,
    )


class KeptConsumer:
    """A consumer for one borrower at a time. Connects when it is first asked for; connects anew after an error."""

    def __init__(self, make: Callable[[], AIOKafkaConsumer]) -> None:
        self._make = make
        self._consumer: AIOKafkaConsumer | None = None
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def borrow(self) -> AsyncIterator[AIOKafkaConsumer]:
        """The connected consumer."""
        async with self._turn:
            try:
                if self._consumer is None:
                    self._consumer = self._make()
                    await self._consumer.start()
                yield self._consumer
            except BaseException:
                with contextlib.suppress(Exception):
                    await self.stop()
                raise

    async def stop(self) -> None:
        """Disconnect."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await consumer.stop()
