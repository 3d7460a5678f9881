"""The history checker: what agencies know, against what topics, group offsets and store hold.

Nothing is asked of the hub. Every check is a function of the history alone and yields what must not be; no answer from
any of them is a run without anomaly.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

import msgspec

from hub.domain.claim import LedgerState, State, SubjectState
from hub.errors import EXIT_UNAVAILABLE
from hub.runtime import topics
from hub.runtime.topics import AGENCY_TOPICS
from tests.faults.anomaly import Anomaly, told
from tests.faults.answers import answer_places, answered, bad_answers, check_fates, check_permission
from tests.faults.city import digest, digests, journey, wire
from tests.faults.commits import check_commits
from tests.faults.history import Dump, History
from tests.faults.monotone import check_monotone
from tests.faults.worker import REFUSED
from tests.integration.stage import alerts_of, differing, memory_of, standing

_TIME = re.compile(r'"time": "[^"]*"')
Check = Callable[[History], Iterator[Anomaly]]
_OWNER_FIELDS = (b"term", b"whole", b"end:")  # who owns a partition: no part of what was derived


def check(history: History) -> list[Anomaly]:
    """Everything that is wrong with a run."""
    return [anomaly for each in CHECKS for anomaly in each(history)]


# --- I1: exactly one of applied, duplicate, quarantined ------------------------------------------------------------


def check_broker(history: History) -> Iterator[Anomaly]:
    """Ground to stand on: what was acknowledged to the agencies is on their topics, at the place they were told."""
    held = {
        (topic, number, entry.offset): digest(entry.value or b"")
        for topic in (*AGENCY_TOPICS.values(), topics.FEEDBACK)
        for number, entry in history.entries(topic)
    }
    lost = (position for position, content in history.acknowledged.items() if held.get(position) != content)
    yield from told("I1", "acknowledged records are not on their topic (the broker's fault, not the hub's)", lost)


def check_books(history: History) -> Iterator[Anomaly]:
    """Every event on a topic stands in exactly one record's ledger; no ledger knows an event that was never sent."""
    events, _ = sent(history)
    entered = Counter(
        event_id
        for state in history.final_states
        if isinstance(state, LedgerState) and state.kind == "record"
        for event_id in state.acts
    )
    yield from told("I1", "events are in no ledger", events - entered.keys())
    yield from told("I1", "events are in more than one ledger", (e for e, times in entered.items() if times > 1))
    yield from told("I1", "events in ledgers were never sent", entered.keys() - events)


def check_quarantine(history: History) -> Iterator[Anomaly]:
    """Every bad message is in quarantine under its place, whole; and nothing else is."""
    _, bad = sent(history)
    answers = answer_places(history)  # of these some may be there: see check_fates
    refused = history.latest(topics.QUARANTINE)
    yield from told("I1", "bad messages are not in quarantine", bad.keys() - refused.keys())
    yield from told("I1", "quarantine records are about nothing bad", refused.keys() - bad.keys() - answers.keys())
    keyring = journey().parts.keyring
    whole = {**bad, **{key: value for key, (value, _) in answers.items()}}
    for key in sorted(whole.keys() & refused.keys()):
        record = wire().read_quarantine(refused[key])
        if keyring.unseal(record["payload"]) != whole[key]:
            yield Anomaly("I1", f"the payload of {key.decode()} is not the message that stands there")


def sent(history: History) -> tuple[set[str], dict[bytes, bytes]]:
    """What agencies' topics hold: ids of good events, and bad messages by the key quarantine must give them."""
    by_content = history.meanings()
    events: set[str] = set()
    bad: dict[bytes, bytes] = {}
    for topic in AGENCY_TOPICS.values():
        for number, entry in history.entries(topic):
            message = by_content.get((topic, entry.key, entry.value))
            if message is not None:
                events.add(message.event_id)
            else:
                bad[f"{topic}-{number}-{entry.offset}".encode()] = entry.value or b""
    bad.update(bad_answers(history))
    return events, bad


# --- I2, I3, I9: as a replay without faults ------------------------------------------------------------------------


def check_memory(history: History) -> Iterator[Anomaly]:
    """Everything taken in, and the shared records, equal the replay's."""
    states, expected = [_silent(state) for state in history.final_states], history.book.expected
    yield from told("I3", "subjects remember something else", differing(digests(memory_of(states)), expected.memory))
    residents = {key: msgspec.json.encode(document) for key, document in history.residents.items()}
    yield from told("I3", "residents differ", differing(digests(residents), expected.residents))


def _silent(state: State) -> State:
    """Answers are looked at apart."""
    return msgspec.structs.replace(state, answers={}) if isinstance(state, SubjectState) and state.answers else state


