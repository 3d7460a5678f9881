"""The stage of the integration tests: a city, hub processes, and what topics and stores hold in the end."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import httpx
import msgspec
from kafka import KafkaConsumer, TopicPartition

from hub.bootstrap import build_journey
from hub.domain.claim import LedgerState, PointerState, State, SubjectState
from hub.domain.keys import kind_of
from hub.fold.person import Person
from hub.local import LocalHub
from hub.pipeline.journey import Journey
from hub.replay import replay
from hub.runtime.wire import Wire
from hub.simulate import City, simulate, write_city

HUB = str(Path(sys.executable).with_name("hub"))
DAYS = 730
# What an alert went through depends on what arrived when; what stands, and since when, does not.
_HISTORY = frozenset({"alert_id", "closed_at", "close_reason", "closing_event_id"})
_ADDRESS = re.compile(r"broker (?P<broker>[0-9.]+:[0-9]+) · HTTP (?P<url>http://[0-9.]+:[0-9]+)")


@lru_cache(maxsize=4)
def city_of(persons: int, seed: int) -> City:
    """A city, made once per run."""
    return simulate(persons, DAYS, seed)


@lru_cache(maxsize=1)
def journey() -> Journey:
    """The pipeline of the fictional city."""
    return build_journey()


def wire() -> Wire:
    return Wire(journey().parts.codec)


def replay_city(city: City, folder: Path, as_of: date) -> LocalHub:
    """`hub.replay` of the city's `events.jsonl`."""
    write_city(city, folder)
    return replay(journey(), [folder / "events.jsonl"], as_of)


# --- what is compared ---------------------------------------------------------------------------------------------


def residents_of(states: Iterable[State]) -> dict[str, bytes]:
    """The shared records as JSON bytes, by resident id."""
    subjects = (state for state in states if isinstance(state, SubjectState) and state.kind == "resident")
    documents = (journey().resident(state) for state in subjects)
    return {document["resident_id"]: msgspec.json.encode(document) for document in documents if document}


def alerts_of(states: Iterable[State]) -> dict[str, dict[str, Any]]:
    """Every alert the states say was published, by alert id."""
    found = (
        journey().alert(alert, state.key)
        for state in states
        if isinstance(state, SubjectState)
        for alert in (*state.closed, *state.alerts.values())
        if alert.status != "PENDING"
    )
    return {document["alert_id"]: document for document in found}


