"""How the hub's own topics are written and read: Avro outside, MessagePack for what only the hub reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from hub.domain.claim import LedgerState, Parcel, PointerState, State, SubjectState
from hub.domain.event import Fault
from hub.domain.keys import kind_of
from hub.domain.times import parse_rfc3339
from hub.schema.codec import Codec

ALERT_TIMES = ("opened_at", "due_at", "closed_at", "muted_until")
_FEEDBACK = "hub.alert_feedback"
_LEDGERS = ("record", "event")
_NEVER_WAKE = (*_LEDGERS, "alert")


class _Alarm(msgspec.Struct):
    """A subject's state, as far as its wake-up goes."""

    wake: int | None = None


class Wire:
    """Encodes and decodes the records of contract 2."""

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self._pack = msgspec.msgpack.Encoder()
        self._parcel = msgspec.msgpack.Decoder(Parcel)
        self._subject = msgspec.msgpack.Decoder(SubjectState)
        self._ledger = msgspec.msgpack.Decoder(LedgerState)
        self._alarm = msgspec.msgpack.Decoder(_Alarm)
        self._pointer = msgspec.msgpack.Decoder(PointerState)

    def parcel(self, parcel: Parcel) -> bytes:
        content = self._pack.encode(parcel)
        return self._codec.encode_record(
            "hub.claim", {"subject_key": parcel.subject, "kind": parcel.kind, "parcel": content}
        )

    def read_parcel(self, value: bytes) -> Parcel:
        """Raises RecordError or msgspec.DecodeError on bytes the hub did not write."""
        return self._parcel.decode(self._codec.decode_record(value)["parcel"])

    def state(self, state: State) -> bytes:
        version = _version(state)
        return self._codec.encode_record(
            "hub.subject",
            {"subject_key": state.key, "kind": state.kind, "version": version, "state": self._pack.encode(state)},
        )

    def read_state(self, value: bytes) -> State:
        record = self._codec.decode_record(value)
        kind = kind_of(record["subject_key"])
        if kind in _LEDGERS:
            return self._ledger.decode(record["state"])
        if kind == "alert":
            return self._pointer.decode(record["state"])
        return self._subject.decode(record["state"])

    def wake_of(self, value: bytes) -> int | None:
        """When a stored state wants to be looked at again. Reads nothing else of it: a cold start asks for all."""
        record = self._codec.decode_record(value)
        if kind_of(record["subject_key"]) in _NEVER_WAKE:
            return None
        return self._alarm.decode(record["state"]).wake

    def resident(self, document: Mapping[str, Any]) -> bytes:
        golden = {
            attribute: {
                **found,
                "value": _json(found["value"]),
                "record_time": parse_rfc3339(found["record_time"]) if found["record_time"] else None,
            }
            for attribute, found in document["golden"].items()
        }
        return self._codec.encode_record("hub.resident", {**document, "golden": golden})

    def alert(self, document: Mapping[str, Any]) -> bytes:
        times = {name: parse_rfc3339(document[name]) if document[name] else None for name in ALERT_TIMES}
        texts = {name: {k: _json(v) for k, v in document[name].items()} for name in ("show", "policy")}
        answer = document["answer"]
        if answer is not None:
            answer = {**answer, "given_at": parse_rfc3339(answer["given_at"])}
        return self._codec.encode_record("hub.alert", {**document, **times, **texts, "answer": answer})

    def read_alert(self, value: bytes) -> dict[str, Any]:
        """An alert record back in the JSON shape of contract 4, but for its times."""
        from_wire = self._codec.decode_record(value)
        for name in ("show", "policy"):
            from_wire[name] = {k: msgspec.json.decode(v) for k, v in from_wire[name].items()}
        return from_wire

    def feedback(self, message: Mapping[str, Any]) -> bytes:
        """An agency's answer, `given_at` in ms; its `note` goes no further than this topic."""
        return self._codec.encode_record(_FEEDBACK, {"note": None, "owner": None, **message})

    def read_feedback(self, value: bytes | None) -> dict[str, Any] | tuple[Fault, ...]:
        """What an agency wrote on the feedback topic, or what is wrong with the bytes."""
        return self._codec.decode_answer(value, _FEEDBACK)

    def quarantine(
        self,
        *,
        key: str,
        topic: str,
        partition: int,
        offset: int,
        received_at: int,
        faults: Iterable[Fault],
        payload: bytes,
        size: int,
        event_id: str | None = None,
        agency: str | None = None,
        read_as: str | None = None,
    ) -> bytes:
        """A refused message; `payload` is sealed already, `read_as` only given for rows of files."""
        return self._codec.encode_record(
            "hub.quarantine",
            {
                "key": key,
                "source_topic": topic,
                "partition": partition,
                "offset": offset,
                "event_id": event_id,
                "agency": agency,
                "received_at": received_at,
                "payload": payload,
                "payload_size": size,
                "read_as": read_as,
                "faults": [{"code": f.code, "path": f.path, "detail": f.detail} for f in faults],
            },
        )

    def read_quarantine(self, value: bytes) -> dict[str, Any]:
        """A quarantine record; its payload still sealed."""
        return self._codec.decode_record(value)


def _version(state: State) -> int:
    if isinstance(state, PointerState):
        return int(state.home is not None)
    return len(state.claims) if isinstance(state, SubjectState) else len(state.acts)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
