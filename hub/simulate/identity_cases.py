"""Cases of rules ID-01, ID-02, ID-05 and ID-06: wrong numbers, wrong names, contradictions."""

from __future__ import annotations

from datetime import date

from hub.simulate import guests, hrss, mca, names, psb
from hub.simulate.casting import NON_POLICE, Case, bury, grown_up, harmless_record, mend, pensioner, take_pensioner
from hub.simulate.days import on_day
from hub.simulate.numbers import NUMBER_FAULTS, full_width
from hub.simulate.people import Person
from hub.simulate.town import Town

_LEGACY = "15-digit number"


def _bad_number(town: Town, person: Person, *, legacy: bool = True) -> tuple[str, str]:
    """What the clerk typed, and what is wrong with it. An archive number may link, so not every case wants one."""
    old_enough = legacy and person.birth < on_day(2000, 1, 1)
    faults = [fault for fault in NUMBER_FAULTS if old_enough or fault[0] != _LEGACY]
    why, spoil = town.rng.choice(faults)
    return spoil(person.id_no), why


# --- ID-01 ------------------------------------------------------------------------------------------------------------


def number_wrong(town: Town) -> None:
    """A bad number on a record of any agency."""
    person, agency = town.take(grown_up(town)), town.pick((*NON_POLICE, "PSB"))
    day = town.some(8, 500)
    number, why = _bad_number(town, person)
    harmless_record(town, agency, person, day, person.ref(day, id_no=number), late=town.chance(0.1))
    town.truth.must("ID-01", person, agency, f"bad number: {why}")


def number_wrong_on_pension(town: Town) -> None:
    """The only pension of an old person was granted under a bad number: nobody is seen to draw it."""
    person, pension = take_pensioner(town)
    number, why = _bad_number(town, person, legacy=False)
    hrss.grant_pension(town, person, pension, ref=person.ref(pension.granted, id_no=number))
    person.pension = None
    town.truth.must("ID-01", person, "HRSS", f"pension granted under a bad number: {why}")
    town.truth.must("EN-01", person, "HRSS", "the only pension stands under a bad number")


def number_wrong_on_funeral(town: Town) -> None:
    """A funeral under a bad number, and no police record: nobody is seen to have died."""
    person = town.take(pensioner(town))
    died = town.some(60, 300)
    number, why = _bad_number(town, person, legacy=False)
    mca.hold_funeral(town, person, died, died + 2, died + 3, ref=person.ref(died, id_no=number))
    person.died = died
    town.truth.must("ID-01", person, "MCA", f"funeral under a bad number: {why}")
    town.truth.must_not("LE-01", person, "the only word of the death links to nobody")
    town.truth.must_not("LE-02", person, "the funeral links to nobody")


def number_wrong_on_death(town: Town) -> None:
    """The police registered the death under a bad number: for the hub the registration is missing."""
    person = town.take(pensioner(town))
    died = town.some(80, 300)
    bury(town, person, died, police=False)
    number, why = _bad_number(town, person, legacy=False)
    psb.register_death(town, person, died, died + 9, number=number)
    town.truth.must("ID-01", person, "PSB", f"death registered under a bad number: {why}")
    town.truth.must("LE-02", person, "PSB", "the death registration links to nobody")


def number_mended(town: Town) -> None:
    person, agency = town.take(grown_up(town)), town.pick((*NON_POLICE, "PSB"))
    day = town.some(40, 500)
    filing = harmless_record(town, agency, person, day, person.ref(day, id_no=_bad_number(town, person)[0]))
    mend(town, filing, day + town.rng.randint(2, 30))
    town.truth.must_not("ID-01", person, "the number was corrected")


def number_mended_on_pension(town: Town) -> None:
    person, pension = take_pensioner(town)
    number, _ = _bad_number(town, person, legacy=False)
    filing = hrss.grant_pension(town, person, pension, ref=person.ref(pension.granted, id_no=number))
    mend(town, filing, town.some(10, 200))
    town.truth.must_not("ID-01", person, "the number on the pension was corrected")
    town.truth.must_not("EN-01", person, "the pension was corrected to the right number")


def number_taken_back(town: Town) -> None:
    person, agency = town.take(grown_up(town)), town.pick(NON_POLICE)
    day = town.some(40, 500)
    filing = harmless_record(town, agency, person, day, person.ref(day, id_no=_bad_number(town, person)[0]))
    town.ledger.cancel(filing, day + 20, new_record=town.chance(0.2))
    town.truth.must_not("ID-01", person, "the record with the bad number was cancelled")


