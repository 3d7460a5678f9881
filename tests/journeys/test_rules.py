"""The first twelve rules over whole stories: stands, must not stand although near, closes by itself."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import UNIT, WANG, Desk, person, ric
from tests.journeys.first_rules import Hub

LI = ric("19700505", 2)


def standing(events: list[dict[str, Any]], as_of: str = "2026-06-30") -> list[tuple[str, str, str]]:
    """(rule, status, acting agency) of every alert that has not been closed."""
    hub = Hub(as_of=as_of).feed(events)
    assert hub.quarantine == []
    return sorted((a["rule_id"], a["status"], a["acting_agency"]) for a in hub.alerts if a["status"] != "CLOSED")


def rules(events: list[dict[str, Any]], as_of: str = "2026-06-30") -> list[str]:
    return [rule for rule, _, _ in standing(events, as_of)]


@pytest.fixture
def d() -> Desk:
    return Desk()


# --- LE-01 ------------------------------------------------------------------------------------------------------------


def test_a_pension_paid_after_a_funeral_is_told_to_social_security(d: Desk) -> None:
    """A funeral and a pension still paying open LE-01 at once."""
    hub = Hub(as_of="2026-03-05").feed([d.pension(), d.funeral()])
    (alert,) = [a for a in hub.alerts if a["rule_id"] == "LE-01"]
    assert (alert["status"], alert["acting_agency"], alert["severity"]) == ("OPEN", "HRSS", "S1")
    assert alert["show"] == {"death_date": "2026-03-01", "source_agency": "MCA", "document_no": "R-2"}
    assert alert["opened_at"] == "2026-03-03T09:00:05+08:00"
    assert alert["due_at"] == "2026-03-17T23:59:59+08:00"
    assert len(alert["evidence"]) == 2


def test_a_pension_stopped_from_the_month_after_death_is_in_order(d: Desk) -> None:
    """Payment for the month of death is due, so a stop from the next month leaves nothing to say."""
    events = [d.pension(), d.funeral(), d.pension_status("STOPPED", "202604", on="2026-03-10")]
    assert rules(events, "2026-03-31") == []


def test_a_pension_stopped_too_late_stands_until_the_stop(d: Desk) -> None:
    """A stop that takes effect months after the month after death leaves LE-01 open until then."""
    events = [d.pension(), d.funeral(), d.pension_status("STOPPED", "202606", on="2026-03-10")]
    assert rules(events, "2026-05-31") == ["LE-01"]
    assert rules(events, "2026-06-01") == []


def test_a_cancelled_death_closes_the_pension_case(d: Desk) -> None:
    """Taking back the death closes LE-01 as retracted and says which event did it."""
    funeral = d.funeral()
    cancel = d.again(funeral, "CANCEL", on="2026-03-20")
    hub = Hub(as_of="2026-03-31").feed([d.pension(), funeral, cancel])
    (alert,) = hub.alerts
    assert (alert["status"], alert["close_reason"], alert["closing_event_id"]) == (
        "CLOSED",
        "RETRACTED",
        cancel["event_id"],
    )


def test_a_funeral_under_another_name_links_nothing(d: Desk) -> None:
    """The same number with a different name is a question to the funeral home, not a death of the pensioner."""
    assert standing([d.moved_in(), d.pension(), d.funeral(person(name="赵敏"))]) == [("ID-02", "OPEN", "MCA")]


def test_the_contract_example_event_is_accepted() -> None:
    """The event printed in the contract is taken as it stands."""
    example = {
        "event_id": "019a8c1e-7f00-7000-8000-000000000001",
        "event_type": "mca.deceased_handled",
        "schema_version": 1,
        "source_agency": "MCA",
        "sub_source": None,
        "source_org": "11429801000000115C",
        "catalogue_item": "MCA-FUN-001",
        "source_record_id": "FH-2026-00017",
        "source_seq": 1,
        "op": "CREATE",
        "supersedes": None,
        "business_time": "2026-03-01",
        "record_time": "2026-03-02T09:00:00+08:00",
        "publish_time": "2026-03-02T09:00:05+08:00",
        "region_code": "429801",
        "legal_basis": "社会保险经办条例 第8条",
        "subject": {
            "id_type": "RIC",
            "id_no": "429801196003150017",
            "name": "王伟",
            "sex": "1",
            "birth_date": "1960-03-15",
        },
        "payload": {
            "handled_kind": "CREMATION",
            "handled_date": "2026-03-03",
            "death_date": "2026-03-01",
            "death_cert_no": None,
            "facility_org": "12429801MB00000195",
            "applicant": None,
            "applicant_relation": None,
        },
    }
    hub = Hub(as_of="2026-03-05").feed([example])
    assert hub.quarantine == []
    (resident,) = hub.residents
    assert resident["golden"]["life_state"]["value"] == "REPORTED"


# --- LE-02, LE-03, LE-04 ----------------------------------------------------------------------------------------------


def test_a_funeral_without_registration_waits_thirty_days_for_police(d: Desk) -> None:
    """LE-02 opens when the grace is over and closes when police register the death."""
    events = [d.moved_in(), d.funeral()]
    assert rules(events, "2026-04-01") == []
    assert standing(events, "2026-04-02") == [("LE-02", "OPEN", "PSB")]
    assert rules([*events, d.death(on="2026-04-10")]) == []


def test_a_funeral_of_somebody_registered_elsewhere_is_not_for_our_police(d: Desk) -> None:
    """Without a household registration in this city LE-02 has nothing to say."""
    assert rules([d.funeral()]) == []


def test_benefits_open_after_death_are_told_to_civil_affairs(d: Desk) -> None:
    """An allowance and an aid membership still open five days after a death are two leads."""
    events = [d.moved_in(), d.cover(), d.aid(), d.allowance(), d.death()]
    assert standing(events, "2026-03-07") == [("LE-03", "OPEN", "MCA"), ("LE-03", "OPEN", "MCA")]
    closing = [d.allowance("STOP", on="2026-03-08", record=events[3]["source_record_id"], seq=2)]
    closing.append(d.aid_changed("TERMINATE", on="2026-03-09"))
    assert rules([*events, *closing]) == []


def test_a_dead_member_removed_from_the_household_is_in_order(d: Desk) -> None:
    """Removing the dead from an aid unit leaves the unit itself alone."""
    child = person(LI, "李娜")
    events = [
        d.cover(),
        d.cover(child),
        d.aid(members=[person(), child]),
        d.death(),
        d.aid_changed("REMOVE_MEMBER", who=child, member=person(), on="2026-03-04"),
    ]
    assert rules(events) == []


def test_a_sole_public_tenancy_of_the_dead_goes_to_housing_too(d: Desk) -> None:
    """Housing is copied in when the dead person was the only tenant, and only then."""
    hub = Hub(as_of="2026-06-30").feed([d.public_rental(), d.death()])
    assert [(a["rule_id"], a["cc"], a["show"]["item_type"]) for a in hub.alerts] == [
        ("LE-03", ["HMD"], "PUBLIC_RENTAL")
    ]
    together = [d.public_rental(members=[person(), person(LI, "李娜")]), d.death()]
    assert rules(together) == []


def test_the_living_recorded_dead_freeze_everything(d: Desk) -> None:
    """In-person activity after the death opens LE-04 to the source and freezes LE-01 until the death is cancelled."""
    funeral = d.funeral()
    events = [d.pension(), funeral, d.verified(on="2026-03-15")]
    assert standing(events) == [("LE-01", "FROZEN", "HRSS"), ("LE-04", "OPEN", "MCA")]
    assert rules([*events, d.again(funeral, "CANCEL", on="2026-03-20")]) == []


@pytest.mark.parametrize(("on", "expected"), [("2026-03-02", []), ("2026-03-03", ["LE-04"])])
def test_the_day_after_a_death_proves_nothing(d: Desk, on: str, expected: list[str]) -> None:
    """Only activity more than a day after the date of death speaks against it."""
    assert rules([d.funeral(), d.verified(on=on)]) == expected


def test_an_online_check_is_not_being_there(d: Desk) -> None:
    """A confirmation without presence does not revive anybody."""
    assert rules([d.funeral(), d.verified(on="2026-03-15", in_person=False)]) == []


def test_a_marriage_after_death_counts_for_both_spouses(d: Desk) -> None:
    """The spouse named in the certificate was there too."""
    other = person(LI, "李娜")
    assert standing([d.funeral(other), d.married(spouse=other, on="2026-04-01")]) == [("LE-04", "OPEN", "MCA")]


# --- EN-01, EN-02 -----------------------------------------------------------------------------------------------------


def test_sixty_and_a_month_without_a_pension_is_an_invitation(d: Desk) -> None:
    """EN-01 opens thirty days after 60 years and a month, with age and enrolment only."""
    young = person(ric("19660101", 3), "李强")
    events = [d.moved_in(young)]
    assert rules(events, "2026-03-02") == []
    hub = Hub(as_of="2026-03-03").feed(events)
    (alert,) = hub.alerts
    assert (alert["rule_id"], alert["acting_agency"], alert["kind"]) == ("EN-01", "HRSS", "SERVICE")
    assert alert["show"] == {"age": 60, "enrolment_status": "NONE"}
    assert alert["opened_at"] == "2026-03-03T00:00:00+08:00"


@pytest.mark.parametrize("case", ["pension", "suspended", "employee", "elsewhere", "dead"])
def test_people_provided_for_are_left_alone(d: Desk, case: str) -> None:
    """A pension (even suspended), an employee scheme, a hukou elsewhere or a death leave nothing to offer."""
    extra = {
        "pension": [d.moved_in(), d.pension()],
        "suspended": [d.moved_in(), d.pension(), d.pension_status("SUSPENDED", "202601", on="2026-01-02")],
        "employee": [d.moved_in(), d.enrolled()],
        "elsewhere": [d.moved_in(region="420502")],
        "dead": [d.moved_in(), d.death(on="2026-01-01")],
    }[case]
    assert rules(extra) == []


def test_aid_without_medical_cover_goes_to_the_medical_bureau(d: Desk) -> None:
    """EN-02 names each uncovered member once, to the medical bureau, with the category only."""
    child = person(LI, "李娜")
    hub = Hub(as_of="2026-06-30").feed([d.cover(), d.aid(members=[person(), child])])
    (alert,) = hub.alerts
    assert (alert["rule_id"], alert["acting_agency"], alert["cc"]) == ("EN-02", "MSI", ["MCA"])
    assert alert["show"] == {"aid_subsidy_category": "DB"}
    covered = next(r for r in hub.residents if r["golden"]["name"]["value"] == "王伟")
    assert alert["resident_id"] not in (None, covered["resident_id"])


def test_cover_ends_with_the_year(d: Desk) -> None:
    """Cover of last year is not cover of this year; the case counts from New Year."""
    events = [d.aid(on="2025-05-01"), d.cover(year=2025, on="2025-05-02")]
    assert rules(events, "2026-01-15") == []
    assert rules(events, "2026-01-16") == ["EN-02"]
    assert rules([*events, d.cover(on="2026-01-20")]) == []


def test_other_aid_classes_are_not_asked(d: Desk) -> None:
    """Only TK and DB carry subsidised cover."""
    assert rules([d.aid(aid_class="LS")]) == []


# --- EC-05, HO-01 -----------------------------------------------------------------------------------------------------


def test_two_pensions_at_once_and_one_stopped(d: Desk) -> None:
    """Two basic pensions paying for one month open EC-05 after fifteen days; stopping one closes it."""
    events = [d.pension(), d.pension(on="2026-02-01", kind="RES")]
    assert rules(events, "2026-02-15") == []
    assert standing(events, "2026-02-16") == [("EC-05", "OPEN", "HRSS")]
    assert (
        rules([*events, d.pension_status("STOPPED", "202604", kind="RES", on="2026-03-20", reason="DUPLICATE")]) == []
    )


def test_a_dwelling_let_twice(d: Desk) -> None:
    """Two running whole-unit leases overlapping more than fifteen days open HO-01 at the unit."""
    other = person(LI, "李娜")
    events = [d.lease("L-1"), d.lease("L-2", other, start="2026-02-01")]
    hub = Hub(as_of="2026-06-30").feed(events)
    (alert,) = hub.alerts
    assert (alert["rule_id"], alert["acting_agency"], alert["resident_id"]) == ("HO-01", "HMD", None)
    assert alert["show"] == {"lease_nos": ["L-1", "L-2"], "period": "2026-02-01/2026-12-31"}
    assert alert["opened_at"] == "2026-02-16T09:00:00+08:00"
    assert rules([*events, d.lease_ended("L-1", on="2026-03-01")]) == []


@pytest.mark.parametrize("case", ["short", "rooms", "sublet", "over", "other unit"])
def test_two_leases_that_may_stand_side_by_side(d: Desk, case: str) -> None:
    """A hand-over fortnight, single rooms, a sub-lease, a lease that has run out, another unit: nothing to say."""
    other = person(LI, "李娜")
    second = {
        "short": [d.lease("L-1", end="2026-02-15"), d.lease("L-2", other, start="2026-02-01")],
        "rooms": [d.lease("L-1", scope="ROOM"), d.lease("L-2", other, scope="ROOM")],
        "sublet": [d.lease("L-1"), d.lease("L-2", other, lessor=person(), right="SUBLET")],
        "over": [d.lease("L-1", end="2026-03-31"), d.lease("L-2", other)],
        "other unit": [d.lease("L-1"), d.lease("L-2", other, unit=UNIT[:-1] + "2")],
    }[case]
    assert rules(second) == []


# --- ID-01, ID-02, ID-05, ID-06 ---------------------------------------------------------------------------------------


def test_a_wrong_number_is_told_to_its_provider_and_links_nothing(d: Desk) -> None:
    """ID-01 opens at once; the correction, naming the right person, closes it, in the same record or another."""
    wrong = person(WANG[:-1] + "2")
    events = [d.moved_in(), d.pension(), d.allowance(who=wrong)]
    hub = Hub(as_of="2026-01-31").feed(events)
    (alert,) = hub.alerts
    assert (alert["rule_id"], alert["status"], alert["acting_agency"]) == ("ID-01", "OPEN", "MCA")
    assert alert["show"] == {"error_code": "CHECKSUM", "masked_id": "429801********0012"}
    assert len(hub.residents) == 2
    same = d.again(events[2], "CORRECT", on="2026-02-01", who=person())
    other = d.allowance(op="CORRECT", supersedes=events[2], recorded="2026-02-01")
    for correction in (same, other):
        hub = Hub(as_of="2026-02-28").feed([*events, correction])
        assert [a["status"] for a in hub.alerts] == ["CLOSED"]
        assert hub.alerts[0]["closing_event_id"] == correction["event_id"]
        (resident,) = hub.residents
        assert "allowance.IT-1" in resident["golden"]


def test_a_newer_version_with_the_right_number_closes_too(d: Desk) -> None:
    """An UPDATE that carries a valid number makes the old version no longer the live one."""
    wrong = d.allowance(who=person(WANG[:-1] + "2"))
    assert rules([d.moved_in(), d.pension(), wrong, d.again(wrong, "UPDATE", on="2026-02-01", who=person())]) == []


def test_a_correction_to_another_person_takes_the_fact_along(d: Desk) -> None:
    """A death first filed under the wrong person's number leaves the living untouched once corrected."""
    dead = person(LI, "李娜")
    funeral = d.funeral()
    events = [d.moved_in(), d.pension(), funeral, d.again(funeral, "CORRECT", on="2026-03-10", who=dead)]
    hub = Hub(as_of="2026-06-30").feed(events)
    assert [a["status"] for a in hub.alerts] == ["CLOSED"]
    states = {r["golden"]["name"]["value"]: r["golden"]["life_state"]["value"] for r in hub.residents}
    assert states == {"王伟": "RETRACTED", "李娜": "REPORTED"}


