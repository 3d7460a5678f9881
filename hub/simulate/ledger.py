"""The agencies' registers: every act is filed here and becomes an event, published as well or as badly as in life.

Defects of transport live here and change nothing of what is true: publishing late (never after `today` - 6 for what was
recorded earlier, so that nothing decisive arrives in the last days), bursts, reordering, exact duplicates, and the
backlog of the years before the city's first day, which is loaded in a heap during its first days.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from typing import Any, NamedTuple

from hub.simulate.days import DAY_SECONDS, Day, Moment, day_of, iso, moment, stamp, unix_milliseconds, year_of
from hub.simulate.numbers import COUNTIES, credit_code
from hub.simulate.people import Person

QUIET_DAYS = 6
"""What was recorded before the last days has been published this long before the end."""

_BACKLOG_DAYS = 3
_LATE_SHARE, _LATE_BACKLOG_SHARE, _DUPLICATE_SHARE = 0.02, 0.006, 0.015


class Kind(NamedTuple):
    """What all events of one type have in common."""

    prefix: str
    catalogue: str
    basis: str
    sub_source: str | None = None


KINDS: dict[str, Kind] = {
    "psb.birth_registered": Kind("CS", "PSB-HH-001", "户口登记条例 第7条"),
    "psb.death_registered": Kind("SW", "PSB-HH-002", "社会保险经办条例 第8条"),
    "psb.migrated_in": Kind("QR", "PSB-HH-003", "户口登记条例 第13条"),
    "psb.migrated_out": Kind("QC", "PSB-HH-004", "户口登记条例 第10条"),
    "psb.item_corrected": Kind("BG", "PSB-HH-005", "户口登记条例 第17条"),
    "psb.household_restructured": Kind("HJ", "PSB-HH-006", "户口登记条例 第19条"),
    "psb.residence_changed": Kind("JD", "PSB-RES-001", "户口登记条例 第15条"),
    "psb.permit_changed": Kind("JQ", "PSB-RES-002", "居住证暂行条例 第7条"),
    "mca.deceased_handled": Kind("FH", "MCA-FUN-001", "社会保险经办条例 第8条"),
    "mca.aid_granted": Kind("JZ", "MCA-AID-001", "社会救助法 第41条"),
    "mca.aid_changed": Kind("JB", "MCA-AID-002", "社会救助法 第47条"),
    "mca.allowance_changed": Kind("JT", "MCA-ALW-001", "老年人权益保障法 第33条"),
    "mca.marriage_registered": Kind("JH", "MCA-MAR-001", "婚姻登记条例 第4条"),
    "mca.marriage_ended": Kind("HZ", "MCA-MAR-002", "婚姻登记条例 第4条"),
    "mca.adoption_changed": Kind("SY", "MCA-ADO-001", "中国公民收养子女登记办法 第9条"),
    "mca.eldercare_changed": Kind("YF", "MCA-ELD-001", "老年人权益保障法 第41条"),
    "hrss.pension_granted": Kind("YL", "HRSS-PEN-001", "社会保险经办条例 第9条"),
    "hrss.pension_status_changed": Kind("YZ", "HRSS-PEN-002", "社会保险经办条例 第26条"),
    "hrss.eligibility_verified": Kind("RZ", "HRSS-PEN-003", "社会保险经办条例 第26条"),
    "hrss.medical_coverage_changed": Kind("YB", "HRSS-MSI-001", "社会保险经办条例 第9条", "MSI"),
    "hrss.insured_enrolled": Kind("CB", "HRSS-INS-001", "社会保险法 第58条"),
    "hrss.contribution_status_changed": Kind("JF", "HRSS-INS-002", "社会保险经办条例 第9条"),
    "hrss.insurance_transferred": Kind("ZY", "HRSS-INS-003", "社会保险经办条例 第12条"),
    "hrss.survivor_grant_paid": Kind("SZB", "HRSS-PEN-004", "社会保险经办条例 第19条"),
    "hrss.employment_changed": Kind("JY", "HRSS-EMP-001", "就业促进法 第35条"),
    "hrss.unemployment_benefit_changed": Kind("SJ", "HRSS-EMP-002", "社会保险法 第51条"),
    "hmd.ownership_changed": Kind("BDC", "HMD-RER-001", "不动产登记暂行条例 第25条", "RER"),
    "hmd.unit_changed": Kind("FW", "HMD-UNI-001", "不动产登记暂行条例 第8条"),
    "hmd.public_rental_qualified": Kind("ZG", "HMD-PUB-003", "公共租赁住房管理办法 第7条"),
    "hmd.rent_subsidy_changed": Kind("BT", "HMD-PUB-004", "公共租赁住房管理办法 第7条"),
    "hmd.public_rental_leased": Kind("GZ", "HMD-PUB-001", "公共租赁住房管理办法 第7条"),
    "hmd.public_rental_ended": Kind("GT", "HMD-PUB-002", "公共租赁住房管理办法 第27条"),
    "hmd.private_lease_filed": Kind("ZL", "HMD-LEA-001", "住房租赁条例 第8条"),
    "hmd.private_lease_ended": Kind("ZX", "HMD-LEA-002", "住房租赁条例 第8条"),
}


@dataclass(frozen=True, slots=True)
class Filing:
    """One act as it was filed: its event, and whom and what it is really about."""

    event: dict[str, Any]
    person: Person | None
    unit: str | None
    on: Day
    recorded: Moment

    @property
    def record_id(self) -> str:
        return str(self.event["source_record_id"])

    @property
    def record_key(self) -> str:
        return f"{self.event['source_agency']}:{self.event['source_record_id']}"

    @property
    def day(self) -> Day:
        """Day it was recorded."""
        return day_of(self.recorded)


class Ledger:
    """Files acts and publishes them."""

    def __init__(self, rng: random.Random, start: Day, today: Day) -> None:
        self.start, self.today = start, today
        self.records: dict[str, dict[str, str | None]] = {}
        self.filings: list[Filing] = []
        self._rng = rng
        self._serials: Counter[str] = Counter()
        self._last: dict[str, tuple[int, Moment]] = {}
        self._outbox: list[tuple[Moment, float, dict[str, Any]]] = []
        self._orgs: dict[tuple[str, str], str] = {}

    def org(self, agency: str, region: str) -> str:
        """Credit code of an agency's (or sub-agency's) office in a county."""
        key = (agency, region)
        if key not in self._orgs:
            self._orgs[key] = credit_code("11", region, 100 + len(self._orgs))
        return self._orgs[key]

    def serial(self, prefix: str, day: Day) -> str:
        """A fresh number of a series: `FH-2026-00017`."""
        self._serials[prefix] += 1
        return f"{prefix}-{year_of(day)}-{self._serials[prefix]:06d}"

    def file(
        self,
        kind: str,
        person: Person | None,
        payload: dict[str, Any],
        *,
        on: Day,
        recorded: Day | None = None,
        region: str | None = None,
        record: str | None = None,
        unit: str | None = None,
        ref: dict[str, Any] | None = None,
        op: str | None = None,
        supersedes: Filing | None = None,
        late: bool = False,
        prompt: bool = False,
    ) -> Filing:
        """File one act and publish it.

        `person` is whom the act is really about, `ref` how it names them when not by their register entry. `record`
        continues a record; without it the act opens one. `late` publishes it weeks after, `prompt` surely not so.
        """
        agency = kind.partition(".")[0].upper()
        details = KINDS[kind]
        day = on if recorded is None else recorded
        if day > self.today or day < on:
            raise ValueError(f"{kind}: recorded {iso(day)}, took effect {iso(on)}, today {iso(self.today)}")
        record_id = record or self.serial(details.prefix, day)
        seq, when = self._next_in(f"{agency}:{record_id}", day)
        published = self._published(when, late, prompt)
        region_code = region or (person.region if person else next(iter(COUNTIES)))
        event: dict[str, Any] = {
            "event_id": self._event_id(published),
            "event_type": kind,
            "schema_version": 1,
            "source_agency": agency,
            "sub_source": details.sub_source,
            "source_org": self.org(details.sub_source or agency, region_code),
            "catalogue_item": details.catalogue,
            "source_record_id": record_id,
            "source_seq": seq,
            "op": op or ("CREATE" if seq == 1 else "UPDATE"),
            "supersedes": supersedes.event["event_id"] if supersedes else None,
            "business_time": iso(on),
            "record_time": stamp(when),
            "publish_time": stamp(published),
            "region_code": region_code,
            "legal_basis": details.basis,
        }
        if person is not None:
            event["subject"] = ref or person.ref(day)
        event["payload"] = payload
        self.records[f"{agency}:{record_id}"] = {"person": person.pid if person else None, "unit": unit}
        self._send(published, event)
        filing = Filing(event, person, unit, on, when)
        self.filings.append(filing)
        return filing

    def correct(
        self,
        wrong: Filing,
        recorded: Day,
        *,
        payload: dict[str, Any] | None = None,
        person: Person | None = None,
        ref: dict[str, Any] | None = None,
        unit: str | None = None,
        on: Day | None = None,
        new_record: bool = False,
        late: bool = False,
    ) -> Filing:
        """The record was wrong from the start; this is how it should have read."""
        return self._supersede(
            "CORRECT",
            wrong,
            recorded,
            payload=wrong.event["payload"] if payload is None else payload,
            person=person or wrong.person,
            ref=ref,
            unit=unit or wrong.unit,
            on=wrong.on if on is None else on,
            new_record=new_record,
            late=late,
        )

    def cancel(self, wrong: Filing, recorded: Day, *, new_record: bool = False, late: bool = False) -> Filing:
        """The act never happened."""
        return self._supersede(
            "CANCEL",
            wrong,
            recorded,
            payload=wrong.event["payload"],
            person=wrong.person,
            ref=wrong.event.get("subject"),
            unit=wrong.unit,
            on=wrong.on,
            new_record=new_record,
            late=late,
        )

    def _supersede(
        self,
        op: str,
        wrong: Filing,
        recorded: Day,
        *,
        payload: dict[str, Any],
        person: Person | None,
        ref: dict[str, Any] | None,
        unit: str | None,
        on: Day,
        new_record: bool,
        late: bool,
    ) -> Filing:
        filing = self.file(
            wrong.event["event_type"],
            person,
            payload,
            on=on,
            recorded=recorded,
            region=wrong.event["region_code"],
            record=None if new_record else wrong.record_id,
            unit=unit,
            ref=ref,
            op=op,
            supersedes=wrong,
            late=late,
        )
        # What the record was about all along, whatever it said before.
        self.records[wrong.record_key] = self.records[filing.record_key]
        return filing

    def last_day(self, filing: Filing) -> Day:
        """Day of the newest act of the filing's record."""
        return day_of(self._last[filing.record_key][1])

    def published_events(self) -> list[dict[str, Any]]:
        """All events in order of publishing; those of one burst in any order."""
        self._outbox.sort(key=lambda item: item[:2])
        return [event for _, _, event in self._outbox]

    def _next_in(self, record_key: str, day: Day) -> tuple[int, Moment]:
        seq, last = self._last.get(record_key, (0, 0))
        when = moment(day, self._rng.randrange(9 * 3600, 17 * 3600))
        if when <= last:
            when = last + self._rng.randrange(1, 600)
        if seq and day < day_of(last):
            raise ValueError(f"{record_key}: act of {iso(day)} after one of {iso(day_of(last))}")
        self._last[record_key] = (seq + 1, when)
        return seq + 1, when

    def _published(self, recorded: Moment, late: bool, prompt: bool) -> Moment:
        """Seconds, hours or a day after recording; sometimes months; the backlog in the first days."""
        rng = self._rng
        day = day_of(recorded)
        end = moment(self.today, DAY_SECONDS - 1)
        last = moment(self.today - QUIET_DAYS, DAY_SECONDS - 1)
        if day < self.start:
            if late or (rng.random() < _LATE_BACKLOG_SHARE and not prompt):
                return rng.randrange(moment(self.start, 0), last)
            return moment(self.start, rng.randrange(_BACKLOG_DAYS * DAY_SECONDS))
        if day + QUIET_DAYS + 2 <= self.today and (late or (rng.random() < _LATE_SHARE and not prompt)):
            return max(recorded, min(recorded + rng.randrange(10 * DAY_SECONDS, 150 * DAY_SECONDS), last))
        burst = rng.random()
        if burst < 0.4:
            published = recorded + rng.randrange(60)
        elif burst < 0.8:
            published = moment(day, 23 * 3600)  # the nightly batch: one moment for all
        else:
            published = recorded + rng.randrange(3 * DAY_SECONDS // 2)
        return min(published, end)

    def _event_id(self, published: Moment) -> str:
        """UUIDv7: milliseconds of publishing, then random bits."""
        high = unix_milliseconds(published) << 16 | 0x7000 | self._rng.getrandbits(12)
        low = 0x8 << 60 | self._rng.getrandbits(62)
        text = f"{high:016x}{low:016x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def _send(self, published: Moment, event: dict[str, Any]) -> None:
        rng = self._rng
        self._outbox.append((published, rng.random(), event))
        if rng.random() < _DUPLICATE_SHARE:
            self._outbox.append((published, rng.random(), event))
