"""`hub replay`: the pipeline over files, no broker. Same input, same bytes out."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from hub.domain.claim import SubjectState
from hub.domain.workdays import estimate_warning
from hub.explain import explanations
from hub.local import LocalHub, answer_time
from hub.mapping.source import Row, read_source
from hub.notes import consent_missing
from hub.pipeline.journey import Accepted, Journey, Refused

_encoder = msgspec.json.Encoder()


@dataclass(frozen=True)
class Arrival:
    """One row of a file after intake, and where it stood."""

    at: str
    raw: bytes
    outcome: Accepted | Refused


@dataclass(frozen=True)
class GivenAnswer:
    """One row of a file of answers: when it was given (0 if it does not say), and where it stood."""

    moment: int
    at: str
    raw: bytes
    message: dict[str, Any]


def replay(journey: Journey, files: Iterable[Path], as_of: date, feedback: Path | None = None) -> LocalHub:
    """Feed every event in order of publish_time, then of file and line; then let time run to the end of `as_of`.

    `feedback`: agencies' answers, one JSON object a line; each is given at its `given_at`, after the events of then.
    """
    hub = LocalHub(journey)
    arrivals = list(_arrivals(journey, files))
    for arrival in arrivals:
        if isinstance(arrival.outcome, Refused):
            hub.take(arrival.outcome, at=arrival.at, raw=arrival.raw)
    accepted = [(a.outcome.event.publish_time, n, a) for n, a in enumerate(arrivals) if isinstance(a.outcome, Accepted)]
    answers = deque(_answers(feedback) if feedback else ())
    for moment, _, arrival in sorted(accepted, key=lambda item: item[:2]):
        while answers and answers[0].moment < moment:
            _give(hub, answers.popleft())
        hub.take(arrival.outcome, at=arrival.at, raw=arrival.raw)
    for answer in answers:
        _give(hub, answer)
    hub.advance(as_of)
    return hub


def _give(hub: LocalHub, answer: GivenAnswer) -> None:
    hub.answer(answer.message, at=answer.at, raw=answer.raw)


def _answers(path: Path) -> list[GivenAnswer]:
    """The answers of a file in the order in which they were given."""
    found = []
    for row in read_source(path):
        content = row.content if isinstance(row.content, dict) else {}
        given_at = answer_time(content.get("given_at"))
        moment = given_at if isinstance(given_at, int) else 0
        found.append(GivenAnswer(moment, f"{path.name}:{row.line_no}", row.raw, {**content, "given_at": given_at}))
    return sorted(found, key=lambda answer: answer.moment)


def _arrivals(journey: Journey, files: Iterable[Path]) -> Iterator[Arrival]:
    shapes = journey.parts.connectors.shapes
    for path in files:
        for row in read_source(path, shapes=shapes):
            yield Arrival(f"{path.name}:{row.line_no}", row.raw, _intake(journey, row))


def _intake(journey: Journey, row: Row) -> Accepted | Refused:
    return Refused(row.content) if isinstance(row.content, tuple) else journey.intake(row.content)


def write_results(hub: LocalHub, out: Path, as_of: date) -> dict[str, Any]:
    """Write residents, alerts, why they stand, notes, quarantine and summary into a folder; the summary is returned."""
    out.mkdir(parents=True, exist_ok=True)
    residents = _write_lines(out / "residents.jsonl", hub.residents())
    alerts = list(hub.alerts())
    _write_lines(out / "alerts.jsonl", alerts)
    _write_lines(out / "quarantine.jsonl", hub.quarantine())
    subjects = (state for state in hub.states() if isinstance(state, SubjectState))
    _write_lines(out / "evidence.jsonl", explanations(hub.journey, subjects, alerts))
    notes = _write_lines(out / "notes.jsonl", consent_missing(hub.states(), hub.now))
    summary = {**summarize(hub, alerts, residents, as_of), "notes": notes}
    (out / "summary.json").write_bytes(msgspec.json.format(_encoder.encode(summary), indent=2) + b"\n")
    return summary


def summarize(hub: LocalHub, alerts: list[dict[str, Any]], residents: int, as_of: date) -> dict[str, Any]:
    """What came in and what stands, in numbers. Every event is applied, a duplicate, or quarantined (I1)."""
    standing = Counter(f"{a['rule_id']} {a['status']}" for a in alerts if a["status"] != "CLOSED")
    codes = Counter(fault["code"] for document in hub.quarantine() for fault in document["faults"])
    return {
        "as_of": as_of.isoformat(),
        "city": hub.journey.parts.bench.city,
        "events": {name: hub.counts[name] for name in ("events", "applied", "duplicate", "quarantined")},
        "conflicts": hub.counts["conflicts"],
        "rule_errors": hub.counts["rule_errors"],
        "residents": residents,
        "alerts": {
            "standing": dict(sorted(standing.items())),
            "closed": dict(sorted(Counter(a["rule_id"] for a in alerts if a["status"] == "CLOSED").items())),
            "pending": hub.pending(),
            "overdue": dict(sorted(Counter(a["rule_id"] for a in alerts if _stands_late(a)).items())),
        },
        "quarantine_codes": dict(sorted(codes.items())),
        "rules": [rule.id for rule in hub.journey.parts.bench.rules],
        "warnings": _warnings(hub, alerts),
    }


def _warnings(hub: LocalHub, alerts: Iterable[dict[str, Any]]) -> list[str]:
    """What to know before relying on the numbers."""
    calendar = hub.journey.parts.calendar
    spans = ((_day(a["opened_at"]), _day(a["due_at"])) for a in alerts if a["due_at"])
    warning = estimate_warning({year for first, last in spans for year in calendar.missing_years(first, last)})
    return [warning] if warning else []


def _day(moment: str) -> date:
    return date.fromisoformat(moment[:10])


def _stands_late(alert: dict[str, Any]) -> bool:
    return bool(alert["overdue"]) and alert["status"] != "CLOSED"


def _write_lines(path: Path, documents: Iterable[dict[str, Any]]) -> int:
    count = 0
    with path.open("wb") as file:
        for document in documents:
            file.write(_encoder.encode(document) + b"\n")
            count += 1
    return count
