"""The HTTP server inside a running event loop, next to stream agents."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from hub.errors import RefuseToStart


class _Server(uvicorn.Server):
    """Signals are the business of whoever owns the loop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class ApiServer:
    """`await start()`, then `port` is what it listens on; `await stop()` lets requests in hand finish."""

    def __init__(
        self, app: ASGIApp, host: str = "127.0.0.1", port: int = 0, *, grace: int = 5, start_timeout: float = 30.0
    ) -> None:
        self._app = app
        self._grace = grace
        self._start_timeout = start_timeout
        self._server: _Server | None = None
        self._task: asyncio.Task[None] | None = None
        self.host = host
        self.port = port

    @property
    def url(self) -> str:
        """Where it answers."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    async def start(self) -> None:
        """Listen. Raises RefuseToStart if the port cannot be had."""
        listener = self._bind()
        self.port = listener.getsockname()[1]
        config = uvicorn.Config(
            self._app,
            log_config=None,
            access_log=False,
            lifespan="on",
            ws="none",
            loop="none",
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=self._grace,
        )
        self._server = _Server(config)
        self._task = asyncio.create_task(self._server.serve(sockets=[listener]), name="http")
        try:
            await asyncio.wait_for(self._started(self._server, self._task), self._start_timeout)
        except BaseException:
            listener.close()
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop listening, let requests in hand finish, and end. Harmless when not running."""
        server, task = self._server, self._task
        self._server = self._task = None
        if server is None or task is None:
            return
        server.should_exit = True
        await task

    async def wait_stopped(self) -> None:
        """Return when the server has ended, wanted or not."""
        if self._task is not None:
            await asyncio.wait([self._task])

    def _bind(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        # Naming the protocol lets asyncio switch off Nagle's algorithm, which costs 40 ms a request.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((self.host, self.port))
            listener.listen(512)
        except (OSError, OverflowError) as error:
            listener.close()
            raise RefuseToStart(
                [f"HUB_HTTP_HOST, HUB_HTTP_PORT: cannot listen on port {self.port} ({type(error).__name__})"]
            ) from None
        return listener

    @staticmethod
    async def _started(server: _Server, task: asyncio.Task[None]) -> None:
        while not server.started:
            if task.done():
                await task
                raise RefuseToStart(["the HTTP server ended while it was starting"])
            await asyncio.sleep(0.01)
