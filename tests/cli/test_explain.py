"""Why an alert stands: every alert of every story can be explained, worked out again, and tells nobody too much."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from hub.bootstrap import build_journey, catalogue
from hub.domain.allow_list import load_allow_list
from hub.domain.claim import SubjectState
from hub.domain.policy import policy_from
from hub.domain.times import DAY_MS, parse_rfc3339, start_of
from hub.domain.visible import EVERY_FACT, seen_by
from hub.explain import explain, explanations
from hub.local import LocalHub
from hub.rules import BY_ID, RULES, Rule
from hub.rules.base import Example
from hub.rules.examples import events_in, examples_of, shows, stage
from tests.cli.conftest import Said, parsed, written

STORIES = [(r, e) for r in RULES for e in examples_of(r.id) if shows(r.id, e) != "silent"]
AGENCIES = ("PSB", "MCA", "HRSS", "MSI", "HMD", "RESIDENT_SERVICE", "COMMUNITY_STATION")
DEAD_AND_PAID = (
    "2020-01-01 psb.migrated_in 王伟",
    "2020-04-01 hrss.pension_granted 王伟 first_month=202004",
    "2026-03-03 psb.death_registered 王伟 death_date=2026-03-01",
)


def _ids(value: object) -> str:
    return value.id if isinstance(value, Rule) else value.title.en if isinstance(value, Example) else str(value)


def told(lines: tuple[str, ...], as_of: date, enable: tuple[str, ...] = ("all",)) -> list[dict[str, Any]]:
    """The explanation of every alert of a story."""
    hub = LocalHub(build_journey(enable=enable))
    for event in events_in(lines):
        hub.feed(event)
    hub.advance(as_of)
    states = (state for state in hub.states() if isinstance(state, SubjectState))
    return list(explanations(hub.journey, states, hub.alerts()))


@pytest.mark.parametrize(("rule", "example"), STORIES, ids=_ids)
def test_every_alert_of_the_example_book_is_explained(rule: Rule, example: Example) -> None:
    """The days follow from each other, every event of the evidence is there, and nothing of it says who it is about."""
    found = told(example.events, example.as_of)
    assert [d for d in found if d["rule"]["id"] == rule.id]
    for explanation in found:
        _days_follow(explanation)
        _nothing_too_much(explanation)
        assert explanation["events"]
        declared = BY_ID[explanation["rule"]["id"]].policy_keys
        assert {row["key"] for row in explanation["policy"]} <= set(declared)
        assert all(row["document"] for row in explanation["policy"])
        assert all(explanation["rule"]["condition"].values())
        for text in (explanation["todo"], explanation["scope"], explanation["opening"], explanation["note"]):
            assert text["zh"]
            assert text["en"]


def _days_follow(told: dict[str, Any]) -> None:
    """An alert that stands opened when grace, publication and the date it waits for had all passed."""
    dates = told["dates"]
    if told["status"] == "CLOSED" or dates["true_since"] is None:
        return
    moments = [parse_rfc3339(dates["true_since"]) + dates["grace_days"] * DAY_MS, parse_rfc3339(dates["told_since"])]
    if dates["not_before"]:
        moments.append(start_of(date.fromisoformat(dates["not_before"])))
    if dates["rested_until"]:
        moments.append(parse_rfc3339(dates["rested_until"]))
    assert parse_rfc3339(dates["opened_at"]) == max(moments)


def _nothing_too_much(told: dict[str, Any]) -> None:
    """No number, no name; of other agencies' events only what domain 5.3 lets the acting agency see."""
    cast = stage()["cast"]
    text = json.dumps([told["events"], told["closed_by"]], ensure_ascii=False)
    assert [name for name, number in cast.items() if name in text or number in text] == []
    acting = told["acting_agency"]
    closing = told["closed_by"] and told["closed_by"]["event"]
    for event in (*told["events"], *([closing] if closing else [])):
        if "event_type" not in event:
            assert set(event) == {"event_id", "withheld"}
            continue
        seen = seen_by(acting, event["event_type"])
        if not seen:
            assert set(event) == {"event_id", "event_type", "agency", "op", "withheld"}
            assert seen is not None or event["event_type"] in told["show"].values()
        elif seen != EVERY_FACT:
            assert set(event["facts"]) <= seen
            assert "source_record_id" not in event


def test_an_explanation_is_enough_to_work_it_out_again() -> None:
    """Which events, which of their facts, which numbers, and why this day: HRSS sees the death, and its own pension."""
    [explanation] = [d for d in told(DEAD_AND_PAID, date(2026, 6, 30), enable=()) if d["rule"]["id"] == "LE-01"]
    by_type = {event["event_type"]: event for event in explanation["events"]}
    pension, death = by_type["hrss.pension_granted"], by_type["psb.death_registered"]
    assert pension["facts"] == {"first_month": "202004"}
    assert (pension["source_record_id"], pension["entry"]) == ("R-2", "pension/EMP/429801")
    assert death["facts"]["death_date"] == "2026-03-01"
    assert "source_record_id" not in death
    assert (death["business_time"], death["record_time"]) == ("2026-03-03", "2026-03-03T09:00:00+08:00")
    assert explanation["dates"]["true_since"] == "2026-03-03T09:00:00+08:00"
    assert explanation["dates"]["told_since"] == "2026-03-03T09:00:05+08:00" == explanation["dates"]["opened_at"]
    assert explanation["closed_by"] is None


