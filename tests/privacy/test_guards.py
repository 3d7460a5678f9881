"""The guards of domain 1.4 (a) to (g): nothing drifts towards a watch-list without a build that says so."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from textwrap import indent
from typing import Any

import click
import pytest

from hub.bootstrap import connectors
from hub.cli import cli
from hub.config_table import VARIABLES
from hub.domain.allow_list import load_allow_list
from hub.domain.deny_list import denied
from hub.rules import RULES
from hub.rules.lint import NEEDS_ASSESSMENT, broken_guards, matters, packaged_sources
from hub.rules.lint_flow import Source
from tests.privacy.test_rule_table import CATALOGUE, listed

ROOT = Path(__file__).parents[2]
SCHEMAS = sorted((ROOT / "schemas").rglob("*.avsc"))
CONNECTORS = sorted((ROOT / "connectors").glob("*/connector.toml"))
API = sorted((ROOT / "hub" / "api").glob("*.py"))
SHOW_OF = {rule: listed(row) for rule, row in CATALOGUE.items()}


def fields(node: Any) -> Iterator[dict[str, Any]]:
    """Every field of a schema, at any depth."""
    if isinstance(node, dict):
        if "name" in node and "type" in node and "pii" in node:
            yield node
        for inner in node.values():
            yield from fields(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from fields(inner)


def words(node: Any) -> Iterator[str]:
    """Every name in a connector: keys, columns, fields, roles; not the sentences of people, nor names of events."""
    if isinstance(node, dict):
        for name, inner in node.items():
            if "." not in name:
                yield name
            if name not in ("ignore", "owner", "cadence"):
                yield from words(inner)
            elif isinstance(inner, dict):
                yield from inner
    elif isinstance(node, list):
        for inner in node:
            yield from words(inner)
    elif isinstance(node, str):
        yield from re.split(r"[.\[\]{}|@/]+", node)


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.stem)
def test_no_schema_has_a_forbidden_field(path: Path) -> None:
    """No field is on the deny-list; a name that only looks so needs a reason, and only in the hub's own records."""
    for field in fields(json.loads(path.read_text("utf-8"))):
        excused = path.parent.name == "hub" and field.get("not_collected")
        assert denied(field["name"]) is None or excused, field["name"]


@pytest.mark.parametrize("path", CONNECTORS, ids=lambda path: path.parent.name)
def test_no_connector_reads_a_forbidden_column(path: Path) -> None:
    """Nothing that a connector names, on either side of a mapping, is on the deny-list."""
    table = tomllib.loads(path.read_text("utf-8"))
    assert [word for word in words(table) if denied(word)] == []


@pytest.mark.parametrize("event_type", connectors().event_types)
def test_a_connector_hands_on_only_what_is_listed(event_type: str) -> None:
    """Facts, golden values and what goes along with a person are payload fields of the allow-list (guard a)."""
    mapping, allowed = connectors().mapping(event_type), load_allow_list().events[event_type]
    beside = {
        f"{person.path.rpartition('.')[0]}.{name}".strip(".") for person in mapping.persons for name in person.keep
    }
    assert {*mapping.facts, *mapping.golden.values(), *mapping.units, *beside} <= allowed


def test_no_rule_breaks_a_guard() -> None:
    """`hub rules check` finds nothing, with the catalogue of domain 4 beside the code."""
    assert broken_guards(RULES, packaged_sources(), SHOW_OF, beside=packaged_sources("fold")) == []


def test_every_attribute_that_is_shown_has_its_subject_matter() -> None:
    """The list of what alerts may carry holds each attribute once, and none that no rule shows."""
    table = tomllib.loads((ROOT / "hub" / "data" / "show.toml").read_text("utf-8"))
    shown = [attribute for row in table.values() for attribute in row["shows"]]
    assert len(shown) == len(set(shown))
    assert set(matters()) == set(shown) == {attribute for show in SHOW_OF.values() for attribute in show}


