"""What a rule may show, told from its source: the keys of every `show={...}` that its function can come to."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hub.rules.lint_flow import Source, called, parameters

_ACTS_AND_CC = ("acting", "cc")
_SHOW_PLACE = 2  # Finding(key, evidence, show)
_DEPTH = 6


@dataclass(frozen=True)
class Shown:
    """One key that a finding carries (None: it cannot be told which), and where that is written."""

    at: str
    key: str | None


@dataclass(frozen=True)
class Reach:
    """A rule's function and all it calls among the rules' modules."""

    sources: Mapping[str, Source]
    module: str
    function: str

    def shown(self) -> Iterator[Shown]:
        """What its findings carry."""
        for source, function in self._functions():
            for node in ast.walk(function):
                value = _show_of(node) if isinstance(node, ast.Call) else None
                if value is not None:
                    yield from _keys(source, function, value, _DEPTH)

    def agencies(self) -> set[str]:
        """Agencies that its findings name beyond what the rule says for all of them."""
        found: set[str] = set()
        for _, function in self._functions():
            for node in ast.walk(function):
                if isinstance(node, ast.keyword) and node.arg in _ACTS_AND_CC:
                    texts = (inner.value for inner in ast.walk(node.value) if isinstance(inner, ast.Constant))
                    found |= {text for text in texts if isinstance(text, str)}
        return found

    def _functions(self) -> Iterator[tuple[Source, ast.FunctionDef]]:
        seen: set[tuple[str, str]] = set()
        todo = [(self.module, self.function)]
        while todo:
            module, name = todo.pop()
            source = self.sources.get(module)
            if source is None or (module, name) in seen or name not in source.functions:
                continue
            seen.add((module, name))
            yield source, source.functions[name]
            homes = source.imported
            # Every name, for a function may be handed on to be called.
            nodes = list(ast.walk(source.functions[name]))
            names = {node.id for node in nodes if isinstance(node, ast.Name)}
            names |= {node.attr for node in nodes if isinstance(node, ast.Attribute)}
            todo += [(homes.get(inner, module), inner) for inner in sorted(names)]


def _show_of(call: ast.Call) -> ast.expr | None:
    """What a call makes a finding show; a Rule's own list is no finding."""
    if called(call) == "Rule":
        return None
    for keyword in call.keywords:
        if keyword.arg == "show":
            return keyword.value
    return call.args[_SHOW_PLACE] if called(call) == "Finding" and len(call.args) > _SHOW_PLACE else None


def _keys(source: Source, function: ast.FunctionDef, value: ast.expr, depth: int) -> Iterator[Shown]:
    """The keys a value can have, followed through names, calls and returns of the module."""
    unknown = Shown(source.at(value), None)
    if depth == 0:
        yield unknown
    elif isinstance(value, ast.Dict):
        for key, inner in zip(value.keys, value.values, strict=True):
            if key is None:
                yield from _keys(source, function, inner, depth - 1)
            elif isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield Shown(source.at(key), key.value)
            else:
                yield Shown(source.at(key), None)
    elif isinstance(value, ast.BinOp | ast.IfExp | ast.BoolOp):
        for part in _parts(value):
            yield from _keys(source, function, part, depth - 1)
    elif isinstance(value, ast.Call) and called(value) == "dict" and not value.args:
        yield from (Shown(source.at(value), keyword.arg) for keyword in value.keywords)
    elif isinstance(value, ast.Call) and called(value) in source.functions:
        callee = source.functions[called(value)]
        for node in ast.walk(callee):
            if isinstance(node, ast.Return) and node.value is not None:
                yield from _keys(source, callee, node.value, depth - 1)
    elif isinstance(value, ast.Name):
        given = [*_assigned(function, value.id), *_handed_in(source, function, value.id)]
        for where, part in given:
            yield from _keys(source, where, part, depth - 1)
        yield from _added(source, function, value.id)
        if not given:
            yield unknown
    else:
        yield unknown


def _parts(value: ast.BinOp | ast.IfExp | ast.BoolOp) -> list[ast.expr]:
    if isinstance(value, ast.BinOp):
        return [value.left, value.right]
    return [value.body, value.orelse] if isinstance(value, ast.IfExp) else value.values


def _assigned(function: ast.FunctionDef, name: str) -> Iterator[tuple[ast.FunctionDef, ast.expr]]:
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign | ast.AugAssign):
            targets = [node.target]
        else:
            continue
        if node.value is not None and any(isinstance(target, ast.Name) and target.id == name for target in targets):
            yield function, node.value


def _added(source: Source, function: ast.FunctionDef, name: str) -> Iterator[Shown]:
    """`show["key"] = ...` beside the table it began as."""
    for node in ast.walk(function):
        for target in node.targets if isinstance(node, ast.Assign) else ():
            if isinstance(target, ast.Subscript) and getattr(target.value, "id", None) == name:
                key = target.slice.value if isinstance(target.slice, ast.Constant) else None
                yield Shown(source.at(target), key if isinstance(key, str) else None)


def _handed_in(source: Source, function: ast.FunctionDef, name: str) -> Iterator[tuple[ast.FunctionDef, ast.expr]]:
    """What callers in the module hand in under a parameter's name."""
    names = parameters(function)
    if name not in names:
        return
    for caller in source.functions.values():
        for node in ast.walk(caller):
            if isinstance(node, ast.Call) and called(node) == function.name:
                place = names.index(name)
                if place < len(node.args):
                    yield caller, node.args[place]
                yield from ((caller, k.value) for k in node.keywords if k.arg == name)
