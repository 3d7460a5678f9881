"""The validator: every fault there is, all of them at once, and none of the values."""

import copy
import json
import time

import msgspec
import pytest
from schema_samples import PERSON, UNIT, event

from hub.domain.event import Code, Event, Fault
from hub.schema.validate import MAX_FAULTS


def faults_of(validator, obj, **kwargs):
    found = validator.check(obj, **kwargs)
    assert isinstance(found, tuple), "the event was accepted"
    return {(fault.path, fault.code) for fault in found}


def put(obj, path, value):
    """Set one value by its path; numbers are list positions."""
    *parents, last = path.split(".")
    for part in parents:
        obj = obj[int(part)] if part.isdigit() else obj[part]
    obj[last] = value


def test_the_contracts_example_is_an_event(validator):
    """The example of contract 1 is accepted and keeps every value."""
    found = validator.check(event())
    assert isinstance(found, Event)
    assert found.record_time == 1772413200000
    assert found.subject.name == "王伟"
    assert found.payload["handled_kind"] == "CREMATION"


@pytest.mark.parametrize(
    ("event_type", "path", "value", "code"),
    [
        ("mca.deceased_handled", "event_id", "", Code.MISSING),
        ("mca.deceased_handled", "event_id", "x" * 65, Code.TOO_LONG),
        ("mca.deceased_handled", "event_id", None, Code.MISSING),
        ("mca.deceased_handled", "event_id", 7, Code.TYPE),
        ("mca.deceased_handled", "event_type", "mca.nothing", Code.UNKNOWN_EVENT_TYPE),
        ("mca.deceased_handled", "event_type", ["mca.deceased_handled"], Code.TYPE),
        ("mca.deceased_handled", "schema_version", 2, Code.UNKNOWN_SCHEMA_VERSION),
        ("mca.deceased_handled", "schema_version", 0, Code.RANGE),
        ("mca.deceased_handled", "schema_version", True, Code.TYPE),
        ("mca.deceased_handled", "schema_version", 1.0, Code.TYPE),
        ("mca.deceased_handled", "source_agency", "PSB", Code.WRONG_AGENCY),
        ("mca.deceased_handled", "source_agency", "XYZ", Code.UNKNOWN_CODE),
        ("mca.deceased_handled", "sub_source", "TAX", Code.UNKNOWN_CODE),
        ("mca.deceased_handled", "sub_source", "", Code.UNKNOWN_CODE),
        ("mca.deceased_handled", "source_org", " \u3000", Code.MISSING),
        ("mca.deceased_handled", "source_seq", -1, Code.RANGE),
        ("mca.deceased_handled", "source_seq", 2**63, Code.RANGE),
        ("mca.deceased_handled", "source_seq", "1", Code.TYPE),
        ("mca.deceased_handled", "op", "create", Code.UNKNOWN_CODE),
        ("mca.deceased_handled", "business_time", "2026-02-29", Code.FORMAT),
        ("mca.deceased_handled", "business_time", "20260301", Code.FORMAT),
        ("mca.deceased_handled", "business_time", "2026-W10-1", Code.FORMAT),
        ("mca.deceased_handled", "business_time", "２０２６-03-01", Code.FORMAT),
        ("mca.deceased_handled", "record_time", "2026-03-02T09:00:00", Code.FORMAT),
        ("mca.deceased_handled", "record_time", "2026-03-02 09:00:00+08:00", Code.FORMAT),
        ("mca.deceased_handled", "record_time", "2026-03-02T25:00:00+08:00", Code.FORMAT),
        ("mca.deceased_handled", "record_time", "2026-03-02T09:00:00+99:00", Code.FORMAT),
        ("mca.deceased_handled", "record_time", "0001-01-01T00:00:00+08:00", Code.RANGE),
        ("mca.deceased_handled", "record_time", 1772413200000, Code.TYPE),
        ("mca.deceased_handled", "region_code", "429899", Code.UNKNOWN_REGION),
        ("mca.deceased_handled", "region_code", "", Code.UNKNOWN_REGION),
        ("mca.deceased_handled", "subject", None, Code.SUBJECT_REQUIRED),
        ("mca.deceased_handled", "subject", "王伟", Code.TYPE),
        ("mca.deceased_handled", "subject.id_type", "ID", Code.UNKNOWN_CODE),
        ("mca.deceased_handled", "subject.id_no", "9" * 501, Code.TOO_LONG),
        ("mca.deceased_handled", "subject.id_no", None, Code.MISSING),
        ("mca.deceased_handled", "subject.name", "", Code.MISSING),
        ("mca.deceased_handled", "subject.name", "王\ud83d", Code.FORMAT),
        ("mca.deceased_handled", "subject.sex", "3", Code.UNKNOWN_CODE),
        ("mca.deceased_handled", "subject.birth_date", "1960-02-30", Code.FORMAT),
        ("mca.deceased_handled", "payload", None, Code.MISSING),
        ("mca.deceased_handled", "payload", [], Code.TYPE),
        ("mca.deceased_handled", "payload.handled_kind", {"a": 1}, Code.TYPE),
        ("mca.deceased_handled", "payload.applicant_relation", "98", Code.UNKNOWN_CODE),
        ("mca.deceased_handled", "payload.colour", "red", Code.UNKNOWN_FIELD),
        ("mca.deceased_handled", "payload.religion", "x", Code.DENIED_FIELD),
        ("mca.aid_granted", "payload.household_size", 0, Code.RANGE),
        ("mca.aid_granted", "payload.household_size", 2**31, Code.RANGE),
        ("mca.aid_granted", "payload.members", {}, Code.TYPE),
        ("hrss.eligibility_verified", "payload.in_person", 1, Code.TYPE),
        ("hrss.pension_granted", "payload.first_month", "202613", Code.FORMAT),
        ("hrss.pension_granted", "payload.first_month", "2026-03", Code.FORMAT),
        ("hmd.ownership_changed", "payload.unit_code", UNIT[:-1], Code.UNIT_CODE),
        ("hmd.ownership_changed", "payload.unit_code", UNIT.replace("GB", "GI"), Code.UNIT_CODE),
        ("hmd.ownership_changed", "payload.floor_area", "90,5", Code.FORMAT),
        ("hmd.ownership_changed", "payload.floor_area", "90.005", Code.FORMAT),
        ("hmd.ownership_changed", "payload.floor_area", 90.0, Code.TYPE),
        ("hmd.unit_changed", "subject", PERSON, Code.SUBJECT_NOT_ALLOWED),
        ("hmd.private_lease_filed", "payload.lessor", None, Code.MISSING),
    ],
)
def test_one_wrong_value_is_one_fault_at_its_place(validator, event_type, path, value, code):
    """Each kind of wrong value is refused at its path with its code, and with nothing else."""
    obj = event(event_type)
    put(obj, path, value)
    assert faults_of(validator, obj) == {(path, code)}


