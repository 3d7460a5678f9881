"""`hub topics`: the contract's topics on a broker, as they are and as they should be."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec
from kafka.admin import KafkaAdminClient

from hub.cli.console import json_option, out, print_json, print_table, refuse, settings
from hub.config import Settings
from hub.runtime import topics
from hub.runtime.acl import apply_acls, plan_acls, read_acl_files
from hub.runtime.admin import admin_of, apply_plan, find_topics
from hub.runtime.security import KafkaSecurity
from hub.runtime.topic_plan import Action, Plan, Wishes, make_plan


def kafka_security(chosen: Settings) -> KafkaSecurity:
    """How this process reaches Kafka."""
    return KafkaSecurity(**vars(chosen.kafka_access))


@click.group("topics")
def topics_group() -> None:
    """The hub's topics, and who may do what with them."""


@topics_group.command("apply")
@click.option("--replication", type=click.IntRange(1), help="Copies of each partition; else the broker's default.")
@click.option("--dry-run", is_flag=True, help="Only show what differs.")
@json_option
def topics_apply(replication: int | None, dry_run: bool, as_json: bool) -> None:
    """Make the topics what the contract asks for: create those that are missing, change settings, add partitions where
    no key moves by it. Shows every difference. Never shrinks: what is more than asked for stays. Can be repeated."""
    chosen = settings("kafka_bootstrap", fictional_default=True)
    wishes = Wishes(chosen.partitions, chosen.max_message_bytes, replication)
    with admin_of(str(chosen.kafka_bootstrap), kafka_security(chosen)) as admin:
        plan = make_plan(topics.TOPICS, find_topics(admin, topics.TOPICS), wishes, topics.CO_PARTITIONED)
        shown = plan
        if not dry_run and not plan.refused:
            apply_plan(admin, plan)
            shown = plan if not plan.of(Action.CREATE) else _finished(admin, plan, wishes)
        _show(shown, dry_run, as_json)
    if plan.refused:
        refuse(plan.refused)


def _finished(admin: KafkaAdminClient, plan: Plan, wishes: Wishes) -> Plan:
    """What follows from the replicas the broker chose for new topics is known only once they are there."""
    rest = make_plan(topics.TOPICS, find_topics(admin, topics.TOPICS), wishes, topics.CO_PARTITIONED)
    apply_plan(admin, rest)
    return Plan([*plan.lines, *(line for line in rest.differences if line not in plan.lines)])


def _show(plan: Plan, dry_run: bool, as_json: bool) -> None:
    if as_json:
        lines = [
            {
                "topic": n.topic,
                "setting": n.setting,
                "there": n.there,
                "wanted": n.wanted,
                "action": n.action,
                "why": n.why,
            }
            for n in plan.lines
        ]
        print_json({"applied": not dry_run and not plan.refused, "differences": len(plan.differences), "lines": lines})
        return
    if not plan.differences:
        out.print(f"All {len({line.topic for line in plan.lines})} topics are as they should be.")
        return
    columns = ("topic", "setting", "there", "should be", "what is done", "why")
    title = "Topics (nothing is changed)" if dry_run or plan.refused else "Topics"
    rows = ((n.topic, n.setting, n.there or "-", n.wanted, n.action.value, n.why) for n in plan.differences)
    print_table(title, columns, rows)


@topics_group.command("acl")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only show what differs.")
@click.option("--prune", is_flag=True, help="Take away what these files' users may do beyond them.")
@json_option
def topics_acl(files: tuple[Path, ...], dry_run: bool, prune: bool, as_json: bool) -> None:
    """Give users the rights that FILES (deploy/acl/*.toml) say. Run as a super user. Rights of the same users that
    stand in no file are shown, and stay unless --prune. Can be repeated."""
    chosen = settings("kafka_bootstrap", fictional_default=True)
    wanted = read_acl_files(files)
    with admin_of(str(chosen.kafka_bootstrap), kafka_security(chosen)) as admin:
        plan = plan_acls(admin, wanted)
        if not dry_run:
            apply_acls(admin, plan, prune=prune)
    stray = "take away" if prune else "leave: in no file"
    lines = [(grant, "grant") for grant in plan.missing] + [(grant, stray) for grant in plan.stray]
    if as_json:
        told = [{**msgspec.structs.asdict(grant), "action": action} for grant, action in lines]
        print_json({"applied": not dry_run, "in_order": len(plan.there), "differences": told})
    elif not lines:
        out.print(f"All {len(plan.there)} rights are as the files say.")
    else:
        rows = ((g.principal, g.what, f"{'NOT ' if g.denied else ''}{g.operation}", action) for g, action in lines)
        title = "Rights (nothing is changed)" if dry_run else "Rights"
        print_table(title, ("user", "resource", "may", "what is done"), rows)


COMMANDS = (topics_group,)
