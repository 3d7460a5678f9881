"""Trying again in place: what counts as passing, how long to wait, when to give up."""

from __future__ import annotations

import asyncio
import logging
import random
import time
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from aiokafka.errors import KafkaError
from redis.exceptions import RedisError

from hub.errors import GaveUp, HandlerBug, HubError, Retry, Stop

T = TypeVar("T")
log = logging.getLogger(__name__)

TRANSIENT = (Retry, KafkaError, RedisError, ConnectionError, TimeoutError)


class Abandoned(HubError):  # noqa: N818 - not an error: the batch is somebody else's now
    """The partition goes while we wait for something: leave the batch unacked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Seconds. The pause doubles up to `longest`, with jitter; after `give_up` in all, the process ends."""

    first: float = 0.1
    longest: float = 2.0
    give_up: float = 120.0

    def pause(self, attempt: int) -> float:
        """How long to wait after that many failures."""
        # Jitter keeps workers that lost the same service from coming back in step; nothing secret about it.
        return float(min(self.longest, self.first * 2 ** min(attempt - 1, 20)) * random.uniform(0.5, 1.0))  # noqa: S311


async def persist(
    step: str,
    action: Callable[[], Awaitable[T]],
    *,
    policy: RetryPolicy,
    abandon: asyncio.Event,
    on_failure: Callable[[str, int], None],
) -> T:
    """Await `action()` until it works. `on_failure(type name, attempts)` is called after each failure.

    Raises Abandoned once `abandon` is set, GaveUp at the policy's limit, HandlerBug for what nobody may raise.
    """
    deadline = time.monotonic() + policy.give_up
    attempt = 0
    while True:
        attempt += 1
        try:
            return await action()
        except TRANSIENT as exc:
            cause = type(exc).__name__
            on_failure(cause, attempt)
            if time.monotonic() >= deadline:
                _log_where(step, exc)
                raise GaveUp(step, attempt, cause) from None
        except (Stop, Abandoned):
            raise
        except Exception as exc:  # noqa: BLE001 - any other type is a bug, and its text may not travel on
            _log_where(step, exc)
            raise HandlerBug(step, type(exc).__name__) from None
        await _pause(policy.pause(attempt), abandon)


async def _pause(seconds: float, abandon: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(abandon.wait(), seconds)
    except TimeoutError:
        return
    raise Abandoned("the partition is going")


def _log_where(step: str, exc: BaseException) -> None:
    # Frames show our source lines; the exception's own text may hold what it was given, and stays out of the log.
    frames = "".join(traceback.format_tb(exc.__traceback__))
    log.error("%s failed with %s at\n%s", step, type(exc).__name__, frames)
