"""Lags as outcomes: their distribution, what lengthens them, bunching at deadlines."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from breachstudy.estimation.aft import fit_aft
from breachstudy.estimation.bunching import bunching
from breachstudy.estimation.censored import turnbull_band
from breachstudy.estimation.run import design
from breachstudy.estimation.specs import Term
from breachstudy.plan.records import Aft, BunchingSpec, TurnbullSpec
from breachstudy.plan.regressions import Context

__all__ = ["run_aft", "run_bunching", "run_turnbull"]

Row = dict[str, Any]
TIMES = np.array([0, 1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 75, 90, 120, 150, 180, 240, 365, 545,
                  730], dtype=float)
BAND_DRAWS = 199
DIGITS = 10
ROUND_NUMBERS = (7, 30)
"""Weeks and thirties, at which counts heap without any deadline."""


def run_turnbull(spec: TurnbullSpec, context: Context) -> tuple[list[Row], pd.DataFrame]:
    """Share notified by 30, 60 and 90 days, and the curve: one row a group and day."""
    frame = context.sample(spec.sample)
    groups = frame[spec.by] if spec.by else pd.Series("all", index=frame.index)
    rows: list[Row] = []
    curves = []
    for group in sorted(groups.dropna().unique()):
        own = frame[groups == group]
        if len(own) < context.plan.min_n:
            continue
        lo = own[spec.lo].astype(float).clip(lower=0).to_numpy()
        hi = own[spec.hi].astype(float).clip(lower=0).to_numpy()
        found = turnbull_band(lo, hi, TIMES, draws=BAND_DRAWS, confidence=context.plan.confidence,
                              seed=context.plan.seed)
        curves.append(pd.DataFrame({
            "spec": spec.name, "group": group, "day": TIMES, "lower": found.lower,
            "upper": found.upper, "band_lo": found.band_lo, "band_hi": found.band_hi,
            "n": len(own)}))
        for day in (30, 45, 60, 90):
            at = int(np.flatnonzero(day == TIMES)[0])
            rows.append({"spec": spec.name, "question": spec.question, "status": spec.status,
                         "sample": spec.sample, "kind": "turnbull", "group": group,
                         "outcome": f"share within {day} days", "term": str(day),
                         "estimate": float((found.lower[at] + found.upper[at]) / 2),
                         "bound_lo": float(found.lower[at]), "bound_hi": float(found.upper[at]),
                         "ci_lo": float(found.band_lo[at]), "ci_hi": float(found.band_hi[at]),
                         "n": len(own)})
    return rows, pd.concat(curves, ignore_index=True) if curves else pd.DataFrame()


def run_aft(spec: Aft, context: Context) -> list[Row]:
    """Time ratios of an interval-censored model; a lag of d days is a duration in [d, d + 1]."""
    frame = context.sample(spec.sample)
    terms = [Term(t.column, t.kind, t.transform, t.baseline, t.missing_as, t.min_n, t.label)
             for t in spec.terms]
    x, origin = design(frame, terms)
    lo = frame.loc[x.index, spec.lo].astype(float).clip(lower=0).to_numpy()
    hi = frame.loc[x.index, spec.hi].astype(float).clip(lower=0).to_numpy() + 1.0
    found = fit_aft(lo, hi, x, distribution=spec.distribution, confidence=context.plan.confidence)
    return [{"spec": spec.name, "question": spec.question, "status": spec.status,
             "sample": spec.sample, "kind": "aft", "outcome": f"{spec.lo}..{spec.hi}",
             "group": origin.get(name, ""), "term": name, "n": found.n,
             "n_dropped": len(frame) - found.n,
             **{key: _settled(getattr(found, key)[i]) for key in (
                 "estimate", "std_error", "statistic", "p_value", "ci_lo", "ci_hi")},
             "covariance": f"robust, {spec.distribution}"}
            for i, name in enumerate(found.names)]


def _settled(value: float) -> float:
    """To the digits that an iteration settles: those beyond depend on the number of threads."""
    return float(f"{value:.{DIGITS}g}")


def run_bunching(spec: BunchingSpec, context: Context) -> tuple[list[Row], pd.DataFrame]:
    """Excess mass at each deadline, and counts with their counterfactual by day."""
    frame = context.sample(spec.sample)
    days = frame[spec.column].astype(float)
    days = days[days % 1 == 0]  # midpoints of intervals are no days
    rows: list[Row] = []
    parts = []
    for deadline in spec.deadlines:
        found = bunching(days.to_numpy(), deadline, round_to=ROUND_NUMBERS,
                         seed=context.plan.seed, draws=499,
                         confidence=context.plan.confidence)
        rows.append({"spec": spec.name, "question": spec.question, "status": spec.status,
                     "sample": spec.sample, "kind": "bunching", "outcome": spec.column,
                     "term": str(deadline), "estimate": found.relative,
                     "std_error": found.relative_std_error, "ci_lo": found.relative_ci_lo,
                     "ci_hi": found.relative_ci_hi, "n": found.n,
                     "n_dropped": len(frame) - len(days),
                     "statistic": found.excess})
        parts.append(pd.DataFrame({"spec": spec.name, "deadline": deadline, "day": found.day,
                                   "count": found.count, "counterfactual": found.counterfactual}))
    return rows, pd.concat(parts, ignore_index=True)
