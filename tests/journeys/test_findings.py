"""Cases an outsider tried, against the domain specification. Many were wrong once; each is one sentence."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import permutations
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from hub.cli import cli
from hub.domain.workdays import load_workdays
from tests.builders import ORG, UNIT, WANG, Desk, person, ric
from tests.journeys.first_rules import Hub
from tests.journeys.histories import history

LI = person(ric("19700505", 2), "李娜")
NEW = ric("19600315", 11)
THIRD = ric("19600315", 13)
HMT = "810000199408230021"
AS_OF = "2026-06-30"

ALERT_FIELDS = [
    "alert_id", "rule_id", "rule_version", "kind", "severity", "status", "acting_agency", "cc", "subject_key",
    "resident_id", "fingerprint", "opened_at", "due_at", "closed_at", "close_reason", "closing_event_id", "frozen_by",
    "shadow", "show", "evidence", "policy", "title", "todo", "basis",
    "overdue", "answer", "muted_until",
]  # fmt: skip


@pytest.fixture
def d() -> Desk:
    return Desk()


def hub_of(events: list[dict[str, Any]], as_of: str = AS_OF) -> Hub:
    hub = Hub(as_of=as_of).feed(events)
    assert hub.quarantine == []
    return hub


def standing(events: list[dict[str, Any]], as_of: str = AS_OF) -> list[str]:
    return sorted(a["rule_id"] for a in hub_of(events, as_of).alerts if a["status"] != "CLOSED")


def alert(events: list[dict[str, Any]], rule: str, as_of: str = AS_OF) -> dict[str, Any]:
    """The one standing alert of a rule."""
    (found,) = [a for a in hub_of(events, as_of).alerts if a["rule_id"] == rule and a["status"] != "CLOSED"]
    return found


def golden(events: list[dict[str, Any]], name: str = "王伟", as_of: str = AS_OF) -> dict[str, Any]:
    """Golden values of the one resident of that name."""
    (found,) = [r for r in hub_of(events, as_of).residents if r["golden"]["name"]["value"] == name]
    return {attribute: value["value"] for attribute, value in found["golden"].items()}


def in_every_order(events: list[dict[str, Any]]) -> list[Any]:
    """The one outcome of all orders: residents, and what stands."""
    outcomes = []
    for order in permutations(events):
        hub = hub_of(list(order))
        alerts = [
            (a["rule_id"], a["fingerprint"], a["opened_at"], a["due_at"], a["evidence"])
            for a in hub.alerts
            if a["status"] != "CLOSED"
        ]
        outcome = [hub.residents, sorted(alerts)]
        if outcome not in outcomes:
            outcomes.append(outcome)
    (outcome,) = outcomes
    return outcome


def rights(d: Desk, scheme: str, month: str, on: str) -> dict[str, Any]:
    payload = {"scheme": scheme, "from_month": month, "to_month": month, "status": "PAID"}
    return d.event("hrss.contribution_status_changed", payload, on=on, who=person())


def eldercare(d: Desk, action: str, on: str, **over: Any) -> dict[str, Any]:
    payload = {
        "action": action,
        "institution_org": ORG["MCA"],
        "care_kind": "INSTITUTION",
        "funding": "SELF",
        "date": on,
    }
    return d.event("mca.eldercare_changed", payload, on=on, who=person(), **over)


# --- UPDATE, CORRECT, CANCEL ------------------------------------------------------------------------------------------


def every_kind(d: Desk) -> dict[str, tuple[dict[str, Any], dict[str, Any], str, Any, Any]]:
    """First version; what the next one says; golden attribute; its value before and after."""
    permit = {"action": "ISSUE", "permit_no": "PM-1", "issue_date": "2026-01-05", "valid_until": "2027-01-04"}
    title = {"unit_code": UNIT, "action": "FIRST", "share_numerator": 1, "share_denominator": 1, "use": "RESIDENTIAL",
             "floor_area": "90.00", "register_date": "2026-01-05"}  # fmt: skip
    job = {"kind": "EMPLOYED_START", "start_date": "2026-01-05", "end_date": None}
    more = {"on": "2026-01-05", "who": person()}
    return {
        "pension": (d.pension(), {"first_month": "202005"}, "pension.EMP.429801", "202004", "202005"),
        "medical": (d.cover(), {"status": "ENDED"}, "medical.RES.2026", "ACTIVE", "ENDED"),
        "enrolment": (d.enrolled(), {"action": "SUSPEND"}, "insured.PENSION_EMP", "ENROL", "SUSPEND"),
        "allowance": (d.allowance(), {"action": "STOP"}, "allowance.IT-1", "START", "STOP"),
        "aid": (d.aid(), {"aid_class": "LS"}, "aid.AID-1", "DB", "LS"),
        "rental": (d.public_rental(), {"end_date": "2026-02-01"}, "public_rental.P-1", "2027-12-31", "2026-02-01"),
        "death": (d.death(), {"death_date": "2026-02-20"}, "death_date", "2026-03-01", "2026-02-20"),
        "funeral": (d.funeral(), {"death_date": "2026-02-20"}, "death_date", "2026-03-01", "2026-02-20"),
        "check": (d.verified(on="2026-01-05"), {"result": "DECEASED"}, "eligibility", "CONFIRMED", "DECEASED"),
        "eldercare": (eldercare(d, "ADMIT", "2026-01-05"), {"action": "DISCHARGE"}, "eldercare", "ADMIT", "DISCHARGE"),
        "household": (d.moved_in(), {"household_no": "HK-2"}, "household_no", "HK-1", "HK-2"),
        "permit": (d.event("psb.permit_changed", {**permit, "ground": "JOB", "issuer": "城中区"}, **more),
                   {"action": "CANCEL"}, "permit.PM-1", "ISSUE", "CANCEL"),
        "title": (d.event("hmd.ownership_changed", title, **more, sub_source="RER"),
                  {"action": "CANCEL"}, f"title.{UNIT}", "FIRST", "CANCEL"),
        "job": (d.event("hrss.employment_changed", job, **more, record="J-7"),
                {"kind": "EMPLOYED_END"}, "employment.J-7", "EMPLOYED_START", "EMPLOYED_END"),
    }  # fmt: skip


KINDS = sorted(every_kind(Desk()))


def _shown(values: dict[str, Any], attribute: str) -> str:
    found = [value for name, value in values.items() if name.startswith(attribute)]
    return str(found)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("op", ["UPDATE", "CORRECT"])
def test_the_next_version_of_an_entry_is_what_holds(d: Desk, kind: str, op: str) -> None:
    """UPDATE and CORRECT both leave an entry at its newer act, in every order of arrival."""
    first, change, attribute, before, after = every_kind(d)[kind]
    anchor = d.enrolled(scheme="INJURY", on="2025-01-01")
    assert before in _shown(golden([anchor, first]), attribute)
    second = d.again(first, op, on="2026-04-01", **change)
    values = golden([anchor, first, second])
    assert after in _shown(values, attribute)
    assert before not in _shown(values, attribute)
    in_every_order([anchor, first, second])


@pytest.mark.parametrize("kind", KINDS)
def test_a_cancelled_entry_is_gone_whoever_comes_first(d: Desk, kind: str) -> None:
    """CANCEL leaves nothing of an entry, also where it arrives before what it cancels."""
    first, _, attribute, _, _ = every_kind(d)[kind]
    anchor = d.enrolled(scheme="INJURY", on="2025-01-01")
    cancel = d.again(first, "CANCEL", on="2026-04-01")
    residents, alerts = in_every_order([anchor, first, cancel])
    assert [r["source_record_id"] for r in residents[0]["records"]] == [anchor["source_record_id"]]
    assert _shown(residents[0]["golden"], attribute) == "[]"
    assert alerts == []


def test_a_correction_of_a_correction(d: Desk) -> None:
    """Only the last content of a twice corrected record counts."""
    first = d.pension()
    second = d.again(first, "CORRECT", on="2026-01-02", first_month="202101")
    third = d.again(second, "CORRECT", on="2026-01-03", first_month="202201")
    assert golden([first, second, third])["pension.EMP.429801"]["from_month"] == "202201"
    in_every_order([first, second, third])


def test_nobody_takes_back_another_agencys_word(d: Desk) -> None:
    """A cancellation that names an event of another agency changes nothing."""
    death = d.death()
    foreign = d.funeral(op="CANCEL", supersedes=death, on="2026-03-05")
    assert golden([d.moved_in(), death, foreign])["life_state"] == "CONFIRMED"


def test_two_contents_under_one_key(d: Desk) -> None:
    """The later recorded content stands, counted as a conflict once a subject, and repetition changes nothing."""
    first = d.allowance("START")
    second = {**d.allowance("STOP", recorded="2026-01-09"), "source_record_id": first["source_record_id"]}
    residents, _ = in_every_order([first, second, first])
    assert residents[0]["golden"]["allowance.IT-1"]["value"]["action"] == "STOP"
    assert hub_of([first, second, first, second]).counts["conflicts"] == 1


def test_two_contents_under_one_event_id(d: Desk) -> None:
    """Even an event id used twice, with a third content between, ends the same in every order."""
    one = d.allowance("START")
    other = {**d.allowance("STOP", recorded="2026-01-07"), "source_record_id": one["source_record_id"]}
    again = {**one, "record_time": "2026-01-09T09:00:00+08:00", "business_time": "2026-01-06"}
    residents, _ = in_every_order([one, other, again])
    assert residents[0]["golden"]["allowance.IT-1"]["value"]["action"] == "START"


def test_a_beaten_cancellation_cancels_nothing(d: Desk) -> None:
    """A cancellation that lost its key to another content takes nothing back, whomever it named."""
    pension = d.pension()
    for record in (None, "OWN-1"):
        cancel = d.again(pension, "CANCEL", on="2026-02-01", who=LI)
        update = d.again(pension, "UPDATE", on="2026-02-03")
        if record:
            cancel = {**cancel, "source_record_id": record}
            update = {
                **d.cover(LI, recorded="2026-02-03"),
                "source_record_id": record,
                "source_seq": cancel["source_seq"],
            }
        residents, _ = in_every_order([pension, cancel, update])
        assert any("pension.EMP.429801" in r["golden"] for r in residents)


def test_a_version_that_never_was_moves_no_record(d: Desk) -> None:
    """A record that an update moved to another person is the first person's again when the update is cancelled."""
    wrong = d.pension(person(name="王玮"))
    moved = d.again(wrong, "UPDATE", on="2026-01-10", who=LI)
    back = d.again(moved, "CANCEL", on="2026-01-20", who=LI)
    assert standing([d.moved_in(), wrong]) == ["ID-06"]
    assert "ID-06" not in standing([d.moved_in(), wrong, moved])
    assert standing([d.moved_in(), wrong, moved, back]) == ["ID-06"]
    in_every_order([d.moved_in(), wrong, moved, back])


