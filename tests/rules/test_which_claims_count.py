"""Which claims count for a subject: what was beaten, taken back or moved, as far as one looks; under every number."""

from __future__ import annotations

from itertools import pairwise, permutations

import pytest

from hub.domain.claim import Claim, SubjectState
from hub.domain.keys import Keyring
from hub.domain.times import parse_rfc3339
from hub.fold.standing import Horizon, Standing, merged, resolved, standing, told_of
from hub.rules.examples import events_in
from tests.builders import ric
from tests.journeys.office import Office

WANG = "429801196003150017"
OTHER, THIRD = ric("19600315", 3), ric("19600315", 5)


def resident(number: str) -> str:
    return Keyring().subject("resident", "RIC", number)


def told(story: str, key: str = resident(WANG)) -> SubjectState:
    """What a subject holds when a story has been told."""
    office = Office(*events_in(story), rules=[])
    (state,) = (state for state in office.hub.states() if isinstance(state, SubjectState) and state.key == key)
    return state


def the_lease(story: str) -> Standing:
    """What counts for the lease of a story."""
    office = Office(*events_in(story), rules=[])
    (state,) = (state for state in office.hub.states() if isinstance(state, SubjectState) and state.kind == "lease")
    return standing(state)


def lines_of(claims: list[Claim]) -> list[int]:
    """The lines of the story that these claims are."""
    return [int(claim.event_id[-4:]) for claim in claims]


def corrected(year: int, old: str, new: str, name: str = "王伟") -> str:
    return f"{year}-01-10 psb.item_corrected {name} subject.id_no={old} item=ID_NO old_value={old} new_value={new}"


# --- beaten, taken back, moved ----------------------------------------------------------------------------------------

JANUARY = parse_rfc3339("2026-01-31T00:00:00+08:00")
FIRST = "2026-01-05 hrss.eligibility_verified 王伟 source_record_id=V-1\n"


@pytest.mark.parametrize(
    ("then", "today", "in_january"),
    [
        ("", [1], [1]),
        # A second content under the same sequence number: it never was his, not even before that came out.
        ("2026-02-05 hrss.eligibility_verified 李强 source_record_id=V-1", [], []),
        # Corrected to another person, cancelled: until then it counted.
        ("2026-02-05 hrss.eligibility_verified 李强 op=CORRECT of=#1", [], [1]),
        ("2026-02-05 hrss.eligibility_verified 王伟 op=CANCEL of=#1", [], [1]),
        # Moved on: it counts for its time.
        ("2026-02-05 hrss.eligibility_verified 李强 op=UPDATE of=#1", [1], [1]),
    ],
)
def test_what_is_taken_back_counted_until_then_and_what_is_beaten_never_did(
    then: str, today: list[int], in_january: list[int]
) -> None:
    """Looking back one sees what agencies had recorded, or published, by then."""
    state = told(FIRST + then)
    assert lines_of(standing(state).own) == today
    for horizon in (Horizon(record=JANUARY), Horizon(publish=JANUARY)):
        assert lines_of(standing(state, horizon).own) == in_january


def test_a_cancellation_that_was_beaten_takes_nothing_back() -> None:
    """Its place in the record is another act's, recorded later, which moved the record on."""
    found = standing(
        told(
            FIRST + "2026-02-05 hrss.eligibility_verified 王伟 op=CANCEL of=#1\n"
            "2026-02-06 hrss.eligibility_verified 李强 op=UPDATE of=#1"
        )
    )
    assert lines_of(found.own) == [1]
    assert [int(event_id[-4:]) for event_id in found.moved] == [1]


@pytest.mark.parametrize(
    ("then", "moved"), [("", [1]), ("2026-03-05 hrss.eligibility_verified 李强 op=CANCEL of=#2", [])]
)
def test_a_record_has_moved_on_unless_the_move_was_taken_back(then: str, moved: list[int]) -> None:
    """What was said of him at first counts either way."""
    found = standing(told(FIRST + "2026-02-05 hrss.eligibility_verified 李强 op=UPDATE of=#1\n" + then))
    assert [int(event_id[-4:]) for event_id in found.moved] == moved
    assert lines_of(found.own) == [1]


def test_what_was_taken_back_is_remembered_and_not_how() -> None:
    """Of a funeral that was cancelled, and of its cancellation that was cancelled, the funeral had been said."""
    found = standing(
        told("""
        2020-04-01 hrss.pension_granted 王伟
        2026-03-02 mca.deceased_handled 王伟
        2026-03-05 mca.deceased_handled 王伟 op=CANCEL of=#2
        2026-03-06 mca.deceased_handled 王伟 op=CANCEL of=#3
        """)
    )
    assert lines_of(found.own) == [1]
    assert lines_of(found.retracted) == [2]


# --- one person, several numbers --------------------------------------------------------------------------------------


def test_what_came_over_once_is_told_once() -> None:
    """As it was said: neither twice, nor with a name too many."""
    (pension,) = told("2020-04-01 hrss.pension_granted 王伟").claims.values()
    assert merged([], [pension]) == [pension]
    assert merged([pension], []) == [pension]


def test_a_correction_is_told_by_the_number_that_is() -> None:
    """Both numbers have a copy of it; in whatever order they are read, the new one's stays, as it is."""
    story = corrected(2024, WANG, OTHER)
    copies = [*told(story).claims.values(), *told(story, resident(OTHER)).claims.values()]
    (newer,) = told(story, resident(OTHER)).claims.values()
    for order in permutations(copies):
        assert merged(order[:1], order[1:]) == [newer]
        assert merged([], order) == [newer]


