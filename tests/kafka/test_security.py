"""Kafka with TLS, SCRAM and ACLs, Redis with TLS and users: who gets in, who does not, and what they are told."""

from __future__ import annotations

import json

import pytest
from confluent_kafka import Consumer, KafkaError, Producer
from confluent_kafka import TopicPartition as Partition
from confluent_kafka.admin import AdminClient
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import GroupAuthorizationFailedError, TopicAuthorizationFailedError
from kafka.structs import OffsetAndMetadata
from redis import Redis
from redis.exceptions import NoPermissionError

from hub.runtime import topics
from tests.integration.clients import case
from tests.integration.stage import hub_process, until
from tests.kafka.inside import hub_inside
from tests.kafka.secured import ACL, AGENCIES, FILES, USERS, SecureSite, secure_site
from tools.services.certificates import Authority
from tools.services.listeners import ADMIN

pytestmark = pytest.mark.kafka
CHANGES = {agency: topics.AGENCY_TOPICS[agency.upper()] for agency in AGENCIES}
REFUSED = KafkaError.TOPIC_AUTHORIZATION_FAILED


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with secure_site(tmp_path_factory.mktemp("secure")) as made:
        producer = KafkaProducer(**made.kafka_python(ADMIN))
        for spec in topics.TOPICS:  # something to be read, or not; it says nothing to the hub
            producer.send(spec.name, key=b"nobody", value=None, partition=0).get(timeout=30)
        producer.close()
        yield made


def write(site: SecureSite, user: str, topic: str) -> int | None:
    """Code of the error with which the broker answered a write; None if it took it."""
    told: list[KafkaError | None] = []
    producer = Producer({**site.librdkafka(user), "message.timeout.ms": 20_000})
    producer.produce(topic, key=b"key", value=b"value", on_delivery=lambda error, _: told.append(error))
    producer.flush(30)
    assert len(told) == 1
    return told[0] and told[0].code()


def may_read(site: SecureSite, user: str, topic: str) -> bool:
    """What a reader outside of any group meets: a message, or the broker's refusal of the topic or of its messages."""
    seen = AdminClient(site.librdkafka(user)).list_topics(topic, timeout=30).topics[topic]
    if seen.error is not None:
        assert seen.error.code() == REFUSED
        return False
    consumer = KafkaConsumer(enable_auto_commit=False, auto_offset_reset="earliest", **site.kafka_python(user))
    try:
        consumer.assign([TopicPartition(topic, 0)])
        consumer.seek_to_beginning(TopicPartition(topic, 0))
        until(lambda: bool(consumer.poll(timeout_ms=500)), 30)
    except TopicAuthorizationFailedError:
        return False
    finally:
        consumer.close()
    return True


def may_commit(site: SecureSite, user: str, group: str) -> bool:
    """Whether the broker takes a position of a group from this user."""
    consumer = KafkaConsumer(group_id=group, enable_auto_commit=False, **site.kafka_python(user))
    where = TopicPartition(topics.ALERTS, 0)
    try:
        consumer.assign([where])
        consumer.commit({where: OffsetAndMetadata(0, "", -1)})
    except GroupAuthorizationFailedError:
        return False
    finally:
        consumer.close()
    return True


@pytest.mark.parametrize("agency", AGENCIES)
def test_an_agency_writes_its_own_topic_and_no_other(site, agency):
    """Four producers, all ten topics each: one is open to it."""
    everywhere = [spec.name for spec in topics.TOPICS]
    open_to_it = [topic for topic in everywhere if write(site, f"{agency}-producer", topic) is None]
    assert open_to_it == [CHANGES[agency]]


@pytest.mark.parametrize("agency", AGENCIES)
def test_an_agency_reads_alerts_and_answers_and_nothing_else(site, agency):
    """States, claims, quarantine, resident records, changes (its own, too) stay shut; so do other agencies' groups."""
    user, everywhere = f"{agency}-consumer", [spec.name for spec in topics.TOPICS]
    assert [topic for topic in everywhere if may_read(site, user, topic)] == [topics.ALERTS]
    assert [topic for topic in everywhere if write(site, user, topic) is None] == [topics.FEEDBACK]
    assert write(site, user, CHANGES[agency]) == REFUSED
    groups = [*(f"{other}.desk" for other in AGENCIES), "resident-hub"]
    assert [group for group in groups if may_commit(site, user, group)] == [f"{agency}.desk"]


