"""Stand-ins for what the API stands on, and an API over them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
from prometheus_client import CollectorRegistry

from hub.api.app import ApiDeps, build_api
from hub.api.ports import Answered, AuditEntry, Document, SubmitResult, Submitted
from hub.api.views import AlertView
from hub.bootstrap import build_journey, catalogue
from hub.node.answering import TopicFeedback
from hub.pipeline.journey import Journey, Refused
from hub.runtime.hops import Gear
from hub.runtime.records import Out
from hub.runtime.wire import Wire
from hub.schema.registry import registry_response
from hub.telemetry.metrics import Metrics

NOW = 1_785_000_000_000
RESIDENT = "r-" + "a" * 32


def alert(number: int, **over: Any) -> Document:
    """An alert document; the higher its number, the later it was opened."""
    document: Document = {
        "alert_id": f"al-{number:032x}", "rule_id": "LE-01", "rule_version": 1, "kind": "CORRECTION",
        "severity": "S1", "status": "OPEN", "acting_agency": "HRSS", "cc": ["MCA"], "subject_key": RESIDENT,
        "resident_id": RESIDENT, "fingerprint": f"{number:032x}",
        "opened_at": f"2026-03-{number % 28 + 1:02d}T09:00:00+08:00", "due_at": None, "closed_at": None,
        "close_reason": None, "closing_event_id": None, "frozen_by": None, "shadow": False,
        "show": {"death_date": "2026-03-01"}, "evidence": [], "policy": {},
        "title": {"zh": "亡故后仍在领取养老金", "en": "Pension after death"}, "todo": {"zh": "核实", "en": "Check"},
        "basis": "社会保险法", "overdue": False, "answer": None, "muted_until": None,
    }  # fmt: skip
    return {**document, **over}


class Residents:
    """Records by id; raises what it is told to."""

    def __init__(self, *records: Document) -> None:
        self.records = {record["resident_id"]: record for record in records}
        self.error: Exception | None = None

    async def get(self, resident_id: str) -> Document | None:
        if self.error is not None:
            raise self.error
        return self.records.get(resident_id)


class Intake:
    """The real first hop; what it accepts is forgotten."""

    def __init__(self, journey: Journey) -> None:
        self.journey = journey
        self.error: Exception | None = None

    async def submit(self, events: list[Submitted]) -> list[SubmitResult]:
        if self.error is not None:
            raise self.error
        return [self._one(event.obj) for event in events]

    def _one(self, obj: object) -> SubmitResult:
        outcome = self.journey.intake(obj)
        if isinstance(outcome, Refused):
            return SubmitResult("quarantined", outcome.event_id, outcome.faults)
        return SubmitResult("accepted", outcome.event.event_id)


class Feedback:
    """The real checks; what is accepted stays here."""

    def __init__(self, alerts: AlertView) -> None:
        self.alerts = alerts
        self.sent: list[Out] = []
        self.error: Exception | None = None
        journey = build_journey()
        gear = Gear(journey, Wire(journey.parts.codec), Silent(), lambda: NOW)
        self.wire = gear.wire
        self._real = TopicFeedback(alerts, gear, self)  # type: ignore[arg-type]

    async def submit(self, alert_id: str, message: Mapping[str, object]) -> Answered:
        return await self._real.submit(alert_id, message)

    async def send(self, outs: list[Out]) -> None:
        """As the producer does."""
        if self.error is not None:
            raise self.error
        self.sent += outs


class Silent:
    """A tally that keeps nothing."""

    def __getattr__(self, name: str) -> Any:
        return lambda *args, **kwargs: None


class Health:
    """Ready until told otherwise."""

    def __init__(self) -> None:
        self.parts: dict[str, str] = {}

    def state(self) -> tuple[bool, Mapping[str, Any]]:
        return not self.parts, self.parts


class Book:
    """An audit in memory."""

    def __init__(self) -> None:
        self.entries: list[AuditEntry] = []
        self.full = False

    def record(self, entry: AuditEntry) -> None:
        if self.full:
            raise OSError("no space left")
        self.entries.append(entry)


class Api:
    """An API with everything it stands on in reach."""

    def __init__(self, **over: Any) -> None:
        self.alerts = AlertView()
        self.residents = Residents({"resident_id": RESIDENT, "version": 1, "identifiers": [], "golden": {}})
        self.intake = Intake(build_journey())
        self.feedback = Feedback(self.alerts)
        self.scores: list[Document] = []
        self.health = Health()
        self.book = Book()
        self.metrics = Metrics(CollectorRegistry())
        deps = {
            "alerts": self.alerts, "residents": self.residents, "intake": self.intake,
            "feedback": self.feedback, "scores": lambda: self.scores, "readiness": self.health,
            "audit": self.book, "registry": lambda path: registry_response(catalogue(), path),
            "metrics": self.metrics, "clock": lambda: NOW,
        }  # fmt: skip
        self.app = build_api(ApiDeps(**(deps | over)))

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://hub.test") as client:
            yield client

    async def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        """One request."""
        async with self.client() as client:
            return await client.request(method, path, **options)
