"""What goes wrong in a schedule: each kind of `faults.WEIGHTS` is a method. False: it is not possible now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tests.simulation.broker import COMPACTED
from tests.simulation.histories import END
from tests.simulation.steps import Effect
from tests.simulation.worker import SimWorker

if TYPE_CHECKING:
    from tests.simulation.world import World

MOST_WORKERS = 3
_HOUR = 3_600_000


class Trouble:
    """Makes things go wrong."""

    def __init__(self, world: World) -> None:
        self._world = world

    def strike(self) -> bool:
        kind = self._world.faults.draw()
        act = getattr(self, "_" + kind.replace(", ", "_").replace(" ", "_"))
        if not act():
            return False
        self._world.faults.done[kind] += 1
        self._world.tell(f"*** {kind}")
        self._world.settle()
        return True

    def _some(self, workers: Sequence[SimWorker]) -> SimWorker | None:
        return self._world.random.choice(workers) if workers else None

    def _crash_before_an_effect(self) -> bool:
        return self._crash_at(lambda effect: None)

    def _crash_after_an_effect(self) -> bool:
        return self._crash_at(Effect.arrive)

    def _crash_at(self, arrive: Callable[[Effect], None]) -> bool:
        ready = [effect for effect in self._world.ready_effects() if effect.error is not None]
        if not ready:
            return False
        effect = self._world.random.choice(ready)
        self._world.effects.remove(effect)
        arrive(effect)
        worker = self._world.worker(effect.owner)
        if worker is not None:
            self._world.kill(worker, f"crash at {effect.name}")
        return True

    def _crash(self) -> bool:
        worker = self._some(self._world.living())
        if worker is not None:
            self._world.kill(worker, "crash")
        return worker is not None

    def _error_done(self) -> bool:
        return self._fail(done=True)

    def _error_not_done(self) -> bool:
        return self._fail(done=False)

    def _fail(self, *, done: bool) -> bool:
        ready = [effect for effect in self._world.ready_effects() if effect.error is not None and not effect.given_up]
        if not ready:
            return False
        effect = self._world.random.choice(ready)
        self._world.effects.remove(effect)
        self._world.tell(f"{effect.owner} {effect.name} fails")
        effect.fail(done=done)
        return True

    def _pause(self) -> bool:
        worker = self._some([worker for worker in self._world.living() if not worker.paused])
        if worker is not None:
            worker.paused = True
            self._world.tell(f"pause {worker.name}")
        return worker is not None

    def _resume(self) -> bool:
        worker = self._some([worker for worker in self._world.living() if worker.paused])
        if worker is not None:
            worker.paused = False
            self._world.tell(f"resume {worker.name}")
        return worker is not None

    def _session_timeout(self) -> bool:
        members = [name for name in self._world.broker.group.members if not (w := self._world.worker(name)) or w.paused]
        members = members or self._world.broker.group.members
        if not members:
            return False
        name = self._world.random.choice(members)
        self._world.tell(f"{name} is thrown out of the group")
        self._world.broker.group.leave(name)
        return True

    def _zombie(self) -> bool:
        """A worker with a write on its way falls asleep for so long that others take its place."""
        writers = {effect.owner for effect in self._world.ready_effects() if effect.writes and not effect.given_up}
        worker = self._some([worker for worker in self._world.living() if worker.name in writers])
        if worker is None:
            return False
        worker.paused = True
        self._world.broker.group.leave(worker.name)
        self._world.tell(f"{worker.name} falls asleep and is thrown out")
        if len(self._world.living()) < MOST_WORKERS and self._world.random.random() < 0.7:
            self._world.start()
        return True

    def _late_arrival(self) -> bool:
        late = self._late_effects()
        if not late:
            return False
        effect = self._first_in_its_queue(self._world.random.choice(late))
        self._world.tell(f"late: {effect.owner} {effect.name}")
        if self._world.worker(effect.owner) and not effect.given_up:
            effect.answer()  # the sender sleeps; it will hear of it
        else:
            effect.arrive()
        self._world.effects.remove(effect)
        return True

    def _drop(self) -> bool:
        late = [effect for effect in self._late_effects() if effect.given_up or not self._world.worker(effect.owner)]
        if not late:
            return False
        self._world.effects.remove(self._world.random.choice(late))
        return True

    def _first_in_its_queue(self, effect: Effect) -> Effect:
        same = (e for e in self._world.effects if e.owner == effect.owner and e.queue == effect.queue and e.writes)
        return next(same)

    def _transaction_timeout(self) -> bool:
        """The broker has waited long enough for a transaction to end."""
        if not self._world.broker.running:
            return False
        name = self._world.random.choice(sorted(self._world.broker.running))
        self._world.tell(f"{name} is aborted")
        self._world.broker.init(name)
        return True

    def _start(self) -> bool:
        if len(self._world.living()) >= MOST_WORKERS:
            return False
        self._world.start()
        return True

    def _stop(self) -> bool:
        group = self._world.broker.group
        worker = self._some(
            [w for w in self._world.living() if not w.paused and not w.leaving and not w.app.rebalancing]
        )
        if worker is None or group.wants(worker.name):
            return False
        self._world.tell(f"SIGTERM to {worker.name}")
        self._world.loop.create_task(worker.stop())
        return True

    def _rebalance(self) -> bool:
        self._world.broker.group.unsettle()
        return True

    def _snapshot(self) -> bool:
        self._world.store.snapshot()
        return True

    def _store_rolled_back(self) -> bool:
        return self._world.store.roll_back(self._world.random.random())

    def _store_emptied(self) -> bool:
        self._world.store.empty()
        return True

    def _compaction(self) -> bool:
        world = self._world
        log = world.broker.logs[world.random.choice([target for target in world.broker.logs if target[0] in COMPACTED])]
        return log.compact(log.end - world.random.choice((0, 1, 3))) > 0

    def _group_forgotten(self) -> bool:
        self._world.forget_group()
        return True

    def _offsets_rewound(self) -> bool:
        for worker in self._world.living():
            self._world.kill(worker, "offsets rewound")
        group = self._world.broker.group
        for member in list(group.members):
            group.leave(member)
        for tp in sorted(group.committed):
            group.committed[tp] = self._world.random.randrange(group.committed[tp] + 1)
        return True

    def _clock(self) -> bool:
        if self._world.clock == END:
            return False  # the end of time is told by LocalHub, too
        self._world.move_clock(min(END, self._world.clock + self._world.random.choice((-_HOUR, _HOUR))))
        return True

    def _sent_again(self) -> bool:
        if not self._world.sent:
            return False
        self._world.publish(self._world.random.choice(self._world.sent))
        return True

    def _poison(self) -> bool:
        self._world.publish(self._world.random.choice(self._world.history.poison))
        return True

    def _late_effects(self) -> list[Effect]:
        """Writes on their way whose sender is dead, or sleeps, or waits no more."""
        asleep = {worker.name for worker in self._world.workers if worker.paused}
        return [
            e
            for e in self._world.effects
            if e.writes and not e.held and (not self._world.worker(e.owner) or e.owner in asleep or e.given_up)
        ]
