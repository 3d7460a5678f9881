"""Answers to alerts by HTTP: checked against the alert as published, then written to the feedback topic.

The check spares an agency the wait for a refusal. What counts is settled where the alert is held: it may have moved on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hub.api.ports import AlertReader, Answered, Document
from hub.domain.claim import Answer
from hub.domain.event import Code, Fault
from hub.domain.feedback import read_feedback
from hub.domain.times import rfc3339
from hub.pipeline.answers import may_answer
from hub.runtime import topics
from hub.runtime.hops import Gear
from hub.runtime.producer import BatchProducer
from hub.runtime.records import Out


class TopicFeedback:
    """A FeedbackIntake over `hub.alert-feedback.v1`."""

    def __init__(self, alerts: AlertReader, gear: Gear, producer: BatchProducer) -> None:
        self._alerts, self._wire, self._clock, self._producer = alerts, gear.wire, gear.clock, producer
        self._tally = gear.tally

    async def submit(self, alert_id: str, message: Mapping[str, object]) -> Answered:
        """The answer, durable, as of now; or every reason why not."""
        now = self._clock()
        whole = {**message, "alert_id": alert_id, "given_at": now}
        read = read_feedback(whole, now)
        faults = (*(() if isinstance(read, Answer) else read), *_may_not(self._alerts.get(alert_id), message))
        if faults or not isinstance(read, Answer):
            self._tally.answer("other", "refused", faults)
            return Answered(faults=faults)
        await self._producer.send([Out(topics.FEEDBACK, alert_id.encode(), self._wire.feedback(whole))])
        document = {"alert_id": alert_id, "agency": read.agency, "result": read.result, "owner": read.owner}
        return Answered({**document, "given_at": rfc3339(now)})


def _may_not(alert: Document | None, message: Mapping[str, object]) -> Iterator[Fault]:
    if alert is None:
        yield Fault(Code.UNKNOWN_ALERT, "alert_id")
        return
    if alert["status"] == "CLOSED":
        yield Fault(Code.ALERT_CLOSED, "alert_id")
    agency = message.get("agency")
    if isinstance(agency, str) and not may_answer(alert["acting_agency"], alert["cc"], agency):
        yield Fault(Code.NOT_ACTING, "agency")
