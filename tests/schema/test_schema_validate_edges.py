"""Edges of the validator that mutation testing found unguarded: bounds, and the words an agency reads."""

import json

import pytest
from schema_samples import PERSON, UNIT, event

from hub.domain.deny_list import denied
from hub.domain.event import Code, Event, Fault
from hub.domain.regions import load_regions
from hub.schema.checks import MAX_LENGTH, compile_record
from hub.schema.validate import MAX_FAULTS, MAX_PATH, Validator

FUNERAL, AID, LEASE, TITLE = (
    "mca.deceased_handled",
    "mca.aid_granted",
    "hmd.private_lease_filed",
    "hmd.ownership_changed",
)


def told(validator, obj, **kwargs):
    """Every fault as (code, path, what is said of it)."""
    found = validator.check(obj, **kwargs)
    return [] if isinstance(found, Event) else [(fault.code, fault.path, fault.detail) for fault in found]


def with_value(event_type, path, value):
    obj = event(event_type)
    *parents, last = path.split(".")
    place = obj
    for part in parents:
        place = place[part]
    place[last] = value
    return obj


@pytest.mark.parametrize(
    ("event_type", "path", "value", "code", "detail"),
    [
        (FUNERAL, "subject", "王伟", Code.TYPE, "an object is expected"),
        (FUNERAL, "payload", [1], Code.TYPE, "an object is expected"),
        (AID, "payload.members", {"a": 1}, Code.TYPE, "a list is expected"),
        (FUNERAL, "event_id", 7, Code.TYPE, "text is expected"),
        (FUNERAL, "op", 7, Code.TYPE, "a code as text is expected"),
        (FUNERAL, "region_code", 429801, Code.TYPE, "a code as text is expected"),
        (FUNERAL, "business_time", 20260301, Code.TYPE, "YYYY-MM-DD is expected"),
        (FUNERAL, "business_time", "20260301", Code.FORMAT, "YYYY-MM-DD is expected"),
        ("hrss.pension_granted", "payload.first_month", 202603, Code.TYPE, "YYYYMM is expected"),
        ("hrss.pension_granted", "payload.first_month", "000001", Code.FORMAT, "YYYYMM is expected"),
        (TITLE, "payload.floor_area", 90.5, Code.TYPE, "a decimal number as text is expected"),
        (TITLE, "payload.floor_area", ".5", Code.FORMAT, "a decimal number as text is expected"),
        ("hrss.eligibility_verified", "payload.in_person", "true", Code.TYPE, "true or false is expected"),
        (FUNERAL, "source_seq", 1.5, Code.TYPE, "a whole number is expected"),
        (FUNERAL, "source_seq", -1, Code.RANGE, f"0 to {2**63 - 1}"),
        (FUNERAL, "record_time", 7, Code.TYPE, "an RFC 3339 time as text is expected"),
        (FUNERAL, "record_time", "2026", Code.FORMAT, "an RFC 3339 time with an offset is expected"),
        (FUNERAL, "record_time", "1800-01-01T00:00:00Z", Code.RANGE, "1900 to 2199"),
        (FUNERAL, "subject.name", "王" * 501, Code.TOO_LONG, "more than 500 characters"),
        (FUNERAL, "subject.name", " ", Code.MISSING, "empty"),
        (FUNERAL, "subject.name", "\ud83d", Code.FORMAT, "half of a surrogate pair"),
        (FUNERAL, "subject.id_type", "ID", Code.UNKNOWN_CODE, ""),
        (FUNERAL, "region_code", "9" * 501, Code.UNKNOWN_REGION, ""),
        (FUNERAL, "subject", None, Code.SUBJECT_REQUIRED, ""),
        ("hmd.unit_changed", "subject", PERSON, Code.SUBJECT_NOT_ALLOWED, "no person event"),
        (FUNERAL, "op", "CANCEL", Code.SUPERSEDES_REQUIRED, "CORRECT and CANCEL name the event they concern"),
        (FUNERAL, "source_agency", "PSB", Code.WRONG_AGENCY, "the event type is one of MCA"),
        (FUNERAL, "schema_version", 99, Code.UNKNOWN_SCHEMA_VERSION, ""),
        (LEASE, "payload.lessor", None, Code.MISSING, "one of lessor, lessor_org is required"),
        (FUNERAL, "payload.religion", "x", Code.DENIED_FIELD, None),
    ],
)
def test_a_fault_says_what_is_expected(validator, event_type, path, value, code, detail):
    """An agency's developer reads the code, the place, and in plain words what should stand there."""
    obj = with_value(event_type, path, value)
    place = "supersedes" if code == Code.SUPERSEDES_REQUIRED else path
    ((found_code, found_path, found_detail),) = told(validator, obj)
    assert (found_code, found_path) == (code, place)
    assert found_detail == detail if detail is not None else found_detail.startswith("never collected: ")


