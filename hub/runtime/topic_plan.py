"""What `hub topics apply` would do: the topics that are there against those of the contract. Pure; nothing is changed.

Nothing ever shrinks: more partitions, longer retention, larger messages than asked for are kept as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from hub.runtime.topic_settings import Setting, TopicSpec

PROCEDURE = "docs/operations.md, More partitions"


class Action(StrEnum):
    """What becomes of a difference. `REFUSE`: nothing at all is changed."""

    CREATE = "create"
    CHANGE = "change"
    KEEP = "keep"
    REFUSE = "refuse"


class Found(msgspec.Struct, frozen=True):
    """A topic as the broker has it. `config`: None where the broker keeps none, as the embedded one does."""

    partitions: int
    replicas: int
    config: Mapping[str, str] | None


class Wishes(msgspec.Struct, frozen=True):
    """What the operator's settings ask of all topics. `replicas`: None leaves it to the broker."""

    partitions: int
    max_message_bytes: int
    replicas: int | None = None


class Line(msgspec.Struct, frozen=True):
    """One thing about one topic: what is there, what should be, what is done about it."""

    topic: str
    setting: str
    there: str | None
    wanted: str
    action: Action
    why: str = ""


class Plan(msgspec.Struct, frozen=True):
    """All lines, those with nothing to do among them."""

    lines: Sequence[Line]

    @property
    def differences(self) -> list[Line]:
        """What is not as it should be, or is more than asked for."""
        return [line for line in self.lines if line.there != line.wanted]

    @property
    def refused(self) -> list[str]:
        """Why nothing may be changed."""
        return [f"{line.topic}: {line.why}" for line in self.lines if line.action is Action.REFUSE]

    def of(self, action: Action) -> list[Line]:
        """The lines with this action."""
        return [line for line in self.lines if line.action is action]


def make_plan(specs: Iterable[TopicSpec], found: Mapping[str, Found], wishes: Wishes, tied: Sequence[str]) -> Plan:
    """Compare. `tied`: topics whose partitions must correspond; a key that moved in one is lost to the other."""
    lines: list[Line] = []
    counts = {found[name].partitions for name in tied if name in found}
    for spec in specs:
        there = found.get(spec.name)
        # A new topic of a pair is made like the one that is there, whatever the settings say.
        asked = replace(wishes, partitions=max(counts)) if spec.name in tied and counts and there is None else wishes
        lines += _new(spec, asked) if there is None else _existing(spec, there, asked, tied)
    if len(counts) > 1:
        have = ", ".join(f"{name} has {found[name].partitions}" for name in tied if name in found)
        why = f"{have} partitions; see {PROCEDURE}"
        lines.append(Line(tied[0], "partitions", None, "the same number", Action.REFUSE, why))
    return Plan(lines)


def _new(spec: TopicSpec, wishes: Wishes) -> Iterator[Line]:
    yield Line(spec.name, "partitions", None, str(wishes.partitions), Action.CREATE)
    yield Line(spec.name, "replicas", None, str(wishes.replicas or "the broker's default"), Action.CREATE)
    for setting in spec.settings(wishes.max_message_bytes, wishes.replicas):
        yield Line(spec.name, setting.name, None, setting.value, Action.CREATE)


def _existing(spec: TopicSpec, there: Found, wishes: Wishes, tied: Sequence[str]) -> Iterator[Line]:
    yield _partitions(spec, there.partitions, wishes.partitions, tied)
    yield _replicas(spec.name, there.replicas, wishes.replicas)
    if there.config is not None:
        for setting in spec.settings(wishes.max_message_bytes, there.replicas):
            yield _setting(spec.name, setting, there.config.get(setting.name))


def _partitions(spec: TopicSpec, there: int, wanted: int, tied: Sequence[str]) -> Line:
    def line(action: Action, why: str = "") -> Line:
        return Line(spec.name, "partitions", str(there), str(wanted), action, why)

    if there >= wanted:
        return line(Action.KEEP, "" if there == wanted else "a topic never shrinks")
    raising = f"raising {there} partitions to {wanted} would send keys to other partitions"
    if spec.name in tied:
        return line(Action.REFUSE, f"{raising}, away from their states; see {PROCEDURE}")
    if spec.compacted:
        return line(Action.REFUSE, f"{raising}, and leave their old values standing; see {PROCEDURE}")
    return line(Action.CHANGE)


def _replicas(topic: str, there: int, wanted: int | None) -> Line:
    if wanted is None or there >= wanted:
        return Line(topic, "replicas", str(there), str(wanted or there), Action.KEEP)
    why = f"{there} replicas; more are made with kafka-reassign-partitions, not here"
    return Line(topic, "replicas", str(there), str(wanted), Action.REFUSE, why)


def _setting(topic: str, setting: Setting, there: str | None) -> Line:
    if not setting.met_by(there):
        return Line(topic, setting.name, there, setting.value, Action.CHANGE)
    why = "" if there == setting.value else f"{setting.bound} {setting.value} is asked for"
    return Line(topic, setting.name, there, setting.value, Action.KEEP, why)
