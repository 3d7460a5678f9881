"""Why an alert stands, or stood: the rule, the events, the numbers and the days, for whoever has to act on it.

PIPL Art. 24 and 48: who is concerned by what a machine found may have it explained. The explanation holds what the rule
used and nothing more, as far as the acting agency may see it (domain 5.3); with the same events, `hub replay` and
`hub rules explain` it can be worked out again by hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import msgspec

from hub.domain.assessments import assessment_of
from hub.domain.claim import Claim, SubjectState
from hub.domain.policy import Policy
from hub.domain.times import day_of, parse_rfc3339, rfc3339
from hub.domain.visible import EVERY_FACT, seen_by, showable
from hub.domain.workdays import estimate_warning
from hub.pipeline.answers import Rest, rests
from hub.pipeline.journey import Journey
from hub.pipeline.reconcile import Case, judge
from hub.rules import BY_ID, Rule

Document = dict[str, Any]

_SCOPE = {
    "CITY": {
        "zh": "本市数据中没有记录；外地可能有",
        "en": "no record in this city's data; the fact may exist elsewhere",
    },
    "CLOSED": {
        "zh": "来源登记簿在本辖区对此问题是完整的",
        "en": "the source register is complete for this question in the jurisdiction",
    },
}
_LEAD = {
    "zh": "本提醒是供有权部门核实的线索，不是决定；不得仅凭比对结果影响当事人权益（个人信息保护法第二十四条）。",
    "en": "A lead for the acting agency to verify, never a decision: nothing that affects a person's rights is decided "
    "on the match alone (PIPL Art. 24).",
}
_WITHHELD = {
    "zh": "处理部门无权查看此事件的内容",
    "en": "the acting agency may not see what this event is about (domain 5.3)",
}
_EXISTS = {
    "zh": "处理部门只可知悉有此事件",
    "en": "the acting agency may know that there is such an event, and no more (domain 5.3)",
}
_GONE = {"zh": "此事件已不再保存", "en": "this event is no longer kept"}


def explain(journey: Journey, state: SubjectState, alert: Mapping[str, Any]) -> Document:
    """The explanation of one alert (contract 4) from the state of its subject."""
    bench = journey.parts.bench
    rule = BY_ID.get(alert["rule_id"]) or next(rule for rule in bench.rules if rule.id == alert["rule_id"])
    reads = _Reads()
    judged = judge(reads.watched(state), state.now, replace(bench, rules=(rule,)))
    case = next((case for case in judged.cases if case.fingerprint == alert["fingerprint"]), None)
    known = _claims(state, case)
    rest = rests(state, bench.policy, bench.region).get(alert["fingerprint"])
    return {
        "alert_id": alert["alert_id"],
        "status": alert["status"],
        "rule": _rule(rule, int(alert["rule_version"])),
        "acting_agency": alert["acting_agency"],
        "cc": alert["cc"],
        "frozen_by": alert["frozen_by"],
        "show": alert["show"],
        "events": [_event(event_id, known.get(event_id), alert, reads) for event_id in alert["evidence"]],
        "closed_by": _closing(alert, known, reads),
        "answer": alert.get("answer"),
        "policy": _policy(alert["policy"], bench.policy, bench.region, day_of(parse_rfc3339(alert["opened_at"]))),
        "dates": _dates(journey, rule, case, alert, rest),
        "opening": _opening(rule, case, rest),
        "scope": _SCOPE[rule.scope],
        "basis": alert["basis"],
        "assessment": _assessment(rule, bench.policy),
        "todo": alert["todo"],
        "note": _LEAD,
    }


# --- what was read ----------------------------------------------------------------------------------------------------


class _Noted(dict[str, Any]):
    """The facts of one claim; remembers which of them anybody asked for."""

    def __init__(self, facts: Mapping[str, Any], asked: set[str]) -> None:
        super().__init__(facts)
        self._asked = asked

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - a fact may be anything
        self._asked.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ANN401
        self._asked.add(name)
        return super().get(name, default)


@dataclass
class _Reads:
    """Which facts of which event the rule looked at."""

    by_event: dict[str, set[str]] = field(default_factory=dict)

    def watched(self, state: SubjectState) -> SubjectState:
        """The same state, with every fact under watch."""
        relays = {
            source: msgspec.structs.replace(relay, claims=tuple(self._watch(claim) for claim in relay.claims))
            for source, relay in state.relays.items()
        }
        claims = {identity: self._watch(claim) for identity, claim in state.claims.items()}
        return msgspec.structs.replace(state, claims=claims, relays=relays)

    def _watch(self, claim: Claim) -> Claim:
        asked = self.by_event.setdefault(claim.event_id, set())
        return msgspec.structs.replace(claim, facts=_Noted(claim.facts, asked), golden=_Noted(claim.golden, asked))


def _claims(state: SubjectState, case: Case | None) -> dict[str, Claim]:
    """Every claim there is about the subject, by event; what the case stands on first."""
    relayed = (claim for relay in state.relays.values() for claim in relay.claims)
    found: dict[str, Claim] = {}
    for claim in (*(case.finding.evidence if case else ()), *state.claims.values(), *relayed, *state.beaten.values()):
        found.setdefault(claim.event_id, claim)
    return found


# --- parts of the explanation -----------------------------------------------------------------------------------------


def _rule(rule: Rule, version: int) -> Document:
    return {
        "id": rule.id,
        "version": version,
        "kind": rule.kind,
        "severity": rule.severity,
        "title": {"zh": rule.title.zh, "en": rule.title.en},
        "condition": {"zh": rule.sentence_zh, "en": rule.sentence},
    }


def _event(event_id: str, claim: Claim | None, alert: Mapping[str, Any], reads: _Reads) -> Document:
    """One event as far as the acting agency may see it."""
    if claim is None:
        return {"event_id": event_id, "withheld": _GONE}
    acting = alert["acting_agency"]
    seen = seen_by(acting, claim.event_type)
    if seen is None and claim.event_type not in alert["show"].values():
        return {"event_id": event_id, "withheld": _WITHHELD}
    source = f"{claim.agency}/{claim.sub_source}" if claim.sub_source else claim.agency
    told: Document = {"event_id": event_id, "event_type": claim.event_type, "agency": source, "op": claim.op}
    if not seen:
        return {**told, "withheld": _EXISTS}
    told |= {
        "business_time": claim.business_time,
        "record_time": rfc3339(claim.record_time),
        "publish_time": rfc3339(claim.publish_time),
        "facts": _facts(claim, seen, reads.by_event.get(event_id, set())),
    }
    if claim.agency == acting:
        told |= {"source_record_id": claim.record_id, "source_seq": claim.seq, "entry": claim.entry}
    return told


def _facts(claim: Claim, seen: frozenset[str], read: set[str]) -> Document:
    """What the rule read of an event and the acting agency may see."""
    said = {**claim.golden, **claim.facts}
    coded = seen == EVERY_FACT and said.get("item") == "MARITAL"  # a code, where other items are names and numbers
    return {
        name: value
        for name, value in sorted(said.items())
        if name in read and (showable(name, seen) or (coded and name == "new_value"))
    }


def _closing(alert: Mapping[str, Any], known: Mapping[str, Claim], reads: _Reads) -> Document | None:
    if alert["status"] != "CLOSED":
        return None
    event_id = alert["closing_event_id"]
    return {
        "reason": alert["close_reason"],
        "event": _event(event_id, known.get(event_id), alert, reads) if event_id else None,
    }


def _policy(read: Mapping[str, Any], policy: Policy, region: str, on: date) -> list[Document]:
    """The numbers the rule read, with the document that sets them."""
    return [
        {"key": key, "value": value, "document": _document(policy, key, value, region, on)}
        for key, value in sorted(read.items())
    ]


def _document(policy: Policy, key: str, value: object, region: str, on: date) -> str | None:
    row = policy.row(key, region, on)
    return row.document or None if row is not None and row.value == value else None


def _dates(journey: Journey, rule: Rule, case: Case | None, alert: Mapping[str, Any], rest: Rest | None) -> Document:
    opened = day_of(parse_rfc3339(alert["opened_at"]))
    due = None if alert["due_at"] is None else day_of(parse_rfc3339(alert["due_at"]))
    not_before = case.finding.not_before if case else None
    return {
        "true_since": rfc3339(case.true_since) if case else None,
        "told_since": rfc3339(case.told_since) if case else None,
        "grace_days": rule.grace_days,
        "not_before": not_before.isoformat() if not_before else None,
        "rested_until": rfc3339(rest.until) if rest else None,
        "opened_at": alert["opened_at"],
        "due_at": alert["due_at"],
        "closed_at": alert["closed_at"],
        "expires_days": rule.expires_days,
        "warning": estimate_warning(journey.parts.calendar.missing_years(opened, due)) if due else None,
    }


def _opening(rule: Rule, case: Case | None, rest: Rest | None) -> Document:
    """How the day on which the alert opened comes about."""
    zh = f"条件自登记之日起持续成立满 {rule.grace_days} 天宽限期，且使条件齐备的事件已发布，以两者较晚者为准"
    en = f"the later of: true in record time for {rule.grace_days} days of grace; and the publication that completed it"
    wait = case.finding.not_before if case else None
    if wait is not None:
        zh, en = f"{zh}；且不早于 {wait}", f"{en}; not before {wait}"
    if rest is not None:
        day = day_of(rest.until)
        zh, en = f"{zh}；部门答复后静默至 {day}", f"{en}; after the agency's answer it rests until {day}"
    return {"zh": f"{zh}。", "en": f"{en}."}


def _assessment(rule: Rule, policy: Policy) -> Document | None:
    """The impact assessment under which a rule runs that is off by default."""
    signed = None if rule.default_on else assessment_of(rule.id, policy.assessments)
    return {"number": signed.number, "valid_until": signed.valid_until.isoformat()} if signed else None


def explanations(
    journey: Journey, states: Iterable[SubjectState], alerts: Iterable[Mapping[str, Any]]
) -> Iterator[Document]:
    """The explanation of each alert whose subject is among the states, in the order of the alerts."""
    by_key = {state.key: state for state in states}
    for alert in alerts:
        state = by_key.get(alert["subject_key"])
        if state is not None:
            yield explain(journey, state, alert)
