"""Plans for tests as data: a dictionary in, TOML out. No test edits the text of a plan.

:func:`whole` uses every table and key that the plans of the study use; :func:`small` is the
shortest plan with a test. Change the dictionary, then :func:`plan`.
"""

import copy
import datetime as dt
import json

from breachstudy.plan.read import read_plan

CONTINUOUS = {"column": "candour", "standardise": True, "label": "Candour (per SD)"}
LAGGED = {"column": "lag_analysis_days", "transform": "log1p", "standardise": True,
          "negate": True, "draws": True, "label": "Speed"}
FIRST = {"column": "is_self_disclosed", "kind": "factor", "baseline": "False", "label": "First"}
SEVERITY = {"column": "sensitivity", "kind": "factor", "baseline": "contact",
            "missing_as": "unknown", "min_n": 6, "label": "Sensitivity"}
BASELINE = [{"column": "log_affected", "label": "People"}, SEVERITY]


def small():
    """One sample, one hypothesis, one regression."""
    return copy.deepcopy({
        "title": "Small", "min_n": 20, "bootstrap_draws": 99, "draws": 3, "seed": 3,
        "primary_inference": "model", "sesoi": {"car": 0.005},
        "sample": [{"name": "all", "table": "events", "title": "All", "where": [
            {"column": "car_m1_p1", "op": "present"}]}],
        "hypothesis": [{"id": "H1", "claim": "Candour protects", "seed_sign": "+",
                        "family": "primary", "tests": ["h1"]}],
        "linear": [{"name": "h1", "question": "candour", "status": "confirmatory",
                    "hypothesis": "H1", "sample": "all", "outcome": "car_m1_p1",
                    "terms": [CONTINUOUS], "focus": "candour", "sesoi": "car",
                    "covariance": "HC3"}]})


