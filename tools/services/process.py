"""One process of a service: started so that it dies with us, and every way to disturb it."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from hub.runtime.broker import bound_to_us


class ServiceError(RuntimeError):
    """A service cannot be started here, with what to do about it. Never a reason to skip a test."""


class Service:
    """A command that runs until it is ended. `bound`: it ends with the process that started it.

    It is started from a thread of its own that lives as long as this object: the kernel's "kill the child when the
    parent dies" means the thread, and a laboratory restarts services from threads that come and go.
    """

    def __init__(self, name: str, log: Path, *, bound: bool = True) -> None:
        self.name = name
        self.log = log
        self._bound = bound
        self._process: subprocess.Popen[bytes] | None = None
        self._spawner = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"start-{name}")

    @property
    def pid(self) -> int:
        """The process, which must run."""
        if self._process is None:
            raise ServiceError(f"{self.name} does not run")
        return self._process.pid

    @property
    def alive(self) -> bool:
        """It runs, or is paused."""
        return self._process is not None and self._process.poll() is None

    def start(self, command: Sequence[str], env: Mapping[str, str] | None = None) -> None:
        """Start it; what it prints is appended to the log."""
        if self.alive:
            raise ServiceError(f"{self.name} runs already")
        self._process = self._spawner.submit(self._spawn, list(command), env).result()

    def kill(self) -> None:
        """SIGKILL, also if it is paused."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self, seconds: float = 30.0) -> None:
        """SIGTERM, then wait; SIGKILL if it takes too long."""
        if self._process is None:
            return
        self.resume()
        self._process.terminate()
        try:
            self._process.wait(seconds)
            self._process = None
        except subprocess.TimeoutExpired:
            self.kill()

    def pause(self) -> None:
        """SIGSTOP."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT; harmless if it was not paused or is gone."""
        if self.alive:
            os.kill(self.pid, signal.SIGCONT)

    def told(self) -> str:
        """The end of what it printed."""
        return self.log.read_text(errors="replace")[-2000:] if self.log.exists() else ""

    def _spawn(self, command: list[str], env: Mapping[str, str] | None) -> subprocess.Popen[bytes]:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            return subprocess.Popen(  # noqa: S603 - our own command, no shell
                bound_to_us(command) if self._bound else command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(os.environ if env is None else env),
                start_new_session=True,  # Ctrl-C is for the hub, not for what it stands on
            )


class Server:
    """A server that is one service: what may be done to it."""

    _service: Service

    @property
    def pid(self) -> int:
        """Its process, which must run."""
        return self._service.pid

    @property
    def alive(self) -> bool:
        """It runs, or is paused."""
        return self._service.alive

    def kill(self) -> None:
        """SIGKILL."""
        self._service.kill()

    def pause(self) -> None:
        """SIGSTOP: there, but silent."""
        self._service.pause()

    def resume(self) -> None:
        """SIGCONT."""
        self._service.resume()
