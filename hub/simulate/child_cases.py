"""Cases of rules LE-07 and EN-03: adopted children on the wrong page, and newborns without cover."""

from __future__ import annotations

from hub.simulate import guests, hrss, mca, moves, psb, residence
from hub.simulate.casting import Case
from hub.simulate.days import Day, on_day, year_of
from hub.simulate.ledger import Filing
from hub.simulate.people import Person
from hub.simulate.town import Town

# --- LE-07 ------------------------------------------------------------------------------------------------------------


def _adopted(town: Town, day: Day, *, late: bool = False) -> tuple[Person, Person, Filing]:
    """A child adopted some day, the adopter, and the certificate."""
    child, adopter = guests.local(town, age=(3, 12)), guests.local(town, age=(33, 50))
    return child, adopter, mca.change_adoption(town, child, [adopter], day, late=late)


def adopted_on_the_old_page(town: Town) -> None:
    child, _, _ = _adopted(town, town.some(75, 400), late=town.chance(0.1))
    town.truth.must("LE-07", child, "MCA", "adopted, and still on the old page of the register")


def move_to_adopter_taken_back(town: Town) -> None:
    child, adopter, _ = _adopted(town, town.some(250, 400))
    moved = residence.move_in(town, child, adopter.household, town.some(180, 240), "WITHIN_CITY")
    town.ledger.cancel(moved, town.some(75, 150), new_record=town.chance(0.3), late=town.chance(0.3))
    town.truth.must("LE-07", child, "MCA", "the move to the adopter's page was cancelled")


def dissolution_taken_back(town: Town) -> None:
    child, adopter, registered = _adopted(town, town.some(250, 400))
    dissolved = mca.change_adoption(town, child, [adopter], town.some(180, 240), registered=registered)
    town.ledger.cancel(dissolved, town.some(75, 150), new_record=town.chance(0.3))
    town.truth.must("LE-07", child, "MCA", "the end of the adoption was cancelled")


def adoption_was_anothers(town: Town) -> None:
    wrong, _, registered = _adopted(town, town.some(250, 400))
    child = guests.local(town, age=(3, 12))
    town.ledger.correct(registered, town.some(75, 240), person=child, new_record=town.chance(0.3))
    town.truth.must("LE-07", child, "MCA", "the adoption came by correction")
    town.truth.must_not("LE-07", wrong, "the adoption was corrected to be another child's")


def page_changed(town: Town) -> None:
    """The register follows: a move, a page written anew, or the relation on it."""
    day = town.some(75, 400)
    child, adopter, _ = _adopted(town, day)
    later = town.rng.randint(day + 3, town.ago(12))
    what = town.rng.randrange(3)
    if what == 0:
        residence.move_in(town, child, adopter.household, later, "WITHIN_CITY", late=town.chance(0.3))
        why = "moved to the adopter's page"
    elif what == 1:
        child.relation = "20" if child.sex == "1" else "30"
        psb.restructure(town, adopter.household, "MERGE", [adopter, child], later, child.household.number)
        why = "written on the adopter's page"
    else:
        residence.move_in(town, child, adopter.household, later, "WITHIN_CITY")
        psb.change_item(town, child, later, "RELATION", "97", "20" if child.sex == "1" else "30")
        why = "moved, and the relation changed"
    town.truth.must_not("LE-07", child, why)


def adoption_over(town: Town) -> None:
    child, adopter, registered = _adopted(town, town.some(200, 400))
    if town.chance(0.5):
        mca.change_adoption(town, child, [adopter], town.some(12, 190), registered=registered, late=town.chance(0.3))
        town.truth.must_not("LE-07", child, "the adoption was dissolved")
    else:
        town.ledger.cancel(registered, town.some(12, 190), new_record=town.chance(0.3), late=town.chance(0.3))
        town.truth.must_not("LE-07", child, "the adoption was cancelled as an error")


def went_to_another_city(town: Town) -> None:
    """The adopter's household is elsewhere, and the child's registration followed."""
    child, _, _ = _adopted(town, town.some(250, 400))
    left = town.some(60, 180)
    out = moves.move_out(town, child, left, town.pick(guests.ORIGINS))
    moves.receive(town, child, out, left + town.rng.randint(5, 25))
    town.truth.must_not("LE-07", child, "the household is in another city")


def just_adopted(town: Town) -> None:
    child, _, _ = _adopted(town, town.some(5, 52))
    town.truth.must_not("LE-07", child, "grace of 60 days still running")


# --- EN-03 ------------------------------------------------------------------------------------------------------------


