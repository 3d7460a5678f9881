"""The façade for Python callers: the whole pipeline in memory (contract 7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from hub.bootstrap import build_journey
from hub.domain.policy import Policy, load_policy, policy_from
from hub.domain.regions import FICTIONAL_CITY
from hub.domain.times import SHANGHAI, parse_rfc3339
from hub.local import LocalHub, answer_time


class Hub:
    """Feed events, let time pass, look. Reading `alerts` or `residents` first lets time run to the end of `as_of`.

    `policy`: None for the packaged table, a path to a TOML file laid over it, a mapping of key to value, or a Policy.
    `enable`: rule ids to switch on beside the defaults, or "all": a what-if, it needs no impact assessment.
    """

    def __init__(
        self,
        policy: Policy | Path | str | Mapping[str, int | str] | None = None,
        as_of: date | str | None = None,
        *,
        enable: Iterable[str] = (),
        city: str = FICTIONAL_CITY,
    ) -> None:
        self._local = LocalHub(build_journey(city=city, policy=_policy(policy), enable=enable))
        self._answered = 0
        self._as_of = date.fromisoformat(as_of) if isinstance(as_of, str) else as_of

    def feed(self, events: Iterable[Mapping[str, Any]]) -> Hub:
        """Take events in, in the order given. Bad ones are quarantined, never raised."""
        for number, event in enumerate(events, self._local.counts["events"] + 1):
            self._local.feed(event, at=f"feed:{number}")
        return self

    def feedback(self, answers: Iterable[Mapping[str, Any]]) -> Hub:
        """Take agencies' answers in: `{alert_id, agency, result, owner?, note?, given_at?}`, in the order given.

        Without `given_at` (RFC 3339 with an offset) an answer is given now. Bad ones are quarantined, never raised.
        """
        for answer in answers:
            self._answered += 1
            self._local.answer(self._in_time(answer), at=f"feedback:{self._answered}")
        return self

    def _in_time(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        given_at = answer.get("given_at")
        return {**answer, "given_at": self._local.now if given_at is None else answer_time(given_at)}

    def advance(self, to: date | datetime | str) -> Hub:
        """Let time run: to the end of a date in Asia/Shanghai, or to a moment."""
        if isinstance(to, str):
            to = date.fromisoformat(to) if len(to) == 10 else datetime.fromtimestamp(parse_rfc3339(to) / 1000, SHANGHAI)
        if isinstance(to, datetime):
            self._local.advance_to(round(to.timestamp() * 1000))
        else:
            self._local.advance(to)
        return self

    @property
    def residents(self) -> list[dict[str, Any]]:
        self._catch_up()
        return list(self._local.residents())

    @property
    def alerts(self) -> list[dict[str, Any]]:
        self._catch_up()
        return list(self._local.alerts())

    @property
    def scores(self) -> list[dict[str, Any]]:
        """How often each rule was right, from the answers; and which rules are on trial for it."""
        self._catch_up()
        return [score.document() for score in self._local.scoreboard.scores()]

    @property
    def quarantine(self) -> list[dict[str, Any]]:
        return self._local.quarantine()

    @property
    def counts(self) -> dict[str, int]:
        """events = applied + duplicate + quarantined (I1)."""
        return dict(self._local.counts)

    def _catch_up(self) -> None:
        if self._as_of is not None:
            self._local.advance(self._as_of)


def _policy(source: Policy | Path | str | Mapping[str, int | str] | None) -> Policy:
    if source is None or isinstance(source, Policy):
        return source or load_policy()
    if isinstance(source, Mapping):
        return policy_from(source)
    return load_policy(Path(source))
