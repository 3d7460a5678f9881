"""Claims, and the growing sets of them that are the hub's whole memory.

A subject's state only ever grows: claims, beaten claims, notices and relays are sets under a fixed winner rule, so two
workers that saw the same messages in any order, with any duplicates, hold the same state (architecture 1).

`gc=False`: read by the hundred thousand, and they hold text and numbers alone: no cycle for the collector to look for.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Kind = Literal[
    "resident", "unit", "aid", "rental", "lease", "household", "children", "address", "record", "event", "alert"
]
GROUP_KINDS: tuple[Kind, ...] = ("aid", "rental", "lease", "household", "children", "address")
# What a resident hears beside their own and their groups' acts: a spouse's, and those of a number that an agency's
# record moved away from. Neither is ever taken for one's own.
Channel = Literal["spouse", "twin"]
PlayOrder = tuple[str, int, int, str, str, str]


class Named(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """How an event names this very resident: the role, and identity exactly as the agency sent it."""

    role: str
    id_type: str
    id_no: str
    name: str
    sex: str | None = None
    birth_date: str | None = None
    id_codes: tuple[str, ...] = ()  # what check_identifier found wrong with the number, seen at record_time
    kept: dict[str, Any] = {}  # what the event says of this person beside the identity: relation, work capacity
    subject: bool = False  # the event is about this person, not merely naming them


class Link(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Another subject that the same event names."""

    role: str
    key: str
    kind: Kind
    kept: dict[str, Any] = {}


