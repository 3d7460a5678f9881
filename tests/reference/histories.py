"""Histories for the model: those of the journeys, and more of everything that a register can do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

from tests.builders import ORG, UNIT, Desk, person, ric
from tests.journeys.histories import _second_version, history
from tests.reference.plot import Plot
from tests.reference.themes import RARE, THEMES

NAMES = ("王伟", "王偉", "李娜", "张□", "张坤", "张堃", "欧阳晓晓")
PEOPLE = [
    person(ric("19600315", 1), "王伟"),
    person(ric("19650820", 12), "李娜"),
    person(ric("19651201", 5), "张坤"),
    person("810000199408230021", "陈静", id_type="HMT_RP"),
]
SPARE = [ric("19600315", 11), ric("19650820", 14), ric("19601231", 21)]
START = date(2025, 6, 1)
AS_OF = "2026-12-31"


def rich_history(random: Random, length: int) -> list[dict[str, Any]]:
    """Events about few people and things, so that they meet."""
    if random.random() < 0.25:
        return history(random, length)
    desk, events = Desk(), list[dict[str, Any]]()
    people = random.sample(PEOPLE, random.choice((1, 2, 2, 3)))
    for _ in range(length):
        if events and random.random() < 0.3:
            events.append(_second_version(desk, random, random.choice(events)))
        else:
            events.append(_event(desk, random, people))
    return [event for event in events if not _married_to_themselves(event)]


def _married_to_themselves(event: dict[str, Any]) -> bool:
    spouse = event["payload"].get("spouse")
    return bool(spouse) and spouse["id_no"] == event["subject"]["id_no"]


def _who(random: Random, people: list[dict[str, Any]]) -> dict[str, Any]:
    who = dict(random.choice(people))
    chance = random.random()
    if chance < 0.06:
        who["name"] = random.choice(NAMES)
    elif chance < 0.10:
        who["id_no"] = who["id_no"][:-1] + ("2" if who["id_no"][-1] != "2" else "3")
    elif chance < 0.14:
        who["sex"] = random.choice("12")
    elif chance < 0.18:
        who["birth_date"] = "1960-03-16"
    elif chance < 0.22:
        who.pop("birth_date", None), who.pop("sex", None)
    elif chance < 0.26 and who["id_type"] == "RIC":
        who["id_no"] = random.choice(SPARE)
    return who


def _event(d: Desk, random: Random, people: list[dict[str, Any]]) -> dict[str, Any]:
    day = START + timedelta(days=random.randrange(390))
    on = day.isoformat()
    recorded = day + timedelta(days=random.choice((0, 0, 0, 3, 25)))
    published = recorded + timedelta(days=random.choice((0, 0, 0, 1, 40)))
    late = {"recorded": recorded.isoformat(), "published": published.isoformat()}
    who, other = _who(random, people), _who(random, people)
    ahead = (day.replace(day=1) + timedelta(days=random.choice((0, 0, 32, 95)))).strftime("%Y%m")
    kind, region = random.choice(("EMP", "RES")), random.choice(("429801", "429801", "429802"))
    n = str(random.randrange(2))
    unit = UNIT[:-1] + random.choice("112")

    def corrected(item: str, value: str) -> dict[str, Any]:
        return d.renamed(item, who["id_no"] if item == "ID_NO" else who["name"], value, who, on=on, **late)

    def simple(event_type: str, payload: dict[str, Any]) -> dict[str, Any]:
        return d.event(event_type, payload, on=on, who=who, **late)

    makers = (
        lambda: d.moved_in(who, on=on, region=random.choice(("429801", "429801", "420502")), **late),
        lambda: d.moved_in(who, on=on, **late),
        lambda: d.death(who, on=on, **late),
        lambda: _vague(random, d.death(who, on=on, **late)),
        lambda: d.funeral(who, on=on, died=on, **late),
        lambda: _with(d.funeral(who, on=on, died=on, **late), applicant=other, applicant_relation="20"),
        lambda: d.pension(who, on=on, kind=kind, region=region, first=ahead, **late),
        lambda: d.pension(who, on=on, kind=kind, region=region, **late),
        lambda: d.pension_status(
            random.choice(("STOPPED", "SUSPENDED", "PAYING", "SETTLED")), ahead, who, on=on, kind=kind, region=region,
            **late,
        ),
        lambda: d.verified(
            who, on=on, result=random.choice(("CONFIRMED", "DECEASED")), in_person=random.random() < 0.7, **late
        ),
        lambda: d.cover(who, year=int(on[:4]), on=on, status=random.choice(("ACTIVE", "ACTIVE", "ENDED")), **late),
        lambda: d.aid(
            who, random.sample([who, other], random.randrange(1, 3)), on=on, decision=f"AID-{n}",
            aid_class=random.choice(("DB", "TK_HOME", "LS")), size=random.choice((None, 3)), **late,
        ),
        lambda: d.aid_changed(
            random.choice(("TERMINATE", "SUSPEND", "RESUME", "REMOVE_MEMBER", "ADD_MEMBER", "HAND_OVER", "ADJUST")),
            who, on=on, decision=f"AID-{n}", member=other, **late,
        ),
        lambda: d.allowance(random.choice(("START", "SUSPEND", "RESUME", "STOP")), who, on=on, item=f"IT-{n}", **late),
        lambda: d.married(who, other, on=on, certificate=f"J-{n}", **late),
        lambda: d.enrolled(who, on=on, action=random.choice(("ENROL", "SUSPEND", "RESUME", "TERMINATE")), **late),
        lambda: simple(
            "hrss.contribution_status_changed",
            {"scheme": "PENSION_EMP", "from_month": on[:4] + on[5:7], "to_month": on[:4] + on[5:7],
             "status": random.choice(("PAID", "PAID", "ARREARS"))},
        ),
        lambda: simple(
            "hrss.employment_changed",
            {"kind": random.choice(("EMPLOYED_START", "EMPLOYED_END")), "start_date": on, "end_date": None},
        ),
        lambda: simple(
            "mca.eldercare_changed",
            {"action": random.choice(("ADMIT", "ADMIT", "DISCHARGE", "TRANSFER")), "care_kind": "INSTITUTION",
             "institution_org": random.choice((ORG["MCA"], ORG["PSB"])), "funding": "SELF", "date": on},
        ),
        lambda: simple(
            "psb.migrated_out",
            {"to_region": random.choice((None, "420502", "429803")), "certificate_no": "MC-1", "issue_date": on,
             "valid_until": None, "move_type": "FROM_OTHER"},
        ),
        lambda: simple(
            "psb.residence_changed",
            {"action": "REGISTER", "registration_no": f"RR-{n}", "hukou_region": random.choice(("420502", "429801")),
             "address": "示例市城中区东山大道12号", "unit_code": None, "start_date": on, "expected_until": None,
             "ground": "WORK"},
        ),
        lambda: simple(
            "psb.permit_changed",
            {"action": random.choice(("ISSUE", "SUSPEND", "ENDORSE")), "permit_no": f"PM-{n}", "issue_date": on,
             "valid_until": "2027-12-31", "ground": "JOB", "issuer": "城中区公安分局"},
        ),
        lambda: simple(
            "psb.household_restructured",
            {"kind": "SPLIT", "from_household_no": "HK-1", "to_household_no": f"HK-{n}",
             "members": [{"person": other, "relation": "10"}]},
        ),
        lambda: d.lease(
            f"L-{random.randrange(3)}", who, start=on,
            end=(day + timedelta(days=random.choice((20, 90, 400)))).isoformat(),
            unit=unit, scope=random.choice(("WHOLE", "WHOLE", "ROOM", "BED")), lessor=other,
            right=random.choice(("OWNER", "OWNER", "SUBLET")), **late,
        ),
        lambda: d.lease_ended(
            f"L-{random.randrange(3)}",
            on=on,
            who=who,
            action=random.choice(("TERMINATE", "EXTEND", "CHANGE_OCCUPANTS")),
            new_end=(day + timedelta(days=200)).isoformat(), **late,
        ),
        lambda: d.public_rental(f"P-{n}", who, random.choice(([who], [who, other])), start=on, unit=unit, **late),
        lambda: d.public_rental_ended(f"P-{n}", on=on, who=who, **late),
        lambda: corrected("NAME", random.choice(NAMES)),
        lambda: corrected("BIRTH_DATE", random.choice(("1960-03-16", "1966-01-01", "三月十六"))),
        lambda: corrected("SEX", random.choice("12")),
        lambda: corrected("ID_NO", random.choice((*SPARE, *(p["id_no"] for p in people)))),
        lambda: corrected("ID_NO", random.choice((*SPARE, "429801196003150012"))),
    )  # fmt: skip
    return random.choice(makers)()


def _with(event: dict[str, Any], **payload: Any) -> dict[str, Any]:
    event["payload"].update(payload)
    return event


def _vague(random: Random, death: dict[str, Any]) -> dict[str, Any]:
    return _with(death, death_date_precision=random.choice(("MONTH", "YEAR")))


def any_history(random: Random, rules: Sequence[str] = ()) -> list[dict[str, Any]]:
    """A history aimed at one rule, or one about everything; told in any order, some of it twice.

    `rules`: only histories aimed at one of these.
    """
    if not rules and random.random() < 0.15:
        return rich_history(random, random.randrange(3, 26))
    plot = Plot(random)
    fitting = [theme for theme, aims in THEMES.items() if not rules or set(rules) & set(aims)]
    themes = [*(fitting or THEMES), *([] if rules else RARE)]
    for _ in range(1 if rules else random.choice((1, 1, 2, 2, 3))):
        random.choice(themes)(plot)
    if not plot.events:
        return any_history(random, rules)
    _disturb(plot)
    if random.random() < 0.3:
        plot.events.append(random.choice(plot.events))
    if random.random() < 0.3:
        random.shuffle(plot.events)
    told = [event for event in plot.events if event["publish_time"][:10] <= AS_OF]
    return [event for event in told if not _married_to_themselves(event)]


def _disturb(plot: Plot) -> None:
    """Corrections, cancellations, wrong names, numbers that change: what any register does."""
    random = plot.random
    for _ in range(random.choice((0, 0, 0, 1, 1, 2))):
        event = random.choice(plot.events)
        chance = random.random()
        if chance < 0.35:
            plot.again(event, random.choice(("CANCEL", "CANCEL", "UPDATE")))
        elif chance < 0.55:
            plot.events.append(_second_version(plot.desk, random, event))
        elif chance < 0.7:
            moved = (date.fromisoformat(event["business_time"]) - timedelta(days=random.randrange(1, 90))).isoformat()
            dates = {
                name: moved for name, value in event["payload"].items() if value and value == event["business_time"]
            }
            plot.again(event, "CORRECT", **dates)["business_time"] = moved
        elif event["subject"] and chance < 0.85:
            about = [e for e in plot.events if e["subject"] and e["subject"]["id_no"] == event["subject"]["id_no"]]
            later = random.choice(about)
            later["subject"] = {**later["subject"], "name": random.choice(NAMES)}
        elif event["subject"] and event["event_type"] != "psb.item_corrected":
            plot.renumbered(event["subject"], random.choice(SPARE), plot.day(100, 390))
