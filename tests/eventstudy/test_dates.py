"""Whose day counts: time zones, half-days, order of rows, dates that are not whole."""

from datetime import date, time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from breachstudy.eventstudy import (
    CalendarError,
    EventsError,
    OptionError,
    as_sessions,
    build_panel,
    day_zero,
    event_study,
    returns_from_prices,
)
from breachstudy.eventstudy.exchange import closing_seconds

T = 160
DAYS = pd.date_range("2019-01-01", periods=T)
STUDY = {"estimation": (-110, -11), "min_obs": 60, "event_window": (-2, 2), "windows": [(0, 0)]}
NOVEMBER = as_sessions(pd.bdate_range("2018-11-19", "2018-11-30"))


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(11)
    market = pd.Series(rng.normal(0, 0.01, T), DAYS)
    returns = pd.DataFrame({"coin": 0.7 * market + rng.normal(0, 0.01, T)})
    returns.iloc[140] += 0.3
    return returns, market, pd.DataFrame({"security": ["coin"], "date": [DAYS[140]]})


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "Australia/Sydney", "Europe/Berlin",
                                  "America/New_York", "UTC"])
def test_a_zoned_index_counts_by_its_own_days(data, zone):
    returns, market, events = data
    plain = event_study(returns, events, market, **STUDY)
    found = event_study(returns.tz_localize(zone), events, market.tz_localize(zone), **STUDY)
    np.testing.assert_allclose(found.ar, plain.ar, rtol=0)
    assert found.ar[0].argmax() == 2  # day 0
    assert sum(zone in note for note in found.notes) == 2 and not plain.notes


def test_utc_times_that_leave_the_day_open_are_refused(data):
    returns, market, events = data
    tokyo = returns.tz_localize("Asia/Tokyo").tz_convert("UTC")  # 15:00 of the day before
    with pytest.raises(CalendarError, match="convert the index to the exchange's zone"):
        event_study(tokyo, events, market, **STUDY)


def test_times_with_an_offset_are_those_of_the_exchange():
    # 20:30 UTC is 15:30 in New York in winter and 16:30 in summer.
    winter = day_zero(["2018-11-20T20:30:00Z"], NOVEMBER)
    assert NOVEMBER[winter.position[0]] == np.datetime64("2018-11-20")
    assert "America/New_York" in winter.notes[0]
    late = day_zero(["2018-11-20T21:30:00Z", "2018-11-20T16:30:00-05:00"], NOVEMBER)
    assert (NOVEMBER[late.position] == np.datetime64("2018-11-21")).all()
    # Two offsets in one column, and midnight: only the date is known.
    both = day_zero(["2018-11-20T00:00:00Z", "2018-11-20T09:00:00+01:00"], NOVEMBER)
    assert (NOVEMBER[both.position] == np.datetime64("2018-11-20")).all()
    berlin = day_zero(pd.to_datetime(["2018-11-20 17:45+01:00"]), NOVEMBER, exchange="XETR")
    assert berlin.moved.tolist() == [True]
    with pytest.raises(EventsError, match="carry a time zone"):
        day_zero(["2018-11-20T20:30:00Z"], NOVEMBER, exchange=None, close=time(16))


def test_a_half_day_closes_early():
    # The Friday after Thanksgiving closes at 13:00; its Wednesday at 16:00.
    news = ["2018-11-23 12:59", "2018-11-23 14:00", "2018-11-21 14:00"]
    found = NOVEMBER[day_zero(news, NOVEMBER).position]
    assert found.tolist() == [date(2018, 11, 23), date(2018, 11, 26), date(2018, 11, 21)]
    fixed = NOVEMBER[day_zero(news, NOVEMBER, close=time(16)).position]
    assert fixed[1] == np.datetime64("2018-11-23")
    # Before the package's own default of twenty years, and on days without a session.
    days = np.array(["1992-11-27", "1992-11-25", "2018-11-24"], dtype="datetime64[D]")
    assert closing_seconds("XNYS", days).tolist() == [14 * 3600, 16 * 3600, 16 * 3600]
    # Years that a calendar's rules do not reach have its regular close.
    far = np.array(["1950-03-01", "2090-03-01"], dtype="datetime64[D]")
    assert closing_seconds("XKRX", far).tolist() == [15.5 * 3600] * 2


def test_an_exchange_is_asked_only_where_it_matters():
    assert day_zero(["2018-11-20"], NOVEMBER, exchange="nowhere").position.tolist() == [1]
    with pytest.raises(OptionError, match="no exchange 'nowhere'"):
        day_zero(["2018-11-20 10:00"], NOVEMBER, exchange="nowhere")
    with pytest.raises(OptionError, match="name the exchange"):
        day_zero(["2018-11-20 10:00"], NOVEMBER, exchange=None)


