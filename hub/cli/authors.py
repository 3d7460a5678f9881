"""Commands for data engineers: connector new|check|try, schemas check|publish."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import httpx

from hub.bootstrap import catalogue, connectors_dir, schemas_dir
from hub.cli.console import json_option, print_json, print_pairs, print_table, refuse, settings
from hub.domain.event import AGENCIES
from hub.domain.regions import load_regions
from hub.mapping.author import AuthorError, new_connector, try_sample
from hub.mapping.contract import Bench, broken_promises
from hub.mapping.load import load_connectors
from hub.mapping.shape import shapes_of
from hub.schema.compatibility import check_all
from hub.schema.publishing import PublishFault, publish
from hub.schema.validate import Validator


def _bench() -> Bench:
    # Samples are always of the fictional city.
    return Bench(Validator(catalogue(), load_regions(fictional=True)), shapes_of(catalogue()))


@click.group("connector")
def connector_group() -> None:
    """Write a connector: a folder with connector.toml and samples."""


@connector_group.command("new")
@click.argument("name")
@click.option("--agency", required=True, type=click.Choice(AGENCIES))
def connector_new(name: str, agency: str) -> None:
    """Start a connector from the template."""
    try:
        click.echo(f"{new_connector(connectors_dir(), name, agency)}/ is there; edit it, then: hub connector check")
    except AuthorError as error:
        refuse([str(error)])


@connector_group.command("check")
@json_option
def connector_check(as_json: bool) -> None:
    """Every broken promise of every connector, one plain sentence each."""
    bench = _bench()
    said = broken_promises(connectors_dir(), bench.validator, bench.shapes)
    if as_json:
        print_json(said)
    else:
        for sentence in said:
            click.echo(sentence)
        click.echo(f"{len(said)} broken promises" if said else "every connector keeps its promises")
    sys.exit(1 if said else 0)


@connector_group.command("try")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
def connector_try(file: Path, as_json: bool) -> None:
    """What the hub makes of a sample: entry, roles, facts; or every fault of it."""
    feed = file.resolve().parent.parent.name
    connector = load_connectors(connectors_dir(), catalogue()).named(feed)
    if connector is None:
        refuse([f"{file} does not lie in connectors/<feed>/samples/"])
    try:
        made = try_sample(connector, file, _bench())
    except AuthorError as error:
        refuse([str(error)])
    if isinstance(made, tuple):
        refuse([f"{fault.code} at {fault.path or '(the row)'} {fault.detail}" for fault in made])
    if as_json:
        print_json(made)
    else:
        print_pairs(file.name, made)


@click.group("schemas")
def schemas_group() -> None:
    """The Avro contract."""


@schemas_group.command("check")
@json_option
def schemas_check(as_json: bool) -> None:
    """Deny-list, documentation and FULL_TRANSITIVE compatibility of everything under schemas/."""
    said = check_all(schemas_dir())
    if as_json:
        print_json(list(said))
    else:
        for sentence in said:
            click.echo(sentence)
        known = catalogue()
        click.echo(
            f"{len(known.subjects())} subjects, {len(known.event_types)} event types, {len(said)} incompatibilities"
        )
    sys.exit(1 if said else 0)


@schemas_group.command("publish")
@click.option("--registry", default=None, help="Base URL; HUB_SCHEMA_REGISTRY_URL otherwise.")
@json_option
def schemas_publish(registry: str | None, as_json: bool) -> None:
    """Put every schema into a real registry under the hub's own ids. Safe to repeat."""
    url = registry or settings(fictional_default=True).schema_registry_url
    if not url:
        refuse(["HUB_SCHEMA_REGISTRY_URL: is needed here and is not set"])
    try:
        done = publish(catalogue(), url)
    except PublishFault as error:
        refuse(error.faults)
    except httpx.HTTPError as error:
        refuse([f"the schema registry does not answer ({type(error).__name__})"])
    if as_json:
        print_json(done)
    else:
        print_table("Schemas", ("subject", "version", "id", ""), ((*row[:3], row[3]) for row in done))


COMMANDS = (connector_group, schemas_group)
