"""What subjects tell each other: bounded, said once, and never more than a broker takes."""

from __future__ import annotations

from hub.bootstrap import build_journey
from hub.domain.claim import SubjectState
from hub.local import LocalHub
from tests.builders import Desk, person, ric

HUSBAND, WIFE = person(ric("19600315", 1), "王伟"), person(ric("19620720", 2), "李娜")


def _states(events: list[dict]) -> list[SubjectState]:
    hub = LocalHub(build_journey())
    for event in events:
        hub.feed(event)
    assert hub.quarantine() == []
    return [state for state in hub.states() if isinstance(state, SubjectState)]


def test_spouses_who_hear_of_each_other_do_not_count_each_other() -> None:
    """Sixty acts by turns: the relays' versions stay numbers of things, they do not double with every word."""
    desk = Desk()
    events = [desk.married(HUSBAND, WIFE, on="2020-05-20", certificate="J-1")]
    for number in range(30):
        for who in (HUSBAND, WIFE):
            subsidy = {"action": "START", "from_month": "202101", "to_month": None, "item_no": f"S-{number}"}
            events.append(desk.event("hmd.rent_subsidy_changed", subsidy, on="2021-01-01", who=who))
    versions = [relay.version for state in _states(events) for relay in state.relays.values()]
    assert 30 < max(versions) < 200


def test_a_collective_household_is_not_heard_one_by_one() -> None:
    """More people than any household: their claims stay, what each says of themselves is let go, whatever the order."""
    desk = Desk()
    people = [person(ric(f"19{n:02d}0101", 1), "王伟") for n in range(10, 85)]
    events = [desk.moved_in(who, on="2020-01-01") for who in people]
    for told in (events, events[::-1]):
        household = next(state for state in _states(told) if state.kind == "household")
        assert (len(household.claims), household.crowded, household.relays) == (75, True, {})


def test_a_neighbour_that_an_act_names_is_not_told_again() -> None:
    """A dwelling has a registration at first hand: nobody relays it what it knows."""
    desk = Desk()
    registered = desk.event(
        "psb.residence_changed",
        {
            "action": "REGISTER",
            "registration_no": "JZ-1",
            "hukou_region": "420502",
            "address": "示例市城中区东山大道12号3栋2单元501室",
            "unit_code": "429801001002GB00001F00030501",
            "start_date": "2026-01-01",
            "expected_until": None,
            "ground": "WORK",
        },
        on="2026-01-01",
        who=HUSBAND,
    )
    unit = next(state for state in _states([registered]) if state.kind == "unit")
    assert (len(unit.claims), unit.relays) == (1, {})
