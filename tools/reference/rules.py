"""`docs/rules.md`: every rule with its words, its law and its examples."""

from __future__ import annotations

from collections.abc import Iterator

from hub.domain.policy import PolicyRow, load_policy
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
    "PROVIDER": "该记录的提供部门 / whoever sent the record",
    "NON_PSB_PROVIDER": "该记录的提供部门（公安除外）/ whoever sent the record, other than police",
    "DEATH_SOURCE_AGENCY": "登记死亡的部门 / whoever recorded the death",
    "MSI": "医保，属人社来源 / medical insurance, within HRSS",
    "RESIDENT_SERVICE": "向居民本人提供的服务 / a service to the resident",
    "COMMUNITY_STATION": "受公安机关委托的社区服务机构 / the community station that police have commissioned",
    "MCA_OR_HRSS_CASELOAD": "正在为其服务的民政或人社 / civil affairs or social security, whoever has the case",
}
_OFF = (
    "**停用 / off**：须有有效的影响评估（`[[assessment]]`）方可用 `HUB_ENABLE_RULES` 启用；"
    "switched on by `HUB_ENABLE_RULES`, once a signed impact assessment stands in the policy file "
    "([config](config.md))"
)
_SHOWN = {"stands": "成立 / stands", "silent": "不成立 / does not stand", "closes": "关闭 / closes"}

_INTRO = """
A rule looks at one subject's claims and says what does not fit now. An alert is a lead to the agency that can act,
never a decision. It opens when the condition has been true for the days of grace (counted from when it was recorded),
and closes by itself when the condition no longer holds. It carries what the rule may show, and nothing else.

规则只看一个对象的各部门登记，指出此刻的不一致。提醒是给有权部门的线索，不是决定；条件持续满宽限期后发出，条件消失即自动关闭；
提醒只携带规则列明的内容。

Six rules are **off by default** until the city has signed an impact assessment for each. A rule may read only what the
[allow-list](../hub/data/allow_list.toml) holds, tells nobody apart by origin, and shows police identity and
registration data only; `hub rules check` says where one does not. `hub alerts explain` tells why a single alert stands,
`hub rules backtest` what a change would have raised and dropped.

六条规则**缺省停用**，须逐条签署影响评估后方可启用。规则只能读取[允许清单](../hub/data/allow_list.toml)内的事项，不得按来源地区分人员，
对公安仅展示身份与登记信息；`hub rules check` 逐句指出违反之处。`hub alerts explain` 说明单条提醒的依据，
`hub rules backtest` 试算规则或参数变更会新增、撤销哪些提醒。

The examples are the rule's tests: each line is an event (day, event, person, what matters), and below `=>` stands every
alert there is at the end of that day. How they are written: [tutorial](tutorial-rule.md). All persons are fictional.

示例即规则的测试：每行一个事件（日期、事件、人员、要点），`=>` 之后是当日终了时的全部提醒。人物均为虚构。
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
            _default(rule),
        )
        for rule in RULES
    ]
    columns = (
        "规则 / rule",
        "名称 / title",
        "类别 / kind",
        "级别 / severity",
        "宽限（日）/ grace, days",
        "处理 / acts",
        "缺省 / default",
    )
    overview = table(columns, rows)
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
    yield "宽限 / grace", f"{rule.grace_days} 天 / days"
    yield "对象 / looks at", ", ".join(rule.kinds)
    yield "处理 / acts", f"{rule.acts}: {_ACTS[rule.acts]}" if rule.acts in _ACTS else rule.acts
    yield "抄送 / cc", ", ".join(rule.cc) or "无 / nobody"
    yield "范围 / scope", f"{rule.scope} {scope[0]}: {scope[1]}"
    yield "展示 / shows", listed(rule.show)
    yield "需要 / looks after", "任何事件 / any event" if "*" in rule.needs else listed(sorted(rule.needs))
    if rule.policy_keys:
        yield "参数 / policy", "<br>".join(_policy(key) for key in rule.policy_keys)
    if rule.freezes:
        yield "冻结 / freezes", ", ".join(rule.freezes)
    yield "依据 / basis", rule.basis
    if rule.expires_days is not None:
        yield "失效 / expires", f"{rule.expires_days} 天后自动结束 / ends by itself after {rule.expires_days} days"
    yield "缺省 / default", _OFF if not rule.default_on else "启用 / on"
    yield "版本 / version", str(rule.version)


def _default(rule: Rule) -> str:
    return "启用 / on" if rule.default_on else "**停用 / off**"


def _deadline(rule: Rule) -> str:
    key = "alert.correction_workdays" if rule.kind == "CORRECTION" else f"alert.close_workdays.{rule.severity}"
    row = _row(key)
    if row is None:
        return "汇总，无期限 / a digest without deadline"
    return f"{row.value} 个工作日内办结 / to be closed within {row.value} working days"


def _policy(key: str) -> str:
    row = _row(key)
    return f"`{key}` = {row.value} ({row.document})" if row else f"`{key}`"


def _row(key: str) -> PolicyRow | None:
    return next((row for row in load_policy().rows if row.key == key), None)


def _example(kind: str, example: Example) -> Iterator[str]:
    yield f"**{_SHOWN[kind]}**: {example.title.zh}<br>{example.title.en}\n"
    told = example.expect or ("no alert",)
    yield code("\n".join((*example.events, *(f"=> {example.as_of} {line}" for line in told))))
