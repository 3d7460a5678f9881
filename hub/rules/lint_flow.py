"""Where a value of a rule comes in, and where it goes: a small data flow over source text.

Reads sources with `ast` and runs nothing. Values are followed from fields (`person.hukou_region`, `named.id_no`,
`facts["..."]`) through names and through calls within a module: enough for rules as they are written, which are small
functions over a fold.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

_BOOKS = frozenset({"facts", "kept", "golden"})
PASSES_ON = frozenset({"str", "tuple", "list", "sorted"})
"""Calls that give what they are given."""


@dataclass(frozen=True)
class Source:
    """One module of rules, as text; `name` is its file name without `.py`, `folder` where it lies."""

    name: str
    text: str
    folder: str = ""

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        return {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    @cached_property
    def functions(self) -> dict[str, ast.FunctionDef]:
        """Functions and methods by name; of two that go by one name, the function."""
        classes = (node for node in self.tree.body if isinstance(node, ast.ClassDef))
        bodies = [*(node for found in classes for node in found.body), *self.tree.body]
        return {node.name: node for node in bodies if isinstance(node, ast.FunctionDef)}

    @cached_property
    def imported(self) -> dict[str, str]:
        """Names taken from another module of rules, and its name."""
        return {
            alias.asname or alias.name: node.module.rpartition(".")[2]
            for node in self.tree.body
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("hub.rules.")
            for alias in node.names
        }

    def at(self, node: ast.AST) -> str:
        return f"{self.folder}{self.name}.py:{getattr(node, 'lineno', 0)}"


def keys_asked(node: ast.AST) -> Iterator[str]:
    """The key in `x.facts.get("key")`, `facts["key"]` and the like."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
        book, keys = node.func.value, node.args[:1]
    elif isinstance(node, ast.Subscript):
        book, keys = node.value, [node.slice]
    else:
        return
    if (book.attr if isinstance(book, ast.Attribute) else getattr(book, "id", "")) in _BOOKS:
        yield from (str(key.value) for key in keys if isinstance(key, ast.Constant))


def called(call: ast.Call) -> str:
    """The name a call goes by: `f` of `f()` and of `x.f()`."""
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def parameters(function: ast.FunctionDef) -> list[str]:
    """Names of a function's parameters in order, as its callers see them."""
    return [argument.arg for argument in function.args.args if argument.arg not in ("self", "cls")]


def _attribute_asked(node: ast.AST) -> Iterator[str]:
    """The name in `getattr(x, "name")`."""
    if isinstance(node, ast.Call) and called(node) == "getattr" and len(node.args) > 1:
        yield from (str(key.value) for key in node.args[1:2] if isinstance(key, ast.Constant))


@dataclass
class Flow:
    """Values of one kind: where they come in, and the names they go by in each function."""

    source: Source
    fields: frozenset[str]  # as attributes, and as keys of facts
    usual: frozenset[str]  # names that hold such a value wherever they stand
    _held: dict[str, set[str]] = field(default_factory=dict)

    def uses(self) -> Iterator[tuple[ast.expr, ast.AST]]:
        """Every use of such a value: what stands for it there, and what it is used by."""
        for node in self.occurrences():
            while _goes_on(node, self.source.parents[node]):
                node = self.source.parents[node]  # type: ignore[assignment]
            yield node, self.source.parents[node]

    def occurrences(self) -> Iterator[ast.expr]:
        """Every place where such a value is named."""
        self._follow()
        for function, body in self._bodies():
            for node in body:
                if isinstance(node, ast.expr) and self._is_value(node, function):
                    yield node

    def _bodies(self) -> Iterator[tuple[str, list[ast.AST]]]:
        for name, function in self.source.functions.items():
            yield name, list(ast.walk(function))
        loose = (node for node in self.source.tree.body if not isinstance(node, ast.FunctionDef | ast.ClassDef))
        yield "", [inner for node in loose for inner in ast.walk(node)]

    def _is_value(self, node: ast.AST, function: str) -> bool:
        if isinstance(node, ast.Name):
            return isinstance(node.ctx, ast.Load) and (node.id in self.usual or node.id in self._held.get(function, ()))
        if isinstance(node, ast.Attribute):
            return node.attr in self.fields
        return any(name in self.fields for name in (*keys_asked(node), *_attribute_asked(node)))

    def _derives(self, node: ast.AST, function: str) -> bool:
        """Is this the value, or made of it and nothing else?"""
        if self._is_value(node, function):
            return True
        if isinstance(node, ast.Subscript):
            return self._derives(node.value, function)
        if isinstance(node, ast.BoolOp):
            return any(self._derives(part, function) for part in node.values)
        if isinstance(node, ast.IfExp):
            return self._derives(node.body, function) or self._derives(node.orelse, function)
        if isinstance(node, ast.NamedExpr):
            return self._derives(node.value, function)
        return isinstance(node, ast.Call) and called(node) in PASSES_ON and any(
            self._derives(argument, function) for argument in node.args
        )  # fmt: skip

    def _follow(self) -> None:
        """Spread over assignments and over calls of functions of the same module, until nothing new is found."""
        before = -1
        while before != (before := sum(map(len, self._held.values()))):
            for function, body in self._bodies():
                for node in body:
                    for where, name in self._spread(node, function):
                        self._held.setdefault(where, set()).add(name)

    def _spread(self, node: ast.AST, function: str) -> Iterator[tuple[str, str]]:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                yield from ((function, name) for name in self._taken(target, node.value, function))
        elif isinstance(node, ast.NamedExpr) and self._derives(node.value, function):
            yield function, node.target.id
        elif isinstance(node, ast.Call) and called(node) in self.source.functions:
            goes_to = self.source.functions[called(node)]
            names = parameters(goes_to)
            given = [*zip(names, node.args, strict=False), *((k.arg or "", k.value) for k in node.keywords)]
            yield from ((goes_to.name, name) for name, value in given if self._derives(value, function))

    def _taken(self, target: ast.expr, value: ast.expr, function: str) -> Iterator[str]:
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            for inner, part in zip(target.elts, value.elts, strict=False):
                yield from self._taken(inner, part, function)
        elif self._derives(value, function):
            # Of a pair (place, claim) the place comes first.
            first = target.elts[0] if isinstance(target, ast.Tuple) and target.elts else target
            if isinstance(first, ast.Name):
                yield first.id


def _goes_on(node: ast.AST, parent: ast.AST) -> bool:
    """Is the parent the same value, or one of several it may be?"""
    if isinstance(parent, ast.IfExp):
        return parent.test is not node
    if isinstance(parent, ast.Call):
        return called(parent) in PASSES_ON and node in parent.args
    return isinstance(parent, ast.BoolOp | ast.NamedExpr)
