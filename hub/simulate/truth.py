"""What is true of the city, written down where it is brought about; never found by looking at events."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hub.simulate.people import Person

OPEN, FROZEN = "OPEN", "FROZEN"

OFF_BY_DEFAULT = frozenset({"RE-01", "RE-02", "RE-04", "LE-06", "LE-07", "HO-02"})
"""Rules that wait for a local impact assessment (domain 4): their alerts stand only where a run switches them on."""


@dataclass
class Truth:
    """Alerts that must stand on the last day, and near misses that must not."""

    standing: list[dict[str, str]] = field(default_factory=list)
    absent: list[dict[str, str]] = field(default_factory=list)

    def must(self, rule_id: str, about: Person | str, acting_agency: str, why: str, status: str = OPEN) -> None:
        """This alert stands at the end of the last day, its grace over. `about` is a person or a unit code."""
        entry = {"rule_id": rule_id, **_about(about), "acting_agency": acting_agency, "status": status, "why": why}
        self.standing.append(entry)

    def must_not(self, rule_id: str, about: Person | str, why: str) -> None:
        """No alert of this rule stands for this person or unit, from any agency."""
        self.absent.append({"rule_id": rule_id, **_about(about), "why": why})

    def as_lists(self) -> dict[str, list[dict[str, Any]]]:
        """All lists in a fixed order: `must`; `must_if_enabled`, of rules that are off by default; `must_not`.

        Raises ValueError where a case contradicts another.
        """
        standing = {_key(entry) for entry in self.standing}
        if any(_key(entry) in standing for entry in self.absent):
            raise ValueError("two cases contradict each other")
        if len({(*_key(entry), entry["acting_agency"]) for entry in self.standing}) != len(self.standing):
            raise ValueError("an alert is promised twice")
        optional = [entry for entry in self.standing if entry["rule_id"] in OFF_BY_DEFAULT]
        always = [entry for entry in self.standing if entry["rule_id"] not in OFF_BY_DEFAULT]
        return {
            "must": sorted(always, key=_order),
            "must_if_enabled": sorted(optional, key=_order),
            "must_not": sorted(self.absent, key=_order),
        }


def _about(about: Person | str) -> dict[str, str]:
    return {"unit": about} if isinstance(about, str) else {"person": about.pid}


def _key(entry: dict[str, str]) -> tuple[str, str]:
    return entry["rule_id"], entry.get("person") or entry["unit"]


def _order(entry: dict[str, str]) -> tuple[str, ...]:
    return (*_key(entry), entry.get("acting_agency", ""), entry["why"])
