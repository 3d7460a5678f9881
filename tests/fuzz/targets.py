"""What is fuzzed: for each way in, good inputs, how they are changed, and what reads them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID

import fastavro

from hub.bootstrap import catalogue, connectors
from hub.domain.claim import Slip
from hub.domain.event import AGENCIES, Event, Fault
from hub.domain.feedback import read_feedback
from hub.mapping.check import check_connector, check_template
from hub.mapping.parse import parse_connector
from hub.mapping.shape import shapes_of
from hub.mapping.source import read_source
from hub.pipeline.journey import Accepted, Refused
from hub.runtime import topics
from hub.runtime.feedback import FeedbackHop
from hub.runtime.hops import Gear
from hub.runtime.records import Record
from hub.runtime.wire import Wire
from hub.schema.codec import Decoded, event_to_json
from hub.schema.registry import LocalRegistry
from tests.badinput.pipe import Count
from tests.fuzz import seeds
from tests.fuzz.mutate import ODD, mutate_bytes, mutate_tree
from tests.fuzz.oracle import Broken, check_faults, check_sentences, leaks

Shape = tuple[str, ...]
_NOW = 1_790_000_000_000
_ROUND_TRIP = 40  # one of so many accepted events is written and read again


@dataclass(frozen=True)
class Target:
    """`change(input, random, another)` makes a new input; `read` checks it and tells the shape of what came out."""

    name: str
    seeds: Callable[[], list[Any]]
    change: Callable[[Any, Random, Any], Any]
    read: Callable[[Any], Shape]
    saved: Callable[[Any], bytes]


# --- messages of agencies ---------------------------------------------------------------------------------------------


class ForeignRegistry:
    """A registry that knows one schema, and be it a strange one."""

    def __init__(self) -> None:
        self.schema: Any = None

    def schema_by_id(self, schema_id: int) -> Any:
        return self.schema


class DecodeTarget:
    """Bytes on an agency's topic, in our schemas or in one that a foreign registry hands out."""

    def __init__(self) -> None:
        self._journey = seeds.journey()
        self._local = LocalRegistry(catalogue())
        self._foreign = ForeignRegistry()
        self._count = 0

    def seeds(self) -> list[Any]:
        ours = [(agency, value, None) for agency, value in seeds.messages()]
        # A foreign writer's schema travels as JSON text: it is changed like any other tree.
        known = [catalogue().schema(name).parsed for name in catalogue().event_types]
        schemas = [json.loads(json.dumps(_without_marks(parsed))) for parsed in known]
        foreign = [(agency, value, schemas[at % len(schemas)]) for at, (agency, value) in enumerate(seeds.messages())]
        return ours * 6 + foreign

    def change(self, given: Any, random: Random, other: Any) -> Any:
        agency, value, schema = given
        if schema is not None and random.random() < 0.7:
            schema = mutate_tree(schema, random, other[2] or schema)
        if schema is None or random.random() < 0.5:
            value = mutate_bytes(value, random, other[1])
        if random.random() < 0.03:
            agency = random.choice(AGENCIES)
        return agency, value, schema

    def read(self, given: Any) -> Shape:
        agency, value, schema = given
        source: Any = self._local
        if schema is not None:
            self._foreign.schema = _parsed(schema)
            source = self._foreign
            if self._foreign.schema is None:
                return ("no schema",)
        decoded = self._journey.parts.codec.decode(value, source)
        if not isinstance(decoded, Decoded):
            return check_faults(decoded)
        outcome = self._journey.intake_bytes(value, source, agency)
        return self._judged(outcome)

    def _judged(self, outcome: Accepted | Refused) -> Shape:
        self._count += 1
        return judged(outcome, self._count % _ROUND_TRIP == 0)


def _without_marks(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _without_marks(value) for key, value in node.items() if not key.startswith("__")}
    return [_without_marks(value) for value in node] if isinstance(node, list) else node


def _parsed(schema: Any) -> Any:
    """As a registry client hands it out: parsed, or not at all."""
    try:
        return fastavro.parse_schema(schema)
    except Exception:  # noqa: BLE001 - not ours: a schema that no client takes never reaches the hub
        return None


