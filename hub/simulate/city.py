"""The seeded city as a whole: found it, stage the cases, let everybody live, publish."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from hub.simulate import (
    address_cases,
    aid_cases,
    caseload_cases,
    child_cases,
    crowding_cases,
    death_cases,
    family_cases,
    grant_cases,
    homes,
    identity_cases,
    lease_cases,
    lives,
    migration_cases,
    mistakes,
    moves,
    need_cases,
    newcomers,
    number_cases,
    permit_cases,
    rental_cases,
    residence_cases,
    support_cases,
    survivors,
    takeup_cases,
    tenancy_cases,
    twin_cases,
    unemployment_cases,
)
from hub.simulate.casting import Case
from hub.simulate.days import AS_OF
from hub.simulate.founding import found
from hub.simulate.groups import give_support
from hub.simulate.ledger import Ledger
from hub.simulate.names import NameBook
from hub.simulate.numbers import NumberOffice
from hub.simulate.town import NobodyLeftError, Town
from hub.simulate.truth import Truth

SHORTEST_DAYS = 30
GUEST_MODULES = (
    residence_cases,
    caseload_cases,
    permit_cases,
    tenancy_cases,
    crowding_cases,
    family_cases,
    number_cases,
    twin_cases,
    address_cases,
    child_cases,
)
"""Cases whose people all come with them."""
_MOVED_PER_THOUSAND = 4


@dataclass
class City:
    """What a simulated city has published, and what is true of it."""

    events: list[dict[str, Any]]
    truth: dict[str, Any]


def simulate(persons: int, days: int, seed: int) -> City:
    """A city of so many people over so many days, ending with `AS_OF`. The same arguments give the same city."""
    if persons < 1 or days < SHORTEST_DAYS:
        raise ValueError(f"a city needs at least one person and {SHORTEST_DAYS} days")
    town = _found_town(persons, days, seed)
    _stage_cases(town)
    town.close_pool()
    staged = len(town.ledger.filings)
    _live(town)
    mistakes.restate(town, town.ledger.filings[staged:])
    _confuse(town)
    truth = {
        "seed": seed,
        "persons": persons,
        "days": days,
        "as_of": AS_OF.isoformat(),
        "records": dict(sorted(town.ledger.records.items())),
        **town.truth.as_lists(),
    }
    return City(town.ledger.published_events(), truth)


def write_city(city: City, out_dir: Path | str) -> None:
    """Write `events.jsonl` and `truth.json`: the same city, the same bytes."""
    folder = Path(out_dir)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "events.jsonl").open("w", encoding="utf-8", newline="\n") as lines:
        lines.writelines(_json(event) + "\n" for event in city.events)
    (folder / "truth.json").write_text(_json(city.truth) + "\n", encoding="utf-8", newline="\n")


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _found_town(persons: int, days: int, seed: int) -> Town:
    today = AS_OF.toordinal()
    start = today - days + 1
    rng = random.Random(seed)
    town = Town(
        start=start,
        today=today,
        rng=rng,
        ledger=Ledger(random.Random(f"{seed} ledger"), start, today),
        truth=Truth(),
        names=NameBook(rng),
        numbers=NumberOffice(),
    )
    found(town, persons)
    town.open_pool()
    return town


def _all_cases() -> tuple[tuple[Case, float], ...]:
    """The cases of all rules in turn, the most important of each first, so that a small town has all of those."""
    modules = (
        identity_cases,
        death_cases,
        support_cases,
        takeup_cases,
        lease_cases,
        need_cases,
        grant_cases,
        aid_cases,
        rental_cases,
        unemployment_cases,
        migration_cases,
    )
    rounds = zip_longest(*(module.CASES for module in (*modules, *GUEST_MODULES)))
    return tuple(case for group in rounds for case in group if case is not None)


def _stage_cases(town: Town) -> None:
    """Every case once, then the rest of their numbers. A town too small for a case goes without it."""
    cases = _all_cases()
    thousands = len(town.people) / 1000
    of_guests = {case for module in GUEST_MODULES for case, _ in module.CASES}
    for case in _repeated(cases, thousands):
        if town.crowded and case in of_guests:
            continue
        try:
            case(town)
        except NobodyLeftError:
            continue


def _repeated(cases: tuple[tuple[Case, float], ...], thousands: float) -> Iterator[Case]:
    yield from (case for case, _ in cases)
    for case, per_thousand in cases:
        for _ in range(round(per_thousand * thousands) - 1):
            yield case


def _live(town: Town) -> None:
    lives.decide_deaths(town)
    moves.leave_city(town)
    moves.bring_insurance(town)
    households = list(town.households)
    for household in households:
        give_support(town, household)
    for person in town.people:
        lives.live(town, person)
        newcomers.settle(town, person)
    survivors.claim_grants(town)
    for household in households:
        lives.live_together(town, household)
        homes.own_home(town, household)
    lives.marry_singles(town)
    try:
        homes.let_homes(town)
    except NobodyLeftError:
        return


def _confuse(town: Town) -> None:
    try:
        mistakes.confuse_people(town, round(len(town.people) * _MOVED_PER_THOUSAND / 1000))
    except NobodyLeftError:
        return
