"""Who may do what on Kafka: ACL files (`deploy/acl/*.toml`) against what the broker has.

A file names one user and what is allowed; nothing is ever denied, for whatever is not allowed is refused.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    KafkaAdminClient,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
)

from hub.errors import RefuseToStart

# A key of an [[allow]] table -> what kind of resource it names, and whether as the beginning of names.
_KEYS: Mapping[str, tuple[str, bool]] = {
    "topic": ("topic", False),
    "topics": ("topic", False),
    "topic_prefix": ("topic", True),
    "group": ("group", False),
    "group_prefix": ("group", True),
    "transactional_id": ("transactional_id", False),
    "transactional_id_prefix": ("transactional_id", True),
    "cluster": ("cluster", False),
}
_CLUSTER_NAME = "kafka-cluster"
_OPERATIONS = frozenset(
    {"read", "write", "create", "delete", "alter", "describe", "describe_configs", "alter_configs", "idempotent_write"}
)


class Grant(msgspec.Struct, frozen=True, order=True):
    """One user may do one thing with one resource, or with all whose name begins so. `denied`: the opposite."""

    principal: str
    resource: str
    name: str
    prefix: bool
    operation: str
    host: str = "*"
    denied: bool = False

    @property
    def what(self) -> str:
        """The resource in words."""
        return f"{self.resource} {self.name}{'*' if self.prefix else ''}"


class AclPlan(msgspec.Struct, frozen=True):
    """`missing` are to be granted; `stray` are of the same users, and in no file."""

    missing: Sequence[Grant]
    there: Sequence[Grant]
    stray: Sequence[Grant]


def read_acl_files(files: Iterable[Path]) -> list[Grant]:
    """What the files allow. Raises RefuseToStart with every fault of every file."""
    faults: list[str] = []
    grants: list[Grant] = []
    for file in files:
        try:
            content = tomllib.loads(file.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            faults.append(f"{file.name}: {error}")
            continue
        grants += _grants(file.name, content, faults)
    if faults:
        raise RefuseToStart(faults)
    return sorted(set(grants))


def plan_acls(admin: KafkaAdminClient, wanted: Sequence[Grant]) -> AclPlan:
    """Compare the files with what the broker has for their users."""
    there = {grant for principal in sorted({g.principal for g in wanted}) for grant in _granted(admin, principal)}
    return AclPlan(
        [grant for grant in wanted if grant not in there],
        [grant for grant in wanted if grant in there],
        sorted(there - set(wanted)),
    )


def apply_acls(admin: KafkaAdminClient, plan: AclPlan, *, prune: bool = False) -> None:
    """Grant what is missing; with `prune`, take away what is in no file. Raises what the broker refuses with."""
    if plan.missing:
        for refused in admin.create_acls([_acl(grant) for grant in plan.missing])["failed"]:
            raise refused
    if prune and plan.stray:
        for _, _, answer in admin.delete_acls([_filter(_acl(grant)) for grant in plan.stray]):
            if answer.errno != 0:
                raise answer


def _grants(file: str, content: Mapping[str, Any], faults: list[str]) -> Iterator[Grant]:
    user, allowed = content.get("user"), content.get("allow", [])
    if not isinstance(user, str) or not user or set(content) - {"user", "allow"} or not isinstance(allowed, list):
        faults.append(f'{file}: wants user = "name" and [[allow]] tables, and nothing else')
        return
    for number, table in enumerate(allowed, 1):
        where = f"{file}, [[allow]] {number}"
        keys = set(table) - {"to"}
        if len(keys) != 1 or not keys <= set(_KEYS):
            faults.append(f"{where}: names one of {', '.join(_KEYS)}")
            continue
        operations = table.get("to", [])
        if not operations or not set(operations) <= _OPERATIONS:
            faults.append(f"{where}: to = [...] takes {', '.join(sorted(_OPERATIONS))}")
            continue
        resource, prefix = _KEYS[key := keys.pop()]
        for name in _names(table[key]):
            for operation in operations:
                yield Grant(f"User:{user}", resource, name, prefix, operation)


def _names(value: object) -> list[str]:
    if value is True:
        return [_CLUSTER_NAME]
    return [str(name) for name in value] if isinstance(value, list) else [str(value)]


def _granted(admin: KafkaAdminClient, principal: str) -> Iterator[Grant]:
    everything = ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY)
    found, _ = admin.describe_acls(ACLFilter(principal, None, ACLOperation.ANY, ACLPermissionType.ANY, everything))
    for acl in found:
        pattern = acl.resource_pattern
        yield Grant(
            acl.principal,
            pattern.resource_type.name.lower(),
            pattern.resource_name,
            pattern.pattern_type is ACLResourcePatternType.PREFIXED,
            acl.operation.name.lower(),
            acl.host,
            acl.permission_type is ACLPermissionType.DENY,
        )


def _acl(grant: Grant) -> ACL:
    pattern = ACLResourcePatternType.PREFIXED if grant.prefix else ACLResourcePatternType.LITERAL
    return ACL(
        grant.principal,
        grant.host,
        ACLOperation[grant.operation.upper()],
        ACLPermissionType.DENY if grant.denied else ACLPermissionType.ALLOW,
        ResourcePattern(ResourceType[grant.resource.upper()], grant.name, pattern),
    )


def _filter(acl: ACL) -> ACLFilter:
    pattern = acl.resource_pattern
    wanted = ResourcePatternFilter(pattern.resource_type, pattern.resource_name, pattern.pattern_type)
    return ACLFilter(acl.principal, acl.host, acl.operation, acl.permission_type, wanted)
