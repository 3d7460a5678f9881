"""ID rules that need two numbers: one person, two live identities."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from hub.domain.claim import Claim, Named, SubjectState
from hub.domain.identifiers import mask_identifier
from hub.domain.names import compare_names
from hub.fold.groups import Group
from hub.fold.person import Person, deaths_in
from hub.rules.base import Finding, Rule, Scene, Words
from hub.rules.identity import NUMBER_FAULTS

_SAME_NAME = ("EXACT", "VARIANT")
# Numbers of 18 digits that hold a birth date: what two records of one person can be told by.
_TELLING_TYPES = frozenset({"RIC", "HMT_RP", "FPR_NEW"})
_BODY: Final = 17  # digits before the check digit, which follows from them
_BIRTH_PART: Final = range(6, 14)
_MOVES = frozenset({"psb.migrated_in", "psb.migrated_out", "psb.household_restructured"})


@dataclass(frozen=True)
class _Identity:
    """Somebody under one number, as far as the two of them are compared."""

    key: str
    number: str
    name: str
    birth_date: str
    sex: str
    household: str | None  # key of the hukou household they are in now
    parents: frozenset[str]  # keys of the groups of their mother's and their father's children
    claims: tuple[Claim, ...]  # that say so: identity, household, birth

    def is_like(self, other: _Identity) -> bool:
        """Same sex and name; two numbers of one person may well hold two birth dates."""
        return self.sex == other.sex and compare_names(self.name, other.name) in _SAME_NAME

    def lives_with(self, other: _Identity) -> bool:
        return self.household is not None and self.household == other.household


def two_live_numbers(scene: Scene) -> Iterator[Finding]:
    """Two valid numbers with no correction between them on record in this city's data seem to be one living person's.

    两个有效号码在本市数据中没有变更关联记录，疑似属于同一在世人员。
    """
    if isinstance(scene.fold, Person):
        yield from _linked_by_agency(scene.fold)
    elif isinstance(scene.fold, Group) and scene.fold.kind == "household":
        yield from _in_one_household(scene)
    elif isinstance(scene.fold, Group):
        yield from _of_one_parent(scene.group)


def _in_one_household(scene: Scene) -> Iterator[Finding]:
    """A collective household holds strangers: it is no evidence."""
    limit = scene.policy.number("household.collective_size")
    members: dict[str, list[Claim]] = {}
    for key, claims in _heard_in(scene.group):
        if _household_in(claims)[0] == scene.group.key and not deaths_in(claims):
            members[key] = claims
        if len(members) > limit:
            return  # of thousands of members no more is looked at than it takes to know
    yield from _pairs(_identities(members), "SAME_HOUSEHOLD")


def _of_one_parent(group: Group) -> Iterator[Finding]:
    """Two who stand in one household are that household's case; of two common parents one has it."""
    children = [who for who in _identities(dict(_heard_in(group))) if group.key in who.parents]
    for finding in _pairs(children, "SAME_PARENT"):
        one, other = (who for who in children if who.key in finding.key)
        if not one.lives_with(other) and group.key == min(one.parents & other.parents):
            yield finding


def _pairs(people: list[_Identity], evidence_code: str) -> Iterator[Finding]:
    for one, other in combinations(people, 2):
        # Never on name and birth date alone: what brought the two together is asked for before.
        if one.birth_date == other.birth_date and one.is_like(other):
            yield _finding(one, other, evidence_code, ())


def _linked_by_agency(person: Person) -> Iterator[Finding]:
    """An agency's file went over from one number to another that looks like it, and police know of no correction."""
    twins = person.twins()
    own = _identity(person, person.standing.of_this_number) if twins else None
    for key, claims in twins:
        twin = _folded(key, claims)
        other = _identity(twin, claims)
        if own is None or other is None or not own.is_like(other) or not _mistakable(own.number, other.number):
            continue
        if own.birth_date == other.birth_date and (own.lives_with(other) or own.parents & other.parents):
            continue  # their household's case, or their parent's
        moved = tuple(_moved(twin.linked, person.linked))
        if moved:
            yield _finding(own, other, "AGENCY_LINK", moved)


def _finding(one: _Identity, other: _Identity, evidence_code: str, linking: tuple[Claim, ...]) -> Finding:
    first, second = sorted((one, other), key=lambda who: who.number)
    return Finding(
        key=tuple(sorted((first.key, second.key))),
        about=first.key,
        evidence=(*first.claims, *second.claims, *linking),
        show={
            "masked_ids": [mask_identifier(first.number), mask_identifier(second.number)],
            "evidence_codes": [evidence_code],
        },
    )


# --- who they are -----------------------------------------------------------------------------------------------------


