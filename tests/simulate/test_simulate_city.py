"""The simulated city: reproducible, well formed, and true to what it promises about itself."""

import json
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import pytest

from hub.domain.identifiers import check_identifier, check_unit_code, check_uscc
from hub.schema.catalogue import load_catalogue
from hub.simulate import AS_OF, City, simulate, write_city
from hub.simulate.homes import may_buy
from hub.simulate.people import Household, Person

RULES = {
    "ID-01", "ID-02", "ID-05", "ID-06", "LE-01", "LE-02", "LE-03", "LE-04", "EN-01", "EN-02", "EC-05", "HO-01",
    "EN-04", "EN-05", "EN-06", "EN-07", "EC-01", "EC-02", "EC-03", "EC-04", "EC-06", "XJ-01", "XJ-02", "XJ-03",
    "ID-03", "ID-04", "RE-03", "RE-05", "RE-06", "LE-05", "EN-03", "HO-03", "HO-04",
}  # fmt: skip
OFF_BY_DEFAULT = {"RE-01", "RE-02", "RE-04", "LE-06", "LE-07", "HO-02"}
FREEZABLE = ("LE-01", "LE-02", "LE-03")
SCHEMAS = Path(__file__).parents[2] / "schemas"
ENVELOPE = {
    "event_id", "event_type", "schema_version", "source_agency", "sub_source", "source_org", "catalogue_item",
    "source_record_id", "source_seq", "op", "supersedes", "business_time", "record_time", "publish_time", "region_code",
    "legal_basis", "payload",
}  # fmt: skip


@pytest.fixture(scope="module")
def city() -> City:
    return simulate(persons=2000, days=730, seed=7)


def _record_key(event):
    return f"{event['source_agency']}:{event['source_record_id']}"


def _about(entry):
    """Only the rules on dwellings may be about one; HO-01 and HO-02 always are."""
    always, maybe = ("HO-01", "HO-02"), ("HO-03", "HO-04")
    return "unit" if entry["rule_id"] in always or (entry["rule_id"] in maybe and "unit" in entry) else "person"


