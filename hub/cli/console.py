"""What commands share in how they speak: tables for people, JSON for programs, refusals with every reason."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from hub.config import Settings, load_settings
from hub.domain.times import day_of
from hub.errors import Stop
from hub.runtime.worker import end_process
from hub.telemetry.logs import places, redact

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")


def settings(*needs: str, fictional_default: bool = False, runs: bool = False) -> Settings:
    """The settings of this process, those the command cannot do without among them. Raises RefuseToStart.

    `runs`: a hub that takes in events starts with them, so delicate rules must be assessed.
    """
    today = day_of(time.time_ns() // 1_000_000) if runs else None
    return load_settings(os.environ, fictional_default=fictional_default, needs=needs, runs_on=today)


def refuse(reasons: Iterable[str]) -> NoReturn:
    """Say why not, one reason a line, and end with exit code 1."""
    for reason in reasons:
        err.print(f"[red]refused[/]: {escape(reason)}", markup=True, soft_wrap=True)
    sys.exit(1)


def end(stop: Stop) -> NoReturn:
    """Why the process ends, in the hub's own words, which hold no values; its code tells a supervisor what to do."""
    err.print(f"[red]ended[/]: {escape(str(stop))}", soft_wrap=True)
    sys.exit(end_process(stop.exit_code))


def fail(error: Exception) -> NoReturn:
    """Say where something nobody planned went wrong; Python's own traceback would quote what was handled (I8)."""
    err.print(f"[red]failed[/]: {escape(redact(places(error)))}", markup=True, soft_wrap=True)
    sys.exit(1)


def print_json(value: object) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table as wide as it needs to be; piped output is not cut to a terminal's width."""
    table = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*("" if cell is None else escape(str(cell)) for cell in row))
    console = out if out.is_terminal else Console(width=160, highlight=False)
    console.print(table)


def print_pairs(title: str, pairs: Mapping[str, Any]) -> None:
    """One thing, field by field."""
    flat = ((k, v if isinstance(v, str) else json.dumps(v, ensure_ascii=False)) for k, v in pairs.items())
    print_table(title, ("field", "value"), ((k, "" if v == "null" else v) for k, v in flat))