@pytest.mark.parametrize("value", ["2018-11", "2018", "20.11.2018", "soon"])
def test_what_is_no_whole_date_is_refused_with_its_row(value):
    with pytest.raises(EventsError, match=f"row 2: '{value}'"):
        day_zero(["2018-11-20", value], NOVEMBER)


def test_dates_of_every_kind_are_one():
    same = [date(2018, 11, 20), "2018-11-20", "20181120", np.int64(20181120), 20181120.0,
            np.datetime64("2018-11-20"), pd.Timestamp("2018-11-20"), pd.Period("2018-11-20")]
    assert day_zero(pd.Series(same, dtype=object), NOVEMBER).position.tolist() == [1] * 8
    gone = [None, pd.NaT, float("nan"), pd.NA, "", np.datetime64("NaT")]
    assert set(day_zero(pd.Series(gone, dtype=object), NOVEMBER).reason) == {"date_missing"}


def test_flags_of_another_table_are_refused():
    dates = pd.Series(["2018-11-20", "2018-11-21"], index=["a", "b"])
    flags = pd.Series([True, False], index=["b", "a"])
    with pytest.raises(EventsError, match="labelled differently"):
        day_zero(dates, NOVEMBER, after_close=flags)
    assert day_zero(dates, NOVEMBER, after_close=flags.to_numpy()).position.tolist() == [2, 2]


def test_prices_divide_by_the_earlier_one_whatever_their_order():
    prices = pd.DataFrame({"a": [50.0, 60.0, 54.0]},
                          pd.to_datetime(["2018-03-05", "2018-03-06", "2018-03-07"]))
    right = returns_from_prices(prices)
    assert right["a"].tolist()[1:] == pytest.approx([0.2, -0.1])
    pd.testing.assert_frame_equal(returns_from_prices(prices[::-1]), right)
    text = prices.set_axis(["2018-03-05", "2018-03-06", "2018-03-07"])[::-1]
    assert returns_from_prices(text)["a"].tolist() == pytest.approx(right["a"].tolist(),
                                                                    nan_ok=True)
    with pytest.raises(CalendarError, match=r"'05\.03\.2018' is not a date"):
        returns_from_prices(prices.set_axis(["05.03.2018", "06.03.2018", "07.03.2018"]))
    with pytest.raises(CalendarError, match="appears twice"):
        returns_from_prices(prices.set_axis([prices.index[0]] * 2 + [prices.index[2]]))


@given(st.permutations(range(T)), st.permutations(range(T)))
def test_the_order_of_rows_does_not_matter(rows, others):
    rng = np.random.default_rng(11)
    market = pd.Series(rng.normal(0, 0.01, T), DAYS)
    returns = pd.DataFrame({"a": rng.normal(0, 0.02, T), "b": rng.normal(0, 0.02, T)}, DAYS)
    right = build_panel(returns, market.to_frame("mkt"))
    found = build_panel(returns.iloc[list(rows)], market.iloc[list(others)].to_frame("mkt"))
    np.testing.assert_array_equal(found.values, right.values)
    np.testing.assert_array_equal(found.factors, right.factors)
    prices = (1 + returns).cumprod()
    pd.testing.assert_frame_equal(returns_from_prices(prices.iloc[list(rows)]),
                                  returns_from_prices(prices), check_freq=False)
    long = returns.rename_axis("date").reset_index().melt("date", var_name="security",
                                                          value_name="ret")
    mixed = long.sample(frac=1, random_state=rows[0])
    np.testing.assert_array_equal(build_panel(mixed).values, build_panel(returns).values)


def test_a_two_level_index_is_long_returns(data):
    returns, market, events = data
    long = returns.stack().rename("ret").to_frame().rename_axis(["date", "security"])
    found = event_study(long, events, market, **STUDY)
    np.testing.assert_array_equal(found.ar, event_study(returns, events, market, **STUDY).ar)


@pytest.mark.parametrize(("index", "message"), [
    ([0.5, 1.5], "not indexed by dates"), (["x", "y"], "'x' is not a date"),
    ([pd.NaT, pd.Timestamp("2018-01-02")], "date is missing"),
    (["2018-01-02", "2018-01-02"], "appears twice")])
def test_an_index_that_is_no_calendar_is_refused(index, message):
    with pytest.raises(CalendarError, match=message):
        build_panel(pd.DataFrame({"a": [0.1, 0.2]}, index=index))
