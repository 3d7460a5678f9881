"""Loading the schemas, what is refused at load, and the registry that serves them."""

import io
import json
from shutil import copytree

import fastavro
import httpx
import pytest
from schema_samples import event

from hub.domain.allow_list import load_allow_list
from hub.domain.deny_list import denied
from hub.schema import avro
from hub.schema.catalogue import CatalogueError, load_catalogue
from hub.schema.codec import Decoded
from hub.schema.registry import TOPIC_SUBJECTS, RegistryDown, RemoteRegistry, registry_response

HUB_SUBJECTS = {"hub.claim", "hub.subject", "hub.resident", "hub.alert", "hub.alert_feedback", "hub.quarantine"}


@pytest.fixture
def root(schemas_root, tmp_path):
    return copytree(schemas_root, tmp_path / "schemas")


def edit(path, change):
    schema = json.loads(path.read_text(encoding="utf-8"))
    change(schema)
    path.write_text(json.dumps(schema), encoding="utf-8")


def refused(root):
    with pytest.raises(CatalogueError) as caught:
        load_catalogue(root)
    return caught.value.faults


def test_all_events_and_records_are_there(catalogue):
    """The 34 events of domain 3 and the six records of contract 2, each with its own id."""
    assert len(catalogue.event_types) == 34
    assert set(catalogue.subjects()) == {*catalogue.event_types, *HUB_SUBJECTS}
    for subject in catalogue.subjects():
        for schema in catalogue.versions(subject):
            assert catalogue.by_id(catalogue.id_of(subject, schema.version)) is schema
            assert schema.parsed["name"] == subject
    with pytest.raises(KeyError):
        catalogue.id_of("hub.alert", 99)


def test_all_events_share_one_envelope(catalogue):
    """Every event has the fields of domain 3.1, in order and of the same types."""
    envelopes = set()
    for event_type in catalogue.event_types:
        fields = catalogue.schema(event_type).parsed["fields"]
        assert fields[-1]["name"] == "payload"
        envelopes.add(json.dumps([(field["name"], field["type"]) for field in fields[:-1]]))
    assert len(envelopes) == 1


def test_optional_fields_default_to_null_and_required_ones_have_no_default(catalogue):
    """A default other than null on an optional field would invent facts."""
    for event_type in catalogue.event_types:
        for path, field in avro.fields_of(catalogue.schema(event_type).parsed):
            nullable = avro.without_null(field["type"])[1]
            assert ("default" in field) == nullable, f"{event_type} {path}"
            assert field.get("default") is None


def test_every_fault_of_the_schemas_is_told_at_once(root):
    """Duplicate and missing ids, missing doc and pii, denied names, wrong names and broken files: all in one go."""
    ids = root / "ids.toml"
    text = ids.read_text(encoding="utf-8").replace('"hub.alert".v1 = 4', '"hub.alert".v1 = 3')
    ids.write_text(text.replace('"psb.migrated_in".v1 = 103\n', ""), encoding="utf-8")
    edit(root / "hub/claim.v1.avsc", lambda schema: schema["fields"][0].pop("doc"))
    edit(root / "hub/subject.v1.avsc", lambda schema: schema["fields"][0].update(pii="C9"))
    edit(root / "agency/mca/aid_granted.v1.avsc", lambda schema: schema.update(name="aid_given"))
    deep = {"name": "religion", "type": "string", "doc": "x", "pii": "C3"}

    def add_denied(schema):
        schema["fields"][-1]["type"]["fields"].append(deep)

    edit(root / "agency/hmd/unit_changed.v1.avsc", add_denied)
    (root / "hub/broken.v1.avsc").write_text("{", encoding="utf-8")
    (root / "hub/noversion.avsc").write_text("{}", encoding="utf-8")
    faults = "\n".join(refused(root))
    for expected in (
        "id 3 stands for hub.resident v1 and for hub.alert v1",
        "no id for psb.migrated_in v1",
        "subject_key: no doc",
        "subject_key: pii must be",
        "full name must be mca.aid_granted",
        "payload.religion: must never be collected",
        "broken.v1.avsc: JSONDecodeError",
        "noversion.avsc: the file name",
    ):
        assert expected in faults