@pytest.mark.parametrize("record", [None, "OWN-1"])
def test_a_correction_to_another_person_under_any_record(d: Desk, record: str | None) -> None:
    """A death filed under the wrong number moves to the right person, also when the correction has its own number."""
    funeral = d.funeral()
    correction = d.again(funeral, "CORRECT", on="2026-03-10", who=LI)
    if record:
        correction = {**correction, "source_record_id": record, "source_seq": 1}
    residents, alerts = in_every_order([d.pension(), d.moved_in(LI), funeral, correction])
    states = {r["golden"]["name"]["value"]: r["golden"]["life_state"]["value"] for r in residents}
    assert states == {"王伟": "RETRACTED", "李娜": "REPORTED"}
    assert [rule for rule, *_ in alerts] == ["LE-02"]


# --- life and death ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("precision", "last", "stopped", "expected"),
    [
        ("MONTH", "2026-03-31", "202604", []),
        ("MONTH", "2026-03-31", "202608", ["LE-01"]),
        ("YEAR", "2026-12-31", "202701", []),
        ("YEAR", "2026-12-31", "202703", ["LE-01"]),
    ],
)
def test_an_imprecise_death_counts_from_its_last_day(
    d: Desk, precision: str, last: str, stopped: str, expected: list[str]
) -> None:
    """Police who know only the month or year of a death are taken at its last day."""
    death = d.death()
    death["payload"]["death_date_precision"] = precision
    stop = d.pension_status("STOPPED", stopped, on="2026-03-20")
    assert golden([d.moved_in(), death])["death_date"] == last
    assert standing([d.moved_in(), d.pension(), death, stop]) == expected


