"""Drawing a plan from a seed: which faults, when, how many at once, on what ground."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import msgspec

from hub.runtime.points import Point
from tests.faults.orders import READ
from tests.faults.plan import Fault, Plan

DELIVERIES = ("idempotent", "idempotent", "transactional")
_LONG_OUTAGE_EVERY = 50  # runs: a minute without a broker
CITIES = tuple(range(1, 13))
_BATCH_POINTS = (
    Point.HANDLED,
    Point.SENDING,
    Point.WRITTEN,
    Point.TOLD,
    Point.CHANGED,
    Point.STORED,
    Point.ACKED,
)
# Alerts, states and the store are the absorbing lane's alone.
_INTAKE_POINTS = (Point.HANDLED, Point.SENDING, Point.WRITTEN, Point.STORED, Point.ACKED)
_CONSUMER_POINTS = (Point.COMMITTING, Point.COMMITTED)
_JOIN_POINTS = (Point.CLAIMED, Point.RESTORED)
_TAKING_OVER = (
    (Point.CLAIMED, "absorb"),
    *((point, lane) for point in (Point.OPENED, Point.RESTORED) for lane in ("absorb", "intake", "feedback")),
)
FEEDBACK_POINTS = {
    "idempotent": _INTAKE_POINTS,
    "transactional": (
        *_INTAKE_POINTS,
        Point.BEGUN,
        Point.OFFERED,
        Point.SEALED,
    ),
}


@dataclass(frozen=True)
class _Draw:
    """A fault in the making: the faults themselves, and what the run must be like for them."""

    faults: tuple[Fault, ...]
    workers: int = 1
    nodes: int = 1
    clock: bool = False
    registry: bool = False


def draw_plan(seed: int, *, only: str = "", nodes: int | None = None, names: tuple[str, ...] = ()) -> Plan:
    """The plan of a seed. `only`: every fault is of this kind; `names`: one of each of these."""
    random = Random(f"{seed} plan")
    delivery = random.choice(DELIVERIES)
    three = nodes == 3 if nodes else only == "leader_kill" or (not only and random.random() < 0.06)
    menu = [name for name in (THREE_NODES if three else ONE_NODE) for _ in range(WEIGHTS.get(name, 2))]
    wanted = random.choice((3, 3, 4, 4, 5, 6))
    faults: list[Fault] = []
    draws: list[_Draw] = []
    queue = list(names)
    while queue or (not names and len(faults) < wanted):
        name = queue.pop(0) if queue else only or random.choice(menu)
        drawn = DRAWS[name](random, _moment(random, faults))
        if not only and not names and _too_costly([*faults, *drawn.faults]):
            continue
        draws.append(drawn)
        faults += drawn.faults
    if not only and not names and seed % _LONG_OUTAGE_EVERY == 0:
        faults.append(Fault("broker_kill", _moment(random, faults), seconds=60.0))
    if delivery == "transactional":
        faults = [_in_transactions(random, fault) for fault in faults]
    return Plan(
        seed=seed,
        faults=tuple(sorted(faults, key=lambda fault: fault.at)),
        persons=280,
        city=random.choice(CITIES),
        partitions=random.choice((2, 3, 4)),
        workers=max([random.choice((1, 1, 2)), *(drawn.workers for drawn in draws)]),
        nodes=3 if three else max(drawn.nodes for drawn in draws),
        batch_records=random.choice((60, 200, 200, 500)),
        delivery=delivery,
        clock=any(drawn.clock for drawn in draws),
        registry=any(drawn.registry for drawn in draws),
        window=random.choice((300, 600, 1000)),
        doubled=random.choice((0.01, 0.02, 0.03)),
    )


def with_answers(plan: Plan) -> Plan:
    """The same run, with agencies that answer; and workers that die where answers are taken in.

    A plan apart from the seed's own, so that seeds mean what they meant before anybody answered.
    """
    random = Random(f"{plan.seed} answers")
    points = FEEDBACK_POINTS[plan.delivery]
    at = min(0.9, max(0.2, _moment(random, list(plan.faults))))  # there is nothing to answer at first
    own = Fault("kill_at", at, point=random.choice(points), lane="feedback", nth=random.randint(1, 4))
    faults = [_to_another_lane(random, fault) for fault in plan.faults]
    return msgspec.structs.replace(
        plan, faults=tuple(sorted((*faults, own), key=lambda fault: fault.at)), answers=random.choice((0.3, 0.6, 0.9))
    )


def _to_another_lane(random: Random, fault: Fault) -> Fault:
    """What happened to agencies' events may happen to their answers; and a lane is taken over as another is."""
    if fault.kind not in ("kill_at", "pause_at"):
        return fault
    if fault.point in (Point.CLAIMED, Point.RESTORED):
        point, lane = random.choice(_TAKING_OVER)
        return msgspec.structs.replace(fault, point=point, lane=lane)
    if fault.lane == "intake" and random.random() < 0.5:
        return msgspec.structs.replace(fault, lane="feedback")
    return fault


