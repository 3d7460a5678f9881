"""The example book: every rule is shown standing, silent and closing, and every story ends as it is told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hub import Hub
from hub.bootstrap import catalogue
from hub.domain.identifiers import check_identifier
from hub.domain.regions import load_regions
from hub.mapping.shape import Shape, shapes_of
from hub.rules import BY_ID, RULES, Rule
from hub.rules.base import Example, Words
from hub.rules.examples import (
    LISTS_OF_PEOPLE,
    MEMBERS,
    PEOPLE,
    SHOWS,
    ExampleFault,
    differences,
    events_in,
    examples_of,
    shows,
    stage,
)

STORIES = [(rule, example) for rule in RULES for example in examples_of(rule.id)]


def _names(value: object) -> str:
    return value.id if isinstance(value, Rule) else value.title.en if isinstance(value, Example) else str(value)


# --- the book ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES, ids=_names)
def test_every_rule_is_shown_standing_silent_and_closing(rule: Rule) -> None:
    """A rule without one of the three kinds of example is not taken."""
    assert {shows(rule.id, example) for example in examples_of(rule.id)} == set(SHOWS)


@pytest.mark.parametrize(("rule", "example"), STORIES, ids=_names)
def test_a_story_ends_as_it_is_told(rule: Rule, example: Example) -> None:
    """Every alert expected is there with what its line says of it, and none beside; each shows what its rule lists."""
    hub = _hub(rule, example).feed(events_in(example.events))
    assert hub.quarantine == []
    assert differences(example, hub.alerts) == []
    # What the impact assessment was signed for (domain 5), no more and no less.
    assert [a["rule_id"] for a in hub.alerts if set(a["show"]) != set(BY_ID[a["rule_id"]].show)] == []


@pytest.mark.parametrize(("rule", "example"), STORIES, ids=_names)
def test_a_story_told_backwards_leaves_the_same_alerts_standing(rule: Rule, example: Example) -> None:
    """The order of arrival changes what was published on the way, never what stands at the end."""
    events = events_in(example.events)
    assert _standing(rule, events, example) == _standing(rule, events[::-1], example)


@pytest.mark.parametrize(("rule", "example"), STORIES, ids=_names)
def test_a_silent_story_is_near_its_rule(rule: Rule, example: Example) -> None:
    """An example that the rule would not even look at shows nothing."""
    seen = {event["event_type"] for event in events_in(example.events)}
    assert "*" in rule.needs or rule.needs & seen


@pytest.mark.parametrize("rule", RULES, ids=_names)
def test_a_rule_has_its_sentence_in_both_languages(rule: Rule) -> None:
    """The docstring's first paragraph is English, its second the same for staff."""
    assert rule.sentence.endswith(".")
    assert rule.sentence_zh.endswith("。")


def _hub(rule: Rule, example: Example) -> Hub:
    """The hub as a city starts it; a rule that waits for an impact assessment is switched on for its own stories."""
    return Hub(as_of=example.as_of, enable=() if rule.default_on else (rule.id,))


def _standing(rule: Rule, events: list[dict], example: Example) -> list[tuple]:
    alerts = _hub(rule, example).feed(events).alerts
    keys = ("rule_id", "status", "acting_agency", "opened_at", "alert_id")
    return sorted(tuple(alert[key] for key in keys) for alert in alerts if alert["status"] != "CLOSED")


# --- the stage --------------------------------------------------------------------------------------------------------


def test_the_cast_has_sound_numbers_of_nobody() -> None:
    """Well formed, and under the prefix that no real region ever had."""
    regions = load_regions(fictional=True)
    for number in stage()["cast"].values():
        assert number.startswith("4298")
        assert check_identifier("RIC", number, regions=regions).codes == ()


def test_whatever_a_rule_needs_is_on_the_stage() -> None:
    """And nothing that no agency sends."""
    known = set(stage()["defaults"])
    assert known <= set(catalogue().event_types)
    assert {event_type for rule in RULES for event_type in rule.needs} - {"*"} <= known


