"""Where schema ids are looked up, and the hub's own schemas as a read-only Schema Registry.

Source: contract 2. The REST form is Confluent's: paths, bodies and error codes, so that stock clients can read topics.
"""

from __future__ import annotations

import json
from typing import Any, Protocol
from urllib.parse import unquote

import fastavro.schema
import httpx

from hub.schema import avro
from hub.schema.catalogue import Catalogue, Schema

Answer = tuple[int, Any]

# Clients that follow TopicNameStrategy ask for the subject "<topic>-value".
TOPIC_SUBJECTS = {
    "hub.claims.v1-value": "hub.claim",
    "hub.subjects.v1-value": "hub.subject",
    "hub.residents.v1-value": "hub.resident",
    "hub.alerts.v1-value": "hub.alert",
    "hub.alert-feedback.v1-value": "hub.alert_feedback",
    "hub.quarantine.v1-value": "hub.quarantine",
}
_SUBJECT_NOT_FOUND = 40401
_VERSION_NOT_FOUND = 40402
_SCHEMA_NOT_FOUND = 40403
_BAD_VERSION = 42202
_TIMEOUT_S = 5.0
_UNUSABLE = (
    fastavro.schema.SchemaParseException,
    fastavro.schema.UnknownType,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    RecursionError,
)


class RegistryDown(RuntimeError):  # noqa: N818 - a state of the world, not a mistake
    """The registry gave no answer. Retry: this says nothing about the message. Carries no address."""


class SchemaSource(Protocol):
    """Where the schema of a message is asked for."""

    def schema_by_id(self, schema_id: int) -> avro.Record | None:
        """The parsed schema, None if there is none of this id. Raises RegistryDown.

        The same object for the same id, as long as the answer stays the same.
        """


class LocalRegistry:
    """The catalogue itself."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def schema_by_id(self, schema_id: int) -> avro.Record | None:
        schema = self._catalogue.by_id(schema_id)
        return None if schema is None else schema.parsed


class RemoteRegistry:
    """A real Schema Registry. Schemas of an id never change, so hits are kept for good; misses are asked again."""

    def __init__(self, url: str, client: httpx.Client | None = None) -> None:
        self._base = url.rstrip("/")
        self._client = client or httpx.Client(timeout=_TIMEOUT_S)
        self._hits: dict[int, avro.Record] = {}

    def schema_by_id(self, schema_id: int) -> avro.Record | None:
        known = self._hits.get(schema_id)
        if known is not None:
            return known
        body = self._ask(schema_id)
        if body is None or body.get("schemaType", "AVRO") != "AVRO":
            return None
        try:
            parsed = avro.parse(json.loads(body["schema"]))
        except _UNUSABLE:
            return None
        self._hits[schema_id] = parsed
        return parsed

    def close(self) -> None:
        self._client.close()

    def _ask(self, schema_id: int) -> dict[str, Any] | None:
        try:
            response = self._client.get(f"{self._base}/schemas/ids/{schema_id}")
            body = response.json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            # `from None`: the chained error would carry the address, which may hold a password.
            raise RegistryDown(f"no answer from the schema registry ({type(error).__name__})") from None
        if not isinstance(body, dict):
            raise RegistryDown("the schema registry answered with something else")
        # Only the registry's own 404 speaks about the id. A proxy's says that the registry is not there.
        if response.status_code == 404 and "error_code" in body:
            return None
        if response.status_code != 200 or not isinstance(body.get("schema"), str):
            raise RegistryDown(f"the schema registry answered with status {response.status_code}")
        return body


def registry_response(catalogue: Catalogue, path: str) -> Answer:
    """Status and JSON body for a GET of `path`, such as `/subjects/hub.alert/versions/latest`."""
    parts = [unquote(part) for part in path.partition("?")[0].strip("/").split("/")]
    match parts:
        case ["schemas", "types"]:
            return 200, ["AVRO"]
        case ["schemas", "ids", schema_id]:
            found = catalogue.by_id(int(schema_id)) if _is_number(schema_id) else None
            return (200, {"schema": found.text}) if found else _error(_SCHEMA_NOT_FOUND, "Schema not found")
        case ["subjects"]:
            return 200, sorted({*catalogue.subjects(), *_topic_subjects(catalogue)})
        case ["subjects", subject, "versions"]:
            versions = _versions(catalogue, subject)
            return (200, [schema.version for schema in versions]) if versions else _no_subject(subject)
        case ["subjects", subject, "versions", version]:
            return _one_version(catalogue, subject, version)
    return _error(404, "HTTP 404 Not Found")


def _one_version(catalogue: Catalogue, subject: str, version: str) -> Answer:
    versions = _versions(catalogue, subject)
    if not versions:
        return _no_subject(subject)
    if version in ("latest", "-1"):
        return 200, _described(subject, versions[-1])
    if not _is_number(version) or int(version) == 0:
        return _error(_BAD_VERSION, "The specified version is not a valid version id")
    for schema in versions:
        if schema.version == int(version):
            return 200, _described(subject, schema)
    return _error(_VERSION_NOT_FOUND, f"Version {int(version)} not found.")


def _versions(catalogue: Catalogue, subject: str) -> tuple[Schema, ...]:
    return catalogue.versions(TOPIC_SUBJECTS.get(subject, subject))


def _topic_subjects(catalogue: Catalogue) -> list[str]:
    return [topic for topic, subject in TOPIC_SUBJECTS.items() if catalogue.versions(subject)]


def _described(subject: str, schema: Schema) -> dict[str, Any]:
    return {"subject": subject, "version": schema.version, "id": schema.schema_id, "schema": schema.text}


def _no_subject(subject: str) -> Answer:
    return _error(_SUBJECT_NOT_FOUND, f"Subject '{subject}' not found.")


def _error(code: int, message: str) -> Answer:
    """Confluent error codes begin with the HTTP status they travel under."""
    return int(str(code)[:3]), {"error_code": code, "message": message}


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 10
