"""Entropy balancing, inverse-probability and augmented estimators against R and known effects."""

import numpy as np
import pandas as pd
import pytest

from breachstudy.estimation.weighting import (
    ESTIMANDS,
    aipw,
    entropy_balance,
    entropy_balance_dose,
    entropy_effect,
    ipw,
    propensity,
    weighted_difference,
)

from .confounding_data import COVARIATES, DATA, EXACT, GOLDEN, OPTIMISER


def simulated(n, seed, effect=0.5):
    rng = np.random.default_rng(seed)
    x = pd.DataFrame({"a": rng.normal(size=n), "b": rng.normal(size=n)})
    d = (rng.random(n) < 1 / (1 + np.exp(-0.7 * x["a"] + 0.4 * x["b"]))).astype(int)
    y = 1 + effect * d + x["a"] - 0.5 * x["b"] + rng.normal(size=n)
    return y.to_numpy(), d.to_numpy(), x


def test_entropy_weights_agree_with_a_general_optimiser():
    found = entropy_balance(COVARIATES, DATA["d"])
    np.testing.assert_allclose(found.weights[DATA["d"] == 0], GOLDEN["ebal_weights"],
                               rtol=OPTIMISER)
    assert found.converged and (found.weights[DATA["d"] == 1] == 1).all()


def test_entropy_effect_agrees_with_stacked_equations_in_r():
    found = entropy_effect(DATA["y"], DATA["d"], COVARIATES)
    np.testing.assert_allclose([found.estimate, found.std_error], GOLDEN["ebal_effect"],
                               rtol=OPTIMISER)
    plain = weighted_difference(DATA["y"], DATA["d"],
                                entropy_balance(COVARIATES, DATA["d"]).weights)
    assert plain.estimate == pytest.approx(found.estimate)


def test_entropy_effect_is_exact_where_the_outcome_is_linear():
    # Without noise the balanced moments take all of the outcome: no error is left.
    y = 2 + 0.3 * DATA["d"] + COVARIATES @ [1.0, -2.0, 0.5]
    found = entropy_effect(y, DATA["d"], COVARIATES)
    assert found.estimate == pytest.approx(0.3, abs=1e-6) and found.std_error < 1e-6


def test_entropy_case_by_hand():
    # Controls at 0 and 1, treated mean 0.25: the only weights are 3/4 and 1/4, times one treated.
    found = entropy_balance(pd.DataFrame({"x": [0.25, 0.0, 1.0]}), [1, 0, 0])
    np.testing.assert_allclose(found.weights, [1, 0.75, 0.25], atol=1e-8)


def test_second_moments_match_too():
    x = COVARIATES
    w = entropy_balance(x, DATA["d"], moments=2).weights
    t = (DATA["d"] == 1).to_numpy()
    for name in ("x1", "x2"):
        own = np.average(x[name][~t] ** 2, weights=w[~t])
        assert own == pytest.approx((x[name][t] ** 2).mean(), abs=1e-7)


def test_impossible_balance_is_refused():
    with pytest.raises(ValueError, match="outside the range of the controls"):
        entropy_balance(pd.DataFrame({"x": [5.0, 6, 0, 1, 2]}), [1, 1, 0, 0, 0])


def test_dose_weights_keep_means_and_recover_the_slope():
    rng = np.random.default_rng(4)
    x = pd.DataFrame({"a": rng.normal(size=3000)})
    dose = 0.8 * x["a"] + rng.normal(size=3000)
    y = 0.5 * dose + 2 * x["a"] + rng.normal(size=3000)
    w = entropy_balance_dose(x, dose).weights
    assert w.sum() == pytest.approx(3000)
    assert np.average(dose, weights=w) == pytest.approx(dose.mean(), abs=1e-7)
    centred = dose - dose.mean()
    slope = (w * centred) @ y / ((w * centred) @ centred)
    assert abs(slope - 0.5) < 0.15 < (centred @ y / (centred @ centred)) - 0.5


