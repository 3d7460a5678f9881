"""Cases of rules LE-05 and LE-06: the register's marital status against the marriage register, and that in itself."""

from __future__ import annotations

from hub.simulate import guests, mca, psb
from hub.simulate.casting import Case
from hub.simulate.days import Day
from hub.simulate.ledger import Filing
from hub.simulate.people import Person
from hub.simulate.town import Town

SINGLE, MARRIED, WIDOWED, DIVORCED = "10", "20", "30", "40"


def state(town: Town, person: Person, day: Day, old: str, new: str, *, late: bool = False) -> Filing:
    """Somebody has the marital status in the household register changed."""
    return psb.change_item(town, person, day, "MARITAL", old, new, late=late)


def _married_couple(town: Town, day: Day) -> tuple[Person, Person, Filing]:
    """A couple married some day. Either of them may be the first that the record names."""
    pair = guests.couple(town)
    one, other = pair if town.chance(0.5) else pair[::-1]
    return one, other, mca.register_marriage(town, *pair, day)


def _divorce(
    town: Town, marriage: Filing, one: Person, other: Person, day: Day, *, recorded: Day | None = None
) -> Filing:
    pair = (one, other) if town.chance(0.5) else (other, one)
    kind = town.pick(("DIVORCE_REGISTERED", "DIVORCE_COURT")) if recorded is None else "DIVORCE_COURT"
    return mca.end_marriage(town, marriage, *pair, day, kind=kind, recorded=recorded)


def _bury(town: Town, person: Person, died: Day) -> Filing:
    person.died = died
    return psb.register_death(town, person, died, died + town.rng.randint(3, 9))


# --- LE-05 ------------------------------------------------------------------------------------------------------------


def married_still_single(town: Town) -> None:
    person, _, _ = _married_couple(town, town.some(110, 400))
    state(town, person, town.some(450, 900), MARRIED, SINGLE)
    town.truth.must("LE-05", person, "PSB", "married, and unmarried in the household register")


def divorced_still_married(town: Town) -> None:
    person, other, marriage = _married_couple(town, town.some(800, 1500))
    state(town, person, town.some(500, 700), SINGLE, town.pick(("20", "21", "22")))
    _divorce(town, marriage, person, other, town.some(110, 400))
    town.truth.must("LE-05", person, "PSB", "divorced, and married in the household register")


def widowed_still_married(town: Town) -> None:
    person, other, _ = _married_couple(town, town.some(800, 1500))
    state(town, person, town.some(500, 700), SINGLE, MARRIED)
    _bury(town, other, town.some(120, 400))
    town.truth.must("LE-05", person, "PSB", "the spouse died, and the household register says married")


def stated_wrongly(town: Town) -> None:
    """The household register was changed long after, to what is not so."""
    person, _, _ = _married_couple(town, town.some(800, 1500))
    state(town, person, town.some(110, 400), MARRIED, DIVORCED, late=town.chance(0.2))
    town.truth.must("LE-05", person, "PSB", "married, and divorced in the household register")


def update_taken_back(town: Town) -> None:
    person, _, _ = _married_couple(town, town.some(300, 400))
    state(town, person, town.some(450, 900), MARRIED, SINGLE)
    update = state(town, person, town.some(220, 290), SINGLE, MARRIED)
    town.ledger.cancel(update, town.some(105, 200), new_record=town.chance(0.3), late=town.chance(0.3))
    town.truth.must("LE-05", person, "PSB", "the change of the household register was cancelled")


def divorce_taken_back(town: Town) -> None:
    person, other, marriage = _married_couple(town, town.some(800, 1500))
    divorced = _divorce(town, marriage, person, other, town.some(300, 400))
    state(town, person, town.some(220, 290), MARRIED, DIVORCED)
    town.ledger.cancel(divorced, town.some(105, 200), new_record=town.chance(0.3))
    town.truth.must("LE-05", person, "PSB", "the divorce was cancelled, the household register says divorced")


def marriage_was_anothers(town: Town) -> None:
    """The certificate was filed under a wrong number; it is of somebody whose register says unmarried."""
    wrong, person, other = guests.local(town, sex="1"), guests.local(town, sex="1"), guests.local(town, sex="2")
    for one in (wrong, person):
        state(town, one, town.some(450, 900), MARRIED, SINGLE)
    marriage = mca.register_marriage(town, wrong, other, town.some(300, 400))
    town.ledger.correct(marriage, town.some(105, 200), person=person, new_record=town.chance(0.3))
    town.truth.must("LE-05", person, "PSB", "the marriage came by correction")
    town.truth.must_not("LE-05", wrong, "the marriage was corrected to be somebody else's")