@pytest.mark.parametrize(
    ("topic", "readers"),
    [
        (topics.SUBJECTS, {"hub-worker"}),
        (topics.CLAIMS, {"hub-worker"}),
        (topics.QUARANTINE, {"steward"}),
        (topics.RESIDENTS, {"hub-worker"}),
    ],
)
def test_restricted_topics_have_the_readers_they_need(site, topic, readers):
    """Every user that has a file tries every restricted topic."""
    assert {user for user in USERS if may_read(site, user, topic)} == readers


def test_a_worker_runs_on_its_own_rights_alone(site, tmp_path):
    """SASL_SSL and rediss://, from an importer's row to an alert an agency reads; others do theirs."""
    pension, funeral = case(201)
    bad = {**case(202)[1], "bank_account": "1"}
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(f"{json.dumps(row)}\n" for row in (pension, funeral, bad)))
    # Transactions want more rights than single writes do; those of `hub serve` are single.
    more = {"HUB_DELIVERY": "transactional"}
    with site.process("hub-worker", "worker", **more) as worker, site.process("hub-serve", "serve") as api:
        worker.ready()
        api.ready()
        site.hub("hub-ingest", "ingest", str(file))
        consumer = Consumer({**site.librdkafka("hrss-consumer"), "group.id": "hrss.desk2"})
        consumer.assign([Partition(topics.ALERTS, number, 0) for number in range(4)])
        until(lambda: consumer.poll(0.2) is not None, 180, worker.told)
        consumer.close()
        assert len(json.loads(site.hub("steward", "quarantine", "list", "--json"))) >= 1
        assert worker.end() == 0, worker.told()
        assert api.end() == 0, api.told()
    rebuilt = json.loads(site.hub("hub-worker", "rebuild", "--json"))
    assert sum(row["subjects"] for row in rebuilt) > 0
    assert "as they should be" in site.hub("operator", "topics", "apply")
    for user in ("hub-worker", "hub-serve"):
        log = (site.folder / f"{user}.log").read_text()
        assert not [name for name, password in site.passwords.items() if password in log]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"HUB_KAFKA_SECURITY_USERNAME": "nobody"}, "the user nobody, its password or the mechanism is not accepted"),
        ({"HUB_KAFKA_SECURITY_PASSWORD_FILE": "{wrong}"}, "HUB_KAFKA_SECURITY_PASSWORD_FILE"),
        ({"HUB_KAFKA_SECURITY_SASL_MECHANISM": "PLAIN"}, "HUB_KAFKA_SECURITY_SASL_MECHANISM"),
        ({"HUB_KAFKA_SECURITY_CA_FILE": "{stranger}"}, "HUB_KAFKA_SECURITY_CA_FILE must hold the authority"),
        (
            {
                "HUB_KAFKA_SECURITY_PROTOCOL": "PLAINTEXT",
                **dict.fromkeys((f"HUB_KAFKA_SECURITY_{n}" for n in ("USERNAME", "PASSWORD_FILE", "CA_FILE")), "-"),
            },
            "speaks TLS only: HUB_KAFKA_SECURITY_PROTOCOL must be SSL or SASL_SSL",
        ),
        (
            {
                "HUB_KAFKA_SECURITY_PROTOCOL": "SSL",
                **dict.fromkeys((f"HUB_KAFKA_SECURITY_{n}" for n in ("USERNAME", "PASSWORD_FILE")), "-"),
            },
            "is it a SASL one?",
        ),
        ({"HUB_REDIS_PASSWORD_FILE": "{wrong}"}, "Redis does not accept the user hub-worker or its password"),
        ({"HUB_REDIS_CA_FILE": "{stranger}"}, "HUB_REDIS_CA_FILE must hold the authority"),
        (
            {"HUB_REDIS_URL": "redis://127.0.0.1:{redis}/0", "HUB_REDIS_CA_FILE": "-"},
            "Redis speaks TLS only: HUB_REDIS_URL must begin with rediss://",
        ),
    ],
)
def test_a_worker_that_is_refused_says_which_setting_is_wrong(site, tmp_path, changed, said):
    """Exit code 1 and the fault by its setting, at once; neither the right password nor the wrong one is told."""
    wrong = tmp_path / "wrong"
    wrong.touch(mode=0o600)
    wrong.write_text("Canary-9f2c")
    stranger = Authority(tmp_path / "stranger", "Somebody else").ca_file
    named = {"wrong": wrong, "stranger": stranger, "redis": site.redis.port}
    settings = {name: value.format(**named) for name, value in changed.items()}
    done = hub_inside("worker", env=site.env("hub-worker", **settings))
    assert done.returncode == 1, done.stderr
    assert said in done.stderr
    assert "Canary-9f2c" not in done.stdout + done.stderr
    assert not [user for user, password in site.passwords.items() if password in done.stdout + done.stderr]


