"""EC rules: homes and jobs of households on aid or in public rental."""

from __future__ import annotations

from hub.rules.base import Rule

RULES: tuple[Rule, ...] = ()
