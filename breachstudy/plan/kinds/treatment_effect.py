"""``treatment_effect``: effect of a two-valued treatment by several estimators, with balance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from breachstudy.estimation.balance import balance, overlap
from breachstudy.estimation.equivalence import equivalence_test
from breachstudy.estimation.errors import NotEstimable
from breachstudy.estimation.matching import MatchedEffect, match
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
from breachstudy.plan.context import NOT_RUN, Context, Kind, Output, Row, Tables
from breachstudy.plan.designs import control_columns, transformed
from breachstudy.plan.kinds.common import twice
from breachstudy.plan.records import Plan, Spec, Status
from breachstudy.plan.samples import NUMERIC, Need, column_faults, control_faults
from breachstudy.plan.units import measured
from breachstudy.schema.strict import AsTuple, Text

__all__ = ["KIND", "TreatmentEffect"]

NORMAL_DF = 1e9
MIN_GROUP = 5
Data = tuple[pd.Series, pd.Series, pd.DataFrame, pd.Series]
Estimator = Literal["difference", "entropy_balance", "ipw", "overlap", "aipw", "matching"]


class TreatmentEffect(Spec):
    """Effect of a column of yes and no on an outcome, balanced on a control set."""

    status: Status
    sample: Text
    outcome: Text
    treatment: Text
    controls: Text
    estimators: Annotated[tuple[Estimator, ...], AsTuple, Field(min_length=1)]
    hypothesis: str = ""
    sesoi: str = ""


def _check(spec: TreatmentEffect, plan: Plan) -> list[str]:
    out = twice("estimators", spec.estimators)
    held = plan.controls.get(spec.controls)
    if held is not None and not held.terms and set(spec.estimators) != {"difference"}:
        out.append(f"controls = {spec.controls!r}: holds no term; there is nothing to balance on")
    out += [f"controls = {spec.controls!r}: holds {c!r}, the {key} itself"
            for key, c in (("treatment", spec.treatment), ("outcome", spec.outcome))
            if held is not None and c in {t.column for t in held.terms}]
    return out


def _faults(spec: TreatmentEffect, plan: Plan, tables: Tables) -> list[str]:
    needs: list[Need] = [("outcome", spec.outcome, NUMERIC), ("sample", "firm_id", ()),
                         ("treatment", spec.treatment, ("yes or no",)), ("sample", "event_id", ())]
    return (column_faults(spec.sample, needs, plan, tables.frames, tables.codebook)
            + control_faults(spec.controls, spec.sample, plan, tables))


def _data(spec: TreatmentEffect, context: Context) -> Data:
    """Outcome, treatment (0 or 1), covariates and firms of the rows that miss nothing. Raises
    NotEstimable with fewer rows than the plan asks for, or fewer than MIN_GROUP in a group."""
    frame = context.sample(spec.sample)
    y = transformed(frame[spec.outcome], "none")
    treated = frame[spec.treatment].astype("boolean")
    rows = frame[y.notna() & treated.notna()]
    counts = treated[rows.index].value_counts()
    if len(rows) < context.plan.min_n or counts.size < 2 or counts.min() < MIN_GROUP:
        raise NotEstimable("too few events, or fewer than five in one of the groups")
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


def _run(spec: TreatmentEffect, context: Context) -> Output:
    """A row an estimator: effect, interval, n; or why it cannot be had. Frame ``balance``."""
    plan, codebook = context.plan, context.tables.codebook
    table = context.table_of(spec.sample)
    common: Row = {**context.head(spec), **measured(codebook, table, spec.outcome),
                   "outcome": spec.outcome, "kind": "effect", "family": "secondary",
                   "group": spec.treatment, "smallest_effect": plan.sesoi.get(spec.sesoi),
                   "label": measured(codebook, table, spec.treatment)["outcome_label"],
                   "per": "yes against no"}
    try:
        data = _data(spec, context)
    except NotEstimable as error:
        return Output([{**common, "term": name, "verdict": NOT_RUN, "detail": str(error)}
                       for name in spec.estimators])
    y, treated, x, firms = data
    how = _estimators(data, plan)
    rows: list[Row] = []
    for name in spec.estimators:
        try:
            found = how[name]()
        except NotEstimable as error:
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
                         "ci_lo": ratio.ci, "n": len(y), "unit": "risk ratio"})
    return Output(rows, {"balance": _balance(spec, treated, x)})


def _estimators(data: Data, plan: Plan) -> dict[str, Callable[[], Effect | MatchedEffect]]:
    y, treated, x, firms = data
    level = plan.confidence

    def weighted(estimand: str) -> Callable[[], Effect]:
        return lambda: ipw(y, treated, x, estimand=estimand, clusters=firms, confidence=level)

    return {
        "difference": lambda: weighted_difference(y, treated, np.ones(len(y)), clusters=firms,
                                                  confidence=level),
        "entropy_balance": lambda: entropy_effect(y, treated, x, clusters=firms, confidence=level),
        "ipw": weighted("ATE"), "overlap": weighted("ATO"),
        "aipw": lambda: aipw(y, treated, x, clusters=firms, seed=plan.seed, confidence=level),
        "matching": lambda: match(y, treated, x, bias_adjust=True, confidence=level)}


def _balance(spec: TreatmentEffect, treated: pd.Series, x: pd.DataFrame) -> pd.DataFrame:
    """Standardised mean differences before and after entropy balancing and overlap weighting.

    One row a covariate: spec, covariate, smd_raw, smd_entropy, smd_overlap, ess, overlap.
    """
    if x.shape[1] == 0:
        return pd.DataFrame()
    out = pd.DataFrame({"spec": spec.name, "covariate": x.columns})
    out["smd_raw"] = balance(x, treated).smd
    weights: dict[str, Any] = {}
    try:
        weights["smd_entropy"] = entropy_balance(x, treated).weights
    except NotEstimable:
        weights["smd_entropy"] = None
    try:
        score = propensity(x, treated).score
        weights["smd_overlap"] = np.where(treated == 1, 1 - score, score)
        out["overlap"] = overlap(score, treated).coefficient
    except NotEstimable:
        weights["smd_overlap"] = None
        out["overlap"] = np.nan
    for name, w in weights.items():
        out[name] = np.nan if w is None else balance(x, treated, w).smd
    return out


KIND = Kind("treatment_effect", TreatmentEffect,
            "difference, entropy balancing, inverse probability, overlap, augmented with "
            "cross-fitting, matching", _check, _faults, _run)
