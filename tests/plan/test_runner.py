"""The whole runner on invented data whose effects are known."""

import numpy as np
import pandas as pd
import pytest

from breachstudy.estimation.specs import PlanError
from breachstudy.plan.describe import plan_summary, plan_text
from breachstudy.plan.designs import lag_draws
from breachstudy.plan.read import read_study_plan
from breachstudy.plan.runner import run_study, selected
from breachstudy.schema.coding_book import book

from .conftest import EFFECTS, make_events

HEAD = """
min_n = 30
draws = 5
seed = 3
bootstrap_draws = 399
sesoi = { car = 0.005 }
[[sample]]
name = "page_dated"
table = "events"
title = "All"
where = [{ column = "car_m1_p1", op = "present" }]
[[sample]]
name = "few"
table = "events"
title = "Few"
where = [{ column = "event_id", op = "<", value = "e0010" }]
[[control_set]]
name = "none"
terms = []
[[control_set]]
name = "severity"
terms = [{ column = "sensitivity", kind = "factor", baseline = "contact" }]
[[hypothesis]]
id = "H1"
claim = "Speed protects"
seed_sign = "-"
family = "primary"
tests = ["h1"]
[[hypothesis]]
id = "H2"
claim = "Candour protects"
seed_sign = "+"
family = "primary"
tests = ["h2"]
[[hypothesis]]
id = "H9"
claim = "Early"
seed_sign = "early"
family = "secondary"
tests = ["h9"]
[[hypothesis]]
id = "HX"
claim = "No data"
seed_sign = "+"
family = "secondary"
tests = []
not_testable = "needs data"
[[linear]]
name = "h1"
question = "lag"
status = "confirmatory"
hypothesis = "H1"
sample = "page_dated"
outcome = "car_m1_p1"
terms = [{ column = "lag_analysis_days", transform = "log1p", standardise = true, draws = true },
         { column = "candour", standardise = true },
         { column = "is_self_disclosed", kind = "factor", baseline = "False" }]
controls = "severity"
focus = "lag_analysis_days"
sesoi = "car"
covariance = "cluster"
cluster = ["firm_id", "event_date"]
inference = ["wild_bootstrap", "permutation"]
permute_within = ["sensitivity", "era"]
[[linear]]
name = "h2"
question = "candour"
status = "confirmatory"
hypothesis = "H2"
sample = "page_dated"
outcome = "car_m1_p1"
terms = [{ column = "candour", standardise = true }]
controls = "severity"
focus = "candour"
sesoi = "car"
covariance = "HC3"
inference = ["wild_bootstrap"]
[[decay]]
name = "h9"
hypothesis = "H9"
question = "early"
status = "exploratory"
sample = "page_dated"
first = 3
horizon = 90
"""
NOTHING = {}


def run(text, frames, **options):
    return run_study(read_study_plan(text), frames, lambda: NOTHING, **options)


def focus(found, spec):
    return found.results[(found.results["kind"] == "focus")
                         & (found.results["spec"] == spec)].iloc[0]


def test_known_effects_come_back_with_their_verdicts(frames):
    found = run(HEAD, frames)
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
    text = HEAD.replace('name = "h2"\nquestion = "candour"', 'name = "h2"\nquestion = "c"').replace(
        'hypothesis = "H2"\nsample = "page_dated"', 'hypothesis = "H2"\nsample = "few"')
    found = run(text, frames)
    assert focus(found, "h2")["verdict"] == "not run"
    assert "n = 10 is below" in focus(found, "h2")["detail"]
    assert focus(found, "h2")["p_adjusted"] == 1.0
    assert focus(found, "h1")["p_adjusted"] == pytest.approx(2 * focus(found, "h1")["p_bootstrap"])


def test_without_effects_nothing_is_supported(frames):
    quiet = make_events(seed=7)
    quiet["car_m1_p1"] = np.random.default_rng(8).normal(0, 0.03, len(quiet))
    found = run(HEAD, frames | {"events": quiet})
    assert focus(found, "h1")["verdict"] in ("inconclusive", "too_small_to_matter")
    assert focus(found, "h2")["verdict"] in ("inconclusive", "too_small_to_matter")


def test_the_table_of_hypotheses_holds_what_cannot_be_tested(frames):
    table = run(HEAD, frames).hypotheses.set_index("hypothesis")
    assert table.loc["HX", ["verdict", "detail"]].tolist() == ["not testable", "needs data"]
    assert table.loc["H9", "estimate"] == pytest.approx(1.0, abs=0.6)


def test_the_same_plan_gives_the_same_numbers(frames):
    first, again = run(HEAD, frames).results, run(HEAD, frames).results
    pd.testing.assert_frame_equal(first, again, check_exact=True)


