"""What is told of a Redis before anything starts. (Passwords, certificates and TLS: tests/kafka/test_security.py.)"""

from __future__ import annotations

import asyncio

from hub.store.reach import redis_faults


def test_a_proxy_that_hangs_up_is_waited_for():
    """A proxy before a Redis that is not there yet hangs up, too: no fault, for waiting helps."""
    greeted = 0

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal greeted
        greeted += 1
        await reader.read(1)
        writer.close()

    async def main() -> list[str]:
        async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
            return await redis_faults(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0")

    assert asyncio.run(main()) == []
    assert greeted
