"""A change event as the hub holds it after validation, and the faults that keep one out.

Dates stay ISO text (`YYYY-MM-DD`) and months `YYYYMM`: they sort as text and are the same bytes in every format.
Times are whole milliseconds since the Unix epoch, so no comparison ever depends on a time zone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

AGENCIES = ("PSB", "MCA", "HRSS", "HMD")
OPS = ("CREATE", "UPDATE", "CORRECT", "CANCEL")


class PersonRef(msgspec.Struct, frozen=True, omit_defaults=True):
    """How an agency names a person: exactly as sent, never normalised in place."""

    id_type: str
    id_no: str
    name: str
    sex: str | None = None
    birth_date: str | None = None


class Event(msgspec.Struct, frozen=True):
    """One act on one entry of an agency's register (domain 3.1). `payload` keeps the contract's JSON shape."""

    event_id: str
    event_type: str
    schema_version: int
    source_agency: str
    sub_source: str | None
    source_org: str
    catalogue_item: str
    source_record_id: str
    source_seq: int
    op: str
    supersedes: str | None
    business_time: str
    record_time: int
    publish_time: int
    region_code: str
    legal_basis: str
    subject: PersonRef | None
    payload: Mapping[str, Any]


class Fault(msgspec.Struct, frozen=True, order=True):
    """One reason why a message is refused. Never holds the offending value: faults are logged, values are not."""

    code: str
    path: str
    detail: str = ""


class Code:
    """The closed list of fault codes. Numbers of the list are never reused for another meaning."""

    UNREADABLE = "UNREADABLE"  # not JSON / CSV / Avro / text in the declared encoding
    MAGIC_BYTE = "MAGIC_BYTE"  # does not start with Confluent magic 0
    UNKNOWN_SCHEMA_ID = "UNKNOWN_SCHEMA_ID"
    TRUNCATED = "TRUNCATED"  # body ends early or has bytes left over
    TOO_BIG = "TOO_BIG"
    TOMBSTONE = "TOMBSTONE"  # null value on an agency topic: agencies cannot erase
    NULL_KEY = "NULL_KEY"
    KEY_MISMATCH = "KEY_MISMATCH"  # message key is not the event's source_record_id
    WRONG_AGENCY = "WRONG_AGENCY"  # event of one agency on another's topic, or type and source disagree
    UNKNOWN_EVENT_TYPE = "UNKNOWN_EVENT_TYPE"
    UNKNOWN_SCHEMA_VERSION = "UNKNOWN_SCHEMA_VERSION"
    MISSING = "MISSING"
    UNKNOWN_FIELD = "UNKNOWN_FIELD"
    DENIED_FIELD = "DENIED_FIELD"  # on the deny-list of domain 5.1: must never be collected
    TYPE = "TYPE"
    FORMAT = "FORMAT"  # not a date, month, time or decimal of the declared form
    UNKNOWN_CODE = "UNKNOWN_CODE"  # not in the code table
    UNKNOWN_REGION = "UNKNOWN_REGION"
    UNIT_CODE = "UNIT_CODE"  # real-estate unit code of wrong structure
    TOO_LONG = "TOO_LONG"
    RANGE = "RANGE"  # number outside the field's range
    SUPERSEDES_REQUIRED = "SUPERSEDES_REQUIRED"  # CORRECT and CANCEL must name what they correct
    SUBJECT_REQUIRED = "SUBJECT_REQUIRED"
    SUBJECT_NOT_ALLOWED = "SUBJECT_NOT_ALLOWED"  # unit events carry no person
    UNKNOWN_ALERT = "UNKNOWN_ALERT"  # an answer to an alert that was never published
    NOT_ACTING = "NOT_ACTING"  # an answer of an agency that the alert is not addressed to
    ALERT_CLOSED = "ALERT_CLOSED"  # an answer to an alert that stands no more
    OWNER_REQUIRED = "OWNER_REQUIRED"  # NOT_MINE must name the presumed owner (domain 1.1)
    OWNER_NOT_ALLOWED = "OWNER_NOT_ALLOWED"  # an owner with another result, or the answering agency itself
    MORE_FAULTS = "MORE_FAULTS"  # the message has more faults than are listed
    RULE_ERROR = "RULE_ERROR"  # our bug: a rule raised
