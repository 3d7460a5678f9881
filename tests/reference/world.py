"""All acts that count by some moment, looked at whole, and the people in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from hub.domain.names import compare_names
from hub.domain.times import is_date
from tests.reference.acts import Act, Ident, Key, Ref
from tests.reference.facts import DEATHS, Facts, death_day

SAME_NAME = ("EXACT", "VARIANT", "PLACEHOLDER")
AGENCY_RANK = {"PSB": 0, "MCA": 1, "HRSS": 2, "HMD": 3}  # domain 3.6, first row


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
        self.present = present or self

    def _number_corrections(self, acts: list[Act]) -> dict[Ident, tuple[Ident, Act]]:
        """Old number -> the number the person goes on under, and by what act: the last word on each pair, then the last
        of those."""
        last: dict[Ident, dict[Ident, Act | None]] = defaultdict(dict)
        for act in acts:
            before = next((r.ident for r in act.refs if r.role == "renumbered_from"), None)
            after = next((r.ident for r in act.refs if r.role == "renumbered_to"), None)
            if before and after and before != after:
                for here, there, onward in ((before, after, act), (after, before, None)):
                    last[here].pop(there, None)
                    last[here][there] = onward
        return {
            here: [(there, act) for there, act in words.items() if act][-1]
            for here, words in last.items()
            if any(words.values())
        }

    def root(self, ident: Ident) -> Ident:
        """The present number of whoever bears this one. Of numbers in a circle, the one given last."""
        steps: dict[Ident, tuple[Ident, Act]] = {}
        while ident in self._onward and ident not in steps:
            steps[ident] = self._onward[ident]
            ident = steps[ident][0]
        circle = list(steps.values())[list(steps).index(ident) :] if ident in steps else []
        return max(circle, key=lambda step: step[1].order)[0] if circle else ident

    def _newest_versions(self) -> set[str]:
        newest: dict[tuple[str, str], Act] = {}
        for act in self.acts:
            record = (act.agency, act.record)
            if record not in newest or act.seq > newest[record].seq:
                newest[record] = act
        return {act.id for act in newest.values()}

    def still_names(self, act: Act, root: Ident) -> bool:
        """Does the newest version of the act's record name this person?"""
        newest = next(a for a in self.acts if a.id in self._live and (a.agency, a.record) == (act.agency, act.record))
        return any(self.root(ref.ident) == root for ref in newest.refs)

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

    def told_by(self, ident: Ident, entry: Key, by: Ident | None = None) -> Facts | None:
        """What was known by this moment of somebody that a group, a lease or a spouse knows by `entry`.

        Who they are is judged by what is known now, also when looking back: a reading, see README.md. None where
        number and name do not fit: whoever is listed under somebody else's number is not judged by that somebody.
        `by`: the spouse who names them; they must name that spouse, too.
        """
        person = self.present.people.get(self.present.root(ident))
        if person is None or not person.belongs_to(entry):
            return None
        if by and not any(by in self.present.roots(r.ident for r in a.refs) for a in person.acts if a.entry == entry):
            return None
        return Facts([(a, refs) for a in self.acts if (refs := person.refs(a)) and person.is_mine(a, refs)])

    def same(self, one: Iterable[Ident], other: Iterable[Ident]) -> bool:
        """Do the two lists name anybody in common, under whatever number?"""
        return bool(self.roots(one) & self.roots(other))

    def roots(self, idents: Iterable[Ident]) -> set[Ident]:
        return {self.root(ident) for ident in idents}


class Person(Facts):
    """Everybody one number, and the numbers before it, stands for."""

    def __init__(self, world: World, root: Ident) -> None:
        self.world, self.root = world, root
        self.named = [(act, refs) for act in world.acts if (refs := self.refs(act))]
        self.reference = self._reference()
        self.registered_names = {
            name for act, refs in self.named if act.agency == "PSB" for name in _all_names(act, refs)
        }
        super().__init__([(act, refs) for act, refs in self.named if self.is_mine(act, refs)])

    def refs(self, act: Act) -> list[Ref]:
        """How an act names this person; one that corrects the number, by the number that is."""
        refs = [ref for ref in act.refs if self.world.root(ref.ident) == self.root]
        new = {ref.ident for ref in refs if ref.role == "renumbered_to"}
        old = {ref.ident for ref in refs if ref.role == "renumbered_from"} - new if new else set()
        return [ref for ref in refs if ref.ident not in old]

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
                (
                    -AGENCY_RANK[act.agency],
                    any(r.about for r in refs),
                    bool(of(ref)),
                    act.order,
                    (ref.role == "renumbered_to", ref.about),
                ),
                of(ref) or fallback,
            )
            for act, refs in self.own
            for ref in refs
            for fallback in [ref.birth_in_number if item == "BIRTH_DATE" else ref.sex_in_number]
            if of(ref) or fallback
        ]
        return max(said, key=lambda pair: pair[0])[1] if said else None

    @cached_property
    def birth_date(self) -> str | None:
        return self._best(
            "BIRTH_DATE", lambda ref: ref.birth_date or (ref.role == "renumbered_to" and ref.birth_in_number)
        )

    @cached_property
    def sex(self) -> str | None:
        return self._best("SEX", lambda ref: ref.sex or (ref.role == "renumbered_to" and ref.sex_in_number))

    # life

    @property
    def life_state(self) -> str:
        if self.deaths:
            return "CONFIRMED" if self.surely_dead else "REPORTED"
        for act in self.world.taken_back:
            refs = [r for r in act.refs if r.about and self.world.root(r.ident) == self.root]
            if refs and act.type in DEATHS and death_day(act) and self.is_mine(act, refs):
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


def _new_name(act: Act) -> str | None:
    renamed = act.type == "psb.item_corrected" and act.payload["item"] == "NAME"
    return act.payload["new_value"] if renamed else None


def _all_names(act: Act, refs: list[Ref]) -> set[str]:
    old = {act.payload["old_value"], act.payload["new_value"]} if _new_name(act) else set()
    return {ref.name for ref in refs} | old


def _born(ref: Ref) -> str | None:
    return ref.birth_date or ref.birth_in_number


def _sexed(ref: Ref) -> str | None:
    return ref.sex or ref.sex_in_number
