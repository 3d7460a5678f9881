"""The command in this process, and what it prints."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hub.cli import main
from hub.rules.examples import events_in

Said = Callable[..., str]


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Said:
    """Run `hub ...` in a folder of its own; what it printed. `code`: how it must end."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("HUB_")]:
        monkeypatch.delenv(name)

    def run(*arguments: str, code: int = 0) -> str:
        monkeypatch.setattr(sys, "argv", ["hub", *arguments])
        try:
            main()
            ended = 0
        except SystemExit as end:
            ended = int(end.code or 0)
        said = capsys.readouterr()
        assert ended == code, said.err
        return said.out + said.err

    return run


def written(folder: Path, *lines: str, name: str = "events.jsonl") -> str:
    """A file of events, told as in the example book."""
    events = "\n".join(json.dumps(event, ensure_ascii=False) for event in events_in(lines))
    (folder / name).write_text(events + "\n", "utf-8")
    return name


def parsed(said: str) -> Any:
    return json.loads(said)
