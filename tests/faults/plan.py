"""What happens in one run, in full: made from a seed, printed, kept as JSON, and run again from it."""

from __future__ import annotations

from pathlib import Path

import msgspec


class Fault(msgspec.Struct, frozen=True, omit_defaults=True):
    """One fault. It begins when a share of the stream was sent; those at a point wait for the n-th visit from then.

    `kind` is a name in `faults.KINDS`. `seconds`: how long it lasts, where it is nothing that happens at once.
    `amount` is the kind's own measure: milliseconds of delay, hours of clock, share of the group's offsets.
    """

    kind: str
    at: float
    seconds: float = 0.0
    point: str = ""
    lane: str = ""
    nth: int = 1
    target: int = 0
    amount: float = 0.0


class Plan(msgspec.Struct, frozen=True, omit_defaults=True):
    """One run. Everything random in it follows from `seed`."""

    seed: int
    faults: tuple[Fault, ...] = ()
    persons: int = 280
    city: int = 1
    partitions: int = 3
    workers: int = 1
    nodes: int = 1
    batch_records: int = 200
    session_seconds: float = 6.0
    delivery: str = "idempotent"
    named: bool = False  # workers know their place (HUB_INSTANCE), and succeed whoever was killed there
    registry: bool = False
    clock: bool = False
    late: float = 0.15  # share of events up to thirty days behind
    doubled: float = 0.02  # share of events that come 2 to 50 times
    poison: float = 0.01  # bad messages, as a share of the events
    answers: float = 0.0  # share of the alerts' turns that an agency answers
    window: int = 600  # how far agencies run ahead of what intake has committed
    rest_seconds: float = 75.0  # without any progress after which the hub will not come to rest by itself
    planted: str = ""  # a bug of `planted.BUGS`


def write_plan(plan: Plan, path: Path) -> None:
    path.write_bytes(msgspec.json.format(msgspec.json.encode(plan), indent=1) + b"\n")


def read_plan(path: Path) -> Plan:
    return msgspec.json.decode(path.read_bytes(), type=Plan)
