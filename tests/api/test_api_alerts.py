"""Alerts over HTTP: filters, pages and single ones."""

from __future__ import annotations

import base64

import pytest

from hub.api.ports import AlertFilter, BadCursor
from hub.api.views import AlertView
from tests.api.fakes import RESIDENT, alert

OTHER = "r-" + "b" * 32


def ids(answer) -> list[int]:
    assert answer.status_code == 200, answer.text
    return [int(item["alert_id"][3:], 16) for item in answer.json()["items"]]


@pytest.fixture
def filled(api):
    for document in (
        alert(1),
        alert(2, rule_id="HO-01", acting_agency="HMD"),
        alert(3, status="CLOSED", closed_at="2026-04-01T00:00:00+08:00"),
        alert(4, status="FROZEN", resident_id=OTHER),
        alert(5, due_at="2026-03-31T23:59:59+08:00"),
        alert(6, resident_id=None, due_at="2026-04-30T23:59:59+08:00"),
    ):
        api.alerts.apply(document)
    return api


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [1, 2, 3, 4, 5, 6]),
        ("agency=HMD", [2]),
        ("rule=HO-01", [2]),
        ("rule=XX-99", []),
        ("status=CLOSED", [3]),
        ("status=CLOSED&status=FROZEN", [3, 4]),
        (f"resident_id={OTHER}", [4]),
        ("due_before=2026-04-01", [5]),
        ("due_before=2026-04-01T00:00:00%2B08:00", [5]),
        ("due_before=2026-04-01T00:00:00+08:00", [5]),
        ("due_before=2026-03-31T15:59:59Z", []),
        ("due_before=2027-01-01&agency=HRSS&status=OPEN&limit=1", [5]),
    ],
)
def test_filters_narrow_the_list(query, found, filled, get) -> None:
    """Filters join with and, several statuses with or; without any, closed alerts are listed too."""
    assert ids(get(f"/v1/alerts?{query}")) == found


def test_pages_follow_each_other(filled, get) -> None:
    """Cursor after cursor gives every alert once, in the order in which they were opened."""
    found, cursor, pages = [], "", 0
    while cursor is not None:
        answer = get(f"/v1/alerts?limit=4{cursor and f'&cursor={cursor}'}")
        found += ids(answer)
        cursor = answer.json()["next_cursor"]
        pages += 1
    assert found == [1, 2, 3, 4, 5, 6]
    assert pages == 2


def test_cursor_survives_changes_between_pages(filled, get) -> None:
    """An alert that goes or comes while somebody pages moves no other alert over the edge of a page."""
    cursor = get("/v1/alerts?limit=3").json()["next_cursor"]
    filled.alerts.erase("al-" + f"{3:032x}")
    filled.alerts.apply(alert(0))
    assert ids(get(f"/v1/alerts?cursor={cursor}")) == [4, 5, 6]


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=501", "limit=x", "agency=MOF", "status=PENDING", "rule=LE-1", "due_before=tomorrow",
     "due_before=2026-04-01T00:00:00", "due_before=9999-99-99", "resident_id=429801196003150017", "due=2026-04-01",
     "cursor=x", "cursor=%E7%8E%8B", "cursor=" + base64.urlsafe_b64encode(b"1:al-x").decode()],
)  # fmt: skip
def test_wrong_parameters_are_refused_without_echo(query, get) -> None:
    """A filter that is misspelt must not list everything; the answer names what was declared, not what was sent."""
    answer = get(f"/v1/alerts?{query}")
    name, _, value = query.partition("=")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    [fault] = answer.json()["faults"]
    assert fault["parameter"] == ("?" if name == "due" else name)
    assert len(value) < 2 or value not in answer.text


def test_one_alert(filled, get) -> None:
    """The document as it was published."""
    answer = get(f"/v1/alerts/al-{2:032x}")
    assert answer.json() == alert(2, rule_id="HO-01", acting_agency="HMD")
    assert answer.headers["cache-control"] == "no-store"
    assert [(e.action, e.resident_id) for e in filled.book.entries] == [("alert.read", RESIDENT)]


@pytest.mark.parametrize("alert_id", ["al-" + "0" * 32, "x", "429801196003150017", "%E7%8E%8B%E4%BC%9F"])
def test_no_such_alert(alert_id, filled, get) -> None:
    """Unknown and impossible ids get the same answer."""
    answer = get(f"/v1/alerts/{alert_id}")
    assert answer.status_code == 404
    assert answer.json() == {"title": "Not Found", "status": 404}


def test_listing_is_audited_by_its_filters(filled, get) -> None:
    """The audit says that somebody listed, by what and how many; not what they saw."""
    get(f"/v1/alerts?resident_id={OTHER}&limit=5", headers={"X-Hub-Purpose": "P3"})
    [entry] = filled.book.entries
    assert (entry.action, entry.purpose, entry.resident_id) == ("alerts.list", "P3", OTHER)
    assert (entry.filters, entry.found) == (("resident_id",), 1)


def test_view_keeps_the_newest_state() -> None:
    """Each alert once; opened again it moves to its new place; a tombstone takes it away."""
    view = AlertView()
    for document in (alert(1), alert(2), alert(1, status="ACKED"), alert(1, opened_at="2026-05-01T09:00:00+08:00")):
        view.apply(document)
    page = view.page(AlertFilter(), None, 10)
    assert [item["alert_id"][-1] for item in page.items] == ["2", "1"]
    view.erase("al-" + f"{2:032x}")
    view.erase("al-" + f"{2:032x}")
    assert len(view) == 1
    assert view.get("al-" + f"{1:032x}")["status"] == "OPEN"
    assert view.standing() == {("LE-01", "OPEN"): 1}


def test_same_moment_is_ordered_by_id() -> None:
    """Alerts opened at once still have one order, whatever order they came in."""
    view = AlertView()
    for number in (3, 1, 2):
        view.apply(alert(number, opened_at="2026-03-01T09:00:00+08:00"))
    first = view.page(AlertFilter(), None, 2)
    second = view.page(AlertFilter(), first.next_cursor, 2)
    assert [item["alert_id"][-1] for item in first.items + second.items] == ["1", "2", "3"]
    assert second.next_cursor is None


def test_foreign_cursor_is_refused() -> None:
    """A cursor is ours or nothing."""
    with pytest.raises(BadCursor):
        AlertView().page(AlertFilter(), "é", 1)