def number_full_width(town: Town) -> None:
    person, agency = town.take(grown_up(town)), town.pick(NON_POLICE)
    day = town.some(8, 500)
    number = full_width(person.id_no) if "X" not in person.id_no else person.id_no.lower()
    harmless_record(town, agency, person, day, person.ref(day, id_no=number))
    town.truth.must_not("ID-01", person, "typed oddly, valid after normalising")


# --- ID-02 ------------------------------------------------------------------------------------------------------------


def other_name(town: Town) -> None:
    """The right number, somebody else's name."""
    person, agency = town.take(grown_up(town)), town.pick(NON_POLICE)
    day = town.some(10, 500)
    name = town.names.draw_unlike(person.name, person.sex)
    harmless_record(town, agency, person, day, person.ref(day, name=name), late=town.chance(0.1))
    town.truth.must("ID-02", person, agency, "a different name with the person's number")


def other_name_on_pension(town: Town) -> None:
    person, pension = take_pensioner(town)
    name = town.names.draw_unlike(person.name, person.sex)
    hrss.grant_pension(town, person, pension, ref=person.ref(pension.granted, name=name))
    person.pension = None
    town.truth.must("ID-02", person, "HRSS", "pension granted under a different name")
    town.truth.must("EN-01", person, "HRSS", "the only pension does not link because of its name")


def other_name_on_funeral(town: Town) -> None:
    person = town.take(pensioner(town))
    died = town.some(60, 300)
    name = town.names.draw_unlike(person.name, person.sex)
    mca.hold_funeral(town, person, died, died + 2, died + 3, ref=person.ref(died, name=name))
    person.died = died
    town.truth.must("ID-02", person, "MCA", "funeral under a different name")
    town.truth.must_not("LE-01", person, "the funeral does not link because of its name")
    town.truth.must_not("LE-02", person, "the funeral does not link because of its name")


def other_name_mended(town: Town) -> None:
    person, agency = town.take(grown_up(town)), town.pick(NON_POLICE)
    day = town.some(40, 500)
    name = town.names.draw_unlike(person.name, person.sex)
    filing = harmless_record(town, agency, person, day, person.ref(day, name=name))
    if town.chance(0.7):
        mend(town, filing, day + 20)
        town.truth.must_not("ID-02", person, "the name was corrected")
    else:
        town.ledger.cancel(filing, day + 20)
        town.truth.must_not("ID-02", person, "the record was cancelled")


def other_name_just_filed(town: Town) -> None:
    person, agency = town.take(grown_up(town)), town.pick(NON_POLICE)
    day = town.ago(1)
    harmless_record(town, agency, person, day, person.ref(day, name=town.names.draw_unlike(person.name, person.sex)))
    town.truth.must_not("ID-02", person, "grace of 3 days still running")


def other_number_mended(town: Town) -> None:
    """The clerk typed the number of somebody else beside the right name."""
    person, agency = town.take(grown_up(town)), town.pick(NON_POLICE)
    owner = town.take(lambda other: grown_up(town)(other) and town.names.differ(other.name, person.name))
    day = town.some(40, 500)
    ref = person.ref(day, id_no=owner.id_no, sex=owner.sex, birth_date=owner.ref(day)["birth_date"])
    mend(town, harmless_record(town, agency, person, day, ref), day + 15)
    town.truth.must_not("ID-02", owner, "the number typed in error was corrected to its person's")
    town.truth.must_not("ID-02", person, "the number typed in error was corrected to this person's")


def _rename(town: Town, days_ago: int) -> tuple[Person, int]:
    person = town.take(lambda other: grown_up(town)(other) and not names.is_dotted(other.name))
    day = town.ago(days_ago)
    person.former_name, person.renamed = person.name, day
    person.name = town.names.rename(person.name, person.sex)
    psb.change_item(
        town, person, day, "NAME", person.former_name, person.name, nature=town.pick(("CHANGE", "CORRECTION"))
    )
    return person, day


def former_name(town: Town) -> None:
    person, day = _rename(town, town.rng.randint(100, 400))
    later = day + town.rng.randint(20, 80)
    ref = person.ref(later, name=person.former_name)
    harmless_record(town, town.pick(NON_POLICE), person, later, ref)
    town.truth.must_not("ID-02", person, "the name is a former one in the police register")


