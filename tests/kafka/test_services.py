"""The services themselves: what the other tests, and the fault laboratory, do to them has the effect it should have."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient
from redis import Redis
from redis.exceptions import RedisError

from hub.runtime.broker import answers
from tests.integration.stage import until
from tools.services.kafka import KafkaCluster
from tools.services.ports import free_port
from tools.services.process import ServiceError
from tools.services.redis import RedisServer

pytestmark = pytest.mark.kafka
TOPIC = "trial"


def make_topic(cluster: KafkaCluster) -> None:
    with cluster.admin() as admin:
        admin.create_topics({TOPIC: {"num_partitions": 1}}, wait_for_metadata=True)


def write(cluster: KafkaCluster, value: bytes) -> None:
    producer = KafkaProducer(bootstrap_servers=cluster.bootstrap, acks="all", retries=100)
    producer.send(TOPIC, value=value, partition=0).get(timeout=60)
    producer.close()


def held(cluster: KafkaCluster) -> list[bytes]:
    consumer = KafkaConsumer(bootstrap_servers=cluster.bootstrap, enable_auto_commit=False)
    where = TopicPartition(TOPIC, 0)
    end = consumer.end_offsets([where])[where]
    consumer.assign([where])
    consumer.seek_to_beginning(where)
    values: list[bytes] = []
    while len(values) < end:
        values += [r.value for records in consumer.poll(timeout_ms=500).values() for r in records]
    consumer.close()
    return values


def test_one_of_three_nodes_may_go_and_comes_back(tmp_path):
    """The leader is killed: another leads and takes writes; back on its data, all is there; reset empties it."""
    with KafkaCluster(tmp_path, nodes=3) as cluster:
        make_topic(cluster)
        write(cluster, b"before")
        first = cluster.leader_of(TOPIC, 0)
        cluster.node(first).kill()
        until(lambda: cluster.leader_of(TOPIC, 0) not in (first, -1), 120)
        write(cluster, b"meanwhile")
        cluster.node(first).start()
        assert held(cluster) == [b"before", b"meanwhile"]
        cluster.reset()
        with cluster.admin() as admin:
            assert admin.list_topics() == []
            assert len(admin.describe_cluster()["brokers"]) == 3


def test_a_node_is_killed_paused_and_stopped_and_keeps_its_data(tmp_path):
    """One node: what was acknowledged survives SIGKILL and SIGTERM; paused it is silent and still there."""
    with KafkaCluster(tmp_path) as cluster:
        node = cluster.node(0)
        make_topic(cluster)
        write(cluster, b"1")
        node.kill()
        assert not answers(node.port)
        node.start()
        write(cluster, b"2")
        node.stop()
        node.start()
        node.pause()
        assert node.alive
        assert not answers(node.port, 2.0)
        node.resume()
        until(lambda: answers(node.port), 60)
        assert held(cluster) == [b"1", b"2"]


def test_a_node_may_send_its_clients_to_a_proxy(tmp_path):
    """It tells clients the advertised port, and other nodes and watchers its own."""
    proxy = free_port()
    with KafkaCluster(tmp_path, advertised={0: proxy}) as cluster:
        assert cluster.bootstrap == f"127.0.0.1:{proxy}"
        told = AdminClient({"bootstrap.servers": f"127.0.0.1:{cluster.node(0).port}"}).list_topics(timeout=30)
        assert [broker.port for broker in told.brokers.values()] == [proxy]
        client = KafkaAdminClient(bootstrap_servers=cluster.internal_bootstrap)
        assert [broker["port"] for broker in client.describe_cluster()["brokers"]] == [cluster.node(0).ports.internal]
        client.close()


def test_redis_keeps_loses_and_rolls_back(tmp_path):
    """Written is kept over SIGKILL; a snapshot brings an older state back; FLUSHALL empties; paused it is silent."""
    with RedisServer(tmp_path, persist=True) as server:
        with Redis.from_url(server.url, socket_timeout=1.0) as client:
            client.set("k", "old")
            server.snapshot("before")
            client.set("k", "new")
            server.pause()
            with pytest.raises(RedisError):
                client.get("k")
            server.resume()
        server.kill()
        server.start()
        assert get(server) == b"new"
        server.roll_back("before")
        assert get(server) == b"old"
        server.flush()
        server.kill()
        server.start()
        assert get(server) is None


def get(server: RedisServer) -> bytes | None:
    with Redis.from_url(server.url) as client:
        return client.get("k")


def test_redis_in_memory_keeps_nothing(tmp_path):
    """Without persist a killed server comes back empty, and there is nothing to take a snapshot of."""
    with RedisServer(tmp_path) as server:
        server.ask(b"SET k v\r\n")
        server.kill()
        server.start()
        assert get(server) is None
        with pytest.raises(ServiceError, match="persist"):
            server.snapshot("x")


def test_services_die_with_the_process_that_started_them(tmp_path):
    """kill -9 of a laboratory leaves no server behind, whichever of its threads started it."""
    script = f"""
import threading, time
from pathlib import Path
from tools.services.redis import RedisServer
server = RedisServer(Path({str(tmp_path)!r}))
thread = threading.Thread(target=server.start)
thread.start(); thread.join()
time.sleep(1.0)
print(server.pid, server.alive, flush=True)
time.sleep(600)
"""
    root = Path(__file__).parents[2]
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=root)
    try:
        assert process.stdout is not None
        pid, alive = process.stdout.readline().split()
        assert alive == "True"
    finally:
        process.kill()
        process.wait()
    until(lambda: not Path(f"/proc/{pid}").exists(), 30)


def test_a_missing_program_is_a_failure_with_a_sentence(tmp_path, monkeypatch):
    """Without Java, or Maven, or Maven Central, the lane fails and says what to do; it never skips."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ServiceError, match="java is missing: apt-get install"):
        KafkaCluster(tmp_path / "kafka").start()
    fails = tmp_path / "mvn"
    fails.write_text("#!/bin/sh\necho Could not transfer artifact\nexit 1\n")
    fails.chmod(0o755)
    (tmp_path / "java").symlink_to("/bin/true")
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(ServiceError, match="is Maven Central reachable") as failed:
        KafkaCluster(tmp_path / "kafka").start()
    assert "Could not transfer artifact" in str(failed.value)
