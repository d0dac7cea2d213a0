"""Least squares with robust errors, against R's sandwich and Petersen's published data."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from breachstudy.estimation import fit_linear
from tests.published import ANSWERS, padded, table

HERE = Path(__file__).parents[1]
GOLDEN = json.loads((HERE / "golden/estimation/censored.json").read_text())
EXACT = 1e-10  # same formula, different linear algebra
PUBLISHED = 1e-8  # the digits of the condensed tables

X = pd.DataFrame({
    "const": 1.0,
    "x1": [0.2, 1.1, -0.4, 2.3, 0.9, -1.2, 0.4, 1.7, -0.6, 0.1, 1.3, -0.9],
    "x2": [1.0, 0, 0, 1, 1, 0, 1, 0, 1, 0, 0, 1],
})
Y = pd.Series([1.3, 2.2, 0.1, 5.9, 2.8, -1.0, 1.9, 3.1, 0.7, 0.4, 2.9, -0.2])
G = pd.Series(np.repeat([1, 2, 3, 4], 3))


@pytest.mark.parametrize("covariance", ["HC1", "HC2", "HC3", "cluster"])
def test_matches_sandwich(covariance):
    fit = fit_linear(Y, X, covariance=covariance, clusters=G)
    np.testing.assert_allclose(fit.estimate, GOLDEN["coef"], rtol=EXACT)
    np.testing.assert_allclose(fit.std_error, GOLDEN[covariance], rtol=EXACT)


def test_petersen_by_year_as_published():
    expected = ANSWERS["petersen"]
    data = padded(table("petersen_years"), expected["n"], cluster=1)
    found = fit_linear(data["y"], data[["const", "x"]], covariance="cluster",
                       clusters=data["cluster"])
    assert found.estimate[1] == pytest.approx(expected["slope"], rel=PUBLISHED)
    assert found.std_error[1] == pytest.approx(expected["by_year"], rel=PUBLISHED)
    assert found.n_clusters == 10 and found.df == 9


def test_petersen_by_firm_as_published():
    expected = ANSWERS["petersen"]
    data = table("petersen_firms")
    found = fit_linear(data["y"], data[["x"]], covariance="cluster", clusters=pd.Series(data.index))
    assert found.estimate[0] == pytest.approx(expected["slope"], rel=PUBLISHED)
    # 500 rows and one column stand for 5,000 rows and two.
    small = (expected["n"] - 1) / (expected["n"] - 2)
    assert found.std_error[0] * small**0.5 == pytest.approx(expected["by_firm"], rel=PUBLISHED)
    assert found.n_clusters == 500 and found.df == 499


def test_recovers_a_known_coefficient():
    rng = np.random.default_rng(20261124)
    x = pd.DataFrame({"const": 1.0, "x": rng.normal(size=4000)})
    y = 2.0 - 0.5 * x["x"] + rng.normal(size=4000) * (1 + x["x"].abs())
    fit = fit_linear(y, x)
    assert fit.ci_lo[1] < -0.5 < fit.ci_hi[1]
    assert abs(fit.estimate[1] + 0.5) < 4 * fit.std_error[1]


def test_collinear_terms_are_named_not_dropped():
    x = X.assign(x3=X["x1"] * 2 - X["const"])
    with pytest.raises(ValueError, match="x3"):
        fit_linear(Y, x)


@pytest.mark.parametrize(("change", "message"), [
    ({"covariance": "HC9"}, "HC9"),
    ({"covariance": "cluster", "clusters": None}, "two clusters"),
])
def test_faulty_calls(change, message):
    with pytest.raises(ValueError, match=message):
        fit_linear(Y, X, **change)


def test_missing_values_are_refused():
    with pytest.raises(ValueError, match="missing"):
        fit_linear(Y.mask(Y.index == 3), X)
