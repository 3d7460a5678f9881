"""Cases of rules XJ-01, XJ-02 and XJ-03: people who leave the city or come to it, and what follows them."""

from __future__ import annotations

from hub.simulate import guests, hrss, jobs, mca, moves, residence
from hub.simulate.casting import Case, aid_household, bury
from hub.simulate.days import Day
from hub.simulate.guest_lives import idle, pensioner
from hub.simulate.ledger import Filing
from hub.simulate.numbers import COUNTIES
from hub.simulate.people import Person
from hub.simulate.town import Town

# --- XJ-01 ------------------------------------------------------------------------------------------------------------


def never_arrived(town: Town) -> None:
    person = idle(town)
    left = town.some(55, 400)
    to_region = town.pick(moves.ELSEWHERE) if town.chance(0.8) else None
    valid_until = left + 20 if town.chance(0.3) else None
    moves.move_out(town, person, left, to_region, valid_until=valid_until, late=town.chance(0.1))
    town.truth.must("XJ-01", person, "PSB", "moved out, never registered anywhere")


def arrival_taken_back(town: Town) -> None:
    person = idle(town)
    left = town.some(200, 400)
    arrival = moves.receive(town, person, moves.move_out(town, person, left, town.pick(moves.ELSEWHERE)), left + 10)
    town.ledger.cancel(arrival, town.some(55, 150), new_record=town.chance(0.2), late=town.chance(0.2))
    town.truth.must("XJ-01", person, "PSB", "the arrival elsewhere was cancelled")


def arrived(town: Town) -> None:
    """At the destination in time or late, or back here."""
    person = idle(town)
    left = town.some(120, 400)
    out = moves.move_out(town, person, left, town.pick(moves.ELSEWHERE))
    what = town.pick(("in time", "late", "restored"))
    if what == "restored":
        moves.move_in(town, person, left + town.rng.randint(5, 100), person.region, certificate=None)
    else:
        days = town.rng.randint(3, 25) if what == "in time" else town.rng.randint(60, 110)
        moves.receive(town, person, out, left + days, late=town.chance(0.3))
    town.truth.must_not("XJ-01", person, f"registered again: {what}")


def moved_within_the_city(town: Town) -> None:
    person = idle(town)
    left = town.some(80, 400)
    region = town.pick([region for region in COUNTIES if region != person.region])
    out = moves.move_out(town, person, left, region)
    moves.receive(town, person, out, left + town.rng.randint(1, 9))
    town.truth.must_not("XJ-01", person, "moved to another county of the city")


def move_cancelled(town: Town) -> None:
    person = idle(town)
    left = town.some(120, 400)
    out = moves.move_out(town, person, left, town.pick(moves.ELSEWHERE))
    town.ledger.cancel(out, left + town.rng.randint(10, 100), new_record=town.chance(0.2), late=town.chance(0.2))
    town.truth.must_not("XJ-01", person, "the move was cancelled")


def certificate_still_valid(town: Town) -> None:
    person = idle(town)
    if town.chance(0.5):
        moves.move_out(town, person, town.some(3, 40), town.pick(moves.ELSEWHERE))
        town.truth.must_not("XJ-01", person, "grace of 45 days still running")
    else:
        left = town.some(60, 80)
        moves.move_out(town, person, left, town.pick(moves.ELSEWHERE), valid_until=left + 90)
        town.truth.must_not("XJ-01", person, "the certificate is valid longer than usual")


# --- XJ-02 ------------------------------------------------------------------------------------------------------------


def _leaves(town: Town, person: Person, day: Day) -> Filing:
    """Out of the city for good, and registered there."""
    out = moves.move_out(town, person, day, town.pick(moves.ELSEWHERE))
    moves.receive(town, person, out, day + town.rng.randint(2, 20))
    return out


def _on_aid(town: Town, size: int = 1) -> tuple[list[Person], mca.AidUnit]:
    members = [idle(town) for _ in range(size)]
    unit = aid_household(town, town.pick(("DB", "DBBY", "GX")), members, town.some(450, 800))
    return members, unit


def aid_goes_on(town: Town) -> None:
    """All of the household have left, one after the other."""
    members, _ = _on_aid(town, town.rng.randint(1, 2))
    first = town.some(100, 300)
    for number, member in enumerate(members):
        _leaves(town, member, first + 20 * number)
    town.truth.must("XJ-02", members[-1], "MCA", "the whole household on aid moved out of the city")


