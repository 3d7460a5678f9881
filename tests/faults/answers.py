"""What became of agencies' answers (I1), and what they make of the alerts (I2).

An answer that may be given stands in the books of the subject whose alert it names, and nowhere else. One that may not
be given stands in quarantine, and in the books as refused, so that the same one is refused once; only where nobody
knows the alert there are no books. What can be no answer at all is in quarantine like any other bad message.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec

from hub.domain.claim import Answer, SubjectState
from hub.domain.event import Code
from hub.domain.feedback import AUTHORITY
from hub.runtime import topics
from tests.faults.anomaly import Anomaly, told
from tests.faults.city import journey, wire
from tests.faults.history import History
from tests.integration.stage import alerts_of, standing

Places = dict[bytes, tuple[bytes, Answer]]


def answer_places(history: History) -> Places:
    """Where answers stand on their topic, as quarantine names the place: the message, and what it says."""
    found: Places = {}
    for number, entry in history.entries(topics.FEEDBACK):
        reply = history.given.get((entry.key, entry.value))
        if reply is not None and reply.answer is not None:
            found[_place(number, entry.offset)] = (reply.value, reply.answer)
    return found


def bad_answers(history: History) -> dict[bytes, bytes]:
    """What stands on the topic of answers and is none."""
    found: dict[bytes, bytes] = {}
    for number, entry in history.entries(topics.FEEDBACK):
        reply = history.given.get((entry.key, entry.value))
        if reply is None or reply.answer is None:
            found[_place(number, entry.offset)] = entry.value or b""
    return found


def _place(partition: int, offset: int) -> bytes:
    return f"{topics.FEEDBACK}-{partition}-{offset}".encode()


def check_fates(history: History) -> Iterator[Anomaly]:
    """Every answer on the topic has exactly one fate; no book knows an answer that nobody gave."""
    held = Counter(identity for state in history.books for identity in state.answers)
    books = {identity: answer for state in history.books for identity, answer in state.answers.items()}
    where: defaultdict[str, list[bytes]] = defaultdict(list)
    for place, (_, answer) in answer_places(history).items():
        where[answer.identity].append(place)
    refused = history.latest(topics.QUARANTINE)
    yield from told("I1", "answers in books were never given", held.keys() - where.keys())
    yield from told("I1", "answers are in the books of two subjects", (i for i, times in held.items() if times > 1))
    for identity, places in where.items():
        kept = [refused[place] for place in places if place in refused]
        wrong = _wrong_fate(books.get(identity), kept, len(places))
        if wrong:
            yield Anomaly("I1", f"answer {places[0].decode()} {wrong}")


def _wrong_fate(entered: Answer | None, kept: list[bytes], copies: int) -> str:
    """What is wrong with what became of an answer; nothing, mostly. `kept`: its records in quarantine."""
    codes = [_codes(value) for value in kept]
    if entered is None:
        if len(kept) < copies:
            return f"came to nothing: {len(kept)} of {copies} copies are in quarantine, and no book has it"
        return "" if set(codes) == {(Code.UNKNOWN_ALERT,)} else f"is in no book, though refused for {codes}"
    if not entered.refused:
        return f"was taken in, and refused for {codes}" if kept else ""
    if set(codes) != {entered.refused}:
        return f"is refused for {entered.refused} in the books, for {codes} in quarantine"
    return "" if len(kept) == 1 else f"was refused {len(kept)} times"


def _codes(value: bytes) -> tuple[str, ...]:
    return tuple(str(fault["code"]) for fault in wire().read_quarantine(value)["faults"])


def check_permission(history: History) -> Iterator[Anomaly]:
    """Only those were heard who were ever asked; and nobody was refused as not asked who was asked all along."""
    asked = _ever_asked(history)
    heard, turned_away = [], []
    for state in history.books:
        moved = {(a.alert_id, a.owner) for a in state.answers.values() if a.result == "NOT_MINE" and not a.refused}
        for answer in state.answers.values():
            turns = asked.get(answer.alert_id, [])
            if not answer.refused and answer.agency != AUTHORITY and (answer.alert_id, answer.agency) not in moved:
                heard += [answer.identity] if answer.agency not in turns else []
            elif Code.NOT_ACTING in answer.refused and not any(alert == answer.alert_id for alert, _ in moved):
                turned_away += [answer.identity] if set(turns) == {answer.agency} else []
    yield from told("I1", "answers were taken in from agencies that nobody had asked", heard)
    yield from told("I1", "answers were refused though their agency was asked all along", turned_away)


def _ever_asked(history: History) -> dict[str, list[str]]:
    """Whom each alert was addressed to, turn by turn, on its topic."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for _, entry in history.entries(topics.ALERTS):
        if entry.key is not None and entry.value is not None:
            found[entry.key.decode()].append(_acting(entry.value))
    return found


@cache
def _acting(value: bytes) -> str:
    return str(wire().read_alert(value)["acting_agency"])


def answered(history: History) -> dict[str, dict[str, Any]]:
    """The alerts that must stand: the replay's, and upon them the answers that were taken in.

    Which answers those are depends on when they came, and is the history's to say. What follows from them does not:
    it is a function of the claims, the answers and the date. So they are put into the replay's books, and the subject
    is judged there. A case that ran out and came back in the one order of events need not have done so in the other,
    so cases may be numbered otherwise: an answer goes to the replay's present case if it was given to the hub's.
    """
    expected = dict(history.book.expected.standing)
    asked = {state.key for state in history.books}
    kept = {name: alert for name, alert in expected.items() if alert["subject_key"] not in asked}
    played = [_played(history, state) for state in history.books if state.key in history.book.expected.alerted]
    return kept | standing(alerts_of(played).values())


def _played(history: History, found: SubjectState) -> SubjectState:
    state = wire().read_state(history.book.expected.alerted[found.key])
    assert isinstance(state, SubjectState)
    state.answers = {identity: _renamed(answer, found, state) for identity, answer in found.answers.items()}
    judged = journey().tick(state, max(found.now, state.now)).state
    assert isinstance(judged, SubjectState)
    return judged


def _renamed(answer: Answer, found: SubjectState, state: SubjectState) -> Answer:
    ours, theirs = found.alerts.get(answer.fingerprint), state.alerts.get(answer.fingerprint)
    if ours is None or theirs is None or ours.alert_id != answer.alert_id:
        return answer
    return msgspec.structs.replace(answer, alert_id=theirs.alert_id)
