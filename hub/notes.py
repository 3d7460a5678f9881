"""Notes to an agency that are no alerts: nothing does not fit, and there is nothing to answer by a date."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from hub.domain.claim import State, SubjectState
from hub.fold.groups import Group
from hub.fold.households import consents
from hub.fold.today import Today


def consent_missing(states: Iterable[State], now: int) -> Iterator[dict[str, Any]]:
    """Running aid decisions whose consent to checks has ended (社会救助法 Art.40): EC-02 and EC-03 do not look there.

    All of them, whether or not there is anything to find: a note only where something was found would tell it.
    """
    for state in states:
        unit = Group(state).aid() if isinstance(state, SubjectState) and state.kind == "aid" else None
        if unit is not None and unit.active and not consents(unit, Today(now)):
            yield {
                "to": "MCA",
                "note": "CONSENT_MISSING",
                "decision_no": unit.decision_no,
                "consent_until": unit.granted.facts["consent_until"],
            }
