"""Tell the hub and the model the same history, and say where they differ.

    python -m tests.reference.compare --histories 1000 --seed 1 [--rule EC-01 ...] [--only EC-01 ...] [--model]

prints every difference (seed, the smallest history that shows it, what each of the two says), and, for every rule, in
how many histories its alert stands. A seed means the same history only as long as the generators stay the same.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import date
from random import Random
from typing import Any

from hub import Hub
from hub.domain.times import rfc3339
from tests.reference.histories import AS_OF, any_history
from tests.reference.model import RULES, Ident, Model, Person, Stands

ATTRIBUTES = ("name", "sex", "birth_date", "hukou_region", "life_state")
Events = list[dict[str, Any]]
Said = tuple[Counter[Any], Counter[Any]]  # alerts, people


# --- the hub ----------------------------------------------------------------------------------------------------------


def said_by_hub(events: Events) -> Said:
    """Standing alerts and residents; an event, or a rule, that ended in quarantine is among the alerts."""
    hub = Hub(as_of=AS_OF, enable=("all",)).feed(events)
    residents = {resident["resident_id"]: resident for resident in hub.residents}
    by_event = {event["event_id"]: event for event in events}
    told = [a for a in hub.alerts if a["status"] != "CLOSED"]
    alerts = Counter(("quarantine", str(q.get("reasons") or q)) for q in hub.quarantine)
    alerts += Counter(
        (a["rule_id"], _whom(a, residents, by_event), a["acting_agency"], a["opened_at"], a["status"]) for a in told
    )
    people = Counter(
        (_who(resident, by_event), *(resident["golden"].get(name, {}).get("value") for name in ATTRIBUTES))
        for resident in residents.values()
    )
    return alerts, people


def _whom(alert: dict[str, Any], residents: dict[str, Any], by_event: dict[str, Any]) -> Any:
    rule, show = alert["rule_id"], alert["show"]
    if rule == "HO-01":
        return tuple(sorted(show["lease_nos"]))
    if rule == "HO-02":
        return show["unit_code"]
    if rule in ("HO-03", "HO-04"):
        return (show["lease_no"], show.get("ground"))
    if rule == "EC-01":
        return (show["lease_no"], show["unit_code"])
    if rule == "EC-06":
        return (*sorted(show["lease_nos"]), show.get("subsidy_no"))
    if rule == "ID-03":
        return tuple(sorted(show["masked_ids"]))
    if rule in ("EN-04", "EC-02"):
        said = [by_event[event]["payload"] for event in alert["evidence"]]
        return next((payload["decision_no"] for payload in said if "household_size" in payload), "?")
    if alert["resident_id"] is None:
        return None
    return _who(residents[alert["resident_id"]], by_event)


def _who(resident: dict[str, Any], by_event: dict[str, Any]) -> Any:
    golden = resident["golden"]
    if "id_no" in golden:
        return golden["id_no"]["value"]
    event = by_event[golden["name"]["event_id"]]
    return ("?", event["source_agency"], event["source_record_id"])


# --- the model --------------------------------------------------------------------------------------------------------


def said_by_model(events: Events) -> Said:
    model = Model(events, date.fromisoformat(AS_OF))
    alerts = Counter(
        (a.rule, _about(a, model), a.acting, rfc3339(a.opened_at), "FROZEN" if a.frozen else "OPEN")
        for a in model.alerts()
    )
    people = Counter((_label(p.root, model), *_golden(p)) for p in model.world.people.values() if p.own)
    return alerts, people


def _about(alert: Stands, model: Model) -> Any:
    rule, subject, key = alert.rule, alert.subject, alert.key
    if rule == "HO-01":
        return tuple(sorted(number for _, number in key))
    if rule == "HO-02":
        return subject[1]
    if rule in ("HO-03", "HO-04"):
        return (subject[1], key[0] if key else None)
    if rule == "EC-01":
        return (subject[1], key[0])
    if rule == "EC-06":
        return (*sorted((subject[1], key[1])), None) if key[0] == "LEASE" else (subject[1], key[1])
    if rule == "ID-03":
        return tuple(sorted(f"{number[:6]}********{number[14:]}" for number in subject[1:]))
    if rule in ("EN-04", "EC-02"):
        return subject[1]
    return alert.about and _label(alert.about, model)


def _label(ident: Ident, model: Model) -> Any:
    if ident[0] != "?":
        return ident[1]
    reference = model.world.people[ident].reference
    assert reference
    return ("?", reference[0].agency, reference[0].record)


def _golden(person: Person) -> tuple[Any, ...]:
    return (person.name, person.sex, person.birth_date, person.hukou or None, person.life_state)


# --- both -------------------------------------------------------------------------------------------------------------


def history_of(seed: int, rules: Collection[str] = ()) -> Events:
    """The history of a seed. `rules`: only histories aimed at these."""
    return any_history(Random(seed), sorted(rules))


def differences(events: Events, rules: Collection[str] = RULES) -> list[Any]:
    """What only one of the two says, of these rules, and of people."""
    hub, model = said_by_hub(events), said_by_model(events)
    found = []
    for what, ours, theirs in zip(("alerts", "people"), hub, model, strict=True):
        for whose, said in (("hub only", ours - theirs), ("model only", theirs - ours)):
            wanted = {line: n for line, n in said.items() if what == "people" or line[0] in (*rules, "quarantine")}
            if wanted:
                found.append((whose, what, wanted))
    return found


def shrunk(events: Events, still: Callable[[Events], bool]) -> Events:
    """A history from which nothing can be left out without losing what it shows."""
    smaller = True
    while smaller:
        smaller = False
        for at in range(len(events) - 1, -1, -1):
            shorter = events[:at] + events[at + 1 :]
            if still(shorter):
                events, smaller = shorter, True
    return events


def disagreed(seed: int, rules: Collection[str] = (), known: Collection[str] = RULES) -> tuple[Events, list[Any]]:
    """The smallest history like that of the seed over which the two differ, and how. Empty where they agree."""
    events = history_of(seed, rules)
    first = differences(events, known)
    if not first:
        return [], []
    which = {line[0] for _, what, said in first if what == "alerts" for line in said} or {""}

    def still(shorter: Events) -> bool:
        found = differences(shorter, known)
        return any(what == "people" or line[0] in which for _, what, said in found for line in said)

    events = shrunk(events, still)
    return events, differences(events, known)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.reference.compare", description=__doc__)
    parser.add_argument("--histories", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rule", action="append", default=[], help="only histories aimed at this rule")
    parser.add_argument("--only", action="append", default=[], help="compare this rule alone")
    parser.add_argument("--model", action="store_true", help="the model alone: which rules are found how often")
    given = parser.parse_args(arguments)
    counts: Counter[str] = Counter()
    worse = 0
    for seed in range(given.seed, given.seed + given.histories):
        events = history_of(seed, given.rule)
        alerts, _ = said_by_model(events)
        counts.update({line[0] for line in alerts})
        if given.model:
            continue
        events, found = disagreed(seed, given.rule, given.only or RULES)
        if found:
            worse += 1
            print(f"--- seed {seed}: {len(events)} events", flush=True)
            _print(events, found)
    for rule in sorted(RULES):
        print(f"{rule}  {counts[rule]:5d}  {100 * counts[rule] / given.histories:5.1f} %")
    print(f"{given.histories} histories, {worse} differ")
    return 1 if worse else 0


def _print(events: Events, found: list[Any]) -> None:
    for e in events:
        who = e["subject"] and f"{e['subject']['id_no']} {e['subject']['name']}"
        said = {k: v for k, v in e["payload"].items() if v is not None}
        head = f"{e['event_id'][-4:]} {e['event_type']} {e['op']} {e['source_record_id']}/{e['source_seq']}"
        times = f"on {e['business_time']} rec {e['record_time'][:10]} pub {e['publish_time'][:10]}"
        print(f"  {head} {times} {who} {said} {e['supersedes'] or ''}")
    for whose, what, said in found:
        for line in said:
            print(f"  {whose} {what}: {line}", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
