"""A real redis-server for tests: free port, nothing on disk, gone afterwards."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.services.redis import RedisServer


@contextlib.contextmanager
def redis_server() -> Iterator[str]:
    """Yield the URL of an empty server."""
    with tempfile.TemporaryDirectory(prefix="hub-redis-") as folder, RedisServer(Path(folder)) as server:
        yield server.url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """One server for all tests of a run; each test uses what it flushed itself."""
    with redis_server() as url:
        yield url