@pytest.mark.parametrize(("change", "told"), [
    (('outcome = "car_m1_p1"', 'outcome = "car_x"'), "has no column 'car_x'"),
    (('column = "candour", standardise = true },\n', 'column = "tone", standardise = true },\n'),
     "has no column 'tone'"),
])
def test_a_missing_column_is_an_error_never_a_dropped_term(frames, change, told):
    with pytest.raises(PlanError, match=told):
        run(HEAD.replace(*change, 1), frames)


def test_look_ahead_is_refused_unless_it_is_explained(frames):
    late = HEAD.replace('terms = [{ column = "candour", standardise = true }]',
                        'terms = [{ column = "is_revised_up", kind = "factor" }]').replace(
        'focus = "candour"', 'focus = "is_revised_up"')
    with pytest.raises(PlanError, match="is_revised_up is known only after disclosure"):
        run(late, frames)
    explained = late.replace('focus = "is_revised_up"',
                             'focus = "is_revised_up"\nlook_ahead_reason = "dated after"')
    assert focus(run(explained, frames), "h2")["n"] == 400


def test_products_robustness_effects_curves_sensitivity_and_influence(frames):
    text = HEAD + """
[[linear]]
name = "h4"
question = "both"
status = "exploratory"
hypothesis = "H2"
sample = "page_dated"
outcome = "car_m1_p1"
terms = [{ column = "lag_analysis_days", transform = "log1p", standardise = true, negate = true },
         { column = "candour", standardise = true },
         { kind = "product", of = ["lag_analysis_days", "candour"], column = "both" }]
controls = "none"
focus = "both"
sesoi = "car"
covariance = "HC3"
[[robustness]]
name = "vary"
question = "r"
of = ["h2"]
vary = [{ name = "median", estimator = "median" },
        { name = "winsor", outcome_transform = "winsor_1_99" }]
[[robustness]]
name = "placebo"
question = "p"
of = ["h2"]
status = "negative_control"
vary = [{ name = "before", outcome = "car_m10_m2" }]
[[treatment_effect]]
name = "effect"
question = "t"
status = "exploratory"
sample = "page_dated"
outcome = "car_m1_p1"
treatment = "is_self_disclosed"
controls = "severity"
estimators = ["difference", "entropy_balance", "ipw", "overlap", "aipw", "matching"]
sesoi = "car"
[[sensitivity]]
name = "sens"
question = "s"
of = ["h2"]
benchmarks = ["sensitivity[financial]"]
[[influence]]
name = "infl"
question = "i"
of = ["h2"]
by = "firm_id"
[[coding_error]]
name = "coders"
question = "c"
of = ["h2"]
draws = 3
[[spec_curve]]
name = "curve"
hypothesis = "H2"
question = "c"
treatments = ["candour:baseline", "candour:irt"]
windows = ["m1_p1", "0_p1"]
models = ["market", "ff3"]
samples = ["page_dated"]
controls = ["none", "severity"]
permutations = 99
"""
    found = run(text, frames)
    r = found.results
    both = focus(found, "h4")
    assert both["estimate"] == pytest.approx(0, abs=0.006)
    speed = r[(r["spec"] == "h4") & (r["term"] == "lag_analysis_days")].iloc[0]
    assert speed["estimate"] == pytest.approx(-EFFECTS["lag"], abs=0.006)
    for name in ("h2/median", "h2/winsor"):
        assert focus(found, name)["estimate"] == pytest.approx(EFFECTS["candour"], abs=0.008)
    assert abs(focus(found, "h2/before")["estimate"]) < 0.006
    effects = r[(r["spec"] == "effect") & (r["kind"] == "effect")].set_index("term")
    assert len(effects) == 6
    # Assignment is random here, so every estimator is after the same number.
    for name in effects.index:
        assert effects.loc[name, "estimate"] == pytest.approx(EFFECTS["self"], abs=0.015), name
    sens = r[(r["spec"] == "sens/h2") & (r["kind"] == "sensitivity")].set_index("term")["estimate"]
    assert 0 < sens["robustness_value"] < 1 and sens["df"] == 400 - 4
    assert (r["kind"] == "benchmark").sum() == 3
    spread = r[(r["spec"] == "infl/h2") & (r["term"] == "range")].iloc[0]
    assert spread["bound_lo"] < EFFECTS["candour"] < spread["bound_hi"] or (
        spread["bound_hi"] - spread["bound_lo"] < 0.01)
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
    plan = read_study_plan(HEAD)
    assert selected(plan, ["H1"], None) == {"h1"} and selected(plan, ["h2"], None) == {"h2"}
    assert selected(plan, None, "car_m1_p1") == {"h1", "h2"}
    with pytest.raises(PlanError, match="no specification or hypothesis 'H7'"):
        selected(plan, ["H7"], None)
    with pytest.raises(PlanError, match="no regression of the plan has the outcome"):
        selected(plan, None, "price")


