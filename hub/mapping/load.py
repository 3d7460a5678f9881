"""Finds the connector folders and refuses them as a whole, with every fault at once, unless all promises are kept.

Strict interpretation, before the first message (model-codebases 4.9): each field of each event is used, or ignored with
a reason; nothing stands in a TOML that the hub does not understand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hub.mapping.apply import (
    Person,
    entry_of,
    facts_of,
    golden_of,
    groups_of,
    persons_of,
    summary_of,
    units_of,
)
from hub.mapping.check import check_connector, check_template
from hub.mapping.parse import parse_connector
from hub.mapping.shape import NO_SHAPES, Shapes, shapes_of
from hub.mapping.spec import Connector, EventMapping

if TYPE_CHECKING:
    from hub.schema.catalogue import Catalogue

__all__ = [
    "ConnectorFaults",
    "Connectors",
    "Found",
    "Person",
    "entry_of",
    "facts_of",
    "golden_of",
    "groups_of",
    "load_connectors",
    "persons_of",
    "read_folders",
    "sample_files",
    "summary_of",
    "units_of",
]


class ConnectorFaults(ValueError):  # noqa: N818  it is the list of faults that is raised
    """The connectors cannot be used; `faults` holds one plain sentence for every reason."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("connectors refused:\n" + "\n".join(self.faults))


class Connectors:
    """All connectors, found by event type or by name, with the shapes they were checked against."""

    def __init__(self, connectors: Iterable[Connector], shapes: Shapes = NO_SHAPES) -> None:
        self.connectors = tuple(sorted(connectors, key=lambda connector: connector.feed))
        self.shapes = shapes
        self._named = {connector.feed: connector for connector in self.connectors}
        self._by_event = {event_type: found for found in self.connectors for event_type in found.events}
        self._mappings = {event_type: found.events[event_type] for event_type, found in self._by_event.items()}

    @property
    def event_types(self) -> tuple[str, ...]:
        """Every event type some connector maps, sorted."""
        return tuple(sorted(self._mappings))

    def mapping(self, event_type: str) -> EventMapping:
        """KeyError if no connector maps the event."""
        return self._mappings[event_type]

    def for_event(self, event_type: str) -> Connector:
        """The connector of the feed that sends the event. KeyError if none does."""
        return self._by_event[event_type]

    def named(self, feed: str) -> Connector | None:
        """The connector of that name, for `hub ingest --connector NAME`."""
        return self._named.get(feed)


@dataclass(frozen=True, slots=True)
class Found:
    """What stands under a root: every connector that could be read, those without a fault, and all faults."""

    connectors: tuple[Connector, ...]
    sound: tuple[Connector, ...]
    faults: tuple[str, ...]


def load_connectors(root: Path, catalogue: Catalogue | None = None) -> Connectors:
    """Read every folder under `root` (none that starts with `_` or `.`). Raises ConnectorFaults with every fault.

    Without a catalogue the fields are not held against the schemas; a running hub always brings one.
    """
    shapes = NO_SHAPES if catalogue is None else shapes_of(catalogue)
    found = read_folders(root, shapes)
    if found.faults:
        raise ConnectorFaults(found.faults)
    return Connectors(found.connectors, shapes)


def read_folders(root: Path, shapes: Shapes) -> Found:
    """Everything under `root`, good and bad."""
    read: list[Connector] = []
    sound: list[Connector] = []
    faults: list[str] = []
    for folder in sorted(path for path in root.iterdir() if path.is_dir() and path.name[0] not in "_."):
        connector, said = parse_connector(folder)
        if connector is not None:
            said = (*said, *_mapping_faults(connector, shapes))
            read.append(connector)
            sound += [] if said else [connector]
            said = (*said, *_missing_samples(connector))
        faults.extend(said)
    if not read:
        faults.append(f"{root}: there is no connector here.")
    faults.extend(_claimed_twice(read))
    faults.extend(_unmapped(read, shapes))
    return Found(tuple(read), tuple(sound), tuple(faults))


def sample_files(connector: Connector) -> list[Path]:
    """The samples of a connector, by name: `<event>.json`, and `<event>.<case>.json` for further cases."""
    return sorted((connector.folder / "samples").glob("*.json"))


def _mapping_faults(connector: Connector, shapes: Shapes) -> Iterator[str]:
    for mapping in connector.events.values():
        yield from check_template(mapping)
    if shapes:
        yield from check_connector(connector, shapes)


def _missing_samples(connector: Connector) -> Iterator[str]:
    names = {path.name for path in sample_files(connector)}
    for event_type in connector.events:
        wanted = f"{event_type.partition('.')[2]}.json"
        if wanted not in names:
            yield f"{connector.feed}: {event_type} has no sample samples/{wanted}."


def _claimed_twice(connectors: Iterable[Connector]) -> Iterator[str]:
    owner: dict[str, str] = {}
    for connector in connectors:
        for event_type in connector.events:
            first = owner.setdefault(event_type, connector.folder.name)
            if first != connector.folder.name:
                yield f"{connector.folder.name}: {event_type} is mapped by {first} already."


def _unmapped(connectors: Iterable[Connector], shapes: Shapes) -> Iterator[str]:
    mapped = {event_type for connector in connectors for event_type in connector.events}
    for event_type in sorted(shapes.keys() - mapped):
        yield f"{event_type}: no connector maps this event."
