"""SIMEX against its closed form for a line, R's algebra, and known slopes."""

import numpy as np
import pytest

from breachstudy.estimation.measurement import (
    draw_between_coders,
    error_sd,
    extrapolate,
    matrix_power,
    misclassification,
    simex,
    simex_levels,
)
from breachstudy.estimation.rubin import combine

from .confounding_data import EXACT, GOLDEN

PI = np.array([[0.85, 0.1, 0.02], [0.1, 0.8, 0.13], [0.05, 0.1, 0.85]])
RUNG = np.array([0, 0.5, 1, 1.5, 2])


def line(y):
    def fit(w):
        x = np.column_stack([np.ones_like(w), w])
        inverse = np.linalg.inv(x.T @ x)
        beta = inverse @ x.T @ y
        return beta, inverse * ((y - x @ beta) ** 2).sum() / (len(y) - 2)
    return fit


def test_extrapolation_and_powers_agree_with_r():
    path = np.array([[0.81], [0.66], [0.55], [0.49], [0.44]])
    assert extrapolate(RUNG, path, "quadratic")[0] == pytest.approx(
        GOLDEN["simex_quadratic"][0], rel=EXACT)
    np.testing.assert_allclose(matrix_power(PI, 1.5).T.ravel(), GOLDEN["pi_power"], rtol=EXACT)


def test_extrapolations_by_hand():
    # Attenuation of a line: beta(λ) = 2/(1 + (1 + λ)·0.5); without error it is 2.
    path = (2 / (1 + (1 + RUNG) * 0.5))[:, None]
    assert extrapolate(RUNG, path, "rational")[0] == pytest.approx(2)
    assert extrapolate(RUNG, (3 - RUNG)[:, None], "linear")[0] == pytest.approx(4)
    assert extrapolate(RUNG, (3 - RUNG)[:, None], "rational")[0] == pytest.approx(4)


def test_matrix_powers_compose():
    np.testing.assert_allclose(matrix_power(PI, 2), PI @ PI, atol=1e-12)
    np.testing.assert_allclose(matrix_power(PI, 0.5) @ matrix_power(PI, 0.5), PI, atol=1e-12)
    with pytest.raises(ValueError, match="too noisy"):
        matrix_power(np.array([[0.3, 0.7], [0.7, 0.3]]), 0.5)


def test_slope_attenuated_by_half_is_recovered():
    rng = np.random.default_rng(41)
    x = rng.normal(size=4000)
    w = x + 0.7 * rng.normal(size=4000)
    y = 1 + 2 * x + rng.normal(size=4000)
    found = simex(line(y), w, 0.7, draws=40, extrapolation="rational")
    assert found.naive[1] == pytest.approx(2 / 1.49, abs=0.08)
    assert abs(found.estimate[1] - 2) < 4 * found.std_error[1] < 0.5
    # The mean estimate at each added error follows the closed form.
    np.testing.assert_allclose(found.path[:, 1] / found.path[0, 1],
                               1.49 / (1 + 0.49 * (1 + found.levels)), rtol=0.03)
    quadratic = simex(line(y), w, 0.7, draws=40)
    assert found.naive[1] < quadratic.estimate[1] < 2.1


def test_misclassified_levels_are_corrected():
    rng = np.random.default_rng(42)
    truth = rng.choice([0.0, 1, 2], 6000, p=[0.5, 0.3, 0.2])
    cut = np.cumsum(PI, axis=0)[:, truth.astype(int)]
    coded = (rng.random(6000) > cut).sum(axis=0).astype(float)
    y = 0.5 * truth + rng.normal(size=6000)
    pi = misclassification(truth, coded, [0, 1, 2])
    np.testing.assert_allclose(pi, PI, atol=0.05)
    found = simex_levels(line(y), coded, [0, 1, 2], pi, draws=30)
    assert found.naive[1] < 0.45 < found.estimate[1] < 0.55
    # At λ = 1 the codes have been misclassified twice.
    assert found.path[0, 1] > found.path[2, 1]


def test_misclassification_by_hand():
    pi = misclassification([0, 0, 0, 1, 1], [0, 0, 1, 1, 1], [0, 1])
    np.testing.assert_allclose(pi, [[2 / 3, 0], [1 / 3, 1]])
    assert error_sd([1, 2, 3], [2, 2, 2]) == pytest.approx(1 / np.sqrt(2))


def test_draws_take_only_what_a_coder_gave_and_widen_the_error():
    codings = np.array([[0, 1, np.nan, 2], [1, 1, 3, np.nan]])
    drawn = draw_between_coders(codings, 400)
    assert set(drawn[:, 0]) == {0.0, 1.0} and (drawn[:, 1:] == [1, 3, 2]).all()
    assert drawn[:, 0].mean() == pytest.approx(0.5, abs=0.1)
    rng = np.random.default_rng(6)
    first = rng.normal(size=200)
    pair = np.array([first, first + rng.normal(size=200)])
    y = first + rng.normal(size=200)
    fits = [line(y)(w) for w in draw_between_coders(pair, 20)]
    found = combine([f[0] for f in fits], [np.diag(f[1]) for f in fits])
    assert (found.between > 0).all() and (found.std_error**2 > found.within).all()


@pytest.mark.parametrize(("call", "message"), [
    (lambda: simex(line(np.ones(3)), [1, 2, 3], 0), "sd must be positive"),
    (lambda: simex(line(np.ones(3)), [1, 2, 3], 1, levels=[]), "more than 2"),
    (lambda: simex(line(np.ones(3)), [1, 2, 3], 1, extrapolation="cubic"), "not one of"),
    (lambda: simex_levels(line(np.ones(3)), [0, 1, 5], [0, 1], np.eye(2)), "outside order"),
    (lambda: simex_levels(line(np.ones(3)), [0, 1, 1], [0, 1], np.ones((2, 2))), "sum to one"),
    (lambda: misclassification([0, 0], [0, 1], [0, 1]), "never occur"),
    (lambda: misclassification([0, 7], [0, 1], [0, 1]), "outside the levels: 7"),
    (lambda: draw_between_coders([[np.nan, 1], [np.nan, 1]], 5), "1 units have no code"),
])
def test_faults(call, message):
    with pytest.raises(ValueError, match=message):
        call()
