"""A short lane of the fuzzer; the long one is `python -m tests.fuzz`. And proof that its oracle sees what it must."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from hub.domain.event import Code, Fault
from hub.schema import checks
from tests.fuzz import seeds
from tests.fuzz.engine import Engine
from tests.fuzz.oracle import NAMES, NUMBERS, Broken, check_faults, leaks
from tests.fuzz.targets import TARGETS, Target, target

INPUTS = {"decode": 2000, "validate": 1200, "connectors": 1000, "feedback": 2500}


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_no_input_breaks_anything_or_gets_anything_out(name):
    """Thousands of changed inputs: a value or faults, in time, and no word of a person in faults or logs."""
    found = Engine(target(name), seed=7).run(INPUTS[name])
    assert found.broken == []
    assert found.inputs == INPUTS[name]


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_changed_inputs_go_in_deep(name):
    """Some are accepted, and the others fail in many ways: otherwise the fuzzer only knocks at the door."""
    found = Engine(target(name), seed=8).run(700)
    assert found.accepted >= 20
    assert len(found.shapes) >= 15


def test_the_same_seed_makes_the_same_inputs():
    """A broken input can be made again."""
    shapes = [Engine(target("validate"), seed=3).run(300).shapes for _ in range(2)]
    assert shapes[0] == shapes[1]


def test_every_seed_is_about_canaries_alone():
    """Every person in a seed is one whose traces the oracle knows."""
    people = [obj["subject"] for obj in seeds.events() if obj.get("subject") and obj["subject"]["id_type"] == "RIC"]
    assert len(people) > 20
    assert all(person["name"] in NAMES and person["id_no"] in NUMBERS for person in people)


def broken_by(monkeypatch: pytest.MonkeyPatch, read: Any) -> list[str]:
    """What the engine says of a reader with a fault of its own."""
    real = target("validate")
    planted = Target(real.name, real.seeds, real.change, read, real.saved)
    return Engine(planted, seed=1, most_broken=1).run(400).broken


@pytest.mark.parametrize(
    "tells",
    [
        lambda given: check_faults([Fault(Code.FORMAT, "subject.name", str(given))]),
        lambda given: check_faults([Fault(Code.UNKNOWN_FIELD, str(given))]),
        lambda given: check_faults([Fault("OUCH", "x")]),
        lambda given: check_faults([]),
        lambda given: given["payload"]["no such field"],
        lambda given: logging.getLogger("hub.x").debug("cannot read %r", given),
    ],
    ids=["value in a detail", "value in a path", "unknown code", "no reason", "an exception", "the log"],
)
def test_the_oracle_sees_planted_faults(monkeypatch, tells):
    """A reader that tells what it found, falls over, or refuses without a reason does not get away with it."""

    def read(given: Any) -> tuple[str, ...]:
        tells(given)
        return ("ok",)

    assert len(broken_by(monkeypatch, read)) == 1


def test_the_fuzzer_notices_when_names_of_unknown_fields_are_repeated(monkeypatch):
    """The bug it found in answers (an unknown field's name in a fault), planted for events."""
    monkeypatch.setattr(checks, "shown", str)
    assert Engine(target("validate"), seed=1, most_broken=1).run(3000).broken


def test_what_is_left_of_a_canary_is_still_one():
    """A name cut in half or a number without its ends is noticed, an empty fault is not."""
    assert leaks("x卡娜丽x")
    assert leaks(NUMBERS[0][6:14])
    assert not leaks("payload.members[0].person.id_no")
    with pytest.raises(Broken):
        check_faults([Fault(Code.TYPE, "a" * 500)])
