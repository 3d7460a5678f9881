"""The rules against the catalogue of domain 4, and what of them may reach the police (domain 1.4 e, 5.3)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from hub import Hub
from hub.rules import RULES, Rule
from tests.builders import Desk, person, ric

CATALOGUE: dict[str, dict[str, Any]] = {
    row["id"]: row for row in yaml.safe_load((Path(__file__).parents[1] / "data" / "rules.yaml").read_text("utf-8"))
}
# The rule's own words for what only some cases are copied to.
ONLY_SOMETIMES = {"LE-03": {"HMD_if_public_rental_sole_tenant": "HMD"}}
# What the catalogue says in words, and the attribute that carries it.
IN_WORDS = {"both masked ids": "masked_ids", "both certificate numbers": "certificate_nos"}


def listed(row: dict[str, Any]) -> list[str]:
    """What a rule may show, as attributes."""
    return [IN_WORDS.get(attribute, attribute) for attribute in row["show"]]


# What the police may see of anybody: identity, registration, and that a death or an act is on record.
FOR_POLICE = {
    "ID-01": {"error_code", "masked_id"},
    "ID-02": {"id_no_masked", "own_name", "name_class"},
    "ID-03": {"masked_ids", "evidence_codes"},
    "ID-04": {"old_masked", "new_masked", "correction_doc_no"},
    "ID-05": {"field_name"},
    "RE-02": {"registration_no", "reason_code"},
    "RE-03": {"permit_no_masked", "valid_until"},
    "RE-05": {"address_text", "candidate_unit_codes"},
    "LE-05": {"derived_status_group", "certificate_no", "event_date"},
    "LE-02": {"handled_date", "document_no", "applicant_relation"},
    "LE-04": {"death_document_no", "live_event_type", "live_event_date"},
    "XJ-01": {"certificate_no", "issue_date"},
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_is_what_the_catalogue_says(rule: Rule) -> None:
    """Kind, severity, grace, who acts, who is told, scope and what may be shown are the catalogue's, word for word."""
    row = CATALOGUE[rule.id]
    told = tuple(agency for agency in row["cc"] if agency not in ONLY_SOMETIMES.get(rule.id, {}))
    assert (rule.kind, rule.severity, rule.grace_days) == (row["kind"], row["sev"], row["grace"])
    assert (rule.acts, rule.cc, rule.scope) == (row["act"], told, row["scope"])
    assert list(rule.show) == listed(row)
    assert (rule.title.zh, rule.title.en) == (row["zh"], row["en"])


def alerts() -> list[dict[str, Any]]:
    """Every alert of a life with benefits, leases and cover in it, each with numbers that are easy to find."""
    d = Desk()
    who, other = person(), person(ric("19700505", 2), "李娜")
    old = person(ric("19500101", 3), "李强")
    events = [
        d.moved_in(who), d.moved_in(other), d.moved_in(old),
        d.pension(who), d.pension(who, kind="RES", on="2025-01-01"), d.cover(who),
        d.aid(who, [who, other], decision="WELFARE-1"), d.allowance(who=who, item="WELFARE-2"),
        d.lease("LEASE-1", who), d.lease("LEASE-2", other), d.public_rental("LEASE-3", who),
        d.enrolled(who, scheme="MED_EMP"), d.funeral(who), d.death(other, on="2026-02-01"),
        d.married(who, other, on="2026-04-01", certificate="J-9"), d.aid(other, [other], decision="WELFARE-3"),
        d.allowance(who=person(name="赵敏"), item="WELFARE-4"), d.allowance(who=person(sex="2"), item="WELFARE-5"),
        d.allowance(who=person(who["id_no"][:-1] + "2"), item="WELFARE-6"),
        d.moved_in(person(ric("19660606", 7)[:-1] + "Z", "李雷")),
    ]  # fmt: skip
    hub = Hub(as_of="2026-06-30", enable=["all"]).feed(events)
    assert hub.quarantine == []
    return hub.alerts


def test_alerts_are_of_the_catalogue() -> None:
    """What is published carries its rule's kind and severity, only listed attributes, and no other agency."""
    found = alerts()
    assert {alert["rule_id"] for alert in found} >= {
        "ID-01",
        "ID-02",
        "ID-05",
        "LE-01",
        "LE-02",
        "LE-03",
        "LE-04",
        "EC-05",
    }
    for alert in found:
        row = CATALOGUE[alert["rule_id"]]
        assert (alert["kind"], alert["severity"]) == (row["kind"], row["sev"])
        assert set(alert["show"]) <= set(row["show"])
        allowed = {*row["cc"], *ONLY_SOMETIMES.get(alert["rule_id"], {}).values()}
        assert set(alert["cc"]) <= allowed
        assert alert["acting_agency"] in (row["act"], "PSB", "MCA", "HRSS", "HMD")
        if row["act"] == "NON_PSB_PROVIDER":
            assert alert["acting_agency"] != "PSB"


def test_the_police_never_hear_of_benefits_or_homes() -> None:
    """An alert that the police act on or are copied shows identity and registration, nothing else on record."""
    police = [alert for alert in alerts() if "PSB" in (alert["acting_agency"], *alert["cc"])]
    assert {"ID-01", "ID-02", "LE-02", "LE-04"} <= {alert["rule_id"] for alert in police}
    for alert in police:
        assert set(alert["show"]) <= FOR_POLICE[alert["rule_id"]]
        told = json.dumps(alert["show"], ensure_ascii=False)
        for word in ("WELFARE", "LEASE", "PENSION", "MED_", "EMP", "PAYING", "ACTIVE", "DB", "429801001002GB"):
            assert word not in told, (alert["rule_id"], word)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_no_rule_for_the_police_reads_benefits(rule: Rule) -> None:
    """By the table: a rule that the police act on or are copied lists nothing that domain 5.3 keeps from them."""
    if "PSB" in (rule.acts, *rule.cc) or rule.acts in ("PROVIDER", "DEATH_SOURCE_AGENCY", "COMMUNITY_STATION"):
        assert set(rule.show) == FOR_POLICE[rule.id]
    else:
        assert "PSB" not in rule.cc
