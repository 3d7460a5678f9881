"""The checker is silent where nothing is wrong, and speaks up for everything that can be. No services are needed."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from multiprocessing import get_context

import msgspec
import pytest

from hub.domain.claim import Answer, SubjectState
from hub.runtime import topics
from hub.runtime.points import Point
from tests.faults.answers import answer_places, answered, bad_answers
from tests.faults.bench import SmallDisk
from tests.faults.checker import check
from tests.faults.city import SHANGHAI, city_book, wire, within_today
from tests.faults.draw import draw_plan, with_answers
from tests.faults.history import Entry, History
from tests.faults.plan import Plan, read_plan, write_plan
from tests.faults.planted import BUGS
from tests.faults.points import POINTS, Walk, every_stop, walk_plans
from tests.faults.stream import stream_of
from tests.faults.undisturbed import undisturbed
from tests.faults.watch import Sample
from tests.integration.stage import differing

PLAN = Plan(seed=5, persons=40, city=5, partitions=2, poison=0.02, answers=0.9)


@pytest.fixture(scope="module")
def original(tmp_path_factory) -> History:
    folder = tmp_path_factory.mktemp("checker")
    log = folder / "worker-0-1.log"
    log.write_text("nothing of anybody\n")
    return undisturbed(city_book(PLAN.persons, PLAN.city, folder), PLAN, [log])


@pytest.fixture
def history(original) -> History:
    """A copy that a test may spoil; what was read from it before is not shared."""
    return replace(
        original,
        topics={t: {n: list(entries) for n, entries in parts.items()} for t, parts in original.topics.items()},
        store=copy.deepcopy(original.store),
        rebuilt=copy.deepcopy(original.rebuilt),
        acknowledged=dict(original.acknowledged),
    )


def checks(history: History) -> set[str]:
    return {anomaly.check for anomaly in check(history)}


def test_nothing_is_wrong_where_nothing_happened(history):
    """A run without faults has no anomaly: what the checker says elsewhere, it says of the fault."""
    assert check(history) == []
    assert len(history.stream) > 400
    assert any(history.topics[topics.QUARANTINE].values())
    assert any(history.topics[topics.ALERTS].values())
    taken_in = [answer for state in history.books for answer in state.answers.values()]
    assert {bool(answer.refused) for answer in taken_in} == {True, False}
    assert len(answer_places(history)) > len(taken_in)  # some came twice, some to nobody
    assert bad_answers(history)
    assert differing(answered(history), history.book.expected.standing)


def _busiest(history: History, topic: str) -> list[Entry]:
    return max(history.topics[topic].values(), key=len)


def lose_an_acknowledged_record(history: History) -> None:
    history.topics[topics.AGENCY_TOPICS["PSB"]][0].pop()


def lose_a_quarantine_record(history: History) -> None:
    _busiest(history, topics.QUARANTINE).pop()


def quarantine_a_good_event(history: History) -> None:
    entries = _busiest(history, topics.QUARANTINE)
    entries.append(Entry(len(entries), b"agency.psb.changes.v1-0-0", entries[0].value))


def lose_a_subject_everywhere(history: History) -> None:
    """As if its parcels had been committed and never absorbed."""
    name = next(name for name in history.store if name.endswith(":state"))
    key = next(key for key in history.store[name] if key.startswith(b"r-"))
    del history.store[name][key], history.rebuilt[name][key]  # type: ignore[attr-defined]
    for entries in history.topics[topics.SUBJECTS].values():
        entries[:] = [entry for entry in entries if entry.key != key]


def keep_an_old_alert(history: History) -> None:
    """Its last turn was never told: it stands open on the topic for ever."""
    entries = _busiest(history, topics.ALERTS)
    entries.append(Entry(len(entries), *_of(next(e for e in entries if _turns(entries, e) > 1))))


def _turns(entries: list[Entry], entry: Entry) -> int:
    return len({other.value for other in entries if other.key == entry.key})


def _of(entry: Entry) -> tuple[bytes | None, bytes | None]:
    return entry.key, entry.value


def tell_a_phantom(history: History) -> None:
    entries = _busiest(history, topics.ALERTS)
    opened = next(e for e in entries if e.value and wire().read_alert(e.value)["status"] == "OPEN")
    entries.append(Entry(len(entries), b"al-of-nobody", opened.value))


def keep_an_old_resident(history: History) -> None:
    entries = _busiest(history, topics.RESIDENTS)
    entries.append(Entry(len(entries), *_of(next(e for e in entries if _turns(entries, e) > 1))))


def overwrite_with_less(history: History) -> None:
    """A zombie's state is the last word on the changelog."""
    entries = _busiest(history, topics.SUBJECTS)
    old = next(e for e in entries if e.key is not None and e.key.startswith(b"r-") and _turns(entries, e) > 1)
    entries.append(Entry(len(entries), *_of(old)))