def new_name_first(town: Town) -> None:
    person, day = _rename(town, town.rng.randint(40, 400))
    earlier = day - town.rng.randint(5, 25)
    harmless_record(town, town.pick(NON_POLICE), person, earlier, person.ref(earlier, name=person.name))
    town.truth.must_not("ID-02", person, "the police published the new name later")


def number_changed(town: Town) -> None:
    """The police corrected somebody's number; older records of theirs carry the old one, an agency's the new one."""
    person = guests.local(town)
    day = town.some(60, 400)
    person.former_no, person.renumbered = person.id_no, day
    person.id_no = town.numbers.citizen_number(person.id_no[:6], person.birth, person.sex)
    psb.change_item(town, person, day, "ID_NO", person.former_no, person.id_no, nature="CORRECTION")
    harmless_record(town, town.pick(NON_POLICE), person, day + town.rng.randint(3, 50))
    town.truth.must_not("ID-01", person, "both the old and the new number are valid")


# --- ID-05 ------------------------------------------------------------------------------------------------------------


def _opposite(person: Person) -> str:
    return "2" if person.sex == "1" else "1"


def _other_birthday(town: Town, person: Person) -> str:
    born = date.fromordinal(person.birth)
    return date(born.year - town.rng.randint(1, 2), born.month, min(28, (born.day + 6) % 28 + 1)).isoformat()


def sex_contradicts(town: Town) -> None:
    person, agency = town.take(grown_up(town)), town.pick((*NON_POLICE, *NON_POLICE, "PSB"))
    day = town.some(10, 500)
    harmless_record(town, agency, person, day, person.ref(day, sex=_opposite(person)), late=town.chance(0.1))
    town.truth.must("ID-05", person, agency, "sex contradicts the number")


def birth_contradicts(town: Town) -> None:
    person, agency = town.take(grown_up(town)), town.pick(NON_POLICE)
    day = town.some(10, 500)
    harmless_record(town, agency, person, day, person.ref(day, birth_date=_other_birthday(town, person)))
    town.truth.must("ID-05", person, agency, "birth date contradicts the number")


def contradiction_mended(town: Town) -> None:
    person, agency = town.take(grown_up(town)), town.pick(NON_POLICE)
    day = town.some(40, 500)
    changes = {"sex": _opposite(person)} if town.chance(0.5) else {"birth_date": _other_birthday(town, person)}
    filing = harmless_record(town, agency, person, day, person.ref(day, **changes))
    if town.chance(0.7):
        mend(town, filing, day + 20)
        town.truth.must_not("ID-05", person, "the contradiction was corrected")
    else:
        town.ledger.cancel(filing, day + 20)
        town.truth.must_not("ID-05", person, "the contradicting record was cancelled")


def contradiction_just_filed(town: Town) -> None:
    person, day = town.take(grown_up(town)), town.ago(1)
    harmless_record(town, town.pick(NON_POLICE), person, day, person.ref(day, sex=_opposite(person)))
    town.truth.must_not("ID-05", person, "grace of 3 days still running")


def sex_unknown(town: Town) -> None:
    person, day = town.take(grown_up(town)), town.some(10, 500)
    ref = person.ref(day, sex=town.pick("09")) if town.chance(0.5) else person.ref(day, sex=None, birth_date=None)
    harmless_record(town, town.pick(NON_POLICE), person, day, ref)
    town.truth.must_not("ID-05", person, "sex unknown or not given contradicts nothing")


def registered_otherwise(town: Town) -> None:
    """The police registered another sex or birth date beside the old number; agencies follow."""
    person, agency = town.take(grown_up(town)), town.pick(NON_POLICE)
    day = town.some(60, 400)
    item = town.pick(("sex", "birth_date"))
    old = str(person.ref(day)[item])
    new = _opposite(person) if item == "sex" else _other_birthday(town, person)
    ref = person.ref(day, **{item: new})
    psb.change_item(town, person, day, item.upper(), old, new, nature="CORRECTION", ref=ref)
    later = day + town.rng.randint(5, 40)
    harmless_record(town, agency, person, later, person.ref(later, **{item: new}))
    town.truth.must_not("ID-05", person, "the police registered the differing value")


# --- ID-06 ------------------------------------------------------------------------------------------------------------

_SPELLINGS = (
    ("traditional characters", names.traditional),
    ("a placeholder", names.with_placeholder),
    ("a character of the same sound", names.homophone),
)


