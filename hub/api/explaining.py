"""GET /v1/alerts/{id}/explanation: why an alert stands (PIPL Art. 24, 48). Reading it is audited like the alert."""

from __future__ import annotations

import re
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel
from starlette.responses import Response

from hub.api.documents import ALERT_ID, Problem, ReadQuery, Text
from hub.api.ports import ExplanationReader
from hub.api.problems import problem
from hub.api.reading import Desk, Reader, asked, reader


class Explanation(BaseModel):
    """Rule, events, numbers and days of one alert, as far as the acting agency may see them."""

    alert_id: str
    status: str
    rule: dict[str, Any]
    acting_agency: str
    cc: list[str]
    frozen_by: str | None
    show: dict[str, Any]
    events: list[dict[str, Any]]
    closed_by: dict[str, Any] | None
    answer: dict[str, Any] | None
    policy: list[dict[str, Any]]
    dates: dict[str, Any]
    opening: Text
    scope: Text
    basis: str
    assessment: dict[str, Any] | None
    todo: Text
    note: Text


def explaining_routes(desk: Desk, explanations: ExplanationReader) -> APIRouter:
    """The endpoint."""
    router = APIRouter(tags=["reading"])

    @router.get(
        "/v1/alerts/{alert_id}/explanation",
        response_model=Explanation,
        responses={status: {"model": Problem} for status in (404, 422, 503)},
    )
    async def explain_alert(
        alert_id: str, query: Annotated[ReadQuery, Query()], who: Annotated[Reader, Depends(reader)]
    ) -> Response:
        """Why this alert: enough to work it out again by hand. Events the acting agency may not see are withheld."""
        alert = desk.alerts.get(alert_id) if re.fullmatch(ALERT_ID, alert_id) else None
        document = None if alert is None else await explanations.get(alert)
        if alert is None or document is None:
            return problem(404)
        entry = {"action": "alert.explain", "alert_id": alert_id, "resident_id": alert["resident_id"], "found": 1}
        answer = Response(msgspec.json.encode(document), media_type="application/json")
        return desk.audited(asked(who, query), entry, answer)

    return router
