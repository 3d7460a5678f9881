"""What agencies will send, and what must come of it: a seeded city, put into wire form and replayed without faults.

Both cost seconds of processor time and depend on nothing but the seed, the business date and the code, so they are kept
in a cache file; every run of a laboratory over the same city reads it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from hub.bootstrap import build_journey
from hub.domain.claim import SubjectState
from hub.domain.times import parse_rfc3339, rfc3339
from hub.local import LocalHub
from hub.pipeline.journey import Accepted, Journey
from hub.runtime.topics import AGENCY_TOPICS
from hub.runtime.wire import Wire
from hub.simulate import simulate
from tests.integration.stage import alerts_of, memory_of, residents_of, standing

DAYS = 730
ROOT = Path(__file__).parents[2]
SHANGHAI = timezone(timedelta(hours=8))
HOUR_MS = 3_600_000
_CONTRADICTED = 0.01
_MADE_BY = ("hub/**/*.py", "hub/data/*", "schemas/**/*", "connectors/**/*.toml", "tests/faults/city.py")


class Message(msgspec.Struct, frozen=True):
    """One event as its agency sends it. `parcels`: subject and digest of everything intake must make of it."""

    topic: str
    key: bytes
    value: bytes
    event_id: str
    publish_time: int
    parcels: tuple[tuple[str, bytes], ...]


class Expected(msgspec.Struct, frozen=True):
    """What a replay without faults ends with; digests where the whole thing is only ever compared.

    `alerted`: the states of all subjects that ever had an alert, as the hub writes them: answers are played upon these.
    """

    memory: dict[str, bytes]
    residents: dict[str, bytes]
    standing: dict[str, dict[str, Any]]
    alerted: dict[str, bytes]


class CityBook(msgspec.Struct, frozen=True):
    """A city as the laboratory uses it. `canaries`: every identifier and name of its people."""

    persons: int
    seed: int
    as_of: str
    messages: tuple[Message, ...]
    expected: Expected
    canaries: tuple[str, ...]


@lru_cache(maxsize=1)
def journey() -> Journey:
    """The pipeline of the fictional city: used to encode, and to replay without faults."""
    return build_journey()


@lru_cache(maxsize=1)
def wire() -> Wire:
    return Wire(journey().parts.codec)


def digest(content: bytes) -> bytes:
    """Short, and as good as the content for comparing."""
    return hashlib.blake2b(content, digest_size=12).digest()


def digests(contents: dict[str, bytes]) -> dict[str, bytes]:
    return {key: digest(value) for key, value in contents.items()}


def today() -> date:
    """The business date of workers that run now."""
    return datetime.now(SHANGHAI).date()


def within_today(seconds: float, now: datetime | None = None) -> float:
    """How far to set a clock without another business date: what is expected is expected of today. If not forwards,
    then as far backwards, and the other way round.
    """
    here = now or datetime.now(SHANGHAI)
    margin = timedelta(minutes=10)  # for as long as it stays so
    there = here + timedelta(seconds=seconds)
    return seconds if (there - margin).date() == (there + margin).date() == here.date() else -seconds


@lru_cache(maxsize=1)
def code_of_the_hub() -> str:
    """Changes with all that a city's end may depend on: an old expectation held against new code is a false alarm."""
    made_by = hashlib.blake2b(digest_size=6)
    for path in sorted(path for pattern in _MADE_BY for path in ROOT.glob(pattern) if path.is_file()):
        made_by.update(path.read_bytes())
    return made_by.hexdigest()


def city_book(persons: int, seed: int, folder: Path) -> CityBook:
    """The city from the cache, or made and put there."""
    as_of = today()
    path = folder / f"city-{code_of_the_hub()}-{persons}-{seed}-{as_of.isoformat()}.msgpack"
    if path.exists():
        return msgspec.msgpack.decode(path.read_bytes(), type=CityBook)
    book = _make(persons, seed, as_of)
    folder.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{hash(path) & 0xFFFF}-{id(book)}")
    partial.write_bytes(msgspec.msgpack.encode(book))
    partial.replace(path)
    return book


def _make(persons: int, seed: int, as_of: date) -> CityBook:
    events = list(contradicted(simulate(persons, DAYS, seed).events, Random(f"{seed} contradictions")))
    hub, messages = LocalHub(journey()), []
    for event in events:
        accepted = journey().intake(event)
        if not isinstance(accepted, Accepted):
            raise RuntimeError(f"the city holds an event that intake refuses: {accepted.faults}")
        messages.append(_message(accepted))
        hub.take(accepted, at="", raw=b"")
    hub.advance(as_of)
    states = list(hub.states())
    expected = Expected(
        memory=digests(memory_of(states)),
        residents=digests(residents_of(states)),
        standing=standing(alerts_of(states).values()),
        alerted={s.key: wire().state(s) for s in states if isinstance(s, SubjectState) and (s.alerts or s.closed)},
    )
    return CityBook(persons, seed, as_of.isoformat(), tuple(messages), expected, tuple(sorted(_personal(events))))


def contradicted(events: Iterable[dict[str, Any]], random: Random) -> Iterator[dict[str, Any]]:
    """A few acts come in a second version under the very same number, an hour later or earlier: one of them counts."""
    for event in events:
        yield event
        if random.random() < _CONTRADICTED:
            hour = random.choice((HOUR_MS, -HOUR_MS))
            yield {
                **event,
                "event_id": f"{event['event_id'][:-6]}{random.getrandbits(24):06x}",
                "record_time": rfc3339(parse_rfc3339(event["record_time"]) + hour),
                "publish_time": rfc3339(parse_rfc3339(event["publish_time"]) + HOUR_MS),
            }


def _message(accepted: Accepted) -> Message:
    event = accepted.event
    return Message(
        topic=AGENCY_TOPICS[event.source_agency],
        key=event.source_record_id.encode(),
        value=journey().parts.codec.encode_event(event),
        event_id=event.event_id,
        publish_time=event.publish_time,
        parcels=tuple((parcel.subject, digest(wire().parcel(parcel))) for parcel in accepted.parcels),
    )


def _personal(found: object) -> Iterable[str]:
    """Numbers and names of people, wherever they stand in the events."""
    if isinstance(found, dict):
        if "id_type" in found and found.get("id_no"):
            yield str(found["id_no"])
            if found.get("name"):
                yield str(found["name"])
        for value in found.values():
            yield from _personal(value)
    elif isinstance(found, list):
        for value in found:
            yield from _personal(value)
