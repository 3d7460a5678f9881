"""Reconcile: run the rules over a fold, and find since when each finding has been true.

A grace period counts from when the condition became true in record time (I10), and an alert opens no earlier than the
publication that completed it (I2). Both are read off the set of claims by looking back along each time axis, every
moment with the date of its own, to where the finding first holds without a break; so they come out the same whatever
order the claims arrived in, and no date that merely passes moves them.
"""

from __future__ import annotations

import sys
import traceback
from dataclasses import dataclass, field, replace
from functools import cached_property

from hub.domain.claim import Claim, Kind, Notice, SubjectState
from hub.domain.keys import Keyring
from hub.domain.policy import Policy, PolicyView
from hub.domain.times import DAY_MS, start_of
from hub.fold.person import Person
from hub.fold.standing import Horizon, former_states
from hub.fold.today import Today
from hub.rules.base import Finding, Fold, Rule, Scene, fold_of


@dataclass(frozen=True)
class Case:
    """A finding with its fingerprint and the moment its alert may open."""

    rule: Rule
    finding: Finding
    fingerprint: str
    opens_at: int
    policy: dict[str, int | str]
    true_since: int = 0  # in record time: where the grace began
    told_since: int = 0  # when the publication came that completed it


@dataclass(frozen=True)
class RuleFault:
    """Our bug: a rule raised on a subject. Carries the traceback's places, never values."""

    rule_id: str
    subject: str
    trace: str


@dataclass
class Judged:
    """What the rules say of a subject now."""

    cases: list[Case] = field(default_factory=list)
    faults: list[RuleFault] = field(default_factory=list)
    wake: int | None = None


@dataclass(frozen=True)
class Bench:
    """Everything judging needs beside the state: rules switched on, policy, jurisdiction, keys."""

    rules: tuple[Rule, ...]
    policy: Policy
    city: str
    keyring: Keyring

    @property
    def region(self) -> str:
        return self.city.ljust(6, "0")

    def rules_for(self, kind: Kind) -> tuple[Rule, ...]:
        """The rules that look at this kind of subject."""
        return self._by_kind.get(kind, ())

    @cached_property
    def _by_kind(self) -> dict[Kind, tuple[Rule, ...]]:
        kinds = {kind for rule in self.rules for kind in rule.kinds}
        return {kind: tuple(rule for rule in self.rules if kind in rule.kinds) for kind in kinds}


def judge(state: SubjectState, now: int, bench: Bench, fold: Fold | None = None) -> Judged:
    """Run every rule for this kind of subject that has something to look at. `fold`: the state's, if it is at hand."""
    judged = Judged()
    fold = fold or fold_of(state)
    if isinstance(fold, Person) and fold.standing.renumbered_to:
        return judged  # the person goes on under another number; that subject is judged
    seen, past = _types_seen(state), _Past(state, fold, now, bench)
    for rule in bench.rules_for(state.kind):
        if "*" not in rule.needs and rule.needs.isdisjoint(seen):
            continue
        try:
            _run(rule, fold, past, judged)
        except Exception:  # noqa: BLE001 - our bug in one rule must not stop the stream (architecture 4)
            judged.faults.append(RuleFault(rule.id, state.key, _places()))
    return judged


def _run(rule: Rule, fold: Fold, past: _Past, judged: Judged) -> None:
    today = Today(past.now)
    found, read = _find(rule, fold, today, past.bench)
    cases = []
    for fingerprint, finding in found.items():
        true_since, told_since = past.since(rule, finding.key)
        opens_at = max(true_since + rule.grace_days * DAY_MS, told_since)
        if finding.not_before is not None:
            opens_at = max(opens_at, start_of(finding.not_before))
        if opens_at > past.now:
            today.wake_at(opens_at)
        cases.append(Case(rule, finding, fingerprint, opens_at, read, true_since, told_since))
    judged.cases += cases
    if today.wake is not None and (judged.wake is None or today.wake < judged.wake):
        judged.wake = today.wake


def _find(rule: Rule, fold: Fold, today: Today, bench: Bench) -> tuple[dict[str, Finding], dict[str, int | str]]:
    """Findings by fingerprint; two with one fingerprint are one case with both sets of evidence."""
    policy = PolicyView(bench.policy, bench.region, today.date, today.reached)
    found: dict[str, Finding] = {}
    for finding in rule.find(Scene(fold, today, policy, bench.region)):
        fingerprint = bench.keyring.fingerprint(rule.id, fold.key, finding.key)
        if fingerprint in found:
            found[fingerprint] = replace(found[fingerprint], evidence=found[fingerprint].evidence + finding.evidence)
        else:
            found[fingerprint] = finding
    return found, policy.read


