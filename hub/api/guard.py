"""Around every request: nothing unplanned gets out, browsers are kept in check, and the request is counted."""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.api.problems import problem
from hub.telemetry.logs import places
from hub.telemetry.metrics import Metrics

log = logging.getLogger(__name__)

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_NO_CONTENT_ALLOWED = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
UNMATCHED = "unmatched"


class Guard:
    """The outermost layer of the app. Raises nothing but cancellation: a server would log the exception's text."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0

        async def guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(message, scope["path"])
            await send(message)

        try:
            if _from_another_site(scope):
                await problem(403, "requests from other sites' pages are refused")(scope, receive, guarded)
            else:
                await self._app(scope, receive, guarded)
        except Exception as error:  # noqa: BLE001 - whatever it is, its text may not go on to the server's log
            log.error("request failed: %s", places(error))
            if not status:
                await problem(500)(scope, receive, guarded)
        finally:
            self._metrics.http_requests.labels(route=_route(scope), status=str(status or 500)).inc()


def _add_headers(message: Message, path: str) -> None:
    headers = MutableHeaders(scope=message)
    for name, value in _HEADERS.items():
        headers[name] = value
    headers.setdefault("Content-Security-Policy", _NO_CONTENT_ALLOWED)
    if path == "/v1" or path.startswith("/v1/"):
        headers["Cache-Control"] = "no-store"


def _from_another_site(scope: Scope) -> bool:
    """Whether a browser sends this for a page that is not ours. Programs set neither header."""
    headers = Headers(scope=scope)
    if scope["method"] in _SAFE_METHODS:
        return False
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")


def _route(scope: Scope) -> str:
    return str(getattr(scope.get("route"), "path", UNMATCHED))
