"""What agencies may answer to an alert, and the checks an answer must pass before anybody looks at the alert.

The closed list of results is domain 4's, with the words of the work flow beside it (domain 1.1). An answer is checked
twice: here for what it is, and where the alert is held for whether it may be given now (`hub.pipeline.answers`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from hub.domain.claim import Answer
from hub.domain.deny_list import denied, shown
from hub.domain.event import Code, Fault
from hub.domain.times import DAY_MS

# Who can be made to act by an alert (domain 4), and so be named as its presumed owner.
ACTORS = ("PSB", "MCA", "HRSS", "HMD", "MSI", "COMMUNITY_STATION", "RESIDENT_SERVICE")
# The government-data authority mediates what agencies dispute (Decree 809 Art. 26; domain 1.1).
AUTHORITY = "AUTHORITY"
RESULTS = (
    "FIXED",
    "CONFIRMED_OK",
    "DECLINED",
    "ELSEWHERE",
    "NOT_ELIGIBLE",
    "NOT_SAME",
    "NOT_MINE",
    "DUPLICATE",
    "NEED_INFO",
)
WORKFLOW = ("NOTIFIED", "ACKED", "DISPUTED")
# These end the case: the agency has looked, and nothing is left to do. The same finding then rests.
CLOSING = frozenset({"CONFIRMED_OK", "DECLINED", "ELSEWHERE", "NOT_ELIGIBLE", "NOT_SAME", "DUPLICATE"})
MAX_NOTE = 1000  # characters
_FIELDS = frozenset({"alert_id", "agency", "result", "owner", "note", "given_at"})
_ALERT_ID = re.compile(r"al-[0-9a-f]{32}")
_CLOCKS_APART_MS = DAY_MS  # an agency's clock may be wrong; a date in another year is a mistake


def read_feedback(message: Mapping[str, object], now: int) -> Answer | tuple[Fault, ...]:
    """The answer a message gives, or everything that is wrong with it. `given_at` in ms since the epoch.

    The free text (`note`) may hold personal data: it is checked and left behind.
    """
    faults = (*_unknown(message), *_wrong_texts(message), *_wrong_owner(message), *_wrong_time(message, now))
    if faults:
        return faults
    owner = message.get("owner")
    return Answer(
        alert_id=str(message["alert_id"]),
        agency=str(message["agency"]),
        result=str(message["result"]),
        given_at=int(str(message["given_at"])),
        owner=None if owner is None else str(owner),
    )


def is_alert_id(text: str) -> bool:
    """Whether the hub could have made this id."""
    return _ALERT_ID.fullmatch(text) is not None


def _unknown(message: Mapping[str, object]) -> Iterator[Fault]:
    for name in sorted(set(message) - _FIELDS):
        category = denied(name)
        if category is None:
            yield Fault(Code.UNKNOWN_FIELD, shown(name))
        else:
            yield Fault(Code.DENIED_FIELD, shown(name), f"never collected: {category}")


def _wrong_texts(message: Mapping[str, object]) -> Iterator[Fault]:
    for name in ("alert_id", "agency", "result"):
        if message.get(name) is None:
            yield Fault(Code.MISSING, name)
    for name in ("alert_id", "agency", "result", "owner", "note"):
        if not isinstance(message.get(name), str | None):
            yield Fault(Code.TYPE, name, "text")
    alert_id, agency, result, note = (message.get(name) for name in ("alert_id", "agency", "result", "note"))
    if isinstance(alert_id, str) and not is_alert_id(alert_id):
        yield Fault(Code.FORMAT, "alert_id")
    if isinstance(agency, str) and agency not in (*ACTORS, AUTHORITY):
        yield Fault(Code.UNKNOWN_CODE, "agency")
    if isinstance(result, str) and result not in (*RESULTS, *WORKFLOW):
        yield Fault(Code.UNKNOWN_CODE, "result")
    if isinstance(note, str) and len(note) > MAX_NOTE:
        yield Fault(Code.TOO_LONG, "note", f"more than {MAX_NOTE} characters")


def _wrong_owner(message: Mapping[str, object]) -> Iterator[Fault]:
    owner, result = message.get("owner"), message.get("result")
    if owner is None:
        if result == "NOT_MINE":
            yield Fault(Code.OWNER_REQUIRED, "owner", "NOT_MINE names the presumed owner")
    elif result != "NOT_MINE":
        yield Fault(Code.OWNER_NOT_ALLOWED, "owner", "only with NOT_MINE")
    elif isinstance(owner, str) and owner not in ACTORS:
        yield Fault(Code.UNKNOWN_CODE, "owner")
    elif owner == message.get("agency"):
        yield Fault(Code.OWNER_NOT_ALLOWED, "owner", "another agency than the one that answers")


def _wrong_time(message: Mapping[str, object], now: int) -> Iterator[Fault]:
    given_at = message.get("given_at")
    if given_at is None:
        yield Fault(Code.MISSING, "given_at")
    elif not isinstance(given_at, int) or isinstance(given_at, bool):
        yield Fault(Code.TYPE, "given_at", "a time")
    elif not 0 <= given_at <= now + _CLOCKS_APART_MS:
        yield Fault(Code.RANGE, "given_at", "not in the future")
