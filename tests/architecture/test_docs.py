"""Documentation that can be wrong is checked: generated pages are fresh, commands exist, links lead somewhere."""

from __future__ import annotations

import ast
import doctest
import re
import shlex
import subprocess
import tomllib
from pathlib import Path

import click
import pytest

from hub import Hub
from hub.bootstrap import catalogue, connectors
from hub.cli import cli
from hub.domain.event import Code
from hub.domain.person_ids import CONTRADICTIONS, WARNINGS
from hub.mapping.contract import Sample, read_sample
from hub.mapping.load import sample_files
from hub.mapping.shape import shapes_of
from hub.mapping.translate import Translator
from tests.architecture.pages import Page, commands
from tools.reference import PAGES, attributes, errors

ROOT = Path(__file__).parents[2]
MADE = {name for name in PAGES if name.endswith(".md")}
PAGES_READ = [
    path
    for pattern in ("*.md", "docs/**/*.md", "deploy/**/*.md", "connectors/*/README.md")
    for path in sorted(ROOT.glob(pattern))
    if path.parent.name != "_template"
]
SHELL = [
    (path, block.line, command)
    for path in PAGES_READ
    for block in Page(path).blocks
    if block.language == "sh"
    for command in commands(block)
]
# A container of this image runs `hub`: what follows the service's name are its arguments.
_IN_COMPOSE = re.compile(r"docker compose run (?:.* )?(?:api|worker) (?P<rest>.+)")


def _name(value: object) -> str:
    return value.relative_to(ROOT).as_posix() if isinstance(value, Path) else str(value)


# --- generated pages --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_fresh(name: str) -> None:
    """It says what the code says. To renew all of them: make docs."""
    assert (ROOT / name).read_text("utf-8") == PAGES[name](), "stale: run make docs"


