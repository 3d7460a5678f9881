"""The reference model: what stands when a history has been told, said slowly and plainly (architecture, I3).

Written from the specification alone (contract, architecture, domain 3-6, rules.yaml), sharing with `hub/` only what
checks a number, compares two names and counts time. There are no keys, parcels, relays or notices here: one world of
all acts that count, looked at whole, again and again, once for every moment at which anything could have changed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from itertools import combinations
from typing import Any

from hub.domain.identifiers import check_identifier, check_unit_code
from hub.domain.names import compare_names, normalize_name
from hub.domain.regions import load_regions, same_city
from hub.domain.times import DAY_MS, add_months, day_of, end_of, is_date, parse_rfc3339, start_of

Ident = tuple[str, ...]  # ("RIC", canonical number), or ("?", agency, record, place) for a number that links nothing
Key = tuple[Any, ...]

CITY = "4298"
GRACE = {
    "ID-01": 0, "ID-02": 3, "ID-05": 3, "ID-06": 7, "LE-01": 0, "LE-02": 30, "LE-03": 5, "LE-04": 0,
    "EN-01": 30, "EN-02": 15, "EC-05": 15, "HO-01": 15,
}  # fmt: skip
NUMBER_FAULTS = {
    "LEN", "CHARS", "DATE", "FUTURE", "REGION_UNKNOWN", "CHECKSUM", "PRECISION_LOSS", "SCI_NOTATION", "LEGACY15",
}  # fmt: skip
CHECKED_TYPES = {"RIC", "RIC15", "HMT_RP", "FPR", "FPR_NEW", "FPR_OLD"}
SAME_NAME = ("EXACT", "VARIANT", "PLACEHOLDER")
AGENCY_RANK = {"PSB": 0, "MCA": 1, "HRSS": 2, "HMD": 3}  # domain 3.6, first row


# --- acts -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ref:
    """A person as one event names them."""

    ident: Ident
    role: str
    id_type: str
    id_no: str
    name: str
    sex: str | None
    birth_date: str | None
    codes: tuple[str, ...]
    about: bool  # the event is about this person

    @property
    def valid(self) -> bool:
        return not set(self.codes) & NUMBER_FAULTS


@dataclass(frozen=True, eq=False)
class Act:
    """One event."""

    id: str
    type: str
    agency: str
    sub: str | None
    record: str
    seq: int
    op: str
    supersedes: str | None
    business: str
    recorded: int
    published: int
    region: str
    payload: Mapping[str, Any]
    refs: tuple[Ref, ...]

    @property
    def order(self) -> tuple[Any, ...]:
        """In which order the acts of an entry are played."""
        return (self.business, self.recorded, self.seq, self.id)

    @property
    def entry(self) -> Key:
        """The register entry the act is about (architecture 1)."""
        said, kind = self.payload, self.type.split(".")[1]
        if kind in ("pension_granted", "pension_status_changed"):
            return ("pension", said["pension_type"], said.get("pay_region") or self.region)
        by_number = {
            "medical_coverage_changed": ("medical", said.get("cover"), said.get("year")),
            "insured_enrolled": ("insured", said.get("scheme")),
            "contribution_status_changed": ("contribution", said.get("scheme")),
            "eligibility_verified": ("eligibility",),
            "aid_granted": ("aid", said.get("decision_no")),
            "aid_changed": ("aid", said.get("decision_no")),
            "allowance_changed": ("allowance", said.get("item_no")),
            "eldercare_changed": ("eldercare", said.get("institution_org")),
            "private_lease_filed": ("lease", said.get("lease_no")),
            "private_lease_ended": ("lease", said.get("lease_no")),
            "public_rental_leased": ("rental", said.get("lease_no")),
            "public_rental_ended": ("rental", said.get("lease_no")),
        }
        return by_number.get(kind, (kind, self.agency, self.record))


def read(event: Mapping[str, Any]) -> Act:
    people = []
    for role, place, person, about in _people(event):
        check = check_identifier(
            person["id_type"], person["id_no"], person.get("birth_date"), person.get("sex"),
            recorded_on=day_of(parse_rfc3339(event["record_time"])).isoformat(), regions=_REGIONS,
        )  # fmt: skip
        people.append((role, place, person, about, check))
    refs: list[Ref] = []
    places: dict[tuple[Any, ...], str] = {}
    for role, place, person, about, check in people:
        canonical = check.canonical if check.linkable else None
        family = "RIC" if check.id_type == "RIC15" else check.id_type
        if family == "RIC" and canonical and canonical[:6] in ("810000", "820000", "830000"):
            family = "HMT_RP"
        who = (person["id_type"], person["id_no"], person["name"], person.get("sex"), person.get("birth_date"))
        first = places.setdefault(who, place)
        refs.append(
            Ref(
                (family, canonical) if canonical else ("?", event["source_agency"], event["source_record_id"], first),
                role, person["id_type"], canonical or person["id_no"], person["name"], person.get("sex"),
                person.get("birth_date"), check.codes, about,
            )
        )  # fmt: skip
    return Act(
        event["event_id"], event["event_type"], event["source_agency"], event.get("sub_source"),
        event["source_record_id"], event["source_seq"], event["op"], event.get("supersedes"), event["business_time"],
        parse_rfc3339(event["record_time"]), parse_rfc3339(event["publish_time"]), event["region_code"],
        event["payload"], tuple(refs),
    )  # fmt: skip


_REGIONS = load_regions(fictional=True)
_ONE = {"spouse": "spouse", "applicant": "applicant", "claimant": "claimant", "tenant": "tenant", "lessor": "lessor",
        "mother": "mother", "father": "father", "member": "member"}  # fmt: skip
_MANY = {"members": "member", "occupants": "occupant", "adopter": "adopter"}


def _people(event: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any], bool]]:
    """(role, place in the event, person, is the event about them), the subject first (contract 1)."""
    said = event["payload"]
    subject = event.get("subject")
    if subject:
        role = {"hmd.public_rental_leased": "tenant", "hmd.private_lease_filed": "tenant"}.get(event["event_type"], "")
        yield role or "subject", "", subject, True
    for name, role in _ONE.items():
        if isinstance(said.get(name), Mapping):
            yield role, name, said[name], False
    for name, role in _MANY.items():
        for number, item in enumerate(said.get(name) or ()):
            yield role, f"{name}/{number}", item.get("person", item), False
    if event["event_type"] == "psb.item_corrected" and said["item"] == "ID_NO" and subject:
        old = _numbered(said.get("id_no_old") or said["old_value"], subject)
        new = _numbered(said.get("id_no_new") or said["new_value"], subject)
        if check_identifier(new["id_type"], new["id_no"], regions=_REGIONS).linkable:
            yield "renumbered_from", "renumbered_from", old, True
            yield "renumbered_to", "renumbered_to", new, True
        else:  # a number that fails its check moves nobody
            yield "wrong_number", "renumbered_to", new, False


def _numbered(number: str, subject: Mapping[str, Any]) -> Mapping[str, Any]:
    """The subject under another number, of the kind it looks like."""
    if number == subject["id_no"]:
        return subject
    kinds = (k for k in ("HMT_RP", "RIC", "FPR") if check_identifier(k, number, regions=_REGIONS).linkable)
    return {
        "id_type": next(kinds, subject["id_type"]), "id_no": number, "name": subject["name"], "sex": subject.get("sex"),
    }  # fmt: skip


# --- the world as far as it was known --------------------------------------------------------------------------------


class World:
    """All acts that count, of those recorded, or published, by some moment."""

    def __init__(self, acts: Iterable[Act], present: World | None = None) -> None:
        """`present`: the world as it is now, when this is an earlier one: a number correction undone by now, never
        joined anybody."""
        acts = list(acts)
        taken_back = {(a.agency, a.supersedes) for a in acts if a.op in ("CORRECT", "CANCEL")}
        self.taken_back = [a for a in acts if (a.agency, a.id) in taken_back and a.op != "CANCEL"]
        self.acts = sorted(
            (a for a in acts if a.op != "CANCEL" and (a.agency, a.id) not in taken_back), key=lambda a: a.order
        )
        kept = {act.id for act in (present or self).acts}
        self._onward = self._number_corrections([act for act in self.acts if act.id in kept])
        self._live = self._newest_versions()

    def _number_corrections(self, acts: list[Act]) -> dict[Ident, Ident]:
        """Old number -> the number the person goes on under: the last word on each pair, then the last of those."""
        last: dict[Ident, dict[Ident, bool]] = defaultdict(dict)
        for act in acts:
            before = next((r.ident for r in act.refs if r.role == "renumbered_from"), None)
            after = next((r.ident for r in act.refs if r.role == "renumbered_to"), None)
            if before and after and before != after:
                for here, there, onward in ((before, after, True), (after, before, False)):
                    last[here].pop(there, None)
                    last[here][there] = onward
        return {
            here: [there for there, onward in words.items() if onward][-1]
            for here, words in last.items()
            if any(words.values())
        }

    def root(self, ident: Ident) -> Ident:
        """The present number of whoever bears this one."""
        seen = [ident]
        while (ident := self._onward.get(ident, ident)) not in seen:
            seen.append(ident)
        return ident

    def _newest_versions(self) -> set[str]:
        newest: dict[tuple[str, str], Act] = {}
        for act in self.acts:
            record = (act.agency, act.record)
            if record not in newest or act.seq > newest[record].seq:
                newest[record] = act
        return {act.id for act in newest.values()}

    def is_live(self, act: Act) -> bool:
        """Is this what the agency's file says today?"""
        return act.id in self._live

    @cached_property
    def people(self) -> dict[Ident, Person]:
        roots = {self.root(ref.ident) for act in self.acts for ref in act.refs}
        return {root: Person(self, root) for root in sorted(roots)}

    @cached_property
    def entries(self) -> dict[Key, list[Act]]:
        found: dict[Key, list[Act]] = defaultdict(list)
        for act in self.acts:
            found[act.entry].append(act)
        return found


