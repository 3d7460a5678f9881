"""What a rule reads, told from its source: the guards of domain 1.4 as sentences about lines of code."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterator

from hub.domain.allow_list import AllowList
from hub.domain.deny_list import denied
from hub.rules.lint_flow import PASSES_ON, Flow, Source, called, keys_asked

# Where somebody comes from: never an input of a rule (guard b), under none of these names.
_ORIGIN = re.compile(r"native|origin|ethnic|minzu|birthplace|hometown|ancestral|id_region|region_of_id|from_region")
# Places that a rule may know, but only to ask whether they are this city.
_PLACES = frozenset({"hukou_region", "prior_region", "to_region", "other_region"})
_NUMBERS = frozenset({"id_no", "id_no_old", "id_no_new", "id_number", "canonical"})
_NUMBER_NAMES = _NUMBERS | {"number"}
_LOOKS_INSIDE = frozenset(
    {"startswith", "endswith", "partition", "rpartition", "split", "removeprefix", "removesuffix", "index", "find"}
)
_MATCHES = frozenset({"match", "fullmatch", "search", "findall", "finditer"})
_LOOKS_UP = frozenset({"get", "setdefault", "count", "add", "city_key", "Counter", "groupby"})
_REGION_DIGITS, _OTHER_DIGITS = 6, 12
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[a-z][a-z0-9_]*)*")


def reads_the_forbidden(source: Source, allowed: AllowList, shown: Collection[str] = ()) -> Iterator[str]:
    """Names that are on the deny-list or tell an origin, and facts that no agency may send.

    `shown`: attributes of alerts; they are made by rules, not read, whatever they sound like.
    """
    for node, name in _names(source):
        category = denied(name) if not name.isupper() and name not in shown else None
        if category is not None:
            yield f"{source.at(node)} reads '{name}', which is never collected ({category}; guard a)."
        elif _ORIGIN.search(name):
            yield f"{source.at(node)} reads '{name}': where somebody comes from is no input of a rule (guard b)."
    known = allowed.names()
    for node, name in _facts(source.tree):
        if name not in known and denied(name) is None and not _ORIGIN.search(name):
            yield f"{source.at(node)} reads the fact '{name}', which no event may hold (hub/data/allow_list.toml)."


def cuts_numbers(source: Source) -> Iterator[str]:
    """Where the region in a person's number is looked at: its first six digits, in any way."""
    for node, user in Flow(source, _NUMBERS, _NUMBER_NAMES).uses():
        if isinstance(user, ast.Subscript) and user.value is node and _reaches_region(user.slice):
            yield f"{source.at(node)} cuts into an identity number: its region part is no input of a rule (guard b)."
        elif isinstance(user, ast.Attribute) and user.attr in _LOOKS_INSIDE:
            yield f"{source.at(node)} looks into an identity number with {user.attr}(): its region part is no input "\
                "of a rule (guard b)."  # fmt: skip
        elif isinstance(user, ast.Call) and called(user) in _MATCHES:
            yield f"{source.at(node)} holds an identity number against a pattern with {called(user)}(): its region "\
                "part is no input of a rule (guard b)."  # fmt: skip


def names_a_person(source: Source) -> Iterator[str]:
    """Where a rule means somebody: a number or a name held against one, or a list of them, that is written into it."""
    for node, user in Flow(source, _NUMBERS | {"name"}, _NUMBERS).uses():
        if isinstance(user, ast.Compare) and any(_is_written(side) for side in (user.left, *user.comparators)):
            yield f"{source.at(node)} holds a person's number or name against one that is written into the rule: "\
                "nobody is looked for by name or list (guard c)."  # fmt: skip


def sorts_by_place(source: Source) -> Iterator[str]:
    """Where people are told apart by the place they are registered at or came from, beyond `same_city()`."""
    flow = Flow(source, _PLACES, frozenset({"hukou", *_PLACES}))
    for node in flow.occurrences():
        what = _sorting(source, node)
        if what is not None:
            yield f"{source.at(node)} {what}: people are never grouped or picked by origin; a place may only be asked "\
                "with same_city(), or held against another address (guard b)."  # fmt: skip


# --- names ------------------------------------------------------------------------------------------------------------


def _names(source: Source) -> Iterator[tuple[ast.AST, str]]:
    """Everything a module could read by name: attributes, keywords, and texts that could be the name of a field.

    What it calls its own variables and functions reads nothing.
    """
    sentences = _sentences(source.tree)
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute):
            yield node, node.attr
        elif isinstance(node, ast.keyword) and node.arg:
            yield node, node.arg
        elif isinstance(node, ast.Constant) and node not in sentences and _IDENTIFIER.fullmatch(str(node.value)):
            yield node, str(node.value)


