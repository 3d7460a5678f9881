"""Residents over HTTP: every read is on record before it is answered."""

from __future__ import annotations

import json
import stat

import pytest

from hub.api.audit import JsonlAudit
from hub.errors import StoreUnavailable
from tests.api.fakes import RESIDENT, Api


def test_read_is_answered_and_audited(api, get) -> None:
    """The record goes out; the audit says who, whose, what for and when, and none of the values."""
    answer = get(
        f"/v1/residents/{RESIDENT}",
        headers={"X-Hub-Purpose": "P3", "X-Hub-Legal-Basis": "%E7%BB%8F%E5%8A%9E8", "X-Hub-Caller": "hrss.desk-7"},
    )
    assert answer.json()["resident_id"] == RESIDENT
    assert answer.headers["cache-control"] == "no-store"
    [entry] = api.book.entries
    assert (entry.action, entry.resident_id, entry.found) == ("resident.read", RESIDENT, 1)
    assert (entry.purpose, entry.legal_basis, entry.caller) == ("P3", "经办8", "hrss.desk-7")
    assert entry.at == "2026-07-26T01:20:00+08:00"


def test_purpose_and_basis_may_stand_in_the_query(api, get) -> None:
    """What a browser or curl can type is enough; untold is `unspecified`."""
    get(f"/v1/residents/{RESIDENT}?purpose=P2&legal_basis=Decree 649")
    get(f"/v1/residents/{RESIDENT}")
    assert [(e.purpose, e.legal_basis) for e in api.book.entries] == [
        ("P2", "Decree 649"),
        ("unspecified", "unspecified"),
    ]


def test_numbers_do_not_get_into_the_audit(api, get) -> None:
    """Whoever writes an identity number into a header finds it replaced."""
    number = "429801196003150017"
    get(f"/v1/residents/{RESIDENT}", headers={"X-Hub-Caller": number, "X-Hub-Legal-Basis": f"for {number}"})
    assert number not in repr(api.book.entries)


def test_unknown_resident_is_audited_too(api, get) -> None:
    """Asking for somebody who is not there is a read."""
    assert get("/v1/residents/r-" + "b" * 32).status_code == 404
    assert [entry.found for entry in api.book.entries] == [0]


@pytest.mark.parametrize(
    "resident_id", ["x", "429801196003150017", "r-" + "A" * 32, "r-" + "a" * 33, "%E7%8E%8B", f"{RESIDENT}%0a"]
)
def test_impossible_id(resident_id, api, get) -> None:
    """What cannot be a key is not there, is not asked for, and is not repeated."""
    answer = get(f"/v1/residents/{resident_id}")
    assert (answer.status_code, answer.json()) == (404, {"title": "Not Found", "status": 404})
    assert api.book.entries == []


@pytest.mark.parametrize("options", [{"headers": {"X-Hub-Purpose": "P9"}}, {"params": {"purpose": "because"}}])
def test_unknown_purpose_is_refused(options, api, get) -> None:
    """A purpose outside the list of domain 5.2 is no purpose."""
    answer = get(f"/v1/residents/{RESIDENT}", **options)
    assert answer.status_code == 422
    assert "because" not in answer.text
    assert "P9" not in answer.text


def test_no_audit_no_read(api, get) -> None:
    """When the read cannot be recorded it does not happen."""
    api.book.full = True
    answer = get(f"/v1/residents/{RESIDENT}")
    assert answer.status_code == 503
    assert RESIDENT not in answer.text


def test_store_away(api, get) -> None:
    """While the store is away the answer is: later."""
    api.residents.error = StoreUnavailable("redis at 10.0.0.1")
    answer = get(f"/v1/residents/{RESIDENT}")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "10.0.0.1" not in answer.text


def test_audit_file_only_grows(tmp_path) -> None:
    """One JSON object a line, private, appended by whoever opens it."""
    import asyncio

    for _ in range(2):
        api = Api(audit=JsonlAudit(tmp_path / "data"))
        asyncio.run(api.call("GET", f"/v1/residents/{RESIDENT}"))
    file = tmp_path / "data" / "audit.jsonl"
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    assert [row["resident_id"] for row in rows] == [RESIDENT] * 2
    assert {"at", "action", "caller", "purpose", "legal_basis"} <= set(rows[0])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