class Person:
    """Everybody one number, and the numbers before it, stands for."""

    def __init__(self, world: World, root: Ident) -> None:
        self.world, self.root = world, root
        self.named = [(act, refs) for act in world.acts if (refs := self.refs(act))]
        self.reference = self._reference()
        self.registered_names = {
            name for act, refs in self.named if act.agency == "PSB" for name in _all_names(act, refs)
        }
        self.own = [(act, refs) for act, refs in self.named if self.is_mine(act, refs)]
        self.acts = [act for act, _ in self.own]

    def refs(self, act: Act) -> list[Ref]:
        """How an act names this person; one that corrects the number, by the number that is."""
        refs = [ref for ref in act.refs if self.world.root(ref.ident) == self.root]
        new = [ref.ident for ref in refs if ref.role == "renumbered_to"]
        return [ref for ref in refs if ref.ident == new[0]] if new else refs

    def _reference(self) -> tuple[Act, Ref] | None:
        """The name that counts: the best source, in it what is about the person, in that the newest."""
        best = None
        for act, refs in self.named:
            about = [r for r in refs if r.about]
            rank = (-AGENCY_RANK[act.agency], bool(about), act.order)
            if best is None or rank > best[0]:
                best = (rank, act, (about or refs)[0])
        return best and best[1:]

    @property
    def name(self) -> str:
        assert self.reference
        act, ref = self.reference
        return _new_name(act) or ref.name

    def name_class(self, name: str) -> str:
        found = compare_names(name, self.name)
        known = any(compare_names(name, old) in SAME_NAME for old in self.registered_names)
        return "HISTORIC" if found in ("DIFFERENT", "POSSIBLE") and known else found

    def is_mine(self, act: Act, refs: list[Ref]) -> bool:
        """Decision matrix of domain 6.1, column 'same valid number'."""
        if act.agency == "PSB":
            return True
        assert self.reference
        mine = self.reference[1]
        for ref in refs:
            found = self.name_class(ref.name)
            if found in (*SAME_NAME, "HISTORIC"):
                return True
            agrees = ref.birth_date and ref.sex and (ref.birth_date, ref.sex) == (_born(mine), _sexed(mine))
            if found == "POSSIBLE" and agrees:
                return True
        return False

    # golden values

    def _best(self, item: str, of: Any) -> str | None:
        for act in reversed(self.acts):
            value = act.payload.get("new_value")
            corrected = act.type == "psb.item_corrected" and act.payload["item"] == item and value
            if corrected and (item != "BIRTH_DATE" or is_date(value)):
                return str(value)
        said = [
            (
                (-AGENCY_RANK[act.agency], any(r.about for r in refs), bool(of(ref)), act.order, ref.about),
                of(ref) or fallback,
            )
            for act, refs in self.own
            for ref in refs
            for fallback in [_BY_NUMBER[item](ref)]
            if of(ref) or fallback
        ]
        return max(said, key=lambda pair: pair[0])[1] if said else None

    @cached_property
    def birth_date(self) -> str | None:
        return self._best(
            "BIRTH_DATE", lambda ref: ref.birth_date or (ref.role == "renumbered_to" and _number_says(ref))
        )

    @cached_property
    def sex(self) -> str | None:
        return self._best("SEX", lambda ref: ref.sex or (ref.role == "renumbered_to" and _number_sex(ref)))

    @cached_property
    def hukou(self) -> str | None:
        """County of the household registration; empty after moving out to an unknown place; None if nobody knows."""
        said: list[tuple[bool, str]] = []
        for act, refs in self.own:
            about = any(ref.about for ref in refs)
            if act.type == "psb.migrated_out":
                said.append((True, act.payload.get("to_region") or ""))
            elif act.type in ("psb.birth_registered", "psb.migrated_in") and about:
                said.append((True, act.payload["hukou_region"]))
            elif act.type == "psb.household_restructured":
                said.append((True, act.region))
            elif act.type == "psb.residence_changed":
                said.append((False, act.payload["hukou_region"]))
        said = [s for s in said if s[0]] or said
        return said[-1][1] if said else None

    # life

    @cached_property
    def deaths(self) -> list[tuple[Act, str]]:
        """(act, last day the death can have been on): what each death entry says now."""
        latest: dict[Key, Act] = {}
        for act, refs in self.own:
            if act.type in _DEATHS and any(ref.about for ref in refs):
                latest[act.entry] = act
        return [(act, day) for act in latest.values() if (day := _death_day(act))]

    @property
    def life_state(self) -> str:
        sources = {(act.agency, act.sub) for act, _ in self.deaths}
        if any(agency == "PSB" for agency, _ in sources) or len(sources) > 1:
            return "CONFIRMED"
        if sources:
            return "REPORTED"
        for act in self.world.taken_back:
            refs = [r for r in act.refs if r.about and self.world.root(r.ident) == self.root]
            if refs and act.type in _DEATHS and _death_day(act) and self.is_mine(act, refs):
                return "RETRACTED"
        return "ALIVE"

    @property
    def sure_deaths(self) -> list[tuple[Act, str]]:
        """From an authority (not a pension office's finding), number and name fitting."""
        return [
            (act, day)
            for act, day in self.deaths
            if act.agency != "HRSS" and any(
                self.name_class(ref.name) in (*SAME_NAME, "HISTORIC")
                for ref in act.refs
                if ref.about and self.world.root(ref.ident) == self.root
            )
        ]  # fmt: skip

    # what agencies give

    def entries(self, kind: str) -> dict[Key, list[Act]]:
        found: dict[Key, list[Act]] = defaultdict(list)
        for act in self.acts:
            if act.entry[0] == kind:
                found[act.entry].append(act)
        return found

    def pension_steps(self) -> dict[Key, list[tuple[str, str]]]:
        return {
            entry: [
                (act.payload["first_month"], "PAYING")
                if act.type == "hrss.pension_granted"
                else (act.payload["effective_month"], act.payload["status"])
                for act in acts
            ]
            for entry, acts in sorted(self.entries("pension").items())
        }

    def belongs_to(self, entry: Key) -> bool:
        return any(act.entry == entry for act in self.acts)


