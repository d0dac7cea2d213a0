"""Checks of the primary regressions: omitted variables, single firms, coding error, variations."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from breachstudy.estimation.influence import leave_one_group_out
from breachstudy.estimation.linear import fit_linear
from breachstudy.estimation.parallel import run_tasks
from breachstudy.estimation.rubin import combine
from breachstudy.estimation.sensitivity import benchmarks, omitted_variable, oster
from breachstudy.plan.designs import build_design
from breachstudy.plan.faults import variations
from breachstudy.plan.records import (
    CodingError,
    InfluenceSpec,
    Robustness,
    SensitivitySpec,
    StudyTerm,
)
from breachstudy.plan.regressions import NOT_RUN, Context, prepare, run_regression
from breachstudy.response.coding import numeric
from breachstudy.response.indices import coded_index, index_items
from breachstudy.response.reliability import usable_items
from breachstudy.schema.coding_book import Book

__all__ = ["run_coding_error", "run_influence", "run_robustness", "run_sensitivity"]

Row = dict[str, Any]
COLLINEAR = (ValueError, np.linalg.LinAlgError)


def run_robustness(spec: Robustness, context: Context) -> list[Row]:
    """The focus row of every variation of every regression, named ``spec/variation``."""
    varied = variations(spec, context.plan)
    found = run_tasks(run_regression, [(v, context) for v in varied])
    return [{**row, "group": v.name.partition("/")[2]}
            for v, rows in zip(varied, found, strict=True) for row in rows
            if row["kind"] == "focus"]


def run_sensitivity(spec: SensitivitySpec, context: Context) -> list[Row]:
    """Robustness values, Oster's δ and β*, and bounds by observed covariates."""
    rows: list[Row] = []
    for name in spec.of:
        base = context.plan.regressions[name]
        common: Row = {"spec": f"{spec.name}/{name}", "question": spec.question,
                       "status": "robustness", "kind": "sensitivity", "sample": base.sample,
                       "outcome": base.outcome, "hypothesis": base.hypothesis or None}
        try:
            made = prepare(base, context)
            if len(made.y) < context.plan.min_n:
                raise ValueError("n is below the plan's minimum")
            found = omitted_variable(made.y, made.x, made.focus, alpha=context.plan.alpha)
        except COLLINEAR as error:
            rows.append({**common, "term": "robustness_value", "verdict": NOT_RUN,
                         "detail": str(error)})
            continue
        common["n"] = len(made.y)
        rows += [{**common, "term": term, "estimate": value} for term, value in (
            ("estimate", found.estimate), ("std_error", found.std_error), ("df", found.df),
            ("partial_r2", found.partial_r2), ("robustness_value", found.rv),
            ("robustness_value_alpha", found.rv_alpha))]
        try:
            fit = fit_linear(made.y, made.x, covariance="HC1")
            r2_max = min(1.0, spec.r2_max_ratio * fit.r_squared)
            selection = oster(made.y, made.x, made.focus, r2_max=r2_max)
            rows += [{**common, "term": "oster_delta", "estimate": selection.delta},
                     {**common, "term": "oster_beta_star", "estimate": selection.beta_star}]
        except COLLINEAR as error:
            rows.append({**common, "term": "oster_delta", "verdict": NOT_RUN,
                         "detail": str(error)})
        present = [c for c in spec.benchmarks if c in made.x.columns]
        for b in benchmarks(made.y, made.x, made.focus, present).to_dict("records"):
            rows.append({**common, "kind": "benchmark", "group": str(b["covariate"]),
                         "term": f"{b['k']:g}x", "estimate": b["estimate"],
                         "std_error": b["std_error"], "ci_lo": b["ci_lo"], "ci_hi": b["ci_hi"],
                         "bound_lo": b["r2_treatment"], "bound_hi": b["r2_outcome"]})
    return rows