@pytest.mark.parametrize("event_type", stage()["defaults"])
def test_every_event_on_the_stage_can_be_told_in_three_words(event_type: str) -> None:
    """Day, event, person: the stage knows the rest, and the hub takes it."""
    who = "-" if event_type == "hmd.unit_changed" else "王伟"
    hub = Hub(as_of="2026-03-01").feed(events_in(f"2026-03-01 {event_type} {who}"))
    assert (hub.quarantine, hub.counts["applied"]) == ([], 1)


def test_the_notation_knows_where_people_stand() -> None:
    """Fields that take a name are those where the schemas have a person."""
    found: dict[str, set[str]] = {"one": set(), "many": set(), "with": set()}
    for shape in shapes_of(catalogue()).values():
        for name, field in shape.fields["payload"].fields.items():
            for kind in _person_kinds(field):
                found[kind].add(name)
    assert found == {"one": set(PEOPLE), "many": set(LISTS_OF_PEOPLE), "with": {MEMBERS}}


def _person_kinds(field: Shape) -> Iterator[str]:
    if field.is_person:
        yield "one"
    elif field.item is not None and field.item.is_person:
        yield "many"
    elif field.item is not None and any(inner.is_person for inner in field.item.fields.values()):
        yield "with"


# --- the notation -----------------------------------------------------------------------------------------------------


def test_corrections_are_the_next_version_of_a_record() -> None:
    """CORRECT and CANCEL name the event and keep its day; UPDATE is a new fact of its own day."""
    first, corrected, updated = events_in("""
        2026-03-03 mca.deceased_handled 王伟 business_time=2026-03-01
        2026-03-20 mca.deceased_handled 李娜 op=CORRECT of=#1 death_cert_no=MC-9
        2026-03-25 mca.deceased_handled 李娜 op=UPDATE of=#2
    """)
    assert (corrected["supersedes"], corrected["source_record_id"]) == (first["event_id"], first["source_record_id"])
    assert [event["source_seq"] for event in (first, corrected, updated)] == [1, 2, 3]
    assert [event["business_time"] for event in (first, corrected, updated)] == ["2026-03-01"] * 2 + ["2026-03-25"]
    assert corrected["payload"] == {**first["payload"], "death_cert_no": "MC-9"}
    assert updated["supersedes"] is None


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("2026-03-01 mca.deceased_handled", "line 1 wants"),
        ("2026-03-01 mca.something 王伟", "line 1 wants"),
        ("2026-03-01 mca.deceased_handled 诸葛亮", "not in the cast"),
        ("2026-03-01 mca.deceased_handled 王伟 op=CANCEL", "go together"),
        ("2026-03-01 mca.deceased_handled 王伟 of=#1", "no earlier line"),
    ],
)
def test_a_line_that_says_nothing_sensible_is_refused(line: str, why: str) -> None:
    """With the line's number, so that its author finds it."""
    with pytest.raises(ExampleFault, match=why):
        events_in(line)


def test_a_story_told_wrong_is_noticed() -> None:
    """The comparison names what is missing and what nobody expected."""
    events = ("2020-04-01 hrss.pension_granted 王伟", "2026-03-03 mca.deceased_handled 王伟 death_date=2026-03-01")
    alerts = Hub(as_of="2026-03-31").feed(events_in(events)).alerts
    for wrong in ("LE-01 OPEN MCA", "LE-01 CLOSED HRSS", "LE-01 OPEN HRSS death_date=2026-03-02", "LE-02 OPEN HRSS"):
        missing, unexpected = differences(_example(events, wrong), alerts)
        assert missing == f"no alert is {wrong}"
        assert unexpected.startswith("nobody expected LE-01 OPEN HRSS opened=2026-03-03 death_date=2026-03-01")
    assert differences(_example(events, "LE-01 OPEN HRSS death_date=2026-03-01"), alerts) == []


def _example(events: tuple[str, ...], *expect: str) -> Example:
    return Example(Words("", ""), events, next(iter(examples_of("LE-01"))).as_of, expect)
