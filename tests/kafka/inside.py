"""`hub` commands in this process: what they do and print is the same, and a Python start per command is saved."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from unittest.mock import patch

from hub.cli import main


@dataclass(frozen=True)
class Said:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


def hub_inside(*command: str, env: Mapping[str, str]) -> Said:
    """Run one command that ends by itself. Commands that stay are processes (`tests.integration.stage`)."""
    out, err = StringIO(), StringIO()
    with (
        patch.dict(os.environ, dict(env), clear=True),
        patch.object(sys, "argv", ["hub", *command]),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
    return Said(code, out.getvalue(), err.getvalue())