@pytest.mark.parametrize(
    ("event_type", "path", "value"),
    [
        (FUNERAL, "record_time", "1900-01-01T00:00:00+08:00"),
        (FUNERAL, "record_time", "2199-12-31T23:59:59.999+08:00"),
        (FUNERAL, "event_id", "x" * 64),
        (FUNERAL, "subject.name", "王" * 500),
        (FUNERAL, "subject.id_no", "9" * 500),
        (FUNERAL, "source_seq", 0),
        (FUNERAL, "source_seq", 2**63 - 1),
        (AID, "payload.household_size", 1),
        (AID, "payload.household_size", 2**31 - 1),
        (AID, "payload.members", [{"person": PERSON, "relation": "10"}] * 50),
        (LEASE, "payload.occupants", [PERSON] * 200),
        ("hrss.pension_granted", "payload.first_month", "202612"),
        ("hrss.pension_granted", "payload.first_month", "000101"),
        (TITLE, "payload.floor_area", "1"),
        (TITLE, "payload.floor_area", "0.5"),
        (FUNERAL, "business_time", "2024-02-29"),
    ],
)
def test_what_is_just_within_bounds_is_taken(validator, event_type, path, value):
    """The last value allowed on either side is no fault."""
    assert told(validator, with_value(event_type, path, value)) == []


@pytest.mark.parametrize(
    ("event_type", "path", "value", "code", "detail"),
    [
        (FUNERAL, "record_time", "1899-12-31T23:59:59.999+08:00", Code.RANGE, "1900 to 2199"),
        (FUNERAL, "record_time", "2200-01-01T00:00:00+08:00", Code.RANGE, "1900 to 2199"),
        (AID, "payload.members", [{"person": PERSON, "relation": "10"}] * 51, Code.TOO_LONG, "more than 50 items"),
        (LEASE, "payload.occupants", [PERSON] * 201, Code.TOO_LONG, "more than 200 items"),
        (AID, "payload.household_size", 2**31, Code.RANGE, f"1 to {2**31 - 1}"),
        (FUNERAL, "source_seq", 2**63, Code.RANGE, f"0 to {2**63 - 1}"),
    ],
)
def test_what_is_just_beyond_bounds_is_not(validator, event_type, path, value, code, detail):
    """The first value not allowed is one fault, which says what the bounds are."""
    assert told(validator, with_value(event_type, path, value)) == [(code, path, detail)]


def test_a_list_that_is_too_long_is_read_to_its_limit(validator):
    """What stands beyond the limit costs nothing and is told of nowhere."""
    obj = with_value(AID, "payload.members", [{"person": PERSON, "relation": "10"}] * 49 + [None, None])
    assert told(validator, obj) == [
        (Code.TOO_LONG, "payload.members", "more than 50 items"),
        (Code.MISSING, "payload.members[49]", ""),
    ]


def test_a_forbidden_field_is_found_however_it_is_hidden(validator):
    """In lists within lists, in values of the wrong type, beside others; and every one of them, with its place."""
    obj = event(AID)
    obj["extra"] = [[{"religion": 1}], 7, {"a": {"b": [{"colour": 1, "religion": {"religion": 2}}]}}]
    obj["source_seq"] = {"religion": 1}
    obj["payload"]["household_size"] = [{"religion": 1}]
    obj["payload"]["members"] = {"religion": 1}
    obj["record_time"] = {"religion": 1}
    obj["op"] = {"religion": 1}
    obj["region_code"] = {"religion": 1}
    obj["business_time"] = {"religion": 1}
    obj["event_id"] = {"religion": 1}
    found = {path for code, path, _ in told(validator, obj) if code == Code.DENIED_FIELD}
    assert found == {
        "extra[0][0].religion",
        "extra[2].a.b[0].religion",
        "extra[2].a.b[0].religion.religion",
        "source_seq.religion",
        "payload.household_size[0].religion",
        "payload.members.religion",
        "record_time.religion",
        "op.religion",
        "region_code.religion",
        "business_time.religion",
        "event_id.religion",
    }


