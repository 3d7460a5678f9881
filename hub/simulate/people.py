"""The people and households of the simulated city."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hub.simulate.days import Day, iso

if TYPE_CHECKING:
    from hub.simulate.ledger import Filing


@dataclass(eq=False, slots=True)
class Pension:
    """A pension somebody really draws: one entry (type, region) of the register."""

    kind: str
    region: str
    first_month: str
    granted: Day
    filing: Filing | None = None


@dataclass(eq=False, slots=True)
class Household:
    """People on one hukou page (or, for outsiders, under one roof)."""

    number: str
    region: str
    address: str
    arrived: Day
    members: list[Person] = field(default_factory=list)

    @property
    def head(self) -> Person:
        return self.members[0]


@dataclass(eq=False)
class Person:
    """One person: what is true of them, and what the generator has already done with them."""

    pid: str
    sex: str
    birth: Day
    id_no: str
    name: str
    household: Household
    relation: str
    spouse: Person | None = None
    mother: Person | None = None
    father: Person | None = None
    outsider: bool = False
    origin: str | None = None
    """Region of an outsider's hukou, once a residence registration has told it."""
    scheme: str | None = None
    """Employee scheme they contribute to now (PENSION_EMP, PENSION_GOV)."""
    enrolled: Day | None = None
    retired: Day | None = None
    pension: Pension | None = None
    died: Day | None = None
    reserved: bool = False
    """Used by a case: ordinary life leaves them alone beyond hukou, coverage, work and pension."""
    spared: bool = False
    """Appears in somebody else's case and must go on living."""
    on_aid: bool = False
    rents: bool = False
    """Of a household with a public rental or a rent subsidy: nobody in it buys a dwelling beyond what a case says."""
    owns: bool = False
    """Was ever entered as the owner of a dwelling."""
    gone: bool = False
    """The hukou moves out of the city."""
    insured_before: str | None = None
    """County of another city where their employee insurance comes from."""
    uncovered: set[int] = field(default_factory=set)
    former_name: str | None = None
    renamed: Day | None = None
    former_no: str | None = None
    renumbered: Day | None = None

    @property
    def region(self) -> str:
        return self.household.region

    @property
    def registered(self) -> Day:
        """Day of their hukou registration here."""
        arrived = self.household.arrived
        return self.birth + 5 + self.birth % 20 if self.birth > arrived else arrived

    def ref(self, day: Day, **changes: str | None) -> dict[str, Any]:
        """How a careful office names this person on a day; `changes` set fields, None leaves them out."""
        old_name = self.former_name if self.renamed is not None and day < self.renamed else None
        old_no = self.former_no if self.renumbered is not None and day < self.renumbered else None
        ref: dict[str, Any] = {
            "id_type": "RIC",
            "id_no": old_no or self.id_no,
            "name": old_name or self.name,
            "sex": self.sex,
            "birth_date": iso(self.birth),
        }
        for name, value in changes.items():
            if value is None:
                ref.pop(name)
            else:
                ref[name] = value
        return ref

    def alive(self, day: Day) -> bool:
        """Whether they had been born and had not died."""
        return self.birth <= day and (self.died is None or day < self.died)
