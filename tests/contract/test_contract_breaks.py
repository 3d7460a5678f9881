"""Each promise of the connector contract, broken on purpose in a copy, is reported by its own plain sentence."""

import json
import shutil
from pathlib import Path

import msgspec
import pytest

from hub.domain.event import Event
from hub.domain.regions import load_regions
from hub.mapping.contract import broken_promises
from hub.mapping.load import ConnectorFaults, load_connectors
from hub.mapping.shape import shapes_of
from hub.schema.catalogue import load_catalogue
from hub.schema.validate import Validator

ROOT = Path(__file__).parents[2]
CATALOGUE = load_catalogue(ROOT / "schemas")
SHAPES = shapes_of(CATALOGUE)
VALIDATOR = Validator(CATALOGUE, load_regions(fictional=True))


@pytest.fixture
def connectors(tmp_path):
    return Path(shutil.copytree(ROOT / "connectors", tmp_path / "connectors"))


def edit(root, file, old, new):
    path = root / file
    text = path.read_text("utf-8")
    assert old in text, f"{file} no longer contains what this test breaks"
    path.write_text(text.replace(old, new, 1), "utf-8")


# What stands in the TOML, what is put there instead, and the sentence.
AID_GRANTED_BREAKS = [
    ('entry = "aid/{decision_no}"\n', "", "'entry' is missing; say which register entry the act is about."),
    ("aid/{decision_no}", "aid/{decision}", "entry names 'decision', which the payload does not have."),
    ("aid/{decision_no}", "aid/{@record}", "entry names '@record', which is no envelope field."),
    ("aid/{decision_no}", "aid/{decision_no", "entry has a brace without its partner."),
    (
        "aid/{decision_no}",
        "aid/{consent_until}",
        "entry may stay empty: 'consent_until' is optional; add '|@source_record_id'.",
    ),
    ('subject_role = "applicant"\n', "", "'subject_role' is missing; say what the subject is to the act."),
    ('subject_role = "applicant"', 'subject_role = "boss"', "subject_role: 'boss' is not one of adopter,"),
    (
        'role = "member", keep',
        'role = "friend", keep',
        "persons, role of 'members[].person': 'friend' is not one of adopter,",
    ),
    ("members[].person", "people[].person", "persons names 'people[].person', which the payload does not have."),
    ("members[].person", "members[].relation", "persons names 'members[].relation', where no person stands."),
    ('keep = ["relation", ', "keep = [", "'members[].relation' is neither kept nor ignored."),
    (
        'keep = ["relation"',
        'keep = ["relatoin"',
        "persons keeps 'relatoin', which does not stand beside 'members[].person'.",
    ),
    ('kind = "aid"', 'kind = "clan"', "groups, kind of 'decision_no': 'clan' is not one of address, aid,"),
    ('key = "decision_no"', 'key = "decision"', "groups names 'decision', which the payload does not have."),
    ('"aid_class", ', "", "payload field 'aid_class' is neither used nor ignored."),
    ('"aid_class", ', '"aid_class", "aid_klass", ', "facts names 'aid_klass', which the payload does not have."),
    ('"aid_class", ', '"aid_class", "aid_class", ', "facts names 'aid_class' twice."),
    ('"aid_class", ', '"aid_class", "consent_no", ', "'consent_no' is both used and ignored."),
    ("consent_no = ", 'aid_code = "x"\nconsent_no = ', "ignore names 'aid_code', which the payload does not have."),
    (
        "the consent itself is kept by civil affairs; rules read how long it holds (consent_until)",
        "  ",
        "'consent_no' is ignored without a reason.",
    ),
]
TOML_BREAKS = [
    ("mca_aid", 'feed = "mca_aid"', 'feed = "mca_help"', "mca_aid: feed is 'mca_help'; it must be the folder's name."),
    ("mca_aid", 'agency = "MCA"', 'agency = "TAX"', "mca_aid: agency 'TAX' is not one of PSB, MCA, HRSS, HMD."),
    (
        "mca_aid",
        "agency.mca.ch",
        "agency.psb.ch",
        "mca_aid: topic 'agency.psb.changes.v1' is not the topic of MCA (contract 2).",
    ),
    ("mca_aid", 'cadence = "daily at 19:00"', 'cadence = ""', "mca_aid: 'cadence' is missing or empty."),
    ("mca_aid", "cadence =", "cadance =", "mca_aid: unknown key 'cadance'."),
    (
        "mca_aid",
        'persons = [{ path = "member", role = "member" }]\n',
        "",
        "mca_aid: mca.aid_changed: a person stands at 'member', but persons does not name it.",
    ),
    ("mca_aid", 'facts = ["allow', 'facst = ["allow', "mca_aid: mca.allowance_changed: unknown key 'facst'."),
    (
        "mca_aid",
        '[events."mca.allowance_changed"]',
        '[events."mca.allowances"]',
        "mca_aid: mca.allowances has no schema.",
    ),
    (
        "mca_aid",
        '[events."mca.allowance_changed"]',
        '[events."mca.allowances"]',
        "mca.allowance_changed: no connector maps this event.",
    ),
    (
        "mca_aid",
        '[events."mca.allowance_changed"]',
        '[events."hmd.unit_changed"]',
        "mca_aid: hmd.unit_changed is not an event of MCA.",
    ),
    (
        "mca_funeral",
        '[events."mca.deceased_handled"]',
        '[events."mca.eldercare_changed"]',
        "mca_funeral: mca.eldercare_changed is mapped by mca_eldercare already.",
    ),
    (
        "hmd_units",
        'entry = "unit',
        'subject_role = "owner"\nentry = "unit',
        "hmd_units: hmd.unit_changed: subject_role is given, but the event carries no subject.",
    ),
    (
        "psb_residence",
        "golden = { hukou_region = ",
        "golden = { religion = ",
        "psb_residence: psb.residence_changed: golden attribute: 'religion' is not one of household_no,",
    ),
    (
        "psb_residence",
        '{ hukou_region = "hukou_region" }',
        '{ hukou_region = "hukou" }',
        "psb_residence: psb.residence_changed: golden names 'hukou', which the payload does not have.",
    ),
    ("hmd_title", 'format = "csv"', 'format = "xls"', "hmd_title: source.format: 'xls' is not one of csv, jsonl."),
    (
        "hmd_title",
        'encoding = "gb18030"',
        'encoding = "gbk"',
        "hmd_title: source.encoding: 'gbk' is not one of gb18030, utf-8, utf-8-sig.",
    ),
    (
        "hmd_title",
        'format = "csv"',
        'format = "csv"\ndelimiter = "||"',
        "hmd_title: source.delimiter must be one character, and no quote or line end.",
    ),
    (
        "hmd_title",
        '= "payload.use"',
        '= "payload.price"',
        "hmd_title: source.columns fills 'payload.price', which no event of the feed has.",
    ),
    (
        "hmd_title",
        '= "payload.use"',
        '= "payload.action"',
        "hmd_title: source.columns fills 'payload.action' from two columns.",
    ),
    (
        "hmd_title",
        '= "payload.use"',
        '= "payload.floor"',
        "hmd_title: source.codes has a table for 'payload.use', which no column fills.",
    ),
    (
        "hmd_title",
        '"住宅" = "RESIDENTIAL"',
        '"住宅" = "HOME"',
        "hmd_title: source.codes: 'HOME' is not a code of 'payload.use'.",
    ),
    (
        "hmd_title",
        "schema_version = 1",
        "schema_version = 1.5",
        "hmd_title: source.constants: 'schema_version' must be a text, a whole number or a boolean.",
    ),
    *(("mca_aid", old, new, f"mca_aid: mca.aid_granted: {said}") for old, new, said in AID_GRANTED_BREAKS),
]


