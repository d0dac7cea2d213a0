"""Robustness values, benchmarks, Oster's delta and E-values against published numbers and R."""

import numpy as np
import pandas as pd
import pytest

from breachstudy.estimation.sensitivity import (
    adjusted_estimate,
    benchmarks,
    contour,
    e_value,
    omitted_variable,
    oster,
    partial_r2,
    robustness_value,
)
from tests.published import ANSWERS, padded, table

from .confounding_data import DATA, EXACT, GOLDEN

PUBLISHED = 1e-8  # the digits of the condensed table

X = DATA[["d", "x1", "x2", "x3"]].assign(const=1.0)


def test_agrees_with_the_definitions_solved_in_r():
    found = omitted_variable(DATA["y"], X, "d")
    assert found.partial_r2 == pytest.approx(GOLDEN["partial_r2"][0], rel=EXACT)
    assert found.rv == pytest.approx(GOLDEN["rv"][0], rel=EXACT)
    assert found.rv_alpha == pytest.approx(GOLDEN["rv_alpha"][0], rel=EXACT)


@pytest.fixture(scope="module")
def darfur():
    """The published regression condensed: the other covariates and the villages are partialled
    out, and the rows give its degrees of freedom."""
    data = padded(table("darfur"), ANSWERS["darfur"]["df"] + 3)
    return data["peacefactor"], data[["const", "directlyharmed", "female"]]


def test_darfur_as_published(darfur):
    found, expected = omitted_variable(*darfur, "directlyharmed"), ANSWERS["darfur"]
    for name in ("df", "estimate", "std_error", "partial_r2", "rv", "rv_alpha"):
        assert getattr(found, name) == pytest.approx(expected[name], rel=PUBLISHED), name
    bounds = benchmarks(*darfur, "directlyharmed", ["female"], k=expected["times_female"])
    for ours, theirs in [("r2_treatment", "r2_treatment"), ("r2_outcome", "r2_outcome"),
                         ("estimate", "adjusted"), ("std_error", "adjusted_error")]:
        np.testing.assert_allclose(bounds[ours], expected[theirs], rtol=PUBLISHED)


def test_benchmark_of_one_is_reproduced_by_a_confounder_built_so(darfur):
    # A confounder that has the bound's partial R² with treatment and outcome moves the estimate
    # exactly to the bound: built from parts orthogonal to everything in the regression.
    y, x = darfur
    row = benchmarks(y, x, "directlyharmed", ["female"], k=[1]).iloc[0]
    rest = x.drop(columns="directlyharmed").to_numpy()

    def residual(v, m):
        return v - m @ np.linalg.lstsq(m, v, rcond=None)[0]

    d = residual(x["directlyharmed"].to_numpy(), rest)
    e = residual(y.to_numpy(), x.to_numpy())
    noise = residual(np.random.default_rng(0).normal(size=len(y)), np.column_stack([x, y]))
    d, e, noise = (v / np.linalg.norm(v) for v in (d, e, noise))
    a, b = np.sqrt(row["r2_treatment"]), np.sqrt(row["r2_outcome"] * (1 - row["r2_treatment"]))
    z = a * d + b * e + np.sqrt(1 - a * a - b * b) * noise
    full = omitted_variable(y, x.assign(z=z), "directlyharmed")
    assert full.estimate == pytest.approx(row["estimate"], rel=1e-8)
    assert full.std_error == pytest.approx(row["std_error"], rel=1e-8)


def test_robustness_value_by_hand_and_at_its_own_strength():
    # f = 1 (t = 3, df = 9): RV = (sqrt(5) − 1)/2.
    assert robustness_value(3, 9) == pytest.approx((np.sqrt(5) - 1) / 2)
    assert partial_r2(3, 9) == 0.5
    found = omitted_variable(DATA["y"], X, "d")
    value, _ = adjusted_estimate(found.estimate, found.std_error, found.df, found.rv, found.rv)
    assert abs(float(value)) < 1e-12
    half = omitted_variable(DATA["y"], X, "d", q=0.5)
    value, _ = adjusted_estimate(half.estimate, half.std_error, half.df, half.rv, half.rv)
    assert float(value) == pytest.approx(found.estimate / 2)
    assert robustness_value(1.0, 100, alpha=0.05) == 0.0


