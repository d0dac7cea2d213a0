"""Shares and half-lives of a loss: by hand, by R's test inversion, and under a zero total."""

import numpy as np
import pytest

from breachstudy.estimation.decay import decay, fieller, quadratic_set

from .confounding_data import EXACT, GOLDEN


def paths(n, daily, noise, seed):
    return np.asarray(daily) + noise * np.random.default_rng(seed).normal(size=(n, len(daily)))


def test_case_by_hand():
    # Path −2, −3, −4, −3, −2, −1: half of the last day's −1 is passed on day 0; the trough is −4
    # on day 2, and −2 is reached on day 4.
    daily = np.array([[-2.0, -1, -1, 1, 1, 1]] * 3)
    found = decay(daily, first=3, draws=20)
    assert found.share == 4 and found.extreme_day == 2 and found.half_life == 2
    assert found.days_to_half == 0
    # −1 a day for four days: half of the loss after day 1, three quarters in the first three.
    steady = decay(-np.ones((3, 4)), first=3, draws=20)
    assert (steady.share, steady.days_to_half, steady.half_life) == (0.75, 1, np.inf)


def test_fieller_agrees_with_inversion_in_r():
    found = fieller(-1.2, -2.0, 0.04, 0.09, 0.03, 1.96)
    np.testing.assert_allclose(found[0], GOLDEN["fieller"], rtol=EXACT)


def test_fieller_ends_sit_on_the_test():
    a, b, va, vb, cov = 1.0, 3.0, 0.2, 0.5, 0.1
    for rho in fieller(a, b, va, vb, cov, 1.96)[0]:
        assert (a - rho * b) ** 2 == pytest.approx(1.96**2 * (va - 2 * rho * cov + rho**2 * vb))
    assert np.isinf(fieller(1.0, 0.1, 0.2, 0.5, 0.1, 1.96)[0][0])  # the total may be zero


@pytest.mark.parametrize(("coefficients", "expected"), [
    ((1, 0, -4), ((-2.0, 2.0),)), ((1, 0, 4), ()), ((-1, 0, -4), ((-np.inf, np.inf),)),
    ((-1, 0, 4), ((-np.inf, -2.0), (2.0, np.inf))), ((0, 2, -4), ((-np.inf, 2.0),)),
    ((0, -2, 4), ((2.0, np.inf),)), ((0, 0, 1), ()), ((0, 0, -1), ((-np.inf, np.inf),)),
])
def test_quadratic_sets(coefficients, expected):
    assert quadratic_set(*coefficients) == expected


def test_known_path_is_recovered():
    daily = [-2.0, -1, -0.5, -0.5, 0.5, 0.5, 0.5, 0.5]
    found = decay(paths(400, daily, 1.0, 3), draws=300)
    # The truth: 3.5 of 2 after three days; trough −4 on day 3, half gone on day 7.
    assert found.share_ci_lo < 3.5 / 2 < found.share_ci_hi
    (lo, hi), = found.share_set
    assert lo < 3.5 / 2 < hi
    assert found.half_life_ci_lo <= 4 <= found.half_life_ci_hi
    assert (found.path_std_error > 0).all()


def test_a_total_of_zero_gives_an_unbounded_set():
    found = decay(paths(50, np.zeros(10), 1.0, 4), draws=50)
    assert len(found.share_set) in (1, 2) and np.isinf(found.share_set[0][0])


def test_the_scale_and_sign_of_effects_do_not_matter():
    daily = paths(60, [-1.0, -0.5, 0.2, 0.3, 0.1], 0.3, 7)
    a, b = decay(daily, first=2, draws=60), decay(-3 * daily, first=2, draws=60)
    for name in ("share", "days_to_half", "half_life", "share_ci_lo", "half_life_ci_hi"):
        assert getattr(a, name) == pytest.approx(getattr(b, name))


def test_repeats_of_a_firm_are_one_cluster():
    daily = paths(30, [-1.0, -0.5, 0.2], 0.5, 9)
    firm = np.repeat(np.arange(30), 4)
    alone = decay(daily, first=1, draws=20)
    repeated = decay(np.repeat(daily, 4, axis=0), first=1, draws=20, clusters=firm)
    np.testing.assert_allclose(alone.path_std_error, repeated.path_std_error)


def test_faults():
    with pytest.raises(ValueError, match="1 events have a missing day"):
        decay(np.array([[1, np.nan], [1, 2]]))
    with pytest.raises(ValueError, match="first must lie"):
        decay(np.ones((3, 3)), first=3)
    with pytest.raises(ValueError, match="events × days"):
        decay(np.ones((1, 3)))
