"""CSV records out of lines, so that one broken record never takes others with it.

Python's csv reader would let a quote that nobody closes swallow the rest of the file. Here a record may run over a few
lines only, must have exactly the header's cells, and a record that does not come out is given up line by line.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from hub.domain.event import Code, Fault
from hub.mapping.lines import MAX_LINE, Line
from hub.mapping.text import UnreadableText, decode

MAX_LINES_OF_RECORD = 20
_STILL_OPEN = "unexpected end of data"


class Record(NamedTuple):
    """The cells of one CSV record, or why there are none; `raw` as in the file, `line_no` where it begins."""

    line_no: int
    raw: bytes
    content: list[str] | Fault


class Csv:
    """Reads records. The first one read is the header and fixes how many cells the others have."""

    def __init__(self, lines: Iterator[Line], encoding: str, delimiter: str) -> None:
        self._lines = lines
        self._again: deque[Line] = deque()
        self._encoding = encoding
        self._delimiter = delimiter
        self._width: int | None = None

    def __iter__(self) -> Iterator[Record]:
        while (line := self._next()) is not None:
            if line.too_big or line.raw.strip():
                yield self._record(line)

    def _next(self) -> Line | None:
        return self._again.popleft() if self._again else next(self._lines, None)

    def _record(self, first: Line) -> Record:
        joined = [first]
        content = self._content(joined)
        while content is None:
            line = self._next()
            if line is None or line.too_big or len(joined) == MAX_LINES_OF_RECORD:
                if line is not None:
                    self._again.appendleft(line)
                content = Fault(Code.UNREADABLE, "", "a quote is opened and not closed")
                break
            joined.append(line)
            content = self._content(joined)
        if isinstance(content, Fault):
            self._again.extendleft(reversed(joined[1:]))
            return Record(first.no, first.raw, content)
        self._width = self._width or len(content)
        return Record(first.no, b"".join(line.raw for line in joined), content)

    def _content(self, joined: list[Line]) -> list[str] | Fault | None:
        """The cells, the fault, or None while a quote is still open."""
        if joined[0].too_big or sum(len(line.raw) for line in joined) > MAX_LINE:
            return Fault(Code.TOO_BIG, "", f"more than {MAX_LINE} bytes")
        try:
            text = "".join(decode(line.raw, self._encoding, opens_file=line.no == 1) for line in joined)
            cells = next(csv.reader([text.rstrip("\r\n")], delimiter=self._delimiter, strict=True))
        except UnreadableText as error:
            return Fault(Code.UNREADABLE, "", str(error))
        except csv.Error as error:
            return None if str(error) == _STILL_OPEN else Fault(Code.UNREADABLE, "", f"not CSV: {error}")
        if self._width is not None and len(cells) != self._width:
            return Fault(Code.UNREADABLE, "", f"{len(cells)} cells, the header has {self._width}")
        return cells