def test_benchmarks_grow_with_k_and_groups_join():
    found = benchmarks(DATA["y"], X, "d", ["x1", ["x1", "x2"]], k=[0.5, 1])
    assert (found.loc[[0, 1], "estimate"].diff().dropna() < 0).all()
    assert found["covariate"].tolist() == ["x1", "x1", "x1 + x2", "x1 + x2"]
    impossible = benchmarks(DATA["y"], X, "d", ["x1"], k=[100])
    assert impossible["estimate"].isna().all()


def test_contour_starts_at_the_estimate_and_falls():
    found = omitted_variable(DATA["y"], X, "d")
    grid = contour(found, limit=0.3, points=7)
    assert grid.estimate[0, 0] == found.estimate and grid.estimate.shape == (7, 7)
    assert (np.diff(grid.estimate[1:], axis=1) < 0).all()
    assert (np.diff(grid.estimate[:, 1:], axis=0) < 0).all()


@pytest.mark.parametrize(("slope", "delta", "effect"), [
    (0.5, 0.6, 0.4), (0.5, 1.0, 0.4), (-0.4, 0.8, 0.3), (0.7, 1.5, -0.2),
])
def test_oster_solves_selection_that_is_proportional_by_construction(slope, delta, effect):
    # x = slope·(w + delta·u) + v and y = effect·x + w + u + e with orthogonal parts: Oster's
    # assumptions hold in the sample itself, so delta and beta come out exactly.
    raw = np.column_stack([np.ones(200), np.random.default_rng(1).normal(size=(200, 4))])
    w, u, v, e = (np.linalg.qr(raw)[0][:, 1:] * np.sqrt(200)).T * [[1.3], [0.8], [1.0], [0.7]]
    x = slope * w + slope * delta * u + v
    y = effect * x + w + u + e
    r2 = 1 - e @ e / ((y - y.mean()) @ (y - y.mean()))
    frame = pd.DataFrame({"const": 1.0, "x": x, "w": w})
    found = oster(y, frame, "x", r2_max=r2, target=effect, delta=delta)
    assert found.delta == pytest.approx(delta)
    assert found.beta_star == pytest.approx(effect)
    assert min(abs(np.array(found.roots) - effect)) < 1e-8


def test_oster_without_unobserved_share_leaves_the_estimate():
    found = oster(DATA["y"], X, "d", delta=0.0)
    assert found.beta_star == pytest.approx(found.long_estimate)
    assert found.r2_max == pytest.approx(min(1, 1.3 * found.long_r2))
    again = oster(DATA["y"], X, "d", delta=found.delta)
    assert min(np.abs(again.roots)) < 1e-8  # at that delta zero is a solution


def test_e_values_as_published():
    # VanderWeele & Ding (2017): risk ratio 3.9 (1.8, 8.7) has 7.26 and 3.0.
    found = e_value(3.9, 1.8, 8.7)
    assert (round(found.point, 2), round(found.ci, 1)) == (7.26, 3.0)
    turned = e_value(1 / 3.9, 1 / 8.7, 1 / 1.8)
    assert turned.point == pytest.approx(found.point) and turned.ci == pytest.approx(found.ci)
    assert e_value(1.2, 0.9, 1.6).ci == 1.0 and e_value(1, 0.9, 1.1).point == 1.0
    assert e_value(4, 4, 4, measure="OR").ratio == 2.0
    assert e_value(1.0, 0, 2, measure="MD", sd=2.0).ratio == pytest.approx(np.exp(0.455))


@pytest.mark.parametrize(("call", "message"), [
    (lambda: omitted_variable(DATA["y"], X, "speed"), "no column 'speed'"),
    (lambda: omitted_variable(DATA["y"], X.assign(z=X["x1"]), "d"), "linear combinations"),
    (lambda: benchmarks(DATA["y"], X, "d", ["d"]), "own benchmark"),
    (lambda: oster(DATA["y"], X[["const", "d"]], "d"), "no controls"),
    (lambda: oster(DATA["y"], X, "d", r2_max=0.01), "r2_max"),
    (lambda: e_value(2, 3, 4), "does not hold"),
    (lambda: e_value(2, 1, 4, measure="MD"), "sd > 0"),
    (lambda: robustness_value(1, 1), "df must exceed"),
    (lambda: adjusted_estimate(1, 1, 10, 1.0, 0.1), "partial"),
])
def test_faults(call, message):
    with pytest.raises(ValueError, match=message):
        call()