def test_an_event_that_names_both_numbers_says_both_names() -> None:
    """And what it says of its subject is kept, whichever of the numbers that was."""
    story = f"2021-01-10 psb.household_restructured 王伟 subject.id_no={OTHER} members=王伟 to_household_no=HK-9"
    (as_member,), (as_subject,) = (told(story, resident(number)).claims.values() for number in (WANG, OTHER))
    for own, came_over in ((as_member, as_subject), (as_subject, as_member)):
        (both,) = merged([own], [came_over])
        assert {(named.role, named.id_no) for named in both.named} == {("member", WANG), ("subject", OTHER)}
        assert both.golden == {"household_no": "HK-9"}


def test_the_last_word_on_where_a_person_goes_on_counts() -> None:
    """Corrected to one number, to another, and to the first again."""
    story = "\n".join(corrected(2021 + n, WANG, new) for n, new in enumerate((OTHER, THIRD, OTHER)))
    assert standing(told(story)).renumbered_to == resident(OTHER)
    assert standing(told(story, resident(OTHER))).former == (resident(WANG),)
    assert standing(told(story, resident(THIRD))).former == ()


@pytest.mark.parametrize("numbers", list(permutations([WANG, OTHER, THIRD])))
def test_a_circle_of_numbers_ends_at_the_one_given_last(numbers: tuple[str, ...]) -> None:
    """The others lead on, each to its next, and all that they say comes over."""
    keys = [resident(number) for number in numbers]
    years = pairwise((*numbers, numbers[0]))
    story = "\n".join(corrected(2021 + n, old, new) for n, (old, new) in enumerate(years))
    found = [standing(told(story, key)) for key in keys]
    assert [each.renumbered_to for each in found] == [None, keys[2], keys[0]]
    assert set(found[0].former) == {*keys[1:]}


@pytest.mark.parametrize("numbers", list(permutations([WANG, OTHER])))
def test_a_number_given_back_is_the_number_that_is(numbers: tuple[str, ...]) -> None:
    """There and back again."""
    story = f"{corrected(2021, *numbers)}\n{corrected(2022, *numbers[::-1])}"
    first, second = (standing(told(story, resident(number))) for number in numbers)
    assert (first.renumbered_to, second.renumbered_to) == (None, resident(numbers[0]))
    assert (first.former, second.former) == ((resident(numbers[1]),), ())


def test_only_a_corrected_number_leads_on() -> None:
    """A corrected name leads nowhere, whatever else it says."""
    story = f"2021-01-10 psb.item_corrected 王伟 item=NAME old_value=王纬 new_value=王伟 id_no_new={OTHER}"
    found = standing(told(story))
    assert (found.renumbered_to, found.former) == (None, ())


def test_who_dies_under_a_new_number_is_told_of_to_a_lease_that_knows_the_old_one() -> None:
    """Under the newest number known, through however many corrections."""
    found = the_lease(f"""
        2020-01-01 hmd.private_lease_filed 张强 lessor=王伟
        {corrected(2021, WANG, OTHER)}
        {corrected(2022, OTHER, THIRD)}
        2026-03-02 psb.death_registered 王伟 subject.id_no={THIRD}
        """)
    present, heard = told_of(found, resident(WANG))
    assert present == resident(THIRD)
    assert [claim.event_type for claim in heard] == ["psb.death_registered"]


@pytest.mark.parametrize(("corrections", "is_known"), [(0, True), (7, True), (8, False)])
def test_a_number_corrected_more_than_a_few_times_says_nothing(corrections: int, is_known: bool) -> None:
    """Seven corrections are followed to the present number; whose number was corrected oftener is not judged."""
    numbers = [WANG, *(ric("19600315", 3 + 2 * n) for n in range(corrections))]
    steps = (corrected(2011 + n, old, new) for n, (old, new) in enumerate(pairwise(numbers)))
    story = "\n".join(["2010-01-01 mca.aid_granted 王伟", *steps])
    office = Office(*events_in(story), rules=[])
    (aid,) = (state for state in office.hub.states() if isinstance(state, SubjectState) and state.kind == "aid")
    assert resolved(standing(aid), resident(WANG)) == (resident(numbers[-1]) if is_known else None)


# --- since when -------------------------------------------------------------------------------------------------------


def opened(story: str) -> list[str]:
    """Since when the alerts stand that a pension goes on after a death."""
    office = Office(*events_in(story), rules=["LE-01"])
    return [a["opened_at"][:10] for a in office.alerts() if a["status"] != "CLOSED"]


PENSION = "2020-04-01 hrss.pension_granted 王伟 source_record_id=P-1"
NOT_HIS = "2020-05-01 hrss.pension_granted 李强 source_record_id=P-1"  # another content in the same place of the record
HIS_OWN = "2025-09-01 hrss.pension_granted 王伟"


def funeral(number: str = WANG) -> str:
    return f"2025-03-03 mca.deceased_handled 王伟 subject.id_no={number} death_date=2025-03-01"


@pytest.mark.parametrize(
    ("story", "since"),
    [
        # Under the number he bore at first, before police corrected it.
        ([PENSION, funeral(), corrected(2026, WANG, OTHER)], "2025-03-03"),
        ([PENSION, NOT_HIS, funeral(), HIS_OWN, corrected(2026, WANG, OTHER)], "2025-09-01"),
        # Under a number that police gave him and took back.
        ([PENSION, corrected(2024, WANG, OTHER), funeral(OTHER), corrected(2026, OTHER, WANG)], "2025-03-03"),
        (
            [PENSION, NOT_HIS, corrected(2024, WANG, OTHER), funeral(OTHER), HIS_OWN, corrected(2026, OTHER, WANG)],
            "2025-09-01",
        ),
    ],
)
def test_a_case_goes_on_when_a_number_is_corrected(story: list[str], since: str) -> None:
    """It stands since the day on which it came true under the number of that time; another's pension is none of his."""
    assert opened("\n".join(story)) == [since]
