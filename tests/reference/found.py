"""What a rule of the model says, and the numbers it may ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache

from hub.domain.policy import Policy, load_policy
from tests.reference.acts import Ident, Key
from tests.reference.facts import CITY
from tests.reference.world import Person, World


@dataclass(frozen=True)
class Found:
    """What one rule finds of somebody, of a group, or of a dwelling, on a day."""

    rule: str
    subject: Ident  # a person's number, ("aid", decision), ("lease", number), ("rental", number) or ("unit", code)
    key: Key
    acting: str
    about: Ident | None = None
    not_before: date | None = None  # the alert waits for this day, too


Find = Callable[[World, date], Iterator[Found]]
FindOf = Callable[[Person, date], Iterator[tuple[Key, str]]]  # (key, acting agency) of one person


def of_everybody(rule: str, find: FindOf) -> Find:
    """A rule that looks at one person after the other."""

    def look(world: World, today: date) -> Iterator[Found]:
        for person in world.people.values():
            for key, acting in find(person, today):
                yield Found(rule, person.root, key, acting, person.root)

    return look


@cache
def _policy() -> Policy:
    return load_policy()


def number(key: str, today: date) -> int:
    """A number of the policy table."""
    return int(_policy().value(key, CITY, today))
