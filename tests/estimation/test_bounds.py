"""Manski and Lee bounds by hand, the Imbens–Manski factor against R, and coverage of the truth."""

import numpy as np
import pytest

from breachstudy.estimation.bounds import imbens_manski, lee_bounds, manski_bounds

from .confounding_data import EXACT, GOLDEN

NAN = np.nan


def test_imbens_manski_agrees_with_r():
    lo, hi = imbens_manski(0.0, 0.3, 0.1, 0.2)
    assert -lo / 0.1 == pytest.approx(GOLDEN["imbens_manski"][0], rel=EXACT)
    assert (hi - 0.3) / 0.2 == pytest.approx(GOLDEN["imbens_manski"][0], rel=EXACT)
    # A point has the usual interval, wide bounds the one-sided one.
    assert imbens_manski(0, 0, 1, 1)[1] == pytest.approx(1.959963984540054)
    assert imbens_manski(0, 99, 1, 1)[1] == pytest.approx(99 + 1.6448536269514722)


def test_manski_by_hand():
    # Treated 1, ?, control 0, ?: with outcomes in [0, 1] the effect lies in [1/2 − 1/2, 1 − 0].
    found = manski_bounds([1, NAN, 0, NAN], [1, 1, 0, 0], 0, 1, draws=20)
    assert (found.lo, found.hi, found.n_observed) == (0.0, 1.0, 2)


def test_lee_by_hand():
    # Treated all seen (1, 2, 3, 4), half of the controls (1, 2): the upper or lower half stays.
    found = lee_bounds([1, 2, 3, 4, 1, 2, NAN, NAN], [1] * 4 + [0] * 4, draws=30)
    assert (found.lo, found.hi, found.trimmed) == (0.0, 2.0, 0.5)
    # The mirror image trims the controls.
    turned = lee_bounds([1, 2, 3, 4, 1, 2, NAN, NAN], [0] * 4 + [1] * 4, draws=30)
    assert (turned.lo, turned.hi) == (-2.0, 0.0)


def test_a_fractional_trim_counts_the_marginal_value_in_part():
    # Two thirds of three values: the top two; of 1, 2, 3, 4 with 5/8: (4 + 3 + 2/2)/2.5.
    found = lee_bounds([1, 2, 3, 4] + [0] * 5 + [NAN] * 3, [1] * 4 + [0] * 8, draws=30)
    assert found.hi == pytest.approx((4 + 3 + 0.5 * 2) / 2.5)
    assert found.lo == pytest.approx((1 + 2 + 0.5 * 3) / 2.5)


def test_without_missing_outcomes_bounds_meet_at_the_difference():
    rng = np.random.default_rng(1)
    y, d = rng.normal(size=60), np.arange(60) % 2
    gap = y[d == 1].mean() - y[d == 0].mean()
    for found in (lee_bounds(y, d, draws=50), manski_bounds(y, d, -9, 9, draws=50)):
        assert found.lo == pytest.approx(gap) and found.hi == pytest.approx(gap)


def test_bounds_hold_the_effect_on_the_always_observed():
    rng = np.random.default_rng(2)
    n, effect = 4000, 0.5
    base, d = rng.normal(size=n), rng.integers(0, 2, n)
    # Treatment makes some low outcomes visible: the naive gap is biased down.
    seen = (base > -0.3) | ((d == 1) & (base > -1.2))
    y = np.where(seen, base + effect * d, NAN)
    naive = np.nanmean(y[d == 1]) - np.nanmean(y[d == 0])
    found = lee_bounds(y, d, draws=100)
    assert naive < effect - 0.2 and found.lo < effect
    assert found.ci_lo < effect < found.ci_hi
    wide = manski_bounds(y, d, -6, 6, draws=100)
    assert wide.lo < found.lo and found.hi < wide.hi


def test_faults():
    with pytest.raises(ValueError, match=r"lie in \[0, 1\]"):
        manski_bounds([2, 0], [1, 0], 0, 1)
    with pytest.raises(ValueError, match="observed outcome"):
        lee_bounds([NAN, 0], [1, 0])
    with pytest.raises(ValueError, match="ordered"):
        imbens_manski(1, 0, 1, 1)
