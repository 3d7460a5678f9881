"""The endpoints that read alerts and residents. Whose record is read, by whom and why, goes into the audit first."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any
from urllib.parse import unquote

import msgspec
from fastapi import APIRouter, Depends, Header, Query, Request
from starlette.responses import Response

from hub.api import documents
from hub.api.documents import ALERT_ID, RESIDENT_ID, Alert, AlertQuery, Alerts, Problem, Purpose, ReadQuery, Resident
from hub.api.ports import AlertFilter, AlertReader, Audit, AuditEntry, BadCursor, ResidentReader, RuleScores
from hub.api.problems import problem, unavailable
from hub.domain.times import parse_rfc3339, rfc3339, start_of
from hub.telemetry.logs import redact

UNSPECIFIED = "unspecified"
_NO_FILTERS = {"limit", "cursor", "purpose", "legal_basis"}
_LIST_PROBLEMS: dict[int | str, dict[str, Any]] = {status: {"model": Problem} for status in (422, 503)}
_PROBLEMS: dict[int | str, dict[str, Any]] = {404: {"model": Problem}, **_LIST_PROBLEMS}
_CALLER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@:-]{0,63}")


@dataclass(frozen=True)
class Reader:
    """Who reads, and what for, as they say themselves; a gateway before the hub is to make sure of it."""

    caller: str
    address: str
    purpose: str
    legal_basis: str


def reader(
    request: Request,
    x_hub_purpose: Annotated[Purpose | None, Header(description="Purpose of the read, P1 to P8 (domain 5.2).")] = None,
    x_hub_legal_basis: Annotated[
        str | None, Header(max_length=600, description="Legal basis; percent-encode what is not ASCII.")
    ] = None,
    x_hub_caller: Annotated[
        str | None, Header(max_length=64, description="Who asks: an account of the agency, no personal number.")
    ] = None,
) -> Reader:
    """What a request tells about its reader; what is not told is `unspecified`."""
    caller = x_hub_caller if x_hub_caller and _CALLER.fullmatch(x_hub_caller) else UNSPECIFIED
    return Reader(
        redact(caller),
        request.client.host if request.client else UNSPECIFIED,
        x_hub_purpose or UNSPECIFIED,
        redact(unquote(x_hub_legal_basis)) if x_hub_legal_basis else UNSPECIFIED,
    )


def asked(who: Reader, query: ReadQuery) -> Reader:
    """The reader, with what the query tells; it wins over the headers."""
    return replace(
        who,
        purpose=query.purpose or who.purpose,
        legal_basis=redact(query.legal_basis) if query.legal_basis else who.legal_basis,
    )


@dataclass(frozen=True)
class Desk:
    """What reading needs: the readers' ports, the audit and the time."""

    alerts: AlertReader
    residents: ResidentReader
    audit: Audit
    clock: Callable[[], int]
    scores: RuleScores

    def audited(self, who: Reader, entry: dict[str, Any], answer: Response) -> Response:
        """The answer, once the read is on record; without a record there is no read."""
        try:
            self.audit.record(
                AuditEntry(
                    at=rfc3339(self.clock()),
                    caller=who.caller,
                    address=who.address,
                    purpose=who.purpose,
                    legal_basis=who.legal_basis,
                    **entry,
                )
            )
        except OSError:
            return unavailable("the audit of reads")
        return answer


def reading_routes(desk: Desk) -> APIRouter:
    """GET /v1/alerts, /v1/alerts/{id}, /v1/residents/{id} and /v1/rules."""
    router = APIRouter(tags=["reading"])

    @router.get("/v1/alerts", response_model=Alerts, responses=_LIST_PROBLEMS)
    async def list_alerts(query: Annotated[AlertQuery, Query()], who: Annotated[Reader, Depends(reader)]) -> Response:
        """List alerts, oldest first. Without filters: all published ones, closed ones too."""
        try:
            wanted = _filter(query)
            page = desk.alerts.page(wanted, query.cursor, query.limit)
        except _BadParameter as error:
            return problem(422, faults=[{"parameter": error.name, "code": "format", "detail": error.expected}])
        except BadCursor:
            return problem(422, faults=[{"parameter": "cursor", "code": "format", "detail": "not one of this hub"}])
        entry = {
            "action": "alerts.list",
            "resident_id": query.resident_id,
            "found": len(page.items),
            "filters": tuple(sorted(query.model_fields_set - _NO_FILTERS)),
        }
        return desk.audited(asked(who, query), entry, _json({"items": page.items, "next_cursor": page.next_cursor}))

    @router.get("/v1/alerts/{alert_id}", response_model=Alert, responses=_PROBLEMS)
    async def get_alert(
        alert_id: str, query: Annotated[ReadQuery, Query()], who: Annotated[Reader, Depends(reader)]
    ) -> Response:
        """One alert in its present state."""
        alert = desk.alerts.get(alert_id) if re.fullmatch(ALERT_ID, alert_id) else None
        if alert is None:
            return problem(404)
        entry = {"action": "alert.read", "alert_id": alert_id, "resident_id": alert["resident_id"], "found": 1}
        return desk.audited(asked(who, query), entry, _json(alert))

    @router.get("/v1/residents/{resident_id}", response_model=Resident, responses=_PROBLEMS)
    async def get_resident(
        resident_id: str, query: Annotated[ReadQuery, Query()], who: Annotated[Reader, Depends(reader)]
    ) -> Response:
        """The shared record of a resident. Every read is audited with its purpose and legal basis."""
        if re.fullmatch(RESIDENT_ID, resident_id) is None:
            return problem(404)
        document = await desk.residents.get(resident_id)
        entry = {"action": "resident.read", "resident_id": resident_id, "found": int(document is not None)}
        return desk.audited(asked(who, query), entry, problem(404) if document is None else _json(document))

    @router.get("/v1/rules", response_model=documents.RuleScores)
    async def list_rules() -> Response:
        """How often each rule was right, from the answers of agencies; and which rules are on trial. No persons."""
        return _json({"items": desk.scores()})

    return router


class _BadParameter(ValueError):  # noqa: N818 - an answer, not a mishap
    def __init__(self, name: str, expected: str) -> None:
        super().__init__(f"{name}: {expected}")
        self.name, self.expected = name, expected


def _filter(query: AlertQuery) -> AlertFilter:
    return AlertFilter(
        agency=query.agency,
        rule=query.rule,
        statuses=frozenset(query.status),
        due_before=_moment(query.due_before),
        resident_id=query.resident_id,
        overdue=query.overdue,
        shadow=query.shadow,
    )


def _moment(text: str | None) -> int | None:
    """A moment, or the beginning of a date."""
    if text is None:
        return None
    try:
        # A plus sign that nobody encoded has become a blank.
        return start_of(date.fromisoformat(text)) if len(text) == 10 else parse_rfc3339(text.replace(" ", "+"))
    except (ValueError, OverflowError):
        raise _BadParameter("due_before", "an RFC 3339 time with an offset, or YYYY-MM-DD") from None


def _json(content: object) -> Response:
    return Response(msgspec.json.encode(content), media_type="application/json")
