"""Commands that read: alerts, residents, rules. From a running hub over HTTP, or from a replay's output."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import httpx

from hub.cli.console import json_option, print_json, print_pairs, print_table, refuse, settings
from hub.cli.telling import alert_told, examples_told, rule_told
from hub.rules import BY_ID, RULES
from hub.rules.base import Rule
from hub.rules.lint import broken_guards, packaged_sources

from_option = click.option(
    "--from", "folder", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Read a replay's output."
)
url_option = click.option("--url", default=None, help="A running hub; default http://127.0.0.1:HUB_HTTP_PORT.")
_PAGE = 500


@click.group("alerts")
def alerts_group() -> None:
    """Alerts: leads for an agency to look at, never decisions."""


@alerts_group.command("list")
@click.option("--agency")
@click.option("--rule")
@click.option("--status", multiple=True)
@click.option("--overdue", is_flag=True, help="Only alerts that stand after their deadline.")
@click.option("--shadow", is_flag=True, help="Alerts of rules on trial too; they are left out otherwise.")
@from_option
@url_option
@json_option
def alerts_list(
    agency: str | None,
    rule: str | None,
    status: tuple[str, ...],
    overdue: bool,
    shadow: bool,
    folder: Path | None,
    url: str | None,
    as_json: bool,
) -> None:
    """Alerts by agency, rule and status."""
    wanted = {"agency": agency, "rule": rule, "status": status, "overdue": overdue, "shadow": shadow}
    found = [
        alert
        for alert in _alerts(folder, url, **wanted)
        if (not agency or alert["acting_agency"] == agency)
        and (not rule or alert["rule_id"] == rule)
        and (not status or alert["status"] in status)
        and (not overdue or (alert["overdue"] and alert["status"] != "CLOSED"))
        and (shadow or not alert["shadow"])
    ]
    if as_json:
        print_json(found)
        return
    columns = ("alert_id", "rule_id", "status", "severity", "acting_agency", "opened_at", "due_at")
    print_table(f"{len(found)} alerts", columns, (tuple(alert[c] for c in columns) for alert in found))


@alerts_group.command("show")
@click.argument("alert_id")
@from_option
@url_option
@json_option
def alerts_show(alert_id: str, folder: Path | None, url: str | None, as_json: bool) -> None:
    """One alert, field by field."""
    alert = _alert(alert_id, folder, url)
    print_json(alert) if as_json else print_pairs(alert_id, alert)


@alerts_group.command("explain")
@click.argument("alert_id")
@from_option
@url_option
@json_option
def alerts_explain(alert_id: str, folder: Path | None, url: str | None, as_json: bool) -> None:
    """Why this alert: the rule, the events and numbers it used, how the days come about, what to do, and the law.

    Of the events only what the rule read and the acting agency may see.
    """
    told = _explanation(alert_id, folder, url)
    print_json(told) if as_json else print_pairs("为什么有此提醒 / Why this alert", alert_told(told))


@click.group("residents")
def residents_group() -> None:
    """Shared resident records."""


@residents_group.command("show")
@click.argument("resident_id")
@from_option
@url_option
@json_option
def residents_show(resident_id: str, folder: Path | None, url: str | None, as_json: bool) -> None:
    """One resident: every value with who said it and when."""
    if folder is not None:
        found = next((r for r in _lines(folder / "residents.jsonl") if r["resident_id"] == resident_id), None)
    else:
        found = _get(url, f"/v1/residents/{resident_id}")
    if found is None:
        refuse([f"no resident {resident_id}"])
    if as_json:
        print_json(found)
        return
    rows = (
        (name, json.dumps(g["value"], ensure_ascii=False), g["status"], g["source"], g["business_time"], g["event_id"])
        for name, g in found["golden"].items()
    )
    print_table(
        f"{resident_id} v{found['version']}", ("attribute", "value", "status", "source", "since", "event"), rows
    )


@click.group("rules")
def rules_group() -> None:
    """The rules."""


@rules_group.command("list")
@click.option("--url", default=None, help="A running hub, for how often each rule was right and which are on trial.")
@json_option
def rules_list(url: str | None, as_json: bool) -> None:
    """Every rule with kind, severity, grace, who acts and the law; from a running hub with its precision, too."""
    rows = [_rule_row(rule) for rule in RULES]
    if url is not None:
        scores = {score["rule_id"]: score for score in (_get(url, "/v1/rules") or {"items": ()})["items"]}
        rows = [{**row, **_score_row(scores.get(row["id"]))} for row in rows]
    if as_json:
        print_json(rows)
    else:
        scored = ("precision", "cases", "shadow") if url is not None else ()
        columns = ("id", "zh", "kind", "severity", "grace_days", "acts", "default", *scored, "basis")
        print_table(f"{len(RULES)} rules", columns, (tuple(row[c] for c in columns) for row in rows))


@rules_group.command("explain")
@click.argument("rule_id")
@json_option
def rules_explain(rule_id: str, as_json: bool) -> None:
    """One rule in full, with the stories that are its tests."""
    if rule_id not in BY_ID:
        refuse([f"there is no rule {rule_id}; there are {', '.join(BY_ID)}"])
    rule = BY_ID[rule_id]
    if as_json:
        print_json({**_rule_row(rule), **rule_told(rule)})
    else:
        print_pairs(rule_id, {**_rule_row(rule), **dict(examples_told(rule))})


@rules_group.command("check")
@json_option
def rules_check(as_json: bool) -> None:
    """Every guard that a rule breaks (domain 1.4), one plain sentence each."""
    said = broken_guards(RULES, packaged_sources(), beside=packaged_sources("fold"))
    if as_json:
        print_json(said)
    else:
        for sentence in said:
            click.echo(sentence)
        click.echo(f"{len(said)} broken guards" if said else f"{len(RULES)} rules keep to every guard")
    sys.exit(1 if said else 0)


def _score_row(score: dict[str, Any] | None) -> dict[str, Any]:
    """What agencies' answers say of a rule, or that they have not said anything."""
    if score is None:
        return {"precision": None, "cases": 0, "shadow": False}
    return {name: score[name] for name in ("precision", "cases", "shadow")}


