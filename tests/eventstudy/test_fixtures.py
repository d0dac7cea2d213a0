"""Published and independently computed answers (read where they are; skipped elsewhere).

Where a package defines a statistic otherwise, its number is made again from our abnormal returns
with its definition, so the difference is the definition and nothing else.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import rankdata

from breachstudy.eventstudy import event_study, window_sample, window_tests

FIXTURES = Path(__file__).resolve().parents[3] / "shared/fixtures"
EXACT = 1e-8
DAYS = [(d, d) for d in range(5)]
pytestmark = pytest.mark.skipif(not FIXTURES.is_dir(), reason="fixtures are not here")


def estudy2(name):
    return pd.read_csv(FIXTURES / "estudy2" / name)


@pytest.fixture(scope="module")
def covid():
    """Seven stocks with one event day, market model on all sessions before it."""
    folder = FIXTURES / "estudy2"
    returns = pd.read_csv(folder / "rates.csv", index_col=0, parse_dates=True)
    market = pd.read_csv(folder / "rates_indx.csv", index_col=0, parse_dates=True).iloc[:, 0]
    events = pd.DataFrame({"security": returns.columns, "date": pd.Timestamp("2020-03-16")})
    before = int(returns.index.get_loc("2020-03-16"))
    result = event_study(returns, events, market.rename("mkt"), estimation=(-before, -1),
                         windows=[(0, 4)], event_window=(0, 4))
    assert result.ok.all()
    return result, market.to_numpy()[:before + 5], before


def statistic(result, windows, name):
    return window_tests(result, windows, statistics=[name])["value"].to_numpy()


def test_mean_abnormal_returns_and_statistics_of_one_definition(covid):
    result = covid[0]
    expected, ranks = estudy2("expected_parametric_AAR.csv"), estudy2(
        "expected_nonparametric_AAR.csv")
    np.testing.assert_allclose(result.caar()["aar"], expected["mean"], rtol=EXACT)
    for name, column in [("cross_sectional_t", "t_test_stat"), ("brown_warner", "bw_1985_stat")]:
        np.testing.assert_allclose(statistic(result, DAYS, name), expected[column], rtol=EXACT)
    for name, column in [("sign", "sign_stat"), ("wilcoxon", "wlcx_stat")]:
        np.testing.assert_allclose(statistic(result, DAYS, name), ranks[column], rtol=EXACT)


def test_cumulated_brown_warner(covid):
    expected = estudy2("expected_parametric_CAAR.csv").set_index("name")["statistic"]
    assert expected["car_brown_warner_1985"] == pytest.approx(3.9480932, abs=1e-7)
    np.testing.assert_allclose(statistic(covid[0], [(0, 4)], "brown_warner"),
                               expected["car_brown_warner_1985"], rtol=EXACT)


def test_patell_and_bmp_differ_in_degrees_of_freedom_and_the_market_days_alone(covid):
    # estudy2: residual variance over n − 1, where two coefficients were estimated, and the
    # market's sum of squares over all sessions, where some stocks were not yet listed.
    result, market, before = covid
    past = market[:before]
    s = np.nanstd(result.residuals, axis=1, ddof=1)[:, None]
    lengths = result.n_obs[:, None]
    deviation = (market[before:] - past.mean()) ** 2 / ((past - past.mean()) ** 2).sum()
    z = result.ar / (s * np.sqrt(1 + 1 / lengths + deviation))
    expected = estudy2("expected_parametric_AAR.csv")
    scale = np.sqrt(((result.n_obs - 2) / (result.n_obs - 4)).sum())
    np.testing.assert_allclose(z.sum(axis=0) / scale, expected["pt_stat"], rtol=EXACT)
    np.testing.assert_allclose(z.mean(axis=0) / (z.std(axis=0, ddof=1) / np.sqrt(7)),
                               expected["bh_stat"], rtol=EXACT)
    # Ours: n − 2, and each stock's own sessions. For a stock with all of them that is all.
    whole = result.n_obs == before
    np.testing.assert_allclose(result.sar[whole], z[whole] * np.sqrt((before - 2) / (before - 1)),
                               rtol=EXACT)
    np.testing.assert_allclose(statistic(result, DAYS, "bmp"), expected["bh_stat"], rtol=0.006)
    np.testing.assert_allclose(statistic(result, DAYS, "patell"), expected["pt_stat"], rtol=0.005)


def test_lamb_is_brown_warner_with_a_forecast_error(covid):
    result, market, before = covid
    past = market[:before]
    error = np.sqrt(1 + 1 / result.n_obs.mean() + (market[before:] - past.mean()) ** 2
                    / ((past - past.mean()) ** 2).sum())
    daily = statistic(result, DAYS, "brown_warner") / error
    expected = estudy2("expected_parametric_CAAR.csv").set_index("name")["statistic"]
    np.testing.assert_allclose(daily, estudy2("expected_parametric_AAR.csv")["lmb_stat"],
                               rtol=EXACT)
    assert daily.sum() / np.sqrt(5) == pytest.approx(expected["car_lamb"], rel=EXACT)
    assert expected["car_lamb"] == pytest.approx(3.8464642, abs=1e-7)


def test_generalised_sign_differs_in_the_weights_of_the_share(covid):
    # estudy2 pools all residuals; Cowan's share is a mean over events. The events differ in length.
    result = covid[0]
    residuals = result.residuals
    pooled = (residuals > 0).sum() / np.isfinite(residuals).sum()
    positive = (result.ar > 0).sum(axis=0)
    theirs = (positive - 7 * pooled) / np.sqrt(7 * pooled * (1 - pooled))
    np.testing.assert_allclose(
        theirs, estudy2("expected_nonparametric_AAR.csv")["gsign_stat"], rtol=EXACT)
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
    expected = estudy2("expected_nonparametric_AAR.csv")
    np.testing.assert_allclose(theirs, expected["mrank_stat"], rtol=EXACT)
    # Ours, with the sum over those that have a return and the mean over sessions:
    daily = np.nansum(u, axis=0) / np.sqrt(per_day)
    np.testing.assert_allclose(statistic(result, DAYS, "rank"),
                               daily[-5:] / np.sqrt((daily**2).mean()), rtol=EXACT)
    centred = ranks - np.nanmean(ranks, axis=1, keepdims=True)
    original = np.nanmean(centred, axis=0) * 7 / per_day
    np.testing.assert_allclose(original[-5:] / np.sqrt((original**2).sum() / known.mean()),
                               expected["rank_stat"], rtol=EXACT)
    mean_rank = np.nanmean(ranks, axis=1).mean()
    cumulated = np.sqrt(5) * (ranks[:, -5:].mean() - mean_rank) / np.sqrt(
        ((np.nanmean(ranks, axis=0) - mean_rank) ** 2).sum() / known.mean())
    assert cumulated == pytest.approx(
        estudy2("expected_nonparametric_CAAR.csv")["statistic"][0], rel=EXACT)


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
    folder = FIXTURES / "estudy2"
    returns = pd.read_csv(folder / "rates.csv", index_col=0, parse_dates=True)
    market = pd.read_csv(folder / "rates_indx.csv", index_col=0, parse_dates=True).iloc[:, 0]
    return event_study(returns, result.events.loc[among, ["security", "date"]],
                       market.rename("mkt"), estimation=result.estimation, windows=[(0, 4)],
                       event_window=(0, 4))


def test_chen_and_siems_each_market_on_its_own_sessions():
    folder = FIXTURES / "eventstudies_xkdr"
    returns = pd.read_csv(folder / "TerrorIndiceReturns.csv", index_col=0, parse_dates=True)
    attack = pd.read_csv(folder / "TerrorAttack.csv").set_index("name")["when"]
    expected = pd.read_csv(folder / "expected_chen_siems_CAR.csv", index_col=0)
    found = {}
    for market in returns.columns:
        own = returns[[market]].dropna()
        result = event_study(own, pd.DataFrame({"security": [market], "date": [attack[market]]}),
                             model="constant_mean", estimation=(-30, -11), min_obs=20,
                             unit="percent",
                             windows=[(0, 5), (0, 10)], event_window=(0, 10))
        found[market] = result.car[0]
    frame = pd.DataFrame(found, index=expected.columns).T
    np.testing.assert_allclose(frame.loc[expected.index], expected, rtol=EXACT)
    assert frame.loc["S.P500"].tolist() == pytest.approx([-7.72379, -3.83279], abs=1e-5)


def test_kliger_and_gurevich_each_event_with_its_own_market():
    folder = FIXTURES / "eventstudies_xkdr"
    stocks = pd.read_csv(folder / "KGStockReturns.csv", index_col=0)
    markets = pd.read_csv(folder / "KGMarketReturns.csv", index_col=0).add_prefix("m:")
    groups = pd.read_csv(folder / "KGSurpriseCategory.csv")
    expected = pd.read_csv(folder / "expected_KG_CAAR.csv", index_col=0)
    days = pd.bdate_range("2006-01-02", periods=len(stocks))  # event time stands for dates
    events = pd.DataFrame({"security": groups["Company"], "group": groups["Category"],
                           "date": days[30], "market": "m:" + groups["Company"]})
    result = event_study(stocks.set_index(days), events, markets.set_index(days),
                         model="market_adjusted", estimation=(31, 90), min_obs=60,
                         windows=[(0, 30)], event_window=(-30, 30))
    path = result.caar("group").pivot(index="offset", columns="group", values="caar")
    np.testing.assert_allclose(path[expected.columns], expected.loc[-30:30], atol=1e-12)
