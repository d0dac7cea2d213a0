"""The faults known from other tools, one test each: ours must not have them."""

import numpy as np
import pandas as pd
import pytest

from breachstudy.eventstudy import (
    build_panel,
    event_study,
    returns_from_prices,
    window_sample,
    window_tests,
)
from breachstudy.eventstudy.parametric import bmp, kolari_pynnonen_overlap, mean_correlation

T = 140
STUDY = {"estimation": (-100, -11), "min_obs": 50, "event_window": (-3, 3), "windows": [(-1, 1)]}


def data(n=4, seed=0, common=0.0):
    """Returns of n firms that share a market and, by ``common``, another factor."""
    rng = np.random.default_rng(seed)
    days = pd.bdate_range("2015-01-01", periods=T)
    market = rng.normal(0, 0.01, T)
    shared = rng.normal(0, 0.02, T)
    returns = market[:, None] + common * shared[:, None] + rng.normal(0, 0.02, (T, n))
    return (pd.DataFrame(returns, days, [f"s{i}" for i in range(n)]),
            pd.Series(market, days, name="mkt"), days)


def test_simple_returns_divide_by_the_earlier_price():
    prices = pd.DataFrame({"a": [100.0, 110.0, 99.0]})
    found = returns_from_prices(prices)["a"].tolist()
    assert found[1:] == pytest.approx([0.10, -0.10], abs=1e-15)
    assert found[1] != pytest.approx((110 - 100) / 110)


def test_residual_variance_has_the_degrees_of_freedom_that_are_left():
    returns, market, days = data(1)
    result = event_study(returns, pd.DataFrame({"security": ["s0"], "date": [days[120]]}), market,
                         **STUDY)
    rss = (result.residuals**2).sum()
    assert result.s2[0] == pytest.approx(rss / (90 - 2), rel=1e-12)
    assert result.s2[0] != pytest.approx(rss / 90)


def test_standardised_tests_have_the_forecast_error():
    returns, market, days = data(4)
    market.iloc[120] = 0.15  # far from its mean: the forecast is uncertain
    events = pd.DataFrame({"security": returns.columns, "date": days[120]})
    result = event_study(returns, events, market, **STUDY)
    x = np.column_stack([np.ones(90), market.iloc[20:110]])
    x0 = np.array([1.0, 0.15])
    factor = np.sqrt(1 + x0 @ np.linalg.inv(x.T @ x) @ x0)
    assert factor > 1.5
    np.testing.assert_allclose(result.ar_se[:, 3], np.sqrt(result.s2) * factor, rtol=1e-10)
    found = window_tests(result, [(0, 0)], statistics=["patell"])["value"][0]
    naive = (result.ar[:, 3] / np.sqrt(result.s2)).sum() / np.sqrt(4 * 88 / 86)
    assert found == pytest.approx(naive / factor, rel=1e-10)


def test_missing_returns_stay_missing():
    returns, market, days = data(2)
    returns.iloc[121, 0] = np.nan
    returns.iloc[50:53, 1] = np.nan
    events = pd.DataFrame({"security": ["s0", "s1"], "date": days[120]})
    result = event_study(returns, events, market, **STUDY)
    assert np.isnan(result.car[0, 0]) and result.car_reason[0, 0] == "missing_day"
    assert np.isnan(result.ar[0, 4])
    kept = np.delete(np.arange(20, 110), [30, 31, 32])
    slope, intercept = np.polyfit(market.iloc[kept], returns.iloc[kept, 1], 1)
    assert result.n_obs.tolist() == [90, 87]
    assert result.params[1] == pytest.approx([intercept, slope], rel=1e-10)
    prices = pd.DataFrame({"a": [100.0, np.nan, 121.0, 133.1]})
    assert returns_from_prices(prices)["a"].isna().tolist() == [True, True, True, False]


