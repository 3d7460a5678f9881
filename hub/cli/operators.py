"""Commands for operators: ingest, quarantine, rebuild (`hub.cli.topics` has the topics)."""

from __future__ import annotations

import asyncio
import base64
import time
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import click
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from hub.bootstrap import build_journey, catalogue
from hub.cli.console import json_option, print_json, print_table, refuse, settings
from hub.cli.topics import kafka_security
from hub.config import Settings
from hub.domain.policy import load_policy
from hub.mapping.load import Connectors
from hub.mapping.source import Row, format_of, read_rows, read_source
from hub.mapping.spec import FORMATS, SourceSpec
from hub.node.layout import check_layout
from hub.node.parts import check_store, make_parts
from hub.pipeline.journey import Accepted, Journey, Refused
from hub.runtime import topics
from hub.runtime.hops import AGENCY_OF, excess, kept_to_fit, too_big
from hub.runtime.records import Out
from hub.runtime.restore import open_changelog, restore
from hub.runtime.topics import ensure_topics
from hub.runtime.wire import Wire
from hub.schema.registry import LocalRegistry

_QUIET_SECONDS = 2.0


def _journey(chosen: Settings) -> Journey:
    return build_journey(
        city=chosen.city,
        secret=chosen.secret,
        policy=load_policy(chosen.policy_file),
        enable=chosen.enable_rules,
    )


def _producer(chosen: Settings) -> KafkaProducer:
    return KafkaProducer(
        bootstrap_servers=chosen.kafka_bootstrap,
        acks="all",
        enable_idempotence=False,
        linger_ms=20,
        max_request_size=chosen.max_message_bytes + 1024,
        **kafka_security(chosen).for_kafka_python(),
    )


@click.command("ingest")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--connector", "name", default=None, help="Read the files as this connector describes them.")
@json_option
def ingest_command(files: tuple[Path, ...], name: str | None, as_json: bool) -> None:
    """Put the rows of FILES (JSONL, CSV; UTF-8 or GB18030) on their agencies' topics; bad rows go to quarantine."""
    chosen = settings("kafka_bootstrap", fictional_default=True)
    journey = _journey(chosen)
    connectors = journey.parts.connectors
    connector = connectors.named(name) if name else None
    if name and connector is None:
        refuse([f"there is no connector {name}; there are {', '.join(c.feed for c in connectors.connectors)}"])
    wire, producer = Wire(journey.parts.codec), _producer(chosen)
    counts: Counter[str] = Counter()
    sent = []
    for path in files:
        for row in read_source(path, connector, connectors.shapes):
            at, read_as = f"file:{path.name}:{row.line_no}", name or format_of(path)
            out = row_out(journey, wire, row, at, chosen.max_message_bytes, read_as)
            counts["quarantined" if out.topic == topics.QUARANTINE else "accepted"] += 1
            sent.append(producer.send(out.topic, value=out.value, key=out.key))
    for future in sent:
        future.get(timeout=30)  # an unacknowledged row must fail the command, not be a line in a log
    producer.close()
    result = {"rows": sum(counts.values()), "accepted": counts["accepted"], "quarantined": counts["quarantined"]}
    if as_json:
        print_json(result)
    else:
        print_table("Ingested", tuple(result), [tuple(result.values())])


def row_out(journey: Journey, wire: Wire, row: Row, at: str, limit: int, read_as: str = "jsonl") -> Out:
    """A row of a file as the record to write: on its agency's topic, or in quarantine under where it stood.

    What lies in quarantine is a file of its own, header and all, that `read_as` says how to read.
    """
    outcome = Refused(row.content) if isinstance(row.content, tuple) else journey.intake(row.content)
    if isinstance(outcome, Accepted):
        event = outcome.event
        value = journey.parts.codec.encode_event(event)
        out = Out(topics.AGENCY_TOPICS[event.source_agency], event.source_record_id.encode(), value)
        if not excess(out, limit):
            return out
        outcome = too_big(outcome, limit)
    refused = outcome

    def make(kept: bytes) -> Out:
        value = wire.quarantine(
            key=at,
            topic="file",
            partition=-1,
            offset=-1,
            received_at=time.time_ns() // 1_000_000,
            faults=refused.faults,
            payload=journey.parts.keyring.seal(kept),
            size=len(row.alone),
            event_id=refused.event_id,
            read_as=read_as,
        )
        return Out(topics.QUARANTINE, at.encode(), value)

    return kept_to_fit(limit, row.alone, make)


@click.group("quarantine")
def quarantine_group() -> None:
    """Refused messages: look at the reasons, send them through again after a fix."""


