"""How to reach a secured Kafka, in the words of the two client libraries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from aiokafka.helpers import create_ssl_context


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaSecurity:
    """Connection security. The default is an open listener, fit for loopback only."""

    protocol: str = "PLAINTEXT"
    sasl_mechanism: str | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None

    def for_aiokafka(self) -> dict[str, Any]:
        """Keyword arguments of aiokafka's clients."""
        options: dict[str, Any] = {"security_protocol": self.protocol}
        if "SSL" in self.protocol:
            options["ssl_context"] = create_ssl_context(
                cafile=self.ca_file, certfile=self.cert_file, keyfile=self.key_file
            )
        return options | self._sasl()

    def for_kafka_python(self) -> dict[str, Any]:
        """Keyword arguments of kafka-python's clients."""
        options: dict[str, Any] = {"security_protocol": self.protocol}
        if "SSL" in self.protocol:
            options |= {
                "ssl_cafile": self.ca_file,
                "ssl_certfile": self.cert_file,
                "ssl_keyfile": self.key_file,
            }
        return options | self._sasl()

    def _sasl(self) -> dict[str, Any]:
        if not self.protocol.startswith("SASL"):
            return {}
        return {
            "sasl_mechanism": self.sasl_mechanism or "SCRAM-SHA-512",
            "sasl_plain_username": self.username,
            "sasl_plain_password": self.password,
        }


OPEN = KafkaSecurity()
