"""Region codes of GB/T 2260 with their history, 1981 to 2024.

The table is the work of `yescallop/areacodes` (CC0-1.0), kept as it came. A code means what it meant in its years:
counties become districts, merge and move to other cities, so a stored code is never rewritten (domain 2.3).

Demo and test persons live in 示例市, prefix 4298, which no real region ever had (domain 2.7). That overlay is loaded
only on demand, and a production configuration does not ask for it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

MUNICIPALITIES = frozenset({"11", "12", "31", "50"})
FICTIONAL_CITY = "4298"
"""示例市: an unassigned prefix, so that no demo person can be anybody (domain 2.7)."""


@dataclass(frozen=True, slots=True)
class Region:
    """One code under one name in one span of years. `last_year` is None while it is in force."""

    code: str
    province: str
    city: str
    name: str
    first_year: int
    last_year: int | None
    successors: tuple[str, ...]


class RegionTable:
    """All spans of all codes, asked by code."""

    def __init__(self, regions: Iterable[Region]) -> None:
        spans: dict[str, list[Region]] = {}
        for region in regions:
            spans.setdefault(region.code, []).append(region)
        self._spans: Mapping[str, tuple[Region, ...]] = {
            code: tuple(sorted(found, key=lambda span: span.first_year)) for code, found in spans.items()
        }
        self._abolished = {
            code: max(span.last_year or 0 for span in found)
            for code, found in self._spans.items()
            if all(span.last_year is not None for span in found)
        }

    def __len__(self) -> int:
        return len(self._spans)

    def known(self, code: str) -> bool:
        """Whether the code stood for some region in any year."""
        return code in self._spans

    def ever_valid_on(self, code: str, day: str) -> bool:
        """Whether the code was in force at some time in the year of `day` (the table knows years, not days)."""
        year = int(day[:4])
        return any(
            span.first_year <= year and (span.last_year is None or year <= span.last_year)
            for span in self._spans.get(code, ())
        )

    def name(self, code: str) -> str | None:
        """The latest name the code had."""
        spans = self._spans.get(code)
        return spans[-1].name if spans else None

    def abolished_year(self, code: str) -> int | None:
        """The year the code went out of use for good; None when it is in force or unknown."""
        return self._abolished.get(code)

    def successors(self, code: str) -> tuple[str, ...]:
        """Codes that took over all or part of this one, 1:n, in code order."""
        found = {successor for span in self._spans.get(code, ()) for successor in span.successors}
        return tuple(sorted(found - {code}))

    def current(self, code: str) -> tuple[str, ...]:
        """Codes in force now where this one's territory lies, 1:n; itself while in force; none where nobody knows."""
        if code not in self._abolished:
            return (code,) if code in self._spans else ()
        found, seen, ahead = set(), {code}, [code]
        while ahead:
            for successor in self.successors(ahead.pop()):
                if successor in seen:
                    continue
                seen.add(successor)
                if successor in self._abolished:
                    ahead.append(successor)
                elif successor in self._spans:
                    found.add(successor)
        return tuple(sorted(found))

    def spans(self) -> Iterator[Region]:
        """Every span, to recognise region names at the head of an address."""
        for found in self._spans.values():
            yield from found


@lru_cache(maxsize=2)
def load_regions(fictional: bool) -> RegionTable:
    """The table of GB/T 2260; with `fictional`, the demo city 4298 lies over it."""
    sources = ("regions.csv", "regions_fictional.csv") if fictional else ("regions.csv",)
    return RegionTable(region for source in sources for region in _read(source))


def city_key(code: str) -> str:
    """What city a county belongs to (domain 2.3).

    Municipalities have no city level, and counties directly under a province (4290xx, 4690xx, 6590xx) have no city.
    """
    if code[:2] in MUNICIPALITIES:
        return code[:2]
    if code[2:4] == "90":
        return code
    return code[:4]


def same_city(a: str, b: str) -> bool:
    """Whether two counties belong to one city: a move between them needs no residence registration."""
    return city_key(a) == city_key(b)


def _read(filename: str) -> Iterator[Region]:
    # utf-8-sig: the upstream file starts with a byte order mark.
    text = files("hub").joinpath("data", filename).read_text(encoding="utf-8-sig")
    for row in csv.DictReader(text.splitlines()):
        ended = row["变更/弃用时间"]
        yield Region(
            code=row["代码"],
            province=row["一级行政区"],
            city=row["二级行政区"],
            name=row["名称"],
            first_year=int(row["启用时间"]),
            last_year=int(ended) if ended else None,
            # "120113[2020]" is a part that went over in that year; the hub only asks where it went.
            successors=tuple(part.partition("[")[0] for part in row["新代码"].split(";") if part),
        )