@pytest.mark.parametrize(("depth", "found"), [(64, True), (65, False), (900, False)])
def test_forbidden_fields_are_looked_for_sixty_four_levels_deep(validator, depth, found):
    """Deeper nobody reads; and no message can keep the hub busy by nesting."""
    in_objects, in_lists = {"religion": 1}, {"religion": 1}
    for _ in range(depth):
        in_objects, in_lists = {"a": in_objects}, [in_lists]
    for nested in (in_objects, in_lists):
        codes = [code for code, _, _ in told(validator, {**event(), "extra": nested})]
        assert (Code.DENIED_FIELD in codes) is found


def test_the_names_of_unknown_fields_are_shown_unless_they_may_be_data(validator):
    """A developer must find the field; but a name full of digits or of anything else may be somebody's number."""
    names = ["colour", "_x1", "year_2026", "year_20261", "a b", "x" * 64, "x" * 65, "王伟", ""]
    found = told(validator, {**event(), **dict.fromkeys(names, 1)})
    assert [path for _, path, _ in found] == ["colour", "_x1", "year_2026", "?", "?", "x" * 64, "?", "?", "?"]
    assert {code for code, _, _ in found} == {Code.UNKNOWN_FIELD}
    inside = event()
    inside["payload"]["a b"] = inside["subject"]["colour"] = 1
    assert [path for _, path, _ in told(validator, inside)] == ["subject.colour", "payload.?"]


def test_fault_lists_and_paths_are_cut_where_a_record_could_not_carry_them(validator):
    """Two hundred faults and three hundred characters are kept whole; what is more is counted or cut."""
    letters = ["".join(chr(97 + int(digit)) for digit in f"{number:03d}") for number in range(MAX_FAULTS + 1)]
    whole = validator.check({**event(), **{f"field_{name}": 1 for name in letters[:-1]}})
    assert len(whole) == MAX_FAULTS
    assert whole[-1].code == Code.UNKNOWN_FIELD
    more = validator.check({**event(), **{f"field_{name}": 1 for name in letters}})
    assert more == (*whole, Fault(Code.MORE_FAULTS, "", "1 more"))
    deep = {"religion": 1}
    for _ in range(6):
        deep = {"a" * 60: deep}
    (unknown, denied) = told(validator, {**event(), "extra": deep})
    path = ".".join(["extra", *["a" * 60] * 6, "religion"])
    assert unknown == (Code.UNKNOWN_FIELD, "extra", "")
    assert denied[:2] == (Code.DENIED_FIELD, path[:MAX_PATH] + "…")
    assert denied[2].startswith("never collected: ")
    just = {"a" * 50: {"b" * 50: {"c" * 50: {"d" * 50: {"e" * 50: {"f" * 30: {"religion": 1}}}}}}}
    assert len(told(validator, {**event(), "extra": just})[1][1]) == MAX_PATH


def test_the_topic_tells_on_both_the_type_and_the_sender(validator):
    """On a topic that is neither's, both are named; on one that is the sender's, only the type; and so on."""
    arrived = "arrived on the topic of PSB"
    both = [(Code.WRONG_AGENCY, "event_type", arrived), (Code.WRONG_AGENCY, "source_agency", arrived)]
    assert told(validator, event(), topic_agency="PSB") == both
    lying = {**event(), "source_agency": "PSB"}
    sender = (Code.WRONG_AGENCY, "source_agency", "the event type is one of MCA")
    assert told(validator, lying, topic_agency="PSB") == [sender, both[0]]
    assert told(validator, lying, topic_agency="MCA") == [
        sender,
        (Code.WRONG_AGENCY, "source_agency", "arrived on the topic of MCA"),
    ]
    unknown = {**event(), "event_type": "mca.nothing"}
    assert told(validator, unknown, topic_agency="PSB") == [(Code.UNKNOWN_EVENT_TYPE, "event_type", ""), both[1]]
    assert told(validator, unknown) == [(Code.UNKNOWN_EVENT_TYPE, "event_type", "")]
    nobody = {**event(), "source_agency": "XYZ"}
    assert told(validator, nobody, topic_agency="MCA") == [(Code.UNKNOWN_CODE, "source_agency", "")]


