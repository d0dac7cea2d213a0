"""Kaplan–Meier and Aalen–Johansen against R's survival, by hand, and against each other."""

import numpy as np
import pytest

from breachstudy.estimation.survival import cumulative_incidence, kaplan_meier

from .confounding_data import DATA, EXACT, GOLDEN


def test_kaplan_meier_agrees_with_survfit():
    found = kaplan_meier(DATA["time"], DATA["cause"] > 0)
    for name, ours in (("time", found.time), ("surv", found.survival), ("se", found.std_error),
                       ("lo", found.ci_lo), ("hi", found.ci_hi)):
        np.testing.assert_allclose(ours, GOLDEN[f"km_{name}"], rtol=EXACT)


def test_incidence_and_its_jackknife_agree_with_survfit():
    found = cumulative_incidence(DATA["time"], DATA["cause"])
    np.testing.assert_allclose(found.incidence[:, 0], GOLDEN["incidence"], atol=1e-12)
    np.testing.assert_allclose(found.std_error[:, 0], GOLDEN["incidence_se"], atol=1e-12)
    by_firm = cumulative_incidence(DATA["time"], DATA["cause"], clusters=DATA["firm"])
    np.testing.assert_allclose(by_firm.std_error[:, 0], GOLDEN["incidence_cluster"], atol=1e-12)


def test_case_by_hand():
    # Times 1 (suit), 2 (censored), 3 (penalty), 4 (suit): after the first the three at risk shrink
    # to two, so the penalty has 3/4 · 1/2 and the last suit the remaining 3/8.
    found = cumulative_incidence([1, 2, 3, 4], [1, 0, 2, 1])
    np.testing.assert_allclose(found.incidence, [[1/4, 0], [1/4, 3/8], [5/8, 3/8]])
    np.testing.assert_allclose(found.survival, [3/4, 3/8, 0], atol=1e-15)
    assert found.at(3.5, 2)[0] == pytest.approx(3 / 8) and found.at(0.5, 1)[0] == 0
    km = kaplan_meier([1, 2, 3, 4], [1, 0, 1, 1])
    np.testing.assert_allclose(km.survival, [3/4, 3/8, 0], atol=1e-15)
    assert km.quantile(0.5) == 3 and km.std_error[0] == pytest.approx(np.sqrt(3 / 64))
    assert kaplan_meier([1, 5], [1, 0]).quantile(0.9) == np.inf


def test_incidences_and_survival_sum_to_one_below_naive_complements():
    found = cumulative_incidence(DATA["time"], DATA["cause"])
    np.testing.assert_allclose(found.incidence.sum(axis=1) + found.survival, 1)
    naive = kaplan_meier(DATA["time"], DATA["cause"] == 1)
    last = found.at(float(naive.time[-1]), 1)[0]
    assert last < 1 - naive.survival[-1]


def test_without_censoring_it_is_the_share():
    rng = np.random.default_rng(3)
    t, c = rng.integers(1, 20, 200), rng.integers(1, 3, 200)
    found = cumulative_incidence(t, c)
    share = ((t <= 10) & (c == 2)).mean()
    value, se, lo, hi = found.at(10, 2)
    assert value == pytest.approx(share)
    assert se == pytest.approx(np.sqrt(share * (1 - share) / 200))
    assert 0 < lo < value < hi < 1


@pytest.mark.parametrize(("time", "cause", "message"), [
    ([1, -1], [1, 0], "negative"), ([1, 2], [0, 0], "no row has an event"),
    ([1, 2], [0.5, 1], "0 for censored"), ([1, np.nan], [1, 1], "missing"),
])
def test_faults(time, cause, message):
    with pytest.raises(ValueError, match=message):
        cumulative_incidence(time, cause)
    with pytest.raises(ValueError, match="cumulative_incidence"):
        kaplan_meier([1, 2], [1, 2])