def _heard_in(group: Group) -> Iterator[tuple[str, list[Claim]]]:
    """What was heard of everybody that a household's or a parent's births and moves name, by their present key."""
    keys = dict.fromkeys(link.key for act in group.acts for link in act.links if link.kind == "resident")
    return (found for key in keys if (found := group.heard_from(key)) is not None)


def _identities(people: dict[str, list[Claim]]) -> list[_Identity]:
    found = (_identity(_folded(key, claims), claims) for key, claims in sorted(people.items()))
    return [who for who in found if who is not None]


def _folded(key: str, claims: Iterable[Claim]) -> Person:
    """A neighbour, folded from what was heard of them."""
    return Person(SubjectState(key, "resident", claims={claim.identity: claim for claim in claims}))


def _identity(person: Person, under_number: list[Claim]) -> _Identity | None:
    """None for the dead, and where the number says nothing or name, birth date or sex are unknown."""
    number = _number(under_number)
    reference, birth, sex = person.reference, person.birth_date, person.sex
    if number is None or reference is None or birth is None or sex is None or not person.alive:
        return None
    household, births = _household_in(person.linked), [claim for claim in person.linked if _is_own_birth(claim)]
    birth_act = births[-1] if births else None
    said = (reference.claim, birth[1], sex[1], household[1], birth_act)
    return _Identity(
        key=person.key,
        number=number,
        name=reference.name,
        birth_date=birth[0],
        sex=sex[0],
        household=household[0],
        parents=_parents(birth_act),
        claims=tuple(claim for claim in said if claim is not None),
    )


def _number(claims: list[Claim]) -> str | None:
    """The number somebody goes on under: the newest one police gave, else the one their records bear."""
    named = [n for claim in claims for n in claim.named if _is_telling(n)]
    given = [n.id_no for n in named if n.role == "renumbered_to"]
    borne = [n.id_no for n in named if n.role != "renumbered_from"]
    return next(iter([*reversed(given), *reversed(borne)]), None)


def _is_telling(named: Named) -> bool:
    """A valid number of that kind; an archive's 15 digits, once upgraded, are one."""
    faults = NUMBER_FAULTS.intersection(named.id_codes) - {"LEGACY15"}
    return named.id_type in _TELLING_TYPES and not faults and len(named.id_no) == _BODY + 1


def _household_in(claims: list[Claim]) -> tuple[str | None, Claim | None]:
    """The household somebody's newest move leads into: of two that a split names, the first; none after moving out."""
    moves = [claim for claim in claims if claim.event_type in _MOVES or _is_own_birth(claim)]
    if not moves or moves[-1].event_type == "psb.migrated_out":
        return None, None
    return next((link.key for link in moves[-1].links if link.kind == "household"), None), moves[-1]


def _is_own_birth(claim: Claim) -> bool:
    return claim.event_type == "psb.birth_registered" and any(named.subject for named in claim.named)


def _parents(birth: Claim | None) -> frozenset[str]:
    links = birth.links if birth is not None else ()
    return frozenset(link.key for link in links if link.kind == "children")


# --- what an agency says ----------------------------------------------------------------------------------------------


def _moved(before: list[Claim], after: list[Claim]) -> Iterator[Claim]:
    """Acts of source records that bore the one number first and went on under the other, both for their time."""
    first = {(claim.agency, claim.record_id): claim for claim in reversed(before)}
    for claim in after:
        act = first.get((claim.agency, claim.record_id))
        if act is not None and act.seq < claim.seq and claim.op == "UPDATE":
            yield from (act, claim)


def _mistakable(one: str, other: str) -> bool:
    """One digit, one pair of neighbouring digits turned round, or the birth date: the check digit follows from them."""
    differing = [at for at in range(_BODY) if one[at] != other[at]]
    if len(differing) == 1 or all(at in _BIRTH_PART for at in differing):
        return True
    if len(differing) != 2 or differing[1] - differing[0] != 1:
        return False
    left, right = differing
    return (one[left], one[right]) == (other[right], other[left])


ID_03 = Rule(
    id="ID-03",
    version=1,
    kind="VERIFY",
    severity="S2",
    grace_days=7,
    subject="household",
    also=("children", "resident"),
    acts="PSB",
    cc=(),
    scope="CITY",
    needs=frozenset({"*"}),
    title=Words("疑似一人多号", "One person, two live ID numbers"),
    todo=Words(
        "请公安核查是否重复登记户口（双重户口）或存在未记录的号码更正；以公民身份号码变更更正事项发布新旧号码。",
        "Police check for duplicate household registration (双重户口) or an unrecorded number correction; "
        "publish psb.item_corrected with id_no_old/new.",
    ),
    basis="户口登记条例 Art.6 (one permanent registration per citizen); 居民身份证法 Art.3 (number unique, lifelong)",
    show=("masked_ids", "evidence_codes"),
    find=two_live_numbers,
    policy_keys=("household.collective_size",),
)

RULES: tuple[Rule, ...] = (ID_03,)
