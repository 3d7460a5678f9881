"""The pointer from an alert's id to the subject that holds it.

An alert id is a keyed hash: an agency that answers names the id, and nobody could tell from it whose alert that is. So
every alert has a pointer of its own, told of its home before the alert is published, and answers go by way of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from hub.domain.claim import AlertState, Home, Parcel, PointerState, Slip, SubjectState
from hub.domain.event import Code, Fault
from hub.domain.keys import Keyring


@dataclass(frozen=True)
class RefusedAnswer:
    """An answer that may not be given, with every reason at once."""

    slip: Slip
    faults: tuple[Fault, ...]


@dataclass
class Pointed:
    """What came of a pointer's parcels."""

    state: PointerState
    changed: bool = False
    outbox: list[Parcel] = field(default_factory=list)
    refusals: list[RefusedAnswer] = field(default_factory=list)


def introductions(before: SubjectState, changed: Sequence[AlertState], keyring: Keyring) -> Iterator[Parcel]:
    """To the pointers of alerts that are about to be published for the first time."""
    published = {alert.alert_id for alert in before.alerts.values() if alert.status != "PENDING"}
    published |= {alert.alert_id for alert in before.closed}
    for alert in changed:
        if alert.alert_id not in published:
            yield Parcel(
                subject=keyring.subject("alert", alert.alert_id),
                kind="alert",
                cause=alert.alert_id,
                at=alert.opened_at,
                home=Home(before.key, before.kind),
            )


def answer_parcel(slip: Slip, keyring: Keyring) -> Parcel:
    """An answer on its way to the pointer of its alert."""
    answer = slip.answer
    key = keyring.subject("alert", answer.alert_id)
    return Parcel(subject=key, kind="alert", cause=answer.alert_id, at=answer.given_at, slip=slip)


def forward(state: PointerState, parcels: Sequence[Parcel]) -> Pointed:
    """Remember the home; send answers on to it. Where none is known the alert was never published."""
    pointed = Pointed(state)
    for parcel in parcels:
        if parcel.home is not None and parcel.home != pointed.state.home:
            pointed.state = msgspec.structs.replace(pointed.state, home=parcel.home)
            pointed.changed = True
        if parcel.slip is not None:
            _send_on(pointed, parcel, parcel.slip)
    return pointed


def _send_on(pointed: Pointed, parcel: Parcel, slip: Slip) -> None:
    home = pointed.state.home
    if home is None:
        pointed.refusals.append(RefusedAnswer(slip, (Fault(Code.UNKNOWN_ALERT, "alert_id"),)))
    else:
        pointed.outbox.append(msgspec.structs.replace(parcel, subject=home.subject, kind=home.kind))
