"""Equivalence, verdicts and power: base R, cases by hand, and properties."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from breachstudy.estimation.equivalence import (
    VERDICTS,
    equivalence_power,
    equivalence_test,
    minimum_detectable_effect,
    power,
    verdict,
)

GOLDEN = json.loads((Path(__file__).parents[1] / "golden/estimation/rubin.json").read_text())
EXACT = 1e-8  # R's noncentral t stops at about 1e-10, and integrate at its tolerance


def test_two_one_sided_tests_as_in_r():
    found = equivalence_test(0.1, 0.2, 24, (-0.5, 0.5))
    np.testing.assert_allclose([found.p_lower, found.p_upper], GOLDEN["tost"], rtol=EXACT)
    assert found.p_value == found.p_upper


def test_power_and_detectable_effect_as_in_r():
    np.testing.assert_allclose(power([0.1, 0.4, 0.6], 0.2, 24), GOLDEN["power"], rtol=1e-7)
    assert minimum_detectable_effect(0.2, 24) == pytest.approx(GOLDEN["mde"][0], rel=1e-6)


def test_equivalence_power_as_integrated_in_r():
    np.testing.assert_allclose(
        [equivalence_power(0, 0.2, 24, 0.7)[0], equivalence_power(0.3, 0.2, 24, 0.7)[0],
         equivalence_power(0, 0.2, 4, 0.5)[0]], GOLDEN["eq_power"], rtol=1e-6)


def test_by_hand_with_normal_errors():
    # 1.959964 + 0.841621 = 2.801585, the usual factor 2.8; the far tail has a chance of 1e-6.
    assert minimum_detectable_effect(1.0) == pytest.approx(2.801585, abs=5e-6)
    # Standard deviation 5, bound 0.5, true effect 0: n = 860 gives power 0.8
    # (bound/se = 2.9326 = 1.6449 + 1.2877, and 2·Φ(1.2877) − 1 = 0.8021).
    assert equivalence_power(0, 5 / 860**0.5, np.inf, 0.5)[0] == pytest.approx(0.8021, abs=1e-4)
    assert equivalence_test(0.0, 1.0, np.inf, (-1.959964, 1.959964)).p_value == pytest.approx(
        0.025, abs=1e-7)


@pytest.mark.parametrize(("estimate", "std_error", "sign", "expected"), [
    (-0.9, 0.2, -1, "supported"),
    (-0.9, 0.2, 1, "contrary"),
    (-0.9, 0.2, 0, "supported"),
    (0.05, 0.1, 1, "too_small_to_matter"),
    (0.2, 0.05, 1, "too_small_to_matter"),  # differs from zero, and yet too small
    (0.2, 0.4, 1, "inconclusive"),
])
def test_verdicts(estimate, std_error, sign, expected):
    found = verdict(estimate, std_error, 200, smallest_effect=0.5, predicted_sign=sign)
    assert found.verdict == expected and found.reason


def test_adjusted_p_values_decide():
    plain = verdict(-0.9, 0.4, 200, smallest_effect=0.5, predicted_sign=-1)
    adjusted = verdict(-0.9, 0.4, 200, smallest_effect=0.5, predicted_sign=-1, p_value=0.12)
    assert (plain.verdict, adjusted.verdict) == ("supported", "inconclusive")
    assert adjusted.p_zero == 0.12
    assert verdict(0.0, 0.1, 200, smallest_effect=0.5, predicted_sign=1,
                   p_equivalence=0.2).verdict == "inconclusive"


@pytest.mark.parametrize(("p_value", "p_equivalence", "expected"), [
    (0.05, 0.2, "supported"), (0.0501, 0.2, "inconclusive"), (0.2, 0.05, "too_small_to_matter"),
    (0.2, 0.0501, "inconclusive"), (0.0, 1.0, "supported"), (1.0, 0.0, "too_small_to_matter")])
def test_a_p_value_equal_to_alpha_decides(p_value, p_equivalence, expected):
    found = verdict(0.9, 0.4, 200, smallest_effect=0.5, predicted_sign=1, p_value=p_value,
                    p_equivalence=p_equivalence)
    assert found.verdict == expected
    assert (found.p_zero, found.p_equivalence) == (p_value, p_equivalence)


def test_the_parts_of_an_equivalence_test_by_hand():
    found = equivalence_test(0.2, 0.1, np.inf, (-0.5, 0.6), alpha=0.1)
    assert (found.bound_lo, found.bound_hi, found.alpha) == (-0.5, 0.6, 0.1)
    assert found.p_lower == pytest.approx(stats.norm.sf(7))
    assert found.p_upper == pytest.approx(stats.norm.cdf(-4))
    assert found.p_value == max(found.p_lower, found.p_upper)
    assert (found.ci_lo, found.ci_hi) == pytest.approx((0.2 - 0.128155, 0.2 + 0.128155), abs=1e-6)
    plain = verdict(0.2, 0.1, np.inf, smallest_effect=0.5, predicted_sign=1)
    assert plain.p_zero == pytest.approx(2 * stats.norm.sf(2))
    assert plain.p_equivalence == pytest.approx(stats.norm.sf(3))


def test_power_scales_with_the_error_and_stays_a_probability():
    np.testing.assert_allclose(power([0.3], 0.1, 8), power([3.0], 1.0, 8))
    np.testing.assert_allclose(power([0.0, 3.0], 1.0), [0.05, stats.norm.sf(1.959964 - 3)
                                                       + stats.norm.cdf(-1.959964 - 3)], rtol=1e-5)
    assert minimum_detectable_effect(0.5, 20) == pytest.approx(
        0.5 * minimum_detectable_effect(1.0, 20))
    assert minimum_detectable_effect(1.0, 2) > 4 * 0.9  # beyond the first guess
    assert equivalence_power([0, 0.1], 1.0, 3, 0.01).tolist() == pytest.approx([0, 0], abs=1e-2)


def test_interval_within_bounds_is_equivalence():
    rng = np.random.default_rng(1)
    for _ in range(200):
        estimate, se, df = rng.normal() * 0.4, rng.uniform(0.05, 0.5), rng.integers(3, 60)
        found = equivalence_test(estimate, se, df, (-0.5, 0.6))
        assert (found.p_value < 0.05) == (found.ci_lo > -0.5 and found.ci_hi < 0.6)
        assert verdict(estimate, se, df, smallest_effect=0.5,
                       predicted_sign=1).verdict in VERDICTS


def test_power_is_the_rejection_rate_of_simulated_tests():
    rng = np.random.default_rng(2)
    x = rng.normal(0.45, 1, size=(20_000, 25))
    mean, se = x.mean(1), x.std(1, ddof=1) / 5
    rejected = np.mean(np.abs(mean / se) > stats.t.isf(0.025, 24))
    equivalent = np.mean((mean - stats.t.isf(0.05, 24) * se > -0.8)
                         & (mean + stats.t.isf(0.05, 24) * se < 0.8))
    # Four Monte Carlo errors of a share of 20,000.
    assert power(0.45, 0.2, 24)[0] == pytest.approx(rejected, abs=4 * 0.5 / 20_000**0.5)
    assert equivalence_power(0.45, 0.2, 24, 0.8)[0] == pytest.approx(
        equivalent, abs=4 * 0.5 / 20_000**0.5)


def test_power_rises_with_the_effect_from_alpha_to_one():
    curve = power(np.linspace(0, 20, 60), 1.0, 12)
    assert curve[0] == pytest.approx(0.05) and curve[-1] == pytest.approx(1)
    assert (np.diff(curve) >= -1e-12).all()
    np.testing.assert_allclose(power([-0.7], 1.0, 12), power([0.7], 1.0, 12))


@pytest.mark.parametrize(("call", "message"), [
    (lambda: equivalence_test(0, 1, 10, (1, -1)), "not in order"),
    (lambda: equivalence_test(0, 0, 10, (-1, 1)), "standard error"),
    (lambda: equivalence_test(0, 1, 0, (-1, 1)), "degrees of freedom"),
    (lambda: verdict(0, 1, 5, smallest_effect=0, predicted_sign=1), "smallest effect"),
    (lambda: verdict(0, 1, 5, smallest_effect=1, predicted_sign=2), "predicted_sign"),
    (lambda: verdict(np.nan, 1, 5, smallest_effect=1, predicted_sign=1), "not tested"),
    (lambda: verdict(0, 1, 5, smallest_effect=1, predicted_sign=1, p_value=1.2), "outside"),
    (lambda: minimum_detectable_effect(1, wanted=0.01), "not between"),
    (lambda: equivalence_power(0, 1, 5, -1), "above zero"),
    (lambda: equivalence_power(0, 1, 5, 0), "above zero"),
    (lambda: equivalence_test(0, 1, 10, (1, 1)), "not in order"),
    (lambda: equivalence_test(0, np.inf, 10, (-1, 1)), "standard error"),
    (lambda: equivalence_test(0, 1, 10, (-1, 1), alpha=0), "alpha"),
    (lambda: equivalence_test(0, 1, 10, (-1, 1), alpha=0.5), "alpha"),
    (lambda: minimum_detectable_effect(1, wanted=0.05), "not between"),
    (lambda: minimum_detectable_effect(1, wanted=1), "not between"),
    (lambda: power(1, 0), "standard error"),
    (lambda: verdict(0, 1, 5, smallest_effect=1, predicted_sign=1, p_equivalence=-0.1), "outside"),
])
def test_faulty_calls(call, message):
    with pytest.raises(ValueError, match=message):
        call()
