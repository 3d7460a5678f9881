"""What agencies' answers make of an alert. A pure function of the answers taken in, whatever order they came in.

An answer is taken in or refused once, when it arrives (`refusals`). Those taken in are played in the order in which
they were given (`said`): words of the work flow replace one another, NOT_MINE moves the alert, and an answer that ends
the case lets the same finding rest for a time (`Rest`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from hub.domain.claim import AlertState, Answer, SubjectState
from hub.domain.event import Code, Fault
from hub.domain.feedback import AUTHORITY, CLOSING
from hub.domain.policy import Policy
from hub.domain.times import DAY_MS, day_of

_STATUS_OF = {
    "NOTIFIED": "NOTIFIED",
    "ACKED": "ACKED",
    "NEED_INFO": "NEED_INFO",
    "FIXED": "CORRECTED",
    "DISPUTED": "DISPUTED",
}


@dataclass(frozen=True)
class Rest:
    """An answer ended a case: its finding rests until then, in every later case too."""

    answer: Answer
    until: int


def counting(state: SubjectState, alert_id: str) -> list[Answer]:
    """The answers to one alert that were taken in, in the order they were given."""
    answers = (a for a in state.answers.values() if a.alert_id == alert_id and not a.refused)
    return sorted(answers, key=lambda answer: answer.play_order)


def said(alert: AlertState, answers: Iterable[Answer]) -> AlertState:
    """An alert that has just been judged to stand, with its answers upon it. Those that end the case change nothing.

    What was said before the alert last opened is past; whose it is, is not.
    """
    refused_by: set[str] = set()
    for answer in answers:
        if answer.result == "NOT_MINE":
            alert = _moved(alert, answer, refused_by)
        elif answer.given_at >= alert.opened_at and answer.result in _STATUS_OF:
            alert = _worded(alert, answer)
    return alert


def _moved(alert: AlertState, answer: Answer, refused_by: set[str]) -> AlertState:
    """To the presumed owner; or to the authority, where that agency has said already that it is not theirs."""
    owner = answer.owner or ""
    if answer.agency == AUTHORITY:
        refused_by.clear()  # decided
    elif owner in refused_by:
        return _to_the_authority(alert, answer)
    refused_by.add(answer.agency)
    return msgspec.structs.replace(alert, acting_agency=owner, status="OPEN", answer=answer)


def _worded(alert: AlertState, answer: Answer) -> AlertState:
    if answer.result == "DISPUTED":
        return _to_the_authority(alert, answer)
    if answer.result == "NOTIFIED" and alert.status != "OPEN":
        return alert  # the post was slower than the agency
    return msgspec.structs.replace(alert, status=_STATUS_OF[answer.result], answer=answer)


def _to_the_authority(alert: AlertState, answer: Answer) -> AlertState:
    cc = alert.cc if AUTHORITY in alert.cc else (*alert.cc, AUTHORITY)
    return msgspec.structs.replace(alert, status="DISPUTED", answer=answer, cc=cc)


def rests(state: SubjectState, policy: Policy, region: str) -> dict[str, Rest]:
    """Fingerprint -> until when it rests: the longest that any answer to any of its cases asks for."""
    found: dict[str, Rest] = {}
    for answer in sorted(state.answers.values(), key=lambda answer: answer.play_order):
        if answer.refused or answer.result not in CLOSING:
            continue
        alert = state.alerts.get(answer.fingerprint)
        days = _mute_days(answer, alert.rule_id if alert else "", policy, region)
        rest = Rest(answer, answer.given_at + days * DAY_MS)
        if answer.fingerprint not in found or rest.until > found[answer.fingerprint].until:
            found[answer.fingerprint] = rest
    return found


def _mute_days(answer: Answer, rule_id: str, policy: Policy, region: str) -> int:
    """Two people found to be two stay so for years (domain 5.4); other answers rest for twelve months (domain 4)."""
    key = "alert.mute_days_not_same" if (answer.result, rule_id) == ("NOT_SAME", "ID-03") else "alert.mute_days"
    return int(policy.value(key, region, day_of(answer.given_at)))


def closing(answers: Iterable[Answer]) -> Answer | None:
    """The answer that ends a case: the first of them."""
    return next((answer for answer in answers if answer.result in CLOSING), None)


def held(state: SubjectState, alert_id: str) -> AlertState | None:
    """An alert of this subject, whatever became of it."""
    everything = (*state.alerts.values(), *state.closed)
    return next((alert for alert in everything if alert.alert_id == alert_id and alert.status != "PENDING"), None)


def refusals(state: SubjectState, answer: Answer) -> tuple[Fault, ...]:
    """Why an answer may not be given to an alert as it stands now; empty where it may."""
    alert = held(state, answer.alert_id)
    if alert is None:
        return (Fault(Code.UNKNOWN_ALERT, "alert_id"),)
    faults: list[Fault] = []
    if alert.status == "CLOSED":
        faults.append(Fault(Code.ALERT_CLOSED, "alert_id"))
    if not may_answer(alert.acting_agency, alert.cc, answer.agency):
        faults.append(Fault(Code.NOT_ACTING, "agency"))
    return tuple(faults)


def taken_in(state: SubjectState, answer: Answer, faults: tuple[Fault, ...]) -> SubjectState:
    """The subject with an answer in its books; a refused one too, so that the same one is refused once."""
    alert = held(state, answer.alert_id)
    kept = msgspec.structs.replace(
        answer, fingerprint=alert.fingerprint if alert else "", refused=tuple(fault.code for fault in faults)
    )
    return msgspec.structs.replace(state, answers={**state.answers, answer.identity: kept})


def may_answer(acting: str, cc: Iterable[str], agency: str) -> bool:
    """The agency an alert is addressed to, and the authority once it has been called in."""
    return agency == acting or (agency == AUTHORITY and AUTHORITY in cc)
