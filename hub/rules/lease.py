"""HO rules: who may let a dwelling."""

from __future__ import annotations

from hub.rules.base import Rule

RULES: tuple[Rule, ...] = ()