def _misspelt(town: Town) -> tuple[Person, str, str]:
    """A grown-up, a misspelling of the name, and what it is."""
    why, spell = town.rng.choice(_SPELLINGS)
    person = town.take(
        lambda other: grown_up(town)(other) and not names.is_dotted(other.name) and spell(other.name) != other.name
    )
    return person, spell(person.name), why


def name_misspelt(town: Town) -> None:
    (person, name, why), agency = _misspelt(town), town.pick(NON_POLICE)
    day = town.some(14, 500)
    harmless_record(town, agency, person, day, person.ref(day, name=name), late=town.chance(0.1))
    town.truth.must("ID-06", person, agency, f"name with {why}")


def dot_missing(town: Town) -> None:
    person, agency = town.take(grown_up(town)), town.pick(NON_POLICE)
    person.name = town.names.draw_dotted(person.sex)
    day = town.some(14, 500)
    harmless_record(town, agency, person, day, person.ref(day, name=names.without_dot(person.name)))
    town.truth.must("ID-06", person, agency, "name without its dot")


def misspelt_on_pension(town: Town) -> None:
    person = town.take(lambda other: pensioner(town)(other) and names.traditional(other.name) != other.name)
    if person.pension is not None:
        ref = person.ref(person.pension.granted, name=names.traditional(person.name))
        hrss.grant_pension(town, person, person.pension, ref=ref)
    town.truth.must("ID-06", person, "HRSS", "pension granted under a variant of the name")
    town.truth.must_not("EN-01", person, "a variant of the name still links")


def misspelt_on_funeral(town: Town) -> None:
    person = town.take(lambda other: pensioner(town)(other) and names.traditional(other.name) != other.name)
    died = town.some(70, 300)
    bury(town, person, died, funeral=False, police=False)
    mca.hold_funeral(town, person, died, died + 2, died + 3, ref=person.ref(died, name=names.traditional(person.name)))
    town.truth.must("ID-06", person, "MCA", "funeral under a variant of the name")
    town.truth.must("LE-02", person, "PSB", "a variant of the name still links: funeral without registration")


def misspelling_mended(town: Town) -> None:
    (person, name, _), agency = _misspelt(town), town.pick(NON_POLICE)
    day = town.some(40, 500)
    filing = harmless_record(town, agency, person, day, person.ref(day, name=name))
    if town.chance(0.7):
        mend(town, filing, day + 20)
        town.truth.must_not("ID-06", person, "the spelling was corrected")
    else:
        town.ledger.cancel(filing, day + 20)
        town.truth.must_not("ID-06", person, "the record was cancelled")


def misspelling_just_filed(town: Town) -> None:
    (person, name, _), day = _misspelt(town), town.ago(town.rng.randint(0, 1))
    harmless_record(town, town.pick(NON_POLICE), person, day, person.ref(day, name=name))
    town.truth.must_not("ID-06", person, "grace of 7 days still running")


def name_printed_oddly(town: Town) -> None:
    person, day = town.take(grown_up(town)), town.some(14, 500)
    harmless_record(town, town.pick(NON_POLICE), person, day, person.ref(day, name=names.spaced(person.name)))
    town.truth.must_not("ID-06", person, "blanks and dots do not change a name")
    town.truth.must_not("ID-02", person, "blanks and dots do not change a name")


CASES: tuple[tuple[Case, float], ...] = (
    (number_wrong, 5),
    (number_mended, 3),
    (other_name, 4),
    (other_name_mended, 2),
    (sex_contradicts, 2),
    (contradiction_mended, 2),
    (name_misspelt, 5),
    (misspelling_mended, 2),
    (number_wrong_on_pension, 1),
    (number_wrong_on_funeral, 1),
    (number_wrong_on_death, 1),
    (number_mended_on_pension, 1),
    (number_taken_back, 1),
    (number_full_width, 1),
    (other_name_on_pension, 1),
    (other_name_on_funeral, 1),
    (other_name_just_filed, 1),
    (other_number_mended, 1),
    (former_name, 2),
    (new_name_first, 1),
    (number_changed, 2),
    (birth_contradicts, 2),
    (contradiction_just_filed, 1),
    (sex_unknown, 1),
    (registered_otherwise, 2),
    (dot_missing, 1),
    (misspelt_on_pension, 1),
    (misspelt_on_funeral, 1),
    (misspelling_just_filed, 1),
    (name_printed_oddly, 1),
)
"""Cases with how many of each a thousand people bring."""
