"""What figures draw is stored, with the numbers of the results and no others."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from breachstudy.estimation.results import results_frame
from breachstudy.plan.context import Context
from breachstudy.plan.derived import (
    BANDS,
    RANGE,
    SURFACES,
    Moderation,
    _stored,
    decay_bands,
    equivalence_bands,
    fitted_surface,
    mean_bands,
    moderation,
    moderation_bands,
    path_bands,
    power_bands,
    sensitivity_surfaces,
)
from breachstudy.plan.faults import known_tables
from breachstudy.plan.kinds.decay import Decay
from breachstudy.plan.kinds.linear import run_regression
from breachstudy.plan.read import read_plan

FOCUS = pd.DataFrame([{"spec": "h1_car", "estimate": -0.003170, "std_error": 0.003428,
                       "df": 98.85094, "n": 132, "n_clusters": 102, "smallest_effect": 0.005,
                       "mde": 0.009698, "p_equivalence": 0.297297}])


def test_the_interval_of_a_mean_inverts_its_t():
    row = {"spec": "h0", "kind": "mean_return", "outcome": "car_m1_p1", "group": "market",
           "estimate": -0.02, "n": 50}
    results = results_frame([{**row, "term": "cross_sectional_t", "statistic": -4.0, "df": 49.0},
                             {**row, "term": "bmp", "statistic": -3.0, "df": 49.0},
                             {**row, "term": "cross_sectional_t", "outcome": "car_0_p1"}])
    found = mean_bands(results, 0.95)
    assert found[["group", "term"]].to_numpy().tolist() == [["market", "m1_p1"]]
    assert found["std_error"].iloc[0] == pytest.approx(0.005)
    half = 2.009575 * 0.005  # quantile 0.975 of Student's t with 49 degrees of freedom
    assert found[["ci_lo", "ci_hi"]].iloc[0].tolist() == pytest.approx(
        [-0.02 - half, -0.02 + half], rel=1e-6)


def test_equivalence_uses_the_degrees_of_freedom_of_the_test():
    found = equivalence_bands(FOCUS, 0.05).iloc[0]
    assert (found["df"], found["confidence"]) == (98.85094, 0.9)
    half = stats.t.ppf(0.95, 98.85094) * 0.003428
    assert found["ci_hi"] - found["ci_lo"] == pytest.approx(2 * half)
    assert found["ci_hi"] - found["ci_lo"] != pytest.approx(
        2 * stats.t.ppf(0.95, 101) * 0.003428, rel=1e-6)  # clusters less one


@pytest.mark.parametrize("estimate", [-0.0040, -0.0001, 0.0, 0.0024])
def test_the_interval_lies_within_the_margin_where_both_tests_reject(estimate):
    from breachstudy.estimation.equivalence import equivalence_test

    focus = FOCUS.assign(estimate=estimate, std_error=0.0015)
    band = equivalence_bands(focus, 0.05).iloc[0]
    p = equivalence_test(estimate, 0.0015, 98.85094, (-0.005, 0.005), 0.05).p_value
    assert (max(-band["ci_lo"], band["ci_hi"]) < 0.005) == (p < 0.05)


def test_power_is_alpha_at_zero_and_eight_tenths_at_the_detectable_effect():
    found = power_bands(FOCUS, 0.05)
    curve = found[found["kind"] == "power"]
    assert curve["estimate"].iloc[0] == pytest.approx(0.05, abs=1e-9)
    assert np.interp(0.009698, curve["x"], curve["estimate"]) == pytest.approx(0.8, abs=2e-3)
    assert (curve["df"] == 98.85094).all() and curve["x"].iloc[-1] == pytest.approx(0.03)
    by_n = found[found["kind"] == "power_by_n"]
    assert by_n["estimate"].is_monotonic_increasing
    at = by_n[by_n["x"] == 200].iloc[0]
    assert at["df"] == pytest.approx(98.85094 * 200 / 132)
    exclude = found[found["kind"] == "equivalence_power_by_n"]
    assert exclude["estimate"].iloc[0] < 0.01 and exclude["estimate"].iloc[-1] > 0.99


def test_the_loss_has_normal_intervals_at_both_ends():
    spec = Decay(name="h9", question="?", status="exploratory", sample="page", first=3, horizon=90)
    results = results_frame([{"spec": "h9", "kind": "decay", "term": t, "estimate": e, "n": 50,
                              "std_error": 0.01} for t, e in (("loss_at_first", -0.02),
                                                              ("loss_at_horizon", -0.04))])
    found = decay_bands(results, [spec], 0.95)
    assert found["x"].tolist() == [2, 90]
    assert (found["ci_hi"] - found["ci_lo"]).tolist() == pytest.approx([2 * 0.01959964] * 2)


def test_paths_have_pointwise_bands_and_none_is_made_of_nothing():
    paths = pd.DataFrame({"split": ["all"], "group": ["all"], "offset": [3], "n": [40],
                          "caar": [-0.01], "std_error": [0.004]})
    found = path_bands(paths, 0.95).iloc[0]
    assert found["ci_lo"] == pytest.approx(-0.01 - 1.959964 * 0.004)
    assert path_bands(paths.head(0), 0.95).empty
    assert list(_stored([], BANDS).columns) == list(BANDS)


def test_the_effect_along_a_moderator_has_the_exact_variance():
    found = Moderation(np.array([[0.004, 0.002, -0.001]]),
                       np.array([[9e-6, 4e-6, -3e-6]]), 40.0, 90)
    band = moderation_bands("h4", found, 0.95, np.array([-2.0, 0.0, 1.0]))
    assert band["estimate"].tolist() == pytest.approx([0.006, 0.004, 0.003])
    assert (band["std_error"] ** 2).tolist() == pytest.approx(
        [9e-6 + 12e-6 + 16e-6, 9e-6, 9e-6 - 6e-6 + 4e-6])
    half = stats.t.ppf(0.975, 40) * band["std_error"]
    assert (band["ci_hi"] - band["ci_lo"]).tolist() == pytest.approx((2 * half).tolist())


def test_a_level_without_a_variance_above_zero_has_no_interval():
    found = Moderation(np.array([[0.004, 0.002, -0.001]]), np.array([[1e-6, 1e-6, -2e-6]]), 40.0, 9)
    band = moderation_bands("h4", found, 0.95, np.array([0.0, 1.0]))
    assert band["ci_lo"].isna().tolist() == [False, True] and band["estimate"].notna().all()


PLAN = """
sesoi = { car = 0.005 }
min_n = 10
primary_inference = "model"
[[sample]]
name = "s"
table = "events"
title = "all"
where = [{ column = "y", op = "present" }]
[[hypothesis]]
id = "H4"
claim = "c"
seed_sign = "+"
family = "primary"
tests = ["h4"]
[[linear]]
name = "h4"
hypothesis = "H4"
question = "?"
status = "confirmatory"
sample = "s"
outcome = "y"
terms = [{ column = "a", standardise = true }, { column = "b", standardise = true },
         { column = "ab", kind = "product", of = ["a", "b"] }]