def lose_a_timer_in_the_rebuild(history: History) -> None:
    name = next(name for name in history.rebuilt if name.endswith(":due"))
    history.rebuilt[name].popitem()  # type: ignore[attr-defined]


def shift_a_marker(history: History) -> None:
    history.store["hub:{p0}:meta"][b"marker"] = b"1"  # type: ignore[index]


def commit_ahead(history: History) -> None:
    """At the moment of a sample the offsets were committed, and the outputs not yet there."""
    last = history.samples[-1]
    behind = {target: end - 1 if target[0] == topics.SUBJECTS else end for target, end in last.ends.items()}
    history.samples = [Sample(0.0, last.committed, behind)]


def leave_a_record_uncommitted(history: History) -> None:
    history.committed = {target: end - 1 for target, end in history.committed.items() if end}


def open_an_alert_at_another_time(history: History) -> None:
    for name, fields in history.store.items():
        for key, value in fields.items():
            state = wire().read_state(value) if name.endswith(":state") and isinstance(value, bytes) else None
            if isinstance(state, SubjectState) and any(alert.status == "OPEN" for alert in state.alerts.values()):
                for alert in state.alerts.values():
                    alert.opened_at += 1000
                fields[key] = wire().state(state)  # type: ignore[index]
                return


def _change(history: History, wanted: Callable[[SubjectState], bool], change: Callable[[SubjectState], None]) -> None:
    """One subject's state in the store becomes another."""
    for name, fields in history.store.items():
        for key, value in fields.items():
            state = wire().read_state(value) if name.endswith(":state") and isinstance(value, bytes) else None
            if isinstance(state, SubjectState) and wanted(state):
                change(state)
                fields[key] = wire().state(state)  # type: ignore[index]
                return
    raise AssertionError("no subject is like that")


def forget_an_answer(history: History) -> None:
    """It was acknowledged to the agency, and nobody knows of it."""
    _change(history, lambda state: any(_counts(a) for a in state.answers.values()), lambda state: state.answers.clear())


def _counts(answer: Answer) -> bool:
    return not answer.refused


def refuse_what_was_taken_in(history: History) -> None:
    """It has two fates."""
    taken_in = {identity for state in history.books for identity, answer in state.answers.items() if _counts(answer)}
    place = next(place for place, (_, answer) in answer_places(history).items() if answer.identity in taken_in)
    entries = _busiest(history, topics.QUARANTINE)
    entries.append(Entry(len(entries), place, entries[0].value))


def lose_a_refusal(history: History) -> None:
    places = answer_places(history)
    for entries in history.topics[topics.QUARANTINE].values():
        entries[:] = [entry for entry in entries if entry.key not in places]


def lose_an_answer_on_its_topic(history: History) -> None:
    _busiest(history, topics.FEEDBACK).pop()


def hear_whom_nobody_asked(history: History) -> None:
    """An answer that had to be refused counts, everywhere alike."""

    def heard(state: SubjectState) -> None:
        state.answers = {i: msgspec.structs.replace(a, refused=()) for i, a in state.answers.items()}

    _change(history, lambda state: any(a.refused == ("NOT_ACTING",) for a in state.answers.values()), heard)
    lose_a_refusal(history)


def take_no_notice(history: History) -> None:
    """An answer stands in the books, and its alert is as if nobody had said anything."""

    def silent(state: SubjectState) -> None:
        for alert in state.alerts.values():
            if alert.answer is not None and alert.status != "CLOSED":
                alert.status, alert.answer = "OPEN", None

    _change(history, lambda state: any(a.status == "ACKED" for a in state.alerts.values()), silent)


def commit_answers_ahead(history: History) -> None:
    """The offsets of answers were committed before a parcel went to any pointer."""
    last = history.samples[-1]
    committed = {target: end for target, end in last.committed.items() if target[0] == topics.FEEDBACK}
    behind = {target: 0 if target[0] == topics.CLAIMS else end for target, end in last.ends.items()}
    history.samples = [Sample(0.0, committed, behind)]


def name_somebody_in_a_log(history: History) -> None:
    number = next(text for text in history.book.canaries if text.isdigit())
    history.logs = [history.logs[0].with_name("worker-0-2.log")]
    history.logs[0].write_text(f"cannot decode {number}\n")


def never_rest(history: History) -> None:
    history.quiet = False