_DEATHS = ("psb.death_registered", "mca.deceased_handled", "hrss.eligibility_verified")


def _death_day(act: Act) -> str | None:
    said = act.payload
    if act.type == "hrss.eligibility_verified":
        return (said.get("verified_date") or act.business) if said["result"] == "DECEASED" else None
    day = date.fromisoformat(said.get("death_date") or said["handled_date"])
    precision = said.get("death_date_precision") or "DAY"
    if precision == "YEAR":
        return f"{day.year}-12-31"
    if precision == "MONTH":
        return (add_months(day.replace(day=1), 1) - timedelta(days=1)).isoformat()
    return day.isoformat()


def _new_name(act: Act) -> str | None:
    renamed = act.type == "psb.item_corrected" and act.payload["item"] == "NAME"
    return act.payload["new_value"] if renamed else None


def _all_names(act: Act, refs: list[Ref]) -> set[str]:
    old = {act.payload["old_value"], act.payload["new_value"]} if _new_name(act) else set()
    return {ref.name for ref in refs} | old


def _number_says(ref: Ref) -> str | None:
    number = ref.id_no
    if len(number) != 18 or ref.id_type not in ("RIC", "RIC15", "HMT_RP", "FPR", "FPR_NEW"):
        return None
    born = f"{number[6:10]}-{number[10:12]}-{number[12:14]}"
    return born if is_date(born) else None