@quarantine_group.command("list")
@click.option("--from", "folder", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Replay output.")
@json_option
def quarantine_list(folder: Path | None, as_json: bool) -> None:
    """Every refused message with its fault codes."""
    found = list(_refused(folder))
    if as_json:
        print_json([{k: v for k, v in document.items() if k != "payload"} for document in found])
        return
    rows = ((d["key"], ", ".join(sorted({f["code"] for f in d["faults"]})), d["payload_size"]) for d in found)
    print_table("Quarantine", ("key", "codes", "bytes"), rows)


@quarantine_group.command("show")
@click.argument("key")
@click.option("--from", "folder", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Replay output.")
@json_option
def quarantine_show(key: str, folder: Path | None, as_json: bool) -> None:
    """Every fault of one refused message, with field path and code. The payload stays sealed."""
    document = next((d for d in _refused(folder) if d["key"] == key), None)
    if document is None:
        refuse([f"nothing in quarantine has the key {key}"])
    if as_json:
        print_json({k: v for k, v in document.items() if k != "payload"})
    else:
        print_table(key, ("code", "field", "detail"), ((f["code"], f["path"], f["detail"]) for f in document["faults"]))


@quarantine_group.command("replay")
@click.argument("keys", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every message in quarantine.")
@json_option
def quarantine_replay(keys: tuple[str, ...], everything: bool, as_json: bool) -> None:
    """Send refused messages through intake again; those that are in order now go to their agency's topic."""
    if not keys and not everything:
        raise click.UsageError("name keys, or --all")
    chosen = settings("kafka_bootstrap", fictional_default=True)
    journey, producer = _journey(chosen), _producer(chosen)
    counts: Counter[str] = Counter()
    for document in _refused(None):
        if everything or document["key"] in keys:
            outcome = taken_again(journey, document)
            counts["accepted" if isinstance(outcome, Accepted) else "still refused"] += 1
            if isinstance(outcome, Accepted):
                event = outcome.event
                producer.send(
                    topics.AGENCY_TOPICS[event.source_agency],
                    value=journey.parts.codec.encode_event(event),
                    key=event.source_record_id.encode(),
                ).get(timeout=30)
    producer.close()
    print_json(dict(counts)) if as_json else print_table("Replayed", tuple(counts), [tuple(counts.values())])


def taken_again(journey: Journey, document: dict[str, Any]) -> Accepted | Refused:
    """What intake says of a quarantine record's message today."""
    raw = journey.parts.keyring.unseal(document["payload"])
    topic = document["source_topic"]
    if topic in AGENCY_OF:
        return journey.intake_bytes(raw, LocalRegistry(catalogue()), AGENCY_OF[topic])
    row = next(_rows_again(journey.parts.connectors, raw, document["read_as"]), None)
    content = row.content if row is not None else ()
    return Refused(content) if isinstance(content, tuple) else journey.intake(content)


def _rows_again(connectors: Connectors, raw: bytes, read_as: str | None) -> Iterator[Row]:
    """What was a row of a file, read as its connector describes it today. None, if that connector is gone."""
    connector = connectors.named(read_as) if read_as else None
    if connector is None and read_as not in (None, *FORMATS):
        return iter(())
    spec = connector.source if connector is not None else SourceSpec(format=read_as or "jsonl")
    return read_rows(BytesIO(raw), spec, connectors.shapes)


def _refused(folder: Path | None) -> Iterator[dict[str, Any]]:
    """Quarantine records, from a replay's output or from the topic; the newest of each key."""
    if folder is not None:
        for row in read_source(folder / "quarantine.jsonl"):
            if isinstance(row.content, dict):
                yield {**row.content, "payload": base64.b64decode(row.content["payload"]), "source_topic": "file"}
        return
    chosen = settings("kafka_bootstrap", fictional_default=True)
    wire = Wire(_journey(chosen).parts.codec)
    found = {}
    for key, value in _read_topic(chosen, topics.QUARANTINE):
        if value is not None:
            found[key] = wire.read_quarantine(value)
    yield from found.values()


def _read_topic(chosen: Settings, topic: str) -> Iterator[tuple[bytes, bytes | None]]:
    """Everything on a topic: up to the end the broker tells, then to a moment of quiet, as some tell one too low."""
    consumer = KafkaConsumer(
        bootstrap_servers=chosen.kafka_bootstrap,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        **kafka_security(chosen).for_kafka_python(),
    )
    partitions = [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic) or ())]
    consumer.assign(partitions)
    consumer.seek_to_beginning(*partitions)
    quiet_since = time.monotonic()
    ends = consumer.end_offsets(partitions)
    while time.monotonic() - quiet_since < _QUIET_SECONDS or any(consumer.position(tp) < ends[tp] for tp in partitions):
        for records in consumer.poll(timeout_ms=200, max_records=500).values():
            for record in records:
                quiet_since = time.monotonic()
                yield record.key, record.value
    consumer.close()


@click.command("rebuild")
@json_option
def rebuild_command(as_json: bool) -> None:
    """Empty the store and rebuild it from hub.subjects.v1, the truth. Stop the workers first."""
    chosen = settings("kafka_bootstrap", "redis_url")
    done = asyncio.run(_rebuild(chosen))
    if as_json:
        print_json(done)
    else:
        print_table("Rebuilt", ("partition", "records", "subjects", "seconds"), [tuple(row.values()) for row in done])


async def _rebuild(chosen: Settings) -> list[dict[str, Any]]:
    ensured = await asyncio.to_thread(
        ensure_topics,
        str(chosen.kafka_bootstrap),
        chosen.partitions,
        kafka_security(chosen),
        max_message_bytes=chosen.max_message_bytes,
    )
    await check_store(chosen)
    parts = make_parts(chosen, str(chosen.kafka_bootstrap), ensured)
    done = []
    await check_layout(parts.store, ensured.partitions[topics.SUBJECTS])
    for partition in range(ensured.partitions[topics.SUBJECTS]):
        await parts.store.wipe(partition)
        async with open_changelog(parts.changelog()) as changelog:
            hold = await parts.store.claim(partition, 0)
            restored = await restore(hold, changelog, parts.store, parts.wire.wake_of, belongs=parts.belongs(partition))
        # Generation 0 is below every worker's, so the next owner of the partition takes over without asking.
        done.append(
            {
                "partition": partition,
                "records": restored.records,
                "subjects": await parts.store.count(partition),
                "seconds": round(restored.seconds, 2),
            }
        )
    await parts.store.close()
    return done


COMMANDS = (ingest_command, quarantine_group, rebuild_command)
