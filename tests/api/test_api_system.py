"""Health, metrics, schemas, documentation, headers, and what happens when something breaks."""

from __future__ import annotations

import asyncio
import json
import re

import pytest

from tests.api.fakes import RESIDENT, Api, alert

NUMBER = re.compile(r"[1-9][0-9]{16}[0-9X]")


def test_alive_and_ready(api, get) -> None:
    """Alive says nothing of what is needed; ready says every part that is not."""
    assert get("/livez").json() == {"alive": True}
    assert (get("/readyz").status_code, get("/readyz").json()) == (200, {"ready": True, "parts": {}})
    api.health.parts["store"] = "does not answer"
    assert (get("/readyz").status_code, get("/livez").status_code) == (503, 200)
    assert get("/readyz").json() == {"ready": False, "parts": {"store": "does not answer"}}
    assert "hub_ready 0.0" in get("/metrics").text


def test_metrics_count_routes_not_paths(api, get) -> None:
    """Requests are counted by template; what nobody serves is one label."""
    for path in (f"/v1/residents/{RESIDENT}", "/v1/residents/x", "/registry/subjects", "/429801196003150017"):
        get(path)
    text = get("/metrics").text
    assert 'hub_http_requests_total{route="/v1/residents/{resident_id}",status="200"} 1.0' in text
    assert 'hub_http_requests_total{route="/v1/residents/{resident_id}",status="404"} 1.0' in text
    assert 'hub_http_requests_total{route="unmatched",status="404"} 1.0' in text
    assert "429801196003150017" not in text


def test_registry_serves_a_stock_client(get) -> None:
    """Subjects, versions and schemas by id, as Confluent's clients ask for them."""
    subjects = get("/registry/subjects").json()
    assert "mca.deceased_handled" in subjects
    found = get("/registry/subjects/mca.deceased_handled/versions/latest")
    assert found.headers["content-type"] == "application/vnd.schemaregistry.v1+json"
    by_id = get(f"/registry/schemas/ids/{found.json()['id']}")
    assert json.loads(by_id.json()["schema"])["name"]


@pytest.mark.parametrize(
    ("path", "code"),
    [("subjects/%E7%8E%8B%E4%BC%9F/versions", 40401), ("schemas/ids/999999", 40403), ("%E7%8E%8B", 404), ("", 404)],
)
def test_registry_misses_do_not_echo(path, code, get) -> None:
    """Confluent's error codes, without the name that was asked for."""
    answer = get(f"/registry/{path}")
    assert (answer.status_code, answer.json()["error_code"]) == (404, code)
    assert "王" not in answer.text


@pytest.mark.parametrize("path", ["/王伟", "/v1/王伟", "/v1/alerts/", "/docs/", "/v1/residents", "/favicon.ico"])
def test_unknown_path(path, get) -> None:
    """Nothing is there, nothing is repeated, nobody is sent elsewhere."""
    answer = get(path)
    assert (answer.status_code, answer.json()) == (404, {"title": "Not Found", "status": 404})
    assert "location" not in answer.headers


def test_wrong_method(api) -> None:
    """The methods that are there are told."""
    answer = asyncio.run(api.call("DELETE", f"/v1/residents/{RESIDENT}"))
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


@pytest.mark.parametrize("path", ["/livez", "/v1/alerts", "/v1/alerts?limit=x", "/nothing", "/docs", "/metrics"])
def test_security_headers(path, get) -> None:
    """Every answer, good or bad, tells browsers to load nothing, guess nothing and keep nothing personal."""
    headers = get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["content-security-policy"].startswith("default-src 'none'; frame-ancestors 'none'")
    assert (headers.get("cache-control") == "no-store") == path.startswith("/v1")


def test_documentation_needs_nothing_from_elsewhere(get) -> None:
    """/docs is one page without scripts or addresses of other machines, and lists every endpoint."""
    page = get("/docs").text
    assert not re.search(r"<script|https?://|src=|@import|url\(", page)
    for path in get("/openapi.json").json()["paths"]:
        assert f"<code>{path}</code>" in page


def test_documentation_shows_fictional_people_only(get) -> None:
    """Every identity number in the OpenAPI examples begins with 4298."""
    found = NUMBER.findall(get("/openapi.json").text)
    assert found
    assert all(number.startswith(("4298", "019a")) for number in found)


def test_documentation_says_what_answers_hold(get) -> None:
    """Alerts and residents are described field by field, and no 422 promises the framework's echo."""
    schemas = get("/openapi.json").json()["components"]["schemas"]
    assert set(alert(1)) == set(schemas["Alert"]["properties"])
    assert not {"HTTPValidationError", "ValidationError"} & set(schemas)


def test_our_bug_is_a_plain_500(api, get, caplog) -> None:
    """What nobody planned ends the request, is logged by place, counted, and raises nothing into the server."""
    api.residents.error = ValueError("王伟 429801196003150017")
    answer = get(f"/v1/residents/{RESIDENT}")
    assert (answer.status_code, answer.json()) == (500, {"title": "Internal Server Error", "status": 500})
    [said] = [record.getMessage() for record in caplog.records if record.name == "hub.api.guard"]
    assert said.startswith("request failed: ValueError at ")
    assert "王伟" not in caplog.text
    assert 'route="/v1/residents/{resident_id}",status="500"' in get("/metrics").text


def test_two_apis_do_not_share_anything() -> None:
    """No global state: counts of one app are not seen in the other."""
    one, two = Api(), Api()
    asyncio.run(one.call("GET", "/livez"))
    assert 'route="/livez"' in asyncio.run(one.call("GET", "/metrics")).text
    assert 'route="/livez"' not in asyncio.run(two.call("GET", "/metrics")).text