def _number_sex(ref: Ref) -> str | None:
    number = ref.id_no
    if len(number) != 18 or ref.id_type not in ("RIC", "RIC15", "HMT_RP") or not number[16].isdigit():
        return None
    return "1" if int(number[16]) % 2 else "2"


_BY_NUMBER = {"BIRTH_DATE": _number_says, "SEX": _number_sex}


def _born(ref: Ref) -> str | None:
    return ref.birth_date or _number_says(ref)


def _sexed(ref: Ref) -> str | None:
    return ref.sex or _number_sex(ref)


# --- groups -----------------------------------------------------------------------------------------------------------


@dataclass
class Aid:
    aid_class: str = ""
    active: bool = False
    known: bool = False
    members: set[Ident] = field(default_factory=set)


def aid_unit(acts: list[Act]) -> Aid:
    unit = Aid()
    for act in acts:
        people = {r.ident for r in act.refs if r.role == "member"}
        if act.type == "mca.aid_granted":
            unit.known, unit.active, unit.aid_class, unit.members = True, True, act.payload["aid_class"], people
            size = act.payload["household_size"]
            if not people or size > len(people):  # the list leaves the applicant out
                unit.members = {r.ident for r in act.refs}
            continue
        action = act.payload["action"]
        if action == "ADD_MEMBER":
            unit.members = unit.members | people
        elif action == "REMOVE_MEMBER":
            unit.members = unit.members - people
        elif action in ("SUSPEND", "TERMINATE", "HAND_OVER"):
            unit.active = False
        elif action == "RESUME":
            unit.active = True
    return unit


