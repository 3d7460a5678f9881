"""What a rule is: one function over a fold, with its words, its law, and examples that are its tests.

A rule yields findings: what is true now. It never opens or closes anything; the life-cycle machine does, for all rules
alike (hub.pipeline.lifecycle).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from hub.domain.claim import Claim, Kind, SubjectState
from hub.domain.policy import PolicyView
from hub.fold.groups import Group, Unit
from hub.fold.person import Person
from hub.fold.standing import EVERYTHING, Horizon
from hub.fold.today import Today

Fold = Person | Group | Unit


@dataclass(frozen=True)
class Words:
    """The same sentence for staff in both languages."""

    zh: str
    en: str


@dataclass(frozen=True)
class Example:
    """A short story, and every alert there is when it ends: a test of a rule, and its documentation.

    Both are lines of text (`hub.rules.examples`); the stories of a rule stand in `example_book/<RULE>.toml`.
    """

    title: Words
    events: tuple[str, ...]
    as_of: date
    expect: tuple[str, ...]


@dataclass(frozen=True)
class Finding:
    """Something that does not fit, seen by one rule on one subject.

    `key` names the conflicting records: with rule and subject it is the fingerprint of the alert.
    """

    key: tuple[str, ...]
    evidence: tuple[Claim, ...]
    show: dict[str, Any]
    about: str | None = None  # the resident concerned, where the subject is a group
    acting: str | None = None  # where the rule's agency depends on the case
    cc: tuple[str, ...] | None = None
    not_before: date | None = None  # a date the alert must wait for beside its grace; it does not restart the grace


@dataclass
class Scene:
    """What a rule may look at: the fold, today's date, the policy table, the jurisdiction."""

    fold: Fold
    today: Today
    policy: PolicyView
    city: str

    @property
    def person(self) -> Person:
        assert isinstance(self.fold, Person)  # noqa: S101 - a rule is only run on its own kind of subject
        return self.fold

    @property
    def group(self) -> Group:
        assert isinstance(self.fold, Group)  # noqa: S101
        return self.fold

    @property
    def unit(self) -> Unit:
        assert isinstance(self.fold, Unit)  # noqa: S101
        return self.fold


@dataclass(frozen=True)
class Rule:
    """A rule with everything staff, law and the life-cycle machine need to know of it."""

    id: str
    version: int
    kind: str  # CORRECTION, VERIFY, SERVICE
    severity: str  # S1..S4
    grace_days: int
    subject: Kind
    acts: str
    cc: tuple[str, ...]
    scope: str  # CITY: no record in this city's data; CLOSED: the source register is complete for this question
    needs: frozenset[str]  # at least one of these event types must have been seen, else the rule is skipped
    title: Words
    todo: Words
    basis: str
    show: tuple[str, ...]
    find: Callable[[Scene], Iterator[Finding]]
    also: tuple[Kind, ...] = ()  # further kinds of subject it looks at; a case is found on one of them only
    freezes: tuple[str, ...] = ()
    default_on: bool = True  # off: a running hub wants the number of an impact assessment first (domain 4)
    expires_days: int | None = None  # a reminder ends by itself so many days after it opened
    policy_keys: tuple[str, ...] = field(default=())

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of subject this rule looks at."""
        return (self.subject, *self.also)

    @property
    def sentence(self) -> str:
        """The condition in one sentence: the first paragraph of its function's docstring."""
        return self._paragraph(0)

    @property
    def sentence_zh(self) -> str:
        """The same for staff: the second paragraph."""
        return self._paragraph(1)

    def _paragraph(self, number: int) -> str:
        paragraphs = (self.find.__doc__ or "").split("\n\n")
        return " ".join(paragraphs[number].split()) if number < len(paragraphs) else ""


def fold_of(state: SubjectState, horizon: Horizon = EVERYTHING) -> Fold:
    """The fold that fits a subject's kind."""
    if state.kind == "resident":
        return Person(state, horizon)
    if state.kind == "unit":
        return Unit(state, horizon)
    return Group(state, horizon)


def event_ids(claims: Iterable[Claim]) -> tuple[str, ...]:
    """Evidence as event ids, each once, in play order."""
    return tuple(dict.fromkeys(c.event_id for c in sorted(claims, key=lambda c: c.play_order)))