def test_a_month_of_death_proves_nothing_within_it(d: Desk) -> None:
    """Activity in the month of an imprecise death does not speak against it; two days after its end does."""
    death = d.death()
    death["payload"]["death_date_precision"] = "MONTH"
    assert standing([death, d.verified(on="2026-04-01")]) == []
    assert standing([death, d.verified(on="2026-04-02")]) == ["LE-04"]


def test_police_and_funeral_both(d: Desk) -> None:
    """Two sources confirm; police give the date; each wrong death is asked about on its own."""
    events = [d.moved_in(), d.death(on="2026-03-02"), d.funeral(), d.verified(on="2026-03-20")]
    values = golden(events)
    assert (values["life_state"], values["death_date"]) == ("CONFIRMED", "2026-03-02")
    found = [a for a in hub_of(events).alerts if a["rule_id"] == "LE-04"]
    assert sorted((a["acting_agency"], tuple(a["cc"])) for a in found) == [
        ("MCA", ("PSB", "HRSS")),
        ("PSB", ("HRSS", "MCA")),
    ]


def test_the_applicant_of_a_cancelled_funeral_never_died(d: Desk) -> None:
    """Taking back a death retracts it for the deceased, not for whoever ordered the funeral or bears another name."""
    funeral = d.funeral()
    funeral["payload"]["applicant"] = LI
    events = [d.moved_in(), d.moved_in(LI), funeral, d.again(funeral, "CANCEL", on="2026-03-10")]
    assert golden(events)["life_state"] == "RETRACTED"
    assert golden(events, "李娜")["life_state"] == "ALIVE"
    stranger = d.funeral(person(name="赵敏"))
    events = [d.moved_in(), stranger, d.again(stranger, "CANCEL", on="2026-03-10")]
    assert golden(events)["life_state"] == "ALIVE"


def test_a_later_entitlement_check_replaces_an_earlier_one(d: Desk) -> None:
    """A pension office that confirms somebody no longer says they are dead."""
    said = [d.pension(), d.verified(on="2026-02-01", result="DECEASED")]
    assert golden(said)["life_state"] == "REPORTED"
    assert golden([*said, d.verified(on="2026-03-01")])["life_state"] == "ALIVE"


def test_a_dead_funeral_applicant_and_a_dead_applicant_are_two(d: Desk) -> None:
    """An update of a death's date is the date; the old one is not a second death."""
    death = d.death()
    events = [d.moved_in(), death, d.again(death, "UPDATE", on="2026-03-12", death_date="2026-03-05")]
    assert golden(events)["death_date"] == "2026-03-05"
    assert standing([*events, d.verified(on="2026-03-06")]) == []


def test_frozen_cases_thaw(d: Desk) -> None:
    """LE-01..03 rest while LE-04 stands, name it, keep their deadlines, and stand again when it is gone."""
    seen = d.verified(on="2026-03-20")
    events = [d.moved_in(), d.pension(), d.allowance(), d.funeral(), seen]
    frozen = {a["rule_id"]: a for a in hub_of(events).alerts}
    assert {rule: a["status"] for rule, a in frozen.items()} == {
        "LE-01": "FROZEN", "LE-02": "FROZEN", "LE-03": "FROZEN", "LE-04": "OPEN",
    }  # fmt: skip
    assert {frozen[r]["frozen_by"] for r in ("LE-01", "LE-02", "LE-03")} == {frozen["LE-04"]["alert_id"]}
    thawed = {a["rule_id"]: a for a in hub_of([*events, d.again(seen, "CANCEL", on="2026-05-20")]).alerts}
    assert {rule: a["status"] for rule, a in thawed.items()} == {
        "LE-01": "OPEN", "LE-02": "OPEN", "LE-03": "OPEN", "LE-04": "CLOSED",
    }  # fmt: skip
    for rule in ("LE-01", "LE-02", "LE-03"):
        assert (thawed[rule]["opened_at"], thawed[rule]["due_at"]) == (
            frozen[rule]["opened_at"],
            frozen[rule]["due_at"],
        )
        assert thawed[rule]["frozen_by"] is None


