"""The fictional city is for demos alone; what a region code means today stands beside the code, never over it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hub import Hub
from hub.bootstrap import build_journey
from hub.config import load_settings
from hub.domain.identifiers import check_identifier
from hub.domain.keys import FICTIONAL_SECRET
from hub.errors import RefuseToStart
from hub.local import LocalHub
from hub.pipeline.journey import Accepted, Refused
from tests.builders import Desk, person

REAL = {"city": "4205", "secret": b"s" * 32}


def test_a_real_city_knows_no_fictional_region() -> None:
    """An event of 4298 is refused by its region code, and a number of 4298 links nothing."""
    event = Desk().moved_in(person())
    assert isinstance(build_journey().intake(event), Accepted)
    refused = build_journey(**REAL).intake(event)
    assert isinstance(refused, Refused)
    assert {(fault.code, fault.path) for fault in refused.faults} >= {("UNKNOWN_REGION", "region_code")}
    local = {**event, "region_code": "420502", "payload": {**event["payload"], "hukou_region": "420502"}}
    hub = LocalHub(build_journey(**REAL))
    hub.feed(local)
    assert hub.quarantine() == []
    [alert] = hub.alerts()
    assert (alert["rule_id"], alert["show"]["error_code"]) == ("ID-01", "REGION_UNKNOWN")


def test_the_public_secret_is_refused_for_a_real_city(tmp_path: Path) -> None:
    """Whoever copies it out of the source has no secret."""
    file = tmp_path / "secret"
    file.write_bytes(FICTIONAL_SECRET)
    file.chmod(0o600)
    with pytest.raises(RefuseToStart) as caught:
        load_settings({"HUB_CITY": "4205", "HUB_SECRET_FILE": str(file)})
    assert caught.value.faults == ["HUB_SECRET_FILE: holds the public secret of the fictional city"]


def test_an_abolished_code_keeps_standing_with_its_successors_beside() -> None:
    """Three districts of 大同 became others in 2018: the register's code stays, today's are worked out beside it."""
    event = Desk().moved_in(person())
    event["payload"] = {**event["payload"], "hukou_region": "140202"}
    [resident] = Hub(as_of="2026-06-30").feed([event]).residents
    assert resident["golden"]["hukou_region"]["value"] == "140202"
    beside = resident["golden"]["region_code_current"]
    assert (beside["value"], beside["status"]) == (["140213", "140214"], "DERIVED")
    assert beside["event_id"] == event["event_id"]


def test_a_code_in_force_has_nothing_beside_it() -> None:
    """Nothing is said twice."""
    [resident] = Hub(as_of="2026-06-30").feed([Desk().moved_in(person())]).residents
    assert "region_code_current" not in json.dumps(resident)


def test_an_abolished_region_in_a_number_is_right_for_life() -> None:
    """A number keeps the code it was given; only a code that never was is a fault (domain 2.1)."""
    assert "REGION_UNKNOWN" not in check_identifier("RIC", "440524188001010014").codes
    assert "REGION_UNKNOWN" in check_identifier("RIC", "429899196003150012").codes