def _person_refs(value):
    """Every PersonRef at any depth."""
    if isinstance(value, dict):
        if "id_no" in value:
            yield value
        for inner in value.values():
            yield from _person_refs(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _person_refs(inner)


def test_same_seed_same_bytes_other_seed_other_city(tmp_path):
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        write_city(simulate(300, 365, seed), tmp_path / name)
    read = {name: [(tmp_path / name / file).read_bytes() for file in ("events.jsonl", "truth.json")] for name in "abc"}
    assert read["a"] == read["b"]
    assert read["a"][0] != read["c"][0]
    assert json.loads(read["a"][1])["seed"] == 3


@pytest.mark.parametrize("persons", [1, 5, 40])
def test_a_village_does_without_the_cases_it_is_too_small_for(persons):
    assert simulate(persons, 60, 1).events


def test_refuses_a_city_without_people_or_days():
    for persons, days in ((0, 730), (100, 5)):
        with pytest.raises(ValueError, match="at least"):
            simulate(persons, days, 1)


def test_every_event_has_its_envelope(city):
    for event in city.events:
        assert set(event) - {"subject"} == ENVELOPE
        assert ("subject" in event) == (event["event_type"] != "hmd.unit_changed")


def test_every_kind_of_event_occurs(city):
    assert {event["event_type"] for event in city.events} == set(load_catalogue(SCHEMAS).event_types)
    assert {event["op"] for event in city.events} == {"CREATE", "UPDATE", "CORRECT", "CANCEL"}


def test_events_come_in_order_of_publishing_and_never_after_the_end(city):
    times = [event["publish_time"] for event in city.events]
    assert times == sorted(times)
    assert times[-1] <= f"{AS_OF}T23:59:59+08:00"
    assert all(event["record_time"] <= event["publish_time"] for event in city.events)
    assert all(event["business_time"] <= event["record_time"][:10] for event in city.events)


def test_transport_defects_occur(city):
    distinct = {event["event_id"]: event for event in city.events}
    assert 0.01 < 1 - len(distinct) / len(city.events) < 0.02
    assert all(event == distinct[event["event_id"]] for event in city.events)
    by_record = defaultdict(list)
    for event in city.events:
        by_record[_record_key(event)].append(event["source_seq"])
    assert sum(seqs != sorted(seqs) for seqs in by_record.values()) >= 10
    recent = [event for event in distinct.values() if event["record_time"] > "2025"]
    assert any(event["publish_time"][:4] > event["record_time"][:4] for event in recent)


def test_source_seq_grows_with_record_time(city):
    by_record = defaultdict(dict)
    for event in city.events:
        by_record[_record_key(event)][event["source_seq"]] = event
    for acts in by_record.values():
        assert sorted(acts) == list(range(1, len(acts) + 1))
        assert all(acts[one]["record_time"] < acts[two]["record_time"] for one, two in pairwise(sorted(acts)))
    assert set(by_record) == set(city.truth["records"])


def test_supersedes_names_an_earlier_recorded_event_of_the_same_kind(city):
    events = {event["event_id"]: event for event in city.events}
    moved = renumbered = 0
    for event in events.values():
        assert (event["supersedes"] is not None) == (event["op"] in ("CORRECT", "CANCEL"))
        if event["supersedes"]:
            old = events[event["supersedes"]]
            assert old["event_type"] == event["event_type"]
            assert old["source_agency"] == event["source_agency"]
            assert old["record_time"] < event["record_time"]
            moved += old.get("subject", {}).get("id_no") != event.get("subject", {}).get("id_no")
            renumbered += old["source_record_id"] != event["source_record_id"]
    assert moved
    assert renumbered


def test_identifiers_are_valid_but_the_injected_ones(city):
    entries = [*city.truth["must"], *city.truth["must_not"]]
    injected = {entry["person"] for entry in entries if entry["rule_id"] == "ID-01"}
    contradicting = {entry["person"] for entry in entries if entry["rule_id"] == "ID-05"}
    for event in city.events:
        person = city.truth["records"][_record_key(event)]["person"]
        for ref in _person_refs(event):
            found = check_identifier("RIC", ref["id_no"], ref.get("birth_date"), ref.get("sex"))
            assert not found.errors or person in injected
            assert {"SEX_MISMATCH", "BIRTH_MISMATCH"}.isdisjoint(found.codes) or person in contradicting | injected
            assert ref["id_no"].startswith(("4298", "４２９８", "4.298"))
        assert check_uscc(event["source_org"]).codes == ()
        assert event["region_code"] in ("429801", "429802", "429803")
        unit = event["payload"].get("unit_code")
        assert unit is None or (check_unit_code(unit).ok and unit.startswith("4298"))


def test_one_number_names_one_person(city):
    """Wherever a record is about a person, its valid number is that person's, or one the truth tells of."""
    entries = [*city.truth["must"], *city.truth["must_not"]]
    told = {entry["person"] for entry in entries if "person" in entry}
    owners = defaultdict(set)
    for event in city.events:
        if event["op"] in ("CREATE", "UPDATE") and event["event_type"] in ("psb.migrated_in", "psb.birth_registered"):
            owners[event["subject"]["id_no"]].add(city.truth["records"][_record_key(event)]["person"])
    assert all(len(people) == 1 for people in owners.values())
    assert told <= {record["person"] for record in city.truth["records"].values()}


def test_truth_has_the_promised_shape(city):
    truth = city.truth
    assert {key: truth[key] for key in ("seed", "persons", "days", "as_of")} == {
        "seed": 7, "persons": 2000, "days": 730, "as_of": "2026-06-30",
    }  # fmt: skip
    assert {frozenset(record) for record in truth["records"].values()} == {frozenset(("person", "unit"))}
    assert {entry["rule_id"] for entry in truth["must_if_enabled"]} == OFF_BY_DEFAULT
    assert OFF_BY_DEFAULT.isdisjoint(entry["rule_id"] for entry in truth["must"])
    for entry in [*truth["must"], *truth["must_if_enabled"]]:
        assert set(entry) == {"rule_id", _about(entry), "acting_agency", "status", "why"}
        assert entry["status"] == "OPEN" or entry["rule_id"] in FREEZABLE
    for entry in truth["must_not"]:
        assert set(entry) == {"rule_id", _about(entry), "why"}
    for event in city.events:
        assert _record_key(event) in truth["records"]


@pytest.mark.parametrize(("persons", "seed", "least"), [(300, 1, 1), (300, 2, 1), (300, 3, 1), (2000, 7, 3)])
def test_every_rule_has_cases_both_ways(persons, seed, least):
    truth = simulate(persons, 730, seed).truth
    standing = [*truth["must"], *truth["must_if_enabled"]]
    for kind, entries in (("must", standing), ("must_not", truth["must_not"])):
        count = {rule: sum(entry["rule_id"] == rule for entry in entries) for rule in RULES | OFF_BY_DEFAULT}
        assert min(count.values()) >= least, (kind, count)
    assert {entry["status"] for entry in truth["must"]} == {"OPEN", "FROZEN"}


def test_eight_to_ten_events_a_person(city):
    assert 7.5 < len(city.events) / 2000 < 10.5


def test_nobody_buys_whose_wife_or_husband_rents_from_the_city():
    """A dwelling bought then is a finding (EC-01), also where only one of the two stands in the lease."""
    home = Household("H4298010000001", "429801", "示例市江北县", 0)
    wife, husband, single = (
        Person(f"P{n}", sex, 0, "", "", home, "02", rents=rents)
        for n, (sex, rents) in enumerate((("2", True), ("1", False), ("1", False)))
    )
    wife.spouse, husband.spouse = husband, wife
    assert [may_buy(one) for one in (wife, husband, single)] == [False, False, True]