def _born(town: Town, days_ago: int, *, late: bool = False) -> tuple[Person, Filing]:
    """A child born here so many days ago, and the registration of the birth."""
    mother = guests.local(town, age=(22, 40), sex="2")
    sex = town.pick("12")
    child = guests.stranger(
        town,
        home=mother.household,
        sex=sex,
        relation="20" if sex == "1" else "30",
        name=town.names.draw_child(mother.name, sex),
        born=town.ago(days_ago),
    )
    child.mother = mother
    return child, psb.register(town, child, late=late)


def _cover(town: Town, child: Person, day: Day, *, late: bool = False) -> Filing:
    year = year_of(town.today)
    return hrss.cover(town, child, "RES", year, max(child.birth, on_day(year, 1, 1)), day, late=late)


def newborn_without_cover(town: Town) -> None:
    child, _ = _born(town, town.rng.randint(63, 176), late=town.chance(0.1))
    town.truth.must("EN-03", child, "MSI", "born here, and no cover yet")


def newborn_cover_ended(town: Town) -> None:
    child, _ = _born(town, town.rng.randint(90, 176))
    filing = _cover(town, child, town.ago(60))
    if town.chance(0.5):
        town.ledger.cancel(filing, town.some(12, 50), new_record=town.chance(0.3), late=town.chance(0.3))
        town.truth.must("EN-03", child, "MSI", "the cover was cancelled")
    else:
        year = year_of(town.today)
        hrss.cover(town, child, "RES", year, town.ago(30), town.ago(28), status="ENDED", record=filing)
        town.truth.must("EN-03", child, "MSI", "the cover ended")


def cover_was_anothers(town: Town) -> None:
    (child, _), (other, _) = _born(town, town.rng.randint(90, 176)), _born(town, town.rng.randint(90, 176))
    filing = _cover(town, child, town.ago(60))
    town.ledger.correct(filing, town.some(12, 50), person=other, new_record=town.chance(0.3))
    town.truth.must("EN-03", child, "MSI", "the cover was corrected to be another child's")
    town.truth.must_not("EN-03", other, "the cover came by correction")


def newborn_lives(town: Town) -> None:
    child, _ = _born(town, town.rng.randint(110, 176))
    wrong = psb.register_death(town, child, town.ago(90), town.ago(85))
    town.ledger.cancel(wrong, town.some(12, 70), new_record=town.chance(0.3), late=town.chance(0.3))
    town.truth.must("EN-03", child, "MSI", "the death was cancelled, and no cover yet")


def newborn_covered(town: Town) -> None:
    born = town.rng.randint(63, 176)
    child, _ = _born(town, born)
    _cover(town, child, town.ago(town.rng.randint(9, min(born - 26, 150))), late=town.chance(0.5))
    town.truth.must_not("EN-03", child, "covered")


def too_young_or_too_old(town: Town) -> None:
    if town.chance(0.5):
        child, _ = _born(town, town.rng.randint(26, 56))
        town.truth.must_not("EN-03", child, "not sixty days old")
    else:
        child, _ = _born(town, town.rng.randint(184, 260))
        town.truth.must_not("EN-03", child, "older than half a year")


def newborn_died(town: Town) -> None:
    child, _ = _born(town, town.rng.randint(70, 176))
    died = child.birth + town.rng.randint(26, 40)
    child.died = died
    psb.register_death(town, child, died, died + 4)
    if town.chance(0.5):
        mca.hold_funeral(town, child, died, died + 1, died + 2)
    town.truth.must_not("EN-03", child, "dead")


def birth_was_an_error(town: Town) -> None:
    child, birth = _born(town, town.rng.randint(90, 176))
    town.ledger.cancel(birth, town.some(12, 50), new_record=town.chance(0.3), late=town.chance(0.3))
    town.truth.must_not("EN-03", child, "the registration of the birth was cancelled")


def born_elsewhere(town: Town) -> None:
    home = guests.local(town, age=(22, 40), sex="2").household
    child = guests.stranger(town, home=home, relation="97", born=town.some(80, 170))
    residence.move_in(town, child, home, town.some(15, 60), "FROM_OTHER")
    town.truth.must_not("EN-03", child, "moved in, not born here")


CASES: tuple[tuple[Case, float], ...] = (
    (newborn_without_cover, 1),
    (newborn_covered, 1),
    (adopted_on_the_old_page, 0.5),
    (page_changed, 0.5),
    (newborn_cover_ended, 0.5),
    (newborn_died, 0.5),
    (too_young_or_too_old, 0.5),
    (cover_was_anothers, 0.5),
    (newborn_lives, 0.5),
    (birth_was_an_error, 0.3),
    (born_elsewhere, 0.3),
    (move_to_adopter_taken_back, 0.3),
    (adoption_over, 0.5),
    (just_adopted, 0.3),
    (went_to_another_city, 0.3),
    (dissolution_taken_back, 0.3),
    (adoption_was_anothers, 0.3),
)
"""Cases with how many of each a thousand people bring."""
