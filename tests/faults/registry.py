"""A schema registry of the test's own: the hub's schemas, and what agencies made of them; it can be away, or ill."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from hub.bootstrap import catalogue
from hub.schema.registry import registry_response


@dataclass
class Registry:
    """`async with Registry(port) as registry`. `mood`: well, ill (status 500), silent (never answers), away."""

    port: int
    mood: str = "well"
    extra: Mapping[int, str] = field(default_factory=dict)
    asked: int = 0
    _server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Registry:
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", self.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            request = await reader.readuntil(b"\r\n\r\n")
            self.asked += 1
            if self.mood == "away":
                writer.transport.abort()
                return
            while self.mood == "silent":
                await asyncio.sleep(0.1)
            status, body = self._look_up(request.split(b" ")[1].decode())
            content = json.dumps(body).encode()
            head = f"HTTP/1.1 {status} -\r\nContent-Length: {len(content)}\r\nConnection: close\r\n\r\n"
            writer.write(head.encode() + content)
            await writer.drain()
        writer.close()

    def _look_up(self, path: str) -> tuple[int, object]:
        if self.mood == "ill":
            return 500, {"error_code": 50001, "message": "ill"}
        number = path.rpartition("/")[2]
        if path.startswith("/schemas/ids/") and number.isdigit() and int(number) in self.extra:
            return 200, {"schema": self.extra[int(number)]}
        return registry_response(catalogue(), path)