@pytest.mark.parametrize("op", ["CORRECT", "CANCEL"])
@pytest.mark.parametrize("value", [None, ""])
def test_a_correction_must_name_what_it_corrects(validator, op, value):
    """CORRECT and CANCEL without supersedes are refused."""
    obj = {**event(), "op": op, "supersedes": value}
    assert faults_of(validator, obj) == {("supersedes", Code.SUPERSEDES_REQUIRED)}


def test_an_event_on_another_agencys_topic_is_refused(validator):
    """The topic's agency must be the event's, in its type and in its source."""
    assert faults_of(validator, event(), topic_agency="PSB") == {
        ("event_type", Code.WRONG_AGENCY),
        ("source_agency", Code.WRONG_AGENCY),
    }
    assert isinstance(validator.check(event(), topic_agency="MCA"), Event)


def test_all_faults_come_at_once(validator):
    """A message with many faults, in the envelope and deep inside, shows every one of them."""
    obj = event("mca.aid_granted")
    obj.update({"op": "DELETE", "source_seq": -1, "record_time": "yesterday", "phone": "1", "extra": [{"religion": 1}]})
    del obj["legal_basis"]
    obj["subject"]["birth_date"] = "1960-13-01"
    obj["payload"]["members"] = [
        {"person": PERSON, "relation": "10"},
        {"person": {"id_type": "RIC", "name": ""}, "work_capacity": "STRONG"},
        {"person": {**PERSON, "id_no": 42, "religion": "x"}, "relation": "10"},
        None,
    ]
    assert faults_of(validator, obj) == {
        ("op", Code.UNKNOWN_CODE),
        ("source_seq", Code.RANGE),
        ("record_time", Code.FORMAT),
        ("legal_basis", Code.MISSING),
        ("subject.birth_date", Code.FORMAT),
        ("payload.members[1].person.id_no", Code.MISSING),
        ("payload.members[1].person.name", Code.MISSING),
        ("payload.members[1].relation", Code.MISSING),
        ("payload.members[1].work_capacity", Code.UNKNOWN_CODE),
        ("payload.members[2].person.id_no", Code.TYPE),
        ("payload.members[2].person.religion", Code.DENIED_FIELD),
        ("payload.members[3]", Code.MISSING),
        ("phone", Code.DENIED_FIELD),
        ("extra", Code.UNKNOWN_FIELD),
        ("extra[0].religion", Code.DENIED_FIELD),
    }


