"""Every metric of the hub, declared once with its help text, from which `docs/metrics.md` is made.

Labels are closed lists: agencies, event types of the catalogue, codes, topics, rules. What comes from a message and
passed no check is counted as `other`; use `label` where a value is not certain to be one of a closed list.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

M = TypeVar("M", Counter, Gauge)

OTHER = "other"
_LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_.:/{}-]{0,79}")
_DIGITS = re.compile(r"[0-9]")
_MOST_DIGITS = 5  # fewer than any identifier has

_BATCH = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_RESTORE = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)
# From a second to days: an alert may wait for its grace, but that time does not count here.
_ALERT = (0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800, 7200, 86_400)


@dataclass(frozen=True)
class Declared:
    """A metric as the page shows it."""

    name: str
    kind: str
    labels: tuple[str, ...]
    text: str


def label(value: str | None) -> str:
    """A label value that cannot be somebody's data; anything that could be is `other`."""
    if value is None or _LABEL.fullmatch(value) is None or len(_DIGITS.findall(value)) > _MOST_DIGITS:
        return OTHER
    return value


class Metrics:
    """The hub's metrics in one registry of their own; nothing is registered globally."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self.declared: list[Declared] = []
        self._declare_flow()
        self._declare_alerts()
        self._declare_health()

    def build(self, version: str, python: str) -> None:
        """Say which build is running."""
        self.build_info.labels(version=version, python=python).set(1)

    def process(self) -> None:
        """Add the memory, CPU time and open files of this process."""
        ProcessCollector(registry=self.registry)

    def _declare_flow(self) -> None:
        self.events = self._add(
            Counter,
            "hub_events_total",
            "Events by how they ended. outcome: applied, duplicate or quarantined; each event is counted once.",
            ("agency", "event_type", "outcome"),
        )
        self.events_received = self._add(
            Counter, "hub_events_received_total", "Messages read at the intake, before any check.", ("agency",)
        )
        self.quarantine = self._add(
            Counter, "hub_quarantine_total", "Faults of quarantined messages; one message may have several.", ("code",)
        )
        self.deny_listed = self._add(
            Counter,
            "hub_deny_listed_total",
            "Messages refused because they held a field that must never be collected.",
            (),
        )
        self.parcels = self._add(
            Counter, "hub_parcels_total", "Parcels sent to subjects, by kind of subject.", ("kind",)
        )
        self.conflicts = self._add(
            Counter, "hub_conflicts_total", "Two different contents under one record and sequence number.", ()
        )
        self.batch_seconds = self._histogram(
            "hub_batch_seconds",
            "Time from reading a batch to its acknowledgement. hop: intake or absorb.",
            ("hop",),
            _BATCH,
        )

    def _declare_alerts(self) -> None:
        self.alerts = self._add(
            Counter,
            "hub_alerts_total",
            "Changes of alerts. transition: the status the alert came to.",
            ("rule", "transition"),
        )
        self.alerts_standing = self._add(
            Gauge,
            "hub_alerts_standing",
            "Alerts by rule and present status, closed ones left out.",
            ("rule", "status"),
        )
        self.alerts_overdue = self._add(
            Gauge, "hub_alerts_overdue", "Alerts that stand after their due_at, frozen ones left out.", ("rule",)
        )
        self.alert_retract_seconds = self._histogram(
            "hub_alert_retract_seconds",
            "Time from publication of the correction or cancellation that took an alert back to the alert's end.",
            ("rule",),
            _ALERT,
        )
        self._declare_answers()
        self.event_to_alert_seconds = self._histogram(
            "hub_event_to_alert_seconds",
            "Time from intake of the event that opened an alert to its publication; not for those a timer opened.",
            (),
            _ALERT,
        )
        self.rule_errors = self._add(Counter, "hub_rule_errors_total", "Rules that raised: a bug of ours.", ("rule",))

    def _declare_answers(self) -> None:
        self.feedback = self._add(
            Counter,
            "hub_feedback_total",
            "Agencies' answers to alerts. outcome: accepted, duplicate or refused; result: the code, or `other`.",
            ("result", "outcome"),
        )
        self.rule_precision = self._add(
            Gauge,
            "hub_rule_precision_ratio",
            "FIXED / (FIXED + CONFIRMED_OK + NOT_SAME) over the rule's latest closed cases.",
            ("rule",),
        )
        self.rule_shadow = self._add(
            Gauge, "hub_rule_shadow", "1 while a rule is on trial: its new alerts are marked and not shown.", ("rule",)
        )

    def _declare_health(self) -> None:
        self.offset_gaps = self._add(
            Counter, "hub_offset_gaps_total", "Holes noticed in the offsets read; each is read again.", ("topic",)
        )
        self.offsets_lost = self._add(
            Counter, "hub_offsets_lost_total", "Offsets that did not come when read again. Alarm on any.", ("topic",)
        )
        self.store_restores = self._add(
            Counter,
            "hub_store_restores_total",
            "Partitions restored from hub.subjects.v1. why: assigned, or rolled_back (the store was lost or put back "
            "while in use; alarm on any).",
            ("why",),
        )
        self.store_restore_seconds = self._histogram(
            "hub_store_restore_seconds", "Time to restore a partition.", (), _RESTORE
        )
        self.foreign_writes = self._add(
            Counter,
            "hub_foreign_writes_total",
            "Records in a partition that its owner did not write: of the owner before, in hand when it went; or of "
            "a worker that slept through its replacement. Each is compared with what should stand there.",
            ("topic",),
        )
        self.mended_writes = self._add(
            Counter, "hub_mended_writes_total", "Records written again because something else stood there.", ("topic",)
        )
        self.drain_seconds = self._histogram(
            "hub_drain_seconds",
            "Time to finish the batch in hand before partitions go. outcome: finished, or dropped (and read again).",
            ("lane", "outcome"),
            _BATCH,
        )
        self.worker_stops = self._add(
            Counter,
            "hub_worker_stops_total",
            "Why this worker ends by itself. cause: Fenced or Outpaced (a successor has the partition), GaveUp, ...",
            ("cause",),
        )
        self.retries = self._add(
            Counter, "hub_retries_total", "Steps tried again because something was down. what: the step.", ("what",)
        )
        self.ready = self._add(Gauge, "hub_ready", "1 while this process can do its work.", ())
        self.store_subjects = self._add(Gauge, "hub_store_subjects", "Subjects in the state store.", ())
        self.http_requests = self._add(
            Counter,
            "hub_http_requests_total",
            "HTTP requests. route: the template, never the path asked for.",
            ("route", "status"),
        )
        self.calendar_missing_years = self._add(
            Gauge,
            "hub_calendar_missing_years",
            "Years within reach of a deadline set today that have no holiday notice: their working days are estimated.",
            (),
        )
        self.assessment_days_left = self._add(
            Gauge,
            "hub_assessment_days_left",
            "Days until the impact assessment of a rule that was switched on runs out; below 0 the hub will not start.",
            ("rule",),
        )
        self.build_info = self._add(Gauge, "hub_build_info", "1; the labels say what runs.", ("version", "python"))

    def _add(self, kind: type[M], name: str, text: str, labels: tuple[str, ...]) -> M:
        self.declared.append(Declared(name, kind.__name__.lower(), labels, text))
        return kind(name, text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str, labels: tuple[str, ...], buckets: tuple[float, ...]) -> Histogram:
        self.declared.append(Declared(name, "histogram", labels, text))
        return Histogram(name, text, labels, registry=self.registry, buckets=buckets)


def render_metrics_page() -> str:
    """`docs/metrics.md`."""
    rows = [
        f"| `{metric.name}` | {metric.kind} | {', '.join(f'`{name}`' for name in metric.labels)} | {metric.text} |"
        for metric in Metrics(CollectorRegistry()).declared
    ]
    return "\n".join([_PAGE_HEAD, *rows, ""])


_PAGE_HEAD = """# Metrics

<!-- Made by hub.telemetry.metrics.render_metrics_page(): change hub/telemetry/metrics.py, not this file. -->

`GET /metrics` in the Prometheus text format. No label ever holds a personal value: labels are closed lists, and what is
not on its list is counted as `other`. Beside these, `process_*` tells memory, CPU time and open files.

| name | kind | labels | meaning |
|---|---|---|---|"""
