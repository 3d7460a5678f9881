"""The `hub` command. Exit codes: 0 done, 1 refused (every reason printed), 2 wrong usage,
75 start me again later (a service went away), 70 a bug."""

from __future__ import annotations

import sys

import click

from hub.cli import authors, files, live, operators, reading, repartition, topics, trials
from hub.cli.console import end, fail, refuse
from hub.domain.policy import PolicyFault
from hub.errors import RefuseToStart, Stop
from hub.mapping.load import ConnectorFaults
from hub.schema.catalogue import CatalogueError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="resident-hub", prog_name="hub")
def cli() -> None:
    """Resident Hub: what a city's agencies say of the same residents, in one record; and what does not fit, told."""


OPERATING = (*operators.COMMANDS, *topics.COMMANDS, *repartition.COMMANDS)
GROUPS = (files.COMMANDS, live.COMMANDS, OPERATING, authors.COMMANDS, reading.COMMANDS)
for command in (command for group in GROUPS for command in group):
    cli.add_command(command)
reading.rules_group.add_command(trials.rules_backtest)


def main() -> None:
    """Run the command line; configuration faults are refusals with every reason, not tracebacks."""
    try:
        cli()
    except (RefuseToStart, PolicyFault, ConnectorFaults, CatalogueError) as error:
        refuse(error.faults)
    except Stop as error:
        end(error)
    except OSError as error:
        refuse([f"{error.filename or 'the system'}: {error.strerror or type(error).__name__}"])
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:  # noqa: BLE001 - the last word is ours
        fail(error)