def test_part_of_a_family_has_the_adjusted_p_of_the_whole(frames):
    whole, part = run(HEAD, frames), run(HEAD, frames, only=["H2"])
    assert set(part.results["spec"]) == {"h2"} and set(part.hypotheses["hypothesis"]) == {"H2"}
    for name in ("p_adjusted", "p_step_down", "estimate", "verdict"):
        assert focus(part, "h2")[name] == focus(whole, "h2")[name], name
    by_outcome = run(HEAD, frames, outcome="car_m1_p1")
    assert set(by_outcome.results["spec"]) == {"h1", "h2"}


def test_specifications_give_the_same_numbers_on_threads(frames, monkeypatch):
    alone = run(HEAD, frames).results
    monkeypatch.setenv("BREACHSTUDY_BACKEND", "threading")
    monkeypatch.setenv("BREACHSTUDY_JOBS", "2")
    pd.testing.assert_frame_equal(alone, run(HEAD, frames).results, check_exact=True)


def test_vague_dates_widen_the_error_of_the_regression(frames):
    sure = focus(run(HEAD, frames), "h1")
    vague = frames["events"].copy()
    vague["discovered_lo"] = [d.replace(day=1) for d in vague["discovered_lo"]]
    vague["first_public_hi"] = [p + pd.Timedelta(days=60) for p in vague["first_public_hi"]]
    found = focus(run(HEAD, frames | {"events": vague}), "h1")
    # Draws that scatter fit worse and differ among themselves.
    assert abs(found["statistic"]) < abs(sure["statistic"])
    assert found["std_error"] > sure["std_error"]
    assert found["ci_lo"] < found["estimate"] < found["ci_hi"]


def test_every_fault_against_the_tables_comes_at_once(frames):
    text = HEAD.replace('cluster = ["firm_id", "event_date"]', 'cluster = ["brand", "event_date"]'
                        ).replace('terms = [{ column = "candour", standardise = true }]',
                                  'terms = [{ column = "tone" }]').replace(
        'focus = "candour"', 'focus = "tone"') + """
[[mean_return]]
name = "h0"
question = "m"
status = "exploratory"
sample = "page_dated"
windows = ["m1_p9"]
models = ["capm"]
focus = { window = "m1_p9", model = "capm" }
[[spec_curve]]
name = "curve"
hypothesis = "H2"
question = "c"
treatments = ["candour:best", "lag:square"]
windows = ["m1_p1"]
models = ["market"]
samples = ["page_dated"]
controls = ["none"]
permutations = 99
"""
    with pytest.raises(PlanError) as error:
        run(text, frames)
    told = str(error.value)
    for part in ("'brand'", "'tone'", "no window 'm1_p9'", "no model 'capm'", "'candour:best'",
                 "lag:square: a lag is"):
        assert part in told, part
    assert len(error.value.faults) == 6


@pytest.mark.parametrize(("old", "new", "told"), [
    ('{ column = "is_self_disclosed", kind = "factor", baseline = "False" }',
     '{ column = "is_self_disclosed", kind = "factor", baseline = "True" }',
     "its baseline is False"),
    ('{ column = "is_self_disclosed", kind = "factor", baseline = "False" }',
     '{ column = "era", kind = "factor" }', "give its baseline"),
    ('focus = "candour"', 'focus = "era"', "focus era is a factor of several levels"),
])
def test_factors_that_cannot_be_read_are_refused(frames, old, new, told):
    text = HEAD.replace('terms = [{ column = "candour", standardise = true }]',
                        'terms = [{ column = "candour", standardise = true },'
                        ' { column = "era", kind = "factor", baseline = "2014-2017" }]')
    with pytest.raises(PlanError, match=told):
        run(text.replace(old, new), frames)


def test_a_factor_of_several_levels_enters_as_one_column_a_level(frames):
    text = HEAD.replace('terms = [{ column = "candour", standardise = true }]',
                        'terms = [{ column = "candour", standardise = true },'
                        ' { column = "sensitivity", kind = "factor", baseline = "contact" }]'
                        ).replace('controls = "severity"\nfocus = "candour"', 'focus = "candour"')
    found = run(text, frames).results
    own = found[(found["spec"] == "h2") & (found["kind"] == "coefficient")]
    assert set(own["term"]) == {"const", "candour", "sensitivity[financial]",
                                "sensitivity[health]"}
    assert focus(run(text, frames), "h2")["estimate"] == pytest.approx(
        focus(run(HEAD, frames), "h2")["estimate"])


