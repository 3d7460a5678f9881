"""What the police file of hukou moves, and ordinary households that leave the city or bring insurance along."""

from __future__ import annotations

from hub.simulate import jobs
from hub.simulate.days import Day, iso
from hub.simulate.ledger import Filing
from hub.simulate.people import Household, Person
from hub.simulate.town import Town

ELSEWHERE = ("420106", "430102", "110105", "440305")
"""Counties of other cities; made-up people may well move to real places."""

_LEAVING_SHARE, _LOST_SHARE = 0.012, 0.15


def move_out(
    town: Town,
    person: Person,
    day: Day,
    to_region: str | None,
    *,
    valid_until: Day | None = None,
    late: bool = False,
) -> Filing:
    """Take somebody off the register here; the certificate is valid for 30 days where it says nothing else."""
    person.gone = True
    payload = {
        "to_region": to_region,
        "certificate_no": f"QZ{town.rng.randrange(10**8):08d}",
        "issue_date": iso(day),
        "valid_until": iso(valid_until) if valid_until else None,
        "move_type": "FROM_OTHER",
    }
    return town.ledger.file("psb.migrated_out", person, payload, on=day, late=late)


def move_in(
    town: Town,
    person: Person,
    day: Day,
    region: str,
    *,
    from_region: str | None = None,
    certificate: str | None = None,
    move_type: str = "FROM_OTHER",
    late: bool = False,
) -> Filing:
    """Enter somebody in a register again: the receipt of the destination, or back here."""
    payload = {
        "household_no": f"H{region}7{town.rng.randrange(10**6):06d}",
        "hukou_address": f"{region}某街道{town.rng.randrange(1, 999)}号",
        "hukou_region": region,
        "from_region": from_region,
        "move_type": move_type,
        "certificate_no": certificate,
        "relation_to_head": "02",
    }
    return town.ledger.file("psb.migrated_in", person, payload, on=day, late=late)


def receive(town: Town, person: Person, out: Filing, day: Day, *, late: bool = False) -> Filing:
    """The destination's word that somebody who moved out arrived."""
    left = out.event["payload"]
    return move_in(
        town, person, day, left["to_region"], from_region=person.region, certificate=left["certificate_no"], late=late
    )


def leave_city(town: Town) -> None:
    """Some young households leave for good; a few of them never register anywhere again."""
    for household in list(town.households):
        if _may_leave(town, household) and town.chance(_LEAVING_SHARE):
            _leave(town, household)


def _may_leave(town: Town, household: Household) -> bool:
    fixed = any(
        member.reserved or member.spared or member.outsider or member.owns or member.rents or member.died is not None
        for member in household.members
    )
    old = any(town.age(member) >= 55 for member in household.members)
    newest = max(member.registered for member in household.members)
    return not fixed and not old and newest < town.ago(120)


def _leave(town: Town, household: Household) -> None:
    newest = max(member.registered for member in household.members)
    day = town.some(5, max(5, min(500, town.today - newest - 60, town.today - town.start)))
    region = town.pick(ELSEWHERE)
    lost = town.chance(_LOST_SHARE) and not town.ago(52) <= day <= town.ago(40)  # not where a single day decides
    arrival = day + town.rng.randint(2, 38)
    for member in household.members:
        member.gone = member.spared = True
        out = move_out(town, member, day, region)
        if not lost and arrival < town.today:
            receive(town, member, out, arrival)
        elif lost and day < town.ago(52):
            town.truth.must("XJ-01", member, "PSB", "left with the household, never registered again")
        elif lost and day > town.ago(40):
            town.truth.must_not("XJ-01", member, "left lately")


def bring_insurance(town: Town) -> None:
    """Employees among those who came lately were insured elsewhere before; most have it transferred."""
    for person in town.people:
        used = person.reserved or person.spared or person.outsider or person.gone
        arrived = person.household.arrived
        if used or person.scheme is None or person.died is not None or town.age(person) > 50:
            continue
        if arrived < town.start or person.enrolled is None or person.enrolled > arrived:
            continue
        person.enrolled = min(arrived + town.rng.randint(3, 20), town.ago(1))
        person.insured_before = town.pick(ELSEWHERE)


def settle_insurance(town: Town, person: Person) -> None:
    """What became of the insurance somebody brought along."""
    if person.insured_before is None or person.enrolled is None or person.scheme is None:
        return
    begun = person.enrolled + town.rng.randint(10, 80)
    # Who enrolled around the end of the grace of 90 days has it transferred, so that no single day decides.
    if town.chance(0.85) or town.ago(96) <= person.enrolled <= town.ago(84):
        if begun < town.today:
            jobs.transfer_insurance(town, person, person.scheme, person.insured_before, "STARTED", begun)
        if begun + 45 < town.today and town.chance(0.8):
            jobs.transfer_insurance(town, person, person.scheme, person.insured_before, "COMPLETED", begun + 45)
    elif person.enrolled < town.ago(95):
        town.truth.must("XJ-03", person, "HRSS", "brought insurance along, never transferred")