def end_by_a_bug(history: History) -> None:
    history.ends = {70: 1}


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lose_an_acknowledged_record, "I1"),
        (lose_a_quarantine_record, "I1"),
        (quarantine_a_good_event, "I1"),
        (lose_a_subject_everywhere, "I3"),
        (keep_an_old_alert, "I2"),
        (tell_a_phantom, "I2"),
        (keep_an_old_resident, "I2"),
        (overwrite_with_less, "I6"),
        (overwrite_with_less, "I7"),
        (lose_a_timer_in_the_rebuild, "I7"),
        (shift_a_marker, "I7"),
        (commit_ahead, "I4"),
        (leave_a_record_uncommitted, "I4"),
        (open_an_alert_at_another_time, "I2"),
        (name_somebody_in_a_log, "I8"),
        (forget_an_answer, "I1"),
        (refuse_what_was_taken_in, "I1"),
        (lose_a_refusal, "I1"),
        (lose_an_answer_on_its_topic, "I1"),
        (take_no_notice, "I2"),
        (commit_answers_ahead, "I4"),
        (never_rest, "L1"),
        (end_by_a_bug, "B1"),
    ],
)
def test_whatever_is_wrong_is_seen(history, spoil: Callable[[History], None], expected: str):
    """One thing spoilt in a good history, and the check whose promise it breaks says so."""
    spoil(history)
    assert expected in checks(history)


def test_an_answer_by_somebody_nobody_asked_is_seen(history):
    """Taken in everywhere alike, with no refusal left anywhere, it is still an answer that had to be refused."""
    hear_whom_nobody_asked(history)
    assert any("nobody had asked" in anomaly.what for anomaly in check(history))


def test_a_zombies_record_that_says_so_and_is_written_over_is_no_loss(history):
    """A state of a lower term than its forerunner's is nobody's truth, if the last word is the successor's."""
    entries = _busiest(history, topics.SUBJECTS)
    old = next(e for e in entries if e.key is not None and _turns(entries, e) > 1)
    newest = [e for e in entries if e.key == old.key][-1]
    entries[-1] = replace(entries[-1], term=7)
    entries.append(Entry(len(entries), *_of(old), term=6))
    entries.append(Entry(len(entries), *_of(newest), term=7))
    assert "I6" not in checks(history)


@pytest.mark.parametrize(("hour", "amount", "expected"), [(12, 3600, 3600), (23, 3600, -3600), (0, -3600, 3600)])
def test_a_clock_jumps_within_the_day(hour: int, amount: float, expected: float):
    """What a run must end with is expected of one business date, so no fault may turn the calendar."""
    assert within_today(amount, datetime(2026, 11, 23, hour, 30, tzinfo=SHANGHAI)) == expected


def test_a_disk_that_cannot_be_small_is_a_folder(tmp_path, monkeypatch):
    """Where nothing may be mounted, data lies in a plain folder that is gone afterwards, and nobody fills it."""
    monkeypatch.setattr("tests.faults.bench.mount_small", lambda folder, size: False)
    with SmallDisk(tmp_path / "disk", "1m") as disk:
        (disk.folder / "data").write_text("x")
        with pytest.raises(AssertionError):
            disk.fill()
    assert not (tmp_path / "disk").exists()


def test_a_seed_is_a_run(original, tmp_path):
    """The same seed draws the same plan and the same stream, and a plan survives being written down."""
    plan = draw_plan(11)
    assert plan == draw_plan(11)
    assert plan != draw_plan(12)
    write_plan(plan, tmp_path / "plan.json")
    assert read_plan(tmp_path / "plan.json") == plan
    assert stream_of(PLAN, original.book) == stream_of(PLAN, original.book)


def test_the_walk_goes_everywhere():
    """Every point of the code is a stop in some lane, every stop is in a plan, and only what was hit is ticked off."""
    stops = every_stop()
    assert {stop.point for stop in stops} == set(Point)
    plans = list(walk_plans(stops, 1))
    planned = [(plan.delivery, f.lane, f.point) for plan in plans for f in plan.faults if f.kind == "kill_at"]
    assert sorted(planned) == sorted(stops)
    walk = Walk()
    assert walk.missing == stops
    assert [plan.delivery for plan in walk_plans(walk.missing[-1:], 1)] == ["transactional"]


def test_answers_do_not_change_what_a_seed_means():
    """The same faults of the same kinds at the same moments, and one more where answers are taken in."""
    for seed in range(1, 60):
        plan, asked = draw_plan(seed), with_answers(draw_plan(seed))
        own = next(fault for fault in asked.faults if fault.lane == "feedback")
        assert asked.answers > 0
        assert own.point in POINTS[asked.delivery]["feedback"]
        assert len(asked.faults) == len(plan.faults) + 1
        assert {(f.kind, f.at) for f in plan.faults} <= {(f.kind, f.at) for f in asked.faults}


@pytest.mark.parametrize("name", BUGS)
def test_a_bug_can_still_be_planted(name: str):
    """The classes it patches are where it expects them; a bug that is not there would be caught by nobody."""
    child = get_context("fork").Process(target=BUGS[name].plant)
    child.start()
    child.join(60)
    assert child.exitcode == 0