def test_what_is_shown_only_sounds_like_what_is_not_collected() -> None:
    """Whether the household has an able member is a category of help, and no occupation (EN-07)."""
    assert [attribute for attribute in matters() if denied(attribute)] == ["job_assistance_category"]


def test_the_one_exception_for_the_police_is_known() -> None:
    """Only LE-04 tells police of an act elsewhere: what shows that somebody they registered as dead is alive."""
    assert {rule for matter in matters().values() for rule in matter.unless} == {"LE-04"}


RULE = """
from hub.rules.base import Finding, Rule, Words

def find(scene):
    \"\"\"Something is true.

    某事为真。
    \"\"\"
    person = scene.person
{body}
    yield Finding(key=(), evidence=(), show={{"age": 1{shown}}})
{more}

RULE = Rule(
    id="EN-05", version=1, kind="SERVICE", severity="S4", grace_days=30, subject="resident", acts="MCA", cc=(),
    scope="CITY", needs=frozenset({{"*"}}), title=Words("", ""), todo=Words("", ""), basis="老年人权益保障法",
    show=("age",), find=find,
)
"""


def planted(body: str = "pass", shown: str = "", more: str = "", **changed: Any) -> list[str]:
    """What the lint says of a rule with these lines in it."""
    text = RULE.format(body=indent(body, "    "), shown=shown, more=more)
    names: dict[str, Any] = {"__name__": "planted"}
    exec(text, names)  # noqa: S102 - the rule above
    return broken_guards([replace(names["RULE"], **changed)], [Source("planted", text)], SHOW_OF)


def test_the_fold_is_looked_at_too() -> None:
    """What a rule must not read it must not have read for it."""
    sly = Source("person", "def where_from(named):\n    return named.id_no[:2]\n", "hub/fold/")
    [said] = broken_guards([], [], beside=[sly])
    assert said.startswith("hub/fold/person.py:2 cuts into an identity number")


def test_a_sound_rule_is_passed() -> None:
    """Nothing is said of a rule that keeps to the guards."""
    kept = """
hukou = person.hukou_region
if hukou is None or not hukou[0] or not same_city(hukou[0], scene.city) or hukou[0] != address_county:
    return
nobody = named.id_no in person.numbers or named.id_no == other.id_no or named.id_no == ""
same_birth = person.id_no[6:14] == scene.person.id_no[-12:-4]
age = claim.facts.get("effective_from")
key = (hukou[1].record_id,)"""
    assert planted(kept) == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("claim.facts.get('ethnicity')", "reads 'ethnicity', which is never collected (ethnicity; guard a)"),
        ("claim.facts['religion']", "reads 'religion', which is never collected"),
        ("facts = claim.facts; facts.get('rent')", "reads 'rent', which is never collected (money"),
        ("person.disability_kind", "reads 'disability_kind', which is never collected (health"),
        ("getattr(person, 'phone_number')", "reads 'phone_number', which is never collected (contact"),
        ("wage = person.wage", "reads 'wage', which is never collected"),
        ("named.kept.get('shoe_size')", "reads the fact 'shoe_size', which no event may hold"),
        ("claim.facts['remark']", "reads the fact 'remark', which no event may hold"),
    ],
)
def test_reading_what_is_not_collected_fails(line: str, said: str) -> None:
    """A deny-listed attribute, and a fact no agency may send, fail with a sentence that names them and the line."""
    assert any(sentence.startswith("planted.py:10 ") and said in sentence for sentence in planted(line)), planted(line)


