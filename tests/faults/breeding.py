"""The laboratory's side of the nursery: start a worker, and learn when it ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import struct
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from tests.faults.nursery import Birth, Told

_SHIFT = struct.Struct("q")


class Clock:
    """The wall clock of workers, `seconds` off the true one. See clock.c."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        self._library = folder / "clock.so"
        self.set(0)

    def set(self, seconds: float) -> None:
        """At once, for those that live, too."""
        with self._file.open("r+b" if self._file.exists() else "wb") as file:
            file.write(_SHIFT.pack(round(seconds)))

    def environment(self) -> dict[str, str]:
        if not self._library.exists():
            source = Path(__file__).with_name("clock.c")
            command = ["cc", "-O2", "-shared", "-fPIC", "-o", str(self._library), str(source), "-ldl"]
            subprocess.run(command, check=True, capture_output=True, timeout=60)
        return {"LD_PRELOAD": str(self._library), "LAB_CLOCK": str(self._file)}


class Child:
    """A forked process. `code` once it has ended: negative for the signal that ended it."""

    def __init__(self, pid: int, log: Path) -> None:
        self.pid = pid
        self.log = log
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    @property
    def alive(self) -> bool:
        return not self.ended.done()

    @property
    def code(self) -> int | None:
        return self.ended.result() if self.ended.done() else None

    def signal(self, number: int) -> None:
        if self.alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    async def gone(self, seconds: float) -> bool:
        """Wait for its end; False if it goes on."""
        done, _ = await asyncio.wait([self.ended], timeout=seconds)
        return bool(done)

    async def kill(self) -> None:
        self.signal(signal.SIGKILL)
        await asyncio.wait([self.ended], timeout=20)


class Nursery:
    """`async with Nursery() as nursery: await nursery.bear("worker", env, log)`. With a clock, time is its to say."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock
        self._children: dict[int, Child] = {}
        self._births: list[tuple[Path, asyncio.Future[Child]]] = []
        self._one_by_one = asyncio.Lock()  # the nursery looks at its input between two lines only

    async def __aenter__(self) -> Nursery:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.faults.nursery",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, **self._time()},
        )
        self._listening = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *_: object) -> None:
        for child in list(self._children.values()):
            child.signal(signal.SIGKILL)
        self._process.kill()
        await self._process.wait()
        self._listening.cancel()

    async def bear(self, task: str, env: Mapping[str, str], log: Path) -> Child:
        assert self._process.stdin is not None
        async with self._one_by_one:
            born: asyncio.Future[Child] = asyncio.get_running_loop().create_future()
            self._births.append((log, born))
            birth = Birth(task, {**env, **self._time()}, str(log))
            self._process.stdin.write(msgspec.json.encode(birth) + b"\n")
            await self._process.stdin.drain()
            return await born

    def _time(self) -> dict[str, str]:
        return {} if self._clock is None else self._clock.environment()

    async def _listen(self) -> None:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            told = msgspec.json.decode(line, type=Told)
            if told.born:
                log, born = self._births.pop(0)
                child = self._children[told.born] = Child(told.born, log)
                born.set_result(child)
            elif told.died in self._children:
                self._children.pop(told.died).ended.set_result(told.code)
