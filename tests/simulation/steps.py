"""One thing that reaches out of a worker: a request whose fate the scheduler decides."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(eq=False, slots=True)
class Effect:
    """A request under way. `act` is what the other side does with it; `error` what is raised if that fails.

    `queue`: requests of one worker with the same queue are served in order, as on one connection.
    `held`: a plot waits for the right moment to let it arrive.
    """

    owner: str
    name: str
    act: Callable[[], Any]
    future: asyncio.Future[Any]
    ready: Callable[[], bool] | None = None
    error: Callable[[], Exception] | None = None
    queue: object = None
    writes: bool = False
    held: bool = False

    @property
    def given_up(self) -> bool:
        """Whoever asked waits no more; the request may still arrive."""
        return self.future.done()

    def answer(self) -> None:
        """It is done, and whoever asked hears of it."""
        try:
            result = self.act()
        except Exception as error:  # noqa: BLE001 - whatever the other side raises goes to whoever asked
            if not self.future.done():
                self.future.set_exception(error)
        else:
            if not self.future.done():
                self.future.set_result(result)

    def arrive(self) -> None:
        """It is done, and nobody hears of it."""
        try:
            self.act()
        except Exception:  # noqa: BLE001 - there is nobody to tell
            return

    def fail(self, *, done: bool) -> None:
        """The answer is an error, whether it was done or not."""
        if done:
            self.arrive()
        if not self.future.done():
            assert self.error is not None
            self.future.set_exception(self.error())
