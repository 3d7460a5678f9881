"""Alerts in memory, as the topic tells them: the newest document of each, in a stable order.

For one event loop: no method awaits, so none is ever interrupted by another.
"""

from __future__ import annotations

import base64
import binascii
import re
from bisect import bisect_right, insort
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from hub.api.ports import AlertFilter, AlertPage, BadCursor, Document
from hub.domain.times import parse_rfc3339

Position = tuple[int, str]
_CURSOR = re.compile(r"(-?[0-9]{1,15}):(al-[0-9a-f]{32})")


class _Row(NamedTuple):
    position: Position
    due: int | None
    document: Document


class AlertView:
    """An AlertReader over documents of contract 4."""

    def __init__(self) -> None:
        self._rows: dict[str, _Row] = {}
        self._order: list[Position] = []

    def __len__(self) -> int:
        return len(self._rows)

    def apply(self, document: Document) -> None:
        """Take the newest state of an alert. Opened again it may have a later `opened_at`, and moves there."""
        alert_id = str(document["alert_id"])
        due = document["due_at"]
        row = _Row(
            (parse_rfc3339(document["opened_at"]), alert_id), None if due is None else parse_rfc3339(due), document
        )
        before = self._rows.get(alert_id)
        if before is None or before.position != row.position:
            self.erase(alert_id)
            insort(self._order, row.position)
        self._rows[alert_id] = row

    def erase(self, alert_id: str) -> None:
        """A tombstone came: the alert is forgotten."""
        row = self._rows.pop(alert_id, None)
        if row is not None:
            del self._order[bisect_right(self._order, row.position) - 1]

    def get(self, alert_id: str) -> Document | None:
        row = self._rows.get(alert_id)
        return None if row is None else row.document

    def page(self, wanted: AlertFilter, cursor: str | None, limit: int) -> AlertPage:
        """Alerts after the cursor. One more than asked for is looked for, to know whether the page is the last."""
        start = 0 if cursor is None else bisect_right(self._order, _read_cursor(cursor))
        found = list(islice(self._matching(wanted, start), limit + 1))
        items = [row.document for row in found[:limit]]
        return AlertPage(items, _cursor(found[limit - 1].position) if len(found) > limit else None)

    def documents(self) -> Iterator[Document]:
        """Every alert, in order."""
        return (self._rows[alert_id].document for _, alert_id in self._order)

    def standing(self) -> Counter[tuple[str, str]]:
        """How many alerts there are by (rule, status), closed ones left out; for the gauge."""
        documents = (row.document for row in self._rows.values())
        return Counter((d["rule_id"], d["status"]) for d in documents if d["status"] != "CLOSED")

    def overdue(self) -> Counter[str]:
        """How many alerts stand after their deadline, by rule; for the gauge."""
        documents = (row.document for row in self._rows.values())
        return Counter(str(d["rule_id"]) for d in documents if _stands_late(d))

    def _matching(self, wanted: AlertFilter, start: int) -> Iterator[_Row]:
        for _, alert_id in islice(self._order, start, None):
            row = self._rows[alert_id]
            if _fits(row, wanted):
                yield row


def _fits(row: _Row, wanted: AlertFilter) -> bool:
    document = row.document
    return (
        (wanted.agency is None or document["acting_agency"] == wanted.agency)
        and (wanted.rule is None or document["rule_id"] == wanted.rule)
        and (not wanted.statuses or document["status"] in wanted.statuses)
        and (wanted.resident_id is None or document["resident_id"] == wanted.resident_id)
        and (wanted.shadow or not document["shadow"])
        and (wanted.overdue is None or _stands_late(document) == wanted.overdue)
        and (wanted.due_before is None or (row.due is not None and row.due < wanted.due_before))
    )


def _stands_late(document: Document) -> bool:
    return bool(document["overdue"]) and document["status"] != "CLOSED"


def _cursor(position: Position) -> str:
    return base64.urlsafe_b64encode(f"{position[0]}:{position[1]}".encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> Position:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        raise BadCursor("not a cursor of this hub") from None
    match = _CURSOR.fullmatch(text)
    if match is None:
        raise BadCursor("not a cursor of this hub")
    return int(match[1]), match[2]
