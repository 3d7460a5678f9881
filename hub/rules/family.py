"""LE rules about marriage and adoption: register against register, never an allegation."""

from __future__ import annotations

from hub.rules.base import Rule

RULES: tuple[Rule, ...] = ()
