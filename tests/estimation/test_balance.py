"""Balance and overlap: by hand, by statsmodels' moments, and what weighting must do."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.weightstats import DescrStatsW

from breachstudy.estimation.balance import balance, dose_balance, effective_sample_size, overlap
from breachstudy.estimation.weighting import entropy_balance, entropy_balance_dose

from .confounding_data import COVARIATES, DATA, EXACT


def test_case_by_hand():
    # Treated 1, 3 (mean 2, var 2); control 0, 0, 3 (mean 1, var 3): (2 − 1)/sqrt(2.5).
    found = balance(pd.DataFrame({"x": [1.0, 3, 0, 0, 3]}), [1, 1, 0, 0, 0])
    assert found.smd[0] == pytest.approx(1 / np.sqrt(2.5))
    assert found.variance_ratio[0] == pytest.approx(2 / 3)
    # F_control(0) = 2/3 while F_treated(0) = 0.
    assert found.ks[0] == pytest.approx(2 / 3)
    assert (found.n_treated, found.n_control) == (2, 3)
    assert list(found.frame()["covariate"]) == ["x"]


def test_kish_by_hand_and_bounds():
    assert effective_sample_size([1, 1, 2]) == pytest.approx(16 / 6)
    rng = np.random.default_rng(2)
    for _ in range(20):
        w = rng.exponential(size=30)
        assert 1 <= effective_sample_size(w) <= 30
        assert effective_sample_size(3 * w) == pytest.approx(effective_sample_size(w))


def test_moments_agree_with_statsmodels():
    weights = np.where(DATA["d"] == 1, 1.0, 2.0)  # equal within groups: same as unweighted
    found = balance(COVARIATES, DATA["d"], weights)
    for i, name in enumerate(COVARIATES):
        one, zero = (DescrStatsW(COVARIATES[name][DATA["d"] == g], ddof=1) for g in (1, 0))
        gap = (one.mean - zero.mean) / np.sqrt((one.var + zero.var) / 2)
        assert found.smd[i] == pytest.approx(gap, rel=EXACT)
        assert found.variance_ratio[i] == pytest.approx(one.var / zero.var, rel=EXACT)


def test_entropy_weights_balance_to_nothing():
    weights = entropy_balance(COVARIATES, DATA["d"]).weights
    found = balance(COVARIATES, DATA["d"], weights)
    assert np.abs(found.smd).max() < 1e-7 < np.abs(balance(COVARIATES, DATA["d"]).smd).max()
    assert found.ess_control < found.n_control


def test_dose_weights_remove_the_correlation():
    raw = dose_balance(COVARIATES, DATA["dose"])
    assert raw.correlation[0] == pytest.approx(np.corrcoef(DATA["x1"], DATA["dose"])[0, 1])
    weights = entropy_balance_dose(COVARIATES, DATA["dose"]).weights
    assert np.abs(dose_balance(COVARIATES, DATA["dose"], weights).correlation).max() < 1e-7


def test_overlap_by_hand():
    found = overlap([0.2, 0.4, 0.6, 0.3, 0.5, 0.9], [0, 0, 0, 1, 1, 1], bins=2)
    assert (found.support_lo, found.support_hi) == (0.3, 0.6)
    assert found.n_outside == 2
    # Halves: controls 2/3, 1/3 and treated 1/3, 2/3 (0.5 opens the upper half).
    assert found.coefficient == pytest.approx(2 / 3)


def test_crump_cutoff_solves_its_equation():
    rng = np.random.default_rng(3)
    e = rng.beta(0.4, 0.4, 4000)
    e = e[(e > 1e-4) & (e < 1 - 1e-4)]
    found = overlap(e, (rng.random(e.size) < e).astype(int))
    cost, edge = 1 / (e * (1 - e)), 1 / (found.cutoff * (1 - found.cutoff))
    assert 0 < found.cutoff < 0.5 and found.n_trimmed > 0
    # The condition holds with equality, up to one observation of the sample.
    assert edge == pytest.approx(2 * cost[cost <= edge].mean(), rel=0.01)
    calm = overlap(np.linspace(0.4, 0.6, 20), np.arange(20) % 2)
    assert (calm.cutoff, calm.n_trimmed) == (0.0, 0)


@pytest.mark.parametrize(("treated", "weights", "message"), [
    ([1, 1, 1], None, "both groups"),
    ([0, 1, 2], None, "0 and 1 only"),
    ([0, 1, 1], [1, -1, 1], "negative"),
    ([0, 1], None, "3 are needed"),
])
def test_faults_are_named(treated, weights, message):
    with pytest.raises(ValueError, match=message):
        balance(pd.DataFrame({"x": [1.0, 2, 3]}), treated, weights)


def test_missing_columns_are_named():
    with pytest.raises(ValueError, match="in size"):
        balance(pd.DataFrame({"size": [1.0, np.nan]}), [0, 1])
