"""Rows of files that were refused, and go through again after what was wrong is mended."""

from __future__ import annotations

import csv
import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from hub.bootstrap import build_journey, catalogue
from hub.cli.operators import row_out, taken_again
from hub.mapping.load import load_connectors
from hub.mapping.source import Row, format_of, read_source
from hub.pipeline.journey import Accepted, Journey, Refused
from hub.runtime import topics
from hub.runtime.wire import Wire
from tests.badinput.test_files import table
from tests.builders import Desk

JOURNEY = build_journey()
CONNECTORS = Path(__file__).parents[2] / "connectors"
SAMPLE = CONNECTORS / "hrss_medical" / "samples" / "medical_coverage_changed.json"
LIMIT = 128 * 1024


def quarantined(row: Row, read_as: str) -> dict[str, Any]:
    """The record of a refused row, as it stands on the topic."""
    wire = Wire(JOURNEY.parts.codec)
    out = row_out(JOURNEY, wire, row, f"file:x:{row.line_no}", LIMIT, read_as)
    assert out.topic == topics.QUARANTINE
    assert out.value is not None
    return wire.read_quarantine(out.value)


def mended(folder: Path, old: str, new: str) -> Journey:
    """The hub after somebody has corrected the connector's description."""
    shutil.copytree(CONNECTORS, folder / "connectors")
    path = folder / "connectors" / "hrss_medical" / "connector.toml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    connectors = load_connectors(folder / "connectors", catalogue())
    return Journey(dataclasses.replace(JOURNEY.parts, connectors=connectors))


def export(folder: Path, **cells: str) -> Path:
    """A file of the medical bureau, as spreadsheet tools write it: two rows, the second with these cells."""
    given = json.loads(SAMPLE.read_text("utf-8"))["given"]
    path = folder / "export.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(given))
        writer.writeheader()
        writer.writerows([given, {**given, **cells}])
    return path


def test_a_row_of_a_connector_goes_through_once_its_code_is_known(tmp_path: Path) -> None:
    """A code nobody had mapped: refused; mapped, the very record in quarantine is an event, header and all."""
    connector = JOURNEY.parts.connectors.named("hrss_medical")
    _, row = read_source(export(tmp_path, 险种类型="311"), connector, JOURNEY.parts.connectors.shapes)
    record = quarantined(row, "hrss_medical")
    assert isinstance(taken_again(JOURNEY, record), Refused)
    taken = taken_again(mended(tmp_path, '"310" = "EMP"', '"310" = "EMP"\n"311" = "EMP"'), record)
    assert isinstance(taken, Accepted)
    assert taken.event.event_type == "hrss.medical_coverage_changed"
    assert taken.event.payload["cover"] == "EMP"


def test_a_row_whose_header_was_not_understood_goes_through_once_it_is(tmp_path: Path) -> None:
    """The bureau renames the column of the record's number: every row is refused, and every row can come back."""
    path = export(tmp_path)
    path.write_bytes(path.read_bytes().replace("参保流水号".encode(), "参保编号".encode()))
    rows = list(read_source(path, JOURNEY.parts.connectors.named("hrss_medical"), JOURNEY.parts.connectors.shapes))
    hub = mended(tmp_path, '"参保流水号"', '"参保编号"')
    header, *others = [taken_again(hub, quarantined(row, "hrss_medical")) for row in rows]
    assert isinstance(header, Refused)  # a header is no event
    assert len(others) == 2
    assert all(isinstance(taken, Accepted) for taken in others)


def test_a_row_of_a_plain_csv_file_is_read_as_one(tmp_path: Path) -> None:
    """No connector, only a name that ends in .csv: the faults are those of the row, not that it is no JSON."""
    path = tmp_path / "funerals.csv"
    path.write_bytes(b"".join(table({**Desk().funeral(), "region_code": "999999"})))
    (row,) = read_source(path, shapes=JOURNEY.parts.connectors.shapes)
    record = quarantined(row, format_of(path))
    taken = taken_again(JOURNEY, record)
    assert isinstance(taken, Refused)
    assert [(fault.code, fault.path) for fault in taken.faults] == [(f["code"], f["path"]) for f in record["faults"]]


@pytest.mark.parametrize("read_as", ["gone", "hrss_pension"])
def test_a_row_whose_connector_is_gone_or_another_stays_refused(tmp_path: Path, read_as: str) -> None:
    """It is not read as something it is not, and nothing crashes."""
    connector = JOURNEY.parts.connectors.named("hrss_medical")
    _, row = read_source(export(tmp_path, 险种类型="311"), connector, JOURNEY.parts.connectors.shapes)
    assert isinstance(taken_again(JOURNEY, quarantined(row, read_as)), Refused)


def test_a_message_of_the_first_version_is_still_read() -> None:
    """Records that were quarantined before rows kept their header have no `read_as`, and are JSON lines."""
    raw = json.dumps(Desk().funeral()).encode()
    record = {**quarantined(Row(1, b"{", ()), "jsonl"), "payload": JOURNEY.parts.keyring.seal(raw), "read_as": None}
    assert isinstance(taken_again(JOURNEY, record), Accepted)