def test_a_name_police_changed_is_known(d: Desk) -> None:
    """A record under a former registered name belongs to the person."""
    events = [d.moved_in(), d.pension(person(name="赵敏")), d.renamed("NAME", "赵敏", "王伟", on="2020-05-01")]
    assert rules(events) == []


@pytest.mark.parametrize(("name", "shown"), [("王偉", "VARIANT"), ("王□", "PLACEHOLDER"), ("王玮", "POSSIBLE")])
def test_a_name_written_otherwise_links_and_is_listed(d: Desk, name: str, shown: str) -> None:
    """ID-06 asks for the registered characters; the pension still counts for the person."""
    events = [d.moved_in(), d.pension(person(name=name))]
    assert standing(events) == [("ID-06", "OPEN", "HRSS")]


def test_a_like_sounding_name_without_birth_and_sex_does_not_link(d: Desk) -> None:
    """POSSIBLE names link only when birth date and sex agree: here the pension is not this person's."""
    events = [d.moved_in(), d.pension(person(name="王玮", bare=True))]
    assert rules(events) == ["EN-01", "ID-06"]


def test_sex_or_birth_against_the_number(d: Desk) -> None:
    """ID-05 asks the provider about each field, unless police registered the other value."""
    odd = person(sex="2", birth_date="1960-03-16")
    assert standing([d.moved_in(), d.pension(odd)]) == [("ID-05", "OPEN", "HRSS"), ("ID-05", "OPEN", "HRSS")]
    lawful = d.renamed("BIRTH_DATE", "1960-03-15", "1960-03-16", on="2019-01-01")
    assert standing([d.moved_in(), lawful, d.pension(odd)]) == [("ID-05", "OPEN", "HRSS")]


def test_a_corrected_number_carries_everything_along(d: Desk) -> None:
    """Old number -> new number: one resident, the pension with them, both numbers on record."""
    new = ric("19600315", 11)
    events = [d.moved_in(), d.pension(), d.renamed("ID_NO", WANG, new, person(new), on="2026-01-15")]
    hub = Hub(as_of="2026-06-30").feed(events)
    (resident,) = hub.residents
    assert resident["golden"]["id_no"]["value"] == new
    assert "pension.EMP.429801" in resident["golden"]
    assert [(i["id_no"], i["valid_to"]) for i in resident["identifiers"]] == [(WANG, "2026-01-15"), (new, None)]
    assert [a for a in hub.alerts if a["status"] != "CLOSED"] == []
