"""``mean_return``: mean abnormal returns over windows and models, or the mean of one column."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from breachstudy.estimation.equivalence import equivalence_test, minimum_detectable_effect
from breachstudy.estimation.errors import NotEstimable
from breachstudy.estimation.linear import fit_linear
from breachstudy.eventstudy import EventStudyResult, window_tests
from breachstudy.eventstudy.windows import window_name
from breachstudy.plan.context import NOT_RUN, Context, Kind, Output, Row, Tables
from breachstudy.plan.deciding import decided_by, sign_text
from breachstudy.plan.kinds.common import enough, grid_faults, twice
from breachstudy.plan.records import Plan, Spec, Status, Texts
from breachstudy.plan.samples import NUMERIC, Need, column_faults
from breachstudy.plan.units import RETURNS, measured
from breachstudy.schema.strict import Strict, Text

__all__ = ["KIND", "MeanReturn"]

DRAWS = 1999
RETURN_SESOI = "car"
"""Means of returns are judged against this smallest effect unless ``sesoi`` names another."""


class Focus(Strict):
    """The window and the model whose mean is the test."""

    window: Text
    model: Text


class MeanReturn(Spec):
    """Mean abnormal returns of a sample: over windows and models, or of one column."""

    status: Status
    sample: Text
    hypothesis: str = ""
    windows: Texts = ()
    models: Texts = ()
    focus: Focus | None = None
    column: str = ""
    sesoi: str = ""


def _check(spec: MeanReturn, _: Plan) -> list[str]:
    if spec.column:
        return [f"{key} does nothing beside column; leave it out"
                for key in ("windows", "models", "focus") if key in spec.model_fields_set]
    if spec.focus is None or not spec.windows or not spec.models:
        return ["give a column, or windows, models and a focus with window and model"]
    out = twice("windows", spec.windows) + twice("models", spec.models)
    return out + [f"focus: {key} = {value!r}: not among its {key}s ({', '.join(given)})"
                  for key, value, given in (("window", spec.focus.window, spec.windows),
                                            ("model", spec.focus.model, spec.models))
                  if value not in given]


def _faults(spec: MeanReturn, plan: Plan, tables: Tables) -> list[str]:
    needs: list[Need] = [("sample", "event_id", ())]
    if spec.column:
        needs += [("column", spec.column, NUMERIC), ("sample", "firm_id", ())]
    return [*column_faults(spec.sample, needs, plan, tables.frames, tables.codebook),
            *grid_faults(spec.windows, spec.models, tables)]


def _run(spec: MeanReturn, context: Context) -> Output:
    """Rows of one set of means: a row a model, window and statistic, and the focus."""
    frame, plan = context.sample(spec.sample), context.plan
    owner = plan.owner(spec)
    common: Row = {**context.head(spec), "hypothesis": owner.id if owner else None,
                   "family": "secondary",
                   "sign": sign_text(owner.seed_sign) if owner else None}
    if spec.column or spec.focus is None:
        return Output([_column_mean(spec, frame, common, context)])
    common["label"] = "Mean abnormal return"
    window, model = spec.focus.window, spec.focus.model
    try:
        enough(len(frame), plan)
    except NotEstimable as error:
        return Output([{**common, **_window(window, context), "kind": "focus", "term": model,
                        "n": len(frame), "verdict": NOT_RUN, "detail": str(error)}])
    sign = common.pop("sign")
    rows: list[Row] = []
    wanted = set(frame["event_id"])
    studies = context.studies() if context.studies else {}
    for name in spec.models:
        found = studies[name]
        among = found.events["event_id"].isin(wanted).to_numpy()
        windows = [w for w in found.windows if window_name(w) in spec.windows]
        tests = window_tests(_restrict(found, among), windows, draws=DRAWS, seed=plan.seed)
        for t in tests.to_dict("records"):
            rows.append({**common, **_window(t["window"], context), "kind": "mean_return",
                         "group": t["model"], "term": t["statistic"], "estimate": t["mean_car"],
                         "statistic": t["value"], "p_value": t["p_value"], "n": t["n"],
                         "n_clusters": t["n_clusters"], "df": t["df"] if pd.notna(t["df"])
                         else None, "detail": t["reason"] or None})
    chosen = {r["term"]: r for r in rows
              if r["outcome"] == f"car_{window}" and r["group"] == model}
    t, deciding = chosen["cross_sectional_t"], chosen["wild_bootstrap"]
    row = {**common, **_window(window, context), "sign": sign, "term": model, "n": t["n"],
           "n_clusters": t["n_clusters"], "p_value": t["p_value"],
           "p_bootstrap": deciding["p_value"]}
    se = abs(t["estimate"] / t["statistic"])
    rows.append(_focus(spec, row, t["estimate"], se, max(int(t["n_clusters"]) - 1, 1), plan))
    return Output(rows)


def _window(window: str, context: Context) -> Row:
    """``outcome``, its label and unit: the events' column of that window where there is one."""
    codebook = context.tables.codebook
    own = measured(codebook, "events", f"car_{window}")
    return {"outcome": f"car_{window}", **(own if own["unit"] else
                                           measured(codebook, "cars", "car"))}


