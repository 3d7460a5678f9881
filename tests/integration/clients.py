"""Agencies and readers as the hub meets them: stock clients, and none of the hub's own code."""

from __future__ import annotations

import json
import struct
import time
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import fastavro
import httpx
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext
from kafka import KafkaProducer

from tests.builders import Desk, person, ric

ALERTS = "hub.alerts.v1"
FEEDBACK = "hub.alert-feedback.v1"
PARTITIONS = 4
desk = Desk()


class Agency:
    """A data source with a producer and an Avro library of its own; schemas come from the registry by HTTP."""

    def __init__(self, bootstrap: str, url: str, **security: Any) -> None:
        self._registry = f"{url}/registry"
        self._schemas: dict[str, tuple[int, Any]] = {}
        # The embedded broker knows no idempotent producers.
        self._producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=False, **security)

    def publish(self, event: dict[str, Any]) -> None:
        """Write one event to its agency's topic and wait for the acknowledgement."""
        self.write(event["source_agency"], event["source_record_id"], self.encoded(event))

    def write(self, agency: str, key: str, value: bytes) -> None:
        """Write anything."""
        self._producer.send(f"agency.{agency.lower()}.changes.v1", value=value, key=key.encode()).get(timeout=10)

    def answer(self, alert_id: str, result: str, agency: str = "HRSS", **more: Any) -> None:
        """Answer an alert, as the registry's schema of the feedback topic has it."""
        schema_id, schema = self._schema(f"{FEEDBACK}-value")
        given_at = datetime.fromtimestamp(time.time(), UTC)
        said = {"alert_id": alert_id, "agency": agency, "result": result, "given_at": given_at, **more}
        body = BytesIO()
        fastavro.schemaless_writer(body, schema, said)
        value = struct.pack(">bI", 0, schema_id) + body.getvalue()
        self._producer.send(FEEDBACK, value=value, key=alert_id.encode()).get(timeout=10)

    def close(self) -> None:
        self._producer.close()

    def encoded(self, event: dict[str, Any]) -> bytes:
        """An event as its schema in the registry has it, framed."""
        schema_id, schema = self._schema(event["event_type"])
        body = BytesIO()
        fastavro.schemaless_writer(body, schema, _typed(event))
        return struct.pack(">bI", 0, schema_id) + body.getvalue()

    def _schema(self, subject: str) -> tuple[int, Any]:
        if subject not in self._schemas:
            answer = httpx.get(f"{self._registry}/subjects/{subject}/versions/latest").raise_for_status().json()
            self._schemas[subject] = answer["id"], fastavro.parse_schema(json.loads(answer["schema"]))
        return self._schemas[subject]


class Reader:
    """A stock consumer with a stock Avro deserializer."""

    def __init__(self, bootstrap: str, url: str, group: str = "reader", **security: str) -> None:
        self._decode = AvroDeserializer(SchemaRegistryClient({"url": f"{url}/registry"}))
        settings = {"bootstrap.servers": bootstrap, "group.id": group, "enable.auto.commit": False}
        self._consumer = Consumer({**settings, **{name.replace("_", "."): value for name, value in security.items()}})
        self._consumer.assign([TopicPartition(ALERTS, number, 0) for number in range(PARTITIONS)])

    def alert_with(
        self, event_id: str, seconds: float = 10.0, rule: str = "LE-01", status: str | None = None
    ) -> dict[str, Any]:
        """The next alert of a rule that names this event as evidence, in that status if one is named."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            message = self._consumer.poll(0.1)
            if message is None or message.error():
                continue
            alert = self._decode(message.value(), SerializationContext(ALERTS, MessageField.VALUE))
            assert message.key().decode() == alert["alert_id"]
            wanted = alert["rule_id"] == rule and (status is None or alert["status"] == status)
            if wanted and event_id in alert["evidence"]:
                return alert
        raise AssertionError(f"no alert within {seconds} s")

    def close(self) -> None:
        self._consumer.close()


def _typed(value: Any, name: str = "") -> Any:
    """The contract's JSON as a Python program of an agency would hold it: days and moments, not texts."""
    if isinstance(value, dict):
        return {key: _typed(item, key) for key, item in value.items()}
    if isinstance(value, str) and name in ("record_time", "publish_time"):
        return datetime.fromisoformat(value)
    if isinstance(value, str) and (name.endswith("_date") or name == "business_time"):
        return date.fromisoformat(value)
    return value


def case(sequence: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """A pensioner and the news of a cremation: LE-01, without grace."""
    who = person(ric("19480611", sequence), "周建国")
    return desk.pension(who), desk.funeral(who)
