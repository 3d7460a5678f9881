"""ID rules: numbers and names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from itertools import combinations

from hub.domain.names import compare_names, normalize_name
from tests.reference.acts import Act, Ident, Key, Ref
from tests.reference.facts import month_of, status_in
from tests.reference.found import Find, Found, number, of_everybody
from tests.reference.groups import aid_unit, lease_of
from tests.reference.world import Person, World

CHECKED_TYPES = {"RIC", "RIC15", "HMT_RP", "FPR", "FPR_NEW", "FPR_OLD"}


def _in_live_records(person: Person) -> Iterator[tuple[Act, Ref]]:
    for act, refs in person.named:
        if person.world.is_live(act):
            for ref in refs:
                yield act, ref


def _id_01(person: Person, _: date) -> Iterator[tuple[Key, str]]:
    for act, ref in _in_live_records(person):
        if ref.id_type in CHECKED_TYPES and not ref.valid and ref.role != "renumbered_from":
            yield (act.agency, act.record), act.agency


def _id_02(person: Person, _: date) -> Iterator[tuple[Key, str]]:
    for act, ref in _in_live_records(person):
        assert person.reference
        if act.agency != "PSB" and act is not person.reference[0] and person.name_class(ref.name) == "DIFFERENT":
            yield (act.agency, normalize_name(ref.name)), act.agency


def _id_03(world: World, today: date) -> Iterator[Found]:
    for one, other in combinations(list(world.people.values()), 2):
        if one.root[0] == "?" or other.root[0] == "?" or one.registered_dead or other.registered_dead:
            continue
        for why in _why_one_person(world, one, other, today):
            yield Found("ID-03", ("pair", one.root[1], other.root[1]), why, "PSB")


def _why_one_person(world: World, one: Person, other: Person, today: date) -> Iterator[Key]:
    """The one ground that counts: household before parent before an agency's file."""
    alike = all(p.reference and p.reference[0].agency == "PSB" for p in (one, other))
    alike = alike and compare_names(one.name, other.name) in ("EXACT", "VARIANT")
    if alike and one.birth_date == other.birth_date and one.sex == other.sex and one.birth_date:
        if one.household and one.household == other.household:
            size = sum(p.household == one.household for p in world.people.values())
            if size <= number("household.collective_size", today):
                yield ("household", one.household)
            return
        shared = [parent for parent in _parents(one) if parent in _parents(other)]
        if shared:
            yield ("children", shared[0])
            return
    if _moved_by_an_agency(world, one, other):
        yield ("link",)


def _parents(person: Person) -> list[Ident]:
    """The mother first."""
    births = person.about("psb.birth_registered")
    named = [
        person.world.root(ref.ident)
        for role in ("mother", "father")
        for act in births
        for ref in act.refs
        if ref.role == role and ref.ident[0] != "?"
    ]
    return list(dict.fromkeys(named))


def _moved_by_an_agency(world: World, one: Person, other: Person) -> bool:
    """A record went from one number to the other as an UPDATE, and the numbers are nearly the same."""
    records: dict[tuple[str, str], list[Act]] = defaultdict(list)
    for act in world.acts:
        records[act.agency, act.record].append(act)
    for acts in records.values():
        for before, after in combinations(sorted(acts, key=lambda a: a.seq), 2):
            if after.op == "UPDATE" and any(
                _is_theirs(world, here, before)
                and _is_theirs(world, there, after)
                and _moves(before, after, here, there)
                for here, there in ((one, other), (other, one))
            ):
                return True
    return False


def _is_theirs(world: World, who: Person, act: Act) -> bool:
    """As is known now."""
    person = world.present.people.get(world.present.root(who.root))
    refs = person.refs(act) if person else []
    return bool(person and refs and person.is_mine(act, refs))


def _moves(before: Act, after: Act, one: Person, other: Person) -> bool:
    """From one to the other, under their present numbers: a retired number is not live."""
    was = next((ref for ref in before.refs if ref.about), None)
    now = next((ref for ref in after.refs if ref.about), None)
    if not was or not now or (was.ident, now.ident) != (one.root, other.root):
        return False
    both = was.ident in {ref.ident for ref in after.refs}  # then they are two people of one file
    if both or compare_names(was.name, now.name) not in ("EXACT", "VARIANT"):
        return False
    sexes = {ref.sex or ref.sex_in_number for ref in (was, now)}
    return len(sexes) == 1 and _nearly_same(one.root[1], other.root[1])


def _nearly_same(one: str, other: str) -> bool:
    """One digit, one transposition of neighbours, or the birth-date part; the check digit follows."""
    if len(one) != 18 or len(other) != 18:
        return False
    differ = [at for at in range(17) if one[at] != other[at]]
    swapped = len(differ) == 2 and differ[1] == differ[0] + 1
    swapped = swapped and (one[differ[0]], one[differ[1]]) == (other[differ[1]], other[differ[0]])
    return len(differ) == 1 or swapped or all(6 <= at < 14 for at in differ)


