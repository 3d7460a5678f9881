"""Putting the schemas into a real registry: under our ids, once, and never over somebody else's."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from hub.schema.catalogue import load_catalogue
from hub.schema.publishing import PublishFault, publish

CATALOGUE = load_catalogue(Path("schemas"))


class Registry:
    """The part of Confluent's API that publishing needs; refuses to choose an id outside of mode IMPORT."""

    def __init__(self) -> None:
        self.ids: dict[tuple[str, int], int] = {}
        self.modes: dict[str, str] = {}

    def client(self) -> httpx.Client:
        return httpx.Client(base_url="http://registry", transport=httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        parts = request.url.path.strip("/").split("/")
        if parts[0] == "mode":
            self.modes[parts[1]] = json.loads(request.content)["mode"]
            return httpx.Response(200, json={})
        if request.method == "GET":
            found = self.ids.get((parts[1], int(parts[3])))
            return httpx.Response(200, json={"id": found}) if found else httpx.Response(404, json={"error_code": 40402})
        body = json.loads(request.content)
        if self.modes.get(parts[1]) != "IMPORT":
            return httpx.Response(422, json={"error_code": 42205})
        self.ids[parts[1], body["version"]] = body["id"]
        return httpx.Response(200, json={"id": body["id"]})


def test_every_schema_goes_in_under_its_own_id() -> None:
    """All subjects, and the names stock clients ask for by topic, have the ids our messages carry."""
    registry = Registry()
    done = publish(CATALOGUE, "", registry.client())
    assert {row[3] for row in done} == {"published"}
    assert registry.ids["mca.deceased_handled", 1] == CATALOGUE.id_of("mca.deceased_handled", 1)
    assert registry.ids["hub.alerts.v1-value", 1] == CATALOGUE.id_of("hub.alert", 1)
    assert set(registry.modes.values()) == {"READWRITE"}


def test_publishing_again_changes_nothing() -> None:
    """What is there already is left alone."""
    registry = Registry()
    publish(CATALOGUE, "", registry.client())
    assert {row[3] for row in publish(CATALOGUE, "", registry.client())} == {"there"}


def test_a_registry_with_other_ids_is_refused_before_anything_is_written() -> None:
    """Messages would name the wrong schema; every conflict is told at once."""
    registry = Registry()
    registry.ids = {("hub.alert", 1): 9001, ("hub.resident", 1): 9002}
    with pytest.raises(PublishFault) as refusal:
        publish(CATALOGUE, "", registry.client())
    assert len(refusal.value.faults) == 2
    assert registry.modes == {}