@pytest.mark.parametrize("blank", ["", " "])
def test_a_missing_event_type_is_one_fault(validator, blank):
    """It is empty, not unknown."""
    assert told(validator, {**event(), "event_type": blank}) == [(Code.MISSING, "event_type", "empty")]


def test_only_corrections_must_name_what_they_concern(validator):
    """CREATE and UPDATE need not; and where it is named all is well."""
    for op, supersedes in (("CREATE", None), ("UPDATE", ""), ("CORRECT", "e-1"), ("CANCEL", "e-1")):
        assert told(validator, {**event(), "op": op, "supersedes": supersedes}) == []


def test_values_are_kept_as_they_were_sent(validator):
    """All fields of the newest schema are there, those not sent as null; objects in lists as well."""
    obj = event(LEASE)
    del obj["sub_source"]
    obj["payload"]["occupants"] = [{**PERSON, "sex": "2"}]
    obj["payload"]["unit_code"] = UNIT
    kept = validator.check(json.loads(json.dumps(obj)))
    assert kept.sub_source is None
    assert kept.payload["occupants"] == [{**PERSON, "sex": "2", "birth_date": None}]
    assert kept.payload["tenant"] == {**PERSON, "sex": None, "birth_date": None}
    assert (kept.payload["lessor_org"], kept.payload["unit_code"]) == (None, UNIT)
    assert (kept.subject.name, kept.subject.sex, kept.source_seq) == ("王伟", "1", 1)


def test_sent_as_null_is_not_sent_unless_it_must_be_there(validator):
    """A null in an optional field is nothing; in a field that must be there it is missing, beside its neighbours."""
    obj = event(AID)
    obj["payload"].update({"household_size": None, "members": [], "colour": None})
    assert told(validator, obj) == [
        (Code.MISSING, "payload.household_size", ""),
        (Code.UNKNOWN_FIELD, "payload.colour", ""),
    ]


def test_what_should_be_an_object_is_searched_as_well(validator):
    """A subject, a yes or no, the payload of a type nobody knows: sent as a list, they hide nothing."""
    obj = event("hrss.eligibility_verified")
    obj["subject"] = [{"religion": 1}]
    obj["payload"]["in_person"] = {"religion": 1}
    category = "never collected: " + str(denied("religion"))
    assert told(validator, obj) == [
        (Code.TYPE, "subject", "an object is expected"),
        (Code.DENIED_FIELD, "subject[0].religion", category),
        (Code.TYPE, "payload.in_person", "true or false is expected"),
        (Code.DENIED_FIELD, "payload.in_person.religion", category),
    ]
    unknown = {**event(), "event_type": "mca.nothing", "payload": [{"religion": 1}]}
    assert told(validator, unknown) == [
        (Code.TYPE, "payload", "an object is expected"),
        (Code.DENIED_FIELD, "payload[0].religion", category),
        (Code.UNKNOWN_EVENT_TYPE, "event_type", ""),
    ]
    inside = event()
    inside["payload"]["extra"] = {"religion": 1}
    assert told(validator, inside)[1] == (Code.DENIED_FIELD, "payload.extra.religion", category)


def test_an_empty_text_is_no_lessor(validator):
    """One of two fields must be there: null and empty are both not there."""
    obj = event(LEASE)
    obj["payload"].update({"lessor": None, "lessor_org": ""})
    assert told(validator, obj) == [(Code.MISSING, "payload.lessor", "one of lessor, lessor_org is required")]


def test_an_area_has_no_more_digits_than_its_schema_allows(validator):
    """Eight before the point and two behind it."""
    assert told(validator, with_value(TITLE, "payload.floor_area", "99999999.99")) == []
    wrong = [(Code.FORMAT, "payload.floor_area", "a decimal number as text is expected")]
    assert told(validator, with_value(TITLE, "payload.floor_area", "999999999")) == wrong
    assert told(validator, with_value(TITLE, "payload.floor_area", "1.999")) == wrong