def allowance_goes_on(town: Town) -> None:
    old = town.chance(0.4)
    person = pensioner(town, 82, 95)[0] if old else idle(town)
    kind = "OLD_AGE" if old else town.pick(("DISABLED_LIVING", "DISABLED_CARE"))
    allowance = mca.start_allowance(town, person, kind, town.some(450, 800))
    _leaves(town, person, town.some(100, 400))
    if town.chance(0.3):
        stop = mca.change_allowance(town, person, allowance, "STOP", town.some(85, 95))
        town.ledger.cancel(stop, town.some(65, 80))
        town.truth.must("XJ-02", person, "MCA", "the stop of the allowance after the move was cancelled")
    else:
        town.truth.must("XJ-02", person, "MCA", "moved out of the city, allowance never stopped")


def last_at_home_died(town: Town) -> None:
    """One member moved out, the other died: nobody here qualifies the household any more."""
    (gone, dead), unit = _on_aid(town, 2)
    _leaves(town, gone, town.some(200, 300))
    died = town.some(100, 190)
    bury(town, dead, died)
    mca.change_aid(town, unit, "REMOVE_MEMBER", died + 20, member=dead, reason="DEATH")
    town.truth.must("XJ-02", gone, "MCA", "the last member at home died, the other had moved out")


def handed_over(town: Town) -> None:
    (person,), unit = _on_aid(town)
    left = town.some(100, 400)
    _leaves(town, person, left)
    action = town.pick(("HAND_OVER", "HAND_OVER", "TERMINATE", "SUSPEND"))
    mca.change_aid(town, unit, action, left + town.rng.randint(5, 95), reason="MOVED", late=town.chance(0.2))
    town.truth.must_not("XJ-02", person, f"aid settled after the move: {action.lower()}")


def allowance_settled(town: Town) -> None:
    person = idle(town)
    allowance = mca.start_allowance(town, person, "DISABLED_LIVING", town.some(450, 800))
    left = town.some(100, 400)
    _leaves(town, person, left)
    if town.chance(0.7):
        mca.change_allowance(town, person, allowance, "STOP", left + town.rng.randint(5, 95))
        town.truth.must_not("XJ-02", person, "the allowance was stopped after the move")
    else:
        town.ledger.cancel(allowance.started, left + town.rng.randint(5, 95), new_record=town.chance(0.2))
        town.truth.must_not("XJ-02", person, "the allowance was entered in error and cancelled")


def household_stayed(town: Town) -> None:
    (gone, stays), _ = _on_aid(town, 2)
    _leaves(town, gone, town.some(100, 400))
    town.truth.must_not("XJ-02", gone, "the rest of the household stayed")
    town.truth.must_not("XJ-02", stays, "never moved")


def came_back(town: Town) -> None:
    """Back in the city, moved within it, or never gone."""
    (person,), _ = _on_aid(town)
    left = town.some(120, 400)
    what = town.pick(("back here", "within the city", "cancelled", "corrected"))
    region = town.pick([region for region in COUNTIES if region != person.region])
    if what == "within the city":
        moves.receive(town, person, moves.move_out(town, person, left, region), left + 5)
    else:
        out = moves.move_out(town, person, left, town.pick(moves.ELSEWHERE))
        later = left + town.rng.randint(10, 110)
        if what == "back here":
            moves.move_in(town, person, later, person.region)
        elif what == "cancelled":
            town.ledger.cancel(out, later, new_record=town.chance(0.2), late=town.chance(0.2))
        else:
            other = idle(town)
            moved = town.ledger.correct(out, later, person=other, new_record=town.chance(0.3))
            moves.receive(town, other, moved, later)
    town.truth.must_not("XJ-02", person, f"hukou still in the city: {what}")


def permit_holder(town: Town) -> None:
    """Never registered here, on aid where they live with a residence permit, as the law allows (社会救助法 37)."""
    person = guests.outsider(town)
    since = town.some(450, 800)
    residence.issue_permit(town, person, since - 100, town.today + 200)
    aid_household(town, town.pick(("DBBY", "GX")), [person], since)
    town.truth.must_not("XJ-02", person, "a permit-holder's aid depends on no hukou here")


def left_lately(town: Town) -> None:
    (person,), _ = _on_aid(town)
    out = moves.move_out(town, person, town.some(5, 50), town.pick(moves.ELSEWHERE))
    town.truth.must_not("XJ-02", person, "grace of 60 days still running")
    if out.day < town.ago(3):
        moves.receive(town, person, out, town.ago(2))


# --- XJ-03 ------------------------------------------------------------------------------------------------------------


def _brings(
    town: Town, person: Person, day: Day, scheme: str = "PENSION_EMP", *, prior: str | None = None
) -> tuple[Filing, str]:
    """Insured here from a day on, insured elsewhere before, as the enrolment form says."""
    before = prior or town.pick(moves.ELSEWHERE)
    return hrss.enrol(town, person, scheme, day, prior=before, late=town.chance(0.1)), before


