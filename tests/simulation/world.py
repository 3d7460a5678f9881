"""Who moves next: a seeded scheduler over workers, broker, store, clock and everything that can go wrong.

A schedule has three parts: events arrive and things go wrong; then nothing goes wrong any more and everything comes to
rest; then time runs on to the end of the history and everything comes to rest again. What is there then is compared.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from random import Random

from hub.domain.claim import Parcel
from hub.errors import Fenced, Outpaced
from hub.runtime import topics
from hub.runtime.records import Out
from tests.simulation.answers import Answers
from tests.simulation.broker import Broker, Transaction
from tests.simulation.faults import Faults
from tests.simulation.histories import END, PER_HISTORY, History, Message, history_of
from tests.simulation.loop import SteppedLoop
from tests.simulation.plots import Plots
from tests.simulation.steps import Effect
from tests.simulation.store import SharedStore, now
from tests.simulation.trouble import Trouble
from tests.simulation.watch import Watch
from tests.simulation.worker import TICK_INTERVAL, SimWorker

MOST_STEPS = 6000
_TRANSACTIONAL = 0.3  # of schedules run on a broker with transactions
_NOTICED = 1.5 * TICK_INTERVAL
_LIFE = 1 << 32  # generations in a life of the group, as terms count them


class Diverged(BaseException):
    """Something is not as it must be: what the simulation is there to find."""


class World:
    """One schedule."""

    def __init__(self, seed: int, *, without: Sequence[str] = (), say: Callable[[str], None] | None = None) -> None:
        self.seed, self.random = seed, Random(seed)
        self.say = say
        self.history: History = history_of(seed // PER_HISTORY)
        self.loop = SteppedLoop()
        self.broker, self.store = Broker(self.history.read), SharedStore(self._store_lost)
        self.faults = Faults(self.random, frozenset(without))
        self.watch = Watch(self)
        self._trouble, self._plots = Trouble(self), Plots(self)
        self.effects: list[Effect] = []
        self.workers: list[SimWorker] = []
        self.steps = self._born = 0
        self._earlier = 0  # so many workers were born before the group was deleted
        self.idle = 0  # steps in a row in which nobody had anything to do
        self._disturbed = 0.0
        self.found: list[str] = []
        self.written: set[tuple[bytes, bytes]] = set()
        self.quarantined: set[bytes] = set()
        self.slips: list[Parcel] = []
        self.unlooked: set[tuple[int, int]] = set()
        self.inbox: list[Message] = self._told_in_some_order()
        self.sent: list[Message] = []
        self.answers = Answers(self)
        self.transactional = "transactions" not in without and self.random.random() < _TRANSACTIONAL
        self.moments = self.history.moments()
        self.clock = self.moments[0]

    # --- one schedule ---------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Raises Diverged with what is wrong, as early as it can be seen."""
        logging.disable(logging.CRITICAL if self.say is None else logging.NOTSET)
        for _ in range(self.random.choice((1, 1, 2, 3))):
            self.start()
        troubled = self.random.randrange(40, 160) if self.faults.rate else 0
        if self.faults.rate:
            self._plots.begin()
        while self.inbox or self.steps < troubled or self._plots.thickens:
            self._step()
        self._come_to_rest()
        self.move_clock(END)
        self._rest()
        if self._asked_last:
            self._last_answers()

    def _last_answers(self) -> None:
        """At the end of time agencies answer what stands, one alert of a subject each, and things go wrong again."""
        self.tell("--- agencies answer what stands")
        asked: dict[str, str] = {}
        for alert in self.answers.standing():
            if alert["status"] == "OPEN" and alert["subject_key"] not in asked:
                asked[alert["subject_key"]] = alert["alert_id"]
                self.publish(self.answers.proper(alert, END))
        self.faults.calm, until = False, self.steps + 60
        self._plots.begin()
        while self.steps < until:
            self._step()
        self._come_to_rest()

    def _step(self) -> None:
        """Somebody moves, or time passes."""
        self.steps += 1
        if self.steps > MOST_STEPS:
            self.diverged(f"no rest after {MOST_STEPS} steps: {self._why_no_rest()}")
        if self._plots.go_on() or (self.faults.strikes() and self._trouble.strike()):
            return
        chance = self.random.random()
        ready = self.ready_effects()
        self.idle = 0 if ready or self.inbox else self.idle + 1
        if self.inbox and (chance < 0.12 or not ready):
            self.publish(self.inbox.pop())
        elif chance < 0.02 and self.answers.when == "any time" and not self.faults.calm:
            self._somebody_answers()
        elif ready and chance < 0.93:
            self._answer(self.random.choice(ready))
        elif chance < 0.94 and not self.faults.calm and self.clock != END:
            self.move_clock(self.another_moment())
        else:
            self._pass_time()

    @property
    def _asked_last(self) -> bool:
        return self.answers.when == "last"

    def _come_to_rest(self) -> None:
        """Nothing goes wrong from now on: whoever sleeps wakes, whoever is dead is missed, somebody is there."""
        self.faults.calm = True
        self._plots.drop()
        self.tell("--- nothing goes wrong any more")
        for effect in [effect for effect in self.effects if effect.given_up or not self.worker(effect.owner)]:
            self.effects.remove(effect)
            if effect.writes and self.random.random() < 0.3 and not self.faults.without.issuperset({"late arrival"}):
                self.tell(f"late: {effect.owner} {effect.name}")
                effect.arrive()
        for worker in self.living():
            worker.paused = False
        for member in list(self.broker.group.members):
            if not self.worker(member):
                self.broker.group.leave(member)
        if not self.living():
            self.start()
        self._rest()

    def _rest(self) -> None:
        # A store that was lost, and what others wrote that they must not, is found out by the timers.
        self._disturbed = self.loop.now
        while self.loop.now < self._disturbed + _NOTICED:
            self._step()
            if not self.living():
                self.start()
            for member in list(self.broker.group.members):
                if not self.worker(member):
                    self.broker.group.leave(member)
            if self._unplaced() or self._asking() or self._due() or self.broker.lag():
                self._disturbed = self.loop.now

    def _unplaced(self) -> bool:
        """The group waits for somebody, or somebody does not know yet what is theirs."""
        return not self.broker.group.stable or not all(self.may_write(worker.name) for worker in self.living())

    def _asking(self) -> bool:
        """Somebody waits for an answer that must come, and not only for news."""
        return any(e.error is not None and not e.given_up and self.worker(e.owner) for e in self.effects)

    def _due(self) -> bool:
        return any((now(self.store.real.next_due(number)) or self.clock + 1) <= self.clock for number in (0, 1))

    # --- moves ----------------------------------------------------------------------------------------------------

    def publish(self, message: Message) -> None:
        self.sent.append(message)
        end = self.broker.append(
            message.topic, 0, [Out(message.topic, message.key, message.value)], message.at, "agency"
        )  # type: ignore[arg-type]
        self.tell(f"publish {message.topic}@{end - 1} {message.event_id or 'poison'}")
        if self.random.random() < 0.5 and message.topic != topics.FEEDBACK:
            self.move_clock(max(self.clock, message.at))

    def _somebody_answers(self) -> None:
        message = self.answers.any()
        if message is not None:
            self.publish(message)

    def append(
        self, topic: str, partition: int, outs: Sequence[Out], writer: str, transaction: Transaction | None = None
    ) -> int:
        """A worker's write arrives."""
        end = self.broker.append(topic, partition, outs, self.clock, writer, transaction)
        late = not self.may_write(writer)
        if topic == topics.SUBJECTS:
            self.watch.written(outs, end, late=late)
        if transaction is None:
            self._show(topic, outs)
            if late:
                self.broker.logs[topic, partition].late |= {*range(end - len(outs), end)}
                if topic == topics.RESIDENTS and not self.store.remembers(partition, topics.RESIDENTS):
                    self._look_no_more()  # whoever comes next has no place to look from
        return end

    def may_write(self, name: str) -> bool:
        """Is this a member, and of this generation?"""
        worker, group = self.worker(name), self.broker.group
        return worker is not None and name in group.members and worker.client.generation == group.generation

    def _wronged(self, worker: SimWorker, error: Fenced) -> bool:
        """The partition is its own. (Where nothing was ever committed a sleeper that claims late takes the group for
        a new one, and outranks its successor once: by a higher life, not by a higher generation.)
        """
        owned = (topics.CLAIMS, error.partition) in self.broker.group.assignment.get(worker.name, ())
        outranked = error.stored % _LIFE < error.term % _LIFE
        return owned and self.broker.group.stable and self.may_write(worker.name) and not outranked

    def _store_lost(self) -> None:
        self._look_no_more()
        self._lose_an_earlier_life()

    def _look_no_more(self) -> None:
        """Late shared records are not looked for (ADR 0013)."""
        self.unlooked |= {
            (partition, offset)
            for (topic, partition), log in self.broker.logs.items()
            if topic == topics.RESIDENTS
            for offset in log.late
        }

    def forget_group(self) -> None:
        """The group is deleted while nobody works: its generations are counted anew."""
        for worker in self.living():
            self.kill(worker, "group forgotten")
        self.broker.forget_group()
        self.store.group_forgotten()
        self._earlier = self._born
        if self.store.lost:
            self._lose_an_earlier_life()

    def _lose_an_earlier_life(self) -> None:
        """What is still on its way from before the group was deleted never arrives, once the store was lost as well.

        Terms begin anew then, and those of the earlier life overrule them: not promised (docs/reliability.md).
        """
        self.effects = [effect for effect in self.effects if int(effect.owner[1:]) > self._earlier]

    def sealed(self, name: str, epoch: int) -> None:
        """A transaction is committed: its records can be read, and the group's offsets are where it says."""
        transaction = self.broker.commit(name, epoch)
        if transaction is not None:
            for topic, _, outs in transaction.parts:
                self._show(topic, outs)
            self.watch.committing(transaction.offsets)
            self.broker.group.committed.update(transaction.offsets)

    def _show(self, topic: str, outs: Sequence[Out]) -> None:
        for out in outs:
            if topic == topics.CLAIMS and out.value is not None:
                self.written.add((out.key, out.value))
                parcel = self.history.wire.read_parcel(out.value)
                if parcel.slip is not None:
                    self.slips.append(parcel)
            elif topic == topics.QUARANTINE:
                self.quarantined.add(out.key)

    def start(self) -> SimWorker:
        self._born += 1
        worker = SimWorker(self, f"w{self._born}")
        self.tell(f"start {worker.name}")
        self.workers.append(worker)
        worker.start()
        self.settle()
        return worker

    def kill(self, worker: SimWorker, why: str) -> None:
        self.tell(f"{why}: {worker.name} dies")
        worker.die()
        self.workers.remove(worker)
        self.effects = [e for e in self.effects if e.owner != worker.name or e.writes]

    def crashed(self, worker: SimWorker, error: BaseException) -> None:
        """The worker ended by itself."""
        if not isinstance(error, (Fenced, Outpaced)):
            self.found.append(f"worker ended with {type(error).__name__}: {error}")
        elif isinstance(error, Fenced) and self.store.sound and self._wronged(worker, error):
            self.found.append(f"the owner of partition {error.partition} was fenced")
        self.faults.done[f"ended: {type(error).__name__}"] += 1
        self.kill(worker, f"{type(error).__name__}")
        self.broker.group.leave(worker.name)

    def gone(self, worker: SimWorker) -> None:
        if worker in self.workers:
            self.kill(worker, "stopped")

    def move_clock(self, moment: int) -> None:
        if moment != self.clock:
            self.tell(f"clock {moment - self.clock:+d} ms")
            self.clock = moment

    def settle(self) -> None:
        self.loop.settle()
        if self.loop.complaints:
            self.found += self.loop.complaints
        if self.found:
            raise Diverged("; ".join(self.found))

    def diverged(self, what: str) -> None:
        self.found.append(what)
        raise Diverged(what)

    def tell(self, what: str) -> None:
        if self.say is not None:
            self.say(f"{self.steps:5d} {what}")

    # --- choices --------------------------------------------------------------------------------------------------

    def living(self) -> list[SimWorker]:
        return [worker for worker in self.workers if worker.alive]

    def worker(self, name: str) -> SimWorker | None:
        return next((worker for worker in self.workers if worker.name == name), None)

    def ready_effects(self) -> list[Effect]:
        """Requests that can be answered now. Those on one connection are answered in their order."""
        found, queues = [], set()
        self.effects = [effect for effect in self.effects if effect.writes or not effect.given_up]
        awake = {worker.name for worker in self.workers if not worker.paused}
        for effect in self.effects:
            if effect.queue is not None:
                key = (effect.owner, effect.queue)
                if key in queues:
                    continue
                queues.add(key)
            if effect.owner in awake and not effect.held and (effect.ready is None or effect.ready()):
                found.append(effect)
        return found

    def _answer(self, effect: Effect) -> None:
        self.effects.remove(effect)
        self.tell(f"{effect.owner} {effect.name}")
        if effect.writes:
            self._disturbed = self.loop.now
        effect.answer()
        self.settle()

    def _pass_time(self) -> None:
        self.loop.pass_time()
        self.broker.time_out(self.loop.now)
        self.tell(f"time {self.loop.now:.1f}")
        self.settle()

    def another_moment(self) -> int:
        due = [now(self.store.real.next_due(number)) for number in (0, 1)]
        return self.random.choice([*self.moments[:-1], *(moment for moment in due if moment and moment <= END)])

    def _told_in_some_order(self) -> list[Message]:
        """In order or not, and some of it twice: what agencies' systems do. The last is sent first."""
        messages, random = list(self.history.messages), self.random
        if "sent again" not in self.faults.without:
            messages += random.sample(messages, random.choice((0, 0, 1, 3)))
        if "poison" not in self.faults.without:
            messages += random.sample(self.history.poison, random.choice((0, 0, 0, 1)))
        if random.random() < 0.5:
            random.shuffle(messages)
        return messages[::-1]

    def _why_no_rest(self) -> str:
        return (
            f"lag {self.broker.lag()}, stable {self.broker.group.stable}, due {self._due()}, "
            f"waiting {[e.name for e in self.effects]}"
        )
