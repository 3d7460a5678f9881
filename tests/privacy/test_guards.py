"""The guards of domain 1.4 as lint: forbidden names in schemas, connectors and rules; origin as an input of rules."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.domain.deny_list import denied

ROOT = Path(__file__).parents[2]
SCHEMAS = sorted((ROOT / "schemas").rglob("*.avsc"))
CONNECTORS = sorted((ROOT / "connectors").glob("*/connector.toml"))
# The example book writes people, and their numbers; it reads none.
RULES = [path for path in sorted((ROOT / "hub" / "rules").glob("*.py")) if path.stem != "examples"]
# Where somebody comes from: never an input (guard b), under none of these names.
ORIGIN = re.compile(r"native|origin|ethnic|minzu|birthplace|hometown|ancestral|id_region|region_of_id|from_region")


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


def names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Everything a rule reads by name: attributes, variables, and keys of facts."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.lineno, node.attr
        elif isinstance(node, ast.Name | ast.arg):
            yield node.lineno, node.id if isinstance(node, ast.Name) else node.arg
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            yield node.lineno, str(node.slice.value)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
            yield from ((node.lineno, str(a.value)) for a in node.args[:1] if isinstance(a, ast.Constant))


def cut_numbers(tree: ast.AST) -> list[int]:
    """Lines where a person's number is cut into pieces, or looked at from its beginning."""
    return [node.lineno for node in ast.walk(tree) if _cuts(node)]


def _cuts(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr in _LOOKS_INSIDE and _is_number(node.value)
    return isinstance(node, ast.Subscript) and _is_number(node.value)


_LOOKS_INSIDE = ("startswith", "endswith", "partition", "split", "removeprefix", "index", "find")


def _is_number(node: ast.AST) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return name in ("id_no", "number", "canonical", "id_number")


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


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_no_rule_reads_what_is_forbidden(path: Path) -> None:
    """No rule knows a deny-listed name or where somebody comes from, or looks into an identity number."""
    tree = ast.parse(path.read_text("utf-8"))
    used = [(line, name) for line, name in names(tree) if not name.isupper()]
    assert [(line, name) for line, name in used if denied(name) or ORIGIN.search(name)] == []
    assert cut_numbers(tree) == []


@pytest.mark.parametrize(
    "code",
    ["named.id_no[:6]", "id_no[0:2]", "person.number[6]", "named.id_no.startswith('65')", "id_no.removeprefix('42')"],
)
def test_the_lint_sees_a_cut_number(code: str) -> None:
    """The scan above finds what it looks for."""
    assert cut_numbers(ast.parse(code)) == [1]


@pytest.mark.parametrize(
    "code", ["claim.facts.get('ethnicity')", "named.native_place", "facts['religion']", "x.from_region"]
)
def test_the_lint_sees_a_forbidden_name(code: str) -> None:
    """So does the scan for names."""
    assert [name for _, name in names(ast.parse(code)) if denied(name) or ORIGIN.search(name)]
