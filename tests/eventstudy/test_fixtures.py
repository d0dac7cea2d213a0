"""Published and independently computed answers on small tables of published returns.

Where a package defines a statistic otherwise, its number is made again from our abnormal returns
with its definition, so the difference is the definition and nothing else.
"""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import rankdata

from breachstudy.eventstudy import event_study, window_sample, window_tests
from tests.published import ANSWERS, table

EXACT = 1e-8
# Answers were computed from more digits than the table has: millionths against means of 1 %.
ROUNDED = 2e-4
RANKED = 1e-8
DAYS = [(d, d) for d in range(5)]
EXPECTED = ANSWERS["virus"]


def returns_and_market():
    """Seven stocks and the index round 16 March 2020, sessions as business days."""
    data = table("virus")
    days = pd.bdate_range("2019-01-01", periods=len(data))  # only the order of sessions counts
    frame = data.set_index(days) / 1e6
    return frame.drop(columns=["session", "index"]), frame["index"].rename("mkt"), days[
        data["session"].eq(0)][0]


@pytest.fixture(scope="module")
def covid():
    """Seven stocks with one event day, market model on all sessions before it."""
    returns, market, day = returns_and_market()
    events = pd.DataFrame({"security": returns.columns, "date": day})
    before = int(returns.index.get_loc(day))
    result = event_study(returns, events, market, estimation=(-before, -1),
                         windows=[(0, 4)], event_window=(0, 4))
    assert result.ok.all()
    return result, market.to_numpy()[:before + 5], before


def statistic(result, windows, name):
    return window_tests(result, windows, statistics=[name])["value"].to_numpy()


def test_mean_abnormal_returns_and_statistics_of_one_definition(covid):
    result = covid[0]
    np.testing.assert_allclose(result.caar()["aar"], EXPECTED["mean"], rtol=ROUNDED)
    for name in ("cross_sectional_t", "brown_warner"):
        np.testing.assert_allclose(statistic(result, DAYS, name), EXPECTED[name], rtol=ROUNDED)
    for name in ("sign", "wilcoxon"):  # signs and ranks do not feel the rounding
        np.testing.assert_allclose(statistic(result, DAYS, name), EXPECTED[name], rtol=EXACT)


def test_cumulated_brown_warner(covid):
    np.testing.assert_allclose(statistic(covid[0], [(0, 4)], "brown_warner"),
                               EXPECTED["car_brown_warner"], rtol=ROUNDED)


def test_patell_and_bmp_differ_in_degrees_of_freedom_and_the_market_days_alone(covid):
    # estudy2: residual variance over n − 1, where two coefficients were estimated, and the
    # market's sum of squares over all sessions, where some stocks were not yet listed.
    result, market, before = covid
    past = market[:before]
    s = np.nanstd(result.residuals, axis=1, ddof=1)[:, None]
    lengths = result.n_obs[:, None]
    deviation = (market[before:] - past.mean()) ** 2 / ((past - past.mean()) ** 2).sum()
    z = result.ar / (s * np.sqrt(1 + 1 / lengths + deviation))
    scale = np.sqrt(((result.n_obs - 2) / (result.n_obs - 4)).sum())
    np.testing.assert_allclose(z.sum(axis=0) / scale, EXPECTED["patell"], rtol=ROUNDED)
    np.testing.assert_allclose(z.mean(axis=0) / (z.std(axis=0, ddof=1) / np.sqrt(7)),
                               EXPECTED["boehmer"], rtol=ROUNDED)
    # Ours: n − 2, and each stock's own sessions. For a stock with all of them that is all.
    whole = result.n_obs == before
    np.testing.assert_allclose(result.sar[whole], z[whole] * np.sqrt((before - 2) / (before - 1)),
                               rtol=EXACT)
    np.testing.assert_allclose(statistic(result, DAYS, "bmp"), EXPECTED["boehmer"], rtol=0.006)
    np.testing.assert_allclose(statistic(result, DAYS, "patell"), EXPECTED["patell"], rtol=0.005)


def test_lamb_is_brown_warner_with_a_forecast_error(covid):
    result, market, before = covid
    past = market[:before]
    error = np.sqrt(1 + 1 / result.n_obs.mean() + (market[before:] - past.mean()) ** 2
                    / ((past - past.mean()) ** 2).sum())
    daily = statistic(result, DAYS, "brown_warner") / error
    np.testing.assert_allclose(daily, EXPECTED["lamb"], rtol=ROUNDED)
    assert daily.sum() / np.sqrt(5) == pytest.approx(EXPECTED["car_lamb"], rel=ROUNDED)


def test_generalised_sign_differs_in_the_weights_of_the_share(covid):
    # estudy2 pools all residuals; Cowan's share is a mean over events. The events differ in length.
    result = covid[0]
    residuals = result.residuals
    pooled = (residuals > 0).sum() / np.isfinite(residuals).sum()
    positive = (result.ar > 0).sum(axis=0)
    theirs = (positive - 7 * pooled) / np.sqrt(7 * pooled * (1 - pooled))
    np.testing.assert_allclose(theirs, EXPECTED["generalised_sign"], rtol=EXACT)
    np.testing.assert_allclose(statistic(result, DAYS, "generalised_sign"), theirs, atol=2e-3)


