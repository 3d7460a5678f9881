"""Explanations as people read them: why an alert stands, and what a rule looks for, in both languages."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from hub.rules import Rule
from hub.rules.base import Example
from hub.rules.examples import examples_of, shows

_SHOWN = {"stands": "成立 / stands", "silent": "不成立 / silent", "closes": "关闭 / closes"}


def alert_told(told: Mapping[str, Any]) -> dict[str, str]:
    """An explanation (hub.explain), field by field."""
    rule, dates = told["rule"], told["dates"]
    frozen = f", frozen by {told['frozen_by']}" if told["frozen_by"] else ""
    rows = {
        "alert": f"{told['alert_id']} ({told['status']}{frozen})",
        "规则 / rule": f"{rule['id']} v{rule['version']} {_both(rule['title'])} ({rule['kind']} {rule['severity']})",
        "条件 / condition": _both(rule["condition"]),
        "不一致 / what does not fit": _pairs(told["show"]),
        **{f"事件 / event {n}": _event(event) for n, event in enumerate(told["events"], 1)},
        **{f"参数 / policy {row['key']}": _number(row) for row in told["policy"]},
        "成立自 / true since": dates["true_since"] or "no longer true",
        "齐备自 / told since": dates["told_since"] or "no longer true",
        "宽限 / grace": f"{dates['grace_days']} days",
        "不早于 / not before": dates["not_before"] or "",
        "静默至 / rested until": dates["rested_until"] or "",
        "发出 / opened": f"{dates['opened_at']}\n{_both(told['opening'])}",
        "期限 / due": dates["due_at"] or "no deadline",
        "关闭 / closed": _closed(told),
        "答复 / answer": _pairs(told["answer"] or {}),
        "处理 / who acts": f"{told['acting_agency']}; told too: {', '.join(told['cc']) or 'nobody'}",
        "怎么办 / to do": _both(told["todo"]),
        "依据 / basis": told["basis"],
        "范围 / scope": _both(told["scope"]),
        "影响评估 / assessment": _assessment(told["assessment"]),
        "警告 / warning": dates["warning"] or "",
        "说明 / note": _both(told["note"]),
        "重算 / work it out again": f"hub rules explain {rule['id']}; hub replay FILES --as-of {_day(told)} --out DIR",
    }
    return {name: text for name, text in rows.items() if text}


def rule_told(rule: Rule) -> dict[str, Any]:
    """What a rule looks for, and the stories that are its tests."""
    examples = examples_of(rule.id)
    return {
        "condition_zh": rule.sentence_zh,
        "condition": rule.sentence,
        "examples": [_example(rule, example) for example in examples],
    }


def examples_told(rule: Rule) -> Iterator[tuple[str, str]]:
    """The stories as text, one a row."""
    for number, example in enumerate(examples_of(rule.id), 1):
        told = example.expect or ("no alert",)
        lines = [example.title.zh, example.title.en, *example.events, *(f"=> {example.as_of} {line}" for line in told)]
        yield f"例 / example {number}, {_SHOWN[shows(rule.id, example)]}", "\n".join(lines)


def _example(rule: Rule, example: Example) -> dict[str, Any]:
    return {
        "shows": shows(rule.id, example),
        "zh": example.title.zh,
        "en": example.title.en,
        "events": list(example.events),
        "as_of": example.as_of.isoformat(),
        "expect": list(example.expect),
    }


def _both(words: Mapping[str, str]) -> str:
    return (
        f"{words['zh']}\n{words['en']}"
        if len(words["zh"]) + len(words["en"]) > 60
        else f"{words['zh']} / {words['en']}"
    )


def _pairs(values: Mapping[str, Any]) -> str:
    return "\n".join(f"{name} = {_plain(value)}" for name, value in values.items())


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _event(event: Mapping[str, Any]) -> str:
    head = " ".join(str(event[name]) for name in ("event_type", "agency", "op", "event_id") if name in event)
    if "withheld" in event:
        return f"{head}\n{_both(event['withheld'])}"
    days = ", ".join(f"{name.removesuffix('_time')} {event[name]}" for name in _TIMES)
    return "\n".join(filter(None, (head, days, _pairs(event["facts"]))))


_TIMES = ("business_time", "record_time", "publish_time")


def _number(row: Mapping[str, Any]) -> str:
    return f"{row['value']} ({row['document']})" if row["document"] else str(row["value"])


def _closed(told: Mapping[str, Any]) -> str:
    closed = told["closed_by"]
    if closed is None:
        return ""
    by = f"\n{_event(closed['event'])}" if closed["event"] else ""
    return f"{told['dates']['closed_at']} {closed['reason']}{by}"


def _assessment(signed: Mapping[str, Any] | None) -> str:
    return f"{signed['number']}, valid until {signed['valid_until']}" if signed else ""


def _day(told: Mapping[str, Any]) -> str:
    return str(told["dates"]["closed_at"] or told["dates"]["opened_at"])[:10]
