"""Keeps the HTTP edge's view of alerts in step with `hub.alerts.v1`, as any other reader of the topic would."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from hub.api.views import AlertView
from hub.domain.times import rfc3339
from hub.runtime import topics
from hub.runtime.security import KafkaSecurity
from hub.runtime.wire import Wire
from hub.telemetry.metrics import Metrics

log = logging.getLogger(__name__)
_QUIET_POLLS = 3  # polls without data that mean "caught up"; the embedded broker's end offset cannot be trusted


class AlertFeed:
    """Reads every partition of the alert topic from its beginning and applies what it says."""

    def __init__(
        self, view: AlertView, wire: Wire, metrics: Metrics, bootstrap: str, security: KafkaSecurity, partitions: int
    ) -> None:
        self.view = view
        self.applied = 0
        self.caught_up = False
        self._wire, self._metrics = wire, metrics
        self._bootstrap, self._security = bootstrap, security
        self._partitions = [TopicPartition(topics.ALERTS, number) for number in range(partitions)]
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="alert feed")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            try:
                await self._read()
            except (KafkaError, OSError) as error:
                self.caught_up = False
                log.warning("alert feed: %s, connecting again", type(error).__name__)
                await asyncio.sleep(1.0)

    async def _read(self) -> None:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            fetch_max_wait_ms=100,
            **self._security.for_aiokafka(),
        )
        try:
            await consumer.start()
            consumer.assign(self._partitions)
            await consumer.seek_to_beginning()
            await self._follow(consumer)
        finally:
            await consumer.stop()

    async def _follow(self, consumer: AIOKafkaConsumer) -> None:
        quiet = 0
        while True:
            polled = await consumer.getmany(timeout_ms=100, max_records=2000)
            records = [record for batch in polled.values() for record in batch]
            for record in records:
                self._apply(record.key, record.value)
            quiet = 0 if records else quiet + 1
            if records or not self.caught_up:
                self._show()
            self.caught_up = self.caught_up or quiet >= _QUIET_POLLS

    def _apply(self, key: bytes, value: bytes | None) -> None:
        self.applied += 1
        if value is None:
            self.view.erase(key.decode())
            return
        document = self._wire.read_alert(value)
        for name in ("opened_at", "due_at", "closed_at"):
            document[name] = None if document[name] is None else rfc3339(_millis(document[name]))
        self.view.apply(document)

    def _show(self) -> None:
        gauge = self._metrics.alerts_standing
        gauge.clear()
        for (rule, status), count in self.view.standing().items():
            gauge.labels(rule=rule, status=status).set(count)


def _millis(moment: object) -> int:
    """Avro readers give a timestamp as a number or as a datetime."""
    return moment if isinstance(moment, int) else round(moment.timestamp() * 1000)  # type: ignore[attr-defined]
