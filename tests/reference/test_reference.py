"""The hub against the reference model: the same history, the same standing alerts, the same people (I2, I3)."""

from __future__ import annotations

from collections import Counter
from datetime import date
from random import Random
from typing import Any

import pytest

from hub import Hub
from hub.domain.times import rfc3339
from tests.reference.histories import rich_history
from tests.reference.model import Ident, Model, Person

AS_OF = "2026-12-31"
ATTRIBUTES = ("name", "sex", "birth_date", "hukou_region", "life_state")
BATCH = 10


def said_by_hub(events: list[dict[str, Any]]) -> tuple[Counter[Any], Counter[Any]]:
    hub = Hub(as_of=AS_OF).feed(events)
    assert hub.quarantine == []
    by_event = {event["event_id"]: event for event in events}
    residents = {resident["resident_id"]: resident for resident in hub.residents}
    alerts = Counter(
        (a["rule_id"], _whom(a, residents, by_event), a["acting_agency"], a["opened_at"], a["status"])
        for a in hub.alerts
        if a["status"] != "CLOSED"
    )
    people = Counter(
        (_who(resident, by_event), *(resident["golden"].get(name, {}).get("value") for name in ATTRIBUTES))
        for resident in residents.values()
    )
    return alerts, people


def _whom(alert: dict[str, Any], residents: dict[str, Any], by_event: dict[str, Any]) -> Any:
    if alert["rule_id"] == "HO-01":
        return tuple(sorted(alert["show"]["lease_nos"]))
    return _who(residents[alert["resident_id"]], by_event)


def _who(resident: dict[str, Any], by_event: dict[str, Any]) -> Any:
    golden = resident["golden"]
    if "id_no" in golden:
        return golden["id_no"]["value"]
    event = by_event[golden["name"]["event_id"]]
    return ("?", event["source_agency"], event["source_record_id"])


def said_by_model(events: list[dict[str, Any]]) -> tuple[Counter[Any], Counter[Any]]:
    model = Model(events, date.fromisoformat(AS_OF))
    alerts = Counter(
        (a.rule, tuple(sorted(n for _, n in a.key)) if a.about is None else _label(a.about, model), a.acting,
         rfc3339(a.opened_at), "FROZEN" if a.frozen else "OPEN")
        for a in model.alerts()
    )  # fmt: skip
    people = Counter((_label(p.root, model), *_golden(p)) for p in model.world.people.values() if p.own)
    return alerts, people


def _label(ident: Ident, model: Model) -> Any:
    if ident[0] != "?":
        return ident[1]
    reference = model.world.people[ident].reference
    assert reference
    return ("?", reference[0].agency, reference[0].record)


def _golden(person: Person) -> tuple[Any, ...]:
    return (person.name, person.sex, person.birth_date, person.hukou or None, person.life_state)


def differences(seed: int) -> list[Any]:
    random = Random(seed)
    events = rich_history(random, random.randrange(3, 26))
    hub, model = said_by_hub(events), said_by_model(events)
    return [
        (whose, what, dict(found))
        for what, ours, theirs in zip(("alerts", "people"), hub, model, strict=True)
        for whose, found in (("hub only", ours - theirs), ("model only", theirs - ours))
        if found
    ]


@pytest.mark.parametrize("batch", range(30))
def test_hub_and_model_agree(batch: int) -> None:
    """Ten histories: the same alerts stand, since the same moment, for the same people; the same golden values."""
    for seed in range(batch * BATCH, (batch + 1) * BATCH):
        assert differences(seed) == [], f"seed {seed}"
