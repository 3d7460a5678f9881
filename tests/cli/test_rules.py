"""`hub rules`: what there is, what each looks for, whether they keep to the guards, and trials on the past."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hub.backtest import difference
from hub.rules import BY_ID, RULES
from hub.rules.examples import examples_of
from hub.rules.lint import NEEDS_ASSESSMENT
from tests.cli.conftest import Said, parsed, written

OLD_WITHOUT_PENSION = "1985-06-01 psb.migrated_in 王伟"  # 60 years and a month on 2020-04-15
YOUNGER = "1990-06-01 psb.migrated_in 王芳"


def test_the_list_has_every_rule_with_its_default_and_its_law(hub: Said) -> None:
    """All 39, and the six that wait for an impact assessment."""
    rows = parsed(hub("rules", "list", "--json"))
    assert [row["id"] for row in rows] == [rule.id for rule in RULES]
    assert len(rows) == 39
    assert {row["id"] for row in rows if row["default"] == "off"} == NEEDS_ASSESSMENT
    assert all(row["kind"] in ("CORRECTION", "VERIFY", "SERVICE") and row["basis"] for row in rows)
    table = hub("rules", "list")
    assert all(rule.id in table for rule in RULES)


def test_a_rule_is_explained_in_both_languages_with_its_stories(hub: Said) -> None:
    """The sentences of the function, and the examples as they stand in the book."""
    told = parsed(hub("rules", "explain", "LE-01", "--json"))
    rule = BY_ID["LE-01"]
    assert (told["condition"], told["condition_zh"]) == (rule.sentence, rule.sentence_zh)
    assert [example["zh"] for example in told["examples"]] == [e.title.zh for e in examples_of("LE-01")]
    assert {example["shows"] for example in told["examples"]} == {"stands", "silent", "closes"}
    text = hub("rules", "explain", "LE-01")
    assert rule.sentence_zh[:10] in text
    assert "=> " in text
    assert "hrss.pension_granted" in text


def test_the_guards_are_a_command(hub: Said) -> None:
    """What CI runs; each broken guard would be a line."""
    assert hub("rules", "check") == f"{len(RULES)} rules keep to every guard\n"
    assert parsed(hub("rules", "check", "--json")) == []


@pytest.fixture
def past(tmp_path: Path) -> str:
    """Two people of pension age without a pension, one of them not for long."""
    return written(tmp_path, OLD_WITHOUT_PENSION, YOUNGER, "2026-06-30 psb.migrated_in 李娜")


def policy(folder: Path, key: str, value: int) -> str:
    (folder / "policy.toml").write_text(f'[[policy]]\nkey = "{key}"\nvalue = {value}\n', "utf-8")
    return "policy.toml"


def test_a_changed_number_raises_and_drops(past: str, tmp_path: Path, hub: Said) -> None:
    """The same events under the present table and under the changed one; case by case."""
    later = policy(tmp_path, "EN-01.age_months", 12 * 90)
    dropped = parsed(hub("rules", "backtest", "EN-01", "--from", past, "--policy", later, "--json"))
    now = dropped["counts"]["dropped"]
    assert now > 0
    assert dropped["counts"] == {"raised": 0, "dropped": now, "changed": 0, "same": 0}
    earlier = policy(tmp_path, "EN-01.age_months", 12 * 20)
    raised = parsed(hub("rules", "backtest", "EN-01", "--from", past, "--policy", earlier, "--json"))
    assert raised["counts"]["raised"] > 0
    assert raised["counts"]["dropped"] == 0
    assert raised["counts"]["same"] + raised["counts"]["changed"] == now
    assert {a["rule_id"] for a in (*raised["raised"], *dropped["dropped"])} == {"EN-01"}
    text = hub("rules", "backtest", "EN-01", "--from", past, "--policy", earlier)
    assert f"Would be raised: {raised['counts']['raised']}" in text


def test_nothing_changed_changes_nothing(past: str, hub: Said) -> None:
    """A rule that is on anyway, with the numbers there are."""
    told = parsed(hub("rules", "backtest", "EN-01", "--from", past, "--json"))
    assert told["counts"]["raised"] == told["counts"]["dropped"] == told["counts"]["changed"] == 0
    assert told["counts"]["same"] > 0
    assert told["as_of"] == "2026-06-30"
    assert told["other_rules"] == {}


def test_a_rule_that_is_off_is_tried_by_switching_it_on(tmp_path: Path, hub: Said) -> None:
    """What would be told if it ran, without any assessment; nothing that is told today is touched."""
    example = next(e for e in examples_of("LE-06") if "OPEN" in "".join(e.expect))
    written(tmp_path, *example.events)
    arguments = ("LE-06", "--from", "events.jsonl", "--as-of", example.as_of.isoformat(), "--json")
    told = parsed(hub("rules", "backtest", *arguments))
    assert told["counts"]["raised"] >= 1
    assert told["counts"]["dropped"] == 0


def test_a_changed_rule_is_held_against_an_earlier_replay(past: str, tmp_path: Path, hub: Said) -> None:
    """What the rule said before it was changed is in the replay made then; several files are one past."""
    more = written(tmp_path, "1985-06-01 psb.migrated_in 李强", name="more.jsonl")
    hub("replay", past, "--as-of", "2026-06-30", "--out", "before")
    told = parsed(hub("rules", "backtest", "EN-01", "--from", past, more, "--against", "before", "--json"))
    assert told["counts"]["dropped"] == 0
    assert told["counts"]["raised"] <= 1
    both = parsed(hub("rules", "backtest", "EN-01", "--from", past, "--from", more, "--against", "before", "--json"))
    assert both == told
    (tmp_path / "before" / "alerts.jsonl").write_text("{", "utf-8")
    refused = hub("rules", "backtest", "EN-01", "--from", past, "--against", "before", code=1)
    assert "is not the alerts of a replay" in refused


def test_an_unknown_rule_is_refused(past: str, hub: Said) -> None:
    """With those there are."""
    assert "there is no rule XX-99" in hub("rules", "backtest", "XX-99", "--from", past, code=1)


def test_alerts_are_compared_case_by_case() -> None:
    """Raised, dropped, otherwise, alike; and which other rules are touched."""

    def alert(number: int, rule: str = "LE-01", **over: str) -> dict[str, str]:
        fields = {"alert_id": f"al-{number}", "fingerprint": str(number), "rule_id": rule, "opened_at": "2026-01-01"}
        return {**fields, "status": "OPEN", **over}

    found = difference(
        "LE-01",
        [alert(1), alert(2), alert(3), alert(4, "HO-01"), alert(5, "HO-01")],
        [alert(2), alert(3, opened_at="2026-02-01", status="CLOSED"), alert(6), alert(5, "HO-01", status="FROZEN")],
    )
    assert [[a["alert_id"] for a in alerts] for alerts in (found.raised, found.dropped)] == [["al-6"], ["al-1"]]
    assert [(a["alert_id"], names) for a, names in found.changed] == [("al-3", ("opened_at", "status"))]
    assert found.same == 1
    assert found.others == {"HO-01": {"dropped": 1, "changed": 1}}


def test_a_replay_warns_of_estimated_working_days(tmp_path: Path, hub: Said) -> None:
    """A deadline that reaches into a year without a holiday notice is said where one cannot miss it."""
    file = written(tmp_path, "2020-01-01 psb.migrated_in 王伟", "2026-12-28 mca.deceased_handled 王伟",
                   "2020-04-01 hrss.pension_granted 王伟 first_month=202004")  # fmt: skip
    said = hub("replay", file, "--as-of", "2026-12-31", "--out", "out")
    [warning] = json.loads((tmp_path / "out" / "summary.json").read_text("utf-8"))["warnings"]
    assert warning.startswith("working days of 2027 are estimated Monday to Friday")
    assert warning in said
    hub("replay", file, "--as-of", "2026-12-01", "--out", "early")
