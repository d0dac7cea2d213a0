"""Adjusted p-values: R's p.adjust and multtest, cases by hand, and error rates held."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from breachstudy.estimation.multiplicity import adjust, benjamini_hochberg, holm, romano_wolf
from breachstudy.estimation.permutation import arrangements

GOLDEN = json.loads(
    (Path(__file__).parents[1] / "golden/estimation/permutation.json").read_text())
P = [0.01, 0.04, 0.03, 0.005, 0.6, 0.04]
EXACT = 1e-12


def test_as_in_r():
    np.testing.assert_allclose(holm(P), GOLDEN["holm"], rtol=EXACT)
    np.testing.assert_allclose(benjamini_hochberg(P), GOLDEN["bh"], rtol=EXACT)
    np.testing.assert_array_equal(adjust(P, "holm"), holm(P))


def test_by_hand():
    np.testing.assert_allclose(holm([0.02, 0.01, 0.5]), [0.04, 0.03, 0.5])
    np.testing.assert_allclose(benjamini_hochberg([0.02, 0.01, 0.5]), [0.03, 0.03, 0.5])
    # The largest |t| against the row maxima (3, 1, 4): 2 of 3; the other against its own column.
    np.testing.assert_allclose(
        romano_wolf([-2.0, 1.5], [[3, 1], [-1, 0], [2, 4]], is_exact=True), [2 / 3, 2 / 3])
    np.testing.assert_allclose(romano_wolf([-2.0, 1.5], [[3, 1], [-1, 0], [2, 4]]), [3 / 4, 3 / 4])


def test_romano_wolf_is_multtest_over_all_arrangements():
    y = np.array([[1.1, 2.3, 0.4, 1.9, 3.2, 4.1, 2.8, 3.9],
                  [0.2, -1.1, 0.9, 0.3, 1.0, 1.8, -0.2, 1.5],
                  [5.0, 4.1, 6.2, 5.5, 5.1, 4.7, 6.0, 5.9],
                  [-0.5, 0.7, 0.1, -0.2, 1.4, 0.9, 2.2, 0.4]])

    def welch(d):
        a, b = y[:, d == 1], y[:, d == 0]
        return ((a.mean(1) - b.mean(1))
                / np.sqrt(a.var(1, ddof=1) / 4 + b.var(1, ddof=1) / 4))
    d = np.repeat([0.0, 1.0], 4)
    null = np.array([welch(a) for a in arrangements(d, np.zeros(8, dtype=int))])
    np.testing.assert_allclose(welch(d), GOLDEN["mt_t"], rtol=1e-10)
    np.testing.assert_allclose(romano_wolf(welch(d), null, is_exact=True), GOLDEN["mt_adj"],
                               rtol=1e-10)


def test_order_of_the_tests_does_not_matter():
    rng = np.random.default_rng(1)
    p, t, null = rng.random(9), rng.normal(size=9) * 2, rng.normal(size=(300, 9))
    shuffled = rng.permutation(9)
    np.testing.assert_array_equal(holm(p)[shuffled], holm(p[shuffled]))
    np.testing.assert_array_equal(benjamini_hochberg(p)[shuffled], benjamini_hochberg(p[shuffled]))
    np.testing.assert_array_equal(romano_wolf(t, null)[shuffled],
                                  romano_wolf(t[shuffled], null[:, shuffled]))


def test_adjusted_is_never_below_raw_and_bh_never_above_holm():
    rng = np.random.default_rng(2)
    for _ in range(100):
        p = rng.random(8) ** 3
        assert (benjamini_hochberg(p) >= p - 1e-15).all()
        assert (holm(p) >= benjamini_hochberg(p) - 1e-15).all() and holm(p).max() <= 1


def test_perfect_dependence_costs_romano_wolf_nothing_and_holm_all():
    null = np.tile(np.random.default_rng(3).normal(size=(999, 1)), (1, 5))
    t = np.full(5, 2.5)
    single = (1 + (np.abs(null[:, 0]) >= 2.5).sum()) / 1000
    np.testing.assert_allclose(romano_wolf(t, null), single)
    assert holm(np.full(5, single))[0] == pytest.approx(5 * single)


def test_family_wise_error_is_held():
    rng = np.random.default_rng(4)
    mix = np.linalg.cholesky(0.5 * np.eye(6) + 0.5)
    null = rng.normal(size=(1999, 6)) @ mix.T
    errors = np.mean([(romano_wolf(rng.normal(size=6) @ mix.T, null) <= 0.1).any()
                      for _ in range(600)])
    # Three standard errors of a share of 0.1 in 600 (and of the quantile of 1,999 draws).
    assert abs(errors - 0.1) < 3 * (0.09 / 600 + 0.09 / 1999) ** 0.5


def test_missing_tests_do_not_leave_the_family():
    with pytest.raises(ValueError, match="positions 1, 2"):
        holm([0.1, np.nan, 1.2])
    with pytest.raises(ValueError, match="method 'sidak'"):
        adjust(P, "sidak")
    with pytest.raises(ValueError, match="has no place"):
        romano_wolf([1.0, np.nan], np.ones((3, 2)))
    with pytest.raises(ValueError, match=r"\(k,\) and \(draws, k\)"):
        romano_wolf([1.0], np.ones((3, 2)))
    with pytest.raises(ValueError, match="at least one"):
        benjamini_hochberg([])


P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=9)


@settings(max_examples=60, deadline=None)
@given(P_VALUES, st.randoms(use_true_random=False))
def test_adjustments_keep_the_order_and_lie_between_the_raw_p_and_bonferroni(p, random):
    p = np.array(p)
    for method in (holm, benjamini_hochberg):
        found = method(p)
        assert (found >= p - 1e-15).all() and (found <= np.minimum(1, len(p) * p) + 1e-15).all()
        order = np.argsort(p, kind="stable")
        assert (np.diff(found[order]) >= 0).all()
        shuffled = list(range(len(p)))
        random.shuffle(shuffled)
        np.testing.assert_array_equal(method(p[shuffled]), found[shuffled])
        # a test more never makes the others easier
        assert (method(np.append(p, 1.0))[:-1] >= found - 1e-15).all()


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 5), st.integers(1, 30), st.integers(0, 2**31), st.booleans())
def test_step_down_is_single_step_for_the_largest_and_never_below_a_test_alone(k, n, seed, exact):
    rng = np.random.default_rng(seed)
    t, null = rng.normal(size=k).round(1), rng.normal(size=(n, k)).round(1)  # rounded: with ties
    found = romano_wolf(t, null, is_exact=exact)
    top = np.argmax(np.abs(t))
    count = (np.abs(null).max(axis=1) >= np.abs(t[top]) - 1e-8).sum()
    assert found[top] == pytest.approx(count / n if exact else (1 + count) / (1 + n))
    for j in range(k):
        assert found[j] >= romano_wolf(t[[j]], null[:, [j]], is_exact=exact)[0] - 1e-15


def test_labels_of_another_order_are_refused():
    t = pd.Series([1.0, 2.0], index=["a", "b"])
    null = pd.DataFrame([[1.0, 3.0], [0.0, 1.0]], columns=["a", "b"])
    np.testing.assert_allclose(romano_wolf(t, null), romano_wolf(t.to_numpy(), null.to_numpy()))
    with pytest.raises(ValueError, match="labelled differently"):
        romano_wolf(t, null[["b", "a"]])
    assert romano_wolf(t, null.to_numpy()).shape == (2,)


@pytest.mark.parametrize("shapes", [((2, 1), (3, 2)), ((2,), (2,)), ((2,), (3, 3)), ((0,), (3, 0)),
                                    ((2,), (0, 2))])
def test_every_wrong_shape_is_refused(shapes):
    with pytest.raises(ValueError, match=r"must be \(k,\)"):
        romano_wolf(np.ones(shapes[0]), np.ones(shapes[1]))
    with pytest.raises(ValueError, match="has no place"):
        romano_wolf([1.0], [[1.0], [np.nan]])
    with pytest.raises(ValueError, match="at least one"):
        holm(np.ones((2, 2)) / 2)


def test_the_ends_of_the_scale_are_p_values():
    np.testing.assert_array_equal(holm([0.0, 1.0]), [0.0, 1.0])
    for wrong in (-1e-9, 1 + 1e-9):
        with pytest.raises(ValueError, match="positions 1 are"):
            holm([0.5, wrong])
    with pytest.raises(ValueError, match="positions 2 are"):
        holm([0.0, 1.0, 2.0])
    with pytest.raises(ValueError, match="positions 1 are"):
        holm(pd.array([0.1, None], dtype="Float64"))
    np.testing.assert_array_equal(adjust(P, "benjamini_hochberg"), benjamini_hochberg(P))


def test_a_draw_equal_but_for_rounding_counts_and_one_farther_below_does_not():
    assert romano_wolf([1.0], [[1 - 1e-10], [0.0]], is_exact=True)[0] == 0.5
    assert romano_wolf([1.0], [[1 - 1e-8], [0.0]], is_exact=True)[0] == 0.0