def whole():
    """A plan with every table and key of the study's two plans, on the tables of conftest."""
    made = small()
    made.update(confidence=0.9, alpha=0.1, primary_inference="wild_bootstrap",
                bootstrap_cluster="firm_id", sesoi={"car": 0.005, "acsi": 1.0})
    made["sample"][0]["where"] += [{"column": "is_training", "op": "==", "value": False}]
    made["sample"] += [
        {"name": "known", "table": "events", "title": "Known", "where": [
            {"column": "candour", "op": ">=", "value": 0.3}]},
        {"name": "notices", "table": "notices", "title": "Notices", "where": [
            {"column": "first_notice_lag_lo_days", "op": ">=", "value": 12}]}]
    made["control_set"] = [{"name": "none", "terms": []}, {"name": "severity", "terms": BASELINE}]
    made["hypothesis"][0].update(rivals=["-: detail is punished"], partial="In part.",
                                 power_note="Few events.")
    made["hypothesis"] += [
        {"id": "H0", "claim": "Breaches cost", "seed_sign": "-", "family": "secondary",
         "tests": ["h0", "column"]},
        {"id": "H4", "claim": "Both", "seed_sign": "-", "family": "secondary", "tests": ["h4"]},
        {"id": "H9", "claim": "Early", "seed_sign": "early", "family": "secondary",
         "tests": ["h9"]},
        {"id": "HX", "claim": "No data", "seed_sign": "+", "family": "secondary", "tests": [],
         "not_testable": "Needs data."}]
    h1 = made["linear"][0]
    h1.update(controls="severity", covariance="cluster", cluster=["firm_id", "event_date"],
              inference=["wild_bootstrap", "permutation"], permute_within=["sensitivity"],
              terms=[CONTINUOUS, FIRST])
    made["linear"] += [
        {"name": "h4", "question": "both", "status": "exploratory", "hypothesis": "H4",
         "sample": "all", "outcome": "car_m1_p1", "terms": [LAGGED, CONTINUOUS, {
             "kind": "product", "of": ["lag_analysis_days", "candour"], "column": "both",
             "label": "Both"}], "focus": "both", "predicted_sign": "+", "sesoi": "car",
         "covariance": "HC3"},
        {"name": "late", "question": "late", "status": "exploratory", "sample": "all",
         "outcome": "car_m1_p1", "terms": [
             {"column": "is_revised_up", "kind": "factor", "baseline": "False"}],
         "look_ahead_reason": "Dated before its outcome."},
        {"name": "lag_model", "question": "lag", "status": "descriptive", "sample": "notices",
         "outcome": "first_notice_lag_days", "outcome_transform": "log1p",
         "covariance": "cluster", "cluster": "organisation_key", "terms": [
             {"column": "n_affected", "transform": "log10p1", "label": "People (log10)"},
             {"column": "industry", "kind": "factor", "baseline": "health",
              "missing_as": "unknown", "min_n": 6, "label": "Sector"}]}]
    grid = {"windows": ["m1_p1", "0_p1"], "models": ["market", "ff3"]}
    made["mean_return"] = [
        {"name": "h0", "question": "means", "status": "exploratory", "sample": "all", **grid,
         "focus": {"window": "m1_p1", "model": "market"}},
        {"name": "column", "hypothesis": "H0", "question": "mean", "status": "exploratory",
         "sample": "all", "column": "car_m10_m2"}]
    made["decay"] = [{"name": "h9", "hypothesis": "H9", "question": "early",
                      "status": "exploratory", "sample": "all", "first": 3, "horizon": 20}]
    made["robustness"] = [
        {"name": "vary", "question": "r", "of": ["h1", "h4"], "vary": [
            {"name": "median", "estimator": "median"},
            {"name": "winsor", "outcome_transform": "winsor_1_99"},
            {"name": "errors", "covariance": "HC3", "of": ["h1"]},
            {"name": "known", "sample": "known"},
            {"name": "plain", "controls": "none", "of": ["h1"]}]},
        {"name": "placebo", "question": "p", "of": ["h1"], "status": "negative_control",
         "vary": [{"name": "before", "outcome": "car_m10_m2"}]}]
    made["treatment_effect"] = [
        {"name": "effect", "hypothesis": "H1", "question": "t", "status": "exploratory",
         "sample": "all", "outcome": "car_m1_p1", "treatment": "is_fast",
         "controls": "severity", "estimators": ["difference", "matching"], "sesoi": "car"}]
    made["sensitivity"] = [{"name": "sens", "question": "s", "of": ["h1"],
                            "benchmarks": ["log_affected"], "r2_max_ratio": 1.3}]
    made["influence"] = [{"name": "infl", "question": "i", "of": ["h1"], "by": "firm_id"}]
    made["coding_error"] = [{"name": "coders", "question": "c", "of": ["h1"], "draws": 3}]
    made["spec_curve"] = [
        {"name": "curve", "hypothesis": "H1", "question": "c", **grid,
         "treatments": ["candour:baseline", "lag:log"], "samples": ["all", "known"],
         "controls": ["none", "severity"], "permutations": 99}]
    between = {"lo": "first_notice_lag_lo_days", "hi": "first_notice_lag_hi_days"}
    common = {"question": "l", "status": "descriptive", "sample": "notices"}
    made["interval_summary"] = [
        {"name": "by_sector", **common, **between, "by": "industry", "by_label": "Sector",
         "min_n": 4},
        {"name": "by_size", **common, **between, "by": "n_affected", "by_label": "People",
         "bins": [0, 300, 600]}]
    made["turnbull"] = [{"name": "share", **common, **between, "by": "industry"}]
    made["aft"] = [{"name": "ratios", **common, **between, "distribution": "lognormal",
                    "terms": [{"column": "n_affected", "transform": "log10p1",
                               "label": "People"},
                              {"column": "industry", "kind": "factor", "baseline": "health",
                               "missing_as": "unknown", "min_n": 6}]}]
    made["bunching"] = [{"name": "deadlines", **common, "column": "first_notice_lag_days",
                         "deadlines": [30, 45]}]
    return copy.deepcopy(made)


