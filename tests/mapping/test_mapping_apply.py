"""What a mapping makes of an event: entries, people with their paths, groups, units, facts."""

import pytest

from hub.domain.event import Event, PersonRef
from hub.mapping.load import entry_of, facts_of, golden_of, groups_of, persons_of, units_of
from hub.mapping.spec import EventMapping, GroupKey, PersonPath

WANG = PersonRef("RIC", "1", "王伟")


def event(subject=WANG, **payload):
    return Event(
        event_id="e", event_type="mca.x", schema_version=1, source_agency="MCA", sub_source=None, source_org="o",
        catalogue_item="c", source_record_id="R-1", source_seq=1, op="CREATE", supersedes=None,
        business_time="2026-03-01", record_time=0, publish_time=0, region_code="429801", legal_basis="b",
        subject=subject, payload=payload,
    )  # fmt: skip


def mapping(entry="x/{no}", **parts):
    return EventMapping("mca.x", "mca_x", entry, "applicant", **parts)


def ref(name):
    return {"id_type": "RIC", "id_no": name, "name": name, "sex": None, "birth_date": None}


@pytest.mark.parametrize(
    ("entry", "payload", "expected"),
    [
        ("unemployment", {}, "unemployment"),
        ("aid/{no}", {"no": "D-1"}, "aid/D-1"),
        ("medical/{cover}/{year}", {"cover": "RES", "year": 2026}, "medical/RES/2026"),
        ("pension/{type}/{@region_code}", {"type": "RES"}, "pension/RES/429801"),
        ("m/{prior|no|@source_record_id}", {"prior": "P", "no": "N"}, "m/P"),
        ("m/{prior|no|@source_record_id}", {"prior": None, "no": "N"}, "m/N"),
        ("m/{prior|no|@source_record_id}", {"prior": "", "no": None}, "m/R-1"),
        ("aid/{no}", {}, "aid/R-1"),
    ],
)
def test_the_entry_is_the_template_filled_with_the_first_value_given(entry, payload, expected):
    assert entry_of(mapping(entry), event(**payload)) == expected


def test_people_come_with_role_concrete_path_and_what_stands_beside_them():
    found = persons_of(
        mapping(
            persons=(
                PersonPath("members[].person", "member", ("relation", "work_capacity")),
                PersonPath("occupants[]", "occupant"),
                PersonPath("applicant", "applicant", ("applicant_relation",)),
                PersonPath("lessor", "lessor"),
            )
        ),
        event(
            members=[{"person": ref("a"), "relation": "10", "work_capacity": None}, {"person": ref("b")}],
            occupants=[ref("c")],
            applicant=ref("d"),
            applicant_relation="20",
            lessor=None,
        ),
    )
    assert [(role, path, person.name, kept) for role, path, person, kept in found] == [
        ("applicant", "subject", "王伟", {}),
        ("member", "payload.members[0].person", "a", {"relation": "10"}),
        ("member", "payload.members[1].person", "b", {}),
        ("occupant", "payload.occupants[0]", "c", {}),
        ("applicant", "payload.applicant", "d", {"applicant_relation": "20"}),
    ]


def test_an_event_without_subject_names_nobody():
    assert persons_of(mapping(), event(subject=None)) == []


def test_groups_units_facts_and_golden_values_leave_out_what_is_not_given():
    parts = mapping(
        groups=(GroupKey("household", "to_no"), GroupKey("household", "from_no")),
        units=("unit_code", "new_unit_codes"),
        facts=("flag", "count", "missing", "empty"),
        golden={"hukou_region": "region", "household_no": "to_no"},
    )
    given = event(
        to_no=None, from_no="H1", unit_code="U1", new_unit_codes=["U2", "U1"], flag=False, count=0, region="429801"
    )
    assert groups_of(parts, given) == [("household", "H1")]
    assert units_of(parts, given) == ["U1", "U2"]
    assert facts_of(parts, given) == {"flag": False, "count": 0}
    assert golden_of(parts, given) == {"hukou_region": "429801"}
