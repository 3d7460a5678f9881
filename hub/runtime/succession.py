"""A worker that starts where another was killed takes that one's membership of the group away.

A broker believes for a whole session that a killed worker lives, and while it waits nobody gets its partitions, and in
the end nobody works at all: a rebalance is over when every member has joined it. Who starts again in the same place
(a container of the same name, a unit of systemd) knows better. The one that lost its membership is in no other
position than one whose session ended: should it live after all, it can commit nothing, is fenced from the store, and
joins anew. Static membership (KIP-345) would keep the generation, by which owners are told apart, and is not used.
"""

from __future__ import annotations

import logging

from kafka.admin import KafkaAdminClient, MemberToRemove
from kafka.errors import KafkaError

from hub.runtime.admin import admin_of
from hub.runtime.security import KafkaSecurity

log = logging.getLogger(__name__)


def client_id(group: str, instance: str | None) -> str:
    """How a worker of this place calls itself before the broker; members of a group are listed with it."""
    return group if instance is None else f"{group}.{instance}"


def succeed(bootstrap: str, security: KafkaSecurity, group: str, instance: str) -> int:
    """Remove members that a worker of this place left behind; returns how many. Blocking.

    What the broker refuses is logged and no more: without it the group waits until their sessions end.
    """
    with admin_of(bootstrap, security) as admin:
        try:
            left = _members(admin, group, client_id(group, instance))
            if left:
                members = [MemberToRemove(member_id=member, reason="started again") for member in left]
                admin.remove_group_members(group, members)
                log.info("worker %s takes the place of %d before it", instance, len(left))
        except KafkaError as error:
            log.warning("the place of a worker before us in the group stays (%s)", type(error).__name__)
            return 0
    return len(left)


def _members(admin: KafkaAdminClient, group: str, client: str) -> list[str]:
    described = admin.describe_groups([group])[group]
    return [member["member_id"] for member in described["members"] if member["client_id"] == client]