@pytest.mark.parametrize(
    "line",
    [
        "claim.region_of_id",
        "claim.facts.get('from_region')",
        "named.id_no[:6]",
        "named.id_no[0:2]",
        "named.id_no[2]",
        "named.id_no[:n]",
        "(named.id_no or '')[:6]",
        "str(named.id_no)[0:4]",
        "getattr(named, 'id_no')[:6]",
        "re.match('65', named.id_no)",
        "named.id_no.startswith('65')",
        "claim.facts['id_no_new'].removeprefix('42')",
        "n = named.id_no; region = n[:4]",
        "_province(named.id_no)",
        "person.hukou_region[0][:2] == '42'",
        "region = person.hukou_region[0]; region.startswith('65')",
        "region, claim = person.hukou_region; region in ('540000', '650000')",
        "person.hukou_region[0] == '422801'",
        "claim.facts.get('prior_region') in scene.policy.places",
        "where = claim.facts['to_region']; table = {where: 1}",
        "scene.quotas[person.hukou_region[0]]",
        "quotas.get(person.hukou_region[0])",
        "city_key(person.hukou_region[0])",
        "f = Finding(key=(person.hukou_region[0],), evidence=(), show={})",
        "f = Finding(key=('x', person.hukou_region[0] or ''), evidence=(), show={})",
        "Counter(p.hukou_region[0] for p in people)",
        "_province(person.hukou_region[0])",
    ],
)
def test_grouping_by_origin_fails(line: str) -> None:
    """Native place, the region part of a number, and telling people apart by where they are registered."""
    more = "def _province(code):\n    return code[:2]\n"
    assert [sentence for sentence in planted(line, more=more) if "(guard b)" in sentence], line


@pytest.mark.parametrize(
    ("body", "shown", "more", "said"),
    [
        ("pass", ', "death_date": 1', "", "shows 'death_date' at planted.py:11, which is outside its show list"),
        ("pass", ", **_more()", "def _more():\n    return {'lease_no': 2}", "shows 'lease_no' at planted.py:13"),
        (
            "s = {'age': 1}\ns['birth_date'] = 2\nyield Finding((), (), s)",
            "",
            "",
            "shows 'birth_date' at planted.py:11",
        ),
        ("yield from _found({'scheme': 1})", "", "def _found(x):\n    yield Finding((), (), show=x)", "shows 'scheme'"),
        ("s = dict(limit=1) | {'age': 1}\nyield Finding((), (), show=s)", "", "", "shows 'limit'"),
        ("yield Finding((), (), show=claim.facts)", "", "", "shows what cannot be told from planted.py:10"),
        ("yield Finding((), (), show={name: 1 for name in x})", "", "", "shows what cannot be told from planted.py:10"),
        (
            "m = Move()\nyield Finding((), (), m.shown())",
            "",
            "class Move:\n    def shown(self):\n        return {'limit': 1}",
            "shows 'limit'",
        ),
        ("pass", ", name: 1", "", "shows what cannot be told from planted.py:11"),
    ],
)
def test_showing_what_is_not_listed_fails(body: str, shown: str, more: str, said: str) -> None:
    """An attribute outside the rule's list is told, however it comes into the alert; so is one that cannot be read."""
    assert any(sentence.startswith(f"EN-05 {said}") for sentence in planted(body, shown, more)), planted(
        body, shown, more
    )


def test_a_longer_list_than_the_catalogue_s_fails() -> None:
    """Lengthening the list in the rule is no way round: domain 4 and the list of matters are held against it."""
    assert planted(show=("age", "birth_date")) == [
        "EN-05 lists 'birth_date', which the catalogue does not let it show (domain 4, rules.yaml)."
    ]
    assert "which no alert may carry (hub/data/show.toml)" in planted(show=("age", "income_band"))[0]


@pytest.mark.parametrize("attribute", ["aid_category", "scheme", "employed_yes", "unit_count", "lease_no", "item_type"])
@pytest.mark.parametrize("changed", [{"cc": ("PSB",)}, {"acts": "PSB"}, {"acts": "COMMUNITY_STATION"}])
def test_the_police_are_told_nothing_of_benefits(attribute: str, changed: dict[str, Any]) -> None:
    """Welfare, pension, employment, title and rent never go to police or whoever works for them (guard e)."""
    said = planted(show=("age", attribute), **changed)
    assert any(f"EN-05 would show police '{attribute}'" in sentence and "(guard e)" in sentence for sentence in said)


