"""Free ports that stay free while their owner is down."""

from __future__ import annotations

import random
import socket
import threading

# Below the range from which Linux takes the ports of outgoing connections (32768 and up): a service that was killed
# must find its port free when it comes back.
_FIRST, _LAST = 10_000, 31_999
_given: set[int] = set()
_lock = threading.Lock()


def free_port() -> int:
    """A port on 127.0.0.1 that nobody listens on, and that this process was not given before."""
    with _lock:
        for _ in range(1000):
            port = random.randint(_FIRST, _LAST)  # noqa: S311 - not a secret
            if port not in _given and is_free(port):
                _given.add(port)
                return port
    raise RuntimeError(f"no free port between {_FIRST} and {_LAST}")


def is_free(port: int) -> bool:
    """True if a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
