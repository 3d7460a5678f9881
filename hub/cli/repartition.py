"""`hub repartition`: more partitions for the topics that are kept by subject (docs/operations.md, More partitions)."""

from __future__ import annotations

import asyncio

import click
from kafka.admin import KafkaAdminClient

from hub.cli.console import json_option, print_json, print_table, refuse, settings
from hub.cli.topics import kafka_security
from hub.config import Settings
from hub.node.layout import record_layout
from hub.node.parts import GROUP, Parts, make_parts
from hub.runtime.admin import admin_of
from hub.runtime.repartition import TIED, Moved, Repartition, open_mover
from hub.runtime.topics import ensure_topics


@click.command("repartition")
@click.option("--to", "wanted", required=True, type=click.IntRange(1, 1000), help="Partitions the topics shall have.")
@json_option
def repartition_command(wanted: int, as_json: bool) -> None:
    """Give the topics kept by subject more partitions, and move what is in them. Stop all workers first.

    May be interrupted, and is then run again; no worker starts before it has finished.
    """
    chosen = settings("kafka_bootstrap", fictional_default=True)
    with admin_of(str(chosen.kafka_bootstrap), kafka_security(chosen)) as admin:
        _refuse_while_somebody_works(admin)
        _raise_counts(admin, wanted)
    moved = asyncio.run(_run(chosen))
    if as_json:
        print_json({topic.topic: topic.records for topic in moved})
    else:
        print_table("Moved", ("topic", "records"), [(topic.topic, topic.records) for topic in moved])


def _refuse_while_somebody_works(admin: KafkaAdminClient) -> None:
    group = admin.describe_groups([GROUP])[GROUP]
    if group["members"]:
        refuse([f"the group {GROUP} has {len(group['members'])} members: stop all workers, then try again"])


def _raise_counts(admin: KafkaAdminClient, wanted: int) -> None:
    counts = {topic["name"]: len(topic["partitions"]) for topic in admin.describe_topics(list(TIED))}
    more = [f"{name} has {count} partitions; topics never shrink" for name, count in counts.items() if count > wanted]
    if more:
        refuse(more)
    raised = {name: wanted for name, count in counts.items() if count < wanted}
    if raised:
        admin.create_partitions(raised)
        admin.wait_for_topics(list(raised), timeout_ms=30_000)


async def _run(chosen: Settings) -> list[Moved]:
    bootstrap, security = str(chosen.kafka_bootstrap), kafka_security(chosen)
    ensured = await asyncio.to_thread(
        ensure_topics, bootstrap, chosen.partitions, security, max_message_bytes=chosen.max_message_bytes
    )
    count = ensured.partitions[TIED[0]]
    parts = make_parts(chosen, bootstrap, ensured)
    try:
        async with open_mover(bootstrap, GROUP, security, count) as mover:
            moved = await Repartition(mover, parts.producer, count, lambda value: _subject_of(parts, value)).run()
        for partition in range(count):
            await parts.store.wipe(partition)  # workers rebuild it from hub.subjects.v1 when they start
        await record_layout(parts.store, count)
    finally:
        await parts.producer.stop()
        await parts.store.close()
    return moved


def _subject_of(parts: Parts, alert: bytes) -> bytes:
    subject: str = parts.wire.read_alert(alert)["subject_key"]
    return subject.encode()


COMMANDS = (repartition_command,)
