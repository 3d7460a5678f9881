"""Mutation testing: change the code in one place at a time, and see whether a test notices.

The changes are mutmut's (its mutation operators: turned comparisons, dropped arguments, other numbers and strings...).
Running them is our own, because mutmut starts pytest anew for every mutant and leaves properties alone: here the tests
are collected once, coverage tells which of them run the changed line, and for every mutant a forked child swaps the
code object of the function and runs only those, until the first fails. `make mutants` (docs/mutation.md).
"""

from __future__ import annotations

import argparse
import functools
import gc
import json
import os
import resource
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from fnmatch import fnmatch
from itertools import zip_longest
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, TextIO

import coverage  # type: ignore[import-not-found]
import pytest
from _pytest.runner import runtestprotocol
from hypothesis import HealthCheck, settings

from tools.mutants import Mutant, mutants_of

# Rules, life cycle, validators, fold: where a wrong line is a wrong letter to a citizen.
SCOPE = (
    "hub/rules/[!_el]*.py",  # the rules themselves, not their registry, their examples and their lint
    "hub/rules/lease.py",
    "hub/rules/life.py",
    "hub/fold/*.py",
    "hub/pipeline/lifecycle.py",
    "hub/pipeline/answers.py",
    "hub/pipeline/scoreboard.py",
    "hub/domain/feedback.py",
    "hub/domain/identifiers.py",
    "hub/domain/org_codes.py",
    "hub/domain/person_ids.py",
    "hub/domain/unit_codes.py",
    "hub/schema/checks.py",
    "hub/schema/validate.py",
)
TESTS = (
    "tests/domain",
    "tests/schema/test_schema_validate.py",
    "tests/schema/test_schema_validate_edges.py",
    "tests/rules",
    "tests/reference/test_each_rule.py",
    "tests/journeys/test_rules.py",
    "tests/journeys/test_record.py",
    "tests/journeys/test_feedback.py",
    "tests/journeys/test_feedback_edges.py",
    "tests/journeys/test_scoreboard.py",
    "tests/badinput/test_answers.py",
)
# Tests of speed say nothing of a mutant; stories told backwards cost twice and kill what they kill told forwards.
WITHOUT = "not fast and not backwards"
RESULTS = Path("var/mutants/results.jsonl")
ENOUGH = 90  # percent killed
# What may keep an answer of the function from before it was changed;
# what is built of schemas and tables keeps none of the others.
_CACHES = ("hub.facade", "tests.journeys")
_BUILT_OF = {"hub.bootstrap": ("hub.schema.", "hub.domain.")}
_MEMORY = 3 << 30
_PASS, _KILLED, _UNDECIDED, _UNCHANGED = range(4)


# Verdicts of an earlier run that need no new one.
Settled = frozenset[str]
ALL_AGAIN: Settled = frozenset()
LEFT_ALIVE: Settled = frozenset({"killed", "unchanged"})
NEVER_JUDGED: Settled = LEFT_ALIVE | {"survived"}


