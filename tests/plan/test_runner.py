"""The whole runner on invented data whose effects are known."""

import numpy as np
import pandas as pd
import pytest

from breachstudy.errors import PlanError
from breachstudy.plan.describe import plan_summary, plan_text
from breachstudy.plan.designs import lag_draws
from breachstudy.plan.kinds import linear
from breachstudy.plan.runner import run_study, selected

from .builder import added, effects, of, plan
from .conftest import EFFECTS, make_codes, make_events

CURVE = {"name": "curve", "hypothesis": "H2", "question": "c", "windows": ["m1_p1"],
         "models": ["market"], "samples": ["page_dated"], "controls": ["none"],
         "permutations": 99}


def run(data, frames, **options):
    return run_study(plan(data), frames, dict, **options)


def changed(name, **keys):
    """The plan of effects with keys of one specification changed (None: left out)."""
    data = effects()
    spec = of(data, name)
    spec.update(keys)
    for key in [k for k, v in keys.items() if v is None]:
        del spec[key]
    return data


def focus(found, spec):
    return found.results[(found.results["kind"] == "focus")
                         & (found.results["spec"] == spec)].iloc[0]


def test_known_effects_come_back_with_their_verdicts(frames):
    found = run(effects(), frames)
    lag, candour = focus(found, "h1"), focus(found, "h2")
    # Noise of 3% over 400 events: standard errors near 0.15 points.
    assert lag["estimate"] == pytest.approx(EFFECTS["lag"], abs=0.005)
    assert candour["estimate"] == pytest.approx(EFFECTS["candour"], abs=0.006)
    assert lag["verdict"] == "supported" and candour["verdict"] == "supported"
    assert lag["p_bootstrap"] == pytest.approx(1 / 400) and lag["p_permutation"] < 0.01
    assert abs(lag["estimate"] - EFFECTS["lag"]) < 3 * lag["std_error"] and lag["n"] == 400
    assert lag["ci_lo"] < lag["estimate"] < lag["ci_hi"] < 0
    own = found.results[(found.results["spec"] == "h1") & (found.results["kind"] == "coefficient")]
    terms = own.set_index("term")["estimate"]
    assert terms["is_self_disclosed[True]"] == pytest.approx(EFFECTS["self"], abs=0.012)
    assert terms["sensitivity[financial]"] == pytest.approx(EFFECTS["sensitive"], abs=0.015)
    assert found.results["p_step_down"].notna().sum() == 2


def test_holm_counts_a_test_that_could_not_run(frames):
    found = run(changed("h2", sample="few"), frames)
    assert focus(found, "h2")["verdict"] == "not run"
    assert "n = 10 is below" in focus(found, "h2")["detail"]
    assert focus(found, "h2")["p_adjusted"] == 1.0
    assert focus(found, "h1")["p_adjusted"] == pytest.approx(2 * focus(found, "h1")["p_bootstrap"])


def test_without_effects_nothing_is_supported(frames):
    quiet = make_events(seed=7)
    quiet["car_m1_p1"] = np.random.default_rng(8).normal(0, 0.03, len(quiet))
    found = run(effects(), frames | {"events": quiet})
    assert focus(found, "h1")["verdict"] in ("inconclusive", "too_small_to_matter")
    assert focus(found, "h2")["verdict"] in ("inconclusive", "too_small_to_matter")


def test_the_table_of_hypotheses_holds_what_cannot_be_tested(frames):
    table = run(effects(), frames).hypotheses.set_index("hypothesis")
    assert table.loc["HX", ["verdict", "detail"]].tolist() == ["not testable", "needs data"]
    assert table.loc["H9", "estimate"] == pytest.approx(1.0, abs=0.6)


def test_the_same_plan_gives_the_same_numbers(frames):
    first, again = run(effects(), frames).results, run(effects(), frames).results
    pd.testing.assert_frame_equal(first, again, check_exact=True)


@pytest.mark.parametrize(("keys", "told"), [
    ({"outcome": "car_x"}, r"outcome = 'car_x'.*has no column 'car_x'"),
    ({"terms": [{"column": "tone"}], "focus": "tone"}, "has no column 'tone'"),
    ({"outcome": "organisation"}, "outcome = 'organisation': holds text; give a column of numbers"),
    ({"cluster": ["brand"], "covariance": "cluster"}, "cluster = 'brand'"),
])
def test_a_missing_or_wrong_column_is_an_error_never_a_dropped_term(frames, keys, told):
    with pytest.raises(PlanError, match=told):
        run(changed("h2", **keys), frames)


