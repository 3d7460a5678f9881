"""What a topic of the contract asks of the broker, as data: setting, value, and which way it may differ."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

import msgspec

_DAY_MS = 24 * 3600 * 1000
_BROKER_MESSAGE_BYTES = 1_048_588  # Kafka's own default: 1 MiB and a batch's header
_BATCH_HEADER = 1024  # more than a record's and a batch's frame take
# An outage over a week of holidays, and a month to notice it.
_KEPT_DAYS = 30
QUARANTINE_DAYS = 90  # time to mend what was refused
_UNENDING = -1


class Bound(StrEnum):
    """Which other values are as good: an operator's longer retention is kept, a shorter one is lengthened."""

    EXACT = "exactly"
    AT_LEAST = "at least"
    AT_MOST = "at most"


class Setting(msgspec.Struct, frozen=True):
    """One setting of one topic."""

    name: str
    value: str
    bound: Bound = Bound.EXACT

    def met_by(self, there: str | None) -> bool:
        """True if what is there need not be changed."""
        if there is None:
            return False
        if self.bound is Bound.EXACT:
            return set(there.split(",")) == set(self.value.split(","))
        if self.name.startswith("retention.") and int(there) == _UNENDING:
            return True
        if self.name.startswith("retention.") and int(self.value) == _UNENDING:
            return False
        return int(there) >= int(self.value) if self.bound is Bound.AT_LEAST else int(there) <= int(self.value)


class TopicSpec(msgspec.Struct, frozen=True):
    """One topic of the contract. `restricted`: only the hub itself may read it."""

    name: str
    compacted: bool = False
    restricted: bool = False
    kept_days: int = _KEPT_DAYS

    def settings(self, max_message_bytes: int, replicas: int | None = None) -> Iterator[Setting]:
        """What it asks of the broker; of the replicas only where their number is known."""
        yield Setting("cleanup.policy", "compact" if self.compacted else "delete")
        size = max(_BROKER_MESSAGE_BYTES, max_message_bytes + _BATCH_HEADER)
        yield Setting("max.message.bytes", str(size), Bound.AT_LEAST)
        # A producer's clock decides neither how long a message is kept nor whether it is taken.
        yield Setting("message.timestamp.type", "LogAppendTime")
        yield Setting("unclean.leader.election.enable", "false")  # a replica that lags may not become the truth
        yield from self._compacting() if self.compacted else self._deleting()
        if replicas is not None:
            yield Setting("min.insync.replicas", "2" if replicas >= 3 else "1", Bound.AT_LEAST)

    def config(self, max_message_bytes: int, replicas: int | None = None) -> dict[str, str]:
        """The settings as a broker takes them when a topic is made."""
        return {setting.name: setting.value for setting in self.settings(max_message_bytes, replicas)}

    def _deleting(self) -> Iterator[Setting]:
        yield Setting("retention.ms", str(self.kept_days * _DAY_MS), Bound.AT_LEAST)
        yield Setting("retention.bytes", str(_UNENDING), Bound.AT_LEAST)

    def _compacting(self) -> Iterator[Setting]:
        # A reader, or a store, that was away for less still hears of every erasure.
        yield Setting("delete.retention.ms", str(_KEPT_DAYS * _DAY_MS), Bound.AT_LEAST)
        # After a time when all workers were down, what a late one wrote over another's is still there to be compared.
        yield Setting("min.compaction.lag.ms", str(3 * _DAY_MS), Bound.AT_LEAST)
        # What was superseded or erased is gone from the disk after a week, not "some day".
        yield Setting("max.compaction.lag.ms", str(7 * _DAY_MS), Bound.AT_MOST)
