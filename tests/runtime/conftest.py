# ruff: noqa: E402 - the path comes first, as tests are not packages
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

from conftest_redis import redis_url

from hub.runtime.broker import EmbeddedBroker

__all__ = ["redis_url"]


@pytest.fixture(scope="session")
def bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One embedded broker for the folder; tests keep apart by topic and group names."""
    with EmbeddedBroker(tmp_path_factory.mktemp("broker")) as broker:
        yield broker.bootstrap
