"""EN rules: housing, allowance, grant and job service that people are entitled to."""

from __future__ import annotations

from hub.rules.base import Rule

RULES: tuple[Rule, ...] = ()