def test_look_ahead_is_refused_unless_it_is_explained(frames):
    late = changed("h2", focus="is_revised_up", terms=[
        {"column": "is_revised_up", "kind": "factor"}])
    with pytest.raises(PlanError, match="is_revised_up is known only after disclosure"):
        run(late, frames)
    of(late, "h2")["look_ahead_reason"] = "dated after"
    assert focus(run(late, frames), "h2")["n"] == 400
    with pytest.raises(PlanError, match="look_ahead_reason: no term looks ahead"):
        run(changed("h2", look_ahead_reason="none"), frames)


def test_products_robustness_effects_curves_sensitivity_and_influence(frames):
    data = added(
        effects(),
        linear=[{"name": "h4", "question": "both", "status": "exploratory", "hypothesis": "H2",
                 "sample": "page_dated", "outcome": "car_m1_p1", "terms": [
                     {"column": "lag_analysis_days", "transform": "log1p", "standardise": True,
                      "negate": True}, {"column": "candour", "standardise": True},
                     {"kind": "product", "of": ["lag_analysis_days", "candour"],
                      "column": "both"}],
                 "controls": "none", "focus": "both", "sesoi": "car", "covariance": "HC3"}],
        robustness=[
            {"name": "vary", "question": "r", "of": ["h2"], "vary": [
                {"name": "median", "estimator": "median"},
                {"name": "winsor", "outcome_transform": "winsor_1_99"}]},
            {"name": "placebo", "question": "p", "of": ["h2"], "status": "negative_control",
             "vary": [{"name": "before", "outcome": "car_m10_m2"}]}],
        treatment_effect=[
            {"name": "effect", "question": "t", "status": "exploratory", "sample": "page_dated",
             "outcome": "car_m1_p1", "treatment": "is_self_disclosed", "controls": "severity",
             "estimators": ["difference", "entropy_balance", "ipw", "overlap", "aipw",
                            "matching"], "sesoi": "car"}],
        sensitivity=[{"name": "sens", "question": "s", "of": ["h2"],
                      "benchmarks": ["sensitivity[financial]"]}],
        influence=[{"name": "infl", "question": "i", "of": ["h2"], "by": "firm_id"}],
        coding_error=[{"name": "coders", "question": "c", "of": ["h2"], "draws": 3}],
        spec_curve=[{**CURVE, "treatments": ["candour:baseline", "candour:irt"],
                     "windows": ["m1_p1", "0_p1"], "models": ["market", "ff3"],
                     "controls": ["none", "severity"]}])
    found = run(data, frames)
    r = found.results
    both = focus(found, "h4")
    assert both["estimate"] == pytest.approx(0, abs=0.006)
    speed = r[(r["spec"] == "h4") & (r["term"] == "lag_analysis_days")].iloc[0]
    assert speed["estimate"] == pytest.approx(-EFFECTS["lag"], abs=0.006)
    for name in ("h2/median", "h2/winsor"):
        assert focus(found, name)["estimate"] == pytest.approx(EFFECTS["candour"], abs=0.008)
    assert abs(focus(found, "h2/before")["estimate"]) < 0.006
    assert focus(found, "h2/before")["status"] == "negative_control"
    effects_of = r[(r["spec"] == "effect") & (r["kind"] == "effect")].set_index("term")
    assert len(effects_of) == 6
    # Assignment is random here, so every estimator is after the same number.
    for name in effects_of.index:
        assert effects_of.loc[name, "estimate"] == pytest.approx(EFFECTS["self"], abs=0.015), name
    sens = r[(r["spec"] == "sens/h2") & (r["kind"] == "sensitivity")].set_index("term")["estimate"]
    assert 0 < sens["robustness_value"] < 1 and sens["df"] == 400 - 4
    assert (r["kind"] == "benchmark").sum() == 3
    spread = r[(r["spec"] == "infl/h2") & (r["term"] == "range")].iloc[0]
    # Leaving out one firm of 200 moves the estimate a little to either side.
    assert spread["bound_lo"] < focus(found, "h2")["estimate"] < spread["bound_hi"]
    assert 0.0001 < spread["bound_hi"] - spread["bound_lo"] < 0.003
    curve = r[r["kind"] == "curve"].set_index("term")
    assert curve.loc["median_estimate", "n"] == 2 * 2 * 2 * 2 == len(found.curves)
    assert curve.loc["median_estimate", "p_permutation"] == pytest.approx(1 / 100)
    assert not found.balance.empty and found.balance["smd_entropy"].abs().max() < 1e-6
    assert set(found.paths["split"]) >= {"all", "speed", "candour", "first"}