# --- time -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("gap", "same"), [(30, True), (31, False)])
def test_opening_again(d: Desk, gap: int, same: bool) -> None:
    """A case that comes back within thirty days is the same case; later it is a new one, and the old stays closed."""
    start = d.allowance("START", recorded="2026-01-05")
    stop = d.allowance("STOP", on="2026-03-31", record=start["source_record_id"], seq=2)
    day = {30: "2026-04-25", 31: "2026-04-26"}[gap]  # plus five days of grace
    resume = d.allowance("RESUME", on=day, record=start["source_record_id"], seq=3)
    resume["publish_time"] = resume["record_time"] = f"{day}T09:00:05+08:00"
    hub = hub_of([d.death(), start, stop, resume])
    found = sorted((a for a in hub.alerts if a["rule_id"] == "LE-03"), key=lambda a: a["opened_at"])
    assert [a["status"] for a in found] == (["OPEN"] if same else ["CLOSED", "OPEN"])
    assert len({a["fingerprint"] for a in found}) == 1
    first = next(a for a in hub_of([d.death(), start, stop]).alerts if a["rule_id"] == "LE-03")
    assert (found[-1]["alert_id"] == first["alert_id"]) == same


def test_a_grace_ends_to_the_moment(d: Desk) -> None:
    """LE-03 opens five days after the death was recorded, to the second, and not before."""
    hub = Hub().feed([d.allowance(), d.death(recorded="2026-03-02T16:20:00+08:00")])
    assert hub.advance("2026-03-07T16:19:59+08:00").alerts == []
    (found,) = hub.advance("2026-03-07T16:20:00+08:00").alerts
    assert found["opened_at"] == "2026-03-07T16:20:00+08:00"


def test_nothing_opens_that_was_over_before_its_grace(d: Desk) -> None:
    """A benefit stopped on the last day of grace was never told to anybody."""
    start = d.allowance()
    stop = d.allowance("STOP", on="2026-03-06", record=start["source_record_id"], seq=2)
    stop["publish_time"] = stop["record_time"] = "2026-03-06T08:59:59+08:00"
    assert hub_of([start, d.death(), stop]).alerts == []


def test_a_late_publication_opens_when_it_arrives(d: Desk) -> None:
    """Grace long over in record time: the alert opens at the publication that completed the condition."""
    late = d.death(published="2026-05-20")
    found = alert([d.allowance(), late], "LE-03")
    assert found["opened_at"] == late["publish_time"] == "2026-05-20T09:00:05+08:00"
    assert found["due_at"] == "2026-06-03T23:59:59+08:00"
    start = d.allowance(published="2026-05-25")
    assert alert([start, d.death()], "LE-03")["opened_at"] == start["publish_time"]


@pytest.mark.parametrize(
    ("rule", "due"),
    [("LE-01", "2025-10-14"), ("EN-02", "2025-10-28"), ("ID-06", "2025-10-14"), ("EN-01", "2025-11-11")],
)
def test_deadlines_over_the_national_holiday(d: Desk, rule: str, due: str) -> None:
    """S1 ten, S2 twenty, S3 thirty working days, a correction ten whatever its severity: make-up Sundays count."""
    opened = "2025-09-24T09:00:00+08:00"
    events = {
        "LE-01": [d.pension(), d.death(on="2025-09-20", recorded=opened, published=opened)],
        "EN-02": [d.aid(on="2025-09-01", published=opened)],
        "ID-06": [d.moved_in(), d.pension(person(name="王偉"), on="2025-09-01", published=opened)],
        "EN-01": [d.moved_in(published=opened)],
    }[rule]
    found = alert(events, rule, "2025-09-30")
    assert (found["opened_at"], found["due_at"]) == (opened, f"{due}T23:59:59+08:00")
    days = {"S1": 10, "S2": 20, "S3": 30}
    count = 10 if found["kind"] == "CORRECTION" else days[found["severity"]]
    assert _working_days("2025-09-24", due) == count


def _working_days(after: str, to: str) -> int:
    """Counted one by one on the holiday notice of 2025."""
    day, last, count = date.fromisoformat(after), date.fromisoformat(to), 0
    while day < last:
        day += timedelta(days=1)
        count += load_workdays().is_workday(day)
    return count


def test_a_pension_that_begins_later_opens_when_it_begins(d: Desk) -> None:
    """What the calendar completes opens on that day, not with a deadline long over: LE-01 of a pension from June."""
    events = [d.pension(on="2026-02-01", kind="RES", first="202606"), d.funeral()]
    assert standing(events, "2026-05-31") == []
    found = alert(events, "LE-01")
    assert (found["opened_at"], found["due_at"]) == ("2026-06-01T00:00:00+08:00", "2026-06-15T23:59:59+08:00")


