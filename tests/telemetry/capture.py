"""The hub's own logging in a test, and everything back as it was afterwards."""

from __future__ import annotations

import contextlib
import io
import logging
import sys
import threading
from collections.abc import Iterator

from hub.telemetry.logs import configure_logging


@contextlib.contextmanager
def captured_logs(form: str = "json") -> Iterator[io.StringIO]:
    """All logging of the process, libraries too, at its most talkative."""
    root, hub, access = logging.getLogger(), logging.getLogger("hub"), logging.getLogger("uvicorn.access")
    before = root.handlers[:], root.level, hub.level, logging.raiseExceptions, access.disabled
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook
    stream = io.StringIO()
    configure_logging("DEBUG", form, stream)
    try:
        yield stream
    finally:
        root.handlers[:], root.level, hub.level, logging.raiseExceptions, access.disabled = before
        sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