def test_intervals_of_dates_widen_the_error(events):
    sure = lag_draws(events, 20, 1)
    assert (sure.nunique(axis=1) == 1).all()
    vague = events.copy()
    vague["discovered_lo"] = [d.replace(day=1) for d in vague["discovered_lo"]]
    drawn = lag_draws(vague, 20, 1)
    assert (drawn.std(axis=1) > 0).mean() > 0.9 and (drawn.to_numpy() >= 0).all()


def test_selection_by_hypothesis_name_and_outcome():
    made = plan(effects())
    assert selected(made, ["H1"], None) == {"h1"} and selected(made, ["h2"], None) == {"h2"}
    assert selected(made, None, "car_m1_p1") == {"h1", "h2"}
    with pytest.raises(PlanError, match="no specification or hypothesis 'H7'"):
        selected(made, ["H7"], None)
    with pytest.raises(PlanError, match="no regression of the plan has the outcome"):
        selected(made, None, "price")


def test_part_of_a_family_has_the_adjusted_p_of_the_whole(frames):
    whole, part = run(effects(), frames), run(effects(), frames, only=["H2"])
    assert set(part.results["spec"]) == {"h2"} and set(part.hypotheses["hypothesis"]) == {"H2"}
    for name in ("p_adjusted", "p_step_down", "estimate", "verdict"):
        assert focus(part, "h2")[name] == focus(whole, "h2")[name], name
    by_outcome = run(effects(), frames, outcome="car_m1_p1")
    assert set(by_outcome.results["spec"]) == {"h1", "h2"}


def test_specifications_give_the_same_numbers_on_threads(frames, monkeypatch):
    alone = run(effects(), frames).results
    monkeypatch.setenv("BREACHSTUDY_BACKEND", "threading")
    monkeypatch.setenv("BREACHSTUDY_JOBS", "2")
    pd.testing.assert_frame_equal(alone, run(effects(), frames).results, check_exact=True)


def test_vague_dates_widen_the_error_of_the_regression(frames):
    sure = focus(run(effects(), frames), "h1")
    vague = frames["events"].copy()
    vague["discovered_lo"] = [d.replace(day=1) for d in vague["discovered_lo"]]
    vague["first_public_hi"] = [p + pd.Timedelta(days=60) for p in vague["first_public_hi"]]
    found = focus(run(effects(), frames | {"events": vague}), "h1")
    # Draws that scatter fit worse and differ among themselves.
    assert abs(found["statistic"]) < abs(sure["statistic"])
    assert found["std_error"] > sure["std_error"]
    assert found["ci_lo"] < found["estimate"] < found["ci_hi"]


def test_every_fault_against_the_tables_comes_at_once(frames):
    data = added(effects(), mean_return=[
        {"name": "h0", "question": "m", "status": "exploratory", "sample": "page_dated",
         "windows": ["m1_p9"], "models": ["capm"],
         "focus": {"window": "m1_p9", "model": "capm"}}],
        sample=[{"name": "odd", "table": "events", "title": "Odd", "where": [
            {"column": "sensitivity", "op": "==", "value": "healthy"},
            {"column": "candour", "op": ">", "value": "low"}]}])
    of(data, "h1")["cluster"] = ["brand", "event_date"]
    of(data, "h2").update(terms=[{"column": "tone"}], focus="tone", sample="odd")
    with pytest.raises(PlanError) as error:
        run(data, frames)
    told = str(error.value)
    for part in ("[[linear]] h1: cluster = 'brand'", "[[linear]] h2: term tone = 'tone'",
                 "no window 'm1_p9'", "no model 'capm'",
                 "[[sample]] odd: where 1: value = 'healthy': sensitivity has no such level "
                 "(did you mean 'health'?)",
                 "[[sample]] odd: where 2: value = 'low': candour holds numbers"):
        assert part in told, part
    assert len(error.value.faults) == 6


@pytest.mark.parametrize(("term", "focus_on", "told"), [
    ({"column": "is_self_disclosed", "kind": "factor", "baseline": "True"}, "candour",
     "its baseline is False"),
    ({"column": "era", "kind": "factor"}, "candour", "give its baseline"),
    ({"column": "era", "kind": "factor", "baseline": "2014-2017"}, "era",
     "focus = 'era': a factor of several levels"),
    ({"column": "era", "kind": "factor", "baseline": "2014"}, "candour", "has no such level"),
    ({"column": "is_fast", "kind": "factor", "min_n": 3}, "candour", "min_n does nothing"),
])
def test_factors_that_cannot_be_read_are_refused(frames, term, focus_on, told):
    data = changed("h2", terms=[{"column": "candour", "standardise": True}, term], focus=focus_on)
    with pytest.raises(PlanError, match=told):
        run(data, frames)


