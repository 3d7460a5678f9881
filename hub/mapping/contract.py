"""The connector contract: what every folder under `connectors/` promises, and a plain sentence for each broken promise.

Run for every folder without registration (model-codebases 6): by the test suite, by `hub connector check`, by authors.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from hub.domain.event import Event, Fault
from hub.mapping.load import read_folders, sample_files, summary_of
from hub.mapping.shape import Shapes
from hub.mapping.spec import Connector
from hub.mapping.translate import Translator

README_LINES = ("Owner", "Cadence", "Delivery")

PUBLISHED_SPECIMENS = frozenset(
    {
        "11010519491231002X",
        "440524188001010014",
        "110105491231002",
        "810000199408230021",
        "820000199009270036",
        "830000199201300022",
        "911124198108030024",
        "CAN110081080310",
    }
)
"""Numbers from standards and official notices (domain 2.8). Everyone else in a sample lives in the fictional 4298xx."""

_PERSON_NUMBER = re.compile(r"(?<![0-9A-Za-z])(?:[0-9]{17}[0-9Xx]|[0-9]{15}|[A-Z]{3}[0-9]{12})(?![0-9A-Za-z])")
_OTHER_NUMBER = re.compile(r"(?<![0-9A-Za-z])(?:[0-9]{12}[GJZ][A-HSWXY][0-9]{5}[FLQW][0-9]{8}|1[3-9][0-9]{9})(?![0-9])")
_FICTIONAL = "4298"


class Checks(Protocol):
    """What of `hub.schema.validate.Validator` the contract needs."""

    def check(self, obj: object, *, topic_agency: str | None = None) -> Event | tuple[Fault, ...]: ...


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample file of a connector: one source row (or contract event), and what the hub must make of it."""

    connector: Connector
    path: Path
    given: Mapping[str, Any]
    expect: Mapping[str, Any]

    @property
    def name(self) -> str:
        return f"{self.connector.feed}: samples/{self.path.name}"


@dataclass(frozen=True, slots=True)
class Bench:
    """What samples are tried with."""

    validator: Checks
    shapes: Shapes


Promise = Callable[[Sample, Bench], Iterator[str]]


def broken_promises(root: Path, validator: Checks, shapes: Shapes) -> list[str]:
    """One sentence for every promise that any connector under `root` breaks."""
    found = read_folders(root, shapes)
    said = list(found.faults)
    for connector in found.connectors:
        said.extend(_readme_promises(connector))
    for connector in found.sound:  # a mapping with faults cannot be tried
        said.extend(_sample_promises(connector, Bench(validator, shapes)))
    return said


def read_sample(connector: Connector, path: Path) -> Sample | str:
    """A sample, or the sentence why it is none."""
    name = f"{connector.feed}: samples/{path.name}"
    try:
        raw = json.loads(path.read_text("utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError):
        return f"{name} is not JSON."
    good = isinstance(raw, dict) and raw.keys() == {"given", "expect"}
    if not good or not all(isinstance(part, dict) for part in raw.values()):
        return f'{name} must be {{"given": {{...}}, "expect": {{...}}}} and nothing else.'
    return Sample(connector, path, raw["given"], raw["expect"])


def outcome(sample: Sample, bench: Bench) -> dict[str, Any] | tuple[Fault, ...]:
    """What the hub makes of a sample's row: the mapping's summary, or every fault of the row."""
    event = _event(sample, bench)
    if isinstance(event, tuple):
        return event
    return summary_of(sample.connector.events[event.event_type], event)


def valid_for_the_schema(sample: Sample, bench: Bench) -> Iterator[str]:
    """A sample's row is an event the hub accepts, and of the event type its file is named after."""
    event = _event(sample, bench)
    if isinstance(event, tuple):
        reasons = ", ".join(f"{fault.code} {fault.path}".strip() for fault in event)
        yield f"{sample.name} is not valid for its schema: {reasons}."
    elif event.event_type.partition(".")[2] != sample.path.name.partition(".")[0]:
        yield f"{sample.name} holds a {event.event_type}; the file must be named after the event."


def expectation_is_met(sample: Sample, bench: Bench) -> Iterator[str]:
    """The mapping makes of the row exactly what the sample expects; an expectation left out is a difference too."""
    found = outcome(sample, bench)
    if isinstance(found, tuple):
        return
    for part in sorted(found.keys() | sample.expect.keys()):
        if found.get(part) != sample.expect.get(part):
            want, got = (json.dumps(side.get(part), ensure_ascii=False) for side in (sample.expect, found))
            yield f"{sample.name}: expected {part} is {want}, the connector gives {got}."


def same_in_same_out(sample: Sample, bench: Bench) -> Iterator[str]:
    """The same row gives the same event and the same mapping every time."""
    if _event(sample, bench) != _event(sample, bench) or outcome(sample, bench) != outcome(sample, bench):
        yield f"{sample.name}: the same input twice gives different output."


def nobody_real(sample: Sample, bench: Bench) -> Iterator[str]:
    """No identifier that could be a living person's, dwelling's or telephone's (domain 2.7)."""
    for path, text in _texts({"given": sample.given, "expect": sample.expect}, ""):
        numbers = [*_PERSON_NUMBER.findall(text), *_OTHER_NUMBER.findall(text)]
        if any(not number.startswith(_FICTIONAL) and number not in PUBLISHED_SPECIMENS for number in numbers):
            yield f"{sample.name}: {path} looks like a real identifier; use the fictional prefix {_FICTIONAL}xx."


PROMISES: tuple[Promise, ...] = (valid_for_the_schema, expectation_is_met, same_in_same_out, nobody_real)
"""What each sample shows. What a folder promises as a whole: `hub.mapping.load`, and its README."""


def _sample_promises(connector: Connector, bench: Bench) -> Iterator[str]:
    for path in sample_files(connector):
        sample = read_sample(connector, path)
        if isinstance(sample, str):
            yield sample
        else:
            yield from (sentence for promise in PROMISES for sentence in promise(sample, bench))


def _event(sample: Sample, bench: Bench) -> Event | tuple[Fault, ...]:
    source = sample.connector.source
    row = Translator(source, bench.shapes, flat=source.format == "csv").translate(sample.given)
    if isinstance(row, tuple):
        return row
    event = bench.validator.check(row)
    if isinstance(event, Event) and event.event_type not in sample.connector.events:
        return (Fault("UNKNOWN_EVENT_TYPE", "event_type", "not an event of this feed"),)
    return event


def _readme_promises(connector: Connector) -> Iterator[str]:
    path = connector.folder / "README.md"
    if not path.is_file():
        yield f"{connector.feed}: there is no README.md."
        return
    text = path.read_text("utf-8")
    said = dict(re.findall(r"^- \*\*(\w+)\*\*: *(.*)$", text, re.MULTILINE))
    for label in README_LINES:
        if not said.get(label, "").strip():
            yield f"{connector.feed}: README.md does not state '- **{label}**: ...'."
    if not re.search(r"^## Known quirks\n+- \S", text, re.MULTILINE):
        yield f"{connector.feed}: README.md has no list under '## Known quirks'."
    for label, told in (("Owner", connector.owner), ("Cadence", connector.cadence)):
        if said.get(label) and told not in said[label]:
            yield f"{connector.feed}: README.md and connector.toml differ in '{label.lower()}'."


def _texts(node: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, Mapping):
        for name, value in node.items():
            yield from _texts(value, f"{path}.{name}" if path else str(name))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _texts(value, f"{path}[{index}]")
    elif isinstance(node, str | int) and not isinstance(node, bool):
        yield path, str(node)
