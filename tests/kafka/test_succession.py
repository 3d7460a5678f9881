"""Killed and started again in its place (HUB_INSTANCE): nobody waits for the dead."""

from __future__ import annotations

import json

import pytest

from hub.node.parts import GROUP
from hub.runtime.security import OPEN
from hub.runtime.succession import succeed
from tests.integration.clients import case
from tests.integration.kills import entered, states_in, until_quiet

pytestmark = pytest.mark.kafka
_FOR_EVER = "1800"  # seconds for which the broker believes that a killed worker lives


def members(site) -> list[str]:
    """The names under which the group's members joined."""
    with site.cluster.admin() as admin:
        return sorted(member["client_id"] for member in admin.describe_groups([GROUP])[GROUP]["members"])


def ingest(site, folder, numbers: range) -> set[str]:
    """Cases of these numbers; the ids of their events."""
    events = [event for number in numbers for event in case(number)]
    file = folder / f"{numbers.start}.jsonl"
    file.write_text("".join(f"{json.dumps(event)}\n" for event in events))
    site.hub("ingest", str(file))
    return {event["event_id"] for event in events}


def test_who_is_started_again_in_its_place_succeeds_at_once(site, tmp_path):
    """The membership of the killed goes, the other worker's stays, and every event is taken in."""
    site.hub("topics", "apply")
    told = {"HUB_SESSION_TIMEOUT_SECONDS": _FOR_EVER}
    with (
        site.worker("first", **told, HUB_INSTANCE="hub-0") as first,
        site.worker("other", **told, HUB_INSTANCE="hub-1") as other,
    ):
        first.ready()
        other.ready()
        events = ingest(site, tmp_path, range(1, 40))
        first.kill()
        assert members(site) == [f"{GROUP}.hub-0", f"{GROUP}.hub-1"]
        with site.worker("again", **told, HUB_INSTANCE="hub-0") as again:
            events |= ingest(site, tmp_path, range(40, 80))
            again.ready()
            other.ready()
            assert "takes the place of 1 before it" in again.told()
            assert members(site) == [f"{GROUP}.hub-0", f"{GROUP}.hub-1"]
            found = until_quiet(site.redis.url, still=3.0)
    assert {*entered(states_in(found))} == events


def test_nobody_is_succeeded_where_nobody_was(site):
    """A first start finds no predecessor, and a group that was never there is no reason to complain."""
    assert succeed(site.cluster.bootstrap, OPEN, "never-there", "hub-0") == 0