def test_ranks_differ_in_how_missing_returns_count(covid):
    # estudy2 multiplies the mean over the stocks that have a return by all seven, and divides the
    # sum of squares by the mean number of returns a stock has.
    result = covid[0]
    values = np.concatenate([result.residuals, result.ar], axis=1)
    ranks = rankdata(values, axis=1, nan_policy="omit")
    known = np.isfinite(values).sum(axis=1)
    per_day = np.isfinite(values).sum(axis=0)
    u = ranks / (1 + known)[:, None] - 0.5
    inflated = np.nanmean(u, axis=0) * 7 / np.sqrt(per_day)
    theirs = inflated[-5:] / np.sqrt((inflated**2).sum() / known.mean())
    np.testing.assert_allclose(theirs, EXPECTED["modified_rank"], rtol=ROUNDED)
    # Ours, with the sum over those that have a return and the mean over sessions:
    daily = np.nansum(u, axis=0) / np.sqrt(per_day)
    np.testing.assert_allclose(statistic(result, DAYS, "rank"),
                               daily[-5:] / np.sqrt((daily**2).mean()), rtol=EXACT)
    centred = ranks - np.nanmean(ranks, axis=1, keepdims=True)
    original = np.nanmean(centred, axis=0) * 7 / per_day
    np.testing.assert_allclose(original[-5:] / np.sqrt((original**2).sum() / known.mean()),
                               EXPECTED["rank"], rtol=ROUNDED)
    mean_rank = np.nanmean(ranks, axis=1).mean()
    cumulated = np.sqrt(5) * (ranks[:, -5:].mean() - mean_rank) / np.sqrt(
        ((np.nanmean(ranks, axis=0) - mean_rank) ** 2).sum() / known.mean())
    assert cumulated == pytest.approx(
        EXPECTED["car_rank"], rel=ROUNDED)


def test_ranks_agree_when_nothing_is_missing(covid):
    # The stocks with every session: the modified and the multi-session rank test are one formula.
    result, _, before = covid
    whole = result.n_obs == before
    sample = window_sample(result, (0, 4), among=whole)
    values = np.concatenate([sample.residuals, sample.ar], axis=1)
    mean = rankdata(values, axis=1).mean(axis=0) - (values.shape[1] + 1) / 2
    expected = np.sqrt(5) * mean[-5:].mean() / np.sqrt((mean**2).mean())
    found = window_tests(event_study_of(result, whole), [(0, 4)], statistics=["rank"])
    np.testing.assert_allclose(found["value"], expected, rtol=EXACT)


def event_study_of(result, among):
    """The same study of some of its events."""
    returns, market, _ = returns_and_market()
    return event_study(returns, result.events.loc[among, ["security", "date"]], market,
                       estimation=result.estimation, windows=[(0, 4)], event_window=(0, 4))


@pytest.mark.parametrize("market", ["S.P500", "Dow", "London", "Tokyo"])
def test_chen_and_siems_each_market_on_its_own_sessions(market):
    data = table("chen_siems")
    days = pd.bdate_range("2001-07-02", periods=len(data))  # sessions stand for dates
    own = data[[market]].set_index(days)
    result = event_study(own, pd.DataFrame({"security": [market], "date": [days[30]]}),
                         model="constant_mean", estimation=(-30, -11), min_obs=20, unit="percent",
                         windows=[(0, 5), (0, 10)], event_window=(0, 10))
    # Eleven returns and eleven times the mean of twenty, each with four decimals.
    np.testing.assert_allclose(result.car[0], ANSWERS["chen_siems"][market], atol=6e-4)


def test_each_event_is_adjusted_by_its_own_market_and_averaged_in_its_group():
    # As in Kliger & Gurevich (2014): event time, a market a company, groups by the news.
    rng = np.random.default_rng(20261128)
    days = pd.bdate_range("2006-01-02", periods=121)
    stocks = pd.DataFrame(rng.normal(0, 0.02, (121, 4)), index=days, columns=list("abcd"))
    markets = pd.DataFrame(rng.normal(0, 0.01, (121, 4)), index=days,
                           columns=[f"m:{c}" for c in "abcd"])
    events = pd.DataFrame({"security": list("abcd"), "group": ["good", "bad", "good", "bad"],
                           "date": days[30], "market": list(markets)})
    result = event_study(stocks, events, markets, model="market_adjusted", estimation=(31, 90),
                         min_obs=60, windows=[(0, 30)], event_window=(-30, 30))
    path = result.caar("group").pivot(index="offset", columns="group", values="caar")
    excess = stocks.to_numpy() - markets.to_numpy()
    for group, members in (("good", [0, 2]), ("bad", [1, 3])):
        np.testing.assert_allclose(path[group], excess[:61, members].mean(axis=1).cumsum(),
                                   atol=1e-12)
