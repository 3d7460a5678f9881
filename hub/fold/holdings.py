"""Homes somebody owns, read off the title register: the share, the floor area, since when (RER; no price, no mortgage).

Areas and shares are exact fractions: a threshold of square metres per head must not depend on rounding.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from hub.domain.claim import Claim
from hub.fold.homes import is_owned, unit_links


@dataclass(frozen=True)
class Holding:
    """One owner's standing title to one dwelling, with every act on it in play order."""

    unit: str  # subject key of the dwelling
    acts: tuple[Claim, ...]

    @property
    def title(self) -> Claim:
        """The newest act: it says what is owned now."""
        return self.acts[-1]

    @property
    def unit_code(self) -> str:
        return str(self.title.facts["unit_code"])

    @property
    def registered(self) -> str:
        """The day (ISO) on which what is owned now was registered; a share that changed was acquired anew."""
        return str(self.title.facts["register_date"])

    @property
    def share(self) -> Fraction:
        """Nothing said, or a part left out, is the whole."""
        numerator, denominator = (self.title.facts.get(f"share_{part}") for part in ("numerator", "denominator"))
        return Fraction(int(numerator), int(denominator)) if numerator and denominator else Fraction(1)

    @property
    def area(self) -> Fraction | None:
        """Square metres of floor that are theirs by share; None where the register does not know the floor area."""
        area = self.title.facts.get("floor_area")
        return None if area is None else Fraction(str(area)) * self.share


def titles_in(claims: Iterable[Claim]) -> tuple[Holding, ...]:
    """Dwellings to which one owner's title stands. `claims`: whatever is known of that owner, played."""
    acts: dict[str, list[Claim]] = {}
    for claim in claims:
        if claim.event_type == "hmd.ownership_changed":
            for link in unit_links(claim):
                acts.setdefault(link.key, []).append(claim)
    return tuple(Holding(unit, tuple(on_title)) for unit, on_title in sorted(acts.items()) if is_owned(on_title))


def homes_in(claims: Iterable[Claim]) -> tuple[Holding, ...]:
    """Those of them that are residential."""
    return tuple(holding for holding in titles_in(claims) if holding.title.facts.get("use") == "RESIDENTIAL")


def area_of(holdings: Iterable[Holding]) -> Fraction | None:
    """Square metres owned together; None where that of some dwelling is unknown."""
    areas = [holding.area for holding in holdings]
    return None if None in areas else _sum(areas)


def known_area_of(holdings: Iterable[Holding]) -> Fraction:
    """Square metres owned together at the least: dwellings of unknown floor area left out."""
    return _sum(holding.area for holding in holdings)


def _sum(areas: Iterable[Fraction | None]) -> Fraction:
    return sum((area for area in areas if area is not None), Fraction(0))
