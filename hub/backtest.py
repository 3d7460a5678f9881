"""What a change of a rule or of the policy table would have raised and dropped, on events of the past.

Two lists of alerts (contract 4) are compared by what makes two alerts the same case: the rule, and the fingerprint of
subject and conflicting records. What became of the case since does not matter, but is told where it differs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Alert = Mapping[str, Any]

_COMPARED = ("opened_at", "due_at", "status", "close_reason", "closed_at", "acting_agency", "cc", "show", "frozen_by")


@dataclass(frozen=True)
class Difference:
    """Alerts of one rule: only after the change, only before it, in both but not alike, and alike."""

    rule_id: str
    raised: tuple[Alert, ...]
    dropped: tuple[Alert, ...]
    changed: tuple[tuple[Alert, tuple[str, ...]], ...]  # as after the change, and what differs
    same: int
    others: Mapping[str, Mapping[str, int]]  # other rules that the change touches: raised, dropped, changed

    def document(self) -> dict[str, Any]:
        """The difference as plain data."""
        return {
            "rule": self.rule_id,
            "counts": {
                "raised": len(self.raised),
                "dropped": len(self.dropped),
                "changed": len(self.changed),
                "same": self.same,
            },
            "raised": list(self.raised),
            "dropped": list(self.dropped),
            "changed": [{"alert": alert, "differs_in": list(names)} for alert, names in self.changed],
            "other_rules": {rule: dict(counts) for rule, counts in self.others.items()},
        }


def difference(rule_id: str, before: Iterable[Alert], after: Iterable[Alert]) -> Difference:
    """What became otherwise between two replays of the same events."""
    old, new = _by_case(before), _by_case(after)
    raised = [alert for case, alert in new.items() if case not in old]
    dropped = [alert for case, alert in old.items() if case not in new]
    changed = [(alert, names) for case, alert in new.items() if case in old and (names := _unlike(old[case], alert))]
    own = [alert for case, alert in new.items() if case in old and alert["rule_id"] == rule_id]
    mine = tuple((alert, names) for alert, names in changed if alert["rule_id"] == rule_id)
    return Difference(
        rule_id,
        tuple(alert for alert in raised if alert["rule_id"] == rule_id),
        tuple(alert for alert in dropped if alert["rule_id"] == rule_id),
        mine,
        len(own) - len(mine),
        _others(rule_id, raised=raised, dropped=dropped, changed=[alert for alert, _ in changed]),
    )


def _by_case(alerts: Iterable[Alert]) -> dict[tuple[str, str, str], Alert]:
    """By rule, fingerprint and case: opened again long after it closed, a fingerprint has several cases."""
    found = {(a["rule_id"], a["fingerprint"], a["alert_id"]): a for a in alerts}
    return dict(sorted(found.items(), key=lambda item: (item[1]["rule_id"], item[1]["opened_at"], item[0])))


def _unlike(old: Alert, new: Alert) -> tuple[str, ...]:
    return tuple(name for name in _COMPARED if old.get(name) != new.get(name))


def _others(rule_id: str, **lists: Iterable[Alert]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for name, alerts in lists.items():
        for rule, count in sorted(Counter(alert["rule_id"] for alert in alerts).items()):
            if rule != rule_id:
                found.setdefault(rule, {})[name] = count
    return dict(sorted(found.items()))