class _Past:
    """Earlier moments of one subject: what was known then, and the date of then. Folded once, for all its rules."""

    def __init__(self, state: SubjectState, present: Fold, now: int, bench: Bench) -> None:
        self.now, self.bench = now, bench
        self._state, self._present = state, present
        self._folds: dict[frozenset[int], list[Fold]] = {}

    def since(self, rule: Rule, key: tuple[str, ...]) -> tuple[int, int]:
        """Since when a finding has been true in record time, and since when the hub has been told all of it."""
        recorded, published = self._moments
        return (
            self._held_since(rule, key, [(moment, Horizon(record=moment)) for moment in recorded]),
            self._held_since(rule, key, [(moment, Horizon(publish=moment)) for moment in published]),
        )

    @cached_property
    def _moments(self) -> tuple[list[int], list[int]]:
        """Every moment at which something about this subject was recorded, and was published; newest first."""
        return (
            sorted({thing.record_time for thing in self._things}, reverse=True),
            sorted({thing.publish_time for thing in self._things}, reverse=True),
        )

    @cached_property
    def _things(self) -> list[Claim | Notice]:
        """Everything known of this subject by now."""
        things: list[Claim | Notice] = [*self._state.claims.values(), *self._state.notices.values()]
        for relay in self._state.relays.values():
            things += [*relay.claims, *relay.notices]
        return things

    @cached_property
    def _states(self) -> list[SubjectState]:
        """The subject, and those of the person's former numbers: a case goes on when a number is corrected."""
        return [self._state, *former_states(self._state)]

    def _held_since(self, rule: Rule, key: tuple[str, ...], horizons: list[tuple[int, Horizon]]) -> int:
        """The moment from which a finding holds without a break up to now, along one axis of time."""
        since = until = self.now + 1
        for moment, horizon in horizons:
            held = self._held_from(rule, key, moment, until, horizon)
            if held is None:
                break
            since = held
            if held > moment:
                break
            until = min(moment, until)
        return since

    def _held_from(self, rule: Rule, key: tuple[str, ...], moment: int, until: int, horizon: Horizon) -> int | None:
        """From when it holds up to `until`, as days dawn and nothing new becomes known; None if not to the end."""
        if moment > self.now:
            return moment  # recorded or published later than the day looked at: it cannot have begun before
        since, at = None, moment
        while True:
            today = Today(at)
            found = any(self._is_found(rule, key, fold, today) for fold in self._folded(horizon))
            since = (at if since is None else since) if found else None
            if today.wake is None or today.wake >= until:
                break
            at = today.wake
        return self.now if since is None and until > self.now else since  # today it is found, that much is certain

    def _folded(self, horizon: Horizon) -> list[Fold]:
        # Where both axes see the same things they see the same subject; the last moment of either sees all of them.
        seen = frozenset(map(id, horizon.seen(self._things)))
        if seen not in self._folds:
            if all(map(horizon.sees, self._things)):
                folds = [self._present, *map(fold_of, self._states[1:])]
            else:
                folds = [fold_of(state, horizon) for state in self._states]
            self._folds[seen] = [f for f in folds if not (isinstance(f, Person) and f.standing.renumbered_to)]
        return self._folds[seen]

    def _is_found(self, rule: Rule, key: tuple[str, ...], fold: Fold, today: Today) -> bool:
        policy = PolicyView(self.bench.policy, self.bench.region, today.date, today.reached)
        findings = list(rule.find(Scene(fold, today, policy, self.bench.region)))
        return any(finding.key == key for finding in findings)


def _types_seen(state: SubjectState) -> set[str]:
    seen = {claim.event_type for claim in state.claims.values()}
    for relay in state.relays.values():
        seen |= {claim.event_type for claim in relay.claims}
    return seen


def _places() -> str:
    """Where it went wrong, without messages: an exception's text may hold a personal value."""
    kind, _, trace = sys.exc_info()
    frames = "; ".join(f"{f.name}:{f.lineno}" for f in traceback.extract_tb(trace))
    return f"{kind.__name__ if kind else '?'} at {frames}"
