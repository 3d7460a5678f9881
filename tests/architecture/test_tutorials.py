"""The tutorials are run as they stand, in a copy of the repository: files written, commands run, output compared."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.pages import Block, Page

ROOT = Path(__file__).parents[2]
COPIED = ("hub", "schemas", "connectors", "docs", "tests", "tools", "pyproject.toml", "Makefile")
FILE_LANGUAGES = {"toml", "json", "markdown", "python"}


class Reader:
    """Somebody who does what a page says."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.output = ""
        for name in COPIED:
            source, ignored = ROOT / name, shutil.ignore_patterns("__pycache__")
            copy = shutil.copytree if source.is_dir() else shutil.copy
            copy(source, home / name, **({"ignore": ignored} if source.is_dir() else {}))
        programs = home / "bin"
        programs.mkdir()
        for name, run in (
            ("hub", "-c 'from hub.cli import main; main()'"),
            ("pytest", "-m pytest -p no:cacheprovider"),
        ):
            (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {run} "$@"\n', "utf-8")
            (programs / name).chmod(0o755)
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("HUB_")},
            "PATH": f"{programs}:{os.environ['PATH']}",
            "PYTHONPATH": str(home),
        }

    def follow(self, block: Block) -> None:
        """Do what one block says."""
        where = f"line {block.line}"
        if block.language == "sh":
            script = f"set -e\n{block.text}"
            done = subprocess.run(
                ["sh", "-c", script], cwd=self.home, env=self.environment, capture_output=True, text=True, check=False
            )
            self.output = done.stdout + done.stderr
            assert (done.returncode != 0) == (block.note == "fails"), f"{where}: {self.output}"
        elif block.language == "text":
            missing = [line for line in block.text.splitlines() if line.strip() not in self.output]
            assert missing == [], f"{where}: {self.output}"
        elif block.language in FILE_LANGUAGES and block.note:
            path = self.home / block.note
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, "utf-8")


@pytest.mark.parametrize("name", ["tutorial-connector.md", "tutorial-rule.md"])
def test_a_tutorial_works_as_it_stands(name: str, tmp_path: Path) -> None:
    """Whoever does what the page says ends where it says."""
    reader = Reader(tmp_path)
    blocks = Page(ROOT / "docs" / name).blocks
    assert len(blocks) > 5
    for block in blocks:
        reader.follow(block)
