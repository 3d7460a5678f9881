"""`hub topics`: the contract's topics on a broker, as they are and as they should be."""

from __future__ import annotations

import click

from hub.cli.console import json_option, out, print_json, print_table, refuse, settings
from hub.config import Settings
from hub.runtime import topics
from hub.runtime.admin import admin_of, apply_plan, find_topics
from hub.runtime.security import KafkaSecurity
from hub.runtime.topic_plan import Plan, Wishes, make_plan


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
            # What follows from the replicas the broker chose is known only now.
            rest = make_plan(topics.TOPICS, find_topics(admin, topics.TOPICS), wishes, topics.CO_PARTITIONED)
            apply_plan(admin, rest)
            shown = Plan([*plan.lines, *(line for line in rest.differences if line not in plan.lines)])
        _show(shown, dry_run, as_json)
    if plan.refused:
        refuse(plan.refused)


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


COMMANDS = (topics_group,)