def status_updated(town: Town) -> None:
    """The register follows: by the same group of codes, whichever marriage it is."""
    person, other, marriage = _married_couple(town, town.some(800, 1500))
    what = town.rng.randrange(3)
    if what == 0:
        state(town, person, town.some(20, 600), SINGLE, town.pick(("20", "21", "22", "23")), late=town.chance(0.3))
        town.truth.must_not("LE-05", person, "married, and so says the register")
        return
    state(town, person, town.some(500, 700), SINGLE, MARRIED)
    if what == 1:
        _divorce(town, marriage, person, other, town.some(200, 400))
        state(town, person, town.some(12, 190), MARRIED, DIVORCED, late=town.chance(0.3))
        town.truth.must_not("LE-05", person, "divorced, and so says the register")
    else:
        _bury(town, other, town.some(200, 400))
        state(town, person, town.some(12, 180), MARRIED, WIDOWED, late=town.chance(0.3))
        town.truth.must_not("LE-05", person, "widowed, and so says the register")


def court_heard_late(town: Town) -> None:
    """The household register knew of the divorce; the court's word reached the registry long after."""
    person, other, marriage = _married_couple(town, town.some(800, 1500))
    ended = town.some(300, 500)
    state(town, person, ended + 20, MARRIED, DIVORCED)
    _divorce(town, marriage, person, other, ended, recorded=town.some(12, 150))
    town.truth.must_not("LE-05", person, "the court's judgment is on record by now")


def nothing_stated(town: Town) -> None:
    """No word of the register, or none that says anything."""
    person, _, _ = _married_couple(town, town.some(120, 400))
    why = "the register never said anything"
    if town.chance(0.5):
        state(town, person, town.some(450, 700), SINGLE, "90")
        why = "the register says that nothing was said"
    town.truth.must_not("LE-05", person, why)


def married_elsewhere(town: Town) -> None:
    person = guests.local(town)
    state(town, person, town.some(120, 700), SINGLE, town.pick((MARRIED, DIVORCED, WIDOWED)))
    town.truth.must_not("LE-05", person, "no marriage of this person is on record here")


def just_married(town: Town) -> None:
    person, _, _ = _married_couple(town, town.some(5, 80))
    state(town, person, town.some(450, 900), MARRIED, SINGLE)
    town.truth.must_not("LE-05", person, "grace of 90 days still running")


def marriage_never_was(town: Town) -> None:
    """Annulled, or cancelled as an error of the registry: who was unmarried is so still."""
    person, other, marriage = _married_couple(town, town.some(200, 400))
    state(town, person, town.some(450, 900), MARRIED, SINGLE)
    if town.chance(0.5):
        mca.end_marriage(town, marriage, person, other, town.some(12, 150), kind=town.pick(("ANNULLED", "VOID")))
        town.truth.must_not("LE-05", person, "the marriage was annulled")
    else:
        town.ledger.cancel(marriage, town.some(12, 150), new_record=town.chance(0.3), late=town.chance(0.3))
        town.truth.must_not("LE-05", person, "the marriage was cancelled as an error")


def spouse_lives(town: Town) -> None:
    """The spouse's death was an error; or one source alone has told of it."""
    person, other, _ = _married_couple(town, town.some(800, 1500))
    state(town, person, town.some(500, 700), SINGLE, MARRIED)
    died = town.some(120, 300)
    if town.chance(0.5):
        wrong = _bury(town, other, died)
        town.ledger.cancel(wrong, town.some(12, 100), new_record=town.chance(0.3), late=town.chance(0.3))
        other.died = None
        town.truth.must_not("LE-05", person, "the spouse's death was cancelled")
    else:
        other.died = died
        mca.hold_funeral(town, other, died, died + 2, died + 3)
        town.truth.must("LE-02", other, "PSB", "funeral held, death never registered")
        town.truth.must_not("LE-05", person, "one source alone says that the spouse died")


# --- LE-06 ------------------------------------------------------------------------------------------------------------


def _again(town: Town, person: Person, day: Day, *, late: bool = False) -> tuple[Person, Filing]:
    """The same person marries somebody else."""
    other = guests.local(town, sex="2" if person.sex == "1" else "1")
    pair = (person, other) if town.chance(0.5) else (other, person)
    return other, mca.register_marriage(town, *pair, day, late=late)


def married_twice(town: Town) -> None:
    person, _, _ = _married_couple(town, town.some(500, 1500))
    _again(town, person, town.some(20, 400), late=town.chance(0.1))
    town.truth.must("LE-06", person, "MCA", "a second marriage, and nothing ended the first")


def divorced_after_the_second(town: Town) -> None:
    person, other, first = _married_couple(town, town.some(500, 1500))
    _again(town, person, town.some(200, 400))
    _divorce(town, first, person, other, town.some(20, 190))
    town.truth.must("LE-06", person, "MCA", "the first marriage ended only after the second began")


def end_of_the_first_taken_back(town: Town) -> None:
    person, other, first = _married_couple(town, town.some(800, 1500))
    ended = _divorce(town, first, person, other, town.some(500, 700))
    _again(town, person, town.some(200, 400))
    town.ledger.cancel(ended, town.some(20, 190), new_record=town.chance(0.3), late=town.chance(0.3))
    town.truth.must("LE-06", person, "MCA", "the divorce from the first spouse was cancelled")