def test_a_user_without_rights_is_told_where_they_are(site):
    """An agency's user starts a worker: refused by the broker, and by name of what it may not see."""
    done = hub_inside("worker", env=site.env("psb-producer"))
    assert done.returncode == 1
    assert "psb-producer" in done.stderr
    assert "deploy/acl" in done.stderr


def test_rights_are_granted_once_shown_and_pruned(site, tmp_path):
    """Applied again nothing differs; a right given by hand is shown, stays, and goes with --prune; only admin may."""

    def told(*options: str, user: str = ADMIN) -> list[dict[str, str]]:
        return json.loads(site.hub(user, "topics", "acl", "--json", *options))["differences"]

    everything = [str(file) for file in FILES]
    assert told(*everything) == []
    more = tmp_path / "more.toml"
    more.write_text('user = "psb-producer"\n[[allow]]\ntopic = "hub.subjects.v1"\nto = ["read"]\n')
    assert [line["action"] for line in told(str(more)) if line["name"] == "hub.subjects.v1"] == ["grant"]
    psb = str(ACL / "psb-producer.toml")
    [stray] = told(psb)
    assert (stray["name"], stray["operation"], stray["action"]) == ("hub.subjects.v1", "read", "leave: in no file")
    assert may_read(site, "psb-producer", topics.SUBJECTS)
    assert told(psb, "--prune", "--dry-run") == told(psb, "--prune") != []
    assert told(psb) == []
    assert not may_read(site, "psb-producer", topics.SUBJECTS)
    refused = hub_inside("topics", "acl", str(more), env=site.env("operator"))
    assert refused.returncode == 1
    assert "the user operator may not do this (ClusterAuthorizationFailedError)" in refused.stderr


def test_faulty_acl_files_are_refused_with_every_fault(site, tmp_path):
    """Nothing is granted from files one of which cannot be right."""
    (tmp_path / "a.toml").write_text('user = "a"\n[[allow]]\ntopic = "x"\nto = ["eat"]\n[[allow]]\nto = ["read"]\n')
    (tmp_path / "b.toml").write_text("user = 1\n")
    (tmp_path / "c.toml").write_text("user =")
    done = hub_inside("topics", "acl", *(str(tmp_path / f"{n}.toml") for n in "abc"), env=site.env(ADMIN))
    assert done.returncode == 1
    assert done.stderr.count("refused:") == 4


def test_redis_users_may_do_their_own_part_only(site):
    """The API's user reads states and writes none; the worker's cannot empty the server, nor see other keys."""

    def client(user: str) -> Redis:
        return Redis.from_url(
            site.redis.url, username=user, password=site.passwords[user], ssl_ca_certs=str(site.authority.ca_file)
        )

    with client("hub-serve") as api, client("hub-worker") as worker:
        assert api.hlen("hub:{p0}:state") >= 0
        for refused in (
            lambda: api.hset("hub:{p0}:state", "k", "v"),
            lambda: worker.flushall(),
            lambda: worker.hget("other", "k"),
            lambda: worker.config_get("*"),
        ):
            with pytest.raises(NoPermissionError):
                refused()


def test_nothing_gets_in_without_tls_or_user(site):
    """The importer without a password, and a worker on an open port, reach nothing."""
    nobody = dict.fromkeys(("HUB_KAFKA_SECURITY_PASSWORD_FILE", "HUB_KAFKA_SECURITY_USERNAME"), "-")
    open_env = site.env("hub-ingest", **nobody)
    assert hub_inside("topics", "apply", env=open_env).returncode == 1
    with hub_process("worker", env=open_env, log=site.folder / "open.log") as process:
        until(lambda: "HUB_KAFKA_SECURITY_USERNAME" in process.told(), 30)
