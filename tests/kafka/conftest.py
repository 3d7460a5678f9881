"""A real Kafka of one node and a Redis that keeps its files, for the tests of one module."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.stage import HubProcess, environment, hub_process
from tests.kafka.inside import hub_inside
from tools.services.kafka import KafkaCluster
from tools.services.redis import RedisServer

PARTITIONS = 4


@dataclass(frozen=True)
class Site:
    """Services, and the environment of hub processes on them."""

    folder: Path
    cluster: KafkaCluster
    redis: RedisServer

    def env(self, **settings: str) -> dict[str, str]:
        """What a hub process of this site is told."""
        usual = {
            "HUB_KAFKA_BOOTSTRAP": self.cluster.bootstrap,
            "HUB_REDIS_URL": self.redis.url,
            "HUB_PARTITIONS": str(PARTITIONS),
            "HUB_SESSION_TIMEOUT_SECONDS": "6",
        }
        return environment(self.folder, **{**usual, **settings})

    def hub(self, *command: str, **settings: str) -> str:
        """What a hub command printed; it must succeed."""
        done = hub_inside(*command, env=self.env(**settings))
        assert done.returncode == 0, done.stderr
        return done.stdout

    def worker(self, name: str = "worker", **settings: str) -> hub_process:
        """`hub worker`, not yet ready."""
        return hub_process("worker", env=self.env(**settings), log=self.folder / f"{name}.log")

    def serve(self, **settings: str) -> hub_process:
        """`hub serve`, not yet ready."""
        return hub_process("serve", env=self.env(**settings), log=self.folder / "serve.log")


@dataclass(frozen=True)
class Pair:
    """A worker and an API on a site, both ready."""

    site: Site
    worker: HubProcess
    api: HubProcess


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    with KafkaCluster(folder / "kafka") as cluster, RedisServer(folder / "redis", persist=True) as redis:
        yield Site(folder, cluster, redis)


@pytest.fixture(scope="module")
def pair(site) -> Iterator[Pair]:
    site.hub("topics", "apply")
    with site.worker() as worker, site.serve() as api:
        yield Pair(site, worker.ready(), api.ready())