def test_contributions_that_lapse_open_when_they_lapse(d: Desk) -> None:
    """EN-01 of somebody who paid until March opens thirty days after three months without, not at their birthday."""
    events = [d.moved_in(), rights(d, "PENSION_EMP", "202603", "2026-04-25")]
    assert standing(events, "2026-07-30") == []
    assert alert(events, "EN-01", "2026-07-31")["opened_at"] == "2026-07-31T00:00:00+08:00"


def test_a_tenancy_that_begins_later_opens_when_it_begins(d: Desk) -> None:
    """LE-03 of a sole public tenancy from May counts its grace from May."""
    events = [d.public_rental(start="2026-05-01", recorded="2026-02-01"), d.death()]
    assert alert(events, "LE-03")["opened_at"] == "2026-05-06T00:00:00+08:00"


def test_uncovered_last_year_and_this_is_one_case(d: Desk) -> None:
    """EN-02 that stands at New Year goes on standing, with its deadline, if the new year brings no cover."""
    events = [d.aid(on="2025-05-01")]
    before, after = alert(events, "EN-02", "2025-12-31"), alert(events, "EN-02", "2026-01-05")
    assert before == after


def test_cover_of_last_year_is_none_this_year(d: Desk) -> None:
    """Cover that ended with its year counts from New Year; cover that ended earlier had counted from then."""
    events = [d.aid(on="2025-05-01"), d.cover(year=2025, on="2025-05-02")]
    assert alert(events, "EN-02")["opened_at"] == "2026-01-16T00:00:00+08:00"
    ended = d.cover(year=2025, on="2025-11-03", status="ENDED")
    assert alert([*events, ended], "EN-02")["opened_at"] == "2025-11-18T09:00:00+08:00"


def test_a_pension_to_be_stopped_is_still_a_pension(d: Desk) -> None:
    """EN-01 is silent until a stop announced for December takes effect."""
    events = [d.moved_in(), d.pension(), d.pension_status("STOPPED", "202612", on="2026-01-10", reason="OTHER")]
    assert standing(events, "2026-12-30") == []
    assert alert(events, "EN-01", "2026-12-31")["opened_at"] == "2026-12-31T00:00:00+08:00"


def test_a_policy_that_changes_is_judged_on_its_day(d: Desk, tmp_path: Path) -> None:
    """When a limit of the dated table ends, rules look again without any event, and count from that day."""
    policy = tmp_path / "policy.toml"
    policy.write_text('[[policy]]\nkey = "HO-01.overlap_days"\nvalue = 400\nvalid_to = 2026-03-31\n')
    hub = Hub(policy=policy, as_of="2026-04-15").feed(two_leases(d))
    assert hub.alerts == []
    (found,) = hub.advance("2026-04-16").alerts
    assert (found["opened_at"], found["policy"]) == ("2026-04-16T00:00:00+08:00", {"HO-01.overlap_days": 15})


def test_age_follows_the_birth_date_police_correct(d: Desk) -> None:
    """EN-01 goes by the corrected birth date, and closes when the correction makes the resident younger."""
    younger = d.renamed("BIRTH_DATE", "1960-03-15", "1970-03-15", on="2026-02-01")
    assert standing([d.moved_in()]) == ["EN-01"]
    assert standing([d.moved_in(), younger]) == []
    assert standing([d.moved_in(), younger, d.again(younger, "CANCEL", on="2026-03-01")]) == ["EN-01"]
    text = d.renamed("BIRTH_DATE", "1960-03-15", "三月十五", on="2026-02-01")
    assert golden([d.moved_in(), text])["birth_date"] == "1960-03-15"


def test_local_by_moving_within_the_city(d: Desk) -> None:
    """Somebody who moved out to another county of this city is registered here, whatever told us so."""
    payload = {"to_region": "429803", "certificate_no": "MC-1", "issue_date": "2020-01-01", "move_type": "WITHIN_CITY"}
    assert standing([d.event("psb.migrated_out", payload, on="2020-01-01", who=person())]) == ["EN-01"]


# --- numbers ----------------------------------------------------------------------------------------------------------


def test_a_case_follows_the_person_to_a_corrected_number(d: Desk) -> None:
    """LE-01 and LE-03 stand under the new number since the same moment and with the same deadline."""
    events = [d.moved_in(), d.pension(), d.cover(), d.aid(), d.allowance(), d.public_rental(), d.death()]
    before = {(a["rule_id"], str(a["show"])): a for a in hub_of(events).alerts}
    assert len(before) == 4
    corrected = d.renamed("ID_NO", WANG, NEW, person(NEW), on="2026-04-15")
    hub = hub_of([*events, corrected])
    after = {(a["rule_id"], str(a["show"])): a for a in hub.alerts if a["status"] != "CLOSED"}
    (resident,) = hub.residents
    assert resident["golden"]["id_no"]["value"] == NEW
    for case, alert_before in before.items():
        assert after[case]["resident_id"] == resident["resident_id"] != alert_before["resident_id"]
        for field in ("opened_at", "due_at", "acting_agency"):
            assert after[case][field] == alert_before[field]
    undone = hub_of([*events, corrected, d.again(corrected, "CANCEL", on="2026-04-20")])
    again = {(a["rule_id"], str(a["show"])): a for a in undone.alerts if a["status"] != "CLOSED"}
    assert {c: (a["alert_id"], a["opened_at"]) for c, a in again.items()} == {
        c: (a["alert_id"], a["opened_at"]) for c, a in before.items()
    }


