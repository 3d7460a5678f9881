"""The shapes of contract 4 and 5 for OpenAPI. They describe; documents are built by hub.pipeline.publish, not here.

Answers never pass through these models: their validation errors would quote what they hold.
Every person in the examples is fictional: 4298 is no real place.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Agency = Literal["PSB", "MCA", "HRSS", "HMD", "MSI", "COMMUNITY_STATION", "RESIDENT_SERVICE"]
Answerer = Literal["PSB", "MCA", "HRSS", "HMD", "MSI", "COMMUNITY_STATION", "RESIDENT_SERVICE", "AUTHORITY"]
Result = Literal[
    "FIXED", "CONFIRMED_OK", "DECLINED", "ELSEWHERE", "NOT_ELIGIBLE", "NOT_SAME", "NOT_MINE", "DUPLICATE", "NEED_INFO",
    "NOTIFIED", "ACKED", "DISPUTED",
]  # fmt: skip
Purpose = Literal["P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8"]
Status = Literal[
    "OPEN", "NOTIFIED", "ACKED", "CORRECTED", "CONFIRMED_OK", "NOT_MINE", "NEED_INFO", "DISPUTED", "FROZEN", "CLOSED"
]
RESIDENT_ID = r"^r-[0-9a-f]{32}$"
ALERT_ID = r"^al-[0-9a-f]{32}$"
MAX_LIMIT = 500

EVENT_EXAMPLE: dict[str, Any] = {
    "event_id": "019a8c1e-7f00-7000-8000-000000000001",
    "event_type": "mca.deceased_handled",
    "schema_version": 1,
    "source_agency": "MCA",
    "sub_source": None,
    "source_org": "11429801000000115C",
    "catalogue_item": "MCA-FUN-001",
    "source_record_id": "FH-2026-00017",
    "source_seq": 1,
    "op": "CREATE",
    "supersedes": None,
    "business_time": "2026-03-01",
    "record_time": "2026-03-02T09:00:00+08:00",
    "publish_time": "2026-03-02T09:00:05+08:00",
    "region_code": "429801",
    "legal_basis": "社会保险经办条例 第8条",
    "subject": {
        "id_type": "RIC",
        "id_no": "429801196003150017",
        "name": "王伟",
        "sex": "1",
        "birth_date": "1960-03-15",
    },
    "payload": {
        "handled_kind": "CREMATION",
        "handled_date": "2026-03-03",
        "death_date": "2026-03-01",
        "death_cert_no": None,
        "facility_org": "12429801MB00000195",
        "applicant": None,
        "applicant_relation": None,
    },
}


class ReadQuery(BaseModel):
    """What every read may tell in its query; the headers X-Hub-Purpose and X-Hub-Legal-Basis do the same."""

    model_config = ConfigDict(extra="forbid")

    purpose: Purpose | None = Field(None, description="Purpose of the read (domain 5.2).")
    legal_basis: str | None = Field(None, max_length=200, description="Law and article the read stands on.")


class AlertQuery(ReadQuery):
    """Filters of the alert list; together they narrow it. Without `status`, alerts of every status are listed."""

    agency: Agency | None = Field(None, description="Agency that has to act.")
    rule: str | None = Field(None, pattern=r"^[A-Z]{2}-[0-9]{2}$", description="Rule id, such as LE-01.")
    status: list[Status] = Field([], description="Status; may be given several times. Not given: all, CLOSED too.")
    due_before: str | None = Field(
        None,
        max_length=35,
        description="Only alerts due before this moment (RFC 3339 with an offset) or date (Asia/Shanghai).",
    )
    resident_id: str | None = Field(None, pattern=RESIDENT_ID, description="Alerts about one resident.")
    overdue: bool | None = Field(None, description="Only alerts that stand after their deadline, or only the others.")
    shadow: bool = Field(False, description="Alerts of rules on trial too; they are left out otherwise.")
    limit: int = Field(100, ge=1, le=MAX_LIMIT, description="Most alerts on a page.")
    cursor: str | None = Field(None, max_length=100, description="`next_cursor` of the page before.")


class Text(BaseModel):
    zh: str
    en: str


class Answer(BaseModel):
    """The last answer that counts."""

    result: Result
    agency: Answerer
    owner: Agency | None
    given_at: str


class Alert(BaseModel):
    """The present state of one alert. `show` holds what its rule may show, and nothing else."""

    alert_id: str = Field(examples=["al-0f1e2d3c4b5a69788796a5b4c3d2e1f0"])
    rule_id: str = Field(examples=["LE-01"])
    rule_version: int
    kind: Literal["CORRECTION", "VERIFY", "SERVICE"]
    severity: Literal["S1", "S2", "S3", "S4"]
    status: Status
    acting_agency: str
    cc: list[str]
    subject_key: str
    resident_id: str | None
    fingerprint: str
    opened_at: str
    due_at: str | None
    closed_at: str | None
    close_reason: str | None
    closing_event_id: str | None
    frozen_by: str | None
    shadow: bool
    show: dict[str, Any]
    evidence: list[str]
    policy: dict[str, Any]
    title: Text
    todo: Text
    basis: str
    overdue: bool
    answer: Answer | None
    muted_until: str | None


class Alerts(BaseModel):
    """A page of alerts in the order of (opened_at, alert_id)."""

    items: list[Alert]
    next_cursor: str | None


class Feedback(BaseModel):
    """An agency's answer to an alert. What it writes in `note` stays on the feedback topic."""

    model_config = ConfigDict(extra="forbid")

    agency: Answerer = Field(description="Who answers: the acting agency; AUTHORITY where it mediates.")
    result: Result = Field(description="Result code; NOTIFIED, ACKED and DISPUTED are words of the work flow.")
    owner: Agency | None = Field(None, description="With NOT_MINE and only then: the presumed owner.")
    note: str | None = Field(None, max_length=1000, description="Free text; personal data (C2), kept sealed.")


