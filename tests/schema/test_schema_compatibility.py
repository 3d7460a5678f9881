"""Which changes of a schema are compatible in both directions, and which sentence tells that one is not."""

import copy
import json
from shutil import copytree

import pytest

from hub.schema import avro
from hub.schema.compatibility import check_all, incompatibilities

BASE = {
    "type": "record",
    "name": "x.thing",
    "fields": [
        {"name": "id", "type": "string"},
        {"name": "count", "type": "int"},
        {"name": "note", "type": ["null", "string"], "default": None},
        {"name": "kind", "type": {"type": "enum", "name": "kind", "symbols": ["A", "B"]}},
        {"name": "region", "type": {"type": "string", "codes": "region"}},
        {
            "name": "people",
            "type": {
                "type": "array",
                "items": {"type": "record", "name": "person", "fields": [{"name": "name", "type": "string"}]},
            },
        },
    ],
}
(ID, COUNT, NOTE, KIND, REGION, PEOPLE) = range(6)


def compare(change):
    schema = copy.deepcopy(BASE)
    change(schema)
    old = avro.parse(copy.deepcopy(BASE))
    new = avro.parse(schema)
    return incompatibilities(old, new), incompatibilities(new, old)


def fields(change):
    return lambda schema: change(schema["fields"])


@pytest.mark.parametrize(
    "change",
    [
        fields(lambda f: None),
        fields(lambda f: f.append({"name": "more", "type": ["null", "string"], "default": None})),
        fields(lambda f: f.append({"name": "more", "type": "int", "default": 0})),
        fields(lambda f: f.pop(NOTE)),
        fields(lambda f: f.reverse()),
        fields(lambda f: f[ID].update(doc="told better", pii="C1")),
    ],
)
def test_compatible_changes_pass(change):
    """Fields with defaults may come and go, order and documentation may change."""
    assert compare(change) == ((), ())


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (fields(lambda f: f.append({"name": "more", "type": "int"})), "more added without a default"),
        (fields(lambda f: f.pop(ID)), "id removed, and it has no default for readers of the old version"),
        (fields(lambda f: f[COUNT].update(type="long")), "count changed type from int to long"),
        (fields(lambda f: f[COUNT].update(type="string")), "count changed type from int to string"),
        (fields(lambda f: f[ID].update(type=["null", "string"])), "id newly takes null, which readers of the old"),
        (fields(lambda f: f[NOTE].update(type=["null"])), "note no longer takes string"),
        (
            fields(lambda f: f[KIND]["type"]["symbols"].append("C")),
            "kind gained the symbol C, which readers of the old",
        ),
        (fields(lambda f: f[KIND]["type"]["symbols"].remove("B")), "kind lost the symbol B"),
        (fields(lambda f: f[KIND]["type"].update(name="sort")), "kind renamed from x.kind to x.sort"),
        (fields(lambda f: f[REGION]["type"].update(codes="sex")), "region changed codes from region to sex"),
        (
            fields(lambda f: f[PEOPLE]["type"]["items"]["fields"].append({"name": "age", "type": "int"})),
            "people[].age added without a default",
        ),
        (lambda schema: schema.update(name="x.other"), "the record renamed from x.thing to x.other"),
    ],
)
def test_each_incompatible_change_is_a_sentence(change, sentence):
    """Every change that breaks readers on either side is named, whichever version is the older."""
    forward, backward = compare(change)
    assert len(forward) == 1
    assert forward[0].startswith(sentence)
    assert len(backward) == 1


def test_several_changes_are_all_told():
    """Nothing hides behind the first incompatibility."""

    def change(f):
        f[COUNT].update(type="string")
        f[KIND]["type"]["symbols"] = ["A", "C"]
        f.pop(ID)

    forward, _ = compare(fields(change))
    assert len(forward) == 4


def test_the_projects_schemas_are_compatible(schemas_root):
    """FULL_TRANSITIVE holds for what is in the repository."""
    assert check_all(schemas_root) == ()


def test_every_version_is_held_against_every_other(schemas_root, tmp_path):
    """The third version is compared with the first, not only with the second."""
    root = copytree(schemas_root, tmp_path / "schemas")
    first = root / "hub/claim.v1.avsc"
    schema = json.loads(first.read_text(encoding="utf-8"))
    second, third = copy.deepcopy(schema), copy.deepcopy(schema)
    extra = {"name": "extra", "default": 0, "doc": "x", "pii": "C0"}
    second["fields"].append({**extra, "type": "int"})
    third["fields"][1]["type"] = "bytes"
    third["fields"].append({**extra, "type": "int"})
    first.with_name("claim.v2.avsc").write_text(json.dumps(second), encoding="utf-8")
    first.with_name("claim.v3.avsc").write_text(json.dumps(third), encoding="utf-8")
    ids = root / "ids.toml"
    more = '"hub.claim".v2 = 9001\n"hub.claim".v3 = 9002\n'
    ids.write_text(ids.read_text(encoding="utf-8") + more, encoding="utf-8")
    assert check_all(root) == (
        "hub.claim v1 -> v3: kind changed type from string to bytes",
        "hub.claim v2 -> v3: kind changed type from string to bytes",
    )