def _rule_row(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id, "version": rule.version, "zh": rule.title.zh, "en": rule.title.en, "kind": rule.kind,
        "severity": rule.severity, "grace_days": rule.grace_days, "acts": rule.acts, "cc": list(rule.cc),
        "scope": rule.scope, "default": "on" if rule.default_on else "off",
        "condition_zh": rule.sentence_zh, "condition": rule.sentence,
        "show": list(rule.show), "todo_zh": rule.todo.zh, "todo_en": rule.todo.en, "basis": rule.basis,
    }  # fmt: skip


# --- where it is read from --------------------------------------------------------------------------------------------


def _alerts(folder: Path | None, url: str | None, **wanted: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401
    if folder is not None:
        yield from _lines(folder / "alerts.jsonl")
        return
    query = {name: value for name, value in wanted.items() if value}
    cursor: str | None = None
    while True:
        page = _get(url, "/v1/alerts", {**query, "limit": _PAGE, **({"cursor": cursor} if cursor else {})})
        yield from page["items"] if page else ()
        cursor = page.get("next_cursor") if page else None
        if not cursor:
            return


def _alert(alert_id: str, folder: Path | None, url: str | None) -> dict[str, Any]:
    if folder is not None:
        found = next((a for a in _lines(folder / "alerts.jsonl") if a["alert_id"] == alert_id), None)
    else:
        found = _get(url, f"/v1/alerts/{alert_id}")
    if found is None:
        refuse([f"no alert {alert_id}"])
    return found


def _explanation(alert_id: str, folder: Path | None, url: str | None) -> dict[str, Any]:
    if folder is None:
        found = _get(url, f"/v1/alerts/{alert_id}/explanation")
    elif (file := folder / "evidence.jsonl").exists():
        found = next((told for told in _lines(file) if told["alert_id"] == alert_id), None)
    else:
        refuse([f"{folder} holds no evidence.jsonl: an older hub wrote it; replay again"])
    if found is None:
        refuse([f"no alert {alert_id}"])
    return found


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def _get(url: str | None, path: str, query: dict[str, Any] | None = None) -> dict[str, Any] | None:
    base = url or f"http://127.0.0.1:{settings(fictional_default=True).http_port}"
    try:
        answer = httpx.get(f"{base.rstrip('/')}{path}", params=query, timeout=30)
    except httpx.HTTPError as error:
        refuse([f"no hub answers at {base} ({type(error).__name__}); name one with --url, or a replay with --from"])
    if answer.status_code == 404:
        return None
    answer.raise_for_status()
    document: dict[str, Any] = answer.json()
    return document


COMMANDS = (alerts_group, residents_group, rules_group)