@pytest.mark.parametrize(("feed", "old", "new", "sentence"), TOML_BREAKS, ids=[case[3][:70] for case in TOML_BREAKS])
def test_a_broken_toml_is_refused_with_its_sentence(connectors, feed, old, new, sentence):
    edit(connectors, f"{feed}/connector.toml", old, new)
    with pytest.raises(ConnectorFaults) as refused:
        load_connectors(connectors, CATALOGUE)
    assert any(fault.startswith(sentence) for fault in refused.value.faults), refused.value.faults
    assert any(said.startswith(sentence) for said in broken_promises(connectors, VALIDATOR, SHAPES))


def test_every_fault_is_told_at_once(connectors):
    edit(connectors, "mca_aid/connector.toml", "cadence =", "cadance =")
    edit(connectors, "hmd_units/connector.toml", '"rooms", ', "")
    (connectors / "psb_residence" / "connector.toml").write_text("feed = ", "utf-8")
    (connectors / "empty").mkdir()
    with pytest.raises(ConnectorFaults) as refused:
        load_connectors(connectors, CATALOGUE)
    text = str(refused.value)
    assert "mca_aid: unknown key 'cadance'." in text
    assert "hmd_units: hmd.unit_changed: payload field 'rooms' is neither used nor ignored." in text
    assert "psb_residence: connector.toml is not TOML" in text
    assert "empty: there is no connector.toml." in text


