"""Deaths one may act on: told by a registration or a funeral, under this person's number and name."""

from __future__ import annotations

from collections.abc import Iterable

from hub.fold.person import Death, Person

_SURE_NAMES = frozenset({"EXACT", "VARIANT", "PLACEHOLDER", "HISTORIC"})


def sure_deaths(person: Person) -> list[Death]:
    """Deaths from an authoritative source whose record carries this person's number and name."""
    return [
        death
        for death in person.deaths
        if death.authoritative and any(person.name_class(n.name) in _SURE_NAMES for n in death.claim.named if n.subject)
    ]


def best_death(deaths: Iterable[Death]) -> Death:
    """The word to go by: that of police, then the first. Raises ValueError if there is none."""
    return min(deaths, key=lambda death: (death.claim.agency != "PSB", death.claim.play_order))
