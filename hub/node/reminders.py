"""What runs out while a hub runs, told in time: the calendar of working days, and signed impact assessments."""

from __future__ import annotations

import logging
from datetime import date

from hub.domain.assessments import assessment_of
from hub.domain.workdays import WorkCalendar, estimate_warning
from hub.pipeline.reconcile import Bench
from hub.telemetry.metrics import Metrics

log = logging.getLogger(__name__)
_WARN_DAYS = 30
_BEGUN = 2000  # a simulated city starts in 1970, until its first event


class Reminders:
    """Keeps the gauges of what will be missing, and says each thing once."""

    def __init__(self, bench: Bench, calendar: WorkCalendar, metrics: Metrics) -> None:
        self._bench, self._calendar, self._metrics = bench, calendar, metrics
        self._said: set[str] = set()

    def look(self, today: date) -> None:
        """Compare with the calendar of today, in Asia/Shanghai."""
        if today.year >= _BEGUN:
            self._working_days(today)
            self._assessments(today)

    def _working_days(self, today: date) -> None:
        missing = self._calendar.missing_ahead(today)
        self._metrics.calendar_missing_years.set(len(missing))
        self._say(estimate_warning(missing))

    def _assessments(self, today: date) -> None:
        for rule in self._bench.rules:
            signed = None if rule.default_on else assessment_of(rule.id, self._bench.policy.assessments)
            if signed is None:
                continue
            left = (signed.valid_until - today).days
            self._metrics.assessment_days_left.labels(rule=rule.id).set(left)
            if left <= _WARN_DAYS:
                self._say(f"{rule.id}: impact assessment {signed.number} is valid until {signed.valid_until}; renew it")

    def _say(self, warning: str | None) -> None:
        if warning is not None and warning not in self._said:
            self._said.add(warning)
            log.warning("%s", warning)
