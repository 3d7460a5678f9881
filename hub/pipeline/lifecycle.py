"""The one life-cycle machine of all alerts: grace, open, freeze, close by itself, open again (domain 4).

Rules say what is true now; this decides what becomes of the alert. Whether an alert stands, and since when, follows
from the cases alone. What has been published before is history: appended to, never rewritten.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import msgspec

from hub.domain.claim import AlertState, SubjectState
from hub.domain.keys import Keyring
from hub.domain.policy import Policy
from hub.domain.times import DAY_MS, day_of, start_of
from hub.domain.workdays import WorkCalendar
from hub.pipeline.reconcile import Case, Judged
from hub.rules.base import event_ids

STANDING = frozenset({"OPEN", "NOTIFIED", "ACKED", "NEED_INFO", "DISPUTED", "FROZEN"})
# Working days to the end of a case (domain 4): severities; a correction request is statutory, Decree 809 Art. 26.
_CLOSE_WITHIN = {"S1": 10, "S2": 20, "S3": 30}
_CORRECTION_WITHIN = 10


@dataclass(frozen=True)
class Cause:
    """What made the machine look: an event, or time alone."""

    event_id: str | None = None
    takes_back: bool = False

    @property
    def close_reason(self) -> str:
        if self.event_id is None:
            return "LAPSED"
        return "RETRACTED" if self.takes_back else "RESOLVED"


@dataclass
class Turn:
    """Alerts of a subject after one look, and which of them must be told."""

    alerts: dict[str, AlertState]
    closed: list[AlertState]
    changed: list[AlertState] = field(default_factory=list)


@dataclass(frozen=True)
class Machine:
    """The life-cycle machine with its calendar and the window in which a case opens again as itself."""

    calendar: WorkCalendar
    keyring: Keyring
    policy: Policy
    region: str
    freezes: Mapping[str, Sequence[str]]  # rule -> rules that rest while its alert stands

    def turn(self, state: SubjectState, judged: Judged, now: int, cause: Cause) -> Turn:
        """Move every alert of a subject to where the cases say it is at `now`."""
        turn = Turn({}, list(state.closed))
        crashed = {fault.rule_id for fault in judged.faults}
        cases = {case.fingerprint: case for case in judged.cases}
        for fingerprint in sorted({*state.alerts, *cases}):
            before, case = state.alerts.get(fingerprint), cases.get(fingerprint)
            after = self._case_goes_on(before, case, now, cause, turn) if case else None
            if case is None and before is not None:
                after = before if before.rule_id in crashed else _ended(before, now, cause)
            if after is not None:
                turn.alerts[fingerprint] = after
        _freeze(turn.alerts, self.freezes)
        turn.changed = [
            alert
            for fingerprint, alert in turn.alerts.items()
            if alert.status != "PENDING" and alert != state.alerts.get(fingerprint)
        ]
        return turn

    def _case_goes_on(
        self, before: AlertState | None, case: Case, now: int, cause: Cause, turn: Turn
    ) -> AlertState | None:
        if case.opens_at > now:
            if before is None or before.status == "PENDING":
                return self._alert(case, 0 if before is None else before.case, "PENDING")
            # It stood, stopped being true, and is true again with its grace still running.
            return _ended(before, now, cause)
        if before is None or before.status == "PENDING":
            return self._alert(case, 0 if before is None else before.case, "OPEN")
        if before.status != "CLOSED":
            return self._alert(case, before.case, before.status if before.status != "FROZEN" else "OPEN")
        if before.closed_at is not None and case.opens_at - before.closed_at > self._reopen_window(before.closed_at):
            turn.closed.append(before)
            return self._alert(case, before.case + 1, "OPEN")
        return self._alert(case, before.case, "OPEN")

    def _alert(self, case: Case, number: int, status: str) -> AlertState:
        rule, finding = case.rule, case.finding
        return AlertState(
            fingerprint=case.fingerprint,
            rule_id=rule.id,
            case=number,
            alert_id=self.keyring.alert_id(case.fingerprint, number),
            status=status,
            opened_at=case.opens_at,
            due_at=self._due(rule.kind, rule.severity, day_of(case.opens_at)),
            resident_id=finding.about,
            acting_agency=finding.acting or rule.acts,
            cc=rule.cc if finding.cc is None else finding.cc,
            show=finding.show,
            evidence=event_ids(finding.evidence),
            policy=case.policy,
        )

    def _reopen_window(self, closed_at: int) -> int:
        return int(self.policy.value("alert.reopen_days", self.region, day_of(closed_at))) * DAY_MS

    def _due(self, kind: str, severity: str, opened: date) -> int | None:
        """The last second of the last working day for closing; a digest (S4) has no deadline unless it is statutory."""
        days = _CORRECTION_WITHIN if kind == "CORRECTION" else _CLOSE_WITHIN.get(severity)
        if days is None:
            return None
        return start_of(self.calendar.add_workdays(opened, days)) + DAY_MS - 1000


def _ended(alert: AlertState, now: int, cause: Cause) -> AlertState | None:
    if alert.status == "PENDING":
        return None
    if alert.status == "CLOSED":
        return alert
    return msgspec.structs.replace(
        alert,
        status="CLOSED",
        closed_at=now,
        close_reason=cause.close_reason,
        closing_event_id=cause.event_id,
        frozen_by=None,
    )


def _freeze(alerts: dict[str, AlertState], freezes: Mapping[str, Sequence[str]]) -> None:
    """Priority of life: while LE-04 stands, LE-01..03 of the same person rest."""
    freezer = {
        frozen: alert.alert_id
        for _, alert in sorted(alerts.items(), reverse=True)
        if alert.status in STANDING
        for frozen in freezes.get(alert.rule_id, ())
    }
    for fingerprint, alert in alerts.items():
        by = freezer.get(alert.rule_id)
        if by and alert.status in STANDING:
            alerts[fingerprint] = msgspec.structs.replace(alert, status="FROZEN", frozen_by=by)