def _restrict(found: EventStudyResult, among: NDArray[np.bool_]) -> EventStudyResult:
    """The result of the events ``among`` alone; duplicates and shared days stay as they were
    found among all events."""
    return replace(
        found, events=found.events[among].reset_index(drop=True), position=found.position[among],
        ar=found.ar[among], ar_se=found.ar_se[among],
        residuals=None if found.residuals is None else found.residuals[among],
        params=found.params[among], n_obs=found.n_obs[among], df=found.df[among],
        s2=found.s2[among], car=found.car[among], car_se=found.car_se[among],
        car_reason=found.car_reason[among])


def _focus(spec: MeanReturn, row: Row, mean: float, error: float, df: float, plan: Plan) -> Row:
    half = float(stats.t.ppf(0.5 + plan.confidence / 2, df)) * error
    row = {**row, "kind": "focus", "estimate": mean, "std_error": error,
           "statistic": mean / error, "ci_lo": mean - half, "ci_hi": mean + half, "df": df,
           "covariance": "cluster by firm",
           "mde": minimum_detectable_effect(error, df, plan.alpha)}
    smallest = _smallest(spec, row["unit"], plan)
    if smallest is not None:
        row |= {"smallest_effect": smallest, "p_equivalence": equivalence_test(
            mean, error, df, (-smallest, smallest), plan.alpha).p_value}
    return row | {"decided_by": decided_by(row, plan)}


def _smallest(spec: MeanReturn, unit: str, plan: Plan) -> float | None:
    """The margin in the unit of the mean: that of returns is none for points or days."""
    return plan.sesoi.get(spec.sesoi or (RETURN_SESOI if unit == RETURNS else ""))


def _column_mean(spec: MeanReturn, frame: pd.DataFrame, common: Row, context: Context) -> Row:
    """Mean of one column with an error clustered by firm."""
    own = frame[frame[spec.column].notna()]
    meant = measured(context.tables.codebook, context.table_of(spec.sample), spec.column)
    common = {**common, **meant, "outcome": spec.column, "term": "mean",
              "label": f"Mean of {meant['outcome_label']}"}
    try:
        enough(len(own), context.plan)
        y = own[spec.column].astype(float)
        fit = fit_linear(y, pd.DataFrame({"const": 1.0}, index=y.index), covariance="cluster",
                         clusters=own["firm_id"].fillna(own["event_id"]).astype(str),
                         confidence=context.plan.confidence)
    except NotEstimable as error:
        return {**common, "kind": "focus", "n": len(own), "verdict": NOT_RUN, "detail": str(error)}
    row = {**common, "n": fit.n, "n_clusters": fit.n_clusters or 0,
           "p_value": float(fit.p_value[0])}
    return _focus(spec, row, float(fit.estimate[0]), float(fit.std_error[0]), fit.df, context.plan)


KIND = Kind("mean_return", MeanReturn,
            "mean CARs by window and model with every statistic of eventstudy.md, or the mean of "
            "one column", _check, _faults, _run, is_test=True)
