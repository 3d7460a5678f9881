"""`docs/rules.md`: every rule with its words, its law and its examples."""

from __future__ import annotations

from collections.abc import Iterator

from hub.domain.policy import load_policy
from hub.pipeline import lifecycle
from hub.rules import RULES, Rule
from hub.rules.base import Example
from hub.rules.examples import SHOWS, examples_of, shows
from tools.reference.markdown import code, head, listed, page, table

_KINDS = {
    "CORRECTION": ("更正请求", "a request to correct data, statutory (Decree 809 Art. 26)"),
    "VERIFY": ("核实线索", "a lead to verify before anything is decided"),
    "SERVICE": ("主动服务", "an offer in the resident's favour"),
}
_SCOPES = {
    "CITY": ("本市数据中没有，外地可能有", "no record in this city's data; the fact may exist elsewhere"),
    "CLOSED": ("该登记簿对此问题是完整的", "the source register is complete for this question"),
}
_ACTS = {
    "PROVIDER": "whoever sent the record",
    "NON_PSB_PROVIDER": "whoever sent the record, other than police",
    "DEATH_SOURCE_AGENCY": "whoever recorded the death",
    "MSI": "medical insurance, within HRSS",
}
_SHOWN = {"stands": "成立 / stands", "silent": "不成立 / does not stand", "closes": "关闭 / closes"}

_INTRO = """
A rule looks at one subject's claims and says what does not fit now. An alert is a lead to the agency that can act,
never a decision. It opens when the condition has been true for the days of grace (counted from when it was recorded),
and closes by itself when the condition no longer holds. It carries what the rule may show, and nothing else.

规则只看一个对象的各部门登记，指出此刻的不一致。提醒是给有权部门的线索，不是决定；条件持续满宽限期后发出，条件消失即自动关闭；
提醒只携带规则列明的内容。

The examples are the rule's tests: each line is an event (day, event, person, what matters), and below `=>` stands every
alert there is at the end of that day. How they are written: [tutorial](tutorial-rule.md). All persons are fictional.
"""


def rules_page() -> str:
    """The page."""
    rows = [
        (
            f"[{rule.id}](#{rule.id.lower()})",
            f"{rule.title.zh}<br>{rule.title.en}",
            rule.kind,
            rule.severity,
            str(rule.grace_days),
            rule.acts,
        )
        for rule in RULES
    ]
    overview = table(("rule", "规则 / title", "kind", "severity", "grace, days", "acts"), rows)
    made_from = "hub/rules/*.py and hub/rules/example_book/"
    return page((head("Rules", made_from) + _INTRO, overview, *(part for rule in RULES for part in _rule(rule))))


def _rule(rule: Rule) -> Iterator[str]:
    yield f"## {rule.id}\n"
    yield f"**{rule.title.zh} / {rule.title.en}**\n"
    yield f"{rule.sentence_zh}\n\n{rule.sentence}\n"
    yield table(("", ""), _facts(rule))
    yield f"**怎么办**：{rule.todo.zh}\n\n**What to do**: {rule.todo.en}\n"
    for kind in SHOWS:
        for example in (e for e in examples_of(rule.id) if shows(rule.id, e) == kind):
            yield from _example(kind, example)


def _facts(rule: Rule) -> Iterator[tuple[str, str]]:
    kind, scope = _KINDS[rule.kind], _SCOPES[rule.scope]
    yield "类别 / kind", f"{rule.kind} {kind[0]}: {kind[1]}"
    yield "级别 / severity", f"{rule.severity}, {_deadline(rule)}"
    yield "宽限 / grace", f"{rule.grace_days} days"
    yield "对象 / looks at", ", ".join(rule.kinds)
    yield "处理 / acts", f"{rule.acts}: {_ACTS[rule.acts]}" if rule.acts in _ACTS else rule.acts
    yield "抄送 / cc", ", ".join(rule.cc) or "nobody"
    yield "范围 / scope", f"{rule.scope} {scope[0]}: {scope[1]}"
    yield "展示 / shows", listed(rule.show)
    yield "需要 / looks after", "any event" if "*" in rule.needs else listed(sorted(rule.needs))
    if rule.policy_keys:
        yield "参数 / policy", "<br>".join(_policy(key) for key in rule.policy_keys)
    if rule.freezes:
        yield "冻结 / freezes", ", ".join(rule.freezes)
    yield "依据 / basis", rule.basis
    yield "版本 / version", f"{rule.version}, {'on' if rule.default_on else 'off'} by default"


def _deadline(rule: Rule) -> str:
    within = lifecycle._CLOSE_WITHIN.get(rule.severity)
    days = lifecycle._CORRECTION_WITHIN if rule.kind == "CORRECTION" else within
    return "a digest without deadline" if days is None else f"to be closed within {days} working days"


def _policy(key: str) -> str:
    row = next(row for row in load_policy().rows if row.key == key)
    return f"`{key}` = {row.value} ({row.document})"


def _example(kind: str, example: Example) -> Iterator[str]:
    yield f"**{_SHOWN[kind]}**: {example.title.zh}<br>{example.title.en}\n"
    told = example.expect or ("no alert",)
    yield code("\n".join((*example.events, *(f"=> {example.as_of} {line}" for line in told))))