def test_a_case_that_is_copied_to_the_police_counts() -> None:
    """So does a single finding that names them, whatever the rule says for all."""
    said = planted("yield Finding((), (), {}, cc=('PSB',))", show=("age", "aid_category"))
    assert any("would show police 'aid_category'" in sentence for sentence in said)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"basis": " "}, "EN-05 has no basis"),
        ({"acts": ""}, "EN-05 has no owner"),
        ({"acts": "MAYOR"}, "EN-05 has no owner"),
        ({"default_on": False}, "EN-05 is off by default and not among those that an impact assessment switches on"),
        ({"id": "RE-01"}, "RE-01 is on by default: it must wait for a signed impact assessment"),
    ],
)
def test_a_rule_without_owner_law_or_assessment_fails(changed: dict[str, Any], said: str) -> None:
    """Every rule has an owner and a basis; the delicate ones are off until an assessment is signed (guard g)."""
    assert any(sentence.startswith(said) for sentence in planted(**changed))


def test_the_delicate_rules_are_off_by_default() -> None:
    """The six of domain 4, and no others."""
    assert {rule.id for rule in RULES if not rule.default_on} == NEEDS_ASSESSMENT


@pytest.mark.parametrize(
    "line",
    [
        "named.id_no == '429801196003150017'",
        "'429801196003150017' != claim.facts.get('id_no_new')",
        "n = named.id_no; n in ('429801196003150017', '429801196207200020')",
        "named.name in {'王伟'}",
    ],
)
def test_looking_for_somebody_fails(line: str) -> None:
    """A rule that means a person by number, by name or by a list of them (guard c)."""
    assert [sentence for sentence in planted(line) if "(guard c)" in sentence], line


def test_nobody_can_be_subscribed_to() -> None:
    """Guard c: no setting, command or address takes a person, or a list of persons, to be told about."""
    watching = re.compile(r"subscri|watch|follow|person|name|resident|id_no|list", re.IGNORECASE)
    users_of_services = {"HUB_KAFKA_SECURITY_USERNAME", "HUB_REDIS_USERNAME"}
    assert {v.name for v in VARIABLES if watching.search(v.key)} == users_of_services
    told = [name for name in commands(cli, "hub") if re.search(r"subscri|watch|follow", name)]
    assert told == []


def test_nobody_can_be_searched_for() -> None:
    """Guard d: residents are read one at a time by their id; nothing lists them, searches them or relates them."""
    assert sorted(name for name in commands(cli, "hub") if "resident" in name) == [
        "hub residents",
        "hub residents show",
    ]
    show = cli.commands["residents"].commands["show"]
    assert [p.name for p in show.params] == ["resident_id", "folder", "url", "as_json"]
    routes = re.findall(r'@router\.\w+\(\s*"([^"]+)"', "".join(p.read_text("utf-8") for p in API))
    assert len(routes) > 8
    people = [route for route in routes if re.search(r"resident|person|people|search|graph|household", route)]
    assert [route for route in people if not re.match(r"/v1/residents/\{resident_id\}(/|$)", route)] == []


def test_an_alert_shows_no_count_of_people() -> None:
    """Guard f: what is counted is k >= 10 people, or it is not shown.

    The only numbers an alert carries are about the one household or dwelling the agency itself acts on.
    """
    counts = {attribute for attribute in matters() if re.search(r"count|number_of|total|size|_sum", attribute)}
    assert counts == {"household_size", "occupant_count", "unit_count"}


def commands(group: click.Group, path: str) -> Iterator[str]:
    """Every command by its full name."""
    for name, command in group.commands.items():
        yield f"{path} {name}"
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