@dataclass
class Lease:
    """A lease after its acts; days inclusive."""

    number: str
    public: bool
    filed: Act | None = None
    end: str = ""
    ended: bool = False

    @property
    def start(self) -> str:
        assert self.filed
        return str(self.filed.payload["start_date"])

    @property
    def scope(self) -> str:
        assert self.filed
        return "WHOLE" if self.public else str(self.filed.payload["scope"])

    @property
    def unit(self) -> str | None:
        assert self.filed
        code = self.filed.payload.get("unit_code")
        return check_unit_code(code, regions=_REGIONS).canonical if code else None

    def people(self, *roles: str) -> set[Ident]:
        assert self.filed
        return {r.ident for r in self.filed.refs if r.role in roles}

    def runs_on(self, day: date) -> bool:
        return self.start <= day.isoformat() <= self.end


def lease_of(entry: Key, acts: list[Act]) -> Lease | None:
    lease = Lease(entry[1], entry[0] == "rental")
    for act in acts:
        said = act.payload
        if act.type in ("hmd.private_lease_filed", "hmd.public_rental_leased"):
            lease.filed, lease.end, lease.ended = act, said["end_date"], False
        elif act.type == "hmd.public_rental_ended":
            lease.end, lease.ended = said["end_date"], True
        elif said["action"] == "TERMINATE":
            lease.end, lease.ended = said["effective_date"], True
        elif said["action"] == "EXTEND" and said.get("new_end_date"):
            lease.end, lease.ended = said["new_end_date"], False
    return lease if lease.filed else None


