"""An event loop in virtual time: nothing runs but what the scheduler lets run, and always in the same order."""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any


class _Soon:
    """What `asyncio.Handle` is, for a fifth of its time: half of what a schedule does is to call back."""

    __slots__ = ("_args", "_callback", "_cancelled", "_context", "_loop")

    def __init__(
        self, loop: SteppedLoop, callback: Callable[..., object], args: tuple[Any, ...], context: Context | None = None
    ) -> None:
        self._loop, self._callback, self._args, self._context = loop, callback, args, context
        self._cancelled = False

    def cancel(self) -> None:
        self._cancelled = True

    def cancelled(self) -> bool:
        return self._cancelled

    def _run(self) -> None:
        if self._cancelled:
            return
        try:
            if self._context is None:
                self._callback(*self._args)
            else:
                self._context.run(self._callback, *self._args)
        except Exception as error:  # noqa: BLE001 - as asyncio does it: told, and the loop goes on
            self._loop.call_exception_handler({"message": f"exception in {self._callback!r}", "exception": error})


def _fire(timer: asyncio.TimerHandle) -> None:
    if not timer._cancelled:
        timer._run()


class SteppedLoop(asyncio.AbstractEventLoop):
    """Callbacks first in, first out; timers fire when the scheduler lets time pass."""

    def __init__(self) -> None:
        self.now = 0.0
        self.complaints: list[str] = []
        self._ready: deque[_Soon] = deque()
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._count = 0

    # --- what the scheduler calls ---------------------------------------------------------------------------------

    def settle(self) -> None:
        """Run until everybody waits for an effect or for time."""
        ready = self._ready
        asyncio._set_running_loop(self)
        try:
            while ready:
                ready.popleft()._run()
        finally:
            asyncio._set_running_loop(None)

    def next_timer(self) -> float | None:
        """When the next timer fires."""
        while self._timers and self._timers[0][2]._cancelled:
            heapq.heappop(self._timers)
        return self._timers[0][0] if self._timers else None

    def pass_time(self) -> None:
        """Go to the next timer and fire it, and all others of that moment."""
        when = self.next_timer()
        if when is None:
            return
        self.now = max(self.now, when)
        while self._timers and self._timers[0][0] <= self.now:
            timer = heapq.heappop(self._timers)[2]
            self._ready.append(_Soon(self, _fire, (timer,)))

    # --- what asyncio calls ---------------------------------------------------------------------------------------

    def time(self) -> float:
        return self.now

    def call_soon(self, callback: Callable[..., object], *args: Any, context: Any = None) -> Any:
        soon = _Soon(self, callback, args, context)
        self._ready.append(soon)
        return soon

    call_soon_threadsafe = call_soon

    def call_later(
        self, delay: float, callback: Callable[..., object], *args: Any, context: Any = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self.now + delay, callback, *args, context=context)

    def call_at(
        self, when: float, callback: Callable[..., object], *args: Any, context: Any = None
    ) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        self._count += 1
        heapq.heappush(self._timers, (when, self._count, handle))
        return handle

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(self, coro: Coroutine[Any, Any, Any], *, name: str | None = None, context: Any = None) -> Any:
        task = asyncio.Task(coro, loop=self, name=name)
        task._log_destroy_pending = False  # a worker that crashed leaves its tasks where they stand
        return task

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """What nobody awaited: a bug of the simulation or of the product, and never silent."""
        error = context.get("exception")
        self.complaints.append(f"{context.get('message')}: {error!r}")

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return False

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Cancelled timers are dropped when they come up."""
