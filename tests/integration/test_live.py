"""`hub up --embedded` as agencies and readers meet it: with stock clients, and none of the hub's own code."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from hub.cli.live import STAYING
from tests.integration.clients import Agency, Reader, case
from tests.integration.stage import HUB, HubProcess, environment, hub_process, run_hub, until

pytestmark = pytest.mark.broker
PROMPT_SECONDS = 2.0  # an alert without grace is on the topic before anybody could ask where it stays


def counted(up: HubProcess) -> dict[tuple[str, str, str], float]:
    """hub_events_total by (agency, event type, outcome)."""
    families = text_string_to_metric_families(httpx.get(f"{up.url}/metrics").raise_for_status().text)
    return {
        (sample.labels["agency"], sample.labels["event_type"], sample.labels["outcome"]): sample.value
        for family in families
        for sample in family.samples
        if sample.name == "hub_events_total"
    }


def answers_counted(up: HubProcess, outcome: str) -> float:
    """hub_feedback_total of one outcome, over all results."""
    families = text_string_to_metric_families(httpx.get(f"{up.url}/metrics").raise_for_status().text)
    samples = (sample for family in families for sample in family.samples if sample.name == "hub_feedback_total")
    return sum(sample.value for sample in samples if sample.labels["outcome"] == outcome)


def commands_of(hint: str) -> list[str]:
    """The indented lines: what is meant to be copied."""
    return [line.strip() for line in hint.splitlines() if line.startswith("  ")]


def typed(command: str, folder: Path) -> str:
    """What a shell in this folder prints; the command must succeed."""
    env = {**environment(folder), "PATH": f"{Path(HUB).parent}:{os.environ['PATH']}"}
    run = subprocess.run(command, shell=True, cwd=folder, env=env, capture_output=True, text=True, timeout=30)  # noqa: S602
    assert run.returncode == 0, run.stderr
    return run.stdout


def listed(up: HubProcess, event_id: str) -> list[dict[str, Any]]:
    items = httpx.get(f"{up.url}/v1/alerts", params={"rule": "LE-01", "limit": 100}).raise_for_status().json()["items"]
    return [alert for alert in items if event_id in alert["evidence"]]


@pytest.fixture(scope="module")
def up(tmp_path_factory):
    folder = tmp_path_factory.mktemp("up")
    with hub_process("up", "--embedded", env=environment(folder), log=folder / "up.log") as process:
        yield process.ready()


@pytest.fixture(scope="module")
def agency(up):
    source = Agency(up.broker, up.url)
    yield source
    source.close()


@pytest.fixture
def reader(up):
    reader = Reader(up.broker, up.url)
    yield reader
    reader.close()


def test_an_agencys_own_avro_becomes_an_alert_that_a_stock_client_reads(up, agency, reader):
    """From fastavro and kafka-python to AvroDeserializer, by the registry's schemas alone; and as fast as promised."""
    seconds = []
    for sequence in range(1, 6):
        pension, funeral = case(sequence)
        agency.publish(pension)
        began = time.monotonic()
        agency.publish(funeral)
        alert = reader.alert_with(funeral["event_id"])
        seconds.append(time.monotonic() - began)
        assert (alert["rule_id"], alert["status"], alert["acting_agency"]) == ("LE-01", "OPEN", "HRSS")
        assert alert["evidence"] == [pension["event_id"], funeral["event_id"]]
        assert alert["opened_at"] == datetime.fromisoformat(funeral["publish_time"])
    print(f"event produced -> alert read: {', '.join(f'{s * 1000:.0f}' for s in seconds)} ms")
    assert max(seconds) < PROMPT_SECONDS


def test_the_alert_is_under_v1_alerts_and_the_events_are_counted(up, agency):
    """HTTP tells the same alert, and /metrics counts both events as applied, once each."""
    before = counted(up)
    pension, funeral = case(11)
    agency.publish(pension)
    agency.publish(funeral)
    until(lambda: listed(up, funeral["event_id"]) != [], 10)
    [alert] = listed(up, funeral["event_id"])
    assert (alert["rule_id"], alert["status"]) == ("LE-01", "OPEN")
    assert httpx.get(f"{up.url}/v1/alerts/{alert['alert_id']}").json() == alert
    for name in (("HRSS", "hrss.pension_granted", "applied"), ("MCA", "mca.deceased_handled", "applied")):
        until(lambda name=name: counted(up).get(name, 0) == before.get(name, 0) + 1, 5)


def test_an_event_said_again_is_a_duplicate_and_changes_nothing(up, agency):
    """The second copy is counted as what it is, and the alert stays the same to the byte."""
    pension, funeral = case(12)
    agency.publish(pension)
    agency.publish(funeral)
    until(lambda: listed(up, funeral["event_id"]) != [], 10)
    before, alerts = counted(up), listed(up, funeral["event_id"])
    agency.publish(funeral)
    name = ("MCA", "mca.deceased_handled", "duplicate")
    until(lambda: counted(up).get(name, 0) == before.get(name, 0) + 1, 10)
    assert listed(up, funeral["event_id"]) == alerts


def test_events_by_http_go_the_same_way(up, reader):
    """POST /v1/events needs no Kafka client: the same alert comes, and a refused event hears every reason."""
    pension, funeral = case(21)
    refused = {**case(22)[1], "bank_account": "1", "region_code": "999999"}
    answer = httpx.post(f"{up.url}/v1/events", json=[pension, funeral, refused])
    results = answer.json()["results"]
    assert [result["status"] for result in results] == ["accepted", "accepted", "quarantined"]
    assert len(results[2]["faults"]) >= 2
    assert reader.alert_with(funeral["event_id"])["rule_id"] == "LE-01"


