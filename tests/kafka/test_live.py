"""`hub worker` and `hub serve` on a real Kafka as agencies, stewards and operators meet them."""

from __future__ import annotations

import json

import httpx
import pytest
from kafka import KafkaProducer
from redis import Redis

from tests.integration.clients import Agency, Reader, case
from tests.integration.kills import until_quiet
from tests.integration.stage import until

pytestmark = pytest.mark.kafka


@pytest.fixture(scope="module")
def agency(pair):
    source = Agency(pair.site.cluster.bootstrap, pair.api.url)
    yield source
    source.close()


@pytest.fixture
def reader(pair):
    reader = Reader(pair.site.cluster.bootstrap, pair.api.url)
    yield reader
    reader.close()


def refused_keys(site) -> list[str]:
    return [document["key"] for document in json.loads(site.hub("quarantine", "list", "--json"))]


def test_a_stock_avro_client_reads_alerts_through_the_hubs_registry(agency, reader):
    """confluent-kafka with its AvroDeserializer, on schemas from `hub serve`: the alert of a funeral, key and value."""
    pension, funeral = case(101)
    agency.publish(pension)
    agency.publish(funeral)
    alert = reader.alert_with(funeral["event_id"], 30)
    assert (alert["rule_id"], alert["status"], alert["acting_agency"]) == ("LE-01", "OPEN", "HRSS")
    assert alert["evidence"] == [pension["event_id"], funeral["event_id"]]


def test_answers_go_round_by_kafka(agency, reader, pair):
    """An agency acknowledges, then closes: the topic and HTTP say both."""
    pension, funeral = case(102)
    agency.publish(pension)
    agency.publish(funeral)
    alert_id = reader.alert_with(funeral["event_id"], 30)["alert_id"]
    agency.answer(alert_id, "ACKED")
    assert reader.alert_with(funeral["event_id"], 30, status="ACKED")["answer"]["result"] == "ACKED"
    agency.answer(alert_id, "CONFIRMED_OK")
    assert reader.alert_with(funeral["event_id"], 30, status="CLOSED")["close_reason"] == "CONFIRMED_OK"

    def told_by_http() -> str:
        return str(httpx.get(f"{pair.api.url}/v1/alerts/{alert_id}").raise_for_status().json()["status"])

    until(lambda: told_by_http() == "CLOSED", 30)


def test_files_are_ingested_and_bad_rows_go_to_quarantine(reader, pair, tmp_path):
    """`hub ingest` puts good rows on their agencies' topics; a bad one is in quarantine, with every reason."""
    pension, funeral = case(103)
    bad = {**case(104)[1], "bank_account": "1", "region_code": "999999"}
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(f"{json.dumps(row)}\n" for row in (pension, funeral, bad)))
    counts = json.loads(pair.site.hub("ingest", str(file), "--json"))
    assert counts == {"rows": 3, "accepted": 2, "quarantined": 1}
    assert reader.alert_with(funeral["event_id"], 30)["status"] == "OPEN"
    assert "file:rows.jsonl:3" in refused_keys(pair.site)
    shown = json.loads(pair.site.hub("quarantine", "show", "file:rows.jsonl:3", "--json"))
    assert len(shown["faults"]) >= 2


def test_a_refused_message_is_replayed_after_its_fault_is_mended(agency, reader, pair):
    """A message without key is refused; `hub quarantine replay` gives it one, and its alert comes."""
    pension, funeral = case(105)
    agency.publish(pension)
    before = set(refused_keys(pair.site))
    producer = KafkaProducer(bootstrap_servers=pair.site.cluster.bootstrap, acks="all")
    producer.send("agency.mca.changes.v1", value=agency.encoded(funeral), key=None).get(timeout=30)
    producer.close()
    until(lambda: set(refused_keys(pair.site)) > before, 30)
    (key,) = set(refused_keys(pair.site)) - before
    assert json.loads(pair.site.hub("quarantine", "show", key, "--json"))["faults"][0]["code"] == "NULL_KEY"
    assert json.loads(pair.site.hub("quarantine", "replay", key, "--json")) == {"accepted": 1}
    assert reader.alert_with(funeral["event_id"], 30)["rule_id"] == "LE-01"


def test_the_store_is_rebuilt_by_command(pair):
    """`hub rebuild` after FLUSHALL, workers stopped: every state, wake-up and marker as before; the worker goes on."""
    site = pair.site
    assert pair.worker.end() == 0, pair.worker.told()
    before = until_quiet(site.redis.url, still=0.5)
    with Redis.from_url(site.redis.url) as redis:
        redis.flushall()
    rebuilt = json.loads(site.hub("rebuild", "--json"))
    assert sum(row["subjects"] for row in rebuilt) == len(before.states) > 10
    assert until_quiet(site.redis.url, still=0.5) == before
    with site.worker("again") as worker:
        worker.ready()
        assert worker.end() == 0, worker.told()
