"""Bands of the interval-censored distribution function."""

import numpy as np
import pytest

from breachstudy.estimation.censored import turnbull, turnbull_band

from .confounding_data import DATA


def test_bounds_at_times_by_hand():
    found = turnbull([1, 5], [2, 6])
    lower, upper = found.at([0, 1.5, 2, 5.5, 6])
    assert lower.tolist() == [0, 0, 0.5, 0.5, 1] and upper.tolist() == [0, 0.5, 0.5, 1, 1]


def test_exact_data_give_binomial_percentiles():
    # The distribution function at a point is then a binomial share.
    from scipy.stats import binom

    values = np.arange(1.0, 101.0)
    found = turnbull_band(values, values, [30.0], draws=400, tolerance=1e-8)
    assert found.lower[0] == found.upper[0] == pytest.approx(0.3)
    expected = binom.ppf([0.025, 0.975], 100, 0.3) / 100
    # Percentiles of 400 draws: within two hundredths of the exact ones.
    np.testing.assert_allclose([found.band_lo[0], found.band_hi[0]], expected, atol=0.02)


def test_band_holds_the_identified_interval_and_rises():
    found = turnbull_band(DATA["lo"], DATA["hi"], np.arange(5, 60, 5), draws=60,
                          clusters=DATA["firm"])
    assert (found.band_lo <= found.lower + 1e-9).all()
    assert (found.upper <= found.band_hi + 1e-9).all()
    assert (np.diff(found.band_lo) >= -1e-9).all() and found.n_clusters == 20
    again = turnbull_band(DATA["lo"], DATA["hi"], np.arange(5, 60, 5), draws=60,
                          clusters=DATA["firm"])
    np.testing.assert_array_equal(found.band_hi, again.band_hi)
