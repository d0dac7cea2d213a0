"""Effects of a two-valued treatment by several estimators, with the balance that they leave."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from breachstudy.estimation.balance import balance, overlap
from breachstudy.estimation.equivalence import equivalence_test
from breachstudy.estimation.matching import match
from breachstudy.estimation.sensitivity import e_value
from breachstudy.estimation.weighting import (
    Effect,
    aipw,
    entropy_balance,
    entropy_effect,
    ipw,
    propensity,
    weighted_difference,
)
from breachstudy.plan.designs import control_columns, transformed_values
from breachstudy.plan.records import EffectSpec
from breachstudy.plan.regressions import NOT_RUN, Context

__all__ = ["balance_rows", "run_effect"]

Row = dict[str, Any]
NORMAL_DF = 1e9
MIN_GROUP = 5


def _data(spec: EffectSpec, context: Context
          ) -> tuple[pd.Series, pd.Series, pd.DataFrame, pd.Series] | None:
    """Outcome, treatment (0 or 1), covariates and firms of the rows that miss nothing; None with
    fewer rows than the plan asks for, or fewer than MIN_GROUP in one of the groups."""
    frame = context.sample(spec.sample)
    y = transformed_values(frame[spec.outcome], "none")
    treated = frame[spec.treatment].astype("boolean")
    rows = frame[y.notna() & treated.notna()]
    counts = treated[rows.index].value_counts()
    if len(rows) < context.plan.min_n or counts.size < 2 or counts.min() < MIN_GROUP:
        return None
    x = control_columns(rows, context.plan.controls[spec.controls])
    x = _supported(x, treated[x.index].astype(bool))
    firms = rows.loc[x.index, "firm_id"].fillna(rows.loc[x.index, "event_id"]).astype(str)
    return y[x.index], treated[x.index].astype(float), x, firms


def _supported(x: pd.DataFrame, treated: pd.Series) -> pd.DataFrame:
    """Rows and columns of the common support: rows at a level that only treated or only untreated
    events have cannot be compared, and leave; so do columns that no longer vary."""
    for name in x.columns:
        level = x[name] == 1
        if x[name].isin([0.0, 1.0]).all() and level.any() and treated[x.index][level].nunique() < 2:
            x = x[~level]
    return x.loc[:, x.std() > 0]


def run_effect(spec: EffectSpec, context: Context) -> list[Row]:
    """A row an estimator: effect, interval, n; or why it cannot be had."""
    plan = context.plan
    common: Row = {"spec": spec.name, "question": spec.question, "status": spec.status,
                   "sample": spec.sample, "outcome": spec.outcome, "kind": "effect",
                   "hypothesis": spec.hypothesis or None, "family": "secondary",
                   "group": spec.treatment, "smallest_effect": plan.sesoi.get(spec.sesoi)}
    found_data = _data(spec, context)
    if found_data is None:
        return [{**common, "term": name, "verdict": NOT_RUN,
                 "detail": "too few events, or fewer than five in one of the groups"}
                for name in spec.estimators]
    y, treated, x, firms = found_data
    ones = np.ones(len(y))
    how: dict[str, Callable[[], Effect]] = {
        "difference": lambda: weighted_difference(y, treated, ones, clusters=firms),
        "entropy_balance": lambda: entropy_effect(y, treated, x, clusters=firms),
        "ipw": lambda: ipw(y, treated, x, estimand="ATE", clusters=firms),
        "overlap": lambda: ipw(y, treated, x, estimand="ATO", clusters=firms),
        "aipw": lambda: aipw(y, treated, x, clusters=firms, seed=plan.seed)}
    rows = []
    for name in spec.estimators:
        try:
            found = (match(y, treated, x, bias_adjust=True) if name == "matching"
                     else how[name]())
        except (ValueError, np.linalg.LinAlgError) as error:
            rows.append({**common, "term": name, "n": len(y), "verdict": NOT_RUN,
                         "detail": str(error)})
            continue
        row: Row = {**common, "term": name, "estimate": found.estimate,
                    "std_error": found.std_error, "p_value": found.p_value,
                    "ci_lo": found.ci_lo, "ci_hi": found.ci_hi, "n": len(y),
                    "n_clusters": int(firms.nunique()),
                    "n_dropped": len(context.sample(spec.sample)) - len(y)}
        smallest = row["smallest_effect"]
        if smallest is not None:
            row["p_equivalence"] = equivalence_test(
                found.estimate, found.std_error, NORMAL_DF, (-smallest, smallest),
                plan.alpha).p_value
        rows.append(row)
        if name == "difference":
            ratio = e_value(found.estimate, found.ci_lo, found.ci_hi, measure="MD",
                            sd=float(y.std()))
            rows.append({**common, "kind": "e_value", "term": "point", "estimate": ratio.point,
                         "ci_lo": ratio.ci, "n": len(y)})
    return rows


def balance_rows(spec: EffectSpec, context: Context) -> pd.DataFrame:
    """Standardised mean differences before and after entropy balancing and overlap weighting.

    One row a covariate: spec, covariate, smd_raw, smd_entropy, smd_overlap, ess, overlap.
    """
    found = _data(spec, context)
    if found is None:
        return pd.DataFrame()
    _, treated, x, _ = found
    out = pd.DataFrame({"spec": spec.name, "covariate": x.columns})
    out["smd_raw"] = balance(x, treated).smd
    weights: dict[str, Any] = {}
    try:
        weights["smd_entropy"] = entropy_balance(x, treated).weights
    except (ValueError, np.linalg.LinAlgError):
        weights["smd_entropy"] = None
    try:
        score = propensity(x, treated).score
        weights["smd_overlap"] = np.where(treated == 1, 1 - score, score)
        out["overlap"] = overlap(score, treated).coefficient
    except (ValueError, np.linalg.LinAlgError):
        weights["smd_overlap"] = None
        out["overlap"] = np.nan
    for name, w in weights.items():
        out[name] = np.nan if w is None else balance(x, treated, w).smd
    return out
