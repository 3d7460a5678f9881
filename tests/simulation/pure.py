"""The pipeline's pure functions with a memory: schedules of one history ask the same questions again and again.

Journey and Wire are functions of their arguments (architecture 3, I9); here the real ones answer, once. Every so many
repetitions a remembered answer is computed afresh and compared, so that a function which is none is found out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import msgspec

from hub.domain.claim import AlertState, Parcel, State, SubjectState
from hub.fold.person import Person
from hub.pipeline.journey import Absorbed, Accepted, Journey, Refused
from hub.runtime.wire import Wire
from hub.schema.registry import SchemaSource

_AGAIN = 509  # how often a remembered answer is computed afresh


class ImpureError(AssertionError):
    """The same question had two answers."""


class Memory:
    """Answers by question. Questions that are objects are known by identity, and kept so that none is used twice."""

    def __init__(self) -> None:
        self._known: dict[Any, tuple[Any, Any]] = {}
        self._hits = 0

    def ask(self, key: Any, keep: Any, compute: Callable[[], Any], look: Callable[[Any], object]) -> Any:
        found = self._known.get(key)
        if found is None:
            answer = compute()
            self._known[key] = (keep, answer)
            return answer
        self._hits += 1
        if self._hits % _AGAIN == 0 and look(compute()) != look(found[1]):
            raise ImpureError(f"{key[0]} answers the same question in two ways")
        return found[1]


def _moment(state: State | None, parcels: Sequence[Parcel], now: int) -> int:
    """The time as far as it matters: books have no clock, and a subject's time does not go back."""
    if parcels[0].kind in ("record", "event", "alert"):
        return 0
    wake = state.wake if isinstance(state, SubjectState) else None
    latest = state.now if isinstance(state, SubjectState) else 0
    if parcels[0].slip is None:
        latest = max(latest, parcels[0].at)
    return 0 if now <= latest and (wake is None or wake > now) else now


def _same(value: object) -> object:
    return value


def _packed(absorbed: Absorbed) -> object:
    return msgspec.msgpack.encode(
        [absorbed.state, absorbed.changed, absorbed.outbox, absorbed.alerts, absorbed.applied], order="deterministic"
    )


class RememberingJourney:
    """A Journey for the hops."""

    def __init__(self, journey: Journey, memory: Memory) -> None:
        self._journey, self._memory = journey, memory
        self.parts = journey.parts

    def intake_bytes(self, value: bytes | None, source: SchemaSource, agency: str) -> Accepted | Refused:
        def compute() -> Accepted | Refused:
            return self._journey.intake_bytes(value, source, agency)

        return self._memory.ask(("intake", value, agency), None, compute, msgspec.msgpack.encode)

    def absorb(
        self, state: State | None, parcels: Sequence[Parcel], now: int, shadowed: Collection[str] = ()
    ) -> Absorbed:
        def compute() -> Absorbed:
            return self._journey.absorb(state, parcels, now, shadowed)

        asked = _moment(state, parcels, now)
        key = ("absorb", id(state) if state else 0, tuple(map(id, parcels)), asked)
        return self._memory.ask(key, (state, tuple(parcels)), compute, _packed)

    def tick(self, state: SubjectState, now: int, shadowed: Collection[str] = ()) -> Absorbed:
        def compute() -> Absorbed:
            return self._journey.tick(state, now, shadowed)

        return self._memory.ask(("tick", id(state), now), state, compute, _packed)

    def resident(self, state: SubjectState, person: Person | None = None) -> dict[str, Any] | None:
        """`person` is the state's own fold: with it or without it comes the same record."""
        return self._memory.ask(("resident", id(state)), state, lambda: self._journey.resident(state, person), _same)

    def alert(self, alert: AlertState, subject: str) -> dict[str, Any]:
        return self._memory.ask(("alert", id(alert)), alert, lambda: self._journey.alert(alert, subject), _same)


class RememberingWire(Wire):
    """A Wire for the hops: one object per content, so that the journey knows it again."""

    def __init__(self, journey: Journey, memory: Memory) -> None:
        super().__init__(journey.parts.codec)
        self._memory = memory

    def parcel(self, parcel: Parcel) -> bytes:
        return self._memory.ask(("parcel", id(parcel)), parcel, lambda: Wire.parcel(self, parcel), _same)

    def read_parcel(self, value: bytes) -> Parcel:
        return self._memory.ask(("read parcel", value), None, lambda: Wire.read_parcel(self, value), _same)

    def state(self, state: State) -> bytes:
        return self._memory.ask(("state", id(state)), state, lambda: Wire.state(self, state), _same)

    def read_state(self, value: bytes) -> State:
        return self._memory.ask(("read state", value), None, lambda: Wire.read_state(self, value), _same)

    def resident(self, document: Any) -> bytes:
        return self._memory.ask(
            ("write resident", id(document)), document, lambda: Wire.resident(self, document), _same
        )

    def alert(self, document: Any) -> bytes:
        return self._memory.ask(("write alert", id(document)), document, lambda: Wire.alert(self, document), _same)

    def read_alert(self, value: bytes) -> dict[str, Any]:
        return self._memory.ask(("read alert", value), None, lambda: Wire.read_alert(self, value), _same)