def test_a_number_corrected_back_by_another_correction(d: Desk) -> None:
    """Old to new, and new to old again: the person is under the old number, with everything, not nowhere."""
    there = d.renamed("ID_NO", WANG, NEW, person(NEW), on="2026-01-15")
    back = d.renamed("ID_NO", NEW, WANG, person(), on="2026-02-15")
    residents, alerts = in_every_order([d.pension(), there, back, d.funeral()])
    (resident,) = residents
    assert resident["golden"]["id_no"]["value"] == WANG
    assert [(i["id_no"], i["valid_from"], i["valid_to"]) for i in resident["identifiers"]] == [
        (WANG, "2026-02-15", None),
        (NEW, "2026-01-15", "2026-02-15"),
    ]
    assert [rule for rule, *_ in alerts] == ["LE-01"]


def test_a_number_corrected_twice(d: Desk) -> None:
    """The last word on where a number went stands, and nothing stays where it went first."""
    first = d.renamed("ID_NO", WANG, NEW, person(NEW), on="2026-01-15")
    second = d.renamed("ID_NO", WANG, THIRD, person(THIRD), on="2026-02-15")
    residents, _ = in_every_order([d.moved_in(), d.pension(), first, second])
    holding = [r["golden"]["id_no"]["value"] for r in residents if "pension.EMP.429801" in r["golden"]]
    assert holding == [THIRD]


def test_a_chain_of_corrected_numbers(d: Desk) -> None:
    """Old, new, third: one resident under the third, with all three numbers, in every order."""
    first = d.renamed("ID_NO", WANG, NEW, person(NEW), on="2026-01-15")
    second = d.renamed("ID_NO", NEW, THIRD, person(THIRD), on="2026-02-15")
    residents, _ = in_every_order([d.moved_in(), d.pension(), d.aid(), first, second])
    (resident,) = residents
    assert resident["golden"]["id_no"]["value"] == THIRD
    assert {"aid.AID-1", "pension.EMP.429801"} <= set(resident["golden"])
    assert [i["id_no"] for i in resident["identifiers"]] == sorted([WANG, NEW, THIRD])


def test_a_group_speaks_to_the_person_under_the_new_number(d: Desk) -> None:
    """What is decided about an aid unit after a correction of number reaches the person all the same."""
    corrected = d.renamed("ID_NO", WANG, NEW, person(NEW), on="2026-01-15")
    ended = d.aid_changed("TERMINATE", LI, on="2026-03-05")
    events = [d.moved_in(), d.aid(LI, [LI, person()]), corrected, ended]
    assert golden(events)["aid.AID-1"]["status"] == "ENDED"
    in_every_order(events)


def test_a_corrected_number_that_fails_its_check_moves_nobody(d: Desk) -> None:
    """A typing mistake in the new number is asked about; the person stays under the old one."""
    wrong = d.renamed("ID_NO", WANG, NEW[:-1] + ("1" if NEW[-1] != "1" else "2"), on="2026-01-15")
    hub = hub_of([d.moved_in(), d.pension(), wrong])
    assert [(a["rule_id"], a["acting_agency"]) for a in hub.alerts] == [("ID-01", "PSB")]
    (wang,) = [r for r in hub.residents if "pension.EMP.429801" in r["golden"]]
    assert wang["golden"]["id_no"]["value"] == WANG


def test_a_residence_permit_number_is_corrected(d: Desk) -> None:
    """A Hong Kong resident's number corrected to another keeps its kind and its bearer."""
    other = "820000199009270036"
    who = person(HMT, "陈静", id_type="HMT_RP", sex="2")
    events = [d.pension(who), d.renamed("ID_NO", HMT, other, person(other, "陈静", id_type="HMT_RP"), on="2026-01-15")]
    (resident,) = hub_of(events).residents
    assert [(i["id_type"], i["id_no"]) for i in resident["identifiers"]] == [("HMT_RP", HMT), ("HMT_RP", other)]
    assert resident["golden"]["id_no"]["value"] == other


def test_other_numbers_link_and_are_not_asked_about(d: Desk) -> None:
    """HMT_RP, both foreigners' cards and 18 digits filed as RIC for a permit each name one resident, without ID-01."""
    kinds = (
        ("HMT_RP", "RIC", HMT),
        ("FPR_NEW", "FPR_NEW", "911124198108030024"),
        ("FPR_OLD", "FPR_OLD", "CAN110081080310"),
    )
    for kind, other, number in kinds:
        one = {"id_type": kind, "id_no": number, "name": "陈静"}
        hub = hub_of([d.pension(one, record="A"), d.cover({**one, "id_type": other}, record="B")])
        assert hub.alerts == []
        (resident,) = hub.residents
        assert [r["source_record_id"] for r in resident["records"]] == ["A", "B"]


def test_fifteen_digits_match_and_are_asked_about(d: Desk) -> None:
    """An archive's fifteen digits name the same resident, are listed once, and their provider is asked for eighteen."""
    for kind in ("RIC15", "RIC"):
        old = {"id_type": kind, "id_no": "429801600315001", "name": "王伟"}
        hub = hub_of([d.pension(old), d.moved_in()])
        (resident,) = hub.residents
        assert [(i["id_type"], i["id_no"]) for i in resident["identifiers"]] == [("RIC", WANG)]
        assert [(a["rule_id"], a["show"]["error_code"]) for a in hub.alerts] == [("ID-01", "LEGACY15")]


