"""`hub rules backtest`: try a rule, or numbers of its, on events of the past before anybody is told anything."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from hub.backtest import Alert, Difference, difference
from hub.bootstrap import build_journey
from hub.cli.console import json_option, print_json, print_table, refuse, settings
from hub.config import Settings
from hub.domain.policy import Policy, load_policy
from hub.domain.times import day_of
from hub.replay import replay
from hub.rules import BY_ID

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_SHOWN = 50


@click.command("backtest")
@click.argument("rule_id")
@click.option("--from", "files", required=True, multiple=True, type=_FILE, help="Events of the past, one file or more.")
@click.argument("more", nargs=-1, type=_FILE, metavar="[FILE]...")
@click.option("--policy", type=_FILE, help="The numbers to try: rows laid over the present table.")
@click.option(
    "--against",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A replay made before the rule was changed, instead of the present rules.",
)
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="Time runs on to this day; default: the last event's.")
@json_option
def rules_backtest(
    rule_id: str,
    files: tuple[Path, ...],
    more: tuple[Path, ...],
    policy: Path | None,
    against: Path | None,
    as_of: datetime | None,
    as_json: bool,
) -> None:
    """Which alerts a change of RULE_ID or of the policy would raise and drop, against what there is at present.

    With --policy the rule is replayed under the present table and under the changed one. With --against the alerts of
    an earlier `hub replay` are what there was. With neither, the rule is switched on beside those that are on anyway.
    A what-if: no impact assessment is asked for, nothing is published.
    """
    if rule_id not in BY_ID:
        refuse([f"there is no rule {rule_id}; there are {', '.join(BY_ID)}"])
    chosen = settings(fictional_default=True)
    present = load_policy(chosen.policy_file)
    tried = load_policy(policy) if policy else present
    events = (*files, *more)
    after, day = _alerts(chosen, tried, [rule_id], events, as_of.date() if as_of else None)
    if against is not None:
        before = _lines(against / "alerts.jsonl")
    else:
        before, _ = _alerts(chosen, present, [rule_id] if policy else [], events, day)
    found = difference(rule_id, before, after)
    if as_json:
        print_json({"as_of": day.isoformat(), **found.document()})
    else:
        _print(found, day)


def _alerts(
    chosen: Settings, policy: Policy, enable: Sequence[str], files: Iterable[Path], as_of: date | None
) -> tuple[list[dict[str, Any]], date]:
    """Every alert of a replay, and the day it went to."""
    journey = build_journey(
        city=chosen.city, secret=chosen.secret, policy=policy, enable=[*enable, *chosen.enable_rules]
    )
    hub = replay(journey, files, as_of or date.min)
    day = as_of or day_of(hub.now)
    hub.advance(day)
    return list(hub.alerts()), day


def _lines(file: Path) -> list[dict[str, Any]]:
    try:
        return [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    except (OSError, ValueError):
        refuse([f"{file} is not the alerts of a replay"])


def _print(found: Difference, day: date) -> None:
    counts = found.document()["counts"]
    print_table(f"{found.rule_id} as of {day}", tuple(counts), [tuple(counts.values())])
    for title, alerts in (("Would be raised", found.raised), ("Would be dropped", found.dropped)):
        if alerts:
            _print_alerts(title, [(alert, "") for alert in alerts])
    if found.changed:
        _print_alerts("Would be otherwise", [(alert, ", ".join(names)) for alert, names in found.changed])
    for rule, touched in found.others.items():
        click.echo(f"{rule} is touched too: {', '.join(f'{count} {name}' for name, count in touched.items())}")


def _print_alerts(title: str, alerts: Sequence[tuple[Alert, str]]) -> None:
    columns = ("alert_id", "status", "acting_agency", "opened_at", "show", "differs in")
    rows = (
        (*(alert[c] for c in columns[:4]), json.dumps(alert["show"], ensure_ascii=False), names)
        for alert, names in alerts[:_SHOWN]
    )
    more = f", the first {_SHOWN}" if len(alerts) > _SHOWN else ""
    print_table(f"{title}: {len(alerts)}{more}", columns, rows)
