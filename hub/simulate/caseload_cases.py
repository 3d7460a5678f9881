"""Cases of rule RE-04: people whom their offices seek at the wrong address."""

from __future__ import annotations

from hub.simulate import guests, hmd, hrss, mca, psb, residence
from hub.simulate.casting import Case
from hub.simulate.days import Day, month_of, year_of
from hub.simulate.numbers import COUNTIES
from hub.simulate.people import Pension, Person
from hub.simulate.residence_cases import LONG, home, rent
from hub.simulate.town import Town, Unit


def _caseload(town: Town) -> tuple[Person, str, str]:
    """Somebody local whom an office has on its books: the person, the office, and what it is."""
    what = town.rng.randrange(4)
    if what == 0:
        person = guests.local(town, age=(62, 76))
        granted = town.some(400, 700)
        hrss.grant_pension(town, person, Pension("RES", person.region, month_of(granted), granted))
        return person, "HRSS", "draws a pension"
    person = guests.local(town)
    if what == 1:
        mca.start_allowance(town, person, "DISABLED_CARE", town.some(400, 700))
        return person, "MCA", "has an allowance"
    if what == 2:
        mca.change_eldercare(town, person, "ADMIT", town.some(400, 700))
        return person, "MCA", "is cared for"
    mca.grant_aid(town, "TK_CENTRAL", [person], town.some(400, 700), capacity="NONE")
    hrss.cover(town, person, "RES", year_of(town.today), town.ago(170), town.ago(175))
    return person, "MCA", "is on aid"


def _other_county(town: Town, person: Person) -> str:
    return town.pick([region for region in COUNTIES if region != person.region])


def lives_in_another_county(town: Town) -> None:
    person, office, why = _caseload(town)
    unit, since = home(town, _other_county(town, person)), town.some(230, 380)
    what = town.rng.randrange(3)
    if what == 0:
        hmd.let_public(town, unit, [person], since)
    elif what == 1:
        residence.register(town, person, unit, since)
    else:
        rent(town, person, unit, since, late=town.chance(0.2))
    town.truth.must("RE-04", person, office, f"{why}, and lives in another county of the city")


def lives_with_a_tenant(town: Town) -> None:
    person, office, why = _caseload(town)
    unit = home(town, _other_county(town, person))
    hmd.let(town, unit, guests.stranger(town), town.some(230, 380), town.today + LONG, occupants=[person])
    town.truth.must("RE-04", person, office, f"{why}, and lives with a tenant in another county")


def home_corrected_to_another_county(town: Town) -> None:
    person, office, why = _caseload(town)
    lease = rent(town, person, home(town, person.region), town.some(300, 380))
    _move_lease(town, lease, home(town, _other_county(town, person)), town.some(60, 250))
    town.truth.must("RE-04", person, office, f"{why}; the lease was corrected to a home in another county")


def _move_lease(town: Town, lease: hmd.Lease, unit: Unit, day: Day) -> None:
    payload = dict(lease.filed.event["payload"], unit_code=unit.code, address_text=unit.address)
    new_record = town.chance(0.3)
    town.ledger.correct(lease.filed, day, payload=payload, unit=unit.code, new_record=new_record)


def moved_home_again(town: Town) -> None:
    """Away for a long time, and back in the street of the hukou by now."""
    person, _, _ = _caseload(town)
    rent(town, person, home(town, _other_county(town, person)), town.some(300, 380))
    rent(town, person, home(town, person.region), town.some(20, 100))
    town.truth.must_not("RE-04", person, "the newest home is in the street of the hukou")


def lives_in_the_own_street(town: Town) -> None:
    person, _, _ = _caseload(town)
    rent(town, person, home(town, person.region), town.some(230, 380))
    town.truth.must_not("RE-04", person, "lives in the street of the hukou")


def moved_lately(town: Town) -> None:
    person, _, _ = _caseload(town)
    rent(town, person, home(town, _other_county(town, person)), town.some(20, 200))
    town.truth.must_not("RE-04", person, "half a year and the grace of 30 days are not over")


def on_nobodys_books(town: Town) -> None:
    person = guests.local(town)
    rent(town, person, home(town, _other_county(town, person)), town.some(230, 380))
    why = "no office has them on its books"
    if town.chance(0.5):
        allowance = mca.start_allowance(town, person, "DISABLED_LIVING", town.some(400, 700))
        mca.change_allowance(town, person, allowance, "STOP", town.some(20, 300))
        why = "the allowance was stopped"
    town.truth.must_not("RE-04", person, why)


def tenancy_elsewhere_over(town: Town) -> None:
    person, _, _ = _caseload(town)
    lease = rent(town, person, home(town, _other_county(town, person)), town.some(230, 380))
    if town.chance(0.5):
        hmd.end_lease(town, lease, town.some(15, 100), town.some(12, 14), late=town.chance(0.3))
        town.truth.must_not("RE-04", person, "the lease elsewhere ended")
    else:
        town.ledger.cancel(lease.filed, town.some(12, 100), new_record=town.chance(0.3), late=town.chance(0.3))
        town.truth.must_not("RE-04", person, "the lease elsewhere was cancelled")


def hukou_followed(town: Town) -> None:
    person, _, _ = _caseload(town)
    region = _other_county(town, person)
    rent(town, person, home(town, region), town.some(300, 380))
    there = guests.local(town, region=region).household
    residence.move_in(town, person, there, town.some(20, 200), "WITHIN_CITY", late=town.chance(0.3))
    town.truth.must_not("RE-04", person, "the hukou followed to the new home's street")


def second_home(town: Town) -> None:
    person, _, _ = _caseload(town)
    hmd.transfer(town, person, home(town, _other_county(town, person)), "FIRST", town.some(400, 900))
    town.truth.must_not("RE-04", person, "owns a home elsewhere, and nothing says they live there")


def died_elsewhere(town: Town) -> None:
    person = guests.local(town)
    allowance = mca.start_allowance(town, person, "DISABLED_CARE", town.some(420, 700))
    rent(town, person, home(town, _other_county(town, person)), town.some(250, 380))
    person.died = town.some(60, 200)
    psb.register_death(town, person, person.died, person.died + 9)
    mca.change_allowance(town, person, allowance, "STOP", person.died + 20, person.died + 1)
    town.truth.must_not("RE-04", person, "dead")


CASES: tuple[tuple[Case, float], ...] = (
    (lives_in_another_county, 1),
    (lives_in_the_own_street, 0.5),
    (lives_with_a_tenant, 0.5),
    (moved_lately, 0.5),
    (home_corrected_to_another_county, 0.5),
    (moved_home_again, 0.5),
    (tenancy_elsewhere_over, 0.5),
    (hukou_followed, 0.5),
    (on_nobodys_books, 0.5),
    (second_home, 0.3),
    (died_elsewhere, 0.3),
)
"""Cases with how many of each a thousand people bring."""
