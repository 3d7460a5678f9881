"""Helpers for whoever writes a connector: start a folder, try a sample (`hub connector new`, `hub connector try`)."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

from hub.domain.event import AGENCIES, Fault
from hub.mapping.contract import Bench, outcome, read_sample
from hub.mapping.spec import Connector

TEMPLATE = "_template"
_NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")


class AuthorError(ValueError):
    """What was asked for cannot be done; the text says why, for the author to read."""


def new_connector(root: Path, name: str, agency: str) -> Path:
    """Copy the template under `root` and fill in name and agency. Raises AuthorError rather than touch what exists."""
    if not _NAME.fullmatch(name):
        raise AuthorError(f"'{name}' is no name for a connector: small letters, digits and single underscores only")
    if agency not in AGENCIES:
        raise AuthorError(f"'{agency}' is not one of {', '.join(AGENCIES)}")
    folder = root / name
    if folder.exists():
        raise AuthorError(f"{folder} exists already")
    shutil.copytree(root / TEMPLATE, folder)
    for path in (path for path in folder.rglob("*") if path.is_file()):
        text = path.read_text("utf-8")
        for placeholder, value in (("__FEED__", name), ("__AGENCY__", agency), ("__agency__", agency.lower())):
            text = text.replace(placeholder, value)
        path.write_text(text, "utf-8")
    return folder


def try_sample(connector: Connector, file: Path, bench: Bench) -> dict[str, Any] | tuple[Fault, ...]:
    """What the hub makes of a sample's row: entry, roles, groups, units, golden, facts; or every fault of the row."""
    sample = read_sample(connector, file)
    if isinstance(sample, str):
        raise AuthorError(sample)
    return outcome(sample, bench)
