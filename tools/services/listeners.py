"""What a local broker listens on: open by default, or TLS with SCRAM passwords and ACLs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tools.services.certificates import Authority

ADMIN = "admin"
_HOST = "127.0.0.1"
_NODE = "kafka-node"
_MECHANISM = "SCRAM-SHA-512"
_SCRAM_MODULE = "org.apache.kafka.common.security.scram.ScramLoginModule"


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports of one node. `internal_open`: INTERNAL can be spoken to without security."""

    client: int
    internal: int
    controller: int
    internal_open: bool = True


class Listeners:
    """Open listeners, fit for loopback. A subclass secures them."""

    tls = False

    def properties(self, ports: Ports, advertised: int) -> dict[str, Any]:
        """Broker settings of one node's listeners."""
        protocols = self.protocols()
        return {
            "listeners": f"CLIENT://{_HOST}:{ports.client},INTERNAL://{_HOST}:{ports.internal},"
            f"CONTROLLER://{_HOST}:{ports.controller}",
            "advertised.listeners": f"CLIENT://{_HOST}:{advertised},INTERNAL://{_HOST}:{ports.internal},"
            f"CONTROLLER://{_HOST}:{ports.controller}",
            "listener.security.protocol.map": ",".join(f"{name}:{kind}" for name, kind in protocols.items()),
            "inter.broker.listener.name": "INTERNAL",
            "controller.listener.names": "CONTROLLER",
        }

    def protocols(self) -> Mapping[str, str]:
        """Security protocol of each listener."""
        return {"CLIENT": "PLAINTEXT", "INTERNAL": "PLAINTEXT", "CONTROLLER": "PLAINTEXT"}

    def scram_users(self) -> Mapping[str, str]:
        """Users that exist from the first start, with their passwords."""
        return {}

    def admin_options(self) -> dict[str, Any]:
        """How the super user connects, in kafka-python's words."""
        return {}


OPEN = Listeners()


class SecureListeners(Listeners):
    """TLS everywhere; clients with SCRAM passwords and the rights ACLs give them; nodes by certificate."""

    tls = True

    def __init__(self, authority: Authority, admin_password: str) -> None:
        self.ca_file = authority.ca_file
        self._certificate = authority.sign(_NODE)
        self._admin_password = admin_password

    def protocols(self) -> Mapping[str, str]:
        """See `Listeners.protocols`."""
        return {"CLIENT": "SASL_SSL", "INTERNAL": "SSL", "CONTROLLER": "SSL"}

    def properties(self, ports: Ports, advertised: int) -> dict[str, Any]:
        """See `Listeners.properties`."""
        return {
            **super().properties(ports, advertised),
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": self._certificate,
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": self.ca_file,
            "listener.name.internal.ssl.client.auth": "required",
            "listener.name.controller.ssl.client.auth": "required",
            "sasl.enabled.mechanisms": _MECHANISM,
            "listener.name.client.sasl.enabled.mechanisms": _MECHANISM,
            f"listener.name.client.{_MECHANISM.lower()}.sasl.jaas.config": f"{_SCRAM_MODULE} required;",
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": f"User:{ADMIN};User:CN={_NODE}",
            "allow.everyone.if.no.acl.found": "false",
        }

    def scram_users(self) -> Mapping[str, str]:
        """See `Listeners.scram_users`."""
        return {ADMIN: self._admin_password}

    def admin_options(self) -> dict[str, Any]:
        """See `Listeners.admin_options`."""
        return {
            "security_protocol": "SASL_SSL",
            "ssl_cafile": str(self.ca_file),
            "sasl_mechanism": _MECHANISM,
            "sasl_plain_username": ADMIN,
            "sasl_plain_password": self._admin_password,
        }
