"""Day 0 and clashes of events."""

from datetime import time

import numpy as np
import pandas as pd
import pytest

from breachstudy.eventstudy.calendar import as_sessions, clashes, day_zero
from breachstudy.eventstudy.errors import CalendarError, EventsError

# Monday 5 to Friday 9 March 2018, and Monday 12; Wednesday 7 is a holiday.
SESSIONS = as_sessions(["2018-03-05", "2018-03-06", "2018-03-08", "2018-03-09", "2018-03-12"])


def positions(dates, **given):
    return day_zero(dates, SESSIONS, **given)


@pytest.mark.parametrize(("rule", "expected"), [("next", [0, 2, 4]), ("previous", [0, 1, 3]),
                                                ("drop", [0, -1, -1])])
def test_news_on_days_without_a_session(rule, expected):
    found = positions(["2018-03-05", "2018-03-07", "2018-03-10"], non_trading=rule)
    assert found.position.tolist() == expected
    if rule == "drop":
        assert found.reason.tolist() == ["", "no_session", "no_session"]
    assert found.moved.tolist() == [False] + [rule != "drop"] * 2


def test_news_after_the_close_is_priced_in_the_next_session():
    found = positions(["2018-03-06 15:59", "2018-03-06 16:00", "2018-03-09 18:30"])
    assert found.position.tolist() == [1, 2, 4]
    assert found.moved.tolist() == [False, True, True]


def test_after_close_as_a_flag_with_unknown_as_no():
    found = positions(["2018-03-05"] * 3, after_close=[True, None, False])
    assert found.position.tolist() == [1, 0, 0]


def test_dates_off_the_calendar_say_why():
    found = positions(["2018-03-02", None, "2018-03-13", "2018-03-12 17:00"])
    assert found.position.tolist() == [-1] * 4
    assert found.reason.tolist() == ["before_calendar", "date_missing", "after_calendar",
                                     "after_calendar"]


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="non_trading must be one of"):
        positions(["2018-03-05"], non_trading="nearest")
    with pytest.raises(EventsError, match="time zone"):
        positions(pd.to_datetime(["2018-03-05 10:00+00:00"]), exchange=None, close=time(16))
    with pytest.raises(ValueError, match="2 values for 1 events"):
        positions(["2018-03-05"], after_close=[True, False])
    with pytest.raises(ValueError, match="2018-03-05 follows 2018-03-06"):
        as_sessions(["2018-03-06", "2018-03-05"])
    with pytest.raises(CalendarError, match="date is missing"):
        as_sessions(["2018-03-06", None])


def test_clashes_by_hand():
    # Security 0 on sessions 100, 103 and 160; security 1 on 100; one event without a session.
    found = clashes(np.array([0, 0, 0, 1, 0]), np.array([100, 103, 160, 100, -1]),
                    np.array(["a", "a", "a", "a", "a"], dtype=object), (-1, 3), (-80, -11))
    assert found.n_same_security.tolist() == [3, 3, 3, 1, 0]
    assert found.n_same_day.tolist() == [2, 1, 1, 2, 0]
    # Windows 99–103 and 102–106 share sessions; 159–163 shares none.
    assert found.overlaps_same_security.tolist() == [True, True, False, False, False]
    # The estimation window of the third is 80–149 and holds the first two.
    assert found.other_in_estimation.tolist() == [False, False, True, False, False]
    assert found.duplicate_of.tolist() == [-1] * 5
