"""Why a Kafka cannot be reached as configured: what a client library would retry in silence until it gives up.

Each broker address is tried with a bare connection. Only what waiting cannot mend is a fault; a broker that is not
there yet is none. Nothing told here holds a password.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Iterator, Sequence
from typing import Any

from aiokafka.conn import create_conn
from aiokafka.errors import KafkaConnectionError, KafkaError
from aiokafka.helpers import create_ssl_context
from aiokafka.protocol.metadata import MetadataRequest

from hub.runtime.broker import answers
from hub.runtime.security import KafkaSecurity
from hub.tls import handshake, speaks_tls

_SECONDS = 5.0
_PREFIX = "HUB_KAFKA_SECURITY_"


def faults_of(bootstrap: str, security: KafkaSecurity) -> list[str]:
    """What is wrong between us and these addresses. Blocking; not for the thread of an event loop."""
    addresses = [_split(address.strip()) for address in bootstrap.split(",")]
    transport = [fault for host, port in addresses for fault in _transport_faults(host, port, security)]
    return transport or asyncio.run(_access_faults(addresses, security))


def refusal(error: BaseException, security: KafkaSecurity) -> str:
    """A refusal of the broker in words: the type's name says which right is missing."""
    name = type(error).__name__
    if "Sasl" in name or "Authentication" in name:
        asked = ", ".join(f"{_PREFIX}{part}" for part in ("USERNAME", "PASSWORD_FILE", "SASL_MECHANISM"))
        return f"the user {security.username}, its password or the mechanism is not accepted ({asked})"
    if "Authorization" in name:
        return f"the user {security.username} may not do this ({name}); its rights are in deploy/acl"
    return name


def _split(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)


async def _access_faults(addresses: Sequence[tuple[str, int]], security: KafkaSecurity) -> list[str]:
    """Log in at the first broker that is there, and ask something."""
    for host, port in addresses:
        try:
            conn = await create_conn(host, port, request_timeout_ms=int(_SECONDS * 1000), **_options(security))
        except (OSError, TimeoutError, KafkaConnectionError):
            continue  # not there, or not yet: waiting may help
        except KafkaError as error:
            return [f"Kafka at {host}:{port}: {refusal(error, security)}"]
        try:
            await conn.send(MetadataRequest([]))
        except (KafkaError, asyncio.CancelledError):
            # It lets nobody ask who has not logged in.
            return [
                f"Kafka at {host}:{port} hung up on us: {_PREFIX}PROTOCOL is {security.protocol}; is it a SASL one?"
            ]
        finally:
            conn.close()
        return []
    return []


def _options(security: KafkaSecurity) -> dict[str, Any]:
    return {**security.for_aiokafka(), "client_id": "resident-hub"}


def _transport_faults(host: str, port: int, security: KafkaSecurity) -> Iterator[str]:
    if "SSL" in security.protocol:
        yield from _tls_faults(host, port, security)
    elif _connects(host, port) and not answers(port, _SECONDS, host) and speaks_tls(host, port, _SECONDS):
        said = f"{_PREFIX}PROTOCOL must be SSL or SASL_SSL, not {security.protocol}"
        yield f"Kafka at {host}:{port} speaks TLS only: {said}"


def _tls_faults(host: str, port: int, security: KafkaSecurity) -> Iterator[str]:
    context = create_ssl_context(cafile=security.ca_file, certfile=security.cert_file, keyfile=security.key_file)
    try:
        handshake(host, port, context, _SECONDS)
    except ssl.SSLCertVerificationError as error:
        yield (
            f"Kafka at {host}:{port} shows a certificate we do not trust ({error.verify_message}): "
            f"{_PREFIX}CA_FILE must hold the authority that signed it, for this host name"
        )
    except ssl.SSLError as error:
        said = f"{_PREFIX}PROTOCOL is {security.protocol}"
        yield f"Kafka at {host}:{port} does not speak TLS as we do ({error.reason}): {said}"
    except OSError:
        return  # not there, or not yet


def _connects(host: str, port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=_SECONDS):
        return True
    return False
