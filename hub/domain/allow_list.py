"""What the hub may take in: the allow-list of fields by event type (domain 3.1 to 3.5; guard 1.4 a).

The schemas say what form a field has; this list says that the hub may have it at all. A schema with a field that is not
listed is refused when it is loaded, so nobody widens what is collected by editing one file.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files

_PAYLOAD, _PERSON = "payload.", "subject."


@dataclass(frozen=True, slots=True)
class AllowList:
    """Names of the envelope's fields, of a person's, and of each event type's payload (`members[].relation`)."""

    envelope: frozenset[str]
    person: frozenset[str]
    events: Mapping[str, frozenset[str]]

    def allows(self, event_type: str, path: str) -> bool:
        """Whether events of this type may have a field at this path, as `payload.members[].relation`."""
        if path.startswith(_PAYLOAD):
            return path.removeprefix(_PAYLOAD) in self.events.get(event_type, frozenset())
        if path.startswith(_PERSON):
            return path.removeprefix(_PERSON) in self.person
        return path in self.envelope

    def names(self) -> frozenset[str]:
        """Every field name there is, without the path to it: what a rule may ask an event for."""
        paths = {path for listed in self.events.values() for path in listed} | self.envelope | self.person
        return frozenset(path.rpartition(".")[2] for path in paths)

    def extended(self, event_type: str, paths: Iterable[str]) -> AllowList:
        """The list with further payload fields for one event type."""
        listed = self.events.get(event_type, frozenset()) | frozenset(paths)
        return replace(self, events={**self.events, event_type: listed})


@lru_cache(maxsize=1)
def load_allow_list() -> AllowList:
    """The list of `data/allow_list.toml`."""
    data = tomllib.loads(files("hub").joinpath("data", "allow_list.toml").read_text(encoding="utf-8"))
    events = {event_type: frozenset(paths) for event_type, paths in data["events"].items()}
    return AllowList(frozenset(data["envelope"]), frozenset(data["person"]), events)
