"""The hub against the reference model, one small history at a time: histories aimed at every rule in turn.

The large comparison (`test_reference.py`) finds more; these are many and cheap, so that mutation testing can ask
exactly those that run a changed line.
"""

from __future__ import annotations

from functools import lru_cache

import pytest

from tests.reference.compare import differences, history_of, said_by_hub, said_by_model
from tests.reference.model import RULES


@lru_cache(maxsize=1024)
def _said_by_model(rule: str, seed: int) -> object:
    return said_by_model(history_of(seed, (rule,)))


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("rule", sorted(RULES))
def test_a_history_aimed_at_a_rule_ends_as_the_model_says(rule: str, seed: int) -> None:
    """The same alerts of all rules stand, and the same people are there; if not, the difference is told."""
    history = history_of(seed, (rule,))
    if said_by_hub(history) != _said_by_model(rule, seed):
        assert differences(history) == []