def test_windows_count_sessions_not_calendar_days():
    returns, market, days = data(1)
    friday = next(i for i, d in enumerate(days) if i > 115 and d.day_of_week == 4)
    event = pd.DataFrame({"security": ["s0"], "date": [days[friday]]})
    result = event_study(returns, event, market, **STUDY)
    dates = result.ar_frame().set_index("offset")["date"]
    assert dates[1] - dates[0] == pd.Timedelta(days=3)  # Monday is day 1
    assert np.isfinite(result.car[0, 0])
    # A file with a row for each day of the calendar has no more sessions for it.
    padded = returns.reindex(pd.date_range(days[0], days[-1]))
    assert build_panel(padded).n_sessions == T
    assert event_study(padded, event, market, **STUDY).car[0, 0] == result.car[0, 0]


def test_the_rank_statistic_has_a_value_for_each_day():
    returns, market, days = data(8, seed=3)
    returns.iloc[121] += 0.2
    events = pd.DataFrame({"security": returns.columns, "date": days[120]})
    result = event_study(returns, events, market, **STUDY)
    daily = window_tests(result, [(d, d) for d in range(-3, 4)], statistics=["rank"])["value"]
    assert daily.nunique() == 7
    assert daily.abs().idxmax() == 4  # day +1
    window = window_tests(result, [(-1, 1)], statistics=["rank"])["value"][0]
    assert window == pytest.approx(daily[2:5].sum() / np.sqrt(3), rel=1e-12)


def test_correlation_is_taken_by_date_not_by_distance_from_the_event():
    # The firms move together. One event a session later: residuals pair by date, not by offset.
    returns, market, days = data(2, seed=1, common=2.0)
    events = pd.DataFrame({"security": ["s0", "s1"], "date": [days[120], days[121]]})
    result = event_study(returns, events, market, **STUDY)
    by_offset = np.corrcoef(result.residuals)[0, 1]
    assert abs(by_offset) < 0.25
    by_date = np.corrcoef(result.residuals[0, 1:], result.residuals[1, :-1])[0, 1]
    assert by_date > 0.7
    found = mean_correlation(window_sample(result, (-1, 1)))
    assert found == pytest.approx(by_date * 2 / 3, rel=1e-10)  # two of three sessions shared


def test_events_whose_windows_share_no_session_are_not_correlated():
    returns, market, days = data(2, seed=1, common=2.0)
    events = pd.DataFrame({"security": ["s0", "s1"], "date": [days[120], days[130]]})
    sample = window_sample(event_study(returns, events, market, **STUDY), (-1, 1))
    assert mean_correlation(sample) == 0.0
    assert kolari_pynnonen_overlap(sample).value == pytest.approx(bmp(sample).value)


def test_repeated_firms_do_not_inflate_the_standardised_test():
    returns, market, days = data(6, seed=5)
    returns.iloc[119:122] += 0.01
    events = pd.DataFrame({"security": returns.columns, "date": days[120]})
    once = event_study(returns, events, market, **STUDY)
    # The same six reactions, each entered four times as an event of its firm.
    again = pd.concat([events.assign(group=g) for g in "abcd"], ignore_index=True)
    result = event_study(returns, again, market, **STUDY)
    assert (result.events["n_same_firm"] == 4).all()
    assert result.events["overlaps_same_security"].all()
    honest = bmp(window_sample(once, (-1, 1)))
    whole = bmp(window_sample(result, (-1, 1), drop_duplicates=False))
    assert whole.value == pytest.approx(honest.value, rel=1e-10)
    assert whole.df == honest.df == 5
    naive = bmp(window_sample(result, (-1, 1), cluster=None, drop_duplicates=False))
    assert abs(naive.value) > 1.9 * abs(honest.value)


def test_a_duplicate_is_flagged_and_counts_once():
    returns, market, days = data(3)
    events = pd.DataFrame({"event_id": ["x", "y", "z"], "security": ["s0", "s1", "s0"],
                           "date": days[120]})
    result = event_study(returns, events, market, **STUDY)
    assert result.events["duplicate_of"].fillna("none").tolist() == ["none", "none", "x"]
    assert window_sample(result, (-1, 1)).n == 2
    assert window_sample(result, (-1, 1), drop_duplicates=False).n == 3
