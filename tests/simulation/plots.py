"""Trouble in several acts: mishaps that do harm only together, at the right moments. Single ones seldom meet.

A plot is a generator that yields what it waits for. It is told along with everything else that goes wrong, waits for
its moment, and is dropped when nothing is to go wrong any more.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hub.runtime import topics
from hub.runtime.mending import WATCHED
from tests.simulation.faults import PLOTS
from tests.simulation.histories import END
from tests.simulation.steps import Effect
from tests.simulation.worker import SimWorker

if TYPE_CHECKING:
    from tests.simulation.world import World

Condition = Callable[[], object]
Plot = Generator[Condition, None, None]

_BEGIN_WITHIN, _PATIENCE, _STILL = 40, 240, 8  # steps


@dataclass(slots=True)
class _Act:
    """A plot under way, and what it waits for."""

    plot: Plot
    awaits: Condition


class Plots:
    """The plots of one schedule."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._acts: list[_Act] = []
        self._until = 0

    def begin(self) -> None:
        """Some, drawn for this schedule; each finds its moment by itself."""
        random, self._until = self._world.random, self._world.steps + _PATIENCE
        for name in self._drawn():
            start = self._world.steps + random.randrange(_BEGIN_WITHIN)
            plot = self._told(name, start)
            self._acts.append(_Act(plot, next(plot)))

    @property
    def thickens(self) -> bool:
        """One is not at its end, and may come there: things go wrong for a while yet."""
        return bool(self._acts) and self._world.idle < _STILL and self._world.steps < self._until

    def go_on(self) -> bool:
        """The next act of a plot whose moment has come."""
        for act in self._acts:
            if act.awaits():
                try:
                    act.awaits = next(act.plot)
                except StopIteration:
                    self._acts.remove(act)
                self._world.settle()
                return True
        return False

    def drop(self) -> None:
        """Nothing goes wrong from now on."""
        acts, self._acts = self._acts, []
        for act in acts:
            act.plot.close()

    def _drawn(self) -> list[str]:
        random, faults = self._world.random, self._world.faults
        possible = [name for name in PLOTS if name not in faults.without]
        if not self._world.transactional:
            possible = [name for name in possible if name != "sleeper seals"]
        return random.sample(possible, min(len(possible), random.choice((0, 1, 1, 2))))

    # --- plots ----------------------------------------------------------------------------------------------------

    def _told(self, name: str, start: int) -> Plot:
        yield lambda: self._world.steps >= start
        yield from getattr(self, "_" + name.replace(" ", "_"))(lambda: self._count(name))

    def _sleeper_overwrites(self, count: Callable[[], None]) -> Plot:
        """A sleeper's write arrives behind its successor's, and the partition is restored before it is mended."""
        topic = self._world.random.choice((topics.SUBJECTS, topics.SUBJECTS, *WATCHED))
        yield lambda: self._under_way(f"produce {topic}/")
        effect = self._under_way(f"produce {topic}/")
        assert effect is not None
        with self._asleep_over(effect) as sleeper:
            log = self._world.broker.logs[topic, _partition(effect)]
            enough = log.end + self._world.random.choice((1, 2, 3))
            self._publish(self._world.random.choice((0, 1, 9)))
            yield lambda: log.end >= enough or self._woke(sleeper, effect)
            if not self._arrives(effect):
                return
        count()
        self._restored_again(sleeper)

    def _sleeper_seals(self, count: Callable[[], None]) -> Plot:
        """A sleeper's transaction is to be sealed when its successor has the partition, and sees another time."""
        telling = self._world.random.random() < 0.7
        yield lambda: self._sealing(telling)
        effect = self._sealing(telling)
        assert effect is not None
        with self._asleep_over(effect) as sleeper:
            self._publish(self._world.random.choice((0, 1, 9)))
            self._other_time()
            target = (topics.CLAIMS, int(effect.name[-1]))
            yield lambda: self._owned_by_another(target, sleeper) or self._woke(sleeper, effect)
            if effect in self._world.effects and self._world.random.random() < 0.3:
                self._world.effects.remove(effect)  # it never arrives
            elif not self._arrives(effect):
                return
        count()

    def _hole_amid_rebalance(self, count: Callable[[], None]) -> Plot:
        """Some records do not come, and before they are asked for again everybody has to join anew."""
        faults = self._world.faults
        faults.pierces_often, before = True, faults.done["hole"]
        yield lambda: faults.done["hole"] > before
        faults.pierces_often = False
        count()
        self._world.tell("*** rebalance after a hole")
        self._world.broker.group.unsettle()

    def _restore_interrupted(self, count: Callable[[], None]) -> Plot:
        """Somebody restores a store that was lost, and dies on the way, or it is lost once more."""
        yield lambda: self._world.living() and self._world.broker.logs[topics.SUBJECTS, 0].end
        self._lose_store()
        if self._world.random.random() < 0.5:
            self._replace(None)
        for _ in range(self._world.random.choice((1, 1, 2))):
            yield lambda: self._under_way("store save", self._restoring)
            effect = self._under_way("store save", self._restoring)
            assert effect is not None
            count()
            if self._world.random.random() < 0.5:
                self._arrives(effect)
            worker = self._world.worker(effect.owner)
            if worker is not None and self._world.random.random() < 0.7:
                self._world.kill(worker, f"crash at {effect.name}")
                self._somebody(None)
            else:
                self._lose_store()

    def _read_again_with_more(self, count: Callable[[], None]) -> Plot:
        """A worker dies between two stages of a batch; whoever reads it again sees more, or lives at another time."""
        topic = self._world.random.choice((*WATCHED, topics.CLAIMS))
        yield lambda: self._under_way(f"produce {topic}/")
        effect = self._under_way(f"produce {topic}/")
        assert effect is not None
        if self._world.random.random() < 0.7:
            self._arrives(effect)
        worker = self._world.worker(effect.owner)
        if worker is None:
            return
        count()
        self._world.kill(worker, f"crash at {effect.name}")
        self._publish(self._world.random.choice((1, 9)))
        self._other_time()
        self._somebody(None)

    # --- what plots wait for --------------------------------------------------------------------------------------

    def _under_way(self, name: str, who: Callable[[SimWorker], bool] | None = None) -> Effect | None:
        """A request of somebody awake."""
        for effect in self._world.effects:
            if effect.writes and not effect.given_up and not effect.held and effect.name.startswith(name):
                worker = self._world.worker(effect.owner)
                if worker is not None and not worker.paused and (who is None or who(worker)):
                    return effect
        return None

    def _sealing(self, telling: bool) -> Effect | None:
        effect = self._under_way(f"seal sim.{topics.CLAIMS}.")
        if effect is None:
            return None
        transaction = self._world.broker.running.get(effect.name.removeprefix("seal "))
        if transaction is None or (telling and all(topic != topics.ALERTS for topic, _, _ in transaction.parts)):
            return None
        return effect

    def _restoring(self, worker: SimWorker) -> bool:
        return not all(lane.ready for lane in worker.runtime.lanes)

    def _owned_by_another(self, target: tuple[str, int], sleeper: SimWorker) -> bool:
        return any(
            target in lane._restored
            for worker in self._world.living()
            if worker is not sleeper
            for lane in worker.runtime.lanes
        )

    def _woke(self, sleeper: SimWorker, effect: Effect) -> bool:
        return not sleeper.paused or effect not in self._world.effects

    # --- what plots do --------------------------------------------------------------------------------------------

    def _count(self, name: str) -> None:
        self._world.faults.done[name] += 1
        self._world.tell(f"*** {name}")

    @contextmanager
    def _asleep_over(self, effect: Effect) -> Iterator[SimWorker]:
        """Whoever sent this falls asleep and is thrown out; the request waits with them, somebody else works."""
        sleeper = self._world.worker(effect.owner)
        assert sleeper is not None
        sleeper.paused, effect.held = True, True
        self._world.broker.group.leave(sleeper.name)
        self._world.tell(f"{sleeper.name} falls asleep over {effect.name} and is thrown out")
        self._somebody(sleeper)
        try:
            yield sleeper
        finally:
            effect.held = False

    def _arrives(self, effect: Effect) -> bool:
        if effect not in self._world.effects:
            return False
        self._world.effects.remove(effect)
        self._world.tell(f"late: {effect.owner} {effect.name}")
        effect.answer()
        return True

    def _restored_again(self, sleeper: SimWorker) -> None:
        """Something after which a partition is restored."""
        how = self._world.random.choice((self._lose_store, self._world.broker.group.unsettle, self._replace))
        self._world.tell(f"then {how.__name__.strip('_')}")
        if how == self._replace:
            self._replace(sleeper)
        else:
            how()  # type: ignore[call-arg]

    def _replace(self, sleeper: SimWorker | None) -> None:
        """Whoever is awake dies."""
        for worker in [worker for worker in self._world.living() if worker is not sleeper]:
            self._world.kill(worker, "replaced")
            self._world.broker.group.leave(worker.name)
        self._somebody(sleeper)

    def _somebody(self, sleeper: SimWorker | None) -> None:
        if all(worker is sleeper or worker.paused for worker in self._world.living()):
            self._world.start()

    def _lose_store(self) -> None:
        store, random = self._world.store, self._world.random
        if random.random() < 0.5 or not store.roll_back(random.random()):
            store.empty()

    def _publish(self, most: int) -> None:
        for _ in range(min(most, len(self._world.inbox))):
            self._world.publish(self._world.inbox.pop())

    def _other_time(self) -> None:
        if self._world.clock != END and self._world.random.random() < 0.7:
            self._world.move_clock(self._world.another_moment())


def _partition(effect: Effect) -> int:
    return int(effect.name.split("/")[1].split()[0])
