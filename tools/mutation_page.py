"""docs/mutation.md, made from the results of mutation testing and from the reasons written down for who survived.

A reason stands in `mutation_reasons/*.toml` with the function and the change it explains, so that it holds as long as
that line does; a survivor without a reason, and a reason that explains no survivor, are told. `make mutants` calls it.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tools.mutants import mutants_of
from tools.mutation import RESULTS, files_in_scope, results

REASONS = Path("tools/mutation_reasons")
PAGE = Path("docs/mutation.md")
# The page's text stands above this line and is written by hand; what follows is made.
BELOW = "## Result\n"
_BEFORE, _AFTER = 22, 14  # characters shown on either side of a change
_ALIVE = ("survived", "undecided")
_Reasons = Mapping[tuple[str, str], str]  # (file and function, change) -> why


@dataclass(frozen=True)
class Judged:
    """One change, and what the tests said of it: killed, survived, undecided, unchanged; or "not run"."""

    path: str
    function: str
    line: int
    diff: str
    verdict: str

    @property
    def where(self) -> str:
        return f"{self.path} {self.function}"

    @property
    def change(self) -> str:
        """What became what, with a little of the line around it."""
        old, new = _side(self.diff, "-"), _side(self.diff, "+")
        short = min(len(old), len(new))
        same = next((at for at in range(short) if old[at] != new[at]), short)
        tail = next((at for at in range(short - same) if old[-1 - at] != new[-1 - at]), short - same)
        start = max(0, same - _BEFORE)
        return f"{old[start : len(old) - tail + _AFTER]} => {new[start : len(new) - tail + _AFTER]}"


def _side(diff: str, sign: str) -> str:
    return " ".join(line[1:].strip() for line in diff.split("\n") if line.startswith(sign))


def judged(out: Path) -> Iterator[Judged]:
    """Every change to the code as it is now, with the verdict that a run reached for the same text of its function."""
    told = {(line["name"], line["digest"]): line["verdict"] for line in results(out)}
    for path in files_in_scope():
        for mutant in mutants_of(path):
            verdict = told.get((mutant.name, mutant.digest), "not run")
            yield Judged(mutant.path, mutant.function, mutant.lines.start, mutant.diff, verdict)


def all_reasons(folder: Path) -> dict[tuple[str, str], str]:
    """Those of every file in the folder: one file for each part of the hub, so that none grows beyond reading."""
    books = (tomllib.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.toml")))
    return {at: why for book in books for at, why in reasons_in(book).items()}


def reasons_in(book: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    """(file and function, change) -> why nobody can notice it."""
    return {
        (place["where"], change): reason["why"]
        for reason in book["reason"]
        for place in reason["of"]
        for change in place["changes"]
    }


# --- the page ---------------------------------------------------------------------------------------------------------


def table(found: Iterable[Judged]) -> list[str]:
    """Module, mutants, killed, alive, not run, percentage."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for mutant in found:
        counts[mutant.path][mutant.verdict] += 1
        counts["all"][mutant.verdict] += 1
    rows = ["| module | mutants | killed | alive | not run | killed of those run |", "|---|---:|---:|---:|---:|---:|"]
    for name, count in sorted(counts.items(), key=lambda pair: (pair[0] == "all", pair[0])):
        killed, alive, rest = count["killed"], sum(count[verdict] for verdict in _ALIVE), count["not run"]
        percent = f"{100 * killed / (killed + alive):.1f} %" if killed + alive else "-"
        rows.append(f"| {name} | {killed + alive + rest} | {killed} | {alive} | {rest} | {percent} |")
    return rows


def survivors(found: Sequence[Judged], reasons: _Reasons) -> list[str]:
    """Who survived, by reason; then those without one."""
    by_reason: dict[str | None, list[Judged]] = defaultdict(list)
    for mutant in found:
        if mutant.verdict in _ALIVE:
            by_reason[reasons.get((mutant.where, mutant.change))].append(mutant)
    unexplained = by_reason.pop(None, [])
    order = {why: at for at, why in enumerate(dict.fromkeys(reasons.values()))}
    lines = []
    for why, mutants in sorted(by_reason.items(), key=lambda pair: order[str(pair[0])]):
        lines += [f"### {why}", "", *map(_row, mutants), ""]
    if unexplained:
        lines += ["### Not explained yet", "", *map(_row, unexplained), ""]
    return lines


def _row(mutant: Judged) -> str:
    old, _, new = mutant.change.replace("`", "'").replace("|", "\\|").partition(" => ")
    unsure = " (not all its tests were asked)" if mutant.verdict == "undecided" else ""
    place = f"{mutant.path.removeprefix('hub/')}:{mutant.line} `{mutant.function}`"
    return f"- {place}: `{old.strip()}` became `{new.strip()}`{unsure}"


def page(above: str, found: Sequence[Judged], reasons: _Reasons, when: datetime) -> str:
    """The whole page: its text by hand, the table, who survived and why."""
    said = f"Of the code as it was at the end of the last run, {when:%Y-%m-%d %H:%M} UTC."
    made = [BELOW, said, "", *table(found), "", "## Who survived, and why", "", *survivors(found, reasons)]
    return above.partition(BELOW)[0] + "\n".join(made)


def faults(found: Sequence[Judged], reasons: _Reasons) -> list[str]:
    """Survivors without a reason, and reasons without a survivor."""
    alive = {(mutant.where, mutant.change) for mutant in found if mutant.verdict in _ALIVE}
    unexplained = [f"no reason: {where}: {change}" for where, change in sorted(alive - set(reasons))]
    return unexplained + [f"explains nobody: {where}: {change}" for where, change in sorted(set(reasons) - alive)]


def main() -> int:
    """Write the page. The exit code says whether every survivor has a reason, and every reason a survivor."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the results are")
    wanted = parser.parse_args()
    found = list(judged(wanted.out))
    reasons = all_reasons(REASONS)
    when = datetime.fromtimestamp(wanted.out.stat().st_mtime, UTC)
    PAGE.write_text(page(PAGE.read_text("utf-8"), found, reasons, when), "utf-8")
    wrong = faults(found, reasons)
    sys.stdout.writelines(f"{line}\n" for line in wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
