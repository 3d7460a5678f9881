"""Every connector folder keeps the connector contract; folders are found, not registered."""

import csv
import io
import json
from pathlib import Path

import pytest

from hub.domain.event import Event
from hub.domain.regions import load_regions
from hub.mapping.contract import Bench, Sample, broken_promises, outcome, read_sample
from hub.mapping.load import load_connectors, sample_files
from hub.mapping.shape import shapes_of
from hub.mapping.source import read_source
from hub.schema.catalogue import load_catalogue
from hub.schema.validate import Validator

ROOT = Path(__file__).parents[2]
CATALOGUE = load_catalogue(ROOT / "schemas")
VALIDATOR = Validator(CATALOGUE, load_regions(fictional=True))
CONNECTORS = load_connectors(ROOT / "connectors", CATALOGUE)
BENCH = Bench(VALIDATOR, CONNECTORS.shapes)
SAMPLES = [(connector, path) for connector in CONNECTORS.connectors for path in sample_files(connector)]


def test_no_promise_is_broken():
    assert broken_promises(ROOT / "connectors", VALIDATOR, shapes_of(CATALOGUE)) == []


def test_every_event_of_the_catalogue_has_its_connector():
    assert set(CATALOGUE.event_types) == set(CONNECTORS.event_types)
    assert len(CONNECTORS.event_types) == 34


@pytest.mark.parametrize(("connector", "path"), SAMPLES, ids=[f"{c.feed}/{p.stem}" for c, p in SAMPLES])
def test_a_sample_survives_the_way_through_a_file(connector, path, tmp_path):
    """Written as the feed writes it (its format, encoding, columns), a sample reads back as the same event."""
    sample = read_sample(connector, path)
    assert isinstance(sample, Sample)
    file = tmp_path / f"feed.{connector.source.format}"
    file.write_bytes(_as_the_feed_writes(sample))
    [row] = read_source(file, connector, CONNECTORS.shapes)
    event = VALIDATOR.check(row.content)
    assert isinstance(event, Event)
    assert outcome(sample, BENCH) == sample.expect
    assert event.event_type in connector.events


def _as_the_feed_writes(sample):
    source = sample.connector.source
    text = io.StringIO()
    if source.format == "csv":
        writer = csv.DictWriter(text, list(sample.given), delimiter=source.delimiter)
        writer.writeheader()
        writer.writerow(sample.given)
    else:
        text.write(json.dumps(sample.given, ensure_ascii=False) + "\n")
    return text.getvalue().encode(source.encoding)