def test_an_infant_known_by_birth_certificate(d: Desk) -> None:
    """A birth certificate number links an infant's records until there is a number; nothing is wrong with it."""
    infant = {"id_type": "BIRTH_CERT", "id_no": "A420123456", "name": "王小"}
    hub = hub_of([d.cover(infant, record="A"), d.pension(infant, record="B")])
    assert hub.alerts == []
    assert [[r["source_record_id"] for r in one["records"]] for one in hub.residents] == [["A", "B"]]


def test_a_wrong_number_of_somebody_named_is_asked_about_too(d: Desk) -> None:
    """A spouse, a member and an occupant with wrong numbers are three questions, and nobody is joined."""
    wrong = person(WANG[:-1] + "2", "李娜")
    lease = d.lease(who=LI)
    lease["payload"]["occupants"] = [wrong]
    hub = hub_of([d.married(spouse=wrong), d.cover(LI), d.aid(LI, [LI, wrong]), lease])
    asked = sorted(a["acting_agency"] for a in hub.alerts if a["rule_id"] == "ID-01")
    assert asked == ["HMD", "MCA", "MCA"]
    assert len({a["resident_id"] for a in hub.alerts if a["rule_id"] == "ID-01"}) == 3


# --- leases and aid ---------------------------------------------------------------------------------------------------


def two_leases(d: Desk) -> list[dict[str, Any]]:
    return [d.lease("L-1"), d.lease("L-2", LI, start="2026-02-01")]


def test_a_lease_extended_into_the_next(d: Desk) -> None:
    """A lease that ends before the next begins is in order, until it is extended over it; then its end is corrected."""
    leases = [d.lease("L-1", end="2026-01-31"), d.lease("L-2", LI, start="2026-02-01")]
    extend = d.lease_ended("L-1", on="2026-01-20", action="EXTEND", new_end="2026-12-31")
    assert standing(leases) == []
    assert standing([*leases, extend]) == ["HO-01"]
    assert standing([*leases, extend, d.again(extend, "CANCEL", on="2026-03-01")]) == []
    assert standing([*leases, extend, d.lease_ended("L-1", on="2026-03-01")]) == []
    in_every_order([*leases, extend])


def test_a_lease_filed_on_the_wrong_unit(d: Desk) -> None:
    """Correcting the unit code takes the lease out of one dwelling and puts it into the other."""
    leases = two_leases(d)
    elsewhere = d.again(leases[1], "CORRECT", on="2026-03-01", unit_code=UNIT[:-1] + "2")
    third = d.lease("L-3", start="2026-02-01", unit=UNIT[:-1] + "2")
    assert alert([*leases, elsewhere, third], "HO-01")["show"]["lease_nos"] == ["L-2", "L-3"]
    in_every_order([*leases, elsewhere, third])


def test_a_public_and_a_private_lease_of_one_dwelling(d: Desk) -> None:
    """A public rental that is let privately too is let twice, with the unit code printed in blanks or not."""
    printed = f"{UNIT[:6]} {UNIT[6:12]} {UNIT[12:19]} {UNIT[19:]}"
    events = [d.public_rental(unit=printed), d.lease("L-1", LI)]
    assert alert(events, "HO-01")["show"]["lease_nos"] == ["L-1", "P-1"]
    assert standing([*events, d.public_rental_ended("P-1", on="2026-03-01")]) == []


@pytest.mark.parametrize(("days", "expected"), [("2026-02-15", []), ("2026-02-16", ["HO-01"])])
def test_sixteen_days_are_more_than_a_hand_over(d: Desk, days: str, expected: list[str]) -> None:
    """Fifteen days of overlap, both ends counted, are a hand-over; sixteen are not."""
    events = [d.lease("L-1", end=days, recorded="2026-01-01"), d.lease("L-2", LI, start="2026-02-01")]
    hub = Hub().feed(events).advance("2026-02-16T23:59:00+08:00")
    assert [a["rule_id"] for a in hub.alerts] == expected


def test_members_come_and_go(d: Desk) -> None:
    """EN-02 follows who is in the unit and whether the unit is being supported."""
    granted = [d.cover(), d.aid()]
    added = d.aid_changed("ADD_MEMBER", on="2026-02-01", member=LI, reason="OTHER")
    removed = d.aid_changed("REMOVE_MEMBER", on="2026-03-01", member=LI, reason="OTHER")
    suspended = d.aid_changed("SUSPEND", on="2026-03-01", reason="OTHER")
    resumed = d.aid_changed("RESUME", on="2026-04-01", reason="OTHER")
    handed_over = d.aid_changed("HAND_OVER", on="2026-05-01", reason="MOVED")
    assert standing(granted) == []
    assert alert([*granted, added], "EN-02")["opened_at"] == "2026-02-16T09:00:00+08:00"
    assert standing([*granted, added, removed]) == []
    assert standing([*granted, added, suspended]) == []
    assert alert([*granted, added, suspended, resumed], "EN-02")["opened_at"] == "2026-04-16T09:00:00+08:00"
    assert standing([*granted, added, suspended, resumed, handed_over]) == []
    in_every_order([*granted, added, suspended, resumed])


