"""A TCP proxy that behaves badly when asked to: between everybody and the broker, and between workers and the store."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from dataclasses import dataclass, field

_CHUNK = 64 * 1024
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER with no time left: closing sends RST


@dataclass(eq=False)
class _Connection:
    """Both halves of one connection through the proxy."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    broken: bool = False

    def reset(self) -> None:
        self.broken = True
        for writer in (self.client, self.server):
            sock = writer.get_extra_info("socket")
            if sock is not None:
                with contextlib.suppress(OSError):
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.transport.abort()

    def half_close(self) -> None:
        """The client hears that nothing more will come; what it says is still passed on."""
        with contextlib.suppress(OSError, RuntimeError):
            self.client.write_eof()


@dataclass
class Link:
    """One port passed on to another. Its faults: `silent` (everything is swallowed), `delay` in seconds, `closed`."""

    port: int
    target: int
    silent: bool = False
    delay: float = 0.0
    closed: bool = False
    passed: int = 0
    _connections: set[_Connection] = field(default_factory=set)
    _server: asyncio.Server | None = None

    async def __aenter__(self) -> Link:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        self.reset()

    def reset(self) -> None:
        """Break every connection there is."""
        for connection in list(self._connections):
            connection.reset()

    def half_close(self) -> None:
        for connection in list(self._connections):
            connection.half_close()

    def heal(self) -> None:
        """As good as new. What was swallowed is gone, so the connections it was missing from must go, too."""
        if self.silent:
            self.reset()
        self.silent, self.delay, self.closed = False, 0.0, False

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.closed:
            writer.transport.abort()
            return
        try:
            behind, beyond = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        connection = _Connection(writer, beyond)
        self._connections.add(connection)
        try:
            await asyncio.gather(self._pump(reader, beyond, connection), self._pump(behind, writer, connection))
        except asyncio.CancelledError:
            return  # the job ends
        finally:
            self._connections.discard(connection)
            for each in (writer, beyond):
                each.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: _Connection) -> None:
        with contextlib.suppress(OSError, RuntimeError):
            while not connection.broken and (data := await reader.read(_CHUNK)):
                if self.delay:
                    await asyncio.sleep(self.delay)
                if self.silent:
                    continue
                self.passed += len(data)
                writer.write(data)
                await writer.drain()
            if not connection.broken:
                writer.write_eof()