def test_a_factor_of_several_levels_enters_as_one_column_a_level(frames):
    data = changed("h2", controls=None, terms=[
        {"column": "candour", "standardise": True},
        {"column": "sensitivity", "kind": "factor", "baseline": "contact"}])
    found = run(data, frames)
    own = found.results[(found.results["spec"] == "h2")
                        & (found.results["kind"] == "coefficient")]
    assert own["term"].tolist() == ["const", "candour", "sensitivity[financial]",
                                    "sensitivity[health]"]
    assert own["per"].tolist()[1:] == ["SD", *["level against contact"] * 2]
    assert focus(found, "h2")["estimate"] == pytest.approx(
        focus(run(effects(), frames), "h2")["estimate"])


def test_few_firms_leave_the_bootstrap_out_and_say_so(frames):
    few = frames["events"].copy()
    few["firm_id"] = [f"f{i % 4}" for i in range(len(few))]
    row = focus(run(effects(), frames | {"events": few}), "h2")
    assert pd.isna(row["p_bootstrap"]) and "wild bootstrap refused" in row["detail"]
    assert row["p_adjusted"] >= row["p_value"]


def test_coding_error_is_carried_through_draws_between_two_coders(frames):
    events = frames["events"]
    codes, agreement = make_codes(events)
    wide = codes.pivot(index="event_id", columns="item", values="code_a").astype(float)
    score = wide.drop(columns="T1").mean(axis=1).to_numpy()
    rng = np.random.default_rng(5)
    z = (score - score.mean()) / score.std()
    noisy = events.assign(
        candour=pd.array(score, dtype="Float64"),
        car_m1_p1=pd.array(0.02 * z + rng.normal(0, 0.01, len(events)), dtype="Float64"))
    data = added(effects(), coding_error=[
        {"name": "coders", "question": "c", "of": ["h2"], "draws": 20}])
    made = frames | {"events": noisy, "codes": codes, "agreement": agreement}
    found = run(data, made)
    plain = focus(found, "h2")
    row = found.results[found.results["kind"] == "coding_error"].iloc[0]
    assert plain["estimate"] == pytest.approx(0.02, abs=0.003)
    # Drawing between coders who differ three times in ten weakens the effect that A's codes carry.
    assert 0.2 * plain["estimate"] < row["estimate"] < 0.97 * plain["estimate"]
    assert row["n"] == len(events) and 0 < row["statistic"] < 1
    agreed = codes.assign(code_b=codes["code_a"])
    same = run(data, made | {"codes": agreed}).results
    settled = same[same["kind"] == "coding_error"].iloc[0]
    assert settled["statistic"] < 0.01 < row["statistic"]
    # Codes whose absence could not be seen are drawn from by nobody: too few items are left.
    hidden = codes.assign(is_absence_seen=codes["event_id"].isin(events["event_id"][:60]))
    part = run(data, made | {"codes": hidden}).results
    assert part[part["kind"] == "coding_error"].iloc[0]["n"] == 60


def test_a_curve_leaves_out_small_samples_and_says_so(frames):
    data = added(effects(), spec_curve=[
        {**CURVE, "treatments": ["candour:baseline", "lag:over_30", "candour:component"],
         "samples": ["page_dated", "few"]}])
    found = run(data, frames, only=["curve"])
    row = found.results[found.results["term"] == "median_estimate"].iloc[0]
    assert row["n"] == 2 and "few, candour:component" in row["detail"]
    assert set(found.curves["sample"]) == {"page_dated"}
    of(data, "curve")["samples"] = ["few"]
    alone = run(data, frames, only=["curve"])
    assert alone.results["verdict"].tolist() == ["not run"] and alone.curves.empty


def test_a_curve_with_a_row_that_fits_itself_has_plain_errors(frames):
    lone = frames["events"].copy()
    lone.loc[0, "sensitivity"] = "credential"  # one event at a level: HC3 has no value
    data = added(effects(), spec_curve=[
        {**CURVE, "treatments": ["candour:baseline"], "controls": ["severity"]}])
    found = run(data, frames | {"events": lone}, only=["curve"]).results
    assert set(found["covariance"]) == {"HC1"}


