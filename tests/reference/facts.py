"""What is known of somebody, from whatever acts one has heard of: life, registration, money, homes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property

from hub.domain.regions import same_city
from hub.domain.times import add_months
from tests.reference.acts import Act, Key, Ref

CITY = "429800"
DEATHS = ("psb.death_registered", "mca.deceased_handled", "hrss.eligibility_verified")
OWNING = ("FIRST", "TRANSFER_IN", "SHARE_CHANGE")
PAID = ("PAID", "BACKDATED")

_STARTED_BY = {
    "EMPLOYED_END": "EMPLOYED_START",
    "FLEXIBLE_END": "FLEXIBLE_START",
    "PUBLIC_POST_END": "PUBLIC_POST_START",
    "JOBSEEKER_CLOSED": "UNEMPLOYED_REGISTERED",
}
Steps = list[tuple[str, str]]  # (from month, status), in the order they were played


def here(region: str | None) -> bool:
    """A known region in this city."""
    return bool(region) and same_city(str(region), CITY)


def away(region: str | None) -> bool:
    """A known region outside this city."""
    return bool(region) and not same_city(str(region), CITY)


def month_of(day: date | str) -> str:
    return str(day)[:7].replace("-", "")


def months(first: str, last: str) -> list[str]:
    """YYYYMM from first to last, both in."""
    found, month = [], first
    while month <= last:
        found.append(month)
        month = month_of(add_months(date(int(month[:4]), int(month[4:]), 1), 1))
    return found


def status_in(steps: Steps, month: str) -> str | None:
    """What the last act that has taken effect by that month says."""
    found = None
    for start, status in steps:
        if start <= month:
            found = status
    return found


@dataclass(frozen=True)
class Title:
    """A dwelling somebody owns, all or a part of."""

    unit: str
    use: str
    share: Fraction
    area: Fraction | None  # theirs: the floor area times the share
    registered: str  # the newest act on it


class Facts:
    """Folded from (act, how it names the person), in play order."""

    def __init__(self, own: list[tuple[Act, list[Ref]]]) -> None:
        self.own = own
        self.acts = [act for act, _ in own]

    def of_type(self, *types: str) -> list[Act]:
        return [act for act in self.acts if act.type in types]

    def about(self, *types: str) -> list[Act]:
        """Acts of these types that are about this person, not merely naming them."""
        return [act for act, refs in self.own if act.type in types and any(ref.about for ref in refs)]

    def entries(self, kind: str) -> dict[Key, list[Act]]:
        found: dict[Key, list[Act]] = defaultdict(list)
        for act in self.acts:
            if act.entry[0] == kind:
                found[act.entry].append(act)
        return found

    def belongs_to(self, entry: Key) -> bool:
        return any(act.entry == entry for act in self.acts)

    # --- life and registration

    @cached_property
    def deaths(self) -> list[tuple[Act, str]]:
        """(act, last day the death can have been on): what each death entry says now."""
        latest: dict[Key, Act] = {}
        for act in self.about(*DEATHS):
            latest[act.entry] = act
        return [(act, day) for act in latest.values() if (day := death_day(act))]

    @property
    def alive(self) -> bool:
        return not self.deaths

    @property
    def registered_dead(self) -> bool:
        """By police or a funeral: what a group hears of. A pension office's word stays with the person."""
        return any(act.agency != "HRSS" for act, _ in self.deaths)

    @property
    def surely_dead(self) -> bool:
        """Police, or two sources."""
        sources = {(act.agency, act.sub) for act, _ in self.deaths}
        return any(agency == "PSB" for agency, _ in sources) or len(sources) > 1

    @cached_property
    def hukou_said_by(self) -> tuple[str, Act] | None:
        """County of the household registration; empty after moving out to an unknown place; None if nobody knows."""
        said: list[tuple[bool, str, Act]] = []
        for act, refs in self.own:
            about = any(ref.about for ref in refs)
            if act.type == "psb.migrated_out":
                said.append((True, act.payload.get("to_region") or "", act))
            elif act.type in ("psb.birth_registered", "psb.migrated_in") and about:
                said.append((True, act.payload["hukou_region"], act))
            elif act.type == "psb.household_restructured":
                said.append((True, act.region, act))
            elif act.type == "psb.residence_changed":
                said.append((False, act.payload["hukou_region"], act))
        said = [s for s in said if s[0]] or said
        return said[-1][1:] if said else None

    @property
    def hukou(self) -> str | None:
        return self.hukou_said_by[0] if self.hukou_said_by else None

    @cached_property
    def household(self) -> str | None:
        """The number of the household they are registered in now."""
        number = None
        for act, refs in self.own:
            if act.type in ("psb.birth_registered", "psb.migrated_in") and any(ref.about for ref in refs):
                number = act.payload["household_no"]
            elif act.type == "psb.household_restructured":
                number = act.payload.get("to_household_no") or number
            elif act.type == "psb.migrated_out":
                number = None
        return number

    def registrations(self) -> dict[str, list[Act]]:
        """Own residence registrations that are ACTIVE, by number."""
        found = self.entries("residence").items()
        return {key[1]: acts for key, acts in found if acts[-1].payload["action"] != "CANCEL"}

    @property
    def has_permit(self) -> bool:
        return any(acts[-1].payload["action"] != "CANCEL" for acts in self.entries("permit").values())

    # --- money

    def pension_steps(self) -> dict[Key, Steps]:
        return {
            entry: [
                (act.payload["first_month"], "PAYING")
                if act.type == "hrss.pension_granted"
                else (act.payload["effective_month"], act.payload["status"])
                for act in acts
            ]
            for entry, acts in sorted(self.entries("pension").items())
        }

    def pensions_in(self, month: str, *statuses: str) -> list[Key]:
        return [entry for entry, steps in self.pension_steps().items() if status_in(steps, month) in statuses]

    def allowances(self) -> list[Act]:
        """The last word on each allowance that is ACTIVE."""
        last = [acts[-1] for acts in self.entries("allowance").values()]
        return [act for act in last if act.payload["action"] in ("START", "RESUME")]

    def insured(self, *schemes: str) -> bool:
        """An open enrolment in one of the schemes."""
        entries = self.entries("insured")
        last = [entries[("insured", scheme)][-1] for scheme in schemes if ("insured", scheme) in entries]
        return any(act.payload["action"] in ("ENROL", "RESUME") for act in last)

    def open_work(self, today: date, *kinds: str) -> bool:
        """A started employment (registration) of one of these kinds that has not ended."""
        return any(
            act.payload["kind"] in kinds and (act.payload.get("end_date") or "9999") >= today.isoformat()
            for act in self.work_going_on().values()
        )

    def work_going_on(self) -> dict[str, Act]:
        """Starts by their records: ended in the same record, or, by a record of its own, the oldest of its kind."""
        going_on: dict[str, Act] = {}
        for act in self.of_type("hrss.employment_changed"):
            started = _STARTED_BY.get(act.payload["kind"])
            if started is None:
                going_on[act.record] = act
            elif act.record in going_on:
                del going_on[act.record]
            else:
                of_kind = [record for record, start in going_on.items() if start.payload["kind"] == started]
                going_on.pop(next(iter(of_kind), ""), None)
        return going_on

    def employed(self, today: date) -> bool:
        """Active employment insurance, as EN-07 and RE-06 mean it."""
        return self.insured("PENSION_EMP", "UNEMP", "INJURY") or self.open_work(
            today, "EMPLOYED_START", "FLEXIBLE_START", "PUBLIC_POST_START"
        )

    def covered(self, year: int) -> bool:
        """Medical cover of that year, of either kind."""
        last = {act.entry: act.payload["status"] for act in self.of_type("hrss.medical_coverage_changed")
                if act.entry[2] == year}  # fmt: skip
        return "ACTIVE" in last.values()

    def subsidy_months(self, until: str) -> dict[str, list[str]]:
        """Months up to `until` in which each rent subsidy runs, by its number."""
        found = {}
        for entry, acts in self.entries("subsidy").items():
            steps = [(act.payload["from_month"], act) for act in acts]
            first = min(start for start, _ in steps)
            paid = []
            for month in months(first, until):
                taken_effect = [act for start, act in steps if start <= month]
                said = taken_effect[-1].payload
                if said["action"] == "START" and month <= (said.get("to_month") or "9999"):
                    paid.append(month)
            found[entry[1]] = paid
        return found

    # --- homes

    @cached_property
    def titles(self) -> list[Title]:
        """What they own now."""
        found = []
        for entry, acts in sorted(self.entries("title").items()):
            said = acts[-1].payload
            if said["action"] in OWNING:
                share = Fraction(said.get("share_numerator") or 1, said.get("share_denominator") or 1)
                area = share * Fraction(said["floor_area"]) if said.get("floor_area") else None
                found.append(Title(entry[1], said["use"], share, area, said["register_date"]))
        return found

    @property
    def living_space(self) -> Fraction:
        """Floor area of the homes they own, as far as it is known."""
        return sum((home.area or Fraction(0) for home in self.homes), Fraction(0))

    @property
    def homes(self) -> list[Title]:
        return [title for title in self.titles if title.use == "RESIDENTIAL"]


def death_day(act: Act) -> str | None:
    said = act.payload
    if act.type == "hrss.eligibility_verified":
        return (said.get("verified_date") or act.business) if said["result"] == "DECEASED" else None
    day = date.fromisoformat(said.get("death_date") or said["handled_date"])
    precision = said.get("death_date_precision") or "DAY"
    if precision == "YEAR":
        return f"{day.year}-12-31"
    if precision == "MONTH":
        return (add_months(day.replace(day=1), 1) - timedelta(days=1)).isoformat()
    return day.isoformat()


def first_death_day(act: Act, last: str) -> str:
    """The first day it can have been: police may know the month, or the year, alone."""
    precision = act.payload.get("death_date_precision") or "DAY"
    return {"DAY": last, "MONTH": f"{last[:7]}-01", "YEAR": f"{last[:4]}-01-01"}[precision]