@pytest.mark.parametrize("estimand", ESTIMANDS)
def test_ipw_agrees_with_stacked_equations_in_r(estimand):
    found = ipw(DATA["y"], DATA["d"], COVARIATES, estimand=estimand)
    np.testing.assert_allclose([found.estimate, found.std_error], GOLDEN[f"ipw_{estimand}"],
                               rtol=1e-8)  # numeric Jacobian in R


def test_aipw_agrees_with_r_on_the_same_folds():
    found = aipw(DATA["y"], DATA["d"], COVARIATES, folds=DATA["fold"])
    np.testing.assert_allclose([found.estimate, found.std_error], GOLDEN["aipw_ATE"], rtol=EXACT)
    by_firm = aipw(DATA["y"], DATA["d"], COVARIATES, folds=DATA["fold"], clusters=DATA["firm"])
    assert by_firm.std_error == pytest.approx(GOLDEN["aipw_ATE_cluster"][0], rel=EXACT)
    assert by_firm.n_clusters == 20


def test_overlap_weights_balance_exactly():
    # Li, Morgan & Zaslavsky (2018), theorem 3: with logit scores means are equal.
    e = propensity(COVARIATES, DATA["d"]).score
    w = np.where(DATA["d"] == 1, 1 - e, e)
    for name in COVARIATES:
        gap = weighted_difference(COVARIATES[name], DATA["d"], w).estimate
        assert abs(gap) < 1e-8


def test_weighted_difference_by_hand():
    found = weighted_difference([3.0, 5, 0, 2], [1, 1, 0, 0], [1, 1, 3, 1])
    assert (found.mean_treated, found.mean_control) == (4.0, 0.5)
    # Influence: ±1/2 for the treated; 3(0 − .5)/4, (2 − .5)/4 for controls.
    assert found.std_error == pytest.approx(np.sqrt(0.25 + 0.25 + 2 * 0.375**2))


@pytest.mark.parametrize("estimand", ["ATE", "ATT"])
def test_known_effect_is_recovered(estimand):
    y, d, x = simulated(3000, 11)
    naive = y[d == 1].mean() - y[d == 0].mean()
    assert naive > 0.9
    for found in (ipw(y, d, x, estimand=estimand), aipw(y, d, x, estimand=estimand)):
        assert abs(found.estimate - 0.5) < 4 * found.std_error < 0.4


def test_intervals_cover_as_they_claim():
    hits = []
    for seed in range(120):
        y, d, x = simulated(250, 1000 + seed)
        found = aipw(y, d, x, folds=2)
        hits.append(found.ci_lo < 0.5 < found.ci_hi)
    # 0.95 ± 3 binomial errors of 120 runs is 0.89 – 1.
    assert np.mean(hits) >= 0.89


def test_adding_a_constant_to_the_outcome_changes_nothing():
    y, d, x = simulated(200, 5)
    for estimator in (ipw, aipw):
        a, b = estimator(y, d, x), estimator(y + 100, d, x)
        assert a.estimate == pytest.approx(b.estimate, abs=1e-9)
        assert a.std_error == pytest.approx(b.std_error, rel=1e-7)


def test_separation_and_other_faults():
    x = pd.DataFrame({"x": np.arange(20.0)})
    with pytest.raises(ValueError, match="separate"):
        propensity(x, (np.arange(20) > 9).astype(int))
    y, d, good = simulated(60, 1)
    with pytest.raises(ValueError, match="not one of"):
        ipw(y, d, good, estimand="LATE")
    with pytest.raises(ValueError, match="rank"):
        ipw(y, d, good.assign(const=1.0))
    with pytest.raises(ValueError, match="two folds"):
        aipw(y, d, good, folds=1)
    with pytest.raises(ValueError, match="all be zero in a group"):
        weighted_difference(y, d, d)
    with pytest.raises(ValueError, match="clip"):
        ipw(y, d, good, clip=0.7)


def test_clipping_is_counted():
    y, d, x = simulated(500, 8)
    found = ipw(y, d, x, clip=0.3)
    score = propensity(x, d).score
    assert found.n_clipped == int(((score < 0.3) | (score > 0.7)).sum()) > 0
