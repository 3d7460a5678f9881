"""Ordinary lives: what everybody's registers hold, and what happens to people who are in no case."""

from __future__ import annotations

from hub.simulate import hrss, mca, moves, psb
from hub.simulate.days import Day, add_months, month_of, month_plus, on_day, year_of
from hub.simulate.people import Household, Person
from hub.simulate.town import Town

# Deaths a year by age from..to; nobody dies whose funeral and settlements would reach into the last weeks.
_MORTALITY = ((80, 0.07), (70, 0.03), (60, 0.01), (30, 0.002), (0, 0.0))
_LAST_DEATH = 75
_OLD_MONTHS = 60
"""Months before the city's first year that the first statement of contributions covers: more than aid goes back."""
_ALLOWANCE_SHARE = 0.93
_NEWBORN = (60, 180)
"""Days of age between which a child without cover is missed."""
_STATED_SHARE = 0.3
"""Of those who marry or are widowed: who has the household register say so."""
_COVERED_SHARE, _OUTSIDER_COVERED_SHARE = 0.975, 0.5


def decide_deaths(town: Town) -> None:
    """Who of the ordinary people dies when. Nothing is filed yet: every later step knows it."""
    young = [child for child in town.people if child.birth > town.start - 300]
    parents = {id(parent) for child in young for parent in (child.mother, child.father)}
    years = (town.today - town.start) / 365
    for person in town.people:
        yearly = next(rate for age, rate in _MORTALITY if town.age(person) >= age)
        used = person.reserved or person.spared or person.outsider or id(person) in parents
        first = max(town.start + 5, person.household.arrived + 30)
        if not used and town.chance(yearly * years) and first < town.ago(_LAST_DEATH):
            person.died = town.rng.randint(first, town.ago(_LAST_DEATH))
            _never_retires(person, person.died)


def _never_retires(person: Person, died: Day) -> None:
    if person.pension is not None and person.pension.granted >= died - 5:
        person.pension = person.retired = None


def live(town: Town, person: Person) -> None:
    """Everything the registers hold of one person but groups and housing."""
    if not person.outsider:
        psb.register(town, person)
    _work(town, person)
    _draw_pension(town, person)
    _be_covered(town, person)
    if person.died is not None and not person.reserved:
        _die(town, person, person.died)
    if not (person.reserved or person.outsider or person.gone):
        _allowance(town, person)


def _work(town: Town, person: Person) -> None:
    if person.enrolled is not None and (person.scheme or (person.retired or 0) > on_day(2015, 1, 1)):
        kind = person.pension.kind if person.pension else "EMP"
        scheme = person.scheme or f"PENSION_{kind}"
        enrolment = hrss.enrol(town, person, scheme, person.enrolled, prior=person.insured_before)
        moves.settle_insurance(town, person)
        if person.scheme and town.chance(0.6):
            hrss.enrol(town, person, town.pick(("INJURY", "UNEMP", "MATERNITY")), person.enrolled)
        if person.retired is not None:
            ends = max(person.retired, person.pension.granted if person.pension else 0) + 3
            if _happens(town, person, ends):
                hrss.enrol(town, person, scheme, ends, action="TERMINATE", record=enrolment)
        else:
            _contribute(town, person, scheme)
    elif person.pension is None and not person.outsider and 18 <= town.age(person) < 60 and town.chance(0.6):
        since = max(add_months(person.birth, 12 * 17), on_day(2012, 1, 1))
        hrss.enrol(town, person, "PENSION_RES", max(since, person.household.arrived))
        _contribute(town, person, "PENSION_RES")


def _contribute(town: Town, person: Person, scheme: str) -> None:
    """A statement of paid months after every year, and one in the running year. The first covers earlier years, too."""
    since = month_plus(month_of(person.enrolled), 1) if person.enrolled else f"{year_of(town.start)}01"
    first = max(since, month_plus(f"{year_of(town.start)}01", -_OLD_MONTHS))
    for year in range(year_of(town.start), year_of(town.today) + 1):
        last = year == year_of(town.today)
        recorded = town.some(8, 20) if last else on_day(year + 1, 1, 10) + town.rng.randrange(15)
        if (person.enrolled or 0) < on_day(year, 1, 1) and recorded >= town.start and _happens(town, person, recorded):
            to_month = month_of(town.ago(31)) if last else f"{year}12"
            hrss.contribute(town, person, scheme, first, to_month, recorded)
            first = f"{year + 1}01"


