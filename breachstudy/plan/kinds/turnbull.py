"""``turnbull``: nonparametric distribution of an interval-valued lag, by group."""

from __future__ import annotations

import numpy as np
import pandas as pd

from breachstudy.estimation.censored import turnbull_band
from breachstudy.plan.context import NOT_RUN, Context, Kind, Output, Row, Tables
from breachstudy.plan.kinds.common import no_check
from breachstudy.plan.records import Plan, Spec, Status
from breachstudy.plan.samples import column_faults, interval_faults
from breachstudy.plan.units import measured_between
from breachstudy.schema.strict import Text

__all__ = ["KIND", "Turnbull"]

TIMES = np.array([0, 1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 75, 90, 120, 150, 180, 240, 365, 545,
                  730], dtype=float)
SHOWN = (30, 45, 60, 90)
BAND_DRAWS = 199


class Turnbull(Spec):
    """Distribution of a lag known to lie between ``lo`` and ``hi``, within each level of ``by``."""

    status: Status
    sample: Text
    lo: Text
    hi: Text
    by: str = ""


def _faults(spec: Turnbull, plan: Plan, tables: Tables) -> list[str]:
    out = interval_faults(spec.sample, spec.lo, spec.hi, plan, tables)
    if spec.by:
        out += column_faults(spec.sample, [("by", spec.by, ())], plan, tables.frames,
                             tables.codebook)
    return out


def _run(spec: Turnbull, context: Context) -> Output:
    """Share notified by 30, 45, 60 and 90 days; frame ``lag_curves``: a row a group and day."""
    frame, plan = context.sample(spec.sample), context.plan
    known = frame[frame[spec.lo].notna() & frame[spec.hi].notna()]
    groups = known[spec.by] if spec.by else pd.Series("all", index=known.index)
    common: Row = {**context.head(spec), "kind": "turnbull", "unit": "share",
                   "outcome_label": measured_between(context.tables.codebook,
                                             context.table_of(spec.sample),
                                             spec.lo)["outcome_label"]}
    rows: list[Row] = []
    curves = []
    for group in sorted(groups.dropna().unique()):
        own = known[groups == group]
        if len(own) < plan.min_n:
            continue
        lo = own[spec.lo].astype(float).clip(lower=0).to_numpy()
        hi = own[spec.hi].astype(float).clip(lower=0).to_numpy()
        found = turnbull_band(lo, hi, TIMES, draws=BAND_DRAWS, confidence=plan.confidence,
                              seed=plan.seed)
        curves.append(pd.DataFrame({
            "spec": spec.name, "group": group, "day": TIMES, "lower": found.lower,
            "upper": found.upper, "band_lo": found.band_lo, "band_hi": found.band_hi,
            "n": len(own)}))
        for day in SHOWN:
            at = int(np.flatnonzero(day == TIMES)[0])
            rows.append({**common, "group": group, "outcome": f"share within {day} days",
                         "label": f"Share within {day} days", "term": str(day),
                         "estimate": float((found.lower[at] + found.upper[at]) / 2),
                         "bound_lo": float(found.lower[at]), "bound_hi": float(found.upper[at]),
                         "ci_lo": float(found.band_lo[at]), "ci_hi": float(found.band_hi[at]),
                         "n": len(own)})
    if not rows:
        return Output([{**common, "term": "", "n": len(known), "verdict": NOT_RUN,
                        "detail": f"no group has the plan's minimum of {plan.min_n} rows"}])
    return Output(rows, {"lag_curves": pd.concat(curves, ignore_index=True)})


KIND = Kind("turnbull", Turnbull, "the distribution of an interval-valued lag by group, with bands",
            no_check, _faults, _run)
