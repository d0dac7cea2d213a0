"""``decay``: which share of a loss came in the first sessions, and how fast it fades."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from breachstudy.estimation.decay import decay
from breachstudy.estimation.errors import NotEstimable
from breachstudy.plan.context import NOT_RUN, Context, Kind, Output, Row, Tables
from breachstudy.plan.kinds.common import enough
from breachstudy.plan.paths import ar_paths
from breachstudy.plan.records import Plan, Spec, Status
from breachstudy.plan.samples import column_faults
from breachstudy.plan.units import measured
from breachstudy.schema.strict import Text

__all__ = ["KIND", "Decay"]


class Decay(Spec):
    """Share of the loss of ``horizon`` sessions that came in the ``first``."""

    status: Status
    sample: Text
    first: int = Field(ge=1)
    horizon: int = Field(ge=2)
    hypothesis: str = ""


def _check(spec: Decay, _: Plan) -> list[str]:
    return [] if spec.first <= spec.horizon else [
        f"first = {spec.first}: must not exceed the horizon of {spec.horizon}"]


def _faults(spec: Decay, plan: Plan, tables: Tables) -> list[str]:
    out = column_faults(spec.sample, [("sample", "event_id", ()), ("sample", "firm_id", ())], plan,
                        tables.frames, tables.codebook)
    last = tables.frames["abnormal_returns"]["offset"].max()
    if spec.horizon > last:
        out.append(f"horizon = {spec.horizon}: abnormal returns go to session {last}")
    return out


def _run(spec: Decay, context: Context) -> Output:
    """The share with its verdict, the days to half of the loss, the half-life, the loss itself."""
    frame, plan = context.sample(spec.sample), context.plan
    wide = ar_paths(context.frames["abnormal_returns"], frame, 0, spec.horizon)
    owner = plan.owner(spec)
    common: Row = {**context.head(spec), "hypothesis": owner.id if owner else None,
                   "family": "secondary", "n": len(wide), "n_dropped": len(frame) - len(wide),
                   "outcome": f"share of the loss of sessions 0 to {spec.horizon}",
                   "outcome_label": f"Cumulative abnormal return, 0 to +{spec.horizon}"}
    focus: Row = {**common, "kind": "focus", "unit": "share of the loss",
                  "label": f"Share of the loss in the first {spec.first} sessions"}
    try:
        enough(len(wide), plan)
        firms = frame.set_index("event_id").loc[wide.index, "firm_id"].astype(str).to_numpy()
        found = decay(wide.to_numpy(), first=spec.first, clusters=firms, seed=plan.seed,
                      confidence=plan.confidence)
    except NotEstimable as error:
        return Output([{**focus, "term": "share", "verdict": NOT_RUN, "detail": str(error)}])
    whole = any(not np.isfinite(v) for part in found.share_set for v in part)
    loss = measured(context.tables.codebook, "abnormal_returns", "ar")["unit"]
    return Output([
        {**common, "kind": "decay", "term": "days_to_half", "estimate": found.days_to_half,
         "ci_lo": found.days_to_half_ci_lo, "ci_hi": found.days_to_half_ci_hi,
         "unit": "sessions", "label": "Sessions to half of the loss"},
        {**common, "kind": "decay", "term": "half_life", "estimate": found.half_life,
         "ci_lo": found.half_life_ci_lo, "ci_hi": found.half_life_ci_hi,
         "unit": "sessions", "label": "Half-life of the loss"},
        {**common, "kind": "decay", "term": "loss_at_horizon", "estimate": float(found.path[-1]),
         "std_error": float(found.path_std_error[-1]), "unit": loss,
         "label": f"Mean abnormal return, 0 to +{spec.horizon}"},
        {**common, "kind": "decay", "term": "loss_at_first",
         "estimate": float(found.path[spec.first - 1]),
         "std_error": float(found.path_std_error[spec.first - 1]), "unit": loss,
         "label": f"Mean abnormal return, 0 to +{spec.first - 1}"},
        {**focus, "term": f"share in the first {spec.first}", "estimate": found.share,
         "ci_lo": found.share_ci_lo, "ci_hi": found.share_ci_hi, "n_clusters": found.n_clusters,
         "verdict": "inconclusive" if whole else _most(found.share_ci_lo, found.share_ci_hi),
         "detail": "Fieller's set is unbounded: the total loss cannot be told from zero"
         if whole else None}])


def _most(lo: float, hi: float) -> str:
    """Is a share whose interval is [lo, hi] more than a half?"""
    return "supported" if lo > 0.5 else "contrary" if hi < 0.5 else "inconclusive"


KIND = Kind("decay", Decay, "share of the loss of so many sessions in the first few, half-life",
            _check, _faults, _run, needs=("abnormal_returns",))
