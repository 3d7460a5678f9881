"""Examples of rules: read from the example book, and played out as events.

A rule's examples are its tests and its documentation, in `example_book/<RULE>.toml`. An event is one line:

    2026-03-03 mca.deceased_handled 王伟 death_date=2026-03-01
    2026-03-20 mca.deceased_handled 王伟 op=CANCEL of=#1

The day it took effect, was recorded and published (09:00), the event, the person it is about (`-` where it is about
none), then the fields that matter to the story: of the payload, of the envelope, or `subject.<field>`. Everything else
comes from `example_book/_stage.toml`. `of=#1` is the next version of line 1's record; CORRECT and CANCEL keep the day
of the fact, UPDATE is a new one. `-` is null, a list has commas, a member's relation stands behind a slash (`王芳/30`),
and in an aid unit behind another what work they can do (`王芳/30/ABLE`).

An expectation is one line too, and there is one for every alert of any rule:

    LE-01 CLOSED RETRACTED closed=2026-03-20 by=#2

Rule, status, who acts (or why it closed); then what matters: `opened=`, `closed=`, `due=` (days), `by=#2` (the line
that closed it), `cc=`, and the values it shows.
"""

from __future__ import annotations

import shlex
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any

from hub.domain.event import Event
from hub.rules.base import Example, Words

# What an example shows of its rule: it stands, it must not although it is near, it closes.
SHOWS = ("stands", "silent", "closes")

PEOPLE = frozenset({"applicant", "claimant", "father", "lessor", "member", "mother", "spouse", "tenant"})
LISTS_OF_PEOPLE = frozenset({"adopter", "occupants"})
MEMBERS = "members"

_ENVELOPE = frozenset(Event.__struct_fields__) - {"subject", "payload"}
_ORGS = {"PSB": "11429801000000115C", "MCA": "12429801MB00000195"}
_ORGS |= {"HRSS": _ORGS["PSB"], "HMD": _ORGS["MCA"]}
_PAYLOAD, _SUBJECT = "payload", "subject"


class ExampleFault(ValueError):  # noqa: N818 - named after what is wrong
    """A line, or a book, that says nothing sensible; the text says what."""


@lru_cache(maxsize=1)
def stage() -> Mapping[str, Any]:
    """The cast (name -> number) and the defaults (event type -> fields)."""
    return _read("_stage")


@lru_cache(maxsize=256)
def examples_of(rule_id: str) -> tuple[Example, ...]:
    """A rule's examples in the order of its book. None if it has no book."""
    try:
        book = _read(rule_id)
    except FileNotFoundError:
        return ()
    return tuple(
        Example(
            title=Words(row["zh"], row["en"]),
            events=tuple(line.strip() for line in row["events"].splitlines() if line.strip()),
            as_of=row["as_of"],
            expect=tuple(row["expect"]),
        )
        for row in book["example"]
    )


def shows(rule_id: str, example: Example) -> str:
    """Which of SHOWS an example is, told by what it expects of this rule."""
    states = {line.split()[1] for line in example.expect if line.split()[0] == rule_id}
    return "closes" if "CLOSED" in states else "stands" if states else "silent"


def events_in(lines: str | Iterable[str]) -> list[dict[str, Any]]:
    """The events of a story, in the JSON shape of the contract. Raises ExampleFault for a line it cannot read."""
    found: list[dict[str, Any]] = []
    for line in lines.strip().splitlines() if isinstance(lines, str) else lines:
        found.append(_event(shlex.split(line), found))
    return found


def differences(example: Example, alerts: Sequence[Mapping[str, Any]]) -> list[str]:
    """Where the alerts at the end of a story are not those it expects: one sentence each, none if all is as told."""
    left = sorted(alerts, key=lambda alert: (alert["rule_id"], alert["opened_at"], alert["alert_id"]))
    said = []
    # The line that says most looks for its alert first, so that a vaguer one cannot take it away.
    for line in sorted(example.expect, key=lambda line: -len(line.split())):
        match = next((alert for alert in left if _fits(line.split(), alert)), None)
        if match is None:
            said.append(f"no alert is {line}")
        else:
            left.remove(match)
    return said + [f"nobody expected {_told(alert)}" for alert in left]


# --- one line ---------------------------------------------------------------------------------------------------------


def _event(words: list[str], before: list[dict[str, Any]]) -> dict[str, Any]:
    number = len(before) + 1
    if len(words) < 3 or words[1] not in stage()["defaults"]:
        raise ExampleFault(f"line {number} wants: <day> <event on the stage> <person or -> <field>=<value>")
    day, event_type, who = words[:3]
    given = dict(word.partition("=")[::2] for word in words[3:])
    of = _earlier(given.pop("of", None), event_type, before)
    agency = event_type.split(".")[0].upper()
    op = given.get("op", "CREATE")
    if (of is None) != (op == "CREATE"):
        raise ExampleFault(f"line {number}: op={op} and of=#n go together")
    fact = given.get("business_time") or (of["business_time"] if of and op != "UPDATE" else day)
    event = {
        "event_id": f"019a8c1e-7f00-7000-8000-{number:012d}",
        "event_type": event_type,
        "schema_version": 1,
        "source_agency": agency,
        "sub_source": None,
        "source_org": _ORGS[agency],
        "catalogue_item": f"{agency}-EXA-001",
        "source_record_id": of["source_record_id"] if of else f"R-{number}",
        "source_seq": of["source_seq"] + 1 if of else 1,
        "op": op,
        "supersedes": of["event_id"] if of and op != "UPDATE" else None,
        "business_time": fact,
        "record_time": f"{day}T09:00:00+08:00",
        "publish_time": f"{day}T09:00:05+08:00",
        "region_code": "429801",
        "legal_basis": "社会保险经办条例 第8条",
        _SUBJECT: of[_SUBJECT] if of and op == "CANCEL" else None if who == "-" else _person(who),
        _PAYLOAD: dict(of[_PAYLOAD]) if of else {},
    }
    _fill(event, {} if of else stage()["defaults"][event_type], fact, who)
    _override(event, given, stage()["defaults"][event_type], who)
    return event


