"""What is wrong with an answer, in the words its agency reads; the bounds; and what is kept of a right one."""

import pytest

from hub.domain.claim import Answer
from hub.domain.event import Code, Fault
from hub.domain.feedback import ACTORS, AUTHORITY, CLOSING, MAX_NOTE, RESULTS, WORKFLOW, read_feedback
from hub.domain.times import DAY_MS

NOW = 1_772_413_200_000
ID = "al-" + "0123456789abcdef" * 2
ANSWER = {"alert_id": ID, "agency": "HRSS", "result": "FIXED", "given_at": NOW}
PASSED_ON = {**ANSWER, "result": "NOT_MINE", "owner": "PSB"}


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({"alert_id": None}, [Fault(Code.MISSING, "alert_id")]),
        ({"agency": None}, [Fault(Code.MISSING, "agency")]),
        ({"result": None}, [Fault(Code.MISSING, "result")]),
        ({"given_at": None}, [Fault(Code.MISSING, "given_at")]),
        ({"alert_id": 7}, [Fault(Code.TYPE, "alert_id", "text")]),
        ({"agency": ["HRSS"]}, [Fault(Code.TYPE, "agency", "text")]),
        ({"result": True}, [Fault(Code.TYPE, "result", "text")]),
        ({"note": {}}, [Fault(Code.TYPE, "note", "text")]),
        ({"result": "NOT_MINE", "owner": 7}, [Fault(Code.TYPE, "owner", "text")]),
        ({"given_at": "2026-03-01"}, [Fault(Code.TYPE, "given_at", "a time")]),
        ({"given_at": True}, [Fault(Code.TYPE, "given_at", "a time")]),
        ({"given_at": -1}, [Fault(Code.RANGE, "given_at", "not in the future")]),
        ({"given_at": NOW + DAY_MS + 1}, [Fault(Code.RANGE, "given_at", "not in the future")]),
        ({"alert_id": ID[:-1]}, [Fault(Code.FORMAT, "alert_id")]),
        ({"alert_id": ID.upper()}, [Fault(Code.FORMAT, "alert_id")]),
        ({"agency": "TAX"}, [Fault(Code.UNKNOWN_CODE, "agency")]),
        ({"result": "fixed"}, [Fault(Code.UNKNOWN_CODE, "result")]),
        ({"note": "." * (MAX_NOTE + 1)}, [Fault(Code.TOO_LONG, "note", "more than 1000 characters")]),
        ({"colour": 1}, [Fault(Code.UNKNOWN_FIELD, "colour")]),
        ({"religion": 1, "colour": 1}, None),
        ({"result": "NOT_MINE"}, [Fault(Code.OWNER_REQUIRED, "owner", "NOT_MINE names the presumed owner")]),
        ({"owner": "PSB"}, [Fault(Code.OWNER_NOT_ALLOWED, "owner", "only with NOT_MINE")]),
        ({"result": "NOT_MINE", "owner": "TAX"}, [Fault(Code.UNKNOWN_CODE, "owner")]),
        ({"result": "NOT_MINE", "owner": AUTHORITY}, [Fault(Code.UNKNOWN_CODE, "owner")]),
        (
            {"result": "NOT_MINE", "owner": "HRSS"},
            [Fault(Code.OWNER_NOT_ALLOWED, "owner", "another agency than the one that answers")],
        ),
        (
            {"alert_id": None, "agency": "TAX", "result": "x", "given_at": None},
            [
                Fault(Code.MISSING, "alert_id"),
                Fault(Code.UNKNOWN_CODE, "agency"),
                Fault(Code.UNKNOWN_CODE, "result"),
                Fault(Code.MISSING, "given_at"),
            ],
        ),
    ],
)
def test_a_wrong_answer_is_told_what_is_wrong_with_it(changes, faults):
    """Code, place and words, each fault once, and all of them together."""
    found = read_feedback({**ANSWER, **changes}, NOW)
    if faults is None:  # unknown names in alphabetical order; of a forbidden one it is said that it is
        assert [(fault.code, fault.path) for fault in found] == [
            (Code.UNKNOWN_FIELD, "colour"),
            (Code.DENIED_FIELD, "religion"),
        ]
        assert found[1].detail.startswith("never collected: ")
    else:
        assert found == tuple(faults)


@pytest.mark.parametrize("name", ["王伟", "429801196003150017", "x" * 65, "东山大道12号", "信教的王伟", ""])
def test_the_name_of_an_unknown_field_is_not_repeated_where_it_may_be_somebodys_data(name):
    """Faults stand in quarantine and logs in the clear: what may be a person's name or number is told as `?` (I8)."""
    assert [fault.path for fault in read_feedback({**ANSWER, name: 1}, NOW)] == ["?"]


@pytest.mark.parametrize("given_at", [0, NOW, NOW + DAY_MS])
def test_a_clock_may_be_a_day_ahead(given_at):
    """And an answer as old as the epoch is an answer; what is kept is what was said, but for the note."""
    message = {**PASSED_ON, "given_at": given_at, "note": "." * MAX_NOTE}
    assert read_feedback(message, NOW) == Answer(ID, "HRSS", "NOT_MINE", given_at, owner="PSB")


@pytest.mark.parametrize("result", [*RESULTS, *WORKFLOW])
def test_every_result_is_taken_from_every_actor(result):
    """The authority answers like anybody else; an owner stands only where the case is passed on."""
    for agency in (*ACTORS, AUTHORITY):
        owner = next(actor for actor in ACTORS if actor != agency) if result == "NOT_MINE" else None
        message = {"alert_id": ID, "agency": agency, "result": result, "owner": owner, "given_at": NOW}
        assert read_feedback(message, NOW) == Answer(ID, agency, result, NOW, owner=owner)
    assert set(RESULTS) >= CLOSING