# --- the rules --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """What one rule finds of somebody, or of a dwelling, on a day."""

    rule: str
    subject: Ident  # a person's number, ("aid", decision) or ("unit", code)
    key: Key
    acting: str
    about: Ident | None


def find_all(world: World, today: date, present: World) -> Iterator[Found]:
    for person in world.people.values():
        for rule, find in _PERSON_RULES.items():
            for key, acting in find(person, today):
                yield Found(rule, person.root, key, acting, person.root)
    yield from _en_02(world, today, present)
    yield from _ho_01(world, today)


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


def _status(steps: list[tuple[str, str]], month: str) -> str | None:
    """What the last act that has taken effect by that month says."""
    found = None
    for start, status in steps:
        if start <= month:
            found = status
    return found


def _month(day: date) -> str:
    return f"{day.year:04d}{day.month:02d}"


def _death_told(person: Person) -> str | None:
    """The day of death to go by: police first."""
    deaths = person.sure_deaths
    return min(deaths, key=lambda d: (d[0].agency != "PSB", d[0].order))[1] if deaths else None


def _le_01(person: Person, today: date) -> Iterator[tuple[Key, str]]:
    died = _death_told(person)
    if died is None:
        return
    after = _month(add_months(date.fromisoformat(died).replace(day=1), 1))
    for entry, steps in person.pension_steps().items():
        if _status(steps, max(after, _month(today))) == "PAYING":
            yield entry[1:], "HRSS"


def _le_02(person: Person, _: date) -> Iterator[tuple[Key, str]]:
    funeral = any(act.type == "mca.deceased_handled" for act, _ in person.sure_deaths)
    registered = any(act.agency == "PSB" for act, _ in person.deaths)
    if funeral and not registered and person.hukou and same_city(person.hukou, f"{CITY}00"):
        yield (), "PSB"


def _le_03(person: Person, today: date) -> Iterator[tuple[Key, str]]:
    if _death_told(person) is None:
        return
    world = person.world
    for entry, acts in world.entries.items():
        if entry[0] == "aid" and person.belongs_to(entry):
            unit = aid_unit(acts)
            if unit.known and unit.active and person.root in {world.root(m) for m in unit.members}:
                yield ("AID", entry[1]), "MCA"
        if entry[0] == "rental" and person.belongs_to(entry):
            lease = lease_of(entry, acts)
            running = lease and not lease.ended and lease.runs_on(today)
            if running and {world.root(i) for i in lease.people("tenant", "member")} == {person.root}:
                yield ("PUBLIC_RENTAL", entry[1]), "MCA"
    for entry, acts in person.entries("allowance").items():
        if acts[-1].payload["action"] in ("START", "RESUME"):
            yield ("ALLOWANCE", entry[1]), "MCA"
    places = [act for act in person.acts if act.type == "mca.eldercare_changed"]
    if places and places[-1].payload["action"] in ("ADMIT", "TRANSFER"):
        yield ("INSTITUTION", places[-1].payload["institution_org"]), "MCA"


def _le_04(person: Person, _: date) -> Iterator[tuple[Key, str]]:
    for act, day in person.deaths:
        if act.agency == "HRSS":
            continue
        proof = (date.fromisoformat(day) + timedelta(days=1)).isoformat()
        if any(_in_person(other) and other.business > proof for other in person.acts):
            yield (act.agency, act.record), act.agency


