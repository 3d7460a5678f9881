import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.runtime.broker import EmbeddedBroker
from tests.conftest_redis import redis_url

# Where `toy` is: tests of this folder are no package. Not the folder above: `tests/kafka` would hide the library.
sys.path.insert(0, str(Path(__file__).parent))

__all__ = ["redis_url"]


@pytest.fixture(scope="session")
def bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One embedded broker for the folder; tests keep apart by topic and group names."""
    with EmbeddedBroker(tmp_path_factory.mktemp("broker")) as broker:
        yield broker.bootstrap
