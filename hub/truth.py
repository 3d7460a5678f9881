"""Holding what a run found against what the simulated city injected (`truth.json`).

The truth names people and dwellings; alerts name keys. The bridge is the source records: a resident's records, or an
alert's evidence, say which person or dwelling of the city it is about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Target = tuple[str, str, str, str]  # rule, person or unit, acting agency, status


@dataclass(frozen=True)
class Verdict:
    """What the comparison came to. Nothing missing, nothing wrong, nothing forbidden: the run is right."""

    expected: int
    found: int
    missing: tuple[Target, ...]
    wrong: tuple[Target, ...]
    forbidden: int
    by_rule: Mapping[str, tuple[int, int]]  # rule -> (expected, found)

    @property
    def right(self) -> bool:
        return not (self.missing or self.wrong or self.forbidden)


def compare(
    truth: Mapping[str, Any], events: Iterable[Mapping[str, Any]], residents: Iterable[Mapping[str, Any]],
    alerts: Iterable[Mapping[str, Any]], *, enable: Iterable[str] = (),
) -> Verdict:  # fmt: skip
    """Alerts that stand against alerts that must, and that must not.

    `enable` as the run had it: rules switched on beside the defaults, by id, or "all".
    """
    people = _people(truth, residents)
    units = {e["event_id"]: _truth_of(truth, e).get("unit") for e in events if e["event_type"].startswith("hmd.")}
    standing = {
        (a["rule_id"], _target(a, people, units), a["acting_agency"], _standing(a["status"]))
        for a in alerts
        if a["status"] != "CLOSED"
    }
    must = {
        (m["rule_id"], str(m.get("person") or m.get("unit")), m["acting_agency"], m["status"])
        for m in _promised(truth, set(enable))
    }
    forbidden = {(m["rule_id"], str(m.get("person") or m.get("unit"))) for m in truth["must_not"]}
    rules = sorted({rule for rule, *_ in must | standing})
    return Verdict(
        expected=len(must), found=len(standing), missing=tuple(sorted(must - standing)),
        wrong=tuple(sorted(standing - must)),
        forbidden=sum((rule, target) in forbidden for rule, target, *_ in standing - must),
        by_rule={r: (sum(t[0] == r for t in must), sum(t[0] == r for t in standing & must)) for r in rules},
    )  # fmt: skip


def _promised(truth: Mapping[str, Any], enabled: set[str]) -> Iterator[Mapping[str, Any]]:
    """What must stand of the rules that ran."""
    yield from truth["must"]
    yield from (m for m in truth.get("must_if_enabled", ()) if "all" in enabled or m["rule_id"] in enabled)


def _standing(status: str) -> str:
    return "FROZEN" if status == "FROZEN" else "OPEN"


def _truth_of(truth: Mapping[str, Any], event: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = truth["records"].get(f"{event['source_agency']}:{event['source_record_id']}", {})
    return found


def _people(truth: Mapping[str, Any], residents: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Resident id -> person of the city, by the resident's own records: police first: nobody takes over their files."""
    people: dict[str, str] = {}
    for resident in residents:
        for record in sorted(resident["records"], key=lambda record: record["agency"] != "PSB"):
            person = truth["records"].get(f"{record['agency']}:{record['source_record_id']}", {}).get("person")
            if person:
                people[resident["resident_id"]] = person
                break
    return people


def _target(alert: Mapping[str, Any], people: Mapping[str, str], units: Mapping[str, str | None]) -> str:
    if alert["resident_id"]:
        return people.get(alert["resident_id"], "nobody of the city")
    return next((unit for event in alert["evidence"] if (unit := units.get(event))), "no unit of the city")
