"""Interval-censored medians and curves: hand cases, R, and the optimality conditions."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from breachstudy.estimation import interval_median, turnbull
from breachstudy.estimation.survival import kaplan_meier

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


def test_ties_by_hand():
    # One event at 2; two rows censored at 2; one event at 5.
    lo, hi = [2.0, 2.0, 2.0, 5.0], [2.0, np.inf, np.inf, 5.0]
    closed = turnbull(lo, hi)
    # Closed: a censored row may end on day 2. The likelihood m₂(m₂ + m₅)²m₅ has its peak at ½.
    assert closed.at([2.0])[0] == pytest.approx([0.5])
    later = turnbull(lo, hi, ends="left_open")
    # Open: they outlive day 2, so m₂m₅(m₅)²: m₂ = ¼.
    assert later.at([2.0])[0] == pytest.approx([0.25])
    assert later.is_open.tolist() == [False, False]
    open_end = turnbull([1.0, 3.0], [2.0, np.inf], ends="left_open")
    assert open_end.is_open.all() and open_end.left.tolist() == [1.0, 3.0]
    # At its open start the second interval has not begun.
    assert open_end.at([3.0])[1] == pytest.approx([0.5])
    assert turnbull([1.0, 3.0], [2.0, np.inf]).at([3.0])[1] == pytest.approx([1.0])
    with pytest.raises(ValueError, match="ends must be one of"):
        turnbull(lo, hi, ends="open")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 6), st.booleans()), min_size=3, max_size=25).filter(
    lambda rows: any(seen for _, seen in rows)))
def test_left_open_intervals_give_kaplan_meier_whatever_the_ties(rows):
    time = np.array([t for t, _ in rows], dtype=float)
    seen = np.array([s for _, s in rows])
    found = turnbull(time, np.where(seen, time, np.inf), ends="left_open", tolerance=1e-12,
                     max_iterations=200_000)
    km = kaplan_meier(time, seen.astype(float))
    np.testing.assert_allclose(1 - found.at(km.time)[0], km.survival, atol=2e-5)