def test_a_denied_name_is_found_at_any_depth(root):
    """The deny-list holds inside members of lists as well."""

    def add(schema):
        members = next(field for field in schema["fields"][-1]["type"]["fields"] if field["name"] == "members")
        members["type"]["items"]["fields"].append({"name": "phone", "type": "string", "doc": "x", "pii": "C2"})

    edit(root / "agency/mca/aid_granted.v1.avsc", add)
    (fault,) = refused(root)
    assert "payload.members[].phone: must never be collected" in fault


def test_a_field_off_the_allow_list_is_refused(root):
    """A harmless name is no reason to collect: what domain 3 does not list cannot enter, at any depth."""

    def add(schema):
        payload = schema["fields"][-1]["type"]["fields"]
        members = next(field for field in payload if field["name"] == "members")
        members["type"]["items"]["fields"].append({"name": "shoe_size", "type": "string", "doc": "x", "pii": "C1"})
        payload.append({"name": "remark", "type": "string", "doc": "x", "pii": "C1"})
        schema["fields"].insert(0, {"name": "sender", "type": "string", "doc": "x", "pii": "C0"})

    edit(root / "agency/mca/aid_granted.v1.avsc", add)
    assert [fault.partition(": ")[2].partition(":")[0] for fault in refused(root)] == [
        "sender", "payload.members[].shoe_size", "payload.remark",
    ]  # fmt: skip
    assert all("is not on the allow-list" in fault for fault in refused(root))


def test_the_allow_list_is_what_the_schemas_hold(catalogue):
    """Nothing stands on the list that no schema has: a field given up is given up in both places."""
    listed = load_allow_list()
    held = {
        event_type: {
            path.removeprefix("payload.")
            for schema in catalogue.versions(event_type)
            for path, _ in avro.fields_of(schema.parsed)
            if path.startswith("payload.")
        }
        for event_type in catalogue.event_types
    }
    assert held == listed.events
    assert [name for name in listed.names() if denied(name)] == []


@pytest.mark.parametrize(("file", "excused"), [("hub/claim.v1.avsc", True), ("agency/hmd/unit_changed.v1.avsc", False)])
def test_only_the_hubs_own_records_may_excuse_a_name(root, file, excused):
    """`not_collected` explains a deny-listed name in a record the hub derives; in an agency's event it is no excuse."""
    field = {"name": "fingerprint", "type": "int", "default": 0, "doc": "x", "pii": "C0", "not_collected": "a digest"}
    edit(root / file, lambda schema: schema["fields"].append(field))
    if excused:
        load_catalogue(root)
    else:
        assert "fingerprint: must never be collected" in refused(root)[0]


@pytest.mark.parametrize("text", ["", "[ids", '[ids]\n"hub.alert" = 3', '[ids]\n"hub.alert".v1 = true'])
def test_a_broken_id_list_is_refused(root, text):
    """Without ids no schema may be used."""
    (root / "ids.toml").write_text(text, encoding="utf-8")
    assert len(refused(root)) >= 40


def test_an_empty_directory_is_refused(tmp_path):
    """No schemas at all is a wrong configuration, not an empty catalogue."""
    assert refused(tmp_path)


def test_the_registry_lists_subjects_with_their_topic_names(catalogue):
    """Subjects are listed by record name and, for stock clients, by topic."""
    status, body = registry_response(catalogue, "/subjects")
    assert status == 200
    assert set(body) == {*catalogue.subjects(), *TOPIC_SUBJECTS}
    assert set(TOPIC_SUBJECTS.values()) == HUB_SUBJECTS


