"""The structure of the code is what `arrows.py` says it is; and the checker sees a violation when there is one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.architecture import arrows
from tests.architecture.arrows import ARROWS, CHECKS, Code

ROOT = Path(__file__).parents[2]
Check = Callable[[Code], Iterator[str]]


@pytest.fixture(scope="module")
def code() -> Code:
    return Code(ROOT)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_code_is_as_it_should_be(check: Check, code: Code) -> None:
    """No sentence of the checker applies."""
    assert list(check(code)) == []


def test_every_arrow_has_its_reason() -> None:
    """A part of the hub that nobody can describe in a line is two parts."""
    assert [unit for unit, (_, reason) in ARROWS.items() if len(reason.split()) < 3] == []


PLANTED = [
    (arrows.wrong_arrows, "domain/bad.py", "from hub.rules import RULES", "hub.domain.bad:1 imports hub.rules"),
    (arrows.wrong_arrows, "simulate/bad.py", "import hub.rules.life", "hub.simulate.bad:1 imports hub.rules.life"),
    (arrows.wrong_arrows, "fold/bad.py", "def f():\n    from hub import store", "hub.fold.bad:2 imports hub.store"),
    (arrows.wrong_arrows, "fold/bad.py", "from ..store import memory", "hub.fold.bad:1 imports hub.store.memory"),
    (arrows.wrong_arrows, "new/bad.py", "x = 1", "hub.new is not in ARROWS"),
    (
        arrows.unlisted_type_imports,
        "mapping/bad.py",
        "if TYPE_CHECKING:\n    from hub.schema.codec import Codec",
        "hub.mapping.bad imports hub.schema.codec for type checking",
    ),
    (
        arrows.mapping_runs_without_schema,
        "mapping/bad.py",
        "from hub.schema import codec",
        "hub.mapping.bad:1 imports hub.schema.codec",
    ),
    (
        arrows.circles,
        "domain/bad.py",
        "import hub.domain.worse",
        "hub.domain.bad -> hub.domain.worse -> hub.domain.bad",
    ),
    (arrows.foreign_imports, "rules/bad.py", "import time", "hub.rules.bad:1 imports time; rules is pure"),
    (arrows.foreign_imports, "rules/bad.py", "import requests", "hub.rules.bad:1 imports requests; rules is pure"),
    (arrows.foreign_imports, "api/bad.py", "from redis import Redis", "hub.api.bad:1 imports redis, which belongs in"),
    (arrows.clock_reads, "fold/bad.py", "def f():\n    return date.today()", "hub.fold.bad:2 reads a clock"),
    (arrows.clock_reads, "rules/bad.py", "n = datetime.datetime.now", "hub.rules.bad:1 reads a clock"),
    (arrows.environment_reads, "store/bad.py", "def f():\n    return os.environ['X']", "hub.store.bad:2 reads the"),
    (arrows.environment_reads, "store/bad.py", "from os import getenv", "hub.store.bad:1 reads the environment"),
    (arrows.work_at_import, "domain/bad.py", "TABLE = load_regions()", "hub.domain.bad:1 works at import: load_reg"),
    (arrows.work_at_import, "domain/bad.py", "def f(x=open('x')): ...", "hub.domain.bad:1 works at import: open"),
    (
        arrows.work_at_import,
        "domain/bad.py",
        "class C:\n    x = connect()",
        "hub.domain.bad:2 works at import: connect",
    ),
    (arrows.long_modules, "domain/bad.py", "x = 1\n" * 400, "hub.domain.bad has 401 lines"),
    (arrows.empty_names, "domain/utils.py", "x = 1", "hub.domain.utils: what is it about?"),
]


@pytest.mark.parametrize(
    ("check", "file", "text", "said"), PLANTED, ids=[f"{c.__name__}-{s}" for c, _, _, s in PLANTED]
)
def test_a_planted_violation_is_seen(check: Check, file: str, text: str, said: str, tmp_path: Path) -> None:
    """The checker is no better than what it catches."""
    files = {"__init__.py": "", "rules/__init__.py": "", "rules/life.py": "", "store/__init__.py": ""}
    files |= {"store/memory.py": "", "schema/codec.py": "", "domain/worse.py": "import hub.domain.bad\n"}
    for name, content in {**files, "domain/bad.py": "", file: text + "\n"}.items():
        path = tmp_path / "hub" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    assert [sentence for sentence in check(Code(tmp_path)) if sentence.startswith(said)]


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (arrows.circles, "if TYPE_CHECKING:\n    import hub.domain.worse"),
        (arrows.circles, "def later():\n    import hub.domain.worse"),
        (arrows.clock_reads, "def f(scene):\n    return scene.today.date"),
        (arrows.work_at_import, "def f():\n    return open('x')"),
        (arrows.work_at_import, "f = lambda: open('x')"),
    ],
)
def test_what_is_allowed_is_not_seen(check: Check, text: str, tmp_path: Path) -> None:
    """Nor does it cry over what does no harm."""
    (tmp_path / "hub" / "domain").mkdir(parents=True)
    (tmp_path / "hub" / "domain" / "bad.py").write_text(text + "\n", "utf-8")
    (tmp_path / "hub" / "domain" / "worse.py").write_text("import hub.domain.bad\n", "utf-8")
    assert list(check(Code(tmp_path))) == []
