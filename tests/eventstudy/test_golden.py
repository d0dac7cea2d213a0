"""Engine and statistics against R: lm, predict, t.test, wilcox.test, sandwich, and plain loops."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from breachstudy.eventstudy import build_panel, event_study, window_sample, window_tests
from breachstudy.eventstudy.long_run import calendar_time_alpha
from breachstudy.eventstudy.parametric import mean_correlation

GOLDEN = {k: np.array(v, dtype=float) for k, v in json.loads(
    (Path(__file__).parents[1] / "golden/eventstudy/event_study.json").read_text()).items()}
EXACT = 1e-9  # same formula, other linear algebra; R prints 15 digits
DAYS = pd.bdate_range("2017-01-02", periods=90)
NAMES = [f"s{i}" for i in range(6)]
RETURNS = pd.DataFrame(GOLDEN["returns"].reshape(6, 90).T, DAYS, NAMES)
FACTORS = pd.DataFrame({"mkt": GOLDEN["mkt"], "smb": GOLDEN["smb"], "hml": GOLDEN["hml"],
                        "rf": GOLDEN["rf"], "mkt_rf": GOLDEN["mkt"] - GOLDEN["rf"]}, DAYS)
EVENTS = pd.DataFrame({"security": NAMES, "date": DAYS[GOLDEN["day0"].astype(int)]})
STUDY = {"estimation": (-60, -11), "min_obs": 40, "event_window": (-5, 5), "windows": ((-1, 1),)}


def close(found, name, tolerance=EXACT):
    """Equal to the golden value; R stores matrices by column."""
    expected = GOLDEN[name]
    found = np.asarray(found, dtype=float)
    np.testing.assert_allclose(found.ravel(order="F"), expected, rtol=tolerance, atol=1e-14)


@pytest.fixture(scope="module")
def market():
    return event_study(RETURNS, EVENTS, FACTORS, **STUDY)


def test_market_model_is_lm_and_predict(market):
    close(market.params, "market_params")
    close(market.s2, "market_s2")
    close(market.ar, "market_ar")
    close(market.ar_se, "market_ar_se")
    close(market.car[:, 0], "car")
    close(market.car_se[:, 0], "car_se")
    assert market.df.tolist() == GOLDEN["df"].tolist()


def test_three_factors_on_excess_returns(market):
    found = event_study(RETURNS, EVENTS, FACTORS, model="ff3", **STUDY)
    close(found.params, "ff3_params", 1e-8)
    close(found.car[:, 0], "ff3_car")
    close(found.car_se[:, 0], "ff3_car_se")


@pytest.mark.parametrize("name", ["cross_sectional_t", "patell", "bmp", "kolari_pynnonen_overlap",
                                  "rank", "grank_t", "generalised_sign", "skewness_adjusted_t",
                                  "wilcoxon"])
def test_statistic_and_p_value(market, name):
    row = window_tests(market, statistics=[name]).iloc[0]
    close([row["value"], row["p_value"]], name.removesuffix("_overlap"), 1e-8)


def test_rank_of_one_day(market):
    found = window_tests(market, [(0, 0)], statistics=["rank"])
    close(found["value"], "rank_day")


def test_correlation_by_date(market):
    close(mean_correlation(window_sample(market, (-1, 1))), "mean_correlation")


@pytest.mark.parametrize(("covariance", "params", "errors"), [
    ("hc1", "calendar_params", "calendar_hc1"), ("hac", "calendar_params", "calendar_hac"),
    ("wls", "calendar_wls_params", "calendar_wls")])
def test_calendar_time_portfolio(covariance, params, errors):
    panel = build_panel(RETURNS, FACTORS)
    found = calendar_time_alpha(panel, EVENTS, factors=("mkt_rf", "smb"), horizon=(1, 8),
                                covariance=covariance, lags=3)
    close(found.params, params)
    close(found.std_errors, errors)
    assert found.alpha == found.params[0]
