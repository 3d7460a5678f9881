"""Agencies' answers to alerts: read off the topic as anybody reads it, and given while faults happen.

What an agency says to an alert follows from the seed and the alert alone; when it comes to see the alert does not.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from hub.domain.claim import Answer
from hub.domain.feedback import ACTORS, RESULTS, WORKFLOW
from hub.domain.times import DAY_MS
from hub.runtime.topics import ALERTS, FEEDBACK
from tests.faults.agencies import Agencies
from tests.faults.city import wire
from tests.faults.stream import Sendable

_EVERY = 0.2  # seconds between two looks at the alerts
_AT_ONCE = 10  # answers after each look: they come all through the stream, not in one heap
_LATEST = 40  # looks after which an answer is given at the latest; the alert may be closed by then
_PATIENCE = 4.0
_TWICE = 0.2


@dataclass(frozen=True)
class Reply:
    """One answer as it was given. `answer`: what it says; None where nobody can tell, or may."""

    key: bytes | None
    value: bytes
    answer: Answer | None = None


Content = tuple[bytes | None, bytes | None]
"""Key and value of a record, by which a reply is known again on its topic."""


def replies(plan_seed: int, share: float, alert: Mapping[str, Any], now: int) -> list[Reply]:
    """What is said to an alert as it stands on the topic, the same again included; mostly nothing."""
    random = Random(f"{plan_seed} {alert['alert_id']} {alert['status']} {alert['acting_agency']}")
    if random.random() > (share * 0.1 if alert["status"] == "CLOSED" else share):
        return []
    said = _said(random, alert, now)
    reply = _broken(random, said) if random.random() < 0.08 else _whole(said)
    return [reply, reply] if random.random() < _TWICE else [reply]


def _said(random: Random, alert: Mapping[str, Any], now: int) -> dict[str, Any]:
    """A proper answer; or one by somebody else, or to an alert that there is not."""
    agency = alert["acting_agency"]
    result = random.choice((*RESULTS, *WORKFLOW))
    chance = random.random()
    if chance < 0.15:
        agency = random.choice(ACTORS)
    nobody = 0.15 <= chance < 0.22
    return {
        "alert_id": f"al-{random.getrandbits(128):032x}" if nobody else alert["alert_id"],
        "agency": agency,
        "result": result,
        "owner": random.choice([name for name in ACTORS if name != agency]) if result == "NOT_MINE" else None,
        "note": random.choice((None, "已核实 / looked into")),
        "given_at": now,
    }


def _whole(said: Mapping[str, Any]) -> Reply:
    names = ("alert_id", "agency", "result", "given_at", "owner")
    return Reply(said["alert_id"].encode(), wire().feedback(said), Answer(**{name: said[name] for name in names}))


def _broken(random: Random, said: Mapping[str, Any]) -> Reply:
    """A message nobody can take for an answer: the frame, the key or a word of it is wrong."""
    key, whole = said["alert_id"].encode(), wire().feedback(said)
    changed: Mapping[str, Any] = random.choice((
        {"result": "PERHAPS"},
        {"agency": "NOBODY"},
        {"given_at": said["given_at"] + 400 * DAY_MS},
        {"note": "x" * 1200},
        {"result": "NOT_MINE", "owner": None},
        {},
    ))  # fmt: skip
    if changed:
        return Reply(key, wire().feedback({**said, **changed}))
    return random.choice((
        Reply(None, whole),
        Reply(b"al-somebody-else", whole),
        Reply(key, whole[: len(whole) // 2]),
        Reply(key, b"\x07" + whole[1:]),
        Reply(key, b"\x00\x00\x00\x00\x01" + random.randbytes(60)),
    ))  # fmt: skip


class Desk:
    """Looks at the alerts again and again, and answers. `given`: every reply sent, by its content."""

    def __init__(self, alerts_at: str, answers_to: str, partitions: int, seed: int, share: float) -> None:
        self._bootstrap = alerts_at
        self._targets = [TopicPartition(ALERTS, number) for number in range(partitions)]
        self._agencies = Agencies(answers_to, partitions, [])
        self._seed, self._share = seed, share
        self._reached: dict[TopicPartition, int] = {}
        self._looks = self._drawn = 0
        self._waiting: list[tuple[int, int, Reply]] = []
        self._said: set[tuple[str, str, str]] = set()
        self.given: dict[Content, Reply] = {}

    @property
    def acknowledged(self) -> Mapping[tuple[str, int, int], bytes]:
        """What the broker said it has, as for the agencies' events."""
        return self._agencies.acknowledged

    @property
    def uncertain(self) -> int:
        return self._agencies.uncertain

    async def answer_until(self, over: Callable[[], bool]) -> None:
        """Until `over`, and then whatever is still to be said."""
        try:
            while not over():
                try:
                    await self._answer_while_it_lasts(over)
                except (KafkaError, OSError, TimeoutError):  # the broker is away: what was read is remembered
                    await asyncio.sleep(_EVERY)
            while self._waiting:
                await self._send(len(self._waiting))
        finally:
            await self._agencies.leave()

    async def _answer_while_it_lasts(self, over: Callable[[], bool]) -> None:
        reader = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap,
            isolation_level="read_committed",
            enable_auto_commit=False,
            request_timeout_ms=3000,
        )
        try:
            await asyncio.wait_for(reader.start(), _PATIENCE)
            reader.assign(self._targets)
            for target in self._targets:
                reader.seek(target, self._reached.get(target, 0))
            while not over():
                await self._look(reader)
                due = sum(moment <= self._looks for moment, _, _ in self._waiting)
                await self._send(min(due, _AT_ONCE))
                await asyncio.sleep(_EVERY)
        finally:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(reader.stop(), 2.0)

    async def _look(self, reader: AIOKafkaConsumer) -> None:
        self._looks += 1
        for target, records in (await asyncio.wait_for(reader.getmany(timeout_ms=0), _PATIENCE)).items():
            for record in records:
                if record.value is not None:
                    self._consider(wire().read_alert(record.value))
                self._reached[target] = record.offset + 1

    def _consider(self, alert: Mapping[str, Any]) -> None:
        """Each turn of an alert is answered once, however often it is told."""
        turn = (alert["alert_id"], alert["status"], alert["acting_agency"])
        if turn in self._said:
            return
        self._said.add(turn)
        for reply in replies(self._seed, self._share, alert, time.time_ns() // 1_000_000):
            self._drawn += 1
            delay = Random(f"{self._seed} {turn} {self._drawn}").choice((0, 1, _LATEST // 4, _LATEST))
            heapq.heappush(self._waiting, (self._looks + delay, self._drawn, reply))

    async def _send(self, count: int) -> None:
        chunk = [heapq.heappop(self._waiting)[2] for _ in range(count)]
        self.given.update({(reply.key, reply.value): reply for reply in chunk})
        if chunk:
            await self._agencies.send([Sendable(FEEDBACK, reply.key, reply.value) for reply in chunk])
