"""The structure of `hub` as data, and the checker that reads it off the code. Every function says what is wrong.

The checker reads sources with `ast` and runs nothing. It takes the root, so that a test can plant a violation.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

# Who may import whom: a package or module of `hub` -> the others it may import, and why. Not listed: may not be there.
ARROWS: Mapping[str, tuple[frozenset[str], str]] = {
    "domain": (frozenset(), "what things are; knows nothing of ours"),
    "errors": (frozenset(), "what the runtime does when something is wrong"),
    "fold": (frozenset({"domain"}), "what a subject's claims amount to: a pure function of them"),
    "rules": (frozenset({"domain", "fold"}), "a rule sees a fold, policy and a date; no store, no other subject"),
    "schema": (frozenset({"domain"}), "the Avro contract, and messages held against it"),
    "mapping": (frozenset({"domain", "schema"}), "schema for type checking only: the catalogue is handed in"),
    "pipeline": (frozenset({"domain", "fold", "rules", "schema", "mapping"}), "the journey: pure; no broker, no store"),
    "tls": (frozenset(), "a handshake, for whoever finds out why a service hangs up"),
    "store": (frozenset({"errors", "tls"}), "bytes by key; knows no claim"),
    "telemetry": (frozenset({"domain", "errors"}), "metrics and logs; domain for the time zone alone"),
    "runtime": (
        frozenset({"domain", "errors", "pipeline", "schema", "store", "tls"}),
        "Faust and Kafka around the pipeline; store by its port",
    ),
    "api": (frozenset({"domain", "errors", "telemetry"}), "HTTP over ports; what it serves is handed in"),
    "config_forms": (frozenset(), "how a setting is written and read"),
    "config_table": (frozenset({"config_forms"}), "every setting as data"),
    "config": (
        frozenset({"config_forms", "config_table", "domain", "errors", "rules"}),
        "the only reader of the environment; rules: which ids may be switched on",
    ),
    "bootstrap": (
        frozenset({"domain", "mapping", "pipeline", "rules", "schema"}),
        "the composition root of the pure part",
    ),
    "local": (frozenset({"domain", "pipeline"}), "the whole hub in memory"),
    "explain": (frozenset({"domain", "pipeline", "rules"}), "why an alert stands, for whoever acts on it"),
    "backtest": (frozenset(), "two lists of alerts, compared: plain data"),
    "notes": (frozenset({"domain", "fold"}), "what an agency should know although nothing does not fit"),
    "replay": (frozenset({"domain", "explain", "local", "mapping", "notes", "pipeline"}), "the whole hub over files"),
    "facade": (frozenset({"bootstrap", "domain", "local"}), "the hub for Python callers"),
    "node": (
        frozenset(
            {
                "api", "bootstrap", "config", "domain", "errors", "explain", "pipeline", "runtime", "schema", "store",
                "telemetry",
            }
        ),
        "one process: the composition root of everything that runs",
    ),
    "simulate": (frozenset(), "a city that knows nothing of the hub: the truth must not come from the rules it judges"),
    "truth": (frozenset(), "findings against the city's truth: plain data on both sides"),
    "demo": (frozenset({"domain", "node", "pipeline", "runtime", "simulate", "truth"}), "a city through a node"),
    "cli": (
        frozenset(
            {
                "backtest", "bootstrap", "config", "demo", "domain", "errors", "mapping", "node", "pipeline", "replay",
                "rules", "runtime", "schema", "simulate", "telemetry", "truth",
            }
        ),
        "the edge: nobody imports it",
    ),
    "": (frozenset({"domain", "facade"}), "hub/__init__.py: the names outsiders may import, resolved on first use"),
}  # fmt: skip

# Imports for type checking alone: (from, to). They may close a circle, for they do not run.
TYPES_ONLY: frozenset[tuple[str, str]] = frozenset(
    {
        ("hub", "hub.domain.addresses"),
        ("hub", "hub.domain.identifiers"),
        ("hub", "hub.domain.names"),
        ("hub", "hub.domain.pension_age"),
        ("hub", "hub.facade"),
        ("hub.mapping.load", "hub.schema.catalogue"),
        ("hub.mapping.shape", "hub.schema.catalogue"),
        ("hub.simulate.people", "hub.simulate.ledger"),
    }
)

PURE = frozenset({"domain", "fold", "rules", "schema", "mapping", "pipeline"})
# What the pure packages may import from elsewhere. Files they read are their own data, or a folder handed in.
PURE_IMPORTS = frozenset(
    {
        "__future__", "ast", "bisect", "calendar", "collections", "copy", "csv", "dataclasses", "datetime", "fractions",
        "functools", "hashlib", "hmac", "importlib", "io", "itertools", "json", "operator", "pathlib", "re", "shlex",
        "shutil", "string", "struct", "sys", "tomllib", "traceback", "types", "typing", "unicodedata", "urllib",
        "cryptography", "fastavro", "msgspec", "opencc", "pypinyin",
    }
)  # fmt: skip
PURE_EXCEPTIONS = {
    ("hub.schema.registry", "httpx"): "RemoteRegistry: a schema that only a real registry has, asked for once",
    ("hub.schema.publishing", "httpx"): "`hub schemas publish`",
}
# Packages that only one place of ours may know, so that they can be replaced there.
ONLY_IN = {
    "faust": {"runtime"},
    "mode": {"runtime"},
    "aiokafka": {"runtime", "node"},
    "kafka": {"runtime", "cli"},
    "redis": {"store", "runtime"},  # runtime.retry: which errors pass by themselves
    "fastapi": {"api", "node"},
    "starlette": {"api"},
    "uvicorn": {"api"},
    "prometheus_client": {"telemetry", "api", "node"},
    "click": {"cli"},
    "rich": {"cli"},
    "opencc": {"domain"},
    "pypinyin": {"domain"},
    "fastavro": {"schema"},
    "cryptography": {"domain"},
}

CLOCKS = frozenset({("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today")})
ENVIRONMENT_READERS = {
    "hub.config": "the settings",
    "hub.cli.console": "hands os.environ to load_settings, and reads nothing of it",
}

# What may be called while a module is imported: declarations, small constants, registration of commands.
AT_IMPORT = frozenset(
    {
        # the language
        "MappingProxyType", "NewType", "TypeVar", "dataclass", "dict", "enumerate", "field", "frozenset", "lru_cache",
        "ord", "pow", "range", "set", "sorted", "str.maketrans", "sum", "tuple", "type", "zip", ".join", ".resolve",
        ".toordinal", "Path", "date", "re.compile", "struct.Struct", "struct.pack", "timedelta", "timezone",
        "logging.getLogger",
        # declarations with other people's words
        "ConfigDict", "Console", "Field", "msgspec.field", "msgspec.json.Decoder", "msgspec.json.Encoder",
        "click.Choice", "click.DateTime", "click.FloatRange", "click.IntRange", "click.Path", "click.argument",
        "click.command", "click.group", "click.option", "click.version_option", "cli.add_command",
        "alerts_group.command", "connector_group.command", "quarantine_group.command", "residents_group.command",
        "reading.rules_group.add_command", "rules_group.command", "schemas_group.command", "topics_group.command",
        # and with ours: frozen data, or a function of its arguments that makes some
        "Form", "Horizon", "Kind", "KafkaSecurity", "Route", "Rule", "TopicSpec", "Variable", "Words",
        "choice", "integer", "path", "seconds", "text", "url", "parse_rfc3339",
        "_Schedule", "_birth", "_matching", "_no_filler", "_plainly", "_table",
        "AGENCY_TOPICS.items", "AGENCY_TOPICS.values", "topics.AGENCY_TOPICS.items",
    }
)  # fmt: skip

MAX_LINES = 400
NO_NAMES = frozenset({"utils", "util", "helpers", "helper", "common", "misc", "tools"})


@dataclass(frozen=True)
class Import:
    """One module named by another, and when."""

    importer: str
    target: str
    line: int
    at_import: bool  # else within a function, when it is called
    types_only: bool


class Module:
    """One source file."""

    def __init__(self, root: Path, path: Path) -> None:
        parts = path.relative_to(root).with_suffix("").parts
        self.path = path
        self.name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        self.is_package = parts[-1] == "__init__"
        self.text = path.read_text("utf-8")
        self.tree = ast.parse(self.text)

    @property
    def unit(self) -> str:
        """The part of `hub` that arrows speak of; the empty text for `hub` itself."""
        return unit_of(self.name)

    @cached_property
    def imports(self) -> list[Import]:
        return [*self._imports(self.tree, at_import=True, types_only=False)]

    def _imports(self, node: ast.AST, *, at_import: bool, types_only: bool) -> Iterator[Import]:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(self.name, alias.name, node.lineno, at_import, types_only)
        elif isinstance(node, ast.ImportFrom):
            for target in self._targets(node):
                yield Import(self.name, target, node.lineno, at_import, types_only)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for inner in node.body:
                yield from self._imports(inner, at_import=at_import, types_only=True)
            for inner in node.orelse:
                yield from self._imports(inner, at_import=at_import, types_only=types_only)
        else:
            inside = at_import and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            for inner in ast.iter_child_nodes(node):
                yield from self._imports(inner, at_import=inside, types_only=types_only)

    def _targets(self, node: ast.ImportFrom) -> Iterator[str]:
        """Each name with its package: `from hub.runtime import topics` may mean the module hub.runtime.topics."""
        package = self.name.split(".") if self.is_package else self.name.split(".")[:-1]
        base = [*package[: len(package) - node.level + 1]] if node.level else []
        for alias in node.names:
            yield ".".join([*base, *([node.module] if node.module else []), alias.name])


class Code:
    """All modules under a root that has a `hub` package."""

    def __init__(self, root: Path) -> None:
        self.modules = {m.name: m for m in (Module(root, path) for path in sorted((root / "hub").rglob("*.py")))}

    def module_of(self, target: str) -> str | None:
        """The module of ours that an import names, if it does: `hub.rules.base.Rule` is in hub.rules.base."""
        while target.startswith("hub"):
            if target in self.modules:
                return target
            target = target.rpartition(".")[0]
        return None

    def ours(self) -> Iterator[tuple[Import, str]]:
        for module in self.modules.values():
            for found in module.imports:
                target = self.module_of(found.target)
                if target is not None and target != module.name:
                    yield found, target


def unit_of(name: str) -> str:
    return name.split(".")[1] if "." in name else ""


def wrong_arrows(code: Code) -> Iterator[str]:
    """Imports between parts of the hub that ARROWS does not have."""
    for unit in sorted({module.unit for module in code.modules.values()} - ARROWS.keys()):
        yield f"hub.{unit} is not in ARROWS: say what it may import, and why"
    for found, target in code.ours():
        importer, imported = unit_of(found.importer), unit_of(target)
        if importer != imported and importer in ARROWS and imported not in ARROWS[importer][0]:
            yield f"{found.importer}:{found.line} imports {target}; {importer or 'hub'} may not"


def needless_arrows(code: Code) -> Iterator[str]:
    """Arrows that nothing uses: what is allowed and not needed will be needed one day, unnoticed."""
    used = {(unit_of(found.importer), unit_of(target)) for found, target in code.ours()}
    for importer, (allowed, _) in ARROWS.items():
        for imported in sorted(allowed):
            if (importer, imported) not in used:
                yield f"nothing in hub.{importer} imports hub.{imported}"


def unlisted_type_imports(code: Code) -> Iterator[str]:
    """Imports for type checking that TYPES_ONLY does not have, or has in vain."""
    found = {(i.importer, target) for i, target in code.ours() if i.types_only}
    yield from (f"{a} imports {b} for type checking: list it" for a, b in sorted(found - TYPES_ONLY))
    yield from (f"{a} does not import {b} for type checking" for a, b in sorted(TYPES_ONLY - found))


def mapping_runs_without_schema(code: Code) -> Iterator[str]:
    """hub.mapping knows hub.schema by type alone."""
    for found, target in code.ours():
        if unit_of(found.importer) == "mapping" and unit_of(target) == "schema" and not found.types_only:
            yield f"{found.importer}:{found.line} imports {target} to run"


def circles(code: Code) -> Iterator[str]:
    """Modules that import each other while being imported, round any number of corners."""
    graph: dict[str, set[str]] = {name: set() for name in code.modules}
    for found, target in code.ours():
        if found.at_import and not found.types_only:
            graph[found.importer].add(target)
    done: set[str] = set()

    def visit(name: str, way: tuple[str, ...]) -> Iterator[str]:
        if name in way:
            yield " -> ".join((*way[way.index(name) :], name))
        elif name not in done:
            for target in sorted(graph[name]):
                yield from visit(target, (*way, name))
            done.add(name)

    for name in sorted(graph):
        yield from visit(name, ())


def foreign_imports(code: Code) -> Iterator[str]:
    """Packages of others where they do not belong: in the pure core, or outside the one place that knows them."""
    for module in code.modules.values():
        for found in module.imports:
            package = found.target.split(".")[0]
            if package == "hub":
                continue
            excused = (module.name, package) in PURE_EXCEPTIONS
            if module.unit in PURE and package not in PURE_IMPORTS and not excused:
                yield f"{module.name}:{found.line} imports {package}; {module.unit} is pure"
            if module.unit not in ONLY_IN.get(package, {module.unit}):
                yield f"{module.name}:{found.line} imports {package}, which belongs in {', '.join(ONLY_IN[package])}"


def clock_reads(code: Code) -> Iterator[str]:
    """Clocks read in the pure core; the time module itself is not among PURE_IMPORTS."""
    for module in code.modules.values():
        for node in ast.walk(module.tree) if module.unit in PURE else ():
            if isinstance(node, ast.Attribute) and (_last(node.value), node.attr) in CLOCKS:
                yield f"{module.name}:{node.lineno} reads a clock: {ast.unparse(node)}"


def environment_reads(code: Code) -> Iterator[str]:
    """The process environment read elsewhere than in the settings."""
    for module in code.modules.values():
        if module.name in ENVIRONMENT_READERS:
            continue
        for node in ast.walk(module.tree):
            attribute = isinstance(node, ast.Attribute) and _last(node.value) == "os" and node.attr in _ENVIRONMENT
            imported = isinstance(node, ast.ImportFrom) and node.module == "os" and _names(node) & _ENVIRONMENT
            if attribute or imported:
                yield f"{module.name}:{node.lineno} reads the environment"


_ENVIRONMENT = frozenset({"environ", "environb", "getenv", "getenvb", "putenv"})


def work_at_import(code: Code) -> Iterator[str]:
    """Calls made while a module is imported, other than those of AT_IMPORT."""
    for module in code.modules.values():
        for statement in module.tree.body:
            if isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.unparse(statement.test):
                continue
            for call in _calls(statement):
                if _called(call) not in AT_IMPORT:
                    yield f"{module.name}:{call.lineno} works at import: {_called(call)}(...)"


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    """Calls that run when the node does: not those inside a function, but its decorators and defaults."""
    if isinstance(node, ast.Lambda):
        return
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        inner: list[ast.AST] = [*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)]
    else:
        inner = [*ast.iter_child_nodes(node)]
    if isinstance(node, ast.Call):
        yield node
    for child in inner:
        yield from _calls(child)


def _called(call: ast.Call) -> str:
    plain = not isinstance(call.func, ast.Attribute) or isinstance(call.func.value, ast.Name | ast.Attribute)
    return ast.unparse(call.func) if plain else f".{call.func.attr}"


def long_modules(code: Code) -> Iterator[str]:
    """A module that does not fit into a head."""
    for module in code.modules.values():
        lines = module.text.count("\n")
        if lines > MAX_LINES:
            yield f"{module.name} has {lines} lines; {MAX_LINES} is enough"


def empty_names(code: Code) -> Iterator[str]:
    """A module named after nothing collects everything."""
    for name in code.modules:
        if name.rpartition(".")[2] in NO_NAMES:
            yield f"{name}: what is it about?"


def _last(node: ast.expr) -> str:
    return ast.unparse(node).rpartition(".")[2]


def _names(node: ast.ImportFrom) -> frozenset[str]:
    return frozenset(alias.name for alias in node.names)


CHECKS = (
    wrong_arrows,
    needless_arrows,
    unlisted_type_imports,
    mapping_runs_without_schema,
    circles,
    foreign_imports,
    clock_reads,
    environment_reads,
    work_at_import,
    long_modules,
    empty_names,
)
