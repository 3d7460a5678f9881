"""`docs/cli.md`: what every `hub` command says of itself."""

from __future__ import annotations

from collections.abc import Iterator

import click

from hub.cli import cli
from tools.reference.markdown import code, head, page

_WIDTH = 110
_INTRO = """
Every command says this with `--help`; what prints data takes `--json`. Exit codes: [errors](errors.md#exit-codes).
Settings: [config](config.md).
"""


def commands_page() -> str:
    """The page."""
    return page((head("Command line", "hub/cli/") + _INTRO, *_commands(cli, None, "hub")))


def _commands(command: click.Command, parent: click.Context | None, name: str) -> Iterator[str]:
    as_run = {**command.context_settings, "terminal_width": _WIDTH, "max_content_width": _WIDTH}
    context = click.Context(command, parent, name, **as_run)
    yield f"## {context.command_path}\n"
    yield code(command.get_help(context))
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            if found is not None:
                yield from _commands(found, context, inner)