focus = "ab"
sesoi = "car"
covariance = "HC1"
"""


def test_moderation_agrees_with_the_regression_and_with_its_whole_covariance():
    import statsmodels.api as sm

    rng = np.random.default_rng(4)
    frame = pd.DataFrame(rng.normal(size=(60, 2)), columns=["a", "b"])
    frame["y"] = 0.3 * frame["a"] + 0.2 * frame["a"] * frame["b"] + rng.normal(size=60)
    frame["event_id"], frame["firm_id"] = [f"e{i}" for i in range(60)], "f"
    plan = read_plan(PLAN, "plan.toml")
    context = Context(plan, known_tables({"events": frame}))
    spec = plan.regressions["h4"]
    found = moderation(spec, context)
    rows = pd.DataFrame(run_regression(spec, context).rows).query("kind == 'coefficient'")
    rows = rows.set_index("term")
    assert found.coefficients[0].tolist() == pytest.approx(
        rows.loc[["a", "b", "ab"], "estimate"].tolist())
    z = (frame[["a", "b"]] - frame[["a", "b"]].mean()) / frame[["a", "b"]].std()
    x = sm.add_constant(z.assign(ab=z["a"] * z["b"]))
    fit = sm.OLS(frame["y"], x).fit(cov_type="HC1")
    cov = fit.cov_params()
    band = moderation_bands("h4", found, 0.95)
    for level in (-2.0, -0.5, 1.0, 2.0):
        exact = cov.loc["a", "a"] + 2 * level * cov.loc["a", "ab"] + level**2 * cov.loc["ab", "ab"]
        row = band.iloc[int(np.argmin(np.abs(RANGE - level)))]
        assert row["std_error"] ** 2 == pytest.approx(exact, rel=1e-8)
    surface = fitted_surface("h4", found)
    corner = surface.iloc[-1]
    assert corner["estimate"] == pytest.approx(
        2 * fit.params["a"] + 2 * fit.params["b"] + 4 * fit.params["ab"])


def test_a_surface_of_omitted_variables_starts_at_the_estimate_and_moves_toward_zero():
    rows = [{"spec": "sensitivity/h1", "kind": "sensitivity", "term": t, "estimate": e}
            for t, e in (("estimate", -0.01), ("std_error", 0.004), ("df", 80.0))]
    rows.append({"spec": "sensitivity/h6", "kind": "sensitivity", "term": "robustness_value",
                 "verdict": "not run"})
    found = sensitivity_surfaces(results_frame(rows))
    assert set(found["spec"]) == {"sensitivity/h1"} and len(found) == 61 * 61
    at = found.set_index(["x", "y"])["estimate"]
    assert at.iloc[0] == pytest.approx(-0.01)
    half = at.loc[(0.1, 0.1)] if (0.1, 0.1) in at.index else at.iloc[20 * 61 + 20]
    assert half == pytest.approx(-0.01 + 0.004 * np.sqrt(80) * np.sqrt(0.01 / 0.9))
    stored = _stored([found], SURFACES)
    assert list(stored.columns) == list(SURFACES)