def test_a_strangers_correction_says_nothing_of_a_member(d: Desk) -> None:
    """A death corrected onto a member's number under another name does not make the member dead for their aid unit."""
    other = d.funeral(LI)
    stranger = d.again(other, "CORRECT", on="2026-03-10", who=person(name="赵敏"))
    assert "EN-02" in standing([d.moved_in(), d.aid(), other, stranger])


# --- documents --------------------------------------------------------------------------------------------------------


def test_every_golden_value_says_where_it_comes_from(d: Desk) -> None:
    """Value, source, two times, event and status stand beside each attribute; others than police are UNVERIFIED."""
    pension, married = d.pension(person(sex="1")), d.married(spouse=LI)
    (wang, _) = sorted(hub_of([pension, married]).residents, key=lambda r: r["golden"]["name"]["value"] != "王伟")
    for value in wang["golden"].values():
        assert list(value) == ["value", "source", "business_time", "record_time", "event_id", "status"]
    for attribute in ("id_no", "name", "sex", "birth_date"):
        found = wang["golden"][attribute]
        assert (found["source"], found["event_id"], found["status"]) == ("MCA", married["event_id"], "UNVERIFIED")
    move = d.moved_in()
    (wang,) = [r for r in hub_of([pension, married, move]).residents if r["golden"]["name"]["value"] == "王伟"]
    for attribute in ("id_no", "name", "sex", "birth_date", "hukou_region"):
        found = wang["golden"][attribute]
        assert (found["source"], found["event_id"], found["status"]) == ("PSB", move["event_id"], "CONFIRMED")
    cover = d.cover(on="2026-01-02")
    assert hub_of([cover]).residents[0]["golden"]["medical.RES.2026"]["source"] == "HRSS/MSI"


def test_sex_and_birth_date_fall_back_in_the_order_of_the_sources(d: Desk) -> None:
    """Without police civil affairs come before social security; of one source the newest word counts."""
    early = d.pension(person(birth_date="1960-03-14", sex="2"))
    marriage = d.married(person(birth_date="1960-03-15"), LI)
    values = golden([early, marriage])
    assert (values["birth_date"], values["sex"]) == ("1960-03-15", "1")
    assert golden([early, d.cover(person(birth_date="1960-03-15"))])["birth_date"] == "1960-03-15"


def test_the_version_grows_with_every_change(d: Desk) -> None:
    """What a group decided changes a member's record, so it changes its version; equal in every order."""
    granted, ended = d.aid(LI, [LI, person()]), d.aid_changed("TERMINATE", LI, on="2026-03-05")
    versions = []
    for events in ([granted], [granted, ended]):
        (wang,) = [r for r in hub_of(events).residents if r["golden"]["name"]["value"] == "王伟"]
        versions.append((wang["golden"]["aid.AID-1"]["value"]["status"], wang["version"]))
    assert [status for status, _ in versions] == ["ACTIVE", "ENDED"]
    assert versions[0][1] < versions[1][1]
    in_every_order([granted, ended, d.moved_in()])


def test_adoption_is_nowhere_in_the_shared_record(d: Desk) -> None:
    """Neither the event nor an adoptive relation can be read off a resident (domain 3.6, 2.5)."""
    payload = {"action": "REGISTER", "certificate_no": "A-1", "adopter": [LI], "register_date": "2026-01-01"}
    adopted = d.event("mca.adoption_changed", payload, on="2026-01-01", who=person())
    move = d.moved_in()
    move["payload"]["relation_to_head"] = "27"
    hub = hub_of([move, d.moved_in(LI), adopted])
    assert "adopt" not in msgspec.json.encode(hub.residents).decode()
    assert golden([move])["relation_to_head"] == "20"


def test_alerts_have_the_fields_of_the_contract_and_no_more(d: Desk) -> None:
    """Field for field, and no alert whose grace is still running."""
    hub = hub_of([d.moved_in(), d.pension(), d.funeral(), *two_leases(d)], "2026-03-20")
    assert {a["rule_id"] for a in hub.alerts} == {"LE-01", "HO-01"}  # LE-02 waits until April
    for found in hub.alerts:
        assert list(found) == ALERT_FIELDS
        assert found["status"] != "PENDING"
    unit = next(a for a in hub.alerts if a["rule_id"] == "HO-01")
    assert unit["resident_id"] is None


def test_replay_gives_the_same_bytes(d: Desk, tmp_path: Path) -> None:
    """Twice the same; with the lines shuffled over two files, the same residents."""
    events = history(Random(7), 40)

    def replay(name: str, *parts: list[dict[str, Any]]) -> dict[str, bytes]:
        files = []
        for number, part in enumerate(parts):
            files.append(tmp_path / f"{name}-{number}.jsonl")
            files[-1].write_bytes(b"".join(msgspec.json.encode(event) + b"\n" for event in part))
        out = tmp_path / name
        result = CliRunner().invoke(cli, ["replay", *map(str, files), "--as-of", AS_OF, "--out", str(out)])
        assert result.exit_code == 0, result.output
        return {path.name: path.read_bytes() for path in out.iterdir()}

    first = replay("first", events)
    others = {"evidence.jsonl", "notes.jsonl", "quarantine.jsonl", "summary.json"}
    assert set(first) == {"residents.jsonl", "alerts.jsonl", *others}
    assert replay("second", events) == first
    shuffled = Random(8).sample(events, len(events))
    assert replay("third", shuffled[:20], shuffled[20:])["residents.jsonl"] == first["residents.jsonl"]
