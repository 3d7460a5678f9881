"""What mutation testing changes: mutmut's changes to every function and method of a file, one at a time."""

from __future__ import annotations

import difflib
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any

import libcst  # type: ignore[import-not-found]
from libcst._nodes.internal import CodegenState  # type: ignore[import-not-found]
from libcst.metadata import MetadataWrapper, PositionProvider  # type: ignore[import-not-found]
from mutmut.mutation.file_mutation import (  # type: ignore[import-not-found]
    ChildReplacementTransformer,
    Mutation,
    MutationVisitor,
)
from mutmut.mutation.mutators import mutation_operators  # type: ignore[import-not-found]
from mutmut.mutation.pragma_handling import IgnoredCode  # type: ignore[import-not-found]


class _Visitor(MutationVisitor):  # type: ignore[misc]
    """mutmut's, but for what is different when only the code object of a function is swapped."""

    def _skip_node_and_children(self, node: object) -> bool:
        if isinstance(node, libcst.FunctionDef):  # a property or a cached function can be swapped like any other
            return False
        if isinstance(node, libcst.Param):  # a default value is no part of the code object
            return True
        return bool(super()._skip_node_and_children(node))


@dataclass(frozen=True)
class Mutant:
    """One change to one function."""

    path: str
    function: str  # qualified name
    number: int  # within the function
    lines: range
    source: str
    before: str  # the function's text
    after: str

    @property
    def name(self) -> str:
        return f"{self.path}:{self.function}:{self.number}"

    @property
    def digest(self) -> str:
        """The same change to the same function, in whatever version of its file."""
        return hashlib.sha256(f"{self.before}|{self.after}".encode()).hexdigest()[:16]

    @property
    def diff(self) -> str:
        lines = difflib.unified_diff(self.before.splitlines(), self.after.splitlines(), lineterm="", n=0)
        return "\n".join(line for line in lines if not line.startswith(("---", "+++", "@@")))

    def code(self) -> CodeType | None:
        """The changed function, compiled."""
        changed = self.source.replace(self.before, self.after, 1)
        return _code_of(compile(changed, self.path, "exec", dont_inherit=True), self.function)


def mutants_of(path: Path) -> Iterator[Mutant]:
    """Every change mutmut knows to make to the functions and methods of a file."""
    source = path.read_text("utf-8")
    wrapper = MetadataWrapper(libcst.parse_module(source))
    visitor = _Visitor(mutation_operators, IgnoredCode(set(), set(), set()))
    wrapper.visit(visitor)
    places = wrapper.resolve(PositionProvider)
    names = dict(_functions(wrapper.module.body))
    count: Counter[str] = Counter()
    for change in visitor.mutations:
        function = change.contained_by_top_level_function
        if function not in names:
            continue
        count[names[function]] += 1
        place = places[change.original_node]
        before = _text(function, names[function])
        if source.count(before) != 1:
            raise ValueError(f"{path}: {names[function]} does not stand there once")
        after = _text(_changed(function, change), names[function])
        lines = range(place.start.line, place.end.line + 1)
        yield Mutant(str(path), names[function], count[names[function]], lines, source, before, after)


def _functions(body: Iterable[Any], prefix: str = "") -> Iterator[tuple[Any, str]]:
    for node in body:
        if isinstance(node, libcst.FunctionDef):
            yield node, prefix + node.name.value
        elif isinstance(node, libcst.ClassDef):
            yield from _functions(node.body.body, f"{prefix}{node.name.value}.")


def _text(function: libcst.CSTNode, qualname: str) -> str:
    """As it stands in its file: a method is indented."""
    state = CodegenState(default_indent="    ", default_newline="\n")
    for _ in range(qualname.count(".")):
        state.increase_indent("    ")
    function._codegen(state)
    return "".join(state.tokens)


def _changed(function: libcst.FunctionDef, change: Mutation) -> libcst.CSTNode:
    return function.visit(ChildReplacementTransformer(change.original_node, change.mutated_node))


def _code_of(module: CodeType, qualname: str) -> CodeType | None:
    codes = [const for const in module.co_consts if isinstance(const, CodeType)]
    found = next((code for code in codes if code.co_qualname == qualname), None)
    return found or next((inner for code in codes if (inner := _code_of(code, qualname))), None)
