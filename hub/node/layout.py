"""How many partitions the store was filled for. A state found in the wrong partition would be a state lost."""

from __future__ import annotations

from hub.errors import RefuseToStart
from hub.store.ports import SubjectStore

PROCEDURE = "docs/operations.md, More partitions"


async def check_layout(store: SubjectStore, count: int, *, keeps: bool = True) -> None:
    """Refuse to start with another number of partitions than the states were kept in.

    `keeps`: this process keeps states there; one that only reads may have no right to write down how many there are.
    """
    known = await store.layout()
    if known is None:
        if keeps:
            await record_layout(store, count)
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
