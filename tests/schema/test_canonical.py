"""Stored numbers: rounded to digits that no processor changes, without losing what they say."""

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from breachstudy.schema.canonical import DECIMALS, canonical, rounded


@pytest.mark.parametrize(("value", "stored"), [
    (0.123456789, 0.1234568), (-87.27463149, -87.27463), (123456789.25, 123456800.0),
    (1.0, 1.0), (147900123.0, 147900123.0), (0.5, 0.5), (1e-17, 0.0), (-1e-17, 0.0),
    (1.23456789e-05, 1.23457e-05), (9.9999999999, 10.0), (np.inf, np.inf)])
def test_a_number_keeps_seven_digits_and_at_most_ten_decimals(value, stored):
    found = rounded(np.array([value]))[0]
    assert found == stored
    assert not (found == 0 and np.signbit(found))


def test_the_result_is_the_float_nearest_to_the_decimal_number():
    values = np.random.default_rng(1).normal(size=5000) * 10.0 ** np.random.default_rng(2).integers(
        -8, 9, 5000)
    near = rounded(values, decimals=None)
    assert near.tolist() == [float(f"{v:.6e}") if v != np.rint(v) else v for v in values]


def test_rounding_twice_changes_nothing():
    values = np.random.default_rng(3).normal(size=2000) * 10.0 ** np.arange(-10, 10).repeat(100)
    once = rounded(values)
    assert rounded(once).tolist() == once.tolist()


def test_the_end_of_an_interval_near_zero_is_rounded_at_the_scale_of_its_error():
    frame = pd.DataFrame({"estimate": [0.01], "std_error": [0.005123456789],
                          "ci_lo": [-1.455790005e-06], "p_value": [1.23456789e-12]})
    found = canonical(frame).iloc[0]
    assert found["ci_lo"] == -1.456e-06          # the error's seventh digit is at 1e-9
    assert found["std_error"] == 0.005123457
    assert found["p_value"] == 1.234568e-12      # a tail keeps its digits however small


def test_zeros_of_balance_are_noise_and_types_stay():
    frame = pd.DataFrame({"smd_overlap": [9.18e-16, 0.12345678], "n": pd.array([1, 2], "Int64"),
                          "estimate": pd.array([0.1234567891, None], "Float64"),
                          "value": [1234567.891, 0.1], "name": ["a", "b"]})
    found = canonical(frame, frozenset({"value"}))
    assert found["smd_overlap"].tolist() == [0.0, 0.1234568]
    assert found["value"].tolist() == [1234567.891, 0.1]
    assert found.dtypes.tolist() == frame.dtypes.tolist()
    assert found["estimate"].isna().tolist() == [False, True]


NOISE = """
import numpy as np, pandas as pd
from breachstudy.estimation.linear import fit_linear
rng = np.random.default_rng(5)
year = 2004 + rng.integers(0, 20, 400)
x = pd.DataFrame({"const": 1.0, "year": year.astype(float), "z": rng.normal(size=400)})
y = pd.Series(rng.normal(size=400) + 0.01 * year)
fit = fit_linear(y, x, covariance="cluster", clusters=pd.Series(rng.integers(0, 90, 400)))
print(*(f"{v:.9e}" for v in [*fit.std_error, *fit.ci_lo]))
"""


@pytest.mark.parametrize("kernel", ["Prescott", "Haswell"])
def test_a_clustered_error_with_a_year_among_the_terms_keeps_nine_digits_on_another_kernel(kernel):
    from numpy._core._multiarray_umath import __cpu_features__

    if kernel == "Haswell" and not __cpu_features__.get("AVX2", False):
        pytest.skip("the processor has no AVX2")
    said = [subprocess.run([sys.executable, "-c", NOISE], capture_output=True, text=True,
                           check=True, env={**os.environ, **more}).stdout
            for more in ({}, {"OPENBLAS_CORETYPE": kernel})]
    a, b = (np.array(s.split(), dtype=float) for s in said)
    assert np.allclose(a, b, rtol=1e-9, atol=0)


def test_the_dataset_is_rounded_and_facts_are_not():
    import io

    from breachstudy.schema.codebook import tables
    from breachstudy.schema.parquet import to_parquet

    spec = tables("processed")["index_versions"]
    row = {c.name: {"string": "x", "integer": 1, "boolean": True}.get(c.type, 0.1234567891234)
           for c in spec.columns}
    row |= {c.name: next(iter(c.levels)) for c in spec.columns if c.levels}
    data = to_parquet(pd.DataFrame([row]), spec, "0")
    found = pd.read_parquet(io.BytesIO(data))
    assert found["value"].tolist() == [0.1234568]
    assert tables("processed")["cases"]["value"].exact
    assert DECIMALS == 10
