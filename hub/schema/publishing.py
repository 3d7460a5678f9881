"""Putting the hub's schemas into a real Schema Registry under the ids its messages carry.

Source: Confluent Schema Registry API, mode IMPORT: the only way to choose an id. The ids are those of schemas/ids.toml,
so a message means the same whichever registry its reader asks.
"""

from __future__ import annotations

from collections.abc import Iterator

import httpx

from hub.schema.catalogue import Catalogue, Schema
from hub.schema.registry import TOPIC_SUBJECTS

Published = tuple[str, int, int, str]  # subject, version, id, "there" or "published"
_TIMEOUT_S = 15.0


class PublishFault(RuntimeError):  # noqa: N818 - it is the list of faults that is raised
    """The registry holds something else under one of our subjects or ids."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


def publish(catalogue: Catalogue, url: str, client: httpx.Client | None = None) -> list[Published]:
    """Publish what is missing. Raises PublishFault with every conflict, before anything is written; httpx.HTTPError."""
    registry = client or httpx.Client(base_url=url.rstrip("/"), timeout=_TIMEOUT_S)
    wanted = list(_wanted(catalogue))
    held = {(subject, schema.version): _held_id(registry, subject, schema.version) for subject, schema in wanted}
    conflicts = [
        f"{subject} v{schema.version}: the registry has id {held[subject, schema.version]}, ours is {schema.schema_id}"
        for subject, schema in wanted
        if held[subject, schema.version] not in (None, schema.schema_id)
    ]
    if conflicts:
        raise PublishFault(conflicts)
    return [
        (subject, schema.version, schema.schema_id, _publish(registry, subject, schema, held[subject, schema.version]))
        for subject, schema in wanted
    ]


def _wanted(catalogue: Catalogue) -> Iterator[tuple[str, Schema]]:
    for subject in catalogue.subjects():
        for schema in catalogue.versions(subject):
            yield subject, schema
    for alias, subject in TOPIC_SUBJECTS.items():
        for schema in catalogue.versions(subject):
            yield alias, schema


def _held_id(registry: httpx.Client, subject: str, version: int) -> int | None:
    answer = registry.get(f"/subjects/{subject}/versions/{version}")
    if answer.status_code == 404:
        return None
    answer.raise_for_status()
    return int(answer.json()["id"])


def _publish(registry: httpx.Client, subject: str, schema: Schema, held: int | None) -> str:
    if held is not None:
        return "there"
    registry.put(f"/mode/{subject}", json={"mode": "IMPORT"}).raise_for_status()
    try:
        body = {"schema": schema.text, "id": schema.schema_id, "version": schema.version}
        registry.post(f"/subjects/{subject}/versions", json=body).raise_for_status()
    finally:
        registry.put(f"/mode/{subject}", json={"mode": "READWRITE"}).raise_for_status()
    return "published"
