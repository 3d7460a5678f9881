"""How many partitions the store was filled for. A state found in the wrong partition would be a state lost."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from hub.errors import RefuseToStart
from hub.runtime.retry import RetryPolicy, persist
from hub.store.ports import SubjectStore

T = TypeVar("T")
log = logging.getLogger(__name__)
PROCEDURE = "docs/operations.md, More partitions"


async def check_layout(store: SubjectStore, count: int, *, keeps: bool = True) -> None:
    """Refuse to start with another number of partitions than the states were kept in.

    `keeps`: this process keeps states there; one that only reads may have no right to write down how many there are.
    A store that does not answer yet is waited for; raises GaveUp if that takes too long.
    """
    known = await _waited_for(store.layout)
    if known is None:
        if keeps:
            await _waited_for(lambda: record_layout(store, count))
    elif known != count:
        raise RefuseToStart(
            [
                f"hub.subjects.v1 has {count} partitions, and its states were kept in {known}: a subject would be "
                f"looked for where it is not. Run `hub repartition --to {count}` first; see {PROCEDURE}"
            ]
        )


async def keep_layout(store: SubjectStore, count: int) -> None:
    """Say it again where the store has forgotten: one that was lost is filled again without anybody starting."""
    if await store.layout() is None:
        await record_layout(store, count)


async def record_layout(store: SubjectStore, count: int) -> None:
    """From now on states are kept in so many partitions."""
    await store.set_layout(count)


async def _waited_for(ask: Callable[[], Awaitable[T]]) -> T:
    def told(cause: str, attempt: int) -> None:
        log.warning("the store does not answer yet (%s, attempt %d)", cause, attempt)

    return await persist("layout", ask, policy=RetryPolicy(), abandon=asyncio.Event(), on_failure=told)
