"""Logging, set up once by the edge: lines of JSON or text that cannot hold a personal value (I8).

What our own code logs is ids and codes. Three nets lie below that: an exception nobody planned is told by type and
place, never by its message; what libraries log loses its arguments; and digits that look like an identity number are
replaced wherever they stand.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
import traceback
from collections.abc import Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, TextIO

from hub.domain.times import SHANGHAI
from hub.errors import HubError

NUMBER = "[number]"
DROPPED = "[…]"
# Keys of subjects and alerts, and UUIDs, are longer runs of digits by chance; they say nothing and stay.
_IDS = r"\b(?:[a-z]{1,2}-)[0-9a-f]{32}\b|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"
_NUMBERS = r"(?<!\d)\d{6}[ -]?\d{8}[ -]?\d{3}[\dXx](?!\d)|\d{15,}[Xx]?"
_SUSPECT = re.compile(f"({_IDS})|{_NUMBERS}")
_HARMLESS = (bool, int, float, type(None))


def redact(text: str) -> str:
    """The text with every run of digits that may be an identity number replaced."""
    return _SUSPECT.sub(lambda match: match[1] or NUMBER, text)


def places(error: BaseException) -> str:
    """An exception, and those behind it, by type and place. The messages stay out: they may hold what was handled."""
    told: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        told.append(_one(current))
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return "; caused by ".join(told)


def _one(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    path = " > ".join(f"{_module(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames)
    said = f" ({error})" if isinstance(error, HubError) else ""
    return f"{type(error).__name__}{said}" + (f" at {path}" if path else "")


def _module(filename: str) -> str:
    parts = filename.replace("\\", "/").split("/")
    for root in ("site-packages", "hub"):
        if root in parts:
            return "/".join(parts[len(parts) - parts[::-1].index(root) - (root == "hub") :])
    return parts[-1]


class LineFormatter(logging.Formatter):
    """One record, one line."""

    def __init__(self, form: str) -> None:
        super().__init__()
        self._write = _json_line if form == "json" else _text_line

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, SHANGHAI).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": redact(_message(record)),
        }
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            line["error"] = redact(places(error))
        return self._write(line)


def _json_line(line: Mapping[str, str]) -> str:
    return json.dumps(line, ensure_ascii=False)


def _text_line(line: Mapping[str, str]) -> str:
    text = " ".join(line.values())
    return text.replace("\\", "\\\\").replace("\r", "\\r").replace("\n", "\\n")


def _message(record: logging.LogRecord) -> str:
    """Our own message with its arguments; of a library's only the first line, with its numbers."""
    try:
        if record.name == "hub" or record.name.startswith("hub."):
            text = str(_ours(record.msg))
            return text % _safe(record.args, _ours) if record.args else text
        if not isinstance(record.msg, str):
            return type(record.msg).__name__
        return (record.msg % _safe(record.args, _theirs) if record.args else record.msg).partition("\n")[0]
    except (TypeError, ValueError, KeyError):
        return "a log line that cannot be formatted"


def _safe(args: Any, keep: Any) -> Any:  # noqa: ANN401 - whatever a log call was given
    if isinstance(args, Mapping):
        return {name: keep(value) for name, value in args.items()}
    return tuple(keep(value) for value in args)


def _ours(value: object) -> object:
    if isinstance(value, BaseException) and not isinstance(value, HubError):
        return type(value).__name__
    return value


def _theirs(value: object) -> object:
    if isinstance(value, BaseException):
        return type(value).__name__
    return value if isinstance(value, _HARMLESS) else _Dropped()


class _Dropped:
    """Stands for an argument, whatever the placeholder asks for."""

    def __repr__(self) -> str:
        return DROPPED

    def __int__(self) -> int:
        return 0

    def __float__(self) -> float:
        return 0.0


def configure_logging(level: str = "INFO", form: str = "json", stream: TextIO | None = None) -> None:
    """Send all logging of this process to one stream (stderr), through our formatter. For the edge to call, once."""
    number = logging.getLevelNamesMapping()[level]
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(LineFormatter(form))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # Libraries warn; asked for DEBUG they inform, and never more, because below that some log whole messages.
    root.setLevel(logging.INFO if number < logging.INFO else max(number, logging.WARNING))
    logging.getLogger("hub").setLevel(number)
    _take_over_libraries()
    _catch_the_uncaught()
    # A handler that fails prints the record with its arguments.
    logging.raiseExceptions = False


def _take_over_libraries() -> None:
    """No logger but the root has a handler of its own."""
    for name in list(logging.root.manager.loggerDict):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    logging.getLogger("uvicorn.access").disabled = True  # it logs paths with their queries


def _catch_the_uncaught() -> None:
    """Python prints what nobody caught, with its message: log type and place instead."""
    log = logging.getLogger("hub.uncaught")

    def crashed(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return
        log.critical("uncaught exception", exc_info=(kind, error, trace))

    def thread_crashed(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            log.critical("a thread ended with an exception", exc_info=args.exc_value)

    def unraisable(args: Any) -> None:  # noqa: ANN401 - sys.UnraisableHookArgs exists for type checkers only
        if args.exc_value is not None:
            log.error("an exception that could not be raised", exc_info=args.exc_value)

    sys.excepthook = crashed
    threading.excepthook = thread_crashed
    sys.unraisablehook = unraisable
