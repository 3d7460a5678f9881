"""Named points between two effects of a worker: where a laboratory can stop, pause or kill it.

A probe is handed in by whoever starts the worker (`Parts.worker(probe=...)`, `WorkerSettings.probe`); nothing in the
environment or in a setting can switch one on. The default is `unwatched`, which does nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum


class Point(StrEnum):
    """Where a worker is. Between two neighbouring points lies at most one effect outside of the process."""

    # A partition becomes ours.
    OPENED = "opened"  # with transactions: whoever wrote for the partition before is fenced at the broker
    CLAIMED = "claimed"  # older owners are fenced, nothing is restored
    RESTORING = "restoring"  # a part of the changelog's tail is in the store, the rest is not
    RESTORED = "restored"  # the store is whole; no batch was handled yet
    # A batch or a tick, in this order.
    HANDLED = "handled"  # what follows is known, nothing of it written
    SENDING = "sending"  # a part of a list is acknowledged by the broker, the rest may be written or not
    WRITTEN = "written"  # parcels, shared records and quarantine are durable; alerts and states are not
    TOLD = "told"  # alerts are durable; states are not
    CHANGED = "changed"  # states are durable on the changelog; the store knows nothing of them
    STORED = "stored"  # the store has the states and the marker; nothing is acked
    ACKED = "acked"  # the batch counts as done in this process; its offset is not committed
    # With transactions, in place of sending .. changed:
    # BEGUN, SENDING, WRITTEN (all of it, unseen by readers), OFFERED, SEALED; then STORED and ACKED.
    BEGUN = "begun"  # a transaction is open, and empty
    OFFERED = "offered"  # the batch's offset is in the transaction
    SEALED = "sealed"  # the transaction is committed; the store knows nothing of it
    # The consumer, on its own clock (no partition: one commit is about all of them).
    COMMITTING = "committing"  # about to commit offsets
    COMMITTED = "committed"  # the broker has taken them
    # Going away.
    DRAINED = "drained"  # the batch in hand is finished or dropped; offsets acked last are not committed


Partition = tuple[str, int]
Probe = Callable[[Point, str, Partition | None], None]
"""Called with the point, the lane ("intake", "feedback", "absorb", or "consumer"), and the partition read."""


def unwatched(point: Point, lane: str, partition: Partition | None) -> None:
    """The probe of production: nobody looks."""
