"""Checks of arrays, and algebra that the estimators share."""

import numpy as np
import pandas as pd
import pytest

from breachstudy.estimation.arrays import (
    binary,
    codes,
    inverse_gram,
    matrix,
    resample,
    summed,
    vector,
    with_constant,
)


def test_inverse_gram_agrees_with_inversion_at_very_different_scales():
    x = np.random.default_rng(1).normal(size=(40, 3)) * [1, 1e6, 1e-6]
    product = inverse_gram(x, ["a", "b", "c"]) @ (x.T @ x)
    np.testing.assert_allclose(product, np.eye(3), atol=1e-3)
    np.testing.assert_allclose(np.diag(product), 1, rtol=1e-9)


def test_sums_and_draws_by_group():
    groups = codes(["b", "a", "b", "c"], 4)
    assert summed(np.array([1.0, 2, 3, 4]), groups).tolist() == [4, 2, 4]
    rng = np.random.default_rng(0)
    for _ in range(20):
        rows = resample(groups, rng)
        counts = np.bincount(rows, minlength=4)
        assert counts[0] == counts[2] and counts[0] + counts[1] + counts[3] == 3


@pytest.mark.parametrize(("call", "message"), [
    (lambda: vector([], "y"), "at least one value"),
    (lambda: vector([1, np.nan, np.inf], "y"), "2 missing or infinite"),
    (lambda: vector([1], "y", 2), "1 values where 2"),
    (lambda: binary([0, 0], "treated"), "0 in every row"),
    (lambda: matrix(pd.DataFrame({"a": [1.0]}), "x", 3), "1 rows where 3"),
    (lambda: matrix(pd.DataFrame(), "x"), "at least one row"),
    (lambda: with_constant(np.ones((5, 1))), "rank 1, not 2"),
    (lambda: inverse_gram(np.ones((1, 2)), ["a", "b"]), "1 rows cannot"),
    (lambda: codes(["a", None], 2), "missing"),
    (lambda: codes(["a", "a"], 2), "two groups"),
])
def test_faults(call, message):
    with pytest.raises(ValueError, match=message):
        call()
