"""The reference model: what stands when a history has been told, said slowly and plainly (architecture, I3).

Written from the specification alone (contract, architecture, domain 3-6, rules.yaml and how it is read, README.md),
sharing with `hub/` only what checks a number, compares two names or addresses, counts time and holds the policy table.
There are no keys, parcels, relays or notices here: one world of all acts that count, looked at whole, again and again,
once for every moment at which anything could have changed.

    acts.py     one event, read              groups.py    aid units, leases, marriages, dwellings
    facts.py    what is known of somebody    rules_*.py   the 39 rules
    world.py    everybody, by some moment    model.py     time: since when it has been true
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from hub.domain.times import DAY_MS, add_months, day_of, end_of, is_date, start_of
from tests.reference import (
    rules_conflict,
    rules_cross,
    rules_housing,
    rules_identity,
    rules_life,
    rules_residence,
    rules_support,
)
from tests.reference.acts import Act, Ident, Key, read
from tests.reference.found import Find, Found
from tests.reference.world import Person, World

__all__ = ["GRACE", "RULES", "Ident", "Model", "Person", "Stands"]

RULES: dict[str, Find] = {
    **rules_identity.RULES, **rules_residence.RULES, **rules_life.RULES, **rules_support.RULES,
    **rules_conflict.RULES, **rules_housing.RULES, **rules_cross.RULES,
}  # fmt: skip
GRACE = {
    "ID-01": 0, "ID-02": 3, "ID-03": 7, "ID-04": 30, "ID-05": 3, "ID-06": 7,
    "RE-01": 10, "RE-02": 45, "RE-03": 0, "RE-04": 30, "RE-05": 14, "RE-06": 15,
    "LE-01": 0, "LE-02": 30, "LE-03": 5, "LE-04": 0, "LE-05": 90, "LE-06": 7, "LE-07": 60,
    "EN-01": 30, "EN-02": 15, "EN-03": 0, "EN-04": 30, "EN-05": 30, "EN-06": 60, "EN-07": 90,
    "EC-01": 15, "EC-02": 30, "EC-03": 30, "EC-04": 15, "EC-05": 15, "EC-06": 15,
    "HO-01": 15, "HO-02": 10, "HO-03": 15, "HO-04": 7, "XJ-01": 45, "XJ-02": 60, "XJ-03": 90,
}  # fmt: skip
EXPIRES = {"RE-01": 60}  # a reminder ends by itself so many days after it opened
_RESTS = ("LE-01", "LE-02", "LE-03", "EN-06")  # priority of life: while LE-04 stands


@dataclass(frozen=True)
class Stands:
    """An alert that stands at the end."""

    rule: str
    subject: Ident
    key: Key
    acting: str
    about: Ident | None
    opened_at: int
    frozen: bool


class Model:
    """Told a history and a last day, says what stands."""

    def __init__(self, events: Iterable[Mapping[str, Any]], as_of: date) -> None:
        acts: dict[tuple[str, str, int], Act] = {}
        for act in map(read, events):
            key = (act.agency, act.record, act.seq)
            held = acts.get(key)
            if held is None or (act.recorded, act.id) > (held.recorded, held.id):
                acts[key] = act  # two contents under one key: the later recorded, then the higher event id
        self.acts = list(acts.values())
        self.now = end_of(as_of)
        self.world = World(self.acts)

    def alerts(self) -> list[Stands]:
        found: dict[Key, Found] = {}
        for one in _find(RULES, self.world, day_of(self.now)):
            found.setdefault(self._case(one), one)
        recorded, published = (self._since(axis, set(found)) for axis in ("recorded", "published"))
        opened = {
            case: max(
                recorded[case] + GRACE[f.rule] * DAY_MS, published[case], start_of(f.not_before) if f.not_before else 0
            )
            for case, f in found.items()
        }
        standing = {
            case: f for case, f in found.items()
            if opened[case] <= self.now and not self._expired(f.rule, opened[case])
        }  # fmt: skip
        resting = {f.about for f in standing.values() if f.rule == "LE-04"}
        return [
            Stands(f.rule, f.subject, f.key, f.acting, f.about, opened[case], f.rule in _RESTS and f.about in resting)
            for case, f in standing.items()
        ]

    def _expired(self, rule: str, opened: int) -> bool:
        return rule in EXPIRES and opened + EXPIRES[rule] * DAY_MS <= self.now

    def _case(self, found: Found) -> Key:
        """The same case, whatever number the person had at the time."""
        if found.subject[0] == "pair":
            return (found.rule, found.subject, found.key)
        return (found.rule, self.world.root(found.subject), found.key)

    def _since(self, axis: str, cases: set[Key]) -> dict[Key, int]:
        """From when each case has held without a break: back through everything that became known, or dawned."""
        moments = {getattr(act, axis) for act in self.acts}
        first = min(moments, default=self.now)
        dawns = {start_of(day) for day in self._days_that_matter() if first < start_of(day) <= self.now}
        # What is known of later than the last day has not begun before it was.
        since = dict.fromkeys(cases, min((m for m in moments if m > self.now), default=self.now))
        holding, worlds = set(cases), dict[int, World]()
        for moment in sorted((m for m in moments | dawns if m <= self.now), reverse=True):
            if not holding:
                break
            known = max(m for m in moments if m <= moment)
            if known not in worlds:
                worlds[known] = World((act for act in self.acts if getattr(act, axis) <= known), self.world)
            rules = {case[0]: RULES[case[0]] for case in holding}
            holding &= {self._case(found) for found in _find(rules, worlds[known], day_of(moment))}
            since |= dict.fromkeys(holding, moment)
        return since

    def _days_that_matter(self) -> set[date]:
        """Firsts of months, every day that any act speaks of and some around it, birthdays that count."""
        first = day_of(min((min(a.recorded, a.published) for a in self.acts), default=self.now)).replace(day=1)
        last = day_of(self.now)
        days = {add_months(first, n) for n in range((last.year - first.year) * 12 + last.month - first.month + 1)}
        for act in self.acts:
            for day in _dates_in(act.payload):
                days |= {day + timedelta(days=n) for n in _DISTANCES if abs(day.year - last.year) < 100}
            births = [b for ref in act.refs for b in (ref.birth_date, ref.birth_in_number) if b]
            if act.type == "psb.item_corrected" and act.payload["item"] == "BIRTH_DATE":
                births.append(act.payload["new_value"])
            for born in (date.fromisoformat(b) for b in births if is_date(b)):
                days |= {add_months(born, age) for age in (16 * 12, 60 * 12, 721, 80 * 12)}
                days |= {born + timedelta(days=n) for n in (60, 181)}
        return {day for day in days if first <= day <= last}


_DISTANCES = (-30, 0, 1, 180, 183)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _dates_in(payload: Mapping[str, Any]) -> Iterator[date]:
    return (date.fromisoformat(v) for v in payload.values() if isinstance(v, str) and _DAY.fullmatch(v) and is_date(v))


def _find(rules: Mapping[str, Find], world: World, today: date) -> Iterator[Found]:
    for find in rules.values():
        yield from find(world, today)
