"""Which plot is aimed at which rules."""

from __future__ import annotations

from collections.abc import Callable

from tests.reference import themes_housing, themes_people, themes_support
from tests.reference.plot import Plot

THEMES: dict[Callable[[Plot], None], tuple[str, ...]] = {
    themes_people.carelessly_written: ("ID-01", "ID-02", "ID-05", "ID-06"),
    themes_people.one_person_two_numbers: ("ID-03",),
    themes_people.retired_number: ("ID-04",),
    themes_people.tenant_unregistered: ("RE-01",),
    themes_people.registration_left_open: ("RE-02",),
    themes_people.permit_runs_out: ("RE-03",),
    themes_people.lives_elsewhere: ("RE-04",),
    themes_people.address_without_dwelling: ("RE-05",),
    themes_people.permit_not_asked_for: ("RE-06",),
    themes_people.dead_on_the_books: ("LE-01", "LE-02", "LE-03", "LE-04"),
    themes_people.marriage_and_household: ("LE-05", "LE-06"),
    themes_people.adopted: ("LE-07",),
    themes_support.old_and_unpaid: ("EN-01", "EN-05"),
    themes_support.aid_without_cover: ("EN-02",),
    themes_support.newborn: ("EN-03",),
    themes_support.aid_without_home: ("EN-04",),
    themes_support.grant_not_claimed: ("EN-06",),
    themes_support.jobless_on_aid: ("EN-07",),
    themes_support.tenant_bought: ("EC-01",),
    themes_support.aided_owner: ("EC-02",),
    themes_support.aided_worker: ("EC-03",),
    themes_support.benefit_and_more: ("EC-04",),
    themes_support.two_pensions: ("EC-05",),
    themes_support.housed_twice: ("EC-06",),
    themes_housing.let_twice: ("HO-01",),
    themes_housing.crowded: ("HO-02",),
    themes_housing.not_theirs_to_let: ("HO-03",),
    themes_housing.let_by_the_dead: ("HO-04",),
    themes_housing.moved_nowhere: ("XJ-01",),
    themes_housing.moved_with_benefits: ("XJ-02",),
    themes_housing.insured_elsewhere: ("XJ-03",),
}

RARE = (
    themes_people.one_person_two_numbers,
    themes_people.tenant_unregistered,
    themes_people.tenant_unregistered,
    themes_people.permit_runs_out,
    themes_people.lives_elsewhere,
    themes_people.marriage_and_household,
    themes_support.newborn,
    themes_support.newborn,
    themes_support.aided_owner,
    themes_support.tenant_bought,
    themes_support.aided_worker,
    themes_support.housed_twice,
    themes_support.jobless_on_aid,
    themes_housing.crowded,
    themes_housing.crowded,
    themes_housing.moved_with_benefits,
    themes_housing.moved_with_benefits,
    themes_housing.not_theirs_to_let,
    themes_housing.insured_elsewhere,
)
"""Plots told more often: what they are about is seldom found."""