def judged(outcome: Accepted | Refused, again: bool) -> Shape:
    """An event with its parcels, or faults; sometimes the event is written and must be read the same."""
    if isinstance(outcome, Refused):
        # An id is shown as it is, and nobody knows where its digits come from: but it must be an id.
        if outcome.event_id is not None and not _is_id(outcome.event_id):
            raise Broken("an event id that tells what stood there")
        return check_faults(outcome.faults)
    if not outcome.parcels:
        raise Broken("accepted, and nothing follows")
    if again:
        _round_trip(outcome.event)
    return ("ok", f"{outcome.event.event_type} {len(outcome.parcels)}")


def _is_id(value: str) -> bool:
    try:
        return str(UUID(value)) == value.lower()
    except ValueError:
        return False


def _round_trip(event: Event) -> None:
    parts = seeds.journey().parts
    read = parts.validator.check(event_to_json(event))
    if read != event:
        raise Broken("written as JSON, an event is read as another")
    decoded = parts.codec.decode(parts.codec.encode_event(event), LocalRegistry(catalogue()))
    if not isinstance(decoded, Decoded) or parts.validator.check(decoded.obj) != event:
        raise Broken("written as Avro, an event is read as another")


# --- objects ----------------------------------------------------------------------------------------------------------


class ValidateTarget:
    """JSON objects as files and HTTP hand them in."""

    def __init__(self) -> None:
        self._count = 0

    def seeds(self) -> list[Any]:
        return list(seeds.events())

    def change(self, given: Any, random: Random, other: Any) -> Any:
        return mutate_tree(given, random, other)

    def read(self, given: Any) -> Shape:
        self._count += 1
        outcome = seeds.journey().intake(
            given, topic_agency=AGENCIES[self._count % 4] if self._count % 5 == 0 else None
        )
        return judged(outcome, self._count % _ROUND_TRIP == 0)


# --- files and connectors ---------------------------------------------------------------------------------------------


class _Folder:
    """A connector's folder that is no folder: one text."""

    def __init__(self, name: str, text: str) -> None:
        self.name, self._text = name, text

    def __truediv__(self, name: str) -> _Folder:
        return self

    def read_text(self, encoding: str) -> str:
        return self._text


class ConnectorsTarget:
    """Files as connectors read them (JSON lines, CSV, GB 18030, any through any connector), and connector.toml."""

    def __init__(self) -> None:
        self._connectors = {found.feed: found for found in connectors().connectors}
        self._shapes = shapes_of(catalogue())

    def seeds(self) -> list[Any]:
        files = [("file", feed, data) for feed, data in seeds.files()]
        flat = [("file", "hrss_medical", data) for data in seeds.flat_files()[:10]]
        return [*files, *files, *flat, *(("toml", name, text.encode()) for name, text in seeds.tomls())]

    def change(self, given: Any, random: Random, other: Any) -> Any:
        kind, name, data = given
        lent = other[2]
        chance = random.random()
        if kind == "toml":
            return kind, name, _mutate_lines(data, random, lent)
        if chance < 0.35:
            data = mutate_bytes(data, random, lent)
        elif chance < 0.6:
            data = _mutate_cells(data, random)
        elif chance < 0.85:
            data = _mutate_json(data, random)
        else:
            data = _mutate_lines(data, random, lent)
        if random.random() < 0.05:
            name = random.choice((None, *self._connectors))
        return kind, name, data

    def read(self, given: Any) -> Shape:
        kind, name, data = given
        if kind == "toml":
            return self._read_toml(name, data)
        shape: list[str] = []
        for row in read_source(data.splitlines(keepends=True), self._connectors.get(name), connectors().shapes):
            if row.faults:
                shape += check_faults(row.faults)
            elif not isinstance(row.content, dict):
                raise Broken("a row that is neither an object nor refused")
            else:
                shape += judged(seeds.journey().intake(row.content), False)
        return tuple(sorted(set(shape)))

    def _read_toml(self, name: str, data: bytes) -> Shape:
        folder: Any = _Folder(name, data.decode("utf-8", "surrogateescape"))
        connector, faults = parse_connector(folder)
        sentences = list(faults)
        if connector is not None:
            for mapping in connector.events.values():
                sentences += check_template(mapping)
            sentences += check_connector(connector, self._shapes)
        return check_sentences(sentences)


