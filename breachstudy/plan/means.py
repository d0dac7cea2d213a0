"""Mean abnormal returns with every test statistic, and how fast the loss comes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from breachstudy.estimation.decay import decay
from breachstudy.estimation.equivalence import equivalence_test, minimum_detectable_effect
from breachstudy.estimation.linear import fit_linear
from breachstudy.eventstudy import EventStudyResult, window_tests
from breachstudy.eventstudy.windows import window_name
from breachstudy.plan.records import DecaySpec, MeanReturn, StudyPlan
from breachstudy.plan.regressions import NOT_RUN, Context

__all__ = ["caar_paths", "run_decay", "run_mean"]

Row = dict[str, Any]
DECIDES = "wild_bootstrap"
"""Of the statistics, the one whose p-value counts in the family."""
DRAWS = 1999


def run_mean(spec: MeanReturn, context: Context, studies: Mapping[str, EventStudyResult]
             ) -> list[Row]:
    """Rows of one set of means: a row a model, window and statistic, and the focus."""
    frame = context.sample(spec.sample)
    plan = context.plan
    common: Row = {"spec": spec.name, "question": spec.question, "status": spec.status,
                   "sample": spec.sample, "hypothesis": spec.hypothesis or _owner(spec.name, plan),
                   "family": "secondary"}
    if spec.column:
        return _column_mean(spec, frame, common, plan)
    if len(frame) < plan.min_n:
        return [{**common, "kind": "focus", "outcome": f"car_{spec.focus['window']}",
                 "term": spec.focus["model"], "n": len(frame), "verdict": NOT_RUN,
                 "detail": f"n = {len(frame)} is below the plan's minimum of {plan.min_n}"}]
    rows: list[Row] = []
    wanted = set(frame["event_id"])
    for model in spec.models:
        found = studies[model]
        among = found.events["event_id"].isin(wanted).to_numpy()
        windows = [w for w in found.windows if window_name(w) in spec.windows]
        only = _restrict(found, among)
        tests = window_tests(only, windows, draws=DRAWS, seed=plan.seed)
        for t in tests.to_dict("records"):
            rows.append({**common, "kind": "mean_return", "outcome": f"car_{t['window']}",
                         "group": t["model"], "term": t["statistic"], "estimate": t["mean_car"],
                         "statistic": t["value"], "p_value": t["p_value"], "n": t["n"],
                         "n_clusters": t["n_clusters"], "df": t["df"] if pd.notna(t["df"])
                         else None, "detail": t["reason"] or None})
    rows.append(_mean_focus(spec, rows, common, context))
    return rows


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


def _owner(name: str, plan: StudyPlan) -> str | None:
    return next((h.id for h in plan.of("hypothesis") if name in h.tests), None)


def _mean_focus(spec: MeanReturn, rows: list[Row], common: Row, context: Context) -> Row:
    chosen = [r for r in rows if r["outcome"] == f"car_{spec.focus['window']}"
              and r["group"] == spec.focus["model"]]
    t = next(r for r in chosen if r["term"] == "cross_sectional_t")
    deciding = next(r for r in chosen if r["term"] == DECIDES)
    se = abs(t["estimate"] / t["statistic"])
    df = max(int(t["n_clusters"]) - 1, 1)
    return _focus_row(common, t["outcome"], spec.focus["model"], t["estimate"], se, df, t["n"],
                      t["n_clusters"], t["p_value"], deciding["p_value"], context.plan)


def _focus_row(common: Row, outcome: str, term: str, mean: float, se: float, df: float, n: int,
               n_clusters: int, p: float, p_bootstrap: float | None, plan: StudyPlan) -> Row:
    half = float(stats.t.ppf(0.5 + plan.confidence / 2, df)) * se
    smallest = plan.sesoi["car"]
    return {**common, "kind": "focus", "outcome": outcome, "term": term, "estimate": mean,
            "std_error": se, "statistic": mean / se, "p_value": p, "p_bootstrap": p_bootstrap,
            "ci_lo": mean - half, "ci_hi": mean + half, "df": df, "n": n,
            "n_clusters": n_clusters, "covariance": "cluster by firm",
            "smallest_effect": smallest,
            "p_equivalence": equivalence_test(mean, se, df, (-smallest, smallest),
                                              plan.alpha).p_value,
            "mde": minimum_detectable_effect(se, df, plan.alpha)}


def _column_mean(spec: MeanReturn, frame: pd.DataFrame, common: Row, plan: StudyPlan) -> list[Row]:
    """Mean of one column with an error clustered by firm."""
    own = frame[frame[spec.column].notna()]
    if len(own) < plan.min_n:
        return [{**common, "kind": "focus", "outcome": spec.column, "term": "mean", "n": len(own),
                 "verdict": NOT_RUN, "detail": f"n = {len(own)} is below the plan's minimum"}]
    y = own[spec.column].astype(float)
    x = pd.DataFrame({"const": 1.0}, index=y.index)
    fit = fit_linear(y, x, covariance="cluster",
                     clusters=own["firm_id"].fillna(own["event_id"]).astype(str),
                     confidence=plan.confidence)
    return [_focus_row(common, spec.column, "mean", float(fit.estimate[0]),
                       float(fit.std_error[0]), fit.df, fit.n, fit.n_clusters or 0,
                       float(fit.p_value[0]), None, plan)]


def _paths(context: Context, events: pd.DataFrame, first: int, last: int) -> pd.DataFrame:
    """Abnormal returns of the events with every session from ``first`` to ``last``, wide."""
    long = context.frames["abnormal_returns"]
    own = long[long["event_id"].isin(set(events["event_id"])) & long["offset"].between(first, last)]
    wide = own.pivot(index="event_id", columns="offset", values="ar").astype(float)
    wide = wide.reindex(columns=range(first, last + 1))
    return wide.dropna()


def run_decay(spec: DecaySpec, context: Context) -> list[Row]:
    """Share of the loss of ``horizon`` sessions that came in the ``first``, and the half-life."""
    frame = context.sample(spec.sample)
    wide = _paths(context, frame, 0, spec.horizon)
    common: Row = {"spec": spec.name, "question": spec.question, "status": spec.status,
                   "sample": spec.sample, "hypothesis": spec.hypothesis or None,
                   "family": "secondary", "n": len(wide), "n_dropped": len(frame) - len(wide),
                   "outcome": f"share of the loss of sessions 0 to {spec.horizon}"}
    if len(wide) < context.plan.min_n:
        return [{**common, "kind": "focus", "term": "share", "verdict": NOT_RUN,
                 "detail": "n is below the plan's minimum"}]
    firms = frame.set_index("event_id").loc[wide.index, "firm_id"].astype(str).to_numpy()
    found = decay(wide.to_numpy(), first=spec.first, clusters=firms, seed=context.plan.seed)
    bounds = found.share_set
    whole = any(not np.isfinite(v) for part in bounds for v in part)
    rows: list[Row] = [
        {**common, "kind": "decay", "term": "days_to_half", "estimate": found.days_to_half,
         "ci_lo": found.days_to_half_ci_lo, "ci_hi": found.days_to_half_ci_hi},
        {**common, "kind": "decay", "term": "half_life", "estimate": found.half_life,
         "ci_lo": found.half_life_ci_lo, "ci_hi": found.half_life_ci_hi},
        {**common, "kind": "decay", "term": "loss_at_horizon", "estimate": float(found.path[-1]),
         "std_error": float(found.path_std_error[-1])},
        {**common, "kind": "decay", "term": "loss_at_first",
         "estimate": float(found.path[spec.first - 1]),
         "std_error": float(found.path_std_error[spec.first - 1])},
        {**common, "kind": "focus", "term": f"share in the first {spec.first}",
         "estimate": found.share, "ci_lo": found.share_ci_lo, "ci_hi": found.share_ci_hi,
         "n_clusters": found.n_clusters,
         "verdict": "inconclusive" if whole else _most(found.share_ci_lo, found.share_ci_hi),
         "detail": "Fieller's set is unbounded: the total loss cannot be told from zero"
         if whole else None}]
    return rows


def _most(lo: float, hi: float) -> str:
    """Is a share whose interval is [lo, hi] more than a half?"""
    return "supported" if lo > 0.5 else "contrary" if hi < 0.5 else "inconclusive"


def caar_paths(context: Context, sample: str, splits: Mapping[str, pd.Series], first: int,
               last: int) -> pd.DataFrame:
    """Cumulative average abnormal returns of a sample, overall and by group.

    ``splits`` maps the name of a split to a series of labels by event_id. One row a split, group
    and session: n, caar, std_error (cross-sectional).
    """
    frame = context.sample(sample)
    wide = _paths(context, frame, first, last)
    parts = []
    for split, labels in {"all": pd.Series("all", index=wide.index), **splits}.items():
        own = labels.reindex(wide.index)
        for group in sorted(own.dropna().unique()):
            paths = wide[(own == group).to_numpy(dtype=bool)].to_numpy().cumsum(axis=1)
            if len(paths) < 2:
                continue
            parts.append(pd.DataFrame({
                "split": split, "group": group, "offset": range(first, last + 1),
                "n": len(paths), "caar": paths.mean(axis=0),
                "std_error": paths.std(axis=0, ddof=1) / np.sqrt(len(paths))}))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(
        columns=["split", "group", "offset", "n", "caar", "std_error"])
