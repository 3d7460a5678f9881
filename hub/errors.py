"""Every exception of the hub, grouped by what the runtime does when it meets one.

Three answers exist: try again in place (`Retry`), end the process (`Stop`), never start (`RefuseToStart`).
Bad data is not among them: it is a value (a fault), never an exception. Texts hold no personal value, because
they are logged.
"""

from __future__ import annotations

from collections.abc import Sequence

EXIT_BUG = 70  # sysexits EX_SOFTWARE: restarting may not help
EXIT_UNAVAILABLE = 75  # sysexits EX_TEMPFAIL: restart me later


class HubError(Exception):
    """Root of everything the hub raises on purpose."""


class Retry(HubError):  # noqa: N818 - named after the answer, not after the mishap
    """Something we need is down for now: the same step is tried again, nothing is acked, nothing dropped."""


class StoreUnavailable(Retry):
    """The state store did not answer, or refused for a reason that passes."""


class RolledBack(Retry):
    """The store is not as its owner left it: lost, or put back to an older copy. Restore the partition, then go on."""

    def __init__(self, partition: int) -> None:
        super().__init__(f"partition {partition}: the store is not as this worker left it")
        self.partition = partition


class Stop(HubError):  # noqa: N818
    """This process must not go on; whatever supervises it starts another. `exit_code` says why."""

    exit_code = EXIT_BUG


class Fenced(Stop):
    """A newer owner of the partition has written: we are a worker that slept through its own replacement."""

    exit_code = EXIT_UNAVAILABLE

    def __init__(self, partition: int, term: int, stored: int) -> None:
        super().__init__(f"partition {partition}: term {term} is older than the store's {stored}")
        self.partition = partition
        self.term = term
        self.stored = stored


class Misplaced(Stop):
    """States lie in a partition that their keys do not belong to: somebody raised the number of partitions."""

    def __init__(self, partition: int) -> None:
        super().__init__(
            f"hub.subjects.v1-{partition} holds states of keys that belong to another partition: after raising the "
            "number of partitions run `hub repartition`; see docs/operations.md, More partitions"
        )


class Outpaced(Stop):
    """The broker takes no more transactions from us for this partition: somebody else has it, or ours took too long."""

    exit_code = EXIT_UNAVAILABLE

    def __init__(self, topic: str, partition: int) -> None:
        super().__init__(f"{topic}-{partition}: the broker has ended our transactions there")


class NoTransactions(Stop):
    """The broker does not let us have transactions as we need them: its limit is too low, or we may not use the id."""

    def __init__(self, name: str, cause: str) -> None:
        super().__init__(
            f"transactional id {name}: {cause}; HUB_DELIVERY=transactional needs transaction.max.timeout.ms of at "
            "least 120000, and Write and Describe on transactional ids with the prefix resident-hub."
        )


class GaveUp(Stop):
    """Retrying in place reached its limit; a fresh process (another machine, perhaps) gets its turn."""

    exit_code = EXIT_UNAVAILABLE

    def __init__(self, step: str, attempts: int, cause: str) -> None:
        super().__init__(f"{step}: gave up after {attempts} attempts, last {cause}")


class WentAway(Stop):
    """A service we need went away while we were starting: nothing of ours is wrong, and the next start may succeed."""

    exit_code = EXIT_UNAVAILABLE

    def __init__(self, cause: str) -> None:
        super().__init__(f"Kafka or Redis went away while the hub was starting ({cause}); start it again")


class OutTooLarge(Stop):
    """One output is larger than the broker accepts. Sending it again cannot help."""

    def __init__(self, topic: str, size: int, limit: int) -> None:
        super().__init__(f"{topic}: a message of {size} bytes is above the limit of {limit}")


class HandlerBug(Stop):
    """A handler raised what it may not raise. Carries the type only: messages of exceptions may hold values."""

    def __init__(self, step: str, cause: str) -> None:
        super().__init__(f"{step}: unexpected {cause}")


class RefuseToStart(HubError):  # noqa: N818
    """Configuration or surroundings are wrong. Lists every fault, not the first."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = list(faults)


class BrokerMissing(RefuseToStart):
    """No broker binary for `--embedded`, and no broker to connect to instead."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            [
                f"no embedded broker: {detail}",
                'install one with: pip install "resident-hub[embedded]"',
                "or point HUB_KAFKA_BOOTSTRAP at a running Kafka (host:port)",
            ]
        )
