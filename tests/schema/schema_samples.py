"""Valid events: the contract's example, and a hypothesis strategy made from any event schema."""

import copy
from datetime import UTC, date, datetime, timedelta, timezone

from hypothesis import strategies as st

from hub.domain.code_tables import RELATION, SEX
from hub.schema import avro

EVENT = {
    "event_id": "019a8c1e-7f00-7000-8000-000000000001",
    "event_type": "mca.deceased_handled",
    "schema_version": 1,
    "source_agency": "MCA",
    "sub_source": None,
    "source_org": "11429801000000115C",
    "catalogue_item": "MCA-FUN-001",
    "source_record_id": "FH-2026-00017",
    "source_seq": 1,
    "op": "CREATE",
    "supersedes": None,
    "business_time": "2026-03-01",
    "record_time": "2026-03-02T09:00:00+08:00",
    "publish_time": "2026-03-02T09:00:05+08:00",
    "region_code": "429801",
    "legal_basis": "社会保险经办条例 第8条",
    "subject": {
        "id_type": "RIC",
        "id_no": "429801196003150017",
        "name": "王伟",
        "sex": "1",
        "birth_date": "1960-03-15",
    },
    "payload": {
        "handled_kind": "CREMATION",
        "handled_date": "2026-03-03",
        "death_date": "2026-03-01",
        "death_cert_no": None,
        "facility_org": "12429801MB00000195",
        "applicant": None,
        "applicant_relation": None,
    },
}
PERSON = {"id_type": "RIC", "id_no": "429801198802290015", "name": "李丽"}
UNIT = "429801001002GB00001F00030501"
PAYLOADS = {
    "mca.aid_granted": {
        "aid_class": "DB",
        "decision_no": "D-1",
        "decided_date": "2026-03-01",
        "effective_from": "2026-04-01",
        "household_size": 2,
        "members": [{"person": PERSON, "relation": "10"}],
        "consent_no": "C-1",
    },
    "hmd.unit_changed": {"action": "CREATE", "unit_code": UNIT, "standard_address": "桃花苑3栋501室"},
    "hmd.ownership_changed": {
        "unit_code": UNIT,
        "action": "FIRST",
        "use": "RESIDENTIAL",
        "floor_area": "90.00",
        "register_date": "2026-03-01",
    },
    "hmd.private_lease_filed": {
        "lease_no": "L-1",
        "address_text": "桃花苑3栋501室",
        "scope": "WHOLE",
        "lessor": PERSON,
        "tenant": PERSON,
        "start_date": "2026-03-01",
        "end_date": "2027-02-28",
    },
    "hrss.eligibility_verified": {
        "result": "CONFIRMED",
        "method": "VISIT",
        "in_person": True,
        "verified_date": "2026-03-01",
    },
    "hrss.pension_granted": {
        "pension_type": "RES",
        "first_month": "202603",
        "decision_no": "P-1",
        "pay_region": "429801",
    },
}


def event(event_type: str = "mca.deceased_handled") -> dict:
    """A fresh valid event of a type."""
    obj = copy.deepcopy(EVENT)
    if event_type == EVENT["event_type"]:
        return obj
    obj["event_type"] = event_type
    obj["source_agency"] = event_type.partition(".")[0].upper()
    obj["payload"] = copy.deepcopy(PAYLOADS[event_type])
    if event_type == "hmd.unit_changed":
        obj["subject"] = None
    return obj


_DATES = st.dates(min_value=date(1, 1, 1)).map(date.isoformat)
_TEXTS = st.text(min_size=1, max_size=40).filter(lambda text: not text.isspace())
_CODES = {
    "sex": st.sampled_from(sorted(SEX)),
    "relation": st.sampled_from(sorted(RELATION)),
    "region": st.sampled_from(["429801", "429802", "429803", "110105"]),
    "unit_code": st.sampled_from([UNIT, "429801 001002 GB00001 F00030501", "429802003004JC00009W00000000"]),
}


@st.composite
def _times(draw) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=draw(st.integers(-(10**12), 4 * 10**12)))
    offset = timezone(timedelta(minutes=draw(st.sampled_from([0, 480, -720, 840, 345]))))
    text = moment.astimezone(offset).isoformat(timespec=draw(st.sampled_from(["milliseconds", "seconds"])))
    return text.replace("+00:00", "Z") if draw(st.booleans()) else text


def _values(type_, names) -> st.SearchStrategy:
    node = avro.resolve(type_, names)
    kind = node["type"]
    if kind == "record":
        return _records(node, names, {})
    if kind == "array":
        return st.lists(_values(node["items"], names), max_size=3)
    if kind == "enum":
        return st.sampled_from(node["symbols"])
    if kind == "boolean":
        return st.booleans()
    if node.get("logicalType") == "date":
        return _DATES
    if node.get("logicalType") == "timestamp-millis":
        return _times()
    if kind in ("int", "long"):
        most = 2**31 - 1 if kind == "int" else 2**63 - 1
        return st.integers(node.get("min", -most), node.get("max", most))
    if "codes" in node:
        return _CODES[node["codes"]]
    if node.get("format") == "month":
        return st.dates().map(lambda day: f"{day.year:04d}{day.month:02d}")
    if node.get("format") == "decimal":
        return st.from_regex(r"[0-9]{1,8}(\.[0-9]{1,2})?", fullmatch=True).filter(str.isascii)
    return _TEXTS


def _records(node, names, given) -> st.SearchStrategy:
    required, optional = {}, {}
    for field in node["fields"]:
        type_, nullable = avro.without_null(field["type"])
        strategy = given[field["name"]] if field["name"] in given else _values(type_, names)
        if nullable and field["name"] not in given:
            optional[field["name"]] = st.none() | strategy
        else:
            required[field["name"]] = strategy
    for group in node.get("any_of", ()):
        required[group[0]] = _values(avro.without_null(_field(node, group[0])["type"])[0], names)
        optional.pop(group[0])
    return st.fixed_dictionaries(required, optional=optional)


def _field(node, name):
    return next(field for field in node["fields"] if field["name"] == name)


def events(schema) -> st.SearchStrategy:
    """Random valid events of one schema, in the contract's JSON shape."""
    parsed = schema.parsed
    names = avro.named_types(parsed)
    subject = names["hub.PersonRef"] if parsed["subject"] == "required" else None
    given = {
        "event_type": st.just(schema.subject),
        "event_id": st.uuids().map(str),
        "schema_version": st.just(1),
        "source_agency": st.just(schema.subject.partition(".")[0].upper()),
        "supersedes": st.uuids().map(str),
        "subject": _records(subject, names, {}) if subject else st.none(),
    }
    return _records(parsed, names, given)
