"""The hub against the reference model: the same history, the same standing alerts, the same people (I2, I3)."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reference.compare import differences, said_by_model
from tests.reference.histories import any_history, rich_history
from tests.reference.model import GRACE, RULES


@settings(max_examples=150, derandomize=True, deadline=None, database=None)
@given(seed=st.integers(0, 2**32))
def test_hub_and_model_agree(seed: int) -> None:
    """The same alerts stand, since the same moment, for the same people; the same golden values."""
    assert differences(any_history(Random(seed))) == []


@pytest.mark.parametrize("batch", range(5))
def test_hub_and_model_agree_about_everything_at_once(batch: int) -> None:
    """The same where all sorts of events, right and wrong, meet in few people and things."""
    for seed in range(batch * 10, (batch + 1) * 10):
        random = Random(seed)
        assert differences(rich_history(random, random.randrange(3, 26))) == [], f"seed {seed}"


@pytest.mark.parametrize("rule", sorted(RULES))
def test_histories_meet_every_rule(rule: str) -> None:
    """A comparison of silence with silence proves nothing: histories aimed at a rule find it, and miss it."""
    seen: set[bool] = set()
    for seed in range(60):
        seen.add(any(line[0] == rule for line in said_by_model(any_history(Random(seed), (rule,)))[0]))
        if len(seen) == 2:
            return
    raise AssertionError(f"{rule} is found always, or never: {seen}")


def test_every_rule_has_its_grace() -> None:
    """The model speaks of all 39 rules."""
    assert set(RULES) == set(GRACE)
    assert len(RULES) == 39
