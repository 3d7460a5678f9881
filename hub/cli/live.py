"""Commands that run a hub: demo, up, worker, serve."""

from __future__ import annotations

import asyncio
import dataclasses
import socket
import sys
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from rich.live import Live
from rich.table import Table

from hub.cli.console import err, out, print_json, print_table, refuse, settings
from hub.config import Settings
from hub.demo import Progress, live, settle, verdict
from hub.node.clock import CityClock
from hub.node.run import Node, broker_for, node, stop_on_signals, until_stopped
from hub.runtime.worker import end_process
from hub.simulate import City, simulate
from hub.telemetry.logs import configure_logging
from hub.truth import Verdict

_DEMO_DAYS = 730
_REFRESH_SECONDS = 0.5


@click.command("demo")
@click.option("--persons", default=2000, show_default=True, type=click.IntRange(50, 100_000))
@click.option("--seed", default=7, show_default=True, type=int)
@click.option("--rate", default=None, type=click.FloatRange(min=0), help="Events a second; 0 = as fast as it goes. "
              "Default: 500, with --once as fast as it goes.")  # fmt: skip
@click.option("--once", is_flag=True, help="End with a summary against the city's truth, instead of staying up.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def demo_command(persons: int, seed: int, rate: float | None, once: bool, as_json: bool) -> None:
    """A simulated city on an embedded broker, everything running; then what was found, against the truth."""
    speed = rate if rate is not None else 0.0 if once else 500.0
    with TemporaryDirectory(prefix="hub-demo-") as scratch:
        chosen = settings(fictional_default=True, runs=True)
        if once:
            # Nothing of a bounded run is wanted afterwards, and several may run side by side.
            chosen = dataclasses.replace(chosen, data_dir=Path(scratch), http_port=0)
        else:
            chosen = _free_port_unless_given(chosen)
        # The console belongs to the picture; only what goes wrong may speak up beside it.
        configure_logging("WARNING" if chosen.log_level == "INFO" else chosen.log_level, chosen.log_format)
        sys.exit(asyncio.run(_demo(chosen, persons, seed, speed, once, as_json)))


async def _demo(chosen: Settings, persons: int, seed: int, rate: float, once: bool, as_json: bool) -> int:
    err.print(f"building a city of {persons} (seed {seed}) ...")
    city = await asyncio.to_thread(simulate, persons, _DEMO_DAYS, seed)
    clock = CityClock()
    stop = stop_on_signals()
    with broker_for(dataclasses.replace(chosen, redis_url=None), embedded=True) as bootstrap:
        local = dataclasses.replace(chosen, redis_url=None)
        async with node(local, bootstrap, clock=clock) as running:
            url = running.server.url
            err.print(f"broker {bootstrap} · HTTP {url}/docs · metrics {url}/metrics", soft_wrap=True)
            progress = Progress(len(city.events))
            story = asyncio.create_task(_story(running, city, clock, rate, progress))
            if not await _watch(running, progress, story, stop):
                story.cancel()
                return 0
            found, residents = await story
            _summary(running, city, found, residents, progress, as_json)
            if once:
                return 0 if found.right and _all_accounted(running, progress) else 1
            clock.go_live()
            err.print(STAYING.format(bootstrap=bootstrap, url=url), soft_wrap=True)
            return await until_stopped(running, stop)


# Every line is tried by tests/integration. Only on the embedded broker does kcat need the -X and an offset to begin at.
STAYING = """
the city has joined the wall clock; post events and watch. Ctrl-C stops everything.
  hub alerts list --status OPEN --url {url}
  curl '{url}/v1/alerts?status=OPEN&limit=3'
  curl -X POST {url}/v1/events -H 'content-type: application/json' -d @event.json
  kcat -b {bootstrap} -X api.version.request=false -X broker.version.fallback=0.9.0 -t hub.alerts.v1 -Ceo 0 -f '%k\\n'
Avro clients find the schemas at {url}/registry"""


async def _story(running: Node, city: City, clock: CityClock, rate: float, progress: Progress) -> tuple[Verdict, int]:
    while not running.ready():
        await asyncio.sleep(0.1)
    await live(running, city, clock, rate, progress)
    await settle(running, clock, date.fromisoformat(city.truth["as_of"]), progress)
    return await verdict(running, city)


async def _watch(
    running: Node, progress: Progress, story: asyncio.Task[tuple[Verdict, int]], stop: asyncio.Event
) -> bool:
    """Show progress until the story ends. False if a signal, or the worker's end, came first."""
    ended = asyncio.ensure_future(stop.wait())
    with Live(console=err, refresh_per_second=4, transient=True) as display:
        while not story.done() and not ended.done():
            if running.worker is not None and running.worker.should_stop:
                raise RuntimeError("the worker ended; see the log")
            display.update(_picture(running, progress))
            await asyncio.wait([story, ended], timeout=_REFRESH_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    ended.cancel()
    return story.done()


def _picture(running: Node, progress: Progress) -> Table:
    counts = running.parts.ledger.counts
    table = Table(title=f"{progress.phase} · {progress.day} · {progress.seconds:.0f} s", title_justify="left")
    for column in ("sent", "of", "applied", "duplicate", "quarantined", "parcels", "alert turns"):
        table.add_column(column, justify="right")
    table.add_row(*(str(n) for n in (
        progress.sent, progress.total, counts["applied"], counts["duplicate"], counts["quarantined"],
        counts["parcels"], counts["alerts"],
    )))  # fmt: skip
    return table


def _all_accounted(running: Node, progress: Progress) -> bool:
    """Every event sent ended as exactly one of applied, duplicate, quarantined (I1)."""
    counts = running.parts.ledger.counts
    return counts["applied"] + counts["duplicate"] + counts["quarantined"] == progress.total


def _summary(running: Node, city: City, found: Verdict, residents: int, progress: Progress, as_json: bool) -> None:
    counts = running.parts.ledger.counts
    facts = {
        "as_of": city.truth["as_of"], "events": progress.total, "applied": counts["applied"],
        "duplicate": counts["duplicate"], "quarantined": counts["quarantined"],
        "every_event_accounted_for": _all_accounted(running, progress), "residents": residents,
        "alerts_expected": found.expected, "alerts_found": found.found, "missing": len(found.missing),
        "wrong": len(found.wrong), "forbidden": found.forbidden, "seconds": round(progress.seconds, 1),
    }  # fmt: skip
    if as_json:
        print_json({**facts, "rules": {rule: list(pair) for rule, pair in found.by_rule.items()}})
        return
    print_table("Alerts that stand, by rule", ("rule", "in the truth", "found"), (
        (rule, expected, got) for rule, (expected, got) in found.by_rule.items()
    ))  # fmt: skip
    accounted = "yes" if facts["every_event_accounted_for"] else "NO"
    out.print(
        f"{progress.total} events in {progress.seconds:.1f} s: {counts['applied']} applied, "
        f"{counts['duplicate']} duplicate, {counts['quarantined']} quarantined (every event accounted for: {accounted})"
    )
    out.print(
        f"{residents} residents; against truth.json: {len(found.missing)} alerts missing, {len(found.wrong)} wrong"
    )
    for name, targets in (("missing", found.missing), ("wrong", found.wrong)):
        for target in targets[:20]:
            out.print(f"  {name}: {' '.join(target)}")


def _free_port_unless_given(chosen: Settings) -> Settings:
    """The usual HTTP port if nobody has it; any other if it was not asked for by name."""
    if "http_port" in chosen.given:
        return chosen
    with socket.socket() as probe:
        taken = probe.connect_ex((chosen.http_host, chosen.http_port)) == 0
    return dataclasses.replace(chosen, http_port=0) if taken else chosen


@click.command("up")
@click.option("--embedded", is_flag=True, help="Start the local broker too (memory only: nothing outlives it).")
def up_command(embedded: bool) -> None:
    """Everything in one process: intake, absorb, HTTP. Without Redis configured the state is kept in memory."""
    chosen = settings(*(() if embedded else ("kafka_bootstrap",)), fictional_default=embedded, runs=True)
    if embedded:
        if chosen.redis_url is not None:
            # A store that remembers what the broker forgot would take every event for a duplicate.
            refuse(["HUB_REDIS_URL: nothing of the embedded broker outlives it, so no store may; leave it unset"])
        chosen = _free_port_unless_given(chosen)
    sys.exit(end_process(asyncio.run(_run(chosen, embedded=embedded, worker=True, api=True))))


@click.command("worker")
def worker_command() -> None:
    """The stream agents, for a cluster; `/livez`, `/readyz` and `/metrics` on HUB_HTTP_PORT."""
    chosen = settings("kafka_bootstrap", "redis_url", runs=True)
    sys.exit(end_process(asyncio.run(_run(chosen, embedded=False, worker=True, api=False))))


@click.command("serve")
def serve_command() -> None:
    """The HTTP API, for a cluster."""
    chosen = settings("kafka_bootstrap", "redis_url", runs=True)
    sys.exit(end_process(asyncio.run(_run(chosen, embedded=False, worker=False, api=True))))


async def _run(chosen: Settings, *, embedded: bool, worker: bool, api: bool) -> int:
    configure_logging(chosen.log_level, chosen.log_format)
    stop = stop_on_signals()
    with broker_for(chosen, embedded) as bootstrap:
        async with node(chosen, bootstrap, worker=worker, api=api) as running:
            err.print(f"broker {bootstrap} · HTTP {running.server.url}", soft_wrap=True)
            return await until_stopped(running, stop)


COMMANDS = (demo_command, up_command, worker_command, serve_command)
