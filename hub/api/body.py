"""The body of POST /v1/events: one event, a list of them, or one a line; never more than fits."""

from __future__ import annotations

import msgspec
from starlette.requests import Request

from hub.api.ports import Submitted

MAX_EVENTS = 1000
_BOM = b"\xef\xbb\xbf"


class TooLarge(Exception):  # noqa: N818 - answers, not mishaps: each becomes a status
    """More bytes or events than one request may bring."""


class Unreadable(Exception):  # noqa: N818
    """Not JSON. Says where, if lines were sent; never what."""

    def __init__(self, line: int | None = None) -> None:
        super().__init__("the body is not JSON" if line is None else f"line {line} is not JSON")
        self.line = line


async def read_body(request: Request, limit: int) -> bytes:
    """The whole body. Raises TooLarge as soon as that is certain."""
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdecimal() and int(declared[:18]) > limit:
        raise TooLarge
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise TooLarge
        chunks.append(chunk)
    return b"".join(chunks)


def parse_events(body: bytes, content_type: str = "") -> list[Submitted]:
    """The events of a body, whatever each of them is. Raises Unreadable or TooLarge."""
    body = body.removeprefix(_BOM)
    lines = [(number, line) for number, line in enumerate(body.split(b"\n"), 1) if line.strip()]
    if not lines:
        raise Unreadable
    if "ndjson" in content_type or "jsonl" in content_type:
        return _each(lines)
    try:
        whole = _decode(body)
    except ValueError:
        # Nobody knows the content type of JSON lines by heart: a first line that stands alone says enough.
        return _each(lines)
    if not isinstance(whole, list):
        return [Submitted(whole, body.strip())]
    if len(whole) > MAX_EVENTS:
        raise TooLarge
    pieces = msgspec.json.decode(body, type=list[msgspec.Raw])
    return [Submitted(obj, bytes(piece)) for obj, piece in zip(whole, pieces, strict=True)]


def _each(lines: list[tuple[int, bytes]]) -> list[Submitted]:
    if len(lines) > MAX_EVENTS:
        raise TooLarge
    events: list[Submitted] = []
    for number, line in lines:
        try:
            events.append(Submitted(_decode(line), line.strip()))
        except ValueError:
            raise Unreadable(number if events else None) from None
    return events


def _decode(text: bytes) -> object:
    try:
        return msgspec.json.decode(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