def test_the_envelope_of_an_unknown_type_is_checked_too(validator):
    """An unknown event type does not hide other faults, nor denied fields in a payload nobody knows."""
    obj = {**event(), "event_type": "mca.nothing", "source_seq": -1, "payload": {"a": {"religion": 1}}}
    assert faults_of(validator, obj) == {
        ("event_type", Code.UNKNOWN_EVENT_TYPE),
        ("source_seq", Code.RANGE),
        ("payload.a.religion", Code.DENIED_FIELD),
    }


@pytest.mark.parametrize("obj", [None, [], "text", 7, True])
def test_what_is_no_object_is_refused(validator, obj):
    """Anything but a JSON object is one TYPE fault."""
    assert faults_of(validator, obj) == {("", Code.TYPE)}


def test_faults_never_hold_a_value(validator):
    """No value appears in a fault, not even when it is sent as the name of a field."""
    canary = "429801196003150017"
    obj = event()
    obj["subject"] = dict.fromkeys(obj["subject"], canary * 40)
    obj["payload"] = dict.fromkeys(obj["payload"], canary) | {f"x{canary}": 1, canary: {f"phone{canary}": 1}, "王伟": 1}
    obj.update(dict.fromkeys(["record_time", "op", "region_code", "event_type", "source_agency"], canary))
    shown = str(validator.check(obj))
    assert "42980" not in shown
    assert "王伟" not in shown


def test_the_number_of_faults_is_bounded(validator):
    """A message made of faults yields a list that a quarantine record can carry, and says that there are more."""
    found = validator.check({**event(), **{f"field_{'a' * i}": 1 for i in range(300)}})
    assert len(found) == MAX_FAULTS + 1
    assert found[-1] == Fault(Code.MORE_FAULTS, "", "100 more")


def test_deep_nesting_ends_in_faults(validator):
    """An unknown field nested far deeper than anybody reads is refused without an exception."""
    deep: object = 1
    for _ in range(5000):
        deep = {"a": deep}
    assert faults_of(validator, {**event(), "extra": deep}) == {("extra", Code.UNKNOWN_FIELD)}


def test_doubtful_content_is_accepted(validator):
    """Wrong or empty person numbers and strange names pass: they are judged later, not refused."""
    for number in ("", "无", "429801196003150012", "4.29801E+17", " "):
        obj = event()
        obj["subject"].update({"id_no": number, "name": "张□"})
        assert validator.check(obj).subject.id_no == number


def test_absent_null_and_empty_optional_text_are_the_same_event(validator):
    """Optional fields may be left out, null, or (text) empty: the event is one and the same."""
    without = event()
    for name in ("death_cert_no", "applicant", "applicant_relation"):
        del without["payload"][name]
    del without["sub_source"], without["supersedes"]
    empty = copy.deepcopy(event())
    empty["payload"]["death_cert_no"] = ""
    expected = msgspec.json.encode(validator.check(event()))
    assert msgspec.json.encode(validator.check(without)) == expected
    assert msgspec.json.encode(validator.check(empty)) == expected


def test_times_with_any_offset_are_the_same_moment(validator):
    """The same moment written with different offsets gives the same event."""
    texts = [
        "2026-03-02T01:00:00Z",
        "2026-03-02t01:00:00z",
        "2026-03-02T09:00:00.000+08:00",
        "2026-03-01T20:00:00-05:00",
    ]
    found = {validator.check({**event(), "record_time": text}).record_time for text in texts}
    assert found == {1772413200000}


def test_unit_codes_lose_their_blanks(validator):
    """A unit code printed in groups is stored without blanks."""
    obj = event("hmd.unit_changed")
    obj["payload"]["unit_code"] = "429801 001002 GB00001 F00030501"
    obj["payload"]["new_unit_codes"] = ["429801 001002 GB00001 F00030502"]
    found = validator.check(obj)
    assert found.payload["unit_code"] == UNIT
    assert found.payload["new_unit_codes"] == [UNIT[:-1] + "2"]


def test_a_lessor_is_a_person_or_an_organisation(validator):
    """A private lease needs a lessor of either kind."""
    obj = event("hmd.private_lease_filed")
    obj["payload"].update({"lessor": None, "lessor_org": "91429801MA0000015H"})
    assert isinstance(validator.check(obj), Event)


def test_checking_an_event_is_fast(validator):
    """A typical event is checked well below the target of 60 µs, so that validation never is the bottleneck."""
    obj = json.loads(json.dumps(event()))

    def batch():
        start = time.perf_counter()
        for _ in range(500):
            validator.check(obj)
        return (time.perf_counter() - start) / 500

    # The fastest of several batches: a busy machine can only make it slower.
    assert min(batch() for _ in range(10)) < 60e-6
