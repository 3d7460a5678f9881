"""The author's loop: a new folder, and a sample tried while it is being written."""

import json
import shutil
from pathlib import Path

import pytest

from hub.domain.regions import load_regions
from hub.mapping.author import AuthorError, new_connector, try_sample
from hub.mapping.contract import Bench, broken_promises
from hub.mapping.load import load_connectors
from hub.mapping.shape import shapes_of
from hub.schema.catalogue import load_catalogue
from hub.schema.validate import Validator

ROOT = Path(__file__).parents[2]
SAMPLE = "mca_aid/samples/allowance_changed.json"
CATALOGUE = load_catalogue(ROOT / "schemas")
VALIDATOR = Validator(CATALOGUE, load_regions(fictional=True))


@pytest.fixture
def connectors(tmp_path):
    return Path(shutil.copytree(ROOT / "connectors", tmp_path / "connectors"))


def test_a_new_connector_is_a_folder_that_says_what_is_still_missing(connectors):
    folder = new_connector(connectors, "psb_guests", "PSB")
    text = "".join(path.read_text("utf-8") for path in folder.rglob("*.*"))
    assert "__" not in text
    said = broken_promises(connectors, VALIDATOR, shapes_of(CATALOGUE))
    assert said[0] == "psb_guests: psb.something_changed has no schema."
    assert all(sentence.startswith("psb_guests: ") for sentence in said)


@pytest.mark.parametrize(
    ("name", "agency", "why"),
    [
        ("Guests", "PSB", "no name for a connector"),
        ("../guests", "PSB", "no name for a connector"),
        ("psb_guests", "TAX", "not one of PSB"),
        ("mca_aid", "MCA", "exists already"),
    ],
)
def test_a_new_connector_touches_nothing_it_should_not(connectors, name, agency, why):
    with pytest.raises(AuthorError, match=why):
        new_connector(connectors, name, agency)


def test_a_person_in_a_connector_file_is_not_repeated(connectors):
    """Found by fuzzing: whoever pastes a person's line into a connector.toml must not find it in a build's log."""
    path = connectors / "mca_funeral" / "connector.toml"
    text = path.read_text("utf-8").replace("[source]", "[sou11010519491231002X]\n[source]", 1)
    path.write_text(text.replace('"death_date"', '"death_date", "11010519491231002X", "王伟,RIC"', 1), "utf-8")
    said = broken_promises(connectors, VALIDATOR, shapes_of(CATALOGUE))
    assert any("unknown key 'sou…'" in sentence for sentence in said)
    assert any("names '…', which the payload does not have" in sentence for sentence in said)
    assert any("names '…,RIC', which" in sentence for sentence in said)
    assert not any(person in "".join(said) for person in ("11010519491231002X", "王伟"))


def test_a_sample_can_be_tried_while_writing_it(connectors):
    loaded = load_connectors(connectors, CATALOGUE)
    bench = Bench(VALIDATOR, loaded.shapes)
    connector = loaded.named("mca_aid")
    assert connector is not None
    tried = try_sample(connector, connectors / SAMPLE, bench)
    assert tried == json.loads((connectors / SAMPLE).read_text("utf-8"))["expect"]
    text = (connectors / SAMPLE).read_text("utf-8")
    (connectors / SAMPLE).write_text(text.replace('"START"', '"BEGIN"', 1), "utf-8")
    [fault] = try_sample(connector, connectors / SAMPLE, bench)
    assert (fault.code, fault.path) == ("UNKNOWN_CODE", "payload.action")
