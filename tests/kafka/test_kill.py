"""Workers killed in the middle of a city, on a real Kafka and a Redis that keeps its files (I1-I4, I7)."""

from __future__ import annotations

import pytest

from tests.integration.kills import Aftermath, Proofs, kill_amid_a_city
from tools.services.kafka import KafkaCluster
from tools.services.redis import RedisServer

pytestmark = pytest.mark.kafka


@pytest.fixture(scope="module", params=["idempotent", "transactional"])
def aftermath(request, tmp_path_factory) -> Aftermath:
    """The kills, once for all proofs, with each kind of delivery."""
    folder = tmp_path_factory.mktemp("kill")
    with KafkaCluster(folder / "kafka") as cluster, RedisServer(folder / "redis", persist=True) as redis:
        return kill_amid_a_city(folder, cluster.bootstrap, redis.url, HUB_DELIVERY=request.param)


class TestKills(Proofs):
    """See `Proofs`."""
