"""Two-stage least squares and Anderson–Rubin sets against R, by hand, and with weak instruments."""

import numpy as np
import pandas as pd
import pytest

from breachstudy.estimation.iv import fit_iv

from .confounding_data import DATA, EXACT, GOLDEN

Z = DATA[["z1", "z2"]]
W = pd.DataFrame({"const": 1.0, "x1": DATA["x1"]})


def simulated(n, strength, seed, effect=1.0):
    rng = np.random.default_rng(seed)
    z, u = rng.normal(size=n), rng.normal(size=n)
    d = strength * z + u + 0.5 * rng.normal(size=n)
    return effect * d + 2 * u + rng.normal(size=n), d, pd.DataFrame({"z": z}), pd.DataFrame(
        {"const": np.ones(n)})


@pytest.mark.parametrize("covariance", ["classical", "HC1", "cluster"])
def test_agrees_with_formulas_in_r(covariance):
    found = fit_iv(DATA["yiv"], DATA["dose"], Z, W, covariance=covariance, clusters=DATA["firm"])
    assert found.estimate == pytest.approx(GOLDEN["iv_beta"][0], rel=EXACT)
    assert found.std_error == pytest.approx(GOLDEN[f"iv_{covariance}"][0], rel=EXACT)


def test_strength_and_set_agree_with_r():
    found = fit_iv(DATA["yiv"], DATA["dose"], Z, W)
    assert found.first_stage_f == pytest.approx(GOLDEN["iv_F"][0], rel=EXACT)
    assert found.effective_f == pytest.approx(GOLDEN["iv_effective_F"][0], rel=EXACT)
    assert found.ar_statistic == pytest.approx(GOLDEN["iv_ar0"][0], rel=EXACT)
    np.testing.assert_allclose(found.ar_set[0], GOLDEN["iv_ar_set"], rtol=1e-9)
    assert not found.is_weak and len(found.ar_set) == 1


def test_wald_ratio_by_hand():
    # A binary instrument moves d from 1 to 3 and y from 2 to 8 on average: 6/2.
    z = pd.DataFrame({"z": [0.0, 0, 0, 1, 1, 1]})
    found = fit_iv([1, 2, 3, 7, 8, 9.5 - 0.5], [1, 0, 2, 3, 2, 4], z,
                   pd.DataFrame({"const": np.ones(6)}))
    assert found.first_stage[0] == pytest.approx(2) and found.reduced_form[0] == pytest.approx(6)
    assert found.estimate == pytest.approx(3)
    # One instrument: both measures of its strength agree.
    assert found.first_stage_f == pytest.approx(found.effective_f)


def test_the_set_of_one_instrument_ends_where_the_test_does():
    y, d, z, one = simulated(200, 1.0, 3)
    found = fit_iv(y, d, z, one)
    from scipy.stats import chi2

    for end in found.ar_set[0]:
        moved = fit_iv(y - end * d, d, z, one)
        assert moved.ar_statistic == pytest.approx(chi2.ppf(0.95, 1), rel=1e-8)


def test_an_irrelevant_instrument_gives_an_unbounded_set():
    y, d, z, one = simulated(150, 0.0, 6)
    found = fit_iv(y, d, z, one)
    assert found.is_weak and np.isinf([e for pair in found.ar_set for e in pair]).any()
    z2 = z.assign(w=np.random.default_rng(1).normal(size=150))
    both = fit_iv(y, d, z2, one)
    assert both.is_weak and np.isinf([e for pair in both.ar_set for e in pair]).any()


def test_the_set_covers_when_two_stage_intervals_do_not():
    covered, wald = [], []
    for seed in range(200):
        y, d, z, one = simulated(100, 0.12, 100 + seed)
        found = fit_iv(y, d, z, one)
        covered.append(any(a <= 1.0 <= b for a, b in found.ar_set))
        wald.append(found.ci_lo <= 1.0 <= found.ci_hi)
    # 0.95 less three binomial errors of 200 runs is 0.90.
    assert np.mean(covered) >= 0.90


def test_exclusions_that_no_effect_fits_give_an_empty_set():
    rng = np.random.default_rng(9)
    z = pd.DataFrame(rng.normal(size=(2000, 2)), columns=["a", "b"])
    d = z["a"] + z["b"] + rng.normal(size=2000)
    y = 5 * z["a"] - 5 * z["b"] + rng.normal(size=2000)
    assert fit_iv(y, d, z, pd.DataFrame({"const": np.ones(2000)})).ar_set == ()


@pytest.mark.parametrize(("change", "message"), [
    ({"covariance": "HC9"}, "not one of"),
    ({"covariance": "cluster"}, "cluster needs"),
    ({"instruments": Z.assign(z3=Z["z1"])}, "linear combinations of earlier ones: z3"),
    ({"controls": W.assign(x2=np.nan)}, "in x2"),
])
def test_faults(change, message):
    arguments = {"instruments": Z, "controls": W, **change}
    with pytest.raises(ValueError, match=message):
        fit_iv(DATA["yiv"], DATA["dose"], **arguments)