# With transactions other things happen between the same two points, and offsets are committed with the batch.
_INSTEAD = {
    Point.TOLD: (Point.OFFERED, Point.BEGUN),
    Point.CHANGED: (Point.SEALED,),
    Point.COMMITTING: (Point.OFFERED, Point.BEGUN),
    Point.COMMITTED: (Point.SEALED,),
    Point.CLAIMED: (Point.CLAIMED, Point.OPENED),
}


def _in_transactions(random: Random, fault: Fault) -> Fault:
    if fault.point not in _INSTEAD:
        return fault
    point = random.choice(_INSTEAD[Point(fault.point)])
    lane = fault.lane if fault.lane != "consumer" else random.choice(("absorb", "intake"))
    return msgspec.structs.replace(fault, point=point, lane=lane)


_AT_MOST = 2  # of the faults after which everybody needs long to come back: a run shall not take minutes
_COSTLY = (
    frozenset({"broker_kill", "broker_pause", "broker_full", "leader_kill"}),
    frozenset({"roll", "scale", "rewind", "forget_group"}),
)


def _too_costly(faults: list[Fault]) -> bool:
    return any(sum(fault.kind in kinds for fault in faults) > _AT_MOST for kinds in _COSTLY)


def _moment(random: Random, faults: list[Fault]) -> float:
    """A share of the stream; often the same as another fault's, so that several happen at once."""
    if faults and random.random() < 0.4:
        return min(0.9, random.choice(faults).at + random.uniform(0, 0.02))
    return round(random.uniform(0.05, 0.9), 3)


def _point(random: Random) -> tuple[str, str]:
    lane = random.choice(("absorb", "absorb", "absorb", "intake", "consumer"))
    points = {"absorb": _BATCH_POINTS, "intake": _INTAKE_POINTS, "consumer": _CONSUMER_POINTS}[lane]
    return lane, random.choice(points)


def _kill(random: Random, at: float) -> _Draw:
    return _Draw((Fault("kill", at, target=random.randrange(3)),))


def _kill_at(random: Random, at: float) -> _Draw:
    lane, point = _point(random)
    return _Draw((Fault("kill_at", at, point=point, lane=lane, nth=random.randint(1, 4)),))


def _kill_at_join(random: Random, at: float) -> _Draw:
    """The successor of a killed worker is killed, too, while it takes over."""
    point = random.choice(_JOIN_POINTS)
    return _Draw((Fault("kill", at), Fault("kill_at", at, point=point, lane="absorb", nth=random.randint(1, 2))))


def _kill_at_restoring(random: Random, at: float) -> _Draw:
    """The store is emptied, and whoever restores it is killed amid that."""
    return _Draw((
        Fault("store_flush", at),
        Fault("kill", at + 0.001),
        Fault("kill_at", at, point=Point.RESTORING, lane="absorb", nth=random.randint(1, 2)),
    ))  # fmt: skip


def _kill_at_drained(random: Random, at: float) -> _Draw:
    """SIGTERM, and kill -9 between the last batch and the last commit."""
    return _Draw(
        (Fault("kill_at", at, point=Point.DRAINED, lane=random.choice(("absorb", "intake"))), Fault("roll", at))
    )


def _pause_short(random: Random, at: float) -> _Draw:
    return _Draw((Fault("pause", at, seconds=random.uniform(1, 4), target=random.randrange(3)),), workers=2)


def _pause_long(random: Random, at: float) -> _Draw:
    return _Draw((Fault("pause", at, seconds=random.uniform(8, 11), target=random.randrange(3)),), workers=2)


def _pause_at(random: Random, at: float) -> _Draw:
    """Mostly above the session timeout: what is interesting is the zombie."""
    lane, point = _point(random)
    seconds = random.choice((3.0, 9.0, 10.0, 11.0))
    return _Draw((Fault("pause_at", at, seconds, point=point, lane=lane, nth=random.randint(1, 4)),), workers=2)


