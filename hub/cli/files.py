"""Commands that need no broker: replay, simulate."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from hub.bootstrap import build_journey
from hub.cli.console import json_option, print_json, print_table, refuse, settings
from hub.domain.policy import PolicyFault, load_policy
from hub.replay import replay, write_results
from hub.simulate import simulate, write_city


@click.command("replay")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as-of", required=True, type=click.DateTime(["%Y-%m-%d"]), help="Time runs on to the end of this day.")
@click.option("--out", "out_dir", required=True, type=click.Path(file_okay=False, path_type=Path))
@click.option("--enable", default="", help="Rules to switch on beside the defaults: RULE,.. or all (a what-if).")
@click.option(
    "--policy", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Rows laid over the table."
)
@click.option(
    "--feedback",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Agencies' answers to alerts, one JSON object a line, with given_at.",
)
@json_option
def replay_command(
    files: tuple[Path, ...],
    as_of: datetime,
    out_dir: Path,
    enable: str,
    policy: Path | None,
    feedback: Path | None,
    as_json: bool,
) -> None:
    """The whole pipeline over FILES, without a broker. Same input, same bytes out.

    Events are taken in order of publish_time, then of file and line; then time runs on to the end of --as-of
    (Asia/Shanghai). Writes residents.jsonl, alerts.jsonl, evidence.jsonl (why each alert stands), notes.jsonl (what is
    no alert), quarantine.jsonl and summary.json to --out.
    """
    chosen = settings(fictional_default=True)
    enabled = [rule for rule in enable.split(",") if rule]
    refusals, table = [], None
    try:
        table = load_policy(policy or chosen.policy_file)
    except PolicyFault as error:
        refusals += error.faults
    try:
        journey = build_journey(
            city=chosen.city, secret=chosen.secret, policy=table, enable=[*enabled, *chosen.enable_rules]
        )
    except ValueError as error:
        refuse([*refusals, str(error)])
    if refusals:
        refuse(refusals)
    hub = replay(journey, files, as_of.date(), feedback)
    summary = write_results(hub, out_dir, as_of.date())
    if as_json:
        print_json(summary)
    else:
        _print_summary(summary, out_dir)


def _print_summary(summary: dict[str, Any], out_dir: Path) -> None:
    events = summary["events"]
    print_table(
        f"Replay of {events['events']} events as of {summary['as_of']}, city {summary['city']}",
        ("applied", "duplicate", "quarantined", "residents", "alerts pending", "rule errors"),
        [(
            events["applied"], events["duplicate"], events["quarantined"], summary["residents"],
            summary["alerts"]["pending"], summary["rule_errors"],
        )],
    )  # fmt: skip
    if summary["alerts"]["standing"]:
        rows = [(*name.split(" ", 1), count) for name, count in summary["alerts"]["standing"].items()]
        print_table("Alerts that stand", ("rule", "status", "count"), rows)
    if summary["quarantine_codes"]:
        print_table("Quarantine", ("code", "faults"), summary["quarantine_codes"].items())
    for warning in summary["warnings"]:
        click.echo(f"warning: {warning}")
    click.echo(f"written to {out_dir}/")


@click.command("simulate")
@click.option("--persons", default=2000, show_default=True, type=click.IntRange(1, 1_000_000))
@click.option("--days", default=730, show_default=True, type=click.IntRange(30, 3660))
@click.option("--seed", default=7, show_default=True, type=int)
@click.option("--out", "out_dir", required=True, type=click.Path(file_okay=False, path_type=Path))
@json_option
def simulate_command(persons: int, days: int, seed: int, out_dir: Path, as_json: bool) -> None:
    """A synthetic city (numbers 4298xx only): events.jsonl, and truth.json: which alerts must come, which must not."""
    city = simulate(persons, days, seed)
    write_city(city, out_dir)
    facts = {
        "persons": persons, "days": days, "seed": seed, "as_of": city.truth["as_of"], "events": len(city.events),
        "records": len(city.truth["records"]), "must": len(city.truth["must"]), "must_not": len(city.truth["must_not"]),
        "out": str(out_dir),
    }  # fmt: skip
    if as_json:
        print_json(facts)
    else:
        print_table("Simulated city", tuple(facts), [tuple(facts.values())])


COMMANDS = (replay_command, simulate_command)
