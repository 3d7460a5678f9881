"""Cases of rule ID-04: files that still carry a number the police have retired."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hub.simulate import guest_lives, guests, hmd, hrss, mca, psb
from hub.simulate.casting import Case, aid_household
from hub.simulate.days import Day, month_of, month_plus, year_of
from hub.simulate.ledger import Filing
from hub.simulate.people import Pension, Person
from hub.simulate.town import Town

Opened = Callable[[Town, Person, Day], Filing]


def _enrolment(town: Town, person: Person, day: Day) -> Filing:
    return hrss.enrol(town, person, "PENSION_RES", day)


def _allowance(town: Town, person: Person, day: Day) -> Filing:
    return mca.start_allowance(town, person, "DISABLED_LIVING", day).started


def _title(town: Town, person: Person, day: Day) -> Filing:
    return hmd.transfer(town, person, hmd.build_unit(town, person.region, day - 300), "FIRST", day)


def _lease(town: Town, person: Person, day: Day) -> Filing:
    unit = hmd.build_unit(town, person.region, day - 300)
    return hmd.let(town, unit, person, day, town.today + 400, scope="ROOM").filed


def _public_rental(town: Town, person: Person, day: Day) -> Filing:
    return hmd.let_public(town, hmd.build_unit(town, person.region, day - 300), [person], day).filed


def _care(town: Town, person: Person, day: Day) -> Filing:
    return mca.change_eldercare(town, person, "ADMIT", day)


_FILES: tuple[tuple[str, Opened], ...] = (
    ("HRSS", _enrolment),
    ("MCA", _allowance),
    ("MCA", _care),
    ("HMD", _title),
    ("HMD", _lease),
    ("HMD", _public_rental),
)


def _new_number(town: Town, person: Person, day: Day, *, late: bool = False) -> Filing:
    """The police give somebody another number from a day on."""
    person.former_no, person.renumbered = person.id_no, day
    person.id_no = town.numbers.citizen_number(person.id_no[:6], person.birth, person.sex)
    return psb.change_item(town, person, day, "ID_NO", person.former_no, person.id_no, nature="CORRECTION", late=late)


def _with_file(town: Town) -> tuple[Person, str, Filing]:
    """Somebody with a live file at one office, opened years before the number changes."""
    person = guests.local(town)
    agency, opened = town.rng.choice(_FILES)
    return person, agency, opened(town, person, town.some(420, 900))


def _as_before(person: Person, day: Day) -> dict[str, str | None]:
    """How an office names them that has not heard of the new number."""
    return person.ref(day, id_no=person.former_no)


# --- must -------------------------------------------------------------------------------------------------------------


def file_never_rekeyed(town: Town) -> None:
    person, agency, _ = _with_file(town)
    _new_number(town, person, town.some(45, 400), late=town.chance(0.1))
    town.truth.must("ID-04", person, agency, "the file still carries the retired number")


def files_of_two_offices(town: Town) -> None:
    """Two offices hold files; one took the new number over."""
    person = guests.local(town)
    _allowance(town, person, town.some(420, 900))
    enrolment = _enrolment(town, person, town.some(420, 900))
    day = town.some(100, 400)
    _new_number(town, person, day)
    hrss.enrol(town, person, "PENSION_RES", day + 30, action="RESUME", record=enrolment)
    town.truth.must("ID-04", person, "MCA", "one of two offices has not taken the new number over")


def opened_under_the_old_number(town: Town) -> None:
    """A new file opened with the old card, long after."""
    person = guests.local(town)
    day = town.some(150, 400)
    _new_number(town, person, day)
    later = town.some(45, 120)
    if town.chance(0.5):
        hrss.enrol(town, person, "PENSION_RES", later, ref=_as_before(person, later), late=town.chance(0.2))
        town.truth.must("ID-04", person, "HRSS", "enrolled under the retired number")
    else:
        mca.start_allowance(town, person, "DISABLED_CARE", later, ref=_as_before(person, later))
        town.truth.must("ID-04", person, "MCA", "an allowance granted under the retired number")


def pension_under_the_old_number(town: Town) -> None:
    person = guests.local(town, age=(62, 75))
    granted = town.some(430, 700)
    pension = Pension("RES", person.region, month_of(granted), granted)
    hrss.grant_pension(town, person, pension)
    _new_number(town, person, town.some(45, 300))
    town.truth.must("ID-04", person, "HRSS", "the pension is paid under the retired number")


def member_of_anothers_household(town: Town) -> None:
    """Two offices name somebody by the retired number: one as a member of an aid household, one for the cover."""
    applicant, person = guest_lives.idle(town), guest_lives.idle(town)
    aid_household(town, "DB", [applicant, person], town.some(430, 700), capacity="NONE")
    _new_number(town, person, town.some(45, 180))
    town.truth.must("ID-04", person, "MCA", "a member of an aid household under the retired number")
    town.truth.must("ID-04", person, "HRSS", "covered this year under the retired number")
    town.truth.must_not("EN-02", person, "covered, whatever the number")


def rekeying_taken_back(town: Town) -> None:
    person = guests.local(town)
    enrolment = _enrolment(town, person, town.some(420, 900))
    day = town.some(200, 400)
    _new_number(town, person, day)
    rekeyed = hrss.enrol(town, person, "PENSION_RES", day + 20, action="RESUME", record=enrolment)
    town.ledger.cancel(rekeyed, town.some(45, 150), late=town.chance(0.2))
    town.truth.must("ID-04", person, "HRSS", "the office cancelled its change to the new number")


def number_change_was_anothers(town: Town) -> None:
    """The correction was filed for a wrong person and moved to the one it belongs to, who has a file."""
    wrong = guests.local(town)
    person, agency, _ = _with_file(town)
    _mixed_up(town, wrong, person)
    town.truth.must("ID-04", person, agency, "the new number came by a correction of the register")
    town.truth.must_not("ID-04", wrong, "the new number was somebody else's")


def _mixed_up(town: Town, wrong: Person, person: Person) -> None:
    day = town.some(200, 400)
    new = town.numbers.citizen_number(person.id_no[:6], person.birth, person.sex)
    told = psb.change_item(town, wrong, day, "ID_NO", wrong.id_no, new, nature="CORRECTION")
    person.former_no, person.renumbered, person.id_no = person.id_no, day, new
    payload = dict(told.event["payload"], old_value=person.former_no, id_no_old=person.former_no)
    later = town.some(50, 150)
    town.ledger.correct(told, later, person=person, payload=payload, new_record=town.chance(0.3))


# --- must not ---------------------------------------------------------------------------------------------------------


def file_rekeyed(town: Town) -> None:
    """By a newer version of the record, or by a correction of it."""
    person, _, filing = _with_file(town)
    day = town.some(60, 400)
    _new_number(town, person, day)
    later = day + town.rng.randint(3, 45)
    payload = _rewritten(filing.event["payload"], person, later)
    if town.chance(0.5):
        town.ledger.correct(filing, later, payload=payload, new_record=town.chance(0.3), late=town.chance(0.2))
    else:
        town.ledger.file(
            filing.event["event_type"], person, payload, on=later, region=filing.event["region_code"],
            record=filing.record_id, unit=filing.unit, late=town.chance(0.2),
        )  # fmt: skip
    town.truth.must_not("ID-04", person, "the file was taken over to the new number")


def _rewritten(payload: dict[str, Any], person: Person, day: Day) -> dict[str, Any]:
    """The same page with the new number wherever it names this person."""
    fresh = dict(payload)
    if "tenant" in payload:
        fresh["tenant"] = person.ref(day)
    if "members" in payload:
        fresh["members"] = [
            {**member, "person": person.ref(day)} if member["person"]["id_no"] == person.former_no else member
            for member in payload["members"]
        ]
    return fresh


def entry_goes_on_under_the_new_number(town: Town) -> None:
    """The same entry of the office's register goes on in a record of its own, under the new number."""
    person = guests.local(town)
    _enrolment(town, person, town.some(420, 900))
    day = town.some(60, 400)
    _new_number(town, person, day)
    hrss.enrol(town, person, "PENSION_RES", day + town.rng.randint(3, 40))
    town.truth.must_not("ID-04", person, "the newest act of the entry carries the new number")