def _slow(random: Random, at: float) -> _Draw:
    lane = random.choice(("absorb", "intake"))
    return _Draw((Fault("slow", at, random.uniform(0.3, 1.5), point=Point.HANDLED, lane=lane, nth=1),))


def _roll(random: Random, at: float) -> _Draw:
    return _Draw((Fault("roll", at),), workers=random.choice((1, 2)))


def _scale(random: Random, at: float) -> _Draw:
    return _Draw((Fault("scale", min(at, 0.5), seconds=random.uniform(1, 4)),))


def _timed(kind: str, low: float, high: float):
    def draw(random: Random, at: float) -> _Draw:
        return _Draw((Fault(kind, at, seconds=round(random.uniform(low, high), 1), target=random.randrange(4)),))

    return draw


def _wire(kind: str, low: float, high: float):
    def draw(random: Random, at: float) -> _Draw:
        seconds, amount = round(random.uniform(low, high), 1), float(random.choice((20, 80, 200)))
        return _Draw((Fault(kind, at, seconds, target=random.randrange(2), amount=amount),))

    return draw


def _roll_back(random: Random, at: float) -> _Draw:
    return _Draw((Fault("store_roll_back", min(at, 0.8), amount=round(random.uniform(0.02, 0.3), 3)),))


def _rewind(random: Random, at: float) -> _Draw:
    return _Draw((Fault("rewind", at, amount=random.choice((0.05, 0.3, 1.0))),))


def _forget_group(random: Random, at: float) -> _Draw:
    return _Draw((Fault("forget_group", at),))


def _clock(random: Random, at: float) -> _Draw:
    amount = random.choice((3600.0, -3600.0, -60.0, 300.0, -1800.0))
    return _Draw((Fault("clock", at, seconds=random.uniform(3, 8), amount=amount),), clock=True)


def _registry_down(random: Random, at: float) -> _Draw:
    """The registry is missed by a worker that starts, so one has to."""
    down = Fault("registry_down", at, round(random.uniform(1, 6), 1), target=random.randrange(3))
    return _Draw((down, Fault("kill", at + 0.001)), registry=True)


def _gap(random: Random, at: float) -> _Draw:
    return _Draw((Fault("gap", at, point=READ, lane="consumer", nth=random.randint(1, 5)),))


DRAWS = {
    "kill": _kill,
    "kill_at": _kill_at,
    "kill_at_join": _kill_at_join,
    "kill_at_restoring": _kill_at_restoring,
    "kill_at_drained": _kill_at_drained,
    "pause_short": _pause_short,
    "pause_long": _pause_long,
    "pause_at": _pause_at,
    "slow": _slow,
    "roll": _roll,
    "scale": _scale,
    "broker_kill": _timed("broker_kill", 0.5, 5.0),
    "broker_pause": _timed("broker_pause", 1.0, 6.0),
    "broker_full": _timed("broker_full", 2.0, 4.0),
    "leader_kill": _timed("leader_kill", 1.0, 5.0),
    "rewind": _rewind,
    "forget_group": _forget_group,
    "store_kill": _timed("store_kill", 0.2, 5.0),
    "store_pause": _timed("store_pause", 1.0, 6.0),
    "store_flush": _timed("store_flush", 0.0, 0.1),
    "store_roll_back": _roll_back,
    "store_full": _timed("store_full", 1.0, 3.0),
    "wire_drop": _wire("wire_drop", 1.0, 6.0),
    "wire_delay": _wire("wire_delay", 2.0, 5.0),
    "wire_reset": _wire("wire_reset", 0.4, 3.0),
    "wire_half_close": _wire("wire_half_close", 0.0, 0.1),
    "wire_closed": _wire("wire_closed", 1.0, 5.0),
    "clock": _clock,
    "registry_down": _registry_down,
    "gap": _gap,
}
WEIGHTS = {"kill_at": 8, "pause_at": 5, "kill": 2, "broker_full": 1, "slow": 1, "wire_delay": 1, "store_full": 1}
ONE_NODE = tuple(name for name in DRAWS if name != "leader_kill")
THREE_NODES = ("leader_kill", "leader_kill", "leader_kill", "kill", "kill_at", "pause_at", "store_kill", "broker_pause")