def test_few_firms_leave_the_bootstrap_out_and_say_so(frames):
    few = frames["events"].copy()
    few["firm_id"] = [f"f{i % 4}" for i in range(len(few))]
    row = focus(run(HEAD, frames | {"events": few}), "h2")
    assert pd.isna(row["p_bootstrap"]) and "wild bootstrap refused" in row["detail"]
    assert row["p_adjusted"] >= row["p_value"]


def test_coding_error_is_carried_through_draws_between_two_coders(frames):
    items = [i.id for i in book().of_index("candour")] + ["T1"]
    rng = np.random.default_rng(5)
    events = frames["events"]
    a = {i: rng.integers(0, 2, len(events)) for i in items}
    b = {i: np.where(rng.random(len(events)) < 0.7, a[i], 1 - a[i]) for i in items}
    score = pd.Series(np.mean([a[i] for i in items[:-1]], axis=0), index=events.index)
    z = (score - score.mean()) / score.std()
    noisy = events.assign(
        candour=score.astype("Float64"),
        car_m1_p1=(0.02 * z + rng.normal(0, 0.01, len(events))).astype("Float64"))
    codes = pd.concat([pd.DataFrame({"event_id": events["event_id"], "item": i,
                                     "is_absence_seen": True, "code_a": a[i].astype(str),
                                     "code_b": b[i].astype(str)})
                       for i in items])
    agreement = pd.DataFrame({"comparison": "A_B", "stratum": "all", "variable": items,
                              "verdict": "reliable"})
    text = HEAD + """
[[coding_error]]
name = "coders"
question = "c"
of = ["h2"]
draws = 20
"""
    made = frames | {"events": noisy, "codes": codes, "agreement": agreement}
    found = run(text, made)
    plain = focus(found, "h2")
    row = found.results[found.results["kind"] == "coding_error"].iloc[0]
    assert plain["estimate"] == pytest.approx(0.02, abs=0.003)
    # Drawing between coders who differ three times in ten weakens the effect that A's codes carry.
    assert 0.2 * plain["estimate"] < row["estimate"] < 0.97 * plain["estimate"]
    assert row["n"] == len(events) and 0 < row["statistic"] < 1
    agreed = codes.assign(code_b=codes["code_a"])
    same = run(text, made | {"codes": agreed}).results
    settled = same[same["kind"] == "coding_error"].iloc[0]
    assert settled["statistic"] < 0.01 < row["statistic"]
    # Codes whose absence could not be seen are drawn from by nobody: too few items are left.
    hidden = codes.assign(is_absence_seen=codes["event_id"].isin(events["event_id"][:60]))
    part = run(text, made | {"codes": hidden}).results
    assert part[part["kind"] == "coding_error"].iloc[0]["n"] == 60


def test_a_curve_leaves_out_small_samples_and_says_so(frames):
    text = HEAD + """
[[spec_curve]]
name = "curve"
hypothesis = "H2"
question = "c"
treatments = ["candour:baseline", "lag:over_30", "candour:component"]
windows = ["m1_p1"]
models = ["market"]
samples = ["page_dated", "few"]
controls = ["none"]
permutations = 99
"""
    found = run(text, frames, only=["curve"])
    row = found.results[found.results["term"] == "median_estimate"].iloc[0]
    assert row["n"] == 2 and "few, candour:component" in row["detail"]
    assert set(found.curves["sample"]) == {"page_dated"}
    alone = run(text.replace('["page_dated", "few"]', '["few"]'), frames, only=["curve"])
    assert alone.results["verdict"].tolist() == ["not run"] and alone.curves.empty


def test_the_plan_reads_as_text(frames):
    plan = read_study_plan(HEAD)
    made = plan_summary(plan, frames, None)
    assert made["faults"] == [] and {s["name"]: s["n"] for s in made["samples"]} == {
        "page_dated": 400, "few": 10}
    text = plan_text(made)
    assert "H1  Speed protects (predicted: -)" in text and "not testable: needs data" in text
    broken = plan_text(plan_summary(plan, {"events": frames["events"].drop(columns="candour")},
                                    None))
    assert "it cannot run" in broken and "no column 'candour'" in broken


def test_means_of_few_events_are_not_run(frames):
    text = HEAD + """
[[mean_return]]
name = "h0"
question = "m"
status = "exploratory"
sample = "few"
windows = ["m1_p1"]
models = ["market"]
focus = { window = "m1_p1", model = "market" }
[[mean_return]]
name = "column"
question = "m"
status = "exploratory"
sample = "page_dated"
column = "car_m10_m2"
"""
    found = run(text, frames, only=["h0", "column"])
    assert focus(found, "h0")["verdict"] == "not run" and focus(found, "h0")["n"] == 10
    mean = focus(found, "column")
    own = frames["events"]["car_m10_m2"]
    assert mean["estimate"] == pytest.approx(own.mean()) and mean["n_clusters"] == 200
    assert mean["ci_lo"] < own.mean() < mean["ci_hi"]