def test_a_closed_alert_says_what_closed_it() -> None:
    """The event that ended it, as far as the agency may see it, and why."""
    lines = (*DEAD_AND_PAID, "2026-04-02 hrss.pension_status_changed 王伟 status=STOPPED effective_month=202604")
    [explanation] = [d for d in told(lines, date(2026, 6, 30), enable=()) if d["rule"]["id"] == "LE-01"]
    assert explanation["closed_by"]["reason"] == "RESOLVED"
    assert explanation["closed_by"]["event"]["event_type"] == "hrss.pension_status_changed"
    assert explanation["dates"]["true_since"] is None


def test_the_numbers_come_with_their_document() -> None:
    """What the rule read of the policy table, and where it says so; a value given in place of it has none."""
    lines = ("1960-01-01 psb.migrated_in 王伟",)
    [explanation] = [d for d in told(lines, date(2026, 6, 30), enable=()) if d["rule"]["id"] == "EN-01"]
    age = next(row for row in explanation["policy"] if row["key"] == "EN-01.age_months")
    assert (age["value"], "国发〔2014〕8号" in age["document"]) == (721, True)
    assert policy_from({"EN-01.age_months": 700}).row("EN-01.age_months", "429800", date(2026, 6, 30)).value == 700


def test_a_community_station_learns_of_no_lease() -> None:
    """RE-02 stands on a lease that ended; whoever asks the person gets the reason code and no lease data."""
    standing = [e for rule, e in STORIES if rule.id == "RE-02" and "OPEN" in e.expect[0]]
    found = [d for e in standing for d in told(e.events, e.as_of) if d["rule"]["id"] == "RE-02"]
    assert found
    for explanation in found:
        assert explanation["acting_agency"] == "COMMUNITY_STATION"
        assert {e["event_type"] for e in explanation["events"] if "event_type" in e} == {"psb.residence_changed"}
        assert "hmd" not in json.dumps(explanation["events"])


@pytest.mark.parametrize("event_type", catalogue().event_types)
def test_who_may_see_what_is_told_for_every_event(event_type: str) -> None:
    """Police see nothing of welfare, pension, employment, medical, title or rent (guard e); adoption nobody but MCA."""
    owner = event_type.partition(".")[0].upper()
    seers = {agency for agency in AGENCIES if seen_by(agency, event_type) is not None}
    assert owner in seers or event_type == "hrss.medical_coverage_changed"
    if owner != "PSB":
        open_to_police = {"mca.deceased_handled", "mca.marriage_registered", "mca.marriage_ended", "hmd.unit_changed"}
        assert ("PSB" in seers) == (event_type in open_to_police)
    if event_type == "mca.adoption_changed":
        assert seers == {"MCA"}


def test_what_is_seen_are_facts_of_events() -> None:
    """A fact that no event has would be a slip of the pen."""
    seen = [seen_by(agency, event_type) for agency in AGENCIES for event_type in catalogue().event_types]
    named = {name for facts in seen if facts and facts != EVERY_FACT for name in facts}
    assert named <= load_allow_list().names()


def test_a_replay_keeps_its_explanations(tmp_path: Path, hub: Said) -> None:
    """`hub alerts explain --from` tells the same as the hub itself, for people and for programs, in both languages."""
    file = written(tmp_path, *DEAD_AND_PAID)
    hub("replay", file, "--as-of", "2026-06-30", "--out", "out")
    alerts = parsed(hub("alerts", "list", "--from", "out", "--json"))
    ids = {alert["rule_id"]: alert["alert_id"] for alert in alerts}
    expected = {d["alert_id"]: d for d in told(DEAD_AND_PAID, date(2026, 6, 30), enable=())}
    assert parsed(hub("alerts", "explain", ids["LE-01"], "--from", "out", "--json")) == expected[ids["LE-01"]]
    text = hub("alerts", "explain", ids["LE-01"], "--from", "out")
    words = (
        "死亡次月之后仍在发放", "a pension is still paid", "first_month = 202004", "2026-03-03T09:00:00+08:00",
        "社会保险经办条例", "不是决定", "never a decision", "请先核实", "hub rules explain LE-01",
    )  # fmt: skip
    for word in words:
        assert word in text
    assert "no alert al-0" in hub("alerts", "explain", "al-0", "--from", "out", code=1)
    (tmp_path / "out" / "evidence.jsonl").unlink()
    assert "replay again" in hub("alerts", "explain", ids["LE-01"], "--from", "out", code=1)


def test_a_rule_that_crashes_is_still_explained() -> None:
    """What stands of the alert is told; what cannot be worked out is left open."""
    hub = LocalHub(build_journey())
    for event in events_in(DEAD_AND_PAID):
        hub.feed(event)
    alert = next(a for a in hub.alerts() if a["rule_id"] == "LE-01")
    state = next(s for s in hub.states() if s.key == alert["subject_key"])
    assert isinstance(state, SubjectState)
    lost = explain(hub.journey, SubjectState(state.key, "resident", now=state.now), alert)
    assert [event["withheld"]["en"] for event in lost["events"]] == ["this event is no longer kept"] * 2
    assert lost["dates"]["opened_at"] == alert["opened_at"]


def stories() -> Iterator[str]:
    """Rules with a story in which they stand."""
    return (rule.id for rule, _ in STORIES)


def test_every_rule_has_an_alert_to_explain() -> None:
    """None of the 39 is left out of the test above."""
    assert set(stories()) == {rule.id for rule in RULES}
    assert len(RULES) == 39