class FeedbackTaken(BaseModel):
    """The answer as it lies on `hub.alert-feedback.v1`, without its note."""

    alert_id: str
    agency: Answerer
    result: Result
    owner: Agency | None
    given_at: str


class RuleScore(BaseModel):
    """What agencies answered to one rule's alerts. `precision` = FIXED / (FIXED + CONFIRMED_OK + NOT_SAME)."""

    rule_id: str
    rule_version: int
    kind: Literal["CORRECTION", "VERIFY", "SERVICE"]
    results: dict[str, int]
    cases: int = Field(description="Closed cases that precision speaks of: the latest ones.")
    precision: float | None
    shadow: bool = Field(description="On trial: new alerts are marked and left out of lists.")


class RuleScores(BaseModel):
    """Rules of which an alert was ever closed with an answer."""

    items: list[RuleScore]


class Identifier(BaseModel):
    id_type: str
    id_no: str
    valid_from: str | None
    valid_to: str | None
    source: str


class GoldenValue(BaseModel):
    """One value with where it comes from."""

    value: Any
    source: str
    business_time: str
    record_time: str
    event_id: str
    status: str


class SourceRecord(BaseModel):
    agency: str
    source_record_id: str
    event_type: str
    source_seq: int


class Resident(BaseModel):
    """The shared record of a resident: golden values with provenance, no raw claims."""

    resident_id: str = Field(examples=["r-0f1e2d3c4b5a69788796a5b4c3d2e1f0"])
    version: int
    identifiers: list[Identifier]
    golden: dict[str, GoldenValue]
    records: list[SourceRecord]


class EventFault(BaseModel):
    """One reason why an event is refused; never the value."""

    code: str
    path: str
    detail: str


class EventResult(BaseModel):
    """What became of one event. Accepted: it is kept for good and will be absorbed."""

    status: Literal["accepted", "quarantined"]
    event_id: str | None
    faults: list[EventFault]


class EventResults(BaseModel):
    """One result per event, in the order they were sent."""

    results: list[EventResult]
    accepted: int
    quarantined: int


class ParameterFault(BaseModel):
    parameter: str
    code: str
    detail: str


class Problem(BaseModel):
    """RFC 9457. Repeats nothing of the request."""

    title: str
    status: int
    detail: str | None = None
    faults: list[ParameterFault] | None = None


EVENT_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "One event of contract 1, a list of them, or one a line. At most 1000.",
        "content": {
            "application/json": {
                "schema": {"oneOf": [{"type": "object"}, {"type": "array", "items": {"type": "object"}}]},
                "examples": {"one": {"summary": "A handled death", "value": EVENT_EXAMPLE}},
            },
            "application/x-ndjson": {"schema": {"type": "string"}},
        },
    }
}


def feedback_body() -> dict[str, Any]:
    """The body of an answer, for OpenAPI: the endpoint reads it itself, to tell every fault without its value."""
    example = {"summary": "Another agency's", "value": {"agency": "HRSS", "result": "NOT_MINE", "owner": "MCA"}}
    content = {"schema": Feedback.model_json_schema(), "examples": {"moved": example}}
    return {"requestBody": {"required": True, "content": {"application/json": content}}}
