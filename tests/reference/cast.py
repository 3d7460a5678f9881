"""Who the plots are about, and what happens to any of them."""

from __future__ import annotations

from datetime import date

from hub.domain.times import add_months
from tests.builders import person, ric
from tests.reference.plot import ELSEWHERE, Person, Plot

WANG = person(ric("19600315", 1), "王伟")
LI = person(ric("19650820", 12), "李娜")
ZHANG = person(ric("19880512", 5), "张坤")
CHEN = person(ric("19901108", 8), "陈静")
ZHAO = person(ric("19700101", 9), "赵敏")
OLD = person(ric("19420703", 3), "周桂英")
NEW_NUMBERS = (ric("19600315", 11), ric("19650820", 14), ric("19601231", 21))
FAMILY = (ZHANG, CHEN, LI)


def later(on: str, months: int) -> str:
    return add_months(date.fromisoformat(on), months).isoformat()


def month(on: str, months: int = 0) -> str:
    return later(on[:8] + "01", months)[:7].replace("-", "")


def settle(p: Plot, who: Person, share: float = 0.85) -> None:
    """Register somebody in the city, mostly."""
    if p.chance(share):
        p.say("psb.migrated_in", who, p.day(0, 60))
    elif p.chance(0.5):
        p.say("psb.migrated_in", who, p.day(0, 60), hukou_region=ELSEWHERE)


def died(p: Plot, who: Person, on: str) -> None:
    if p.chance(0.6):
        p.say("psb.death_registered", who, on, death_date_precision=p.pick("DAY", "DAY", "DAY", "MONTH", "YEAR"))
    else:
        p.say("mca.deceased_handled", who, on, death_date=p.pick(on, None))
