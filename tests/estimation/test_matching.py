"""Matching against R's Matching package, by hand, and on a known effect."""

import numpy as np
import pandas as pd
import pytest

from breachstudy.estimation.balance import balance
from breachstudy.estimation.matching import match

from .confounding_data import COVARIATES, DATA, EXACT, GOLDEN


@pytest.mark.parametrize(("name", "options"), [
    ("match_m1", {"m": 1}), ("match_m3", {"m": 3}), ("match_scaled", {"m": 2, "metric": "scaled"}),
])
def test_agrees_with_the_matching_package(name, options):
    found = match(DATA["y"], DATA["d"], COVARIATES, **options)
    np.testing.assert_allclose([found.estimate, found.std_error], GOLDEN[name], rtol=EXACT)


def test_case_by_hand():
    # Treated at 0 and 10 match the controls at 1 and 9 with outcomes 1 and 5: gains 3 and 1.
    x = pd.DataFrame({"x": [0.0, 10, 1, 9, 100]})
    found = match([4.0, 6, 1, 5, 50], [1, 1, 0, 0, 0], x)
    assert found.estimate == pytest.approx(2)
    assert found.times_used.tolist() == [1, 1, 0]
    # Each control is used once, so only the spread of gains counts: sqrt((1 + 1)/4).
    assert found.std_error == pytest.approx(np.sqrt(0.5))


def test_ties_share_the_match():
    x = pd.DataFrame({"x": [0.0, 0, 1, -1, 5]})
    found = match([1.0, 1.0, 0, 4, 9], [1, 1, 0, 0, 0], x)
    np.testing.assert_allclose(found.weights[0], [0.5, 0.5, 0])
    assert found.estimate == pytest.approx(1 - 2)


def test_caliper_counts_who_is_left_out():
    x = pd.DataFrame({"x": [0.0, 50, 1, 2, 3]})
    found = match([1.0, 9, 0, 0, 0], [1, 1, 0, 0, 0], x, metric="scaled", caliper=0.5)
    assert found.n_unmatched == 1 and found.matched.tolist() == [0] and found.estimate == 1
    with pytest.raises(ValueError, match="widen the caliper"):
        match([1.0, 9, 0, 0, 0], [1, 1, 0, 0, 0], x, caliper=1e-6)


def test_exact_levels_are_kept_apart():
    x = pd.DataFrame({"x": [0.0, 1, 0.1, 5, 6, 7]})
    found = match([1.0, 1, 0, 3, 4, 5], [1, 1, 0, 0, 0, 0], x, exact=list("aabaab"))
    assert found.controls[found.times_used > 0].tolist() == [3]


def test_known_effect_and_better_balance():
    rng = np.random.default_rng(21)
    n = 1500
    x = pd.DataFrame({"a": rng.normal(size=n), "b": rng.normal(size=n)})
    d = (rng.random(n) < 1 / (1 + np.exp(1.5 - x["a"]))).astype(int)
    y = 0.4 * d + x["a"] + rng.normal(size=n)
    found = match(y, d, x, bias_adjust=True)
    assert abs(found.estimate - 0.4) < 4 * found.std_error < 0.5
    before, after = balance(x, d), balance(x, d, np.maximum(found.row_weights(n), 0))
    assert np.abs(after.smd).max() < 0.1 < np.abs(before.smd).max()


def test_mahalanobis_ignores_units():
    scaled = COVARIATES * [1, 1000, 1] + [0, 5, 0]
    a, b = (match(DATA["y"], DATA["d"], x) for x in (COVARIATES, scaled))
    assert a.estimate == pytest.approx(b.estimate) and a.std_error == pytest.approx(b.std_error)


@pytest.mark.parametrize(("options", "message"), [
    ({"m": 0}, "m must lie"), ({"m": 50}, "m must lie"), ({"metric": "other"}, "not one of"),
    ({"variance_matches": 40}, "variance_matches"), ({"exact": [1]}, "exact needs 80"),
])
def test_faults(options, message):
    with pytest.raises(ValueError, match=message):
        match(DATA["y"], DATA["d"], COVARIATES, **options)


def test_collinear_covariates_are_refused():
    with pytest.raises(ValueError, match="collinear"):
        match(DATA["y"], DATA["d"], COVARIATES.assign(z=DATA["x1"] * 2))
