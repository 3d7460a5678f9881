"""What agencies put on their topics in one run: the city's events, late, several times over, and rubbish among them."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random

from hub.domain.times import DAY_MS
from hub.runtime.topics import AGENCY_TOPICS
from tests.faults.city import CityBook, Message
from tests.faults.evolved import READABLE, Evolution
from tests.faults.plan import Plan

MOST_COPIES = 50
LATEST_DAYS = 30
_EVOLVED = 0.1


@dataclass(frozen=True)
class Sendable:
    """One record to be written. `event`: the index of its message in the city; None for rubbish."""

    topic: str
    key: bytes | None
    value: bytes | None
    event: int | None = None


@dataclass(frozen=True)
class Stream:
    """The records of a run in the order of sending, and the schemas that some of them need."""

    records: list[Sendable]
    schemas: Mapping[int, str]


def stream_of(plan: Plan, book: CityBook) -> Stream:
    """The same plan gives the same stream."""
    random, evolution = Random(f"{plan.seed} stream"), Evolution()
    placed: list[tuple[float, int, Sendable]] = []
    for index, message in enumerate(book.messages):
        late = random.uniform(0, LATEST_DAYS) * DAY_MS if random.random() < plan.late else 0.0
        copies = _copies(random) if random.random() < plan.doubled else 1
        for copy in range(copies):
            # A copy comes at once, or any time in the next month.
            again = 0.0 if copy == 0 else random.choice((0.0, random.uniform(0, LATEST_DAYS) * DAY_MS))
            value = _worded(random, evolution, message) if plan.registry else message.value
            sendable = Sendable(message.topic, message.key, value, index)
            placed.append((message.publish_time + late + again, len(placed), sendable))
    span = placed[0][0], max(moment for moment, _, _ in placed)
    for number in range(round(plan.poison * len(book.messages))):
        at = random.uniform(*span)
        rubbish = _rubbish(random, random.choice(book.messages), number)
        placed.append((at, len(placed), _unreadable(random, evolution, rubbish) if plan.registry else rubbish))
    records = [sendable for _, _, sendable in sorted(placed, key=lambda entry: entry[:2])]
    return Stream(records, evolution.schemas)


def _copies(random: Random) -> int:
    """2 to 50 times in all; mostly few."""
    return min(MOST_COPIES, 2 + int(random.expovariate(1 / 6)))


def _worded(random: Random, evolution: Evolution, message: Message) -> bytes:
    """One event in ten comes in a schema of its agency's own; it means the same."""
    if random.random() > _EVOLVED:
        return message.value
    return evolution.change(message.value, random.choice(READABLE)) or message.value


def _unreadable(random: Random, evolution: Evolution, rubbish: Sendable) -> Sendable:
    """Half of the rubbish is well made, in a schema that cannot or may not be read."""
    whole = rubbish.value or b""
    if random.random() < 0.5 or len(whole) < 40 or whole[0] or rubbish.key is None:
        return rubbish
    try:
        changed = evolution.change(whole, random.choice(("incompatible", "forbidden")))
    except Exception:  # noqa: BLE001 - broken already, and anything can come of reading it
        return rubbish
    return Sendable(rubbish.topic, rubbish.key, changed)


def _rubbish(random: Random, message: Message, number: int) -> Sendable:
    """A message nobody can take: the frame is broken, the schema unknown, the agency wrong, the key missing."""
    whole, topic = message.value, message.topic
    others = [other for other in AGENCY_TOPICS.values() if other != topic]
    key = f"rubbish-{number}".encode()
    return random.choice((
        lambda: Sendable(topic, key, b""),
        lambda: Sendable(topic, key, b"\x01" + whole[1:]),
        lambda: Sendable(topic, key, whole[:3]),
        lambda: Sendable(topic, key, struct.pack(">bI", 0, 999_999) + whole[5:]),
        lambda: Sendable(topic, key, whole[: len(whole) // 2]),
        lambda: Sendable(topic, key, whole + b"\x00"),
        lambda: Sendable(topic, key, whole[:5] + random.randbytes(300)),
        lambda: Sendable(topic, key, None),
        lambda: Sendable(topic, None, whole),
        lambda: Sendable(random.choice(others), key, whole),
        lambda: Sendable(topic, key, b'{"event_id": "' + bytes(str(number), "ascii") + b'"}'),
    ))()  # fmt: skip


def chunks(sendables: list[Sendable], size: int) -> Iterator[list[Sendable]]:
    for start in range(0, len(sendables), size):
        yield sendables[start : start + size]
