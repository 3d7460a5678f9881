"""Publish: states become the documents of contract 4. What a rule does not list in `show` never leaves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.domain.claim import AlertState, Answer, Claim, SubjectState
from hub.domain.identifiers import check_identifier
from hub.domain.regions import RegionTable
from hub.domain.times import rfc3339
from hub.fold.golden import golden
from hub.fold.person import Person
from hub.pipeline.relay import WHOLE
from hub.rules.base import Rule


def resident_document(state: SubjectState, regions: RegionTable, fold: Person | None = None) -> dict[str, Any] | None:
    """The shared record of a resident. None when nothing stands under this key: no claim counts, or renumbered."""
    person = fold or Person(state)
    if person.standing.renumbered_to or not person.linked:
        return None
    return {
        "resident_id": state.key,
        "version": _version(state, person),
        "identifiers": _identifiers(person),
        "golden": {
            found.attribute: {"value": found.value, **_provenance(found.claim), "status": found.status}
            for found in sorted(golden(person, regions), key=lambda g: g.attribute)
        },
        "records": _records(person),
    }


def _version(state: SubjectState, person: Person) -> int:
    """The number of things taken in from agencies, from groups and from former numbers: it grows with every change."""
    linked = {link.key for claim in state.claims.values() for link in claim.links}
    former = set(person.standing.former)
    heard = (
        relay.version
        for source, relay in state.relays.items()
        if source in former or (source in linked and relay.source_kind in WHOLE)
    )
    return len(state.claims) + len(state.beaten) + len(state.notices) + sum(heard)


def _provenance(claim: Claim) -> dict[str, Any]:
    return {
        "source": _source(claim),
        "business_time": claim.business_time,
        "record_time": rfc3339(claim.record_time),
        "event_id": claim.event_id,
    }


def _source(claim: Claim) -> str:
    return f"{claim.agency}/{claim.sub_source}" if claim.sub_source else claim.agency


def _identifiers(person: Person) -> list[dict[str, Any]]:
    """Numbers that name this person, best source first; a renumbered one with the day it ended."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for claim in sorted(person.linked, key=lambda c: (c.agency != "PSB", c.play_order)):
        for named in claim.named:
            if named.id_no and not (set(named.id_codes) & _NOT_A_NUMBER):
                row = found.setdefault(
                    (named.id_type, named.id_no),
                    {
                        "id_type": named.id_type,
                        "id_no": named.id_no,
                        "valid_from": None,
                        "valid_to": None,
                        "source": _source(claim),
                    },
                )
    for claim in person.of_type("psb.item_corrected"):
        if claim.facts.get("item") == "ID_NO":
            day = claim.facts.get("effective_date") or claim.business_time
            old = _canonical(claim.facts.get("id_no_old") or claim.facts.get("old_value"))
            new = _canonical(claim.facts.get("id_no_new") or claim.facts.get("new_value"))
            for (_, number), row in found.items():
                if number == old:
                    row["valid_to"] = day
                elif number == new:  # a number corrected back is valid again
                    row["valid_from"], row["valid_to"] = day, None
    return [found[key] for key in sorted(found)]


def _canonical(number: object) -> str:
    """A number as it is held: a correction gives it as it was typed."""
    return check_identifier("RIC", str(number)).canonical or str(number)


_NOT_A_NUMBER = frozenset(
    {"LEN", "CHARS", "DATE", "FUTURE", "REGION_UNKNOWN", "CHECKSUM", "PRECISION_LOSS", "SCI_NOTATION"}
)


def _records(person: Person) -> list[dict[str, Any]]:
    """The source records about this person (not those that merely mention them), adoption never (domain 3.6)."""
    rows = {
        (c.agency, c.record_id, c.seq): {
            "agency": c.agency,
            "source_record_id": c.record_id,
            "event_type": c.event_type,
            "source_seq": c.seq,
        }
        for c in person.linked
        if any(named.subject for named in c.named) and c.event_type != "mca.adoption_changed"
    }
    return [rows[key] for key in sorted(rows)]


def alert_document(alert: AlertState, subject: str, rule: Rule) -> dict[str, Any]:
    """One alert as its agency and the outside see it."""
    return {
        "alert_id": alert.alert_id,
        "rule_id": alert.rule_id,
        "rule_version": rule.version,
        "kind": rule.kind,
        "severity": rule.severity,
        "status": alert.status,
        "acting_agency": alert.acting_agency,
        "cc": list(alert.cc),
        "subject_key": subject,
        "resident_id": _resident_id(alert, subject),
        "fingerprint": alert.fingerprint,
        "opened_at": rfc3339(alert.opened_at),
        "due_at": _time(alert.due_at),
        "closed_at": _time(alert.closed_at),
        "close_reason": alert.close_reason,
        "closing_event_id": alert.closing_event_id,
        "frozen_by": alert.frozen_by,
        "shadow": alert.shadow,
        "show": _only_listed(alert.show, rule),
        "evidence": list(alert.evidence),
        "policy": dict(alert.policy),
        "title": {"zh": rule.title.zh, "en": rule.title.en},
        "todo": {"zh": rule.todo.zh, "en": rule.todo.en},
        "basis": rule.basis,
        "overdue": alert.overdue,
        "answer": _answer(alert.answer),
        "muted_until": _time(alert.muted_until),
    }


def _answer(answer: Answer | None) -> dict[str, Any] | None:
    """The last answer that counts. What the agency wrote beside it stays where it wrote it."""
    if answer is None:
        return None
    return {
        "result": answer.result,
        "agency": answer.agency,
        "owner": answer.owner,
        "given_at": rfc3339(answer.given_at),
    }


def _resident_id(alert: AlertState, subject: str) -> str | None:
    return alert.resident_id or (subject if subject.startswith("r-") else None)


def _only_listed(show: Mapping[str, Any], rule: Rule) -> dict[str, Any]:
    return {name: show[name] for name in rule.show if name in show}


def _time(moment: int | None) -> str | None:
    return None if moment is None else rfc3339(moment)
