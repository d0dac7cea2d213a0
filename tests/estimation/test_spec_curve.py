"""Specification curve: every model as R fits it, an intercept always, located errors."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from breachstudy.estimation import fit_linear
from breachstudy.estimation.spec_curve import (
    SpecError,
    Specification,
    control_subsets,
    fit_curve,
    specification_grid,
)

GOLDEN = json.loads(
    (Path(__file__).parents[1] / "golden/estimation/spec_curve.json").read_text())
EXACT = 1e-9  # the Gram matrix squares the condition number; these columns are well conditioned

D = pd.DataFrame({
    "t": [0.2, 1.1, -0.4, 2.3, 0.9, -1.2, 0.4, 1.7, -0.6, 0.1, 1.3, -0.9, 0.7, -0.2, 1.9, 0.5],
    "a": [1.0, 0.3, None, 0.8, -1.1, 0.2, 1.6, -0.5, 0.9, -0.7, 0.4, 1.2, -0.3, 0.6, 0.0, -1.4],
    "b": [1.0, 0, 0, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 1],
    "y1": [1.3, 2.2, 0.1, 5.9, 2.8, -1.0, 1.9, 3.1, 0.7, 0.4, 2.9, -0.2, 2.5, 0.3, 4.4, 1.0],
    "y2": [0.4, 1.9, -0.2, 2.8, None, -1.9, 0.5, 2.0, -0.3, 0.9, 1.1, -1.2, 0.2, 0.6, 2.7, -0.1]})
LATE = {"late": pd.Series(np.arange(16) > 2)}
GRID = specification_grid(["y1", "y2"], ["t"], control_subsets(["a", "b"]), ["all", "late"])


@pytest.mark.parametrize("covariance", ["HC0", "HC1", "HC2", "HC3"])
def test_every_model_as_in_r(covariance):
    found = fit_curve(D, GRID, samples=LATE, covariance=covariance).tidy()
    expected = pd.DataFrame([g for g in GOLDEN if g["covariance"] == covariance])
    both = found.merge(expected, on=["outcome", "sample", "controls"], suffixes=("", "_r"))
    assert len(both) == len(GRID) == 16
    for column in ("estimate", "std_error"):
        np.testing.assert_allclose(both[column], both[f"{column}_r"], rtol=EXACT)
    assert (both["n"] == both["n_r"]).all() and set(both["n"]) == {12, 13, 14, 15, 16}


def test_a_model_has_an_intercept_by_hand():
    # y = 10 + 2t exactly. Through the origin the slope would be Σty/Σt² = (12 + 28 + 48)/14.
    frame = pd.DataFrame({"t": [1.0, 2, 3, 4], "y": [12.0, 14, 16, 18.4]})
    found = fit_curve(frame, [Specification("y", "t")], covariance="HC1")
    # Slope Σ(t − 2.5)y / 5 = (−1.5·12 − 0.5·14 + 0.5·16 + 1.5·18.4)/5.
    assert found.estimate[0] == pytest.approx(10.6 / 5) and found.df[0] == 2


def test_a_constant_added_to_any_column_changes_nothing():
    base = fit_curve(D, GRID, samples=LATE)
    shift = pd.Series([5.0, -30, 7, 1000, -50], index=D.columns)
    moved = fit_curve(D.add(shift), GRID, samples=LATE)
    for part in ("estimate", "std_error", "p_value"):
        np.testing.assert_allclose(getattr(moved, part), getattr(base, part), rtol=1e-7)


def test_agrees_with_one_fit_at_a_time_on_many_models():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.normal(size=(120, 9)), columns=list("abcdefyzt"))
    frame["y"] += frame["t"] * 0.3 + rng.exponential(size=120)
    frame.loc[::11, "c"] = np.nan
    frame["u"] = frame["t"] + rng.normal(size=120)
    specs = specification_grid(["y", "z"], ["t", "u"], control_subsets("abcdef"), ["all", "some"])
    some = frame["a"] < 0.8
    found = fit_curve(frame, specs, samples={"some": some})
    assert len(specs) == 512
    for j in range(0, 512, 37):
        spec = specs[j]
        used = [spec.treatment, *spec.controls]
        rows = (frame[some] if spec.sample == "some" else frame)[[spec.outcome, *used]].dropna()
        one = fit_linear(rows[spec.outcome], rows[used].assign(const=1.0))
        for ours, theirs in [(found.estimate, one.estimate), (found.std_error, one.std_error),
                             (found.p_value, one.p_value), (found.ci_lo, one.ci_lo)]:
            assert ours[j] == pytest.approx(theirs[0], rel=EXACT)
        assert (found.n[j], found.df[j]) == (one.n, one.df)


def test_dummies_of_a_level_that_a_sample_lacks_change_nothing():
    rng = np.random.default_rng(2)
    level = pd.Series(np.tile(["p", "q", "r", "s"], 15))
    frame = pd.get_dummies(level, dtype=float)[["q", "r", "s"]].assign(
        t=rng.normal(size=60), y=rng.normal(size=60))
    spec = [Specification("y", "t", ("sector",), "no_s")]
    samples = {"no_s": level != "s", "no_p": level != "p"}
    blocks = {"sector": ["q", "r", "s"]}
    found = fit_curve(frame, spec, samples=samples, blocks=blocks)
    rows = frame[level != "s"]
    one = fit_linear(rows["y"], rows[["t", "q", "r"]].assign(const=1.0))
    assert found.std_error[0] == pytest.approx(one.std_error[0], rel=EXACT)
    assert found.df[0] == one.df == 41
    # Without the baseline the dummies add up to the intercept.
    found = fit_curve(frame, [Specification("y", "t", ("sector",), "no_p")], samples=samples,
                      blocks=blocks)
    assert found.df[0] == 41


def test_order_of_specifications_is_kept():
    found = fit_curve(D, GRID, samples=LATE)
    back = fit_curve(D, GRID[::-1], samples=LATE)
    np.testing.assert_allclose(back.estimate[::-1], found.estimate, rtol=1e-12)
    assert found.specs == GRID and found.tidy()["estimate"].is_monotonic_increasing


def test_subsets_and_names():
    assert control_subsets("ab", ["z"]) == (("z",), ("z", "a"), ("z", "b"), ("z", "a", "b"))
    assert Specification("y", "t", ("a",), "late").name == "y ~ t + a [late]"


def test_all_faults_are_named_and_no_control_is_dropped():
    frame = D.assign(flat=1.0, twice=D["b"] * 2, single=(np.arange(16) == 5).astype(float))
    with pytest.raises(SpecError) as error:
        fit_curve(frame, [Specification("q", "t"), Specification("y1", "w", (), "early"),
                          Specification("y1", "t", ("t",))], covariance="HC9")
    text = str(error.value)
    for part in ("'HC9'", "no column 'q'", "no column 'w'", "no sample 'early'", "stands twice"):
        assert part in text
    with pytest.raises(SpecError) as error:
        fit_curve(frame, [Specification("y1", "t", ("b", "twice")), Specification("y1", "flat"),
                          Specification("y1", "t", ("flat",)),
                          Specification("y1", "t", ("b",), "two"),
                          Specification("y1", "t", ("single",))],
                  samples={"two": pd.Series(np.arange(16) < 2)})
    assert len(error.value.faults) == 5
    for part in ("b, twice constant or collinear", "flat is constant", "flat constant or collinear",
                 "2 rows are too few", "leverage one"):
        assert part in str(error.value)
    # A copy that differs by rounding noise is the same control, and is named too.
    near = D["b"] + 1e-9 * np.sin(np.arange(16))
    with pytest.raises(SpecError, match="b, near constant or collinear"):
        fit_curve(D.assign(near=near), [Specification("y1", "t", ("b", "near"))])
    with pytest.raises(SpecError, match="no row has all its values"):
        fit_curve(D.assign(e=np.nan), [Specification("y1", "t", ("e",))])
    with pytest.raises(SpecError, match="no specifications"):
        fit_curve(D, [])
