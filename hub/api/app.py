"""The HTTP API, put together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import FastAPI

from hub.api import problems
from hub.api.documents import AlertQuery
from hub.api.explaining import explaining_routes
from hub.api.feedback import feedback_routes
from hub.api.guard import Guard
from hub.api.intake import intake_routes
from hub.api.ports import (
    AlertReader,
    Audit,
    EventIntake,
    ExplanationReader,
    FeedbackIntake,
    Readiness,
    RegistryReader,
    ResidentReader,
    RuleScores,
)
from hub.api.reading import Desk, reading_routes
from hub.api.system import docs_routes, health_routes, registry_routes, wall_clock_ms
from hub.telemetry.metrics import Metrics

_PARAMETERS = frozenset(AlertQuery.model_fields) | {"x-hub-purpose", "x-hub-legal-basis", "x-hub-caller"}
_ABOUT = """Alerts and shared resident records of a city's agencies, and intake of change events without Kafka.

No personal identifier ever stands in an address, a header or an error text. Examples are of the fictional city 4298."""


@dataclass(frozen=True, kw_only=True)
class ApiDeps:
    """What the API stands on."""

    alerts: AlertReader
    residents: ResidentReader
    intake: EventIntake
    feedback: FeedbackIntake
    scores: RuleScores
    readiness: Readiness
    audit: Audit
    registry: RegistryReader
    metrics: Metrics
    explanations: ExplanationReader | None = None
    max_body_bytes: int = 8 * 1024 * 1024
    clock: Callable[[], int] = wall_clock_ms


def build_api(deps: ApiDeps) -> FastAPI:
    """A new app over these parts; nothing starts."""
    app = FastAPI(title="Resident Hub", version="1", description=_ABOUT, openapi_url=None, redirect_slashes=False)
    desk = Desk(deps.alerts, deps.residents, deps.audit, deps.clock, deps.scores)
    app.include_router(reading_routes(desk))
    if deps.explanations is not None:
        app.include_router(explaining_routes(desk, deps.explanations))
    app.include_router(intake_routes(deps.intake, deps.max_body_bytes))
    app.include_router(feedback_routes(deps.feedback))
    app.include_router(registry_routes(deps.registry))
    app.include_router(health_routes(deps.readiness, deps.metrics))
    app.include_router(docs_routes(app))
    problems.install(app, _PARAMETERS)
    app.add_middleware(Guard, metrics=deps.metrics)
    return app
