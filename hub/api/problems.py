"""Answers to requests that cannot be served. None of them repeats anything the request held."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from hub.errors import Retry

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 5
# Messages of these are made of our own declarations alone; others may quote the value.
_QUOTABLE = frozenset(
    {
        "greater_than_equal",
        "less_than_equal",
        "string_pattern_mismatch",
        "string_too_long",
        "literal_error",
        "missing",
        "int_parsing",
        "int_type",
    }
)


def problem(
    status: int,
    detail: str = "",
    *,
    faults: list[dict[str, str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem in the form of RFC 9457."""
    content: dict[str, Any] = {"title": HTTPStatus(status).phrase, "status": status}
    if detail:
        content["detail"] = detail
    if faults:
        content["faults"] = faults
    return JSONResponse(content, status, headers, MEDIA_TYPE)


def unavailable(what: str) -> Response:
    return problem(503, f"{what} is not available now", headers={"Retry-After": str(RETRY_AFTER_S)})


def install(app: FastAPI, parameters: Collection[str]) -> None:
    """Replace the framework's answers. `parameters`: names that may be told back because we declared them."""

    async def on_http(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        headers = error.headers if isinstance(error, HTTPException) and status == 405 else None
        return problem(status, headers=headers)

    async def on_invalid(request: Request, error: Exception) -> Response:
        errors = error.errors() if isinstance(error, RequestValidationError) else ()
        return problem(422, faults=[_fault(found, parameters) for found in errors])

    async def on_retry(request: Request, error: Exception) -> Response:
        return unavailable("a service the hub needs")

    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(Retry, on_retry)


def _fault(error: Mapping[str, Any], parameters: Collection[str]) -> dict[str, str]:
    where = [str(part) for part in error.get("loc", ())]
    name = where[1] if len(where) > 1 and where[1].lower() in parameters else "?"
    kind = str(error.get("type", ""))
    if kind == "extra_forbidden":
        return {"parameter": name, "code": kind, "detail": "there is no such parameter"}
    detail = str(error.get("msg", "")) if kind in _QUOTABLE else "not as documented"
    return {"parameter": name, "code": kind, "detail": detail}
