"""Permutation within strata: R's refits, a case by hand, and what makes a permutation one."""

import json
from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from breachstudy.estimation import fit_linear
from breachstudy.estimation.parallel import Backend
from breachstudy.estimation.permutation import (
    arrangements,
    count_arrangements,
    permutation_statistics,
    permutation_test,
    permuted_rows,
)

GOLDEN = json.loads(
    (Path(__file__).parents[1] / "golden/estimation/permutation.json").read_text())
EXACT = 1e-9

X = pd.DataFrame({
    "const": 1.0, "d": [1.0, 0, 0, 1, 0, 1, 1, 0, 0, 1, 0, 0],
    "z": [0.5, 1.2, -0.3, 0.8, 2.1, -1.1, 0.4, 1.6, -0.7, 0.2, 1.0, -1.4]})
Y = pd.Series([2.3, 1.0, 0.2, 3.1, 1.9, 1.2, 2.8, 1.1, -0.4, 2.2, 0.7, -0.9])
S = pd.Series([1] * 6 + [2] * 6)


@pytest.mark.parametrize(("statistic", "value", "p"), [("coefficient", "coef", "p_coef"),
                                                       ("t", "t", "p_t")])
def test_exact_within_strata_as_refitted_in_r(statistic, value, p):
    found = permutation_test(Y, X, "d", strata=S, statistic=statistic)
    assert found.is_exact and found.draws == GOLDEN["n"][0] == 20 * 15
    assert found.statistic == pytest.approx(GOLDEN[value][0], rel=EXACT)
    assert found.estimate == pytest.approx(GOLDEN["coef"][0], rel=EXACT)
    assert found.p_value == pytest.approx(GOLDEN[p][0], rel=EXACT)


def test_case_by_hand():
    # Treated hold 5 and 6 of 1, 2, 5, 6: of six pairs only {5, 6} and {1, 2} differ so much.
    x = pd.DataFrame({"const": np.ones(4), "d": [0.0, 0, 1, 1]})
    found = permutation_test(pd.Series([1.0, 2, 5, 6]), x, "d", statistic="coefficient")
    assert (found.estimate, found.p_value, found.draws) == (pytest.approx(4), 2 / 6, 6)


def test_rows_are_permutations_never_drawn_with_replacement():
    codes = np.array([0, 1, 0, 2, 1, 0, 2, 0, 1, 1])
    rows = permuted_rows(codes, 500, np.random.default_rng(1))
    assert (np.sort(rows, axis=1) == np.arange(10)).all()  # each row exactly once
    assert (codes[rows] == codes).all()  # within its stratum
    # A sample with replacement would put a given row in a place as often, but repeat it in a draw.
    seen = np.bincount(rows[:, 0], minlength=10)[[0, 2, 5, 7]]
    assert stats.chisquare(seen).pvalue > 1e-4  # uniform over the stratum's rows


def test_spread_of_the_null_is_that_of_permutation():
    # Without covariates the variance of the coefficient under permutation is known:
    # Var(y)·n/((n − 1)·Σ(x − x̄)²), with the population variance of y.
    rng = np.random.default_rng(2)
    x = pd.DataFrame({"const": 1.0, "d": (np.arange(40) < 8).astype(float)})
    y = pd.Series(rng.normal(size=40))
    found = permutation_test(y, x, "d", statistic="coefficient", draws=4000, seed=3)
    assert not found.is_exact
    true = y.var(ddof=0) * 40 / (39 * ((x["d"] - x["d"].mean()) ** 2).sum())
    # The standard error of a variance of 4,000 near-normal draws is √(2/4000) = 2.2 %.
    assert found.null.var() == pytest.approx(true, rel=0.09)


def test_arrangements_are_all_distinct_orders_once():
    values, codes = np.array([1.0, 1, 2, 3, 3]), np.zeros(5, dtype=int)
    made = [tuple(a) for a in arrangements(values, codes)]
    assert len(made) == len(set(made)) == count_arrangements(values, codes, 10**6) == 30
    assert set(made) == set(permutations(values))
    assert count_arrangements(np.arange(30.0), np.zeros(30, dtype=int), 100) > 100


def test_sampled_agrees_with_exact():
    exact = permutation_test(Y, X, "d", strata=S)
    drawn = permutation_test(Y, X, "d", strata=S, draws=4999, seed=9, max_exact=0)
    assert not drawn.is_exact
    # Three Monte Carlo errors of a share near 1/300.
    assert drawn.p_value == pytest.approx(exact.p_value, abs=3 * (1 / 300 / 4999) ** 0.5 + 2e-4)


def test_t_is_that_of_hc3():
    fit = fit_linear(Y, X, covariance="HC3")
    ys = pd.DataFrame({"a": Y, "b": -2 * Y})
    observed, null, _ = permutation_statistics(ys, X, "d", strata=S)
    assert observed[0] == pytest.approx(fit.statistic[1], rel=EXACT)
    # One permutation serves all outcomes.
    np.testing.assert_allclose(null[:, 1], -null[:, 0], rtol=1e-6, atol=1e-9)


def test_p_is_uniform_when_nothing_has_an_effect():
    rng = np.random.default_rng(4)
    p = [permutation_test(pd.Series(rng.exponential(size=12)), X, "d", strata=S).p_value
         for _ in range(200)]
    # Exact whatever the errors: P(p ≤ 0.1) ≤ 0.1; three standard errors of 200 draws.
    assert np.mean(np.array(p) <= 0.1) <= 0.1 + 3 * (0.09 / 200) ** 0.5


def test_backend_and_order_do_not_change_the_draws():
    kwargs = {"draws": 1500, "seed": 6, "max_exact": 0}
    one = permutation_test(Y, X, "d", **kwargs, backend=Backend())
    two = permutation_test(Y, X, "d", **kwargs, backend=Backend("threading", 2))
    assert (one.null == two.null).all()


def test_faulty_calls():
    with pytest.raises(ValueError, match=r"no term 'q'.*statistic 'f'.*5 draws"):
        permutation_test(Y, X, "q", statistic="f", draws=5)
    with pytest.raises(ValueError, match="missing values"):
        permutation_test(Y.mask(Y.index == 0), X, "d")
    with pytest.raises(ValueError, match="strata must not"):
        permutation_test(Y, X, "d", strata=S.mask(S.index == 0))
    with pytest.raises(ValueError, match="constant within every stratum"):
        permutation_test(Y, X, "d", strata=X["d"])
    with pytest.raises(ValueError, match="linear combination"):
        permutation_test(Y, X.assign(w=X["d"] + 1), "d")
