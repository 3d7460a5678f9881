"""What the hops and the runtime count, as metrics, and as plain numbers for a console or a test."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from hub.domain.event import Code, Fault
from hub.runtime.continuity import Gap
from hub.telemetry.metrics import Metrics, label


class Ledger:
    """A Tally for the hops and an Observer for the runtime."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self.counts: Counter[str] = Counter()

    def received(self, agency: str, messages: int) -> None:
        self._metrics.events_received.labels(agency=agency).inc(messages)
        self.counts["received"] += messages

    def refused(self, agency: str, faults: Sequence[Fault]) -> None:
        self._metrics.events.labels(agency=agency, event_type="other", outcome="quarantined").inc()
        for fault in faults:
            self._metrics.quarantine.labels(code=label(fault.code)).inc()
        if any(fault.code == Code.DENIED_FIELD for fault in faults):
            self._metrics.deny_listed.inc()
        self.counts["quarantined"] += 1

    def outcome(self, agency: str, event_type: str, outcome: str) -> None:
        self._metrics.events.labels(agency=agency, event_type=label(event_type), outcome=outcome).inc()
        self.counts[outcome] += 1

    def parcels_sent(self, count: int) -> None:
        self.counts["parcels_sent"] += count

    def parcels(self, kind: str, count: int) -> None:
        self._metrics.parcels.labels(kind=kind).inc(count)
        self.counts["parcels"] += count

    def alert(self, rule_id: str, before: str | None, after: str, waited_ms: int | None) -> None:
        self._metrics.alerts.labels(rule=rule_id, transition=after).inc()
        if waited_ms is not None and waited_ms >= 0:
            self._metrics.event_to_alert_seconds.observe(waited_ms / 1000)
        self.counts["alerts"] += 1

    def answer(self, result: str, outcome: str, faults: Sequence[Fault] = ()) -> None:
        """How an agency's answer ended. Answers are no events, and counted apart."""
        self._metrics.feedback.labels(result=label(result), outcome=outcome).inc()
        for fault in faults:
            self._metrics.quarantine.labels(code=label(fault.code)).inc()
        self.counts[f"answers_{outcome}"] += 1

    def retracted(self, rule_id: str, waited_ms: int) -> None:
        self._metrics.alert_retract_seconds.labels(rule=rule_id).observe(max(0, waited_ms) / 1000)

    def conflicts(self, count: int) -> None:
        self._metrics.conflicts.inc(count)
        self.counts["conflicts"] += count

    def rule_error(self, rule_id: str) -> None:
        self._metrics.rule_errors.labels(rule=rule_id).inc()
        self.counts["rule_errors"] += 1

    def batch_done(self, hop: str, seconds: float) -> None:
        self._metrics.batch_seconds.labels(hop=hop).observe(seconds)

    def restored(self, why: str, records: int, seconds: float) -> None:
        self._metrics.store_restores.labels(why=why).inc()
        self._metrics.store_restore_seconds.observe(seconds)
        self.counts[f"restored_{why}"] += 1

    def foreign(self, topic: str, records: int) -> None:
        self._metrics.foreign_writes.labels(topic=topic).inc(records)
        self.counts["foreign"] += records

    def mended(self, topic: str, records: int) -> None:
        self._metrics.mended_writes.labels(topic=topic).inc(records)
        self.counts["mended"] += records

    # --- the runtime's observer -----------------------------------------------------------------------------------

    def batch(self, lane: str, topic: str, partition: int, records: int, **_: Any) -> None:  # noqa: ANN401
        self.counts["batches"] += 1

    def retry(self, lane: str, step: str, cause: str, attempt: int) -> None:
        self._metrics.retries.labels(what=label(f"{lane}.{step}")).inc()
        self.counts["retries"] += 1

    def drained(self, lane: str, seconds: float, finished: bool) -> None:
        self._metrics.drain_seconds.labels(lane=lane, outcome="finished" if finished else "dropped").observe(seconds)

    def stopped(self, lane: str, cause: str) -> None:
        self._metrics.worker_stops.labels(cause=label(cause)).inc()
        self.counts["stops"] += 1

    def gap(self, gap: Gap) -> None:
        if gap.lost:
            self._metrics.offsets_lost.labels(topic=gap.topic).inc(gap.missing)
            self.counts["offsets_lost"] += gap.missing
        else:
            self._metrics.offset_gaps.labels(topic=gap.topic).inc()
            self.counts["offset_gaps"] += 1
