"""XJ rules: moving between cities."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from tests.reference.acts import Act, Key
from tests.reference.facts import Facts, away, here
from tests.reference.found import Find, Found, number, of_everybody
from tests.reference.groups import active_aid
from tests.reference.world import Person, World

EMPLOYEE_SCHEMES = ("PENSION_EMP", "PENSION_GOV", "UNEMP", "INJURY", "MED_EMP", "MATERNITY")


def _xj_01(world: World, today: date) -> Iterator[Found]:
    for person in (person for person in world.people.values() if person.alive):
        last_word = {act.entry: act for act in person.of_type("psb.migrated_out")}
        for act in last_word.values():
            back = person.about("psb.migrated_in") + person.of_type("psb.household_restructured")
            if any(other.business >= act.business for other in back):
                continue
            said = act.payload
            valid = said.get("valid_until")
            until = date.fromisoformat(valid) if valid else date.fromisoformat(said["issue_date"]) + timedelta(
                days=number("XJ-01.validity_days", today)
            )  # fmt: skip
            waits = until + timedelta(days=number("XJ-01.days_after_validity", today))
            yield Found("XJ-01", person.root, (said["certificate_no"],), "PSB", person.root, waits)


def _moved_out(facts: Facts) -> Act | None:
    """The move that took their registration out of the city to a known place."""
    moves = facts.of_type("psb.migrated_out")
    return moves[-1] if moves and away(facts.hukou) else None


def _xj_02(world: World, today: date) -> Iterator[Found]:
    for unit in active_aid(world):
        told = {m: world.told_by(m, ("aid", unit.decision)) for m in unit.members}
        living = {m: facts for m, facts in told.items() if facts is None or not facts.registered_dead}
        moves = {m: _moved_out(facts) if facts else None for m, facts in living.items()}
        stays = any(facts and facts.has_permit for facts in living.values())  # served as permit holders
        if living and all(moves.values()) and not stays:
            last = max(moves, key=lambda m: moves[m].order if moves[m] else ())  # type: ignore[union-attr]
            yield Found("XJ-02", ("aid", unit.decision), (), "MCA", world.present.root(last))
    for person in world.people.values():
        for act in person.allowances() if person.alive and not person.has_permit else ():
            if act.payload["allowance_type"] in ("OLD_AGE", "DISABLED_LIVING", "DISABLED_CARE") and _moved_out(person):
                yield Found("XJ-02", person.root, act.entry, "MCA", person.root)


def _xj_03(person: Person, today: date) -> Iterator[tuple[Key, str]]:
    if not person.alive or person.entries("pension"):
        return
    moved_in = here(person.hukou) and any(
        act.payload["move_type"] in ("FROM_OTHER", "FROM_PROVINCE") and here(act.payload["hukou_region"])
        for act in person.about("psb.migrated_in")
    )
    for entry, acts in person.entries("insured").items():
        open_here = acts[-1].payload["action"] != "TERMINATE"
        came_from = [act.payload["prior_region"] for act in acts if act.payload.get("prior_region")]
        begun = any(
            act.payload["scheme"] == entry[1] and act.payload["status"] != "REJECTED"
            for act in person.of_type("hrss.insurance_transferred")
        )
        reason = moved_in or person.insured(*EMPLOYEE_SCHEMES)
        if open_here and came_from and away(came_from[-1]) and not begun and reason:
            yield entry[1:], "HRSS"


RULES: dict[str, Find] = {rule: of_everybody(rule, find) for rule, find in {"XJ-03": _xj_03}.items()} | {
    "XJ-01": _xj_01,
    "XJ-02": _xj_02,
}