class Claim(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One act of one agency, as far as it concerns one subject."""

    agency: str
    record_id: str
    seq: int
    event_id: str
    event_type: str
    op: str
    business_time: str
    record_time: int
    publish_time: int
    region: str
    entry: str
    supersedes: str | None = None
    sub_source: str | None = None
    named: tuple[Named, ...] = ()
    links: tuple[Link, ...] = ()
    facts: dict[str, Any] = {}
    golden: dict[str, Any] = {}

    @property
    def identity(self) -> str:
        """A source says one thing under one (agency, record, sequence number)."""
        return f"{self.agency}|{self.record_id}|{self.seq}"

    @property
    def precedence(self) -> tuple[int, str]:
        """Which of two contents under one identity stands: the later recorded, then the higher event id."""
        return (self.record_time, self.event_id)

    @property
    def play_order(self) -> PlayOrder:
        """The order in which a register entry's acts are played. Two records differ in it, even under one event id."""
        return play_order(self)

    @property
    def takes_back(self) -> bool:
        return self.op in ("CORRECT", "CANCEL") and self.supersedes is not None


class Notice(msgspec.Struct, frozen=True, order=True, gc=False):
    """Word from a source record's ledger to a subject that a later act of the record did not name.

    `how`: SUPERSEDED or BEATEN: the act never counted; MOVED: it counted for its time, the record lives on elsewhere.
    """

    agency: str
    event_id: str
    by: str
    how: str
    record_time: int
    publish_time: int
    to: str = ""  # MOVED from one resident to one other: that resident


class Relay(msgspec.Struct, frozen=True, gc=False):
    """What one subject tells a neighbour: its relevant claims. A higher version replaces a lower one.

    The version is the number of things the source ever took in: it only grows, and ends equal in every order.
    """

    source: str
    source_kind: Kind | Channel
    version: int
    claims: tuple[Claim, ...]
    notices: tuple[Notice, ...] = ()
    renamed_to: str | None = None  # the resident goes on under another number; ask that subject
    stranger: bool = False  # number and name do not agree where the neighbour names this resident: not to be judged


class Act(msgspec.Struct, frozen=True, gc=False):
    """An event as its source record's ledger and its own pointer see it: who was named, what was taken back."""

    agency: str
    event_type: str
    op: str
    record_key: str
    seq: int
    event_id: str
    supersedes: str | None
    record_time: int
    publish_time: int
    digest: str
    subjects: tuple[tuple[str, Kind], ...]
    pointer: str | None = None  # the pointer of the event it takes back
    beaten: bool = False  # another content under its key won: it takes nothing back

    @property
    def precedence(self) -> tuple[int, str]:
        return (self.record_time, self.event_id)


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an agency said to one alert. Its free text is not kept: only the feedback topic holds it."""

    alert_id: str
    agency: str
    result: str
    given_at: int
    owner: str | None = None  # with NOT_MINE: whose it is
    fingerprint: str = ""  # whose case the alert is; known once the answer has come to its subject
    refused: tuple[str, ...] = ()  # fault codes; a refused answer never counts, but is told from a new one

    @property
    def identity(self) -> str:
        """The same answer again is a duplicate."""
        return f"{self.alert_id}|{self.given_at}|{self.agency}|{self.result}|{self.owner or ''}"

    @property
    def play_order(self) -> tuple[int, str, str, str]:
        return (self.given_at, self.agency, self.result, self.owner or "")


class Slip(msgspec.Struct, frozen=True, omit_defaults=True):
    """An answer on its way to the alert's subject, with what a refusal must be able to say of it."""

    answer: Answer
    key: str  # where it stood: topic-partition-offset
    topic: str
    partition: int
    offset: int
    received_at: int
    sealed: bytes = b""  # the whole message, readable for the secret's holder alone
    size: int = 0


class Home(msgspec.Struct, frozen=True):
    """Which subject holds an alert."""

    subject: str
    kind: Kind


class Parcel(msgspec.Struct, frozen=True, omit_defaults=True):
    """One message to one subject on `hub.claims.v1`. Exactly one of the contents is set."""

    subject: str
    kind: Kind
    cause: str  # the event that set it off
    at: int  # publish_time of that event
    claim: Claim | None = None
    relay: Relay | None = None
    notice: Notice | None = None
    act: Act | None = None  # to a ledger: this event is of your record / to a pointer: this event is yours
    taken_back_by: Act | None = None  # to a pointer, and on to the ledger: your event is superseded by this one
    taken_back: str | None = None  # which event
    home: Home | None = None  # to an alert's pointer: this subject holds the alert
    slip: Slip | None = None  # to an alert's pointer, and on to the subject: somebody answers


class AlertState(msgspec.Struct, omit_defaults=True):
    """Where one case of one fingerprint stands. Lives in its subject's state."""

    fingerprint: str
    rule_id: str
    case: int
    alert_id: str
    status: str
    opened_at: int
    due_at: int | None = None
    closed_at: int | None = None
    close_reason: str | None = None
    closing_event_id: str | None = None
    frozen_by: str | None = None
    resident_id: str | None = None
    acting_agency: str = ""
    cc: tuple[str, ...] = ()
    show: dict[str, Any] = {}
    evidence: tuple[str, ...] = ()
    policy: dict[str, Any] = {}
    shadow: bool = False  # its rule is on trial: evaluated and counted, shown only where asked for
    overdue: bool = False
    answer: Answer | None = None  # the last one that counts
    muted_until: int | None = None  # closed by an answer: the same finding rests so long


class SubjectState(msgspec.Struct, omit_defaults=True):
    """Everything the hub remembers of a resident, a unit or a group."""

    key: str
    kind: Kind
    claims: dict[str, Claim] = {}
    beaten: dict[str, Claim] = {}  # by event id: contents that lost their identity to another. They never count
    notices: dict[str, Notice] = {}
    relays: dict[str, Relay] = {}
    crowded: bool = False  # too many people to be heard one by one: relays are not kept, now or ever after
    told: dict[str, str] = {}  # neighbour and channel -> digest of what it was last told, so that nothing is told twice
    answers: dict[str, Answer] = {}  # what agencies said to its alerts; only grows
    alerts: dict[str, AlertState] = {}  # fingerprint -> newest case
    closed: list[AlertState] = []  # earlier cases of fingerprints that opened again after more than the re-open window
    wake: int | None = None  # when time alone may change something
    now: int = 0  # the latest moment this subject was judged at


class LedgerState(msgspec.Struct, omit_defaults=True):
    """A source record's ledger (`record`), or the pointer from an event id to it (`event`)."""

    key: str
    kind: Kind
    acts: dict[str, Act] = {}  # event id -> act
    digests: list[str] = []  # contents seen, to tell a duplicate from a second content
    taken_back: dict[str, dict[str, Act]] = {}  # event id -> superseding event id -> act


class PointerState(msgspec.Struct, omit_defaults=True):
    """Where an alert lives: its id is a keyed hash, and nobody can tell from it whose it is."""

    key: str
    kind: Kind
    home: Home | None = None


State = SubjectState | LedgerState | PointerState


def play_order(claim: Claim) -> PlayOrder:
    return (claim.business_time, claim.record_time, claim.seq, claim.event_id, claim.agency, claim.record_id)