def run_influence(spec: InfluenceSpec, context: Context, most: int = 5) -> list[Row]:
    """The ``most`` firms whose removal moves the estimate most, and the range over all."""
    rows: list[Row] = []
    for name in spec.of:
        base = context.plan.regressions[name]
        common: Row = {"spec": f"{spec.name}/{name}", "question": spec.question,
                       "status": "robustness", "kind": "influence", "sample": base.sample,
                       "outcome": base.outcome, "hypothesis": base.hypothesis or None}
        try:
            made = prepare(base, context)
            if len(made.y) < context.plan.min_n:
                raise ValueError("n is below the plan's minimum")
            table = context.plan.samples[base.sample].table
            groups = context.frames[table].loc[made.x.index, spec.by].astype(str)
            found = leave_one_group_out(made.y, made.x, groups, made.focus)
        except COLLINEAR as error:
            rows.append({**common, "term": "range", "verdict": NOT_RUN, "detail": str(error)})
            continue
        rows.append({**common, "term": "range", "n": len(made.y),
                     "estimate": float(found["estimate"].median()),
                     "bound_lo": float(found["estimate"].min()),
                     "bound_hi": float(found["estimate"].max()),
                     "detail": "the sign changes without one of them"
                     if bool(found["is_sign_changed"].any()) else None})
        rows += [{**common, "term": str(r["group"]), "n": int(r["n"]), "estimate": r["estimate"],
                  "std_error": r["std_error"], "statistic": r["change"]}
                 for r in found.head(most).to_dict("records")]
    return rows


def run_coding_error(spec: CodingError, context: Context, book: Book) -> list[Row]:
    """Regressions on codes drawn at random between the two coders, combined by Rubin's rules."""
    rows: list[Row] = []
    codes = context.frames["codes"]
    if codes.empty:
        return [{"spec": f"{spec.name}/{name}", "question": spec.question, "status": "robustness",
                 "kind": "coding_error", "term": name, "verdict": NOT_RUN,
                 "detail": "no event is coded"} for name in spec.of]
    draws = _redrawn(context, book, spec.draws)
    for name in spec.of:
        base = context.plan.regressions[name]
        common: Row = {"spec": f"{spec.name}/{name}", "question": spec.question,
                       "status": "robustness", "kind": "coding_error", "sample": base.sample,
                       "outcome": base.outcome, "hypothesis": base.hypothesis or None,
                       "term": base.focus}
        estimates, variances, n, df = [], [], 0, 1.0
        plain = replace(base, terms=tuple(_without_draws(t) for t in base.terms))
        frame = context.sample(base.sample)
        try:
            for drawn in draws:
                own = frame.drop(columns=drawn.columns).join(drawn, on="event_id")
                made = build_design(plain, context.plan.controls[base.controls], own, None)
                clusters = made.clusters
                fit = fit_linear(made.y, made.x, covariance=base.covariance, clusters=clusters)
                i = fit.names.index(made.focus)
                estimates.append([fit.estimate[i]])
                variances.append([fit.std_error[i] ** 2])
                n, df = fit.n, fit.df
            if n < context.plan.min_n:
                raise ValueError("n is below the plan's minimum")
        except COLLINEAR as error:
            rows.append({**common, "verdict": NOT_RUN, "detail": str(error)})
            continue
        found = combine(np.array(estimates), np.array(variances), df_complete=df)
        rows.append({**common, "estimate": float(found.estimate[0]),
                     "std_error": float(found.std_error[0]), "p_value": float(found.p_value[0]),
                     "ci_lo": float(found.ci_lo[0]), "ci_hi": float(found.ci_hi[0]), "n": n,
                     "df": float(found.df[0]), "statistic": float(found.fraction_missing[0]),
                     "detail": "statistic holds the share of information lost to coding error"})
    return rows


def _without_draws(term: StudyTerm) -> StudyTerm:
    return replace(term, draws=False)


def _redrawn(context: Context, book: Book, draws: int) -> list[pd.DataFrame]:
    """``draws`` versions of candour and of who was first, each code A's or B's at random; as in
    the index itself, only where the item's absence could be seen."""
    codes = context.frames["codes"]
    codes = codes[codes["is_absence_seen"].astype(bool)]
    usable = usable_items(context.frames["agreement"])
    items = index_items(book, "candour", usable)
    a = codes.assign(v=numeric(codes["code_a"])).pivot(index="event_id", columns="item", values="v")
    b = codes.assign(v=numeric(codes["code_b"])).pivot(index="event_id", columns="item", values="v")
    rng = np.random.default_rng(context.plan.seed)
    out = []
    for _ in range(draws):
        pick = rng.random(a.shape) < 0.5
        drawn = a.where(pick, b).astype("Float64")
        drawn = drawn.fillna(a).fillna(b)
        frame = pd.DataFrame({"candour": coded_index(drawn, items)["value"]})
        frame["is_self_disclosed"] = (drawn["T1"] >= 1).astype("boolean")
        out.append(frame)
    return out
