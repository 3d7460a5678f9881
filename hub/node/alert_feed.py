"""Keeps this process's view of alerts, and the rules' scores, in step with `hub.alerts.v1`, as any reader would."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from hub.api.views import AlertView
from hub.domain.times import rfc3339
from hub.node.ending import ended
from hub.pipeline.scoreboard import Scoreboard
from hub.runtime import topics
from hub.runtime.reading import lone_consumer
from hub.runtime.security import KafkaSecurity
from hub.runtime.wire import ALERT_TIMES, Wire
from hub.telemetry.metrics import Metrics

log = logging.getLogger(__name__)
_QUIET_POLLS = 3  # polls without data that mean "caught up"; the embedded broker's end offset cannot be trusted


class AlertFeed:
    """Reads every partition of the alert topic from its beginning and applies what it says.

    A worker without HTTP keeps no view, only the scores: it must know which rules are on trial.
    """

    def __init__(
        self,
        view: AlertView | None,
        scoreboard: Scoreboard,
        wire: Wire,
        metrics: Metrics,
        bootstrap: str,
        security: KafkaSecurity,
        partitions: int,
    ) -> None:
        self.view = view
        self._scoreboard = scoreboard
        self.applied = 0
        self.caught_up = False
        self._wire, self._metrics = wire, metrics
        self._bootstrap, self._security = bootstrap, security
        self._partitions = [TopicPartition(topics.ALERTS, number) for number in range(partitions)]
        self._found_in: dict[bytes, int] = {}
        self._on_trial: frozenset[str] = frozenset()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="alert feed")

    async def stop(self) -> None:
        if self._task is not None:
            await ended(self._task)

    async def until_caught_up(self, seconds: float) -> None:
        """Wait until everything published before is known, but not for ever."""
        deadline = asyncio.get_running_loop().time() + seconds
        while not self.caught_up and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.05)

    async def _run(self) -> None:
        while True:
            try:
                await self._read()
            except (KafkaError, OSError) as error:
                self.caught_up = False
                log.warning("alert feed: %s, connecting again", type(error).__name__)
                await asyncio.sleep(1.0)

    async def _read(self) -> None:
        consumer = lone_consumer(self._bootstrap, self._security)
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
                self._apply(record.partition, record.key, record.value)
            quiet = 0 if records else quiet + 1
            if records or not self.caught_up:
                self._show()
            self.caught_up = self.caught_up or quiet >= _QUIET_POLLS

    def _apply(self, partition: int, key: bytes, value: bytes | None) -> None:
        self.applied += 1
        if value is not None:
            self._found_in[key] = partition
        elif self._found_in.get(key, partition) != partition:
            return  # it has moved to another partition (`hub repartition`), and is erased in the one it left
        if value is None:
            self._scoreboard.erase(key.decode())
            if self.view is not None:
                self.view.erase(key.decode())
            return
        document = _in_json(self._wire.read_alert(value))
        self._scoreboard.apply(document)
        if self.view is not None:
            self.view.apply(document)

    def _show(self) -> None:
        metrics = self._metrics
        if self.view is not None:
            metrics.alerts_standing.clear()
            for (rule, status), count in self.view.standing().items():
                metrics.alerts_standing.labels(rule=rule, status=status).set(count)
            metrics.alerts_overdue.clear()
            for rule, count in self.view.overdue().items():
                metrics.alerts_overdue.labels(rule=rule).set(count)
        self._tell_trials()
        for score in self._scoreboard.scores():
            metrics.rule_shadow.labels(rule=score.rule_id).set(int(score.shadow))
            if score.precision is not None:
                metrics.rule_precision.labels(rule=score.rule_id).set(score.precision)

    def _tell_trials(self) -> None:
        """A rule does not go to shadow, or come back, without a word in the log."""
        shadowed = self._scoreboard.shadowed()
        for rule_id in sorted(shadowed - self._on_trial):
            log.warning("rule %s goes on trial: agencies found it wrong too often; see /v1/rules", rule_id)
        for rule_id in sorted(self._on_trial - shadowed):
            log.warning("rule %s is on trial no more", rule_id)
        self._on_trial = shadowed


def _in_json(record: dict[str, Any]) -> dict[str, Any]:
    """An alert record in the JSON shape of contract 4: times as text."""
    for name in ALERT_TIMES:
        record[name] = None if record[name] is None else rfc3339(record[name])
    if record["answer"] is not None:
        record["answer"] = {**record["answer"], "given_at": rfc3339(record["answer"]["given_at"])}
    return record
