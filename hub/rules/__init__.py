"""The rules, in the order of the catalogue. To add one: a function with its Rule in one of these modules."""

from __future__ import annotations

from hub.rules import (
    conflict,
    cross,
    family,
    holdings,
    housing,
    identity,
    lease,
    life,
    newborn,
    permits,
    residence,
    support,
    takeup,
    twins,
)
from hub.rules.base import Rule

_MODULES = (
    identity, twins, residence, permits, life, family, takeup, newborn, support, conflict, holdings, housing, lease,
    cross,
)  # fmt: skip
_GROUPS = ("ID", "RE", "LE", "EN", "EC", "HO", "XJ")

RULES: tuple[Rule, ...] = tuple(
    sorted(
        (rule for module in _MODULES for rule in module.RULES),
        key=lambda rule: (_GROUPS.index(rule.id[:2]), rule.id),
    )
)

BY_ID: dict[str, Rule] = {rule.id: rule for rule in RULES}

__all__ = ["BY_ID", "RULES", "Rule"]