def _mutate_lines(data: bytes, random: Random, other: bytes) -> bytes:
    """Lines taken out, put elsewhere, doubled, lent."""
    lines = data.splitlines(keepends=True) or [b""]
    lent = other.splitlines(keepends=True) or [b"\n"]
    at, chance = int(random.random() * len(lines)), random.random()
    if chance < 0.2:
        del lines[at]
    elif chance < 0.4:
        lines.insert(at, random.choice(lent))
    elif chance < 0.6:
        lines[at] = mutate_bytes(lines[at], random, other)
    elif chance < 0.8:
        lines[at] = lines[at].replace(b'"', random.choice((b"", b"'", b'""', b"[", b"\xff")), 1)
    else:
        swap = int(random.random() * len(lines))
        lines[at], lines[swap] = lines[swap], lines[at]
    return b"".join(lines)


def _mutate_cells(data: bytes, random: Random) -> bytes:
    """One cell of a comma-separated line becomes something else."""
    lines = data.splitlines(keepends=True) or [b""]
    at = int(random.random() * len(lines))
    cells = lines[at].split(b",")
    value = ODD[int(random.random() * len(ODD))]
    text = value if isinstance(value, bytes) else str(value).encode(random.choice(("utf-8", "gb18030")), "replace")
    cells[int(random.random() * len(cells))] = random.choice((text, b'"' + text + b'"', b'"' + text, text + b"\n"))
    lines[at] = b",".join(cells)
    return b"".join(lines)


def _mutate_json(data: bytes, random: Random) -> bytes:
    """One line of JSON says something else."""
    lines = data.splitlines(keepends=True) or [b""]
    at = int(random.random() * len(lines))
    try:
        tree = mutate_tree(json.loads(lines[at]), random, {})
    except (ValueError, RecursionError):
        return mutate_bytes(data, random, data)
    try:
        text = json.dumps(tree, ensure_ascii=random.random() < 0.3, default=repr)
    except (ValueError, RecursionError, TypeError):
        return data
    lines[at] = text.encode("utf-8", "surrogatepass") + b"\n"
    return b"".join(lines)


# --- answers ----------------------------------------------------------------------------------------------------------


class FeedbackTarget:
    """Messages on the feedback topic, and answers as HTTP hands them in."""

    def __init__(self) -> None:
        journey: Any = seeds.journey()
        self._wire = Wire(journey.parts.codec)
        tally: Any = Count()
        self._hop = FeedbackHop(Gear(journey, self._wire, tally, lambda: _NOW), 64 * 1024)

    def seeds(self) -> list[Any]:
        written = [("message", answer["alert_id"].encode(), self._wire.feedback(answer)) for answer in seeds.answers()]
        return [*written, *(("object", b"", dict(answer)) for answer in seeds.answers())]

    def change(self, given: Any, random: Random, other: Any) -> Any:
        kind, key, content = given
        if kind == "object":
            return kind, key, mutate_tree(content, random, {})
        lent = other[2] if isinstance(other[2], bytes) else content
        if random.random() < 0.1:
            key = random.choice((b"", None, b"al-", mutate_bytes(key or b"k", random, lent)))
        return kind, key, mutate_bytes(content, random, lent)

    def read(self, given: Any) -> Shape:
        kind, key, content = given
        if kind == "object":
            if not isinstance(content, dict) or not all(isinstance(name, str) for name in content):
                return ("no object",)  # the HTTP edge has said so already
            found = read_feedback(content, _NOW)
            return check_faults(found) if isinstance(found, tuple) else ("ok", found.result)
        slip = self._hop._read(Record(topics.FEEDBACK, 0, 0, key, content, _NOW))
        if isinstance(slip, Slip):
            if leaks(repr(slip.answer)):
                raise Broken("an answer that keeps its free text")
            return ("ok", slip.answer.result)
        faults: tuple[Fault, ...] = slip
        return check_faults(faults)


def _as_bytes(given: Any) -> bytes:
    return repr(given).encode("utf-8", "backslashreplace")


def target(name: str) -> Target:
    """The target of that name, ready to be fed."""
    made: Any = TARGETS[name]()
    return Target(name, made.seeds, made.change, made.read, _as_bytes)


TARGETS: Mapping[str, Callable[[], Any]] = {
    "decode": DecodeTarget,
    "validate": ValidateTarget,
    "connectors": ConnectorsTarget,
    "feedback": FeedbackTarget,
}