def file_closed(town: Town) -> None:
    """Files that were over when the number changed, or ended since."""
    person = guests.local(town)
    opened, ended = town.some(420, 900), town.some(20, 410)
    what = town.rng.randrange(6)
    if what == 0:
        allowance = mca.start_allowance(town, person, "DISABLED_LIVING", opened)
        mca.change_allowance(town, person, allowance, "STOP", ended)
    elif what == 1:
        enrolment = _enrolment(town, person, opened)
        hrss.enrol(town, person, "PENSION_RES", ended, action="TERMINATE", record=enrolment)
    elif what == 2:
        unit = hmd.build_unit(town, person.region, opened - 300)
        lease = hmd.let(town, unit, person, opened, town.today + 100, scope="ROOM")
        hmd.end_lease(town, lease, ended, ended)
    elif what == 3:
        unit = hmd.build_unit(town, person.region, opened - 300)
        hmd.transfer(town, person, unit, "FIRST", opened)
        hmd.transfer(town, person, unit, "TRANSFER_OUT", ended)
    elif what == 4:
        town.ledger.cancel(_enrolment(town, person, opened), ended, new_record=town.chance(0.3))
    else:
        unit = hmd.build_unit(town, person.region, opened - 300)
        hmd.let(town, unit, person, opened, ended, scope="ROOM")
    _renumber_quietly(town, person, town.some(60, 400))
    town.truth.must_not("ID-04", person, "the file is closed")


