"""Work, pensions and insurance of one resident, as HRSS reports them: enrolments, contributed months, registrations.

Nobody's wage, employer or trade is known here, only yes or no; and no record in this city's data does not mean no work.
"""

from __future__ import annotations

from datetime import date

from hub.domain.claim import Claim, play_order
from hub.domain.times import add_months, month_of, month_start, parse_date
from hub.fold.months import MonthlyBenefit, benefit_in, said_by_month
from hub.fold.person import Person
from hub.fold.today import Today

PAID = frozenset({"PAID"})
PAID_OR_BACKDATED = frozenset({"PAID", "BACKDATED"})
_INSURES_WORKERS = ("PENSION_EMP", "UNEMP", "INJURY")
_STARTS_WORK = frozenset({"EMPLOYED_START", "FLEXIBLE_START", "PUBLIC_POST_START"})


# --- enrolment --------------------------------------------------------------------------------------------------------


def enrolment(person: Person, scheme: str) -> tuple[Claim, ...]:
    """Acts on the enrolment in one scheme, in play order."""
    return person.acts(f"insured/{scheme}").get(f"insured/{scheme}", ())


def is_enrolled(person: Person, *schemes: str) -> bool:
    """Is the enrolment in one of these schemes open: neither suspended nor terminated?"""
    last = (acts[-1] for scheme in schemes if (acts := enrolment(person, scheme)))
    return any(act.facts.get("action") in ("ENROL", "RESUME") for act in last)


# --- contributed months -----------------------------------------------------------------------------------------------


def contributions(person: Person, scheme: str) -> tuple[Claim, ...]:
    """What is said of contributed months in one scheme, in play order."""
    return person.acts(f"contribution/{scheme}").get(f"contribution/{scheme}", ())


def contributed(
    person: Person, schemes: tuple[str, ...], statuses: frozenset[str], first: str, last: str
) -> dict[str, Claim]:
    """Months (YYYYMM) from first to last whose last word in some scheme is one of the statuses, with that act."""
    found: dict[str, Claim] = {}
    for scheme in schemes:
        for month, act in said_by_month(contributions(person, scheme), first, last).items():
            if act.facts.get("status") in statuses:
                found.setdefault(month, act)
    return found


def contributes_of_late(person: Person, schemes: tuple[str, ...], window: int, today: Today) -> bool:
    """A month paid within the last `window` months, or, where no months are sent at all, an open enrolment."""
    for scheme in schemes:
        months = contributions(person, scheme)
        paid = [str(act.facts.get("to_month")) for act in months if act.facts.get("status") in PAID_OR_BACKDATED]
        if paid:
            lapses = add_months(month_start(max(paid)), window + 1)
            if not today.reached(lapses):
                return True
        elif not months and is_enrolled(person, scheme):
            return True
    return False


# --- employment -------------------------------------------------------------------------------------------------------


def open_registrations(person: Person, kinds: frozenset[str], today: Today) -> list[Claim]:
    """Starts of work, or of seeking it, that have no end yet: of these kinds, in play order.

    An end is told in the record of its start, or in one of its own; then it ends the oldest of its kind.
    """
    acts = (act for record in person.acts("employment/").values() for act in record)
    standing: list[Claim] = []
    for act in sorted(acts, key=play_order):
        of_its_record = [other for other in standing if other.entry == act.entry]
        of_its_kind = [other for other in standing if _ENDED_BY[str(other.facts["kind"])] == act.facts.get("kind")]
        over = of_its_record or of_its_kind[:1]
        standing = [other for other in standing if other not in over]
        if act.facts.get("kind") in _ENDED_BY:
            standing.append(act)
    return [act for act in standing if act.facts.get("kind") in kinds and not _is_over(act, today)]


_ENDED_BY = {
    "EMPLOYED_START": "EMPLOYED_END",
    "FLEXIBLE_START": "FLEXIBLE_END",
    "PUBLIC_POST_START": "PUBLIC_POST_END",
    "UNEMPLOYED_REGISTERED": "JOBSEEKER_CLOSED",
}


def _is_over(act: Claim, today: Today) -> bool:
    end = act.facts.get("end_date")
    return end is not None and today.passed(parse_date(str(end)))


def in_insured_work(person: Person, today: Today) -> bool:
    """Insured as a worker here, or registered as employed, in flexible work or on a public post."""
    return is_enrolled(person, *_INSURES_WORKERS) or bool(open_registrations(person, _STARTS_WORK, today))


# --- pensions and benefits --------------------------------------------------------------------------------------------


def has_pension(person: Person, today: Today) -> bool:
    """A pension paying or suspended this month, or by the last word on a month ahead."""
    month = month_of(today.date)
    for pension in person.pensions:
        now = pension.status_in(month)
        ahead = [(start, status) for start, status, _ in pension.steps() if start > month]
        for start, _ in ahead:
            today.reached(month_start(start))
        if {now[0] if now else None, ahead[-1][1] if ahead else None} & {"PAYING", "SUSPENDED"}:
            return True
    return False


def unemployment_benefit(person: Person) -> MonthlyBenefit:
    """The unemployment benefit of a resident, every spell of it; without acts if there never was any."""
    return benefit_in("unemployment", person.acts("unemployment").get("unemployment", ()))


# --- age --------------------------------------------------------------------------------------------------------------


def age_on(born: date, today: Today) -> int:
    """Age in full years today; the next birthday wakes the subject, so that what is shown never goes stale."""
    years = today.date.year - born.year
    if not today.reached(add_months(born, 12 * years)):
        return years - 1
    today.reached(add_months(born, 12 * (years + 1)))
    return years
