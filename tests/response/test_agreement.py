"""Agreement: published answers, a case worked by hand, and properties."""

import numpy as np
import pytest

from breachstudy.response import agreement as agreement_module
from breachstudy.response.agreement import (
    METRICS,
    agreement,
    forget_resamples,
    gwet_ac1,
    krippendorff_alpha,
    resampled,
    resamples_ahead,
)
from tests.published import ANSWERS, codes

EXACT = 1e-12
"""Same definition and double precision: nothing but rounding can differ."""
NAN = np.nan


@pytest.mark.parametrize("case", ["krippendorff_2011", "krippendorff_three"])
@pytest.mark.parametrize("metric", METRICS)
def test_alpha_equals_the_published_examples(case, metric):
    assert krippendorff_alpha(codes(case), metric) == pytest.approx(
        ANSWERS[case][metric], abs=EXACT)


def test_nominal_alpha_worked_by_hand():
    # Units (0,0) (1,1) (0,1) (1,1): coincidences o00=2, o11=4, o01=o10=1, margins 3 and 5, n=8.
    # D_o = 2/8; D_e = 2·3·5 / (8·7); alpha = 1 − 0.25 / (30/56).
    codes = [[0, 1, 0, 1], [0, 1, 1, 1]]
    assert krippendorff_alpha(codes) == pytest.approx(1 - 0.25 / (30 / 56), abs=EXACT)


def test_ac1_worked_by_hand():
    # Agreement 3/4; shares of code 0: 3/8, so chance is 2·(3/8)(5/8) / (2−1).
    codes = [[0, 1, 0, 1], [0, 1, 1, 1]]
    chance = 2 * (3 / 8) * (5 / 8)
    assert gwet_ac1(codes) == pytest.approx((0.75 - chance) / (1 - chance), abs=EXACT)


def test_ac1_counts_levels_that_nobody_chose():
    codes = [[0, 1, 0, 1], [0, 1, 1, 1]]
    chance = 2 * (3 / 8) * (5 / 8) / 2
    assert gwet_ac1(codes, n_levels=3) == pytest.approx((0.75 - chance) / (1 - chance), abs=EXACT)


def test_a_unit_with_one_code_changes_nothing():
    codes = np.array([[0, 1, 2, 1, NAN], [0, 1, 1, 1, 2]])
    assert krippendorff_alpha(codes, "ordinal") == pytest.approx(
        krippendorff_alpha(codes[:, :4], "ordinal"), abs=EXACT)


def test_ordinal_alpha_depends_on_order_only():
    rng = np.random.default_rng(3)
    codes = rng.integers(0, 4, (2, 60)).astype(float)
    stretched = np.array([0, 1, 10, 11])[codes.astype(int)]
    assert krippendorff_alpha(codes, "ordinal") == pytest.approx(
        krippendorff_alpha(stretched, "ordinal"), abs=EXACT)
    assert krippendorff_alpha(codes, "interval") != pytest.approx(
        krippendorff_alpha(stretched, "interval"), abs=1e-3)


def test_without_variation_alpha_is_undefined_and_ac1_is_not():
    codes = np.zeros((2, 30))
    found = agreement(codes, "nominal", n_levels=2)
    assert np.isnan(found.alpha) and np.isnan(found.alpha_lo)
    assert found.ac1 == 1.0 and found.share == 1.0 and found.prevalence == 0.0


def test_bootstrap_interval_covers_alpha_and_narrows_with_units():
    rng = np.random.default_rng(5)
    truth = rng.integers(0, 3, 400)
    noise = np.where(rng.uniform(size=(2, 400)) < 0.15, rng.integers(0, 3, (2, 400)), truth)
    small, large = (agreement(noise[:, :n], "ordinal") for n in (50, 400))
    for found in (small, large):
        assert found.alpha_lo < found.alpha < found.alpha_hi
    assert large.alpha_hi - large.alpha_lo < 0.6 * (small.alpha_hi - small.alpha_lo)


def test_the_same_seed_gives_the_same_interval():
    codes = np.random.default_rng(1).integers(0, 3, (2, 40)).astype(float)
    assert agreement(codes, "ordinal") == agreement(codes, "ordinal")
    assert agreement(codes, "ordinal") != agreement(codes, "ordinal", seed=1)


def test_unknown_metric_and_shape_are_named():
    with pytest.raises(ValueError, match="metric must be one of"):
        krippendorff_alpha([[0, 1], [0, 1]], "ordered")
    with pytest.raises(ValueError, match="coders × units"):
        krippendorff_alpha([0, 1])


@pytest.mark.parametrize("n", [2, 7, 300, 3001])
def test_resamples_come_in_parts_and_are_those_of_one_draw(n, monkeypatch):
    monkeypatch.setattr(agreement_module, "CELLS", 4000)
    forget_resamples()
    whole = np.random.default_rng(5).multinomial(n, np.full(n, 1.0 / n), size=40)
    resamples_ahead([n, n + 1], 40, 5)
    parts = list(resampled(n, 40, 5))
    assert np.array_equal(np.concatenate(parts), whole)
    assert all(p.size <= max(4000, n) for p in parts)
    assert len(parts) > 1 or n * 40 <= 4000
    forget_resamples()


@pytest.mark.parametrize("metric", METRICS)
def test_alpha_of_a_resample_is_alpha_of_its_units(metric):
    rng = np.random.default_rng(3)
    codes = rng.integers(0, 4, (2, 12)).astype(float)
    found = agreement(codes, metric, n_bootstrap=50, seed=9)
    weights = np.random.default_rng(9).multinomial(12, np.full(12, 1 / 12), size=50)
    each = [krippendorff_alpha(np.repeat(codes, w, axis=1), metric) for w in weights]
    low, high = np.percentile([a for a in each if np.isfinite(a)], [2.5, 97.5])
    assert (found.alpha_lo, found.alpha_hi) == pytest.approx((low, high), abs=EXACT)


def test_ac1_counts_units_of_one_coder_among_the_shares():
    # Gwet's example of raw ratings with gaps, as published with irrCAC (raw4raters): 0.77544.
    n = np.nan
    raters = [[1, 2, 3, 3, 2, 1, 4, 1, 2, n, n, n], [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, n, 3],
              [n, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, n], [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, n]]
    assert gwet_ac1(np.array(raters)) == pytest.approx(0.77544, abs=5e-6)
    # By hand: two units agree, one does not, and one coder alone gave a fourth unit a 1.
    codes = np.array([[0, 1, 0, 1], [0, 1, 1, n]])
    share = (0 + 1 + 0.5 + 1) / 4
    chance = 2 * share * (1 - share)
    assert gwet_ac1(codes) == pytest.approx((2 / 3 - chance) / (1 - chance), abs=EXACT)
    assert np.isnan(gwet_ac1(np.array([[0, n], [n, 1]])))
