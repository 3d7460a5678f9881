"""The guards of domain 1.4 as a build check: `hub rules check`, and the tests. Every broken guard is one sentence.

The hub serves residents; a rule must not turn it into a watch-list. So what a rule may read, tell people apart by, and
show is held against closed lists, off its source and its metadata. Guards: (a) only what is on the allow-list, nothing
that is on the deny-list; (b) nobody is grouped by origin; (c) nobody is looked for by name or list; (e) police see
identity and registration data only; (g) every rule has an owner and a law, and the delicate ones wait for an impact
assessment. (d) and (f) are about what the hub offers, and are held by tests/privacy/test_guards.py.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from hub.domain.allow_list import AllowList, load_allow_list
from hub.rules.base import Rule
from hub.rules.lint_flow import Source
from hub.rules.lint_show import Reach
from hub.rules.lint_source import cuts_numbers, names_a_person, reads_the_forbidden, sorts_by_place

NEEDS_ASSESSMENT = frozenset({"RE-01", "RE-02", "RE-04", "LE-06", "LE-07", "HO-02"})
"""Off until a local impact assessment is signed (domain 4)."""

OWNERS = frozenset(
    {
        "PSB", "MCA", "HRSS", "MSI", "HMD", "PROVIDER", "NON_PSB_PROVIDER", "DEATH_SOURCE_AGENCY", "RESIDENT_SERVICE",
        "COMMUNITY_STATION", "MCA_OR_HRSS_CASELOAD",
    }
)  # fmt: skip
"""Who may answer for a rule's alerts (domain 4)."""

# Police themselves, whoever may turn out to be police, and the station that works for them.
_POLICE = frozenset({"PSB", "PROVIDER", "DEATH_SOURCE_AGENCY", "COMMUNITY_STATION"})
_NOT_RULES = frozenset({"examples", "lint", "lint_flow", "lint_show", "lint_source"})


@dataclass(frozen=True)
class Matter:
    """What an attribute of an alert is about, and whether police may see it."""

    name: str
    police: bool
    unless: Mapping[str, str]


def broken_guards(
    rules: Iterable[Rule],
    sources: Iterable[Source],
    catalogue: Mapping[str, Sequence[str]] | None = None,
    *,
    beside: Iterable[Source] = (),
) -> list[str]:
    """One sentence for everything in these rules, and in the text of their modules, that a guard forbids.

    `catalogue`: what each rule may show according to domain 4, where that is at hand beside the code. `beside`: modules
    that rules look through, and that must read nothing forbidden either.
    """
    listed, by_name = load_allow_list(), {source.name: source for source in sources}
    said = [sentence for source in (*by_name.values(), *beside) for sentence in _of_source(source, listed)]
    for rule in rules:
        reach = Reach(by_name, rule.find.__module__.rpartition(".")[2], rule.find.__name__)
        said += [*_owned(rule), *_assessed(rule), *_shows_its_list(rule, reach, catalogue), *_police(rule, reach)]
    return said


@lru_cache(maxsize=1)
def matters() -> Mapping[str, Matter]:
    """Every attribute that an alert may carry, from `data/show.toml`."""
    table = tomllib.loads(files("hub").joinpath("data", "show.toml").read_text(encoding="utf-8"))
    return {
        attribute: Matter(name, row["police"], row.get("unless", {}))
        for name, row in table.items()
        for attribute in row["shows"]
    }


def packaged_sources(package: str = "rules") -> tuple[Source, ...]:
    """The modules of rules, or of the fold they look at, as they are installed."""
    found = sorted(files("hub").joinpath(package).iterdir(), key=lambda entry: entry.name)
    named = [(entry.name.removesuffix(".py"), entry) for entry in found if entry.name.endswith(".py")]
    return tuple(
        Source(name, entry.read_text(encoding="utf-8"), f"hub/{package}/")
        for name, entry in named
        if name not in _NOT_RULES
    )


def _of_source(source: Source, allowed: AllowList) -> Iterator[str]:
    yield from reads_the_forbidden(source, allowed, matters())
    yield from cuts_numbers(source)
    yield from names_a_person(source)
    yield from sorts_by_place(source)


def _owned(rule: Rule) -> Iterator[str]:
    if rule.acts not in OWNERS:
        yield f"{rule.id} has no owner: acts is '{rule.acts}', which is none of {', '.join(sorted(OWNERS))} (guard g)."
    if not rule.basis.strip():
        yield f"{rule.id} has no basis: a rule stands on a law, or it does not stand (guard g)."
    for language, text in (("English", rule.sentence), ("Chinese", rule.sentence_zh)):
        if not text.endswith((".", "。")):
            yield f"{rule.id} has no {language} sentence: say in the function's docstring what is true (guard g)."


def _assessed(rule: Rule) -> Iterator[str]:
    if rule.default_on and rule.id in NEEDS_ASSESSMENT:
        yield f"{rule.id} is on by default: it must wait for a signed impact assessment, default_on=False (guard g)."
    if not rule.default_on and rule.id not in NEEDS_ASSESSMENT:
        yield f"{rule.id} is off by default and not among those that an impact assessment switches on (guard g)."


def _shows_its_list(rule: Rule, reach: Reach, catalogue: Mapping[str, Sequence[str]] | None) -> Iterator[str]:
    for shown in dict.fromkeys(reach.shown()):
        if shown.key is None:
            yield f"{rule.id} shows what cannot be told from {shown.at}: write the keys of show={{...}} out as text."
        elif shown.key not in rule.show:
            yield f"{rule.id} shows '{shown.key}' at {shown.at}, which is outside its show list {list(rule.show)}."
    for attribute in rule.show:
        if attribute not in matters():
            yield f"{rule.id} lists '{attribute}', which no alert may carry (hub/data/show.toml)."
        elif catalogue is not None and attribute not in catalogue.get(rule.id, ()):
            yield f"{rule.id} lists '{attribute}', which the catalogue does not let it show (domain 4, rules.yaml)."


def _police(rule: Rule, reach: Reach) -> Iterator[str]:
    if not _POLICE & {rule.acts, *rule.cc, *reach.agencies()}:
        return
    for attribute in rule.show:
        matter = matters().get(attribute)
        if matter is not None and not matter.police and rule.id not in matter.unless:
            yield f"{rule.id} would show police '{attribute}' ({matter.name}): they receive identity and registration "\
                "data, never welfare, pension, employment, medical, title or rent (guard e)."  # fmt: skip
