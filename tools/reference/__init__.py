"""The reference pages, made from the code: `make docs` writes them, a test says when one is stale."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hub.config_table import render_config_page, render_env_example
from hub.telemetry.metrics import render_metrics_page
from tools.reference.attributes import attributes_page
from tools.reference.commands import commands_page
from tools.reference.errors import errors_page
from tools.reference.events import events_page
from tools.reference.rules import rules_page

PAGES: Mapping[str, Callable[[], str]] = {
    ".env.example": render_env_example,
    "docs/attributes.md": attributes_page,
    "docs/cli.md": commands_page,
    "docs/config.md": render_config_page,
    "docs/errors.md": errors_page,
    "docs/events.md": events_page,
    "docs/metrics.md": render_metrics_page,
    "docs/rules.md": rules_page,
}
"""Path from the root of the repository, and what stands there."""
