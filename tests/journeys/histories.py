"""Random but plausible histories of a few people, for laws that must hold for every one of them."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from tests.builders import UNIT, Desk, person, ric

NAMES = ("王伟", "李娜", "张□", "张坤", "欧阳晓晓")
PEOPLE = [
    person(ric("19600315", 1), "王伟"),
    person(ric("19570820", 12), "李娜"),
    person(ric("19651201", 5), "张坤"),
]


def history(random: Random, length: int) -> list[dict[str, Any]]:
    """Events of all four agencies about three people: facts, wrong numbers and names, corrections, cancellations."""
    desk = Desk()
    events: list[dict[str, Any]] = []
    for _ in range(length):
        if events and random.random() < 0.3:
            events.append(_second_version(desk, random, random.choice(events)))
        else:
            events.append(_first_version(desk, random))
    return events


def _day(random: Random) -> str:
    return (date(2025, 6, 1) + timedelta(days=random.randrange(390))).isoformat()


def _who(random: Random) -> dict[str, Any]:
    who = dict(random.choice(PEOPLE))
    if random.random() < 0.1:
        who["name"] = random.choice(NAMES)
    if random.random() < 0.06:
        who["id_no"] = who["id_no"][:-1] + ("2" if who["id_no"][-1] != "2" else "3")
    if random.random() < 0.06:
        who["sex"] = random.choice("12")
    return who


def _first_version(d: Desk, random: Random) -> dict[str, Any]:
    who, on = _who(random), _day(random)
    late = {"published": (date.fromisoformat(on) + timedelta(days=random.choice((0, 0, 0, 40)))).isoformat()}
    kind, region = random.choice(("EMP", "RES")), random.choice(("429801", "429802"))
    month = on[:4] + on[5:7]
    number = str(random.randrange(2))
    makers = (
        lambda: d.moved_in(who, on=on, **late),
        lambda: d.death(who, on=on, **late),
        lambda: d.funeral(who, on=on, died=on, **late),
        lambda: d.pension(who, on=on, kind=kind, region=region, **late),
        lambda: d.pension_status(
            random.choice(("STOPPED", "SUSPENDED", "PAYING")), month, who, on=on, kind=kind, region=region, **late
        ),
        lambda: d.verified(who, on=on, result=random.choice(("CONFIRMED", "DECEASED")), **late),
        lambda: d.cover(who, year=int(on[:4]), on=on, status=random.choice(("ACTIVE", "ENDED")), **late),
        lambda: d.aid(who, random.sample(PEOPLE, random.randrange(1, 3)), on=on, decision=f"AID-{number}", **late),
        lambda: d.aid_changed(
            random.choice(("TERMINATE", "SUSPEND", "RESUME", "REMOVE_MEMBER", "ADD_MEMBER")),
            who,
            on=on,
            decision=f"AID-{number}",
            member=random.choice(PEOPLE),
            **late,
        ),
        lambda: d.allowance(random.choice(("START", "STOP")), who, on=on, item=f"IT-{number}", **late),
        lambda: d.married(who, _who(random), on=on, **late),
        lambda: d.enrolled(who, on=on, **late),
        lambda: d.lease(f"L-{random.randrange(3)}", who, start=on, end="2026-12-31", unit=UNIT[:-1] + number, **late),
        lambda: d.lease_ended(f"L-{random.randrange(3)}", on=on, who=who, **late),
        lambda: d.public_rental(f"P-{number}", who, start=on, unit=UNIT, **late),
        lambda: d.public_rental_ended(f"P-{number}", on=on, who=who, **late),
        lambda: d.renamed("NAME", who["name"], random.choice(NAMES), who, on=on, **late),
        lambda: d.renamed("ID_NO", who["id_no"], random.choice(PEOPLE)["id_no"], who, on=on, **late),
    )
    return random.choice(makers)()


def _second_version(d: Desk, random: Random, event: dict[str, Any]) -> dict[str, Any]:
    recorded = (date.fromisoformat(event["record_time"][:10]) + timedelta(days=random.randrange(1, 60))).isoformat()
    op = random.choice(("CORRECT", "CANCEL", "UPDATE"))
    who = _who(random) if event["subject"] and random.random() < 0.4 else event["subject"]
    again = d.again(event, op, on=recorded, who=who)
    if random.random() < 0.3:
        again["source_record_id"], again["source_seq"] = f"X-{again['event_id'][-6:]}", 1
    if random.random() < 0.1:
        again["source_seq"] = event["source_seq"]  # two contents under one number
    return again
