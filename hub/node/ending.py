"""Ending background tasks for certain."""

from __future__ import annotations

import asyncio
from typing import Any

_PATIENCE = 1.0  # seconds until a task is asked again


async def ended(task: asyncio.Task[Any]) -> None:
    """Cancel a task and return once it has ended, however.

    Once is not always enough: a cancellation that meets an answer or a time-out at the same moment can be swallowed
    (asyncio.wait_for up to Python 3.11, client libraries), and whoever then only waits, waits for ever.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=_PATIENCE)
    if not task.cancelled():
        task.exception()  # looked at, so that nobody is told of it a second time
