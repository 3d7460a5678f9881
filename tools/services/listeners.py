"""What a local broker listens on: open by default, or TLS with SCRAM passwords and ACLs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_HOST = "127.0.0.1"


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