def _earlier(of: str | None, event_type: str, before: list[dict[str, Any]]) -> dict[str, Any] | None:
    if of is None:
        return None
    number = int(of.removeprefix("#")) if of.removeprefix("#").isdigit() else 0
    if not 1 <= number <= len(before) or before[number - 1]["event_type"] != event_type:
        raise ExampleFault(f"line {len(before) + 1}: {of} is no earlier line about {event_type}")
    return before[number - 1]


def _fill(event: dict[str, Any], defaults: Mapping[str, Any], fact: str, who: str) -> None:
    tokens = {"{day}": fact, "{month}": fact[:4] + fact[5:7], "{year}": int(fact[:4]), "{who}": who}
    for name, value in defaults.items():
        names = [tokens.get(v, v) for v in value] if isinstance(value, list) else tokens.get(value, value)
        _put(event, name, _people(name, names, who))


def _override(event: dict[str, Any], given: Mapping[str, str], defaults: Mapping[str, Any], who: str) -> None:
    for name, text in given.items():
        default = 0 if defaults.get(name) == "{year}" else defaults.get(name)
        value: Any = None if text == "-" else _like(default, text)
        if name in LISTS_OF_PEOPLE or name == MEMBERS:
            value = [] if value is None else [part for part in text.split(",") if part]
        _put(event, name, _people(name, value, who))


def _put(event: dict[str, Any], name: str, value: object) -> None:
    if name.startswith("subject."):
        event[_SUBJECT] = {**event[_SUBJECT], name.removeprefix("subject."): value}
    elif name in ("record_time", "publish_time"):
        event[name] = value if "T" in str(value) else f"{value}T09:00:00+08:00"
    elif name in _ENVELOPE:
        event[name] = value
    else:
        event[_PAYLOAD][name] = value


def _like(default: object, text: str) -> object:
    """A value of the default's type."""
    if isinstance(default, bool):
        return text == "true"
    if isinstance(default, list):
        return [part for part in text.split(",") if part]
    return int(text) if isinstance(default, int) else text


def _people(field: str, value: Any, who: str) -> object:  # noqa: ANN401 - a name, names, or any other field's value
    if field in PEOPLE:
        return None if value is None else _person(value)
    if field in LISTS_OF_PEOPLE:
        return [_person(name) for name in value]
    if field == MEMBERS:
        return [_member(name, who) for name in value]
    return value


def _member(text: str, who: str) -> dict[str, Any]:
    name, _, rest = text.partition("/")
    relation, _, capacity = rest.partition("/")
    work = {"work_capacity": capacity} if capacity else {}
    return {"person": _person(name), "relation": relation or ("01" if name == who else "97"), **work}


def _person(name: str) -> dict[str, Any]:
    """A member of the cast as an agency names people: sex and birth date as the number has them."""
    number = stage()["cast"].get(name)
    if number is None:
        raise ExampleFault(f"{name} is not in the cast: {', '.join(stage()['cast'])}")
    born = f"{number[6:10]}-{number[10:12]}-{number[12:14]}"
    return {"id_type": "RIC", "id_no": number, "name": name, "sex": "21"[int(number[16]) % 2], "birth_date": born}


# --- what became of it ------------------------------------------------------------------------------------------------


def _fits(words: list[str], alert: Mapping[str, Any]) -> bool:
    head = [alert["rule_id"], alert["status"], alert["close_reason"] or alert["acting_agency"]]
    return words[:3] == head and all(_holds(*word.partition("=")[::2], alert) for word in words[3:])


def _holds(name: str, text: str, alert: Mapping[str, Any]) -> bool:
    if name in ("opened", "closed", "due"):
        return str(alert[f"{name}_at"])[:10] == text
    if name == "by":
        return str(alert["closing_event_id"])[-12:] == f"{int(text.removeprefix('#')):012d}"
    if name == "cc":
        return ",".join(alert["cc"]) == text
    shown = alert["show"].get(name)
    return (",".join(map(str, shown)) if isinstance(shown, list) else str(shown)) == text


def _told(alert: Mapping[str, Any]) -> str:
    told = f"{alert['rule_id']} {alert['status']} {alert['close_reason'] or alert['acting_agency']}"
    shown = " ".join(f"{name}={value}" for name, value in alert["show"].items())
    return f"{told} opened={alert['opened_at'][:10]} {shown}".strip()


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((files("hub") / "rules" / "example_book" / f"{name}.toml").read_text("utf-8"))
