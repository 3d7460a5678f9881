"""GET /v1/alerts/{id}/explanation: the explanation as it is handed in, audited like any read of a person."""

from __future__ import annotations

import asyncio
from typing import Any

from hub.api.ports import Document
from hub.errors import Retry
from tests.api.fakes import RESIDENT, Api, alert

PATH = f"/v1/alerts/{alert(7)['alert_id']}/explanation"


class Explanations:
    """Says which alert it was asked about."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.gone = False

    async def get(self, alert: Document) -> Document | None:
        if self.error is not None:
            raise self.error
        return None if self.gone else {"alert_id": alert["alert_id"], "why": "说明"}


def api(*documents: Document) -> tuple[Api, Explanations]:
    explanations = Explanations()
    made = Api(explanations=explanations)
    for document in documents:
        made.alerts.apply(document)
    return made, explanations


def get(made: Api, path: str, **options: Any) -> Any:
    return asyncio.run(made.call("GET", path, **options))


def test_an_alert_is_explained_and_the_read_is_on_record() -> None:
    """Who asked, what for, about whom; never what was said."""
    made, _ = api(alert(7))
    answer = get(made, f"{PATH}?purpose=P3", headers={"X-Hub-Caller": "hrss-17"})
    assert (answer.status_code, answer.json()) == (200, {"alert_id": alert(7)["alert_id"], "why": "说明"})
    [entry] = made.book.entries
    assert (entry.action, entry.alert_id, entry.resident_id) == ("alert.explain", alert(7)["alert_id"], RESIDENT)
    assert (entry.caller, entry.purpose, entry.found) == ("hrss-17", "P3", 1)


def test_what_is_not_there_is_not_explained() -> None:
    """An unknown alert, an id that is none, and an alert whose subject has been erased."""
    made, explanations = api(alert(7))
    assert get(made, f"/v1/alerts/{alert(8)['alert_id']}/explanation").status_code == 404
    assert get(made, "/v1/alerts/x/explanation").status_code == 404
    explanations.gone = True
    assert get(made, PATH).status_code == 404
    assert made.book.entries == []


def test_without_a_record_there_is_no_read() -> None:
    """A full audit, and a store that is away, answer 503."""
    made, explanations = api(alert(7))
    made.book.full = True
    assert get(made, PATH).status_code == 503
    made.book.full = False
    explanations.error = Retry("down")
    assert get(made, PATH).status_code == 503


def test_the_endpoint_is_in_the_reference() -> None:
    """OpenAPI tells its shape."""
    made, _ = api()
    assert "Explanation" in get(made, "/openapi.json").json()["components"]["schemas"]
