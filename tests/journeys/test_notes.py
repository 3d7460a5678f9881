"""Notes: what an agency should know although nothing does not fit."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from hub.bootstrap import build_journey
from hub.replay import replay, write_results
from hub.rules.examples import events_in


def _notes(tmp_path: Path, story: str, as_of: date) -> list[dict]:
    file = tmp_path / "events.jsonl"
    file.write_text("".join(json.dumps(event) + "\n" for event in events_in(story)), "utf-8")
    summary = write_results(replay(build_journey(), [file], as_of), tmp_path / "out", as_of)
    notes = [json.loads(line) for line in (tmp_path / "out" / "notes.jsonl").read_text("utf-8").splitlines()]
    assert summary["notes"] == len(notes)
    return notes


def test_civil_affairs_hear_of_consents_that_have_ended(tmp_path: Path) -> None:
    """Of running decisions only, the day after the consent's last; and nothing of what a check would have found."""
    story = """
        2025-01-10 mca.aid_granted 王伟 consent_until=2026-01-31
        2025-01-10 mca.aid_granted 李娜 decision_no=JZ-2 consent_until=2026-12-31
        2025-01-10 mca.aid_granted 赵敏 decision_no=JZ-3 consent_until=2025-12-31
        2025-06-01 mca.aid_changed 赵敏 decision_no=JZ-3 action=TERMINATE
    """
    assert _notes(tmp_path, story, date(2026, 1, 31)) == []
    (note,) = _notes(tmp_path, story, date(2026, 2, 1))
    assert set(note) == {"to", "note", "decision_no", "consent_until"}
    assert (note["to"], note["note"], note["consent_until"]) == ("MCA", "CONSENT_MISSING", "2026-01-31")
