"""What the HTTP edge needs of the hub, in its own words. The composition root brings things that fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from hub.domain.event import Fault

Document = dict[str, Any]
# Status and JSON body of a Schema Registry path such as `/subjects`.
RegistryReader = Callable[[str], tuple[int, Any]]


@dataclass(frozen=True, kw_only=True)
class AlertFilter:
    """Which alerts are asked for. None, or no status, means all; several statuses mean any of them."""

    agency: str | None = None
    rule: str | None = None
    statuses: frozenset[str] = frozenset()
    due_before: int | None = None
    resident_id: str | None = None
    overdue: bool | None = None
    shadow: bool = False  # those of rules on trial too


@dataclass(frozen=True)
class AlertPage:
    """Some alerts, and where the next ones begin; no cursor on the last page."""

    items: list[Document]
    next_cursor: str | None = None


class BadCursor(ValueError):  # noqa: N818 - what it is, named by what it says
    """A cursor that this hub did not make."""


class AlertReader(Protocol):
    """Alerts as published: those with a running grace are nobody's business yet."""

    def get(self, alert_id: str) -> Document | None: ...

    def page(self, wanted: AlertFilter, cursor: str | None, limit: int) -> AlertPage:
        """In the order of (opened_at, alert_id). Raises BadCursor."""


class ResidentReader(Protocol):
    """Shared resident records."""

    async def get(self, resident_id: str) -> Document | None:
        """The record, or None. Raises hub.errors.Retry while the store is away."""


class ExplanationReader(Protocol):
    """Why alerts stand."""

    async def get(self, alert: Document) -> Document | None:
        """The explanation of a published alert; None if its subject is gone. Raises hub.errors.Retry."""


@dataclass(frozen=True)
class SubmitResult:
    """What became of one submitted event. Accepted means durable, not yet absorbed."""

    status: Literal["accepted", "quarantined"]
    event_id: str | None = None
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class Submitted:
    """One event of a request: what was read, and the bytes it was read from."""

    obj: object
    raw: bytes


class EventIntake(Protocol):
    """Intake without Kafka."""

    async def submit(self, events: list[Submitted]) -> list[SubmitResult]:
        """One result per event, in their order. Raises hub.errors.Retry while they cannot be made durable."""


@dataclass(frozen=True)
class Answered:
    """What became of an answer to an alert: the answer as it was written, or every reason why it was not."""

    document: Document | None = None
    faults: tuple[Fault, ...] = ()


class FeedbackIntake(Protocol):
    """Answers to alerts without Kafka."""

    async def submit(self, alert_id: str, message: Mapping[str, object]) -> Answered:
        """Accepted means durable. Raises hub.errors.Retry while it cannot be made durable."""


# How often each rule was right, by what agencies answered, and which are on trial.
RuleScores = Callable[[], list[Document]]


class Readiness(Protocol):
    """Whether this process can do its work."""

    def state(self) -> tuple[bool, Mapping[str, Any]]:
        """Ready or not, and how each part is."""


@dataclass(frozen=True, kw_only=True)
class AuditEntry:
    """One read of a person: who, what for, whose record; never what it said."""

    at: str
    action: Literal["resident.read", "alert.read", "alert.explain", "alerts.list"]
    caller: str
    address: str
    purpose: str
    legal_basis: str
    resident_id: str | None = None
    alert_id: str | None = None
    found: int = 0
    filters: tuple[str, ...] = field(default=())


class Audit(Protocol):
    """The book of reads."""

    def record(self, entry: AuditEntry) -> None:
        """Keep the entry. Raises OSError if that fails; then the read must not happen."""
