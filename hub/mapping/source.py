"""The rows of a raw file as contract objects, streaming; a bad row is a value, and the next one is read anyway."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from hub.domain.event import Code, Fault
from hub.mapping.flat import Csv
from hub.mapping.lines import MAX_LINE, Line, lines_of
from hub.mapping.shape import NO_SHAPES, Shapes
from hub.mapping.spec import Connector, SourceSpec
from hub.mapping.text import UnreadableText, decode
from hub.mapping.translate import Object, Translator

_HEADER = "the file has no usable header"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: where it begins, its bytes as they stand in the file, and the object or all reasons against it.

    Of a line that is too big, `raw` is only the beginning. `head`: the header it stands under, where there is one.
    """

    line_no: int
    raw: bytes
    content: Object | tuple[Fault, ...]
    head: bytes = b""

    @property
    def faults(self) -> tuple[Fault, ...]:
        return self.content if isinstance(self.content, tuple) else ()

    @property
    def alone(self) -> bytes:
        """The row as a file of its own."""
        return self.head + self.raw


def read_source(
    source: Path | Iterable[bytes], connector: Connector | None = None, shapes: Shapes = NO_SHAPES
) -> Iterator[Row]:
    """Every row of a file (or of bytes cut into lines), in order. Blank lines are no rows.

    Without a connector the file is in the contract's words, UTF-8, CSV if its name ends in `.csv`, else JSON lines.
    `shapes` (of `Connectors.shapes`) tell which cells of a CSV file are numbers, booleans or lists.
    """
    return read_rows(
        source, connector.source if connector is not None else SourceSpec(format=format_of(source)), shapes
    )


def read_rows(source: Path | Iterable[bytes], spec: SourceSpec, shapes: Shapes = NO_SHAPES) -> Iterator[Row]:
    """Every row of a source of this description."""
    translator = Translator(spec, shapes, flat=spec.format == "csv")
    rows = _read_csv if spec.format == "csv" else _read_json_lines
    return rows(lines_of(source), spec, translator)


def format_of(source: Path | Iterable[bytes]) -> str:
    """`csv` or `jsonl`, by its name: of a file that no connector describes."""
    return "csv" if isinstance(source, Path) and source.suffix.lower() == ".csv" else "jsonl"


def _read_json_lines(lines: Iterator[Line], spec: SourceSpec, translator: Translator) -> Iterator[Row]:
    for line in lines:
        if line.too_big or line.raw.strip():
            found = _json_object(line, spec.encoding)
            yield Row(line.no, line.raw, (found,) if isinstance(found, Fault) else translator.translate(found))


def _json_object(line: Line, encoding: str) -> dict[str, Any] | Fault:
    if line.too_big:
        return Fault(Code.TOO_BIG, "", f"more than {MAX_LINE} bytes")
    try:
        found = msgspec.json.decode(decode(line.raw, encoding, opens_file=line.no == 1))
    except UnreadableText as error:
        return Fault(Code.UNREADABLE, "", str(error))
    except (msgspec.DecodeError, RecursionError):
        return Fault(Code.UNREADABLE, "", "not JSON")
    return found if isinstance(found, dict) else Fault(Code.UNREADABLE, "", "not a JSON object")


def _read_csv(lines: Iterator[Line], spec: SourceSpec, translator: Translator) -> Iterator[Row]:
    records = iter(Csv(lines, spec.encoding, spec.delimiter))
    head = next(records, None)
    if head is None:
        return
    faults = (head.content,) if isinstance(head.content, Fault) else tuple(_header_faults(head.content, spec))
    if faults:
        yield Row(head.line_no, head.raw, faults)
    for record in records:
        if isinstance(record.content, Fault):
            content: Object | tuple[Fault, ...] = (record.content,)
        elif faults or isinstance(head.content, Fault):
            content = (Fault(Code.UNREADABLE, "", _HEADER),)
        else:
            content = _object(head.content, record.content, translator)
        yield Row(record.line_no, record.raw, content, head.raw)


def _object(header: list[str], cells: list[str], translator: Translator) -> Object | tuple[Fault, ...]:
    if any(cell and not name for name, cell in zip(header, cells, strict=True)):
        return (Fault(Code.UNREADABLE, "", "a cell stands in a column without a name"),)
    return translator.translate({name: cell for name, cell in zip(header, cells, strict=True) if name})


def _header_faults(header: list[str], spec: SourceSpec) -> Iterator[Fault]:
    """A header must be one: a data row taken for it would turn people's names into field names."""
    named = [name for name in header if name]
    if len(set(named)) != len(named):
        yield Fault(Code.UNREADABLE, "", "two columns have the same name")
    if "source_record_id" not in {spec.columns.get(name, name) for name in named}:
        yield Fault(Code.UNREADABLE, "", "the header has no column for source_record_id")