def test_topic_subjects_have_the_id_of_the_record(catalogue):
    """hub.alerts.v1-value is hub.alert under another name."""
    _, by_topic = registry_response(catalogue, "/subjects/hub.alerts.v1-value/versions/latest")
    _, by_record = registry_response(catalogue, "/subjects/hub.alert/versions/2")
    assert by_topic == {**by_record, "subject": "hub.alerts.v1-value"}
    assert registry_response(catalogue, "/subjects/hub.alert-feedback.v1-value/versions") == (200, [1, 2])


def test_schemas_from_the_registry_read_messages(catalogue, codec, validator):
    """Stock fastavro with nothing but the registry's answer reads what the hub writes."""
    message = codec.encode_event(validator.check(event()))
    status, body = registry_response(catalogue, f"/schemas/ids/{int.from_bytes(message[1:5])}?subject=x")
    assert status == 200
    schema = fastavro.parse_schema(json.loads(body["schema"]))
    datum = fastavro.schemaless_reader(io.BytesIO(message[5:]), schema)
    assert datum["business_time"].isoformat() == "2026-03-01"
    assert datum["subject"]["name"] == "王伟"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/schemas/ids/999999", 404, 40403),
        ("/schemas/ids/x", 404, 40403),
        ("/schemas/ids/²", 404, 40403),
        ("/subjects/nobody/versions", 404, 40401),
        ("/subjects/nobody/versions/1", 404, 40401),
        ("/subjects/hub.alert/versions/99", 404, 40402),
        ("/subjects/hub.alert/versions/first", 422, 42202),
        ("/subjects/hub.alert/versions/0", 422, 42202),
        ("/", 404, 404),
        ("/config", 404, 404),
        ("/subjects/hub.alert/versions/1/../../x", 404, 404),
    ],
)
def test_registry_errors_are_confluents(catalogue, path, status, code):
    """What is not there is answered with Confluent's codes."""
    found, body = registry_response(catalogue, path)
    assert (found, body["error_code"]) == (status, code)
    assert body["message"]


def remote(handler):
    return RemoteRegistry("http://registry:8081/", httpx.Client(transport=httpx.MockTransport(handler)))


def test_a_remote_registry_is_asked_once(catalogue, codec, validator):
    """Hits are kept: one request for any number of messages; misses are asked again."""
    asked = []

    def handler(request):
        asked.append(request.url.path)
        status, body = registry_response(catalogue, request.url.path)
        return httpx.Response(status, json=body)

    source = remote(handler)
    message = codec.encode_event(validator.check(event()))
    for _ in range(3):
        assert isinstance(codec.decode(message, source), Decoded)
    assert asked == ["/schemas/ids/203"]
    assert source.schema_by_id(424242) is None
    assert source.schema_by_id(424242) is None
    assert len(asked) == 3


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500, json={"error_code": 50001, "message": "x"}),
        httpx.Response(404, text="nginx"),
        httpx.Response(404, json={"detail": "Not Found"}),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={}),
        httpx.Response(401, json={"error_code": 40101, "message": "x"}),
        httpx.ConnectError("secret-host"),
        httpx.ReadTimeout("secret-host"),
    ],
)
def test_a_registry_that_does_not_answer_is_down(answer):
    """Errors, timeouts and other people's answers are infrastructure failures and name no address."""

    def handler(request):
        if isinstance(answer, Exception):
            raise answer
        return answer

    with pytest.raises(RegistryDown) as caught:
        remote(handler).schema_by_id(1)
    assert "secret-host" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "body",
    [
        {"schema": "message X {}", "schemaType": "PROTOBUF"},
        {"schema": "not json"},
        {"schema": '"string"'},
        {"schema": '{"type": "record", "name": "x", "fields": [{"name": "y", "type": "nothing"}]}'},
    ],
)
def test_a_schema_that_is_no_avro_record_is_unknown(body):
    """The registry is up, but this id has no schema the hub can use."""
    assert remote(lambda request: httpx.Response(200, json=body)).schema_by_id(1) is None
