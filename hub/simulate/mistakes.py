"""Ordinary mistakes, put right: corrections and cancellations that end where everything else already is."""

from __future__ import annotations

from hub.simulate import hmd, hrss
from hub.simulate.days import Day
from hub.simulate.homes import may_buy
from hub.simulate.ledger import Filing
from hub.simulate.people import Person
from hub.simulate.town import Town

_RESTATED_SHARE = 0.008
_RESTATED = frozenset(
    {
        "hrss.pension_granted",
        "hrss.medical_coverage_changed",
        "hrss.insured_enrolled",
        "hmd.ownership_changed",
        "hmd.unit_changed",
        "hmd.private_lease_filed",
        "mca.allowance_changed",
        "mca.aid_granted",
        "psb.migrated_in",
        "psb.residence_changed",
        "psb.permit_changed",
    }
)


def restate(town: Town, filings: list[Filing]) -> None:
    """Correct clerical slips in some records: the content that decides anything stays the same."""
    for filing in filings:
        since = max(town.ledger.last_day(filing), town.start)
        slips = filing.event["event_type"] in _RESTATED and filing.event["op"] == "CREATE"
        if slips and since < town.ago(12) and town.chance(_RESTATED_SHARE):
            same_person = filing.person is None or filing.person.ref(filing.day) == filing.event.get("subject")
            if same_person:
                recorded = town.rng.randint(since, town.ago(9))
                ref = filing.event.get("subject")
                town.ledger.correct(filing, recorded, ref=ref, new_record=town.chance(0.2))


def confuse_people(town: Town, times: int) -> None:
    """Records filed for a wrong person and moved to the right one, or taken back."""
    for _ in range(times):
        wrong, right = town.bystander(may_buy), town.bystander(may_buy)
        if wrong is right:
            continue
        filed = town.some(30, max(60, town.today - town.start))
        mended = filed + town.rng.randint(1, 20)
        what = town.rng.randrange(3)
        if what == 0:
            _move(town, hrss.enrol(town, wrong, "PENSION_RES", filed), right, mended)
        elif what == 1:
            unit = hmd.build_unit(town, right.region, filed - 30)
            _move(town, hmd.transfer(town, wrong, unit, "FIRST", filed), right, mended)
        else:
            unit = hmd.build_unit(town, right.region, filed - 30)
            title = hmd.transfer(town, wrong, unit, "FIRST", filed)
            town.ledger.cancel(title, mended, new_record=town.chance(0.2), late=town.chance(0.2))


def _move(town: Town, filing: Filing, right: Person, day: Day) -> None:
    town.ledger.correct(filing, day, person=right, new_record=town.chance(0.2))
