"""A secured site: Kafka with TLS, SCRAM users and the rights of `deploy/acl`, Redis with TLS and users."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.integration.stage import environment, hub_process
from tests.kafka.inside import hub_inside
from tools.services.certificates import Authority
from tools.services.kafka import KafkaCluster
from tools.services.listeners import ADMIN, SecureListeners
from tools.services.redis import RedisServer

ACL = Path(__file__).parents[2] / "deploy" / "acl"
FILES = sorted(ACL.glob("*.toml"))
USERS = [file.stem for file in FILES]
AGENCIES = ("psb", "mca", "hrss", "hmd")


@dataclass(frozen=True)
class SecureSite:
    """Services, who may use them, and the environment of a hub process that does as somebody."""

    folder: Path
    authority: Authority
    cluster: KafkaCluster
    redis: RedisServer
    passwords: dict[str, str]

    def env(self, user: str, **settings: str) -> dict[str, str]:
        """What a hub process is told that runs as this user."""
        usual = {
            "HUB_KAFKA_BOOTSTRAP": self.cluster.bootstrap,
            "HUB_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "HUB_KAFKA_SECURITY_USERNAME": user,
            "HUB_KAFKA_SECURITY_PASSWORD_FILE": str(self.password_file(user)),
            "HUB_KAFKA_SECURITY_CA_FILE": str(self.authority.ca_file),
            "HUB_SESSION_TIMEOUT_SECONDS": "6",
            **self.redis_access(user if user == "hub-serve" else "hub-worker"),
        }
        told = environment(self.folder, **{**usual, **settings})
        return {name: value for name, value in told.items() if value != "-"}  # "-": not set

    def redis_access(self, user: str) -> dict[str, str]:
        """Settings with which Redis lets this user in."""
        return {
            "HUB_REDIS_URL": self.redis.url,
            "HUB_REDIS_USERNAME": user,
            "HUB_REDIS_PASSWORD_FILE": str(self.password_file(user)),
            "HUB_REDIS_CA_FILE": str(self.authority.ca_file),
        }

    def hub(self, user: str, *command: str) -> str:
        """What a hub command printed, run as this user; it must succeed."""
        done = hub_inside(*command, env=self.env(user))
        assert done.returncode == 0, done.stderr
        return done.stdout

    def process(self, user: str, command: str, **settings: str) -> hub_process:
        """A hub process that stays, run as this user."""
        return hub_process(command, env=self.env(user, **settings), log=self.folder / f"{user}.log")

    def librdkafka(self, user: str) -> dict[str, str]:
        """How a stock client connects as this user, in confluent-kafka's words."""
        return {
            "bootstrap.servers": self.cluster.bootstrap,
            "security.protocol": "SASL_SSL",
            "ssl.ca.location": str(self.authority.ca_file),
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": user,
            "sasl.password": self.passwords[user],
        }

    def kafka_python(self, user: str) -> dict[str, str]:
        """The same in kafka-python's words."""
        return {
            "bootstrap_servers": self.cluster.bootstrap,
            **self.cluster.listeners.admin_options(),
            "sasl_plain_username": user,
            "sasl_plain_password": self.passwords[user],
        }

    def password_file(self, user: str) -> Path:
        file = self.folder / f"{user}.password"
        file.touch(mode=0o600)
        file.write_text(self.passwords[user] + "\n")
        return file


@contextmanager
def secure_site(folder: Path) -> Iterator[SecureSite]:
    """Everything started and every right granted, by the files that operators apply."""
    authority = Authority(folder / "authority")
    passwords = {user: secrets.token_urlsafe(18) for user in (*USERS, ADMIN)}
    users = folder / "redis.acl"
    users.write_text(redis_users((ACL / "redis.acl.in").read_text(), passwords))
    listeners = SecureListeners(authority, passwords[ADMIN])
    with (
        KafkaCluster(folder / "kafka", listeners=listeners) as cluster,
        RedisServer(folder / "redis", authority=authority, acl_file=users) as redis,
    ):
        cluster.add_users({user: passwords[user] for user in USERS})
        site = SecureSite(folder, authority, cluster, redis, passwords)
        site.hub(ADMIN, "topics", "acl", *map(str, FILES))
        site.hub("operator", "topics", "apply")
        yield site


def redis_users(template: str, passwords: dict[str, str]) -> str:
    """The template with what Redis keeps of each password."""
    for user, password in passwords.items():
        template = template.replace(f"@{user}@", hashlib.sha256(password.encode()).hexdigest())
    assert "@" not in template.replace("-@all", "").replace("+@all", "")
    return template
