"""Excess mass at a deadline against R's polynomial fit, by hand and on simulated bunching."""

import numpy as np
import pytest

from breachstudy.estimation.bunching import bunching

from .confounding_data import EXACT, GOLDEN

DAYS = np.repeat(np.arange(61), GOLDEN["bunch_count"].astype(int))


def test_agrees_with_lm():
    found = bunching(DAYS, 30, below=2, hi=60, degree=4, round_to=(7,), draws=20)
    assert found.excess == pytest.approx(GOLDEN["bunch_excess"][0], rel=EXACT)
    assert found.relative == pytest.approx(GOLDEN["bunch_relative"][0], rel=EXACT)
    assert (found.window_lo, found.window_hi, found.n) == (28, 30, len(DAYS))


def test_case_by_hand():
    # Ten events on each of 21 days, and five more on day 10: five in excess, half a day's worth.
    values = np.repeat(np.arange(21), np.where(np.arange(21) == 10, 15, 10))
    found = bunching(values, 10, below=0, hi=20, degree=1, draws=20)
    assert found.excess == pytest.approx(5) and found.relative == pytest.approx(0.5)
    np.testing.assert_allclose(found.counterfactual, 10)


def test_shifted_mass_adds_up():
    # Five of 105 later events came early: the counterfactual total equals the observed total.
    counts = np.full(21, 10) + np.where(np.arange(21) == 10, 5, 0)
    counts[11:16] -= 1
    values = np.repeat(np.arange(21), counts)
    found = bunching(values, 10, below=0, hi=20, degree=1, shift=True, draws=10)
    plain = bunching(values, 10, below=0, hi=20, degree=1, draws=10)
    assert found.counterfactual.sum() == pytest.approx(counts.sum(), rel=1e-6)
    assert found.excess < plain.excess


@pytest.mark.parametrize("method", ["cases", "residuals"])
def test_known_bunching_is_found_and_smooth_lags_have_none(method):
    rng = np.random.default_rng(8)
    smooth = np.floor(rng.gamma(2.0, 25.0, 6000))
    moved = smooth.copy()
    late = (smooth > 45) & (smooth <= 60) & (rng.random(6000) < 0.3)
    moved[late] = rng.integers(42, 46, late.sum())
    options = {"degree": 5, "hi": 150, "draws": 150, "method": method}
    found = bunching(moved, 45, **options)
    assert abs(found.excess - late.sum()) < 4 * found.excess_std_error + 0.35 * late.sum()
    assert found.relative_ci_lo > 0
    none = bunching(smooth, 45, **options)
    assert abs(none.excess) < 4 * none.excess_std_error


def test_round_numbers_are_not_a_deadline():
    days = np.arange(121)
    counts = 20 + 15 * (days % 15 == 0)
    values = np.repeat(days, counts)
    plain = bunching(values, 45, below=0, degree=3, draws=10)
    allowed = bunching(values, 45, below=0, degree=3, round_to=(15,), draws=10)
    assert plain.excess > 10 and abs(allowed.excess) < 1e-6


def test_counts_by_firm_widen_the_error():
    rng = np.random.default_rng(5)
    values = np.repeat(np.floor(rng.gamma(2, 20, 400)), 5)
    firm = np.repeat(np.arange(400), 5)
    alone = bunching(values, 30, draws=150)
    by_firm = bunching(values, 30, draws=150, clusters=firm)
    assert by_firm.excess_std_error > 1.5 * alone.excess_std_error


@pytest.mark.parametrize(("options", "message"), [
    ({"deadline": 200}, "must lie inside"), ({"method": "other"}, "not one of"),
    ({"degree": 70, "hi": 60}, "lower the degree"), ({"lo": 25, "hi": 31}, "lower the degree"),
])
def test_faults(options, message):
    with pytest.raises(ValueError, match=message):
        bunching(DAYS, **{"deadline": 30, "draws": 2, **options})
    with pytest.raises(ValueError, match="whole days"):
        bunching([1.5, 2], 30)
