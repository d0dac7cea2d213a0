"""Least squares with robust errors, against R's sandwich and Petersen's published data."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from breachstudy.estimation import fit_linear

HERE = Path(__file__).parents[1]
GOLDEN = json.loads((HERE / "golden/estimation/censored.json").read_text())
FIXTURES = HERE.parents[1] / "shared" / "fixtures"
EXACT = 1e-10  # same formula, different linear algebra

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


@pytest.mark.skipif(not (FIXTURES / "petersen").is_dir(), reason="published data not at hand")
def test_petersen():
    data = pd.read_csv(FIXTURES / "petersen" / "PetersenCL.csv")
    x = pd.DataFrame({"const": 1.0, "x": data["x"]})
    by_firm = fit_linear(data["y"], x, covariance="cluster", clusters=data["firm"])
    assert by_firm.estimate[1] == pytest.approx(1.0348334394616951, rel=1e-9)
    assert by_firm.std_error[1] == pytest.approx(0.050595725884029615, rel=1e-9)
    assert by_firm.n_clusters == 500 and by_firm.df == 499
    by_year = fit_linear(data["y"], x, covariance="cluster", clusters=data["year"])
    assert by_year.std_error[1] == pytest.approx(0.03338891341192648, rel=1e-9)


@pytest.mark.skipif(not (FIXTURES / "petersen").is_dir(), reason="published data not at hand")
def test_petersen_two_ways_and_the_rest():
    data = pd.read_csv(FIXTURES / "petersen" / "PetersenCL.csv")
    expected = json.loads((FIXTURES / "expected.json").read_text())["petersen"]
    x = pd.DataFrame({"const": 1.0, "x": data["x"]})
    both = fit_linear(data["y"], x, covariance="cluster", clusters=data[["firm", "year"]])
    np.testing.assert_allclose(both.std_error, expected["se_firm_year"], rtol=1e-9)
    assert both.n_clusters == 10 and both.df == 9  # years, the fewer
    hc1 = fit_linear(data["y"], x, covariance="HC1")
    np.testing.assert_allclose(hc1.std_error, expected["se_HC1"], rtol=1e-9)


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
