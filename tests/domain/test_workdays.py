"""Working days by the State Council's notices."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.workdays import estimate_warning, load_workdays

CALENDAR = load_workdays()


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 10, 1), False),
        (date(2026, 10, 10), True),
        (date(2026, 2, 14), True),
        (date(2026, 2, 23), False),
        (date(2026, 3, 2), True),
        (date(2026, 3, 7), False),
        (date(2020, 1, 31), False),
        (date(2025, 2, 8), True),
    ],
)
def test_holidays_and_make_up_days(day, works):
    """National Day is free, the Saturday that makes up for it is worked."""
    assert CALENDAR.is_workday(day) is works


def test_the_day_itself_does_not_count():
    """Ten working days after a Monday without holidays is a Monday two weeks on; none is the day itself."""
    assert CALENDAR.add_workdays(date(2026, 3, 2), 10) == date(2026, 3, 16)
    assert CALENDAR.add_workdays(date(2026, 9, 30), 1) == date(2026, 10, 8)
    assert CALENDAR.add_workdays(date(2026, 3, 7), 0) == date(2026, 3, 7)
    with pytest.raises(ValueError, match="forward"):
        CALENDAR.add_workdays(date(2026, 3, 7), -1)


def test_a_year_without_notice_is_counted_monday_to_friday_and_told():
    """A missing year gives an estimate and a warning, never an exception."""
    assert CALENDAR.covers(2026)
    assert not CALENDAR.covers(2027)
    assert CALENDAR.is_workday(date(2027, 10, 1))
    assert CALENDAR.missing_years(date(2026, 12, 1), date(2028, 1, 1)) == {2027, 2028}


@given(st.dates(date(2019, 1, 1), date(2028, 12, 31)), st.integers(1, 60))
def test_working_days_are_counted_one_by_one(day, count):
    """The n-th working day is a working day, with n working days up to it."""
    found = CALENDAR.add_workdays(day, count)
    days = [date.fromordinal(at) for at in range(day.toordinal() + 1, found.toordinal() + 1)]
    assert CALENDAR.is_workday(found)
    assert sum(map(CALENDAR.is_workday, days)) == count


def test_the_data_holds_only_exceptions():
    """Every day listed off is a weekday, every day listed on is a weekend day, in six to nine years' notices."""
    assert all(day.weekday() < 5 for day in CALENDAR._off)
    assert all(day.weekday() > 4 for day in CALENDAR._on)
    assert CALENDAR.years == set(range(2020, 2027))


def test_a_missing_notice_is_told_before_deadlines_reach_it():
    """Six weeks before the year ends the next one's notice is wanted; the sentence names the years."""
    assert CALENDAR.missing_ahead(date(2026, 6, 1)) == set()
    assert CALENDAR.missing_ahead(date(2026, 12, 1)) == {2027}
    assert estimate_warning(set()) is None
    assert "2027, 2028 are estimated Monday to Friday" in estimate_warning({2028, 2027})