# --- ID-04 ------------------------------------------------------------------------------------------------------------

_ONE_TIME = {
    "mca.deceased_handled", "hrss.survivor_grant_paid", "hrss.eligibility_verified", "hrss.insurance_transferred",
    "hrss.contribution_status_changed", "mca.marriage_registered", "mca.marriage_ended", "mca.adoption_changed",
}  # fmt: skip


def _id_04(person: Person, today: date) -> Iterator[tuple[Key, str]]:
    corrections = [act for act, _ in person.named if act.type == "psb.item_corrected"]
    retired = {ref.ident for act in corrections for ref in act.refs if ref.role == "renumbered_from"}
    for act, refs in person.own:
        old = {ref.ident for ref in refs} & retired - {person.root}
        if not old or act.agency == "PSB" or act.type in _ONE_TIME or not person.world.is_live(act):
            continue
        if not _rekeyed(person, act) and not _closed(person, act, today):
            yield (act.agency, act.record), act.agency


def _rekeyed(person: Person, act: Act) -> bool:
    """Does the newest act of that agency on the same entry name the person by the present number?"""
    same = [(a, refs) for a, refs in person.own if a.entry == act.entry and a.agency == act.agency]
    return any(ref.ident == person.root for ref in same[-1][1])


_ENDS = {
    "allowance": ("action", "STOP"), "insured": ("action", "TERMINATE"), "unemployment": ("action", "STOP"),
    "subsidy": ("action", "STOP"), "eldercare": ("action", "DISCHARGE"), "title": ("action", "TRANSFER_OUT", "CANCEL"),
    "employment": ("kind", "EMPLOYED_END", "FLEXIBLE_END", "JOBSEEKER_CLOSED", "PUBLIC_POST_END"),
    "qualification": ("result", "REJECTED", "EXPIRED"), "medical": ("status", "ENDED"),
}  # fmt: skip


def _closed(person: Person, act: Act, today: date) -> bool:
    """A closed file need not be re-keyed."""
    entry, kind = act.entry, act.entry[0]
    if kind == "pension":
        return status_in(person.pension_steps()[entry], month_of(today)) in ("STOPPED", "SETTLED")
    if kind == "aid":
        acts = person.world.entries[entry]
        unit = aid_unit(entry, acts)
        ends = [a.payload["action"] for a in acts if a.payload.get("action") in ("TERMINATE", "HAND_OVER", "RESUME")]
        over = bool(ends) and ends[-1] != "RESUME" and not unit.active
        return over or not unit.known or person.root not in person.world.roots(unit.members)
    if kind in ("lease", "rental"):
        lease = lease_of(entry, person.world.entries[entry])
        return lease is None or lease.over_on(today)
    if kind == "eldercare" and person.of_type("mca.eldercare_changed")[-1].entry != entry:
        return True  # one lives in one place at a time
    said = person.entries(kind)[entry][-1].payload
    name, *ends = _ENDS.get(kind, ("", ""))
    over = (said.get("to_month") or "9999") < month_of(today) or said.get("year", today.year) < today.year
    over |= kind == "employment" and (said.get("end_date") or "9999") < today.isoformat()
    over |= kind == "employment" and act.record not in person.work_going_on()
    over |= kind == "qualification" and (said.get("valid_until") or "9999") < today.isoformat()
    return over or (bool(name) and said.get(name) in ends)


def _id_05(person: Person, _: date) -> Iterator[tuple[Key, str]]:
    for act, ref in _in_live_records(person):
        fields = (("BIRTH_MISMATCH", "birth_date", "BIRTH_DATE"), ("SEX_MISMATCH", "sex", "SEX"))
        for code, name, item in fields:
            if ref.valid and code in ref.codes and not _police_said(person, act, name, item, getattr(ref, name)):
                yield (act.agency, name), act.agency


def _police_said(person: Person, act: Act, name: str, item: str, value: str) -> bool:
    for other, refs in person.own:
        if other.type == "psb.item_corrected" and other.payload["item"] == item:
            return True
        if act.agency != "PSB" == other.agency and any(getattr(ref, name) == value for ref in refs):
            return True
    return False


def _id_06(person: Person, _: date) -> Iterator[tuple[Key, str]]:
    assert person.reference
    if person.reference[0].agency != "PSB":
        return
    for act, ref in _in_live_records(person):
        unlike = compare_names(ref.name, person.name) in ("VARIANT", "PLACEHOLDER", "POSSIBLE")
        if act.agency != "PSB" and unlike:
            yield (act.agency, normalize_name(ref.name)), act.agency


RULES: dict[str, Find] = {
    rule: of_everybody(rule, find)
    for rule, find in {"ID-01": _id_01, "ID-02": _id_02, "ID-04": _id_04, "ID-05": _id_05, "ID-06": _id_06}.items()
} | {"ID-03": _id_03}