def toml(data):
    """The text of a plan. Lists of dictionaries at the top become [[tables]]."""
    head = [f"{k} = {_value(v)}" for k, v in data.items() if not _is_tables(v)]
    parts = [[f"[[{k}]]", *(f"{a} = {_value(b)}" for a, b in one.items())]
             for k, v in data.items() if _is_tables(v) for one in v]
    return "\n".join(["\n".join(part) for part in [head, *parts]]) + "\n"


def _is_tables(value):
    return isinstance(value, list) and bool(value) and all(isinstance(v, dict) for v in value)


def _value(value):
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_value(v) for v in value) + "]"
    if isinstance(value, (dt.date, float)) and not isinstance(value, bool):
        return value.isoformat() if isinstance(value, dt.date) else repr(value)
    return json.dumps(value, ensure_ascii=False)


def _key(key):
    return key if key.replace("_", "").isalnum() else json.dumps(key)


def plan(data, file="test.toml"):
    """The plan that a dictionary says."""
    return read_plan(toml(data), file)


def effects():
    """A plan of the invented effects of conftest: lag and candour are primary, decay secondary, one
    hypothesis cannot be tested."""
    test = {"status": "confirmatory", "sample": "page_dated", "outcome": "car_m1_p1",
            "controls": "severity", "sesoi": "car"}
    return copy.deepcopy({
        "min_n": 30, "draws": 5, "seed": 3, "bootstrap_draws": 399, "sesoi": {"car": 0.005},
        "sample": [
            {"name": "page_dated", "table": "events", "title": "All", "where": [
                {"column": "car_m1_p1", "op": "present"}]},
            {"name": "few", "table": "events", "title": "Few", "where": [
                {"column": "event_id", "op": "<", "value": "e0010"}]}],
        "control_set": [{"name": "severity", "terms": [
            {"column": "sensitivity", "kind": "factor", "baseline": "contact"}]}],
        "hypothesis": [
            {"id": "H1", "claim": "Speed protects", "seed_sign": "-", "family": "primary",
             "tests": ["h1"]},
            {"id": "H2", "claim": "Candour protects", "seed_sign": "+", "family": "primary",
             "tests": ["h2"]},
            {"id": "H9", "claim": "Early", "seed_sign": "early", "family": "secondary",
             "tests": ["h9"]},
            {"id": "HX", "claim": "No data", "seed_sign": "+", "family": "secondary", "tests": [],
             "not_testable": "needs data"}],
        "linear": [
            {"name": "h1", "question": "lag", "hypothesis": "H1", **test, "terms": [
                {"column": "lag_analysis_days", "transform": "log1p", "standardise": True,
                 "draws": True}, {"column": "candour", "standardise": True},
                {"column": "is_self_disclosed", "kind": "factor", "baseline": "False"}],
             "focus": "lag_analysis_days", "covariance": "cluster",
             "cluster": ["firm_id", "event_date"], "inference": ["wild_bootstrap", "permutation"],
             "permute_within": ["sensitivity", "era"]},
            {"name": "h2", "question": "candour", "hypothesis": "H2", **test, "terms": [
                {"column": "candour", "standardise": True}], "focus": "candour",
             "covariance": "HC3", "inference": ["wild_bootstrap"]}],
        "decay": [{"name": "h9", "hypothesis": "H9", "question": "early",
                   "status": "exploratory", "sample": "page_dated", "first": 3, "horizon": 90}]})


def added(data, **tables):
    """The plan with further specifications, a list a kind."""
    for kind, own in tables.items():
        data.setdefault(kind, []).extend(own)
    return data


def of(data, name):
    """The specification of that name, to change it."""
    return next(s for own in data.values() if isinstance(own, list) for s in own
                if isinstance(s, dict) and s.get("name") == name)
