"""How often a rule is right, from what agencies answered; and which rules are on trial for being wrong (domain 4).

Precision is FIXED / (FIXED + CONFIRMED_OK + NOT_SAME) over a rule's latest closed cases. A VERIFY rule that is wrong
too often goes to shadow by itself: it is evaluated and published on, marked, and shown only where asked for. A new
version of a rule is a new rule here: nothing that was said of the old one is held against it.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from hub.domain.policy import Policy

RIGHT = "FIXED"
COUNTING = frozenset({RIGHT, "CONFIRMED_OK", "NOT_SAME"})


@dataclass(frozen=True)
class Score:
    """What agencies said of one rule: every answered closed case by result, and precision over the latest of them."""

    rule_id: str
    rule_version: int
    kind: str
    results: Mapping[str, int]
    cases: int  # how many of the latest cases precision speaks of
    precision: float | None  # None: nobody has said yet whether it is right
    shadow: bool

    def document(self) -> dict[str, Any]:
        """As `GET /v1/rules` shows it."""
        return {
            "rule_id": self.rule_id,
            "rule_version": self.rule_version,
            "kind": self.kind,
            "results": dict(sorted(self.results.items())),
            "cases": self.cases,
            "precision": self.precision,
            "shadow": self.shadow,
        }


@dataclass
class _Tally:
    """The closed answered cases of a rule's newest version, in the order they closed."""

    version: int
    kind: str
    cases: list[tuple[str, str, str]] = field(default_factory=list)  # closed_at, alert id, result
    results: Counter[str] = field(default_factory=Counter)


class Scoreboard:
    """Keeps score of alerts as they are published (contract 4); the newest document of an alert is what counts.

    Closed times are compared as text: all are in Asia/Shanghai, in one form.
    """

    def __init__(self, policy: Policy, region: str) -> None:
        self._policy, self._region = policy, region
        self._rules: dict[str, _Tally] = {}
        self._entered: dict[str, tuple[str, tuple[str, str, str]]] = {}  # alert id -> rule, case
        self._shadowed: frozenset[str] = frozenset()

    def shadowed(self) -> frozenset[str]:
        """The rules on trial now."""
        return self._shadowed

    def scores(self) -> list[Score]:
        """Every rule of which an alert was ever closed with an answer, by id."""
        return [self._score(rule_id, tally) for rule_id, tally in sorted(self._rules.items())]

    def apply(self, document: Mapping[str, Any]) -> None:
        """Take the newest state of an alert."""
        alert_id, rule_id = document["alert_id"], document["rule_id"]
        self.erase(alert_id)
        answer = document["answer"]
        if answer is None or document["status"] != "CLOSED":
            return
        tally = self._tally(rule_id, document["rule_version"], document["kind"])
        if tally is None:
            return
        case = (str(document["closed_at"]), alert_id, answer["result"])
        insort(tally.cases, case)
        tally.results[answer["result"]] += 1
        self._entered[alert_id] = rule_id, case
        self._judge(rule_id, tally)

    def erase(self, alert_id: str) -> None:
        """The alert is forgotten, or stands again."""
        rule_id, case = self._entered.pop(alert_id, ("", ("", "", "")))
        tally = self._rules.get(rule_id)
        if tally is not None:
            at = bisect_left(tally.cases, case)
            if at < len(tally.cases) and tally.cases[at] == case:
                del tally.cases[at]
                tally.results[case[2]] -= 1
                self._judge(rule_id, tally)

    def _tally(self, rule_id: str, version: int, kind: str) -> _Tally | None:
        """The tally of that version of a rule; None if a newer one is known."""
        known = self._rules.get(rule_id)
        if known is not None and known.version > version:
            return None
        if known is None or known.version < version:
            known = self._rules[rule_id] = _Tally(version, kind)
        return known

    def _judge(self, rule_id: str, tally: _Tally) -> None:
        if self._score(rule_id, tally).shadow:
            self._shadowed |= {rule_id}
        else:
            self._shadowed -= {rule_id}

    def _score(self, rule_id: str, tally: _Tally) -> Score:
        percent, most = self._threshold(tally)
        said = _latest(tally.cases, most)
        precision = said.count(RIGHT) / len(said) if said else None
        too_low = precision is not None and len(said) >= most and precision * 100 < percent
        results = {result: count for result, count in tally.results.items() if count}
        shadow = too_low and tally.kind == "VERIFY"
        return Score(rule_id, tally.version, tally.kind, results, len(said), precision, shadow)

    def _threshold(self, tally: _Tally) -> tuple[int, int]:
        """Percent, and over how many cases, as the policy table had it when the latest case was closed."""
        if not tally.cases:
            return 0, 0
        on = date.fromisoformat(tally.cases[-1][0][:10])
        keys = ("alert.shadow_below_percent", "alert.shadow_over_cases")
        percent, most = (int(self._policy.value(key, self._region, on)) for key in keys)
        return percent, max(1, most)


def _latest(cases: Sequence[tuple[str, str, str]], most: int) -> list[str]:
    """The results of the latest cases that say whether the rule was right."""
    said: list[str] = []
    for _, _, result in reversed(cases):
        if result in COUNTING:
            said.append(result)
            if len(said) == most:
                break
    return said