def test_an_event_without_a_sample_is_reported(connectors):
    (connectors / "mca_aid" / "samples" / "aid_granted.json").unlink()
    with pytest.raises(ConnectorFaults, match=r"mca_aid: mca\.aid_granted has no sample samples/aid_granted\.json"):
        load_connectors(connectors, CATALOGUE)


def test_no_connector_at_all_is_reported(tmp_path):
    with pytest.raises(ConnectorFaults, match="there is no connector here"):
        load_connectors(tmp_path)


SAMPLE = "mca_aid/samples/allowance_changed.json"
SAMPLE_BREAKS = [
    ('"START"', '"BEGIN"', " is not valid for its schema: UNKNOWN_CODE payload.action."),
    (
        '"allowance/',
        '"benefit/',
        ': expected entry is "benefit/GL4298010077", the connector gives "allowance/GL4298010077".',
    ),
    ('"subject"]', '"owner"]', ': expected roles is ["owner"], the connector gives ["subject"].'),
    ('"mca.allowance_changed"', '"mca.eldercare_changed"', " is not valid for its schema: "),
    (
        '"4298011944',
        '"4205021944',
        ": given.subject.id_no looks like a real identifier; use the fictional prefix 4298xx.",
    ),
    (
        '"GL4298010077"',
        '"13800138000"',
        ": given.payload.item_no looks like a real identifier; use the fictional prefix 4298xx.",
    ),
    ('"expect"', '"expected"', ' must be {"given": {...}, "expect": {...}} and nothing else.'),
    ("{", "", " is not JSON."),
]


@pytest.mark.parametrize(("old", "new", "sentence"), SAMPLE_BREAKS)
def test_a_broken_sample_is_reported_with_its_sentence(connectors, old, new, sentence):
    edit(connectors, SAMPLE, old, new)
    sentence = f"mca_aid: samples/allowance_changed.json{sentence}"
    assert any(said.startswith(sentence) for said in broken_promises(connectors, VALIDATOR, SHAPES))


def test_an_expectation_left_out_is_a_difference(connectors):
    sample = json.loads((connectors / SAMPLE).read_text("utf-8"))
    del sample["expect"]["facts"]
    (connectors / SAMPLE).write_text(json.dumps(sample), "utf-8")
    [said] = broken_promises(connectors, VALIDATOR, SHAPES)
    assert said.startswith("mca_aid: samples/allowance_changed.json: expected facts is null, the connector gives {")


def test_a_sample_under_another_events_name_is_reported(connectors):
    shutil.copy(connectors / SAMPLE, connectors / "mca_aid" / "samples" / "aid_changed.other.json")
    assert broken_promises(connectors, VALIDATOR, SHAPES) == [
        "mca_aid: samples/aid_changed.other.json holds a mca.allowance_changed; the file must be named after the event."
    ]


def test_output_that_differs_from_run_to_run_is_reported(connectors):
    class Moody:
        def __init__(self):
            self.calls = 0

        def check(self, obj, *, topic_agency=None):
            self.calls += 1
            event = VALIDATOR.check(obj, topic_agency=topic_agency)
            assert isinstance(event, Event)
            return msgspec.structs.replace(event, catalogue_item=str(self.calls))

    said = broken_promises(connectors, Moody(), SHAPES)
    assert f"{SAMPLE.replace('/', ': ', 1)}: the same input twice gives different output." in said


def test_published_specimens_may_stand_in_a_sample(connectors):
    path = connectors / SAMPLE
    sample = json.loads(path.read_text("utf-8"))
    sample["given"]["subject"] |= {"id_no": "11010519491231002X", "birth_date": "1949-12-31"}
    path.write_text(json.dumps(sample), "utf-8")
    assert broken_promises(connectors, VALIDATOR, SHAPES) == []


README_BREAKS = [
    ("- **Owner**", "- Owner", "mca_aid: README.md does not state '- **Owner**: ...'."),
    ("daily at 19:00", "now and then", "mca_aid: README.md and connector.toml differ in 'cadence'."),
    ("- **Delivery**", "- Sent", "mca_aid: README.md does not state '- **Delivery**: ...'."),
    ("## Known quirks", "## Remarks", "mca_aid: README.md has no list under '## Known quirks'."),
]


@pytest.mark.parametrize(("old", "new", "sentence"), README_BREAKS)
def test_a_readme_that_leaves_something_out_is_reported(connectors, old, new, sentence):
    edit(connectors, "mca_aid/README.md", old, new)
    assert broken_promises(connectors, VALIDATOR, SHAPES) == [sentence]


def test_a_missing_readme_is_reported(connectors):
    (connectors / "mca_aid" / "README.md").unlink()
    assert broken_promises(connectors, VALIDATOR, SHAPES) == ["mca_aid: there is no README.md."]
