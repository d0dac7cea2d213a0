"""Robust covariances: R's sandwich, cases by hand, and how they nest."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from breachstudy.estimation.covariances import (
    cluster_codes,
    cluster_covariance,
    hc_covariance,
    two_way_cluster_covariance,
)

GOLDEN = json.loads(
    (Path(__file__).parents[1] / "golden/estimation/covariances.json").read_text())
EXACT = 1e-9  # same formula, different linear algebra; R prints 15 digits

X = np.column_stack([
    np.ones(12),
    [0.2, 1.1, -0.4, 2.3, 0.9, -1.2, 0.4, 1.7, -0.6, 0.1, 1.3, -0.9],
    [1.0, 0, 0, 1, 1, 0, 1, 0, 1, 0, 0, 1]])
Y = np.array([1.3, 2.2, 0.1, 5.9, 2.8, -1.0, 1.9, 3.1, 0.7, 0.4, 2.9, -0.2])
E = Y - X @ np.linalg.lstsq(X, Y, rcond=None)[0]
FIRM = np.repeat([0, 1, 2, 3], 3)
DATE = np.array([0, 1, 2, 0, 1, 2, 2, 0, 1, 0, 1, 1])


@pytest.mark.parametrize("kind", ["HC0", "HC1", "HC2", "HC3"])
def test_heteroskedasticity_consistent_matches_sandwich(kind):
    np.testing.assert_allclose(hc_covariance(X, E, kind).ravel(), GOLDEN[kind], rtol=EXACT)


def test_clustered_matches_sandwich():
    np.testing.assert_allclose(cluster_covariance(X, E, FIRM).ravel(), GOLDEN["firm"],
                               rtol=EXACT)
    np.testing.assert_allclose(cluster_covariance(X, E, DATE).ravel(), GOLDEN["date"],
                               rtol=EXACT)
    # sandwich, too, sets negative eigenvalues to zero (fix = TRUE).
    np.testing.assert_allclose(two_way_cluster_covariance(X, E, FIRM, DATE).ravel(),
                               GOLDEN["firm_date"], rtol=1e-7, atol=1e-12)


def test_variance_of_a_mean_by_hand():
    # y = 0, 2, 4 on a constant: residuals −2, 0, 2, leverage 1/3, bread 1/3.
    x, e = np.ones((3, 1)), np.array([-2.0, 0.0, 2.0])
    assert hc_covariance(x, e, "HC0")[0, 0] == pytest.approx(8 / 9)
    assert hc_covariance(x, e, "HC1")[0, 0] == pytest.approx(8 / 9 * 3 / 2)
    assert hc_covariance(x, e, "HC2")[0, 0] == pytest.approx(4 / 3)
    assert hc_covariance(x, e, "HC3")[0, 0] == pytest.approx(2.0)
    # Clusters {1, 2} and {3}: sums of scores −2 and 2; factor 2/1 · 2/2.
    assert cluster_covariance(x, e, np.array([0, 0, 1]))[0, 0] == pytest.approx(16 / 9)


def test_every_row_its_own_cluster_is_hc1():
    np.testing.assert_allclose(cluster_covariance(X, E, np.arange(12)),
                               hc_covariance(X, E, "HC1") * (12 / 11) * (11 / 12), rtol=EXACT)


def test_two_ways_that_agree_are_one_way():
    np.testing.assert_allclose(two_way_cluster_covariance(X, E, FIRM, FIRM),
                               cluster_covariance(X, E, FIRM), rtol=1e-9, atol=1e-14)


def test_two_way_variances_are_never_negative():
    rng = np.random.default_rng(11)
    for _ in range(100):
        e = rng.normal(size=12)
        a, b = rng.integers(0, 3, 12), rng.integers(0, 3, 12)
        v = two_way_cluster_covariance(X, e - X @ np.linalg.lstsq(X, e, rcond=None)[0], a, b)
        assert np.linalg.eigvalsh(v).min() > -1e-12


def test_hc3_is_never_below_hc2_is_never_below_hc0():
    rng = np.random.default_rng(12)
    for _ in range(50):
        e = rng.normal(size=12)
        hc0, hc2, hc3 = (np.diag(hc_covariance(X, e, k)) for k in ("HC0", "HC2", "HC3"))
        assert (hc0 <= hc2).all() and (hc2 <= hc3).all()


@pytest.mark.parametrize("kind", ["HC0", "HC2", "HC3"])
def test_a_row_that_fits_itself_leaves_the_other_errors_as_without_it(kind):
    others = np.arange(12) != 4
    full = np.column_stack([X, ~others])
    e = Y - full @ np.linalg.lstsq(full, Y, rcond=None)[0]
    short = Y[others] - X[others] @ np.linalg.lstsq(X[others], Y[others], rcond=None)[0]
    np.testing.assert_allclose(hc_covariance(full, e, kind)[:3, :3],
                               hc_covariance(X[others], short, kind), rtol=1e-8)


def test_missing_clusters_and_a_single_one_are_refused():
    with pytest.raises(ValueError, match="1 rows have no cluster"):
        cluster_codes(pd.Series(["a", None, "b"], name="firm"))
    with pytest.raises(ValueError, match="two clusters"):
        cluster_covariance(X, E, np.zeros(12, dtype=int))
