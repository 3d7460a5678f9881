"""The server inside a running loop: a free port, a graceful end, and no hand on the signals."""

from __future__ import annotations

import asyncio
import signal
import time

import httpx
import pytest

from hub.api.server import ApiServer
from hub.errors import RefuseToStart
from tests.api.fakes import RESIDENT, Api
from tests.telemetry.capture import captured_logs


def test_starts_answers_and_stops() -> None:
    """Port 0 becomes a real port; after the end nobody listens, and it may start again."""

    async def main() -> None:
        server = ApiServer(Api().app)
        for _ in range(2):
            await server.start()
            assert server.port > 0
            async with httpx.AsyncClient(base_url=server.url) as client:
                assert (await client.get("/livez")).json() == {"alive": True}
            await server.stop()
            async with httpx.AsyncClient(base_url=server.url) as client:
                with pytest.raises(httpx.ConnectError):
                    await client.get("/livez")
        await server.stop()

    asyncio.run(main())


def test_signals_stay_with_the_owner_of_the_loop() -> None:
    """uvicorn would take SIGINT and SIGTERM; a worker beside it needs them."""

    async def main() -> None:
        before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
        server = ApiServer(Api().app)
        await server.start()
        assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
        await server.stop()

    asyncio.run(main())


def test_requests_in_hand_are_finished() -> None:
    """Stopping waits for an answer that is being made."""

    async def main() -> None:
        api = Api()
        entered, leave = asyncio.Event(), asyncio.Event()

        async def slow(resident_id: str) -> dict[str, str]:
            entered.set()
            await leave.wait()
            return {"resident_id": resident_id}

        api.residents.get = slow
        server = ApiServer(api.app)
        await server.start()
        async with httpx.AsyncClient(base_url=server.url) as client:
            request = asyncio.create_task(client.get(f"/v1/residents/{RESIDENT}"))
            await entered.wait()
            stopping = asyncio.create_task(server.stop())
            await asyncio.sleep(0.1)
            leave.set()
            assert (await request).status_code == 200
            await stopping

    asyncio.run(main())


def test_a_request_that_never_ends_does_not_hold_the_end_up() -> None:
    """After the grace it is cancelled."""

    async def main() -> None:
        api = Api()
        entered = asyncio.Event()

        async def stuck(resident_id: str) -> None:
            entered.set()
            await asyncio.sleep(60)

        api.residents.get = stuck
        server = ApiServer(api.app, grace=1)
        await server.start()
        async with httpx.AsyncClient(base_url=server.url) as client:
            request = asyncio.create_task(client.get(f"/v1/residents/{RESIDENT}"))
            await entered.wait()
            started = time.monotonic()
            await server.stop()
            assert time.monotonic() - started < 5
            await asyncio.gather(request, return_exceptions=True)

    asyncio.run(main())


def test_a_taken_port_refuses_to_start() -> None:
    """The fault names the settings, and the process is not ended behind our back."""

    async def main() -> None:
        first = ApiServer(Api().app)
        await first.start()
        with pytest.raises(RefuseToStart, match="HUB_HTTP_PORT"):
            await ApiServer(Api().app, port=first.port).start()
        with pytest.raises(RefuseToStart):
            await ApiServer(Api().app, host="no.such.host.invalid").start()
        await first.stop()

    asyncio.run(main())


def test_answers_are_not_held_back() -> None:
    """Head and body of an answer leave at once: Nagle's algorithm would cost 40 ms a request."""

    async def main() -> float:
        server = ApiServer(Api().app)
        await server.start()
        async with httpx.AsyncClient(base_url=server.url) as client:
            await client.get("/livez")
            started = time.perf_counter()
            for _ in range(20):
                await client.get("/livez")
            spent = time.perf_counter() - started
        await server.stop()
        return spent

    assert asyncio.run(main()) < 0.6


def test_nothing_of_a_request_is_logged() -> None:
    """Neither path nor query nor client of a request stands in the log of a running server."""

    async def main() -> None:
        server = ApiServer(Api().app)
        await server.start()
        async with httpx.AsyncClient(base_url=server.url) as client:
            await client.get("/v1/alerts/canary-path", params={"canary": "canary-query"})
        await server.stop()

    with captured_logs("text") as stream:
        asyncio.run(main())
    assert "canary" not in stream.getvalue()
