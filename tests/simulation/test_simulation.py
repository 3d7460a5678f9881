"""A few hundred simulated schedules; the many are `python -m tests.simulation`. And proof that bugs are caught."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from hub.domain.claim import SubjectState
from hub.runtime import topics
from hub.runtime.records import Out
from tests.simulation.broker import Broker
from tests.simulation.bugs import BUGS
from tests.simulation.faults import PLOTS
from tests.simulation.histories import history_of
from tests.simulation.loop import SteppedLoop
from tests.simulation.pure import ImpureError, Memory
from tests.simulation.steps import Effect
from tests.simulation.store import SharedStore, now
from tests.simulation.world import Diverged, World

ROOT = Path(__file__).resolve().parents[2]
SCHEDULES, FIRST = 200, 5_000_000


def simulate(*args: str) -> subprocess.CompletedProcess[str]:
    """The command, as somebody types it: it sees to it itself that sets are walked in the same order."""
    command = [sys.executable, "-m", "tests.simulation", *args]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900, check=False)


@pytest.fixture(scope="module")
def schedules() -> str:
    """What a run of schedules says, crashes, zombies, lost stores and transactions included."""
    run = simulate("--schedules", str(SCHEDULES), "--seed", str(FIRST))
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-2000:]
    return run.stdout


def test_no_schedule_diverges(schedules):
    """Whatever crashes between which effects: residents, memory and alerts are LocalHub's, topics and store agree."""
    assert f"{SCHEDULES} schedules" in schedules
    assert "0 divergences" in schedules


@pytest.mark.parametrize(
    "kind",
    [
        "crash before an effect",
        "crash after an effect",
        "error, done",
        "error, not done",
        "zombie",
        "late arrival",
        "store emptied",
        "rebalance",
        "offsets rewound",
        "hole",
        "sent again",
        "ended: Fenced",
        *sorted(set(PLOTS) - {"sleeper seals"}),  # that needs more schedules: `opened late` is caught by it
    ],
)
def test_the_schedules_met_every_kind_of_trouble(schedules, kind):
    """A fault that never happens proves nothing."""
    assert re.search(rf"\b{kind} [1-9]", schedules), schedules[-1500:]


def test_a_seed_says_everything():
    """The same seed makes the same schedule, step by step."""
    runs = [simulate("--seed", "33", "--one", "--trace").stdout for _ in range(2)]
    assert runs[0] == runs[1]
    assert len(runs[0].splitlines()) > 100


FIRST_RUNS = (1_001_773, 1_006_367, 1_010_463, 1_010_563, 1_011_264, 1_011_958)
HUNDRED_THOUSAND = (3_009_442, 3_009_973, 3_046_911, 3_063_238, 3_076_838)


@pytest.mark.parametrize("seed", FIRST_RUNS + HUNDRED_THOUSAND)
def test_a_schedule_that_once_diverged_does_not(seed):
    """Found by runs of more than ten thousand; docs/reliability.md says what was wrong."""
    run = simulate("--seed", str(seed), "--one")
    assert run.returncode == 0, run.stdout


@pytest.fixture(scope="module")
def hunts() -> str:
    """What hunting for every planted bug says."""
    return simulate("--bug", "all", "--schedules", "3000").stdout


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_caught(hunts, bug):
    """Each breaks one promise in the real code, and some schedule shows it."""
    assert re.search(rf"^{bug}: caught by seed", hunts, re.MULTILINE), hunts


def test_an_answer_that_changes_is_found_out():
    """What is remembered of the pipeline is only right if its functions are functions."""
    memory, answers = Memory(), iter(range(10_000))

    def ask_often() -> None:
        for _ in range(1000):
            memory.ask(("x",), None, lambda: next(answers), lambda value: value)

    with pytest.raises(ImpureError):
        ask_often()


def test_readers_stop_where_a_transaction_is_open():
    """The simulated broker shows committed records only, in order, and skips what was aborted."""
    broker = Broker([])
    log = broker.logs["hub.claims.v1", 0]
    for name in ("w", "v"):
        transaction = broker.transaction(name, broker.init(name))
        broker.append("hub.claims.v1", 0, [Out("hub.claims.v1", name.encode(), b"x")], 0, name, transaction)
    assert log.read(0, 10) == ([], 0)
    broker.commit("w", broker.epochs["w"])
    assert [record.key for record in log.read(0, 10)[0]] == [b"w"]
    broker.abort("v")
    assert ([record.key for record in log.read(0, 10)[0]], log.read(0, 10)[1]) == ([b"w"], 4)


def test_a_copy_from_before_the_store_and_the_group_were_lost_is_not_put_back():
    """Either alone is promised; both, and then the copy, is what the documentation says is not."""
    store = SharedStore(lambda: None)
    now(store.real.claim(0, 7))
    store.snapshot()
    store.empty()
    assert store.roll_back(0.0)
    assert store.real._of(0).term == 7
    store.empty()
    store.group_forgotten()
    assert not store.roll_back(0.0)
    store.snapshot()
    assert store.roll_back(0.0)


@pytest.fixture(scope="module")
def grown() -> tuple[bytes, bytes]:
    """A resident, and the same resident who has seen more."""
    read, found = history_of(0).wire, SubjectState("r-1", "resident")
    return read.state(found), read.state(msgspec.structs.replace(found, now=5))


def test_a_sleepers_state_may_be_restored_before_its_successors(grown):
    """What was read last is the successor's, though to the byte it is the sleeper's, of which nothing was promised."""
    world = World(0)
    key, (less, more) = b"r-1", grown
    for end, value, late in ((1, more, True), (2, less, False), (3, more, False)):
        world.watch.written([Out(topics.SUBJECTS, key, value)], end, late=late)
    world.watch.saved({}, {key: more}, marker=1)
    world.watch.saved({key: more}, {key: less}, marker=2)
    assert not world.found


def test_a_state_that_forgets_is_found_out(grown):
    """An owner's state is never followed by one that knows less."""
    world = World(0)
    key, (less, more) = b"r-1", grown
    for end, value in ((1, more), (2, less)):
        world.watch.written([Out(topics.SUBJECTS, key, value)], end, late=False)
    world.watch.saved({}, {key: more}, marker=1)
    with pytest.raises(Diverged, match="forgot"):
        world.watch.saved({key: more}, {key: less}, marker=2)


@pytest.mark.parametrize("first", ["store", "group"])
def test_nothing_of_an_earlier_life_arrives_once_the_store_was_lost_as_well(first):
    """Either loss alone lets late writes in; after both, terms are counted anew (docs/reliability.md)."""
    world = World(0)
    world.start()
    world.effects.append(Effect("w1", "produce", lambda: None, world.loop.create_future(), writes=True))
    losses = [world.store.empty, world.forget_group]
    for lose in losses if first == "store" else reversed(losses):
        assert world.effects
        lose()
    assert not world.effects


def test_time_passes_only_when_it_is_let():
    """The loop fires timers in order, one moment at a time."""
    loop, fired = SteppedLoop(), []
    for when in (3.0, 1.0, 1.0):
        loop.call_at(when, fired.append, when)
    loop.settle()
    assert fired == []
    loop.pass_time()
    loop.settle()
    assert (fired, loop.now) == ([1.0, 1.0], 1.0)
