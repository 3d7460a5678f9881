"""RE rules: residence permits."""

from __future__ import annotations

from hub.rules.base import Rule

RULES: tuple[Rule, ...] = ()
