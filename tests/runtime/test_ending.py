"""Background tasks end when the process does."""

from __future__ import annotations

import asyncio
import contextlib

from hub.node.ending import ended


def test_a_task_that_swallows_its_cancellation_ends_all_the_same() -> None:
    """A worker once stood still at SIGTERM because a cancellation got lost in a client library."""

    async def main() -> bool:
        async def stubborn() -> None:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(3600)
            await asyncio.sleep(3600)

        task = asyncio.create_task(stubborn())
        await asyncio.sleep(0)
        await ended(task)
        return task.done()

    assert asyncio.run(main())


def test_a_task_that_failed_has_ended() -> None:
    """What a background task died of is not thrown at whoever stops it."""

    async def main() -> None:
        async def broken() -> None:
            raise ValueError

        task = asyncio.create_task(broken())
        await asyncio.sleep(0)
        await ended(task)

    asyncio.run(main())
