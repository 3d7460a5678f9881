"""A real redis-server on loopback.

with RedisServer(folder, persist=True) as redis:
    redis.snapshot("before")
    redis.roll_back("before")
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import ssl
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from tools.services.certificates import Authority
from tools.services.ports import free_port
from tools.services.process import Server, Service, ServiceError

# Every answered write is on disk; nothing rewrites the file while a snapshot copies it.
_ON_DISK = ("--appendonly", "yes", "--appendfsync", "always", "--auto-aof-rewrite-percentage", "0")
_IN_MEMORY = ("--appendonly", "no")


class RedisServer(Server):
    """`persist`: an append-only file with an fsync for each write; otherwise nothing is on disk.

    `authority`: it speaks TLS only. `acl_file`: users and what they may do, in Redis' own form.
    """

    def __init__(
        self,
        folder: Path,
        persist: bool = False,
        *,
        port: int | None = None,
        authority: Authority | None = None,
        acl_file: Path | None = None,
        bound: bool = True,
    ) -> None:
        self.folder = folder
        self.port = port or free_port()
        self._persist = persist
        self._authority = authority
        self._acl_file = acl_file
        self._service = Service("redis", folder / "redis.log", bound=bound)

    @property
    def url(self) -> str:
        """What clients are given; users and passwords are theirs to add."""
        return f"redis{'s' if self._authority else ''}://127.0.0.1:{self.port}/0"

    @property
    def data(self) -> Path:
        """Where its files lie."""
        return self.folder / "data"

    def start(self) -> Self:
        """Start on the data it has, and wait until it answers."""
        binary = shutil.which("redis-server")
        if binary is None:
            raise ServiceError("redis-server is missing: apt-get install redis-server (make test does)")
        self.data.mkdir(parents=True, exist_ok=True)
        command = [binary, "--bind", "127.0.0.1", "--dir", str(self.data), "--save", ""]
        command += [*(_ON_DISK if self._persist else _IN_MEMORY), *self._listening()]
        self._service.start(command + (["--aclfile", str(self._acl_file)] if self._acl_file else []))
        self._wait()
        return self

    def stop(self) -> None:
        """SIGTERM: it ends as it should."""
        self._service.stop()

    def flush(self) -> None:
        """FLUSHALL: everything is gone, on disk too."""
        answer = self.ask(b"FLUSHALL\r\n")
        if not answer.startswith(b"+OK"):
            raise ServiceError("redis-server refused to FLUSHALL")

    def snapshot(self, name: str) -> None:
        """Keep a copy of its files, as a disk would have them if the machine stopped now."""
        if not self._persist:
            raise ServiceError("a server without files has no snapshots: persist=True")
        paused = self.alive
        if paused:
            self.pause()
        try:
            shutil.copytree(self.data, self._kept(name))
        finally:
            if paused:
                self.resume()

    def roll_back(self, name: str) -> None:
        """Kill it and start it again on an older copy of its files: what came since is lost."""
        self.kill()
        shutil.rmtree(self.data)
        shutil.copytree(self._kept(name), self.data)
        self.start()

    def ask(self, command: bytes, seconds: float = 5.0) -> bytes:
        """The beginning of the answer to one command, past every client library."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as plain, self._secured(plain) as conn:
            conn.sendall(command)
            return conn.recv(1024)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.kill()

    def _listening(self) -> list[str]:
        if self._authority is None:
            return ["--port", str(self.port)]
        certificate = str(self._authority.sign("redis"))
        files = ["--tls-cert-file", certificate, "--tls-key-file", certificate]
        files += ["--tls-ca-cert-file", str(self._authority.ca_file), "--tls-auth-clients", "no"]
        return ["--port", "0", "--tls-port", str(self.port), *files]

    def _secured(self, plain: socket.socket) -> socket.socket:
        if self._authority is None:
            return plain
        context = ssl.create_default_context(cafile=str(self._authority.ca_file))
        return context.wrap_socket(plain, server_hostname="127.0.0.1")

    def _kept(self, name: str) -> Path:
        return self.folder / "snapshots" / name

    def _wait(self, seconds: float = 30.0) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            # NOAUTH is an answer too; -LOADING is not: its file is still being read.
            with contextlib.suppress(OSError):
                if self.ask(b"PING\r\n", 1.0).startswith((b"+PONG", b"-NOAUTH")):
                    return
            if not self.alive:
                break
            time.sleep(0.02)
        raise ServiceError(f"redis-server did not start\n{self._service.told()}")