def first_spouse_lives(town: Town) -> None:
    person, other, _ = _married_couple(town, town.some(800, 1500))
    wrong = _bury(town, other, town.some(500, 700))
    _again(town, person, town.some(200, 400))
    town.ledger.cancel(wrong, town.some(20, 190), new_record=town.chance(0.3), late=town.chance(0.3))
    other.died = None
    town.truth.must("LE-06", person, "MCA", "the first spouse's death was cancelled")


def second_by_correction(town: Town) -> None:
    person, _, _ = _married_couple(town, town.some(800, 1500))
    wrong = guests.local(town, sex=person.sex)
    _, second = _again(town, wrong, town.some(200, 400))
    _hand_over(town, second, wrong, person, town.some(20, 190))
    town.truth.must("LE-06", person, "MCA", "the second marriage came by correction")
    town.truth.must_not("LE-06", wrong, "the marriage was corrected to be somebody else's")


def _hand_over(town: Town, marriage: Filing, wrong: Person, right: Person, day: Day) -> None:
    """The number of one of the two was somebody else's."""
    payload = dict(marriage.event["payload"])
    first = marriage.person is wrong
    if not first:
        payload["spouse"] = right.ref(day)
    town.ledger.correct(
        marriage, day, payload=payload, person=right if first else None, new_record=town.chance(0.3),
        late=town.chance(0.2),
    )  # fmt: skip


def remarried(town: Town) -> None:
    """The first marriage had ended, whether the registry knew at once or heard from a court much later."""
    person, other, first = _married_couple(town, town.some(800, 1500))
    ended, second = town.some(450, 700), town.some(200, 400)
    what = town.rng.randrange(4)
    if what == 0:
        _divorce(town, first, person, other, ended)
        why = "divorced before"
    elif what == 1:
        _divorce(town, first, person, other, ended, recorded=town.some(12, 190))
        why = "divorced before by a court, as the registry heard later"
    elif what == 2:
        mca.end_marriage(town, first, person, other, town.some(12, 700), kind=town.pick(("ANNULLED", "VOID")))
        why = "the first marriage was annulled"
    else:
        _bury(town, other, ended)
        why = "the first spouse had died"
    _again(town, person, second)
    town.truth.must_not("LE-06", person, why)


def married_each_other_again(town: Town) -> None:
    """After a divorce; or the same marriage written down once more, its paper being lost."""
    person, other, first = _married_couple(town, town.some(800, 1500))
    kind, why = "MAKEUP", "the same marriage registered once more"
    if town.chance(0.6):
        _divorce(town, first, person, other, town.some(450, 700))
        kind, why = "RESUMED", "divorced, and married each other again"
    mca.register_marriage(town, person, other, town.some(20, 400), kind=kind)
    for one in (person, other):
        town.truth.must_not("LE-06", one, why)


def one_of_two_an_error(town: Town) -> None:
    person, _, first = _married_couple(town, town.some(800, 1500))
    _, second = _again(town, person, town.some(200, 400))
    wrong = first if town.chance(0.5) else second
    town.ledger.cancel(wrong, town.some(12, 190), new_record=town.chance(0.3), late=town.chance(0.3))
    town.truth.must_not("LE-06", person, "one of the two was cancelled as an error")


def second_was_anothers(town: Town) -> None:
    person, _, _ = _married_couple(town, town.some(800, 1500))
    right = guests.local(town, sex=person.sex)
    _, second = _again(town, person, town.some(200, 400))
    _hand_over(town, second, person, right, town.some(12, 190))
    for one in (person, right):
        town.truth.must_not("LE-06", one, "the second marriage was under a wrong number, and corrected")


def just_married_twice(town: Town) -> None:
    person, _, _ = _married_couple(town, town.some(500, 1500))
    _again(town, person, town.some(1, 4))
    town.truth.must_not("LE-06", person, "grace of 7 days still running")


CASES: tuple[tuple[Case, float], ...] = (
    (married_still_single, 1),
    (status_updated, 1),
    (married_twice, 1),
    (remarried, 1),
    (divorced_still_married, 0.5),
    (widowed_still_married, 0.5),
    (nothing_stated, 0.5),
    (just_married, 0.5),
    (marriage_never_was, 0.5),
    (end_of_the_first_taken_back, 0.5),
    (one_of_two_an_error, 0.5),
    (stated_wrongly, 0.5),
    (married_elsewhere, 0.3),
    (court_heard_late, 0.5),
    (update_taken_back, 0.5),
    (divorce_taken_back, 0.5),
    (marriage_was_anothers, 0.5),
    (spouse_lives, 0.5),
    (divorced_after_the_second, 0.3),
    (first_spouse_lives, 0.5),
    (second_by_correction, 0.5),
    (second_was_anothers, 0.5),
    (married_each_other_again, 0.3),
    (just_married_twice, 0.5),
)
"""Cases with how many of each a thousand people bring."""
