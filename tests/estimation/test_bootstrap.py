"""Wild cluster bootstrap: R's refits, published data, cases by hand, and properties."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from breachstudy.estimation import fit_linear
from breachstudy.estimation.bootstrap import (
    WEIGHTS,
    TooFewClustersError,
    cluster_weights,
    wild_cluster_bootstrap,
)
from tests.published import ANSWERS, padded, table

HERE = Path(__file__).parents[1]
GOLDEN = json.loads((HERE / "golden/estimation/bootstrap.json").read_text())
EXACT = 1e-9  # the same statistic by another algebra
PUBLISHED = 1e-8  # the digits of the condensed tables

X = pd.DataFrame({
    "const": 1.0,
    "x": [0.3, -1.2, 0.8, 1.9, -0.7, 0.1, 1.4, -0.2, -1.6, 0.6, 2.2, -0.9, 0.5, -0.4, 1.1, -1.8,
          0.9, 0.0],
    "z": [1, 2, 0, 1, 3, 2, 2, 0, 1, 1, 3, 0, 2, 1, 0, 3, 1, 2]})
Y = pd.Series([0.9, -0.8, 0.4, 2.6, 0.3, 1.2, 2.9, -1.1, -0.6, 1.7, 2.4, -1.9, 1.8, 0.2, 0.7, -0.3,
               1.6, -0.5])
G = pd.Series([1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 4, 4, 5, 5, 5, 5, 6, 6])


@pytest.mark.parametrize("null", [0.0, 0.5])
def test_every_sign_vector_as_refitted_in_r(null):
    expected = GOLDEN[f"{null:g}"]
    found = wild_cluster_bootstrap(Y, X, "x", G, null=null)
    assert found.is_enumerated and found.draws == 64
    assert abs(found.statistic) == pytest.approx(expected["t"][0], rel=EXACT)
    np.testing.assert_allclose(np.sort(np.abs(found.t_draws)), expected["draws"], rtol=1e-7)
    assert found.p_value == expected["at_least"][0]
    strict = wild_cluster_bootstrap(Y, X, "x", G, null=null, p_value_kind="strict")
    assert strict.p_value == expected["strict"][0]


def test_five_clusters_enumerated_as_published():
    expected = ANSWERS["five_clusters"]
    data = padded(table("five_clusters"), expected["n"], cluster=0)
    x = data[["intercept", "X1", "X2"]]
    found = wild_cluster_bootstrap(data["Y"], x, "X1", data["cluster"])
    strict = wild_cluster_bootstrap(data["Y"], x, "X1", data["cluster"], p_value_kind="strict")
    assert found.statistic == pytest.approx(expected["t"], rel=PUBLISHED)
    assert (found.p_value, strict.p_value) == (expected["at_least"], expected["strict"])
    np.testing.assert_allclose(np.sort(np.abs(found.t_draws)),
                               np.repeat(expected["abs_t_each_twice"], 2), rtol=PUBLISHED)


def test_voters_as_published():
    expected, data = ANSWERS["voters"], table("voters")
    found = wild_cluster_bootstrap(data["y"], data[["x"]], "x", pd.Series(data.index), seed=3)
    assert found.n_clusters == 40
    assert found.estimate == pytest.approx(expected["estimate"], abs=5e-11)  # as published
    # 40 rows and one column stand for 300 rows and 13.
    small = (expected["n"] - 1) / (expected["n"] - expected["k"])
    assert found.statistic / small**0.5 == pytest.approx(expected["t"], abs=5e-9)
    assert found.p_value < 0.01 and found.ci_lo > 0
    webb = wild_cluster_bootstrap(data["y"], data[["x"]], "x", pd.Series(data.index),
                                  weights="webb", seed=4)
    # Both approximate one distribution; three Monte Carlo errors of a 2.5 % quantile.
    assert webb.ci_lo == pytest.approx(found.ci_lo, abs=0.2 * found.std_error)


def test_the_statistic_is_the_clustered_t():
    fit = fit_linear(Y, X, covariance="cluster", clusters=G)
    found = wild_cluster_bootstrap(Y, X, "x", G, null=0.25)
    assert found.estimate == pytest.approx(fit.estimate[1], rel=EXACT)
    assert found.std_error == pytest.approx(fit.std_error[1], rel=EXACT)
    assert found.statistic == pytest.approx((fit.estimate[1] - 0.25) / fit.std_error[1], rel=EXACT)


@pytest.mark.parametrize("impose_null", [True, False])
@pytest.mark.parametrize("weights", ["rademacher", "webb", "mammen"])
def test_draws_equal_refits(weights, impose_null):
    found = wild_cluster_bootstrap(Y, X, "x", G, weights=weights, impose_null=impose_null,
                                   draws=99, seed=5)
    made, _ = cluster_weights(weights, 6, 99, 5)
    null = 0.0 if impose_null else found.estimate
    others = X[["const", "z"]].to_numpy()
    target = (Y - null * X["x"]).to_numpy()
    residual = target - others @ np.linalg.lstsq(others, target, rcond=None)[0]
    for v, t in list(zip(made, found.t_draws, strict=True))[:20]:
        y = Y - residual + residual * v[G - 1]
        fit = fit_linear(y, X, covariance="cluster", clusters=G)
        assert t == pytest.approx((fit.estimate[1] - null) / fit.std_error[1], rel=1e-7)


def test_mean_of_five_clusters_by_hand():
    # One row a cluster, y = 1, 2, 3, 4, 10 on a constant. |t| of a sign vector grows with |Σ|y|v|,
    # as the sum of squares is fixed: only all + and all − reach the sample's 20.
    y = pd.Series([1.0, 2, 3, 4, 10])
    found = wild_cluster_bootstrap(y, pd.DataFrame({"const": np.ones(5)}), "const",
                                   pd.Series(range(5)), confidence=None)
    assert found.p_value == 2 / 32
    # Variance of the mean 4: (9 + 4 + 1 + 0 + 36)/25 · 5/4 · 4/4 = 2.5.
    assert found.statistic == pytest.approx(4 / 2.5**0.5)


@pytest.mark.parametrize("kind", ["at_least", "strict"])
def test_interval_inverts_the_test(kind):
    found = wild_cluster_bootstrap(Y, X, "x", G, p_value_kind=kind, confidence=0.9)

    def p(null):
        return wild_cluster_bootstrap(Y, X, "x", G, null=null, p_value_kind=kind,
                                      confidence=None).p_value
    assert found.ci_lo < found.estimate < found.ci_hi
    for end in (found.ci_lo, found.ci_hi):
        inward = (found.estimate - end) * 1e-6
        assert p(end + inward) > 0.1 >= p(end - inward)


def test_interval_is_infinite_where_the_draws_cannot_reject():
    rows = G <= 5  # 32 sign vectors: the smallest p is 2/32 > 0.05
    found = wild_cluster_bootstrap(Y[rows], X[rows], "x", G[rows])
    assert (found.ci_lo, found.ci_hi) == (-np.inf, np.inf)
    webb = wild_cluster_bootstrap(Y[rows], X[rows], "x", G[rows], weights="webb")
    assert webb.is_enumerated and webb.draws == 6**5 and np.isfinite(webb.ci_lo)


def test_shift_and_scale_carry_over():
    base = wild_cluster_bootstrap(Y, X, "x", G)
    moved = wild_cluster_bootstrap(10 * (Y + 3 * X["x"] - 2 * X["z"] + 7), X, "x", G,
                                   null=30.0)
    assert moved.p_value == base.p_value
    assert moved.ci_lo == pytest.approx(10 * (base.ci_lo + 3), rel=1e-6)
    assert moved.ci_hi == pytest.approx(10 * (base.ci_hi + 3), rel=1e-6)


@pytest.mark.parametrize("kind", sorted(WEIGHTS))
def test_weights_have_mean_zero_and_variance_one(kind):
    points, chances = map(np.array, WEIGHTS[kind])
    assert chances.sum() == pytest.approx(1)
    assert points @ chances == pytest.approx(0, abs=1e-12)
    assert points**2 @ chances == pytest.approx(1)
    drawn, enumerated = cluster_weights(kind, 20, 4000, 1)
    assert not enumerated and set(np.unique(drawn)) == set(points)
    assert abs(drawn.mean()) < 4 / 80_000**0.5  # four standard errors of 80,000 draws
    again, _ = cluster_weights(kind, 20, 4000, 1)
    assert (drawn == again).all()


def test_sampled_p_is_never_zero_unless_strict():
    rng = np.random.default_rng(8)
    g = pd.Series(np.repeat(range(20), 5))
    x = pd.DataFrame({"const": 1.0, "x": rng.normal(size=100)})
    y = 5 * x["x"] + 0.1 * rng.normal(size=100)
    found = wild_cluster_bootstrap(y, x, "x", g, draws=999, confidence=None)
    strict = wild_cluster_bootstrap(y, x, "x", g, draws=999, confidence=None,
                                    p_value_kind="strict")
    assert found.p_value == 1 / 1000 and strict.p_value == 0
    assert 1 / 20 <= found.largest_share < 1


def test_too_few_clusters_are_refused_with_a_reason():
    with pytest.raises(TooFewClustersError, match=r"4 clusters are too few.*16 statistics"):
        wild_cluster_bootstrap(Y, X, "x", G.clip(upper=4))
    treated = X.assign(x=(G <= 2).astype(float))
    with pytest.raises(TooFewClustersError, match="only 2 of 6 clusters hold x = 1"):
        wild_cluster_bootstrap(Y, treated, "x", G)
    with pytest.raises(TooFewClustersError, match="only 2 of 6 clusters hold x = 0"):
        wild_cluster_bootstrap(Y, treated.assign(x=1 - treated["x"]), "x", G)


def test_faulty_calls_name_every_fault():
    with pytest.raises(ValueError, match=r"no term 'q'.*weights 'coin'.*9 draws.*confidence 95"):
        wild_cluster_bootstrap(Y, X, "q", G, weights="coin", draws=9, confidence=95)
    with pytest.raises(ValueError, match="missing values"):
        wild_cluster_bootstrap(Y.mask(Y.index == 2), X, "x", G)
    with pytest.raises(ValueError, match="linear combination"):
        wild_cluster_bootstrap(Y, X.assign(w=2 * X["z"] + 1), "w", G)
    with pytest.raises(ValueError, match="fits x exactly"):
        wild_cluster_bootstrap(2 * X["x"] + X["z"], X, "x", G)