def _renumber_quietly(town: Town, person: Person, day: Day) -> None:
    """A change of number whose acts in other records are filed already, whatever their day."""
    person.former_no, person.renumbered = person.id_no, day
    person.id_no = town.numbers.citizen_number(person.id_no[:6], person.birth, person.sex)
    psb.change_item(town, person, day, "ID_NO", person.former_no, person.id_no, nature="CORRECTION")


def acts_done_once(town: Town) -> None:
    """Months paid, a check at the counter, a wedding: nothing there is to be re-keyed."""
    person, spouse = guests.couple(town)
    day = town.some(420, 700)
    last = month_of(day - 40)
    hrss.contribute(town, person, "PENSION_RES", month_plus(last, -11), last, day)
    hrss.verify(town, person, day, "COUNTER")
    mca.register_marriage(town, person, spouse, day)
    _new_number(town, person, town.some(60, 400))
    town.truth.must_not("ID-04", person, "certificates and single acts need not be re-keyed")


def number_just_changed(town: Town) -> None:
    person, _, _ = _with_file(town)
    _new_number(town, person, town.some(2, 22))
    town.truth.must_not("ID-04", person, "grace of 30 days still running")


def number_change_cancelled(town: Town) -> None:
    person, _, _ = _with_file(town)
    told = _new_number(town, person, town.some(80, 400))
    town.ledger.cancel(told, town.some(12, 60), new_record=town.chance(0.3), late=town.chance(0.3))
    person.id_no = str(person.former_no)
    person.former_no = person.renumbered = None
    town.truth.must_not("ID-04", person, "the correction of the number was cancelled")


def all_files_rekeyed(town: Town) -> None:
    """An aid household whose applicant got another number: granted anew, cover and all."""
    person = guests.local(town)
    granted, year = town.some(430, 700), year_of(town.today)
    unit = mca.grant_aid(town, "TK_CENTRAL", [person], granted)
    _new_number(town, person, town.some(200, 400))
    day = town.some(100, 190)
    payload = _rewritten(unit.granted.event["payload"], person, day)
    town.ledger.file("mca.aid_granted", person, payload, on=day, record=unit.granted.record_id)
    hrss.cover(town, person, "RES", year, town.ago(90), town.ago(90))
    town.truth.must_not("ID-04", person, "every file was taken over")


CASES: tuple[tuple[Case, float], ...] = (
    (file_never_rekeyed, 2),
    (file_rekeyed, 1.5),
    (files_of_two_offices, 0.5),
    (number_just_changed, 0.5),
    (opened_under_the_old_number, 0.5),
    (file_closed, 1),
    (pension_under_the_old_number, 0.5),
    (number_change_cancelled, 0.5),
    (rekeying_taken_back, 0.5),
    (member_of_anothers_household, 0.5),
    (number_change_was_anothers, 0.5),
    (entry_goes_on_under_the_new_number, 0.5),
    (acts_done_once, 0.5),
    (all_files_rekeyed, 0.3),
)
"""Cases with how many of each a thousand people bring."""
