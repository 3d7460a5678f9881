"""Good inputs to begin with: every connector's samples and the tests' events, told of people who are canaries."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from functools import lru_cache
from itertools import cycle
from typing import Any

from hub.bootstrap import ROOT, build_journey, connectors
from hub.domain.event import Event
from hub.pipeline.journey import Journey
from tests.fuzz.oracle import ADDRESS, NAMES, NUMBERS
from tests.schema.schema_samples import PAYLOADS, event

_PLACES = frozenset({"address", "address_text", "standard_address", "hukou_address", "residence_address"})


@lru_cache(maxsize=1)
def journey() -> Journey:
    return build_journey()


@lru_cache(maxsize=1)
def events() -> tuple[dict[str, Any], ...]:
    """One or more events of every type, each of which the validator takes."""
    samples = sorted(ROOT.glob("connectors/[!_]*/samples/*.json"))
    given = [json.loads(path.read_text("utf-8"))["given"] for path in samples]
    known = [found for found in given if isinstance(found, dict) and "event_type" in found]
    told = [_about_canaries(found) for found in (*known, *(event(name) for name in PAYLOADS), event())]
    check = journey().parts.validator.check
    return tuple(found for found in told if isinstance(check(found), Event))


@lru_cache(maxsize=1)
def messages() -> tuple[tuple[str, bytes], ...]:
    """(agency, message) of every event."""
    codec, check = journey().parts.codec, journey().parts.validator.check
    read = [found for found in map(check, events()) if isinstance(found, Event)]
    return tuple((found.source_agency, codec.encode_event(found)) for found in read)


@lru_cache(maxsize=1)
def files() -> tuple[tuple[str | None, bytes], ...]:
    """(connector, file): JSON lines and CSV, in the contract's words and as each connector says."""
    found: list[tuple[str | None, bytes]] = [(None, _lines(events()[at : at + 2])) for at in range(0, len(events()), 2)]
    for connector in connectors().connectors:
        spec, samples = connector.source, sorted(connector.folder.glob("samples/*.json"))
        for given in [json.loads(path.read_text("utf-8"))["given"] for path in samples][:4]:
            raw = _in_their_words(given) if spec.columns else _about_canaries(given)
            text = _csv([raw], spec.delimiter) if spec.format == "csv" else _lines([raw])
            found.append((connector.feed, text.decode().encode(spec.encoding, "replace")))
    return tuple(found)


def _in_their_words(row: dict[str, str]) -> dict[str, str]:
    """A row of a connector with columns of its own, told of a canary."""
    ours = {"证件号码": NUMBERS[0], "姓名": NAMES[0], "权利人": NAMES[0], "性别": "", "出生日期": ""}
    return {column: ours.get(column, cell) if cell else cell for column, cell in row.items()}


@lru_cache(maxsize=1)
def flat_files() -> tuple[bytes, ...]:
    """CSV in the contract's words, one event each."""
    return tuple(_csv([obj], ",") for obj in events())


@lru_cache(maxsize=1)
def tomls() -> tuple[tuple[str, str], ...]:
    """(folder name, connector.toml)."""
    return tuple(
        (path.parent.name, path.read_text("utf-8")) for path in sorted(ROOT.glob("connectors/*/connector.toml"))
    )


@lru_cache(maxsize=1)
def answers() -> tuple[dict[str, Any], ...]:
    """Answers that may be read, `given_at` in ms."""
    base = {"alert_id": "al-" + "0123456789abcdef" * 2, "agency": "HRSS", "owner": None, "given_at": 1_775_000_000_000}
    return (
        {**base, "result": "FIXED", "note": f"{NAMES[0]} {NUMBERS[0]}"},
        {**base, "result": "NOT_MINE", "owner": "MCA", "note": None},
        {**base, "result": "NEED_INFO", "agency": "MCA", "note": ADDRESS},
        {**base, "result": "ACKED", "note": ""},
    )


def _about_canaries(obj: dict[str, Any]) -> dict[str, Any]:
    people = cycle(zip(NAMES, NUMBERS, strict=True))
    return _told(obj, people)


def _told(node: Any, people: Iterator[tuple[str, str]]) -> Any:
    if isinstance(node, list):
        return [_told(item, people) for item in node]
    if not isinstance(node, dict):
        return node
    found = {key: ADDRESS if key in _PLACES and value else _told(value, people) for key, value in node.items()}
    if found.get("id_type") == "RIC" and "id_no" in found:
        found["name"], found["id_no"] = next(people)
        found.pop("birth_date", None)
        found.pop("sex", None)
    return found


def _lines(objects: Any) -> bytes:
    return b"".join(json.dumps(obj, ensure_ascii=False).encode() + b"\n" for obj in objects)


def _csv(objects: list[dict[str, Any]], delimiter: str) -> bytes:
    rows = [dict(_flat(obj, "")) for obj in objects]
    out = io.StringIO()
    writer = csv.DictWriter(out, list(dict.fromkeys(key for row in rows for key in row)), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def _flat(node: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, (dict, list)):
        items = node.items() if isinstance(node, dict) else enumerate(node)
        for key, value in items:
            yield from _flat(value, f"{path}.{key}" if path else str(key))
    elif node is not None:
        yield path, ("true" if node else "false") if isinstance(node, bool) else str(node)
