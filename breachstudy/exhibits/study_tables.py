"""Tables of the study: results in, text tables out; rounding happens here only."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from breachstudy.exhibits.figure import WINDOWS, FigureInputs
from breachstudy.exhibits.numbers import (
    DASH,
    count,
    effect,
    effect_interval,
    interval,
    number,
    p_value,
    plain,
    share,
    sign_text,
    size,
)
from breachstudy.exhibits.returns import MODELS
from breachstudy.exhibits.tables import Exhibit
from breachstudy.exhibits.units import unit_of
from breachstudy.response.reliability import RARE

__all__ = ["agreement_exhibit", "curves_table", "effects_table", "flow_table", "means_table",
           "nested_table", "replication_table", "robustness_table", "sensitivity_table",
           "summary_table", "verdict_table"]

STATISTICS = {"cross_sectional_t": "t", "bmp": "BMP", "kolari_pynnonen_overlap": "KP",
              "grank_t": "GRANK", "generalised_sign": "Gen. sign",
              "skewness_adjusted_t": "Skew-adj. t", "wild_bootstrap": "Wild boot."}


def _two(value: float) -> str:
    return number(value, 2)


def flow_table(attrition: pd.DataFrame) -> Exhibit:
    """Who fell out where."""
    body = pd.DataFrame({
        "Chain": attrition["chain"], "Stage": attrition["stage"],
        "Left": [count(n) for n in attrition["n"]],
        "Fell out": [count(n) if n else DASH for n in attrition["n_dropped"]],
        "Why": attrition["reason"].fillna(DASH)})
    return Exhibit("tab4_sample_flow", "Sample flow", body,
                   "Counts add up within each chain; computed by the build.",
                   ("Chain", "Stage", "Why"))


def summary_table(given: FigureInputs) -> Exhibit:
    """Means, spread and range of what enters the regressions."""
    events = given.frames["events"]
    own = events[events["is_listed"].astype(bool) & (events["event_date_basis"] == "page_day")
                 & events["car_m1_p1"].notna() & ~events["is_training"].astype(bool)]
    rows = []
    for column, label, scale in (
            *((f"car_{w}", f"CAR {WINDOWS[w]}", 100) for w in ("m1_p1", "0_p30")),
            ("matched_car_m1_p1", "CAR of matched firms", 100),
            ("abnormal_volume", "Abnormal log volume, days 0 and 1", 1),
            ("acsi_change", "Change of satisfaction, points", 1),
            ("lag_analysis_days", "Disclosure lag (L2), days", 1),
            ("log_affected", "People affected, log10", 1), ("size_decile", "Size decile", 1),
            ("candour", "Candour", 1), ("accommodation", "Accommodation", 1),
            ("evasion", "Evasion", 1)):
        values = own[column].dropna().astype(float) * scale
        if len(values) < 2:
            continue
        q = np.percentile(values, [25, 50, 75])
        unit = " (%)" if scale == 100 else ""
        rows.append({"Variable": label + unit, "n": count(len(values)),
                     "Mean": _two(values.mean()), "SD": _two(values.std()), "P25": _two(q[0]),
                     "Median": _two(q[1]), "P75": _two(q[2])})
    return Exhibit("tab5_summary", "Listed events with a first public day read in a page",
                   pd.DataFrame(rows), f"n = {count(len(own))} events; training cases left out.",
                   ("Variable",))


def means_table(given: FigureInputs) -> Exhibit:
    """Mean CAR by window and model with the p-value of every statistic."""
    r = given.results
    own = r[(r["spec"] == "h0_page") & (r["kind"] == "mean_return")]
    rows = []
    for model in MODELS:
        for window in WINDOWS:
            cell = own[(own["group"] == model) & (own["outcome"] == f"car_{window}")]
            if cell.empty:
                continue
            by = cell.set_index("term")
            rows.append({"Model": MODELS[model], "Window": WINDOWS[window],
                         "Mean": effect(by["estimate"].iloc[0], "return"),
                         "n": count(by["n"].iloc[0]),
                         **{f"p, {label}": p_value(by.loc[s, "p_value"])
                            for s, label in STATISTICS.items() if s in by.index}})
    return Exhibit("tab6_mean_car", "Mean cumulative abnormal returns, by window, model and test",
                   pd.DataFrame(rows), "First public day read in a page. t, BMP and KP clustered "
                   "by firm; KP with the residual correlation in calendar time; "
                   f"{WINDOWS['m10_m2']} is a placebo. docs/eventstudy.md defines each statistic.",
                   ("Model", "Window"))


def nested_table(given: FigureInputs) -> Exhibit:
    """Nested cross-sections of the primary CAR."""
    r = given.results
    specs = ["nested_1", "nested_2", "nested_3", "nested_4"]
    labels = {"lag_analysis_days": "Disclosure lag (log, per SD)", "candour": "Candour (per SD)",
              "accommodation": "Accommodation (per SD)", "evasion": "Evasion (per SD)",
              "lag_x_candour": "Lag × candour", "log_affected": "People affected (log10)",
              "is_affected_unknown[True]": "Number unknown", "size_decile": "Size decile",
              "has_prior_breach[True]": "Earlier breach"}
    ran = [s for s in specs if ((r["spec"] == s) & (r["kind"] == "coefficient")).any()]
    rows = []
    for term, label in labels.items():
        row = {"": label}
        for k, spec in enumerate(ran, start=1):
            cell = r[(r["spec"] == spec) & (r["kind"] == "coefficient") & (r["term"] == term)]
            row[f"({k})"] = "" if cell.empty else (
                f"{number(float(cell['estimate'].iloc[0]), 4)} "
                f"({number(float(cell['std_error'].iloc[0]), 4)})")
        if any(row[f"({k})"] for k in range(1, len(ran) + 1)):
            rows.append(row)
    for name, kind in (("n", "n"), ("R²", "r2")):
        row = {"": name}
        for k, spec in enumerate(ran, start=1):
            fit = r[(r["spec"] == spec) & (r["kind"] == "fit")].iloc[0]
            row[f"({k})"] = count(fit["n"]) if kind == "n" else number(fit["estimate"])
        rows.append(row)
    return Exhibit("tab7_nested", f"Nested cross-sections of the CAR from {WINDOWS['m1_p1']}",
                   pd.DataFrame(rows), "Coefficients with standard errors clustered by firm and by "
                   "date, lags drawn within their intervals (Rubin's rules). Sector, era and kind "
                   "of data are in every column. Conditional associations, not effects.", ("",))


def verdict_table(given: FigureInputs) -> Exhibit:
    """Every hypothesis with its tests and verdicts."""
    rows = []
    for row in given.hypotheses.to_dict("records"):
        unit, value = unit_of(row), row.get("estimate")
        p = next((row[k] for k in ("p_bootstrap", "p_value") if pd.notna(row.get(k))), np.nan)
        rows.append({
            "": row["hypothesis"],
            "Test": row["question"] if pd.notna(row.get("test")) else row["claim"],
            "Predicted": sign_text(row["seed_sign"]),
            "Effect": effect(value, unit),
            f"{given.levels.interval} interval": effect_interval(row.get("ci_lo"),
                                                                 row.get("ci_hi"), unit),
            "n": count(row.get("n")), "p": p_value(p), "Adjusted p": p_value(row.get("p_adjusted")),
            "Could find": DASH if pd.isna(value) else _least(row.get("mde"), unit),
            "Verdict": str(row["verdict"]).replace("_", " ")})
    n_primary = int((given.hypotheses["status"] == "confirmatory").sum())
    return Exhibit("tab8_verdicts", "Hypotheses, effects and verdicts", pd.DataFrame(rows),
                   "Effects on CARs per standard deviation or yes against no; on satisfaction in "
                   "points of 100. 'Could find': the effect that the test finds with power "
                   f"{plain(given.levels.power)}. Primary tests are adjusted by Holm ({n_primary}, "
                   "those not run with p = 1), the others by Benjamini–Hochberg.",
                   ("", "Test", "Predicted", "Verdict"))


def _least(value: Any, unit: str) -> str:
    """The least effect that a test finds, in its unit and without a sign."""
    text = size(value, unit)
    return f"{text}%" if unit == "return" and text != DASH else text


def robustness_table(given: FigureInputs) -> Exhibit:
    """Variations and negative controls of the primary tests on investors."""
    r = given.results
    own = r[(r["kind"] == "focus") & r["status"].isin(["robustness", "negative_control"])]
    rows = [{"Test": row.spec.split("/")[0].split("_")[0].upper(),
             "Variation": str(row.group).replace("_", " "),
             **_estimate(row._asdict(), given),
             "Note": "negative control" if row.status == "negative_control" else (
                 "not run" if row.verdict == "not run" else "")}
            for row in own.itertuples(index=False)]
    return Exhibit("tab9_robustness", "The primary tests under other choices", pd.DataFrame(rows),
                   "Negative controls are outcomes that the answer cannot have caused: returns "
                   "before the news, and those of matched firms.", ("Test", "Variation", "Note"))


def _estimate(row: dict[str, Any], given: FigureInputs) -> dict[str, str]:
    """Cells of an estimate in its own unit: effect, interval, n, p."""
    unit = unit_of(row)
    return {"Effect": effect(row["estimate"], unit),
            f"{given.levels.interval} interval": effect_interval(row["ci_lo"], row["ci_hi"], unit),
            "n": count(row["n"]), "p": p_value(row["p_value"])}


def sensitivity_table(given: FigureInputs) -> Exhibit:
    """Omitted variables and single firms."""
    r = given.results
    rows = []
    for test in ("h1_car", "h2_car", "h3_car", "h4_car", "h6_car"):
        own = r[(r["spec"] == f"sensitivity/{test}")]
        by = own[own["kind"] == "sensitivity"].set_index("term")
        spread = r[(r["spec"] == f"influence/{test}") & (r["term"] == "range")]
        if "estimate" not in by.index or by.loc["robustness_value", "verdict"] == "not run":
            continue
        value, unit = by["estimate"].astype(float), unit_of(own.iloc[0].to_dict())
        twice = own[(own["kind"] == "benchmark") & (own["term"] == "2x")]
        rows.append({
            "Test": test.split("_")[0].upper(), "Estimate": effect(value["estimate"], unit),
            "Robustness value": number(value["robustness_value"], 3),
            "to lose significance": number(value["robustness_value_alpha"], 3),
            "Oster's δ": _two(value.get("oster_delta", np.nan)),
            "β*": effect(value.get("oster_beta_star"), unit),
            "Twice people affected": DASH if twice.empty else effect(
                twice["estimate"].iloc[0], unit),
            "Without one firm": DASH if spread.empty else effect_interval(
                spread["bound_lo"].iloc[0], spread["bound_hi"].iloc[0], unit)})
    return Exhibit("tab10_sensitivity", "Omitted variables and single firms", pd.DataFrame(rows),
                   "Cinelli and Hazlett (2020); Oster (2019) with the R² max that the plan names; "
                   "estimates with a confounder twice as strong as the number of people affected; "
                   "range of the estimate with each firm left out.", ("Test",))


def effects_table(given: FigureInputs) -> Exhibit:
    """Two-valued treatments by several estimators."""
    r = given.results
    own = r[r["kind"] == "effect"]
    names = {"difference": "Difference of means", "entropy_balance": "Entropy balancing (ATT)",
             "ipw": "Inverse probability", "overlap": "Overlap weights", "aipw": "Augmented, "
             "cross-fitted", "matching": "Matching, bias-adjusted (ATT)"}
    rows = [{"Contrast": row.question, "Estimator": names[row.term],
             **_estimate(row._asdict(), given)}
            for row in own.itertuples(index=False)]
    return Exhibit("tab11_effects", "Contrasts balanced on severity", pd.DataFrame(rows),
                   f"Outcome: CAR {WINDOWS['m1_p1']}; errors clustered by firm (matching: "
                   "Abadie and Imbens).", ("Contrast", "Estimator"))


def _by_coverage(alphas: pd.DataFrame, row: Any) -> str:
    """Alphas of the strata, lowest coverage first; a dash for a comparison made overall only."""
    key = (row.comparison, row.variable)
    if key not in alphas.index:
        return DASH
    return ", ".join(_two(v) for v in alphas.loc[key, sorted(alphas.columns)])


def _shift_text(row: Any) -> str:
    if pd.isna(row.mean_shift):
        return DASH
    return f"{_two(row.mean_shift)} ({interval(row.shift_lo, row.shift_hi, _two)})"


def agreement_exhibit(given: FigureInputs) -> Exhibit:
    """Agreement of the coders, item by item."""
    table = given.frames["agreement"]
    names = {"A_B": "A and B", "second_look": "second look", "recode": "from scratch"}
    table = table[table["comparison"].isin(names)]
    own = table[table["stratum"] == "all"]
    by_coverage = table[table["stratum"] != "all"].pivot(
        index=["comparison", "variable"], columns="stratum", values="alpha")
    level = given.levels.interval
    strata = ", ".join(s.removeprefix("coverage_").replace("_", "–")
                       for s in sorted(by_coverage.columns))
    rows = [{"Comparison": names[row.comparison], "Item": row.variable, "": row.title,
        "α": _two(row.alpha),
        f"{level} interval": interval(row.alpha_lo, row.alpha_hi, _two), "AC1": _two(row.ac1),
        f"α at coverage {strata}": _by_coverage(by_coverage, row),
        "Same code": _two(row.share_agreed), "Shift": _shift_text(row), "n": count(row.n_events),
        "Verdict": row.verdict.replace("_", " ")} for row in own.itertuples(index=False)]
    return Exhibit("tab12_agreement", "Agreement between coders", pd.DataFrame(rows),
                   "Machine coders following the coding book, blind to each other and to outcomes. "
                   "Krippendorff's α (ordinal or nominal as the item says); Gwet's AC1 decides for "
                   f"items present in less than {share(RARE)} or more than {share(1 - RARE)} of "
                   "the codes. Over cells whose absence could be seen. Shift: B minus A, or a "
                   "later coding minus the final code, in levels, "
                   f"with its {level} interval.", ("Comparison", "Item", "", "Verdict"))



def replication_table(given: FigureInputs, published: pd.DataFrame) -> Exhibit:
    """Published findings beside ours: sign and order of magnitude."""
    r = given.results
    mean = r[(r["spec"] == "h0_page") & (r["kind"] == "focus")].iloc[0]
    ours = {"H0": effect(mean["estimate"], "return")}
    h = given.hypotheses
    for row in h[h["estimate"].notna()].to_dict("records"):
        if unit_of(row) == "return":
            ours.setdefault(row["hypothesis"], effect(row["estimate"], "return"))
    rows = []
    for row in published.to_dict("records"):
        if row["hypothesis"] not in ours:
            continue
        rows.append({"Study": f"{row['study']} ({int(row['year'])})" if pd.notna(row["year"])
                     else row["study"], "Hypothesis": row["hypothesis"],
                     "Outcome": row["outcome"], "Published": row["finding"],
                     "Sign": sign_text(row["sign"]),
                     "Ours": ours[row["hypothesis"]]})
    return Exhibit("tab13_replication", "The literature beside this study", pd.DataFrame(rows),
                   "Agreement in sign and order of magnitude is the test; exact replication needs "
                   f"the authors' samples. Ours: CAR {WINDOWS['m1_p1']}.",
                   ("Study", "Hypothesis", "Outcome", "Published", "Sign"))


def curves_table(given: FigureInputs) -> Exhibit:
    """Joint tests of the specification curves: what was seen and how often chance gives as much."""
    r = given.results
    own = r[(r["kind"] == "curve") & r["estimate"].notna()]
    names = {"median_estimate": "Median estimate",
             "share_significant": "Share significant in the predicted sign",
             "stouffer": "Stouffer's Z"}

    def seen(term: str, value: float) -> str:
        if term == "median_estimate":
            return effect(value, "return")
        return share(value, 1) if term == "share_significant" else _two(value)

    rows = [{"Curve": row.question, "Statistic": names[row.term],
             "Seen": seen(row.term, float(row.estimate)),
             "p, permutation": p_value(row.p_permutation),
             f"Middle {given.levels.interval} of estimates": effect_interval(
                 row.bound_lo, row.bound_hi, "return")
             if row.term == "median_estimate" else "", "Specifications": count(row.n)}
            for row in own.itertuples(index=False)]
    details = "; ".join(f"{q}: {d}" for q, d in own[["question", "detail"]].drop_duplicates()
                        .itertuples(index=False) if isinstance(d, str))
    return Exhibit("tab18_curves", "Joint tests of the specification curves", pd.DataFrame(rows),
                   "Simonsohn, Simmons and Nelson (2020). Effects on the CAR per standard "
                   f"deviation. {details}.", ("Curve", "Statistic"))