def _draw_pension(town: Town, person: Person) -> None:
    if person.pension is None:
        return
    hrss.grant_pension(town, person, person.pension)
    if person.reserved:
        return
    for year in range(year_of(town.start), year_of(town.today) + 1):
        day = on_day(year, 1, 5) + town.rng.randrange(160)
        seen = day > person.pension.granted + 200 and town.start <= day
        if seen and _happens(town, person, day) and town.chance(0.95):
            method = town.rng.choices(("DATA_MATCH", "SELF_APP", "COUNTER", "VISIT"), (6, 2, 2, 1))[0]
            hrss.verify(town, person, day, method)


def _be_covered(town: Town, person: Person) -> None:
    """Medical coverage of every year: employees from January, everybody else enrols in the autumn before."""
    kind = "EMP" if person.scheme or (person.pension and person.pension.kind != "RES") else "RES"
    arrived = person.registered if not person.outsider else town.start
    exempt = not person.on_aid and not person.reserved
    share = _OUTSIDER_COVERED_SHARE if person.outsider else 1.0 if person.gone else _COVERED_SHARE
    covered = False
    for year in range(year_of(town.start), year_of(town.today) + 1):
        if year in person.uncovered or year_of(arrived) > year or (exempt and not town.chance(share)):
            continue
        effective = max(on_day(year, 1, 1), arrived)
        usual = on_day(year, 1, 5) if kind == "EMP" else on_day(year - 1, 9, 15)
        recorded = max(usual + town.rng.randrange(15 if kind == "EMP" else 95), arrived + 3)
        if not _happens(town, person, recorded):
            continue
        filing = hrss.cover(town, person, kind, year, effective, recorded)
        covered = year == year_of(town.today)
        moves = exempt and kind == "RES" and town.age(person) in range(22, 50) and town.chance(0.02)
        if moves and _happens(town, person, recorded + 60):
            hrss.cover(town, person, "EMP", year, recorded + 60, recorded + 60)
            hrss.cover(town, person, kind, year, recorded + 61, recorded + 62, status="ENDED", record=filing)
    newborn = person.birth > person.household.arrived and _NEWBORN[0] <= town.today - person.birth <= _NEWBORN[1]
    if newborn and not covered and not person.outsider:
        town.truth.must("EN-03", person, "MSI", "born here months ago, and not covered")


def _happens(town: Town, person: Person, day: Day) -> bool:
    """Whether an office can still meet this person in life on that day, and the day has come."""
    return day < town.today and (person.died is None or day < person.died)


def _die(town: Town, person: Person, died: Day) -> None:
    """Funeral, registration, end of the pension: in an order seen in life."""
    handled = died + town.rng.randint(1, 4)
    if town.chance(0.65):
        mca.hold_funeral(town, person, died, handled, handled + town.rng.randint(0, 3))
    psb.register_death(town, person, died, died + town.rng.randint(2, 25))
    hrss.stop_after_death(town, person, died + town.rng.randint(8, 45))


def _allowance(town: Town, person: Person) -> None:
    turned_eighty = add_months(person.birth, 80 * 12)
    entitled = max(turned_eighty, person.registered)
    if turned_eighty <= town.ago(30):
        # Whoever only just became entitled draws it: the days around the end of the grace are left out.
        if town.chance(_ALLOWANCE_SHARE) or entitled > town.ago(35):
            _draw_allowance(town, person, "OLD_AGE", max(turned_eighty + 20, person.registered))
        elif person.died is None:
            town.truth.must("EN-05", person, "MCA", "over eighty, no allowance")
    elif town.age(person) < 60 and town.chance(0.015):
        kind = town.pick(("DISABLED_LIVING", "DISABLED_CARE"))
        _draw_allowance(town, person, kind, max(town.some(40, 1500), person.registered + 10))