class Loop:
    """A pytest plugin: instead of running the tests once, it runs them against every mutant."""

    def __init__(
        self, root: Path, only: Sequence[str], out: Path, children: int, budget: float, settled: Settled
    ) -> None:
        self._root, self._out, self._children, self._budget = root, out, children, budget
        wanted = [
            path for path in files_in_scope() if not only or any(fnmatch(str(path), f"*{name}*") for name in only)
        ]
        earlier = results(out)
        told = {(line["name"], line["digest"]): line for line in earlier if Path(line["path"]) in wanted}
        self._kept = [line for line in earlier if Path(line["path"]) not in wanted]
        self.mutants: list[Mutant] = []
        for mutant in (mutant for path in wanted for mutant in mutants_of(path)):
            line = told.get((mutant.name, mutant.digest))  # none if the function has changed since
            if line is not None and line["verdict"] in settled:
                self._kept.append(line | {"line": mutant.lines.start})
            else:
                self.mutants.append(mutant)
        self._killers: dict[str, Counter[str]] = defaultdict(Counter)
        self._hints = {line["name"]: line["by"] for line in earlier if line["verdict"] == "killed"}
        self._running: dict[int, tuple[Mutant, int, float]] = {}  # by process: its pipe, and when it began
        self._told = 0

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Learn which test runs which line, then judge every mutant."""
        if session.testsfailed or session.config.option.collectonly:
            return False
        self._covering = _Covering(session, sorted({mutant.path for mutant in self.mutants}))
        _say(f"{len(session.items)} tests in {sum(self._covering.cost.values()):.0f} s, {len(self.mutants)} mutants")
        self._functions, self._caches = _Functions(), _caches()
        gc.freeze()
        with self._out.open("w", encoding="utf-8") as out:
            out.writelines(_line(told) for told in self._kept)
            for mutant in self.mutants:
                while len(self._running) >= self._children:
                    self._reap(out)
                self._start(mutant)
            while self._running:
                self._reap(out)
        return True

    def _tests(self, mutant: Mutant) -> list[str]:
        """First whoever killed it last time, then those who killed its neighbours or see most of the function."""
        killers, hint, cost = self._killers[mutant.function], self._hints.get(mutant.name), self._covering.cost
        depth = self._covering.depth(mutant)
        found = self._covering.tests(mutant)
        return sorted(found, key=lambda test: (test != hint, -killers[test], -depth[test], cost[test]))

    def _start(self, mutant: Mutant) -> None:
        ours, theirs = os.pipe()
        pid = os.fork()
        if pid:
            os.close(theirs)
            self._running[pid] = (mutant, ours, time.monotonic())
            return
        verdict = _KILLED
        try:
            verdict = self._judge(mutant, theirs)
        except BaseException as fault:  # noqa: BLE001 - whatever a changed function raises, it was noticed
            os.write(theirs, type(fault).__name__.encode())
        finally:
            os._exit(verdict)

    def _judge(self, mutant: Mutant, pipe: int) -> int:
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        code = mutant.code()
        swapped = self._functions.of(str(self._root / mutant.path), mutant.function)
        if code is None or all(function.__code__ == code for function in swapped):
            return _UNCHANGED
        for old in {id(function.__code__): function.__code__ for function in swapped}.values():
            if not self._functions.swap(old, code):
                return _UNCHANGED
        _forget(self._caches, _module_of(mutant.path))
        tests = self._tests(mutant)
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        items = [self._covering.items[test] for test in tests]
        for item, following in zip_longest(items, items[1:]):  # nobody follows the last; there may be none at all
            limit = int(time.process_time() + 5 + 20 * self._covering.cost[item.nodeid])
            resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))  # a loop that never ends
            if any(report.failed for report in runtestprotocol(item, log=False, nextitem=following)):
                os.write(pipe, item.nodeid.encode())
                return _KILLED
            if self._budget and time.process_time() > self._budget:
                return _UNDECIDED
        return _PASS

    def _reap(self, out: TextIO) -> None:
        pid, status = os.wait()
        mutant, pipe, began = self._running.pop(pid)
        with os.fdopen(pipe) as file:
            by = file.read()
        verdict = os.WEXITSTATUS(status) if os.WIFEXITED(status) else _KILLED
        word = {_PASS: "survived", _KILLED: "killed", _UNDECIDED: "undecided"}.get(verdict, "unchanged")
        if word == "killed":
            self._killers[mutant.function][by] += 1
        line = {
            "name": mutant.name,
            "digest": mutant.digest,
            "path": mutant.path,
            "line": mutant.lines.start,
            "verdict": word,
            "by": by,
        }
        seconds = round(time.monotonic() - began, 2)
        out.write(_line(line | {"seconds": seconds, "diff": mutant.diff}))
        out.flush()
        self._told += 1
        if self._told % 100 == 0:
            _say(f"{self._told} of {len(self.mutants)}")


class _Covering:
    """Which test runs which line, and what it costs: learnt in one run of all of them."""

    def __init__(self, session: pytest.Session, paths: list[str]) -> None:
        self.items = {item.nodeid: item for item in session.items}
        self.cost: dict[str, float] = {}
        modules = [_module_of(path) for path in paths]
        caches = _caches()
        recorder = coverage.Coverage(data_file=None, include=[str(Path(path).resolve()) for path in paths])
        recorder.start()
        for item in session.items:
            for module in modules:
                _forget(caches, module)  # or only the first test would be seen to run a cached function
            recorder.switch_context(item.nodeid)
            before = time.process_time()
            # Everything is torn down after every test: what a shared fixture runs counts for each test that uses it.
            if any(report.failed for report in runtestprotocol(item, log=False, nextitem=None)):
                _say(f"left out, it fails without any mutant: {item.nodeid}")
                del self.items[item.nodeid]
            self.cost[item.nodeid] = time.process_time() - before
        recorder.stop()
        data = recorder.get_data()
        self._lines = {path: data.contexts_by_lineno(str(Path(path).resolve())) for path in paths}

    def tests(self, mutant: Mutant) -> set[str]:
        """Those that run the changed lines; where a line has no code of its own, those that run the function."""
        lines = self._lines[mutant.path]
        found = {test for line in mutant.lines for test in lines.get(line, ())}
        if not found - {""}:
            code = [line for line in mutant.lines if line in lines]
            found = set() if code else set(self.depth(mutant))
        return {test for test in found if test in self.items}

    def depth(self, mutant: Mutant) -> Counter[str]:
        """How many lines of the changed function each test runs: those that leave it early notice least."""
        lines = self._lines[mutant.path]
        start = mutant.source[: mutant.source.index(mutant.before)].count("\n") + 1
        whole = range(start, start + mutant.before.count("\n") + 1)
        return Counter(test for line in whole for test in lines.get(line, ()))


class _Functions:
    """Every function of the hub there is now, also those behind properties, caches and in closures."""

    def __init__(self) -> None:
        self._places: dict[tuple[str, str], list[FunctionType]] = defaultdict(list)
        self._users: dict[int, list[FunctionType]] = defaultdict(list)  # by the identity of their code
        for thing in gc.get_objects():
            if isinstance(thing, FunctionType) and (thing.__module__ or "").startswith("hub."):
                self._places[thing.__code__.co_filename, thing.__code__.co_qualname].append(thing)
                self._users[id(thing.__code__)].append(thing)

    def of(self, path: str, qualname: str) -> list[FunctionType]:
        return self._places[path, qualname]

    def swap(self, old: CodeType, new: CodeType) -> bool:
        """Give everybody who runs the old code the new one, the functions within it included.

        False where a closure would need other variables than it was made with: it cannot be changed any more.
        """
        for function in self._users[id(old)]:
            if function.__code__.co_freevars != new.co_freevars:
                return False
            function.__code__ = new
        inside = ([c for c in code.co_consts if isinstance(c, CodeType)] for code in (old, new))
        return all(self.swap(inner_old, inner_new) for inner_old, inner_new in zip(*inside, strict=False))


def _module_of(path: str) -> str:
    return path.removesuffix(".py").replace("/", ".")


def _caches() -> list[Any]:
    return [thing for thing in gc.get_objects() if isinstance(thing, functools._lru_cache_wrapper)]


def _forget(caches: list[Any], module: str) -> None:
    for cache in caches:
        home = getattr(cache, "__module__", None) or ""
        if home == module or home.startswith(_CACHES) or module.startswith(_BUILT_OF.get(home, ())):
            cache.cache_clear()


def files_in_scope() -> list[Path]:
    """Every file that is mutated, in order."""
    return sorted({path for pattern in SCOPE for path in Path().glob(pattern)})


def results(out: Path) -> list[dict[str, Any]]:
    """What runs so far have found, one line for each mutant."""
    return [json.loads(line) for line in out.read_text("utf-8").splitlines()] if out.exists() else []


def _line(told: dict[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False) + "\n"


def table(out: Path) -> str:
    """Module, mutants, killed, survived, percentage."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for told in results(out):
        counts[told["path"]][told["verdict"]] += 1
        counts["all"][told["verdict"]] += 1
    rows = ["| module | mutants | killed | survived | % |", "|---|---:|---:|---:|---:|"]
    for path, count in sorted(counts.items(), key=lambda pair: (pair[0] == "all", pair[0])):
        killed, alive = count["killed"], count["survived"] + count["undecided"]
        rows.append(f"| {path} | {killed + alive} | {killed} | {alive} | {100 * killed / max(1, killed + alive):.1f} |")
    return "\n".join(rows)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    """Mutate, run, tell. The exit code says whether nine of ten were killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="*", help="parts of file names, e.g. fold/today life")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--children", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--budget", type=float, default=0, help="CPU seconds per mutant; 0: as long as it takes")
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--again",
        dest="settled",
        action="store_const",
        const=LEFT_ALIVE,
        default=ALL_AGAIN,
        help="only those no test has killed, and those of functions that changed since; others count as then",
    )
    which.add_argument(
        "--new", dest="settled", action="store_const", const=NEVER_JUDGED, help="only those of functions that changed"
    )
    parser.add_argument("--tests", nargs="*", default=list(TESTS))
    parser.add_argument("--without", default=WITHOUT)
    wanted = parser.parse_args()
    wanted.out.parent.mkdir(parents=True, exist_ok=True)
    settings.register_profile("mutants", deadline=None, database=None, derandomize=True, print_blob=False)
    settings.register_profile("mutants", settings.get_profile("mutants"), suppress_health_check=list(HealthCheck))
    settings.load_profile("mutants")
    loop = Loop(Path.cwd(), wanted.only, wanted.out, wanted.children, wanted.budget, wanted.settled)
    arguments = ["-q", "-s", "--assert=plain", "-p", "no:cacheprovider", "--tb=native", "-k", wanted.without]
    pytest.main([*arguments, *wanted.tests], plugins=[loop])
    _say(table(wanted.out))
    verdicts = Counter(told["verdict"] for told in results(wanted.out))
    killed, alive = verdicts["killed"], verdicts["survived"] + verdicts["undecided"]
    return 0 if killed * 100 >= (killed + alive) * ENOUGH else 1


if __name__ == "__main__":
    sys.exit(main())
