"""ID rules that need two numbers: one person, two live identities."""

from __future__ import annotations

from hub.rules.base import Rule

RULES: tuple[Rule, ...] = ()