def _draw_allowance(town: Town, person: Person, kind: str, day: Day) -> None:
    if not _happens(town, person, day):
        return
    allowance = mca.start_allowance(town, person, kind, day)
    if person.died is not None:
        stopped = person.died + town.rng.randint(5, 40)
        mca.change_allowance(town, person, allowance, "STOP", stopped, person.died + 1)
    elif town.chance(0.1) and day + 60 < town.ago(10):
        ends = town.rng.randint(day + 60, town.ago(10))
        mca.change_allowance(town, person, allowance, "SUSPEND", ends)
        if (town.chance(0.5) or ends > town.ago(35)) and ends + 20 < town.ago(8):
            mca.change_allowance(town, person, allowance, "RESUME", ends + 20)
        elif kind == "OLD_AGE" and ends <= town.ago(35):
            town.truth.must("EN-05", person, "MCA", "the allowance is suspended")


def live_together(town: Town, household: Household) -> None:
    """What happens to a household: old marriages, a new head after a death."""
    head = household.head
    spouse = head.spouse
    if spouse is not None and not head.outsider and spouse in household.members and town.chance(0.9):
        wedding = max(head.birth, spouse.birth) + 22 * 365 + town.rng.randrange(900)
        mca.register_marriage(town, head, spouse, min(wedding, town.start - 1))
        _mourn(town, head, spouse)
    left = [member for member in household.members if _follows(member, head)]
    if not head.outsider and town.chance(0.05):
        _renumber_house(town, household)
    quiet = not any(member.reserved for member in household.members)
    if head.died is not None and quiet and left and town.age(left[0]) >= 18:
        psb.restructure(town, household, "HEAD_CHANGE", left, head.died + town.rng.randint(30, 60), household.number)


def _mourn(town: Town, *couple: Person) -> None:
    """Some who lost their spouse have it written down in the household register."""
    for person, spouse in (couple, couple[::-1]):
        used = person.reserved or spouse.reserved or person.died is not None
        if spouse.died is not None and not used and town.chance(_STATED_SHARE):
            psb.change_item(town, person, spouse.died + town.rng.randint(26, 70), "MARITAL", "20", "30")


def _renumber_house(town: Town, household: Household) -> None:
    """The street got new house numbers: an ordinary change of everybody's address."""
    day = town.some(15, min(600, town.today - town.start))
    for member in household.members:
        if member.registered < day and member.alive(day) and not member.reserved:
            psb.change_item(town, member, day, "ADDRESS", household.address, f"{household.address}附2号")


def _follows(member: Person, head: Person) -> bool:
    return member.died is None and head.died is not None and member.registered < head.died


def marry_singles(town: Town) -> None:
    """Young singles marry, and the couple gets a hukou page of its own."""
    singles = [person for person in town.people if _may_marry(town, person)]
    men = [person for person in singles if person.sex == "1"]
    women = [person for person in singles if person.sex == "2"]
    for husband, wife in zip(men, women, strict=False):
        if not town.chance(0.5):
            continue
        day = town.rng.randint(town.start, town.ago(12))
        husband.spouse, wife.spouse = wife, husband
        mca.register_marriage(town, husband, wife, day)
        number = f"H{husband.region}9{len(town.households):06d}"
        home = Household(number, husband.region, husband.household.address, day, [husband, wife])
        town.households.append(home)
        psb.restructure(town, home, "NEW", home.members, day + town.rng.randint(1, 10), husband.household.number)
        if town.chance(_STATED_SHARE):
            for one in home.members:
                psb.change_item(town, one, day + town.rng.randint(1, 10), "MARITAL", "10", "21")


def _may_marry(town: Town, person: Person) -> bool:
    free = not (person.reserved or person.spared or person.outsider or person.rents) and person.spouse is None
    settled = person.household.arrived < town.start
    return free and settled and person.died is None and 23 <= town.age(person) <= 38
