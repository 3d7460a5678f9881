"""A real Apache Kafka on loopback: KRaft, one node or three, each both broker and controller.

    with KafkaCluster(folder, nodes=3) as cluster:
        cluster.bootstrap
        cluster.node(cluster.leader_of("hub.claims.v1", 0)).kill()

Every node has three listeners: CLIENT, which may be advertised under another port (a proxy's) or secured; INTERNAL, for
the other brokers and for tests that look behind a proxy; CONTROLLER.
"""

from __future__ import annotations

import contextlib
import shutil
import time
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from kafka.admin import KafkaAdminClient, ScramMechanism, UserScramCredentialUpsertion
from kafka.errors import KafkaError

from hub.runtime.broker import answers
from tools.services import jars, storage
from tools.services.listeners import OPEN, Listeners, Ports
from tools.services.ports import free_port, is_free
from tools.services.process import Server, Service, ServiceError

_LOG_CONFIG = jars.POM.with_name("log4j2.properties")
# Small and quick to start; throughput is not what these brokers are for.
_JAVA_OPTIONS = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError", "-Xshare:auto")


class KafkaNode(Server):
    """One node of a cluster, on ports and data of its own."""

    def __init__(self, index: int, folder: Path, ports: Ports, *, heap: str, bound: bool) -> None:
        self.index = index
        self.folder = folder
        self.ports = ports
        self._heap = heap
        self._service = Service(f"kafka-{index}", folder / "out.log", bound=bound)

    @property
    def port(self) -> int:
        """Where clients reach it, whatever it advertises."""
        return self.ports.client

    @property
    def direct_port(self) -> int:
        """Where those who watch reach it, past every proxy."""
        return self.ports.internal if self.ports.internal_open else self.ports.client

    @property
    def data(self) -> Path:
        """Where its partitions lie."""
        return self.folder / "data"

    def start(self, seconds: float = 90.0) -> None:
        """Start on the data it has, and wait until it serves clients."""
        self.spawn()
        self.wait(seconds)

    def spawn(self) -> None:
        """Start, without waiting."""
        options = [f"-Xmx{self._heap}", f"-Dlog4j2.configurationFile={_LOG_CONFIG}", f"-Dhub.log.dir={self.folder}"]
        command = [jars.java(), *_JAVA_OPTIONS, *options, "-cp", jars.classpath(), "kafka.Kafka"]
        self._service.start([*command, str(self.folder / "server.properties")])

    def wait(self, seconds: float = 90.0) -> None:
        """Wait until it serves clients."""
        deadline = time.monotonic() + seconds
        while not self._serves():
            if not self.alive:
                raise ServiceError(f"node {self.index} of Kafka ended while it started\n{self.told()}")
            if time.monotonic() > deadline:
                raise ServiceError(f"node {self.index} of Kafka does not serve after {seconds:.0f} s\n{self.told()}")
            time.sleep(0.05)

    def _serves(self) -> bool:
        if self.ports.internal_open:
            return answers(self.ports.internal)
        # Behind TLS a port that takes connections must do; `KafkaCluster.start` asks the cluster itself afterwards.
        return not is_free(self.port)

    def stop(self, seconds: float = 60.0) -> None:
        """SIGTERM: it hands its partitions over and leaves."""
        self._service.stop(seconds)

    def told(self) -> str:
        """The end of its log, and of what Java printed."""
        log = self.folder / "server.log"
        logged = log.read_text(errors="replace")[-3000:] if log.exists() else ""
        return f"{logged}\n{self._service.told()}".strip()


