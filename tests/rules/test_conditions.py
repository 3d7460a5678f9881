"""What staff read as a rule's condition: the first two paragraphs of its function's docstring, each on one line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from hub.rules import BY_ID
from hub.rules.base import Finding, Scene


def two_paragraphs(_: Scene) -> Iterator[Finding]:
    """A lease has begun,
    and there is no record
    of a registration.

    已租住，没有居住登记。
    """
    yield from ()


def one_paragraph(_: Scene) -> Iterator[Finding]:
    """A lease has begun."""
    yield from ()


def undocumented(_: Scene) -> Iterator[Finding]:
    yield from ()


@pytest.mark.parametrize(
    ("find", "english", "chinese"),
    [
        (
            two_paragraphs,
            "A lease has begun, and there is no record of a registration.",
            "已租住，没有居住登记。",
        ),
        (one_paragraph, "A lease has begun.", ""),
        (undocumented, "", ""),
    ],
)
def test_a_condition_is_one_line_in_each_language_that_it_is_written_in(
    find: Callable[[Scene], Iterator[Finding]], english: str, chinese: str
) -> None:
    """However its docstring is broken into lines; empty where nobody wrote one, or where Python was told to drop it."""
    rule = replace(BY_ID["RE-01"], find=find)
    assert (rule.sentence, rule.sentence_zh) == (english, chinese)