def standing(alerts: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Alerts not closed, by fingerprint, without their history; whoever freezes is named by fingerprint, too."""
    known = {alert["alert_id"]: alert for alert in alerts}
    found: dict[str, dict[str, Any]] = {}
    for alert in known.values():
        if alert["status"] == "CLOSED":
            continue
        assert alert["fingerprint"] not in found, "two alerts stand for one fingerprint"
        freezer = known[alert["frozen_by"]]["fingerprint"] if alert["frozen_by"] else None
        rest = {name: value for name, value in alert.items() if name not in _HISTORY}
        found[alert["fingerprint"]] = {**rest, "frozen_by": freezer}
    return found


def memory_of(states: Iterable[State]) -> dict[str, bytes]:
    """What was taken in, by key: claims, notices, relays, books; nothing of when it was judged, or how often told.

    Pointers are left out: there is one for every alert ever told, and that is history.
    """
    return {
        state.key: msgspec.json.encode(_taken_in(state), order="deterministic")
        for state in states
        if not isinstance(state, PointerState)
    }


def _taken_in(state: LedgerState | SubjectState) -> tuple[Any, ...]:
    if isinstance(state, LedgerState):
        return state.acts, state.digests, state.taken_back
    # Which number a relay bears depends on what its source took in before its content last changed (ADR 0009); and one
    # that takes everything back says as little as none, as does one that nobody in force names: what a person's former
    # number passed on before the correction of it was taken back stays, and is read no more.
    told = {s: r for s, r in state.relays.items() if (r.claims or r.renamed_to or r.stranger) and _named(state, s)}
    relays = {source: msgspec.structs.replace(relay, version=0) for source, relay in told.items()}
    return state.claims, state.beaten, state.notices, relays, state.answers


def _named(state: SubjectState, source: str) -> bool:
    """Does an own claim, or one of a former number that still is one, name whom a relay is from?"""
    if state.kind != "resident" or kind_of(source) == "resident":
        return True
    former = (c for number in Person(state).standing.former for c in state.relays[number].claims)
    own = (*state.claims.values(), *state.beaten.values())
    return any(link.key == source for claim in (*own, *former) for link in claim.links)


def differing(found: Mapping[Any, Any], expected: Mapping[Any, Any]) -> list[Any]:
    """Keys whose values differ, or that one side lacks: short enough to read in a failure."""
    return sorted(key for key in found.keys() | expected.keys() if found.get(key) != expected.get(key))


# --- processes ----------------------------------------------------------------------------------------------------


def environment(data_dir: Path, **settings: str) -> dict[str, str]:
    """The environment of a hub process: nothing of ours but what is told here."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    return {**kept, "HUB_CITY": "4298", "HUB_HTTP_PORT": "0", "HUB_DATA_DIR": str(data_dir), **settings}


def run_hub(*args: str, env: Mapping[str, str], timeout: float = 180.0) -> subprocess.CompletedProcess[str]:
    """A hub command that ends by itself."""
    return subprocess.run([HUB, *args], env=dict(env), capture_output=True, text=True, timeout=timeout, check=False)


class HubProcess:
    """A hub command that stays: its addresses, once it has told them, and its end."""

    def __init__(self, *args: str, env: Mapping[str, str], log: Path) -> None:
        self._log = log
        with log.open("ab") as file:
            self._told_before = file.tell()
            self._process = subprocess.Popen(
                [HUB, *args], env=dict(env), stdout=file, stderr=file, start_new_session=True
            )
        self.broker = self.url = ""

    @property
    def pid(self) -> int:
        return self._process.pid

    def ready(self, seconds: float = 120.0) -> HubProcess:
        """Wait until `/readyz` says so."""
        until(self._is_ready, seconds, self.told)
        return self

    def kill(self) -> None:
        """kill -9."""
        self._process.kill()
        self._process.wait()

    def end(self, signum: int = signal.SIGINT, seconds: float = 90.0) -> int:
        """Ask it to stop as a terminal does, with the signal to its whole process group; returns the exit code."""
        os.killpg(self._process.pid, signum)
        return self._process.wait(seconds)

    def told(self) -> str:
        """The end of what it wrote."""
        return self._log.read_bytes()[self._told_before :].decode()[-3000:]

    def _is_ready(self) -> bool:
        assert self._process.poll() is None, self.told()
        if not self.url:
            told = _ADDRESS.search(" ".join(self.told().split()))
            self.broker, self.url = (told["broker"], told["url"]) if told else ("", "")
        return bool(self.url) and httpx.get(f"{self.url}/readyz", timeout=5.0).status_code == 200


@contextmanager
def hub_process(*args: str, env: Mapping[str, str], log: Path) -> Iterator[HubProcess]:
    """A hub process that is gone afterwards, whatever happens."""
    process = HubProcess(*args, env=env, log=log)
    try:
        yield process
    finally:
        process.kill()


def until(condition: Callable[[], bool], seconds: float, explain: Callable[[], str] = str) -> None:
    """Wait, but not for ever."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s. {explain()}"
        time.sleep(0.05)


# --- topics -------------------------------------------------------------------------------------------------------


def latest(bootstrap: str, *topics: str, quiet: float = 1.5) -> list[dict[bytes, bytes | None]]:
    """The newest value of every key, topic by topic; an end the embedded broker told could not be trusted."""
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap, group_id=None, enable_auto_commit=False, isolation_level="read_committed"
    )
    partitions = [
        TopicPartition(topic, number) for topic in topics for number in consumer.partitions_for_topic(topic) or ()
    ]
    consumer.assign(partitions)
    consumer.seek_to_beginning(*partitions)
    found: dict[TopicPartition, dict[bytes, bytes | None]] = {partition: {} for partition in partitions}
    silent_since = time.monotonic()
    while time.monotonic() - silent_since < quiet:
        for partition, records in consumer.poll(timeout_ms=100, max_records=5000).items():
            silent_since = time.monotonic()
            found[partition].update((record.key, record.value) for record in records)
    consumer.close()
    return [_merged(newest for partition, newest in found.items() if partition.topic == topic) for topic in topics]


def _merged(parts: Iterable[dict[bytes, bytes | None]]) -> dict[bytes, bytes | None]:
    """What partitions hold together. A key that moved has left a mark without content behind."""
    merged: dict[bytes, bytes | None] = {}
    for part in parts:
        merged.update((key, value) for key, value in part.items() if value is not None or key not in merged)
    return merged