def test_answers_go_round_by_kafka_and_by_http(up, agency, reader):
    """A stock producer acknowledges, HTTP sends the alert on, Kafka closes it; readers of the topic see every step."""
    pension, funeral = case(51)
    agency.publish(pension)
    agency.publish(funeral)
    alert_id = reader.alert_with(funeral["event_id"])["alert_id"]
    agency.answer(alert_id, "ACKED")
    acked = reader.alert_with(funeral["event_id"], status="ACKED")
    assert acked["answer"]["result"] == "ACKED"
    until(lambda: listed(up, funeral["event_id"])[0]["status"] == "ACKED", 10)
    moved = {"agency": "HRSS", "result": "NOT_MINE", "owner": "MCA", "note": "家属已联系"}
    answer = httpx.post(f"{up.url}/v1/alerts/{alert_id}/feedback", json=moved)
    assert (answer.status_code, answer.json()["owner"]) == (202, "MCA")
    assert reader.alert_with(funeral["event_id"], status="OPEN")["acting_agency"] == "MCA"
    agency.answer(alert_id, "CONFIRMED_OK", "MCA")
    closed = reader.alert_with(funeral["event_id"], status="CLOSED")
    assert closed["close_reason"] == "CONFIRMED_OK"
    assert closed["muted_until"] is not None
    until(lambda: httpx.get(f"{up.url}/v1/rules").json()["items"] != [], 10)
    scores = {score["rule_id"]: score for score in httpx.get(f"{up.url}/v1/rules").json()["items"]}
    assert (scores["LE-01"]["precision"], scores["LE-01"]["shadow"]) == (0.0, False)


def test_wrong_answers_are_refused_by_kafka_and_by_http(up, agency, reader):
    """Unknown code, unknown alert, not the acting agency, closed alert: a status by HTTP, quarantine by Kafka."""
    pension, funeral = case(61)
    agency.publish(pension)
    agency.publish(funeral)
    alert_id = reader.alert_with(funeral["event_id"])["alert_id"]
    refused, accepted = answers_counted(up, "refused"), answers_counted(up, "accepted")
    agency.answer(alert_id, "PERHAPS")
    agency.answer(alert_id, "FIXED", "PSB")
    agency.answer("al-" + "0" * 32, "FIXED")
    agency.answer(alert_id, "CONFIRMED_OK")
    agency.answer(alert_id, "FIXED")
    until(lambda: answers_counted(up, "refused") == refused + 4, 10)
    assert answers_counted(up, "accepted") == accepted + 1
    reader.alert_with(funeral["event_id"], status="CLOSED")
    until(lambda: listed(up, funeral["event_id"])[0]["status"] == "CLOSED", 10)

    def post(alert: str, **said: Any) -> int:
        return httpx.post(f"{up.url}/v1/alerts/{alert}/feedback", json={"agency": "HRSS", **said}).status_code

    assert post(alert_id, result="FIXED") == 409
    assert post(alert_id, result="PERHAPS") == 422
    assert post(alert_id, result="FIXED", agency="PSB") == 403
    assert post("al-" + "0" * 32, result="FIXED") == 404


def test_messages_nobody_can_read_are_quarantined_and_the_stream_goes_on(up, agency, reader):
    """Broken bytes on an agency's topic are counted and set aside; the event after them arrives."""
    name = ("MCA", "other", "quarantined")
    before = counted(up).get(name, 0)
    for broken in (b"", b"{}", b"\x00\x00", b"\x00\xff\xff\xff\xff1"):
        agency.write("MCA", "R", broken)
    pension, funeral = case(31)
    agency.publish(pension)
    agency.publish(funeral)
    assert reader.alert_with(funeral["event_id"])["status"] == "OPEN"
    until(lambda: counted(up).get(name, 0) == before + 4, 10)


def test_what_the_demo_suggests_to_try_works(up, reader, tmp_path):
    """Every command that `hub demo` prints at its end, typed into a shell, does what it is there for."""
    pension, funeral = case(41)
    (tmp_path / "event.json").write_text(json.dumps([pension, funeral]))
    list_alerts, get_alerts, post, kcat = commands_of(STAYING.format(bootstrap=up.broker, url=up.url))
    assert '"accepted":2' in typed(post, tmp_path)
    alert_id = reader.alert_with(funeral["event_id"])["alert_id"]
    until(lambda: listed(up, funeral["event_id"]) != [], 10)
    assert alert_id in typed(list_alerts, tmp_path)
    assert len(json.loads(typed(get_alerts, tmp_path))["items"]) == 3
    if shutil.which("kcat"):
        assert alert_id in typed(kcat, tmp_path).split()


def test_a_store_may_not_outlive_the_embedded_broker(tmp_path):
    """Redis kept from an earlier life would make duplicates of all events, and no alert be told: refused at once."""
    refusal = run_hub("up", "--embedded", env=environment(tmp_path, HUB_REDIS_URL="redis://127.0.0.1:1/0"))
    assert refusal.returncode == 1
    assert "HUB_REDIS_URL" in refusal.stderr


def test_sigint_ends_everything_in_order(up):
    """Ctrl-C: exit code 0, and the broker it started is gone with it."""
    children = [int(pid) for pid in Path(f"/proc/{up.pid}/task/{up.pid}/children").read_text().split()]
    assert children
    assert up.end(signal.SIGINT) == 0, up.told()
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in children), 5)
    assert "Traceback" not in up.told()