def test_the_plan_reads_as_text(frames):
    made = plan_summary(plan(effects()), frames, None)
    assert made["faults"] == [] and {s["name"]: s["n"] for s in made["samples"]} == {
        "page_dated": 400, "few": 10}
    text = plan_text(made)
    assert "H1  Speed protects (predicted: -)" in text and "not testable: needs data" in text
    broken = plan_text(plan_summary(plan(effects()), {
        "events": frames["events"].drop(columns="candour")}, None))
    assert "it cannot run" in broken and "no column 'candour'" in broken
    assert "needs the table 'abnormal_returns'" in broken


def test_means_of_few_events_are_not_run(frames):
    data = added(effects(), mean_return=[
        {"name": "h0", "question": "m", "status": "exploratory", "sample": "few",
         "windows": ["m1_p1"], "models": ["market"],
         "focus": {"window": "m1_p1", "model": "market"}},
        {"name": "column", "question": "m", "status": "exploratory", "sample": "page_dated",
         "column": "car_m10_m2"}])
    found = run(data, frames, only=["h0", "column"])
    assert focus(found, "h0")["verdict"] == "not run" and focus(found, "h0")["n"] == 10
    mean = focus(found, "column")
    own = frames["events"]["car_m10_m2"]
    assert mean["estimate"] == pytest.approx(own.mean()) and mean["n_clusters"] == 200
    assert mean["ci_lo"] < own.mean() < mean["ci_hi"] and mean["smallest_effect"] == 0.005


def test_a_mean_in_other_units_than_returns_has_no_margin_of_returns(frames):
    events = frames["events"].assign(acsi_change=np.random.default_rng(1).normal(0, 2, 400))
    data = added(effects(), mean_return=[
        {"name": "satisfaction", "question": "m", "status": "exploratory",
         "sample": "page_dated", "column": "acsi_change"}])
    made = frames | {"events": events}
    row = focus(run(data, made, only=["satisfaction"]), "satisfaction")
    assert row["unit"] == "points of ACSI" and pd.isna(row["smallest_effect"])
    data["sesoi"]["points"] = 1.0
    of(data, "satisfaction")["sesoi"] = "points"
    assert focus(run(data, made, only=["satisfaction"]), "satisfaction")["smallest_effect"] == 1.0


@pytest.mark.parametrize(("inference", "column"), [
    ("wild_bootstrap", "p_bootstrap"), ("model", "p_value"), ("permutation", "p_permutation")])
def test_the_inference_of_the_plan_decides(frames, inference, column):
    data = changed("h2", inference=["wild_bootstrap", "permutation"])
    data["primary_inference"] = inference
    found = run(data, frames)
    rows = [focus(found, n) for n in ("h1", "h2")]
    assert [r["decided_by"] for r in rows] == [inference] * 2
    p = sorted(float(r[column]) for r in rows)
    assert sorted(float(r["p_adjusted"]) for r in rows) == pytest.approx(
        [min(2 * p[0], 1), max(p[1], 2 * p[0])])
    lag = rows[0]
    half = (lag["ci_hi"] - lag["ci_lo"]) / 2
    symmetric = lag["ci_lo"] + half == pytest.approx(lag["estimate"], rel=1e-5)
    assert symmetric == (inference != "wild_bootstrap")  # the bootstrap's interval is its own


def test_a_confirmatory_test_without_the_inference_that_decides_is_refused():
    data = changed("h2", inference=None)
    with pytest.raises(PlanError, match=r"needs 'wild_bootstrap', which decides"):
        plan(data)
    data["primary_inference"] = "model"
    assert plan(data).primary_inference == "model"


def test_units_labels_and_signs_stand_in_the_results(frames):
    found = run(effects(), frames)
    h = found.hypotheses.set_index("test")
    assert h.loc["h1", ["unit", "per", "sign", "decided_by"]].tolist() == [
        "share of value", "SD", "-", "wild_bootstrap"]
    assert h.loc["h1", "label"] == "Disclosure lag for analysis (log)"
    assert h.loc["h1", "outcome_label"] == "Cumulative abnormal return, -1 to +1 (primary)"
    assert h.loc["h9", "unit"] == "share of the loss" and pd.isna(h.loc["h9", "sign"])
    own = found.results[found.results["spec"] == "h1"].set_index(["kind", "term"])
    assert own.loc[("coefficient", "is_self_disclosed[True]"), "per"] == "yes against no"


def test_a_fault_of_ours_is_no_result(frames, monkeypatch):
    def broken(*_, **__):
        raise ValueError("a bug")

    monkeypatch.setattr(linear, "fit_linear", broken)
    with pytest.raises(ValueError, match="a bug"):
        run(effects(), frames)
