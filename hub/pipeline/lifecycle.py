"""The one life-cycle machine of all alerts: grace, open, answers, freeze, deadline, close, open again (domain 4).

Rules say what is true now, agencies say what they did about it; this decides what becomes of the alert. Whether an
alert stands, and since when, follows from the cases and the answers taken in alone. What has been published before is
history: appended to, never rewritten.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import msgspec

from hub.domain.claim import AlertState, SubjectState
from hub.domain.keys import Keyring
from hub.domain.policy import Policy
from hub.domain.times import DAY_MS, day_of, start_of
from hub.domain.workdays import WorkCalendar
from hub.pipeline.answers import Rest, closing, counting, rests, said
from hub.pipeline.reconcile import Case, Judged
from hub.rules.base import Rule, event_ids

STANDING = frozenset({"OPEN", "NOTIFIED", "ACKED", "CORRECTED", "NEED_INFO", "DISPUTED", "FROZEN"})
_SECOND_MS = 1000
_SEVERITIES_WITH_DEADLINE = frozenset({"S1", "S2", "S3"})


@dataclass(frozen=True)
class Cause:
    """What made the machine look: an event, or time or an answer alone."""

    event_id: str | None = None
    takes_back: bool = False
    at: int = 0  # when the event was published

    @property
    def close_reason(self) -> str:
        if self.event_id is None:
            return "LAPSED"
        return "RETRACTED" if self.takes_back else "RESOLVED"


@dataclass
class Turn:
    """Alerts of a subject after one look, which of them must be told, and when time alone changes one of them."""

    alerts: dict[str, AlertState]
    closed: list[AlertState]
    changed: list[AlertState] = field(default_factory=list)
    wake: int | None = None

    def wake_at(self, moment: int) -> None:
        if self.wake is None or moment < self.wake:
            self.wake = moment


@dataclass(frozen=True)
class _Look:
    """One subject at one moment, with what the whole look needs."""

    state: SubjectState
    now: int
    cause: Cause
    turn: Turn
    rests: Mapping[str, Rest]
    shadowed: Collection[str]


@dataclass(frozen=True)
class Machine:
    """The life-cycle machine with its calendar and the window in which a case opens again as itself."""

    calendar: WorkCalendar
    keyring: Keyring
    policy: Policy
    region: str
    freezes: Mapping[str, Sequence[str]]  # rule -> rules that rest while its alert stands

    def turn(self, state: SubjectState, judged: Judged, now: int, cause: Cause, shadowed: Collection[str] = ()) -> Turn:
        """Move every alert of a subject to where cases and answers say it is at `now`.

        `shadowed`: rules on trial; alerts that open now are marked, those that stand are left as they are.
        """
        turn = Turn({}, list(state.closed))
        look = _Look(state, now, cause, turn, rests(state, self.policy, self.region), shadowed)
        crashed = {fault.rule_id for fault in judged.faults}
        cases = {case.fingerprint: case for case in judged.cases}
        for fingerprint in sorted({*state.alerts, *cases}):
            before = self._answered(state.alerts.get(fingerprint), look)
            case = cases.get(fingerprint)
            if case is not None:
                after = self._case_goes_on(before, case, look)
            elif before is not None:
                after = before if before.rule_id in crashed else _ended(before, look)
            if after is not None:
                turn.alerts[fingerprint] = after
        _freeze(turn.alerts, self.freezes)
        _mark_overdue(turn, now)
        turn.changed = _changed(state, turn)
        return turn

    def _answered(self, before: AlertState | None, look: _Look) -> AlertState | None:
        """Close an alert whose case an answer has ended."""
        if before is None or before.status in ("PENDING", "CLOSED"):
            return before
        answer = closing(counting(look.state, before.alert_id))
        if answer is None:
            return before
        rest = look.rests[before.fingerprint]
        return msgspec.structs.replace(
            before,
            status="CLOSED",
            closed_at=look.now,
            close_reason=answer.result,
            answer=answer,
            muted_until=rest.until,
            frozen_by=None,
        )

    def _case_goes_on(self, before: AlertState | None, case: Case, look: _Look) -> AlertState | None:
        fresh = before is None or before.status == "PENDING"
        rest = look.rests.get(case.fingerprint)
        if rest is not None:
            case = replace(case, opens_at=max(case.opens_at, rest.until))
        if case.opens_at > look.now:
            look.turn.wake_at(case.opens_at)
            if fresh:
                return self._alert(case, 0 if before is None else before.case, "PENDING")
            # It stood, stopped being true, and is true again with its grace still running.
            return _ended(before, look) if before is not None else None
        if case.rule.expires_days is not None:
            expires_at = case.opens_at + case.rule.expires_days * DAY_MS
            if expires_at <= look.now:
                return _ended(before, look, "EXPIRED") if before is not None else None
            look.turn.wake_at(expires_at)
        return self._stands(before, case, look)

    def _stands(self, before: AlertState | None, case: Case, look: _Look) -> AlertState:
        number, shadow = 0, case.rule.id in look.shadowed
        if before is not None:
            number = before.case
            if before.status == "CLOSED" and self._is_over(before, case):
                look.turn.closed.append(before)
                number += 1
            elif before.status not in ("CLOSED", "PENDING"):
                shadow = before.shadow
        alert = self._alert(case, number, "OPEN")
        alert = msgspec.structs.replace(alert, shadow=shadow)
        return said(alert, counting(look.state, alert.alert_id))

    def _is_over(self, before: AlertState, case: Case) -> bool:
        """Whether a closed case opens as a new one: an answer ended it, or it was closed too long ago."""
        if before.muted_until is not None:
            return True
        closed_at = before.closed_at
        return closed_at is not None and case.opens_at - closed_at > self._reopen_window(closed_at)

    def _alert(self, case: Case, number: int, status: str) -> AlertState:
        rule, finding = case.rule, case.finding
        return AlertState(
            fingerprint=case.fingerprint,
            rule_id=rule.id,
            case=number,
            alert_id=self.keyring.alert_id(case.fingerprint, number),
            status=status,
            opened_at=case.opens_at,
            due_at=self._due(rule, day_of(case.opens_at)),
            resident_id=finding.about,
            acting_agency=finding.acting or rule.acts,
            cc=rule.cc if finding.cc is None else finding.cc,
            show=finding.show,
            evidence=event_ids(finding.evidence),
            policy=case.policy,
        )

    def _reopen_window(self, closed_at: int) -> int:
        return self._number("alert.reopen_days", day_of(closed_at)) * DAY_MS

    def _due(self, rule: Rule, opened: date) -> int | None:
        """The last second of the last working day for closing; a digest (S4) has no deadline unless it is statutory."""
        if rule.kind == "CORRECTION":
            days = self._number("alert.correction_workdays", opened)
        elif rule.severity in _SEVERITIES_WITH_DEADLINE:
            days = self._number(f"alert.close_workdays.{rule.severity}", opened)
        else:
            return None
        return start_of(self.calendar.add_workdays(opened, days)) + DAY_MS - _SECOND_MS

    def _number(self, key: str, on: date) -> int:
        return int(self.policy.value(key, self.region, on))


def _changed(state: SubjectState, turn: Turn) -> list[AlertState]:
    """Every alert that is not as it was told last, cases that have just been put away first."""
    known = {alert.alert_id: alert for alert in (*state.closed, *state.alerts.values())}
    return [
        alert
        for alert in (*turn.closed, *turn.alerts.values())
        if alert.status != "PENDING" and alert != known.get(alert.alert_id)
    ]


def _ended(alert: AlertState, look: _Look, reason: str | None = None) -> AlertState | None:
    if alert.status == "PENDING":
        return None
    if alert.status == "CLOSED":
        return alert
    return msgspec.structs.replace(
        alert,
        status="CLOSED",
        closed_at=look.now,
        close_reason=reason or look.cause.close_reason,
        closing_event_id=look.cause.event_id if reason is None else None,
        frozen_by=None,
    )


def _mark_overdue(turn: Turn, now: int) -> None:
    """Past its deadline an alert goes on standing, marked. The authority is told numbers (metrics), not persons."""
    for fingerprint, alert in turn.alerts.items():
        if alert.status not in STANDING - {"FROZEN"} or alert.due_at is None:
            continue  # nobody is late with what rests
        if now < alert.due_at + _SECOND_MS:
            turn.wake_at(alert.due_at + _SECOND_MS)  # the last second of the last day is in time
        else:
            turn.alerts[fingerprint] = msgspec.structs.replace(alert, overdue=True)


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
