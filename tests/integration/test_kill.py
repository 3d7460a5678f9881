"""Workers killed in the middle of a city, on the embedded broker: what everybody's `make test` proves."""

from __future__ import annotations

import pytest

from hub.runtime.broker import EmbeddedBroker
from tests.conftest_redis import redis_server
from tests.integration.kills import Aftermath, Proofs, kill_amid_a_city

pytestmark = [pytest.mark.broker, pytest.mark.redis]


@pytest.fixture(scope="module")
def aftermath(tmp_path_factory) -> Aftermath:
    """The kills, once for all proofs."""
    folder = tmp_path_factory.mktemp("kill")
    with EmbeddedBroker(folder) as broker, redis_server() as redis_url:
        return kill_amid_a_city(folder, broker.bootstrap, redis_url)


class TestKills(Proofs):
    """See `Proofs`."""
