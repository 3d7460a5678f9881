"""POST /v1/alerts/{id}/feedback: an agency answers an alert. The answer repeats nothing that may be personal."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from hub.api.body import TooLarge, read_body
from hub.api.documents import ALERT_ID, FeedbackTaken, Problem, feedback_body
from hub.api.intake import safe_fault
from hub.api.ports import FeedbackIntake
from hub.api.problems import problem
from hub.domain.event import Code, Fault

_MOST_BYTES = 16 * 1024
_TAKEN_FROM_THE_ADDRESS = frozenset({"alert_id", "given_at"})
# Where an answer may not be given, the one status that says why; what is wrong with the answer itself comes first.
_STATUS = {Code.UNKNOWN_ALERT: 404, Code.NOT_ACTING: 403, Code.ALERT_CLOSED: 409}
_REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem} for status in (400, 403, 404, 409, 413, 422, 503)
}


def feedback_routes(intake: FeedbackIntake) -> APIRouter:
    """The endpoint."""
    router = APIRouter(tags=["feedback"])

    @router.post(
        "/v1/alerts/{alert_id}/feedback",
        status_code=202,
        response_model=FeedbackTaken,
        responses=_REFUSALS,
        openapi_extra=feedback_body(),
    )
    async def answer_alert(alert_id: str, request: Request) -> Response:
        """Answer an alert. 202: the answer is durable and will be taken in; what it changes is seen at the alert."""
        if re.fullmatch(ALERT_ID, alert_id) is None:
            return problem(404)
        try:
            message = msgspec.json.decode(await read_body(request, _MOST_BYTES))
        except TooLarge:
            return problem(413, f"at most {_MOST_BYTES} bytes")
        except (ValueError, RecursionError):
            return problem(400, "the body is not JSON")
        if not isinstance(message, dict):
            return problem(422, "the body is not an object")
        foreign = [Fault(Code.UNKNOWN_FIELD, name) for name in sorted(_TAKEN_FROM_THE_ADDRESS & set(message))]
        if foreign:
            return _refused(foreign)
        answered = await intake.submit(alert_id, message)
        if answered.document is None:
            return _refused(answered.faults)
        return Response(msgspec.json.encode(answered.document), 202, media_type="application/json")

    return router


def _refused(faults: Iterable[Fault]) -> Response:
    """A problem with every fault at once."""
    found = list(faults)
    statuses = [_STATUS.get(fault.code, 422) for fault in found]
    status = next((wanted for wanted in (404, 422, 403, 409) if wanted in statuses), 422)
    told = [safe_fault(fault) for fault in found]
    listed = [{"parameter": fault["path"], "code": fault["code"], "detail": fault["detail"]} for fault in told]
    return problem(status, faults=listed)
