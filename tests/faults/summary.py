"""The tables of docs/reliability.md, from what the laboratory wrote down: `python -m tests.faults --table`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from tests.faults.measure import Recovery, percentiles
from tests.faults.run import Result

T = TypeVar("T")


def read_lines(path: Path, kind: type[T]) -> list[T]:
    """Every line of a JSONL file that there may not be."""
    if not path.exists():
        return []
    return [msgspec.json.decode(line, type=kind) for line in path.read_bytes().splitlines()]


def tables(out: Path) -> str:
    """Everything in a folder of results."""
    results = read_lines(out / "results.jsonl", Result)
    honest = newest(result for result in results if not result.planted)
    planted = newest(result for result in results if result.planted)
    parts = [_totals(honest), _by_kind(honest), _points(honest), _planted(planted), _recovery(out)]
    return "\n\n".join(part for part in parts if part)


def newest(results: Iterable[Result]) -> list[Result]:
    """The last run of every seed: what was run again after a fix counts as it came out then."""
    return list({(result.seed, result.planted): result for result in results}.values())


def _totals(results: list[Result]) -> str:
    if not results:
        return ""
    seeds = sorted(result.seed for result in results)
    rows: list[tuple[str, object]] = [
        ("runs", len(results)),
        ("seeds", ", ".join(_ranges(seeds))),
        ("faults", sum(sum(result.faults.values()) for result in results)),
        ("unique events", sum(result.events for result in results)),
        ("records sent and acknowledged", sum(result.acknowledged for result in results)),
        ("duplicates among them", sum(result.duplicates for result in results)),
        ("bad messages among them", sum(result.poison for result in results)),
        ("sent again because no answer came", sum(result.uncertain for result in results)),
        ("agencies' answers to alerts, acknowledged", sum(result.answers for result in results)),
        ("of them taken in, once each", sum(result.answers_taken_in for result in results)),
        ("kill -9 of workers", sum(result.exits.get("-9", 0) for result in results)),
        ("samples of committed offsets", sum(result.samples for result in results)),
        ("runs with an anomaly", sum(bool(result.anomalies) for result in results)),
    ]
    return _table(("", "count"), [(name, f"{value:,}" if isinstance(value, int) else value) for name, value in rows])


def _by_kind(results: list[Result]) -> str:
    faults: Counter[str] = Counter()
    runs: Counter[str] = Counter()
    bad: Counter[str] = Counter()
    for result in results:
        faults.update(result.faults)
        runs.update(result.faults.keys())
        bad.update(result.faults.keys() if result.anomalies else ())
    rows = [(f"`{kind}`", count, runs[kind], bad[kind]) for kind, count in sorted(faults.items())]
    return _table(("fault", "times", "in runs", "of them with an anomaly"), rows) if rows else ""


def _points(results: list[Result]) -> str:
    acts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for result in results:
        for hit in result.hit:
            act, _, where = hit.partition(" ")
            acts[where][act] += 1
    rows = [
        (f"`{where}`", found["kill"], found["stop"], found["slow"] + found["skip"])
        for where, found in sorted(acts.items())
    ]
    return _table(("point", "kill -9", "SIGSTOP", "slow, or a record lost"), rows) if rows else ""


def _planted(results: list[Result]) -> str:
    rows = [
        (
            f"`{result.planted}`",
            result.seed,
            ", ".join(result.faults) or "none",
            ", ".join(sorted({anomaly.check for anomaly in result.anomalies})) or "NOT CAUGHT",
        )
        for result in results
    ]
    return _table(("planted bug", "seed", "faults", "caught by"), rows) if rows else ""


def _recovery(out: Path) -> str:
    groups: defaultdict[tuple[Any, ...], list[Recovery]] = defaultdict(list)
    for recovery in read_lines(out / "recovery.jsonl", Recovery):
        groups[recovery.what, recovery.rate, recovery.workers].append(recovery)
    rows = [(what, f"{rate:g}", workers, percentiles(found)) for (what, rate, workers), found in sorted(groups.items())]
    return _table(("measured", "events a second", "workers", "result"), rows) if rows else ""


def _ranges(numbers: list[int]) -> Iterator[str]:
    start = before = numbers[0]
    for number in [*numbers[1:], -1]:
        if number != before + 1:
            yield f"{start}-{before}" if before > start else str(start)
            start = number
        before = number


def _table(head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)