def _in_person(act: Act) -> bool:
    said = act.payload
    return (
        act.type == "mca.marriage_registered"
        or (act.type == "hrss.eligibility_verified" and said["result"] == "CONFIRMED" and said["in_person"])
        or (act.type == "hrss.employment_changed" and said["kind"].endswith("_START"))
        or (act.type == "psb.permit_changed" and said["action"] in ("ISSUE", "REPLACE", "ENDORSE"))
    )


def _en_01(person: Person, today: date) -> Iterator[tuple[Key, str]]:
    if not person.hukou or not same_city(person.hukou, f"{CITY}00") or not person.birth_date or person.deaths:
        return
    if today < add_months(date.fromisoformat(person.birth_date), 721):
        return
    for steps in person.pension_steps().values():
        ahead = [status for start, status in steps if start > _month(today)]
        if {_status(steps, _month(today)), *ahead[-1:]} & {"PAYING", "SUSPENDED"}:
            return
    if not any(_pays_in(person, scheme, today) for scheme in ("PENSION_EMP", "PENSION_GOV")):
        yield (), "HRSS"


def _pays_in(person: Person, scheme: str, today: date) -> bool:
    """A paid month within the last three; where no months are sent at all, an open enrolment."""
    months = person.entries("contribution").get(("contribution", scheme), [])
    paid = [act.payload["to_month"] for act in months if act.payload["status"] in ("PAID", "BACKDATED")]
    if months:
        return bool(paid) and max(paid) >= _month(add_months(today.replace(day=1), -3))
    enrolled = person.entries("insured").get(("insured", scheme), [])
    return bool(enrolled) and enrolled[-1].payload["action"] in ("ENROL", "RESUME")


def _ec_05(person: Person, today: date) -> Iterator[tuple[Key, str]]:
    steps = person.pension_steps()
    paying = [entry for entry in steps if _status(steps[entry], _month(today)) == "PAYING"]
    for one, other in combinations(paying, 2):
        yield (*one[1:], *other[1:]), "HRSS"


_PERSON_RULES = {
    "ID-01": _id_01, "ID-02": _id_02, "ID-05": _id_05, "ID-06": _id_06, "LE-01": _le_01, "LE-02": _le_02,
    "LE-03": _le_03, "LE-04": _le_04, "EN-01": _en_01, "EC-05": _ec_05,
}  # fmt: skip


def _en_02(world: World, today: date, present: World) -> Iterator[Found]:
    """Who a listed member is, is judged by what is known now, also when looking back: a reading, see README.md."""
    for entry, acts in world.entries.items():
        unit = aid_unit(acts) if entry[0] == "aid" else Aid()
        if not (unit.known and unit.active and unit.aid_class in ("TK_CENTRAL", "TK_HOME", "DB")):
            continue
        for member in sorted(unit.members):
            person = present.people.get(present.root(member))
            # Whoever is listed under a number that is somebody else's is not judged by that somebody's facts.
            if person is None or not person.belongs_to(entry):
                continue
            told = [act for act in world.acts if (refs := person.refs(act)) and person.is_mine(act, refs)]
            dead = any(
                act.type in ("psb.death_registered", "mca.deceased_handled") and any(r.about for r in person.refs(act))
                for act in told
            )
            covers = {
                a.entry: a.payload["status"] for a in told if a.entry[:1] + a.entry[2:] == ("medical", today.year)
            }
            if not dead and "ACTIVE" not in covers.values():
                yield Found("EN-02", entry, (member,), "MSI", person.root)


def _ho_01(world: World, today: date) -> Iterator[Found]:
    leases = [lease for entry, acts in world.entries.items() if entry[0] in ("lease", "rental")
              if (lease := lease_of(entry, acts)) and lease.unit and lease.runs_on(today)]  # fmt: skip
    for one, other in combinations(sorted(leases, key=lambda lease: (lease.number, lease.public)), 2):
        scopes = {one.scope, other.scope}
        if one.unit != other.unit or "WHOLE" not in scopes or "BED" in scopes:
            continue
        if _sublet(one, other) or _sublet(other, one):
            continue
        first, last = max(one.start, other.start), min(one.end, other.end)
        if (date.fromisoformat(last) - date.fromisoformat(first)).days + 1 > 15:
            key = tuple((lease.public, lease.number) for lease in (one, other))
            yield Found("HO-01", ("unit", str(one.unit)), key, "HMD", None)


