"""Interval-censored medians and curves: hand cases, R, and the optimality conditions."""

import json
from pathlib import Path

import numpy as np
import pytest

from breachstudy.estimation import interval_median, turnbull

GOLDEN = json.loads(
    (Path(__file__).parents[1] / "golden/estimation/censored.json").read_text())
LO = [0, 2, 3, 5, 1, 4, 6, 6, 2, 7, 10, 3]
HI = [4, 2, 8, 9, 6, 4, 12, 8, 5, 15, 14, 3]
SURVFIT_TOLERANCE = 1e-3  # survfit stops its EM iterations at a change of 5e-4


def test_exact_data_give_the_empirical_distribution():
    found = turnbull([5, 1, 1, 3], [5, 1, 1, 3])
    assert found.left.tolist() == [1, 3, 5]
    np.testing.assert_allclose(found.cdf, [0.5, 0.75, 1.0])


def test_case_by_hand():
    # [1,2] and [2,3] share the point 2; all mass there has likelihood one.
    found = turnbull([1, 2], [2, 3])
    assert (found.left.tolist(), found.right.tolist()) == ([2.0], [2.0])
    # Disjoint intervals keep a half each.
    found = turnbull([1, 5], [2, 6])
    np.testing.assert_allclose(found.mass, [0.5, 0.5])


def test_agrees_with_survfit():
    found = turnbull(LO, HI)
    for time, surv in zip(GOLDEN["time"], GOLDEN["surv"], strict=True):
        ours = 1 - found.mass[found.right <= time + 1e-9].sum()
        if any(abs(found.right - time) < 1e-9):  # at points; midpoints are a convention
            assert ours == pytest.approx(surv, abs=SURVFIT_TOLERANCE)


def test_optimality_conditions_certify_the_maximum():
    # Gentleman & Geyer (1994): the derivative toward each support interval is at most n, and
    # equals n where there is mass.
    found = turnbull(LO, HI)
    lo, hi = np.array(LO), np.array(HI)
    inside = (found.left[None] >= lo[:, None]) & (found.right[None] <= hi[:, None])
    derivative = (inside / (inside @ found.mass)[:, None]).sum(0)
    assert (derivative <= len(LO) + 1e-4).all()
    np.testing.assert_allclose(derivative[found.mass > 1e-3], len(LO), atol=1e-4)
    assert found.converged and found.mass.sum() == pytest.approx(1)


def test_right_censored_mass_lies_beyond_the_last_event():
    found = turnbull([1, 2, 3], [1, 2, np.inf])
    assert found.quantile(0.5) == (2.0, 2.0)
    assert found.mass[-1] == pytest.approx(1 / 3) and np.isinf(found.right[-1])


def test_median_bounds_hold_every_choice_of_points():
    rng = np.random.default_rng(7)
    lo = rng.integers(0, 50, 41).astype(float)
    hi = lo + rng.integers(0, 20, 41)
    found = interval_median(lo, hi)
    for _ in range(50):
        assert found.lo <= np.median(rng.uniform(lo, hi)) <= found.hi
    assert found.lo == np.median(lo) and found.hi == np.median(hi)


def test_sign_test_interval_by_hand():
    # n = 10: P(X <= 1) = 11/1024 <= 0.025 < P(X <= 2), so the 2nd and 9th order statistics.
    values = np.arange(1.0, 11.0)
    found = interval_median(values, values)
    assert (found.ci_lo, found.ci_hi) == (2.0, 9.0)


@pytest.mark.parametrize(("lo", "hi", "message"), [
    ([], [], "no observations"),
    ([1, 2], [1], "equal length"),
    ([3], [2], "lo > hi"),
    ([np.nan], [2], "missing"),
])
def test_faulty_intervals_are_refused(lo, hi, message):
    for function in (turnbull, interval_median):
        with pytest.raises(ValueError, match=message):
            function(lo, hi)