def check_alerts(history: History) -> Iterator[Anomaly]:
    """The alerts that stand are the replay's with the answers taken in, and their times; no fingerprint has two."""
    alerts = alerts_of(history.final_states)
    open_ones = Counter(alert["fingerprint"] for alert in alerts.values() if alert["status"] != "CLOSED")
    yield from told("I2", "fingerprints have two open alerts", (f for f, times in open_ones.items() if times > 1))
    if max(open_ones.values(), default=1) == 1:
        differ = differing(standing(alerts.values()), answered(history))
        yield from told("I2", "standing alerts differ", differ)


def check_published(history: History) -> Iterator[Anomaly]:
    """What others read is what the store holds: newest alert of every id, newest record of every resident."""
    reader, held = wire(), alerts_of(history.final_states)
    stored = {alert_id: reader.read_alert(reader.alert(document)) for alert_id, document in held.items()}
    published = {k.decode(): reader.read_alert(v) for k, v in history.latest(topics.ALERTS).items()}
    # What a zombie told and nobody stands for may stay as history, once it is withdrawn.
    phantoms = {i for i, alert in published.items() if i not in stored and alert["status"] == "CLOSED"}
    kept = {alert_id: alert for alert_id, alert in published.items() if alert_id not in phantoms}
    yield from told("I2", "alerts on the topic are not the store's", differing(kept, stored))
    shared = {key.encode(): reader.resident(document) for key, document in history.residents.items()}
    yield from told("I2", "residents on the topic differ", differing(history.latest(topics.RESIDENTS), shared))


# --- I7: the topic is the truth, the store its materialisation ------------------------------------------------------


def check_changelog(history: History) -> Iterator[Anomaly]:
    """The newest record of every subject is, byte for byte, what the store holds."""
    yield from told(
        "I7",
        "subjects differ between topic and store",
        differing(history.latest(topics.SUBJECTS), history.stored_states()),
    )


def check_rebuilt(history: History) -> Iterator[Anomaly]:
    """Wiped and rebuilt: the same states, wake-ups and markers."""
    before, after = without_owner(history.store), without_owner(history.rebuilt)
    yield from told("I7", "keys of the store differ after a rebuild", differing(after, before))


def without_owner(dump: Dump) -> dict[str, Mapping[bytes, bytes | float]]:
    """A dump without the fence, which names the owner and says nothing of the content."""
    found = {
        name: {
            field: value
            for field, value in fields.items()
            if not name.endswith(":meta") or not field.startswith(_OWNER_FIELDS)
        }
        for name, fields in dump.items()
    }
    return {name: fields for name, fields in found.items() if fields}


# --- the rest -------------------------------------------------------------------------------------------------------


def check_rest(history: History) -> Iterator[Anomaly]:
    """The hub came to rest by itself, with everything committed, and no worker ended by a bug of its own."""
    if not history.quiet:
        yield Anomaly("L1", f"the hub did not come to rest; {history.lag} records are not done")
    for code, times in history.ends.items():
        if code > 0 and code not in (REFUSED, EXIT_UNAVAILABLE):  # broker away at the start; ends to be started again
            yield Anomaly("B1", f"{times} workers ended with code {code}")


def check_offsets(history: History) -> Iterator[Anomaly]:
    """Nothing is left uncommitted, and no commit is beyond the end of its topic."""
    last: dict[tuple[str, int], int] = {
        (topic, number): entries[-1].offset + 1
        for topic, partitions in history.topics.items()
        for number, entries in partitions.items()
        if entries and topic in {*AGENCY_TOPICS.values(), topics.CLAIMS, topics.FEEDBACK}
    }
    behind = (target for target, end in last.items() if history.committed.get(target, 0) < end)
    yield from told("I4", "partitions were not committed to their last record", behind)


def check_canaries(history: History) -> Iterator[Anomaly]:
    """No number and no name of anybody stands in a log (I8)."""
    canaries = [text for text in history.book.canaries if len(text) > 1]
    for path in history.logs:
        # The same line a thousand times over says it once.
        lines = {_TIME.sub("", line) for line in path.read_text(errors="replace").splitlines()}
        content = "\n".join(sorted(lines))
        found = [text for text in canaries if text in content]
        if found:
            yield Anomaly("I8", f"{path.name} names {len(found)} personal values")


CHECKS: tuple[Check, ...] = (
    check_broker,
    check_rest,
    check_books,
    check_quarantine,
    check_fates,
    check_permission,
    check_memory,
    check_alerts,
    check_published,
    check_changelog,
    check_rebuilt,
    check_monotone,
    check_offsets,
    check_commits,
    check_canaries,
)
