"""Offsets: holes noticed and read again, commits only in order."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from hub.runtime.continuity import Continuity, Gap, Ledger
from hub.runtime.transport import split_by_size


@dataclass
class Rec:
    offset: int
    serialized_key_size: int = -1
    serialized_value_size: int = 10


def recs(*offsets: int) -> list[Rec]:
    return [Rec(offset) for offset in offsets]


def offsets(records) -> list[int]:
    return [r.offset for r in records]


@pytest.fixture
def gaps() -> list[Gap]:
    return []


def test_contiguous_records_pass_whole(gaps):
    continuity = Continuity(gaps.append)
    continuity.expect("t", 0, 5)
    assert continuity.split("t", 0, recs(5, 6, 7))[1] is None
    assert offsets(continuity.split("t", 0, recs(8, 9))[0]) == [8, 9]
    assert gaps == []


def test_a_hole_is_read_again_and_healed(gaps):
    continuity = Continuity(gaps.append)
    continuity.expect("t", 0, 0)
    whole, back = continuity.split("t", 0, recs(0, 1, 4, 5))
    assert (offsets(whole), back) == ([0, 1], 2)
    whole, back = continuity.split("t", 0, recs(2, 3, 4, 5))
    assert (offsets(whole), back) == ([2, 3, 4, 5], None)
    assert gaps == [Gap("t", 0, 2, 4, lost=False)]


def test_a_hole_that_stays_is_accepted_and_counted_lost(gaps):
    continuity = Continuity(gaps.append, rereads=2)
    continuity.expect("t", 0, 0)
    assert continuity.split("t", 0, recs(3)) == ([], 0)
    assert continuity.split("t", 0, recs(3)) == ([], 0)
    whole, back = continuity.split("t", 0, recs(3, 4))
    assert (offsets(whole), back) == ([3, 4], None)
    assert [gap.lost for gap in gaps] == [False, False, True]
    assert gaps[-1].missing == 3


def test_two_holes_in_one_poll_each_get_their_reread(gaps):
    continuity = Continuity(gaps.append)
    continuity.expect("t", 0, 0)
    assert offsets(continuity.split("t", 0, recs(0, 2, 5))[0]) == [0]
    whole, back = continuity.split("t", 0, recs(2, 5))  # the first hole stays
    assert (offsets(whole), back) == ([2], 3)
    assert offsets(continuity.split("t", 0, recs(3, 4, 5))[0]) == [3, 4, 5]
    assert [(g.expected, g.lost) for g in gaps] == [(1, False), (1, True), (3, False)]


def test_records_read_twice_are_dropped(gaps):
    continuity = Continuity(gaps.append)
    continuity.expect("t", 0, 7)
    assert offsets(continuity.split("t", 0, recs(5, 6, 7, 8))[0]) == [7, 8]
    assert continuity.split("t", 0, recs(7, 8)) == ([], None)
    assert gaps == []


def test_topics_with_holes_by_design_are_exempt(gaps):
    continuity = Continuity(gaps.append, exempt=frozenset({"compacted"}))
    continuity.expect("compacted", 0, 0)
    assert offsets(continuity.split("compacted", 0, recs(3, 9))[0]) == [3, 9]
    assert offsets(continuity.split("compacted", 0, recs(9, 12))[0]) == [12]
    assert gaps == []


def test_the_ledger_commits_only_what_is_acked_in_order():
    ledger = Ledger()
    for end in (10, 20, 30):
        ledger.hand_out("t", 0, end)
    assert ledger.committable("t", 0) is None
    assert ledger.ack("t", 0, 20)
    assert ledger.committable("t", 0) is None
    ledger.ack("t", 0, 10)
    assert ledger.committable("t", 0) == 20
    ledger.ack("t", 0, 30)
    assert ledger.committable("t", 0) == 30


def test_an_ack_from_before_a_rewind_counts_for_nothing():
    ledger = Ledger()
    ledger.hand_out("t", 0, 10)
    ledger.forget("t", 0)
    assert not ledger.ack("t", 0, 10)
    assert ledger.committable("t", 0) is None


def test_batches_are_cut_by_size_and_never_empty():
    parts = list(split_by_size([Rec(n, 2, size) for n, size in enumerate([10, 10, 100, 1, 1])], 30))
    assert [offsets(part) for part in parts] == [[0, 1], [2], [3, 4]]
