"""Influence against R's dfbeta and refits, and against plain deletion."""

import numpy as np
import pandas as pd
import pytest

from breachstudy.estimation.influence import dfbeta, leave_one_group_out
from breachstudy.estimation.linear import fit_linear

from .confounding_data import DATA, EXACT, GOLDEN

X = DATA[["d", "x1", "x2", "x3"]].assign(const=1.0)


def test_agrees_with_r():
    found = dfbeta(DATA["y"], X)
    for column, golden in (("dfbeta_d", "dfbeta_d"), ("dfbetas_d", "dfbetas_d"),
                           ("cooks_distance", "cooks"), ("studentized", "rstudent")):
        np.testing.assert_allclose(found[column], GOLDEN[golden], rtol=1e-8, atol=1e-12)


def test_groups_agree_with_refits_in_r():
    found = leave_one_group_out(DATA["y"], X, DATA["firm"], "d").sort_values("group")
    np.testing.assert_allclose(found["estimate"], GOLDEN["loo_estimate"], rtol=EXACT)
    np.testing.assert_allclose(found["std_error"], GOLDEN["loo_se"], rtol=EXACT)


def test_case_by_hand():
    # Mean of 1, 2, 6 is 3; without the last it is 1.5.
    found = dfbeta([1.0, 2, 6], pd.DataFrame({"const": [1.0, 1, 1]}))
    np.testing.assert_allclose(found["dfbeta_const"], [-1.0, -0.5, 1.5])
    np.testing.assert_allclose(found["leverage"], 1 / 3)


def test_the_largest_change_comes_first_and_is_a_deletion():
    found = leave_one_group_out(DATA["y"], X, DATA["firm"], "x1")
    assert found["change"].abs().is_monotonic_decreasing
    keep = DATA["firm"] != found["group"][0]
    again = fit_linear(DATA["y"][keep], X[keep])
    assert found["estimate"][0] == pytest.approx(again.estimate[1])
    assert found["std_error"][0] == pytest.approx(again.std_error[1])


def test_a_term_that_rests_on_one_group_has_no_value_without_it():
    groups = np.where(DATA["x3"] == 1, "only", "other" + (DATA["firm"] % 3).astype(str))
    found = leave_one_group_out(DATA["y"], X, groups, "x3").set_index("group")
    assert np.isnan(found.loc["only", "estimate"]) and found.index[0] == "only"


def test_faults():
    with pytest.raises(ValueError, match="fitted alone"):
        dfbeta(DATA["y"], X.assign(one=(np.arange(80) == 4).astype(float)))
    with pytest.raises(ValueError, match="no column"):
        leave_one_group_out(DATA["y"], X, DATA["firm"], "speed")
    with pytest.raises(ValueError, match="two groups"):
        leave_one_group_out(DATA["y"], X, np.ones(80), "d")
