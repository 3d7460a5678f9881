"""Health, metrics, schemas and documentation: the endpoints that hold no personal data."""

from __future__ import annotations

import time
from typing import Any

import msgspec
from fastapi import APIRouter, FastAPI, Request
from prometheus_client.exposition import choose_encoder
from starlette.responses import HTMLResponse, JSONResponse, Response

from hub.api.docs_page import render, style_policy
from hub.api.ports import Readiness, RegistryReader
from hub.telemetry.metrics import Metrics

_REGISTRY = "/registry"
_REGISTRY_TYPE = "application/vnd.schemaregistry.v1+json"
# Confluent's texts name the subject asked for; these say the same without.
_REGISTRY_TEXTS = {40401: "Subject not found", 40402: "Version not found", 40403: "Schema not found"}


def health_routes(readiness: Readiness, metrics: Metrics) -> APIRouter:
    """/livez, /readyz and /metrics."""
    router = APIRouter(tags=["health"])

    @router.get("/livez")
    async def livez() -> Response:
        """The process answers. Says nothing about what it needs."""
        return JSONResponse({"alive": True})

    @router.get("/readyz", responses={503: {"description": "Not ready, with the reasons"}})
    async def readyz() -> Response:
        """Whether the process can do its work, and how each part is."""
        ready, parts = readiness.state()
        metrics.ready.set(int(ready))
        return JSONResponse({"ready": ready, "parts": dict(parts)}, 200 if ready else 503)

    @router.get("/metrics", response_class=Response)
    async def get_metrics(request: Request) -> Response:
        """Prometheus metrics."""
        metrics.ready.set(int(readiness.state()[0]))
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(metrics.registry), headers={"Content-Type": content_type})

    return router


def registry_routes(registry: RegistryReader) -> APIRouter:
    """The read-only Schema Registry."""
    router = APIRouter(tags=["schemas"])

    @router.get("/registry/{path:path}", responses={"4XX": {"description": "An error in Schema Registry's own form"}})
    async def read_registry(path: str, request: Request) -> Response:
        """Schemas in the REST form of Schema Registry: /schemas/ids/{id}, /subjects, /subjects/{s}/versions[/{v}]."""
        # The path as it came: the registry decodes it itself, once.
        raw = request.scope.get("raw_path") or request.scope["path"].encode()
        status, content = registry(raw.decode("latin-1").removeprefix(_REGISTRY))
        if status >= 400:
            code = content.get("error_code", status) if isinstance(content, dict) else status
            content = {"error_code": code, "message": _REGISTRY_TEXTS.get(code, "Not found")}
        return Response(msgspec.json.encode(content), status, media_type=_REGISTRY_TYPE)

    return router


def docs_routes(app: FastAPI) -> APIRouter:
    """/openapi.json, and /docs made from it without anything from elsewhere."""
    router = APIRouter(include_in_schema=False)

    @router.get("/openapi.json")
    async def openapi() -> Response:
        return JSONResponse(app.openapi())

    @router.get("/docs")
    async def docs() -> Response:
        return HTMLResponse(render(app.openapi()), headers={"Content-Security-Policy": style_policy()})

    return router


def wall_clock_ms() -> int:
    """The edge's clock; the core never asks for one (I9)."""
    return time.time_ns() // 1_000_000


def no_registry(_: str) -> tuple[int, Any]:
    """For a hub that serves no schemas."""
    return 404, {"error_code": 404, "message": "Not found"}
