"""`docs/errors.md`: fault codes, what is said of a number, exit codes."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from hub import errors
from hub.domain.event import Code
from hub.domain.person_ids import CONTRADICTIONS, WARNINGS
from tools.reference.markdown import head, page, table

# What a code means, and what to do. Held against hub.domain.event.Code by a test.
FAULTS = {
    "UNREADABLE": (
        "读不出：不是声明的格式或编码",
        "not JSON, CSV, Avro or text in the declared encoding",
        "check `[source]` in the connector: format, encoding, delimiter",
    ),
    "MAGIC_BYTE": (
        "不以 Confluent 魔数 0 开头",
        "does not start with Confluent's magic byte 0",
        "use a Confluent serializer",
    ),
    "UNKNOWN_SCHEMA_ID": (
        "模式编号未知",
        "no schema has this id",
        "ids are in `schemas/ids.toml`, or register the schema",
    ),
    "TRUNCATED": (
        "正文不完整或有多余字节",
        "the body ends early or has bytes left over",
        "the producer's schema is not the one named",
    ),
    "TOO_BIG": (
        "超过大小上限",
        "larger than `HUB_MAX_MESSAGE_BYTES`",
        "one event a message; raise the limit only with the broker's",
    ),
    "TOMBSTONE": ("空消息：部门不能删除", "an empty message: agencies cannot erase", "send op=CANCEL"),
    "NULL_KEY": ("缺少消息键", "the message has no key", "the key is `source_record_id`"),
    "KEY_MISMATCH": (
        "消息键与记录号不符",
        "the key is not the event's `source_record_id`",
        "the same record must keep its order",
    ),
    "WRONG_AGENCY": (
        "事件类型、来源部门与主题不一致",
        "event type, source agency and topic do not belong together",
        "each agency writes its own topic only",
    ),
    "UNKNOWN_EVENT_TYPE": ("事件类型未知", "no such event", "[events](events.md)"),
    "UNKNOWN_SCHEMA_VERSION": ("模式版本未知", "no such version of the event's schema", "[events](events.md)"),
    "MISSING": ("缺少必填项", "a required field is missing or empty", "send it, or send no event"),
    "UNKNOWN_FIELD": ("未知字段", "the schema has no such field", "map it or ignore it in the connector"),
    "DENIED_FIELD": (
        "不得采集的字段",
        "a field that must never be collected (`hub/domain/deny_list.py`)",
        "stop sending it; tell the hub's operator",
    ),
    "TYPE": ("类型不符", "text, number, list or object where another is expected", "see the field's form"),
    "FORMAT": ("格式不符", "not a date, month, time or decimal of the declared form", "see the field's form"),
    "UNKNOWN_CODE": ("代码不在代码表中", "not in the code table", "add the code to the connector; it is never guessed"),
    "UNKNOWN_REGION": ("区划代码未知", "no region ever had this code (GB/T 2260)", "correct it at the source"),
    "UNIT_CODE": ("不动产单元代码结构不符", "a unit code of wrong structure (GB/T 37346)", "correct it at the source"),
    "TOO_LONG": ("文字过长", "a text longer than the field takes", "shorten it at the source"),
    "RANGE": ("数值超出范围", "a number or time outside the field's range", "correct it at the source"),
    "SUPERSEDES_REQUIRED": (
        "更正、撤销须指明原事件",
        "CORRECT and CANCEL must name what they correct",
        "`supersedes` is the event_id of the act taken back",
    ),
    "SUBJECT_REQUIRED": ("缺少主体", "the event is about a person and names none", "send `subject`"),
    "SUBJECT_NOT_ALLOWED": ("该事件不带人员", "an event about a dwelling carries no person", "leave `subject` out"),
    "UNKNOWN_ALERT": (
        "提醒不存在",
        "an answer to an alert that was never published",
        "the `alert_id` stands in the alert",
    ),
    "NOT_ACTING": (
        "并非责任单位",
        "an answer of an agency that the alert is not addressed to",
        "the `acting_agency` answers; `AUTHORITY` only in a dispute",
    ),
    "ALERT_CLOSED": (
        "提醒已关闭",
        "an answer to an alert that stands no more",
        "look at the alert; if the finding comes back, so will the alert",
    ),
    "OWNER_REQUIRED": (
        "NOT_MINE 须指明责任单位",
        "NOT_MINE must name the presumed owner",
        "send `owner`",
    ),
    "OWNER_NOT_ALLOWED": (
        "不应填写责任单位，或填写了反馈单位本身",
        "an owner with another result, or the answering agency itself",
        "`owner` goes with NOT_MINE and names another agency",
    ),
    "MORE_FAULTS": ("错误过多，未全部列出", "the message has more faults than are listed", "mend these first"),
    "RULE_ERROR": (
        "规则出错（我方缺陷）",
        "a rule raised: a bug of ours",
        "report rule and places; nothing else stops",
    ),
}

# What is said of a person's number (domain 2.1); error_code of rule ID-01.
NUMBERS = {
    "LEN": ("长度不符", "wrong length"),
    "CHARS": ("字符不符", "characters that cannot stand there"),
    "DATE": ("出生日期不存在", "its date of birth is not in the calendar"),
    "FUTURE": ("出生日期在登记之后", "born after it was recorded"),
    "REGION_UNKNOWN": ("区划代码从未存在", "no region ever had its first six digits"),
    "CHECKSUM": ("校验码不符", "wrong check character"),
    "PRECISION_LOSS": ("末位被表格软件舍入", "its last digits were rounded by a spreadsheet"),
    "SCI_NOTATION": ("科学计数法", "scientific notation: the digits are lost"),
    "LEGACY15": ("十五位旧号码", "an old number of 15 digits; links, if it upgrades cleanly"),
    "AGE_GT_130": ("年龄超过 130 岁", "older than 130 years"),
    "SEQ_000": ("顺序码为 000", "sequence 000"),
    "REGION_LATE": ("区划早于出生被撤销", "its region was abolished more than three years before the birth"),
    "SEX_MISMATCH": ("与登记性别不符", "says another sex than the record"),
    "BIRTH_MISMATCH": ("与登记出生日期不符", "says another birth date than the record"),
}

_EXITS = (
    ("0", "done"),
    ("1", "refused: every reason is printed. Of `hub connector check`, `hub schemas check`: something is broken. "
     "Of `hub demo --once`: what was found is not what the city's truth says"),
    ("2", "wrong usage: the command line itself"),
    (str(errors.EXIT_BUG), "a bug of ours; restarting may not help"),
    (str(errors.EXIT_UNAVAILABLE), "something needed is down, or a newer worker has taken over; to be restarted"),
    ("130", "stopped from the keyboard"),
)  # fmt: skip

_INTRO = """
A message that cannot be taken goes to quarantine with every reason at once: a code and the path of the field, never the
value. `hub quarantine list` shows them; after a fix, `hub quarantine replay` sends it through again.
"""

_ABOUT_NUMBERS = """\
A doubtful number is no fault: the event is taken, and judged. An **error** keeps it from linking records and is rule
[ID-01](rules.md#id-01); a **contradiction** is rule [ID-05](rules.md#id-05); a **warning** is only kept.
"""


def errors_page() -> str:
    """The page."""
    faults = [(f"`{code}`", f"{zh}<br>{en}", todo) for code, (zh, en, todo) in FAULTS.items()]
    numbers = [(f"`{code}`", f"{zh}<br>{en}", _weight(code)) for code, (zh, en) in NUMBERS.items()]
    return page(
        (
            head("Errors", "hub/domain/event.py, hub/errors.py and tools/reference/errors.py") + _INTRO,
            "## Faults of a message\n",
            table(("code", "meaning", "what to do"), faults),
            "## What is said of a number\n",
            _ABOUT_NUMBERS,
            table(("code", "meaning", "weight"), numbers),
            "## Exit codes\n",
            table(("code", "meaning"), _EXITS),
            "## Exceptions\n",
            "Grouped by what the runtime does; bad data is never one of them.\n",
            table(("exception", "answer", "meaning"), _exceptions()),
        )
    )


def codes() -> frozenset[str]:
    """Every fault code there is."""
    return frozenset(value for name, value in vars(Code).items() if name.isupper())


def _weight(code: str) -> str:
    return "warning" if code in WARNINGS else "contradiction" if code in CONTRADICTIONS else "error"


def _exceptions() -> Iterator[tuple[str, str, str]]:
    for name, kind in vars(errors).items():
        if inspect.isclass(kind) and issubclass(kind, errors.HubError) and kind is not errors.HubError:
            yield f"`{name}`", _answer(kind), " ".join((kind.__doc__ or "").split())


def _answer(kind: type[errors.HubError]) -> str:
    if issubclass(kind, errors.Stop):
        return f"stop, exit {kind.exit_code}"
    return "refuse to start, exit 1" if issubclass(kind, errors.RefuseToStart) else "try again in place"