def test_a_dwelling_lies_in_a_region_that_is_known(validator, catalogue):
    """The fictional county is one to the demo, and none to a production table."""
    elsewhere = UNIT.replace("429801", "429899")
    assert told(validator, with_value(TITLE, "payload.unit_code", elsewhere)) == [
        (Code.UNIT_CODE, "payload.unit_code", "")
    ]
    real = Validator(catalogue, load_regions(fictional=False))
    codes = [code for code, path, _ in told(real, event(TITLE)) if path == "payload.unit_code"]
    assert codes == [Code.UNIT_CODE]


@pytest.mark.parametrize("unknown", range(1, 9))
def test_unknown_fields_are_told_however_many_others_are_left_out(validator, unknown):
    """As many unknown as known, or as many as are missing: one is never taken for the other."""
    names = [f"extra_{letter}" for letter in "abcdefgh"[:unknown]]
    obj = event(AID)
    obj["payload"]["members"] = [{"person": PERSON, "relation": "10", **dict.fromkeys(names, 1)}]
    obj["subject"] = {**dict.fromkeys(names, 1), "id_no": None}
    told_of = {(code, path) for code, path, _ in told(validator, obj)}
    for name in names:
        assert (Code.UNKNOWN_FIELD, f"payload.members[0].{name}") in told_of
        assert (Code.UNKNOWN_FIELD, f"subject.{name}") in told_of


def test_what_lies_too_deep_hides_nothing_beside_it(validator):
    """A value nested deeper than anybody reads is left, the others are read on."""
    deep = {"a": 1}
    for _ in range(70):
        deep = {"a": deep}
    for extra in ({"left": {"religion": 1}, "right": deep}, {"left": deep, "right": {"religion": 1}}):
        assert Code.DENIED_FIELD in [code for code, _, _ in told(validator, {**event(), "extra": extra})]


def test_a_forbidden_chinese_name_is_shown_where_it_is_the_lists_own(validator):
    """The agency sees which field; where more is written than the entry, nothing of it is shown."""
    found = told(validator, {**event(), "宗教": 1, "王伟的宗教": 1})
    assert [(code, path) for code, path, _ in found] == [(Code.DENIED_FIELD, "宗教"), (Code.DENIED_FIELD, "?")]


@pytest.mark.parametrize(("length", "code"), [(MAX_LENGTH, Code.DENIED_FIELD), (MAX_LENGTH + 1, Code.UNKNOWN_FIELD)])
def test_a_name_longer_than_any_field_is_only_unknown(validator, length, code):
    """Nobody searches megabytes of a field's name for words."""
    assert told(validator, {**event(), "religion_".ljust(length, "_"): 1})[0][0] == code


@pytest.mark.parametrize(("length", "taken"), [(MAX_LENGTH, True), (MAX_LENGTH + 1, False)])
def test_a_code_with_blanks_is_no_longer_than_any_text(validator, length, taken):
    """Blanks are taken out of a unit code, as far as a text may be long."""
    found = told(validator, with_value(TITLE, "payload.unit_code", UNIT.ljust(length)))
    assert found == ([] if taken else [(Code.UNIT_CODE, "payload.unit_code", "")])


def _checked(type_, value):
    """The faults of one value under a schema of one field."""
    faults = []
    field = {"name": "x", "type": type_}
    compile_record({"type": "record", "name": "r", "fields": [field]}, "", {}, {}, {})({"x": value}, "", faults)
    return [(fault.code, fault.path) for fault in faults]


def test_what_no_schema_has_yet_is_checked_as_well():
    """Texts in a list may not be blank, and a number without bounds has those of its type."""
    texts = {"type": "array", "items": "string"}
    assert _checked(texts, ["a", " "]) == [(Code.MISSING, "x[1]")]
    for type_, limit in (("int", 2**31), ("long", 2**63)):
        assert [_checked(type_, value) for value in (-limit, limit - 1)] == [[], []]
        assert [_checked(type_, value) for value in (-limit - 1, limit)] == [[(Code.RANGE, "x")]] * 2
        assert _checked({"type": type_, "max": 7}, 8) == [(Code.RANGE, "x")]
    with pytest.raises(ValueError, match="x: the contract has no JSON form for double"):
        _checked("double", 1.5)
