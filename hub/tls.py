"""Does somebody who hangs up on a greeting in the clear want TLS?"""

from __future__ import annotations

import socket
import ssl


def handshake(host: str, port: int, context: ssl.SSLContext, seconds: float) -> None:
    """Shake hands and hang up. Blocking. Raises OSError, of which `ssl.SSLError` is one."""
    with (
        socket.create_connection((host, port), timeout=seconds) as plain,
        context.wrap_socket(plain, server_hostname=host),
    ):
        pass


def speaks_tls(host: str, port: int, seconds: float) -> bool:
    """Whoever stands behind this address, trusted or not. Blocking; nothing is sent."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        handshake(host, port, context, seconds)
    except OSError:
        return False
    return True
