"""The rules that are built, in the order of the catalogue. To add one: a function with its Rule here."""

from __future__ import annotations

from hub.rules.base import Rule
from hub.rules.conflict import EC_05
from hub.rules.housing import HO_01
from hub.rules.identity import ID_01, ID_02, ID_05, ID_06
from hub.rules.life import LE_01, LE_02, LE_03, LE_04
from hub.rules.takeup import EN_01, EN_02

RULES: tuple[Rule, ...] = (
    ID_01,
    ID_02,
    ID_05,
    ID_06,
    LE_01,
    LE_02,
    LE_03,
    LE_04,
    EN_01,
    EN_02,
    EC_05,
    HO_01,
)

BY_ID: dict[str, Rule] = {rule.id: rule for rule in RULES}

__all__ = ["BY_ID", "RULES", "Rule"]