class KafkaCluster:
    """See the module. `overrides` are broker settings; `advertised` ports are by index of node."""

    def __init__(
        self,
        folder: Path,
        nodes: int = 1,
        overrides: Mapping[str, str] | None = None,
        listeners: Listeners | None = None,
        *,
        advertised: Mapping[int, int] | None = None,
        client_ports: Mapping[int, int] | None = None,
        heap: str = "256m",
        bound: bool = True,
    ) -> None:
        self.folder = folder
        self.listeners = listeners or OPEN
        self.cluster_id = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        self._overrides = dict(overrides or {})
        self._advertised = dict(advertised or {})
        wanted = client_ports or {}
        self.nodes = [
            KafkaNode(
                index,
                folder / f"node-{index}",
                Ports(wanted.get(index) or free_port(), free_port(), free_port(), internal_open=not self.listeners.tls),
                heap=heap,
                bound=bound,
            )
            for index in range(nodes)
        ]

    @property
    def bootstrap(self) -> str:
        """What clients are given: the advertised address of every node."""
        return ",".join(f"127.0.0.1:{self._advertised.get(node.index, node.port)}" for node in self.nodes)

    @property
    def internal_bootstrap(self) -> str:
        """Past every proxy: for those who watch. As secured as `bootstrap` where the cluster is."""
        return self._bootstrap_of(self.nodes)

    def node(self, index: int) -> KafkaNode:
        """The node of this index, which is also its broker id."""
        return self.nodes[index]

    def start(self) -> Self:
        """Format what is not formatted, start all nodes, wait until they know of each other."""
        for node in self.nodes:
            self._prepare(node)
        for node in self.nodes:
            node.spawn()
        try:
            for node in self.nodes:
                node.wait()
            self._wait_for_all()
        except BaseException:
            self.kill()
            raise
        return self

    def stop(self) -> None:
        """End all nodes; their data stays. Nobody is left to take over, so the last ones are not asked politely."""
        for node in self.nodes:
            node.resume()
        if len(self.nodes) == 1:
            self.nodes[0].stop()
        self.kill()

    def kill(self) -> None:
        """SIGKILL to all."""
        for node in self.nodes:
            node.kill()

    def reset(self) -> None:
        """Empty it: stop, remove the data, start again."""
        self.kill()
        for node in self.nodes:
            shutil.rmtree(node.data, ignore_errors=True)
        self.start()

    def leader_of(self, topic: str, partition: int, seconds: float = 60.0) -> int:
        """Index of the node that leads a partition; -1 if none does, as told by a node that answers."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                with self.admin(timeout=2.0) as admin:
                    (found,) = admin.describe_topics([topic])
                return next(int(p["leader_id"]) for p in found["partitions"] if p["partition_index"] == partition)
            except KafkaError:  # it asked a node that is down or paused
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    @contextlib.contextmanager
    def admin(self, timeout: float = 30.0) -> Iterator[KafkaAdminClient]:
        """An admin client with every right, past every proxy."""
        client = KafkaAdminClient(
            bootstrap_servers=self._bootstrap_of(node for node in self.nodes if node.alive),
            bootstrap_timeout_ms=int(timeout * 1000),
            request_timeout_ms=int(timeout * 1000),
            **self.listeners.admin_options(),
        )
        try:
            yield client
        finally:
            client.close()

    def add_users(self, passwords: Mapping[str, str]) -> None:
        """Make SCRAM users, or give them new passwords; what they may do, ACLs say."""
        wanted = [
            UserScramCredentialUpsertion(name, ScramMechanism.SCRAM_SHA_512, password, iterations=4096)
            for name, password in passwords.items()
        ]
        with self.admin() as admin:
            refused = [name for name, error in admin.alter_user_scram_credentials(wanted).items() if error]
        if refused:
            raise ServiceError(f"Kafka does not take the users {', '.join(refused)}")

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.kill()

    def _bootstrap_of(self, nodes: Iterable[KafkaNode]) -> str:
        return ",".join(f"127.0.0.1:{node.direct_port}" for node in nodes)

    def _prepare(self, node: KafkaNode) -> None:
        node.folder.mkdir(parents=True, exist_ok=True)
        file = node.folder / "server.properties"
        file.write_text("".join(f"{name}={value}\n" for name, value in self._properties(node).items()))
        file.chmod(0o600)  # may name the passwords of keys
        if not (node.data / "meta.properties").exists():
            storage.format_node(node.data, file, self.cluster_id, node.index, self.listeners.scram_users())

    def _properties(self, node: KafkaNode) -> dict[str, Any]:
        copies = min(3, len(self.nodes))
        in_sync = max(1, copies - 1)
        voters = ",".join(f"{other.index}@127.0.0.1:{other.ports.controller}" for other in self.nodes)
        return {
            "node.id": node.index,
            "process.roles": "broker,controller",
            "controller.quorum.voters": voters,
            "log.dirs": node.data,
            **self.listeners.properties(node.ports, self._advertised.get(node.index, node.port)),
            "auto.create.topics.enable": "false",
            "num.partitions": 4,
            "default.replication.factor": copies,
            "min.insync.replicas": in_sync,
            "offsets.topic.replication.factor": copies,
            "offsets.topic.num.partitions": 4,
            "transaction.state.log.replication.factor": copies,
            "transaction.state.log.min.isr": in_sync,
            "transaction.state.log.num.partitions": 4,
            "share.coordinator.state.topic.replication.factor": copies,
            "share.coordinator.state.topic.min.isr": in_sync,
            "group.initial.rebalance.delay.ms": 0,
            # A killed node cannot come back before its old session ends: 9 s by default.
            "broker.session.timeout.ms": 4000,
            "broker.heartbeat.interval.ms": 500,
            "num.network.threads": 2,
            "num.io.threads": 4,
            "log.cleaner.dedupe.buffer.size": 8 * 1024 * 1024,  # the default is half of our heap
            "log.index.size.max.bytes": 1024 * 1024,  # set aside for each segment, which counts on a small tmpfs
            **self._overrides,
        }

    def _wait_for_all(self, seconds: float = 60.0) -> None:
        deadline = time.monotonic() + seconds
        while True:
            with contextlib.suppress(KafkaError), self.admin() as admin:
                if len(admin.describe_cluster()["brokers"]) == len(self.nodes):
                    return
            if time.monotonic() > deadline:
                raise ServiceError(f"not all {len(self.nodes)} nodes of Kafka joined\n{self.nodes[0].told()}")
            time.sleep(0.1)
