"""Fixtures of the API tests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.api.fakes import Api

Call = Callable[..., httpx.Response]


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
def get(api: Api) -> Call:
    """GET a path of the API."""
    return lambda path, **options: asyncio.run(api.call("GET", path, **options))


@pytest.fixture
def post(api: Api) -> Call:
    """POST, to /v1/events unless told otherwise."""

    def send(path: str = "/v1/events", **options: Any) -> httpx.Response:
        return asyncio.run(api.call("POST", path, **options))

    return send
