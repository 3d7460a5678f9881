"""Random valid events about the same few people: whatever agencies may write, no rule and no fold falls over it."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.bootstrap import build_journey, catalogue
from hub.local import LocalHub
from tests.builders import UNIT, person, ric
from tests.schema.schema_samples import events

JOURNEY = build_journey()
PEOPLE = (person(), person(ric("19700505", 2), "李娜"))
SHARED = ("decision_no", "lease_no", "item_no", "household_no", "certificate_no", "permit_no", "registration_no")
PERSONS = ("spouse", "tenant", "mother", "father", "applicant", "lessor", "claimant", "member")


def about_few(event: dict[str, Any], number: int) -> dict[str, Any]:
    """The event with its people, registers and dwelling replaced by the few that all events share."""
    payload = dict(event["payload"])
    one, other = PEOPLE[number % 2], PEOPLE[(number + 1) % 2]
    payload |= {name: "N-1" for name in SHARED if name in payload}
    payload |= {name: other for name in PERSONS if payload.get(name)}
    if payload.get("unit_code"):
        payload["unit_code"] = UNIT
    if "members" in payload:
        payload["members"] = [{**m, "person": PEOPLE[n % 2]} for n, m in enumerate(payload["members"])]
    moment = "2026-01-01T00:00:00+08:00"
    fixed = {"op": "CREATE", "supersedes": None, "source_record_id": f"r{number}", "region_code": "429801"}
    subject = one if event["subject"] else None
    return {**event, **fixed, "payload": payload, "subject": subject, "record_time": moment, "publish_time": moment}


@given(st.lists(st.one_of([events(catalogue().schema(t)) for t in catalogue().event_types]), min_size=5, max_size=10))
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None)
def test_random_lives(lives: list[dict[str, Any]]) -> None:
    """Every event ends as applied, duplicate or quarantined, nothing crashes, and no finding is a RULE_ERROR."""
    hub = LocalHub(JOURNEY)
    for number, event in enumerate(lives):
        hub.feed(about_few(event, number))
    hub.advance(date(2026, 6, 30))
    assert len(list(hub.residents())) <= len(PEOPLE) + len(lives) * 4
    assert all(alert["show"] for alert in hub.alerts())
    assert hub.counts["events"] == hub.counts["applied"] + hub.counts["duplicate"] + hub.counts["quarantined"]
    assert [f for record in hub.quarantine() for f in record["faults"] if f["code"] == "RULE_ERROR"] == []
