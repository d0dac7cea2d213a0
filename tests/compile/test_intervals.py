"""A year, a month or a day of the calendar as an interval of days."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from breachstudy.compile.intervals import interval_of


@given(st.dates(dt.date(1800, 1, 1), dt.date(2100, 12, 31)))
def test_a_day_lies_in_its_month_and_its_year(day):
    own = interval_of(day.year, day.month, day.day)
    assert (own.lo, own.hi, own.precision) == (day, day, "day")
    for found, precision in ((interval_of(day.year, day.month), "month"),
                             (interval_of(day.year), "year")):
        assert found.precision == precision and found.lo <= day <= found.hi
        assert found.lo.day == 1 and (found.hi + dt.timedelta(days=1)).day == 1


def test_intervals_of_the_calendar():
    assert interval_of(2020, 2).hi == dt.date(2020, 2, 29)
    assert interval_of(2019, 2, 29) is None
    assert interval_of(2019, 13) is None