def never_transferred(town: Town) -> None:
    """A new job here, or a new hukou with the residents' scheme."""
    if town.chance(0.6):
        person = idle(town)
        _brings(town, person, town.some(95, 500), town.pick(("PENSION_EMP", "PENSION_EMP", "MED_EMP")))
    else:
        moved = town.some(101, 400)
        person = _newcomer(town, moved)
        _brings(town, person, moved + 5, "PENSION_RES")
    town.truth.must("XJ-03", person, "HRSS", "insured elsewhere before, no transfer begun")


def _newcomer(town: Town, arrived: Day) -> Person:
    """Somebody alone who moved their hukou here from another city."""
    person = guests.stranger(town)
    person.origin = town.pick(moves.ELSEWHERE)
    residence.move_in(town, person, person.household, arrived, town.pick(("FROM_OTHER", "FROM_PROVINCE")))
    return person


def transfer_refused(town: Town) -> None:
    person = idle(town)
    day = town.some(200, 500)
    _, before = _brings(town, person, day)
    if town.chance(0.5):
        jobs.transfer_insurance(town, person, "PENSION_EMP", before, "REJECTED", day + 60)
        town.truth.must("XJ-03", person, "HRSS", "the transfer was rejected")
    else:
        begun = jobs.transfer_insurance(town, person, "PENSION_EMP", before, "STARTED", day + 60)
        town.ledger.cancel(begun, town.some(95, 130), new_record=town.chance(0.2), late=town.chance(0.2))
        town.truth.must("XJ-03", person, "HRSS", "the transfer was entered in error and cancelled")


def transferred(town: Town) -> None:
    person = idle(town)
    day = town.some(250, 500)
    _, before = _brings(town, person, day)
    begun = day + town.rng.randint(10, 200)
    jobs.transfer_insurance(town, person, "PENSION_EMP", before, "STARTED", begun, late=town.chance(0.2))
    if town.chance(0.5):
        jobs.transfer_insurance(town, person, "PENSION_EMP", before, "COMPLETED", begun + 40)
    town.truth.must_not("XJ-03", person, "the transfer was begun")


def pensioner_brings(town: Town) -> None:
    person, _ = pensioner(town)
    _brings(town, person, town.some(100, 400), "PENSION_RES")
    town.truth.must_not("XJ-03", person, "pensioners do not transfer")


def insured_within_the_city(town: Town) -> None:
    person = idle(town)
    _brings(town, person, town.some(100, 400), prior=town.pick([r for r in COUNTIES if r != person.region]))
    town.truth.must_not("XJ-03", person, "insured in another county of the city before")


def form_corrected(town: Town) -> None:
    """The form named another place by mistake, or was not this person's."""
    person = idle(town)
    day = town.some(150, 400)
    filing, _ = _brings(town, person, day)
    later = day + town.rng.randint(20, 130)
    if town.chance(0.5):
        payload = dict(filing.event["payload"], prior_region=None)
        town.ledger.correct(filing, later, payload=payload, new_record=town.chance(0.3))
        town.truth.must_not("XJ-03", person, "corrected: never insured elsewhere")
    else:
        town.ledger.cancel(filing, later, new_record=town.chance(0.2), late=town.chance(0.2))
        town.truth.must_not("XJ-03", person, "the enrolment was cancelled")


def unknown_hukou(town: Town) -> None:
    """Somebody of whose hukou nothing is known."""
    person = guests.outsider(town)
    _brings(town, person, town.some(100, 400), "PENSION_RES")
    town.truth.must_not("XJ-03", person, "no move to the city is known")


def brought_lately(town: Town) -> None:
    person = idle(town)
    _brings(town, person, town.some(5, 80))
    town.truth.must_not("XJ-03", person, "grace of 90 days still running")


CASES: tuple[tuple[Case, float], ...] = (
    (never_arrived, 1),
    (arrived, 1),
    (aid_goes_on, 0.5),
    (handed_over, 0.5),
    (never_transferred, 1),
    (transferred, 0.5),
    (allowance_goes_on, 1),
    (allowance_settled, 0.5),
    (moved_within_the_city, 0.5),
    (move_cancelled, 0.5),
    (arrival_taken_back, 0.5),
    (certificate_still_valid, 1),
    (last_at_home_died, 0.5),
    (household_stayed, 0.5),
    (came_back, 1),
    (permit_holder, 0.5),
    (left_lately, 0.5),
    (transfer_refused, 1),
    (pensioner_brings, 0.5),
    (insured_within_the_city, 0.5),
    (form_corrected, 1),
    (unknown_hukou, 0.5),
    (brought_lately, 0.5),
)
"""Cases with how many of each a thousand people bring."""
