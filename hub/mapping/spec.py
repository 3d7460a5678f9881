"""What a connector says about a feed, as frozen data (connectors/<feed>/connector.toml; model-codebases 6).

A connector is one folder: how a raw file is read, and for every event the feed sends, what each field is for.
`hub.mapping.load` reads and checks these; nothing here does anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hub.domain.claim import Kind

ROLES = frozenset(
    {
        "subject",  # the act is about this person and nothing more needs saying
        "child",
        "mother",
        "father",
        "deceased",
        "spouse",
        "applicant",
        "claimant",
        "member",
        "adopter",
        "owner",
        "tenant",
        "lessor",
        "occupant",
    }
)
"""Closed list of what a person can be to an act."""

ENVELOPE_FIELDS = frozenset(
    {
        "event_id",
        "event_type",
        "schema_version",
        "source_agency",
        "sub_source",
        "source_org",
        "catalogue_item",
        "source_record_id",
        "source_seq",
        "op",
        "supersedes",
        "business_time",
        "record_time",
        "publish_time",
        "region_code",
        "legal_basis",
    }
)
"""Envelope fields that hold one plain value (domain 3.1)."""

PERSON_FIELDS = ("id_type", "id_no", "name", "sex", "birth_date")

GOLDEN_ATTRIBUTES = frozenset({"hukou_region", "hukou_address", "household_no", "relation_to_head"})
"""Attributes of the subject whose newest value from their source simply wins (domain 3.6)."""

FORMATS = frozenset({"jsonl", "csv"})
ENCODINGS = frozenset({"utf-8", "utf-8-sig", "gb18030"})


@dataclass(frozen=True, slots=True)
class PersonPath:
    """Another person an event names: where (`members[].person`), as what, and which fields beside it go along."""

    path: str
    role: str
    keep: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupKey:
    """A group an event is about: its kind and the payload field with its number.

    `unless`: a field that, where it is filled in, makes the group superfluous: a dwelling named by its code need not be
    looked for by its address.
    """

    kind: Kind
    key: str
    unless: str = ""


@dataclass(frozen=True, slots=True)
class EventMapping:
    """What every field of one event type is for; a field in none of these places must stand in `ignore`."""

    event_type: str
    feed: str
    entry: str
    subject_role: str | None
    persons: tuple[PersonPath, ...] = ()
    groups: tuple[GroupKey, ...] = ()
    units: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    golden: Mapping[str, str] = field(default_factory=dict)
    ignore: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """How a raw file of the feed is read into the contract's shape. Empty = the agency sends the contract's own."""

    format: str = "jsonl"
    encoding: str = "utf-8"
    delimiter: str = ","
    constants: Mapping[str, str | int | bool] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Connector:
    """One agency feed: who answers for it, how it is read, what its events mean."""

    feed: str
    agency: str
    topic: str
    owner: str
    cadence: str
    folder: Path
    source: SourceSpec
    events: Mapping[str, EventMapping]
