"""Interval-censored failure times against R's survreg, by hand, and on known coefficients."""

import numpy as np
import pandas as pd
import pytest

from breachstudy.estimation.aft import DISTRIBUTIONS, fit_aft

from .confounding_data import DATA, GOLDEN, OPTIMISER

X = DATA[["x1", "d"]].copy()
X.insert(0, "const", 1.0)


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_agrees_with_survreg(distribution):
    found = fit_aft(DATA["lo"], DATA["hi"], X, distribution=distribution)
    np.testing.assert_allclose(found.estimate, GOLDEN[f"aft_{distribution}"], rtol=OPTIMISER)
    np.testing.assert_allclose(found.model_std_error, GOLDEN[f"aft_naive_{distribution}"],
                               rtol=OPTIMISER)
    np.testing.assert_allclose(found.std_error, GOLDEN[f"aft_se_{distribution}"], rtol=OPTIMISER)
    assert found.log_likelihood == pytest.approx(GOLDEN[f"aft_ll_{distribution}"][0], rel=1e-10)
    assert found.quantile(np.array([[1, 0.5, 1]]), 0.5)[0] == pytest.approx(
        GOLDEN[f"aft_median_{distribution}"][0], rel=OPTIMISER)
    by_firm = fit_aft(DATA["lo"], DATA["hi"], X, distribution=distribution,
                      clusters=DATA["firm"])
    np.testing.assert_allclose(by_firm.std_error, GOLDEN[f"aft_cl_{distribution}"],
                               rtol=OPTIMISER)


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_clustered_error_agrees_with_survreg_under_right_censoring(distribution):
    lo, hi = DATA["lo"].to_numpy(), DATA["hi"].to_numpy()
    middle = np.where(np.isinf(hi), lo, (lo + hi) / 2)
    found = fit_aft(middle, np.where(np.isinf(hi), np.inf, middle), X, distribution=distribution,
                    clusters=DATA["firm"])
    np.testing.assert_allclose(found.std_error, GOLDEN[f"aft_right_{distribution}"],
                               rtol=OPTIMISER)
    assert found.n_interval == found.n_left == 0 and found.n_clusters == 20


def test_exact_lognormal_by_hand():
    # Exact data: the estimate is the mean of logs, the scale their root mean square.
    y = np.array([1.0, 2, 4, 16])
    found = fit_aft(y, y, pd.DataFrame({"const": np.ones(4)}))
    logs = np.log(y)
    assert found.estimate[0] == pytest.approx(logs.mean())
    assert found.estimate[1] == pytest.approx(np.log(logs.std()))
    assert found.std_error[0] == pytest.approx(logs.std() / 2)
    assert found.n_exact == 4


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_two_cut_points_by_hand(distribution):
    # Two of eight by day 1, five by day 2, three later: two parameters fit two shares exactly.
    found = fit_aft([0] * 2 + [1] * 3 + [2] * 3, [1] * 2 + [2] * 3 + [np.inf] * 3,
                    pd.DataFrame({"const": np.ones(8)}), distribution=distribution)
    assert found.quantile(np.ones((1, 1)), 2 / 8)[0] == pytest.approx(1)
    assert found.quantile(np.ones((1, 1)), 5 / 8)[0] == pytest.approx(2)
    assert found.log_likelihood == pytest.approx(2 * np.log(2 / 8) + 6 * np.log(3 / 8))
    assert (found.n_left, found.n_interval, found.n_right) == (2, 3, 3)


def test_a_scale_that_vanishes_is_not_an_estimate():
    # Half at or below 1 and half above: the likelihood rises for ever as the scale shrinks.
    with pytest.raises(ValueError, match="does not converge"):
        fit_aft([0, 0, 1, 1, 0.5, 1], [1, 1, np.inf, np.inf, 1, 2],
                pd.DataFrame({"const": np.ones(6)}))


def test_known_time_ratio_is_recovered_from_months():
    rng = np.random.default_rng(31)
    x = pd.DataFrame({"const": 1.0, "x": rng.normal(size=2000)})
    t = np.exp(3 + 0.4 * x["x"] + 0.7 * rng.normal(size=2000))
    lo = np.floor(t / 30) * 30
    found = fit_aft(lo, lo + 30, x)
    assert found.ci_lo[1] < 0.4 < found.ci_hi[1] and found.std_error[1] < 0.05
    assert found.estimate[2] == pytest.approx(np.log(0.7), abs=4 * found.std_error[2])


def test_the_unit_of_time_moves_only_the_constant():
    days = fit_aft(DATA["lo"], DATA["hi"], X, distribution="weibull")
    weeks = fit_aft(DATA["lo"] / 7, DATA["hi"] / 7, X, distribution="weibull")
    np.testing.assert_allclose(weeks.estimate[1:], days.estimate[1:], rtol=1e-6)
    assert weeks.estimate[0] == pytest.approx(days.estimate[0] - np.log(7))


def test_the_unit_of_a_covariate_does_not_matter():
    plain = fit_aft(DATA["lo"], DATA["hi"], X)
    for unit in (1e6, 1e-6):
        found = fit_aft(DATA["lo"], DATA["hi"], X.assign(x1=X["x1"] * unit))
        assert found.estimate[1] * unit == pytest.approx(plain.estimate[1])
        assert found.std_error[1] * unit == pytest.approx(plain.std_error[1])
        assert found.std_error[3] == pytest.approx(plain.std_error[3])


def test_a_group_without_any_event_is_refused():
    x = pd.DataFrame({"const": np.ones(8), "g": [0.0] * 4 + [1.0] * 4})
    with pytest.raises(ValueError, match="does not converge"):
        fit_aft([1, 2, 3, 4, 5, 5, 6, 7], [1, 2, 3, 4] + [np.inf] * 4, x)


@pytest.mark.parametrize(("lo", "hi", "message"), [
    ([0, 1, 2], [0, 1, 2], "pass hi \\+ 1"),
    ([0, 1, 2], [np.inf, 1, 2], "tells nothing"),
    ([3, 1, 2], [2, 1, 2], "lo > hi"),
    ([-1, 1, 2], [2, 1, 2], "below zero"),
    ([1, 2], [1, 2], "3 values"),
])
def test_faults(lo, hi, message):
    with pytest.raises(ValueError, match=message):
        fit_aft(lo, hi, pd.DataFrame({"const": np.ones(3)}))
