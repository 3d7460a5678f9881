"""POST /v1/events: intake without Kafka. The answer says what became of each event, and repeats none of it."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from hub.api.body import MAX_EVENTS, TooLarge, Unreadable, parse_events, read_body
from hub.api.documents import EVENT_BODY, EventResults, Problem
from hub.api.ports import EventIntake, SubmitResult
from hub.api.problems import problem
from hub.domain.event import Fault
from hub.telemetry.logs import redact

_NAME = re.compile(r"([A-Za-z_][A-Za-z0-9_]{0,63})((?:\[[0-9]{1,5}\])*)")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_MOST_DIGITS = 5


def intake_routes(intake: EventIntake, max_body_bytes: int) -> APIRouter:
    """The endpoint, with its limits."""
    router = APIRouter(tags=["intake"])
    refusals: dict[int | str, dict[str, Any]] = {status: {"model": Problem} for status in (400, 413, 503)}

    @router.post("/v1/events", response_model=EventResults, responses=refusals, openapi_extra=EVENT_BODY)
    async def submit_events(request: Request) -> Response:
        """Submit events: one, a list, or one a line. Either every line is JSON, or nothing of the request is taken."""
        try:
            body = await read_body(request, max_body_bytes)
            events = parse_events(body, request.headers.get("content-type", ""))
        except TooLarge:
            return problem(413, f"at most {MAX_EVENTS} events and {max_body_bytes} bytes a request")
        except Unreadable as error:
            return problem(400, str(error))
        results = await intake.submit(events) if events else []
        return Response(msgspec.json.encode(answer(results)), media_type="application/json")

    return router


def answer(results: list[SubmitResult]) -> dict[str, object]:
    """The results as the contract has them."""
    accepted = sum(result.status == "accepted" for result in results)
    return {
        "results": [
            {"status": r.status, "event_id": safe_event_id(r.event_id), "faults": [safe_fault(f) for f in r.faults]}
            for r in results
        ],
        "accepted": accepted,
        "quarantined": len(results) - accepted,
    }


def safe_event_id(event_id: str | None) -> str | None:
    """The id, if it is a UUID: the schema takes any text, and text may be anything."""
    return event_id if event_id is not None and _UUID.fullmatch(event_id) else None


def safe_fault(fault: Fault) -> dict[str, str]:
    """A fault whose path and detail cannot hold a value, whoever made it."""
    return {"code": fault.code, "path": safe_path(fault.path), "detail": redact(fault.detail)}


def safe_path(path: str) -> str:
    """A field path in which a name that may be somebody's data is `?`."""
    return ".".join(_safe_name(part) for part in path.split(".")) if path else ""


def _safe_name(part: str) -> str:
    match = _NAME.fullmatch(part)
    if match is None or sum(c.isdigit() for c in match[1]) > _MOST_DIGITS:
        return "?"
    return part