def _sentences(tree: ast.Module) -> set[ast.AST]:
    """Texts that speak to people: docstrings, titles, what to do, the law."""
    found: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            found.add(node.value)
        elif isinstance(node, ast.Call) and called(node) == "Words":
            found |= {inner for argument in node.args for inner in ast.walk(argument)}
        elif isinstance(node, ast.keyword) and node.arg == "basis":
            found |= set(ast.walk(node.value))
    return found


def _facts(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    for node in ast.walk(tree):
        yield from ((node, key) for key in keys_asked(node))


def _is_written(side: ast.expr) -> bool:
    """A text, or a collection with one in it; not the empty text, which only says that there is none."""
    parts = side.elts if isinstance(side, ast.Tuple | ast.List | ast.Set) else [side]
    return any(isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value for part in parts)


def _reaches_region(cut: ast.expr) -> bool:
    """Does a subscript reach into the first six of eighteen characters, as far as one can tell?"""
    if isinstance(cut, ast.Slice):
        return cut.lower is None or not _behind_region(cut.lower)
    # A place that is not written out may be any, as in going through all digits one by one.
    return isinstance(cut, ast.Constant | ast.UnaryOp) and not _behind_region(cut)


def _behind_region(place: ast.expr) -> bool:
    try:
        index = ast.literal_eval(place)
    except ValueError:
        return False
    return isinstance(index, int) and (index >= _REGION_DIGITS or -_OTHER_DIGITS <= index < 0)


# --- uses of a place --------------------------------------------------------------------------------------------------


def _sorting(source: Source, node: ast.AST) -> str | None:
    """What a use of a place does to people that it must not; None for what it may."""
    parent = source.parents[node]
    for kind, judge in _USES:
        if isinstance(parent, kind):
            answer = judge(source, node, parent)
            return _sorting(source, parent) if answer == _GOES_ON else answer
    return None


_GOES_ON = "goes on"
_Judge = Callable[[Source, ast.AST, ast.AST], str | None]


def _subscript(_: Source, node: ast.AST, parent: ast.AST) -> str | None:
    assert isinstance(parent, ast.Subscript)  # noqa: S101 - as registered below
    if parent.slice is node:
        return "looks something up by a place"
    if isinstance(parent.slice, ast.Constant) and parent.slice.value == 1:
        return None  # of a pair (place, claim), the claim
    return "cuts a place into pieces" if isinstance(parent.slice, ast.Slice) else _GOES_ON


def _attribute(_: Source, __: ast.AST, parent: ast.AST) -> str | None:
    assert isinstance(parent, ast.Attribute)  # noqa: S101
    return f"looks into a place with {parent.attr}()" if parent.attr in _LOOKS_INSIDE else None


def _call(source: Source, _: ast.AST, parent: ast.AST) -> str | None:
    assert isinstance(parent, ast.Call)  # noqa: S101
    name = called(parent)
    if name in PASSES_ON:
        return _GOES_ON
    return f"sorts by a place with {name}()" if name in _LOOKS_UP and name not in source.functions else None


def _keyword(_: Source, __: ast.AST, parent: ast.AST) -> str | None:
    assert isinstance(parent, ast.keyword)  # noqa: S101
    return "makes a place the key of a finding" if parent.arg == "key" else None


def _compare(_: Source, node: ast.AST, parent: ast.AST) -> str | None:
    assert isinstance(parent, ast.Compare)  # noqa: S101
    others = [side for side in (parent.left, *parent.comparators) if side is not node]
    for operator, other in zip(parent.ops, others, strict=False):
        if isinstance(operator, ast.Is | ast.IsNot):
            continue
        if not isinstance(operator, ast.Eq | ast.NotEq):
            return "picks people by a list or a range of places"
        if isinstance(other, ast.Constant) and other.value not in ("", None):
            return "picks people by a place written into the rule"
    return None


def _dict(_: Source, node: ast.AST, parent: ast.AST) -> str | None:
    assert isinstance(parent, ast.Dict)  # noqa: S101
    return "makes a place the key of a table" if node in parent.keys else None


_USES: tuple[tuple[tuple[type[ast.AST], ...], _Judge], ...] = (
    ((ast.Subscript,), _subscript),
    ((ast.Attribute,), _attribute),
    ((ast.keyword,), _keyword),
    ((ast.Call,), _call),
    ((ast.Compare,), _compare),
    ((ast.Dict,), _dict),
    ((ast.DictComp,), lambda *_: "makes a place the key of a table"),
    ((ast.Match,), lambda *_: "picks people by a place written into the rule"),
    (
        (
            ast.Tuple,
            ast.List,
            ast.Set,
            ast.BoolOp,
            ast.IfExp,
            ast.BinOp,
            ast.JoinedStr,
            ast.FormattedValue,
            ast.GeneratorExp,
            ast.ListComp,
            ast.SetComp,
        ),
        lambda *_: _GOES_ON,
    ),
)
