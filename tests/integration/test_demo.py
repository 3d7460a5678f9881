"""`hub demo` as a newcomer runs it."""

from __future__ import annotations

import json

import pytest

from tests.integration.stage import environment, run_hub

pytestmark = pytest.mark.broker


def test_the_demo_finds_the_whole_truth_of_its_city_and_accounts_for_every_event(tmp_path):
    """A bounded demo ends with exit code 0: no alert missing, none wrong, every event counted as exactly one thing."""
    run = run_hub("demo", "--once", "--persons", "300", "--seed", "3", "--json", env=environment(tmp_path), timeout=90)
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout)
    assert (told["missing"], told["wrong"], told["forbidden"]) == (0, 0, 0)
    assert told["alerts_found"] == told["alerts_expected"] > 0
    assert told["every_event_accounted_for"]
    assert told["applied"] + told["duplicate"] + told["quarantined"] == told["events"] > 2000
    assert told["quarantined"] == 0
