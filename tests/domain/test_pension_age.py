"""Pension ages between and beyond the published vectors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.pension_age import SCHEMES, pension_age

months = st.builds(lambda year, month: f"{year}-{month:02d}", st.integers(1930, 2030), st.integers(1, 12))


@pytest.mark.parametrize(
    ("scheme", "birth_month", "age"),
    [
        ("M60", "1965-05", (60, 2)),
        ("F55", "1970-01", (55, 1)),
        ("M60", "199901", (63, 0)),
        ("RES", "1999-01", (60, 0)),
        ("F50", "1940-01", (50, 0)),
    ],
)
def test_ages(scheme, birth_month, age):
    """Both spellings of a month, both ends of the schedule, and the residents' scheme."""
    assert pension_age(scheme, birth_month) == age


@given(st.sampled_from(SCHEMES), months, months)
def test_who_is_born_later_never_retires_younger(scheme, a, b):
    """The age only rises with the birth month, and stays within its limits."""
    earlier, later = sorted((a, b))
    assert pension_age(scheme, earlier) <= pension_age(scheme, later) <= (63, 0)


@pytest.mark.parametrize(
    ("scheme", "birth_month"),
    [("M65", "1970-01"), ("M60", "1970-13"), ("M60", "1970"), ("M60", ""), ("RES", "x"), ("M60", "١٩٧٠-٠١")],
)
def test_bad_input_is_refused(scheme, birth_month):
    """An unknown scheme or month is the caller's fault."""
    with pytest.raises(ValueError, match="must be"):
        pension_age(scheme, birth_month)
