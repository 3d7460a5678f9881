"""RE rules: residence registration, and the home behind it."""

from __future__ import annotations

from hub.rules.base import Rule

RULES: tuple[Rule, ...] = ()
