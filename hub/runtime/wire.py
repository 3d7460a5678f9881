"""How the hub's own topics are written and read: Avro outside, MessagePack for what only the hub reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from hub.domain.claim import LedgerState, Parcel, State, SubjectState
from hub.domain.event import Fault
from hub.domain.keys import kind_of
from hub.domain.times import parse_rfc3339
from hub.schema.codec import Codec

_TIMES = ("opened_at", "due_at", "closed_at")


class Wire:
    """Encodes and decodes the records of contract 2."""

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self._pack = msgspec.msgpack.Encoder()
        self._parcel = msgspec.msgpack.Decoder(Parcel)
        self._subject = msgspec.msgpack.Decoder(SubjectState)
        self._ledger = msgspec.msgpack.Decoder(LedgerState)

    def parcel(self, parcel: Parcel) -> bytes:
        content = self._pack.encode(parcel)
        return self._codec.encode_record(
            "hub.claim", {"subject_key": parcel.subject, "kind": parcel.kind, "parcel": content}
        )

    def read_parcel(self, value: bytes) -> Parcel:
        """Raises RecordError or msgspec.DecodeError on bytes the hub did not write."""
        return self._parcel.decode(self._codec.decode_record(value)["parcel"])

    def state(self, state: State) -> bytes:
        version = len(state.claims) if isinstance(state, SubjectState) else len(state.acts)
        return self._codec.encode_record(
            "hub.subject",
            {"subject_key": state.key, "kind": state.kind, "version": version, "state": self._pack.encode(state)},
        )

    def read_state(self, value: bytes) -> State:
        record = self._codec.decode_record(value)
        if kind_of(record["subject_key"]) in ("record", "event"):
            return self._ledger.decode(record["state"])
        return self._subject.decode(record["state"])

    def wake_of(self, value: bytes) -> int | None:
        """When a stored state wants to be looked at again."""
        state = self.read_state(value)
        return state.wake if isinstance(state, SubjectState) else None

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
        times = {name: parse_rfc3339(document[name]) if document[name] else None for name in _TIMES}
        texts = {name: {k: _json(v) for k, v in document[name].items()} for name in ("show", "policy")}
        return self._codec.encode_record("hub.alert", {**document, **times, **texts})

    def read_alert(self, value: bytes) -> dict[str, Any]:
        """An alert record back in the JSON shape of contract 4."""
        from_wire = self._codec.decode_record(value)
        for name in ("show", "policy"):
            from_wire[name] = {k: msgspec.json.decode(v) for k, v in from_wire[name].items()}
        return from_wire

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
    ) -> bytes:
        """A refused message; `payload` is sealed already."""
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
                "faults": [{"code": f.code, "path": f.path, "detail": f.detail} for f in faults],
            },
        )

    def read_quarantine(self, value: bytes) -> dict[str, Any]:
        """A quarantine record; its payload still sealed."""
        return self._codec.decode_record(value)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