def _sublet(head: Lease, sub: Lease) -> bool:
    assert sub.filed
    lessors = sub.people("lessor")
    return sub.filed.payload.get("lessor_right") == "SUBLET" and (not lessors or bool(lessors & head.people("tenant")))


_RESTS = ("LE-01", "LE-02", "LE-03")  # priority of life: while LE-04 stands


# --- time -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stands:
    """An alert that stands at the end."""

    rule: str
    key: Key
    acting: str
    about: Ident | None
    opened_at: int
    frozen: bool


class Model:
    """Told a history and a last day, says what stands."""

    def __init__(self, events: Iterable[Mapping[str, Any]], as_of: date) -> None:
        acts: dict[tuple[str, str, int], Act] = {}
        for act in map(read, events):
            key = (act.agency, act.record, act.seq)
            held = acts.get(key)
            if held is None or (act.recorded, act.id) > (held.recorded, held.id):
                acts[key] = act  # two contents under one key: the later recorded, then the higher event id
        self.acts = list(acts.values())
        self.now = end_of(as_of)
        self.world = World(self.acts)

    def alerts(self) -> list[Stands]:
        recorded, published = (self._since(axis) for axis in ("recorded", "published"))
        found = {self._case(f): f for f in find_all(self.world, day_of(self.now), self.world)}
        opened = {c: max(recorded[c] + GRACE[f.rule] * DAY_MS, published[c]) for c, f in found.items()}
        standing = {case: found for case, found in found.items() if opened[case] <= self.now}
        resting = {f.about for f in standing.values() if f.rule == "LE-04"}
        return [
            Stands(f.rule, f.key, f.acting, f.about, opened[case], f.rule in _RESTS and f.about in resting)
            for case, f in standing.items()
        ]

    def _case(self, found: Found) -> Key:
        """The same case, whatever number the person had at the time."""
        return (found.rule, self.world.root(found.subject), found.key)

    def _since(self, axis: str) -> dict[Key, int]:
        """From when each case has held without a break, going through everything that became known, or dawned."""
        moments = {getattr(act, axis) for act in self.acts}
        first = min(moments, default=self.now)
        dawns = {start_of(day) for day in self._days_that_matter() if first < start_of(day) <= self.now}
        since: dict[Key, int] = {}
        world = World([])
        for moment in sorted(moments | dawns):
            if moment in moments:
                world = World((act for act in self.acts if getattr(act, axis) <= moment), self.world)
            held = {self._case(found) for found in find_all(world, day_of(moment), self.world)}
            since = {case: since.get(case, moment) for case in held}
        return since

    def _days_that_matter(self) -> set[date]:
        """Firsts of months, the days leases begin and are over, and everybody's 60 years and a month."""
        first = day_of(min((min(a.recorded, a.published) for a in self.acts), default=self.now)).replace(day=1)
        last = day_of(self.now)
        days = {add_months(first, n) for n in range((last.year - first.year) * 12 + last.month - first.month + 1)}
        for act in self.acts:
            said = act.payload
            days |= {date.fromisoformat(said[name]) for name in ("start_date",) if said.get(name)}
            for name in ("end_date", "effective_date", "new_end_date"):
                if said.get(name):
                    days.add(date.fromisoformat(said[name]) + timedelta(days=1))
            births = [b for ref in act.refs for b in (ref.birth_date, _number_says(ref)) if b]
            if act.type == "psb.item_corrected" and said["item"] == "BIRTH_DATE" and is_date(said["new_value"]):
                births.append(said["new_value"])
            days |= {add_months(date.fromisoformat(born), 721) for born in births if is_date(born)}
        return days