def test_make_docs_is_the_one_command() -> None:
    """The Makefile's target runs what this test believes it does."""
    done = subprocess.run(["make", "-n", "docs"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "-m tools.reference" in done.stdout


def test_every_fault_code_has_its_meaning() -> None:
    """Codes of faults and of numbers, none missing and none invented."""
    assert errors.codes() == set(errors.FAULTS)
    source = (ROOT / "hub" / "domain" / "person_ids.py").read_text("utf-8")
    said = {node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)}
    known = {text for text in said if isinstance(text, str) and re.fullmatch(r"[A-Z]+(_[A-Z0-9]+)*[0-9]*", text)}
    assert set(errors.NUMBERS) <= known
    assert (WARNINGS - {"ORG_INNER"}) | CONTRADICTIONS <= set(errors.NUMBERS)
    assert Code.RULE_ERROR in errors.FAULTS


def test_every_attribute_of_the_shared_record_is_explained() -> None:
    """What the connectors' samples leave in residents' records is on the page, and nothing else is."""
    rows = []
    for connector in connectors().connectors:
        reader = Translator(connector.source, shapes_of(catalogue()), flat=connector.source.format == "csv")
        samples = [read_sample(connector, path) for path in sample_files(connector)]
        rows += [reader.translate(sample.given) for sample in samples if isinstance(sample, Sample)]
    residents = Hub(as_of="2026-12-31").feed(rows).residents
    found = {name.partition(".")[0] for resident in residents for name in resident["golden"]}
    assert found == attributes.documented()


# --- commands ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "line", "command"), SHELL, ids=_name)
def test_a_command_in_a_page_exists(path: Path, line: int, command: str) -> None:
    """`hub` commands parse as they stand, `make` targets and Python modules are there."""
    inside = _IN_COMPOSE.search(command)
    words = ["hub", *shlex.split(inside["rest"])] if inside else shlex.split(command)
    if words[0] == "hub":
        parse(words[1:])
    elif words[0] == "make":
        targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
        assert [word for word in words[1:] if "=" not in word and word not in targets] == []


@pytest.mark.parametrize("path", [p for p in PAGES_READ if _name(p) not in MADE], ids=_name)
def test_a_command_in_a_sentence_exists(path: Path) -> None:
    """`hub connector new|check` in running text names commands there are, with options they have."""
    for words in re.findall(r"`hub ([a-z][^`]*)`", Page(path).prose):
        group, options = words.split(), re.findall(r"--[a-z-]+", words)
        command: click.Command = cli
        while group and isinstance(command, click.Group):
            names = group.pop(0).split("|")
            assert [name for name in names if name not in command.commands] == [], words
            command = command.commands[names[0]]
        known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
        assert set(options) <= known, words


def parse(words: list[str]) -> None:
    """Hold words against the command line, without running anything. Raises click.UsageError as the CLI would."""
    command, context = cli, click.Context(cli, info_name="hub")
    while isinstance(command, click.Group):
        name, inner, words = command.resolve_command(context, words)
        command, context = inner, click.Context(inner, context, name)
    values, rest, _ = command.make_parser(context).parse_args(list(words))
    given = {name for name, value in values.items() if value not in (None, ()) and "UNSET" not in repr(value)}
    missing = [p.name for p in command.params if p.required and p.name not in given]
    assert (missing, rest) == ([], []), command.name


def test_the_command_checker_sees_what_is_not_there() -> None:
    """A group, a command, an option, an argument too many, one too few."""
    parse(["replay", "events.jsonl", "--as-of", "2026-12-31", "--out", "var/result"])
    for wrong in (["reply"], ["rules", "show"], ["rules", "list", "--yaml"]):
        with pytest.raises(click.UsageError):
            parse(wrong)
    for wrong in (["rules", "list", "LE-01"], ["replay", "events.jsonl"], ["alerts", "show"]):
        with pytest.raises(AssertionError):
            parse(wrong)


# --- links, snippets, the record of changes ---------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES_READ, ids=_name)
def test_links_lead_somewhere(path: Path) -> None:
    """Files and headings of this repository; what lies elsewhere is not asked for."""
    for target in Page(path).links:
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        assert there.exists(), target
        assert ROOT in there.parents, target
        assert not anchor or anchor in Page(there).anchors, target


SNIPPETS = [(p, b.line, b.text) for p in PAGES_READ for b in Page(p).blocks if b.language == "python" and not b.note]


@pytest.mark.parametrize(("path", "line", "text"), SNIPPETS, ids=_name)
def test_a_python_snippet_does_what_it_says(path: Path, line: int, text: str) -> None:
    """Run as a doctest: prompts, and what follows."""
    example = doctest.DocTestParser().get_doctest(text, {}, path.name, str(path), line)
    said: list[str] = []
    outcome = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(example, out=said.append)
    assert outcome.attempted > 0
    assert outcome.failed == 0, "".join(said)


def test_the_readme_has_a_snippet_that_runs() -> None:
    """The façade is shown, not told."""
    assert any(path.name == "README.md" and path.parent == ROOT for path, _, _ in SNIPPETS)


def test_the_changelog_knows_this_version() -> None:
    """Unreleased changes have their place, and the present version its section."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    headings = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert headings[:2] == ["Unreleased", version]


def test_decisions_are_numbered_and_complete() -> None:
    """One page each: status, context, decision, consequences; the number in title and file name agree."""
    pages = sorted((ROOT / "docs" / "adr").glob("*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        text = page.read_text("utf-8")
        assert text.startswith(f"# {page.name[:4]}: ")
        assert re.search(r"^Status: (accepted|superseded by \d{4})", text, re.MULTILINE)
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]
        assert text.count("\n") <= 80


def test_every_dependency_is_accounted_for() -> None:
    """A dependency has its line of justification (CONTRIBUTING)."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    told = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    extra = [pin for pins in project["optional-dependencies"].values() for pin in pins]
    assert [pin for pin in (*project["dependencies"], *extra) if pin.replace("==", " ") not in told] == []
