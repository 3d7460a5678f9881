"""Whom an alert speaks of, who is asked to act, who is told beside, and on what evidence: once for every rule."""

from __future__ import annotations

import pytest

from hub import Hub
from hub.rules import BY_ID
from hub.rules.examples import events_in, examples_of

# Of the first story in each rule's example book: the person (None: a dwelling's alert names nobody), the agency that
# acts, those that get a copy, and the lines of the story that prove it.
FIRST_STORIES = [
    ("ID-01", "李娜", "MCA", (), (1,)),
    ("ID-02", "王芳", "HRSS", ("PSB",), (1, 2)),
    ("ID-03", "王芳", "PSB", (), (1, 2)),
    ("ID-04", "王芳", "HRSS", (), (1, 2)),
    ("ID-05", "王芳", "HRSS", (), (1,)),
    ("ID-06", "王芳", "HRSS", (), (1, 2)),
    ("RE-01", "张强", "RESIDENT_SERVICE", (), (2, 3)),
    ("RE-02", "张强", "COMMUNITY_STATION", (), (2, 3)),
    ("RE-03", "张强", "RESIDENT_SERVICE", ("PSB",), (1,)),
    ("RE-04", "王伟", "HRSS", (), (1, 2, 3)),
    ("RE-05", "张强", "PSB", ("HMD",), (2,)),
    ("RE-06", "张强", "RESIDENT_SERVICE", (), (1, 2)),
    ("LE-01", "王伟", "HRSS", (), (1, 2)),
    ("LE-02", "王芳", "PSB", (), (1, 2)),
    ("LE-03", "陈秀英", "MCA", (), (1, 2)),
    ("LE-04", "王伟", "MCA", ("PSB", "HRSS"), (2, 3)),
    ("LE-05", "王伟", "PSB", (), (1, 2)),
    ("LE-06", "张强", "MCA", (), (1, 2)),
    ("LE-07", "王小宝", "MCA", (), (2,)),
    ("EN-01", "李强", "HRSS", (), (1,)),
    ("EN-02", "王芳", "MSI", ("MCA",), (3,)),
    ("EN-03", "李小雨", "MSI", (), (1,)),
    ("EN-04", "王芳", "HMD", ("MCA",), (3,)),
    ("EN-05", "陈秀英", "MCA", (), (1,)),
    ("EN-06", "王伟", "HRSS", (), (1, 3)),
    ("EN-07", "张强", "HRSS", (), (2,)),
    ("EC-01", "王芳", "HMD", (), (1, 2)),
    ("EC-02", "王芳", "MCA", (), (1, 2, 3)),
    ("EC-03", "张强", "MCA", (), (2, 3)),
    ("EC-04", "张强", "HRSS", (), (1, 2)),
    ("EC-05", "王伟", "HRSS", (), (1, 2)),
    ("EC-06", "王芳", "HMD", (), (1, 2)),
    ("HO-01", None, "HMD", (), (1, 2)),
    ("HO-02", None, "HMD", (), (1, 2)),
    ("HO-03", "赵敏", "HMD", (), (1, 2)),
    ("HO-04", "张强", "HMD", (), (1, 2)),
    ("XJ-01", "张强", "PSB", (), (1,)),
    ("XJ-02", "张强", "MCA", (), (1, 2, 3)),
    ("XJ-03", "张强", "HRSS", ("MSI",), (1, 2)),
]


@pytest.mark.parametrize(
    ("rule_id", "name", "acts", "cc", "lines"), FIRST_STORIES, ids=[row[0] for row in FIRST_STORIES]
)
def test_an_alert_names_its_person_its_agency_and_its_evidence(
    rule_id: str, name: str | None, acts: str, cc: tuple[str, ...], lines: tuple[int, ...]
) -> None:
    """Wrong evidence would send an officer to the wrong file, a wrong name to the wrong door."""
    rule, story = BY_ID[rule_id], next(iter(examples_of(rule_id)))
    events = events_in(story.events)
    hub = Hub(as_of=story.as_of, enable=() if rule.default_on else (rule_id,)).feed(events)
    (alert,) = [alert for alert in hub.alerts if alert["rule_id"] == rule_id]
    names = {resident["resident_id"]: resident["golden"]["name"]["value"] for resident in hub.residents}
    told = (names.get(alert["resident_id"]), alert["acting_agency"], tuple(alert["cc"]))
    assert told == (name, acts, cc)
    ids = [event["event_id"] for event in events]
    assert sorted(ids.index(event_id) + 1 for event_id in alert["evidence"]) == list(lines)


def test_every_rule_is_here() -> None:
    """A new rule says whom it speaks of as well."""
    assert {row[0] for row in FIRST_STORIES} == set(BY_ID)
